"""Torch devices and mixed precision."""

import contextlib
import time
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from distill_live.errors import TrainingError
from distill_train.config import PRECISIONS

_TYPES: dict[str, torch.dtype] = {
    name: getattr(torch, name) for name in PRECISIONS if name != "auto"
}

MIN_SPEED = 1.6
"""Speed of matrix products in bfloat16, relative to float32, from which a CPU computes in it: those
that have it reach 3.8, others, which convert, 0.8 at most."""

INITIAL_SCALE = 2.0**10
"""Initial loss scale in float16; torch's default overflows in the first steps."""


def torch_device(name: str, index: int | None = None) -> torch.device:
    """Select a device by name.

    Parameters
    ----------
    name
        Torch's name of a device, or ``auto``: a GPU if there is one, else the CPU.
    index
        Number of the GPU if `name` does not give one.

    Raises
    ------
    TrainingError
        If torch does not know the device, or this machine has none.
    """
    if name == "auto":
        mps = torch.backends.mps.is_available()
        name = "cuda" if torch.cuda.is_available() else "mps" if mps else "cpu"
    if name == "cuda" and index is not None:
        name = f"cuda:{index}"
    try:
        device = torch.device(name)
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError):
        raise TrainingError(
            f"the device {name} is not available here; use auto, cpu, or a device that torch finds"
        ) from None
    return device


def memory_bytes(device: torch.device) -> int | None:
    """Peak memory in use on a CUDA device, or current memory on MPS; None on others."""
    if device.type == "mps":
        return torch.mps.driver_allocated_memory()
    return torch.cuda.max_memory_allocated(device) if device.type == "cuda" else None


class Precision:
    """Mixed precision: autocast, and loss scaling in float16, where small gradients vanish.

    Losses, weights and the optimiser are always float32.

    Parameters
    ----------
    name
        One of `distill_train.config.PRECISIONS`.
    device
        Device of the network.
    """

    def __init__(self, name: str, device: torch.device) -> None:
        self._device = device.type
        self._speed: float | None = None  # of bfloat16, where it has decided
        if name == "auto":
            name = "float32"
            if device.type == "cuda":
                with torch.cuda.device(device):
                    fast = torch.cuda.is_bf16_supported(including_emulation=False)
                name = "bfloat16" if fast else "float16"
            elif device.type == "cpu":
                self._speed = speed_of_bfloat16()
                name = "bfloat16" if self._speed > MIN_SPEED else "float32"
        self._set_type(name)

    def _set_type(self, name: str) -> None:
        self._name, self.type = name, _TYPES[name]
        self._scaler = torch.amp.GradScaler(
            self._device, init_scale=INITIAL_SCALE, enabled=self.type is torch.float16
        )

    def autocast(self) -> torch.autocast:
        """Context for the forward pass."""
        mixed = self.type is not torch.float32
        return torch.autocast(self._device, self.type if mixed else None, enabled=mixed)

    def backward(self, loss: Tensor, optimiser: torch.optim.Optimizer) -> None:
        """Compute the gradients of a loss."""
        self._scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
        self._scaler.unscale_(optimiser)

    def step(self, optimiser: torch.optim.Optimizer, *, finite: bool) -> None:
        """Update the weights if the gradients are finite."""
        if finite:
            self._scaler.step(optimiser)
        self._scaler.update()

    def state(self) -> dict[str, Any]:
        """Type, device and state of the loss scaling for a checkpoint."""
        return {"type": self._name, "device": self._device, **self._scaler.state_dict()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Restore a state; on a CPU ``auto`` takes its type, which other programs may have changed.

        A run in bfloat16 from another computer goes on in float32 where bfloat16 is slower. The
        scaling of another precision is ignored. Early checkpoints have no type.
        """
        if self._speed is not None and state.get("device") == self._device:
            simulated = state["type"] == "bfloat16" and self._speed < 1.0
            self._set_type("float32" if simulated else state["type"])
        if "scale" in state and self._scaler.is_enabled():
            self._scaler.load_state_dict(dict(state))


def speed_of_bfloat16() -> float:
    """Speed of matrix products of this processor in bfloat16, relative to float32."""

    def seconds(factors: torch.dtype) -> float:
        matrix = torch.ones(512, 512, dtype=factors)
        took_s = []
        for _ in range(8):
            begun_s = time.perf_counter()
            matrix @ matrix
            took_s.append(time.perf_counter() - begun_s)
        return min(took_s)  # other programs may have had the processor meanwhile

    return seconds(torch.float32) / seconds(torch.bfloat16)


@contextlib.contextmanager
def onednn_products(used: bool) -> Iterator[None]:
    """Have oneDNN multiply float32 matrices on a CPU, which is MKL's work otherwise.

    On AMD's processors with AVX-512 it takes half the time. Torch calls this a precision of
    bfloat16, to which some processors round: see `onednn_is_exact`.
    """
    matmul = torch.backends.mkldnn.matmul  # type: ignore[attr-defined]
    before = matmul.fp32_precision
    if used:
        matmul.fp32_precision = "bf16"
    try:
        yield
    finally:
        matmul.fp32_precision = before


def onednn_is_exact() -> bool:
    """Whether `onednn_products` are float32 on this processor; the same at each call."""
    matrix = torch.arange(512.0 * 512.0).sin().view(512, 512)
    product = matrix @ matrix
    with onednn_products(True):
        return torch.allclose(matrix @ matrix, product, rtol=0.0, atol=1e-4)
