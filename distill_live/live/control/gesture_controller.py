"""Serve ``/gesture/...``: gestures are recorded here and played by the engine.

What clients do is recorded, and presets that they recall; what a gesture moves is not. While a
gesture plays, subscribers get its values every `FOLLOW_INTERVAL_S`, so that their faders follow.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import NamedTuple

from distill_live.addresses import PREFIX, Address, Command, Subject, Values
from distill_live.errors import CommandError
from distill_live.gestures import CompiledGesture, GestureRecorder, GestureStore, compile_gesture
from distill_live.gestures.compile import MAPPINGS
from distill_live.ipc.protocol import GetState, GetValues
from distill_live.live.control.feeds.change_feed import ChangeFeed
from distill_live.live.control.feeds.state_feed import state_paths
from distill_live.live.control.preset_controller import RequestHandler, SendList, StoreController
from distill_live.live.control.serial_tasks import SerialTasks, in_thread
from distill_live.live.control.synthesis_client import SynthesisClient
from distill_live.osc import Client, OscServer
from distill_live.user_files import Signature, check_name, one_name, signature

FOLLOW_INTERVAL_S = 0.05
"""Interval of feedback while a gesture plays."""

MAX_CACHED_CHARACTERS = 16 * 1024 * 1024
"""Maximum size of all cached scores."""

_Known = tuple[Signature, CompiledGesture]

_Start = asyncio.Future[tuple[tuple[Values, ...], tuple[Command, ...]]]
"""Values of all addresses, and the engine's state, at the start of a recording."""


class _Recording(NamedTuple):
    name: str
    client: Client
    recorder: GestureRecorder
    begun_s: float
    start: _Start


class GestureController(StoreController[GestureStore]):
    """Serve the gestures of one model; parameters as for `StoreController`.

    Attributes
    ----------
    playing : str
        Name of the gesture that plays, or empty.
    """

    kind = "gesture"

    def __init__(
        self,
        store: GestureStore,
        synthesis: SynthesisClient,
        server: OscServer,
        tasks: SerialTasks,
        table: Mapping[str, Address],
        send_list: SendList,
        changes: ChangeFeed,
    ) -> None:
        super().__init__(store, synthesis, server, tasks, table, send_list, changes)
        self.playing = ""
        self._recording: _Recording | None = None
        self._run = self._newest_run = 0
        self._pending: dict[int, tuple[str, CompiledGesture]] = {}  # read and not begun, by run
        self._waiting: set[int] = set()  # runs of those that wait for a beat
        self._withdrawn: set[int] = set()  # runs of those that were stopped before their beat
        self._scores: dict[str, _Known] = {}  # cache; the one used last at the end
        self._loading: dict[str, asyncio.Task[_Known]] = {}
        self._followed: dict[str, Values] = {}
        self._changes = 0
        self._changed: dict[str, int] = {}  # number of the last change, by address
        self._score: CompiledGesture | None = None  # of the gesture that plays, or has played last
        self._following: asyncio.TimerHandle | None = None

    @property
    def handlers(self) -> dict[str, RequestHandler]:
        """Request handlers, by path."""
        return {
            **super().handlers,
            "/gesture/record": self._record,
            "/gesture/stop": self._stop,
        }

    @property
    def recording(self) -> str:
        """Name of the gesture that is recorded, or empty."""
        return "" if self._recording is None else self._recording.name

    def use(self, store: GestureStore | None, table: Mapping[str, Address]) -> None:
        """Switch to another model's gestures, or to other addresses of the same.

        A recording ends, and is stored with the model that it was begun with.
        """
        if self._recording is not None:
            self._end_recording(self._recording, self._recording.client)
        super().use(store, table)
        self._scores.clear()

    def keep_recording(self) -> None:
        """End a recording at the end of the session, as ``/gesture/stop`` does."""
        if self._recording is not None:
            with suppress(CommandError):  # too many requests wait
                self._end_recording(self._recording, self._recording.client)

    async def read(self, command: Command) -> list[Command]:
        """Read the commands of ``/gesture/play``, after all earlier requests for that gesture.

        Raises
        ------
        CommandError
            If there is no such gesture, it cannot be read, or too many requests wait.
        """
        name = one_name(str(command.args[0]))
        await self._settled(name)
        known = self._scores.get(name)
        if known is None or known[0] != signature(self._store.path(name)):
            if name not in self._loading:
                self._loading[name] = asyncio.get_running_loop().create_task(self._load(name))
                self._loading[name].add_done_callback(partial(self._loaded, name))
            known = await asyncio.shield(self._loading[name])  # for later, if this times out
        self._newest_run += 1
        self._pending[self._newest_run] = name, known[1]
        return known[1].commands(self._newest_run)

    def waits(self, commands: Sequence[Command]) -> None:
        """Note that the commands of `read` wait for a beat."""
        self._waiting.add(int(commands[0].args[0]))

    def begun(self, commands: Sequence[Command]) -> bool:
        """Note that the commands of `read` take effect now; False if they were withdrawn."""
        run = int(commands[0].args[0])
        self._waiting.discard(run)
        if run in self._withdrawn:
            self._withdrawn.discard(run)
            return False
        if run not in self._pending:  # so short that it has ended
            return True
        self._run = run
        self.playing, self._score = self._pending.pop(run)
        self._followed = {}
        self._feedback.tell("/gesture/playing", (self.playing,))
        self._follow()
        return True

    def take(self, command: Command) -> None:
        """Record a command that takes effect now, if a recording is under way."""
        self._changes += 1
        self._changed[command.address] = self._changes
        self._followed.pop(command.address, None)
        recording = self._recording
        if recording is None or recording.recorder.full:
            return
        recording.recorder.record(time.perf_counter() - recording.begun_s, command)
        if recording.recorder.full:
            text = f"{recording.name!r} is full; /gesture/stop keeps it as it is"
            path = PREFIX + "/gesture/record"
            self._replies.refuse(recording.client, path, CommandError(text, "full"))

    def ended(self, run: int) -> None:
        """Note that the engine has ended a gesture, or played another."""
        self._pending.pop(run, None)
        if run == self._run and self.playing:
            self.playing = ""
            self._follow()

    def _record(self, args: Values, client: Client) -> None:
        name = one_name(str(args[0]))
        check_name(name, "gesture")
        self._tasks.check_room()
        if self._recording is not None:
            self._end_recording(self._recording, client)
        values = self._synthesis.fetch(GetValues(tuple(state_paths(self._table))))
        start: _Start = asyncio.gather(values, self._synthesis.fetch(GetState()))
        recorder = GestureRecorder(self._table)
        self._recording = _Recording(name, client, recorder, time.perf_counter(), start)

        async def begun() -> None:
            await start
            self._replies.done(client, "/gesture/record", name)

        self._tasks.add("/gesture/record", client, begun)
        self._feedback.tell("/gesture/recording", (name,))

    def _stop(self, _: Values, client: Client) -> None:
        if self._recording is not None:
            self._end_recording(self._recording, client)
            return
        name = self.playing
        if name or self._waiting:  # what waits for a beat is withdrawn; what is due later is not
            self._synthesis.apply([Command("/gesture/score", (self._newest_run, ""))])
            for run in self._waiting:
                self._pending.pop(run, None)
            self._withdrawn |= self._waiting
            self._waiting.clear()
            if not name:
                self._feedback.tell("/gesture/playing", ("",))  # none plays, and none will
        if name:
            self.playing = ""
            self._follow()
        self._replies.done(client, "/gesture/stop", name)

    def _end_recording(self, recording: _Recording, client: Client) -> None:
        seconds = time.perf_counter() - recording.begun_s
        store, table = self._store, self._table  # of the model that was played

        def write(start: Mapping[Subject, Values]) -> _Known:
            gesture = recording.recorder.finish(seconds, start)
            store.store(recording.name, gesture)
            return signature(store.path(recording.name)), compile_gesture(gesture, table)

        async def keep() -> None:
            values, state = await recording.start
            start: dict[Subject, Values] = {
                command.subject: command.args for command in state if command.address in table
            }
            start |= {(path,): now for path, now in zip(state_paths(table), values, strict=True)}
            known = await in_thread(write, start)
            if store is self._store:
                self._cache(recording.name, known)

        self._add("stop", client, keep, recording.name)
        self._recording = None
        self._feedback.tell("/gesture/recording", ("",))

    def _follow(self) -> None:
        """Send subscribers the gesture's values, repeatedly until it has ended."""
        if self._following is not None:
            self._following.cancel()
            self._following = None
        score, changes, last = self._score, self._changes, not self.playing
        assert score is not None
        if len(self._feedback.subscribers):
            with suppress(CommandError):  # too many questions wait: the next time, perhaps
                self._synthesis.ask_values(
                    score.paths, lambda answers: self._tell(score, answers, changes, last=last)
                )
        if self.playing:
            loop = asyncio.get_running_loop()
            self._following = loop.call_later(FOLLOW_INTERVAL_S, self._follow)

    def _tell(
        self, score: CompiledGesture, answers: tuple[Values, ...], changes: int, *, last: bool
    ) -> None:
        if score is not self._score:
            return
        for path, values in zip(score.paths, answers, strict=True):
            if not values or path not in self._table:  # gone, with its model
                continue
            newer = self._changed.get(path, 0) > changes  # a client has set it since
            if not newer and self._followed.get(path) != values:
                self._followed[path] = values
                if path in MAPPINGS:
                    self._change_feed.tell(path.split("/")[1])
                else:
                    self._feedback.tell(path, values)
        if last and not self.playing:
            self._feedback.tell("/gesture/playing", ("",))

    async def _load(self, name: str) -> _Known:
        def load() -> _Known:
            before = signature(self._store.path(name))
            return before, compile_gesture(self._store.load(name), self._table)

        known = await in_thread(load)
        self._cache(name, known)
        return known

    def _loaded(self, name: str, task: asyncio.Task[_Known]) -> None:
        del self._loading[name]
        if not task.cancelled():
            task.exception()  # raised for those who wait

    def _cache(self, name: str, known: _Known) -> None:
        self._scores.pop(name, None)
        self._scores[name] = known
        while sum(len(one.text) for _, one in self._scores.values()) > MAX_CACHED_CHARACTERS:
            del self._scores[next(iter(self._scores))]

    def _renamed(self, name: str, to: str) -> None:
        if name == self.playing:
            self.playing = to
            self._feedback.tell("/gesture/playing", (to,))

    def _rows(self) -> Sequence[Values]:
        return list(self._store.lengths().items())
