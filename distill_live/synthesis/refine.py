"""Refine phases so that they are consistent with the output so far.

This frame and the first estimate of the next are added to the output so far; the STFT of that sum
gives them new phases, repeatedly. After Zhu, Beauregard & Wyse, *Real-Time Signal Estimation
from Modified Short-Time Fourier Transform Magnitude Spectra*, IEEE TASLP 15(5), 2007, with the
lengthened steps of Perraudin, Balazs & Sondergaard, *A Fast Griffin-Lim Algorithm*, WASPAA 2013.
"""

import numpy as np
from numpy.typing import NDArray

from distill_live.spectrogram import Float32, Float64, SpectrogramSettings, hann

Complex64 = NDArray[np.complex64]

# arrays, since a scalar is converted at each call
MOMENTUM = np.array(0.7, np.float32)
_STEP = np.array(1 + MOMENTUM, np.float32)
_TINY = np.array(1e-12, np.float32)


def refinements(settings: SpectrogramSettings) -> int:
    """Number of refinement passes.

    0.25 ms allow one at 2048/512; a second would gain 0.008 dB and 1.7 dB of the line at the hop
    rate for 0.04 ms. At 1024/256 passes cost half of that, and the third and fourth gain 0.015 dB.
    """
    return 4 if settings.n_fft <= 1024 else 1


class Refinement:
    """Output so far, and the refinement of the next two frames against it, in rows.

    Parameters
    ----------
    settings
        Frame and hop size.
    rows
        Largest number of independent outputs.

    Attributes
    ----------
    last : Complex64
        ``(rows, n_bins)``: spectra of the frame before. Initially a frame with its energy at its
        middle.
    """

    def __init__(self, settings: SpectrogramSettings, rows: int) -> None:
        n_fft, hop, n_bins = settings.n_fft, settings.hop_samples, settings.n_bins
        self._n_fft, self._hop = n_fft, hop
        self._refinements = refinements(settings)
        window = hann(n_fft)
        self._window = window.astype(np.float32)
        self._weights = _weights(window, hop)
        self._last_weights = self._weights[-1][:, None]
        self.last: Complex64 = np.zeros((rows, n_bins), np.complex64)
        self._output = np.zeros((rows, n_fft + hop), np.float32)
        self._frames_done = np.zeros(rows, np.intp)
        self._starting_frames = 0  # until all rows have the last weights
        self._buffers: dict[int, _Buffers] = {}
        for row in range(rows):
            self.reset(row)

    def reset(self, row: int) -> None:
        """Reset a row's output so far to silence."""
        self._output[row] = 0
        self._frames_done[row] = 0
        self._starting_frames = len(self._weights) - 1
        self.last[row] = 1
        self.last[row, 1::2] = -1

    def copy(self, source: int, target: int) -> None:
        """Continue one row in another."""
        for state in (self._output, self._frames_done, self.last):
            state[target] = state[source]

    def spectra(self, rows: int) -> Complex64:
        """Spectra of this frame and the next of the first rows, ``(2, rows, n_bins)``.

        To be filled with first estimates; `refine` refines them in place.
        """
        return self._of(rows).spectra

    def precede(self, row: int, rows: int, turn: Complex64) -> Float32:
        """Take a row's first estimate to have sounded for long.

        Parameters
        ----------
        row, rows
            The row, and the number of rows of the step.
        turn
            Phase advance of its bins a hop, ``(n_bins,)``, as complex numbers of size 1.

        Returns
        -------
        Float32
            ``(frames, n_fft)``: the frames before, the latest first, not windowed.
        """
        before = np.empty((len(self._weights) - 1, len(turn)), np.complex64)
        frame, back = self.spectra(rows)[0, row], turn.conj()
        for index in range(len(before)):
            frame = np.multiply(frame, back, out=before[index])
        frames = np.fft.irfft(before, self._n_fft).astype(np.float32)
        for index, windowed in enumerate(frames * self._window, 1):
            self._output[row, : self._n_fft - index * self._hop] += windowed[index * self._hop :]
        self._frames_done[row] = len(self._weights) - 1
        return frames

    def refine(self, magnitude: Float32) -> None:
        """Refine the phases of `spectra`, with `magnitude` ``(2, rows, n_bins)``."""
        rows = magnitude.shape[1]
        buffers = self._of(rows)
        n_fft, frames, both = self._n_fft, buffers.frames, buffers.sum
        frame, next_frame = frames
        weights = self._last_weights
        if self._starting_frames:
            done = self._frames_done[:rows]
            weights = self._weights[np.minimum(done, len(self._weights) - 1)].swapaxes(0, 1)
        for remaining in range(self._refinements - 1, -1, -1):
            # single precision is missing in numpy's type stubs
            np.fft.irfft(buffers.spectra, n_fft, out=frames)  # type: ignore[arg-type]
            np.multiply(frames, self._window, out=frames)
            np.copyto(both.whole, self._output[:rows])
            np.add(both.this, frame, out=both.this)
            np.add(both.next, next_frame, out=both.next)
            np.multiply(both.this, weights[0], out=frame)
            arrays = buffers.first  # the next frame is estimated again in its own step
            if remaining:
                np.multiply(both.next, weights[1], out=next_frame)
                arrays = buffers.both
            spectra, now, before, size, summed = arrays
            np.fft.rfft(summed, out=now)  # type: ignore[arg-type]
            np.multiply(now, _STEP, out=spectra)
            if remaining < self._refinements - 1:
                np.subtract(spectra, before, out=spectra)
            if remaining:
                np.multiply(now, MOMENTUM, out=before)
            np.abs(spectra, out=size)
            np.maximum(size, _TINY, out=size)
            np.divide(magnitude[: len(size)], size, out=size)
            np.multiply(spectra, size, out=spectra)

    def sound(self, rows: int) -> Float32:
        """Add this frame to the output; returns its samples ``(rows, n_fft)``, not windowed.

        The array is overwritten by the next call.
        """
        buffers, output = self._of(rows), self._output[:rows]
        frame, windowed = buffers.frames
        np.copyto(self.last[:rows], buffers.spectra[0])
        np.fft.irfft(buffers.spectra[0], self._n_fft, out=frame)  # type: ignore[arg-type]
        np.multiply(frame, self._window, out=windowed)
        this, shifted = output[:, : self._n_fft], buffers.sum.this
        np.add(this, windowed, out=this)
        np.copyto(shifted, output[:, self._hop :])
        np.copyto(this, shifted)
        output[:, self._n_fft :] = 0
        if self._starting_frames:
            self._starting_frames -= 1
            self._frames_done[:rows] += 1
        return frame

    def _of(self, rows: int) -> "_Buffers":
        if rows not in self._buffers:
            self._buffers[rows] = _Buffers(rows, self._n_fft, self._hop)
        return self._buffers[rows]


class _Buffers:
    """Buffers for a number of rows: two frames each, and the first of them alone."""

    def __init__(self, rows: int, n_fft: int, hop: int) -> None:
        n_bins = n_fft // 2 + 1
        self.spectra: Complex64 = np.zeros((2, rows, n_bins), np.complex64)
        now, before = np.zeros((2, 2, rows, n_bins), np.complex64)
        size = np.zeros((2, rows, n_bins), np.float32)
        self.frames = np.zeros((2, rows, n_fft), np.float32)
        self.both = self.spectra, now, before, size, self.frames
        self.first = self.spectra[:1], now[:1], before[:1], size[:1], self.frames[:1]
        self.sum = _Overlap(rows, n_fft, hop)


class _Overlap:
    """Overlapping frames of this hop and the next ones, in rows: views of one array."""

    def __init__(self, rows: int, n_fft: int, hop: int) -> None:
        self.whole = np.zeros((rows, n_fft + hop), np.float32)
        self.this, self.next = self.whole[:, :n_fft], self.whole[:, hop:]


def _weights(window: Float64, hop: int) -> Float32:
    """Windows of the STFT of the summed frames, for this frame and the next.

    Each is the analysis window over the sum of the squared windows so far; ``(n, 2, n_fft)``, by
    the number of frames before.
    """
    n_fft, square = len(window), window**2
    total = np.zeros(n_fft + hop)
    total[:n_fft] += square
    total[hop:] += square
    weights = []
    for done in range(n_fft // hop):
        if done:
            total[: n_fft - done * hop] += square[done * hop :]
        inverse = 1 / np.maximum(total, 0.01 * total.max())
        both = np.stack([inverse[:n_fft], inverse[hop:]]) * window
        weights.append(both.astype(np.float32))
    return np.stack(weights)
