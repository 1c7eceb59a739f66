"""Onsets of notes and strokes, found as they happen.

The mean rise of the third octaves' levels over the loudest that each had in the last frames, as in
Böck and Widmer, *Maximum filter vibrato suppression for onset detection*, 2013, without the look
ahead.
"""

import numpy as np

from distill_live.spectrogram import Float32, Float64, hann

FRAME_SAMPLES = 1024
"""Length of a frame; its newest quarter has 4 % of the weight."""

LOWEST_BAND_HZ = 80.0

EARLIER_HOPS = 3
"""Frames that a band's rise is measured against, the newest of them two hops before."""

THRESHOLD_DB = 1.6
"""Mean rise of an onset."""

REARM_DB = 1.0
"""Mean rise below which the next onset may come."""

MIN_INTERVAL_S = 0.05
"""Minimum time between two onsets."""

FLOOR_DB = -70.0
"""Level, re full scale, that is added to each band: what is below is silent."""

STRENGTH_RANGE_DB = 60.0
"""Level, below full scale, of an onset of strength 0."""


class OnsetDetector:
    """Detects onsets, hop by hop.

    Parameters
    ----------
    sample_rate_hz, hop_samples
        Of the sound.
    """

    def __init__(self, sample_rate_hz: int, hop_samples: int) -> None:
        self._hop_samples = hop_samples
        self._window = hann(FRAME_SAMPLES).astype(np.float32)
        hz = np.fft.rfftfreq(FRAME_SAMPLES, 1.0 / sample_rate_hz)
        edges = np.unique(np.searchsorted(hz, LOWEST_BAND_HZ * 2.0 ** (np.arange(24) / 3.0)))
        self._edges = edges[edges < len(hz)]
        self._scale = (4.0 / FRAME_SAMPLES) ** 2
        self._floor = 10.0 ** (FLOOR_DB / 10.0)
        self._min_hops = round(MIN_INTERVAL_S * sample_rate_hz / hop_samples)
        self.reset()

    def reset(self) -> None:
        """Begin with silence."""
        silence_db = 10.0 * np.log10(self._floor)
        self._levels_db = np.full((EARLIER_HOPS + 1, len(self._edges)), silence_db)
        self._hops = 0  # since the last onset
        self._armed = False  # the beginning of an input is none

    def step(self, frame: Float32) -> float:
        """Strength of an onset in the newest frame, 0..1; 0 for none.

        Parameters
        ----------
        frame
            The newest `FRAME_SAMPLES` samples.

        Returns
        -------
        float
            Strength of the newest two hops' level, as `strength_of` gives it.
        """
        spectrum = np.fft.rfft(frame * self._window)
        power = spectrum.real**2 + spectrum.imag**2
        bands = np.add.reduceat(power, self._edges) * self._scale
        levels_db = 10.0 * np.log10(bands + self._floor)
        rise_db = self._rise_db(levels_db)
        self._levels_db[:-1] = self._levels_db[1:]
        self._levels_db[-1] = levels_db
        self._hops += 1
        if rise_db < REARM_DB:
            self._armed = True
        if not self._armed or rise_db < THRESHOLD_DB or self._hops < self._min_hops:
            return 0.0
        self._armed, self._hops = False, 0
        newest = frame[-2 * self._hop_samples :]
        return strength_of(10.0 * float(np.log10(np.mean(newest * newest) + 1e-20)))

    def _rise_db(self, levels_db: Float64) -> float:
        """Mean rise of the bands over their loudest earlier levels."""
        earlier = self._levels_db[:-1].max(axis=0)
        return float(np.maximum(0.0, levels_db - earlier).mean())


def strength_of(level_db: float) -> float:
    """Strength of an onset, by its level re full scale: 1 at 0 dB, 0.01 at -59.4 dB and below."""
    return min(1.0, max(0.01, 1.0 + level_db / STRENGTH_RANGE_DB))


def level_of(strength: float) -> float:
    """Inverse of `strength_of`, in dB."""
    return (strength - 1.0) * STRENGTH_RANGE_DB
