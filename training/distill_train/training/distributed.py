"""Data-parallel training in the processes that `torchrun` starts.

    torchrun --nproc-per-node 4 --no-python distill-train DIR

Every process holds the whole model and draws the same random numbers. It computes its share of each
batch, and gradients are averaged. The first process writes files, shows progress and validates.
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
from distill_train.training.devices import torch_device

TIMEOUT = timedelta(hours=12)
"""Maximum wait for other processes; the first may build a cache or make a preview meanwhile."""


@dataclass(frozen=True)
class DistributedContext:
    """One of the processes that train together.

    Attributes
    ----------
    rank
        Number of this process, from 0.
    count
        Number of processes.
    local_rank
        Number of this process and its GPU on its machine, from 0.
    """

    rank: int = 0
    count: int = 1
    local_rank: int = 0

    @property
    def first(self) -> bool:
        """Whether this process writes files, shows progress and validates."""
        return self.rank == 0

    @property
    def share(self) -> tuple[int, int]:
        """Part of each batch that this process computes: `rank` of `count`."""
        return self.rank, self.count

    def device(self, name: str) -> torch.device:
        """Device of this process by name; see `torch_device`."""
        return torch_device(name, self.local_rank if self.count > 1 else None)

    def any(self, *flags: bool) -> list[bool]:
        """Logical or of each flag over all processes, which must all call this."""
        if self.count == 1:
            return list(flags)
        found = torch.tensor(flags, dtype=torch.int32)
        torch.distributed.all_reduce(found, torch.distributed.ReduceOp.MAX)
        return [bool(flag) for flag in found]

    def sums(self, values: Sequence[float]) -> list[float]:
        """Sum of each number over all processes, which must all call this."""
        if self.count == 1:
            return list(values)
        found = torch.tensor(values, dtype=torch.float64)
        torch.distributed.all_reduce(found)
        return [float(value) for value in found]

    def wait(self) -> None:
        """Wait until all processes call this."""
        if self.count > 1:
            torch.distributed.barrier()

    def wrapped(self, model: nn.Module, device: torch.device) -> nn.Module:
        """Model that averages its gradients over the processes.

        On CUDA batch norm uses the whole batch. On other devices torch lacks that: each process
        normalises by its own share, and the running statistics are those of the first.
        """
        if self.count == 1:
            return model
        if device.type == "cuda":
            model = nn.SyncBatchNorm.convert_sync_batchnorm(model)  # type: ignore[no-untyped-call]
            return DistributedDataParallel(model, device_ids=[device.index])
        return DistributedDataParallel(model)


ALONE = DistributedContext()
"""A single process."""


def is_first_process() -> bool:
    """As `DistributedContext.first`, before the processes connect."""
    return os.environ.get("RANK", "0") == "0"


@contextmanager
def processes(device_name: str) -> Iterator[DistributedContext]:
    """Join the processes that `torchrun` started, or yield `ALONE`.

    Parameters
    ----------
    device_name
        Device of the configuration; selects the communication backend.

    Raises
    ------
    TrainingError
        If the processes cannot connect.
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
            "cpu:gloo,cuda:nccl" if cuda else "gloo", timeout=TIMEOUT
        )
        rank = torch.distributed.get_rank()
    except (KeyError, RuntimeError, ValueError) as error:
        raise TrainingError(
            f"the {count} processes cannot connect "
            f"({' '.join(str(error).split())[:200]}); start them with torchrun"
        ) from None
    try:
        yield DistributedContext(rank, count, local_rank)
    finally:
        torch.distributed.destroy_process_group()
