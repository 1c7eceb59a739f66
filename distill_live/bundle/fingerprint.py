"""Compute the fingerprint that distinguishes models of one name."""

import hashlib
from collections.abc import Iterable

from distill_live.spectrogram import Float32

DIGITS = 16


def fingerprint_of(
    sha256: Iterable[str],
    arrays: Iterable[Float32],
    axes: Iterable[tuple[str, float, float, float]],
) -> str:
    """Fingerprint of a model.

    Parameters
    ----------
    sha256
        Digests of the members ``decoder.onnx`` and ``axes.npy``, in hexadecimal.
    arrays
        Mean and standard deviation of the latent.
    axes
        Name, low, mean and high of each axis.

    Returns
    -------
    str
        `DIGITS` hexadecimal digits.
    """
    digest = hashlib.sha256(" ".join(sha256).encode())
    for array in arrays:
        digest.update(array.astype("<f4").tobytes())
    for name, *ends in axes:
        digest.update(f"{name} {tuple(map(float, ends))}".encode())
    return digest.hexdigest()[:DIGITS]
