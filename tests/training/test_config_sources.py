"""Test the layers of a configuration: defaults, preset, file, overrides."""

from pathlib import Path

import pytest

from distill_live.errors import ConfigurationError
from distill_live.spectrogram import PROFILES
from distill_train.config import (
    ModelConfig,
    TrainingConfig,
    config_from_checkpoint,
    merge_layers,
    settings_page,
)
from distill_train.config_sources import (
    FEW_CHUNKS,
    MANY_CHUNKS,
    MAX_PASSES,
    MIN_PASSES,
    PRESET_NAMES,
    PRESETS,
    CorpusSize,
    auto_values,
    layer_config,
    parse_overrides,
)


def layered(
    preset: str | None = None,
    toml: Path | None = None,
    *assignments: str,
    seconds: float = 60.0,
    files: int = 3,
    **given: object,
) -> TrainingConfig:
    values = parse_overrides(None, assignments, given)
    return layer_config(preset, toml, values, lambda: CorpusSize(files, seconds))


def test_each_layer_goes_before_the_one_below(tmp_path: Path) -> None:
    toml = tmp_path / "x.toml"
    toml.write_text("seed = 3\nepochs = 7\n[regularization]\ndropout = 0.3\n[loss]\nkl = 0.5\n")
    assert layered() == TrainingConfig()
    aggressive = layered("aggressive")
    assert aggressive.regularization.dropout == PRESETS["aggressive"]["regularization"]["dropout"]
    assert aggressive.epochs == 0
    found = layered("aggressive", toml, "loss.kl=0.25", "loss.free_bits=0", epochs=9, seed=None)
    assert (found.seed, found.epochs) == (3, 9)
    assert found.regularization.dropout == 0.3
    assert found.regularization.weight_decay == aggressive.regularization.weight_decay
    assert (found.loss.kl, found.loss.free_bits) == (0.25, 0.0)
    assert found.loss.magnitude == TrainingConfig().loss.magnitude


def test_a_file_may_name_a_preset_and_what_is_given_another(tmp_path: Path) -> None:
    toml = tmp_path / "x.toml"
    toml.write_text('preset = "balanced"\n')
    assert layered(None, toml) == layered("balanced")
    assert layered("aggressive", toml) == layered("aggressive")
    toml.write_text('preset = "brutal"\n')
    with pytest.raises(ConfigurationError, match="brutal is none of conservative"):
        layered(None, toml)


def test_presets_grow_harder_against_overfitting() -> None:
    mild, middle, hard = (layered(name) for name in ("conservative", "balanced", "aggressive"))
    assert mild == TrainingConfig()
    for one, next_one in ((mild, middle), (middle, hard)):
        assert one.regularization.dropout < next_one.regularization.dropout
        assert one.regularization.weight_decay < next_one.regularization.weight_decay
        assert one.augmentation_expansion < next_one.augmentation_expansion
        assert one.loss.kl < next_one.loss.kl


def test_auto_goes_by_the_corpus() -> None:
    base = TrainingConfig()
    sizes = [3.0, 0.9 * FEW_CHUNKS, 2.0 * FEW_CHUNKS, 1.1 * MANY_CHUNKS, 60.0 * MANY_CHUNKS]
    found = [layered("auto", seconds=seconds) for seconds in sizes]
    drops = [config.regularization.dropout for config in found]
    assert drops == sorted(drops, reverse=True)
    assert len(set(drops)) == 3
    for seconds, config in zip(sizes, found, strict=True):
        chunks = (1 + config.augmentation_expansion) * seconds / (1.0 - config.overlap)
        passes = config.chunks_drawn / chunks
        assert 0.9 * MIN_PASSES <= passes <= 1.1 * MAX_PASSES
    assert found[2].chunks_drawn == base.chunks_drawn
    assert found[3].overlap < base.overlap
    many = auto_values(CorpusSize(400, 40.0), base)["chunks_drawn"]  # many short files
    assert many >= MIN_PASSES * 400
    assert layered("auto", None, "overlap=0.8", seconds=sizes[3]).overlap == 0.8


def test_names_are_as_documented() -> None:
    assert PRESET_NAMES == ("conservative", "balanced", "aggressive", "auto")


def test_what_is_given_is_read_as_toml() -> None:
    values = parse_overrides(
        "low-latency", ["device=cpu", "loss.kl=1e-3", "model.channels=[1,2,3,4,5]"], {"seed": 4}
    )
    assert values["device"] == "cpu"
    assert values["loss"] == {"kl": 1e-3}
    assert values["model"] == {"channels": [1, 2, 3, 4, 5]}
    assert values["spectrogram"]["hop_samples"] == PROFILES["low-latency"].hop_samples
    assert values["seed"] == 4
    for wrong in ("epochs", "=3", "a b=3", "x='"):
        with pytest.raises(ConfigurationError, match="sets nothing"):
            parse_overrides(None, [wrong], {})
    with pytest.raises(ConfigurationError, match=r"loss\.kll is no setting"):
        layered(None, None, "loss.kll=3")


def test_the_low_latency_profile_has_half_the_widths() -> None:
    half = tuple(width // 2 for width in ModelConfig().channels)
    for profile, widths in (("standard", ModelConfig().channels), ("low-latency", half)):
        overrides = parse_overrides(profile, (), {})
        config = layer_config(None, None, overrides, lambda: CorpusSize(3, 60.0))
        assert config.model.channels == widths
        assert config.spectrogram == PROFILES[profile]


def test_merging_leaves_its_layers_alone() -> None:
    low, high = {"a": {"x": 1, "y": 2}, "b": 1}, {"a": {"y": 3}, "c": {"z": 1}}
    assert merge_layers(low, high) == {"a": {"x": 1, "y": 3}, "b": 1, "c": {"z": 1}}
    assert low == {"a": {"x": 1, "y": 2}, "b": 1}
    merge_layers(low, high)["a"]["x"] = 7
    assert low["a"] == {"x": 1, "y": 2}


def test_the_page_of_settings_is_current() -> None:
    page = Path(__file__).parents[2] / "docs" / "settings.md"
    assert page.read_text("utf-8") == settings_page(), (
        "python -m distill_train.config > docs/settings.md"
    )


def test_a_run_without_later_settings_keeps_what_was_there_before_them() -> None:
    config = config_from_checkpoint({"epochs": 3, "model": {"latent_dim": 4}})
    assert (config.optimiser, config.epochs) == ("adamw", 3)
    assert (config.model.conditioning, config.model.latent_dim) == (0, 4)
    assert config.spectral_augmentation.until == 1.0
    assert config_from_checkpoint({"optimiser": "muon"}).optimiser == "muon"
    with pytest.raises(ConfigurationError, match="model is 3"):
        config_from_checkpoint({"model": 3})
