"""AdamW that updates convolution kernels by Muon: momentum made orthogonal.

K. Jordan et al., *Muon: An optimizer for hidden layers in neural networks*, 2024. The network needs
less than half the steps of AdamW alone (`docs/experiments.md`).
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from distill_train.config import TrainingConfig
from distill_train.training.devices import onednn_is_exact, onednn_products

MIN_ROWS, MAX_ROWS = 3, 256
"""Range of a kernel's rows, the fewer of its channels, that Muon updates. Outermost kernels have 2;
with 512 rows, the matrix products would take as long as the rest of a step."""

RATE = 20.0
"""Spectral norm of an update relative to the learning rate."""

MOMENTUM = 0.95

COEFFICIENTS, ITERATIONS = (3.4445, -4.7750, 2.0315), 5
"""Coefficients of the Newton-Schulz iteration ``a x + b x^3 + c x^5``, and its number of steps."""


class Muon(torch.optim.AdamW):
    """AdamW, with Muon for kernels; weight decay on matrices and kernels, not on biases and norms.

    Parameters
    ----------
    parameters
        Parameters of the network.
    config
        Optimiser, learning rate and weight decay.
    """

    def __init__(self, parameters: list[nn.Parameter], config: TrainingConfig) -> None:
        weight_decay = config.regularization.weight_decay
        kernels = [p for p in parameters if config.optimiser == "muon" and _is_hidden_kernel(p)]
        of_muon = {id(kernel) for kernel in kernels}
        others = [p for p in parameters if id(p) not in of_muon]
        groups = [
            {"params": [p for p in others if p.ndim > 1], "weight_decay": weight_decay},
            {"params": [p for p in others if p.ndim <= 1], "weight_decay": 0.0},
            {"params": kernels, "weight_decay": weight_decay},
        ]
        super().__init__(groups, config.learning_rate, betas=(0.9, 0.99), fused=True)
        self._onednn = bool(kernels) and kernels[0].device.type == "cpu" and onednn_is_exact()

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """Update all parameters from their gradients."""
        kernels = self.param_groups[-1]
        for kernel in kernels["params"]:
            if kernel.grad is None:
                continue
            state = self.state[kernel]
            if not state:
                state["momentum"] = torch.zeros_like(kernel)
            momentum = state["momentum"].mul_(MOMENTUM).add_(kernel.grad)
            with onednn_products(self._onednn):
                update = orthogonalised(kernel.grad + MOMENTUM * momentum)
            kernel.mul_(1.0 - kernels["lr"] * kernels["weight_decay"])
            kernel.add_(update, alpha=-RATE * kernels["lr"])
            kernel.grad = None  # AdamW leaves it alone
        loss: float | None = super().step(closure)
        return loss


def orthogonalised(kernel: Tensor) -> Tensor:
    """Kernel with all singular values near 1, by Newton-Schulz iteration.

    The rows of the matrix are the kernel's fewer channels. The iteration works on its Gram matrix,
    which is small: all its polynomials commute, and are applied to the rows once. In float32 only:
    rounded to bfloat16, the Gram matrix has eigenvalues below 0, which the iteration lets grow.

    Parameters
    ----------
    kernel
        ``[channels, channels, rows, columns]``; nothing is copied if channels come last in memory.
    """
    pixels = kernel.permute(0, 2, 3, 1)
    by_output = kernel.shape[0] <= kernel.shape[1]
    matrix = pixels.flatten(1) if by_output else pixels.flatten(0, 2).T
    norm = kernel.norm().clamp(min=1e-15)
    gram = (matrix @ matrix.T) / norm.square()
    a, b, c = COEFFICIENTS
    product = torch.eye(len(gram), device=gram.device) / norm
    for _ in range(ITERATIONS):
        factor = torch.addmm(gram, gram, gram, beta=b, alpha=c)
        factor.diagonal().add_(a)
        product = factor @ product
        gram = factor @ gram @ factor
    # The product is symmetric, as all polynomials of the Gram matrix are.
    found: Tensor = product @ matrix if by_output else matrix.T @ product
    return found.view(pixels.shape).permute(0, 3, 1, 2)


def _is_hidden_kernel(parameter: Tensor) -> bool:
    return parameter.ndim == 4 and MIN_ROWS <= min(parameter.shape[:2]) <= MAX_ROWS
