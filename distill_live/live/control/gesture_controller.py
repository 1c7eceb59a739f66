"""What becomes of ``/gesture/...``: recorded where changes take effect, played by the engine.

Only what clients do is recorded, and presets that they recall; what a gesture moves is not. It
knows the store and the way to synthesis. While a gesture plays, subscribers are told where it is,
from time to time, so that their faders follow.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from distill_live.addresses import PREFIX, Address, Command, Subject, Values, subject
from distill_live.errors import CommandError
from distill_live.gestures import CompiledGesture, GestureRecorder, GestureStore, compile_gesture
from distill_live.live.control.preset_controller import SendList
from distill_live.live.control.serial_tasks import SerialTasks
from distill_live.live.control.synthesis_client import ClientCommand, SynthesisClient
from distill_live.osc import Change, Client, OscServer
from distill_live.user_files import Signature, check_name, signature

FOLLOW_INTERVAL_S = 0.05
"""How often subscribers are told where a gesture is."""

MOST_CHARACTERS = 16 * 1024 * 1024
"""Of the scores that are kept at hand."""

_Known = tuple[Signature, CompiledGesture]

_Start = asyncio.Future[tuple[list[Any], list[Any]]]
"""Values of all addresses, and what the engine's state says, as they were at the start."""


class GestureController:
    """Serves the gestures of one model.

    Parameters
    ----------
    store
        Where they are kept; it reads and writes in another thread.
    link, server, turns, table
        The way to synthesis, the way to clients, its order, and the model's addresses.
    state_paths
        Addresses whose values are all that can be moved.
    send_list
        Sends a client a list: what it is of, and its rows.

    Attributes
    ----------
    recording, playing : str
        Names, or nothing.
    """

    def __init__(
        self,
        store: GestureStore,
        link: SynthesisClient,
        server: OscServer,
        turns: SerialTasks,
        table: Mapping[str, Address],
        *,
        state_paths: Sequence[str],
        send_list: SendList,
    ) -> None:
        self._store = store
        self._link, self._server, self._turns, self._table = link, server, turns, table
        self._state_paths = state_paths
        self._send_list = send_list
        self.recording = ""
        self.playing = ""
        self._recorder: GestureRecorder | None = None
        self._recording_client: Client | None = None
        self._start_s = 0.0
        self._start: _Start | None = None
        self._run = self._newest_run = 0
        self._coming: dict[int, tuple[str, CompiledGesture]] = {}  # what was read and has not begun
        self._scores: dict[str, _Known] = {}  # the one that was read last at the end
        self._loading: dict[str, asyncio.Task[_Known]] = {}
        self._followed: dict[str, Values] = {}
        self._changes = 0
        self._changed: dict[str, int] = {}  # which change of an address was the last
        self._score: CompiledGesture | None = None  # what plays, or has played last
        self._following: asyncio.TimerHandle | None = None

    def use(
        self,
        store: GestureStore | None,
        table: Mapping[str, Address],
        state_paths: Sequence[str],
    ) -> None:
        """Serve another model's gestures, or the same with other addresses.

        What is being recorded ends, and is kept with the model that it was begun with.
        """
        if self._recorder is not None and self._recording_client is not None:
            self._end_recording(self._recording_client)
        self._store, self._table = store or self._store, table
        self._state_paths = state_paths
        self._scores.clear()

    def serve(self, path: str, values: Values, client: Client) -> None:
        """Do what is asked; ``/done``, ``/fail`` or a list is the answer.

        Raises
        ------
        CommandError
            If it cannot be done, as far as that is known at once.
        """
        match path, values:
            case "/gesture/record", (str(name),):
                check_name(name, "gesture")
                self._turns.check_room()
                if self._recorder is not None:
                    self._end_recording(client)
                self._begin_recording(name, client)
            case "/gesture/stop", _ if self._recorder is not None:
                self._end_recording(client)
            case "/gesture/stop", _:
                name = self.playing
                self._halt()
                self._server.done(client, "/gesture/stop", name)
            case "/gesture/delete", (str(name),):
                self._turns.take(path, client, lambda: self._delete(client, name), _of(name))
            case "/gesture/list", _:
                self._turns.take(path, client, lambda: self._list(client))

    async def read(self, change: Change) -> list[Command]:
        """What ``/gesture/play`` comes to, once all that was asked of that gesture is done.

        Raises
        ------
        CommandError
            If there is no such gesture, it cannot be read, or too much waits already.
        """
        name = str(change.values[0])
        self._turns.check_room()
        await self._turns.wait_for(_of(name))
        known = self._scores.get(name)
        if known is None or known[0] != signature(self._store.path(name)):
            if name not in self._loading:
                self._loading[name] = asyncio.get_running_loop().create_task(self._load(name))
                self._loading[name].add_done_callback(partial(self._loaded, name))
            known = await asyncio.shield(self._loading[name])  # who cannot wait finds it next time
        self._newest_run += 1
        self._coming[self._newest_run] = name, known[1]
        return known[1].commands(self._newest_run)

    def begun(self, moves: Sequence[Command]) -> None:
        """What was read takes effect now."""
        run = int(moves[0].args[0])
        if run not in self._coming:  # it was so short that it has ended
            return
        self._run = run
        self.playing, self._score = self._coming.pop(run)
        self._followed = {}
        self._server.tell("/gesture/playing", (self.playing,))
        self._follow()

    def hear(self, command: Command) -> None:
        """Something takes effect now: it is recorded, if anything is."""
        self._changes += 1
        self._changed[command.address] = self._changes
        self._followed.pop(command.address, None)
        recorder, client = self._recorder, self._recording_client
        if recorder is None or client is None or recorder.full:
            return
        recorder.record(time.monotonic() - self._start_s, command)
        if recorder.full:
            text = f"{self.recording!r} is full; /gesture/stop keeps it as it is"
            self._server.refuse(client, PREFIX + "/gesture/record", CommandError(text, "full"))

    def hear_moves(self, moves: Sequence[Command]) -> None:
        """A preset is recalled now."""
        for command in moves:
            self.hear(command)

    def ended(self, run: int) -> None:
        """The engine has ended a gesture by itself, or played another."""
        self._coming.pop(run, None)
        if run == self._run and self.playing:
            self.playing = ""
            self._follow()

    def _begin_recording(self, name: str, client: Client) -> None:
        loop = asyncio.get_running_loop()
        values: asyncio.Future[list[Any]] = loop.create_future()
        state: asyncio.Future[list[Any]] = loop.create_future()
        self._link.ask_values(self._state_paths, values.set_result)
        self._link.ask_state(state.set_result)
        self._start = start = asyncio.gather(values, state)
        self._recorder, self._recording_client = GestureRecorder(self._table), client
        self._start_s = time.monotonic()
        self.recording = name
        self._turns.take("/gesture/record", client, lambda: self._begun(client, name, start))
        self._server.tell("/gesture/recording", (name,))

    async def _begun(self, client: Client, name: str, start: _Start) -> None:
        await start
        self._server.done(client, "/gesture/record", name)

    def _end_recording(self, client: Client) -> None:
        recorder, start, name = self._recorder, self._start, self.recording
        seconds = time.monotonic() - self._start_s
        assert recorder is not None
        assert start is not None
        of = self._store, self._table, self._state_paths  # of the model that was played
        keep = partial(self._keep, client, name, recorder, seconds, start, *of)
        self._turns.take("/gesture/stop", client, keep, _of(name))
        self._recorder, self.recording = None, ""
        self._server.tell("/gesture/recording", ("",))

    async def _keep(
        self,
        client: Client,
        name: str,
        recorder: GestureRecorder,
        seconds: float,
        start: _Start,
        store: GestureStore,
        table: Mapping[str, Address],
        state_paths: Sequence[str],
    ) -> None:
        values, state = await start
        at_start: dict[Subject, Values] = {
            subject(path, tuple(args)): tuple(args) for path, args in state if path in table
        }
        for path, now in zip(state_paths, values, strict=True):
            at_start[path,] = tuple(now)

        def keep() -> _Known:
            gesture = recorder.finish(seconds, at_start)
            store.store(name, gesture)
            return signature(store.path(name)), compile_gesture(gesture, table)

        known = await asyncio.to_thread(keep)
        if store is self._store:
            self._keep_at_hand(name, known)
        self._server.done(client, "/gesture/stop", name)

    def _halt(self) -> None:
        if self.playing:
            self._link.change(None, [ClientCommand("/gesture/score", (self._run, ""), None)])
            self.playing = ""
            self._follow()

    def _follow(self) -> None:
        """Tell the subscribers where the gesture is, over and over until it has ended."""
        if self._following is not None:
            self._following.cancel()
            self._following = None
        score, changes, last = self._score, self._changes, not self.playing
        assert score is not None
        if len(self._server.subscribers):
            with suppress(CommandError):  # too much is asked already
                self._link.ask_values(
                    score.paths, lambda answers: self._tell(score, answers, changes, last=last)
                )
        if self.playing:
            loop = asyncio.get_running_loop()
            self._following = loop.call_later(FOLLOW_INTERVAL_S, self._follow)

    def _tell(
        self, score: CompiledGesture, answers: list[Any], changes: int, *, last: bool
    ) -> None:
        if score is not self._score:
            return
        for path, values in zip(score.paths, map(tuple, answers), strict=True):
            if not values or path not in self._table:  # gone, with its model
                continue
            newer = self._changed.get(path, 0) > changes  # somebody knows better
            if not newer and self._followed.get(path) != values:
                self._followed[path] = values
                self._server.tell(path, values)
        if last and not self.playing:
            self._server.tell("/gesture/playing", ("",))

    async def _load(self, name: str) -> _Known:
        def load() -> _Known:
            before = signature(self._store.path(name))
            return before, compile_gesture(self._store.load(name), self._table)

        known = await asyncio.to_thread(load)
        self._keep_at_hand(name, known)
        return known

    def _loaded(self, name: str, task: asyncio.Task[_Known]) -> None:
        del self._loading[name]
        if not task.cancelled():
            task.exception()  # who waited was told

    def _keep_at_hand(self, name: str, known: _Known) -> None:
        self._scores.pop(name, None)
        self._scores[name] = known
        while sum(len(one.text) for _, one in self._scores.values()) > MOST_CHARACTERS:
            del self._scores[next(iter(self._scores))]

    async def _delete(self, client: Client, name: str) -> None:
        await asyncio.to_thread(self._store.delete, name)
        self._server.done(client, "/gesture/delete", name)

    async def _list(self, client: Client) -> None:
        rows = await asyncio.to_thread(self._store.lengths)
        await self._send_list(client, "gesture", list(rows.items()))


def _of(name: str) -> str:
    """What a request is about."""
    return f"gesture {name}"
