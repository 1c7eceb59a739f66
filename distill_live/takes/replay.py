"""A take, rendered again: its events told to an engine, at the hops at which they were.

With the models that were played the samples are those that the engine rendered, bit for bit, since
chunks are taken over when the log says so. With another model each chunk is decoded at once, and
what that model does not know is passed over.

It knows engines and events; who reads the models, and what becomes of the samples, others do.
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
from distill_live.takes.events import EngineFacts, Event
from distill_live.takes.take_reader import Stretch, Take

_TELLING = frozenset({"do", "prepare", "model", "unload", "took"})


class Replay:
    """Renders a take.

    Parameters
    ----------
    take
        The take.
    bundles
        Its models by fingerprint.
    instead
        Played instead of the model that each engine began with.
    solo
        Heard alone: the models of this slot, 1 to 4.

    Attributes
    ----------
    sample_rate_hz, channels : int
    samples : int
        How many `blocks` yields altogether.
    rendered_samples : int
        How many are rendered for them, with what was played before the take.
    passed_over : int
        Commands so far that `instead` does not know.
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
        self._rate_was_hz = self.sample_rate_hz = facts.sample_rate_hz
        if instead is not None:
            self.sample_rate_hz = instead.settings.sample_rate_hz
        self.samples = self._scaled(take.samples)
        ends = (one.end_samples for one in take.stretches if one is not None)
        self.rendered_samples = sum(map(self._scaled, ends))
        self.passed_over = 0
        self._loads: dict[int, int] = {}
        # by slot and load, as long as a model plays
        self._decoders: WeakValueDictionary[tuple[int, int], ReplayDecoder] = WeakValueDictionary()

    def blocks(self, on_progress: Callable[[int], None] | None = None) -> Iterator[Float32]:
        """What was recorded, ``(frames, channels)``; a block may be empty while it comes to it.

        Each block is the last one's memory.

        Parameters
        ----------
        on_progress
            Told how many more of `rendered_samples` there are.

        Raises
        ------
        TakeError
            If the log does not fit the models.
        """
        left = self.samples
        for block in self._sound(on_progress or (lambda _: None)):
            part = block[:left]
            left -= len(part)
            yield part
        while left > 0:  # the rates' rounding
            rest = np.zeros((min(left, self.sample_rate_hz), self.channels), np.float32)
            left -= len(rest)
            yield rest

    def _sound(self, on_progress: Callable[[int], None]) -> Iterator[Float32]:
        stretches = iter(self._take.stretches)
        stretch: Stretch | None = None
        engine: Engine | None = None
        try:
            for event in self._take.events():
                if event.kind == "engine":
                    if engine is not None and stretch is not None:
                        yield from self._render(engine, stretch, stretch.end_samples, on_progress)
                        engine.close()
                        engine = None
                    stretch = next(stretches)
                    if stretch is not None:
                        engine = self._begin(cast(EngineFacts, event.facts))
                        yield from self._silence(stretch.silence_samples)
                elif engine is not None and stretch is not None and event.kind in _TELLING:
                    yield from self._render(engine, stretch, event.at, on_progress)
                    self._tell(engine, event)
            if engine is not None and stretch is not None:
                yield from self._render(engine, stretch, stretch.end_samples, on_progress)
        finally:
            if engine is not None:
                engine.close()

    def _begin(self, facts: EngineFacts) -> Engine:
        self._loads.clear()
        self._decoders.clear()
        if self._instead is not None:
            return Engine(
                self._instead,
                channels=facts.channels,
                seed=facts.seed,
                slot=facts.slot,
                solo=self._solo,
            )
        bundle = self._bundles[facts.fingerprint]
        return Engine(
            bundle,
            channels=facts.channels,
            seed=facts.seed,
            decoder=self._decoder(facts.slot, bundle),
            slot=facts.slot,
            sample_rate_hz=facts.sample_rate_hz,
            hop_samples=facts.hop_samples,
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
        stretch: Stretch,
        until_samples: int,
        on_progress: Callable[[int], None],
    ) -> Iterator[Float32]:
        """Render the hops that begin before a time, and yield what of them was recorded."""
        begin, end = self._scaled(stretch.begin_samples), self._scaled(stretch.end_samples)
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

    def _tell(self, engine: Engine, event: Event) -> None:
        try:
            self._do(engine, event)
        except (CommandError, ValueError) as error:
            if self._instead is None:
                where = f"{printable(self._take.path)}: line {event.line}"
                raise TakeError(f"{where} does not fit the model: {error}") from error
            self.passed_over += 1

    def _do(self, engine: Engine, event: Event) -> None:
        match event.kind, event.facts:
            case "do", (address, values, due, glide_s, slot):
                due = None if due is None else self._scaled(due)
                engine.apply(Command(address, values, due, glide_s, slot))
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
        """A time of the take's engine, of the one that plays."""
        if self.sample_rate_hz == self._rate_was_hz:
            return samples
        return round(samples * self.sample_rate_hz / self._rate_was_hz)
