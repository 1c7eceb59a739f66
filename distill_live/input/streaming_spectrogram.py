"""Streaming spectrogram analysis: samples in, frames of the two channels out.

The result is that of the trainer's analysis (`distill_train.spectrogram`) of the same sound after
silence. A frame is complete `latency_samples` after its centre.
"""

import numpy as np
from numpy.typing import NDArray

from distill_live.spectrogram import IF_THRESHOLD, Float32, Representation, hann

SILENT_POWER = np.finfo(np.float32).tiny
"""Band power up to which a band has its centre frequency."""


class StreamingSpectrogram:
    """Analysis of a stream, and its newest chunk.

    Parameters
    ----------
    representation
        Settings and statistics of the model.

    Attributes
    ----------
    chunk : Float32
        The newest frames, ``(2, n_mels, n_frames)``: magnitude and IF, the newest frame last;
        silence before the first sample.
    sounding_frames : int
        Number of the newest frames that are all louder than `IF_THRESHOLD`, at most `n_frames`.
    latency_samples : int
        From the centre of a frame to the sample that completes it.
    """

    def __init__(self, representation: Representation) -> None:
        settings = self._settings = representation.settings
        n_fft, hop = settings.n_fft, settings.hop_samples
        self._representation = representation
        bins, centres = np.arange(settings.n_bins), representation.centres_bins
        filterbank = representation.filterbank
        moment = filterbank * (bins - centres[:, None])
        self._filterbank: Float32 = filterbank.astype(np.float32)
        self._sums: Float32 = np.concatenate([filterbank, moment]).astype(np.float32)
        self._window: Float32 = hann(n_fft).astype(np.float32)
        self._turn = np.exp(-2j * np.pi * (bins * hop % n_fft) / n_fft).astype(np.complex64)
        self._bins_per_radian = np.float32(n_fft / (2 * np.pi * hop))
        self.latency_samples = n_fft // 2
        self.reset()

    def reset(self) -> None:
        """Reset to silence, as newly made."""
        settings = self._settings
        self._samples = np.zeros(settings.n_fft, np.float32)  # the newest
        self._missing = settings.hop_samples  # samples until the next frame is complete
        # of the frame before
        self._spectrum: NDArray[np.complexfloating] = np.zeros(settings.n_bins, np.complex64)
        self.sounding_frames = 0
        self.chunk: Float32 = np.zeros(settings.shape, np.float32)

    def push(self, samples: Float32) -> int:
        """Analyse the next samples, ``(n,)``, finite; returns the number of frames that they gave.

        The frames do not depend on how the stream is split.
        """
        frames = 0
        while len(samples):
            part, samples = samples[: self._missing], samples[self._missing :]
            self._samples[: -len(part)] = self._samples[len(part) :]
            self._samples[-len(part) :] = part
            self._missing -= len(part)
            if not self._missing:
                self._missing = self._settings.hop_samples
                self._analyse()
                frames += 1
        return frames

    def _analyse(self) -> None:
        """Append the frame that ends with the newest sample to the chunk."""
        before, spectrum = self._spectrum, np.fft.rfft(self._samples * self._window)
        self._spectrum = spectrum
        advance = spectrum * before.conj() * self._turn
        deviation = np.arctan2(advance.imag, advance.real) * self._bins_per_radian
        bin_power = np.square(spectrum.real) + np.square(spectrum.imag)
        power, moment = (self._sums @ bin_power).reshape(2, -1)
        moment = moment + self._filterbank @ (bin_power * deviation)
        offset = np.divide(
            moment, power, out=np.zeros_like(power, dtype=np.float32), where=power > SILENT_POWER
        )
        frequency_bins = self._representation.centres_bins + offset
        sounds = power.max() >= IF_THRESHOLD * self._representation.statistics.power_max
        self.sounding_frames = min(self.sounding_frames + 1, self.chunk.shape[2]) if sounds else 0
        self.chunk[..., :-1] = self.chunk[..., 1:]
        self.chunk[..., -1:] = self._representation.encode(
            power[:, None].astype(np.float64), frequency_bins[:, None]
        )
