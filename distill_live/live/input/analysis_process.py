"""Analysis process: measure the features of the input, and encode it, as it comes.

Apart from the input's process, so that it never delays the device, and from synthesis, so that it
never delays a hop. The encoder has a thread of its own, so that features are not late.
"""

import queue
import threading
import time
from pathlib import Path

import numpy as np

from distill_live.bundle import Bundle, read_bundle
from distill_live.engine.mixing.resampling import Resampler
from distill_live.errors import BundleError
from distill_live.input import HOP_SAMPLES, FeatureAnalyser
from distill_live.input.encoder import InputEncoder
from distill_live.ipc.pipes import Parent
from distill_live.ipc.priority import HELPERS, take_priority_everywhere
from distill_live.ipc.protocol import AnalysisSettings, EncodeFor, Failed, InputIsSilent
from distill_live.live.shared.analysis_records import FeatureRecords, LatentRecords
from distill_live.live.shared.input_buffer import MAX_BEHIND_FRAMES, InputBuffer
from distill_live.live.shared.shared_block import SharedBlock
from distill_live.spectrogram import Float32

POLL_S, IDLE_POLL_S = 0.001, 0.02
"""Intervals at which new samples are looked for: when they are due, and when nothing is encoded."""

SILENT_S = 3.0
"""Duration of samples that are all 0 after which the input counts as silent; reported once."""


class InputReader:
    """Reads the input from its construction on, at a rate of its own.

    Parameters
    ----------
    block
        Shared memory.
    sample_rate_hz
        Rate of what is read.

    Attributes
    ----------
    openings : int
        Number of devices that were opened so far.
    """

    def __init__(self, block: SharedBlock, sample_rate_hz: int) -> None:
        self._block = block
        self._buffer = InputBuffer(block)
        self._rate_hz = sample_rate_hz
        self._resampler: Resampler | None = None
        self._device = 0, 0  # its rate, and the frame at which it was opened
        self._position = 0
        self.openings = 0

    def read(self) -> Float32:
        """New samples, ``(n,)``; those that were overwritten meanwhile are skipped."""
        block = self._block
        device = block.input_rate_hz, block.input_rate_frame
        if device[0] == 0:
            return np.zeros(0, np.float32)
        if device != self._device:
            self._device, self._position = device, device[1]
            self.openings += 1
            self._resampler = None
            if device[0] != self._rate_hz:
                self._resampler = Resampler(device[0], self._rate_hz, 1)
        written = block.input_written_frames
        self._position = max(self._position, written - MAX_BEHIND_FRAMES)
        samples = np.empty((written - self._position, 1), np.float32)
        self._buffer.read(self._position, samples)
        self._position = written
        if self._resampler is not None:
            samples = self._resampler.process(samples)
        return samples[:, 0]


class Analysis:
    """Measures the features of what has been written to the input buffer since it was made.

    Parameters
    ----------
    parent
        The control process.
    settings
        Of the process.
    """

    def __init__(self, parent: Parent, settings: AnalysisSettings) -> None:
        self._parent = parent
        self._rate_hz = settings.sample_rate_hz
        block = SharedBlock.attach(settings.handle)
        self._reader = InputReader(block, self._rate_hz)
        self._records = FeatureRecords(block)
        self._analyser = FeatureAnalyser(self._rate_hz)
        self._openings = 0
        self._pushed = 0
        self._silent_samples, self._reported = 0, False

    def step(self) -> float:
        """Analyse the samples that are there; returns the time until the next hop is complete."""
        samples = self._reader.read()
        if self._reader.openings != self._openings:
            self._openings = self._reader.openings
            self._analyser.reset()
            self._pushed = 0
            self._silent_samples, self._reported = 0, False
        self._note_silence(samples)
        for features in self._analyser.push(samples):
            self._records.write(features)
        self._pushed += len(samples)
        return (HOP_SAMPLES - self._pushed % HOP_SAMPLES) / self._rate_hz

    def _note_silence(self, samples: Float32) -> None:
        """Report silence once for each time that the input is opened."""
        before = self._silent_samples
        self._silent_samples = 0 if samples.any() else before + len(samples)
        limit = round(SILENT_S * self._rate_hz)
        if not self._reported and before < limit <= self._silent_samples:
            self._reported = True
            self._parent.send(InputIsSilent())


class Encoding:
    """Encodes what is written to the input buffer, while the model follows it.

    Parameters
    ----------
    block
        Shared memory.
    bundle
        The model, with an encoder.
    """

    def __init__(self, block: SharedBlock, bundle: Bundle) -> None:
        self._block = block
        self._reader = InputReader(block, bundle.settings.sample_rate_hz)
        self._encoder = InputEncoder(bundle)
        self._records = LatentRecords(block)
        self._opening = 0  # of the device that is encoded; 0 after a pause

    def step(self) -> None:
        """Encode the samples that are there; anew after a pause, or with another device."""
        block = self._block
        samples = self._reader.read()
        if not block.input_followed:
            self._opening = 0
            return
        if self._reader.openings != self._opening:
            self._opening = self._reader.openings
            self._encoder.reset()
        # all at once: a slow computer encodes less often, not later
        latent = self._encoder.push(samples * np.float32(10.0 ** (block.input_gain_db / 20.0)))
        if latent is not None:
            self._records.write(latent)


class EncoderThread:
    """Encodes the input for the leading model, while that follows it.

    Parameters
    ----------
    parent
        The control process.
    handle
        Of the shared block.
    """

    def __init__(self, parent: Parent, handle: str) -> None:
        self._parent = parent
        self._block = SharedBlock.attach(handle)
        self._models: queue.SimpleQueue[EncodeFor] = queue.SimpleQueue()
        threading.Thread(target=self._run, name="encoder", daemon=True).start()

    def encode_for(self, model: EncodeFor) -> None:
        """Encode for this model from now on."""
        self._models.put(model)

    def _run(self) -> None:
        while True:
            model = self._models.get()
            try:
                bundle = read_bundle(Path(model.path), model.sha256)
                if bundle.encoder:
                    self._encode(Encoding(self._block, bundle))
            except BundleError as error:
                self._parent.send(Failed(str(error)))

    def _encode(self, encoding: Encoding) -> None:
        """Encode until there is another model."""
        while self._models.empty():
            time.sleep(POLL_S if self._block.input_followed else IDLE_POLL_S)
            encoding.step()


def run(parent: Parent, settings: AnalysisSettings) -> None:
    """Run the analysis process."""
    encoder = EncoderThread(parent, settings.handle)
    take_priority_everywhere(HELPERS)
    analysis = Analysis(parent, settings)
    while True:
        wait_s = analysis.step()
        try:
            message = parent.inbox.get(timeout=max(POLL_S, wait_s - POLL_S))
        except queue.Empty:
            continue
        if not isinstance(message, EncodeFor):
            return
        encoder.encode_for(message)
