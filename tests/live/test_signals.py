"""Signals that end a program in order."""

import asyncio
import signal
import sys

import pytest

from distill_live.ipc.signals import on_signals

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGHUP")


@pytest.mark.parametrize(
    ("before", "received"), [(signal.SIG_DFL, ["ended"] * 2), (signal.SIG_IGN, ["ended"])]
)
def test_a_closed_terminal_ends_a_program_unless_nohup_started_it(
    before: signal.Handlers, received: list[str]
) -> None:
    ends: list[str] = []

    async def listen() -> None:
        on_signals(lambda: ends.append("ended"))
        signal.raise_signal(signal.SIGHUP)
        signal.raise_signal(signal.SIGTERM)
        await asyncio.sleep(0.1)

    kept = signal.signal(signal.SIGHUP, before)
    try:
        asyncio.run(listen())
    finally:
        signal.signal(signal.SIGHUP, kept)
    assert ends == received
