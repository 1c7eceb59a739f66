"""The synthesis process: the engine, rendering just far enough ahead into the ring.

One loop: take in what arrived, render a hop when the ring has fallen to one device block or what
`--latency` asks for, else wait for whichever comes first. The decoder has a thread of its own, so a
hop never waits for it. Where the output's rate is not the model's, a hop is resampled before it is
put into the ring.

Messages in: ``["do", number, due_ns, [[address, args, client, glide_s], ...]]`` (`due_ns` on the
monotonic clock, or null; `glide_s` or null), ``["get", token, [address, ...]]``,
``["get_state", token]``, ``["get_models", token]``, ``["get_timings", token]``,
``["sync", token]``, ``["load", token, slot, path, sha256]``, ``["unload", token, slot]``,
``["stop"]``. A model is read, and its decoder made, in a thread (`loading`), once another process
has examined its file.
Messages out: ``["models", [[slot, description, sha256], ...]]``, ``["ready"]``,
``["got", token, values]``, ``["synced", token]``, ``["refused", client, address, code, text]``,
``["gesture-ended", run]``, and ``["state", number, commands, not_yet_due]``: what brings a new
engine to where this one is after message `number`, but for the messages whose numbers are in the
last list, and for what lasts.
"""

import gc
import queue
import sys
import time
from math import gcd
from pathlib import Path
from typing import Any

import numpy as np

from distill_live.addresses import LASTING, Values
from distill_live.bundle import Bundle
from distill_live.engine import Command, Decoder
from distill_live.engine.output import CEILING
from distill_live.engine.resampling import Resampler
from distill_live.engine.synthesis_group import LoadedModel
from distill_live.errors import BundleError, CommandError, DistillError
from distill_live.ipc.pipes import Message, Parent
from distill_live.ipc.priority import HELPERS, SYNTHESIS, take_priority, take_priority_everywhere
from distill_live.live.shared.meters import LevelMeters
from distill_live.live.shared.ring import Ring
from distill_live.live.shared.session_log import LoggedEngine, SessionLog
from distill_live.live.shared.shared_block import RING_FRAMES, SharedBlock
from distill_live.live.synthesis.model_loader import (
    ModelLoader,
    close_soon,
    describe,
    make_decoder,
    read_again,
)
from distill_live.live.synthesis.timing import TimedDecoder, Timings

SWITCH_INTERVAL_S = 0.0005
"""How long another thread may keep the interpreter from the engine."""

SHORTEST_WAIT_S, LONGEST_WAIT_S = 0.0003, 0.02

STALL_S = 0.25
"""For how long the output takes nothing before questions are answered without a hop."""

STATE_INTERVAL_S, IDLE_STATE_INTERVAL_S = 0.05, 1.0
"""How often the state is reported while commands arrive, and while they do not."""

SLOW_SHARE = 0.5
"""Share of a device block's time from which on a mean hop is slow: the ring holds a block more."""

LOAD_AVERAGE_S, LOAD_PEAK_S = 1.0, 5.0
"""Time constants of the two load meters."""


class SynthesisProcess:
    """Renders until it is told to stop.

    Parameters
    ----------
    parent
        The control process.
    settings
        ``handle`` of the shared block, ``channels``, ``seed``; ``models``: slot, path, and SHA-256
        if it was examined, of each; ``sample_rate_hz``, ``hop_samples``: of the output, or null for
        the first model's; ``latency_ms``, the most that the ring holds, or null for the least;
        ``wait_for_data``: decode within the hop, for an output that waits; ``measure``: note how
        long everything takes, as far as the first models go; ``state``: commands to
        begin with, as lists of address, arguments and, unless they are a performer's own, glide and
        slot.
    """

    def __init__(self, parent: Parent, settings: dict[str, Any]) -> None:
        self._parent = parent
        self._block = SharedBlock.attach(settings["handle"])
        channels: int = settings["channels"]
        self._latency_ms: float | None = settings["latency_ms"]
        self._awaited: bool = settings["wait_for_data"]
        self._ring = Ring(self._block, channels)
        self._log = SessionLog(self._block)
        self._timings = Timings() if settings["measure"] else None
        self._engine = self._make_engine(settings)
        self._loader = ModelLoader(self._engine, parent.inbox, wait_for_data=self._awaited)
        self._hop = np.zeros((self._engine.hop_samples, channels), dtype=np.float32)
        self._hop_s = self._engine.hop_samples / self._engine.sample_rate_hz
        self._meters = LevelMeters(self._block, self._hop_s)
        self._rate_hz = 0
        self._resampler: Resampler | None = None
        self._questions: list[Message] = []
        self._number = 0
        self._scheduled: list[tuple[int, int]] = []  # number, engine time at which it is due
        self._changed = False
        self._state_due_s = 0.0
        self._gesture = self._engine.gesture

    def _make_engine(self, settings: dict[str, Any]) -> LoggedEngine:
        """An engine with the models and the state that are said; a model that is gone is left out.

        Raises
        ------
        BundleError
            If none can be read, or, at the start, one cannot.
        """
        bundles: dict[int, Bundle] = {}
        described: list[list[object]] = []
        models = settings["models"]
        for number, path, known in models:
            try:
                bundles[number], sha256 = read_again(Path(path), known)
            except BundleError as error:
                if known is None or (not bundles and number == models[-1][0]):
                    raise
                self._parent.send("failed", f"{error}; slot {number} is empty now")
            else:
                described.append([number, describe(bundles[number]), sha256])
        self._parent.send("models", described)
        first, *others = bundles
        take_priority_everywhere(HELPERS)  # the decoders' threads inherit it
        decoders = {n: self._decoder(b) for n, b in bundles.items()}
        take_priority(SYNTHESIS)
        engine = LoggedEngine(
            bundles[first],
            log=self._log,
            channels=settings["channels"],
            seed=settings["seed"],
            decoder=decoders[first],
            on_gone=close_soon,
            slot=first,
            sample_rate_hz=settings["sample_rate_hz"],
            hop_samples=settings["hop_samples"],
        )
        for number in others:
            engine.install(engine.load_model(number, bundles[number], decoders[number]))
        for address, args, *glide_and_slot in settings["state"]:
            try:
                engine.apply(Command(address, tuple(args), None, *glide_and_slot))
            except CommandError:
                if not glide_and_slot:
                    raise
        return engine

    def _decoder(self, bundle: Bundle) -> Decoder:
        if self._timings is not None and not self._awaited:
            return TimedDecoder(bundle, self._timings)
        return make_decoder(bundle, wait=self._awaited)

    def run(self) -> None:
        """Serve the parent until it says stop or is gone."""
        gc.collect()
        gc.freeze()
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        self._follow_rate()
        self._render()
        self._block.load_average = self._block.load_peak = 0.0  # the first hop decodes as well
        self._parent.send("ready")
        rendered_s = time.monotonic()
        while True:
            self._follow_rate()
            spare_frames = self._ring.valid_frames - self._least_frames
            if spare_frames > 0:
                self._loader.begin()
            if spare_frames <= 0 and self._ring.writable_frames >= self._hop_frames:
                self._render()
                self._attend()
                rendered_s = time.monotonic()
                wait_s = 0.0
            elif self._awaited:
                wait_s = SHORTEST_WAIT_S
            else:
                wait_s = 0.5 * spare_frames / self._rate_hz
                wait_s = min(max(wait_s, SHORTEST_WAIT_S), LONGEST_WAIT_S)
            if time.monotonic() - rendered_s > STALL_S:
                self._attend()
            if not self._receive(wait_s):
                break
        self._engine.close()

    @property
    def _hop_frames(self) -> int:
        """The most frames that a hop puts into the ring."""
        return -(-len(self._hop) * self._rate_hz // self._engine.sample_rate_hz)

    @property
    def _least_frames(self) -> int:
        """What the ring is filled up from: unless less is asked for, two blocks before it is empty.

        Where hops end with blocks, one block in the ring is that, since nothing between is seen.
        While rendering is slow it is a block more; while a model is loaded, as much as that needs.
        There is always room for the hop that it is filled up by.
        """
        wanted = self._usual_frames + round(self._loader.margin_s * self._rate_hz)
        return min(wanted, RING_FRAMES - 2 * self._hop_frames)

    @property
    def _usual_frames(self) -> int:
        block_frames = self._block.block_frames
        if self._latency_ms is None:
            common = gcd(block_frames, len(self._hop)) if self._resampler is None else 1
            hop_share = self._block.load_average * self._hop_s * self._rate_hz / block_frames
            return (2 + (hop_share > SLOW_SHARE)) * block_frames - common
        return max(block_frames, round(1e-3 * self._latency_ms * self._rate_hz) - self._hop_frames)

    def _follow_rate(self) -> None:
        """Write at the rate that the output needs now."""
        block, model_rate_hz = self._block, self._engine.sample_rate_hz
        rate_hz = block.output_rate_hz or model_rate_hz
        if rate_hz != self._rate_hz:
            self._rate_hz = rate_hz
            self._resampler = None
            if rate_hz != model_rate_hz:
                self._resampler = Resampler(model_rate_hz, rate_hz, self._engine.channels)
            self._ring.change_rate(rate_hz)
            next_hop = self._engine.next_hop_samples
            self._log.add("ring", next_hop, self._block.written_frames, rate_hz)
        delay_s = 0.0 if self._resampler is None else self._resampler.delay_s
        block.latency_s = (self._least_frames + self._hop_frames) / rate_hz + delay_s

    def _receive(self, wait_s: float) -> bool:
        """Take in all that has arrived, or wait for something; False at the end."""
        engine = self._engine
        try:
            message = self._parent.inbox.get(wait_s > 0, wait_s)
            while True:
                match message:
                    case ["do", int(number), due_ns, list(commands)]:
                        self._do(number, due_ns, commands)
                    case ["get_state", _]:
                        self._answer(message)  # before what was said next
                    case ["get" | "sync", *_]:
                        self._questions.append(message)
                    case ["get_models", token]:
                        rows = [[n, weight, fades] for n, _, weight, fades in engine.models()]
                        self._parent.send("got", token, rows)
                    case ["get_timings", token] if self._timings is not None:
                        self._parent.send("got", token, self._timings.read())
                    case ["load", token, int(number), str(path), str(sha256)]:
                        self._loader.order(token, number, path, sha256)
                    case ["loaded", token, loaded]:
                        self._parent.send("got", token, self._install(loaded))
                        self._loader.end()
                    case ["unload", token, int(number)]:
                        self._parent.send("got", token, self._unload(number))
                    case _:
                        return False
                message = self._parent.inbox.get_nowait()
        except queue.Empty:
            return True

    def _do(self, number: int, due_ns: Any, commands: list[Any]) -> None:
        due_samples = None if due_ns is None else self._samples_at(due_ns)
        if due_samples is not None:
            self._scheduled.append((number, due_samples))
        for address, args, client, glide_s in commands:
            try:
                self._engine.apply(Command(address, tuple(args), due_samples, glide_s))
            except CommandError as error:
                self._parent.send("refused", client, address, error.code, str(error))
        self._engine.prepare()
        self._number = number
        if not self._changed:
            self._changed = True
            self._state_due_s = min(self._state_due_s, time.monotonic() + STATE_INTERVAL_S)

    def _install(self, loaded: object) -> list[object]:
        """Play what was loaded: nothing, or a code and why not."""
        if isinstance(loaded, DistillError):
            return ["invalid", str(loaded)]
        assert isinstance(loaded, LoadedModel)
        try:
            self._engine.install(loaded)
        except CommandError as error:
            close_soon(loaded.slot)
            return [error.code, str(error)]
        return []

    def _unload(self, number: int) -> list[object]:
        """Have a model fade away: nothing, or a code and why not."""
        try:
            self._engine.unload(number)
        except CommandError as error:
            return [error.code, str(error)]
        return []

    def _samples_at(self, due_ns: int) -> int:
        """The engine's time at a moment of the clock, as its hops are being asked for."""
        ahead_s = (due_ns - self._block.engine_clock_ns) * 1e-9
        return self._block.engine_time_samples + round(ahead_s * self._engine.sample_rate_hz)

    def _render(self) -> None:
        block, engine = self._block, self._engine
        start_ns = time.monotonic_ns()
        block.engine_time_samples = engine.time_samples
        block.engine_clock_ns = start_ns
        engine.render(self._hop)
        if self._resampler is None:
            self._ring.write(self._hop)
        else:  # between two samples of the limiter's there may be a higher one
            self._ring.write(np.clip(self._resampler.process(self._hop), -CEILING, CEILING))
        self._meters.update(engine.read_meters())
        took_s = (time.monotonic_ns() - start_ns) * 1e-9
        if self._timings is not None:
            self._timings.rendered(
                took_s,
                written_s=time.monotonic(),
                ahead_s=self._ring.valid_frames / self._rate_hz,
                least_s=self._least_frames / self._rate_hz,
            )
        load = took_s / self._hop_s
        block.load_average += (load - block.load_average) * min(1.0, self._hop_s / LOAD_AVERAGE_S)
        block.load_peak = max(load, block.load_peak * (1.0 - min(1.0, self._hop_s / LOAD_PEAK_S)))

    def _attend(self) -> None:
        """Tell control what has become of what it said."""
        engine = self._engine
        if engine.gesture != self._gesture:
            if self._gesture:
                self._parent.send("gesture-ended", self._gesture)
            self._gesture = engine.gesture
        for question in self._questions:
            self._answer(question)
        self._questions.clear()
        if time.monotonic() >= self._state_due_s:
            self._report_state()

    def _answer(self, question: Message) -> None:
        """Answer once everything that was said before is heard."""
        match question:
            case ["get", token, list(addresses)]:
                self._parent.send("got", token, [self._value(str(path)) for path in addresses])
            case ["get_state", token]:
                leading = next(iter(self._engine.slots))
                state = (row for row in self._state() if row[3] in (None, leading))
                self._parent.send("got", token, [row[:2] for row in state])
            case ["sync", token]:
                self._parent.send("synced", token)

    def _value(self, address: str) -> Values:
        """The value of an address; none if the models have changed and it is gone."""
        try:
            return self._engine.value(address)
        except CommandError:
            return ()

    def _state(self) -> list[list[object]]:
        return [
            [command.address, command.args, command.glide_s, command.slot]
            for command in self._engine.state()
            if command.address not in LASTING
        ]

    def _report_state(self) -> None:
        last_hop = self._engine.time_samples - self._engine.hop_samples
        self._scheduled = [(number, due) for number, due in self._scheduled if due > last_hop]
        not_yet_due = [number for number, _ in self._scheduled]
        self._parent.send("state", self._number, self._state(), not_yet_due)
        self._changed = False
        self._state_due_s = time.monotonic() + IDLE_STATE_INTERVAL_S


def run(parent: Parent, settings: dict[str, Any]) -> None:
    """Be the synthesis process."""
    SynthesisProcess(parent, settings).run()
