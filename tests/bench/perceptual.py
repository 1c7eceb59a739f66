"""Score rendered chunks against the recordings: ViSQOL, Zimtohrli, distance, sharpness.

    python tests/bench/perceptual.py MODEL [DIR] [--validation] [--chunks 12] [--json]

Needs `pip install --group perceptual`. MODEL is a run's folder (its best checkpoint encodes and
decodes the chunks) or a bundle (its landmarks are decoded). DIR holds the recordings; a run knows
its own, a bundle needs them. Evenly spread chunks are decoded, synthesised as by the instrument and
compared with the recording; the chunk's own spectrogram, synthesised without a network, is scored
too, and so is the recording itself half a second before and after: noise there has other detail,
which nobody hears as a difference, but the measures do. Scores are means over chunks;
`--save FOLDER` writes the compared sounds:

- *visqol*: ViSQOL in audio mode (1 to 4.73, higher is better).
- *zimtohrli*: Zimtohrli's distance (0 is equal).
- *lsd_db*: log-spectral distance in dB (`distill_train.spectral_distance`).
- *attack*: duration of attacks over the original's; over 1 is smeared. The envelope is the root of
  the power of differenced samples under a Hann window of 6 ms, every 1 ms. An onset is where the
  original's envelope rises most, by at least 12 dB from the minimum of the 60 ms before to the
  maximum of the 60 ms after. With the envelope in these 120 ms scaled from 0 (its minimum before
  the maximum) to 1 (its maximum), the duration is from the last crossing of 0.1 to the first of 0.9
  after it, at least 1 ms. The ratio is of sums over a chunk's onsets.
- *contrast*: contrast of partials over the original's; under 1 is blurred. It is
  ``sum(P' - V') / sum(P - V)`` over the original's spectral peaks, levels in dB of the mean power
  of 8 frames of 4096 samples, 1024 apart: P is the level at the peak, V the mean of the lowest
  levels 3 to 12 bins below and above it, P' and V' those of the rendered sound in the same bins (P'
  within one bin). A peak is a local maximum with P - V of at least 15 dB within 50 dB of the
  loudest.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import torch

from distill_live.bundle import read_bundle
from distill_live.spectrogram import Float32, Float64, Representation, hann
from distill_train.bundling.evaluation import MIN_PEAK
from distill_train.config import TrainingConfig
from distill_train.corpus.audio import source_from_json
from distill_train.corpus.cache import open_cache
from distill_train.corpus.cache_manifest import CacheSettings
from distill_train.corpus.spectrogram_cache import SpectrogramCache
from distill_train.latent.chunk_renderer import ChunkRenderer, render_chunk
from distill_train.latent.latent_space import encode_chunks, source_chunks, standardised_landmarks
from distill_train.run import prepare
from distill_train.spectral_distance import spectral_distance
from distill_train.training.checkpoint import BEST, load_model

MEASURES = ("visqol", "zimtohrli", "lsd_db", "attack", "contrast")
RATE_HZ = 48000
ATTACK_SPAN_MS, ATTACK_RISE_DB = 60, 12.0
PARTIAL_CONTRAST_DB, PARTIAL_RANGE_DB = 15.0, 50.0


@dataclass(frozen=True, eq=False)
class Case:
    """A chunk as recorded, rendered by the model and from its own spectrogram; its neighbours."""

    name: str
    original: Float32
    model: Float32
    representation: Float32
    elsewhere: list[Float32]


def run_cases(run: Path, folder: Path | None, validation: bool, max_chunks: int) -> Iterator[Case]:
    """Chunks of a run, encoded and decoded by its best checkpoint."""
    trained = load_model(run / BEST if run.is_dir() else run)
    source = folder or source_from_json(trained.folder)
    prepared = prepare(source, trained.config, trained.statistics)
    chunks = prepared.validation if validation else prepared.training.unaugmented()
    representation = Representation(trained.config.spectrogram, trained.statistics)
    indices, latents = encode_chunks(trained.model, chunks, max_chunks)
    for index, latent in zip(indices, latents, strict=True):
        recording, first_frame = chunks.locate(index)
        with torch.no_grad():
            decoded = trained.model.decoder(torch.from_numpy(latent)[None])[0].numpy()
        yield Case(
            f"{Path(prepared.cache.files[recording]).stem}_{first_frame}",
            prepared.cache.sound(recording, first_frame),
            render_chunk(representation, decoded),
            render_chunk(representation, chunks[index].numpy()),
            elsewhere(prepared.cache, recording, first_frame),
        )


def bundle_cases(path: Path, folder: Path, max_chunks: int) -> Iterator[Case]:
    """Landmarks of a bundle, decoded by its ONNX graph; trained with the default overlap."""
    bundle = read_bundle(path)
    cache = open_cache(folder, CacheSettings(bundle.settings), bundle.statistics)
    chunks = source_chunks(cache.recordings, bundle.settings, TrainingConfig().overlap)
    if len(chunks) != len(bundle.landmarks):
        raise SystemExit(
            f"{folder} has {len(chunks)} chunks, but the model has {len(bundle.landmarks)} "
            "landmarks; give the folder that it was trained on"
        )
    renderer, latents = ChunkRenderer(bundle), standardised_landmarks(bundle)
    representation = Representation(bundle.settings, bundle.statistics)
    for index in chunks.spread(max_chunks):
        recording, first_frame = chunks.locate(index)
        yield Case(
            f"{Path(cache.files[recording]).stem}_{first_frame}",
            cache.sound(recording, first_frame),
            renderer(latents[index]),
            render_chunk(representation, chunks[index].numpy()),
            elsewhere(cache, recording, first_frame),
        )


def elsewhere(cache: SpectrogramCache, recording: int, first_frame: int) -> list[Float32]:
    """The recording half a second before and after a chunk, where it is long enough."""
    settings, stored = cache.settings.spectrogram, cache.manifest.recordings[recording]
    distance = round(0.5 * settings.frames_per_second)
    firsts = (first_frame - distance, first_frame + distance)
    last = stored.frames - stored.silence_frames - settings.n_frames
    return [
        cache.sound(recording, first) for first in firsts if stored.silence_frames <= first <= last
    ]


class HearingModels:
    """ViSQOL and Zimtohrli, loaded once."""

    def __init__(self) -> None:
        import visqol
        import zimtohrli

        self._visqol = visqol.VisqolApi()
        self._visqol.create(mode="audio")
        self._zimtohrli = zimtohrli.Pyohrli()

    def scores(self, original: Float32, sound: Float32) -> dict[str, float]:
        """Score a sound against its original by all measures, at 48 kHz."""
        sound = np.clip(sound, -1, 1)
        try:
            mos = self._visqol.measure_from_arrays(
                original.astype(np.float64), sound.astype(np.float64), RATE_HZ
            ).moslqo
        except Exception:  # its alignment fails on some nearly silent chunks
            mos = float("nan")
        return {
            "visqol": float(mos),
            "zimtohrli": float(self._zimtohrli.distance(original, sound)),
            "lsd_db": spectral_distance(original, sound).log_spectral_db,
            "attack": attack_ratio(original, sound),
            "contrast": contrast_ratio(original, sound),
        }


def attack_ratio(original: Float32, sound: Float32) -> float:
    """Duration of attacks over the original's; NaN if that has none."""
    a, b = _envelope(original), _envelope(sound)
    found = [(_rise_ms(a[at]), _rise_ms(b[at])) for at in _onsets(a)]
    return float(np.divide(*np.sum(found, axis=0)[::-1])) if found else float("nan")


def _envelope(sound: Float32) -> Float64:
    """Root of the smoothed power of differenced samples, every millisecond."""
    window, hop = hann(288), RATE_HZ // 1000
    power = np.convolve(np.diff(sound.astype(np.float64), prepend=0.0) ** 2, window, "same")
    return np.sqrt(np.maximum(power[::hop], 1e-14))


def _onsets(envelope: Float64) -> list[slice]:
    """The 120 ms around each onset."""
    span = ATTACK_SPAN_MS
    rise = np.diff(20 * np.log10(envelope + 1e-3 * envelope.max()), prepend=0.0)
    rise[:1] = 0.0
    found, steepest = [], np.convolve(rise, np.ones(5), "same")
    for at in np.argsort(-steepest):
        if not span <= at < len(envelope) - span or any(abs(at - other) < span for other in found):
            continue
        before, after = envelope[at - span : at].min(), envelope[at : at + span].max()
        if 20 * np.log10(after / before) < ATTACK_RISE_DB or after < 0.05 * envelope.max():
            continue
        if steepest[at] < 3.0:
            break
        found.append(int(at))
    return [slice(at - span, at + span) for at in found]


def _rise_ms(envelope: Float64) -> float:
    """Rise time from 10 % to 90 % between minimum and maximum."""
    top = int(np.argmax(envelope))
    low = envelope[: top + 1].min()
    level = (envelope[: top + 1] - low) / max(envelope[top] - low, 1e-12)
    starts = np.flatnonzero(level <= 0.1)
    start = int(starts[-1]) if len(starts) else 0
    return float(max(1, int(np.argmax(level[start:] >= 0.9))))


def contrast_ratio(original: Float32, sound: Float32) -> float:
    """Contrast of partials in dB over the original's; NaN if that has none."""
    a, b = _levels_db(original), _levels_db(sound)
    edge = 12
    near = np.arange(3, edge + 1)
    kept, made = 0.0, 0.0
    loudest = a.max()
    for before, after in zip(a, b, strict=True):
        middle = before[edge:-edge]
        peaks = np.flatnonzero(
            (middle > before[edge - 1 : -edge - 1])
            & (middle >= before[edge + 1 : len(before) - edge + 1])
            & (middle > loudest - PARTIAL_RANGE_DB)
        )
        for at in peaks + edge:
            contrast = before[at] - _valley(before, at, near)
            if contrast >= PARTIAL_CONTRAST_DB:
                kept += contrast
                made += after[at - 1 : at + 2].max() - _valley(after, at, near)
    return made / kept if kept else float("nan")


def _valley(levels: Float64, at: int, near: np.ndarray) -> float:
    return float(levels[at - near].min() + levels[at + near].min()) / 2


def _levels_db(sound: Float32) -> Float64:
    """Levels of the mean power of eight frames, ``(blocks, bins)``."""
    frames = np.lib.stride_tricks.sliding_window_view(sound.astype(np.float64), 4096)[::1024]
    power = np.abs(np.fft.rfft(frames * hann(4096))) ** 2
    blocks = power[: len(power) // 8 * 8].reshape(-1, 8, power.shape[1]).mean(axis=1)
    return 10 * np.log10(blocks + 1e-9 * blocks.max())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path, help="a run's folder or a bundle")
    parser.add_argument("folder", type=Path, nargs="?", metavar="DIR", help="recordings")
    parser.add_argument("--validation", action="store_true", help="score validation chunks")
    parser.add_argument("--chunks", type=int, default=12, help="maximum number of chunks")
    parser.add_argument("--save", type=Path, help="folder to write the compared sounds to")
    parser.add_argument("--json", action="store_true", help="print JSON, with figures per chunk")
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.model.suffix == ".distill":
        if options.folder is None or options.validation:
            parser.error("a bundle needs DIR, and only a run knows its validation chunks")
        cases = bundle_cases(options.model, options.folder, options.chunks)
    else:
        cases = run_cases(options.model, options.folder, options.validation, options.chunks)
    hearing, rows = HearingModels(), []
    for case in cases:
        if np.abs(case.original).max() < MIN_PEAK:
            continue
        row: dict[str, Any] = {"chunk": case.name}
        for made in ("model", "representation"):
            sound = getattr(case, made)
            row[made] = hearing.scores(case.original, sound)
            if options.save:
                (options.save / case.name).mkdir(parents=True, exist_ok=True)
                soundfile.write(options.save / case.name / f"{made}.wav", sound, RATE_HZ)
        near = [hearing.scores(case.original, sound) for sound in case.elsewhere]
        row["elsewhere"] = {name: _mean([scores[name] for scores in near]) for name in MEASURES}
        if options.save:
            soundfile.write(options.save / case.name / "orig.wav", case.original, RATE_HZ)
        rows.append(row)
    if not rows:
        sys.exit("all chunks are silent; nothing was scored")
    if options.json:
        print(json.dumps(rows))
        return
    print(f"{len(rows)} chunks      " + "".join(f"{name:>10}" for name in MEASURES))
    for made in ("model", "representation", "elsewhere"):
        means = [_mean([row[made][name] for row in rows]) for name in MEASURES]
        print(f"{made:15}" + "".join(f"{mean:10.4f}" for mean in means))


def _mean(values: list[float]) -> float:
    """Mean of the values that are numbers; NaN without any."""
    numbers = [value for value in values if not np.isnan(value)]
    return float(np.mean(numbers)) if numbers else float("nan")


if __name__ == "__main__":
    main()
