"""Test each loss term against values computed by hand."""

import math

import pytest
import torch

from distill_train.config import LossConfig
from distill_train.training.losses import (
    audibility,
    chunk_losses,
    difference_loss,
    divergence_loss,
    frequency_loss,
    magnitude_loss,
    multiresolution_loss,
)


def magnitudes(seed: int = 0) -> torch.Tensor:
    return torch.rand((3, 40, 38), generator=torch.Generator().manual_seed(seed))


def test_what_equals_its_target_costs_nothing() -> None:
    target = magnitudes()
    assert magnitude_loss(target, target) == 0
    assert frequency_loss(target, target, target) == 0
    assert multiresolution_loss(target, target, 4.0) == 0


def test_magnitude_loss_is_the_mean_absolute_difference() -> None:
    assert magnitude_loss(magnitudes() + 0.25, magnitudes()).item() == pytest.approx(0.25, rel=1e-5)


def test_frequency_counts_by_its_share_of_the_chunks_power() -> None:
    target, decoded, power = (torch.zeros(1, 8, 8) for _ in range(3))
    power[0, 2, 3], power[0, 5, 5] = 3.0, 1.0
    decoded[0, 2, 3] = 0.4  # three quarters of the power
    decoded[0, 0, 0] = 1.0  # none
    assert frequency_loss(decoded, target, power).item() == pytest.approx(0.3)
    assert frequency_loss(decoded, target, 1000 * power).item() == pytest.approx(0.3)
    assert frequency_loss(decoded, target, torch.zeros_like(power)) == 0


def test_a_level_error_costs_the_same_at_every_resolution_but_detail_costs_less_when_averaged() -> (
    None
):
    target = torch.full((1, 16, 16), 1.0)
    level = multiresolution_loss(target + 0.1, target, 4.0)
    checker = 0.1 * (-1.0) ** (torch.arange(16)[:, None] + torch.arange(16))[None]
    detail = multiresolution_loss(target + checker, target, 4.0)
    assert level.item() == pytest.approx(0.1, rel=0.05)
    assert detail.item() < 0.5 * level.item()


def test_the_divergence_of_the_prior_is_its_free_bits() -> None:
    prior = torch.zeros(5, 8)
    assert divergence_loss(prior, prior, 0.0) == 0
    assert divergence_loss(prior, prior, 0.25).item() == pytest.approx(8 * 0.25)


def test_the_divergence_is_the_closed_form() -> None:
    mean, log_variance = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, math.log(4.0)]])
    expected = 0.5 + 0.5 * (4 - 1 - math.log(4))
    assert divergence_loss(mean, log_variance, 0.0).item() == pytest.approx(expected)


def test_gradients_are_finite_even_for_silence() -> None:
    decoded = torch.full((2, 2, 40, 38), 0.1, requires_grad=True)
    posterior = (torch.zeros(2, 8), torch.zeros(2, 8))
    losses = chunk_losses(decoded, torch.zeros(2, 2, 40, 38), posterior, scale=4.0, free_bits=0.0)
    torch.autograd.backward(losses.magnitude + losses.frequency + losses.multiresolution)
    assert decoded.grad is not None
    assert torch.isfinite(decoded.grad).all()


def test_bands_far_below_the_loudest_of_their_frame_have_less_weight() -> None:
    target = torch.ones((1, 8, 8))
    target[0, 4] = 6.0  # 87 dB above at this scale
    weights = audibility(target, target, 4.0, 0.2)
    assert weights.mean().item() == pytest.approx(1.0)
    assert (weights[0, 0] / weights[0, 4]).max().item() == pytest.approx(0.2, rel=0.01)
    decoded = target.clone()
    decoded[0, 0] = 6.0
    weights = audibility(decoded, target, 4.0, 0.2)
    assert torch.equal(weights[0, 0], weights[0, 4]), "sound that should not be there counts"
    assert torch.equal(audibility(decoded, target, 4.0, 1.0), torch.ones_like(target))


def test_differences_count_detail_and_no_level() -> None:
    target, weights = magnitudes(), torch.ones((3, 40, 38))
    assert difference_loss(target + 0.25, target, weights).item() == pytest.approx(0.0, abs=1e-6)
    ramp = 0.1 * torch.arange(38.0).expand(3, 40, 38)
    assert difference_loss(target + ramp, target, weights).item() == pytest.approx(0.1, rel=1e-4)


def test_differences_are_reported_where_they_have_a_weight() -> None:
    decoded, target = (torch.stack([magnitudes(seed), magnitudes(seed)], 1) for seed in (0, 1))
    posterior = torch.zeros((3, 4)), torch.zeros((3, 4))
    losses = chunk_losses(decoded, target, posterior, scale=4.0, free_bits=0.0)
    assert "differences" not in losses.named(LossConfig(differences=0))
    named = losses.named(LossConfig(differences=0.5))
    default = losses.named(LossConfig(differences=0))
    expected = default["reconstruction"] + 0.5 * named["differences"]
    assert named["reconstruction"] == pytest.approx(expected, rel=1e-5)
