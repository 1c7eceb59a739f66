"""Estimate phases: by frequency from frame to frame, by group delay within a frame.

Peaks accumulate phase by their frequency; the bins around a peak take its phase, plus pi a bin
(the window's centre is half a frame in), plus the slope that places energy within the frame:
Prusa & Sondergaard, *Real-Time Spectrogram Inversion Using Phase Gradient Heap Integration*,
DAFx-16. In noise the slope is randomised from bin to bin, which spreads energy evenly over the hop;
otherwise all of it would lie at the frames' centres and buzz at the hop rate.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distill_live.spectrogram import Float32, Representation

GAMMA = 0.25645
"""Time-frequency ratio of the Hann window over ``n_fft**2`` (Prusa & Sondergaard)."""

QUIET = 1e-8
"""Power relative to the corpus' maximum below which changes are ignored (-80 dB)."""

WANDER = 2.2
"""Largest random slope of noise in radians a bin, for frames of four hops.

Measured: white noise's line at the hop rate lies at 2 to 6 dB from 2.1 to 2.3, at 10 beyond.
"""

_AROUND_BINS = 16.0
# arrays, since a scalar is converted at each call
_MIN_STATIONARITY = np.array(0.2, np.float32)  # 0 turns a jump from noise to noise into a click
_MAX_CHANGE = np.array(1.5, np.float32)
_LOBE_DECAY = np.array(-2 * np.log(2), np.float32)  # of Hann's main lobe in power: 1/4 a bin away
_TINY = np.array(1e-9, np.float32)
_PI, _MINUS_PI = np.array(np.pi, np.float32), np.array(-np.pi, np.float32)
_ONE, _HALF = np.array(1, np.float32), np.array(0.5, np.float32)
_ONE_BIN = np.array(1)
_KNOT_BINS = 2
_KNOTS = 1 << 15


class Stationarity:
    """Per-band stationarity weight; limits phase randomisation at transients.

    Parameters
    ----------
    representation
        Band centres and largest power.
    """

    def __init__(self, representation: Representation) -> None:
        centres = representation.centres_bins
        near = np.abs(centres[:, None] - centres) <= _AROUND_BINS
        self._near = near.astype(np.float32)
        self._floor = np.array(QUIET * representation.statistics.power_max, np.float32)

    def energies(self, power: Float32) -> Float32:
        """Log energy around each band from band power, both ``(frames, n_mels)``."""
        # a product with a vector each: sizes affect the last bits, and it is faster
        found: Float32 = np.matmul(power[:, None], self._near)[:, 0]
        np.maximum(found, self._floor, out=found)
        return np.log(found, out=found)

    def between(self, energies: Float32) -> Float32:
        """Weights of successive frames, ``(frames - 2, rows, n_mels)``, up to 1.

        `energies` are those of the frames, ``(frames, rows, n_mels)``, with those before and after.
        A weight falls from 1, where the energy changes by 0.5 nepers from frame to frame, to
        `_MIN_STATIONARITY` near 1.5.
        """
        change: Float32 = energies[1:] - energies[:-1]
        np.abs(change, out=change)
        weight: Float32 = np.maximum(change[1:], change[:-1])
        np.subtract(_MAX_CHANGE, weight, out=weight)
        np.maximum(weight, _MIN_STATIONARITY, out=weight)
        return np.minimum(weight, _ONE, out=weight)


@dataclass(frozen=True)
class Peaks:
    """Local maxima of frames' spectra, each with the bins that follow its phase.

    Bins of all rows are numbered through: bin b of row r is ``r * n_bins + b``. A row without a
    maximum has its first bin instead.

    Attributes
    ----------
    rows : int
        Number of rows.
    bins : NDArray[np.intp]
        Bin of each peak, ascending.
    widths : NDArray[np.intp]
        Number of bins that follow each; their sum is the number of bins.
    advance : Float32
        Phase advance of each a hop, in radians.
    flat : NDArray[np.intp]
        Indices, in `bins`, of those that are no maxima: their rows' phases are left alone.
    """

    rows: int
    bins: NDArray[np.intp]
    widths: NDArray[np.intp]
    advance: Float32
    flat: NDArray[np.intp]


class PhaseModel:
    """Step 3 of the synthesis: phases from the spectra of successive frames.

    Parameters
    ----------
    representation
        Frame and hop size.
    bands_over
        ``(2, n_bins)``: the two bands around each bin.
    rngs
        Generators of the random slopes of noise, one a row.
    """

    def __init__(
        self,
        representation: Representation,
        bands_over: NDArray[np.intp],
        rngs: Sequence[np.random.Generator],
    ) -> None:
        settings = representation.settings
        rows, n_bins, hops = len(rngs), settings.n_bins, settings.n_fft / settings.hop_samples
        self._n_bins = n_bins
        # a quarter: log power, and a central difference over two hops
        self._per_change = np.array(-0.25 * GAMMA * hops, np.float32)
        self._advance = np.array(2 * np.pi / hops, np.float32)
        self._turns = (np.pi * np.arange(n_bins)).astype(np.float32)
        row_bands = settings.n_mels * np.arange(rows)[:, None]
        self._bands_over = (bands_over[:, None] + row_bands).reshape(2, -1)
        self._bin_of = np.tile(np.arange(n_bins, dtype=np.float32), rows)
        self._row_starts = n_bins * np.arange(rows + 1)
        self._is_peak = np.zeros((rows, n_bins), np.bool_)  # the outermost bins are none
        self._rising = np.zeros((rows, n_bins - 1), np.bool_)
        self._rngs = rngs
        self._wander: list[Float32] = []
        made: dict[int, tuple[Float32, Any]] = {}  # rows of one seed share their noise
        for rng in rngs:
            seed = rng.bit_generator.state["state"]["state"]
            if seed not in made:
                made[seed] = _smooth_noise(rng, WANDER * 4 / hops), rng.bit_generator.state
            self._wander.append(made[seed][0])
            rng.bit_generator.state = made[seed][1]
        self._rng_states = [rng.bit_generator.state for rng in rngs]

    def reset(self, row: int) -> None:
        """Restart a row's random slopes, as newly made."""
        self._rngs[row].bit_generator.state = self._rng_states[row]

    def copy(self, source: int, target: int) -> None:
        """Continue one row's random slopes in another."""
        self._rngs[target].bit_generator.state = self._rngs[source].bit_generator.state
        self._wander[target] = self._wander[source]

    def within(self, change: Float32, wander: Float32) -> Float32:
        """Phases within frames, accumulated from bin 0 at phase 0 by the slopes between bins.

        Parameters
        ----------
        change
            From the log power of the frame before to that of the frame after, ``(..., n_bins)``;
            it places the energy within the frame. Overwritten.
        wander
            Random slopes, ``(..., n_bins)``, radians a bin. Overwritten.

        Returns
        -------
        Float32
            ``(..., n_bins)``, radians, not wrapped.
        """
        slope = np.multiply(change, self._per_change, out=change)
        np.maximum(slope, _MINUS_PI, out=slope)
        np.minimum(slope, _PI, out=slope)
        np.add(slope, wander, out=slope)
        phase = np.add.accumulate(slope, axis=-1, out=wander)  # to the middle of each bin
        np.multiply(slope, _HALF, out=slope)
        np.subtract(phase, slope, out=phase)
        return np.add(phase, self._turns, out=phase)

    def wander(self, row: int) -> Float32:
        """Random slopes for one frame of a row's noise, ``(n_bins,)``, radians a bin, read only."""
        slopes = self._wander[row]
        start = int(self._rngs[row].random() * (len(slopes) - self._n_bins))
        return slopes[start : start + self._n_bins]

    def peaks(self, power: Float32, band_power: Float32, frequency_bins: Float32) -> Peaks:
        """Find the peaks of frames, from bin power ``(rows, n_bins)`` and bands ``(rows, n_mels)``.

        A peak's frequency is the mean of the frequencies of the two bands around it, each weighted
        by the power of a main lobe at that frequency at the peak.
        """
        rows = len(power)
        rising, is_peak, starts = self._rising[:rows], self._is_peak[:rows], self._row_starts
        starts = starts[: rows + 1]
        np.greater(power[:, 1:], power[:, :-1], out=rising)
        np.greater(rising[:, :-1], rising[:, 1:], out=is_peak[:, 1:-1])
        peaks = is_peak.reshape(-1).nonzero()[0]
        firsts = peaks.searchsorted(starts)  # of each row, and the number of all
        flat = (firsts[1:] == firsts[:-1]).nonzero()[0]
        if len(flat):
            peaks = np.insert(peaks, firsts[flat], starts[flat])
            firsts = peaks.searchsorted(starts)
            flat = firsts[flat]
        ends = np.empty(len(peaks) + 1, np.intp)  # a peak's bins: up to half way to the next
        inner = ends[1:-1]
        np.add(peaks[1:], peaks[:-1], out=inner)
        np.right_shift(inner, _ONE_BIN, out=inner)
        np.add(inner, _ONE_BIN, out=inner)
        ends[firsts] = starts
        over = self._bands_over.take(peaks, axis=1)
        frequency = frequency_bins.take(over)
        weight = frequency - self._bin_of.take(peaks)
        np.multiply(weight, weight, out=weight)
        np.multiply(weight, _LOBE_DECAY, out=weight)
        np.exp(weight, out=weight)
        np.add(weight, _TINY, out=weight)
        np.multiply(weight, band_power.take(over), out=weight)
        np.multiply(frequency, weight, out=frequency)
        np.add(weight, _TINY, out=weight)
        advance = frequency[0] + frequency[1]
        np.divide(advance, weight[0] + weight[1], out=advance)
        np.multiply(advance, self._advance, out=advance)
        return Peaks(rows, peaks, ends[1:] - ends[:-1], advance, flat)

    def carry(self, last: Float32, peaks: Peaks, phase: Float32) -> None:
        """Continue each peak's phase from the previous frame, and shift the bins around it.

        Parameters
        ----------
        last
            Phases of the previous frame at the peaks of this one, ``(peaks,)``, radians.
        peaks
            Peaks of this frame.
        phase
            Phases within this frame, ``(rows, n_bins)``, contiguous, radians; shifted in place.
        """
        phase = phase.reshape(-1)
        shift: Float32 = last + peaks.advance
        np.subtract(shift, phase.take(peaks.bins), out=shift)
        if len(peaks.flat):
            shift[peaks.flat] = 0
        np.add(phase, shift.repeat(peaks.widths), out=phase)


def _smooth_noise(rng: np.random.Generator, largest: float) -> Float32:
    """Random numbers within +-`largest`, linear between knots `_KNOT_BINS` apart."""
    knots = rng.uniform(-largest, largest, _KNOTS)
    bins = np.arange((_KNOTS - 1) * _KNOT_BINS) / _KNOT_BINS
    return np.interp(bins, np.arange(_KNOTS), knots).astype(np.float32)
