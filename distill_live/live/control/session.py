"""Control process: a session from start to end.

Control speaks OSC and to the terminal, and supervises the other processes: audio is restarted on
the ring that is there, synthesis with the state that it had (`synthesis_client`). It holds neither
models nor samples, and imports neither numpy nor onnxruntime.
"""

import asyncio
import logging
import os
from collections.abc import Coroutine
from functools import partial
from typing import Any

from distill_live.addresses import IDLE_MOTION, Command
from distill_live.device_selection import lasting
from distill_live.errors import AudioFileError, CommandError, DeviceError, DistillError
from distill_live.gestures import GestureStore
from distill_live.ipc import protocol
from distill_live.ipc.child_process import Child
from distill_live.ipc.priority import CONTROL, take_priority
from distill_live.ipc.signals import on_signals
from distill_live.library import user_folder
from distill_live.live.audio.devices import NULL_OUTPUT
from distill_live.live.control.feeds.warning_feed import WarningFeed
from distill_live.live.control.input_processes import InputProcesses
from distill_live.live.control.listeners import Listeners
from distill_live.live.control.model_controller import Model
from distill_live.live.control.osc_controller import OscController
from distill_live.live.control.process_supervisor import ProcessSupervisor
from distill_live.live.control.recording_controller import RecordingController
from distill_live.live.control.serial_tasks import in_thread
from distill_live.live.control.synthesis_client import SynthesisClient
from distill_live.live.control.terminal.browser import open_in_browser
from distill_live.live.control.terminal.qr_code import qr_lines
from distill_live.live.control.terminal.status_text import introduction, snapshot, summary
from distill_live.live.control.terminal.terminal import Terminal
from distill_live.live.settings import LiveSettings, check_latency
from distill_live.live.shared.shared_block import SharedBlock
from distill_live.midi.supervisor import BridgeSupervisor
from distill_live.osc import is_loopback, reachable
from distill_live.presets import PresetStore

FIRST_BLOCK_FRAMES = 512
"""Block of the device until its own is known."""

SHOW_AFTER_S, SHOW_INTERVAL_S = 1.0, 0.25
"""Delay of the display after the first sound, and its update interval."""

MOTIONS = frozenset({"/drift", "/wander", "/path/play"})
"""Addresses whose values at the start replace the idle motion."""

GRACE_S = 1.0
"""Time for a process, and for requests under way, to end in order."""

logger = logging.getLogger("distill_live.live")


class Session:
    """A session, from start to end.

    Parameters
    ----------
    settings
        Models, output and listeners.
    terminal
        Shows the display.
    measure
        Record timings in synthesis (`protocol.GetTimings`).

    Attributes
    ----------
    playing : asyncio.Event
        Set once there is an output.
    block : SharedBlock
        Counters, and flags that silence the output.
    synthesis : SynthesisClient
        Connection to synthesis.
    model : ModelDescription
        The first model, whose rate and hop are the output's, once it plays.
    missing : str or None
        Why there is no device.
    output : str
        Description of the output, once it plays.
    """

    model: protocol.ModelDescription

    def __init__(
        self, settings: LiveSettings, terminal: Terminal, *, measure: bool = False
    ) -> None:
        self._settings, self._device = settings, settings.device
        self._terminal = terminal
        self._measure = measure
        self.playing = asyncio.Event()
        self.block = SharedBlock.create(settings.channels)
        self.block.block_frames = settings.block_frames or FIRST_BLOCK_FRAMES
        self.block.output_rate_hz = settings.sample_rate_hz or 0
        self._idles = settings.input is None and MOTIONS.isdisjoint(
            path for path, _ in settings.initial
        )
        initial = (*(IDLE_MOTION if self._idles else ()), *settings.initial)
        self.synthesis = SynthesisClient([Command(path, values) for path, values in initial])
        self._processes = ProcessSupervisor(self.block.descriptors)
        self._ending = self._processes.ending
        self._controller: OscController | None = None
        self._recording = RecordingController(
            self.block,
            channels=settings.channels,
            start=partial(self._processes.start, "recorder"),
            tell=self._tell_recording,
        )
        self._input: InputProcesses | None = None
        self._listeners: Listeners | None = None
        self._warnings: WarningFeed | None = None
        self._midi: BridgeSupervisor | None = None
        self._midi_task: asyncio.Task[None] | None = None
        self.output = ""
        self.missing: str | None = None
        self._offered = False
        self._ready = False
        self._failure: DistillError | None = None
        self._checking: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Play until a signal, ``/quit``, the end of the time that is set, or a failure.

        Raises
        ------
        DistillError
            If it cannot start, or a process keeps ending.
        """
        take_priority(CONTROL, alone=True)
        asyncio.get_running_loop().set_exception_handler(self._report)
        on_signals(self._interrupt)
        keep_synthesis = self._processes.keep(
            "synthesis",
            self._synthesis_settings,
            on_start=self.synthesis.attach,
            on_message=self._handle_synthesis,
            on_end=self.synthesis.detach,
        )
        keep_audio = self._processes.keep(
            "audio", self._audio_settings, on_start=self._open_output, on_message=self._handle_audio
        )
        tasks = [asyncio.create_task(self._guard(one)) for one in (keep_synthesis, keep_audio)]
        await self._ending.wait()
        self.block.stopping = 1
        if self._controller is not None:
            await self._controller.finish(GRACE_S)
            self._controller.server.close()
        if self._warnings is not None:
            self._warnings.close()
        # In this order: what fades out comes from the ring.
        for name in ("audio", "synthesis", "analysis", "input"):
            await self._processes.end(name, GRACE_S)
        await self._recording.close()
        if self._listeners is not None:
            await self._listeners.close()
        if self._midi is not None and self._midi_task is not None:
            await self._midi.end(GRACE_S)
            await self._midi_task
        await asyncio.gather(*tasks)
        if self._input is not None:
            await self._input.wait()
        if self._failure is not None:
            raise self._failure
        logger.info(summary(self.block, self.output))

    def end(self) -> None:
        """End in order."""
        self._ending.set()

    def _time_over(self) -> None:
        """End after the set time: with a failure if the device that was named is missing."""
        if self._settings.device is not None and self.missing is not None:
            self._fail(DeviceError(f"no sound in {self._settings.seconds:g} s: {self.missing}"))
        self.end()

    async def _guard(self, work: Coroutine[Any, Any, None]) -> None:
        """Await `work`; if it fails, the session ends."""
        try:
            await work
        except DistillError as error:
            self._fail(error)
        except Exception as error:  # a performer sees a sentence, never a traceback
            self._fail(DistillError(f"internal error: {error!r}"))

    def _synthesis_settings(self) -> protocol.SynthesisSettings:
        settings = self._settings
        if self._controller is None:
            paths = enumerate(settings.models, 1)
            files = tuple(protocol.ModelFile(number, str(path), None) for number, path in paths)
            rate_hz = hop_samples = None
        else:
            slots = sorted(self._controller.models.slots.items())
            files = tuple(
                protocol.ModelFile(number, str(one.path), one.sha256) for number, one in slots
            )
            rate_hz, hop_samples = self.model.sample_rate_hz, self.model.hop_samples
        return protocol.SynthesisSettings(
            handle=self.block.handle,
            channels=settings.channels,
            models=files,
            sample_rate_hz=rate_hz,
            hop_samples=hop_samples,
            seed=settings.seed,
            latency_ms=settings.latency_ms,
            wait_for_data=settings.wait_for_data,
            measure=self._measure,
            state=self.synthesis.state,
            is_initial=not self.synthesis.reported,
        )

    def _audio_settings(self) -> protocol.AudioSettings:
        settings = self._settings
        return protocol.AudioSettings(
            handle=self.block.handle,
            channels=settings.channels,
            device=self._device,
            sample_rate_hz=settings.sample_rate_hz,
            block_frames=settings.block_frames,
            exclusive=settings.exclusive,
            null=settings.null,
            wait_for_data=settings.wait_for_data,
        )

    def _open_output(self, audio: Child) -> None:
        if self._controller is not None:
            audio.send(protocol.OpenOutput(self.model.sample_rate_hz))

    async def _handle_synthesis(self, message: protocol.Message) -> None:
        try:
            if self.synthesis.handle(message):
                return
        except Exception as error:  # a failed answer must not end the music
            self._report(asyncio.get_running_loop(), {"exception": error})
            return
        controller = self._controller
        match message:
            case protocol.ModelsRead(models) if controller is None:
                await self._open(models)
            case protocol.ModelsRead(models) if controller is not None:
                controller.models.restarted(models)
                controller.economised(0)
            case protocol.Ready():
                self._ready = True
            case protocol.CommandRefused() if controller is not None:
                controller.command_refused(message)
            case protocol.Economised(level, load) if controller is not None:
                _log_economy(controller.economy, level, load)
                controller.economised(level)
            case protocol.GestureEnded(run) if controller is not None:
                controller.gestures.ended(run)
            case protocol.Failed(text) if not self._ready:
                self._fail(DistillError(text))
            case protocol.Failed(text):
                logger.warning("Synthesis: %s", text)

    async def _open(self, models: tuple[protocol.ReadModel, ...]) -> None:
        """Listen, and open the output, once the models are read."""
        if self._ending.is_set():  # during the start
            return
        settings = self._settings
        slots = {
            one.slot: Model(settings.models[one.slot - 1], one.sha256, one.description)
            for one in models
        }
        model = self.model = slots[1].description
        controller = OscController(
            settings.osc_host,
            settings.osc_port,
            slots,
            channels=settings.channels,
            synthesis=self.synthesis,
            block=self.block,
            stores=stores_of,
            recording=self._recording,
            on_quit=self._ending.set,
            idles=self._idles,
            on_models=lambda: None if self._input is None else self._input.models_changed(),
        )
        await controller.server.start()
        self._controller = controller
        self._warnings = WarningFeed(controller.server)
        self._checking = asyncio.create_task(in_thread(check_stores, model))
        if (path := settings.record) is not None:
            rate_hz = settings.sample_rate_hz or model.sample_rate_hz
            self._recording.begin(
                path.stem, lambda: path, rate_hz, self._fail_unless_recording, make_folder=False
            )
        self._processes.send("audio", protocol.OpenOutput(model.sample_rate_hz))
        if settings.input is not None:
            self._input = InputProcesses(
                settings,
                self._processes,
                self.block,
                controller.models,
                model.sample_rate_hz,
                output_device=lambda: self._device,
            )
        port = controller.server.port
        for line in introduction(slots.items(), settings.osc_host, port):
            logger.info(line)
        if settings.midi is not None:
            self._midi = BridgeSupervisor(settings.midi, reachable(settings.osc_host), port)
            self._midi_task = asyncio.create_task(self._midi.run_beside_session())
        if not is_loopback(settings.osc_host):
            logger.warning(
                "Anyone who reaches %s over the network can play this.", settings.osc_host
            )
        self._listeners = Listeners(
            settings, controller.server, self.synthesis, controller.list_stored, self.block
        )
        await self._listeners.start()
        if self._listeners.network_url and self._terminal.draws_blocks:
            for line in qr_lines(self._listeners.network_url):
                logger.info(line)
        self._offer_listening()
        if settings.open_page and self._listeners.page_url:
            open_in_browser(self._listeners.page_url)
        if self._terminal.live:
            asyncio.get_running_loop().call_later(SHOW_AFTER_S, self._show, controller)

    def _fail_unless_recording(self, done: bool, text: str) -> None:
        if not done:
            self._fail(AudioFileError(text))

    def _tell_recording(self, on: int) -> None:
        if self._controller is not None:
            self._controller.server.feedback.tell("/record", (on,))
            self._controller.server.feedback.tell("/take/recording", (self._recording.name,))

    async def _handle_audio(self, message: protocol.Message) -> None:
        match message:
            case protocol.OutputOpened(output):
                if output != NULL_OUTPUT:  # for the processes that may have to follow
                    self._device = lasting(self._device, output)
                self._announce(message)
            case protocol.NoDevice(reason) if reason != self.missing:
                self.missing = reason
                logger.warning(
                    "No audio device: %s. Playing into a null output until there is one; "
                    "--device NAME chooses a device, --null silences this line.",
                    reason,
                )
                self._offer_listening()
            case protocol.Failed(text):
                logger.warning("Audio: %s", text)

    def _offer_listening(self) -> None:
        """Say once where it is heard without a device, as soon as both are known."""
        without_device = self._settings.null or self.missing is not None
        if without_device and not self._offered and self._listeners and self._listeners.page_url:
            self._offered = True
            logger.info("Listen  in the page: 'listen here' plays it in the browser")

    def _announce(self, opened: protocol.OutputOpened) -> None:
        """Log the output; fail if the latency that was asked for is not possible on it."""
        settings, model = self._settings, self.model
        output, rate_hz, block = opened.output, opened.sample_rate_hz, opened.block_frames
        if not self.playing.is_set() and settings.latency_ms is not None:
            try:
                check_latency(
                    settings.latency_ms,
                    hop_samples=model.hop_samples,
                    model_rate_hz=model.sample_rate_hz,
                    block_frames=block,
                    rate_hz=rate_hz,
                )
            except DistillError as error:
                self._fail(error)
                return
        if output != NULL_OUTPUT:
            self.missing = None
        rates = f"{rate_hz} Hz"
        if rate_hz != model.sample_rate_hz:
            rates += f" (resampled from {model.sample_rate_hz} Hz)"
        logger.info(f"Output  {output}, {settings.channels} channels, {rates}, block {block}")
        self.output = f"{output}, {rates}, block {block}"
        if self._controller is not None:
            self._controller.output_opened(opened)
        if not self.playing.is_set() and settings.seconds is not None:
            asyncio.get_running_loop().call_later(settings.seconds, self._time_over)
        self.playing.set()

    def _show(self, controller: OscController) -> None:
        """Update the display, now and repeatedly."""
        if self._ending.is_set():
            return
        controller.models.ask_weights()  # for the next one
        shown = snapshot(
            self.block,
            controller,
            self.output,
            self._settings.channels,
            self._recording.seconds,
            () if self._midi is None else self._midi.waiting_controls,
            "" if self._listeners is None else self._listeners.page_url,
        )
        self._terminal.show(shown)
        asyncio.get_running_loop().call_later(SHOW_INTERVAL_S, self._show, controller)

    def _interrupt(self) -> None:
        """End in order; the second time, at once."""
        if self._ending.is_set():
            self._processes.kill()
            if self._midi is not None:
                self._midi.kill()
        self._ending.set()

    def _fail(self, error: DistillError) -> None:
        self._failure = self._failure or error
        self._ending.set()

    @staticmethod
    def _report(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        logger.warning(f"Internal error: {error!r}" if error else str(context["message"]))


def stores_of(model: protocol.ModelDescription) -> tuple[PresetStore, GestureStore]:
    """The presets and gestures of a model, in the user's folder."""
    of, folder = (model.name, model.fingerprint, logger.warning), user_folder()
    return PresetStore(folder / "presets", *of), GestureStore(folder / "gestures", *of)


def check_stores(model: protocol.ModelDescription) -> None:
    """Read a model's presets and gestures, so that damaged files are reported before the show."""
    presets, gestures = stores_of(model)
    for name, read in (("Presets", presets.names), ("Gesture", gestures.lengths)):
        try:
            read()
        except CommandError as error:
            logger.warning("%s %s.", name, error)


def _log_economy(before: int, level: int, load: float) -> None:
    """Log that saving begins or ends; the display shows its levels."""
    if not before:
        logger.info(
            "Load %.0f %%: the instrument saves work until it falls. Fewer models, channels, notes "
            "or other programs lower it.",
            100 * load,
        )
    elif not level:
        logger.info("Load %.0f %%: the instrument saves nothing any more.", 100 * load)


def play_live(settings: LiveSettings, *, quiet: bool = False) -> None:
    """Play until the session ends.

    Parameters
    ----------
    settings
        Models, output and listeners.
    quiet
        Print warnings only.

    Raises
    ------
    DistillError
        If it cannot start, or a process keeps ending.
    """
    _fill_standard_streams()
    terminal = Terminal(quiet=quiet)
    try:
        asyncio.run(Session(settings, terminal).run())
    finally:
        terminal.close()


def _fill_standard_streams() -> None:
    """Open closed standard streams, so that no file that is opened next becomes one of them."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(descriptor)
