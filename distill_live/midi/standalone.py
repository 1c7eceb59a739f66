"""A bridge by itself: to an instrument that runs already, here or on another computer."""

import asyncio
import logging
import sys

from distill_live.ipc.signals import on_signals
from distill_live.midi.settings import MidiSettings
from distill_live.midi.supervisor import BridgeSupervisor

GRACE_S = 1.0
"""Time that the bridge has to end in order."""


def bridge_until_told(settings: MidiSettings, host: str, port: int) -> None:
    """Bridge until Ctrl-C, or until the process is asked to end.

    Parameters
    ----------
    settings
        Ports and mapping.
    host, port
        Where the instrument listens for OSC.

    Raises
    ------
    DistillError
        If it keeps breaking, or there is no such host.
    """
    asyncio.run(_bridge(settings, host, port))


async def _bridge(settings: MidiSettings, host: str, port: int) -> None:
    logger = logging.getLogger("distill_live.midi")
    logger.addHandler(logging.StreamHandler(sys.stdout))
    logger.setLevel(logging.INFO)
    bridge = BridgeSupervisor(settings, host, port)
    ended = asyncio.Event()
    on_signals(ended.set)
    logger.info("OSC     to %s:%s; Ctrl-C ends it", host, port)
    keeping = asyncio.create_task(bridge.run())
    ending = asyncio.create_task(ended.wait())
    await asyncio.wait({keeping, ending}, return_when=asyncio.FIRST_COMPLETED)
    ending.cancel()
    await bridge.end(GRACE_S)
    await keeping
