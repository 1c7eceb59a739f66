"""Convert mel bands to STFT bin power: detect tonal bands, distribute tonal and noise power.

Two neighbouring triangles around a sinusoid report the same frequency; on noise each reports its
own centre. The tonal share of a band's power becomes one main lobe of the analysis window at the
band's frequency, the rest a smooth spectrum; both are then scaled, bin by bin, until the filterbank
gives the band power again.
"""

from functools import lru_cache

import numpy as np

from distill_live.spectrogram import Float32, Float64, Representation, hann

LOBE_BINS = 6
LOBE_STEPS = 256
_TINY = np.float32(1e-12)
_MAX_RATIO = np.float32(1e6)


class Triangles:
    """Mel filterbank, computed as sums over the segments between band centres.

    A bin lies in at most two triangles, with weights `rise` and ``1 - rise``; so bands are sums
    over segments, and the inverse mapping is linear interpolation between two bands.

    Attributes
    ----------
    segment : NDArray[np.intp]
        ``(n_bins,)``: index of the band above each bin; the band below is one less.
    around : NDArray[np.intp]
        ``(2, n_bins)``: bands below and above each bin; beyond the centres the outermost twice. The
        first and last bin have the band that covers most of their neighbours.
    rise : Float32
        ``(n_bins,)``: weight of each bin in the band above it.
    covered : Float32
        ``(n_bins,)``: 1 where a triangle covers the bin, else 0.
    width_bins : Float32
        ``(n_mels,)``: sum of each triangle's weights.
    """

    def __init__(self, representation: Representation) -> None:
        n_mels, n_bins = representation.settings.n_mels, representation.settings.n_bins
        bins = np.arange(n_bins)
        centres = representation.centres_bins
        self.segment = segment = np.searchsorted(centres, bins, side="right")
        edges = np.concatenate([[0.0], centres, [n_bins - 1.0]])
        rise = (bins - edges[segment]) / (edges[segment + 1] - edges[segment])
        self.rise = rise.astype(np.float32)
        starts = np.searchsorted(segment, np.arange(n_mels + 1))
        # reduceat gives an empty segment the bin at its start; the mask removes it
        self._filled = (np.diff(np.append(starts, n_bins)) > 0).astype(np.float32)
        starts = np.minimum(starts, n_bins - 1)
        self._starts = np.concatenate([starts, starts + n_bins])
        self._weighted = np.zeros((2, n_bins), np.float32)
        self._weighted_flat = self._weighted.reshape(-1)
        self._sums = np.zeros((2, n_mels + 1), np.float32)
        self._sums_flat = self._sums.reshape(-1)
        self.around = np.clip(np.stack([segment - 1, segment]), 0, n_mels - 1)
        # the outermost bins lie in no triangle: they follow the band that has most of the next one
        for end, neighbour in ((0, 1), (-1, -2)):
            self.around[:, end] = representation.filterbank[:, neighbour].argmax()
        self._below, self._above = self.around
        self._rising = np.zeros(n_bins, np.float32)
        self.covered = (representation.filterbank.sum(0) > 0).astype(np.float32)
        self.width_bins = representation.filterbank.sum(1).astype(np.float32)

    def bands(self, bins: Float32, out: Float32) -> Float32:
        """Apply the filterbank to bin power ``(n_bins,)``; gives ``(n_mels,)``."""
        self._weighted[0] = bins
        np.multiply(bins, self.rise, out=self._weighted[1])
        np.add.reduceat(self._weighted_flat, self._starts, out=self._sums_flat)
        np.multiply(self._sums, self._filled, out=self._sums)
        total, rising = self._sums
        np.subtract(total, rising, out=total)
        return np.add(total[1:], rising[:-1], out=out)

    def bins(self, bands: Float32, out: Float32) -> Float32:
        """Interpolate bands ``(n_mels,)`` at bins ``(n_bins,)``; constant beyond the centres."""
        rising = self._rising
        bands.take(self._above, out=rising, mode="clip")
        bands.take(self._below, out=out, mode="clip")
        np.subtract(rising, out, out=rising)
        np.multiply(rising, self.rise, out=rising)
        return np.add(out, rising, out=out)

    def rows_of_bins(self, bands: Float32) -> Float32:
        """`bins` for several rows, ``(rows, n_mels)`` to ``(rows, n_bins)``."""
        bins: Float32 = bands.take(self._below, axis=1, mode="clip")
        rising = bands.take(self._above, axis=1, mode="clip")
        np.subtract(rising, bins, out=rising)
        np.multiply(rising, self.rise, out=rising)
        np.add(bins, rising, out=bins)
        return bins


def tonal_shares(frequency_bins: Float32, per_spacing: Float32) -> Float32:
    """Tonality of each band, 0 to 1: agreement of its frequency with a neighbour's.

    Parameters
    ----------
    frequency_bins
        ``(frames, n_mels)``.
    per_spacing
        ``(n_mels - 1,)``: inverse distance of adjacent band centres, in 1/bins.

    Returns
    -------
    Float32
        ``(frames, n_mels)``.
    """
    frames, n_mels = frequency_bins.shape
    agreement = np.zeros((frames, n_mels + 1), np.float32)  # 0 where a neighbour is missing
    pairs = agreement[:, 1:-1]
    np.subtract(frequency_bins[:, 1:], frequency_bins[:, :-1], out=pairs)
    np.abs(pairs, out=pairs)
    np.multiply(pairs, per_spacing, out=pairs)
    np.subtract(1, pairs, out=pairs)
    np.maximum(pairs, 0, out=pairs)
    shares: Float32 = np.maximum(agreement[:, 1:], agreement[:, :-1])
    return shares


class BandsToBins:
    """Steps 1 and 2 of the synthesis: bin power of a frame from its bands.

    Attributes
    ----------
    triangles : Triangles
        Filterbank.
    """

    NOISE_UPDATES = 2
    UPDATES = 2

    def __init__(self, representation: Representation) -> None:
        self.triangles = Triangles(representation)
        n_mels, n_bins = representation.settings.n_mels, representation.settings.n_bins
        self._per_width = (1 / np.maximum(self.triangles.width_bins, _TINY)).astype(np.float32)
        self._lobe = lobe_table(representation.settings.n_fft)
        self._lobe_bins = np.arange(LOBE_BINS, dtype=np.intp)
        self._n_bins = n_bins
        self._factor = np.zeros(n_bins, np.float32)
        self._ratio = np.zeros(n_mels, np.float32)

    def convert(self, power: Float32, frequency_bins: Float32, tonality: Float32) -> Float32:
        """Convert one frame to bin power.

        Parameters
        ----------
        power, frequency_bins, tonality
            ``(n_mels,)``: band power, band frequency in 0 to ``n_bins - 1``, and tonal share of the
            power.

        Returns
        -------
        Float32
            ``(n_bins,)``: power of the unnormalised STFT.
        """
        triangles = self.triangles
        tonal = power * tonality
        rest = power - tonal
        bin_power = triangles.bins(rest * self._per_width, np.empty(self._n_bins, np.float32))
        np.multiply(bin_power, triangles.covered, out=bin_power)
        self._match(bin_power, rest, self.NOISE_UPDATES)
        np.add(bin_power, self._lobes(tonal, frequency_bins), out=bin_power)
        np.add(bin_power, _TINY, out=bin_power)
        self._match(bin_power, power, self.UPDATES)
        return bin_power

    def _match(self, bin_power: Float32, band_power: Float32, updates: int) -> None:
        """Scale the bins until they match the bands: expectation maximisation, doubled steps.

        L. B. Lucy, *An iterative technique for the rectification of observed distributions*,
        Astronomical Journal 79, 1974; the square of the factor takes two steps at the price of one.
        The last step is a plain one, since doubled ones overshoot where bands share their bins.
        """
        for remaining in range(updates - 1, -1, -1):
            ratio = self.triangles.bands(bin_power, self._ratio)
            np.add(ratio, _TINY, out=ratio)
            np.divide(band_power, ratio, out=ratio)
            np.minimum(ratio, _MAX_RATIO, out=ratio)
            factor = self.triangles.bins(ratio, self._factor)
            np.multiply(bin_power, factor, out=bin_power)
            if remaining:
                np.multiply(bin_power, factor, out=bin_power)

    def _lobes(self, tonal: Float32, frequency_bins: Float32) -> Float32:
        """Sum of the main lobes of the tonal power, ``(n_bins,)``."""
        base = frequency_bins.astype(np.intp)
        step = ((frequency_bins - base) * np.float32(LOBE_STEPS)).astype(np.intp)
        shares: Float32 = self._lobe[step]
        shares *= tonal[:, None]
        # padded for lobes beyond either end
        where = (base[:, None] + self._lobe_bins).reshape(-1)
        lobes = np.bincount(where, shares.reshape(-1), self._n_bins + LOBE_BINS)
        first = LOBE_BINS // 2 - 1
        return lobes[first : first + self._n_bins].astype(np.float32)


@lru_cache(maxsize=8)
def lobe_table(n_fft: int) -> Float32:
    """Power of the Hann window's main lobe at the six bins around a frequency; rows sum to one.

    Row s is for frequencies from s/256 to (s + 1)/256 above a bin, computed at the middle; the bins
    are those from 2 below to 3 above.
    """
    over = 2 * LOBE_STEPS
    spectrum = _transform(hann(n_fft), over) ** 2
    steps = 2 * np.arange(LOBE_STEPS)[:, None] + 1
    bins = np.arange(LOBE_BINS) - (LOBE_BINS // 2 - 1)
    table = spectrum[np.abs(bins * over - steps)]
    shares: Float32 = (table / table.sum(1, keepdims=True)).astype(np.float32)
    shares.flags.writeable = False  # cached
    return shares


def _transform(window: Float64, over: int) -> Float64:
    """Spectrum of a window from 0 to 4 bins, in steps of 1/`over` bin."""
    n = len(window)
    samples = np.arange(n) - n // 2
    steps = np.arange(4 * over + 1)[:, None]
    return np.asarray(np.cos(2 * np.pi * steps * samples / (n * over)) @ window)
