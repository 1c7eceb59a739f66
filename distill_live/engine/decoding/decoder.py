"""Decode latents to chunks with onnxruntime: inline, in a thread, or by a log of chunk swaps.

Requests have a *key* (head and output channel). `InlineDecoder` decodes within the call, for
everything offline. `ThreadedDecoder` never blocks: it keeps the newest latent of each key and
returns chunks when they are done, which depends on the machine; `ReplayDecoder` returns the chunks
of a log at its times. Requests are numbered: the same commands make the same requests, so a log
needs no latents.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple, Protocol, cast

import numpy as np

from distill_live.bundle import Bundle
from distill_live.engine.decoding.partial_decode import make_partial_decode
from distill_live.errors import TakeError
from distill_live.process_environment import onnx_session
from distill_live.spectrogram import Float32, Float64, Representation

Key = tuple[int, int]
"""Head and output channel; heads from `BACKGROUND` on are decoded when nothing else waits."""

BACKGROUND = 64

Frames = tuple[int, int]
"""First frame, and the one after the last."""

MAX_PENDING = 1024
"""Maximum number of requests of one key that a replay keeps for its log."""

TOLERANCES = 1e-3, 1e-4
"""Relative and absolute tolerance of partial decodes."""

CACHED_CHUNKS = 16
"""Number of cached chunks: one head in all channels."""


@dataclass(frozen=True, eq=False)
class Chunk:
    """A decoded chunk, or a part of one.

    Attributes
    ----------
    latent : Float64
        Its standardised latent, ``(latent,)``.
    rows : Float32
        ``(frames, 2, n_mels)``: band power, and band power times band frequency in bins.
    broken_frames : int
        Number of frames that were not finite and were silenced.
    first_frame : int
        First frame of the chunk in `rows`.
    """

    latent: Float64
    rows: Float32
    broken_frames: int
    first_frame: int = 0

    def over(self, older: "Chunk") -> "Chunk":
        """Whole chunk: this part, and the frames of an older chunk around it."""
        if len(self.rows) == len(older.rows):
            return self
        rows = older.rows.copy()
        rows[self.first_frame : self.first_frame + len(self.rows)] = self.rows
        return Chunk(self.latent, rows, self.broken_frames)


class ChunkMorph:
    """What a head reads: a mixture of two chunks while the latent is on the way between them.

    Mixed are power, and power times frequency, so that a mixture's frequency is the mean weighted
    by power.

    Parameters
    ----------
    chunk
        The first chunk.

    Attributes
    ----------
    after : Chunk
        The newest chunk, alone once the latent is there.
    """

    def __init__(self, chunk: Chunk) -> None:
        self._before = self.after = chunk
        self._share = 1.0  # of `after`
        self._held: Frames = 0, len(chunk.rows)  # those of the newest latent
        self._levels: tuple[float, float] | None = None  # of both chunks, once asked for

    def swap(self, chunk: Chunk) -> None:
        """Continue, from what sounds now, towards a newly decoded chunk or a part of one."""
        now, share = self.after, self._share
        if share < 1.0:
            before = self._before
            rows = before.rows + np.float32(share) * (now.rows - before.rows)
            latent = before.latent + share * (now.latent - before.latent)
            now = Chunk(latent, rows, 0)
        first, stop = chunk.first_frame, chunk.first_frame + len(chunk.rows)
        held_first, held_stop = self._held
        new = np.arange(first, stop)
        new = new[(new < held_first) | (new >= held_stop)]
        if len(new):  # the last part lacks them: nothing newer to mix with
            rows = now.rows.copy()
            rows[new] = chunk.rows[new - first]
            now = Chunk(now.latent, rows, 0)
        self._before, self.after = now, chunk.over(now)
        self._share, self._held, self._levels = 0.0, (first, stop), None

    def move(self, latent: Float64) -> None:
        """Mix for a latent: by its projection on the way from chunk to chunk."""
        way = self.after.latent - self._before.latent
        length = float(way @ way)
        done = float((latent - self._before.latent) @ way)
        self._share = 1.0 if done >= length else max(0.0, done / length)

    def level(self, measure: Callable[[Float32], float]) -> float:
        """Level of the mixture, by the same measure of rows each time."""
        if self._levels is None:
            self._levels = measure(self._before.rows), measure(self.after.rows)
        before, after = self._levels
        return before + self._share * (after - before)

    def take(self, frames: list[int], out: Float32) -> None:
        """Frames by index into `out`, ``(frames, 2, n_mels)``."""
        self.after.rows.take(frames, axis=0, out=out, mode="clip")
        if self._share < 1.0:
            np.multiply(out, np.float32(self._share), out=out)
            before = self._before.rows.take(frames, axis=0)
            np.multiply(before, np.float32(1.0 - self._share), out=before)
            np.add(out, before, out=out)


@dataclass(frozen=True)
class ChunkSwap:
    """A play head's change to another chunk; logged beside the commands.

    Attributes
    ----------
    time_samples
        Engine time at the start of the first hop with the chunk.
    head, channel
        Key of the request.
    request
        Number of the request that the chunk answers.
    slot, load
        Slot number of the model, and number of models loaded into that slot before.
    """

    time_samples: int
    head: int
    channel: int
    request: int
    slot: int = 1
    load: int = 0


class Taken(NamedTuple):
    """A finished chunk with the key and the number of its request."""

    key: Key
    request: int
    chunk: Chunk


class _Request(NamedTuple):
    request: int
    latent: Float64
    frames: Frames | None


class Decoder(Protocol):
    """Source of chunks."""

    def decode(self, latent: Float64, frames: Frames | None = None) -> Chunk:
        """Decode a standardised latent, ``(latent,)``; blocks.

        With `frames` the chunk may hold these alone.
        """

    def submit(self, key: Key, request: int, latent: Float64, frames: Frames | None = None) -> None:
        """Request the chunk of `latent` for `key`; replaces an older request of that key.

        Request numbers rise.
        """

    def take(self, time_samples: int) -> list[Taken]:
        """Finished chunks to swap in with the hop at `time_samples`, in order."""

    def close(self) -> None:
        """Stop background work."""


class _OnnxDecoder:
    def __init__(self, bundle: Bundle) -> None:
        self._partial = make_partial_decode(bundle.decoder)
        self._frames = bundle.settings.n_frames
        self._session = onnx_session(
            bundle.decoder if self._partial is None else self._partial.model
        )
        if self._partial is not None and not self._is_frame_by_frame(bundle.latent_size):
            self._partial, self._session = None, onnx_session(bundle.decoder)
        self._mean = bundle.latent_mean.astype(np.float64)
        self._std = bundle.latent_std.astype(np.float64)
        self._representation = Representation(bundle.settings, bundle.statistics)
        self._cache: deque[Chunk] = deque(maxlen=CACHED_CHUNKS)

    def decode(self, latent: Float64, frames: Frames | None = None) -> Chunk:
        whole = 0, self._frames
        first, stop = whole if frames is None or self._partial is None else frames
        for chunk in self._cache:  # heads at one point request the same chunks
            if (
                chunk.first_frame == first
                and len(chunk.rows)
                == stop - first  # a part of a larger decode may differ in the last bits
                and np.array_equal(chunk.latent, latent)
            ):
                return chunk
        z = (self._mean + self._std * latent).astype(np.float32)[None]
        chunk = self._chunk(latent.copy(), self._run(z, first, stop)[0], first)
        self._cache.append(chunk)
        return chunk

    def close(self) -> None:
        """Stop background work; here there is none."""

    def _run(self, z: Float32, first: int, stop: int) -> Float32:
        """Run the graph; returns frames, ``(1, 2, n_mels, stop - first)``."""
        inputs = {} if self._partial is None else self._partial.slice_inputs(first, stop)
        (spectrogram,) = self._session.run(["spectrogram"], {"latent": z, **inputs})
        return cast(Float32, spectrogram)

    def _is_frame_by_frame(self, latent_size: int) -> bool:
        """Whether partial decodes equal the frames of a whole one."""
        z = np.zeros((1, latent_size), np.float32)
        third = self._frames // 3
        try:
            whole = self._run(z, 0, self._frames)
            return all(
                np.allclose(
                    self._run(z, first, stop), whole[..., first:stop], *TOLERANCES, equal_nan=True
                )
                for first, stop in ((0, third), (third, 2 * third), (2 * third, self._frames))
            )
        except Exception:  # onnxruntime has no base class for shapes that do not fit
            return False

    def _chunk(self, latent: Float64, spectrogram: Float32, first: int) -> Chunk:
        sound = np.isfinite(spectrogram).all(axis=(0, 1))
        broken = int(np.count_nonzero(~sound))
        if broken:
            spectrogram = np.where(sound, spectrogram, np.float32(0))
        power, frequency_bins = self._representation.decode(spectrogram)
        rows = np.stack([power.T, (power * frequency_bins).T], axis=1)
        return Chunk(latent, np.ascontiguousarray(rows), broken, first)


class InlineDecoder(_OnnxDecoder):
    """Decodes within `submit`: deterministic on any machine."""

    def __init__(self, bundle: Bundle) -> None:
        super().__init__(bundle)
        self._done: list[Taken] = []

    def submit(self, key: Key, request: int, latent: Float64, frames: Frames | None = None) -> None:
        """Decode now; `take` returns it."""
        self._done.append(Taken(key, request, self.decode(latent, frames)))

    def take(self, time_samples: int) -> list[Taken]:  # noqa: ARG002
        """Chunks submitted since the last call."""
        done, self._done = self._done, []
        return done


class ReplayDecoder(_OnnxDecoder):
    """Returns the chunks of a log, at its times.

    Parameters
    ----------
    bundle
        The model.
    log
        Chunk swaps in order; `feed` adds more.
    slot, load
        Model whose swaps it uses; others in the log are skipped.
    """

    def __init__(
        self, bundle: Bundle, log: Iterable[ChunkSwap] = (), slot: int = 1, load: int = 0
    ) -> None:
        super().__init__(bundle)
        self._model = slot, load
        self._log: deque[ChunkSwap] = deque()
        self._requests: dict[Key, deque[_Request]] = {}
        for entry in log:
            self.feed(entry)

    def feed(self, entry: ChunkSwap) -> None:
        """Append to the log, before the hop of the entry is rendered."""
        if (entry.slot, entry.load) == self._model:
            self._log.append(entry)

    def submit(self, key: Key, request: int, latent: Float64, frames: Frames | None = None) -> None:
        """Keep the request until the log refers to it."""
        requests = self._requests.setdefault(key, deque())
        requests.append(_Request(request, latent, frames))
        if len(requests) > MAX_PENDING:
            requests.popleft()

    def take(self, time_samples: int) -> list[Taken]:
        """Decode the log's chunks of this hop.

        Raises
        ------
        TakeError
            If the log refers to a request that was not made.
        """
        taken = []
        while self._log and self._log[0].time_samples <= time_samples:
            entry = self._log.popleft()
            key = entry.head, entry.channel
            requested = self._requested(key, entry.request)
            chunk = self.decode(requested.latent, requested.frames)
            taken.append(Taken(key, entry.request, chunk))
        return taken

    def _requested(self, key: Key, request: int) -> _Request:
        requests = self._requests.get(key, deque())
        while requests and requests[0].request <= request:
            requested = requests.popleft()
            if requested.request == request:
                return requested
        raise TakeError(
            f"chunk {request} of head {key[0]}, channel {key[1]} was never requested; the log "
            "belongs to another model, or was changed"
        )


class ThreadedDecoder(_OnnxDecoder):
    """Decodes in a thread, with a mailbox of one for each key: the newest latent wins.

    Keys are served in the order of their first requests, so that none starves while the latent
    moves at every hop; those of the background last.
    """

    def __init__(self, bundle: Bundle) -> None:
        super().__init__(bundle)
        self._mailboxes: dict[Key, _Request] = {}
        self._done: list[Taken] = []
        self._changed = threading.Condition()
        self._closing = False
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._work, name="decoder", daemon=True)
        self._thread.start()

    def submit(self, key: Key, request: int, latent: Float64, frames: Frames | None = None) -> None:
        """Put the latent into the key's mailbox."""
        with self._changed:
            self._mailboxes[key] = _Request(request, latent, frames)
            self._changed.notify()

    def take(self, time_samples: int) -> list[Taken]:  # noqa: ARG002
        """Chunks finished since the last call; raises the thread's failure."""
        with self._changed:
            if self._failure is not None:
                raise self._failure
            done, self._done = self._done, []
        return done

    def close(self) -> None:
        """Finish the current chunk and end the thread."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._mailboxes or self._closing)
                if self._closing:
                    return
                key = min(self._mailboxes, key=lambda key: key[0] >= BACKGROUND)  # the first such
                requested = self._mailboxes.pop(key)
            try:
                chunk = self.decode(requested.latent, requested.frames)
            except Exception as failure:  # raised by `take`
                with self._changed:
                    self._failure = failure
                return
            with self._changed:
                self._done.append(Taken(key, requested.request, chunk))
