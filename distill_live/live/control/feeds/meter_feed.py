"""Send subscribers the meters: levels, load, positions, counts; to each at its own rate."""

import asyncio
from collections.abc import Callable

from distill_live.live.shared.meters import read_input, read_levels_db
from distill_live.live.shared.shared_block import MAX_AXIS_METERS, SharedBlock
from distill_live.osc import OscServer, Subscriber


class MeterFeed:
    """Send ``/meter/...`` in the running asyncio loop.

    Parameters
    ----------
    server
        Sends the meters.
    block, channels
        Shared block with the meters, and number of channels.
    axes
        Returns the number of axes.
    take_s
        Returns the length of the take, None while nothing is recorded.
    """

    def __init__(
        self,
        server: OscServer,
        block: SharedBlock,
        channels: int,
        axes: Callable[[], int],
        take_s: Callable[[], float | None],
    ) -> None:
        self._axes, self._take_s = axes, take_s
        self._subscribers = server.feedback.subscribers
        self._replies = server.replies
        self._block = block
        self._channels = channels
        self._timers: dict[Subscriber, asyncio.TimerHandle] = {}

    def set_rate(self, subscriber: Subscriber, rate_hz: int) -> None:
        """Set a subscriber's meter rate; 0 sends none."""
        timer = self._timers.pop(subscriber, None)
        if timer is not None:
            timer.cancel()
        if rate_hz > 0:
            self._send(subscriber, 1 / rate_hz)

    def _send(self, subscriber: Subscriber, interval_s: float) -> None:
        self._subscribers.drop_silent()
        if subscriber not in self._subscribers:
            self._timers.pop(subscriber, None)
            return
        client, send, block = subscriber.source, self._replies.send, self._block
        levels_db = read_levels_db(block, self._channels)
        for channel, (rms_db, peak_db) in enumerate(levels_db):
            send(client, "/meter/rms", channel, rms_db)
            send(client, "/meter/peak", channel, peak_db)
        send(client, "/meter/load", block.load_average)
        send(client, "/meter/point", block.map_x, block.map_y)
        for index in range(min(self._axes(), MAX_AXIS_METERS)):
            send(client, "/meter/axis", index, block.axis_values[index])
        send(client, "/meter/head", block.head_position)
        send(client, "/meter/beat", block.beat)
        send(client, "/meter/path", block.path_recording - 1, block.path_position)
        send(client, "/meter/input", *read_input(block))
        send(client, "/meter/underruns", block.underruns)
        send(client, "/meter/take", self._take_s() or 0.0)
        loop = asyncio.get_running_loop()
        self._timers[subscriber] = loop.call_later(interval_s, self._send, subscriber, interval_s)
