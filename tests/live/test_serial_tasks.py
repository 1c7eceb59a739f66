"""Requests that run in threads: results, errors, and a thread that is stuck."""

import asyncio
import threading

import pytest

from distill_live.errors import CommandError
from distill_live.live.control.serial_tasks import SerialTasks, in_thread
from distill_live.osc import Client

CLIENT = Client("127.0.0.1", 9)


def test_a_thread_gives_its_result_or_its_error() -> None:
    def refuse(text: str) -> None:
        raise CommandError(text)

    assert asyncio.run(in_thread(divmod, 7, 2)) == (3, 1)
    with pytest.raises(CommandError, match="never"):
        asyncio.run(in_thread(refuse, "never"))


def test_a_thread_that_is_stuck_holds_up_neither_the_others_nor_the_end() -> None:
    released, stored = threading.Event(), threading.Event()

    def wait() -> None:
        released.wait()

    async def session() -> None:
        tasks = SerialTasks(lambda *_: None)
        tasks.add("/preset/store", CLIENT, lambda: in_thread(stored.set))
        await tasks.finish(30.0)
        assert stored.is_set(), "what is under way is finished"
        tasks.add("/preset/store", CLIENT, lambda: in_thread(wait))
        await tasks.finish(0.05)
        assert await in_thread(divmod, 7, 2) == (3, 1)

    asyncio.run(session())  # without end, if it waited for the thread
    assert not released.is_set()
    released.set()
