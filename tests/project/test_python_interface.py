"""The Python interface: frozen names, renders to arrays, a live instrument from a script."""

import math
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
import soundfile
from support.commands import Commands
from support.tiny import complete_bundle, tiny_bundle

import distill_live
from distill_live import DistillError, LiveInstrument, Model, load_model, play
from distill_live.bundle import Axis, write_bundle
from distill_live.errors import CommandError, ConfigurationError
from distill_live.instrument import _stop
from distill_live.ipc.pipes import ORPHAN_GRACE_S
from distill_live.live.control.recording_controller import FINISH_S
from distill_live.live.control.session import GRACE_S
from distill_live.offline.formats import choose_format
from distill_live.offline.plan import Plan
from distill_live.offline.render import render
from distill_live.osc.wire import build_message

NAMES = [
    "Command",
    "DistillError",
    "Engine",
    "LiveInstrument",
    "Model",
    "__version__",
    "load_model",
    "play",
]


@pytest.fixture
def model(tmp_path: Path) -> Model:
    path = tmp_path / "tiny.distill"
    write_bundle(tiny_bundle(), path)
    return load_model(path)


def test_the_exported_names_are_frozen_and_there() -> None:
    assert distill_live.__all__ == NAMES
    assert all(getattr(distill_live, name) is not None for name in NAMES)
    assert set(NAMES) <= set(dir(distill_live))
    with pytest.raises(AttributeError, match="no attribute 'load'"):
        _ = distill_live.load


def test_a_render_to_memory_has_the_samples_of_one_to_a_file(model: Model, tmp_path: Path) -> None:
    out = tmp_path / "y.wav"
    plan = Plan(seed=3, seconds=0.7, motion="walk", commands=())
    form = choose_format(out, model.sample_rate_hz, channels=3, bits=32)
    render(model.bundle, plan, out, form)
    written, rate_hz = soundfile.read(out, dtype="float32")
    assert rate_hz == model.sample_rate_hz
    plain = model.render(0.7, seed=3, channels=3, path="walk", settings={"/drift": 0.0})
    assert plain.dtype == np.float32
    np.testing.assert_array_equal(plain, written)


def test_the_same_arguments_give_the_same_array_and_others_do_not(model: Model) -> None:
    name = model.axes[0]
    first, again, other = (
        model.render(0.5, seed=1, axes={name: value}) for value in (0.5, 0.5, -0.9)
    )
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 1e-3


def test_texts_and_switches_are_set(model: Model) -> None:
    first = model.render(0.1, axes={model.axes[0]: 0.0}, settings={"/keys": "pitch"})
    assert not first[-100:].any()  # no note, no drone
    mapping = (1, "gain", -20.0, 0.0, "linear")
    held = model.render(0.1, settings={"/macro/map": mapping, "/freeze": True, "/drift": 0.0})
    assert held.any()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"seconds": 0.0}, "seconds is 0"),
        ({"channels": -1}, "channels is -1; it must lie in 1 to 16"),
        ({"axes": {"none": 0.5}}, "no such address"),
        ({"settings": {"/pitch": 99.0}}, "/pitch is 99"),
        ({"settings": {"/loop": (0.2,)}}, "takes 2 arguments, not 1"),
        ({"path": "nowhere"}, "--path is 'nowhere'"),
        ({"follow": 1.0}, "--follow needs --input"),
    ],
)
def test_what_a_render_cannot_do_is_refused(
    model: Model, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(DistillError, match=message):
        model.render(**arguments)


@pytest.mark.process
def test_an_input_is_followed_as_by_the_command_line(tmp_path: Path) -> None:
    write_bundle(complete_bundle(), tmp_path / "whole.distill")
    model = load_model(tmp_path / "whole.distill")
    voice = np.random.default_rng(1).uniform(-0.1, 0.1, model.sample_rate_hz // 2)
    soundfile.write(tmp_path / "voice.wav", voice, model.sample_rate_hz, "FLOAT")
    followed = model.render(input=tmp_path / "voice.wav", follow=1.0, settings={"/input/thru": 0.5})
    given = ("--input", "voice.wav", "--follow", "1", "--set", "/input/thru 0.5")
    form = ("--bits", "32", "--out", "y.wav")
    Commands(tmp_path).run("render", "--model", "whole.distill", *given, *form)
    written, _ = soundfile.read(tmp_path / "y.wav", dtype="float32")
    np.testing.assert_array_equal(followed, written)


def test_an_unknown_model_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="no model 'nowhere'"):
        load_model("nowhere")


@pytest.mark.process
def test_a_live_instrument_is_set_read_and_ended(model: Model) -> None:
    address = f"/axis/{model.axes[0]}"
    with play(model, null=True) as live:
        live.set(address, 0.75)
        live.sync()
        assert live.get(address) == pytest.approx((0.75,), abs=1e-5)
        live.set("/loop", 0.25, 0.5)
        assert live.get("/loop") == pytest.approx((0.25, 0.5))
        live.set("/formant/shift", 3.0)
        assert live.get("/formant") == live.get("/formant/shift") == (3.0,)
        with pytest.raises(CommandError, match="no such address"):
            live.set("/nothing", 1.0)
        with pytest.raises(CommandError, match=r"-24 to 24"):
            live.set("/pitch", 99.0)
        live.set("/preset/recall", "not there")
        with pytest.raises(CommandError, match="no preset 'not there'"):
            live.sync()
        live.sync()
    assert live.lines[-1].startswith("Ended.")
    with pytest.raises(DistillError, match="has ended"):
        live.get(address)


@pytest.mark.process
def test_a_model_that_is_loaded_is_set_at_its_own_addresses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "models").mkdir()
    monkeypatch.chdir(tmp_path)
    axis = Axis("dust", "Dust", np.eye(6, dtype=np.float32)[2], -1.5, 0.1, 1.6, 0.1)
    larger = replace(tiny_bundle(latent=6), axes=(axis,))
    first = replace(
        tiny_bundle(), landmarks=larger.landmarks[:3], landmark_latents=np.zeros((3, 8), np.float32)
    )
    write_bundle(first, tmp_path / "models" / "first.distill")
    write_bundle(larger, tmp_path / "models" / "larger.distill")
    with play("first", null=True) as live:
        own: dict[str, tuple[float, ...]] = {
            "/corpus/goto": (5,),
            "/latent": (0.5,) * 6,
            "/axis/dust": (True,),
        }
        for address, values in own.items():
            with pytest.raises(CommandError):
                live.set(address, *values)
        live.set("/model/fade", 0.0)
        live.set("/model/load", "larger")
        live.sync()
        live.set("/glide", 0.0)
        for address, values in own.items():
            live.set(address, *values)
            live.sync()
        assert live.get("/axis/dust") == pytest.approx((1.0,), abs=1e-5)
        with pytest.raises(CommandError, match=r"-24 to 24"):
            live.set("/pitch", 99.0)
        for values in ((), (math.nan,), (2**40,)):
            with pytest.raises(CommandError):
                live.set("/axis/dust", *values)
        live.set("/axis/nothing", 0.5)
        with pytest.raises(CommandError, match="there are dust"):
            live.sync()


@pytest.fixture
def connected() -> Iterator[tuple[socket.socket, LiveInstrument]]:
    """A socket in place of the instrument, and the interface that is connected to it."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as instrument,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client,
    ):
        instrument.bind(("127.0.0.1", 0))
        instrument.settimeout(5.0)
        client.bind(("127.0.0.1", 0))
        client.connect(instrument.getsockname())
        instrument.connect(client.getsockname())
        live = object.__new__(LiveInstrument)
        live._socket, live._syncs = client, 0
        live._table, live._reloaded, live._refused = {**tiny_bundle().addresses}, False, None
        yield instrument, live


def test_a_sync_waits_for_its_own_number(
    connected: tuple[socket.socket, LiveInstrument],
) -> None:
    instrument, live = connected
    live._syncs = 1
    instrument.send(build_message("/distill/synced", "i", (1,)))  # of a sync that gave up
    instrument.send(build_message("/distill/fail", "sss", ("/distill/gain", "busy", "later")))
    instrument.send(build_message("/distill/synced", "i", (2,)))
    with pytest.raises(CommandError, match="later"):
        live.sync()


def test_a_sync_raises_what_was_refused_while_a_value_was_asked_for(
    connected: tuple[socket.socket, LiveInstrument],
) -> None:
    instrument, live = connected
    for text in ("no preset", "no second one"):
        refusal = ("/distill/preset/recall", "not-found", text)
        instrument.send(build_message("/distill/fail", "sss", refusal))
    instrument.send(build_message("/distill/gain", "f", (-6.0,)))
    instrument.send(build_message("/distill/synced", "i", (1,)))
    instrument.send(build_message("/distill/synced", "i", (2,)))
    assert live.get("/gain") == (-6.0,)
    with pytest.raises(CommandError, match="no preset") as refused:
        live.sync()
    assert refused.value.code == "not-found"
    live.sync()


def test_neither_a_release_nor_a_question_sets_off_an_action(
    connected: tuple[socket.socket, LiveInstrument],
) -> None:
    instrument, live = connected
    with pytest.raises(CommandError, match="/panic is an action"):
        live.get("/panic")
    live.set("/panic", 0)
    assert instrument.recv(64) == build_message("/distill/panic", "i", (0,))
    live.set("/panic", 1)
    assert instrument.recv(64) == build_message("/distill/panic", "", ())


class LateProcess:
    """A process that ends while it is waited for the second time."""

    def __init__(self) -> None:
        self.waits: list[float | None] = []
        self.insisted: list[str] = []

    def wait(self, timeout: float | None = None) -> int:
        self.waits.append(timeout)
        if len(self.waits) == 1:
            assert timeout is not None
            raise subprocess.TimeoutExpired("distill-live", timeout)
        return 0

    def terminate(self) -> None:
        self.insisted.append("terminate")

    def kill(self) -> None:
        self.insisted.append("kill")


def test_an_instrument_that_ends_late_completes_its_take(
    connected: tuple[socket.socket, LiveInstrument],
) -> None:
    instrument, live = connected
    process = LateProcess()
    _stop(cast(Any, process), live._socket, cast(Any, SimpleNamespace(join=lambda: None)))
    assert instrument.recv(64) == build_message("/distill/quit", "", ())
    assert process.insisted == ["terminate"]
    assert process.waits[0] is not None
    assert process.waits[0] >= FINISH_S + 5 * GRACE_S + ORPHAN_GRACE_S


@pytest.mark.process
def test_a_live_instrument_that_cannot_start_says_why(model: Model) -> None:
    with pytest.raises(DistillError, match="channels is 99"):
        play(model, null=True, channels=99)
    with pytest.raises(DistillError, match="input-channel is 0"):
        play(model, null=True, input="default", input_channel=0)
