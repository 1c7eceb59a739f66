"""Presets and gestures in another model of the same recordings: the same moments, by landmarks."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.tiny import complete_bundle, tiny_bundle

from distill_live.addresses import Command
from distill_live.bundle import Bundle, RecordingPath
from distill_live.carry_over import CarryOver, Stores
from distill_live.errors import ConfigurationError
from distill_live.gestures import Gesture, GestureStore, TimedCommand
from distill_live.presets import PresetStore
from distill_live.spectrogram import LOW_LATENCY

OLD = tiny_bundle()


def later_model() -> Bundle:
    """Model of the same recordings: other latents, places, order and times within a chunk."""
    other = tiny_bundle(seed=1)
    return replace(
        other,
        landmarks=tuple(
            replace(mark, file=old.file, seconds=old.seconds + 0.2)
            for mark, old in zip(other.landmarks, reversed(OLD.landmarks), strict=True)
        ),
    )


NEW = later_model()


def at(bundle: Bundle, number: int) -> tuple[float, ...]:
    """Standardised latent of a landmark."""
    latent = bundle.landmark_latents[number].astype(np.float64)
    return tuple(((latent - bundle.latent_mean) / bundle.latent_std).tolist())


def with_landmarks(bundle: Bundle, *marks: tuple[str, float]) -> Bundle:
    """The bundle with landmarks of these files and seconds alone."""
    landmarks = tuple(
        replace(mark, file=file, seconds=seconds)
        for mark, (file, seconds) in zip(bundle.landmarks, marks, strict=False)
    )
    latents = bundle.landmark_latents[: len(landmarks)]
    return replace(bundle, landmarks=landmarks, landmark_latents=latents)


def path_of(file: str, frames: int) -> RecordingPath:
    return RecordingPath(file, frames, np.zeros((1, OLD.latent_size), np.float32))


def stores(folder: Path, bundle: Bundle) -> Stores:
    of = (bundle.name, bundle.fingerprint, pytest.fail)
    return Stores(PresetStore(folder / "presets", *of), GestureStore(folder / "gestures", *of))


def test_a_landmark_becomes_the_same_moment_in_the_new_model() -> None:
    over = CarryOver(OLD, NEW)
    here, there = OLD.landmarks[1], NEW.landmarks[4]
    preset = over.preset(
        (
            ("/gain", (-6.0,)),
            ("/map", (here.x, here.y)),
            ("/latent", at(OLD, 1)),
            ("/axis/brightness", (0.5,)),
            ("/latent/003", (1.0,)),
            ("/macro/map", (1, "axis/brightness", -1.0, 1.0, "linear")),
            ("/macro/map", (2, "latent/003", -1.0, 1.0, "linear")),
        )
    )
    found = dict(preset)
    assert found["/gain"] == (-6.0,)
    assert found["/map"] == pytest.approx((there.x, there.y))
    assert found["/latent"] == pytest.approx(at(NEW, 4))
    assert found["/axis/brightness"] == (0.5,)
    assert [values[1] for path, values in preset if path == "/macro/map"] == ["axis/brightness"]
    assert over.left_out == {"/latent/003": 1, "/macro/map": 1}


def test_a_recording_is_played_by_its_name() -> None:
    old, new = complete_bundle(), complete_bundle(seed=1)
    new = replace(
        new,
        landmarks=tuple(
            replace(mark, file=other.file)
            for mark, other in zip(new.landmarks, old.landmarks, strict=True)
        ),
        paths=(replace(new.paths[0], file="between.wav"), *new.paths[::-1]),
    )
    assert (old.recordings, new.recordings[1:]) == (old.recordings, old.recordings[::-1])
    over = CarryOver(old, new)
    assert over.preset((("/path/play", (0,)), ("/path/play", (1,)))) == (
        ("/path/play", (2,)),
        ("/path/play", (1,)),
    )
    back = CarryOver(new, old)
    placed = ("/path/position", (0.5,))
    assert back.preset((("/path/play", (0,)), placed)) == ()
    assert back.preset((("/path/play", (1,)), placed)) == (("/path/play", (1,)), placed)


def test_a_latent_between_landmarks_is_between_the_same_ones() -> None:
    between = tuple(np.average([at(OLD, 1), at(OLD, 2)], axis=0, weights=[2.0, 1.0]).tolist())
    ((_, latent),) = CarryOver(OLD, NEW).preset((("/latent", between),))
    ends = [np.linalg.norm(np.array(latent) - at(NEW, number)) for number in range(6)]
    assert np.argmin(ends) == 4


def test_a_place_in_a_recording_that_the_new_model_lacks_is_left_out() -> None:
    lost = [replace(mark, file="lost.wav") for mark in OLD.landmarks[3:]]
    over = CarryOver(replace(OLD, landmarks=(*OLD.landmarks[:3], *lost)), NEW)
    assert over.preset((("/latent", at(OLD, 4)), ("/map", (lost[0].x, lost[0].y)))) == ()
    assert over.left_out == {"/latent": 1, "/map": 1}
    ((_, latent),) = over.preset((("/latent", at(OLD, 1)),))
    assert latent == pytest.approx(at(NEW, 4))


def test_a_recording_that_got_its_folder_before_its_name_is_found() -> None:
    old = with_landmarks(OLD, ("x.wav", 0.0), ("x.wav", 1.0))
    old = replace(old, paths=(path_of("x.wav", 300),))
    preset = ("/corpus/goto", (1,)), ("/path/play", (0,))
    one = with_landmarks(NEW, ("a - x.wav", 0.0), ("a - x.wav", 1.0))
    assert CarryOver(old, one).preset(preset) == preset
    two = with_landmarks(NEW, ("b - x.wav", 0.0), ("b - x.wav", 1.0), ("a - x.wav", 1.0))
    with pytest.raises(ConfigurationError, match="no recording in common"):  # it may be either
        CarryOver(old, two)
    two = replace(two, paths=(path_of("b - x.wav", 250), path_of("a - x.wav", 301)))
    assert CarryOver(old, two).preset(preset) == (("/corpus/goto", (2,)), ("/path/play", (1,)))


def test_chunks_of_other_lengths_are_matched_by_their_centres() -> None:
    second = with_landmarks(OLD, ("x.wav", 0.0), ("x.wav", 1.0))
    half = tiny_bundle(LOW_LATENCY, seed=1)
    half = with_landmarks(half, *(("x.wav", start_s) for start_s in (1.0, 1.25, 0.75, 0.25, 0.0)))
    moments = ("/corpus/goto", (0,)), ("/corpus/goto", (1,))
    assert CarryOver(second, half).preset(moments) == (
        ("/corpus/goto", (3,)),
        ("/corpus/goto", (1,)),
    )
    assert CarryOver(half, second).preset(moments) == (
        ("/corpus/goto", (1,)),
        ("/corpus/goto", (1,)),
    )


def test_a_moment_without_a_landmark_in_the_new_model_is_a_point_of_its_path() -> None:
    rate, n_frames, points = OLD.settings.frames_per_second, OLD.settings.n_frames, 45
    old = with_landmarks(OLD, *(("x.wav", 4.0 * number) for number in range(6)))
    new = with_landmarks(NEW, *(("x.wav", 4.0 * number + 2.0) for number in range(5)))
    latents = np.random.default_rng(2).normal(0.0, 0.7, (points, OLD.latent_size))
    path = replace(path_of("x.wav", round(22.0 * rate) + n_frames), latents=latents.astype("f4"))
    assert path.start_frames(n_frames)[8] / rate == pytest.approx(4.0, abs=1.0 / rate)
    over = CarryOver(old, replace(new, paths=(path,)))
    nearest = int(np.linalg.norm(new.landmark_latents - path.latents[8], axis=1).argmin())
    mark = old.landmarks[1]
    found = over.preset(
        (("/latent", at(old, 1)), ("/map", (mark.x, mark.y)), ("/corpus/goto", (1,)))
    )
    place = new.landmarks[nearest]
    assert found[0][1] == pytest.approx(tuple(path.latents[8].tolist()), abs=1e-6)
    assert found[1:] == (("/map", (place.x, place.y)), ("/corpus/goto", (nearest,)))
    assert not over.left_out


def test_a_moment_that_the_new_model_lacks_is_left_out_and_counted() -> None:
    old = with_landmarks(OLD, *(("x.wav", 4.0 * number) for number in range(6)))
    new = with_landmarks(NEW, ("x.wav", 0.0), *(("x.wav", 4.0 * n + 2.0) for n in range(5)))
    over, mark = CarryOver(old, new), old.landmarks[1]
    assert over.preset((("/latent", at(old, 1)), ("/map", (mark.x, mark.y)))) == ()
    assert over.left_out == {"/latent": 1, "/map": 1}
    ((_, latent),) = over.preset((("/latent", at(old, 0)),))
    assert latent == pytest.approx(at(new, 0))


def test_axes_without_a_name_are_another_models_own() -> None:
    old, new = (
        replace(bundle, axes=(replace(bundle.axes[0], name="axis_1"), *bundle.axes[1:]))
        for bundle in (OLD, NEW)
    )
    over = CarryOver(old, new)
    of_axis_1 = ("/axis/axis_1", (0.5,)), ("/lfo/axis_1", (1.0, 0.5)), ("/timbre/axis", ("axis_1",))
    assert over.preset(of_axis_1) == ()
    assert over.left_out == {"/axis/axis_1": 1, "/lfo/axis_1": 1, "/timbre/axis": 1}
    others = ("/timbre/axis", ("noisiness",)), ("/timbre/axis", ("",))
    assert over.preset(others) == others


def test_what_is_stored_for_the_new_model_is_kept(tmp_path: Path) -> None:
    old, new = stores(tmp_path, OLD), stores(tmp_path, NEW)
    goto = TimedCommand(0.5, Command("/corpus/goto", (1,), glide_s=2.0))
    lost = TimedCommand(0.6, Command("/latent/003", (1.0,)))
    for name in ("a", "b"):
        old.presets.store(name, (("/gain", (-6.0,)),))
        old.gestures.store(name, Gesture(1.0, (goto, lost)))
    new.presets.store("a", (("/gain", (-1.0,)),))
    new.gestures.store("a", Gesture(2.0, ()))
    assert CarryOver(OLD, NEW).carry(old, new) == (1, 1)
    assert new.presets.recall("a") == (("/gain", (-1.0,)),)
    assert new.presets.recall("b") == (("/gain", (-6.0,)),)
    assert new.gestures.load("a").seconds == 2.0
    ((seconds, command),) = new.gestures.load("b").commands
    assert (seconds, command.address, command.args[0]) == (0.5, "/corpus/goto", 4)
    assert command.glide_s == 2.0
    assert old.presets.names() == ["a", "b"]


def test_models_of_other_recordings_are_refused() -> None:
    elsewhere = tuple(replace(mark, file="other.wav") for mark in NEW.landmarks)
    with pytest.raises(ConfigurationError, match="no recording in common"):
        CarryOver(OLD, replace(NEW, landmarks=elsewhere))
    with pytest.raises(ConfigurationError, match="the same model"):
        CarryOver(OLD, OLD)
