"""Synthesis process: renders the engine just far enough ahead into the ring.

One loop: handle messages, render a hop when the ring has fallen to one device block or what
`--latency` asks for, else wait for whichever comes first. The decoder has a thread of its own, so a
hop never waits for it. Where the output's rate is not the model's, hops are resampled. Models are
read, and their decoders made, in a thread (`model_loader`), after another process has examined the
file.
"""

import gc
import queue
import sys
import time
from contextlib import suppress
from dataclasses import replace
from math import gcd
from pathlib import Path

import numpy as np

from distill_live.addresses import CEILING, LASTING, NOTES, Command, Values
from distill_live.bundle import Bundle
from distill_live.engine import Decoder
from distill_live.engine.mixing.resampling import Resampler
from distill_live.engine.mixing.synthesis_group import LoadedModel
from distill_live.errors import BundleError, CommandError, DistillError
from distill_live.ipc import protocol
from distill_live.ipc.pipes import Parent
from distill_live.ipc.priority import HELPERS, SYNTHESIS, take_priority, take_priority_everywhere
from distill_live.live.shared.analysis_records import FeatureRecords, LatentRecords
from distill_live.live.shared.meters import LevelMeters, PositionMeters
from distill_live.live.shared.ring import Ring
from distill_live.live.shared.session_log import LoggedEngine, SessionLog
from distill_live.live.shared.shared_block import RING_FRAMES, SharedBlock
from distill_live.live.synthesis.dry_input import DryInput
from distill_live.live.synthesis.load_governor import LoadGovernor
from distill_live.live.synthesis.model_loader import (
    Loaded,
    ModelLoader,
    close_soon,
    describe,
    make_decoder,
    read_again,
)
from distill_live.live.synthesis.timing import TimedDecoder, Timings
from distill_live.process_environment import load_onnxruntime

SWITCH_INTERVAL_S = 0.0005
"""Interpreter switch interval: maximum time for which another thread holds up the engine."""

MIN_WAIT_S, MAX_WAIT_S = 0.0003, 0.02

STALL_S = 0.25
"""Time without a hop after which questions are answered all the same."""

STATE_INTERVAL_S, IDLE_STATE_INTERVAL_S = 0.05, 1.0
"""Intervals of state reports, while commands arrive and while they do not."""

SLOW_SHARE = 0.5
"""Share of a device block's time above which a mean hop is slow: the ring holds a block more."""

MAX_NOTE_AHEAD_S = 0.2
"""Longest time after the next hop at which a note takes effect that was played during a pause of
rendering."""

LOAD_AVERAGE_S, LOAD_PEAK_S = 1.0, 5.0
"""Time constants of the two load meters."""


class SynthesisProcess:
    """Render until `Stop`, or until control is gone.

    Parameters
    ----------
    parent
        The control process.
    settings
        Of the process.
    """

    def __init__(self, parent: Parent, settings: protocol.SynthesisSettings) -> None:
        self._parent = parent
        self._block = SharedBlock.attach(settings.handle)
        channels = settings.channels
        self._latency_ms = settings.latency_ms
        self._wait_for_data = settings.wait_for_data
        self._ring = Ring(self._block, channels)
        self._log = SessionLog(self._block)
        self._timings = Timings() if settings.measure else None
        gc.collect()
        gc.freeze()  # before there are models, which are to be freed when they are replaced
        self._engine = self._make_engine(settings)
        self._loader = ModelLoader(self._engine, parent.inbox, wait_for_data=self._wait_for_data)
        self._hop = np.zeros((self._engine.hop_samples, channels), dtype=np.float32)
        self._hop_s = self._engine.hop_samples / self._engine.sample_rate_hz
        self._meters = LevelMeters(self._block, self._hop_s)
        self._positions = PositionMeters(self._block, self._hop_s)
        self._features, self._latents = FeatureRecords(self._block), LatentRecords(self._block)
        engine = self._engine
        engine.hear(
            DryInput(
                self._block,
                engine.sample_rate_hz,
                engine.hop_samples,
                delay_samples=engine.dry_delay_samples,
                ahead_s=lambda: self._least_frames / self._rate_hz,
            ).fill
        )
        self._governor: LoadGovernor | None = None
        if not (self._wait_for_data or settings.measure):  # which get all that was asked for
            self._governor = LoadGovernor()
        self._handled_s = 0.0  # time that messages have taken since the last hop
        self._rate_hz = 0
        self._resampler: Resampler | None = None
        self._questions: list[protocol.Question] = []
        self._number = 0
        self._played_samples = 0  # engine time of the newest note
        self._scheduled: list[tuple[int, int]] = []  # ApplyCommands.number, engine time
        self._changed = False
        self._state_due_s = 0.0
        self._gesture = self._engine.gesture

    def _make_engine(self, settings: protocol.SynthesisSettings) -> LoggedEngine:
        """Make the engine with its models and state; a model that is gone is left out.

        Raises
        ------
        BundleError
            If no model can be read, or, at the first start, one cannot.
        """
        bundles: dict[int, Bundle] = {}
        models: list[protocol.ReadModel] = []
        for file in settings.models:
            try:
                bundle, sha256 = read_again(Path(file.path), file.sha256)
            except BundleError as error:
                if file.sha256 is None or (not bundles and file == settings.models[-1]):
                    raise
                self._parent.send(protocol.Failed(f"{error}; slot {file.slot} is empty now"))
            else:
                bundles[file.slot] = bundle
                models.append(protocol.ReadModel(file.slot, sha256, describe(bundle)))
        self._parent.send(protocol.ModelsRead(tuple(models)))
        first, *others = bundles
        decoders = {n: self._decoder(b) for n, b in bundles.items()}
        take_priority_everywhere(HELPERS)  # the decoders' threads included
        take_priority(SYNTHESIS)
        engine = LoggedEngine(
            bundles[first],
            log=self._log,
            channels=settings.channels,
            seed=settings.seed,
            decoder=decoders[first],
            on_gone=close_soon,
            slot=first,
            sample_rate_hz=settings.sample_rate_hz,
            hop_samples=settings.hop_samples,
        )
        for number in others:
            engine.install(engine.load_model(number, bundles[number], decoders[number]))
        for command in settings.state:
            try:
                engine.apply(command)
            except CommandError:
                if settings.is_initial:
                    raise
        return engine

    def _decoder(self, bundle: Bundle) -> Decoder:
        if self._timings is not None and not self._wait_for_data:
            return TimedDecoder(bundle, self._timings)
        return make_decoder(bundle, wait=self._wait_for_data)

    def run(self) -> None:
        """Render and handle messages until the end."""
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        self._follow_rate()
        before = self._block.beat, self._block.engine_clock_ns
        self._render()
        self._block.load_average = self._block.load_peak = 0.0  # the first hop decodes as well
        self._take_up_beat(*before)
        self._parent.send(protocol.Ready())
        rendered_s = time.perf_counter()
        while True:
            self._follow_rate()
            spare_frames = self._ring.valid_frames - self._least_frames
            if spare_frames > 0:
                self._loader.begin()
            if spare_frames <= 0 and self._ring.writable_frames >= self._hop_frames:
                self._render()
                self._attend()
                rendered_s = time.perf_counter()
                wait_s = 0.0
            elif self._wait_for_data:
                wait_s = MIN_WAIT_S
            else:
                wait_s = 0.5 * spare_frames / self._rate_hz
                wait_s = min(max(wait_s, MIN_WAIT_S), MAX_WAIT_S)
            if time.perf_counter() - rendered_s > STALL_S:
                self._attend()
            if not self._receive(wait_s):
                break
        self._engine.close()

    @property
    def _hop_frames(self) -> int:
        """Maximum number of frames that a hop adds to the ring."""
        return -(-len(self._hop) * self._rate_hz // self._engine.sample_rate_hz)

    @property
    def _least_frames(self) -> int:
        """Fill level of the ring at which a hop is rendered.

        By default two blocks before the ring is empty: one block where hops end with blocks, since
        the levels between do not occur. It is a block more while rendering is slow, another while
        something is saved, and more by `ModelLoader.margin_s` while a model is loaded. There is
        always room for the hop; one that fills more than half of the ring is rendered when the ring
        is empty.
        """
        wanted = self._usual_frames + round(self._loader.margin_s * self._rate_hz)
        return max(0, min(wanted, RING_FRAMES - 2 * self._hop_frames))

    @property
    def _usual_frames(self) -> int:
        block_frames = self._block.block_frames
        if self._latency_ms is None:
            common = gcd(block_frames, len(self._hop)) if self._resampler is None else 1
            hop_share = self._block.load_average * self._hop_s * self._rate_hz / block_frames
            saves = self._governor is not None and self._governor.level > 0
            return (2 + (hop_share > SLOW_SHARE) + saves) * block_frames - common
        return max(block_frames, round(1e-3 * self._latency_ms * self._rate_hz) - self._hop_frames)

    def _follow_rate(self) -> None:
        """Follow the output's rate."""
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
        """Handle all messages that are there, or wait for one; False at the end."""
        try:
            message = self._parent.inbox.get(wait_s > 0, wait_s)
        except queue.Empty:
            return True
        start_ns = time.perf_counter_ns()
        goes_on = self._handle(message)
        self._handled_s += (time.perf_counter_ns() - start_ns) * 1e-9
        return goes_on

    def _handle(self, message: object) -> bool:
        """Handle a message, and all that wait after it; False at the end."""
        try:
            while True:
                match message:
                    case protocol.ApplyCommands():
                        self._apply(message)
                    case protocol.Question(_, protocol.GetValues() | protocol.Sync()):
                        self._questions.append(message)
                    case protocol.Question():
                        self._answer(message)  # before the next commands
                    case Loaded():
                        self._parent.send(
                            protocol.Answer(message.token, self._install(message.part))
                        )
                        self._loader.end()
                    case _:
                        return False
                message = self._parent.inbox.get_nowait()
        except queue.Empty:
            return True

    def _apply(self, message: protocol.ApplyCommands) -> None:
        due_samples = None if message.due_ns is None else self._samples_at(message.due_ns)
        if due_samples is not None:
            self._scheduled.append((message.number, due_samples))
        for index, command in enumerate(message.commands):
            at_samples = due_samples
            if at_samples is None and command.address.startswith(NOTES):
                at_samples = self._samples_of_note(message.given_ns)
            try:
                self._engine.apply(replace(command, time_samples=at_samples))
            except CommandError as error:
                refusal = protocol.Refusal(error.code, str(error))
                self._parent.send(protocol.CommandRefused(message.number, index, refusal))
        self._engine.prepare()
        self._number = message.number
        if not self._changed:
            self._changed = True
            self._state_due_s = min(self._state_due_s, time.perf_counter() + STATE_INTERVAL_S)

    def _install(self, part: LoadedModel | DistillError) -> protocol.Refusal | None:
        if isinstance(part, DistillError):
            return protocol.Refusal("invalid", str(part))
        try:
            self._engine.install(part)
        except CommandError as error:
            close_soon(part.slot)
            return protocol.Refusal(error.code, str(error))
        return None

    def _unload(self, slot: int) -> protocol.Refusal | None:
        try:
            self._engine.unload(slot)
        except CommandError as error:
            return protocol.Refusal(error.code, str(error))
        return None

    def _samples_at(self, due_ns: int) -> int:
        """Engine time at a time of the monotonic clock, as its hops are consumed."""
        ahead_s = (due_ns - self._block.engine_clock_ns) * 1e-9
        return self._block.engine_time_samples + round(ahead_s * self._engine.sample_rate_hz)

    def _samples_of_note(self, given_ns: int) -> int:
        """Engine time of a note's command, not before that of an earlier one.

        In a pause of rendering, times run ahead of the hops: what comes after it would be before
        what was played in it, and a note would begin after its end.
        """
        last = self._engine.next_hop_samples
        last += round(MAX_NOTE_AHEAD_S * self._engine.sample_rate_hz)
        now = min(self._samples_at(given_ns), last)
        self._played_samples = max(self._played_samples, now)
        return self._played_samples

    def _take_up_beat(self, beat: float, clock_ns: int) -> None:
        """Go on from the beat of the process that ended, if there was one."""
        if not clock_ns:
            return
        passed_s = 1e-9 * (time.perf_counter_ns() - clock_ns)
        passed_s += (self._ring.valid_frames - self._least_frames) / self._rate_hz  # still to come
        clock = self._engine.clock
        now = (beat + passed_s * clock.tempo / 60.0) % clock.bar_beats
        self._engine.apply(Command("/clock/beat", (now,)))

    def _render(self) -> None:
        block, engine = self._block, self._engine
        start_ns = time.perf_counter_ns()
        block.engine_time_samples = engine.time_samples
        block.engine_clock_ns = start_ns
        wait_s = engine.clock.wait_s(engine.time_samples)
        block.beat_clock_ns = start_ns + round(1e9 * wait_s) if wait_s else 0
        self._hear()
        engine.render(self._hop)
        block.beat = engine.clock.beat  # at `engine_clock_ns`
        if self._resampler is None:
            self._ring.write(self._hop)
        else:  # between two samples of the limiter's there may be a higher one
            self._ring.write(np.clip(self._resampler.process(self._hop), -CEILING, CEILING))
        self._meters.update(engine.read_meters())
        self._positions.update(engine)
        took_s = (time.perf_counter_ns() - start_ns) * 1e-9
        if self._timings is not None:
            self._timings.rendered(
                took_s,
                written_s=time.perf_counter(),
                ahead_s=self._ring.valid_frames / self._rate_hz,
                least_s=self._least_frames / self._rate_hz,
            )
        load = (took_s + self._handled_s) / self._hop_s
        self._handled_s = 0.0
        block.load_average += (load - block.load_average) * min(1.0, self._hop_s / LOAD_AVERAGE_S)
        block.load_peak = max(load, block.load_peak * (1.0 - min(1.0, self._hop_s / LOAD_PEAK_S)))
        governor = self._governor
        if governor is not None and governor.update(
            block.load_average, self._hop_s, underruns=block.underruns
        ):
            engine.apply(Command("/economy", (governor.level,)))
            self._parent.send(protocol.Economised(governor.level, block.load_average))

    def _hear(self) -> None:
        """Apply what analysis has found since the last hop."""
        block, engine = self._block, self._engine
        features, latent = self._features.take(), self._latents.take()
        if features is not None:
            engine.apply(Command("/input/features", features))
        if latent is not None:
            with suppress(CommandError):  # not finite, or of a model that was just replaced
                engine.apply(Command("/input/latent", latent))
        block.input_followed = int(engine.slot.input.followed)
        block.input_gain_db = float(engine.value("/input/gain")[0])

    def _attend(self) -> None:
        """Answer questions, and report the state if that is due."""
        engine = self._engine
        if engine.gesture != self._gesture:
            if self._gesture:
                self._parent.send(protocol.GestureEnded(self._gesture))
            self._gesture = engine.gesture
        for question in self._questions:
            self._answer(question)
        self._questions.clear()
        if time.perf_counter() >= self._state_due_s:
            self._report_state()

    def _answer(self, question: protocol.Question) -> None:
        answer: object = None
        match question.request:
            case protocol.GetValues(addresses):
                answer = tuple(map(self._value, addresses))
            case protocol.GetState():
                answer = _reported(self._engine.leading_state())
            case protocol.GetModels():
                models = self._engine.models()
                answer = tuple(
                    protocol.SlotStatus(n, weight, fading) for n, _, weight, fading in models
                )
            case protocol.GetNeighbours(most):
                answer = tuple(self._engine.slot.navigator.neighbours(most))
            case protocol.GetChunkLevels(most):
                answer = tuple(self._engine.slot.chunk_levels_db(most))
            case protocol.GetTimings() if self._timings is not None:
                answer = self._timings.read()
            case protocol.LoadModel() as request:
                self._loader.request(question.token, request)
                return
            case protocol.UnloadModel(slot):
                answer = self._unload(slot)
        self._parent.send(protocol.Answer(question.token, answer))

    def _value(self, address: str) -> Values:
        """Value of an address; empty if it is gone with its model."""
        try:
            return self._engine.value(address)
        except CommandError:
            return ()

    def _report_state(self) -> None:
        last_hop = self._engine.time_samples - self._engine.hop_samples
        self._scheduled = [(number, due) for number, due in self._scheduled if due > last_hop]
        not_yet_due = tuple(number for number, _ in self._scheduled)
        state, waiting = map(_reported, (self._engine.state(), self._engine.waiting))
        self._parent.send(protocol.StateReport(self._number, state, not_yet_due, waiting))
        self._changed = False
        self._state_due_s = time.perf_counter() + IDLE_STATE_INTERVAL_S


def _reported(commands: tuple[Command, ...]) -> tuple[Command, ...]:
    return tuple(one for one in commands if one.address not in LASTING)


def run(parent: Parent, settings: protocol.SynthesisSettings) -> None:
    """Run the synthesis process."""
    load_onnxruntime()  # takes 0.2 s, better before control hears of the models than after
    SynthesisProcess(parent, settings).run()
