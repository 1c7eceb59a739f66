"""Child process handle of the control process."""

import asyncio
import os
from pathlib import Path

import pytest
from support.processes import KILLED

from distill_live.ipc.child_process import Child, ending_of
from distill_live.ipc.protocol import Message, Ready, Stop

KILLED_WITHIN_A_LINE = """
from distill_live.ipc import pipes


def run(parent, settings):
    pipes.encode = lambda message: b'{"type":"Ready"}\\n{"ty'
    parent.send(settings)
"""

SIGNALLED = """
import signal


def run(parent, settings):
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        if hasattr(signal, name):
            signal.raise_signal(getattr(signal, name))
    parent.send(parent.inbox.get())
"""

SLEEPING = """
import time


def run(parent, settings):
    parent.send(settings)
    time.sleep(600)
"""


async def heard(module: str, settings: Message, *said: Message) -> list[Message]:
    """Messages of a child until its end, which is sent some first."""
    child = await Child.start(module, settings, ())
    for message in said:
        child.send(message)
    return [message async for message in child.messages()]


@pytest.mark.process
def test_a_signal_to_all_processes_leaves_it_to_its_parent_to_end_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "signalled.py").write_text(SIGNALLED)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)

    assert asyncio.run(heard("signalled", Ready(), Stop())) == [Stop()]


@pytest.mark.process
def test_what_a_process_was_killed_within_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "killed.py").write_text(KILLED_WITHIN_A_LINE)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)

    assert asyncio.run(heard("killed", Stop())) == [Ready()]


@pytest.mark.process
def test_cancelling_the_wait_for_a_message_kills_the_child(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sleeping.py").write_text(SLEEPING)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)

    async def cancelled() -> str:
        child = await Child.start("sleeping", Ready(), ())
        begun = asyncio.Event()

        async def listen() -> None:
            async for _ in child.messages():
                begun.set()

        listener = asyncio.create_task(listen())
        await begun.wait()
        listener.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(listener, 20)
        return child.ending

    assert asyncio.run(cancelled()) == KILLED


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (3, "status 3"),
        (-15, "SIGTERM"),
        (3221225477, "access violation, 0xC0000005"),  # as Windows gives it
        (0xC00000AA, "exception, 0xC00000AA"),
    ],
)
def test_an_ending_is_told_in_words(status: int, text: str) -> None:
    assert ending_of(status) == text
