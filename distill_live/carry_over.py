"""Carry presets and gestures over to another model of the same recordings, matched by landmarks.

Two trainings of the same recordings give the same moments other latents, map positions and numbers.
A landmark is the same moment in both models if it has the same file and nearly the same time.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from distill_live.addresses import TABLE, Values, coerce
from distill_live.bundle import Bundle
from distill_live.errors import CommandError, ConfigurationError
from distill_live.gestures import Gesture, GestureStore
from distill_live.gestures.gesture import TimedCommand
from distill_live.preset_file import Preset
from distill_live.presets import PresetStore
from distill_live.spectrogram import Float64
from distill_live.user_files import one_name

NEAREST = 3
"""Number of landmarks that a latent between landmarks is interpolated from."""

MIN_DISTANCE = 1e-3
"""Distance, in standard deviations, below which a latent is a landmark's own."""

LATENT_LIMIT = TABLE["/latent"].arguments[0].high

PLACES = ("/latent", "/map", "/corpus/goto", "/path/play")
"""Addresses whose values are places of one model, or a recording."""


class Stores(NamedTuple):
    """Stored presets and gestures of a model."""

    presets: PresetStore
    gestures: GestureStore


class CarryOver:
    """Translate presets and gestures of one model for another.

    A latent becomes the same mixture of its `NEAREST` landmarks, weighted by the inverse square of
    their distance. A map position becomes that of its nearest landmark. Both are left out where the
    nearest landmark is of a recording that the new model lacks. Axes and LFOs are kept if both
    models have a feature of that name; single dimensions and axes without a name mean nothing in
    another model and are left out.

    Parameters
    ----------
    old, new
        The models.

    Attributes
    ----------
    left_out : Counter
        Addresses of settings and commands that were left out, with their numbers.

    Raises
    ------
    ConfigurationError
        If they are the same model, or have no landmark in common.
    """

    def __init__(self, old: Bundle, new: Bundle) -> None:
        if old.fingerprint == new.fingerprint:
            raise ConfigurationError(
                f"{old.name} is the same model, so it has the same presets; leave out --like"
            )
        self._old, self._new = old, new
        self._names = _names(old, new)
        self._goto = _matches(old, new, self._names)
        if not self._goto:
            raise ConfigurationError(
                f"{old.name} and {new.name} have no recording in common, so no preset of one has "
                "a place in the other; give --like a model of the same recordings"
            )
        self._common = np.array(list(self._goto))
        self._common_names = {one_name(old.landmarks[number].file) for number in self._goto}
        self._old_latents, self._new_latents = map(_standardised, (old, new))
        self._old_places = np.array([(mark.x, mark.y) for mark in old.landmarks])
        self._path_lost = False  # the path whose position follows
        self.left_out: Counter[str] = Counter()

    def carry(self, old: Stores, new: Stores) -> tuple[int, int]:
        """Store the old presets and gestures for the new model; those of equal names are kept.

        Returns
        -------
        tuple
            Numbers of presets and of gestures that were stored.

        Raises
        ------
        CommandError
            If a file cannot be read or written.
        """
        presets = {name: self.preset(old.presets.recall(name)) for name in old.presets.names()}
        stored = new.presets.add(presets)
        gestures = [
            new.gestures.store(name, self.gesture(old.gestures.load(name)), replace=False)
            for name in old.gestures.lengths()
        ]
        return stored, sum(gestures)

    def preset(self, preset: Preset) -> Preset:
        """Preset for the new model."""
        self._path_lost = False
        found = ((path, self._translate(path, values)) for path, values in preset)
        return tuple((path, values) for path, values in found if values is not None)

    def gesture(self, gesture: Gesture) -> Gesture:
        """Gesture for the new model."""
        commands, self._path_lost = [], False
        for seconds, command in gesture.commands:
            values = self._translate(command.address, command.args)
            if values is not None:
                commands.append(TimedCommand(seconds, replace(command, args=values)))
        return Gesture(gesture.seconds, tuple(commands))

    def _translate(self, path: str, values: Values) -> Values | None:
        """Values that mean the same in the new model; None, and counted, if there are none."""
        address = self._new.addresses.get(path)
        target = path
        if path in ("/macro/map", "/input/map") and len(values) > 1:
            target = f"/{values[1]}"
        elif path == "/timbre/axis" and values:
            target = f"/axis/{values[0]}"
        try:
            if address is None or target.startswith(("/latent/", "/axis/axis_", "/lfo/axis_")):
                raise CommandError(f"{target}: not the same in the new model")
            if path == "/path/position" and self._path_lost:
                raise CommandError(f"{path}: the new model lacks the recording")
            old = self._old.addresses.get(path)
            if path in PLACES and old is not None:
                values = self._place(path, coerce(old, values).values)
            return coerce(address, values).values
        except CommandError:
            self.left_out[path] += 1
            return None

    def _place(self, path: str, values: Values) -> Values:
        """Place in the new model; the values are valid in the old one."""
        if path == "/latent":
            return tuple(self._latent(np.array(values, np.float64)).tolist())
        if path == "/map":
            away = np.linalg.norm(self._old_places - np.array(values, np.float64), axis=1)
            mark = self._new.landmarks[self._goto[self._nearest(path, away)[0]]]
            return mark.x, mark.y
        if path == "/path/play":
            self._path_lost = True
            recording = self._recording(int(values[0]))
            self._path_lost = False
            return (recording,)
        number = self._goto.get(int(values[0]))
        if number is None:
            raise CommandError(f"{path}: the new model lacks landmark {values[0]}")
        return number, *values[1:]

    def _recording(self, number: int) -> int:
        """Number in the new model of a recording of the old one."""
        names = list(map(one_name, self._new.recordings))
        try:
            return names.index(self._names[one_name(self._old.recordings[number])])
        except (IndexError, KeyError, ValueError):
            raise CommandError(f"/path/play: the new model lacks recording {number}") from None

    def _latent(self, latent: Float64) -> Float64:
        distance = np.linalg.norm(self._old_latents - latent, axis=1)
        nearest = self._nearest("/latent", distance)[:NEAREST]
        if distance[nearest[0]] < MIN_DISTANCE:
            nearest = nearest[:1]
        weights = np.maximum(distance[nearest], MIN_DISTANCE) ** -2.0
        matches = [self._goto[number] for number in nearest]
        found: Float64 = weights @ self._new_latents[matches] / weights.sum()
        return found

    def _nearest(self, path: str, distance: Float64) -> NDArray[np.int64]:
        """Numbers of the old landmarks that the new model has, too, nearest first.

        Raises
        ------
        CommandError
            If the nearest of all is of a recording that the new model lacks.
        """
        mark = self._old.landmarks[int(distance.argmin())]
        if one_name(mark.file) not in self._common_names:
            raise CommandError(f"{path}: the new model lacks {mark.file}")
        nearest: NDArray[np.int64] = self._common[distance[self._common].argsort(kind="stable")]
        return nearest


def _standardised(bundle: Bundle) -> Float64:
    """Latents of the landmarks as ``/latent`` has them, ``(landmarks, latent)``."""
    latents = (bundle.landmark_latents.astype(np.float64) - bundle.latent_mean) / bundle.latent_std
    return latents.clip(-LATENT_LIMIT, LATENT_LIMIT)


def _names(old: Bundle, new: Bundle) -> Mapping[str, str]:
    """New name of each recording that both models have, by its old one.

    Where recordings of one name were added, the trainer has put folders before the name; of several
    such names the one of a recording of the same length is taken.
    """
    old_s, new_s = _lengths_s(old), _lengths_s(new)
    frames_s = sum(1.0 / one.settings.frames_per_second for one in (old, new))
    found = {name: name for name in old_s.keys() & new_s.keys()}
    added = new_s.keys() - found.keys()
    for name in old_s.keys() - found.keys():
        longer = [one for one in added if one.endswith(f" - {name}")]
        if len(longer) > 1:
            longer = [one for one in longer if abs(new_s[one] - old_s[name]) < frames_s]
        if len(longer) == 1:
            found[name] = longer[0]
    return found


def _lengths_s(bundle: Bundle) -> Mapping[str, float]:
    """Length of each recording in seconds, NaN if it has no path."""
    frames = {one_name(path.file): path.frames for path in bundle.paths}
    names = frames.keys() | {one_name(mark.file) for mark in bundle.landmarks}
    return {name: frames.get(name, np.nan) / bundle.settings.frames_per_second for name in names}


def _matches(old: Bundle, new: Bundle, names: Mapping[str, str]) -> Mapping[int, int]:
    """Number of the new landmark nearest in time, less than a chunk away, by that of the old one.

    Times are those of the chunks' centres, as chunks of the two models may differ in length.
    """
    times = _times(new)
    longest = max(map(_chunk_s, (old, new)))
    found = {}
    for number, mark in enumerate(old.landmarks):
        centre = mark.seconds + 0.5 * _chunk_s(old)
        candidates = times.get(names.get(one_name(mark.file), ""), [])
        away, match = min(
            ((abs(seconds - centre), index) for seconds, index in candidates),
            default=(longest, -1),
        )
        if away < longest:
            found[number] = match
    return found


def _times(bundle: Bundle) -> Mapping[str, list[tuple[float, int]]]:
    """Centre and number of each landmark, by file."""
    found: dict[str, list[tuple[float, int]]] = {}
    for number, mark in enumerate(bundle.landmarks):
        centre = mark.seconds + 0.5 * _chunk_s(bundle)
        found.setdefault(one_name(mark.file), []).append((centre, number))
    return found


def _chunk_s(bundle: Bundle) -> float:
    """Length of a chunk in seconds."""
    return bundle.settings.chunk_samples / bundle.settings.sample_rate_hz
