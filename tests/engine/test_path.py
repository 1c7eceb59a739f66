"""Paths and wander: what is read when, what ends them, where a wander goes."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from support.tiny import complete_bundle, tiny_bundle

from distill_live.bundle import Bundle, Landmark
from distill_live.engine import Command, Engine
from distill_live.engine.latent.path import MIN_PHRASE_S, PathPlayer, Paths
from distill_live.errors import CommandError
from distill_live.presets import morph, snapshot

BUNDLE = complete_bundle()
SETTINGS = BUNDLE.settings
RATE_HZ, HOP, FPS = SETTINGS.sample_rate_hz, SETTINGS.hop_samples, SETTINGS.frames_per_second
LENGTH_HOPS = BUNDLE.paths[0].frames

STEP_S = 0.25


def corpus(chunks: int = 40, recordings: int = 3) -> Bundle:
    """A model of the first version, with recordings that sound alike at equal times."""
    count = chunks * recordings
    rng = np.random.default_rng(5)
    walk = np.cumsum(rng.normal(0.0, 0.15, (chunks, 8)), axis=0)
    latents = np.tile(walk, (recordings, 1)) + rng.normal(0.0, 0.05, (count, 8))
    places = rng.uniform(0.0, 1.0, (count, 2)).tolist()
    marks = [
        Landmark(f"{n // chunks}.wav", STEP_S * (n % chunks), x, y)
        for n, (x, y) in enumerate(places)
    ]
    shuffled = rng.permutation(count)
    return replace(
        tiny_bundle(),
        landmarks=tuple(marks[n] for n in shuffled),
        landmark_latents=latents[shuffled].astype(np.float32),
    )


def player(bundle: Bundle, seed: int = 0) -> PathPlayer:
    rng = np.random.default_rng(seed)
    return PathPlayer(Paths(bundle), FPS, SETTINGS.n_frames, rng)


def engine_with(*commands: Command, bundle: Bundle = BUNDLE, seed: int = 3) -> Engine:
    engine = Engine(bundle, channels=1, seed=seed)
    for command in (Command("/glide", (0.0,)), *commands):
        engine.apply(command)
    return engine


def latent(engine: Engine) -> list[float]:
    return [float(value) for value in engine.value("/latent")]


def render(engine: Engine, hops: int) -> np.ndarray:
    out = np.empty((hops * HOP, 1), np.float32)
    engine.render(out)
    return out


def wandered(path: PathPlayer, seconds: float) -> list[tuple[float, int]]:
    """Time and chunk of each chunk that is begun to be faded in."""
    path.wander_from(path.paths.latents[3].astype(np.float64), 0.5)
    return [
        (hop / FPS, path._chunks[1 - path._first_head])
        for hop in range(round(seconds * FPS))
        if path.step(frozen=False)
    ]


def jumps(course: list[tuple[float, int]]) -> list[tuple[float, int]]:
    return [
        (time_s, chunk) for (_, before), (time_s, chunk) in pairwise(course) if chunk != before + 1
    ]


def test_recordings_are_in_order_whatever_the_order_of_landmarks() -> None:
    paths = Paths(corpus())
    assert {one.name for one in paths.recordings} == {"0.wav", "1.wav", "2.wav"}
    for one in paths.recordings:
        times = paths.starts_s[one.first : one.stop]
        np.testing.assert_allclose(times, STEP_S * np.arange(40))
        assert one.length_s == pytest.approx(39 * STEP_S + SETTINGS.n_frames / FPS)


def test_paths_of_a_model_come_before_its_landmarks() -> None:
    paths = Paths(BUNDLE)
    assert [one.stop - one.first for one in paths.recordings] == [5, 5]
    np.testing.assert_allclose(paths.starts_s, np.tile([0.0, 0.5, 1.0, 1.5, 2.0], 2), atol=0.01)
    np.testing.assert_allclose(paths.latents[5:], BUNDLE.paths[1].latents, atol=1e-6)


@pytest.mark.parametrize("speed", [1.0, -1.0, 0.37, -4.0])
@pytest.mark.parametrize("bundle", [BUNDLE, corpus()], ids=["paths", "landmarks"])
def test_each_chunk_is_read_where_it_belongs(bundle: Bundle, speed: float) -> None:
    path = player(bundle)
    path.speed = speed
    path.play(1)
    recording = path.paths.recordings[1]
    path.step(frozen=False)
    while path.active:
        time_s, weights = path._time_s, 0.0
        for head in (0, 1):
            frame, weight = path.reading(head, 0)
            weights += weight
            chunk = path._chunks[head]
            assert recording.first <= chunk < recording.stop
            if weight > 0.0:
                read_s = path.paths.starts_s[chunk] + frame / FPS
                within = 0.0 < frame < SETTINGS.n_frames - 1
                assert read_s == pytest.approx(time_s, abs=1e-9 if within else 1.1 / FPS)
        assert weights == pytest.approx(1.0)
        path.step(frozen=False)


def test_a_head_changes_its_chunk_only_while_it_is_silent() -> None:
    path = player(corpus())
    path.play(0)
    weights = [path.reading(head, 0)[1] for head in (0, 1)]
    chunks = path._chunks
    path.step(frozen=False)
    while path.active:
        now = [path.reading(head, 0)[1] for head in (0, 1)]
        for head in (0, 1):
            if path._chunks[head] != chunks[head]:
                assert min(weights[head], now[head]) < 0.01
        weights, chunks = now, path._chunks
        path.step(frozen=False)


def test_what_is_foreseen_is_what_comes() -> None:
    path = player(BUNDLE)
    path.play(0)
    for _ in range(60):
        path.step(frozen=False)
    foreseen = [path.reading(head, 3) for head in (0, 1)]
    for _ in range(3):
        path.step(frozen=False)
    np.testing.assert_allclose([path.reading(head, 0) for head in (0, 1)], foreseen)


@pytest.mark.parametrize(("speed", "hops"), [(1.0, 1), (-2.0, 2), (0.5, 0.5)])
def test_a_path_ends_after_its_recording(speed: float, hops: float) -> None:
    engine = engine_with(Command("/path/speed", (speed,)), Command("/path/play", (0,)))
    render(engine, round(LENGTH_HOPS / hops) - 2)
    assert engine.slot.path.active
    render(engine, 4)
    assert not engine.slot.path.active
    end = 4 if speed > 0 else 0
    np.testing.assert_allclose(latent(engine), BUNDLE.paths[0].latents[end], atol=0.02)


def test_the_point_follows_and_a_touch_takes_over() -> None:
    engine = engine_with(Command("/path/play", (0,)))
    render(engine, round(FPS))  # in the middle between the centres of the chunks at 0 and 1 s
    np.testing.assert_allclose(latent(engine), BUNDLE.paths[0].latents[1], atol=0.05)
    engine.apply(Command("/axis/brightness", (1.0,)))
    render(engine, 2)
    assert not engine.slot.path.active
    assert engine.value("/axis/brightness")[0] == pytest.approx(1.0)
    standing = engine.value("/latent")
    render(engine, 50)
    assert engine.value("/latent") == standing


@pytest.mark.parametrize(
    "touch",
    [
        Command("/map", (0.5, 0.5)),
        Command("/latent", (0.1,) * 8),
        Command("/latent/003", (0.2,)),
        Command("/corpus/goto", (1,)),
        Command("/position", (0.3,)),
        Command("/path/stop"),
    ],
    ids=lambda command: command.address,
)
def test_what_moves_point_or_heads_ends_a_path(touch: Command) -> None:
    engine = engine_with(Command("/path/play", (0,)))
    render(engine, 30)
    engine.apply(touch)
    assert not engine.slot.path.active
    with pytest.raises(CommandError, match="no path plays"):
        engine.apply(Command("/path/position", (0.5,)))


def test_a_path_that_is_left_does_not_jump_in_level() -> None:
    still = Command("/jitter", (0.0,)), Command("/spread", (0.0,))
    left = engine_with(*still, Command("/path/play", (0,)))
    on = engine_with(*still, Command("/path/play", (0,)))
    render(left, 70)
    render(on, 70)
    left.apply(Command("/path/stop"))
    one, other = render(left, 6), render(on, 6)
    level, expected = np.sqrt(np.mean(one**2)), np.sqrt(np.mean(other**2))
    assert abs(20 * np.log10(level / expected)) < 2.0


def test_freeze_and_speed_zero_hold_a_path_and_a_position_moves_it() -> None:
    engine = engine_with(Command("/path/play", (0,)))
    render(engine, 40)
    engine.apply(Command("/freeze", (1,)))
    render(engine, 1)
    position = engine.value("/path/position")
    render(engine, 20)
    assert engine.value("/path/position") == position
    engine.apply(Command("/freeze", (0,)))
    engine.apply(Command("/path/speed", (0.0,)))
    engine.apply(Command("/path/position", (0.75,)))
    render(engine, 200)
    assert engine.value("/path/position")[0] == pytest.approx(0.75)
    assert engine.slot.path.active


@pytest.mark.parametrize(
    "command", [Command("/path/position", (0.9,)), Command("/path/play", (1,))]
)
def test_what_a_path_leaps_to_is_heard_at_once(command: Command) -> None:
    engine = engine_with(Command("/path/speed", (0.0,)), Command("/path/play", (0,)))
    render(engine, 40)
    engine.apply(command)
    render(engine, 1)
    wanted = engine.slot.path.latents
    for head in range(2):
        np.testing.assert_allclose(engine.slot.chunks[head, 0].latent, wanted[head], atol=1e-6)


@pytest.mark.parametrize("speed", [1.0, -1.0])
def test_a_loop_goes_on(speed: float) -> None:
    engine = engine_with(
        Command("/path/speed", (speed,)), Command("/path/loop", (1,)), Command("/path/play", (1,))
    )
    render(engine, 100)
    before = engine.value("/path/position")[0]
    render(engine, 2 * LENGTH_HOPS)
    assert engine.value("/path/position")[0] == pytest.approx(before, abs=1e-6)


def test_a_backward_loop_begins_at_the_end() -> None:
    path = player(BUNDLE)
    path.speed, path.loop = -1.0, True
    path.play(0)
    path.step(frozen=False)
    assert path.position == 1.0
    path.step(frozen=False)
    assert path.position == pytest.approx(1.0 - 1.0 / LENGTH_HOPS)


def test_a_recording_that_is_not_there_is_refused() -> None:
    with pytest.raises(CommandError, match="there are 2 recordings") as refused:
        engine_with(Command("/path/play", (2,)))
    assert refused.value.code == "out-of-range"


def test_a_path_begins_on_its_beat() -> None:
    engine = engine_with(Command("/clock/quantise", (1.0,)))  # every 24000 samples
    render(engine, 3)
    engine.apply(Command("/path/play", (0,)))
    render(engine, 44)  # to 24064
    assert not engine.slot.path.active
    render(engine, 1)
    assert engine.slot.path.active


@pytest.mark.parametrize("frozen", [0, 1])
def test_a_state_and_a_preset_hold_a_path(frozen: int) -> None:
    engine = engine_with(Command("/path/speed", (0.5,)), Command("/path/play", (1,)))
    render(engine, 120)
    engine.apply(Command("/freeze", (frozen,)))
    render(engine, 1)
    again = engine_with()
    for command in engine.state():
        again.apply(command)
    recalled = engine_with()
    preset = snapshot((one.address, one.args) for one in engine.state())
    for command in morph(preset, BUNDLE.addresses, 0.0):
        recalled.apply(command)
    for other in (again, recalled):
        render(other, 1)
        assert other.slot.path.playing == 1
        assert other.value("/path/position")[0] == pytest.approx(
            engine.value("/path/position")[0], abs=0.01
        )


def test_the_same_commands_sound_the_same_whatever_the_blocks() -> None:
    commands = (
        Command("/path/play", (1,)),
        Command("/path/speed", (-1.3,), 20000),
        Command("/lfo/noisiness", (2.0, 0.5), 22000),
        Command("/wander", (0.8, 1.0), 25000),
        Command("/map", (0.4, 0.6), 40000),
        Command("/seed", (4,), 60000),
    )
    whole, parts = engine_with(*commands), engine_with(*commands)
    expected = render(whole, 260)
    sound = np.empty_like(expected)
    for start in range(0, len(sound), 1111):
        parts.render(sound[start : start + 1111])
    np.testing.assert_array_equal(sound, expected)
    assert np.abs(sound).max() > 0.001


def test_without_surprise_a_wander_stays_in_its_recording() -> None:
    path = player(corpus())
    path.amount, path.surprise = 1.0, 0.0
    course = wandered(path, 60.0)
    assert len({path.paths.recording_of(chunk) for _, chunk in course}) == 1
    gaps = np.diff([time_s for time_s, _ in jumps(course)])
    assert gaps.min() > 9.0, "it plays on to the end"


def test_with_all_surprise_a_wander_jumps_as_often_as_it_may() -> None:
    path = player(corpus())
    path.amount, path.surprise = 1.0, 1.0
    gaps = np.diff([time_s for time_s, _ in jumps(wandered(path, 60.0))])
    assert gaps.min() + 1.0 / FPS >= MIN_PHRASE_S
    assert gaps.max() < MIN_PHRASE_S + 2 * STEP_S + SETTINGS.chunk_samples / RATE_HZ / 2


def test_a_jump_goes_where_it_sounds_alike() -> None:
    path = player(corpus())
    path.amount, path.surprise = 1.0, 0.3
    course = wandered(path, 200.0)
    latents = path.paths.latents
    off = []
    for (_, before), (_, chunk) in pairwise(course):
        if chunk != before + 1 and before + 1 < path.paths.recording_of(before).stop:
            off.append(np.sqrt(np.mean((latents[chunk] - latents[before + 1]) ** 2)))
    pairs = np.random.default_rng(0).integers(len(latents), size=(500, 2))
    usual = np.median(np.sqrt(np.mean((latents[pairs[:, 0]] - latents[pairs[:, 1]]) ** 2, axis=1)))
    assert len(off) > 30
    assert np.median(off) < 0.6 * usual


@pytest.mark.parametrize("surprise", [1e-6, 1.0])
@pytest.mark.parametrize("recordings", [2, 3])
def test_no_few_places_follow_each_other_for_ever(surprise: float, recordings: int) -> None:
    path = player(corpus(40, recordings))
    path.amount, path.surprise = 1.0, surprise
    targets = [chunk for _, chunk in jumps(wandered(path, 300.0))]
    assert len(targets) > 15
    for start in range(len(targets) - 8):
        assert len(set(targets[start : start + 8])) > 4


def test_a_corpus_of_one_chunk_is_wandered_through() -> None:
    bundle = tiny_bundle()
    one = replace(
        bundle, landmarks=bundle.landmarks[:1], landmark_latents=bundle.landmark_latents[:1]
    )
    engine = engine_with(Command("/wander", (1.0, 1.0)), bundle=one)
    assert np.abs(render(engine, 300)).max() > 0.001


def test_the_same_seed_wanders_the_same_way() -> None:
    courses = []
    for seed in (1, 1, 2):
        path = player(corpus(), seed)
        path.amount, path.surprise = 1.0, 0.5
        courses.append(wandered(path, 60.0))
    assert courses[0] == courses[1] != courses[2]


def test_a_wander_goes_on_from_where_a_touch_leads() -> None:
    bundle = corpus()
    engine = engine_with(Command("/wander", (1.0, 0.0)), bundle=bundle)
    render(engine, 50)
    engine.apply(Command("/corpus/goto", (7, 0.5)))
    render(engine, 20)
    assert not engine.slot.path.active, "it glides"
    render(engine, 40)
    assert engine.slot.path.active
    path = engine.slot.path
    name = path.paths.recording_of(path._chunks[0]).name
    assert name == bundle.landmarks[7].file
    engine.apply(Command("/wander", (0.0, 0.0)))
    render(engine, 2)
    assert not path.active
