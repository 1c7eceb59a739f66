"""Presets: what the engine was like, by name, in one file for each model in the user's folder.

A preset is a list of what to say to an engine, a line each in the file. It never says whether the
instrument sounds, so that recalling one neither ends a panic nor makes one. It knows addresses and
files; it knows nothing of OSC, nor of processes, nor when it is called.
"""

import shutil
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from distill_live.addresses import INTERNAL, MACROS, TABLE, Address, Command, coerce
from distill_live.errors import CommandError
from distill_live.files import atomic_write, printable
from distill_live.preset_file import (
    MOST_PRESETS,
    Preset,
    Statement,
    read_presets,
    to_text,
)
from distill_live.user_files import (
    DamagedError,
    Signature,
    check_name,
    make_folder,
    quarantine_path,
    signature,
    slug,
)

TRANSPORT = frozenset({"/play", "/mute"})
"""Whether it sounds at all."""

UNSTORED = TRANSPORT | frozenset(INTERNAL)
"""What is no part of a preset."""


def snapshot(state: Iterable[Statement]) -> Preset:
    """What of an engine's state is a preset.

    Parameters
    ----------
    state
        Addresses and values of `Engine.state`, in its order.
    """
    said = list(state)
    newest = dict(said)
    preset = []
    for index, (path, values) in enumerate(said):
        if (
            path in UNSTORED
            or path.startswith("/model/")
            or (path == "/position" and newest.get("/freeze") != (1,))
        ):
            continue
        address = TABLE.get(path)
        of_several = address is not None and address.access == "command"
        if of_several or all(path != later for later, _ in said[index + 1 :]):
            preset.append((path, values))
    return tuple(preset)


def morph(preset: Preset, table: Mapping[str, Address], seconds: float) -> list[Command]:
    """What brings an engine to a preset.

    Parameters
    ----------
    preset
        Of this model; what its engine does not know, or no longer takes, is left out.
    table
        Its addresses, of `distill_live.addresses.instantiate`.
    seconds
        How long continuous values take; 0 for at once. Only a drift that ends does so at once, for
        it would carry the latent on beyond where the preset has it, and so do the loop and then the
        position of a preset that is frozen, for a position is held within the loop.
    """
    moves = [Command("/macro/clear", (n,), glide_s=0.0) for n in range(1, MACROS + 1)]
    frozen = any(path == "/position" for path, _ in preset)
    for path, values in sorted(preset, key=lambda statement: statement[0] == "/position"):
        address = table.get(path)
        if address is None or address.owner != "engine":
            continue
        try:
            values = coerce(address, values).values
        except CommandError:
            continue
        at_once = (path, values) == ("/drift", (0.0,)) or (path == "/loop" and frozen)
        moves.append(Command(path, values, glide_s=0.0 if at_once else seconds))
    return moves


class PresetStore:
    """The presets of one model.

    The file is read when it has changed, and written whole; what was in it before lies beside it as
    ``.backup``. A file that cannot be understood is copied to another name, and the backup takes
    its place. Threads may read while one of them stores or deletes.

    Parameters
    ----------
    folder
        Where the files of all models lie; made when the first preset is stored.
    model, fingerprint
        Name of the model, and `Bundle.fingerprint`.
    report
        Told in a line when a file was set aside.

    Attributes
    ----------
    path : Path
        The model's file.
    """

    def __init__(
        self, folder: Path, model: str, fingerprint: str, report: Callable[[str], None]
    ) -> None:
        self._model = {"name": model, "fingerprint": fingerprint}
        self._report = report
        self.path = folder / f"{slug(model) or 'model'}-{fingerprint}.json"
        self._backup = self.path.with_name(self.path.name + ".backup")
        self._known: tuple[Signature, dict[str, Preset]] = (None, {})
        self._reading = threading.Lock()

    def names(self) -> list[str]:
        """The names, in the order in which they were stored first.

        Raises
        ------
        CommandError
            If the file is there and cannot be read.
        """
        return list(self._read())

    def recall(self, name: str) -> Preset:
        """The preset of that name.

        Raises
        ------
        CommandError
            With the code ``not-found``, or if the file cannot be read.
        """
        return self._find(self._read(), name)

    def store(self, name: str, preset: Preset) -> None:
        """Keep a preset; it replaces one of the same name.

        Raises
        ------
        CommandError
            With the code ``invalid`` for a name that cannot be, ``full`` if there are too many, or
            if the file cannot be read or written; nothing has changed then.
        """
        check_name(name, "preset")
        presets = self._read()
        if name not in presets and len(presets) >= MOST_PRESETS:
            raise CommandError(f"{MOST_PRESETS} presets are stored; delete one first", "full")
        self._write(presets, {**presets, name: preset})

    def delete(self, name: str) -> None:
        """Forget a preset.

        Raises
        ------
        CommandError
            With the code ``not-found``, or if the file cannot be read or written; nothing has
            changed then.
        """
        presets = self._read()
        self._find(presets, name)
        rest = {other: preset for other, preset in presets.items() if other != name}
        self._write(presets, rest)

    @staticmethod
    def _find(presets: Mapping[str, Preset], name: str) -> Preset:
        try:
            return presets[name]
        except KeyError:
            raise CommandError(
                f"no preset {printable(name)[:80]!r}; there are {len(presets)}, see /preset/list",
                "not-found",
            ) from None

    def _read(self) -> dict[str, Preset]:
        with self._reading:
            known, presets = self._known
            before = signature(self.path)
            if before != known:
                presets = self._load()
                self._known = (before, presets)
            return presets

    def _load(self) -> dict[str, Preset]:
        if not self.path.exists():
            return {}
        try:
            return read_presets(self.path)
        except DamagedError as damage:
            return self._set_aside(str(damage))

    def _set_aside(self, reason: str) -> dict[str, Preset]:
        presets: dict[str, Preset] = {}
        outcome = "there is no backup, so it begins without presets"
        try:
            presets = read_presets(self._backup)
            outcome = f"its backup holds {len(presets)}, which are used"
        except (DamagedError, CommandError):
            pass
        aside = quarantine_path(self.path)
        where = f"set aside as {aside.name}"
        try:
            shutil.copyfile(self.path, aside)
            self._save(self.path, presets)
        except (OSError, CommandError):
            where = "it cannot be set aside"
        self._report(f"Presets {printable(self.path)}: damaged ({reason}); {where}; {outcome}.")
        return presets

    def _write(self, before: dict[str, Preset], presets: dict[str, Preset]) -> None:
        make_folder(self.path.parent)
        if before or not self._backup.exists():  # a file that is gone leaves its backup
            self._save(self._backup, before)
        self._save(self.path, presets)
        self._known = (signature(self.path), presets)

    def _save(self, path: Path, presets: dict[str, Preset]) -> None:
        with atomic_write(path, CommandError) as temporary:
            temporary.write_text(to_text(self._model, presets), encoding="utf-8")
