"""What a decoder's ONNX graph may be, checked before onnxruntime sees it.

A graph is data, not code, but it can ask for files, custom operators and any amount of memory. So
its bytes are weighed (`wire`), it is parsed and walked against lists of what is allowed
(`contents`), and its shapes are inferred for the smallest and the largest batch, every intermediate
value under a limit (`sizes`). `models/README.md` states the limits.

It takes 0.1 s to import, for onnx; so it is imported where a bundle is read or written.
"""

from onnx import ModelProto

from distill_live.errors import BundleError
from distill_live.onnx_guard.contents import OPERATORS, check_contents
from distill_live.onnx_guard.sizes import BATCH_LIMIT, check_sizes
from distill_live.onnx_guard.wire import structure_bytes
from distill_live.spectrogram import SpectrogramSettings

__all__ = ["BATCH_LIMIT", "OPERATORS", "STRUCTURE_BYTES_LIMIT", "check_decoder"]

STRUCTURE_BYTES_LIMIT = 2**20


def check_decoder(content: bytes, settings: SpectrogramSettings, latent_size: int) -> None:
    """Refuse an ONNX model that is not a decoder as a bundle may hold it.

    Parameters
    ----------
    content
        The ONNX file's bytes.
    settings
        What shape the spectrogram has.
    latent_size
        How many numbers the latent has.

    Raises
    ------
    BundleError
        If it is refused. The message gives the reason only.
    """
    try:
        structure = structure_bytes(memoryview(content))
        if structure > STRUCTURE_BYTES_LIMIT:
            raise BundleError(
                f"has {structure} bytes besides its weights; at most {STRUCTURE_BYTES_LIMIT} "
                "are allowed"
            )
        model = ModelProto.FromString(content)
        check_contents(model, settings, latent_size)
        check_sizes(model, settings.shape)
    except BundleError:
        raise
    except Exception as refusal:  # whatever protobuf and onnx meet in a hostile file
        reason = " ".join(str(refusal).split())[:200]
        printable = "".join(c if c.isprintable() else "?" for c in reason)
        raise BundleError(f"is no valid ONNX model ({printable})") from refusal
