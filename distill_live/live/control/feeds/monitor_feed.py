"""WebSocket frames of a listener: what is played, from shared memory."""

import asyncio
import json
import struct
from collections.abc import AsyncIterator

from distill_live.live.shared.monitor_reader import MonitorReader
from distill_live.live.shared.shared_block import SharedBlock

INTERVAL_S = 0.02
"""Interval at which new frames are sent."""


async def monitor_frames(block: SharedBlock, channels: int) -> AsyncIterator[str | bytes]:
    """Make the frames of one listener, without end.

    Yields
    ------
    str
        JSON with ``rate`` in Hz and ``channels``, before the first samples and where the rate
        changes.
    bytes
        Number of the first frame (64 bits, little-endian), and interleaved float32 samples. A
        number that does not follow on means that frames are missing.
    """
    reader = MonitorReader(block, channels)
    rate_hz = 0
    while True:
        part = reader.read()
        if part is None:
            await asyncio.sleep(INTERVAL_S)
            continue
        if part.sample_rate_hz != rate_hz:
            rate_hz = part.sample_rate_hz
            yield json.dumps({"rate": rate_hz, "channels": channels})
        yield struct.pack("<Q", part.frame) + part.samples
