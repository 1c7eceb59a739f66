"""Test checkpoints: atomic writes, refusal of foreign files without unpickling."""

import pickle
import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from support.small import MODEL, SETTINGS, small_config

from distill_live.errors import ConfigurationError, TrainingError
from distill_live.spectrogram import Statistics
from distill_train.config import (
    LossConfig,
    ModelConfig,
    TrainingConfig,
    config_from_checkpoint,
    config_from_json,
    config_to_json,
)
from distill_train.training.checkpoint import (
    BEST,
    RunFiles,
    TrainedModel,
    load_model,
    read_checkpoint,
    write_checkpoint,
)
from distill_train.training.schedule import Schedule
from distill_train.training.state import Checkpointer, TrainState

TENSORS = {"a": torch.arange(6.0).reshape(2, 3), "b.c": torch.tensor(3)}
VALUES = {"text": "ü", "list": [1, 2.5, None], "table": {"deep": True}}


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "x.safetensors", TENSORS, VALUES)
    tensors, values = read_checkpoint(tmp_path / "x.safetensors")
    assert values == VALUES
    assert set(tensors) == set(TENSORS)
    assert all(torch.equal(tensors[name], TENSORS[name]) for name in TENSORS)
    assert [path.name for path in tmp_path.iterdir()] == ["x.safetensors"]


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    write_checkpoint(path, TENSORS, VALUES)
    before = path.read_bytes()
    with pytest.raises(TypeError):
        write_checkpoint(path, TENSORS, {"value": object()})
    with pytest.raises(TrainingError, match="not written"):
        write_checkpoint(tmp_path / "nowhere/x.safetensors", TENSORS, VALUES)
    assert path.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


class Trap:
    """Object that creates a file when unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (Path.touch, (self.path,))  # type: ignore[return-value]


def test_foreign_files_are_refused_and_not_run(tmp_path: Path) -> None:
    sprung = tmp_path / "sprung"
    foreign: dict[str, Callable[[Path], object]] = {
        "pickle": lambda path: path.write_bytes(pickle.dumps(Trap(sprung))),
        "torch": lambda path: torch.save({"x": Trap(sprung)}, path),
        "text": lambda path: path.write_text("hello"),
        "empty": lambda path: path.touch(),
        "safetensors": lambda path: save_file(TENSORS, path),
    }
    for name, write in foreign.items():
        path = tmp_path / name
        write(path)
        with pytest.raises(TrainingError, match="not a checkpoint of distill-train") as refusal:
            read_checkpoint(path)
        assert "\n" not in str(refusal.value)
    assert not sprung.exists()
    with pytest.raises(TrainingError, match="is not a file"):
        read_checkpoint(tmp_path / "nowhere")


class Clock:
    """Replaces the module `time` in the training state."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def perf_counter(self) -> float:
        return self.now_s


class SlowFiles(RunFiles):
    """Files of a run on a disk where each write takes the next of some times."""

    def __init__(self, clock: Clock, writes_s: list[float], fails: bool) -> None:
        super().__init__(Path("nowhere"))
        self.clock, self.writes_s, self.fails, self.written = clock, writes_s, fails, 0

    def write(self, *_: object) -> None:
        self.clock.now_s += self.writes_s[self.written]
        self.written += 1
        if self.fails:
            raise TrainingError("not written")


@pytest.mark.parametrize(
    ("seconds", "writes_s", "waits_s"),
    [
        (60.0, [1.0] * 4, [60, 60, 60, 60]),
        (60.0, [30.0] * 4, [60, 60, 300, 300]),
        (60.0, [1.0, 1.0, 5000.0, 1.0, 1.0], [60, 60, 60, 60, 60]),  # a pause
        (0.0, [30.0] * 4, [0, 0, 0, 0]),
    ],
)
@pytest.mark.parametrize("fails", [False, True])
def test_a_slow_disk_gets_fewer_checkpoints(
    monkeypatch: pytest.MonkeyPatch,
    seconds: float,
    writes_s: list[float],
    waits_s: list[int],
    fails: bool,
) -> None:
    clock = Clock()
    monkeypatch.setattr("distill_train.training.state.time", clock)
    config = replace(small_config(), checkpoint_seconds=seconds)
    state = TrainState(config, torch.device("cpu"), Schedule(config, 40))
    initial = TrainedModel(state.model, config, Statistics(scale=4.0), "", {})
    files = SlowFiles(clock, writes_s, fails)
    checkpointer = Checkpointer(files, state, initial, {}, lambda _: None)
    for wait_s in waits_s:
        before = files.written
        if wait_s:
            clock.now_s += wait_s - 1
            checkpointer.save_if_due()
            assert files.written == before
            clock.now_s += 1
        checkpointer.save_if_due()
        assert files.written == before + 1


def test_another_version_and_broken_numbers_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    save_file(TENSORS, path, {"format": "distill-train checkpoint", "version": "99"})
    with pytest.raises(TrainingError, match="version 99"):
        read_checkpoint(path)
    write_checkpoint(path, {"a": torch.tensor([np.nan])}, VALUES)
    with pytest.raises(TrainingError, match="not finite"):
        read_checkpoint(path)
    write_checkpoint(path, TENSORS, VALUES)
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(TrainingError, match="not a checkpoint"):
        read_checkpoint(path)


def test_a_checkpoint_without_a_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    write_checkpoint(path, TENSORS, VALUES)
    with pytest.raises(TrainingError, match="no checkpoint of a model"):
        load_model(path)
    values = {
        "config": config_to_json(small_config()),
        "statistics": {},
        "folder": "",
        "summary": {},
    }
    write_checkpoint(path, TENSORS, values)
    with pytest.raises(TrainingError, match="no checkpoint of a model"):
        load_model(path)


def test_a_configuration_survives_json() -> None:
    config = TrainingConfig(
        epochs=7, spectrogram=SETTINGS, model=MODEL, loss=LossConfig(kl=0.5, free_bits=0)
    )
    assert config_from_json(config_to_json(config)) == config
    assert config_from_json({}) == TrainingConfig()


def test_a_run_from_before_a_setting_goes_on_as_it_began() -> None:
    config = TrainingConfig()
    assert config_from_checkpoint(config_to_json(config)) == config
    early = config_from_checkpoint({"model": {"latent_dim": 12}, "loss": {"kl": 0.5}})
    assert early.model == ModelConfig(latent_dim=12, conditioning=0)
    assert early.loss == LossConfig(kl=0.5, differences=0, inaudible=1)
    assert early.spectral_augmentation.until == 1
    assert early.optimiser == "adamw"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"epoch": 3}, "epoch is no setting"),
        ({"loss": {"kll": 1}}, "loss.kll is no setting"),
        ({"loss": 3}, "must be a table"),
        ({"epochs": "3"}, "epochs is '3'; it must be of type int"),
        ({"epochs": True}, "must be of type int"),
        ({"learning_rate": float("nan")}, "learning_rate is nan"),
        ({"model": {"channels": [1, 2]}}, "channels has 2 widths"),
        ({"model": {"channels": [1, 2, 3, 4, "5"]}}, "must be a list of whole numbers"),
        ({"model": {"latent_dim": 0}}, "latent_dim is 0"),
        ({"batch_size": 1}, "batch_size is 1"),
        ({"spectrogram": {"n_fft": 1000}}, "power of two"),
    ],
)
def test_what_cannot_be_configured_is_refused_with_its_name(
    values: dict[str, object], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        config_from_json(values)


def test_a_width_must_be_positive() -> None:
    with pytest.raises(ConfigurationError, match="channels is 0"):
        ModelConfig(channels=(4, 4, 4, 4, 0))


def test_commands_of_messages_can_be_given_to_a_shell(tmp_path: Path) -> None:
    for name in ("rain", "Field Recordings (2)"):
        files = RunFiles(tmp_path / f"{name}.run")
        files.folder.mkdir()
        (files.folder / BEST).touch()
        resume, export = files.continuation().split("'")[1::2]
        best, out = files.folder / BEST, tmp_path / f"{name}.distill"
        assert shlex.split(resume) == ["distill-train", "resume", str(files.folder)]
        assert shlex.split(export) == ["distill-train", "export", str(best), "--out", str(out)]


def test_a_run_in_the_working_directory_is_continued_from_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "near.run"
    folder.mkdir()
    (folder / BEST).touch()
    monkeypatch.chdir(folder)
    resume, export = RunFiles(Path()).continuation().split("'")[1::2]
    out = folder.resolve().with_suffix(".distill")
    assert shlex.split(resume) == ["distill-train", "resume", "."]
    assert shlex.split(export) == ["distill-train", "export", BEST, "--out", str(out)]
