"""Carry presets and gestures over to another model of the same recordings, matched by landmarks.

Two trainings of the same recordings give the same moments other latents, map positions and numbers.
A landmark is the same moment in both models if it has the same file and nearly the same time. Where
the new model has no such landmark, the moment is a point of its path of the recording.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
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
from distill_live.spectrogram import Float32, Float64
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
    nearest landmark is of a moment that the new model lacks. Axes and LFOs are kept if both
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
        self._same = _matches(old, new, self._names)
        if not self._same:
            raise ConfigurationError(
                f"{old.name} and {new.name} have no recording in common, so no preset of one has "
                "a place in the other; give --like a model of the same recordings"
            )
        self._common = np.array(list(self._same))
        self._old_latents = _standardised(old, old.landmark_latents)
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
            mark = self._new.landmarks[self._same[self._nearest(path, away)[0]].landmark]
            return mark.x, mark.y
        if path == "/path/play":
            self._path_lost = True
            recording = self._recording(int(values[0]))
            self._path_lost = False
            return (recording,)
        moment = self._same.get(int(values[0]))
        if moment is None:
            raise CommandError(f"{path}: the new model lacks landmark {values[0]}")
        return moment.landmark, *values[1:]

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
        latents = np.array([self._same[number].latent for number in nearest])
        found: Float64 = weights @ latents / weights.sum()
        return found

    def _nearest(self, path: str, distance: Float64) -> NDArray[np.int64]:
        """Numbers of the old landmarks that the new model has, too, nearest first.

        Raises
        ------
        CommandError
            If the nearest of all is of a moment that the new model lacks.
        """
        number = int(distance.argmin())
        if number not in self._same:
            mark = self._old.landmarks[number]
            raise CommandError(f"{path}: the new model lacks {mark.file} at {mark.seconds:g} s")
        nearest: NDArray[np.int64] = self._common[distance[self._common].argsort(kind="stable")]
        return nearest


class _Moment(NamedTuple):
    """Moment of a recording in a model: the nearest landmark's number, and the latent."""

    landmark: int
    latent: Float64


class _Chunks:
    """Chunks of recordings, found by file and time.

    Parameters
    ----------
    files
        Name of each chunk's recording.
    centres_s
        Time of each chunk's centre, ``(chunks,)``.
    """

    def __init__(self, files: Iterable[str], centres_s: Float64) -> None:
        self._centres_s = centres_s
        indices: dict[str, list[int]] = {}
        for index, file in enumerate(files):
            indices.setdefault(one_name(file), []).append(index)
        self._indices = {file: np.array(found) for file, found in indices.items()}

    def at(self, file: str, centre_s: float, limit_s: float) -> int | None:
        """Index of the chunk nearest in time; None if none is less than `limit_s` away."""
        indices = self._indices.get(file)
        if indices is None:
            return None
        away_s = np.abs(self._centres_s[indices] - centre_s)
        nearest = int(away_s.argmin())
        return int(indices[nearest]) if away_s[nearest] < limit_s else None


def _standardised(bundle: Bundle, latents: Float32) -> Float64:
    """Latents of a model, ``(..., latent)``, as ``/latent`` has them."""
    scaled = (latents.astype(np.float64) - bundle.latent_mean) / bundle.latent_std
    return scaled.clip(-LATENT_LIMIT, LATENT_LIMIT)


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


def _matches(old: Bundle, new: Bundle, names: Mapping[str, str]) -> Mapping[int, _Moment]:
    """Moment in the new model of each old landmark, by its number; less than a chunk away.

    It is the landmark nearest in time, else the path's point nearest in time. Times are those of
    the chunks' centres, as chunks of the two models may differ in length.
    """
    marks, points = _landmark_chunks(new), _path_chunks(new)
    latents = _standardised(new, new.landmark_latents)
    on_paths = np.concatenate([path.latents for path in new.paths] or [new.landmark_latents])
    limit_s = max(map(_chunk_s, (old, new)))
    found = {}
    for number, mark in enumerate(old.landmarks):
        at = names.get(one_name(mark.file), ""), mark.seconds + 0.5 * _chunk_s(old), limit_s
        if (match := marks.at(*at)) is not None:
            found[number] = _Moment(match, latents[match])
        elif (point := points.at(*at)) is not None:
            latent = _standardised(new, on_paths[point])
            nearest = int(np.linalg.norm(latents - latent, axis=1).argmin())
            found[number] = _Moment(nearest, latent)
    return found


def _landmark_chunks(bundle: Bundle) -> _Chunks:
    """Chunks of the landmarks."""
    starts_s = np.array([mark.seconds for mark in bundle.landmarks])
    return _Chunks((mark.file for mark in bundle.landmarks), starts_s + 0.5 * _chunk_s(bundle))


def _path_chunks(bundle: Bundle) -> _Chunks:
    """Chunks of the paths' points, one path after the other."""
    settings = bundle.settings
    starts = [path.start_frames(settings.n_frames) for path in bundle.paths]
    starts_s = np.concatenate([[], *starts]) / settings.frames_per_second
    files = (path.file for path in bundle.paths for _ in path.latents)
    return _Chunks(files, starts_s + 0.5 * _chunk_s(bundle))


def _chunk_s(bundle: Bundle) -> float:
    """Length of a chunk in seconds."""
    return bundle.settings.chunk_samples / bundle.settings.sample_rate_hz
