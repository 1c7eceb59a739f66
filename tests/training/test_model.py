"""Test the network: sizes, shapes, prior, range of its output."""

from dataclasses import replace

import numpy as np
import onnxruntime
import pytest
import torch
from support.small import MODEL, SETTINGS

from distill_live.engine.decoding.partial_decode import make_partial_decode
from distill_live.spectrogram import LOW_LATENCY, STANDARD, SpectrogramSettings
from distill_train.bundling.onnx_export import export_decoder
from distill_train.config import ModelConfig
from distill_train.training import model as network
from distill_train.training.model import ConvVAE, padded_size


def chunks(count: int, settings: SpectrogramSettings = SETTINGS, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    chunk = torch.rand((count, *settings.shape), generator=generator)
    chunk[:, 1] = 2 * chunk[:, 1] - 1
    return chunk


def test_the_default_network_is_the_one_that_was_designed() -> None:
    model = ConvVAE(ModelConfig(), STANDARD)
    assert sum(p.numel() for p in model.parameters()) == pytest.approx(10.9e6, rel=0.01)
    kernels = [tuple(p.shape[:2]) for p in model.encoder.parameters() if p.ndim == 4]
    assert kernels == [(64, 2), (128, 64), (256, 128), (512, 256), (512, 512)]
    kernels = [tuple(p.shape[:2]) for p in model.decoder.parameters() if p.ndim == 4]
    assert kernels == [(512, 512), (512, 256), (256, 128), (128, 64), (64, 2)]
    assert model.decoder.linear.in_features == 128


def test_both_profiles_have_chunks_of_one_shape_so_one_network() -> None:
    assert STANDARD.shape == LOW_LATENCY.shape == (2, 128, 94)


@pytest.mark.parametrize(
    "settings",
    [
        SETTINGS,
        SpectrogramSettings(16000, 256, 64, 16, 256 * 8, 256),
        SpectrogramSettings(16000, 512, 128, 64, 128 * 63, 512),
    ],
    ids=["40 x 38", "16 x 33", "64 x 64"],
)
def test_any_size_comes_back_as_it_went_in(settings: SpectrogramSettings) -> None:
    model = ConvVAE(MODEL, settings).eval()
    decoded, mean, log_variance = model(chunks(3, settings), torch.zeros(3, MODEL.latent_dim))
    assert decoded.shape == (3, *settings.shape)
    assert mean.shape == log_variance.shape == (3, MODEL.latent_dim)


@pytest.mark.parametrize(("size", "padded"), [(1, 32), (32, 32), (33, 64), (94, 96), (128, 128)])
def test_padding_goes_to_the_next_multiple_of_32(size: int, padded: int) -> None:
    assert padded_size(size) == padded


def test_magnitude_is_non_negative_and_if_within_one_for_any_latent() -> None:
    torch.manual_seed(0)
    model = ConvVAE(MODEL, SETTINGS).eval()
    with torch.no_grad():
        decoded = model.decoder(1000 * torch.randn((8, MODEL.latent_dim)))
    assert decoded[:, 0].min() >= 0
    assert decoded[:, 1].abs().max() <= 1
    assert decoded[:, 1].abs().max() > 0.9  # the whole range is in reach


def test_log_variance_is_held_within_20() -> None:
    model = ConvVAE(MODEL, SETTINGS).eval()
    with torch.no_grad():
        model.encoder.log_variance.weight.mul_(1e6)
        _, log_variance = model.encoder(chunks(2))
    assert log_variance.abs().max() == 20


def test_noise_moves_the_latent_by_the_posteriors_deviation() -> None:
    model = ConvVAE(MODEL, SETTINGS).eval()
    noise = torch.randn((2, MODEL.latent_dim))
    with torch.no_grad():
        decoded, mean, log_variance = model(chunks(2), noise)
        expected = model.decoder(mean + noise * torch.exp(log_variance / 2))
    assert torch.equal(decoded, expected)


def test_samples_come_from_the_prior_and_follow_the_rng() -> None:
    model = ConvVAE(MODEL, SETTINGS).eval()
    first = model.sample(3, np.random.default_rng(5))
    latents = np.random.default_rng(5).standard_normal((3, MODEL.latent_dim)).astype(np.float32)
    assert first.shape == (3, *SETTINGS.shape)
    assert torch.equal(first, model.decoder(torch.from_numpy(latents)))
    assert not torch.equal(first, model.sample(3, np.random.default_rng(6)))


def test_matrix_products_equal_the_convolutions(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    model, chunk = ConvVAE(MODEL, SETTINGS), chunks(3)
    results = []
    for pixels in (0, 10**6):
        monkeypatch.setattr(network, "MAX_MATRIX_PIXELS", pixels)
        model.zero_grad()
        decoded, _, _ = model(chunk, torch.zeros(3, MODEL.latent_dim))
        decoded.square().mean().backward()
        gradients = [parameter.grad for parameter in model.parameters() if parameter.ndim == 4]
        results.append([decoded.detach(), *(g.clone() for g in gradients if g is not None)])
    for by_convolution, by_matrix in zip(*results, strict=True):
        assert (by_matrix - by_convolution).norm() < 1e-3 * by_convolution.norm()


def test_a_new_decoder_has_no_checkerboard() -> None:
    torch.manual_seed(0)
    blocks = ConvVAE(ModelConfig(), STANDARD).decoder.blocks
    (convolution,) = (m for m in blocks[1].modules() if isinstance(m, torch.nn.ConvTranspose2d))
    even = torch.ones(1, convolution.in_channels, 6, 6)
    flat = convolution(even)[0, :, 2:-2, 2:-2].detach()
    phases = torch.stack([flat[:, y::2, x::2].mean((1, 2)) for y in (0, 1) for x in (0, 1)])
    assert phases.std(0).mean() < 0.3 * phases.mean(0).std()


def test_a_decoder_with_offsets_is_exported_and_decoded_in_parts() -> None:
    config = replace(MODEL, conditioning=4)
    decoder = ConvVAE(config, SETTINGS).decoder.eval()
    for parameter in decoder.conditioners.parameters():
        torch.nn.init.normal_(parameter)
    latents = np.random.default_rng(0).standard_normal((2, config.latent_dim), dtype=np.float32)
    content = export_decoder(decoder, latents).content
    parts = make_partial_decode(content)
    assert parts is not None
    assert parts.offset_stages == (0, 1, 2, 3)
    whole, windows = (
        onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
        for graph in (content, parts.model)
    )
    (expected,) = whole.run(None, {"latent": latents})
    for first, stop in ((0, SETTINGS.n_frames), (3, 9), (SETTINGS.n_frames - 1, SETTINGS.n_frames)):
        (found,) = windows.run(None, {"latent": latents, **parts.slice_inputs(first, stop)})
        np.testing.assert_allclose(found, expected[..., first:stop], atol=1e-4)
