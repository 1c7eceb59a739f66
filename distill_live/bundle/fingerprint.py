"""What tells models of one name apart, from a model or from its manifest alone.

It knows numbers and digests; it reads nothing.
"""

import hashlib
from collections.abc import Iterable

from distill_live.spectrogram import Float32

DIGITS = 16


def fingerprint_of(
    sha256: Iterable[str],
    arrays: Iterable[Float32],
    axes: Iterable[tuple[str, float, float, float]],
) -> str:
    """The fingerprint of a model.

    Parameters
    ----------
    sha256
        Of the members ``decoder.onnx`` and ``axes.npy``, in hexadecimal digits.
    arrays
        What the latent is standardised by: mean and standard deviation.
    axes
        Name, low, mean and high of each.

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
