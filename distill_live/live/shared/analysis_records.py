"""Features and latents of the input in shared memory, from analysis to synthesis."""

from array import array
from collections.abc import Sequence

from distill_live.addresses import INPUT_FEATURES
from distill_live.live.shared.shared_block import (
    FEATURE_RECORDS,
    FEATURES,
    LATENT_RECORDS,
    MAX_LATENT_SIZE,
    SharedBlock,
)

ONSET = INPUT_FEATURES.index("onset")


class FeatureRecords:
    """Either end of the records of features.

    Parameters
    ----------
    block
        Shared memory.
    """

    def __init__(self, block: SharedBlock) -> None:
        self._block = block
        self._read = block.features_written

    def write(self, features: Sequence[float]) -> None:
        """Append a record, in the order of ``/input/features``."""
        written = self._block.features_written
        start = FEATURES * (written % FEATURE_RECORDS)
        self._block.features[start : start + FEATURES] = memoryview(array("d", features))
        self._block.features_written = written + 1

    def take(self) -> tuple[float, ...] | None:
        """The newest record with the strongest onset since the last call; None if none is new."""
        written = self._block.features_written
        first = max(self._read, written - FEATURE_RECORDS // 2)
        if first == written:
            return None
        self._read = written
        records = [self._record(index) for index in range(first, written)]
        onset = max(record[ONSET] for record in records)
        return (*records[-1][:ONSET], onset, *records[-1][ONSET + 1 :])

    def _record(self, index: int) -> tuple[float, ...]:
        start = FEATURES * (index % FEATURE_RECORDS)
        return tuple(self._block.features[start : start + FEATURES])


class LatentRecords:
    """Either end of the encoded latents, of which only the newest counts.

    Parameters
    ----------
    block
        Shared memory.
    """

    def __init__(self, block: SharedBlock) -> None:
        self._block = block
        self._read = block.latents_written

    def write(self, latent: Sequence[float]) -> None:
        """Append a latent, as ``/input/latent`` has it."""
        written = self._block.latents_written
        record = array("d", [len(latent), *latent])
        start = self._start(written)
        self._block.latents[start : start + len(record)] = memoryview(record)
        self._block.latents_written = written + 1

    def take(self) -> tuple[float, ...] | None:
        """The newest latent; None if it was taken before."""
        written = self._block.latents_written
        if written == self._read:
            return None
        self._read = written
        start = self._start(written - 1)
        size = int(self._block.latents[start])
        return tuple(self._block.latents[start + 1 : start + 1 + size])

    @staticmethod
    def _start(index: int) -> int:
        return (1 + MAX_LATENT_SIZE) * (index % LATENT_RECORDS)
