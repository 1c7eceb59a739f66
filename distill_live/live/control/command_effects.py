"""Follow commands that take effect: output flags, gesture recording, feedback to subscribers.

Subscribers get an accepted command as it was sent: a move along an axis as that, not as its effect
on the latent or other axes; a glide or drift is not followed on its way. Of a recalled preset they
get all values, and the axes that it leads to.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

from distill_live.addresses import NOTE_SHAPES, TABLE, WITHDRAWS, Command, Value, Values
from distill_live.errors import CommandError
from distill_live.live.control.command_queue import SETTLING_S
from distill_live.live.control.feeds.change_feed import ChangeFeed
from distill_live.live.control.feeds.state_feed import state_paths
from distill_live.live.control.gesture_controller import GestureController
from distill_live.live.control.held_keys import HeldKeys
from distill_live.live.control.model_controller import ModelController
from distill_live.live.control.preset_controller import PresetController
from distill_live.live.control.synthesis_client import SynthesisClient
from distill_live.live.shared.shared_block import SharedBlock
from distill_live.osc import Client, ClientCommand, OscServer, Subscriber

IDLE_END_S = 2.0
"""Duration in which the loudness becomes that of the place, once the idle motion ends."""

AFTER_NOTE_S = 0.001
"""Time after a note at which what shapes it is followed, where both wait for a beat."""

MAX_RECENT = 5
"""Number of addresses that the terminal shows as recent."""


class CommandEffects:
    """Follow commands that take effect.

    Parameters
    ----------
    synthesis, server, block
        Connection to synthesis, OSC server, and shared block of all processes.
    gestures, presets, models
        Record commands; know what is recalled; know the axes.
    changes
        Tells subscribers what has changed.
    keys
        Releases the keys of clients that go.
    idles
        Whether the instrument wanders, only until a client plays it.

    Attributes
    ----------
    recent : dict
        Values of the last `MAX_RECENT` addresses, the newest at the end.
    """

    def __init__(
        self,
        synthesis: SynthesisClient,
        server: OscServer,
        block: SharedBlock,
        gestures: GestureController,
        presets: PresetController,
        models: ModelController,
        changes: ChangeFeed,
        keys: HeldKeys,
        *,
        idles: bool,
    ) -> None:
        self.recent: dict[str, Values] = {}
        self._synthesis, self._server, self._block = synthesis, server, block
        self._feedback = server.feedback
        self._gestures, self._presets, self._models = gestures, presets, models
        self._changes, self._keys = changes, keys
        self._idles = idles
        self._withdrawals: Counter[str] = Counter()  # by address of what waits for a beat
        self._note_waits: dict[Value, float] = {}  # seconds from note to beat, by key

    def end_idle_motion(self, client: Client | None) -> None:
        """End the idle motion; called before a client changes anything."""
        if self._idles:
            self._idles = False
            ends = [
                Command("/wander", TABLE["/wander"].default),
                Command("/even", TABLE["/even"].default, glide_s=IDLE_END_S),
            ]
            self._synthesis.apply(ends, [client] * len(ends))
            for end in ends:
                self._feedback.tell(end.address, end.args)

    def follow(self, commands: Sequence[ClientCommand]) -> None:
        """Follow commands that take effect now, or at the next beat that they wait for."""
        for command in commands:
            path = command.address.path
            self._withdrawals.update(WITHDRAWS.get(path, ()))
            self._keys.follow(command)  # at once: who strikes a key may go before its beat
            wait_s = self._wait_s(command)
            if wait_s > 0.0:
                if path == "/gesture/play" and command.read is not None:
                    self._gestures.waits(command.read)
                follow = partial(self._follow_waiting, command, self._withdrawals[path])
                asyncio.get_running_loop().call_later(wait_s, follow)
            else:
                self._follow_now(command)

    def _wait_s(self, command: ClientCommand) -> float:
        """Time until a command takes effect: on its beat; what ends or shapes a note, with it."""
        path, args = command.address.path, command.command.args
        if path == "/note/off" or (path == "/note/on" and not args[1]):
            return self._note_waits.get(args[0], 0.0)
        shapes = path in NOTE_SHAPES and args[0] in self._note_waits
        if not ((command.address.quantised or shapes) and self._block.beat_clock_ns):
            return 0.0
        wait_s = 1e-9 * self._block.beat_clock_ns - time.perf_counter() + shapes * AFTER_NOTE_S
        if path == "/note/on" and wait_s > 0.0:
            self._note_waits[args[0]] = wait_s
        return wait_s

    def _follow_waiting(self, command: ClientCommand, withdrawals: int) -> None:
        """Follow a command on its beat, unless it was withdrawn since so many withdrawals."""
        if command.address.path == "/note/on":
            self._note_waits.pop(command.command.args[0], None)
        if self._withdrawals[command.address.path] == withdrawals:
            self._follow_now(command)

    def _follow_now(self, command: ClientCommand) -> None:
        gesture = command.address.path == "/gesture/play"
        if gesture and command.read is not None and not self._gestures.begun(command.read):
            return
        self.remember(command.command)
        if command.read is None:
            self._follow(command)
            return
        if not gesture:
            name, *seconds = command.command.args
            self._recalled(command.read)
            self._presets.begun(str(name), float(seconds[0]) if seconds else 0.0)
        if command.client is not None:
            detail = str(command.command.args[0])
            self._server.replies.done(command.client, command.address.path, detail)

    def remember(self, command: Command) -> None:
        """Add a command to `recent`."""
        self.recent.pop(command.address, None)
        self.recent[command.address] = command.args
        if len(self.recent) > MAX_RECENT:
            del self.recent[next(iter(self.recent))]

    def tell_soon(self, *paths: str, after_s: float = 0.0) -> None:
        """Send subscribers values that commands move, once they have taken effect."""
        asyncio.get_running_loop().call_later(after_s + SETTLING_S, self._tell_values, paths)

    def _follow(self, command: ClientCommand) -> None:
        address, path, args = command.address, command.command.address, command.command.args
        self._gestures.take(command.command)
        has_value = address.access == "value" or address.continuous
        if has_value and self._server.table.get(path) == address:
            self._feedback.tell(path, args, command.client, clipped=command.clipped)
        match path, args:
            case "/mute", (on,):
                self._block.muted = int(on)
            case "/panic", _:
                self._block.panicked = 1
                self._feedback.tell("/play", (0,))
            case "/play", (1,):
                self._block.panicked = 0
            case "/macro/map" | "/macro/clear", _:
                self._changes.tell("macro")
            case "/input/map" | "/input/unmap", _:
                self._changes.tell("input")
            case "/clock/tap", _:
                self.tell_soon("/clock/tempo")

    def _recalled(self, commands: Sequence[Command]) -> None:
        """Send all subscribers what a preset sets, its client included, and what that leads to."""
        for command in commands:
            self._gestures.take(command)
        paths = set(state_paths(self._server.table))
        for command in commands:
            if command.address in paths:
                self._feedback.tell(command.address, command.args)
        self._changes.tell("macro")
        self._changes.tell("input")
        self.tell_soon(*(f"/axis/{name}" for name in self._models.model.axes), "/map")

    def _tell_values(self, paths: Sequence[str]) -> None:
        subscribers = self._feedback.subscribers
        expecting: list[Subscriber] = []

        def tell(answers: tuple[Values, ...]) -> None:
            pairs = zip(paths, answers, strict=True)
            found = {path: v for path, v in pairs if v and path in self._server.table}
            subscribers.settle(expecting, paths, found)
            self._feedback.send_soon()

        with suppress(CommandError):  # too many questions wait: no client waits for this one
            self._synthesis.ask_values(paths, tell)
            expecting += subscribers.expect(paths)
