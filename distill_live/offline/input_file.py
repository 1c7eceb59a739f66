"""Read a sound file as the input of a render: what a live input would say, as commands."""

from collections.abc import Iterator
from itertools import repeat
from pathlib import Path

import numpy as np

from distill_live.bundle import Bundle
from distill_live.device_selection import stderr_silenced
from distill_live.engine import Command, Engine
from distill_live.engine.mixing.resampling import at_rate
from distill_live.errors import AudioFileError
from distill_live.files import printable
from distill_live.input import HOP_SAMPLES, MAX_SAMPLE, FeatureAnalyser
from distill_live.input.encoder import InputEncoder
from distill_live.offline.plan import Plan
from distill_live.offline.writer import open_sound
from distill_live.spectrogram import Float32

BLOCK_FRAMES = 65536

RATES_HZ = (1000, 768000)


class InputFile:
    """A sound file that is heard as an input, from the first sample of a render on.

    Parameters
    ----------
    path
        The file, of any type that libsndfile reads.

    Attributes
    ----------
    path : Path
    seconds : float
        Its length.

    Raises
    ------
    AudioFileError
        If it cannot be read, is empty, or its rate is out of range.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with open_sound(path) as file:
            self._rate_hz = file.samplerate
            self.seconds = file.frames / file.samplerate
        low, high = RATES_HZ
        if not low <= self._rate_hz <= high:
            raise AudioFileError(
                f"{printable(path)}: its sample rate is {self._rate_hz} Hz; it must lie in {low} "
                f"to {high}"
            )
        if not self.seconds:
            raise AudioFileError(f"{printable(path)}: it holds no sound; choose another file")

    def commands(self, bundle: Bundle, plan: Plan) -> Iterator[Command]:
        """Yield what the input says to an engine that plays a model, in order of time.

        They have no end, since silence follows the file.

        Parameters
        ----------
        bundle
            The leading model.
        plan
            Plan of the render, which sets the gain of the input.

        Raises
        ------
        AudioFileError
            If the file cannot be read any more, or holds values that are not finite.
        """
        hop, rate_hz = bundle.settings.hop_samples, bundle.settings.sample_rate_hz
        encoder = InputEncoder(bundle) if bundle.encoder else None
        analyser = FeatureAnalyser(rate_hz)
        gain = np.float32(10.0 ** (float(plan.value("/input/gain")) / 20.0))
        analysed_samples = time_samples = 0
        for part in self._hops(rate_hz, hop):
            time_samples += hop
            for features in analyser.push(part):
                analysed_samples += HOP_SAMPLES
                yield Command("/input/features", features, analysed_samples)
            latent = None if encoder is None else encoder.push(gain * part)
            if latent is not None:
                yield Command("/input/latent", latent, time_samples)

    def play_dry(self, engine: Engine, lead_frames: int) -> None:
        """Let an engine at time 0 mix the file in, dry, as ``/input/thru`` says.

        It is as late as a live input is, or at its time in the output without the engine's first
        `lead_frames`, whichever is later. It is read while ``/input/thru`` is not 0.
        """
        limiter_samples = engine.latency_samples - engine.synthesis_latency_samples
        delay_samples = max(engine.dry_delay_samples, lead_frames - limiter_samples)
        hop = engine.hop_samples
        hops = enumerate(self._hops(engine.sample_rate_hz, hop, delay_samples))

        def fill(out: Float32) -> None:
            now = engine.time_samples // hop
            out[:] = next(part for number, part in hops if number == now)

        engine.hear(fill)

    def _hops(self, rate_hz: int, hop_samples: int, silence_samples: int = 0) -> Iterator[Float32]:
        """Hops of the mean of all channels at a rate, ``(hop_samples,)``, after some silence."""
        rest = np.zeros(silence_samples, np.float32)
        for block in at_rate(self._mono(), self._rate_hz, rate_hz, 1):
            sound = np.concatenate([rest, block[:, 0]])
            whole = len(sound) - len(sound) % hop_samples
            yield from sound[:whole].reshape(-1, hop_samples)
            rest = sound[whole:]

    def _mono(self) -> Iterator[Float32]:
        """Blocks of the mean of all channels, ``(frames, 1)``, then of silence without end."""
        with open_sound(self.path) as file:
            # SoundFile.blocks refuses types that cannot be sought, such as XI.
            while True:
                with stderr_silenced():
                    block = file.read(BLOCK_FRAMES, dtype="float32", always_2d=True)
                if not len(block):
                    break
                if not np.isfinite(block).all():
                    raise AudioFileError(
                        f"{printable(self.path)}: it holds values that are not finite; export it "
                        "again"
                    )
                yield block.clip(-MAX_SAMPLE, MAX_SAMPLE).mean(axis=1, keepdims=True)
        yield from repeat(np.zeros((BLOCK_FRAMES, 1), np.float32))
