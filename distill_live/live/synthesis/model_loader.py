"""Getting a model ready in the process that plays, while another one sounds.

What takes time is done in a thread, and most of it without the interpreter: reading, hashing, and
onnxruntime's own work. What the engine does not yet play, it does not know of.
"""

import queue
import threading
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from distill_live.bundle import FORMAT_VERSION, Bundle, examine_bundle, read_bundle
from distill_live.engine import Decoder, Engine, InlineDecoder, ThreadedDecoder
from distill_live.engine.slot import Slot
from distill_live.errors import BundleError, DistillError
from distill_live.ipc.priority import HELPERS, take_priority

MARGIN_S, MARGIN_S_PER_BYTE = 0.02, 4e-9
"""How long loading may keep the interpreter at most, and the longer the larger the file is: 14 to
19 ms were measured with one of 10 MB, while the decoder's graph with slices is made, and a few
times that is kept where the latent moves meanwhile on a computer of two cores."""


class _Order(NamedTuple):
    token: object
    number: int
    path: Path
    sha256: str


class ModelLoader:
    """Loads models for an engine, one after the other.

    Parameters
    ----------
    engine
        Who will play them.
    inbox
        Gets ``["loaded", token, part or error]`` for each.
    wait_for_data
        Decode within the hop.

    Attributes
    ----------
    margin_s : float
        How long the engine may be kept from rendering; 0 while there is nothing to do.
    """

    def __init__(
        self, engine: Engine, inbox: "queue.SimpleQueue[Any]", *, wait_for_data: bool
    ) -> None:
        self._engine, self._inbox, self._wait = engine, inbox, wait_for_data
        self._orders: deque[_Order] = deque()
        self._loading = False
        self.margin_s = 0.0

    def order(self, token: object, number: int, path: str, sha256: str) -> None:
        """Have the model of an examined file loaded for a slot."""
        self._orders.append(_Order(token, number, Path(path), sha256))
        self._allow()

    def begin(self) -> None:
        """Load what is next, unless something is being loaded; so much is rendered ahead now."""
        if self._orders and not self._loading:
            self._loading = True
            order = self._orders.popleft()
            threading.Thread(target=self._run, args=order, name="loader", daemon=True).start()

    def end(self) -> None:
        """What was loaded is installed."""
        self._loading = False
        self.margin_s = 0.0
        self._allow()

    def _allow(self) -> None:
        if self._orders and not self._loading:
            size = 0
            with suppress(OSError):
                size = self._orders[0].path.stat().st_size
            self.margin_s = MARGIN_S + MARGIN_S_PER_BYTE * size

    def _run(self, token: object, number: int, path: Path, sha256: str) -> None:
        take_priority(HELPERS)  # while it holds the interpreter it must not be kept from it
        try:
            bundle = read_bundle(path, sha256)
            decoder = make_decoder(bundle, wait=self._wait)
            decoder.decode(np.zeros(bundle.latent_size))  # the first takes longest
            loaded: object = self._engine.load_model(number, bundle, decoder)
        except DistillError as error:
            loaded = error
        except Exception as error:  # whatever it is, who asked is told
            loaded = DistillError(f"cannot be played ({type(error).__name__}: {error})")
        self._inbox.put(["loaded", token, loaded])


def read_again(path: Path, sha256: str | None) -> tuple[Bundle, str]:
    """A model and its file's SHA-256; all of it is checked, unless it has been and is the same.

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
    """A decoder that decodes within the hop if it is to be waited for, else in a thread."""
    return InlineDecoder(bundle) if wait else ThreadedDecoder(bundle)


def close_soon(slot: Slot) -> None:
    """Close what is not played any more, without waiting for the chunk in hand."""
    threading.Thread(target=slot.close, name="closing", daemon=True).start()


def describe(bundle: Bundle) -> dict[str, object]:
    """What control has to know of a model."""
    return {
        "name": bundle.name,
        "fingerprint": bundle.fingerprint,
        "format": FORMAT_VERSION,
        "sample_rate_hz": bundle.settings.sample_rate_hz,
        "hop_samples": bundle.settings.hop_samples,
        "latent_size": bundle.latent_size,
        "axes": [axis.name for axis in bundle.axes],
        "landmarks": [[mark.file, mark.seconds, mark.x, mark.y] for mark in bundle.landmarks],
    }
