"""The input: its process with devices that fail, analysis, and a real JACK server."""

import asyncio
import signal
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from support.controller_rig import MODEL
from support.instrument import Instrument, wait_until
from support.jack_server import RATE_HZ, JackServer, Probe, jack_server, require_jack
from support.log_lines import logged_lines
from support.tiny import complete_bundle, tiny_bundle

from distill_live.bundle import write_bundle
from distill_live.errors import DeviceError
from distill_live.ipc.protocol import (
    AnalysisSettings,
    InputIsSilent,
    InputSettings,
    ModelsRead,
    OutputOpened,
    ReadModel,
)
from distill_live.live.control import session as session_module
from distill_live.live.control.input_processes import InputProcesses
from distill_live.live.control.process_supervisor import ProcessSupervisor
from distill_live.live.control.session import Session
from distill_live.live.control.terminal.terminal import Terminal
from distill_live.live.input.analysis_process import SILENT_S, Analysis, Encoding
from distill_live.live.settings import DEFAULT_INPUT, LiveSettings
from distill_live.live.shared.analysis_records import FeatureRecords, LatentRecords
from distill_live.live.shared.input_buffer import InputBuffer
from distill_live.live.shared.shared_block import SharedBlock

__all__ = ["jack_server"]

TONE_HZ = 1000.0


def tone(rate_hz: int, seconds: float = 1.0) -> np.ndarray:
    """A sine of amplitude 0.5."""
    return 0.5 * np.sin(2 * np.pi * TONE_HZ * np.arange(round(seconds * rate_hz)) / rate_hz)


def analysis(block: SharedBlock, said: list[object]) -> Analysis:
    parent: Any = SimpleNamespace(send=said.append)
    return Analysis(parent, AnalysisSettings(block.handle, RATE_HZ))


@pytest.mark.parametrize("rate_hz", [RATE_HZ, 44100])
def test_a_tone_is_measured_at_any_rate_of_the_device(rate_hz: int) -> None:
    block = SharedBlock.create(1)
    buffer, records = InputBuffer(block), FeatureRecords(block)
    one = analysis(block, [])
    buffer.begin(rate_hz)
    sound = tone(rate_hz).astype(np.float32)[:, None]
    for start in range(0, len(sound), 300):
        buffer.write(sound[start : start + 300])
        one.step()
    level_db, brightness_hz, noisiness, _, pitch, _ = records.take() or ()
    assert level_db == pytest.approx(-9.03, abs=0.1)
    assert brightness_hz == pytest.approx(TONE_HZ, rel=0.05)
    assert noisiness < 0.3
    assert pitch == pytest.approx(83.2, abs=0.1)


def test_digital_silence_is_reported_once_for_each_opening() -> None:
    block, said = SharedBlock.create(1), list[object]()
    buffer, one = InputBuffer(block), analysis(block, said)
    part = np.zeros((RATE_HZ // 4, 1), np.float32)

    def hear(seconds: float) -> None:
        for _ in range(round(4 * seconds)):
            buffer.write(part)
            one.step()

    buffer.begin(RATE_HZ)
    hear(SILENT_S - 0.5)
    part[7] = 1e-6
    hear(0.25)
    part[7] = 0.0
    hear(SILENT_S - 0.25)
    assert said == []
    hear(2 * SILENT_S)
    assert said == [InputIsSilent()]
    buffer.begin(RATE_HZ)
    hear(SILENT_S)
    assert len(said) == 2


def test_a_hop_gets_the_newest_features_and_the_strongest_onset() -> None:
    records = FeatureRecords(SharedBlock.create(1))
    assert records.take() is None
    records.write((-30.0, 500.0, 0.1, 0.75, 60.0, 0.9))
    records.write((-20.0, 900.0, 0.2, 0.0, 61.5, 0.8))
    assert records.take() == (-20.0, 900.0, 0.2, 0.75, 61.5, 0.8)
    assert records.take() is None


@pytest.mark.parametrize("pause", [False, True])
def test_a_sound_before_a_pause_or_of_another_device_is_not_encoded(pause: bool) -> None:
    bundle = complete_bundle()
    rate_hz, hop = bundle.settings.sample_rate_hz, bundle.settings.hop_samples
    block = SharedBlock.create(1)
    buffer, records, encoding = InputBuffer(block), LatentRecords(block), Encoding(block, bundle)

    def hear(sound: np.ndarray) -> list[tuple[float, ...] | None]:
        latents = []
        for start in range(0, len(sound) - hop + 1, hop):
            buffer.write(sound[start : start + hop, None].astype(np.float32))
            encoding.step()
            latents.append(records.take())
        return latents

    buffer.begin(rate_hz)
    block.input_followed = 1
    expected = hear(tone(rate_hz))
    hear(np.random.default_rng(0).uniform(-0.5, 0.5, rate_hz + 3 * hop))
    if pause:
        block.input_followed = 0
        hear(np.zeros(hop))
        block.input_followed = 1
    else:
        buffer.begin(rate_hz)
    assert any(expected)
    assert hear(tone(rate_hz)) == expected


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "tiny.distill"
    write_bundle(tiny_bundle(), path)
    return path


class Processes(ProcessSupervisor):
    """Supervisor of processes that do not run, and say what they are made to say."""

    def __init__(self) -> None:
        super().__init__(())
        self._kept: dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]] = {}

    async def keep(
        self,
        name: str,
        settings: Callable[[], Any],
        *,
        on_message: Callable[[Any], Any],
        **_: object,
    ) -> None:
        self._kept[name] = settings, on_message
        await self.ending.wait()

    async def restart(self, name: str) -> Any:
        """Settings with which the process of that name is started now."""
        await self._until_kept(name)
        return self._kept[name][0]()

    async def say(self, name: str, message: object) -> None:
        """Let the process of that name send a message."""
        await self._until_kept(name)
        await self._kept[name][1](message)

    async def _until_kept(self, name: str) -> None:
        while name not in self._kept:
            await asyncio.sleep(0)


def test_the_input_of_an_output_chosen_by_its_number_is_looked_for_by_its_name(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    processes = Processes()
    monkeypatch.setattr(session_module, "take_priority", lambda *_, **__: None)
    monkeypatch.setattr(session_module, "ProcessSupervisor", lambda _: processes)
    settings = LiveSettings((model,), device="3", input=DEFAULT_INPUT, osc_port=0)

    async def restarted(terminal: Terminal) -> InputSettings:
        session = Session(settings, terminal)
        playing = asyncio.create_task(session.run())
        await processes.say("synthesis", ModelsRead((ReadModel(1, "0" * 64, MODEL),)))
        await processes.say("audio", OutputOpened("Interface (ALSA)", 64, RATE_HZ))
        again: InputSettings = await processes.restart("input")
        session.end()
        await playing
        return again

    with closing(Terminal(quiet=True)) as terminal:
        again = asyncio.run(restarted(terminal))
    assert (again.device, again.output) == (None, "3 Interface (ALSA)")


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (DeviceError("it ended"), "The input is off: it ended."),
        (ValueError("x"), "The input is off: internal error: ValueError('x')"),
    ],
)
def test_an_input_that_cannot_be_kept_is_off_and_ends_nothing(
    model: Path, error: Exception, line: str
) -> None:
    class Failing(ProcessSupervisor):
        async def keep(self, name: str, *_: object, remedy: str = "", **__: object) -> None:
            assert remedy.startswith("the sound goes on")
            if name == "input":
                raise error

    async def run() -> None:
        settings = LiveSettings((model,), input=DEFAULT_INPUT)
        models: Any = SimpleNamespace()
        block = SharedBlock.create(1)
        await InputProcesses(
            settings, Failing(()), block, models, RATE_HZ, output_device=lambda: None
        ).wait()

    with logged_lines() as lines:
        asyncio.run(run())
    assert lines == [line]


def heard(live: Instrument, condition: Callable[[float, float], bool]) -> None:
    """Wait until the meter shows a level in dB and a pitch that fulfil a condition."""
    live.send("/notify", 1)
    live.send("/meters", 20)
    wait_until(
        lambda: condition(*(live.receive_until("/meter/input")[-1][1][i] for i in (0, 4))),
        "such a meter",
    )


def is_tone(level_db: float, pitch: float) -> bool:
    return abs(level_db + 9) < 1 and abs(pitch - 83.2) < 0.2


@pytest.mark.jack
@pytest.mark.process
def test_an_input_that_goes_and_returns_is_heard_each_time(model: Path) -> None:
    require_jack()
    name = JackServer.new_name()
    environment = JackServer.environment_of(name)
    with Instrument(model, "--input", "default", environment=environment) as live:
        live.wait_for_saying("No input:")
        assert live.ask("/even") == (0.0,), "places keep their loudness, which the input moves"
        for _ in range(2):
            with (
                JackServer(name=name) as server,
                Probe(server, tone(RATE_HZ)) as probe,
            ):
                assert "48000 Hz" in live.wait_for_line("Input")
                probe.connect_input()
                heard(live, is_tone)
                server.stop()
                live.wait_for_line("No input: system")
                heard(live, lambda level_db, _: level_db < -60)
        assert not any("process ended" in line for line in live.lines)
        assert live.end(signal.SIGINT) == 0


@pytest.mark.jack
@pytest.mark.process
def test_thru_passes_the_input_as_it_is_with_a_constant_delay(
    model: Path, jack_server: JackServer
) -> None:
    white = np.random.default_rng(3).standard_normal(4 * RATE_HZ)
    noise = 0.1 * np.convolve(white, np.full(16, 0.25), mode="same")  # alike between two samples
    options = ("--input", "default", "--input-channel", "2", "--set", "/model/blend 1 0")
    with (
        Probe(jack_server, noise) as probe,
        Instrument(model, *options, environment=jack_server.environment) as live,
    ):
        probe.connect()
        probe.connect_input(channel=2)
        live.sync()
        probe.record(0.5)
        assert not probe.record(0.5).any(), "thru is 0 at the start"
        live.send("/input/thru", 1.0)
        live.sync()
        probe.record(1.0)
        found = [delay_samples(probe) for _ in range(20)]
        delays = [delay for delay in found if delay is not None]
        assert len(delays) >= 10, "in between, the machine may pause"
        assert np.ptp(delays) < 2e-3 * RATE_HZ
        assert live.end(signal.SIGINT) == 0


def delay_samples(probe: Probe) -> int | None:
    """Delay of what is heard in a moment; None if it is not what was played."""
    probe.record(0.05)  # in which the controller moves it by a fraction of a sample
    sound = probe.recorded[:, 0]
    heard = sound[-RATE_HZ // 20 :]
    window = probe.played[len(sound) - len(heard) - RATE_HZ // 4 : len(sound)]
    at = int(np.argmax(np.correlate(window, heard, mode="valid")))
    likeness = np.corrcoef(window[at : at + len(heard)], heard)[0, 1]
    return RATE_HZ // 4 - at if likeness > 0.95 else None
