"""Bands to bins: which bands hold a sinusoid, and how a band's power lies on the bins under it.

Two neighbouring triangles that a sinusoid falls between report the same frequency; on noise each
reports its own centre. The tonal share of a band's power becomes one main lobe of the analysis
window at the band's frequency, the rest a smooth spectrum; both are then scaled, bin by bin, until
the triangles find the given power in them again.

It knows nothing of phase. Only the tonal shares of the last frame are remembered, by the caller.
"""

import numpy as np
from numpy.typing import NDArray

from distill_live.spectrogram import Float32, Representation, hann

LOBE_BINS = 6
_LOBE_STEPS = 256
_TINY = np.float32(1e-12)


class Triangles:
    """The filterbank as sums over the segments between band centres.

    A bin lies in at most two triangles, whose weights there are `rise` and ``1 - rise``; so bands
    are sums over segments, and the way back is linear interpolation between two bands.
    """

    def __init__(self, representation: Representation, rows: int) -> None:
        settings = representation.settings
        self.n_mels, self.n_bins, self.rows = settings.n_mels, settings.n_bins, rows
        bins = np.arange(self.n_bins)
        centres = representation.centres_bins
        segment = np.searchsorted(centres, bins, side="right")  # 0: below the first centre
        edges = np.concatenate([[0.0], centres, [self.n_bins - 1.0]])
        rise = (bins - edges[segment]) / (edges[segment + 1] - edges[segment])
        self._rise = rise.astype(np.float32)
        starts = np.searchsorted(segment, np.arange(self.n_mels + 1))
        filled = np.diff(np.append(starts, self.n_bins)) > 0
        # reduceat gives an empty segment the bin at its start: multiplied away
        self._filled = filled.astype(np.float32)
        offsets = np.arange(2 * rows)[:, None] * self.n_bins
        self._starts = (offsets + np.minimum(starts, self.n_bins - 1)).ravel()
        self._lower = (np.arange(rows)[:, None] * (self.n_mels + 2) + segment).ravel()
        self._weighted = np.empty((2, rows, self.n_bins), np.float32)
        self._sums = np.empty((2, rows, self.n_mels + 1), np.float32)
        self._padded = np.empty((rows, self.n_mels + 2), np.float32)
        self._steps = np.empty((rows, self.n_mels + 2), np.float32)
        self._taken = np.empty((rows, self.n_bins), np.float32)
        self.covered = (representation.filterbank.sum(0) > 0).astype(np.float32)
        self.width_bins = representation.filterbank.sum(1).astype(np.float32)

    def bands(self, bins: Float32, out: Float32) -> Float32:
        """Power of the bins ``(rows, n_bins)`` through the triangles, ``(rows, n_mels)``."""
        self._weighted[0] = bins
        np.multiply(bins, self._rise, out=self._weighted[1])
        np.add.reduceat(self._weighted.reshape(-1), self._starts, out=self._sums.reshape(-1))
        np.multiply(self._sums, self._filled, out=self._sums)
        total, rising = self._sums
        np.subtract(total[:, 1:], rising[:, 1:], out=out)
        np.add(out, rising[:, :-1], out=out)
        return out

    def bins(self, bands: Float32, out: Float32) -> Float32:
        """Bands ``(rows, n_mels)`` interpolated at the bins, ``(rows, n_bins)``; flat outside."""
        padded, steps = self._padded, self._steps
        padded[:, 1:-1] = bands
        padded[:, 0], padded[:, -1] = bands[:, 0], bands[:, -1]
        np.subtract(padded[:, 1:], padded[:, :-1], out=steps[:, :-1])
        np.take(steps.reshape(-1), self._lower, out=self._taken.reshape(-1), mode="clip")
        np.multiply(self._taken, self._rise, out=self._taken)
        np.take(padded.reshape(-1), self._lower, out=out.reshape(-1), mode="clip")
        return np.add(out, self._taken, out=out)


class BandsToBins:
    """Steps 1 and 2 of the synthesis, for a few frames at once.

    Parameters
    ----------
    representation
        Filterbank and window.
    rows
        Frames converted at once, in order of time.
    noise_updates, updates
        Multiplicative updates of the noise's spectrum by itself and of the whole one.

    Attributes
    ----------
    magnitude : Float32
        ``(rows, n_bins)``, of the unnormalised STFT.
    frequency_bins : Float32
        ``(rows, n_bins)``, power-weighted mean of what was put in the bin.
    noise : Float32
        ``(rows, n_bins)``, share of the bin's power that is noise, 0 to 1.
    """

    def __init__(
        self, representation: Representation, rows: int, *, noise_updates: int = 4, updates: int = 2
    ) -> None:
        self._triangles = Triangles(representation, rows)
        self._noise_updates, self._updates = noise_updates, updates
        n_mels, n_bins = self._triangles.n_mels, self._triangles.n_bins
        spacing = np.maximum(np.diff(representation.centres_bins), 1.0)
        self._per_spacing = (1.0 / spacing).astype(np.float32)
        self._lobe = lobe_table(representation.settings.n_fft)
        self._last_bin = np.float32(n_bins - 1)
        self._row_start = (np.arange(rows, dtype=np.intp) * n_bins)[:, None, None]
        self._lobe_offsets = np.arange(LOBE_BINS, dtype=np.intp) - (LOBE_BINS // 2 - 1)

        self.magnitude = np.zeros((rows, n_bins), np.float32)
        self.frequency_bins = np.zeros((rows, n_bins), np.float32)
        self.noise = np.zeros((rows, n_bins), np.float32)
        self._power = np.zeros((rows, n_bins), np.float32)
        self._ratio_bins = np.zeros((rows, n_bins), np.float32)
        self._ratio = np.zeros((rows, n_mels), np.float32)
        self._agreement = np.zeros((rows, n_mels - 1), np.float32)
        self._share = np.zeros((rows + 1, n_mels), np.float32)

    def tonal_share(self, frequency_bins: Float32, last: Float32 | None) -> Float32:
        """How far each band holds a sinusoid, 0 to 1, ``(rows + 1, n_mels)``.

        Row 0 is `last`, the share of the frame before (its own where there was none), the others
        are those of `frequency_bins`, each by itself. The array is overwritten by the next call.
        """
        agreement, share = self._agreement, self._share
        np.subtract(frequency_bins[:, 1:], frequency_bins[:, :-1], out=agreement)
        np.abs(agreement, out=agreement)
        np.multiply(agreement, self._per_spacing, out=agreement)
        np.subtract(1, agreement, out=agreement)
        np.maximum(agreement, 0, out=agreement)
        share[1:, :-1] = agreement
        share[1:, -1] = 0
        np.maximum(share[1:, 1:], agreement, out=share[1:, 1:])
        share[0] = share[1] if last is None else last
        return share

    def convert(self, power: Float32, frequency_bins: Float32, share: Float32) -> None:
        """Fill `magnitude`, `frequency_bins` and `noise` from bands ``(rows, n_mels)``."""
        triangles, bin_power = self._triangles, self._power
        tonal = power * np.minimum(share[1:], share[:-1])
        rest = power - tonal
        triangles.bins(rest / triangles.width_bins, bin_power)
        np.multiply(bin_power, triangles.covered, out=bin_power)
        self._match(bin_power, rest, self._noise_updates)

        weight = rest + _TINY
        noise_frequency = triangles.bins(weight * frequency_bins, self.frequency_bins)
        np.divide(noise_frequency, triangles.bins(weight, self._ratio_bins), out=noise_frequency)

        lobes, lobe_frequencies = self._lobes(tonal, frequency_bins)
        np.multiply(noise_frequency, bin_power, out=noise_frequency)
        np.add(noise_frequency, lobe_frequencies, out=noise_frequency)
        np.copyto(self.noise, bin_power)
        np.add(bin_power, lobes, out=bin_power)
        np.add(bin_power, _TINY, out=bin_power)
        np.divide(self.noise, bin_power, out=self.noise)
        np.divide(self.frequency_bins, bin_power, out=self.frequency_bins)
        self._match(bin_power, power, self._updates)
        np.sqrt(bin_power, out=self.magnitude)

    def _match(self, bin_power: Float32, band_power: Float32, updates: int) -> None:
        """Scale the bins towards the bands: expectation maximisation with doubled steps.

        L. B. Lucy, *An iterative technique for the rectification of observed distributions*,
        Astronomical Journal 79, 1974; the square of the factor takes two steps at the price of one.
        The last step is a plain one, since doubled ones overshoot where bands share their bins.
        """
        for remaining in range(updates - 1, -1, -1):
            found = self._triangles.bands(bin_power, self._ratio)
            np.maximum(found, _TINY, out=found)
            np.divide(band_power, found, out=found)
            np.minimum(found, 1e6, out=found)
            factor = self._triangles.bins(found, self._ratio_bins)
            if remaining:
                np.multiply(factor, factor, out=factor)
            np.multiply(bin_power, factor, out=bin_power)

    def _lobes(self, tonal: Float32, frequency_bins: Float32) -> tuple[Float32, Float32]:
        """Main lobes of the tonal power: bin power, and bin power times frequency."""
        at = np.clip(frequency_bins, 0, self._last_bin)
        base = at.astype(np.intp)
        step = ((at - base) * _LOBE_STEPS + np.float32(0.5)).astype(np.intp)
        shares: Float32 = self._lobe[step]
        shares *= tonal[:, :, None]
        target = base[:, :, None] + self._lobe_offsets
        np.clip(target, 0, int(self._last_bin), out=target)
        target += self._row_start
        where, size, shape = target.reshape(-1), self._power.size, self._power.shape
        lobes = np.bincount(where, shares.reshape(-1), size).astype(np.float32)
        shares *= at[:, :, None]
        frequencies = np.bincount(where, shares.reshape(-1), size).astype(np.float32)
        return lobes.reshape(shape), frequencies.reshape(shape)


def lobe_table(n_fft: int) -> Float32:
    """Power of the Hann window's main lobe at the six bins around a frequency, summing to one.

    Row s is for a frequency s/256 above its bin; the bins are those from 2 below to 3 above.
    """
    over = _LOBE_STEPS
    spectrum: NDArray[np.float64] = np.abs(_transform(hann(n_fft), over)) ** 2
    steps = np.arange(over + 1)[:, None]
    bins = np.arange(LOBE_BINS) - (LOBE_BINS // 2 - 1)
    table = spectrum[np.abs(bins * over - steps)]
    shares: Float32 = (table / table.sum(1, keepdims=True)).astype(np.float32)
    return shares


def _transform(window: NDArray[np.float64], over: int) -> NDArray[np.float64]:
    """Spectrum of the window around 0, in steps of 1/`over` bin, up to four bins."""
    n = len(window)
    samples = np.arange(n) - n // 2
    steps = np.arange(4 * over + 1)[:, None]
    return np.asarray(np.cos(2 * np.pi * steps * samples / (n * over)) @ window)
