"""Measure resynthesis from the spectrogram without a network, against Griffin-Lim.

    python tests/bench/resynthesis.py DIR [--json] [--seconds 4] [--level file] [--draws 3]
    python tests/bench/resynthesis.py DIR --windows 1536 1280 1024     synthesis windows, by ear

For every recording under DIR (each sub-folder with recordings is a corpus) the first seconds are
analysed, normalised, clipped and stored as float32 as the trainer does, decoded, and synthesised by
the engine's class in one causal pass. Compared with it are Griffin-Lim (100 iterations, momentum
0.99, not causal) from the same 128 bands, the same bands with random phase, and with the
recording's own phase, the upper bound for these magnitudes. Printed are means over files of
log-spectral distance, spectral convergence and hop line over the original's (from 1 s of sound on);
then figures for steady sines and white noise.

The synthesis window is the whole frame, as for Griffin-Lim. A corpus is normalised to -1 dBFS with
one set of statistics, as in training; `--level file` normalises each file. Files under a quarter of
a second are left out. Rows with randomness are means over three draws, since Griffin-Lim's
convergence on single strokes varies by a third between draws.

`--windows` compares synthesis windows of the standard profile instead, by the scores of
`perceptual.py` (needs `pip install --group perceptual`), the hop line, and *bass*: the log-spectral
distance up to 300 Hz in frames of 4096 samples; ripple and frequency of steady low sines follow.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from math import gcd
from pathlib import Path
from typing import Any

import numpy as np
import scipy.signal
import soundfile
import torch
from numpy.typing import NDArray

from distill_live.spectrogram import (
    LOW_LATENCY,
    STANDARD,
    Representation,
    SpectrogramSettings,
    Statistics,
    hann,
)
from distill_live.synthesis import synthesize
from distill_train.spectral_distance import spectral_distance
from distill_train.spectrogram import Analysis

sys.path.insert(0, str(Path(__file__).parent.parent))

from perceptual import HearingModels
from support.analysed import corpus_statistics
from support.hop_line import envelope, hop_line_db

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

SAMPLE_RATE_HZ = 48000
SETTINGS = (STANDARD, replace(LOW_LATENCY, synthesis_samples=LOW_LATENCY.n_fft))
SUFFIXES = (".wav", ".flac", ".ogg", ".mp3", ".aif", ".aiff")
SINES_HZ = (110, 440, 1000, 3000, 6000, 12000)
BASS_SINES_HZ = (41, 55, 82, 110)
BASS_HZ, BASS_FRAME = 300, 4096
MEASURES = ("log_spectral_db", "convergence", "hop_line_db")


@dataclass(frozen=True)
class Case:
    """Sound and its stored channels, decoded to band power and frequency."""

    sound: Float32
    settings: SpectrogramSettings
    statistics: Statistics

    @cached_property
    def stored(self) -> tuple[Representation, Float32, Float32]:
        """Representation, power and frequency, ``(n_mels, frames)``."""
        waveform = torch.from_numpy(self.sound[None])
        channels = Analysis(self.settings).channels(waveform, self.statistics)[0].numpy()
        representation = Representation(self.settings, self.statistics)
        return representation, *representation.decode(channels)

    @cached_property
    def magnitudes(self) -> torch.Tensor:
        """Bands spread to bins, ``(n_bins, frames)``: non-negative, by 30 updates."""
        representation, power, _ = self.stored
        bank = torch.from_numpy(representation.filterbank.astype(np.float32))
        bands = torch.from_numpy(power)
        target = bank.T @ bands
        bins = (bank.T @ (bands / bank.sum(1, keepdim=True).clamp(min=1e-9))).clamp(min=1e-12)
        for _ in range(30):
            bins = bins * target / (bank.T @ (bank @ bins)).clamp(min=1e-12)
        return bins.sqrt()

    @cached_property
    def window(self) -> torch.Tensor:
        return torch.from_numpy(hann(self.settings.n_fft).astype(np.float32))

    def stft(self, sound: torch.Tensor) -> torch.Tensor:
        n_fft, hop = self.settings.n_fft, self.settings.hop_samples
        return torch.stft(sound, n_fft, hop, window=self.window, return_complex=True)

    def istft(self, spectrum: torch.Tensor) -> torch.Tensor:
        n_fft, hop, samples = self.settings.n_fft, self.settings.hop_samples, len(self.sound)
        return torch.istft(spectrum, n_fft, hop, window=self.window, length=samples)


def distill(case: Case, rng: np.random.Generator) -> Float32:
    representation, power, frequency_bins = case.stored
    return synthesize(representation, power, frequency_bins, rng, len(case.sound))


def griffin_lim(case: Case, rng: np.random.Generator) -> Float32:
    """Fast Griffin-Lim (Perraudin, Balazs & Sondergaard, WASPAA 2013), momentum 0.99."""
    magnitudes = case.magnitudes
    spectrum, last = magnitudes * _random_turns(magnitudes, rng), None
    for _ in range(100):
        new = case.stft(case.istft(spectrum))
        ahead = new if last is None else new + 0.99 * (new - last)
        spectrum, last = magnitudes * torch.sgn(ahead), new
    return case.istft(spectrum).numpy()


def random_phase(case: Case, rng: np.random.Generator) -> Float32:
    return case.istft(case.magnitudes * _random_turns(case.magnitudes, rng)).numpy()


def own_phase(case: Case, _: np.random.Generator) -> Float32:
    own = torch.sgn(case.stft(torch.from_numpy(case.sound)))
    return case.istft(case.magnitudes * own).numpy()


def _random_turns(magnitudes: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    phase = rng.uniform(-np.pi, np.pi, tuple(magnitudes.shape)).astype(np.float32)
    return torch.polar(torch.ones_like(magnitudes), torch.from_numpy(phase))


Row = Callable[[Case, np.random.Generator], Float32]
ROWS: dict[str, Row] = {
    "distill": distill,
    "Griffin-Lim 100": griffin_lim,
    "random phase": random_phase,
    "the recording's own phase": own_phase,
}


def corpora(folder: Path) -> dict[str, list[Path]]:
    """Recordings by corpus: each sub-folder that has some, and the folder itself."""
    paths = sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES)
    found: dict[str, list[Path]] = {}
    for path in paths:
        parts = path.relative_to(folder).parts
        found.setdefault(parts[0] if len(parts) > 1 else folder.name, []).append(path)
    return found


def load(path: Path, seconds: float) -> Float32:
    """Read the first seconds in mono at 48 kHz."""
    sound, rate_hz = soundfile.read(path, always_2d=True)
    common = gcd(SAMPLE_RATE_HZ, rate_hz)
    resampled = scipy.signal.resample_poly(
        sound.mean(axis=1), SAMPLE_RATE_HZ // common, rate_hz // common
    )
    return resampled[: int(seconds * SAMPLE_RATE_HZ)].astype(np.float32)


def levelled(sounds: dict[str, Float32], level: str) -> dict[str, Float32]:
    """Normalise sounds to -1 dBFS, each or together; drop silent ones."""
    peaks = {name: float(np.abs(x).max()) for name, x in sounds.items()}
    loudest = max(peaks.values(), default=0.0)
    return {
        name: np.float32(10 ** (-1 / 20) / (loudest if level == "corpus" else peaks[name])) * x
        for name, x in sounds.items()
        if peaks[name] > 0
    }


def levelled_corpora(
    folder: Path, seconds: float, level: str
) -> Iterator[tuple[str, dict[str, Float32]]]:
    """Corpora and their sounds, by file."""
    for corpus, paths in corpora(folder).items():
        sounds = {str(path.relative_to(folder)): load(path, seconds) for path in paths}
        sounds = {name: x for name, x in sounds.items() if len(x) >= SAMPLE_RATE_HZ // 4}
        sounds = levelled(sounds, level)
        if sounds:
            yield corpus, sounds


def cases(sounds: list[Float32], settings: SpectrogramSettings) -> list[Case]:
    """Cases of a corpus, normalised together."""
    batches = [torch.from_numpy(sound[None]) for sound in sounds]
    statistics = corpus_statistics(Analysis(settings), lambda: batches)
    return [Case(sound, settings, statistics) for sound in sounds]


def measured(case: Case, row: Row, draws: int) -> dict[str, float]:
    """Measure one row on one file, averaged over draws of its random phases.

    The hop line is measured only on files longer than 1 s.
    """
    results = []
    for seed in range(draws):
        sound = row(case, np.random.default_rng(seed))
        result = spectral_distance(case.sound, sound)._asdict()
        results.append(result | {"hop_line_db": hop_line_over(case, sound)})
    return mean(results)


def hop_line_over(case: Case, sound: Float32) -> float:
    """Hop line of a sound over the original's in dB; NaN for less than 1 s."""
    if len(sound) <= SAMPLE_RATE_HZ:
        return float("nan")
    rate_hz = case.settings.frames_per_second
    made, own = (hop_line_db(x, rate_hz, SAMPLE_RATE_HZ) for x in (sound, case.sound))
    return made - own


def mean(results: Iterable[dict[str, float]]) -> dict[str, float]:
    """Mean of each measure over the rows that have it."""
    rows = list(results)
    values = {
        name: [row[name] for row in rows if np.isfinite(row.get(name, np.nan))] for name in MEASURES
    }
    return {name: float(np.mean(v)) for name, v in values.items() if v}


def sine_figures(settings: SpectrogramSettings, frequency_hz: float) -> dict[str, float]:
    """Envelope ripple and frequency of sines, over the middle second of two."""
    time_s = np.arange(2 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    sound = (0.5 * np.sin(2 * np.pi * frequency_hz * time_s)).astype(np.float32)
    middle = distill(cases([sound], settings)[0], np.random.default_rng(0))
    middle = middle[SAMPLE_RATE_HZ // 2 : SAMPLE_RATE_HZ * 3 // 2]
    steady = envelope(middle)[2000:-2000]
    spectrum = np.abs(np.fft.rfft(middle * hann(SAMPLE_RATE_HZ), 32 * SAMPLE_RATE_HZ))
    return {
        "frequency_hz": frequency_hz,
        "ripple_db": float(20 * np.log10(steady.max() / steady.min())),
        "found_hz": float(np.argmax(spectrum) / 32),
    }


def noise_figures(settings: SpectrogramSettings) -> dict[str, dict[str, float]]:
    """Lines in the envelope of white noise, at the hop rate and at the rate of whole frames."""
    noise = np.random.default_rng(0).standard_normal(4 * SAMPLE_RATE_HZ)
    case = cases([(0.1 * noise).astype(np.float32)], settings)[0]
    sounds = {"original": case.sound} | {
        name: ROWS[name](case, np.random.default_rng(1)) for name in ("distill", "Griffin-Lim 100")
    }
    rates_hz = {
        "hop_line_db": settings.frames_per_second,
        "n_fft_line_db": SAMPLE_RATE_HZ / settings.n_fft,
    }
    return {
        name: {line: hop_line_db(x, hz, SAMPLE_RATE_HZ) for line, hz in rates_hz.items()}
        for name, x in sounds.items()
    }


def run(
    folder: Path, settings: SpectrogramSettings, seconds: float, level: str, draws: int
) -> dict[str, Any]:
    """Measure all figures at one setting."""
    per_corpus: dict[str, Any] = {}
    for corpus, sounds in levelled_corpora(folder, seconds, level):
        files = {
            name: {row: measured(case, make, draws) for row, make in ROWS.items()}
            for name, case in zip(sounds, cases(list(sounds.values()), settings), strict=True)
        }
        means = {row: mean(f[row] for f in files.values()) for row in ROWS}
        per_corpus[corpus] = {"mean": means, "files": files}
    over = {name: mean(c["mean"][name] for c in per_corpus.values()) for name in ROWS}
    return {
        "corpora": per_corpus,
        "mean": over,
        "sines": [sine_figures(settings, hz) for hz in SINES_HZ],
        "white_noise": noise_figures(settings),
    }


def compare_windows(
    folder: Path, windows: list[int], seconds: float, level: str
) -> Iterator[tuple[str, dict[int, dict[str, float]]]]:
    """Corpora, and their mean scores by synthesis window."""
    hearing = HearingModels()
    for corpus, sounds in levelled_corpora(folder, seconds, level):
        found = {}
        for window in windows:
            settings = replace(STANDARD, synthesis_samples=window)
            rows = []
            for case in cases(list(sounds.values()), settings):
                sound = distill(case, np.random.default_rng(0))
                rows.append(hearing.scores(case.sound, sound))
                rows[-1]["bass_db"] = bass_db(case.sound, sound)
                rows[-1]["hop_line_db"] = hop_line_over(case, sound)
            found[window] = {
                name: float(np.nanmean([row[name] for row in rows])) for name in rows[0]
            }
        yield corpus, found


def bass_db(original: Float32, sound: Float32) -> float:
    """Mean absolute difference of levels up to `BASS_HZ`, in dB, down to 60 dB under the peak."""
    top = 1 + BASS_HZ * BASS_FRAME // SAMPLE_RATE_HZ
    levels = []
    for x in (original, sound):
        padded = np.pad(x.astype(np.float64), BASS_FRAME // 2)
        frames = np.lib.stride_tricks.sliding_window_view(padded, BASS_FRAME)[:: BASS_FRAME // 4]
        levels.append(np.abs(np.fft.rfft(frames * hann(BASS_FRAME)))[:, :top])
    floor = 1e-3 * levels[0].max() + 1e-9
    a, b = (20 * np.log10(level + floor) for level in levels)
    return float(np.abs(a - b).mean())


def table(title: str, rows: dict[str, dict[str, float]]) -> None:
    """Print one block."""
    print(f"\n{title:38} {'dB':>6} {'conv.':>7} {'hop line':>9}")
    for name, row in rows.items():
        line = f"{row['hop_line_db']:+9.1f}" if "hop_line_db" in row else f"{'-':>9}"
        print(f"  {name:36} {row['log_spectral_db']:6.3f} {row['convergence']:7.3f} {line}")


def report(name: str, result: dict[str, Any]) -> None:
    """Print all figures at one setting."""
    for corpus, figures in result["corpora"].items():
        table(f"{name} {corpus} ({len(figures['files'])} files)", figures["mean"])
    if len(result["corpora"]) > 1:
        table(f"{name} mean over {len(result['corpora'])} corpora", result["mean"])
    print(f"\n{name} steady sines{'':12} {'ripple dB':>10} {'found Hz':>10}")
    for row in result["sines"]:
        print(
            f"  {row['frequency_hz']:6} Hz{'':19} {row['ripple_db']:10.2f} {row['found_hz']:10.2f}"
        )
    print(f"\n{name} white noise, line in dB{'':3} {'hop rate':>9} {'n_fft rate':>11}")
    for row, lines in result["white_noise"].items():
        print(f"  {row:26} {lines['hop_line_db']:9.1f} {lines['n_fft_line_db']:11.1f}")


def report_windows(corpus: str, scores: dict[int, dict[str, float]]) -> None:
    """Print the scores of synthesis windows for a corpus."""
    names = list(next(iter(scores.values())))
    print(f"\n{corpus:10}" + "".join(f"{name:>13}" for name in names))
    for window, row in scores.items():
        print(f"{window:10}" + "".join(f"{row[name]:13.4f}" for name in names), flush=True)


def report_bass(windows: list[int]) -> None:
    """Print ripple and frequency of steady low sines."""
    print("\nsines: ripple in dB, frequency found")
    for window in windows:
        settings = replace(STANDARD, synthesis_samples=window)
        figures = [sine_figures(settings, hz) for hz in BASS_SINES_HZ]
        print(
            f"{window:10}"
            + "".join(
                f"{one['frequency_hz']:5} Hz {one['ripple_db']:5.2f} {one['found_hz']:7.2f}"
                for one in figures
            )
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--json", action="store_true", help="print JSON, with figures per file")
    parser.add_argument("--seconds", type=float, default=4.0, help="length read from each file")
    parser.add_argument("--level", choices=("corpus", "file"), default="corpus", help="%(default)s")
    parser.add_argument("--draws", type=int, default=3, help="draws of random phases to average")
    parser.add_argument(
        "--windows", type=int, nargs="+", metavar="SAMPLES", help="compare synthesis windows"
    )
    options = parser.parse_args()
    if not corpora(options.folder):
        parser.error(f"no recordings under {options.folder}; give a folder that holds some")
    torch.set_num_threads(1)
    if options.windows:
        scores = compare_windows(options.folder, options.windows, options.seconds, options.level)
        if options.json:
            print(json.dumps(dict(scores), indent=1))
            return
        report_bass(options.windows)
        for corpus, rows in scores:
            report_windows(corpus, rows)
        return
    results = {}
    for settings in SETTINGS:
        name = f"{settings.n_fft}/{settings.hop_samples}"
        results[name] = run(options.folder, settings, options.seconds, options.level, options.draws)
        if not options.json:
            report(name, results[name])
    if options.json:
        print(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
