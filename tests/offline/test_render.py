"""Offline rendering: sound, repeatability, motion."""

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf
from support.take_files import sound
from support.tiny import AXES, tiny_bundle

from distill_live.addresses import instantiate
from distill_live.bundle import read_bundle, write_bundle
from distill_live.engine import Command, Engine, InlineDecoder
from distill_live.engine.decoding.decoder import Taken
from distill_live.engine.latent.corpus_map import CorpusMap
from distill_live.engine.latent.point import axis_value
from distill_live.errors import AudioFileError, CommandError, ConfigurationError, DistillError
from distill_live.gestures import GestureStore, compile_gesture, from_csv
from distill_live.offline import arguments as module
from distill_live.offline.arguments import parse_blend, plan_from
from distill_live.offline.batch import batch, models_of, read_origin
from distill_live.offline.command_schedule import schedule_commands, slerp
from distill_live.offline.formats import choose_format
from distill_live.offline.plan import Plan, TimedCommand, from_json, origin, to_json
from distill_live.offline.render import render
from distill_live.presets import PresetStore

BUNDLE = tiny_bundle()
RATE_HZ, HOP = BUNDLE.settings.sample_rate_hz, BUNDLE.settings.hop_samples
CHUNK_HOPS = BUNDLE.settings.n_frames - 1
AXIS = BUNDLE.axes[0]


@pytest.fixture(autouse=True)
def presets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PresetStore:
    """The user's presets of the model, in a folder of the test's own."""
    monkeypatch.setattr(module, "user_folder", lambda: tmp_path / "user")
    folder = tmp_path / "user" / "presets"
    return PresetStore(folder, BUNDLE.name, BUNDLE.fingerprint, pytest.fail)


def plan(**words: object) -> Plan:
    """What these words ask for."""
    given: dict[str, Any] = {"seconds": 1.0, "report": pytest.fail} | words
    return plan_from(BUNDLE, **given)


def played(commands: list[Command], seconds: float, channels: int = 1, seed: int = 0) -> np.ndarray:
    engine = Engine(BUNDLE, channels=channels, seed=seed)
    for command in commands:
        engine.apply(command)
    out = np.empty((round(seconds * RATE_HZ), channels), np.float32)
    engine.render(out)
    return out


def rendered(plan: Plan, folder: Path, channels: int = 1) -> np.ndarray:
    path = folder / "y.wav"
    form = choose_format(path, RATE_HZ, channels=channels, bits=32)
    render(BUNDLE, plan, path, form, force=True)
    return sound(path)


def test_the_file_holds_what_the_engine_renders(tmp_path: Path) -> None:
    path = tmp_path / "y.wav"
    form = choose_format(path, RATE_HZ, channels=3)
    asked = plan(seconds=1.23, seed=5)
    render(BUNDLE, asked, path, form)
    y, rate_hz = sf.read(path, dtype="float32")
    assert (rate_hz, y.shape) == (48000, (round(1.23 * 48000), 3))
    expected = played(list(asked.commands), 1.23, 3, 5)
    np.testing.assert_allclose(y, expected, atol=1.5 * 2**-23)  # 24 bits, dithered
    assert np.abs(y).max() > 0.01


@pytest.mark.parametrize("name", ["y.wav", "y.flac"])
def test_same_arguments_same_bytes_and_like_gives_them_again(name: str, tmp_path: Path) -> None:
    first, second, other, again = (tmp_path / f"{n}-{name}" for n in ("a", "b", "c", "d"))
    asked = plan(seconds=1.1, seed=1, path="crossfade", axes=["brightness=0.5"])
    render(BUNDLE, asked, first)
    render(BUNDLE, asked, second)
    render(BUNDLE, replace(asked, seed=2), other)
    assert first.read_bytes() == second.read_bytes() != other.read_bytes()
    said = read_origin(first)
    assert said.plan == asked
    render(BUNDLE, said.plan, again)
    assert again.read_bytes() == first.read_bytes()


def test_floating_point_files_repeat_at_any_time_of_day(tmp_path: Path) -> None:
    a, b = tmp_path / "a.wav", tmp_path / "b.wav"
    form = choose_format(a, RATE_HZ, bits=32)
    render(BUNDLE, plan(seconds=0.1), a, form)
    time.sleep(1.1)  # libsndfile's stamp counts seconds
    render(BUNDLE, plan(seconds=0.1), b, form)
    assert a.read_bytes() == b.read_bytes()


def test_a_plan_comes_back_from_its_file_exactly() -> None:
    statements = (
        Command(
            "/latent", tuple(float(x) for x in np.random.default_rng(0).normal(size=8)), glide_s=0.0
        ),
        Command("/macro/map", (1, "axis/brightness", -1.0, 1.0, "linear"), glide_s=0.1),
    )
    score = (
        TimedCommand(0.5, Command("/note/on", (60.0, 1.0), glide_s=0.0)),
        TimedCommand(1.0, Command("/axis/brightness", (0.5,))),  # in the engine's own glide
    )
    made = Plan(7, 12.5, "interpolate", 3, statements, score)
    said = origin(made, [replace(BUNDLE, name="Größe"), BUNDLE], 44100, 1, None)
    text = to_json(said)
    assert text.isascii()
    assert from_json(text) == said


SAID = to_json(origin(Plan(), [BUNDLE], 8000, 1, 16))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "nothing",
        '{"distill-live render": 2, "version": "9"}',
        '{"distill-live render": 1}',
        SAID.replace('"seed":0', '"seed":true'),
        SAID.replace('"seed":0', '"seed":-1'),
        SAID.replace('"walk"', '["walk"]'),
        SAID.replace('"seconds":10.0', '"seconds":NaN'),
        SAID.replace('"statements":[]', '"statements":[[]]'),
        SAID.replace('"statements":[]', '"statements":[],"score":[[-1.0,0.0,"/gain",0.0]]'),
        SAID.replace('"statements":[]', '"statements":[],"score":[["1",0.0,"/gain",0.0]]'),
        SAID.replace('"statements":[]', '"statements":[],"score":[[]]'),
        to_json(origin(Plan(), [BUNDLE], 0, 1, 16)),
        to_json(origin(Plan(), [BUNDLE], 20_000_003, 1, 16)),
    ],
)
def test_what_no_render_has_said_is_refused_in_a_line(text: str) -> None:
    with pytest.raises(DistillError) as refusal:
        from_json(text)
    assert "\n" not in str(refusal.value)


def test_the_models_of_a_file_is_known_by_its_fingerprint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("models").mkdir()
    said = origin(Plan(), [BUNDLE], RATE_HZ, 2, 24)
    with pytest.raises(DistillError, match=r"model tiny .* is not in the library"):
        models_of(said, None)
    write_bundle(BUNDLE, Path("models/renamed.distill"))
    (bundle,), differences = models_of(said, None)
    assert (bundle.fingerprint, differences) == (BUNDLE.fingerprint, [])
    later = replace(BUNDLE, created="2026-01-31T12:00:00Z")
    write_bundle(later, Path("models/renamed.distill"))
    assert len(models_of(said, None)[1]) == 1
    assert len(models_of(replace(said, version="0.0.1"), None)[1]) == 2
    write_bundle(tiny_bundle(seed=1), Path("models/tiny.distill"))
    with pytest.raises(DistillError, match="which is not tiny"):
        models_of(said, "tiny")


def test_place_axes_and_settings_are_what_the_engine_is_told(tmp_path: Path) -> None:
    asked = plan(place="0.25,0.5", axes=["brightness=0.5"], settings=["/gain -6", "/pitch 3"])
    commands = [
        Command("/map", (0.25, 0.5), glide_s=0.0),
        Command("/axis/brightness", (0.5,), glide_s=0.0),
        Command("/gain", (-6.0,), glide_s=0.0),
        Command("/pitch", (3.0,), glide_s=0.0),
    ]
    assert asked.motion == "hold"
    np.testing.assert_array_equal(rendered(asked, tmp_path), played(commands, 1.0))


def test_a_render_wanders_unless_something_else_is_said() -> None:
    asked = plan(path="recording:recording 1", tempo=96.0)
    tempo = Command("/clock/tempo", (96.0,), glide_s=0.0)
    assert asked.commands == (tempo, Command("/path/play", (1,), glide_s=0.0))
    assert [plan().motion, plan(settings=["/drift 1"]).motion] == ["wander", "walk"]
    start, *_ = plan(seed=4).commands
    assert start.address == "/corpus/goto"
    assert plan(seed=4) == plan(seed=4)
    with pytest.raises(ConfigurationError, match=r"recordings are recording 0\.wav, recording 1"):
        plan(path="recording:nothing")


def test_a_preset_is_where_it_begins_and_another_where_it_ends(
    presets: PresetStore, tmp_path: Path
) -> None:
    low, high = (tuple(x) for x in np.full((2, 8), 1.0) * [[-1.0], [1.0]])
    presets.store("low", (("/latent", low), ("/gain", (-20.0,)), ("/jitter", (0.0,))))
    presets.store("high", (("/latent", high), ("/gain", (0.0,)), ("/jitter", (0.0,))))
    asked = plan(seconds=2.0, preset="low", to="high")
    engine = Engine(BUNDLE, channels=1)
    for command in schedule_commands(asked, [BUNDLE]):
        engine.apply(command)
    assert engine.value("/latent") == high  # where the glide ends
    y = rendered(asked, tmp_path)
    level_db = [20 * np.log10(np.sqrt(np.mean(part**2))) for part in np.split(y, 8)]
    assert np.all(np.diff(level_db) > 0)
    assert 12 < level_db[-1] - level_db[0] < 24


def test_a_gesture_is_played_from_its_file_and_goes_with_the_render(tmp_path: Path) -> None:
    gesture = tmp_path / "rise.csv"
    gesture.write_text("seconds,address,value1\n0,/gain,-40\n0.5,/gain,-10\n0.5,/pitch,12\n")
    asked = plan(path=str(gesture), settings=["/jitter 0"], seed=2)
    commands = [
        Command("/jitter", (0.0,), glide_s=0.0),
        Command("/gain", (-40.0,), 0),
        Command("/gain", (-10.0,), RATE_HZ // 2),
        Command("/pitch", (12.0,), RATE_HZ // 2),
    ]
    y = rendered(asked, tmp_path)
    np.testing.assert_array_equal(y, played(commands, 1.0, seed=2))
    store = GestureStore(tmp_path / "user" / "gestures", BUNDLE.name, BUNDLE.fingerprint, print)
    store.store(
        "rise",
        from_csv(
            gesture.read_bytes(), instantiate(BUNDLE.latent_size, AXES, len(BUNDLE.landmarks))
        ),
    )
    assert plan(path="rise", settings=["/jitter 0"], seed=2) == asked
    gesture.unlink()
    assert read_origin(tmp_path / "y.wav").plan == asked
    gesture.write_text("0,/gain,loud\n")
    with pytest.raises(CommandError, match=r"rise\.csv: line 1: /gain: gain is 'loud'"):
        plan(path=str(gesture))


@pytest.mark.parametrize("name", ["walk", "rise.csv", "Übung"])
def test_a_gesture_of_any_name_is_played(tmp_path: Path, name: str) -> None:
    table = instantiate(BUNDLE.latent_size, AXES, len(BUNDLE.landmarks))
    store = GestureStore(tmp_path / "user" / "gestures", BUNDLE.name, BUNDLE.fingerprint, print)
    store.store(name, from_csv(b"seconds,address,value1\n0,/gain,-40\n0.5,/pitch,12\n", table))
    asked = plan(path=f"gesture:{name}")
    assert asked.motion == "gesture"
    assert asked.commands == tuple(compile_gesture(store.load(name), table).commands(1))
    with pytest.raises(CommandError, match="no gesture 'fall'"):
        plan(path="gesture:fall")


@pytest.mark.parametrize("path", [None, "crossfade", "interpolate"])
def test_blended_models_share_the_sound_each_on_its_own_way(
    path: str | None, tmp_path: Path
) -> None:
    other = tiny_bundle(latent=5, seed=7)
    out = tmp_path / "y.wav"
    asked = plan(path=path, blended=[(other, 0.4)], axes=["brightness=0.5"], seed=2)
    said = render(BUNDLE, asked, out, choose_format(out, RATE_HZ, bits=32), blended=[other])
    assert [model.fingerprint for model in said.models] == [BUNDLE.fingerprint, other.fingerprint]
    assert read_origin(out) == said
    engine = Engine(BUNDLE, seed=2)
    engine.install(engine.load_model(2, other))
    for command in schedule_commands(asked, [BUNDLE, other]):
        if (command.time_samples or 0) > RATE_HZ:
            break
        engine.apply(command)
    expected = np.empty((RATE_HZ, 2), np.float32)
    engine.render(expected)
    np.testing.assert_array_equal(sf.read(out, dtype="float32")[0], expected)
    assert [weight for _, _, weight, _ in engine.models()] == [1.0, 0.4]
    for number, bundle in ((1, BUNDLE), (2, other)):
        axis = bundle.axes[0]
        here = engine.slots[number].point.current
        assert axis_value(axis, float(here @ axis.direction)) == pytest.approx(0.5, abs=0.02)
    alone = plan(path=path, axes=["brightness=0.5"], seed=2)
    assert not np.array_equal(rendered(alone, tmp_path, channels=2), expected)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"blended": [(BUNDLE, 0.1)] * 4}, "4 times; the maximum is 3"),
        ({"blended": [(BUNDLE, 1.5)]}, "0 to 1"),
        ({"path": "fly"}, "available: walk, wander, crossfade, interpolate, recording:NAME"),
        ({"path": "none.csv"}, "none.csv: not read"),
        ({"steps": 4}, "--steps needs"),
        ({"place": "0.2,0.7", "path": "crossfade"}, "leave out --map"),
        ({"to": "b"}, "--to needs --preset"),
        ({"path": "recording:0", "axes": ["brightness=0.5"]}, "leave out --axis and --map"),
        ({"preset": "a"}, "no preset 'a'"),
        ({"axes": ["brightness"]}, "write a name and a value"),
        ({"axes": ["brightness=much"]}, "brightness=0.5"),
        ({"axes": ["brightness=1.5"]}, "must lie in -1 to 1"),
        ({"axes": ["sweetness=0"]}, "the axes are brightness, noisiness, loudness"),
        ({"axes": ["brightness=nan"]}, "finite"),
        ({"place": "0.5"}, "0.2,0.7"),
        ({"place": "0.5,2"}, "/map: value 2 of 2 is 2.0; it must lie in 0 to 1"),
        ({"settings": ["/loop 0.5 2"]}, "/loop: value 2 of 2 is 2.0; "),
        ({"settings": ["gain 3"]}, "/gain -6"),
        ({"settings": ["/gain 30"]}, "-90 to 6"),
        ({"settings": ["/quit 1"]}, "no such address"),
        ({"seconds": 0.0}, "over 0"),
        ({"seconds": float("nan")}, "over 0"),
        ({"seconds": 1e6}, "at most 86400"),
        ({"seed": -1}, "0 to"),
        ({"path": "interpolate", "steps": 0}, "1 to 1000"),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(words: dict[str, object], message: str) -> None:
    with pytest.raises((ConfigurationError, CommandError), match=message) as refusal:
        plan(**words)
    assert "\n" not in str(refusal.value)


def test_a_latent_is_refused_by_its_first_value_out_of_range() -> None:
    large, latent = tiny_bundle(latent=128), [0.0] * 128
    latent[99] = latent[100] = 9.0
    words = " ".join(map(str, latent))
    message = "/latent: value 100 of 128 is 9.0; it must lie in -4 to 4"
    with pytest.raises(CommandError, match=message) as refusal:
        plan_from(large, settings=[f"/latent {words}"], report=pytest.fail)
    assert len(str(refusal.value)) < 200


def decoded(plan: Plan, seconds: float) -> list[tuple[int, np.ndarray]]:
    """Hop and latent of each chunk that is taken over, of one channel without jitter."""
    taken: list[tuple[int, np.ndarray]] = []

    class Logged(InlineDecoder):
        def take(self, time_samples: int) -> list[Taken]:
            done = super().take(time_samples)
            taken.extend((time_samples // HOP, entry.chunk.latent) for entry in done)
            return done

    engine = Engine(BUNDLE, channels=1, seed=plan.seed, decoder=Logged(BUNDLE))
    ends = round(seconds * RATE_HZ)
    for command in schedule_commands(plan, [BUNDLE]):
        if (command.time_samples or 0) > ends:
            break
        engine.apply(command)
    engine.render(np.empty((ends, 1), np.float32))
    return taken


def test_a_crossfade_plays_chunks_of_landmarks_each_half_over_the_one_before() -> None:
    taken = decoded(plan(path="crossfade", settings=["/jitter 0"], seed=3), 8.0)
    hops = np.array([hop for hop, _ in taken])
    waits = np.diff(hops) / (CHUNK_HOPS / 2)  # longer where a place is chosen twice
    assert np.abs(waits - waits.round()).max() < 0.03
    assert waits.min() < 1.5
    landmarks = CorpusMap(BUNDLE).latents
    indices = [int(np.argmin(np.abs(landmarks - latent).max(axis=1))) for _, latent in taken]
    for index, (_, latent) in zip(indices, taken, strict=True):
        np.testing.assert_allclose(latent, landmarks[index], atol=1e-9)
    assert len(set(indices)) > 3


def test_held_axes_are_held_on_every_chunk() -> None:
    for path in ("crossfade", "interpolate"):
        asked = plan(path=path, axes=["brightness=0.5"], settings=["/jitter 0"])
        for _, latent in decoded(asked, 4.0):
            assert axis_value(AXIS, float(latent @ AXIS.direction)) == pytest.approx(0.5, abs=0.02)


def test_an_interpolation_goes_from_landmark_to_landmark_in_so_many_chunks() -> None:
    steps = 4
    taken = decoded(plan(path="interpolate", steps=steps, settings=["/jitter 0"]), 10.0)
    landmarks = CorpusMap(BUNDLE).latents
    nearest = np.array([np.abs(landmarks - latent).max(axis=1).min() for _, latent in taken])
    chunks = np.array([round(2 * hop / CHUNK_HOPS - 0.5) for hop, _ in taken])
    assert np.all(nearest[chunks % steps == 0] < 0.1)  # a place is told four hops ahead
    assert np.all(nearest[chunks % steps == steps // 2] > 0.2)


@pytest.mark.parametrize("text", ["bells", "bells:", "bells:much", ":"])
def test_a_blend_has_a_name_and_a_weight(text: str) -> None:
    assert parse_blend("C:/models/bells.distill:0.4") == ("C:/models/bells.distill", 0.4)
    with pytest.raises(ConfigurationError, match=r"bells:0\.4"):
        parse_blend(text)


def test_slerp_keeps_to_the_circle_and_meets_its_ends() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 16))
    a, b = 3 * a / np.linalg.norm(a), 3 * b / np.linalg.norm(b)
    np.testing.assert_allclose(slerp(a, b, 0.0), a)
    np.testing.assert_allclose(slerp(a, b, 1.0), b)
    for share in (0.1, 0.5, 0.7):
        between = slerp(a, b, share)
        assert np.linalg.norm(between) == pytest.approx(3)
        whole, part = (np.arccos(a @ x / 9) for x in (b, between))
        assert part == pytest.approx(share * whole)
    for parallel in (2 * a, -a, 0 * a):
        np.testing.assert_allclose(slerp(a, parallel, 0.5), (a + parallel) / 2)


@pytest.mark.parametrize(("path", "steps"), [("crossfade", None), ("interpolate", 2)])
def test_there_is_no_seam_where_a_chunk_begins(
    path: str, steps: int | None, tmp_path: Path
) -> None:
    """Neither a step of the sound nor of its level, beside what there is elsewhere."""
    seconds = 12.0
    y = rendered(plan(path=path, seconds=seconds, steps=steps, seed=4), tmp_path)[:, 0]
    hops = np.arange(len(y) // HOP)
    kinks = np.abs(np.diff(y, 2))[: len(hops) * HOP - 2]
    largest = np.array([kinks[hop * HOP : (hop + 1) * HOP].max() for hop in hops[:-1]])
    level = np.array([np.mean(y[hop * HOP : (hop + 1) * HOP] ** 2) for hop in hops[:-1]])
    jumps_db = np.abs(np.diff(10 * np.log10(level + 1e-9)))
    begins = np.array([round((0.25 + 0.5 * k) * CHUNK_HOPS) for k in range(int(2 * seconds) - 1)])
    near = np.unique((begins[:, None] + np.arange(-1, 5)).ravel())  # with the synthesis' delay
    near = near[(near > 10) & (near < len(jumps_db))]
    elsewhere = np.setdiff1d(np.arange(10, len(jumps_db)), near)
    for figure in (largest[:-1], jumps_db):
        assert np.percentile(figure[near], 99) < 1.2 * np.percentile(figure[elsewhere], 99)
        assert figure[near].mean() < 1.1 * figure[elsewhere].mean()


def test_a_batch_is_numbered_and_its_seeds_count_on(tmp_path: Path) -> None:
    out = tmp_path / "y.flac"
    first = plan(seed=7)
    assert batch(first, BUNDLE, out, 1, force=False) == [(first, out)]
    parts = batch(first, BUNDLE, out, 120, force=False)
    assert [path.name for _, path in parts[:2]] == ["y-001.flac", "y-002.flac"]
    assert [made.seed for made, _ in parts] == list(range(7, 127))
    (tmp_path / "y-050.flac").touch()
    with pytest.raises(AudioFileError, match=r"y-050\.flac already exists"):
        batch(first, BUNDLE, out, 120, force=False)
    assert len(batch(first, BUNDLE, out, 120, force=True)) == 120
    with pytest.raises(ConfigurationError, match="count is 0"):
        batch(first, BUNDLE, out, 0, force=False)


def test_nothing_is_left_of_a_render_that_is_refused(tmp_path: Path) -> None:
    model = tmp_path / "tiny.distill"
    write_bundle(BUNDLE, model)
    asked = replace(plan(), commands=(Command("/axis/sweetness", (0.5,), glide_s=0.0),))
    with pytest.raises(CommandError, match="no such address"):
        render(read_bundle(model), asked, tmp_path / "y.wav")
    with pytest.raises(AudioFileError, match="not written"):
        render(BUNDLE, plan(), tmp_path / "no" / "y.wav")
    with pytest.raises(ConfigurationError, match="seconds is 1e-06; a frame at 48000 Hz lasts"):
        render(BUNDLE, plan(seconds=1e-6), tmp_path / "y.wav")
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == [model.name]
