"""Seeded synthetic recordings: mono float32, peak 0.9 unless stated.

Every function takes seconds and a sample rate and gives ``(samples,)``; those with chance in them
take `rng`. `RECORDINGS` names one of each kind, and `write_folder` makes a corpus of them.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

SAMPLE_RATE_HZ = 48000


def sine(
    frequency_hz: float,
    seconds: float = 1.0,
    sample_rate_hz: int = SAMPLE_RATE_HZ,
    amplitude: float = 0.5,
) -> Float32:
    """A steady sine that starts at phase 0."""
    time_s = _times(seconds, sample_rate_hz)
    return (amplitude * np.sin(2 * np.pi * frequency_hz * time_s)).astype(np.float32)


def white_noise(
    seconds: float,
    rng: np.random.Generator,
    sample_rate_hz: int = SAMPLE_RATE_HZ,
    deviation: float = 0.1,
) -> Float32:
    """Gaussian noise of the given standard deviation."""
    samples = round(seconds * sample_rate_hz)
    return (deviation * rng.standard_normal(samples)).astype(np.float32)


def click(seconds: float = 1.0, at_s: float = 0.5, sample_rate_hz: int = SAMPLE_RATE_HZ) -> Float32:
    """Silence with one sample of 0.9."""
    sound = np.zeros(round(seconds * sample_rate_hz), np.float32)
    sound[round(at_s * sample_rate_hz)] = 0.9
    return sound


def silence(seconds: float = 1.0, sample_rate_hz: int = SAMPLE_RATE_HZ) -> Float32:
    """Digital silence."""
    return np.zeros(round(seconds * sample_rate_hz), np.float32)


def drone(
    seconds: float,
    rng: np.random.Generator,
    sample_rate_hz: int = SAMPLE_RATE_HZ,
    frequency_hz: float = 110.0,
) -> Float32:
    """Twelve partials, each a pair that beats at 0.2 to 2 Hz, under a slow swell."""
    time_s = _times(seconds, sample_rate_hz)
    sound = np.zeros_like(time_s)
    for partial in range(1, 13):
        beat_hz = rng.uniform(0.2, 2.0)
        for detune_hz in (-beat_hz / 2, beat_hz / 2):
            phase = 2 * np.pi * ((partial * frequency_hz + detune_hz) * time_s + rng.uniform())
            sound += np.sin(phase) / partial
    return _finished(sound * (0.7 + 0.3 * np.sin(2 * np.pi * 0.3 * time_s)))


def plucked(
    seconds: float, rng: np.random.Generator, sample_rate_hz: int = SAMPLE_RATE_HZ
) -> Float32:
    """A plucked string every 0.4 s, pitches from a pentatonic scale over two octaves.

    Karplus and Strong's string (*Computer Music Journal* 7(2), 1983): a burst of noise in a loop
    that averages neighbours, computed a period at a time.
    """
    sound = np.zeros(round(seconds * sample_rate_hz))
    for start in range(0, len(sound), round(0.4 * sample_rate_hz)):
        semitones = 12 * rng.integers(0, 2) + rng.choice([0, 2, 4, 7, 9])
        period = round(sample_rate_hz / (196.0 * 2 ** (semitones / 12)))
        string = rng.uniform(-1, 1, period)
        string -= string.mean()
        room = len(sound) - start
        for at in range(0, room, period):
            fits = min(period, room - at)
            sound[start + at : start + at + fits] += string[:fits]
            string = 0.998 * (0.5 * string + 0.5 * np.roll(string, 1))
    return _finished(sound)


def tabla(
    seconds: float, rng: np.random.Generator, sample_rate_hz: int = SAMPLE_RATE_HZ
) -> Float32:
    """Strokes every 0.15 or 0.3 s: a noisy attack, near-harmonic partials that decay apart."""
    sound = np.zeros(round(seconds * sample_rate_hz))
    start = 0
    while start < len(sound):
        time_s = np.arange(min(len(sound) - start, sample_rate_hz)) / sample_rate_hz
        frequency_hz, decay_per_s = rng.choice([90.0, 310.0]), rng.uniform(4, 25)
        stroke = 0.8 * rng.standard_normal(len(time_s)) * np.exp(-400 * time_s)
        for partial, amplitude in ((1.0, 1.0), (2.01, 0.6), (3.03, 0.4), (4.0, 0.2), (5.1, 0.1)):
            decay = np.exp(-decay_per_s * partial * time_s)
            stroke += amplitude * decay * np.sin(2 * np.pi * frequency_hz * partial * time_s)
        sound[start : start + len(time_s)] += rng.uniform(0.3, 1.0) * stroke
        start += round(sample_rate_hz * rng.choice([0.15, 0.3]))
    return _finished(sound)


def filtered_noise(
    seconds: float, rng: np.random.Generator, sample_rate_hz: int = SAMPLE_RATE_HZ
) -> Float32:
    """Noise through a resonance an octave wide whose centre wanders from 300 Hz to 5 kHz."""
    samples = round(seconds * sample_rate_hz)
    frame, hop = 2048, 1024
    window = np.sin(np.pi * (np.arange(frame) + 0.5) / frame)
    frames = 1 + -(-samples // hop)
    log2_hz = np.log2(300.0) + np.log2(5000 / 300) * _wandering(frames, hop / sample_rate_hz, rng)
    bins_hz = np.fft.rfftfreq(frame, 1 / sample_rate_hz)
    sound = np.zeros(frames * hop + frame)
    noise = rng.standard_normal(len(sound))
    for index, centre in enumerate(log2_hz):
        span = slice(index * hop, index * hop + frame)
        gain = np.exp(-2.0 * (np.log2(np.maximum(bins_hz, 1.0)) - centre) ** 2)
        sound[span] += window * np.fft.irfft(gain * np.fft.rfft(window * noise[span]), frame)
    return _finished(sound[hop : hop + samples])


def glissando(
    seconds: float,
    sample_rate_hz: int = SAMPLE_RATE_HZ,
    low_hz: float = 150.0,
    high_hz: float = 1200.0,
) -> Float32:
    """Up to six harmonics whose fundamental rises exponentially from `low_hz` to `high_hz`."""
    time_s = _times(seconds, sample_rate_hz)
    rate = np.log(high_hz / low_hz) / seconds
    phase = 2 * np.pi * low_hz * np.expm1(rate * time_s) / rate
    harmonics = [n for n in range(1, 7) if n * high_hz < sample_rate_hz / 2]
    return _finished(np.sum([np.sin(n * phase) / n for n in harmonics], axis=0))


def speech(
    seconds: float, rng: np.random.Generator, sample_rate_hz: int = SAMPLE_RATE_HZ
) -> Float32:
    """Bursts as of syllables: voiced ones with three formants, hissed ones, and pauses."""
    sound = np.zeros(round(seconds * sample_rate_hz))
    start = 0
    while start < len(sound):
        samples = min(round(sample_rate_hz * rng.uniform(0.08, 0.3)), len(sound) - start)
        spectrum_hz = np.fft.rfftfreq(samples, 1 / sample_rate_hz)
        if rng.uniform() < 0.7:
            pitch_hz = rng.uniform(100, 180) * np.exp(np.linspace(0.1, -0.1, samples))
            source = np.diff(np.floor(np.cumsum(pitch_hz) / sample_rate_hz), prepend=0.0)
            formants = rng.uniform((250, 800, 2200), (800, 2200, 3000))
            gain = sum(1 / (1 + ((spectrum_hz - f) / 80) ** 2) for f in formants)
        else:
            source = 0.05 * rng.standard_normal(samples)
            gain = np.clip((spectrum_hz - 2500) / 2000, 0, 1)
        syllable = np.fft.irfft(gain * np.fft.rfft(source), samples)
        sound[start : start + samples] = syllable * np.sin(np.pi * np.arange(samples) / samples)
        start += samples + round(sample_rate_hz * rng.choice([0.0, 0.02, 0.12]))
    return _finished(sound)


RECORDINGS: dict[str, Callable[[float, np.random.Generator, int], Float32]] = {
    "drone": drone,
    "plucked": plucked,
    "tabla": tabla,
    "filtered_noise": filtered_noise,
    "glissando": lambda seconds, rng, sample_rate_hz: glissando(seconds, sample_rate_hz),  # noqa: ARG005
    "speech": speech,
}
"""One recording of each kind: ``name -> (seconds, rng, sample_rate_hz) -> samples``."""


def write_folder(
    folder: Path,
    seconds: float = 3.0,
    seed: int = 0,
    *,
    kinds: Iterable[str] = RECORDINGS,
    sample_rate_hz: int = SAMPLE_RATE_HZ,
    channels: int = 1,
) -> list[Path]:
    """Write one 16-bit WAV of each kind into `folder`, made if need be; the files' paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for kind in kinds:
        rng = np.random.default_rng([seed, list(RECORDINGS).index(kind)])
        sound = RECORDINGS[kind](seconds, rng, sample_rate_hz)
        path = folder / f"{kind}.wav"
        soundfile.write(path, np.repeat(sound[:, None], channels, axis=1), sample_rate_hz)
        paths.append(path)
    return paths


def _times(seconds: float, sample_rate_hz: int) -> Float64:
    return np.arange(round(seconds * sample_rate_hz)) / sample_rate_hz


def _wandering(points: int, step_s: float, rng: np.random.Generator) -> Float64:
    """A slow curve within 0..1."""
    time_s = step_s * np.arange(points)
    rates_hz = rng.uniform(0.1, 0.7, (3, 1))
    slow: Float64 = np.sin(2 * np.pi * (rates_hz * time_s + rng.uniform(size=(3, 1)))).mean(axis=0)
    return 0.5 + 0.5 * slow


def _finished(sound: Float64) -> Float32:
    """At a peak of 0.9, with ends faded over 5 ms or less."""
    fade = np.minimum(1.0, np.arange(len(sound)) / min(240, max(1, len(sound) // 4)))
    sound = sound * fade * fade[::-1]
    return (0.9 * sound / max(float(np.abs(sound).max()), 1e-12)).astype(np.float32)
