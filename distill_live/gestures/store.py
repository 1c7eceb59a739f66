"""Gestures by name: one file each, in a folder for each model in the user's own.

A file is written whole. One that cannot be understood is put aside under another name. It knows
nothing of OSC, nor of processes.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path

from distill_live.errors import CommandError
from distill_live.files import atomic_write, printable, reason_of
from distill_live.gestures.gesture import Gesture
from distill_live.gestures.text import FILE_BYTES_LIMIT, from_text, read_header, to_text
from distill_live.user_files import (
    DamagedError,
    check_name,
    make_folder,
    quarantine_path,
    read_bounded,
    slug,
)

MOST_GESTURES = 1000
"""Of one model."""

SUFFIX = ".gesture"

_HEADER_BYTES = 4096


class GestureStore:
    """The gestures of one model.

    Parameters
    ----------
    folder
        Where the folders of all models lie; made when the first gesture is stored.
    model, fingerprint
        Name of the model, and `Bundle.fingerprint`.
    report
        Told in a line when a file was put aside.

    Attributes
    ----------
    folder : Path
        The model's own.
    """

    def __init__(
        self, folder: Path, model: str, fingerprint: str, report: Callable[[str], None]
    ) -> None:
        self.folder = folder / f"{slug(model) or 'model'}-{fingerprint}"
        self._model = model
        self._report = report

    def path(self, name: str) -> Path:
        """Where the gesture of a name lies or would lie.

        Raises
        ------
        CommandError
            With the code ``invalid`` for a name that cannot be.
        """
        check_name(name, "gesture")
        digest = hashlib.sha256(name.encode()).hexdigest()[:16]
        return self.folder / f"{slug(name) or 'gesture'}-{digest}{SUFFIX}"

    def lengths(self) -> dict[str, float]:
        """Lengths in seconds, by name, in alphabetical order.

        Raises
        ------
        CommandError
            If a file cannot be read.
        """
        found = []
        for path in self._files():
            try:
                name, seconds = self._look(path)
            except DamagedError as damage:
                self._set_aside(path, damage)
                continue
            if path == self.path(name):  # else somebody's copy
                found.append((name, seconds))
        return dict(sorted(found, key=lambda row: (row[0].casefold(), row[0])))

    def load(self, name: str) -> Gesture:
        """The gesture of that name.

        Raises
        ------
        CommandError
            With the code ``not-found``, or if its file cannot be read or is damaged.
        """
        path = self._find(name)
        try:
            return from_text(read_bounded(path, FILE_BYTES_LIMIT))[1]
        except DamagedError as damage:
            self._set_aside(path, damage)
            raise CommandError(f"gesture {name!r} is damaged: {damage}") from None

    def store(self, name: str, gesture: Gesture) -> None:
        """Keep a gesture; it replaces one of the same name.

        Raises
        ------
        CommandError
            With the code ``invalid`` for a name that cannot be, ``full`` if there are too many, or
            if the file cannot be written; nothing has changed then.
        """
        path = self.path(name)
        if not path.exists() and len(self._files()) >= MOST_GESTURES:
            raise CommandError(f"{MOST_GESTURES} gestures are stored; delete one first", "full")
        make_folder(self.folder)
        with atomic_write(path, CommandError) as temporary:
            text = to_text(name, self._model, gesture)
            temporary.write_text(text, encoding="utf-8", newline="\n")

    def delete(self, name: str) -> None:
        """Forget a gesture.

        Raises
        ------
        CommandError
            With the code ``not-found``, or if the file cannot be removed.
        """
        path = self._find(name)
        try:
            path.unlink()
        except OSError as error:
            reason = reason_of(error)
            raise CommandError(
                f"{printable(path)}: not removed ({reason}); change the permissions"
            ) from error

    def _find(self, name: str) -> Path:
        path = self.path(name)
        if not path.exists():
            raise CommandError(
                f"no gesture {name!r}; there are {len(self._files())}, see 'gesture list'",
                "not-found",
            )
        return path

    def _files(self) -> list[Path]:
        try:
            return [path for path in self.folder.glob(f"*{SUFFIX}") if ".damaged-" not in path.name]
        except OSError:
            return []

    @staticmethod
    def _look(path: Path) -> tuple[str, float]:
        try:
            with path.open("rb") as file:
                line = file.readline(_HEADER_BYTES)
        except OSError as error:
            reason = reason_of(error)
            raise CommandError(
                f"{printable(path)}: not read ({reason}); change its permissions, or remove it"
            ) from error
        return read_header(line)

    def _set_aside(self, path: Path, damage: DamagedError) -> None:
        aside = quarantine_path(path)
        where = f"put aside as {aside.name}"
        try:
            path.rename(aside)
        except OSError:
            where = "it cannot be put aside"
        self._report(f"Gesture {printable(path)}: damaged ({damage}); {where}.")
