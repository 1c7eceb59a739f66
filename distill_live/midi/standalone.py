"""A bridge by itself: to an instrument that runs already, here or on another computer."""

import asyncio
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
    keeper = BridgeSupervisor(settings, host, port, say=_print, warn=_print)
    ended = asyncio.Event()
    on_signals(ended.set)
    _print(f"OSC     to {host}:{port}; Ctrl-C ends it")
    keeping = asyncio.create_task(keeper.run())
    ending = asyncio.create_task(ended.wait())
    await asyncio.wait({keeping, ending}, return_when=asyncio.FIRST_COMPLETED)
    ending.cancel()
    await keeper.end(GRACE_S)
    await keeping


def _print(line: str) -> None:
    print(line, file=sys.stdout, flush=True)
