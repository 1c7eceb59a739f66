"""All that happens to an engine, in order: with it, a replay gives the same samples again.

It is kept from the engine's first sample on, since no summary of an engine that has played for an
hour brings another to the same bits. It lies in shared memory, so that writing it waits for no disk
and nothing is lost when this process is killed; a recorder copies it (`distill_live.takes`).
"""

from collections.abc import Callable

from distill_live.bundle import Bundle
from distill_live.engine import ChunkSwap, Command, Decoder, Engine
from distill_live.engine.slot import Slot
from distill_live.engine.synthesis_group import LoadedModel
from distill_live.live.shared.shared_block import LOG_BYTES, SharedBlock
from distill_live.spectrogram import Float32
from distill_live.takes.take_file import event_line

_ROOM_BYTES = 64
"""For the event that says that there is no more room."""


class SessionLog:
    """The end that synthesis writes to, a line an event.

    Parameters
    ----------
    block
        Shared memory.
    """

    def __init__(self, block: SharedBlock) -> None:
        self._block = block
        self._full = False
        block.log_begin_bytes = block.log_bytes

    def add(self, kind: str, time_samples: int, *facts: object) -> None:
        """Add an event; the last one that there is room for says that it is the last."""
        if self._full:
            return
        line = event_line([kind, time_samples, *facts]) + b"\n"
        start = self._block.log_bytes
        if start + len(line) > LOG_BYTES - _ROOM_BYTES:
            self._full = True
            line = event_line(["full", time_samples]) + b"\n"
        if start + len(line) <= LOG_BYTES:
            self._block.log[start : start + len(line)] = line
            self._block.log_bytes = start + len(line)


class LoggedEngine(Engine):
    """An engine that writes down what it is told, and what it takes over.

    Parameters
    ----------
    log
        Where.
    bundle, channels, seed, decoder, on_gone, slot, sample_rate_hz, hop_samples
        As for `distill_live.engine.Engine`.
    """

    def __init__(
        self,
        bundle: Bundle,
        *,
        log: SessionLog,
        channels: int,
        seed: int,
        decoder: Decoder,
        on_gone: Callable[[Slot], None] | None = None,
        slot: int = 1,
        sample_rate_hz: int | None = None,
        hop_samples: int | None = None,
    ) -> None:
        self._log: SessionLog | None = None  # what is installed first is told with the rest
        self._taken: list[tuple[int, ...]] = []
        self._hop_start = 0
        super().__init__(
            bundle,
            channels=channels,
            seed=seed,
            decoder=decoder,
            on_chunk_swap=self._note,
            on_gone=on_gone,
            slot=slot,
            sample_rate_hz=sample_rate_hz,
            hop_samples=hop_samples,
        )
        self._log = log
        facts = {
            "name": bundle.name,
            "fingerprint": bundle.fingerprint,
            "slot": slot,
            "channels": channels,
            "seed": seed,
            "sample_rate_hz": self.sample_rate_hz,
            "hop_samples": self.hop_samples,
        }
        log.add("engine", 0, facts)

    def install(self, model: LoadedModel) -> None:
        """As `Engine.install`."""
        super().install(model)
        self._add("model", model.number, model.bundle.name, model.bundle.fingerprint)

    def unload(self, number: int) -> None:
        """As `Engine.unload`."""
        super().unload(number)
        self._add("unload", number)

    def apply(self, command: Command) -> None:
        """As `Engine.apply`."""
        super().apply(command)
        facts = [command.address, command.args, command.time_samples, command.glide_s, command.slot]
        while facts[-1] is None:
            facts.pop()
        self._add("do", *facts)

    def prepare(self) -> None:
        """As `Engine.prepare`."""
        super().prepare()
        self._add("prepare")

    def render(self, out: Float32) -> None:
        """As `Engine.render`; a hop at a time is asked for."""
        self._hop_start = self.time_samples
        super().render(out)
        if self._taken and self._log is not None:
            self._log.add("took", self._hop_start, *self._taken)
            self._taken.clear()

    def _add(self, kind: str, *facts: object) -> None:
        if self._log is not None:
            self._log.add(kind, self.next_hop_samples, *facts)

    def _note(self, one: ChunkSwap) -> None:
        later = one.time_samples - self._hop_start
        taken = one.slot, one.load, one.head, one.channel, one.request
        self._taken.append((*taken, later) if later else taken)
