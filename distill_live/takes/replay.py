"""Render a take again: apply its events to an engine at their logged times.

With the models of the take the samples are the same, bit for bit, since chunks are swapped at the
logged times. With another model each chunk is decoded at once, and unknown commands are skipped.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import cast
from weakref import WeakValueDictionary

import numpy as np

from distill_live.bundle import Bundle
from distill_live.engine import ChunkSwap, Command, Decoder, Engine, ReplayDecoder
from distill_live.errors import CommandError, TakeError
from distill_live.files import printable
from distill_live.spectrogram import Float32
from distill_live.takes.events import EngineFacts, TakeEvent
from distill_live.takes.take_reader import RecordedSpan, Take

_APPLIED = frozenset({"do", "prepare", "model", "unload", "took"})


class Replay:
    """Renderer of one take.

    Parameters
    ----------
    take
        The take.
    bundles
        Models of the take, by fingerprint.
    instead
        Model to play instead of the first model of each engine.
    solo
        Slot to hear alone, 1 to 4; None for the mix.

    Attributes
    ----------
    sample_rate_hz, channels : int
    samples : int
        Number of frames that `blocks` yields.
    rendered_samples : int
        Number of frames rendered for that, including those before the take.
    skipped_commands : int
        Number of commands so far that `instead` does not have.
    """

    def __init__(
        self,
        take: Take,
        bundles: Mapping[str, Bundle],
        *,
        instead: Bundle | None = None,
        solo: int | None = None,
    ) -> None:
        self._take, self._bundles = take, bundles
        self._instead, self._solo = instead, solo
        facts = take.engine
        self.channels = facts.channels
        self._take_rate_hz = self.sample_rate_hz = facts.sample_rate_hz
        if instead is not None:
            self.sample_rate_hz = instead.settings.sample_rate_hz
        self.samples = self._scaled(take.samples)
        ends = (one.end_samples for one in take.spans if one is not None)
        self.rendered_samples = sum(map(self._scaled, ends))
        self.skipped_commands = 0
        self._loads: dict[int, int] = {}
        # by slot and load; dropped with the model
        self._decoders: WeakValueDictionary[tuple[int, int], ReplayDecoder] = WeakValueDictionary()

    def blocks(self, on_progress: Callable[[int], None] | None = None) -> Iterator[Float32]:
        """Yield the recorded sound, ``(frames, channels)``; blocks before the take are empty.

        The next block overwrites the memory of the last.

        Parameters
        ----------
        on_progress
            Called with the number of frames rendered since the last call.

        Raises
        ------
        TakeError
            If the log does not match the models.
        """
        left = self.samples
        for block in self._sound(on_progress or (lambda _: None)):
            part = block[:left]
            left -= len(part)
            yield part
        while left > 0:  # rounding of the rates
            rest = np.zeros((min(left, self.sample_rate_hz), self.channels), np.float32)
            left -= len(rest)
            yield rest

    def _sound(self, on_progress: Callable[[int], None]) -> Iterator[Float32]:
        spans = iter(self._take.spans)
        span: RecordedSpan | None = None
        engine: Engine | None = None
        try:
            for event in self._take.events():
                if event.kind == "engine":
                    if engine is not None and span is not None:
                        yield from self._render(engine, span, span.end_samples, on_progress)
                        engine.close()
                        engine = None
                    span = next(spans)
                    if span is not None:
                        engine = self._start_engine(cast(EngineFacts, event.facts))
                        yield from self._silence(span.silence_samples)
                elif engine is not None and span is not None and event.kind in _APPLIED:
                    yield from self._render(engine, span, event.at, on_progress)
                    self._apply_event(engine, event)
            if engine is not None and span is not None:
                yield from self._render(engine, span, span.end_samples, on_progress)
        finally:
            if engine is not None:
                engine.close()

    def _start_engine(self, facts: EngineFacts) -> Engine:
        self._loads.clear()
        self._decoders.clear()
        bundle = self._instead or self._bundles[facts.fingerprint]
        exact = self._instead is None
        return Engine(
            bundle,
            channels=facts.channels,
            seed=facts.seed,
            decoder=self._decoder(facts.slot, bundle),
            slot=facts.slot,
            sample_rate_hz=facts.sample_rate_hz if exact else None,
            hop_samples=facts.hop_samples if exact else None,
            solo=self._solo,
        )

    def _decoder(self, slot: int, bundle: Bundle) -> Decoder | None:
        if self._instead is not None:
            return None
        load = self._loads.get(slot, 0)
        self._loads[slot] = load + 1
        decoder = self._decoders[slot, load] = ReplayDecoder(bundle, slot=slot, load=load)
        return decoder

    def _render(
        self,
        engine: Engine,
        span: RecordedSpan,
        until_samples: int,
        on_progress: Callable[[int], None],
    ) -> Iterator[Float32]:
        """Render the hops that begin before a time; yield the recorded part of each."""
        begin, end = self._scaled(span.begin_samples), self._scaled(span.end_samples)
        until = min(self._scaled(until_samples), end)
        hop = np.empty((engine.hop_samples, self.channels), dtype=np.float32)
        while engine.next_hop_samples < until:
            start = engine.time_samples
            try:
                engine.render(hop)
            except TakeError as error:
                raise TakeError(f"{printable(self._take.path)}: {error}") from None
            on_progress(min(len(hop), end - start))
            yield hop[max(0, begin - start) : max(0, end - start)]

    def _silence(self, samples: int) -> Iterator[Float32]:
        left = self._scaled(samples)
        while left > 0:
            block = np.zeros((min(left, self.sample_rate_hz), self.channels), dtype=np.float32)
            left -= len(block)
            yield block

    def _apply_event(self, engine: Engine, event: TakeEvent) -> None:
        try:
            self._apply_checked(engine, event)
        except (CommandError, ValueError) as error:
            if self._instead is None:
                where = f"{printable(self._take.path)}: line {event.line}"
                raise TakeError(f"{where} does not match the model: {error}") from error
            self.skipped_commands += 1

    def _apply_checked(self, engine: Engine, event: TakeEvent) -> None:
        match event.kind, event.facts:
            case "do", (address, values, due, glide_s, slot, on_beat):
                due = None if due is None else self._scaled(due)
                engine.apply(Command(address, values, due, glide_s, slot, on_beat))
            case "prepare", _:
                engine.prepare()
            case "model", (number, _, fingerprint):
                bundle = self._bundles[fingerprint]
                decoder = self._decoder(number, bundle)
                engine.install(engine.load_model(number, bundle, decoder))
            case "unload", (number,):
                engine.unload(number)
            case "took", taken if self._instead is None:
                for slot, load, head, channel, request, later in taken:
                    one = ChunkSwap(event.at + later, head, channel, request, slot, load)
                    decoder = self._decoders.get((slot, load))
                    if decoder is not None:
                        decoder.feed(one)

    def _scaled(self, samples: int) -> int:
        """Convert a time of the take's engine to one of the playing engine."""
        if self.sample_rate_hz == self._take_rate_hz:
            return samples
        return round(samples * self.sample_rate_hz / self._take_rate_hz)
