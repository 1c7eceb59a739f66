"""Shift pitch and formants of frames before synthesis.

Pitch multiplies frequencies. The tonal share of a band's power moves, as a main lobe, to the bands
around the new frequency; the rest, noise, is stretched with its band. Formants are a smooth
spectral envelope over the bands, moved by a gain.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from distill_live.spectrogram import Float32, Float64, Representation, hz_to_mel
from distill_live.synthesis.bins import (
    LOBE_BINS,
    LOBE_STEPS,
    Triangles,
    lobe_table,
    per_spacing,
    tonal_shares,
)

GLIDE_S = 0.05
"""Duration of an interval's glide."""

STEPS_PER_BIN = 64
"""Frequency resolution of the table of lobes."""

PIECES = 8
"""Number of pieces of a band's noise that are stretched separately."""

ENVELOPE_MEL = 2.0
"""Standard deviation of the envelope's smoothing, in mel: 133 Hz, from 1 kHz on 2.4 semitones."""

ENVELOPE_PASSES = 6
ENVELOPE_DEPTH = np.float32(np.log(1e-6))
"""Floor of the envelope below a frame's loudest band, in nepers of power."""

MAX_GAIN = np.float32(np.log(10 ** (24 / 10)))
"""Largest gain of a band by moved formants, in nepers of power; without it hiss is amplified."""

# arrays, since a scalar is converted at each call
_TINY = np.array(1e-14, np.float32)
_MIN_SHARE = np.array(0.1, np.float32)
_ZERO, _STEPS_PER_BIN = np.array(0, np.float32), np.array(STEPS_PER_BIN, np.float32)


_Source = tuple[NDArray[np.intp], NDArray[np.intp], Float32]
"""Lower and upper band, and interpolation weight, of each band."""


class Interval(NamedTuple):
    """A shift in semitones, and what depends on it alone.

    Attributes
    ----------
    pitch, formant
        Shift of frequencies, and further shift of the envelope.
    ratio
        Factor of the frequencies.
    stretch
        Matrix that stretches noise, ``(n_mels, n_mels)``; None without pitch.
    sources
        Of the envelope before and after; None without formant.
    """

    pitch: float
    formant: float
    ratio: np.float32
    stretch: Float32 | None
    sources: tuple[_Source, _Source] | None


class Shift:
    """Pitch and formant shifter of rows of frames.

    Parameters
    ----------
    representation
        Bands, bins and hop size.

    Attributes
    ----------
    pitch, formant : float
        Target shift of frequencies, and further shift of the envelope, in semitones; reached in
        `GLIDE_S`.
    keep : bool
        Whether the envelope stays while the pitch moves.
    """

    def __init__(self, representation: Representation) -> None:
        settings = representation.settings
        self.pitch, self.formant, self.keep = 0.0, 0.0, False
        self._now = self._to = 0.0, 0.0  # semitones: of frequencies, and further of the envelope
        self._glide_hops = max(1, round(GLIDE_S * settings.frames_per_second))
        self._hops_left = 0
        self._fresh = True

        centres = representation.centres_bins
        n_mels, last_bin = settings.n_mels, settings.n_bins - 1.0
        self._edges = np.concatenate([[0.0], centres, [last_bin]])
        self._centres = centres.astype(np.float32)
        self._per_spacing = per_spacing(representation)
        # largest distance of a sinusoid in a band: its triangle plus the lobe
        self._reach = (np.gradient(centres) + LOBE_BINS / 3).astype(np.float32)
        self._least = -self._reach
        triangles = Triangles(representation)
        self._first, self._shares = _lobe_shares(representation, triangles)
        self._last_place = np.array(len(self._first) - 1, np.float32)
        self._columns = np.zeros(0, np.intp)  # of shares in rows of bands, for all frames so far

        middles = (self._edges[1:] + self._edges[:-1]) / 2
        cells = np.diff(middles)
        pieces = (np.arange(PIECES) + 0.5) / PIECES
        self._pieces = (middles[:-1, None] + cells[:, None] * pieces).reshape(-1)
        self._rows = np.repeat(np.arange(n_mels) * (n_mels + 2), PIECES)
        # the sum of a triangle's bins differs from its area, and is 0 in narrow bands
        width = np.clip(triangles.width_bins, cells / 2, 2 * cells)
        self._to_cells, self._to_bands = cells / width / PIECES, width / cells
        self._per_width = (1 / width).astype(np.float32)
        mel = hz_to_mel(centres * settings.sample_rate_hz / settings.n_fft)
        near = np.exp(-0.5 * ((mel[:, None] - mel) / ENVELOPE_MEL) ** 2)
        self._smoothing = (near / near.sum(0)).astype(np.float32)
        self._interval = self.interval(0.0, 0.0)

    def reset(self) -> None:
        """Reach the targets with the next hop, without a glide."""
        self._fresh = True

    def step(self) -> None:
        """Advance the glides by one hop."""
        to = self.pitch, self.formant - (self.pitch if self.keep else 0.0)
        if to != self._to or self._fresh:
            self._hops_left = 1 if self._fresh else self._glide_hops
            self._to, self._fresh = to, False
        if not self._hops_left:
            return
        way = 1 / self._hops_left
        (pitch, formant), (to_pitch, to_formant) = self._now, to
        self._now = (pitch + way * (to_pitch - pitch), formant + way * (to_formant - formant))
        self._hops_left -= 1
        if not self._hops_left:
            self._now = to
        self._interval = self.interval(*self._now)

    def interval(self, pitch: float, formant: float) -> Interval:
        """Prepare a shift of frequencies and a further one of the envelope, in semitones."""
        ratio = np.float32(2 ** (pitch / 12))
        stretch, sources = None, None
        n_mels = len(self._centres)
        if pitch:
            place = np.interp(self._pieces * ratio, self._edges, np.arange(n_mels + 2.0))
            floor = np.minimum(place.astype(np.intp), n_mels)
            upper = place - floor
            where = self._rows + floor
            matrix = np.bincount(
                np.concatenate([where, where + 1]),
                np.concatenate([1 - upper, upper]),
                n_mels * (n_mels + 2),
            ).reshape(n_mels, n_mels + 2)[:, 1:-1]
            stretch = (self._to_cells[:, None] * matrix * self._to_bands).astype(np.float32)
        if formant:
            centres = self._edges[1:-1]
            was, wanted = (
                _weights(centres / 2 ** (semitones / 12), centres)
                for semitones in (pitch, pitch + formant)
            )
            sources = was, wanted
        return Interval(pitch, formant, ratio, stretch, sources)

    def transposed(self, semitones: float, before: Interval | None = None) -> Interval:
        """The current shift and a transposition; where formants are kept, it moves none.

        Parameters
        ----------
        semitones
            The transposition.
        before
            Returned if it is the same.
        """
        pitch, formant = self._now
        pitch, formant = pitch + semitones, formant - (semitones if self.keep else 0.0)
        if before is not None and (before.pitch, before.formant) == (pitch, formant):
            return before
        return self.interval(pitch, formant)

    def move(
        self,
        power: Float32,
        frequency_bins: Float32,
        intervals: Sequence[Interval] | None = None,
    ) -> tuple[Float32, Float32]:
        """Shift frames.

        Parameters
        ----------
        power, frequency_bins
            ``(rows, frames, n_mels)`` float32, finite: band power, and band frequency in bins.
        intervals
            Shift of each row; by default the current one. A row's frames do not depend on others.

        Returns
        -------
        tuple
            Shifted power and frequency, or the given arrays without a shift. Power beyond the last
            band is lost.
        """
        if intervals is None:
            intervals = [self._interval] * len(power)
        moved, frequency = power, frequency_bins
        rows = [row for row, interval in enumerate(intervals) if interval.stretch is not None]
        if len(rows) == len(power):
            moved, frequency = self._transposed(power, frequency_bins, intervals)
        elif rows:
            moved, frequency = power.copy(), frequency_bins.copy()
            moved[rows], frequency[rows] = self._transposed(
                power[rows], frequency_bins[rows], [intervals[row] for row in rows]
            )
        rows = [row for row, interval in enumerate(intervals) if interval.sources is not None]
        if rows:
            moved = moved.copy()
            moved[rows] = self._reshaped(moved[rows], power[rows], [intervals[row] for row in rows])
        return moved, frequency

    def _transposed(
        self, power: Float32, frequency_bins: Float32, intervals: Sequence[Interval]
    ) -> tuple[Float32, Float32]:
        n_mels = power.shape[-1]
        share = tonal_shares(frequency_bins, self._per_spacing)
        tonal = share.copy()  # chance agreement in noise does not last
        np.minimum(share[:, :-1], share[:, 1:], out=tonal[:, :-1])
        np.multiply(tonal, power, out=tonal)
        rest = power - tonal
        for noise, interval in zip(rest, intervals, strict=True):
            assert interval.stretch is not None
            noise[:] = noise @ interval.stretch
        # a band's frequency is the power-weighted mean of its sinusoid's and its centre's
        tone = frequency_bins - self._centres
        np.divide(tone, np.maximum(share, _MIN_SHARE, out=share), out=tone)
        np.maximum(tone, self._least, out=tone)
        np.minimum(tone, self._reach, out=tone)
        np.add(tone, self._centres, out=tone)
        np.maximum(tone, _ZERO, out=tone)
        np.multiply(tone, [[[interval.ratio]] for interval in intervals], out=tone)
        place = np.multiply(tone, _STEPS_PER_BIN)
        np.minimum(place, self._last_place, out=place)
        places = np.rint(place, out=place).astype(np.intp)
        parts = self._shares.take(places, axis=0)
        np.multiply(parts, tonal[..., None], out=parts)
        across = parts.shape[-1]
        if self._columns.size < parts.size:
            starts = (n_mels + across) * np.arange(parts.size // (n_mels * across))
            columns = starts[:, None, None] + np.zeros((n_mels, 1), np.intp) + np.arange(across)
            self._columns = columns.reshape(-1)
        where = self._first.take(places).repeat(across)
        np.add(where, self._columns[: parts.size], out=where)
        size = parts.size // (n_mels * across) * (n_mels + across)
        moved, turning = (
            np.bincount(where, part.reshape(-1), size)
            .astype(np.float64, copy=False)
            .reshape(*power.shape[:2], -1)[..., :n_mels]
            for part in (parts, parts * tone[..., None])
        )
        moved = moved + rest
        turning = turning + rest * self._centres
        frequency = np.empty_like(power)
        frequency[:] = self._centres
        np.divide(turning, moved, out=frequency, where=moved > _TINY, casting="same_kind")
        return moved.astype(np.float32), frequency

    def _reshaped(self, moved: Float32, power: Float32, intervals: Sequence[Interval]) -> Float32:
        """Apply the moved envelope of `power` to `moved`, at equal total power."""
        gains = np.empty_like(moved)
        for gain, envelope, interval in zip(gains, self._envelope(power), intervals, strict=True):
            assert interval.sources is not None
            was, wanted = (
                envelope[:, below] + (envelope[:, above] - envelope[:, below]) * share
                for below, above, share in interval.sources
            )
            np.exp(np.clip(wanted - was, -MAX_GAIN, MAX_GAIN), out=gain)
        reshaped: Float32 = moved * gains
        before, after = moved.sum(-1, keepdims=True), reshaped.sum(-1, keepdims=True)
        reshaped *= before / np.maximum(after, _TINY)
        return reshaped

    def _envelope(self, power: Float32) -> Float32:
        """Smooth log envelope of the power density that follows the peaks.

        A. Roebel & X. Rodet, *Efficient Spectral Envelope Estimation and its Application to Pitch
        Shifting and Envelope Preservation*, DAFx-05.
        """
        level = np.log(np.maximum(power * self._per_width, _TINY))
        np.maximum(level, level.max(-1, keepdims=True) + ENVELOPE_DEPTH, out=level)
        envelope: Float32 = level @ self._smoothing
        for _ in range(ENVELOPE_PASSES - 1):
            envelope = np.maximum(level, envelope, out=level) @ self._smoothing
        return envelope


def _weights(at: Float64, centres: Float64) -> _Source:
    """Lower and upper band and interpolation weight for frequencies in bins; constant beyond."""
    place = np.interp(at, centres, np.arange(float(len(centres))))
    below = place.astype(np.intp)
    return below, np.minimum(below + 1, len(centres) - 1), (place - below).astype(np.float32)


def _lobe_shares(
    representation: Representation, triangles: Triangles
) -> tuple[NDArray[np.intp], Float32]:
    """Table of the band power of a sinusoid: first band, and shares from there.

    Rows are `STEPS_PER_BIN` a bin from 0; the last row, for all frequencies beyond, is 0.
    """
    last_bin, n_mels = representation.settings.n_bins - 1, representation.settings.n_mels
    lobe = lobe_table(representation.settings.n_fft)[:: LOBE_STEPS // STEPS_PER_BIN]
    bins = np.arange(last_bin)[:, None] + np.arange(LOBE_BINS) - (LOBE_BINS // 2 - 1)
    inside = (bins > 0) & (bins < last_bin)
    bins = np.clip(bins, 0, last_bin)
    above, rise = triangles.segment[bins], triangles.rise[bins]
    bands = np.stack([above - 1, above])
    weights = np.stack([1 - rise, rise]) * (inside & (bands >= 0) & (bands < n_mels))
    first = np.clip(bands[0, :, :1], 0, n_mels - 1)
    column = np.maximum(bands - first, 0)
    across = int(column.max()) + 1
    count = last_bin * STEPS_PER_BIN + 1
    place = np.arange(count - 1).reshape(last_bin, STEPS_PER_BIN, 1)
    where = place * across + column[:, :, None]
    parts = weights[:, :, None] * lobe
    shares = np.bincount(where.reshape(-1), parts.reshape(-1), count * across)
    return (
        np.append(np.repeat(first, STEPS_PER_BIN), 0),
        shares.reshape(count, across).astype(np.float32),
    )
