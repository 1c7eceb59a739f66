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
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

import numpy as np

from distill_live.bundle import Bundle
from distill_live.engine.partial_decode import windowing
from distill_live.errors import TakeError
from distill_live.process_environment import load_onnxruntime
from distill_live.spectrogram import Float32, Float64, Representation

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

Key = tuple[int, int]
"""Head and output channel."""

Frames = tuple[int, int]
"""The first that is asked for, and the one after the last."""

MOST_UNTAKEN = 1024
"""Requests of one key that a replay keeps while its log takes over none of them."""

SAME = 1e-3, 1e-4
"""Relative and absolute difference of numbers that are the same but for rounding."""

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
        ``(frames, 2, n_mels)``: band power, and band power times band frequency in bins.
    broken_frames : int
        Frames that were not finite and are silent here.
    first_frame : int
        Of the chunk, that `rows` begins with.
    """

    latent: Float64
    rows: Float32
    broken_frames: int
    first_frame: int = 0

    def over(self, older: "Chunk") -> "Chunk":
        """The whole chunk, with the frames that are not here as an older one had them."""
        if len(self.rows) == len(older.rows):
            return self
        rows = older.rows.copy()
        rows[self.first_frame : self.first_frame + len(self.rows)] = self.rows
        return Chunk(self.latent, rows, self.broken_frames)


@dataclass(frozen=True)
class ChunkSwap:
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


class _Wanted(NamedTuple):
    request: int
    latent: Float64
    frames: Frames | None


class Decoder(Protocol):
    """What the engine asks for chunks."""

    def decode(self, latent: Float64, frames: Frames | None = None) -> Chunk:
        """The chunk of a standardised latent, ``(latent,)``; waits for it.

        With `frames` it may hold these alone.
        """

    def submit(self, key: Key, request: int, latent: Float64, frames: Frames | None = None) -> None:
        """Ask for the chunk of `latent` for `key`; a newer request for a key replaces it.

        Numbers of requests rise.
        """

    def take(self, time_samples: int) -> list[Taken]:
        """Chunks that the hop at `time_samples` is the first to sound of, in their order."""

    def close(self) -> None:
        """End what runs in the background."""


class _OnnxDecoder:
    def __init__(self, bundle: Bundle) -> None:
        self._windowing = windowing(bundle.decoder)
        self._frames = bundle.settings.n_frames
        self._session = _session(
            bundle.decoder if self._windowing is None else self._windowing.model
        )
        if self._windowing is not None and not self._goes_frame_by_frame(bundle.latent_size):
            self._windowing, self._session = None, _session(bundle.decoder)
        self._mean = bundle.latent_mean.astype(np.float64)
        self._std = bundle.latent_std.astype(np.float64)
        self._representation = Representation(bundle.settings, bundle.statistics)
        self._recent: deque[Chunk] = deque(maxlen=RECENT)

    def decode(self, latent: Float64, frames: Frames | None = None) -> Chunk:
        whole = 0, self._frames
        first, stop = whole if frames is None or self._windowing is None else frames
        for chunk in self._recent:  # heads at one point ask for the same chunks
            if (
                chunk.first_frame == first
                and len(chunk.rows) == stop - first  # a part of another is not the same to a bit
                and np.array_equal(chunk.latent, latent)
            ):
                return chunk
        z = (self._mean + self._std * latent).astype(np.float32)[None]
        chunk = self._chunk(latent.copy(), self._run(z, first, stop)[0], first)
        self._recent.append(chunk)
        return chunk

    def _run(self, z: Float32, first: int, stop: int) -> Float32:
        """The spectrogram's frames, ``(1, 2, n_mels, stop - first)``."""
        cuts = {} if self._windowing is None else self._windowing.cuts(first, stop)
        (spectrogram,) = self._session.run(["spectrogram"], {"latent": z, **cuts})
        return cast(Float32, spectrogram)

    def _goes_frame_by_frame(self, latent_size: int) -> bool:
        """Whether frames are the same when they are computed without the others."""
        z = np.zeros((1, latent_size), np.float32)
        third = self._frames // 3
        try:
            whole = self._run(z, 0, self._frames)
            return all(
                np.allclose(
                    self._run(z, first, stop), whole[..., first:stop], *SAME, equal_nan=True
                )
                for first, stop in ((0, third), (third, 2 * third), (2 * third, self._frames))
            )
        except Exception:  # onnxruntime's have no class of their own: shapes do not fit
            return False

    def _chunk(self, latent: Float64, spectrogram: Float32, first: int) -> Chunk:
        sound = np.isfinite(spectrogram).all(axis=(0, 1))
        broken = int(np.count_nonzero(~sound))
        if broken:
            spectrogram = np.where(sound, spectrogram, np.float32(0))
        power, frequency_bins = self._representation.decode(spectrogram)
        rows = np.stack([power.T, (power * frequency_bins).T], axis=1)
        return Chunk(latent, np.ascontiguousarray(rows), broken, first)


def _session(model: bytes) -> "InferenceSession":
    ort = load_onnxruntime()
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 4  # what fails is raised
    return ort.InferenceSession(model, sess_options=options, providers=["CPUExecutionProvider"])


class InlineDecoder(_OnnxDecoder):
    """Decodes within the call: the same samples at every run, however slow the machine."""

    def __init__(self, bundle: Bundle) -> None:
        super().__init__(bundle)
        self._done: list[Taken] = []

    def submit(self, key: Key, request: int, latent: Float64, frames: Frames | None = None) -> None:
        """Decode now; `take` hands it over."""
        self._done.append(Taken(key, request, self.decode(latent, frames)))

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
        All that the engine told `on_chunk_swap`, in order, or what is known of it so far.
    slot, load
        Whose requests it answers; what the log says of others is theirs.
    """

    def __init__(
        self, bundle: Bundle, log: Iterable[ChunkSwap] = (), slot: int = 1, load: int = 0
    ) -> None:
        super().__init__(bundle)
        self._of = slot, load
        self._log: deque[ChunkSwap] = deque()
        self._requests: dict[Key, deque[_Wanted]] = {}
        for entry in log:
            self.feed(entry)

    def feed(self, entry: ChunkSwap) -> None:
        """Lengthen the log, before the hop that it speaks of is rendered."""
        if (entry.slot, entry.load) == self._of:
            self._log.append(entry)

    def submit(self, key: Key, request: int, latent: Float64, frames: Frames | None = None) -> None:
        """Keep it: the log knows what becomes of it."""
        requests = self._requests.setdefault(key, deque())
        requests.append(_Wanted(request, latent, frames))
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
            wanted = self._requested(key, entry.request)
            chunk = self.decode(wanted.latent, wanted.frames)
            taken.append(Taken(key, entry.request, chunk))
        return taken

    def _requested(self, key: Key, request: int) -> _Wanted:
        requests = self._requests.get(key, deque())
        while requests and requests[0].request <= request:
            wanted = requests.popleft()
            if wanted.request == request:
                return wanted
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
        self._wanted: dict[Key, _Wanted] = {}
        self._done: list[Taken] = []
        self._changed = threading.Condition()
        self._closing = False
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._work, name="decoder", daemon=True)
        self._thread.start()

    def submit(self, key: Key, request: int, latent: Float64, frames: Frames | None = None) -> None:
        """Leave the latent in the key's mailbox."""
        with self._changed:
            self._wanted[key] = _Wanted(request, latent, frames)
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
                wanted = self._wanted.pop(key)
            try:
                chunk = self.decode(wanted.latent, wanted.frames)
            except Exception as failure:  # raised where the engine takes its chunks
                with self._changed:
                    self._failure = failure
                return
            with self._changed:
                self._done.append(Taken(key, wanted.request, chunk))
