"""Convert mel bands to STFT bin power: detect tonal bands, distribute tonal and noise power.

Two neighbouring triangles around a sinusoid report the same frequency; on noise each reports its
own centre. The tonal share of a band's power becomes one main lobe of the analysis window at the
band's frequency, the rest a smooth spectrum; both are then scaled, bin by bin, until the filterbank
gives the band power again.
"""

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from distill_live.spectrogram import Float32, Float64, Representation, hann

LOBE_BINS = 6
LOBE_STEPS = 256

MARGIN_BINS = LOBE_BINS // 2
"""Columns before the first bin and after the last for lobes beyond either end."""

# arrays, since a scalar is converted at each call, which takes as long as a sum over bands
_TINY = np.array(1e-12, np.float32)
_MAX_RATIO = np.array(1e6, np.float32)
_ZERO, _ONE = np.array(0, np.float32), np.array(1, np.float32)
_LOBE_STEPS = np.array(LOBE_STEPS, np.float32)
_LOBE_STEPS_BITS = np.array(LOBE_STEPS.bit_length() - 1)
_LOBE_STEPS_MASK = np.array(LOBE_STEPS - 1)


class Triangles:
    """Mel filterbank, computed as sums over the segments between band centres.

    A bin lies in at most two triangles, with weights `rise` and ``1 - rise``; so bands are sums
    over segments, and the inverse mapping is linear interpolation between two bands.

    Parameters
    ----------
    representation
        Bands and bins.
    margin_bins
        Number of columns before and after the bins, in no triangle.

    Attributes
    ----------
    segment : NDArray[np.intp]
        ``(columns,)``: index of the band above each bin; the band below is one less.
    around : NDArray[np.intp]
        ``(2, columns)``: bands below and above each bin; beyond the centres the outermost twice.
        The first and last bin have the band that covers most of their neighbours.
    rise : Float32
        ``(columns,)``: weight of each bin in the band above it.
    covered : Float32
        ``(columns,)``: 1 where a triangle covers the bin, else 0.
    width_bins : Float32
        ``(n_mels,)``: sum of each triangle's weights.
    """

    def __init__(self, representation: Representation, margin_bins: int = 0) -> None:
        n_mels, n_bins = representation.settings.n_mels, representation.settings.n_bins
        bins = np.arange(n_bins)
        centres = representation.centres_bins
        segment = np.searchsorted(centres, bins, side="right")
        edges = np.concatenate([[0.0], centres, [n_bins - 1.0]])
        rise = (bins - edges[segment]) / (edges[segment + 1] - edges[segment])
        covered = representation.filterbank.sum(0) > 0
        around = np.clip(np.stack([segment - 1, segment]), 0, n_mels - 1)
        # the outermost bins lie in no triangle: they follow the band that has most of the next one
        for end, neighbour in ((0, 1), (-1, -2)):
            around[:, end] = representation.filterbank[:, neighbour].argmax()
        self.width_bins = representation.filterbank.sum(1).astype(np.float32)
        self.segment, self.around = _widened(segment, margin_bins), _widened(around, margin_bins)
        self.rise = _widened(rise, margin_bins).astype(np.float32)
        self._shares = np.stack([1 - self.rise, self.rise])
        inside = np.pad(np.ones(n_bins, np.float32), margin_bins)
        self.covered = _widened(covered, margin_bins).astype(np.float32) * inside
        self._weights = self._shares * inside
        columns = len(self.segment)
        starts = np.searchsorted(self.segment, np.arange(n_mels + 1))
        # reduceat gives an empty segment the bin at its start; the mask removes it
        self._filled = (np.diff(np.append(starts, columns)) > 0).astype(np.float32)
        self._starts = np.minimum(starts, columns - 1)
        self._buffers: dict[int, _Buffers] = {}

    def bands(self, bins: Float32, out: Float32) -> Float32:
        """Apply the filterbank to bin power ``(rows, columns)``; gives ``(rows, n_mels)``."""
        buffers = self._buffers_of(len(bins))
        np.multiply(bins[:, None], self._weights, out=buffers.both)
        np.add.reduceat(buffers.flat, buffers.starts, out=buffers.sums_flat)
        np.multiply(buffers.sums, self._filled, out=buffers.sums)
        return np.add(buffers.falling_above, buffers.rising_below, out=out)

    def bins(self, bands: Float32, out: Float32) -> Float32:
        """Interpolate bands ``(rows, n_mels)`` at bins ``(rows, columns)``; constant at the ends.

        `bands` is contiguous.
        """
        buffers = self._buffers_of(len(bands))
        bands.take(buffers.around, out=buffers.both, mode="clip")
        np.multiply(buffers.both, self._shares, out=buffers.both)
        return np.add(buffers.below, buffers.above, out=out)

    def _buffers_of(self, rows: int) -> "_Buffers":
        """Buffers for a number of rows; making their views anew takes as long as a sum."""
        if rows not in self._buffers:
            self._buffers[rows] = self._new_buffers(rows)
        return self._buffers[rows]

    def _new_buffers(self, rows: int) -> "_Buffers":
        n_mels, columns = len(self.width_bins), len(self.segment)
        both = np.zeros((rows, 2, columns), np.float32)
        sums = np.zeros((rows, 2, n_mels + 1), np.float32)
        every = np.arange(rows)[:, None, None]
        starts = columns * (2 * every + np.arange(2)[:, None]) + self._starts
        return _Buffers(
            both,
            both.reshape(-1),
            both[:, 0],
            both[:, 1],
            starts.reshape(-1),
            sums,
            sums.reshape(-1),
            sums[:, 0, 1:],
            sums[:, 1, :-1],
            n_mels * every + self.around,
        )


class _Buffers(NamedTuple):
    """Buffers of `Triangles` for a number of rows, and views of them."""

    both: Float32
    """``(rows, 2, columns)``: parts of the bands below and above."""
    flat: Float32
    below: Float32
    above: Float32
    starts: NDArray[np.intp]
    sums: Float32
    """``(rows, 2, n_mels + 1)``: sums over segments, of the parts of the bands below and above."""
    sums_flat: Float32
    falling_above: Float32
    rising_below: Float32
    around: NDArray[np.intp]


def _widened(columns: NDArray[Any], margin: int) -> NDArray[Any]:
    """Values by bin, with those of the outermost bins repeated in the margins."""
    widths = [(0, 0)] * (columns.ndim - 1) + [(margin, margin)]
    return np.pad(columns, widths, mode="edge")


def tonal_shares(frequency_bins: Float32, per_spacing: Float32) -> Float32:
    """Tonality of each band, 0 to 1: agreement of its frequency with a neighbour's.

    Parameters
    ----------
    frequency_bins
        ``(..., n_mels)``.
    per_spacing
        ``(n_mels,)``: inverse distance from each band centre to the next, in 1/bins.

    Returns
    -------
    Float32
        ``(..., n_mels)``.
    """
    n_mels, frequencies = len(per_spacing), frequency_bins.reshape(-1)
    agreement = np.zeros(len(frequencies) + 1, np.float32)  # 0 where a neighbour is missing
    np.subtract(frequencies[1:], frequencies[:-1], out=agreement[1:-1])
    with_next = agreement[1:].reshape(-1, n_mels)
    np.abs(with_next, out=with_next)
    np.multiply(with_next, per_spacing, out=with_next)
    np.subtract(_ONE, with_next, out=with_next)
    np.maximum(with_next, _ZERO, out=with_next)
    with_next[:, -1] = 0
    shares: Float32 = np.maximum(agreement[1:], agreement[:-1])
    return shares.reshape(frequency_bins.shape)


def per_spacing(representation: Representation) -> Float32:
    """Inverse distances for `tonal_shares`; below a bin they count as one, and the last as none."""
    spacing = np.diff(representation.centres_bins, append=np.inf)
    return (1 / np.maximum(spacing, 1.0)).astype(np.float32)


class BandsToBins:
    """Steps 1 and 2 of the synthesis: bin power of frames from their bands.

    Parameters
    ----------
    representation
        Bands and bins.
    """

    UPDATES = 2

    def __init__(self, representation: Representation) -> None:
        self._triangles = triangles = Triangles(representation, MARGIN_BINS)
        self._n_mels, self._n_bins = representation.settings.n_mels, representation.settings.n_bins
        self._per_width = (1 / np.maximum(triangles.width_bins, _TINY)).astype(np.float32)
        # bands of the bins that are interpolated between bands, as a matrix
        identity = np.eye(self._n_mels, dtype=np.float32)
        spread = np.zeros((self._n_mels, len(triangles.rise)), np.float32)
        triangles.bins(identity, spread)
        self._spread_bands = np.zeros_like(identity)
        triangles.bands(spread * triangles.covered, self._spread_bands)
        self._lobe = lobe_table(representation.settings.n_fft)
        self._buffers: dict[int, _Frames] = {}

    def convert(self, power: Float32, frequency_bins: Float32, tonality: Float32) -> Float32:
        """Convert frames to bin power.

        Parameters
        ----------
        power, frequency_bins, tonality
            ``(rows, n_mels)``: band power, band frequency in 0 to ``n_bins - 1``, and tonal share
            of the power. Each row's result is independent of the others.

        Returns
        -------
        Float32
            ``(rows, n_bins)``: power of the unnormalised STFT, overwritten by the next call with as
            many rows.
        """
        rows = len(power)
        if rows not in self._buffers:
            self._buffers[rows] = _frames(rows, self._n_mels, self._n_bins)
        frames, triangles = self._buffers[rows], self._triangles
        bins, tonal, rest, ratio = frames.bins, frames.tonal, frames.rest, frames.ratio
        np.multiply(power, tonality, out=tonal)
        np.subtract(power, tonal, out=rest)
        # the first update of noise, without a detour over the bins
        np.multiply(rest, self._per_width, out=frames.density)
        np.matmul(frames.density_rows, self._spread_bands, out=frames.ratio_rows)
        self._divide(rest, ratio)
        triangles.bins(frames.density_and_ratio, frames.pair_flat)
        density, factor = frames.pair
        np.multiply(density, factor, out=bins)
        np.multiply(bins, factor, out=bins)
        np.multiply(bins, triangles.covered, out=bins)
        self._update(frames, rest, last=True)
        self._add_lobes(frames, frequency_bins)
        np.add(bins, _TINY, out=bins)
        for remaining in range(self.UPDATES - 1, -1, -1):
            self._update(frames, power, last=not remaining)
        return frames.result

    def _update(self, frames: "_Frames", band_power: Float32, *, last: bool) -> None:
        """Scale the bins towards the bands: expectation maximisation, doubled steps.

        L. B. Lucy, *An iterative technique for the rectification of observed distributions*,
        Astronomical Journal 79, 1974; the square of the factor takes two steps at the price of one.
        The last step is a plain one, since doubled ones overshoot where bands share their bins.
        """
        bins, factor = frames.bins, frames.factor
        self._triangles.bands(bins, frames.ratio)
        self._divide(band_power, frames.ratio)
        self._triangles.bins(frames.ratio, factor)
        np.multiply(bins, factor, out=bins)
        if not last:
            np.multiply(bins, factor, out=bins)

    def _divide(self, wanted: Float32, ratio: Float32) -> None:
        """Replace the power of bands by its ratio to the wanted one, within limits."""
        np.add(ratio, _TINY, out=ratio)
        np.divide(wanted, ratio, out=ratio)
        np.minimum(ratio, _MAX_RATIO, out=ratio)

    def _add_lobes(self, frames: "_Frames", frequency_bins: Float32) -> None:
        """Add the main lobes of the tonal power to the bins."""
        steps, base = frames.steps, frames.base
        np.multiply(frequency_bins, _LOBE_STEPS, out=frames.scaled)
        np.copyto(steps, frames.scaled, casting="unsafe")
        np.right_shift(steps, _LOBE_STEPS_BITS, out=base)
        np.bitwise_and(steps, _LOBE_STEPS_MASK, out=steps)
        self._lobe.take(steps, axis=0, out=frames.lobes, mode="clip")
        np.multiply(frames.lobes, frames.tonal_column, out=frames.lobes)
        np.add(frames.base_column, frames.lobe_columns, out=frames.where)
        np.add.at(frames.bins_flat, frames.where_flat, frames.lobes_flat)


class _Frames(NamedTuple):
    """Buffers of `BandsToBins` for a number of rows, and views of them."""

    bins: Float32
    """``(rows, columns)``: bin power, with a margin for lobes beyond either end."""
    bins_flat: Float32
    result: Float32
    factor: Float32
    pair: Float32
    """``(2, rows, columns)``: density of noise and its factor."""
    pair_flat: Float32
    tonal: Float32
    tonal_column: Float32
    rest: Float32
    density_and_ratio: Float32
    density: Float32
    density_rows: Float32
    ratio: Float32
    ratio_rows: Float32
    scaled: Float32
    steps: NDArray[np.intp]
    base: NDArray[np.intp]
    base_column: NDArray[np.intp]
    lobe_columns: NDArray[np.intp]
    where: NDArray[np.intp]
    where_flat: NDArray[np.intp]
    lobes: Float32
    lobes_flat: Float32


def _frames(rows: int, n_mels: int, n_bins: int) -> _Frames:
    columns = n_bins + 2 * MARGIN_BINS
    bins, factor = np.zeros((2, rows, columns), np.float32)
    pair = np.zeros((2, rows, columns), np.float32)
    tonal, rest, scaled = np.zeros((3, rows, n_mels), np.float32)
    density_and_ratio = np.zeros((2, rows, n_mels), np.float32)
    density, ratio = density_and_ratio
    steps, base = np.zeros((2, rows, n_mels), np.intp)
    where = np.zeros((rows, n_mels, LOBE_BINS), np.intp)
    lobes = np.zeros((rows, n_mels, LOBE_BINS), np.float32)
    first = MARGIN_BINS - (LOBE_BINS // 2 - 1)
    lobe_columns = np.arange(first, first + LOBE_BINS) + columns * np.arange(rows)[:, None, None]
    return _Frames(
        bins=bins,
        bins_flat=bins.reshape(-1),
        result=bins[:, MARGIN_BINS : MARGIN_BINS + n_bins],
        factor=factor,
        pair=pair,
        pair_flat=pair.reshape(2 * rows, columns),
        tonal=tonal,
        tonal_column=tonal[..., None],
        rest=rest,
        density_and_ratio=density_and_ratio.reshape(2 * rows, n_mels),
        density=density,
        density_rows=density[:, None],
        ratio=ratio,
        ratio_rows=ratio[:, None],
        scaled=scaled,
        steps=steps,
        base=base,
        base_column=base[..., None],
        lobe_columns=lobe_columns,
        where=where,
        where_flat=where.reshape(-1),
        lobes=lobes,
        lobes_flat=lobes.reshape(-1),
    )


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
