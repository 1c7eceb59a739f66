"""From a latent to a chunk: the ONNX decoder, called at once or in a thread of its own.

A `Decoder` is asked by *key* (head and output channel). `InlineDecoder` answers within the call,
for everything offline. `ThreadedDecoder` never makes the caller wait: it keeps the newest latent of
each key and hands over chunks as they are done. When that is depends on the machine;
`ReplayDecoder` hands over what a log of take-overs says, when it says so. Requests have numbers:
an engine that hears the same commands makes the same requests, so a log needs no latents.
"""

import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import onnxruntime as ort

from distill_live.bundle import Bundle
from distill_live.errors import TakeError
from distill_live.spectrogram import Float32, Float64, Representation

Key = tuple[int, int]
"""Head and output channel."""

MOST_UNTAKEN = 1024
"""Requests of one key that a replay keeps while its log takes over none of them."""

RECENT = 16
"""Chunks that are kept for whoever asks for the same latent: those of one head in all channels."""


@dataclass(frozen=True, eq=False)
class Chunk:
    """One decoded chunk, as the play heads read it.

    Attributes
    ----------
    latent : Float64
        What it was decoded from, standardised, ``(latent,)``.
    rows : Float32
        ``(n_frames, 2, n_mels)``: band power, and band power times band frequency in bins.
    broken_frames : int
        Frames that were not finite and are silent here.
    """

    latent: Float64
    rows: Float32
    broken_frames: int


@dataclass(frozen=True)
class TakeOver:
    """A play head's change to another chunk: what a log holds beside the commands.

    Attributes
    ----------
    time_samples
        Engine time at the start of the hop that is the first to sound of it.
    head, channel
        The key.
    request
        Number of the request that the chunk answers.
    slot, load
        The model: its slot, and how many models had been in that before.
    """

    time_samples: int
    head: int
    channel: int
    request: int
    slot: int = 1
    load: int = 0


class Taken(NamedTuple):
    """A finished chunk, the key that it is for, and the number of the request."""

    key: Key
    request: int
    chunk: Chunk


class Decoder(Protocol):
    """What the engine asks for chunks."""

    def decode(self, latent: Float64) -> Chunk:
        """The chunk of a standardised latent, ``(latent,)``; waits for it."""

    def submit(self, key: Key, request: int, latent: Float64) -> None:
        """Ask for the chunk of `latent` for `key`; a newer request for a key replaces it.

        Numbers of requests rise.
        """

    def take(self, time_samples: int) -> list[Taken]:
        """Chunks that the hop at `time_samples` is the first to sound of, in their order."""

    def close(self) -> None:
        """End what runs in the background."""


class _OnnxDecoder:
    def __init__(self, bundle: Bundle) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        self._session = ort.InferenceSession(
            bundle.decoder, sess_options=options, providers=["CPUExecutionProvider"]
        )
        self._mean = bundle.latent_mean.astype(np.float64)
        self._std = bundle.latent_std.astype(np.float64)
        self._representation = Representation(bundle.settings, bundle.statistics)
        self._recent: deque[Chunk] = deque(maxlen=RECENT)

    def decode(self, latent: Float64) -> Chunk:
        for chunk in self._recent:  # heads at one point ask for the same chunks
            if np.array_equal(chunk.latent, latent):
                return chunk
        z = (self._mean + self._std * latent).astype(np.float32)[None]
        (spectrogram,) = self._session.run(["spectrogram"], {"latent": z})
        chunk = self._chunk(latent.copy(), spectrogram[0])
        self._recent.append(chunk)
        return chunk

    def _chunk(self, latent: Float64, spectrogram: Float32) -> Chunk:
        sound = np.isfinite(spectrogram).all(axis=(0, 1))
        broken = int(np.count_nonzero(~sound))
        if broken:
            spectrogram = np.where(sound, spectrogram, np.float32(0))
        power, frequency_bins = self._representation.decode(spectrogram)
        rows = np.stack([power.T, (power * frequency_bins).T], axis=1)
        return Chunk(latent, np.ascontiguousarray(rows), broken)


class InlineDecoder(_OnnxDecoder):
    """Decodes within the call: the same samples at every run, however slow the machine."""

    def __init__(self, bundle: Bundle) -> None:
        super().__init__(bundle)
        self._done: list[Taken] = []

    def submit(self, key: Key, request: int, latent: Float64) -> None:
        """Decode now; `take` hands it over."""
        self._done.append(Taken(key, request, self.decode(latent)))

    def take(self, time_samples: int) -> list[Taken]:  # noqa: ARG002
        """Chunks of what was submitted since the last call."""
        done, self._done = self._done, []
        return done

    def close(self) -> None:
        """Nothing runs in the background."""


class ReplayDecoder(_OnnxDecoder):
    """Hands over what was taken over when the log was made, whatever is asked for now.

    Parameters
    ----------
    bundle
        The model that was played.
    log
        All that the engine told `on_take_over`, in order, or what is known of it so far.
    slot, load
        Whose requests it answers; what the log says of others is theirs.
    """

    def __init__(
        self, bundle: Bundle, log: Iterable[TakeOver] = (), slot: int = 1, load: int = 0
    ) -> None:
        super().__init__(bundle)
        self._of = slot, load
        self._log: deque[TakeOver] = deque()
        self._requests: dict[Key, deque[tuple[int, Float64]]] = {}
        for entry in log:
            self.feed(entry)

    def feed(self, entry: TakeOver) -> None:
        """Lengthen the log, before the hop that it speaks of is rendered."""
        if (entry.slot, entry.load) == self._of:
            self._log.append(entry)

    def submit(self, key: Key, request: int, latent: Float64) -> None:
        """Keep it: the log knows what becomes of it."""
        requests = self._requests.setdefault(key, deque())
        requests.append((request, latent))
        if len(requests) > MOST_UNTAKEN:
            requests.popleft()

    def take(self, time_samples: int) -> list[Taken]:
        """Decode what the log has for this hop.

        Raises
        ------
        TakeError
            If the log takes over what was never asked for.
        """
        taken = []
        while self._log and self._log[0].time_samples <= time_samples:
            entry = self._log.popleft()
            key = entry.head, entry.channel
            latent = self._requested(key, entry.request)
            taken.append(Taken(key, entry.request, self.decode(latent)))
        return taken

    def _requested(self, key: Key, request: int) -> Float64:
        requests = self._requests.get(key, ())
        while requests and requests[0][0] <= request:
            number, latent = requests.popleft()
            if number == request:
                return latent
        raise TakeError(
            f"chunk {request} is taken over for head {key[0]}, channel {key[1]}, which never asked "
            "for it; the log is not of this model, or was changed"
        )

    def close(self) -> None:
        """Nothing runs in the background."""


class ThreadedDecoder(_OnnxDecoder):
    """Decodes in a thread, with a mailbox of one for each key: the newest latent wins.

    Keys are served in the order in which they were first asked for, so that none starves while
    the latent moves at every hop.
    """

    def __init__(self, bundle: Bundle) -> None:
        super().__init__(bundle)
        self._wanted: dict[Key, tuple[int, Float64]] = {}
        self._done: list[Taken] = []
        self._changed = threading.Condition()
        self._closing = False
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._work, name="decoder", daemon=True)
        self._thread.start()

    def submit(self, key: Key, request: int, latent: Float64) -> None:
        """Leave the latent in the key's mailbox."""
        with self._changed:
            self._wanted[key] = request, latent
            self._changed.notify()

    def take(self, time_samples: int) -> list[Taken]:  # noqa: ARG002
        """Chunks that the thread has finished since the last call; raises what ended it."""
        with self._changed:
            if self._failure is not None:
                raise self._failure
            done, self._done = self._done, []
        return done

    def close(self) -> None:
        """Finish the chunk in hand and end the thread."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._wanted or self._closing)
                if self._closing:
                    return
                key = next(iter(self._wanted))
                request, latent = self._wanted.pop(key)
            try:
                chunk = self.decode(latent)
            except Exception as failure:  # raised where the engine takes its chunks
                with self._changed:
                    self._failure = failure
                return
            with self._changed:
                self._done.append(Taken(key, request, chunk))
