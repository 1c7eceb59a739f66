"""Keep the processes of the input: one reads the device, one measures and encodes what it reads."""

import asyncio
import logging
import sys
from collections.abc import Callable

from distill_live.device_selection import lasting
from distill_live.errors import DistillError
from distill_live.ipc import protocol
from distill_live.ipc.child_process import Child
from distill_live.live.control.model_controller import ModelController
from distill_live.live.control.process_supervisor import ProcessSupervisor
from distill_live.live.settings import DEFAULT_INPUT, LiveSettings
from distill_live.live.shared.shared_block import SharedBlock

SILENCE_REMEDY = (
    "Check that something is connected, that it is not muted, and its channel (--input-channel)."
)
if sys.platform == "darwin":
    SILENCE_REMEDY = (
        "Allow the terminal to use the microphone (System Settings, Privacy & Security, "
        "Microphone), then start again."
    )
"""What to do about an input that gives only zeros."""

REMEDY = "the sound goes on; the next session tries it again"
"""What to do about a process that keeps ending."""

logger = logging.getLogger("distill_live.live")


class InputProcesses:
    """Processes of the input of one session, from when it is made.

    Parameters
    ----------
    settings
        Input device, its channel and block.
    processes
        Starts them, and restarts one that ends.
    block
        Shared memory, through which they hand on what they find.
    models
        The models in the slots, of which the leading one's encoder is used.
    sample_rate_hz
        Of the first model.
    output_device
        Returns what selects the output device at that moment, as the settings' `device`.
    """

    def __init__(
        self,
        settings: LiveSettings,
        processes: ProcessSupervisor,
        block: SharedBlock,
        models: ModelController,
        sample_rate_hz: int,
        output_device: Callable[[], str | None],
    ) -> None:
        self._settings, self._processes = settings, processes
        self._output_device = output_device
        self._block, self._models, self._rate_hz = block, models, sample_rate_hz
        self._device = None if settings.input == DEFAULT_INPUT else settings.input
        self._missing: str | None = None
        self._encodes_for: protocol.EncodeFor | None = None  # what analysis was told
        self._tasks = [
            asyncio.create_task(self._keep("input", self._input_settings)),
            asyncio.create_task(
                self._keep(
                    "analysis",
                    self._analysis_settings,
                    on_start=self._start_analysis,
                )
            ),
        ]

    def models_changed(self) -> None:
        """Encode for the model that leads now, if that is another one."""
        if self._encode_for() != self._encodes_for:
            self._encodes_for = self._encode_for()
            self._processes.send("analysis", self._encodes_for)

    async def wait(self) -> None:
        """Wait until the session has ended both processes."""
        await asyncio.gather(*self._tasks)

    async def _keep(
        self,
        name: str,
        settings: Callable[[], protocol.Message],
        on_start: Callable[[Child], object] = lambda _: None,
    ) -> None:
        """Keep a process running; if it keeps ending, play on without it."""
        try:
            await self._processes.keep(
                name, settings, on_start=on_start, on_message=self._handle, remedy=REMEDY
            )
        except DistillError as error:
            logger.warning("The input is off: %s.", error)
        except Exception as error:
            logger.warning("The input is off: internal error: %r", error)

    def _input_settings(self) -> protocol.InputSettings:
        settings = self._settings
        return protocol.InputSettings(
            handle=self._block.handle,
            device=self._device,
            output=self._output_device(),
            channel=settings.input_channel,
            sample_rate_hz=settings.sample_rate_hz or self._rate_hz,
            block_frames=settings.block_frames,
        )

    def _analysis_settings(self) -> protocol.AnalysisSettings:
        return protocol.AnalysisSettings(self._block.handle, self._rate_hz)

    def _encode_for(self) -> protocol.EncodeFor:
        slots = self._models.slots
        leading = slots[min(slots)]
        return protocol.EncodeFor(str(leading.path), leading.sha256)

    def _start_analysis(self, child: Child) -> None:
        self._encodes_for = self._encode_for()
        child.send(self._encodes_for)

    async def _handle(self, message: protocol.Message) -> None:
        match message:
            case protocol.InputOpened(name, rate_hz):
                self._missing = None
                self._device = lasting(self._device, name)
                channel = self._settings.input_channel
                logger.info(f"Input   {name}, channel {channel}, {rate_hz} Hz")
            case protocol.NoDevice(reason) if reason != self._missing:
                self._missing = reason
                logger.warning(
                    "No input: %s. Playing without it until there is one; --input NAME chooses "
                    "another, 'distill-live devices' lists them.",
                    reason,
                )
            case protocol.InputIsSilent():
                logger.warning("The input is digital silence. %s", SILENCE_REMEDY)
            case protocol.Failed(text):
                logger.warning("Input: %s", text)
