"""The input plays: mapped features, gate, freeze, notes that all end, and state."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from support.tiny import tiny_bundle

from distill_live.addresses import Value
from distill_live.bundle import LANDMARK_FEATURES
from distill_live.engine import Command, Engine
from distill_live.errors import CommandError
from distill_live.input import Features
from distill_live.presets import morph, snapshot

BUNDLE = tiny_bundle()
HOP, RATE_HZ = BUNDLE.settings.hop_samples, BUNDLE.settings.sample_rate_hz
LOUD = Features(-10.0, 1000.0, 0.5, 0.0, 0.0, 0.0)
SUNG = LOUD._replace(pitch=60.1, confidence=0.95)
QUIET = LOUD._replace(level_db=-80.0)


def an_engine(*commands: Command) -> Engine:
    engine = Engine(BUNDLE, channels=1, seed=1)
    for command in commands:
        engine.apply(command)
    return engine


def heard(engine: Engine, *features: Features) -> Engine:
    """The engine after it heard a hop of each."""
    out = np.empty((HOP, 1), np.float32)
    for one in features:
        engine.apply(Command("/input/features", tuple(one)))
        engine.render(out)
    return engine


def keys(engine: Engine) -> list[float]:
    """Keys that are down."""
    return [voice.key for voice in engine._mixer.voices._voices if voice.held]


def mapped(*row: Value, smooth_s: float = 0.0) -> Sequence[Command]:
    return Command("/input/map", row), Command("/input/smooth", (smooth_s,))


def test_a_feature_moves_what_it_is_mapped_to() -> None:
    engine = an_engine(*mapped("noisiness", "gain", -20.0, 0.0, "linear"))
    assert heard(engine, LOUD).value("/gain") == pytest.approx((-10.0,))
    engine.apply(Command("/input/map", ("noisiness", "macro/3", 0.0, 1.0, "linear")))
    engine.apply(Command("/input/unmap", ("noisiness", "gain")))
    heard(engine, LOUD._replace(noisiness=0.75))
    assert engine.value("/macro/3") == pytest.approx((0.75,))
    assert engine.value("/gain") == pytest.approx((-10.0,))
    engine.apply(Command("/gain", (-3.0,)))
    assert heard(engine, LOUD).value("/gain") == (-3.0,)


def test_axes_follow_by_default_within_the_range_of_the_corpus() -> None:
    names = [feature.name for feature in LANDMARK_FEATURES]
    rows = np.zeros((len(BUNDLE.landmarks), len(names)), np.float32)
    rows[:, names.index("loudness")] = np.linspace(-40.0, -20.0, len(rows))
    bundle = replace(BUNDLE, landmark_features=rows)
    engine = Engine(bundle, channels=1, seed=1)
    engine.apply(Command("/input/smooth", (0.0,)))
    for level_db, value in ((-30.0, 0.0), (-21.0, 1.0), (-39.0, -1.0), (-25.5, 0.5)):
        heard(engine, LOUD._replace(level_db=level_db))
        assert engine.value("/axis/loudness")[0] == pytest.approx(value, abs=0.01)


def test_smoothing_takes_its_time() -> None:
    engine = an_engine(*mapped("noisiness", "gain", -20.0, 0.0, "linear", smooth_s=0.5))
    heard(engine, LOUD._replace(noisiness=0.0))
    hops = round(0.5 * RATE_HZ / HOP)
    heard(engine, *[LOUD._replace(noisiness=1.0)] * hops)
    assert engine.value("/gain")[0] == pytest.approx(-20.0 * np.exp(-1.0), abs=0.2)


@pytest.mark.parametrize("stopped", ["gate", "freeze"])
def test_a_closed_gate_and_freeze_hold_what_the_input_moves(stopped: str) -> None:
    engine = an_engine(*mapped("noisiness", "gain", -20.0, 0.0, "linear"))
    heard(engine, LOUD)
    moved = LOUD._replace(noisiness=1.0)
    if stopped == "gate":
        moved = moved._replace(level_db=-60.0)
    else:
        engine.apply(Command("/input/freeze", (1,)))
    assert heard(engine, moved).value("/gain") == pytest.approx((-10.0,))
    engine.apply(Command("/input/freeze", (0,)))
    engine.apply(Command("/input/gain", (20.0,)))  # which opens the gate
    assert heard(engine, moved).value("/gain") == pytest.approx((0.0,))


def test_an_onset_moves_nothing_while_the_gate_is_closed_but_falls_on() -> None:
    engine = an_engine(*mapped("onset", "gain", -20.0, 0.0, "linear"), Command("/gain", (-20.0,)))
    assert heard(engine, QUIET._replace(onset=0.01)).value("/gain") == (-20.0,)
    (start,) = heard(engine, LOUD._replace(onset=1.0)).value("/gain")
    assert start == 0.0
    assert -19.0 < float(heard(engine, QUIET).value("/gain")[0]) < -0.5
    (end,) = heard(engine, *[QUIET._replace(onset=0.01)] * 400).value("/gain")
    assert end == pytest.approx(-20.0, abs=0.1)


def test_onsets_play_the_root() -> None:
    engine = an_engine(
        Command("/keys", ("pitch",)), Command("/root", (50.0,)), Command("/input/notes", (1,))
    )
    quiet_attack = QUIET._replace(onset=0.5)  # the level follows the attack
    assert keys(heard(engine, quiet_attack, LOUD)) == [50.0]
    assert keys(heard(engine, LOUD._replace(onset=0.9), LOUD)) == [50.0]
    assert keys(heard(engine, QUIET)) == []


def test_pitch_plays_its_key_and_bends_it() -> None:
    engine = an_engine(Command("/keys", ("pitch",)), Command("/input/notes", (2,)))
    heard(engine, SUNG._replace(onset=0.8))
    assert keys(engine) == [], "the pitch is not known yet"
    assert keys(heard(engine, *[SUNG] * 8)) == [60.0]
    assert engine._mixer.voices._voices[-1].velocity == pytest.approx(0.8)
    heard(engine, *[SUNG._replace(pitch=60.4)] * 8)
    assert keys(engine) == [60.0], "vibrato"
    assert engine._mixer.voices._voices[-1].bend == pytest.approx(0.4, abs=0.01)
    assert keys(heard(engine, SUNG._replace(pitch=64.0), *[SUNG] * 8)) == [60.0], "a slip"
    assert keys(heard(engine, *[SUNG._replace(pitch=63.9)] * 8)) == [64.0]
    assert keys(heard(engine, *[LOUD] * 8)) == [64.0], "a consonant"
    assert keys(heard(engine, QUIET)) == []


@pytest.mark.parametrize(
    "ending",
    [
        [Command("/input/notes", (0,))],
        [Command("/input/notes", (1,))],
        [Command("/input/freeze", (1,))],
        [Command("/input/gate", (0.0,)), Command("/input/features", tuple(SUNG))],
        [Command("/panic")],
        [],
    ],
)
def test_no_note_of_the_input_hangs(ending: list[Command]) -> None:
    """Without features, as when a device is gone, for a quarter of a second."""
    engine = an_engine(Command("/keys", ("pitch",)), Command("/input/notes", (2,)))
    assert keys(heard(engine, *[SUNG] * 8)) == [60.0]
    for command in ending:
        engine.apply(command)
    engine.render(np.empty((HOP if ending else round(0.3 * RATE_HZ), 1), np.float32))
    assert keys(engine) == []


def test_the_input_is_state() -> None:
    first = an_engine(
        Command("/input/map", ("pitch", "macro/2", 1.0, 0.0, "s-curve")),
        Command("/input/unmap", ("level",)),
        Command("/input/gate", (-30.0,)),
        Command("/input/notes", (2,)),
    )
    rows = [command.args for command in first.state() if command.address == "/input/map"]
    assert rows == [
        ("brightness", "axis/brightness", -1.0, 1.0, "linear"),
        ("noisiness", "axis/noisiness", -1.0, 1.0, "linear"),
        ("pitch", "macro/2", 1.0, 0.0, "s-curve"),
    ]
    assert an_engine(*first.state()).state() == first.state()


def test_presets_hold_the_mappings_but_not_the_room() -> None:
    engine = an_engine(Command("/input/unmap", ("level",)), Command("/input/smooth", (1.0,)))
    preset = snapshot((one.address, one.args) for one in engine.state())
    other = an_engine(Command("/input/gain", (9.0,)))
    for command in morph(preset, BUNDLE.addresses, 0.0):
        other.apply(command)
    other.render(np.empty((HOP, 1), np.float32))
    rows = [command.args[0] for command in other.state() if command.address == "/input/map"]
    assert rows == ["brightness", "noisiness"]
    assert (other.value("/input/smooth"), other.value("/input/gain")) == ((1.0,), (9.0,))


def test_features_are_played_at_their_times_whatever_the_blocks() -> None:
    rng = np.random.default_rng(3)
    features = [
        Features(*rng.uniform((-60, 100, 0, 0, 50, 0.7), (0, 9000, 1, 0.3, 70, 1)).tolist())
        for _ in range(60)
    ]
    outs = np.empty((2, 40 * HOP, 1), np.float32)
    for out, blocks in zip(outs, (1, 7), strict=True):
        engine = an_engine(Command("/keys", ("pitch",)), Command("/input/notes", (1,)))
        for index, one in enumerate(features):
            engine.apply(Command("/input/features", tuple(one), 256 * index))
        for block in np.array_split(out, blocks):
            engine.render(block)
    np.testing.assert_array_equal(*outs)
    assert outs.any()


def test_a_client_cannot_play_the_input() -> None:
    assert "/input/features" not in BUNDLE.addresses
    with pytest.raises(CommandError, match="there are level, brightness"):
        an_engine(Command("/input/map", ("loudness", "gain", 0.0, 1.0, "linear")))
