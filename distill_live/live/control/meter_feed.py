"""Meters for subscribers, to each as often as it wants them."""

import asyncio

from distill_live.live.shared.meters import read_levels_db
from distill_live.live.shared.shared_block import SharedBlock
from distill_live.osc import OscServer, Subscriber


class MeterFeed:
    """Sends ``/meter/...`` from the running asyncio loop.

    Parameters
    ----------
    server
        Who sends.
    block, channels
        Where the meters stand, and how many.
    """

    def __init__(self, server: OscServer, block: SharedBlock, channels: int) -> None:
        self._server = server
        self._block = block
        self._channels = channels
        self._timers: dict[Subscriber, asyncio.TimerHandle] = {}

    def set_rate(self, subscriber: Subscriber, rate_hz: int) -> None:
        """Send meters so often, until the subscriber is gone; 0 sends none."""
        timer = self._timers.pop(subscriber, None)
        if timer is not None:
            timer.cancel()
        if rate_hz > 0:
            self._send(subscriber, 1 / rate_hz)

    def _send(self, subscriber: Subscriber, interval_s: float) -> None:
        self._server.subscribers.drop_silent()
        if subscriber not in self._server.subscribers:
            self._timers.pop(subscriber, None)
            return
        levels_db = read_levels_db(self._block, self._channels)
        for channel, (rms_db, peak_db) in enumerate(levels_db):
            self._server.reply(subscriber.source, "/meter/rms", channel, rms_db)
            self._server.reply(subscriber.source, "/meter/peak", channel, peak_db)
        self._server.reply(subscriber.source, "/meter/load", self._block.load_average)
        loop = asyncio.get_running_loop()
        self._timers[subscriber] = loop.call_later(interval_s, self._send, subscriber, interval_s)
