"""Run clients' slow requests one after the other, so that no disk holds up control."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, NamedTuple, TypeVar

from distill_live.errors import CommandError
from distill_live.osc import Client

MAX_REQUESTS = 64
"""Maximum number of requests that run or wait."""

MAX_CALLS = 4096
"""Maximum number of calls that wait for requests; they take no place among those."""

Refuse = Callable[[Client, str, Exception], None]
"""Reports a failed request to its client: path and error."""


Result = TypeVar("Result")


async def in_thread(work: Callable[..., Result], *args: Any) -> Result:
    """Call `work` in a daemon thread; returns its result, or raises its error.

    Unlike those of `asyncio.to_thread`, a thread that a disk never lets go does not hold up the
    end of the process.
    """
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[Result] = loop.create_future()

    def settle(settler: Callable[[Any], None], value: object) -> None:
        if not outcome.done():  # cancelled
            settler(value)

    def run() -> None:
        try:
            settled: tuple[Callable[[Any], None], object] = outcome.set_result, work(*args)
        except BaseException as error:
            settled = outcome.set_exception, error
        with suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(settle, *settled)

    threading.Thread(target=run, name="files", daemon=True).start()
    return await outcome


class _Request(NamedTuple):
    client: Client
    subjects: tuple[str, ...]


class SerialTasks:
    """Run requests in the order in which they came; each is answered.

    Parameters
    ----------
    refuse
        Called with any error of a request.
    """

    def __init__(self, refuse: Refuse) -> None:
        self._refuse = refuse
        self._lock = asyncio.Lock()
        self._tasks: dict[asyncio.Task[None], _Request] = {}
        self._calls = 0

    def add(
        self,
        path: str,
        client: Client,
        work: Callable[[], Awaitable[None]],
        *subjects: str,
    ) -> None:
        """Run a client's request to an address after all earlier requests.

        Parameters
        ----------
        subjects
            Keys for `wait_for`.

        Raises
        ------
        CommandError
            If `MAX_REQUESTS` wait already.
        """

        async def wait() -> None:
            async with self._lock:
                await work()

        self._begin(path, _Request(client, subjects), wait)

    def after_client(self, path: str, client: Client, work: Callable[[], None]) -> None:
        """Call `work` when all earlier requests of the client are done, however many wait.

        Raises
        ------
        CommandError
            If `MAX_CALLS` wait already.
        """
        earlier = [task for task, request in self._tasks.items() if request.client == client]
        if not earlier:
            work()
            return
        if self._calls >= MAX_CALLS:
            raise CommandError(f"{MAX_CALLS} of {path} wait already; ask again later", "busy")
        self._calls += 1

        def call(_: asyncio.Task[None]) -> None:
            self._calls -= 1
            try:
                work()
            except Exception as error:  # whatever it is, the client is answered
                self._refuse(client, path, error)

        earlier[-1].add_done_callback(call)  # requests end in their order

    async def wait_for(self, subject: str) -> None:
        """Wait until all earlier requests with a subject are done, and no others."""
        earlier = [task for task, request in self._tasks.items() if subject in request.subjects]
        if earlier:
            await asyncio.wait(earlier)

    async def finish(self, limit_s: float) -> None:
        """Wait for the requests that are there, at most `limit_s`."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=limit_s)

    def check_room(self) -> None:
        """Raise unless another request may wait.

        Raises
        ------
        CommandError
            With the code ``busy``.
        """
        if len(self._tasks) >= MAX_REQUESTS:
            raise CommandError(f"{MAX_REQUESTS} requests wait already; ask again later", "busy")

    def _begin(self, path: str, request: _Request, work: Callable[[], Awaitable[None]]) -> None:
        async def guarded() -> None:
            try:
                await work()
            except Exception as error:  # whatever it is, the client is answered
                self._refuse(request.client, path, error)

        self.check_room()
        task = asyncio.get_running_loop().create_task(guarded())
        self._tasks[task] = request
        task.add_done_callback(self._tasks.pop)
