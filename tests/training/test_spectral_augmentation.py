"""Test spectral augmentation: level, colour and mixtures of chunks."""

import numpy as np
import pytest
import torch
from support.small import SETTINGS

from distill_live.spectrogram import Representation, Statistics
from distill_train.config import SpectralAugmentationConfig
from distill_train.training.spectral_augmentation import Variations, augmented, draw_variations

STATISTICS = Statistics(scale=4.0)
BATCH = 3


@pytest.fixture
def chunks(rng: np.random.Generator) -> torch.Tensor:
    """Chunks with power and frequency in most bins, silence in some."""
    magnitude = rng.uniform(0.0, 2.0, (BATCH, SETTINGS.n_mels, SETTINGS.n_frames))
    magnitude[:, 7:9] = 0.0
    frequency = rng.uniform(-1.0, 1.0, magnitude.shape) * (magnitude > 0)
    return torch.from_numpy(np.stack([magnitude, frequency], axis=1).astype(np.float32))


def variations(level_db: float = 0.0, partner_power: float = 0.0) -> Variations:
    return Variations(
        level_db=np.full((BATCH, SETTINGS.n_mels), level_db),
        partner=np.array([1, 2, 0]),
        partner_power=np.full(BATCH, partner_power),
    )


def power(chunks: torch.Tensor) -> torch.Tensor:
    return torch.expm1(chunks[:, 0] * STATISTICS.scale)


def test_nothing_drawn_changes_nothing(chunks: torch.Tensor) -> None:
    assert augmented(chunks, variations(), STATISTICS.scale) == pytest.approx(chunks, abs=1e-5)


def test_a_level_is_that_of_the_power_and_leaves_frequencies(chunks: torch.Tensor) -> None:
    found = augmented(chunks, variations(level_db=-6.0), STATISTICS.scale)
    assert power(found) == pytest.approx(power(chunks) * 10**-0.6, rel=1e-3, abs=1e-4)
    assert torch.equal(found[:, 1], chunks[:, 1])


def test_a_mixture_is_what_the_instrument_makes_of_two_chunks(chunks: torch.Tensor) -> None:
    """Power adds; the frequency is the mean weighted by power, as in the play heads."""
    found = augmented(chunks, variations(partner_power=0.5), STATISTICS.scale)
    representation = Representation(SETTINGS, STATISTICS)
    (power_0, frequency_0), (power_1, frequency_1) = (
        representation.decode(chunks[index].numpy()) for index in (0, 1)
    )
    mixed, frequency = representation.decode(found[0].numpy())
    assert mixed == pytest.approx(power_0 + 0.5 * power_1, rel=2e-3, abs=1e-6)
    there = mixed > 0
    weighted = (power_0 * frequency_0 + 0.5 * power_1 * frequency_1)[there] / mixed[there]
    assert frequency[there] == pytest.approx(weighted, abs=0.02)
    assert (found[:, 0, 7:9] == 0).all()  # silence with silence is silence


def test_what_is_drawn_is_within_its_sizes_and_repeats() -> None:
    config = SpectralAugmentationConfig()
    first, second = (draw_variations(config, 500, 40, np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(first.level_db, second.level_db)
    assert np.abs(first.level_db).max() <= config.gain_db + config.filter_db
    assert sorted(first.partner) == list(range(500))
    assert 0.0 <= first.partner_power.min() <= first.partner_power.max() <= 1.0
    assert np.mean(first.partner_power > 0) == pytest.approx(config.mix_probability, abs=0.08)
    untouched = np.mean(np.all(first.level_db == 0.0, axis=1))
    assert untouched == pytest.approx(0.25, abs=0.08)
    smooth_db = np.abs(np.diff(first.level_db, axis=1)).max()
    assert smooth_db < 2 * config.filter_db * 5 / 39 + 1e-9


def test_shares_of_a_batch_are_varied_as_the_whole_and_mixed_among_themselves() -> None:
    config = SpectralAugmentationConfig()
    whole, *shares = (
        draw_variations(config, 11, 40, np.random.default_rng(3), share)
        for share in ((0, 1), (0, 2), (1, 2))
    )
    for first, share in enumerate(shares):
        assert np.array_equal(share.level_db, whole.level_db[first::2])
        assert np.array_equal(share.partner_power, whole.partner_power[first::2])
        assert sorted(share.partner) == list(range(len(share.level_db)))


def test_probabilities_of_nothing_draw_nothing() -> None:
    config = SpectralAugmentationConfig(gain_probability=0, filter_probability=0, mix_probability=0)
    drawn = draw_variations(config, 50, 40, np.random.default_rng(3))
    assert not drawn.level_db.any()
    assert not drawn.partner_power.any()
