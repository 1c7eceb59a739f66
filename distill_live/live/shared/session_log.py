"""Log every input of an engine, so that a replay gives the same samples.

The log begins with the engine's first sample, since no summary of its state brings another engine
to the same bits. It lies in shared memory: writing waits for no disk, and it survives the process;
the recorder copies it (`distill_live.takes`).
"""

from typing import Any

from distill_live.bundle import Bundle
from distill_live.engine import ChunkSwap, Command, Engine
from distill_live.engine.mixing.synthesis_group import LoadedModel
from distill_live.live.shared.shared_block import LOG_BYTES, SharedBlock
from distill_live.spectrogram import Float32
from distill_live.takes.take_file import FULL_BYTES, event_line, is_full


class SessionLog:
    """Writer of the log, one event a line.

    Parameters
    ----------
    block
        Shared memory.
    """

    def __init__(self, block: SharedBlock) -> None:
        self._block = block
        self._full = is_full(block.log, block.log_bytes)  # since an earlier engine
        block.log_begin_bytes = block.log_bytes

    def add(self, kind: str, time_samples: int, *facts: object) -> None:
        """Append an event; where the log is full, append ``full`` and ignore later ones.

        An engine of which nothing fits adds no ``full``, which would belong to the one before.
        """
        if self._full:
            return
        line = event_line([kind, time_samples, *facts]) + b"\n"
        start = self._block.log_bytes
        if start + len(line) > LOG_BYTES - FULL_BYTES:
            self._full = True
            if start == self._block.log_begin_bytes:
                return
            line = event_line(["full", time_samples]) + b"\n"
        if start + len(line) <= LOG_BYTES:
            self._block.log[start : start + len(line)] = line
            self._block.log_bytes = start + len(line)


class LoggedEngine(Engine):
    """Engine that logs commands, models and chunk swaps.

    Parameters
    ----------
    log
        Receives the events.
    bundle, seed, slot, **options
        As for `distill_live.engine.Engine`.
    """

    def __init__(
        self, bundle: Bundle, *, log: SessionLog, seed: int, slot: int = 1, **options: Any
    ) -> None:
        self._log: SessionLog | None = None  # the first model is part of the event ``engine``
        self._swaps: list[tuple[int, ...]] = []
        self._hop_start = 0
        super().__init__(bundle, seed=seed, slot=slot, on_chunk_swap=self._on_chunk_swap, **options)
        self._log = log
        facts = {
            "name": bundle.name,
            "fingerprint": bundle.fingerprint,
            "slot": slot,
            "channels": self.channels,
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
        due, glide_s, slot = command.time_samples, command.glide_s, command.slot
        facts = [command.address, command.args, due, glide_s, slot, command.on_beat or None]
        while facts[-1] is None:
            facts.pop()
        self._add("do", *facts)

    def prepare(self) -> None:
        """As `Engine.prepare`."""
        super().prepare()
        self._add("prepare")

    def render(self, out: Float32) -> None:
        """As `Engine.render`, for one hop."""
        self._hop_start = self.time_samples
        super().render(out)
        if self._swaps and self._log is not None:
            self._log.add("took", self._hop_start, *self._swaps)
            self._swaps.clear()

    def _add(self, kind: str, *facts: object) -> None:
        if self._log is not None:
            self._log.add(kind, self.next_hop_samples, *facts)

    def _on_chunk_swap(self, swap: ChunkSwap) -> None:
        offset = swap.time_samples - self._hop_start
        facts = swap.slot, swap.load, swap.head, swap.channel, swap.request
        self._swaps.append((*facts, offset) if offset else facts)
