"""Load models in a thread of the synthesis process, while it plays.

Most of the time is spent outside the interpreter: reading, hashing, and onnxruntime's own work.
"""

import gc
import queue
import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from distill_live.bundle import FORMAT_VERSION, Bundle, examine_bundle, read_bundle
from distill_live.engine import Decoder, Engine, InlineDecoder, ThreadedDecoder
from distill_live.engine.latent.path import Paths
from distill_live.engine.mixing.synthesis_group import LoadedModel
from distill_live.engine.slot import Slot
from distill_live.errors import BundleError, DistillError
from distill_live.ipc.priority import HELPERS, take_priority
from distill_live.ipc.protocol import LoadModel, ModelDescription

MARGIN_S, MARGIN_S_PER_BYTE = 0.02, 4e-9
"""Maximum time for which loading holds the interpreter, plus a share for the file's size: 14 to
19 ms were measured for a file of 10 MB, while the decoder's graph with slices is made. The margin
is a few times that, for a moving latent on a computer with two cores."""


@dataclass(frozen=True)
class Loaded:
    """Result of a request to load: the model, or the error."""

    token: int
    part: LoadedModel | DistillError


class ModelLoader:
    """Load models for an engine, one after the other.

    Parameters
    ----------
    engine
        Engine that will play them.
    inbox
        Gets a `Loaded` for each.
    wait_for_data
        Decode within the hop.

    Attributes
    ----------
    margin_s : float
        Time for which rendering may be held up; 0 while nothing is loaded.
    """

    def __init__(
        self, engine: Engine, inbox: "queue.SimpleQueue[object]", *, wait_for_data: bool
    ) -> None:
        self._engine, self._inbox, self._wait = engine, inbox, wait_for_data
        self._requests: deque[tuple[int, LoadModel]] = deque()
        self._loading = False
        self.margin_s = 0.0

    def request(self, token: int, request: LoadModel) -> None:
        """Queue the model of an examined file."""
        self._requests.append((token, request))
        self._set_margin()

    def begin(self) -> None:
        """Load the next model, unless one is being loaded; `margin_s` is rendered ahead by now."""
        if self._requests and not self._loading:
            self._loading = True
            args = self._requests.popleft()
            threading.Thread(target=self._run, args=args, name="loader", daemon=True).start()

    def end(self) -> None:
        """Note that the loaded model is installed."""
        self._loading = False
        self.margin_s = 0.0
        self._set_margin()

    def _set_margin(self) -> None:
        if self._requests and not self._loading:
            size = 0
            with suppress(OSError):
                size = Path(self._requests[0][1].path).stat().st_size
            self.margin_s = MARGIN_S + MARGIN_S_PER_BYTE * size

    def _run(self, token: int, request: LoadModel) -> None:
        take_priority(HELPERS)  # while it holds the interpreter it must not be preempted
        gc.collect()  # replaced models, which refer to themselves, are freed while there is time
        part: LoadedModel | DistillError
        try:
            bundle = read_bundle(Path(request.path), request.sha256)
            decoder = make_decoder(bundle, wait=self._wait)
            decoder.decode(np.zeros(bundle.latent_size))  # the first takes longest
            part = self._engine.load_model(request.slot, bundle, decoder)
        except DistillError as error:
            part = error
        except Exception as error:  # whatever it is, the request is answered
            part = DistillError(f"cannot be played ({type(error).__name__}: {error})")
        self._inbox.put(Loaded(token, part))


def read_again(path: Path, sha256: str | None) -> tuple[Bundle, str]:
    """Read a model and its file's SHA-256; a file with the `sha256` given is not examined again.

    Raises
    ------
    BundleError
        If it cannot be read.
    """
    if sha256 is not None:
        with suppress(BundleError):
            return read_bundle(path, sha256), sha256
    return examine_bundle(path)


def make_decoder(bundle: Bundle, *, wait: bool) -> Decoder:
    """Make a decoder that decodes within the hop if `wait`, else in a thread."""
    return InlineDecoder(bundle) if wait else ThreadedDecoder(bundle)


def close_soon(slot: Slot) -> None:
    """Close a slot in a thread, without waiting for the chunk that is being decoded."""
    threading.Thread(target=slot.close, name="closing", daemon=True).start()


def describe(bundle: Bundle) -> ModelDescription:
    """Describe a model for control."""
    return ModelDescription(
        name=bundle.name,
        fingerprint=bundle.fingerprint,
        format=FORMAT_VERSION,
        sample_rate_hz=bundle.settings.sample_rate_hz,
        hop_samples=bundle.settings.hop_samples,
        latent_size=bundle.latent_size,
        axes=tuple(axis.name for axis in bundle.axes),
        landmarks=tuple((mark.file, mark.seconds, mark.x, mark.y) for mark in bundle.landmarks),
        recordings=tuple((one.name, one.length_s) for one in Paths(bundle).recordings),
    )
