"""Address table: instantiation for a model, coercion, clipping, refusals."""

import math
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distill_live.addresses import (
    REPLIES,
    TABLE,
    Address,
    coerce,
    instantiate,
    latent_path,
)
from distill_live.errors import CommandError, ConfigurationError

MODEL = instantiate(4, ["brightness", "noise"], 7)

NUMBERS = st.one_of(st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats())
ANYTHING = st.lists(st.one_of(NUMBERS, st.text(max_size=4), st.none(), st.binary(max_size=2)))


def refusal(path: str, *args: object) -> str:
    with pytest.raises(CommandError) as refused:
        coerce(MODEL[path], args)
    assert "\n" not in str(refused.value)
    return refused.value.code


def test_a_model_multiplies_latent_and_axes() -> None:
    assert len(MODEL["/latent"].arguments) == 4
    assert [path for path in MODEL if path.startswith("/latent/")] == [
        f"/latent/00{index}" for index in range(4)
    ]
    assert latent_path(127) in instantiate(128, [], 1)
    assert latent_path(128) not in instantiate(128, [], 1)
    assert [path for path in MODEL if path.startswith("/axis/")] == [
        "/axis/brightness",
        "/axis/noise",
        "/axis/list",
    ]
    assert not any("<" in path for path in MODEL)
    assert all(address.path == path for path, address in MODEL.items())


@pytest.mark.parametrize(
    "names", [["list"], ["info"], ["end"], ["Loud"], ["a/b"], [""], ["x" * 33], ["é"], ["a", "a"]]
)
def test_names_that_no_axis_can_have(names: list[str]) -> None:
    with pytest.raises(ConfigurationError, match="axis name"):
        instantiate(4, names, 1)


def test_a_latent_has_dimensions_and_a_corpus_landmarks() -> None:
    with pytest.raises(ConfigurationError, match="latent size is 0"):
        instantiate(0, [], 1)
    with pytest.raises(ConfigurationError, match="landmarks are 0"):
        instantiate(4, [], 0)


def test_a_landmark_is_one_of_the_model() -> None:
    assert coerce(MODEL["/corpus/goto"], (6, 0.5)).values == (6, 0.5)
    assert refusal("/corpus/goto", 7) == refusal("/corpus/goto", -1) == "out-of-range"


@pytest.mark.parametrize("address", TABLE.values(), ids=TABLE)
def test_every_entry_is_consistent(address: Address) -> None:
    required = [argument for argument in address.arguments if not argument.optional]
    least = len(required)
    ends = address.arguments[:least], address.arguments[-least:]
    assert tuple(required) in ends, "only first or last ones are optional"
    assert address.description.endswith(".")
    for argument in address.arguments:
        assert argument.kind == "s" or math.isfinite(argument.high - argument.low)
        if argument.default is not None and argument.kind != "s":
            assert argument.low <= float(argument.default) <= argument.high
    if address.access == "value":
        assert len(address.default) == len(required), "a value has a default"
        assert coerce(address, address.default) == (address.default, False)
    else:
        assert address.default == ()
        assert address.keys or not address.continuous
    assert address.continuous == address.clip


def test_replies_carry_only_what_every_client_reads() -> None:
    for path, reply in REPLIES.items():
        assert set(reply.signature) <= set("ifs")
        assert reply.path == path
        assert reply.description.endswith(".")
    for address in MODEL.values():
        assert set(address.signature) <= set("ifs")
        assert address.path not in REPLIES


def test_continuous_values_clip() -> None:
    assert coerce(MODEL["/axis/noise"], (2.5,)) == ((1.0,), True)
    assert coerce(MODEL["/axis/noise"], (-1.0, 99)) == ((-1.0, 30.0), True)
    assert coerce(MODEL["/latent"], (-9, 0, 4, 4.5)) == ((-4.0, 0.0, 4.0, 4.0), True)
    assert coerce(MODEL["/gain"], (-6,)) == ((-6.0,), False)
    assert coerce(MODEL["/gain"], (10**400,)) == ((6.0,), True)
    assert coerce(MODEL["/model/blend"], (2, 1.5)) == ((2, 1.0), True)
    with pytest.raises(CommandError, match="slot is 5"):
        coerce(MODEL["/model/blend"], (5, 0.5))


def test_any_number_serves() -> None:
    assert coerce(MODEL["/play"], (1.0,)) == ((1,), False)
    assert coerce(MODEL["/play"], (False,)) == ((0,), False)
    assert coerce(MODEL["/speed"], (True,)) == ((1.0,), False)
    for given_value in (True, 1, 1.0):
        (value,) = coerce(MODEL["/play"], (given_value,)).values
        assert type(value) is int
        (value,) = coerce(MODEL["/speed"], (given_value,)).values
        assert type(value) is float


def test_an_action_needs_nothing_and_ignores_a_release() -> None:
    panic = MODEL["/panic"]
    assert [coerce(panic, args).values for args in ((), (1,), (0.3,), (True,), (127,))] == [
        (1,)
    ] * 5
    assert [coerce(panic, args).values for args in ((0,), (0.0,), (False,), (0, 0.0))] == [(0,)] * 4


@given(ANYTHING)
def test_a_panic_depends_on_no_type(args: list[object]) -> None:
    released = bool(args) and all(isinstance(given, int | float) and not given for given in args)
    assert coerce(MODEL["/panic"], args) == ((int(not released),), False)


def test_what_is_wrong_has_a_name() -> None:
    assert refusal("/play", 2) == "out-of-range"
    assert refusal("/play", -1.0) == "out-of-range"
    assert refusal("/play", 10**400) == "out-of-range"
    assert refusal("/play", 0.5) == "bad-type"
    assert refusal("/play", "1") == "bad-type"
    assert refusal("/sync", 2**31) == "out-of-range"
    assert refusal("/sync") == "bad-count"
    assert refusal("/gain", math.inf) == "not-finite"
    assert refusal("/gain", math.nan) == "not-finite"
    assert refusal("/gain", None) == "bad-type"
    assert refusal("/gain", b"loud") == "bad-type"
    assert refusal("/gain", 0, 0) == "bad-count"
    assert refusal("/latent", 0, 0, 0) == "bad-count"
    assert refusal("/axis/noise", 0, 0, 0) == "bad-count"
    assert refusal("/loop", 0.5) == "bad-count"
    for path, said in (("/gain", "1 argument,"), ("/loop", "2 arg"), ("/axis/noise", "1 to 2 arg")):
        with pytest.raises(CommandError, match=f"takes {said}"):
            coerce(MODEL[path], (0, 0, 0))


@given(st.sampled_from(sorted(MODEL)), ANYTHING)
def test_what_is_accepted_is_typed_and_in_range(path: str, args: list[object]) -> None:
    address = MODEL[path]
    try:
        values, clipped = coerce(address, args)
    except CommandError:
        return
    if address.access == "action":
        assert values in ((0,), (1,))
        return
    assert len(values) == len(args)
    for argument, value, given_value in zip(address.arguments, values, args, strict=False):
        assert type(value) is {"f": float, "i": int, "s": str}[argument.kind]
        assert argument.kind == "s" or argument.low <= float(value) <= argument.high
        assert clipped or value == given_value


@given(st.sampled_from(sorted(MODEL)), st.lists(NUMBERS, min_size=1, max_size=4))
def test_accepted_values_are_accepted_again(path: str, args: list[object]) -> None:
    try:
        once = coerce(MODEL[path], args)
    except CommandError:
        return
    assert coerce(MODEL[path], once.values) == (once.values, False)


@pytest.mark.process
def test_the_table_is_cheap_to_import() -> None:
    code = (
        "import sys; import distill_live.addresses; "
        "sys.exit(any(m in sys.modules for m in ('numpy', 'asyncio', 'socket', 'pythonosc')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
