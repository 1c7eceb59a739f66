"""Input encoder: when it encodes, in which coordinates, and models without one."""

from dataclasses import replace

import numpy as np
import pytest
from support import sounds
from support.tiny import complete_bundle, tiny_bundle

from distill_live.bundle import Bundle
from distill_live.errors import ConfigurationError
from distill_live.input.encoder import DECIMALS, ENCODE_HOPS, InputEncoder

BUNDLE = complete_bundle()
HOP = BUNDLE.settings.hop_samples
SOUND = sounds.plucked(1.0, np.random.default_rng(2), BUNDLE.settings.sample_rate_hz)


def latents(bundle: Bundle, hops: int) -> list[tuple[float, ...]]:
    """Latents of a second, pushed so many hops at a time."""
    encoder = InputEncoder(bundle)
    parts = SOUND[: len(SOUND) // (hops * HOP) * hops * HOP].reshape(-1, hops * HOP)
    return [latent for latent in map(encoder.push, parts) if latent is not None]


def test_latents_come_every_few_hops_in_standard_deviations() -> None:
    found = latents(BUNDLE, 1)
    assert len(found) == len(SOUND) // HOP // ENCODE_HOPS
    mean, std = np.float32(0.5), np.full(BUNDLE.latent_size, 2.0, np.float32)
    moved = replace(BUNDLE, latent_mean=np.full_like(std, mean), latent_std=std)
    expected = (np.array(found) - mean) / std
    np.testing.assert_allclose(latents(moved, 1), expected, atol=1.01 * 10.0**-DECIMALS)


def test_who_comes_late_gets_the_newest_chunk_only() -> None:
    late = latents(BUNDLE, 3 * ENCODE_HOPS)
    assert late == latents(BUNDLE, 1)[2::3][: len(late)]


def test_a_sound_after_silence_is_heard_as_if_it_had_long_sounded() -> None:
    rate_hz, hops = BUNDLE.settings.sample_rate_hz, BUNDLE.settings.n_frames
    tone = np.sin(2.0 * np.pi * 440.0 / rate_hz * np.arange(2 * hops * HOP)).astype(np.float32)
    tone[: hops * HOP] = 0.0
    encoder = InputEncoder(BUNDLE)
    found = [encoder.push(part) for part in tone.reshape(-1, HOP)]
    silent, begun, long = (
        np.array(next(latent for latent in found[hop:] if latent is not None))
        for hop in (hops - ENCODE_HOPS, hops + 3 * ENCODE_HOPS, -ENCODE_HOPS)
    )
    assert np.abs(begun - long).max() < 0.1 * np.abs(silent - long).max()


def test_a_model_without_an_encoder_says_how_to_get_one() -> None:
    with pytest.raises(ConfigurationError, match="'distill-train export CHECKPOINT --out NEW'"):
        InputEncoder(tiny_bundle())
