"""Macros: mapped parameters follow their curve; mappings survive a restart."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.tiny import AXES, tiny_bundle

from distill_live.addresses import Curve, coerce, instantiate
from distill_live.engine import Command, Engine
from distill_live.engine.commands.mappings import Mappings, shape
from distill_live.errors import CommandError

BUNDLE = tiny_bundle()
TABLE = instantiate(BUNDLE.latent_size, AXES, len(BUNDLE.landmarks))
HOP = BUNDLE.settings.hop_samples
CURVES: tuple[Curve, ...] = ("linear", "exponential", "logarithmic", "s-curve")


def an_engine(*commands: Command) -> Engine:
    engine = Engine(BUNDLE, channels=1, seed=1)
    for command in commands:
        engine.apply(command)
    return engine


@given(st.sampled_from(CURVES), st.floats(0, 1), st.floats(0, 1))
def test_curves_rise_from_end_to_end(curve: Curve, a: float, b: float) -> None:
    assert (shape(curve, 0.0), shape(curve, 1.0)) == (0.0, 1.0)
    low, high = sorted((a, b))
    assert 0.0 <= shape(curve, low) <= shape(curve, high) + 1e-12 <= 1.0 + 1e-12


def test_curves_are_what_they_are_called() -> None:
    quarter = {curve: shape(curve, 0.25) for curve in CURVES}
    assert quarter["linear"] == 0.25
    assert quarter["exponential"] < quarter["s-curve"] < 0.25 < quarter["logarithmic"]
    assert shape("s-curve", 0.5) == pytest.approx(0.5)
    assert shape("exponential", 0.3) == pytest.approx(1.0 - shape("logarithmic", 0.7))


def test_a_macro_moves_all_that_it_is_mapped_to() -> None:
    engine = an_engine(
        Command("/macro/map", (1, "axis/brightness", -0.5, 0.5, "linear")),
        Command("/macro/map", (1, "/gain", 0.0, -20.0, "linear")),
        Command("/macro/map", (2, "speed", -100.0, 100.0, "linear")),
        Command("/macro/map", (1, "latent/002", 0.0, 1.0, "linear")),
    )
    before = engine.value("/gain"), engine.value("/latent")
    assert (engine.value("/gain"), engine.value("/latent")) == before, "a mapping moves nothing"
    engine.apply(Command("/macro/1", (0.75,)))
    assert engine.value("/gain") == (-15.0,)
    assert engine.value("/macro/1") == (0.75,)
    assert engine.value("/speed") == (1.0,)
    assert engine.value("/latent/002")[0] == pytest.approx(0.75)
    engine.apply(Command("/macro/2", (1.0,)))
    assert engine.value("/speed") == (4.0,), "clipped as if it were said"
    engine.apply(Command("/macro/map", (1, "gain", -1.0, -2.0, "linear")))
    engine.apply(Command("/macro/1", (1.0,)))
    assert engine.value("/gain") == (-2.0,)
    engine.apply(Command("/macro/clear", (1, "latent/002")))
    engine.apply(Command("/macro/1", (0.5,)))
    assert engine.value("/gain") == (-1.5,)
    assert engine.value("/latent/002")[0] == pytest.approx(1.0)
    engine.apply(Command("/gain", (-2.0,)))
    engine.apply(Command("/macro/clear", (1,)))
    engine.apply(Command("/macro/1", (0.0,)))
    engine.apply(Command("/macro/2", (0.5,)))
    assert (engine.value("/gain"), engine.value("/speed")) == ((-2.0,), (0.0,))


def test_a_macro_hands_its_glide_on() -> None:
    engine = an_engine(Command("/macro/map", (1, "speed", 1.0, 3.0, "linear")))
    engine.apply(Command("/macro/1", (1.0,), None, 10 * HOP / BUNDLE.settings.sample_rate_hz))
    engine.render(np.empty((5 * HOP, 1), np.float32))
    assert engine.slot.heads.speed == pytest.approx(2.0)


def test_a_macro_sounds_as_what_it_is_mapped_to() -> None:
    mapping = Command("/macro/map", (4, "axis/loudness", -1.0, 1.0, "exponential"))
    outs = np.empty((2, 40 * HOP, 1), np.float32)
    value = 2.0 * shape("exponential", 0.6) - 1.0
    an_engine(mapping, Command("/macro/4", (0.6,), 9 * HOP)).render(outs[0])
    an_engine(Command("/axis/loudness", (value,), 9 * HOP)).render(outs[1])
    np.testing.assert_array_equal(outs[0], outs[1])


def test_mappings_are_state_and_restoring_them_moves_nothing() -> None:
    first = an_engine(
        Command("/macro/map", (1, "gain", -20.0, 0.0, "s-curve")),
        Command("/macro/map", (8, "axis/brightness", 0.0, 1.0, "linear")),
        Command("/macro/1", (0.5,)),
        Command("/macro/8", (1.0,)),
        Command("/gain", (-3.0,)),
        Command("/axis/brightness", (0.25,)),
    )
    second = an_engine(*first.state())
    assert second.state() == first.state()
    assert second.value("/gain") == (-3.0,)
    second.apply(Command("/macro/1", (1.0,)))
    assert second.value("/gain") == (0.0,)


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ((0, "gain", 0.0, 1.0, "linear"), "out-of-range"),
        ((9, "gain", 0.0, 1.0, "linear"), "out-of-range"),
        ((1, "macro/2", 0.0, 1.0, "linear"), "not-found"),
        ((1, "play", 0.0, 1.0, "linear"), "not-found"),
        ((1, "loop", 0.0, 1.0, "linear"), "not-found"),
        ((1, "latent", 0.0, 1.0, "linear"), "not-found"),
        ((1, "axis/unheard", 0.0, 1.0, "linear"), "not-found"),
        ((1, "gain", 0.0, 1.0, "round"), "not-found"),
        ((1, "gain", 0.0, 1001.0, "linear"), "out-of-range"),
        ((1, "gain", 0.0, float("nan"), "linear"), "not-finite"),
        ((1, "gain", 0.0, 1.0), "bad-count"),
        ((1, 1.0, 0.0, 1.0, "linear"), "bad-type"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused(args: tuple[Any, ...], code: str) -> None:
    engine = an_engine()
    before = engine.state()
    with pytest.raises(CommandError) as refusal:
        engine.apply(Command("/macro/map", args))
    assert refusal.value.code == code
    assert "\n" not in str(refusal.value)
    assert engine.state() == before


def test_the_table_names_what_can_be_mapped() -> None:
    target = TABLE["/macro/map"].arguments[1]
    for choice in target.choices:
        for said in (choice, f"/{choice}", f"/distill/{choice}"):
            assert coerce(TABLE["/macro/map"], (1, said, 0, 1, "linear")).values[1] == choice
        assert len(coerce(TABLE[f"/{choice}"], (0.0,)).values) == 1
    assert {"gain", "axis/brightness", "position", "latent/000"} <= set(target.choices)


@pytest.mark.parametrize(("path", "source"), [("/macro/map", 1), ("/input/map", "level")])
def test_a_mapping_takes_the_whole_range_of_each_target(path: str, source: int | str) -> None:
    for choice in TABLE[path].arguments[1].choices:
        (argument, *_) = TABLE[f"/{choice}"].arguments
        mapping = (source, choice, float(argument.low), float(argument.high), "linear")
        assert coerce(TABLE[path], mapping).values == mapping


def test_a_macro_has_one_mapping_for_each_target() -> None:
    macros = Mappings()
    for end in (1.0, 2.0):
        macros.map((1, "gain", 0.0, end, "linear"))
    assert macros.rows() == [(1, "gain", 0.0, 2.0, "linear")]
