"""Analysis process: measure the features of the input, hop by hop.

Apart from the input's process, so that it never delays the device, and from synthesis, so that it
never delays a hop.
"""

import queue

import numpy as np

from distill_live.engine.resampling import Resampler
from distill_live.input import FeatureAnalyser
from distill_live.ipc.pipes import Parent
from distill_live.ipc.priority import HELPERS, take_priority_everywhere
from distill_live.ipc.protocol import AnalysisSettings, InputIsSilent
from distill_live.live.shared.feature_records import FeatureRecords
from distill_live.live.shared.input_buffer import MAX_BEHIND_FRAMES, InputBuffer
from distill_live.live.shared.shared_block import SharedBlock
from distill_live.spectrogram import Float32

POLL_S = 0.001
"""Interval at which new samples are looked for."""

SILENT_S = 3.0
"""Duration of samples that are all 0 after which the input counts as silent; reported once."""


class Analysis:
    """Analyses what has been written to the input buffer since it was made.

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
        self._block = SharedBlock.attach(settings.handle)
        self._buffer = InputBuffer(self._block)
        self._records = FeatureRecords(self._block)
        self._analyser = FeatureAnalyser(self._rate_hz)
        self._resampler: Resampler | None = None
        self._begun = 0, 0  # rate of the device and the frame at which it began
        self._position = 0
        self._silent_frames, self._reported = 0, False

    def run(self) -> None:
        """Analyse until the parent stops or ends."""
        inbox = self._parent.inbox
        while True:
            self.step()
            try:
                inbox.get(timeout=POLL_S)
            except queue.Empty:
                continue
            return

    def step(self) -> None:
        """Analyse the samples that are there."""
        block = self._block
        rate_hz, begin = block.input_rate_hz, block.input_rate_frame
        if rate_hz == 0:
            return
        if self._begun != (rate_hz, begin):
            self._begin(rate_hz, begin)
        written = block.input_written_frames
        self._position = max(self._position, written - MAX_BEHIND_FRAMES)
        samples = np.empty((written - self._position, 1), np.float32)
        self._buffer.read(self._position, samples)
        self._position = written
        self._note_silence(samples)
        if self._resampler is not None:
            samples = self._resampler.process(samples)
        for features in self._analyser.push(samples[:, 0]):
            self._records.write(features)

    def _begin(self, rate_hz: int, begin: int) -> None:
        self._begun, self._position = (rate_hz, begin), begin
        self._silent_frames, self._reported = 0, False
        self._analyser.reset()
        self._resampler = None
        if rate_hz != self._rate_hz:
            self._resampler = Resampler(rate_hz, self._rate_hz, 1)

    def _note_silence(self, samples: Float32) -> None:
        """Report silence once for each time that the input is opened."""
        before = self._silent_frames
        self._silent_frames = 0 if samples.any() else before + len(samples)
        limit = round(SILENT_S * self._begun[0])
        if not self._reported and before < limit <= self._silent_frames:
            self._reported = True
            self._parent.send(InputIsSilent())


def run(parent: Parent, settings: AnalysisSettings) -> None:
    """Run the analysis process."""
    take_priority_everywhere(HELPERS)
    Analysis(parent, settings).run()
