"""Meters in shared memory: levels and positions, written by synthesis and read by control."""

from math import log10
from typing import TYPE_CHECKING

from distill_live.addresses import INPUT_FEATURES
from distill_live.live.shared.shared_block import MAX_AXIS_METERS, InputFeatures, SharedBlock

if TYPE_CHECKING:
    from distill_live.engine import Engine, Meters

PEAK_FALL_DB_PER_S = 20.0 / 1.7
"""Fall of a peak: IEC 60268-10, type I."""

RMS_AVERAGE_S = 0.3
"""Time constant of the level, as in a VU meter."""

SILENCE_DB = -90.0
"""Lowest level shown."""

POSITIONS_INTERVAL_S = 1 / 60
"""Minimum interval of the meters of positions: that of the fastest client."""


class LevelMeters:
    """Writes peaks, which rise at once and fall slowly, and averaged levels.

    Parameters
    ----------
    block
        Shared memory of the meters.
    hop_s
        Seconds between two updates.
    """

    def __init__(self, block: SharedBlock, hop_s: float) -> None:
        self._block = block
        self._peak_fall = 10 ** (-PEAK_FALL_DB_PER_S * hop_s / 20)
        self._share = min(1.0, hop_s / RMS_AVERAGE_S)

    def update(self, hop: "Meters") -> None:
        """Add the measurements of one hop."""
        peaks, squares = self._block.peaks, self._block.mean_squares
        levels = zip(hop.peak.tolist(), hop.rms.tolist(), strict=True)
        for channel, (peak, rms) in enumerate(levels):
            peaks[channel] = max(peak, self._peak_fall * peaks[channel])
            squares[channel] += (rms * rms - squares[channel]) * self._share
        self._block.broken_frames += hop.broken_frames


class PositionMeters:
    """Writes where the leading model plays, on the map, in the chunk, on the axes, in time.

    And what the input was heard to do.

    Parameters
    ----------
    block
        Shared memory of the meters.
    hop_s
        Seconds between two updates.
    """

    def __init__(self, block: SharedBlock, hop_s: float) -> None:
        self._block = block
        self._hops = max(1, round(POSITIONS_INTERVAL_S / hop_s))
        self._hops_left = 0

    def update(self, engine: "Engine") -> None:
        """Write the positions after a hop, unless they are recent."""
        self._hops_left -= 1
        if self._hops_left > 0:
            return
        self._hops_left = self._hops
        block, slot = self._block, engine.slot
        block.map_x, block.map_y = slot.navigator.map_position
        block.head_position = slot.heads.position
        block.input_features = InputFeatures(*engine.heard)
        path = slot.path
        block.path_recording = 0 if path.playing is None else path.playing + 1
        block.path_position = path.position
        for index, value in enumerate(engine.axis_values[:MAX_AXIS_METERS]):
            block.axis_values[index] = value


def read_input(block: SharedBlock) -> list[float]:
    """Newest features of the input, in the order of `INPUT_FEATURES`."""
    return [getattr(block.input_features, name) for name in INPUT_FEATURES]


def read_levels_db(block: SharedBlock, channels: int) -> list[tuple[float, float]]:
    """Level (root mean square) and peak of each channel, in dB re full scale, at least -90."""
    return [
        (_decibels(block.mean_squares[channel], 10.0), _decibels(block.peaks[channel], 20.0))
        for channel in range(channels)
    ]


def _decibels(value: float, factor: float) -> float:
    return max(SILENCE_DB, factor * log10(value)) if value > 0 else SILENCE_DB
