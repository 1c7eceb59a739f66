"""The training loop, from weights to the best checkpoint, readable from top to bottom.

It knows tensors, epochs and a run's folder. Where the chunks come from, what progress looks like
and what becomes of the model are its caller's affair.
"""

import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from distill_live.errors import TrainingError
from distill_live.spectrogram import Statistics
from distill_train.checkpoint import read_checkpoint, write_checkpoint
from distill_train.config import TrainingConfig, config_from_json, config_to_json
from distill_train.dataset import ChunkDataset
from distill_train.losses import Losses, chunk_losses
from distill_train.model import ConvVAE

Summary = dict[str, str | int | float]
"""Text and numbers by name, as a bundle keeps them."""

BEST = "best.safetensors"
"""Name of the best checkpoint in a run's folder."""

SAVES = 50
"""How often, at most, a run writes its best model to disk, spread evenly over its epochs."""

VALIDATION_CHUNKS = 512
"""Held-out chunks that each epoch looks at; more are thinned out evenly."""


@dataclass(frozen=True)
class EpochMetrics:
    """What one epoch came to.

    Attributes
    ----------
    epoch, epochs
        This one, from 1, and how many there will be.
    training, validation
        Means of the terms by name, and of their weighted sum without the divergence as
        ``reconstruction``; `validation` is empty where nothing is held out.
    skipped_steps
        Steps of this epoch whose loss or gradient was not finite.
    best
        Whether this epoch's model is the best so far.
    """

    epoch: int
    epochs: int
    training: dict[str, float]
    validation: dict[str, float]
    skipped_steps: int
    best: bool


@dataclass(frozen=True)
class TrainedModel:
    """A model with what it needs to be used: as trained, or as read from a checkpoint.

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
    """

    model: ConvVAE
    config: TrainingConfig
    statistics: Statistics
    folder: str
    summary: Summary


def train(
    config: TrainingConfig,
    training: ChunkDataset,
    validation: ChunkDataset,
    statistics: Statistics,
    run_folder: Path,
    *,
    folder: str,
    summary: Summary,
    on_step: Callable[[int, int], None] | None = None,
    on_epoch: Callable[[EpochMetrics], None] | None = None,
) -> TrainedModel:
    """Train a model from the start and give back the best one, which is also in `run_folder`.

    On the CPU of one machine, the same arguments give the same weights.

    Parameters
    ----------
    config
        Of the run.
    training, validation
        What is learnt, and what is only looked at. The best model is the one with the lowest
        reconstruction loss on the whole corpus: the means on both, by their numbers of chunks. (On
        `validation` alone, a small corpus' few held-out files would choose a model that has hardly
        begun to know the others.)
    statistics
        Of the corpus.
    run_folder
        Where the best checkpoint and the configuration are written; made if need be.
    folder, summary
        Kept in the checkpoint, the summary beside the run's own figures.
    on_step
        Called after each step with the number of steps done and in all.
    on_epoch
        Called after each epoch.

    Raises
    ------
    TrainingError
        If there is nothing to train on, the device is not there, the folder cannot be written, or
        no step at all was finite.
    """
    if not len(training):
        raise TrainingError("there is no chunk to train on; hold out less, or add recordings")
    device = torch_device(config.device)
    _write_configuration(run_folder, config)

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        model = ConvVAE(config.model, config.spectrogram, config.regularization.dropout)
        model = model.to(device).to(memory_format=torch.channels_last)
        optimiser = _optimiser(model, config)
        rng = np.random.default_rng(config.seed)
        steps_per_epoch = -(-len(training) // config.batch_size)
        epochs = config.epochs or max(1, round(config.chunks_drawn / len(training)))
        steps, step, skipped = epochs * steps_per_epoch, 0, 0
        untrained = TrainedModel(model, config, statistics, folder, {**summary, "epochs": epochs})
        best = _Best(run_folder / BEST, untrained)

        for epoch in range(1, epochs + 1):
            model.train()
            if step >= config.norm_freeze * steps:
                freeze_norm(model)
            means, skipped_before = _Means(), skipped
            for batch in training.random_batches(config.batch_size, rng):
                progress = step / steps
                for group in optimiser.param_groups:
                    group["lr"] = config.learning_rate * learning_rate_share(
                        progress, config.warm_up
                    )
                chunk = batch.to(device, memory_format=torch.channels_last)
                noise = _noise(rng, len(chunk), config.model.latent_dim).to(device)
                norm_before = [buffer.clone() for buffer in model.buffers()]
                decoded, mean, log_variance = model(chunk, noise)
                losses = chunk_losses(
                    decoded,
                    chunk,
                    (mean, log_variance),
                    scale=statistics.scale,
                    free_bits=config.loss.free_bits,
                )
                kl_weight = config.loss.kl * annealing(progress, config.loss.kl_annealing)
                total = _reconstruction(losses, config) + kl_weight * losses.divergence

                optimiser.zero_grad(set_to_none=True)
                total.backward()  # type: ignore[no-untyped-call]
                norm = nn.utils.clip_grad_norm_(model.parameters(), config.gradient_clip)
                if torch.isfinite(total) and torch.isfinite(norm):
                    optimiser.step()
                    means.add(losses, config)
                else:
                    skipped += 1
                    for buffer, before in zip(model.buffers(), norm_before, strict=True):
                        buffer.copy_(before)
                step += 1
                if on_step:
                    on_step(step, steps)

            validated = validate(model, validation, config, statistics)
            loss = _whole_loss(means.result(), validated, len(training), len(validation))
            is_best = best.offer(epoch, loss, skipped)
            metrics = EpochMetrics(
                epoch=epoch,
                epochs=epochs,
                training=means.result(),
                validation=validated,
                skipped_steps=skipped - skipped_before,
                best=is_best,
            )
            if on_epoch:
                on_epoch(metrics)
    return best.finish(skipped)


@torch.no_grad()
def validate(
    model: ConvVAE, chunks: ChunkDataset, config: TrainingConfig, statistics: Statistics
) -> dict[str, float]:
    """Means of the terms over held-out chunks, decoded from their latents' means.

    Empty where `chunks` is. At most `VALIDATION_CHUNKS` of them are used, evenly spread.
    """
    model.eval()
    device = next(model.parameters()).device
    means = _Means()
    for batch in chunks.grid_batches(config.batch_size, most=VALIDATION_CHUNKS):
        chunk = batch.to(device, memory_format=torch.channels_last)
        noise = torch.zeros(len(chunk), config.model.latent_dim, device=device)
        decoded, mean, log_variance = model(chunk, noise)
        losses = chunk_losses(
            decoded,
            chunk,
            (mean, log_variance),
            scale=statistics.scale,
            free_bits=config.loss.free_bits,
        )
        means.add(losses, config, len(chunk))
    return means.result()


def learning_rate_share(progress: float, warm_up: float) -> float:
    """Share of the largest learning rate at a share of the run: a ramp, then half a cosine."""
    if progress < warm_up:
        return (progress + 1e-3) / (warm_up + 1e-3)
    return 0.5 + 0.5 * math.cos(math.pi * (progress - warm_up) / (1.0 - warm_up))


def annealing(progress: float, share: float) -> float:
    """Share of the divergence's weight: rises from 0 to 1 over the first `share` of the run."""
    return min(1.0, progress / share) if share > 0 else 1.0


def freeze_norm(model: nn.Module) -> None:
    """Let batch norm use its running statistics and no longer change them."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()


def torch_device(name: str) -> torch.device:
    """The device of that name.

    Raises
    ------
    TrainingError
        If torch does not know it, or this machine has none.
    """
    if name == "auto":
        mps = torch.backends.mps.is_available()
        name = "cuda" if torch.cuda.is_available() else "mps" if mps else "cpu"
    try:
        device = torch.device(name)
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError):
        raise TrainingError(
            f"the device {name} is not to be had here; use cpu, or what torch finds"
        ) from None
    return device


def load_model(path: Path) -> TrainedModel:
    """The model of a checkpoint.

    Raises
    ------
    TrainingError
        If the file is no checkpoint, or its parts do not fit together.
    """
    tensors, values = read_checkpoint(path)
    try:
        config = config_from_json(values["config"])
        statistics = Statistics(**values["statistics"])
        with torch.random.fork_rng(devices=[]):  # first weights are drawn, to be replaced
            model = ConvVAE(config.model, config.spectrogram)
        model.load_state_dict(tensors)
        folder, summary = str(values["folder"]), dict(values["summary"])
    except (KeyError, TypeError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise TrainingError(f"{path} is no checkpoint of a model: {reason}") from None
    return TrainedModel(model.eval(), config, statistics, folder, summary)


class _Best:
    """The best model so far, and its file."""

    def __init__(self, path: Path, run: TrainedModel) -> None:
        self._path, self._run, self._summary = path, run, run.summary
        self._every = max(1, int(run.summary["epochs"]) // SAVES)
        self._loss, self._saved = math.inf, True
        self._weights: dict[str, Tensor] = {}

    def offer(self, epoch: int, loss: float, skipped: int) -> bool:
        """Keep the model if it is the best; now and then write the best one to disk."""
        is_best = loss < self._loss
        if is_best:
            self._loss, self._saved = loss, False
            self._weights = {
                name: tensor.detach().to("cpu", memory_format=torch.contiguous_format, copy=True)
                for name, tensor in self._run.model.state_dict().items()
            }
            self._summary |= {"best_epoch": epoch, "best_loss": loss}
        if epoch % self._every == 0:
            self._save(skipped)
        return is_best

    def finish(self, skipped: int) -> TrainedModel:
        """Write the best model and give it back."""
        if not self._weights:
            raise TrainingError("no step was finite; lower the learning rate")
        self._save(skipped)
        model = self._run.model.to("cpu")
        model.load_state_dict(self._weights)
        return replace(self._run, model=model.eval())

    def _save(self, skipped: int) -> None:
        self._summary["skipped_steps"] = skipped
        if self._saved:
            return
        values: dict[str, Any] = {
            "config": config_to_json(self._run.config),
            "statistics": asdict(self._run.statistics),
            "folder": self._run.folder,
            "summary": self._summary,
        }
        write_checkpoint(self._path, self._weights, values)
        self._saved = True


class _Means:
    """Running means of the terms."""

    def __init__(self) -> None:
        self._sums: dict[str, float] = {}
        self._count = 0

    def add(self, losses: Losses, config: TrainingConfig, count: int = 1) -> None:
        terms = {name: term.item() for name, term in vars(losses).items()}
        terms["reconstruction"] = _reconstruction(losses, config).item()
        for name, value in terms.items():
            self._sums[name] = self._sums.get(name, 0.0) + count * value
        self._count += count

    def result(self) -> dict[str, float]:
        return {name: total / self._count for name, total in self._sums.items()}


def _whole_loss(
    training: dict[str, float], validation: dict[str, float], learnt: int, held_out: int
) -> float:
    """Mean reconstruction loss over learnt and held-out chunks; infinite if none was learnt."""
    if not training:
        return math.inf
    total = learnt * training["reconstruction"]
    if validation:
        total += held_out * validation["reconstruction"]
    return total / (learnt + held_out)


def _reconstruction(losses: Losses, config: TrainingConfig) -> Tensor:
    return (
        config.loss.magnitude * losses.magnitude
        + config.loss.frequency * losses.frequency
        + config.loss.multiresolution * losses.multiresolution
    )


def _optimiser(model: ConvVAE, config: TrainingConfig) -> torch.optim.AdamW:
    """AdamW that lets matrices and kernels decay, not biases and norms."""
    parameters = list(model.parameters())
    groups = [
        {
            "params": [p for p in parameters if p.ndim > 1],
            "weight_decay": config.regularization.weight_decay,
        },
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, config.learning_rate, betas=(0.9, 0.99), fused=True)


def _noise(rng: np.random.Generator, count: int, size: int) -> Tensor:
    return torch.from_numpy(rng.standard_normal((count, size), dtype=np.float32))


def _write_configuration(run_folder: Path, config: TrainingConfig) -> None:
    try:
        run_folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(config_to_json(config), indent=2)
        (run_folder / "config.json").write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise TrainingError(f"{run_folder} cannot be written: {error.strerror}") from None
