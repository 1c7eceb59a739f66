"""Convert mel bands to STFT bin power: detect tonal bands, distribute tonal and noise power.

Two neighbouring triangles around a sinusoid report the same frequency; on noise each reports its
own centre. The tonal share of a band's power becomes one main lobe of the analysis window at the
band's frequency, the rest a smooth spectrum; both are then scaled, bin by bin, until the filterbank
gives the band power again.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from distill_live.spectrogram import Float32, Float64, Representation, hann

LOBE_BINS = 6
LOBE_STEPS = 256
_TINY = np.float32(1e-12)
_MAX_RATIO = np.float32(1e6)


class _Buffers(NamedTuple):
    """Views of the buffers of `Triangles` for a number of rows."""

    as_is: Float32
    risen: Float32
    weighted: Float32
    starts: NDArray[np.intp]
    sums: Float32
    sums_flat: Float32
    totals: Float32
    rising: Float32
    totals_above: Float32
    rising_below: Float32
    interpolated: Float32


class Triangles:
    """Mel filterbank, computed as sums over the segments between band centres.

    A bin lies in at most two triangles, with weights `rise` and ``1 - rise``; so bands are sums
    over segments, and the inverse mapping is linear interpolation between two bands.

    Parameters
    ----------
    representation
        Bands and bins.
    max_rows
        Maximum number of rows of a call; each row's result is independent of the others.

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

    def __init__(self, representation: Representation, max_rows: int = 1) -> None:
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
        self.around = np.clip(np.stack([segment - 1, segment]), 0, n_mels - 1)
        # the outermost bins lie in no triangle: they follow the band that has most of the next one
        for end, neighbour in ((0, 1), (-1, -2)):
            self.around[:, end] = representation.filterbank[:, neighbour].argmax()
        self._below, self._above = self.around
        self._buffers = _buffers(max_rows, n_mels, n_bins, starts)
        self.covered = (representation.filterbank.sum(0) > 0).astype(np.float32)
        self.width_bins = representation.filterbank.sum(1).astype(np.float32)

    def bands(self, bins: Float32, out: Float32) -> Float32:
        """Apply the filterbank to bin power ``(rows, n_bins)``; gives ``(rows, n_mels)``."""
        buffers = self._buffers[len(bins)]
        np.copyto(buffers.as_is, bins)
        np.multiply(bins, self.rise, out=buffers.risen)
        np.add.reduceat(buffers.weighted, buffers.starts, out=buffers.sums_flat)
        np.multiply(buffers.sums, self._filled, out=buffers.sums)
        np.subtract(buffers.totals, buffers.rising, out=buffers.totals)
        return np.add(buffers.totals_above, buffers.rising_below, out=out)

    def bins(self, bands: Float32, out: Float32) -> Float32:
        """Interpolate bands ``(rows, n_mels)`` at bins ``(rows, n_bins)``; constant at the ends."""
        rising = self._buffers[len(bands)].interpolated
        bands.take(self._above, axis=1, out=rising, mode="clip")
        bands.take(self._below, axis=1, out=out, mode="clip")
        np.subtract(rising, out, out=rising)
        np.multiply(rising, self.rise, out=rising)
        return np.add(out, rising, out=out)


def _buffers(max_rows: int, n_mels: int, n_bins: int, starts: NDArray[np.intp]) -> list[_Buffers]:
    """Views of one memory for 0 to `max_rows` rows; making them anew takes as long as a sum."""
    all_weighted = np.zeros((max_rows, 2, n_bins), np.float32)
    all_sums = np.zeros((max_rows, 2, n_mels + 1), np.float32)
    interpolated = np.zeros((max_rows, n_bins), np.float32)
    all_starts = (n_bins * np.arange(2 * max_rows)[:, None] + starts).reshape(-1)
    found = []
    for rows in range(max_rows + 1):
        weighted, sums = all_weighted[:rows], all_sums[:rows]
        totals, rising = sums[:, 0], sums[:, 1]
        found.append(
            _Buffers(
                weighted[:, 0],
                weighted[:, 1],
                weighted.reshape(-1),
                all_starts[: sums.size],
                sums,
                sums.reshape(-1),
                totals,
                rising,
                totals[:, 1:],
                rising[:, :-1],
                interpolated[:rows],
            )
        )
    return found


def tonal_shares(frequency_bins: Float32, per_spacing: Float32) -> Float32:
    """Tonality of each band, 0 to 1: agreement of its frequency with a neighbour's.

    Parameters
    ----------
    frequency_bins
        ``(..., n_mels)``.
    per_spacing
        ``(n_mels - 1,)``: inverse distance of adjacent band centres, in 1/bins.

    Returns
    -------
    Float32
        ``(..., n_mels)``.
    """
    *frames, n_mels = frequency_bins.shape
    agreement = np.zeros((*frames, n_mels + 1), np.float32)  # 0 where a neighbour is missing
    pairs = agreement[..., 1:-1]
    np.subtract(frequency_bins[..., 1:], frequency_bins[..., :-1], out=pairs)
    np.abs(pairs, out=pairs)
    np.multiply(pairs, per_spacing, out=pairs)
    np.subtract(1, pairs, out=pairs)
    np.maximum(pairs, 0, out=pairs)
    shares: Float32 = np.maximum(agreement[..., 1:], agreement[..., :-1])
    return shares


class BandsToBins:
    """Steps 1 and 2 of the synthesis: bin power of frames from their bands.

    Parameters
    ----------
    representation
        Bands and bins.
    max_rows
        Maximum number of frames of a call; each one's result is independent of the others.

    Attributes
    ----------
    triangles : Triangles
        Filterbank.
    """

    NOISE_UPDATES = 2
    UPDATES = 2

    def __init__(self, representation: Representation, max_rows: int = 1) -> None:
        self.triangles = Triangles(representation, max_rows)
        n_mels, n_bins = representation.settings.n_mels, representation.settings.n_bins
        self._per_width = (1 / np.maximum(self.triangles.width_bins, _TINY)).astype(np.float32)
        self._lobe = lobe_table(representation.settings.n_fft)
        self._lobe_columns = n_bins + LOBE_BINS  # padded for lobes beyond either end
        self._lobe_bins = np.arange(LOBE_BINS, dtype=np.intp)
        self._lobe_rows = self._lobe_columns * np.arange(max_rows, dtype=np.intp)[:, None]
        self._n_bins = n_bins
        self._factor = np.zeros((max_rows, n_bins), np.float32)
        self._ratio = np.zeros((max_rows, n_mels), np.float32)

    def convert(
        self, power: Float32, frequency_bins: Float32, tonality: Float32, out: Float32
    ) -> None:
        """Convert frames to bin power.

        Parameters
        ----------
        power, frequency_bins, tonality
            ``(rows, n_mels)``: band power, band frequency in 0 to ``n_bins - 1``, and tonal share
            of the power.
        out
            ``(rows, n_bins)``, filled with the power of the unnormalised STFT.
        """
        triangles = self.triangles
        tonal = power * tonality
        rest = power - tonal
        triangles.bins(rest * self._per_width, out)
        np.multiply(out, triangles.covered, out=out)
        self._match(out, rest, self.NOISE_UPDATES)
        np.add(out, self._lobes(tonal, frequency_bins), out=out)
        np.add(out, _TINY, out=out)
        self._match(out, power, self.UPDATES)

    def _match(self, bin_power: Float32, band_power: Float32, updates: int) -> None:
        """Scale the bins until they match the bands: expectation maximisation, doubled steps.

        L. B. Lucy, *An iterative technique for the rectification of observed distributions*,
        Astronomical Journal 79, 1974; the square of the factor takes two steps at the price of one.
        The last step is a plain one, since doubled ones overshoot where bands share their bins.
        """
        rows = len(bin_power)
        for remaining in range(updates - 1, -1, -1):
            ratio = self.triangles.bands(bin_power, self._ratio[:rows])
            np.add(ratio, _TINY, out=ratio)
            np.divide(band_power, ratio, out=ratio)
            np.minimum(ratio, _MAX_RATIO, out=ratio)
            factor = self.triangles.bins(ratio, self._factor[:rows])
            np.multiply(bin_power, factor, out=bin_power)
            if remaining:
                np.multiply(bin_power, factor, out=bin_power)

    def _lobes(self, tonal: Float32, frequency_bins: Float32) -> Float32:
        """Sum of the main lobes of the tonal power, ``(rows, n_bins)``."""
        rows = len(tonal)
        base = frequency_bins.astype(np.intp)
        step = ((frequency_bins - base) * np.float32(LOBE_STEPS)).astype(np.intp)
        shares: Float32 = self._lobe[step]
        shares *= tonal[..., None]
        np.add(base, self._lobe_rows[:rows], out=base)
        where = (base[..., None] + self._lobe_bins).reshape(-1)
        lobes = np.bincount(where, shares.reshape(-1), rows * self._lobe_columns)
        first = LOBE_BINS // 2 - 1
        return lobes.reshape(rows, -1)[:, first : first + self._n_bins].astype(np.float32)


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
