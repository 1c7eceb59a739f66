"""Survey of a recording: decode it once, to know its true length, its levels and its mix to mono.

Headers are not trusted: what counts is what was decoded. Channels that cancel each other in their
mean are found by power, in octaves and by the second.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from distill_live.errors import AudioFileError
from distill_live.spectrogram import Float32, Float64, hann
from distill_train.corpus.containers.stream_file import broken_off
from distill_train.corpus.decoder import Decoder

SILENCE_DBFS = -80.0
"""Peak below which a file is too quiet, and skipped."""

BLOCK_VALUES = 2**20
"""Samples decoded at a time, of all channels together."""

FFT_SAMPLES = 4096
"""Length of the spectra by which cancellation is measured; every other one is taken."""

CANCELLED = 0.5
"""Power of the mean, relative to that of unrelated channels, under which channels cancel (for two
of equal power: a correlation under -0.5)."""

MAX_CANCELLED_SHARE = 0.1
"""Maximum share of the power that may cancel in the mean of the channels."""

CANCELLED_INTERVAL, MAX_CANCELLED_S = 0.25, 1.0
"""As `CANCELLED` for whole intervals (a correlation under -0.75), and their maximum total."""

AUDIBLE = 1e-3
"""Power of an interval, relative to the mean of the recording, from which it counts."""

MAX_SAMPLE = 1e12
"""Largest sample, relative to full scale: that of an integer stored as a float is 2e9, and the
power of 1e19 is no float32 any more."""

MIN_LENGTH_S = 0.01
"""Length under which there is nothing to learn from a file."""

INTERVAL_S = 0.5
"""Length of an interval."""

OVER_FULL_SCALE = 4.0
"""Peak from which a recording has a level of its own, if others are under it (12 dBFS)."""

MIN_MISSING_S = 0.1
"""Difference between header and content from which it is a note."""


@dataclass(frozen=True)
class Survey:
    """Result of decoding a recording.

    Attributes
    ----------
    frames, rate_hz, channels
        Length that can be decoded, sample rate and number of channels.
    channel
        The only channel to learn from, from 1; 0 for the mean of all.
    peak, rms
        Peak and root mean square of that mix, relative to full scale.
    notes
        What is not read of the file or not as one expects, each a line without the file's name.
    """

    frames: int
    rate_hz: int
    channels: int
    channel: int
    peak: float
    rms: float
    notes: tuple[str, ...]


def survey(path: Path) -> Survey:
    """Decode a recording as a whole, in bounded memory.

    Raises
    ------
    AudioFileError
        If it cannot be used: it cannot be read, is silent, or holds values that are not finite.
    """
    with Decoder(path) as decoder:
        levels = _Levels(decoder.channels, decoder.rate_hz)
        block = max(FFT_SAMPLES, BLOCK_VALUES // decoder.channels)
        for first in range(0, decoder.frames, block):
            levels.add(decoder.read(first, min(block, decoder.frames - first)))
            if decoder.decoded_frames < min(first + block, decoder.frames):
                break
        frames, rate_hz = decoder.decoded_frames, decoder.rate_hz
        if not frames:
            raise AudioFileError("it cannot be read: nothing of it can be decoded")
        if frames < MIN_LENGTH_S * rate_hz:
            raise AudioFileError(
                f"there is nothing to learn from it: it lasts {1000 * frames / rate_hz:.2g} ms, "
                f"the minimum is {1000 * MIN_LENGTH_S:g} ms"
            )
        notes = list(decoder.notes)
        missing = decoder.frames - frames
        if missing > MIN_MISSING_S * rate_hz:
            notes.append(broken_off(frames / rate_hz, decoder.frames / rate_hz))
        if decoder.gap_frames:
            notes.append(
                f"it is damaged: {decoder.gap_frames / rate_hz:.2f} s of it cannot be decoded and "
                "are silent"
            )
        elif decoder.complaints and not decoder.notes:
            notes.append("it is damaged: some of its frames are wrong, and may click")
        channel = levels.channel()
        if channel:
            notes.append(
                f"its {decoder.channels} channels cancel each other when they are mixed to mono "
                f"({levels.loss_db():.0f} dB); channel {channel} is learnt alone"
            )
        peak = float(levels.peaks[channel])
        check_audible(peak, float(levels.peaks.max()))
        return Survey(
            frames=frames,
            rate_hz=rate_hz,
            channels=decoder.channels,
            channel=channel,
            peak=peak,
            rms=float(np.sqrt(levels.energy[channel] / frames)),
            notes=tuple(notes),
        )


def far_over(peaks: Sequence[float]) -> list[str]:
    """Notes on peaks far over full scale, such as of integers stored as floats; "" for the others.

    They would make all others soft, so such a recording is levelled by itself; unless all are so.
    """
    usual = max([peak for peak in peaks if peak < OVER_FULL_SCALE] or peaks, default=0.0)
    return [
        f"its peak is {20 * np.log10(peak):.0f} dBFS, far over full scale; it is levelled by "
        "itself, so that it does not make the others soft"
        if peak > usual
        else ""
        for peak in peaks
    ]


def check_audible(peak: float, loudest: float) -> None:
    """Raise if a recording with this peak, and that of its loudest channel, is silent.

    Raises
    ------
    AudioFileError
        If the peak is below `SILENCE_DBFS`.
    """
    if loudest == 0.0:
        raise AudioFileError("it is silent: all of its samples are 0")
    if peak < 10 ** (SILENCE_DBFS / 20):
        level = 20 * np.log10(max(peak, 1e-20))
        raise AudioFileError(
            f"it is too quiet: its peak is {level:.0f} dBFS, the minimum is {SILENCE_DBFS:.0f}; "
            "raise its level"
        )


@dataclass
class _Levels:
    """Levels of the mean and of each channel, and the power that cancels in the mean."""

    channels: int
    rate_hz: int
    peaks: Float64 = field(init=False)
    energy: Float64 = field(init=False)

    def __post_init__(self) -> None:
        self.peaks = np.zeros(self.channels + 1)
        self.energy = np.zeros(self.channels + 1)
        bins = FFT_SAMPLES // 2 + 1
        self._edges = np.array([1, *(2**octave for octave in range(3, 11))])
        self._edges = self._edges[self._edges < bins - 1]
        self._window = hann(FFT_SAMPLES)
        self._spectra = max(1, round(INTERVAL_S * self.rate_hz / (2 * FFT_SAMPLES)))
        self._pending: list[tuple[Float64, Float64]] = []
        self._intervals: list[tuple[Float64, Float64]] = []

    def add(self, sound: Float32) -> None:
        """Add the next frames, ``(frames, channels)``.

        Raises
        ------
        AudioFileError
            If they hold values that are not finite.
        """
        if not np.isfinite(sound).all():
            raise AudioFileError("it holds values that are not finite")
        if np.abs(sound).max(initial=0.0) > MAX_SAMPLE:
            raise AudioFileError(
                f"it holds samples over {MAX_SAMPLE:g} times full scale; repair or remove it"
            )
        mean = sound.mean(axis=1)
        for index, part in enumerate((mean, *sound.T)):
            self.peaks[index] = max(self.peaks[index], float(np.abs(part).max(initial=0.0)))
            self.energy[index] += float(np.square(part, dtype=np.float64).sum())
        if self.channels > 1:
            for first in range(0, len(sound), 2 * FFT_SAMPLES):
                self._add_spectrum(sound[first : first + FFT_SAMPLES])

    def channel(self) -> int:
        """Channel to learn from alone; 0 if the mean holds what the channels do."""
        if self.channels == 1:
            return 0
        self._end_interval()
        if not self._intervals:
            return 0
        of_mean, of_channels = (np.array(part) for part in zip(*self._intervals, strict=True))
        expected = of_channels / self.channels  # of unrelated channels
        whole = of_channels.sum(axis=1)
        audible = whole > AUDIBLE * whole.mean()
        cancelled = of_channels[(of_mean < CANCELLED * expected) & audible[:, None]].sum()
        lost = (of_mean.sum(axis=1) < CANCELLED_INTERVAL * expected.sum(axis=1)) & audible
        interval_s = self._spectra * 2 * FFT_SAMPLES / self.rate_hz
        if (
            cancelled <= MAX_CANCELLED_SHARE * of_channels.sum()
            and lost.sum() * interval_s < MAX_CANCELLED_S
        ):
            return 0
        return 1 + int(self.energy[1:].argmax())

    def loss_db(self) -> float:
        """Level of the mean relative to that of the loudest channel."""
        loudest = max(float(self.energy[1:].max()), 1e-30)
        return float(10 * np.log10(max(self.energy[0] / loudest, 1e-12)))

    def _add_spectrum(self, sound: Float32) -> None:
        """Add the power of some frames in octaves, of the mean and on average of the channels."""
        sound = np.pad(sound, ((0, FFT_SAMPLES - len(sound)), (0, 0)))
        spectra = np.fft.rfft(sound * self._window[:, None], axis=0)
        mean = np.abs(spectra.mean(axis=1)) ** 2
        each = (np.abs(spectra) ** 2).mean(axis=1)
        self._pending.append(
            (np.add.reduceat(mean, self._edges), np.add.reduceat(each, self._edges))
        )
        if len(self._pending) >= self._spectra:
            self._end_interval()

    def _end_interval(self) -> None:
        if self._pending:
            of_mean, of_channels = zip(*self._pending, strict=True)
            self._intervals.append((np.sum(of_mean, axis=0), np.sum(of_channels, axis=0)))
            self._pending = []
