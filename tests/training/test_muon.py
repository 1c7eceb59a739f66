"""Test Muon: orthogonal updates of hidden kernels, AdamW for everything else."""

from dataclasses import replace

import pytest
import torch
from support.small import MODEL, SETTINGS, small_config
from torch import Tensor

from distill_train.training.devices import onednn_is_exact, onednn_products
from distill_train.training.model import ConvVAE
from distill_train.training.muon import COEFFICIENTS, ITERATIONS, RATE, Muon, orthogonalised


def plain_newton_schulz(matrix: Tensor) -> Tensor:
    """The iteration as published, in float64."""
    a, b, c = COEFFICIENTS
    found: Tensor = matrix.double() / matrix.double().norm()
    for _ in range(ITERATIONS):
        gram = found @ found.T
        found = a * found + (b * gram + c * gram @ gram) @ found
    return found


@pytest.mark.parametrize("memory", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("shape", [(12, 40, 3, 3), (40, 12, 3, 3), (16, 16, 3, 3)])
def test_the_iteration_is_the_published_one_on_the_fewer_channels(
    shape: tuple[int, int, int, int], memory: torch.memory_format
) -> None:
    kernel = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    kernel *= torch.logspace(0, -2, shape[0])[:, None, None, None]
    found, wanted = orthogonalised(kernel.contiguous(memory_format=memory)), kernel
    assert found.shape == kernel.shape
    if shape[0] > shape[1]:
        found, wanted = found.transpose(0, 1), wanted.transpose(0, 1)
    torch.testing.assert_close(
        found.flatten(1).double(), plain_newton_schulz(wanted.flatten(1)), atol=2e-3, rtol=0
    )
    assert torch.linalg.matrix_norm(found.flatten(1), ord=2) < 1.3


def test_a_kernel_without_a_gradient_or_with_few_directions_has_no_large_update() -> None:
    generator = torch.Generator().manual_seed(0)
    few = torch.randn(96, 2, generator=generator) @ torch.randn(2, 128 * 9, generator=generator)
    few += 1e-6 * torch.randn(few.shape, generator=generator)
    found = orthogonalised(few.view(96, 128, 3, 3))
    assert torch.linalg.matrix_norm(found.flatten(1), ord=2) < 1.3
    assert torch.count_nonzero(orthogonalised(torch.zeros(12, 40, 3, 3))) == 0


def test_products_of_onednn_are_used_only_where_they_are_exact() -> None:
    kernel = torch.randn(96, 128, 3, 3, generator=torch.Generator().manual_seed(0))
    matmul = torch.backends.mkldnn.matmul  # type: ignore[attr-defined]
    before = matmul.fp32_precision
    with onednn_products(onednn_is_exact()):
        found = orthogonalised(kernel)
    assert matmul.fp32_precision == before
    torch.testing.assert_close(found, orthogonalised(kernel), atol=1e-4, rtol=0)


def test_an_update_of_a_kernel_has_one_norm_and_the_rest_is_updated_by_adamw() -> None:
    config = replace(small_config(), learning_rate=1e-3)
    models = [ConvVAE(MODEL, SETTINGS), ConvVAE(MODEL, SETTINGS)]
    models[1].load_state_dict(models[0].state_dict())
    before = {name: value.clone() for name, value in models[0].state_dict().items()}
    for model, optimiser in zip(models, ("muon", "adamw"), strict=True):
        for number, parameter in enumerate(model.parameters()):
            generator, scale = torch.Generator().manual_seed(number), 10.0 ** -(number % 5)
            parameter.grad = scale * torch.randn(parameter.shape, generator=generator)
        Muon([*model.parameters()], replace(config, optimiser=optimiser)).step()
    by_muon, by_adamw = (dict(model.named_parameters()) for model in models)
    orthogonal = 0
    for name, value in by_muon.items():
        if value.ndim == 4 and min(value.shape[:2]) > 2:
            update = (value - before[name]).detach()
            rows = update if value.shape[0] <= value.shape[1] else update.transpose(0, 1)
            norm = float(torch.linalg.matrix_norm(rows.flatten(1), ord=2))
            assert norm == pytest.approx(RATE * config.learning_rate, rel=0.35), name
            orthogonal += 1
        else:
            assert torch.equal(value, by_adamw[name]), name
    assert orthogonal == 8
