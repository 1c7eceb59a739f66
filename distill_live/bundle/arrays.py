"""Read and write `.npy` files: little-endian float32, C order, of a known shape.

The header is matched by a pattern, not evaluated. numpy's *A Simple File Format for NumPy Arrays*,
versions 1.0 and 2.0; version 1.0 is written.
"""

import math
import re
import struct

import numpy as np

from distill_live.bundle.checks import MAX_NUMBER
from distill_live.errors import BundleError
from distill_live.spectrogram import Float32

_MAGIC = b"\x93NUMPY"
_HEADER = re.compile(
    rb"\{'descr': '<f4', 'fortran_order': False, 'shape': \(([0-9, ]*)\), ?\} *\n", re.ASCII
)


def to_npy(array: Float32) -> bytes:
    """Serialise an array as the bytes of an `.npy` file."""
    shape = ", ".join(str(length) for length in array.shape)
    text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({shape}), }}"
    padding = -(len(_MAGIC) + 4 + len(text) + 1) % 64
    header = (text + " " * padding + "\n").encode()
    return _MAGIC + struct.pack("<BBH", 1, 0, len(header)) + header + array.astype("<f4").tobytes()


def from_npy(content: bytes | memoryview, shape: tuple[int, ...]) -> Float32:
    """Parse an `.npy` file; the array is a view of `content`.

    Parameters
    ----------
    content
        Bytes of the `.npy` file.
    shape
        Expected shape.

    Raises
    ------
    BundleError
        If it is not exactly a float32 array of this shape in C order, or holds a number that is not
        finite or over 1e6.
    """
    prefix = bytes(content[:12])
    if len(prefix) < 12 or prefix[:6] != _MAGIC or prefix[6:8] not in (b"\1\0", b"\2\0"):
        raise BundleError("is no .npy file of version 1.0 or 2.0")
    start, length = (10, "<H") if prefix[6] == 1 else (12, "<L")
    end = start + struct.unpack_from(length, prefix, 8)[0]
    if end > 1024:
        raise BundleError(f"has a header of {end} bytes; at most 1024 are allowed")
    header = _HEADER.fullmatch(bytes(content[start:end]))
    if not header:
        raise BundleError("is no array of little-endian float32 in C order")
    found = header[1].decode().replace(" ", "").strip(",").split(",")
    if found != [str(length) for length in shape]:
        raise BundleError(f"has the shape ({', '.join(found)[:60]}); it must be {shape}")
    if len(content) - end != 4 * math.prod(shape):
        raise BundleError(f"holds {len(content) - end} bytes, not {4 * math.prod(shape)}")
    array = np.frombuffer(content[end:], dtype="<f4").reshape(shape)
    if array.size and not np.abs(array).max() <= MAX_NUMBER:  # also refuses NaN
        raise BundleError(f"holds numbers that are not finite, or over {MAX_NUMBER:g}")
    return array
