"""Several processes that train one model, as `torchrun` starts them; one process is the usual case.

    torchrun --nproc-per-node 4 --no-python distill-train DIR

Every process holds the whole model and draws the same random numbers; of each batch it computes its
share, and gradients are averaged. The first process writes, shows and judges; the others compute.
This module knows torch.distributed, and nothing of training.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from distill_live.errors import TrainingError

PATIENCE = timedelta(hours=12)
"""For which a process waits for the others: the first may make a cache, or look at a preview."""


@dataclass(frozen=True)
class DistributedContext:
    """One process among those that train together.

    Attributes
    ----------
    rank
        Its number, from 0.
    count
        How many there are.
    local_rank
        Its number on its machine, which is that of its GPU.
    """

    rank: int = 0
    count: int = 1
    local_rank: int = 0

    @property
    def first(self) -> bool:
        """Whether this one writes, shows and judges."""
        return self.rank == 0

    @property
    def share(self) -> tuple[int, int]:
        """Which part of each batch is this one's: `rank` of `count`."""
        return self.rank, self.count

    def any(self, *flags: bool) -> list[bool]:
        """Each flag: whether it is set in any process. All must ask."""
        if self.count == 1:
            return list(flags)
        found = torch.tensor(flags, dtype=torch.int32)
        torch.distributed.all_reduce(found, torch.distributed.ReduceOp.MAX)
        return [bool(flag) for flag in found]

    def sums(self, values: Sequence[float]) -> list[float]:
        """Each number: its sum over the processes. All must ask."""
        if self.count == 1:
            return list(values)
        found = torch.tensor(values, dtype=torch.float64)
        torch.distributed.all_reduce(found)
        return [float(value) for value in found]

    def wait(self) -> None:
        """Wait until every process is here."""
        if self.count > 1:
            torch.distributed.barrier()

    def wrapped(self, model: nn.Module, device: torch.device) -> nn.Module:
        """The model as it learns: its gradients are averaged over the processes.

        On CUDA batch norm goes by the whole batch. Elsewhere torch cannot do that: each process
        norms by its own share, and the first one's running statistics become everyone's.
        """
        if self.count == 1:
            return model
        if device.type == "cuda":
            model = nn.SyncBatchNorm.convert_sync_batchnorm(model)  # type: ignore[no-untyped-call]
            return DistributedDataParallel(model, device_ids=[device.index])
        return DistributedDataParallel(model)


ALONE = DistributedContext()
"""One process."""


@contextmanager
def processes(device_name: str) -> Iterator[DistributedContext]:
    """The processes that `torchrun` started, or this one alone.

    Parameters
    ----------
    device_name
        Of the configuration; decides how they talk to one another.

    Raises
    ------
    TrainingError
        If they do not find one another.
    """
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if count <= 1:
        yield ALONE
        return
    cuda = device_name.startswith(("auto", "cuda")) and torch.cuda.is_available()
    try:
        local_rank = int(os.environ["LOCAL_RANK"])
        if cuda:
            torch.cuda.set_device(local_rank)
        torch.distributed.init_process_group(
            "cpu:gloo,cuda:nccl" if cuda else "gloo", timeout=PATIENCE
        )
        rank = torch.distributed.get_rank()
    except (KeyError, RuntimeError, ValueError) as error:
        raise TrainingError(
            f"the {count} processes do not find one another "
            f"({' '.join(str(error).split())[:200]}); start them with torchrun"
        ) from None
    try:
        yield DistributedContext(rank, count, local_rank)
    finally:
        torch.distributed.destroy_process_group()
