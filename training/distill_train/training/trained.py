"""A trained model with what it needs to be used, and how a checkpoint holds it."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

from distill_live.errors import TrainingError
from distill_live.spectrogram import Statistics
from distill_train.config import TrainingConfig, config_from_json, config_to_json
from distill_train.training.checkpoint import read_checkpoint
from distill_train.training.history import MetricsHistory
from distill_train.training.model import ConvVAE

Summary = dict[str, str | int | float]
"""Text and numbers by name, as a bundle keeps them."""

WITHIN = "/"
"""Stands in the names of a checkpoint's tensors that are not the model's own."""


@dataclass(frozen=True)
class TrainedModel:
    """A model and what is known of it.

    Attributes
    ----------
    model
        In evaluation mode, on the CPU.
    config
        Of the run.
    statistics
        That its spectrograms are normalised with.
    folder
        Of the recordings, as it was then.
    summary
        Text and numbers about the run: counts, epochs, losses.
    history
        Of the run.
    """

    model: ConvVAE
    config: TrainingConfig
    statistics: Statistics
    folder: str
    summary: Summary
    history: MetricsHistory = field(default_factory=MetricsHistory, compare=False)


def model_values(
    config: TrainingConfig,
    statistics: Statistics,
    folder: str,
    summary: Summary,
    history: MetricsHistory,
) -> dict[str, Any]:
    """What a checkpoint holds besides its tensors, so that `load_model` can read it."""
    return {
        "config": config_to_json(config),
        "statistics": asdict(statistics),
        "folder": folder,
        "summary": summary,
        "history": history.to_json(),
    }


def load_model(path: Path) -> TrainedModel:
    """The model of a checkpoint: the best one's, or that of a step.

    Raises
    ------
    TrainingError
        If the file is no checkpoint, or its parts do not fit together.
    """
    tensors, values = read_checkpoint(path)
    try:
        config = config_from_json(values["config"])
        statistics = Statistics(**values["statistics"])
        history = MetricsHistory.from_json(values["history"])
        with torch.random.fork_rng(devices=[]):  # first weights are drawn, to be replaced
            model = ConvVAE(config.model, config.spectrogram, config.regularization.dropout)
        model.load_state_dict({name: t for name, t in tensors.items() if WITHIN not in name})
        folder, summary = str(values["folder"]), dict(values["summary"])
    except (KeyError, TypeError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise TrainingError(f"{path} is no checkpoint of a model: {reason}") from None
    return TrainedModel(model.eval(), config, statistics, folder, summary, history)
