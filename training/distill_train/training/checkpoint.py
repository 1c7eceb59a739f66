"""Checkpoints: one safetensors file, its metadata JSON, written at once or not at all.

The file holds tensors by name and, in its header, one JSON text with everything else. Nothing in
it is code, and reading it runs none. This module knows how to write and check such a file; what
stands in it is its caller's affair.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from distill_live.errors import TrainingError
from distill_live.files import atomic_write, printable
from distill_train.output_paths import check_checkpoint_path

FORMAT = "distill-train checkpoint"
VERSION = 2


def write_checkpoint(path: Path, tensors: Mapping[str, Tensor], values: Mapping[str, Any]) -> None:
    """Write tensors and JSON values, atomically.

    Raises
    ------
    TrainingError
        If the file cannot be written.
    """
    header = {"format": FORMAT, "version": str(VERSION), "values": json.dumps(values)}
    kept = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    with atomic_write(path, TrainingError) as temporary:
        temporary.write_bytes(save(kept, header))


def read_checkpoint(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors and values of a checkpoint, on the CPU.

    Raises
    ------
    TrainingError
        If the file cannot be read or is no checkpoint of this version.
    """
    with _opened(path) as file:
        values = _values(path, file)
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    if not all(bool(torch.isfinite(tensor).all()) for tensor in tensors.values()):
        raise TrainingError(f"{path} is damaged: it holds values that are not finite")
    return tensors, values


def read_values(path: Path) -> dict[str, Any]:
    """Values of a checkpoint, without its tensors.

    Raises
    ------
    TrainingError
        If the file cannot be read or is no checkpoint of this version.
    """
    with _opened(path) as file:
        return _values(path, file)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    check_checkpoint_path(path)
    try:
        with safe_open(path, framework="pt") as file:
            yield file
    except (SafetensorError, OSError, KeyError, ValueError, RecursionError) as error:
        reason = printable(" ".join(str(error).split()))[:200]
        raise TrainingError(f"{path} is not a checkpoint of distill-train: {reason}") from None


def _values(path: Path, file: Any) -> dict[str, Any]:
    header = file.metadata() or {}
    if header.get("format") != FORMAT:
        raise TrainingError(f"{path} is not a checkpoint of distill-train")
    if header.get("version") != str(VERSION):
        raise TrainingError(
            f"{path} is a checkpoint of version {printable(str(header.get('version')))[:40]}; "
            f"this distill-train reads version {VERSION}"
        )
    values = json.loads(header["values"])
    if not isinstance(values, dict):
        raise TrainingError(f"{path} is damaged: its values are no table")
    return values
