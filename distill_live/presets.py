"""Store and recall presets: engine states by name, in one file for each model.

Presets do not contain /play and /mute, so that a recall neither ends nor starts silence, nor what
fits the input to the room.
"""

import shutil
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from distill_live.addresses import INTERNAL, MACROS, TABLE, Address, Command, coerce
from distill_live.errors import CommandError
from distill_live.files import atomic_write, folder_lock, printable
from distill_live.preset_file import (
    MAX_PRESETS,
    Preset,
    Setting,
    read_presets,
    to_text,
)
from distill_live.user_files import (
    DamagedError,
    Signature,
    check_name,
    one_name,
    quarantine_path,
    signature,
    slug,
    taken,
)

TRANSPORT = frozenset({"/play", "/mute", "/clock/quantise", "/input/thru"})
"""Addresses that decide whether there is sound at all, and when."""

ROOM = frozenset({"/input/gain", "/input/gate"})
"""Addresses that fit the input to the room and its microphone."""

EXCLUDED = TRANSPORT | ROOM | frozenset(INTERNAL)
"""Addresses that presets do not contain."""

MAX_NAMED = 12
"""Maximum number of presets that a refusal names."""


def snapshot(state: Iterable[Setting]) -> Preset:
    """Make a preset of an engine's state.

    Parameters
    ----------
    state
        `Engine.state`: addresses and values, in order.
    """
    settings = list(state)
    newest = dict(settings)
    preset = []
    for index, (path, values) in enumerate(settings):
        if (
            path in EXCLUDED
            or path.startswith("/model/")
            or (path == "/position" and newest.get("/freeze") != (1,))
        ):
            continue
        address = TABLE.get(path)
        repeatable = address is not None and address.access == "command"
        if repeatable or all(path != later for later, _ in settings[index + 1 :]):
            preset.append((path, values))
    return tuple(preset)


def morph(preset: Preset, table: Mapping[str, Address], seconds: float) -> list[Command]:
    """Commands that take an engine to a preset.

    Parameters
    ----------
    preset
        The preset; settings that the model does not accept are left out.
    table
        Addresses of the model, from `distill_live.addresses.instantiate`.
    seconds
        How long continuous values take; 0 for at once. Only a drift that ends does so at once, for
        it would carry the latent on beyond where the preset has it, and so do the loop and then the
        position of a preset that is frozen, for a position is held within the loop.
    """
    moves = [Command("/macro/clear", (n,), glide_s=0.0) for n in range(1, MACROS + 1)]
    paths = {path for path, _ in preset}
    frozen = "/position" in paths
    for path, values in sorted(preset, key=lambda setting: setting[0] == "/position"):
        address = table.get(path)
        if address is None or address.owner != "engine":
            continue
        if path == "/position" and "/path/play" in paths:  # it would end the path
            continue
        try:
            values = coerce(address, values).values
        except CommandError:
            continue
        at_once = (path, values) == ("/drift", (0.0,)) or (path == "/loop" and frozen)
        moves.append(Command(path, values, glide_s=0.0 if at_once else seconds))
    return moves


class PresetStore:
    """Stored presets of one model.

    The file is read again when it changes, and written atomically under a lock, so that programs
    that store at the same time keep each other's presets; its previous content stays as
    ``.backup``. A damaged file is copied to another name, and the backup is used instead. Threads
    may read while another stores or deletes.

    Parameters
    ----------
    folder
        Folder of all models' preset files; created with the first preset.
    model, fingerprint
        Name of the model, and `Bundle.fingerprint`.
    report
        Called with a line when a damaged file is set aside.

    Attributes
    ----------
    path : Path
        File of this model.
    """

    def __init__(
        self, folder: Path, model: str, fingerprint: str, report: Callable[[str], None]
    ) -> None:
        self._model = {"name": model, "fingerprint": fingerprint}
        self._report = report
        self.path = folder / f"{slug(model) or 'model'}-{fingerprint}.json"
        self._backup = self.path.with_name(self.path.name + ".backup")
        self._cache: tuple[Signature, dict[str, Preset]] = (None, {})
        self._reading = threading.Lock()

    def names(self) -> list[str]:
        """Names in the order in which they were first stored.

        Raises
        ------
        CommandError
            If the file exists and cannot be read.
        """
        return list(self._read())

    def recall(self, name: str) -> Preset:
        """Return a preset.

        Raises
        ------
        CommandError
            With the code ``not-found``, or if the file cannot be read.
        """
        return self._find(self._read(), one_name(name))

    def store(self, name: str, preset: Preset) -> None:
        """Store a preset, replacing one of the same name.

        Raises
        ------
        CommandError
            With the code ``invalid`` for an invalid name, ``full`` at `MAX_PRESETS`, or if the file
            cannot be read or written; nothing changes then.
        """
        check_name(name, "preset")
        name = one_name(name)
        with self._locked():
            presets = self._read_or_repair()
            if name not in presets and len(presets) >= MAX_PRESETS:
                raise CommandError(
                    f"{MAX_PRESETS} presets are stored, the maximum; delete one first", "full"
                )
            self._write(presets, {**presets, name: preset})

    def add(self, presets: Mapping[str, Preset]) -> int:
        """Store presets under names that are free, and return their number.

        Raises
        ------
        CommandError
            With the code ``full`` over `MAX_PRESETS`, or if the file cannot be read or written;
            nothing changes then.
        """
        with self._locked():
            known = self._read_or_repair()
            named = {one_name(name): preset for name, preset in presets.items()}
            free = {name: preset for name, preset in named.items() if name not in known}
            if len(known) + len(free) > MAX_PRESETS:
                raise CommandError(
                    f"{len(known)} presets are stored and {len(free)} more would be; the maximum "
                    f"is {MAX_PRESETS}; delete some first",
                    "full",
                )
            if free:
                self._write(known, {**known, **free})
        return len(free)

    def delete(self, name: str) -> None:
        """Delete a preset.

        Raises
        ------
        CommandError
            With the code ``not-found``, or if the file cannot be read or written; nothing changes
            then.
        """
        name = one_name(name)
        self._find(self._read(), name)
        with self._locked():
            presets = self._read_or_repair()
            self._find(presets, name)
            rest = {other: preset for other, preset in presets.items() if other != name}
            self._write(presets, rest)

    def rename(self, name: str, to: str) -> None:
        """Give a preset another name; it keeps its place in the order.

        Raises
        ------
        CommandError
            With the code ``not-found``, ``invalid`` if the new name is invalid or there is a preset
            of that name, or if the file cannot be read or written; nothing changes then.
        """
        check_name(to, "preset")
        name, to = one_name(name), one_name(to)
        self._find(self._read(), name)
        with self._locked():
            presets = self._read_or_repair()
            self._find(presets, name)
            if to in presets:
                raise taken(to, "preset")
            self._write(presets, {to if key == name else key: p for key, p in presets.items()})

    @staticmethod
    def _find(presets: Mapping[str, Preset], name: str) -> Preset:
        try:
            return presets[name]
        except KeyError:
            names = sorted(map(printable, presets))
            more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
            known = ", ".join(names[:MAX_NAMED]) or "none"
            raise CommandError(
                f"no preset {printable(name)[:80]!r}; there are {known}{more}", "not-found"
            ) from None

    def _locked(self) -> AbstractContextManager[None]:
        return folder_lock(self.path.parent, CommandError)

    def _read(self) -> dict[str, Preset]:
        try:
            return self._read_file()
        except DamagedError as damage:
            reason = str(damage)
        try:
            with self._locked():
                return self._read_or_repair()
        except CommandError:  # a folder that cannot be written
            return self._use_backup(reason, keep_copy=False)

    def _read_or_repair(self) -> dict[str, Preset]:
        """Read the file, and replace it by its backup if it is damaged; within `_locked`."""
        try:
            return self._read_file()
        except DamagedError as damage:
            return self._use_backup(str(damage), keep_copy=True)

    def _read_file(self) -> dict[str, Preset]:
        with self._reading:
            cached, presets = self._cache
            before = signature(self.path)
            if before != cached:
                presets = read_presets(self.path) if self.path.exists() else {}
                self._cache = (before, presets)
            return presets

    def _use_backup(self, reason: str, *, keep_copy: bool) -> dict[str, Preset]:
        presets: dict[str, Preset] = {}
        outcome = "there is no backup, so there are no presets"
        try:
            presets = read_presets(self._backup)
            outcome = f"the {len(presets)} presets of its backup are used"
        except (DamagedError, CommandError):
            pass
        damaged = signature(self.path)
        where = "it cannot be set aside"
        if keep_copy:
            aside = quarantine_path(self.path)
            with suppress(OSError, CommandError):
                shutil.copyfile(self.path, aside)
                self._save(self.path, presets)
                damaged = signature(self.path)
                where = f"set aside as {aside.name}"
        self._cache = (damaged, presets)
        self._report(f"Presets {printable(self.path)}: damaged ({reason}); {where}; {outcome}.")
        return presets

    def _write(self, before: dict[str, Preset], presets: dict[str, Preset]) -> None:
        if before or not self._backup.exists():  # a deleted file keeps its backup
            self._save(self._backup, before)
        self._save(self.path, presets)
        self._cache = (signature(self.path), presets)

    def _save(self, path: Path, presets: dict[str, Preset]) -> None:
        with atomic_write(path, CommandError) as temporary:
            temporary.write_text(to_text(self._model, presets), encoding="utf-8")
