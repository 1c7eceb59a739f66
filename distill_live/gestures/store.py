"""Store gestures by name: one file each, in a folder for each model in the user's folder.

Files are written atomically, under a lock of their folder; damaged ones are renamed and reported.
"""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from distill_live.errors import CommandError
from distill_live.files import (
    atomic_write,
    folder_lock,
    named_refusal,
    open_regular,
    printable,
    when_shared,
)
from distill_live.gestures.gesture import Gesture
from distill_live.gestures.gesture_file import (
    MAX_FILE_BYTES,
    from_text,
    read_header,
    to_text,
    with_name,
)
from distill_live.user_files import (
    DamagedError,
    Signature,
    check_name,
    one_name,
    quarantine_path,
    read_bounded,
    signature,
    slug,
    taken,
)

MAX_GESTURES = 1000
"""Maximum number of gestures of a model."""

SUFFIX = ".gesture"

_HEADER_BYTES = 4096


class GestureStore:
    """Stored gestures of one model.

    Parameters
    ----------
    folder
        Folder of all models' gesture folders; created with the first gesture.
    model, fingerprint
        Name of the model, and `Bundle.fingerprint`.
    report
        Called with a line when a damaged file is set aside.

    Attributes
    ----------
    folder : Path
        Folder of this model.
    """

    def __init__(
        self, folder: Path, model: str, fingerprint: str, report: Callable[[str], None]
    ) -> None:
        self.folder = folder / f"{slug(model) or 'model'}-{fingerprint}"
        self._model = model
        self._report = report

    def path(self, name: str) -> Path:
        """Path of a gesture's file, whether it exists or not.

        Raises
        ------
        CommandError
            With the code ``invalid`` if the name is invalid.
        """
        check_name(name, "gesture")
        name = one_name(name)
        digest = hashlib.sha256(name.encode()).hexdigest()[:16]
        return self.folder / f"{slug(name) or 'gesture'}-{digest}{SUFFIX}"

    def lengths(self) -> dict[str, float]:
        """Durations in seconds by name, in alphabetical order.

        Raises
        ------
        CommandError
            If a file cannot be read.
        """
        found = []
        for path in self._files():
            read = signature(path)
            try:
                name, seconds = self._read_header(path)
            except DamagedError as damage:
                self._set_aside(path, read, damage)
                continue
            if path == self.path(name):  # otherwise a copied file
                found.append((one_name(name), seconds))
        return dict(sorted(found, key=lambda row: (row[0].casefold(), row[0])))

    def load(self, name: str) -> Gesture:
        """Load a gesture.

        Raises
        ------
        CommandError
            With the code ``not-found``, or if its file cannot be read or is damaged.
        """
        path = self._find(name)
        read = signature(path)
        try:
            return from_text(read_bounded(path, MAX_FILE_BYTES))[1]
        except DamagedError as damage:
            self._set_aside(path, read, damage)
            raise CommandError(f"gesture {name!r} is damaged: {damage}") from None

    def store(self, name: str, gesture: Gesture, *, replace: bool = True) -> bool:
        """Store a gesture; return whether it was stored.

        Parameters
        ----------
        name, gesture
            The gesture and its name.
        replace
            Whether to replace one of the same name.

        Raises
        ------
        CommandError
            With the code ``invalid`` for an invalid name, ``full`` at `MAX_GESTURES`, or if the
            file cannot be written; nothing changes then.
        """
        path = self.path(name)
        text = to_text(one_name(name), self._model, gesture)
        with folder_lock(self.folder, CommandError):
            if path.exists() and not replace:
                return False
            if not path.exists() and len(self._files()) >= MAX_GESTURES:
                raise CommandError(
                    f"{MAX_GESTURES} gestures are stored, the maximum; delete one first", "full"
                )
            with atomic_write(path, CommandError) as temporary:
                temporary.write_text(text, encoding="utf-8", newline="\n")
        return True

    def delete(self, name: str) -> None:
        """Delete a gesture.

        Raises
        ------
        CommandError
            With the code ``not-found``, or if the file cannot be removed.
        """
        path = self._find(name)
        with named_refusal(CommandError, path, "not removed", "change the permissions"):
            when_shared(path.unlink)

    def rename(self, name: str, to: str) -> None:
        """Give a gesture another name.

        Raises
        ------
        CommandError
            With the code ``not-found``, ``invalid`` if the new name is invalid or there is a
            gesture of that name, or if a file cannot be read or written; nothing is lost then.
        """
        source, target = self._find(name), self.path(to)
        with folder_lock(self.folder, CommandError):
            if target.exists():
                raise taken(to, "gesture")
            try:
                data = with_name(read_bounded(self._find(name), MAX_FILE_BYTES), one_name(to))
            except DamagedError as damage:
                raise CommandError(f"gesture {name!r} is damaged: {damage}") from None
            with atomic_write(target, CommandError) as temporary:
                temporary.write_bytes(data)
            with named_refusal(CommandError, source, "not removed", "change the permissions"):
                when_shared(source.unlink)

    def _find(self, name: str) -> Path:
        path = self.path(name)
        if not path.exists():
            raise CommandError(
                f"no gesture {name!r}; there are {len(self._files())}, "
                "listed by /gesture/list and 'distill-live gesture list'",
                "not-found",
            )
        return path

    def _files(self) -> list[Path]:
        try:
            return [path for path in self.folder.glob(f"*{SUFFIX}") if ".damaged-" not in path.name]
        except OSError:
            return []

    @staticmethod
    def _read_header(path: Path) -> tuple[str, float]:
        remedy = "change its permissions, or remove it"
        with named_refusal(CommandError, path, "not read", remedy), open_regular(path) as file:
            line = file.readline(_HEADER_BYTES)
        return read_header(line)

    def _set_aside(self, path: Path, read: Signature, damage: DamagedError) -> None:
        """Rename a damaged file, unless it was written anew since it was `read`."""
        where = "it cannot be set aside"
        with suppress(OSError, CommandError), folder_lock(self.folder, CommandError):
            if signature(path) != read:
                return
            aside = quarantine_path(path)
            when_shared(lambda: path.rename(aside))
            where = f"set aside as {aside.name}"
        self._report(f"Gesture {printable(path)}: damaged ({damage}); {where}.")
