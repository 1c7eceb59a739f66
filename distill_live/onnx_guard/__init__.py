"""Check the ONNX graphs of a decoder and an encoder before onnxruntime loads them.

A graph is data, not code, but it can refer to files, custom operators and any amount of memory. So
its structure is measured before parsing (`wire`), its parts are compared with lists of what is
allowed (`contents`), and its shapes are inferred for the smallest and the largest batch, every
intermediate value under a limit (`sizes`). `models/README.md` states the limits.

Importing onnx takes 0.1 s, so this package is imported where a bundle is read or written.
"""

from onnx import ModelProto

from distill_live.errors import BundleError
from distill_live.onnx_guard.contents import OPERATORS, Port, check_contents
from distill_live.onnx_guard.sizes import MAX_BATCH, check_sizes
from distill_live.onnx_guard.wire import structure_bytes
from distill_live.spectrogram import SpectrogramSettings

__all__ = ["MAX_BATCH", "MAX_STRUCTURE_BYTES", "OPERATORS", "check_decoder", "check_encoder"]

MAX_STRUCTURE_BYTES = 2**20


def check_decoder(content: bytes, settings: SpectrogramSettings, latent_size: int) -> None:
    """Raise unless an ONNX model is a valid decoder, ``latent`` to ``spectrogram``.

    Parameters
    ----------
    content
        Bytes of the ONNX file.
    settings
        Settings that give the spectrogram's shape.
    latent_size
        Number of latent dimensions.

    Raises
    ------
    BundleError
        With the reason only.
    """
    _check(content, Port("latent", (latent_size,)), Port("spectrogram", settings.shape))


def check_encoder(content: bytes, settings: SpectrogramSettings, latent_size: int) -> None:
    """Raise unless an ONNX model is a valid encoder, ``spectrogram`` to ``latent``.

    Parameters and errors are those of `check_decoder`.
    """
    _check(content, Port("spectrogram", settings.shape), Port("latent", (latent_size,)))


def _check(content: bytes, source: Port, result: Port) -> None:
    """Raise unless an ONNX model has this input and this output and keeps all limits."""
    try:
        structure = structure_bytes(memoryview(content))
        if structure > MAX_STRUCTURE_BYTES:
            raise BundleError(
                f"has {structure} bytes besides its weights; at most {MAX_STRUCTURE_BYTES} "
                "are allowed"
            )
        model = ModelProto.FromString(content)
        check_contents(model, source, result)
        check_sizes(model, result)
    except BundleError:
        raise
    except Exception as refusal:  # protobuf and onnx raise many types on hostile files
        reason = " ".join(str(refusal).split())[:200]
        printable = "".join(c if c.isprintable() else "?" for c in reason)
        raise BundleError(f"is no valid ONNX model ({printable})") from refusal
