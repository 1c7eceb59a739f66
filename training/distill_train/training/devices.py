"""Where a run computes: the device by its name, mixed precision, and how much memory is in use.

It knows torch's devices and nothing of training.
"""

import torch
from torch import Tensor

from distill_live.errors import TrainingError
from distill_train.config import PRECISIONS

_TYPES = {name: getattr(torch, name) for name in PRECISIONS if name != "auto"}

FIRST_SCALE = 2.0**10
"""First factor of the loss in float16; torch's own would cost a run its first steps."""


def torch_device(name: str, index: int | None = None) -> torch.device:
    """The device of that name; ``auto`` is a GPU where there is one.

    Parameters
    ----------
    name
        ``auto`` or torch's name of a device.
    index
        Which of several GPUs, where the name does not say.

    Raises
    ------
    TrainingError
        If torch does not know it, or this machine has none.
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
            f"the device {name} is not to be had here; use auto, cpu, or what torch finds"
        ) from None
    return device


def memory_bytes(device: torch.device) -> int | None:
    """Most memory that was in use on a device with its own; None on others."""
    return torch.cuda.max_memory_allocated(device) if device.type == "cuda" else None


class Precision:
    """The type that the network computes in while it learns, and what that needs.

    Losses, weights and the optimiser are float32 in any case. In float16 small gradients vanish, so
    the loss is scaled up before they are taken, and they are scaled down again before they are
    used.

    Parameters
    ----------
    name
        One of `distill_train.config.PRECISIONS`.
    device
        Where it computes.
    """

    def __init__(self, name: str, device: torch.device) -> None:
        if name == "auto":
            name = "float32"
            if device.type == "cuda":
                name = "bfloat16" if torch.cuda.is_bf16_supported() else "float16"
        self.type: torch.dtype = _TYPES[name]
        self._device = device.type
        self._scaler = torch.amp.GradScaler(
            device.type, init_scale=FIRST_SCALE, enabled=self.type is torch.float16
        )

    def autocast(self) -> torch.autocast:
        """The context that the network runs in."""
        mixed = self.type is not torch.float32
        return torch.autocast(self._device, self.type if mixed else None, enabled=mixed)

    def backward(self, loss: Tensor, optimiser: torch.optim.Optimizer) -> None:
        """Take the gradients of a loss."""
        self._scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
        self._scaler.unscale_(optimiser)

    def step(self, optimiser: torch.optim.Optimizer, *, finite: bool) -> None:
        """Let the optimiser step if the gradients are finite."""
        if finite:
            self._scaler.step(optimiser)
        self._scaler.update()

    def state(self) -> dict[str, float]:
        """The factor of the loss and what it goes by, for a checkpoint; empty without one."""
        return dict(self._scaler.state_dict())

    def restore(self, state: dict[str, float]) -> None:
        """Go on from a state; another precision's is passed over."""
        if state and self._scaler.is_enabled():
            self._scaler.load_state_dict(state)
