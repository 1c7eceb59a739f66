"""Child processes of the control process, and their supervision."""

import asyncio
import errno
import os
from collections.abc import AsyncIterator, Iterable
from itertools import count
from pathlib import Path

import pytest
from support.log_lines import logged_lines
from support.processes import KILLED

from distill_live.errors import DeviceError
from distill_live.ipc.child_process import Child, ending_of
from distill_live.ipc.protocol import Message, Ready, Stop
from distill_live.live.control import process_supervisor
from distill_live.live.control.process_supervisor import ProcessSupervisor

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


class Fake(Child):
    """A child that does not run: it sends one message, then ends unless it is killed."""

    ending = "status 3"

    def __init__(self) -> None:
        self.killed = False

    async def messages(self) -> AsyncIterator[Message]:
        yield Ready()

    def kill(self) -> None:
        self.killed = True


Starts = Iterable[BaseException | None]


def supervise(monkeypatch: pytest.MonkeyPatch, starts: Starts, *, lasts: int) -> list[str]:
    """Keep audio, which starts or is refused in turn, until a number of messages; logged lines."""
    refusals = iter(starts)

    async def start(*_: object, **__: object) -> Fake:
        if (refusal := next(refusals)) is not None:
            raise refusal
        return Fake()

    async def keep() -> None:
        supervisor, heard = ProcessSupervisor(()), count(1)

        async def hear(_: Message) -> None:
            if next(heard) == lasts:
                supervisor.ending.set()

        await supervisor.keep("audio", Stop, on_start=lambda _: None, on_message=hear)

    monkeypatch.setattr(Child, "start", start)
    monkeypatch.setattr(process_supervisor, "RETRY_S", 0.0)
    with logged_lines() as lines:
        asyncio.run(keep())
    return lines


REFUSAL = BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")


def test_a_restart_that_the_system_refuses_is_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines = supervise(monkeypatch, [None, REFUSAL, None], lasts=2)
    assert lines == [
        "The audio process ended (status 3); starting it again.",
        "The audio process could not be started (resource temporarily unavailable); "
        "starting it again.",
    ]


def test_a_process_that_the_system_keeps_refusing_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(DeviceError, match=r"could not be started 4 times .*; start again, or"):
        supervise(monkeypatch, [REFUSAL] * 5, lasts=1)


def test_at_the_end_of_the_session_a_recorder_that_was_being_started_is_not_killed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    children: list[Fake] = []

    async def session() -> None:
        supervisor = ProcessSupervisor(())

        async def start(*_: object, **__: object) -> Fake:
            supervisor.ending.set()
            children.append(Fake())
            return children[-1]

        async def hear(_: Message) -> None:
            pass

        monkeypatch.setattr(Child, "start", start)
        await supervisor.start("recorder", Stop())
        supervisor.ending.clear()
        await supervisor.keep("audio", Stop, on_start=lambda _: None, on_message=hear)

    asyncio.run(session())
    assert [child.killed for child in children] == [False, True]


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
