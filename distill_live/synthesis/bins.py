"""Bands to bins: which bands hold a sinusoid, and how a band's power lies on the bins under it.

Two neighbouring triangles that a sinusoid falls between report the same frequency; on noise each
reports its own centre. The tonal share of a band's power becomes one main lobe of the analysis
window at the band's frequency, the rest a smooth spectrum; both are then scaled, bin by bin, until
the triangles find the given power in them again.

It knows nothing of phase. Only the tonal shares of the last frame are remembered, by the caller.
"""

import numpy as np

from distill_live.spectrogram import Float32, Float64, Representation, hann

LOBE_BINS = 6
LOBE_STEPS = 256
_TINY = np.float32(1e-12)
_LARGEST_RATIO = np.float32(1e6)


class Triangles:
    """The filterbank as sums over the segments between band centres.

    A bin lies in at most two triangles, whose weights there are `rise` and ``1 - rise``; so bands
    are sums over segments, and the way back is linear interpolation between two bands.

    Attributes
    ----------
    covered : Float32
        ``(n_bins,)``: 1 where a triangle covers the bin, else 0.
    width_bins : Float32
        ``(n_mels,)``: sum of a triangle's weights.
    """

    def __init__(self, representation: Representation, rows: int) -> None:
        settings = representation.settings
        self.n_mels, self.n_bins = n_mels, n_bins = settings.n_mels, settings.n_bins
        bins = np.arange(n_bins)
        centres = representation.centres_bins
        segment = np.searchsorted(centres, bins, side="right")  # 0: below the first centre
        edges = np.concatenate([[0.0], centres, [n_bins - 1.0]])
        rise = (bins - edges[segment]) / (edges[segment + 1] - edges[segment])
        self._rise = rise.astype(np.float32)
        starts = np.searchsorted(segment, np.arange(n_mels + 1))
        # reduceat gives an empty segment the bin at its start: multiplied away
        self._filled = (np.diff(np.append(starts, n_bins)) > 0).astype(np.float32)
        each = np.arange(2 * rows)[:, None] * n_bins
        self._starts = (each + np.minimum(starts, n_bins - 1)).reshape(-1)
        self._segment = np.arange(rows)[:, None] * (n_mels + 2) + segment
        self._weighted = np.zeros((2, rows, n_bins), np.float32)
        self._sums = np.zeros((2, rows, n_mels + 1), np.float32)
        self._padded = np.zeros((rows, n_mels + 2), np.float32)
        self._steps = np.zeros((rows, n_mels + 2), np.float32)
        self._taken = np.zeros((rows, n_bins), np.float32)
        self.covered = (representation.filterbank.sum(0) > 0).astype(np.float32)
        self.width_bins = representation.filterbank.sum(1).astype(np.float32)

    def bands(self, bins: Float32, out: Float32) -> Float32:
        """Power of all rows of bins through the triangles, ``(rows, n_mels)``."""
        np.copyto(self._weighted[0], bins)
        np.multiply(bins, self._rise, out=self._weighted[1])
        np.add.reduceat(self._weighted.reshape(-1), self._starts, out=self._sums.reshape(-1))
        np.multiply(self._sums, self._filled, out=self._sums)
        total, rising = self._sums
        np.subtract(total[:, 1:], rising[:, 1:], out=out)
        np.add(out, rising[:, :-1], out=out)
        return out

    def bins(self, bands: Float32, out: Float32) -> Float32:
        """Any number of rows of bands interpolated at the bins; flat beyond the outer centres."""
        rows = len(bands)
        padded, steps, taken = self._padded[:rows], self._steps[:rows], self._taken[:rows]
        padded[:, 1:-1] = bands
        padded[:, 0], padded[:, -1] = bands[:, 0], bands[:, -1]
        np.subtract(padded[:, 1:], padded[:, :-1], out=steps[:, :-1])
        segment = self._segment[:rows]
        np.take(steps.reshape(-1), segment, out=taken, mode="clip")
        np.multiply(taken, self._rise, out=taken)
        np.take(padded.reshape(-1), segment, out=out, mode="clip")
        return np.add(out, taken, out=out)


class BandsToBins:
    """Steps 1 and 2 of the synthesis, for a few successive frames at once.

    Parameters
    ----------
    representation
        Filterbank and window.
    rows
        Frames converted at once, in order of time.

    Attributes
    ----------
    triangles : Triangles
        The filterbank.
    power : Float32
        ``(rows, n_bins)``, of the unnormalised STFT.
    frequency_bins : Float32
        ``(rows, n_bins)``, power-weighted mean of what was put in the bin.
    noise : Float32
        ``(rows, n_bins)``, share of noise in the bands over the bin, 0 to 1.
    """

    NOISE_UPDATES = 2
    UPDATES = 3

    def __init__(self, representation: Representation, rows: int) -> None:
        self.triangles = triangles = Triangles(representation, rows)
        n_mels, n_bins = triangles.n_mels, triangles.n_bins
        spacing = np.maximum(np.diff(representation.centres_bins), 1.0)
        self._per_spacing = (-1.0 / spacing).astype(np.float32)
        self._per_width = (1.0 / np.maximum(triangles.width_bins, _TINY)).astype(np.float32)
        self._lobe = lobe_table(representation.settings.n_fft)
        self._last_bin = np.float32(n_bins - 1)
        # lobes are added up in a row of their own with room for what falls off either end
        self._row = n_bins + LOBE_BINS
        row_starts = np.arange(rows, dtype=np.intp)[:, None, None] * self._row
        self._lobe_bins = row_starts + np.arange(LOBE_BINS, dtype=np.intp)
        self._rows = rows

        self.power = np.zeros((rows, n_bins), np.float32)
        self.frequency_bins = np.zeros((rows, n_bins), np.float32)
        self.noise = np.zeros((rows, n_bins), np.float32)
        self._factor = np.zeros((rows, n_bins), np.float32)
        self._ratio = np.zeros((rows, n_mels), np.float32)
        self._agreement = np.zeros((rows, n_mels + 1), np.float32)
        self._share = np.zeros((rows + 1, n_mels), np.float32)

    def tonal_share(self, frequency_bins: Float32, last: Float32 | None) -> Float32:
        """How far each band holds a sinusoid, 0 to 1, ``(rows + 1, n_mels)``.

        Row 0 is `last`, the share of the frame before (its own where there was none), the others
        are those of `frequency_bins`, each by itself. The array is overwritten by the next call.
        """
        agreement, share = self._agreement, self._share
        pairs = agreement[:, 1:-1]  # the outermost bands have one neighbour: 0 for the missing one
        np.subtract(frequency_bins[:, 1:], frequency_bins[:, :-1], out=pairs)
        np.abs(pairs, out=pairs)
        np.multiply(pairs, self._per_spacing, out=pairs)
        np.add(pairs, 1, out=pairs)
        np.maximum(pairs, 0, out=pairs)
        np.maximum(agreement[:, 1:], agreement[:, :-1], out=share[1:])
        share[0] = share[1] if last is None else last
        return share

    def convert(self, power: Float32, frequency_bins: Float32, share: Float32) -> None:
        """Fill `power`, `frequency_bins` and `noise` from bands ``(rows, n_mels)``."""
        triangles, bin_power, frequency = self.triangles, self.power, self.frequency_bins
        tonality = np.minimum(share[1:], share[:-1])
        tonal = power * tonality
        rest = power - tonal
        triangles.bins(rest * self._per_width, bin_power)
        np.multiply(bin_power, triangles.covered, out=bin_power)
        self._match(bin_power, rest, self.NOISE_UPDATES)

        triangles.bins(frequency_bins, frequency)
        np.multiply(frequency, bin_power, out=frequency)
        lobes, moments = self._lobes(tonal, frequency_bins)
        np.add(frequency, moments, out=frequency)
        np.add(bin_power, lobes, out=bin_power)
        np.add(bin_power, _TINY, out=bin_power)
        np.divide(frequency, bin_power, out=frequency)
        self._match(bin_power, power, self.UPDATES)
        np.subtract(1, tonality, out=tonality)
        triangles.bins(tonality, self.noise)

    def _match(self, bin_power: Float32, band_power: Float32, updates: int) -> None:
        """Scale the bins towards the bands: expectation maximisation with doubled steps.

        L. B. Lucy, *An iterative technique for the rectification of observed distributions*,
        Astronomical Journal 79, 1974; the square of the factor takes two steps at the price of one.
        The last step is a plain one, since doubled ones overshoot where bands share their bins.
        """
        for remaining in range(updates - 1, -1, -1):
            ratio = self.triangles.bands(bin_power, self._ratio)
            np.add(ratio, _TINY, out=ratio)
            np.divide(band_power, ratio, out=ratio)
            np.minimum(ratio, _LARGEST_RATIO, out=ratio)
            factor = self.triangles.bins(ratio, self._factor)
            np.multiply(bin_power, factor, out=bin_power)
            if remaining:
                np.multiply(bin_power, factor, out=bin_power)

    def _lobes(self, tonal: Float32, frequency_bins: Float32) -> tuple[Float32, Float32]:
        """Main lobes of the tonal power: bin power, and bin power times frequency."""
        at = np.clip(frequency_bins, 0, self._last_bin)
        base = at.astype(np.intp)
        step = ((at - base) * np.float32(LOBE_STEPS)).astype(np.intp)
        shares: Float32 = self._lobe[step]
        shares *= tonal[:, :, None]
        where = (base[:, :, None] + self._lobe_bins).reshape(-1)
        size = self._rows * self._row
        inner = slice(LOBE_BINS // 2 - 1, LOBE_BINS // 2 - 1 + self.power.shape[1])
        lobes = np.bincount(where, shares.reshape(-1), size)
        shares *= at[:, :, None]
        moments = np.bincount(where, shares.reshape(-1), size)
        shape = (self._rows, self._row)
        return (
            lobes.reshape(shape)[:, inner].astype(np.float32),
            moments.reshape(shape)[:, inner].astype(np.float32),
        )


def lobe_table(n_fft: int) -> Float32:
    """Power of the Hann window's main lobe at the six bins around a frequency, summing to one.

    Row s is for frequencies from s/256 to (s + 1)/256 above a bin, taken in the middle; the bins
    are those from 2 below to 3 above.
    """
    over = 2 * LOBE_STEPS
    spectrum = _transform(hann(n_fft), over) ** 2
    steps = 2 * np.arange(LOBE_STEPS)[:, None] + 1
    bins = np.arange(LOBE_BINS) - (LOBE_BINS // 2 - 1)
    table = spectrum[np.abs(bins * over - steps)]
    shares: Float32 = (table / table.sum(1, keepdims=True)).astype(np.float32)
    return shares


def _transform(window: Float64, over: int) -> Float64:
    """Spectrum of the window around 0, in steps of 1/`over` bin, up to four bins."""
    n = len(window)
    samples = np.arange(n) - n // 2
    steps = np.arange(4 * over + 1)[:, None]
    return np.asarray(np.cos(2 * np.pi * steps * samples / (n * over)) @ window)
