"""The control process: starts the other two, watches them, and speaks to the terminal.

What dies is started again: audio on the ring that is there, synthesis with the state that it had
(`link`). It holds neither the model nor a sample, and imports neither numpy nor onnxruntime.
"""

import asyncio
import os
from collections.abc import Coroutine
from typing import Any

from distill_live.addresses import IDLE_DRIFT
from distill_live.errors import AudioFileError, DeviceError, DistillError
from distill_live.ipc.child_process import RESTARTS, RESTARTS_WITHIN_S, Child, Endings
from distill_live.ipc.pipes import Message
from distill_live.ipc.priority import CONTROL, HELPERS, RECORDER, take_priority
from distill_live.ipc.signals import on_signals
from distill_live.live.audio.devices import NULL_OUTPUT
from distill_live.live.control.listeners import Listeners
from distill_live.live.control.model_controller import Description, Model
from distill_live.live.control.osc_controller import OscController
from distill_live.live.control.recording_controller import RecordingController
from distill_live.live.control.status_text import introduction, snapshot, summary
from distill_live.live.control.stores import Stores
from distill_live.live.control.synthesis_client import SynthesisClient
from distill_live.live.control.terminal import Terminal
from distill_live.live.settings import LiveSettings, check_latency
from distill_live.live.shared.shared_block import SharedBlock
from distill_live.midi.supervisor import BridgeSupervisor, reachable
from distill_live.osc.dispatch import is_loopback

FIRST_BLOCK_FRAMES = 512
"""The device's block, until the device has told its own."""

SHOW_AFTER_S, SHOW_INTERVAL_S = 1.0, 0.25
"""When the display begins, after the first sound, and how often it changes."""

MODULES = {
    "audio": "distill_live.live.audio.audio_process",
    "synthesis": "distill_live.live.synthesis.synthesis_process",
    "recorder": "distill_live.live.recording.recorder_process",
}
"""The module that each process runs."""

PRIORITIES = {"audio": HELPERS, "synthesis": HELPERS, "recorder": RECORDER}
"""What each process begins with: one that is started again on a busy computer is waited for."""

GRACE_S = 1.0
"""Time that a process has to end in order."""

CLOSING_S = 5.0
"""Time that audio has to let go of a sound server that may hang, before it is started again."""


class Session:
    """One session, from start to end.

    Parameters
    ----------
    settings
        What to play and where.
    terminal
        Where it speaks to the performer.
    measure
        Have synthesis note how long everything takes (`SynthesisClient.ask_timings`).

    Attributes
    ----------
    playing : asyncio.Event
        Set once there is an output.
    block : SharedBlock
        The counters, and the flags that silence it.
    link : SynthesisClient
        The way to synthesis.
    model : dict
        The first one, whose rate and hop are the output's, once it plays.
    missing : str or None
        Why there is no device.
    output : str
        What it plays into, once it plays.
    """

    def __init__(
        self, settings: LiveSettings, terminal: Terminal, *, measure: bool = False
    ) -> None:
        self._settings = settings
        self._terminal = terminal
        self._measure = measure
        self.playing = asyncio.Event()
        self.block = SharedBlock.create(settings.channels)
        self.block.block_frames = settings.block_frames or FIRST_BLOCK_FRAMES
        self.block.output_rate_hz = settings.sample_rate_hz or 0
        self.link = SynthesisClient((("/drift", (IDLE_DRIFT,)), *settings.initial))
        self.model: Description = {}
        self._desk: OscController | None = None
        self._recording = RecordingController(
            self.block,
            start=self._start,
            say=terminal.say,
            warn=terminal.warn,
            tell=self._tell_recording,
        )
        self._stores = Stores(terminal.warn)
        self._listeners: Listeners | None = None
        self._children: dict[str, Child] = {}
        self._midi: BridgeSupervisor | None = None
        self._midi_task: asyncio.Task[None] | None = None
        self.output = ""
        self.missing: str | None = None
        self._ready = False
        self._ended = asyncio.Event()
        self._failure: DistillError | None = None

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
        keepers = [
            asyncio.create_task(self._guard(self._keep_synthesis())),
            asyncio.create_task(self._guard(self._keep_audio())),
        ]
        await self._ended.wait()
        self.block.stopping = 1
        if self._desk is not None:
            self._desk.server.close()
        for name in ("audio", "synthesis"):  # in this order: what fades out comes from the ring
            if name in self._children:
                await self._children[name].end(GRACE_S)
        await self._recording.close()
        if self._listeners is not None:
            await self._listeners.close()
        if self._midi is not None and self._midi_task is not None:
            await self._midi.end(GRACE_S)
            await self._midi_task
        await asyncio.gather(*keepers)
        if self._failure is not None:
            raise self._failure
        self._terminal.say(summary(self.block))

    def end(self) -> None:
        """End in order."""
        self._ended.set()

    async def _guard(self, work: Coroutine[Any, Any, None]) -> None:
        """Do some work; if it fails, the session ends."""
        try:
            await work
        except DistillError as error:
            self._fail(error)
        except Exception as error:  # a performer sees a sentence, never a traceback
            self._fail(DistillError(f"internal error: {error!r}"))

    async def _keep_synthesis(self) -> None:
        endings = Endings()
        while not self._ended.is_set():
            child = await self._start(
                "synthesis",
                models=self._slots(),
                sample_rate_hz=self.model.get("sample_rate_hz"),
                hop_samples=self.model.get("hop_samples"),
                seed=self._settings.seed,
                latency_ms=self._settings.latency_ms,
                wait_for_data=self._settings.wait_for_data,
                measure=self._measure,
                state=self.link.state,
            )
            self.link.attach(child)
            async for message in child.messages():
                if not self._is_answer(message):
                    await self._hear_synthesis(message)
            self.link.detach()
            self._has_ended("synthesis", child, endings)

    def _is_answer(self, message: Message) -> bool:
        """Have the link take a message; what goes wrong with an answer must not end the music."""
        try:
            return self.link.hear(message)
        except Exception as error:
            self._report(asyncio.get_running_loop(), {"exception": error})
            return True

    def _slots(self) -> list[tuple[int, str, str | None]]:
        """Slot, path and SHA-256 of the models that there are."""
        if self._desk is None:
            return [(n, str(path), None) for n, path in enumerate(self._settings.models, 1)]
        return [(n, str(one.path), one.sha256) for n, one in sorted(self._desk.slots.items())]

    async def _keep_audio(self) -> None:
        endings = Endings()
        while not self._ended.is_set():
            child = await self._start(
                "audio",
                device=self._settings.device,
                sample_rate_hz=self._settings.sample_rate_hz,
                block=self._settings.block_frames,
                null=self._settings.null,
                wait_for_data=self._settings.wait_for_data,
            )
            if self._desk is not None:
                child.send("open", self.model["sample_rate_hz"])
            again = False
            async for message in child.messages():
                if message == ["again"]:
                    again = True
                    await child.end(CLOSING_S)
                else:
                    self._hear_audio(message)
            if again:
                del self._children["audio"]
            else:
                self._has_ended("audio", child, endings)

    async def _start(self, name: str, **settings: object) -> Child:
        shared = {"handle": self.block.handle, "channels": self._settings.channels}
        child = await Child.start(
            MODULES[name], shared | settings, self.block.descriptors, priority=PRIORITIES[name]
        )
        self._children[name] = child
        if self._ended.is_set():  # while it was being started
            child.kill()
        return child

    def _has_ended(self, name: str, child: Child, endings: Endings) -> None:
        del self._children[name]
        if self._ended.is_set():
            return
        if endings.too_many():
            self._fail(
                DeviceError(
                    f"the {name} process ended {RESTARTS} times within {RESTARTS_WITHIN_S:g} s "
                    f"({child.ending}); start again, or with another model or device"
                )
            )
        else:
            self._terminal.warn(f"The {name} process ended ({child.ending}); starting it again.")

    async def _hear_synthesis(self, message: Message) -> None:
        match message:
            case ["models", list(models)] if self._desk is None:
                paths = self._settings.models
                await self._open({n: Model(paths[n - 1], sha256, d) for n, d, sha256 in models})
            case ["models", list(models)] if self._desk is not None:
                self._desk.restarted({n: (said, sha256) for n, said, sha256 in models})
            case ["ready"]:
                self._ready = True
            case ["refused", list(client), str(path), code, str(text)] if self._desk is not None:
                self._desk.refused(tuple(client), path, code, text)
            case ["gesture-ended", int(run)] if self._desk is not None:
                self._desk.gesture_ended(run)
            case ["failed", str(text)] if not self._ready:
                self._fail(DistillError(text))
            case ["failed", str(text)]:
                self._terminal.warn(f"Synthesis: {text}")

    async def _open(self, models: dict[int, Model]) -> None:
        """The models are known: listen, and open the output."""
        settings = self._settings
        model = self.model = models[1].description
        desk = OscController(
            settings.osc_host,
            settings.osc_port,
            models,
            channels=settings.channels,
            link=self.link,
            block=self.block,
            stores=self._stores.of,
            recording=self._recording,
            say=self._terminal.warn,
            on_quit=self._ended.set,
            drifting=all(path != "/drift" for path, _ in settings.initial),
        )
        await desk.server.start()
        self._desk = desk
        self._stores.check(model)
        if settings.record is not None:
            rate_hz = settings.sample_rate_hz or model["sample_rate_hz"]
            self._recording.begin(
                settings.record, rate_hz, self._fail_unless_recording, make_folder=False
            )
        if "audio" in self._children:
            self._children["audio"].send("open", model["sample_rate_hz"])
        for line in introduction(models.items(), settings.osc_host, desk.server.port):
            self._terminal.say(line)
        if settings.midi is not None:
            self._midi = BridgeSupervisor(
                settings.midi,
                reachable(settings.osc_host),
                desk.server.port,
                say=self._terminal.say,
                warn=self._terminal.warn,
            )
            self._midi_task = asyncio.create_task(self._midi.run_beside_session())
        if not is_loopback((settings.osc_host, desk.server.port)):
            self._terminal.warn(
                f"Anyone who reaches {settings.osc_host} over the network can play this."
            )
        self._listeners = Listeners(
            settings, desk.server, self.link, say=self._terminal.say, warn=self._terminal.warn
        )
        await self._listeners.start()
        if self._terminal.live:
            asyncio.get_running_loop().call_later(SHOW_AFTER_S, self._show, desk)

    def _fail_unless_recording(self, done: bool, text: str) -> None:
        if not done:
            self._fail(AudioFileError(text))

    def _tell_recording(self, on: int) -> None:
        if self._desk is not None:
            self._desk.server.tell("/record", (on,))

    def _hear_audio(self, message: Message) -> None:
        match message:
            case ["playing", str(output), int(block_frames), int(rate_hz)]:
                self._announce(output, block_frames, rate_hz)
            case ["no-device", str(reason)] if reason != self.missing:
                self.missing = reason
                self._terminal.warn(
                    f"No audio device: {reason}. Playing into a null output until there is one; "
                    "--device NAME chooses a device, --null silences this line."
                )
            case ["failed", str(text)]:
                self._terminal.warn(f"Audio: {text}")

    def _announce(self, output: str, block_frames: int, rate_hz: int) -> None:
        """Say what it plays into; refuse what it cannot do."""
        settings, model = self._settings, self.model
        if not self.playing.is_set() and settings.latency_ms is not None:
            try:
                check_latency(
                    settings.latency_ms,
                    hop_samples=model["hop_samples"],
                    model_rate_hz=model["sample_rate_hz"],
                    block_frames=block_frames,
                    rate_hz=rate_hz,
                )
            except DistillError as error:
                self._fail(error)
                return
        if output != NULL_OUTPUT:
            self.missing = None
        rates = f"{rate_hz} Hz"
        if rate_hz != model["sample_rate_hz"]:
            rates += f" (resampled from {model['sample_rate_hz']} Hz)"
        self._terminal.say(
            f"Output  {output}, {settings.channels} channels, {rates}, block {block_frames}"
        )
        self.output = f"{output}, {rates}, block {block_frames}"
        if not self.playing.is_set() and settings.seconds is not None:
            asyncio.get_running_loop().call_later(settings.seconds, self._ended.set)
        self.playing.set()

    def _show(self, desk: OscController) -> None:
        """Show how it stands, now and from now on."""
        if self._ended.is_set():
            return
        shown = snapshot(
            self.block, desk, self.output, self._settings.channels, self._recording.seconds
        )
        self._terminal.show(shown)
        asyncio.get_running_loop().call_later(SHOW_INTERVAL_S, self._show, desk)

    def _interrupt(self) -> None:
        """End in order; the second time, at once."""
        if self._ended.is_set():
            for child in self._children.values():
                child.kill()
            if self._midi is not None:
                self._midi.kill()
        self._ended.set()

    def _fail(self, error: DistillError) -> None:
        self._failure = self._failure or error
        self._ended.set()

    def _report(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        self._terminal.warn(f"Internal error: {error!r}" if error else str(context["message"]))


def play_live(settings: LiveSettings, *, quiet: bool = False) -> None:
    """Play until told to end.

    Parameters
    ----------
    settings
        What to play and where.
    quiet
        Say only what goes wrong.

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
    """Open those that are closed: what is opened next must not be taken for one of them."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(descriptor)
