"""Formats of rendered files: loss, tags, complete files only."""

import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf
from scipy.signal import resample_poly
from support.full_disk import files_of_any_size_after, limit_files, limits_files
from support.tiny import tiny_bundle

from distill_live.addresses import Command
from distill_live.errors import AudioFileError, ConfigurationError
from distill_live.offline import writer
from distill_live.offline.batch import read_origin
from distill_live.offline.formats import FORMATS, SoundFormat, choose_format
from distill_live.offline.plan import ModelIdentity, Plan
from distill_live.offline.render import render
from distill_live.offline.writer import Tags, comment_of, new_sound_file
from distill_live.spectrogram import STANDARD

BUNDLE = tiny_bundle()
RATE_HZ = BUNDLE.settings.sample_rate_hz
PLAN = Plan(seed=3, seconds=2.0)
NAMES = [f"y{suffix}" for suffix in FORMATS]
TAGS = Tags("A title: Größe", "Some program", "2025-01-31T12:00:00Z", "said")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> np.ndarray:
    """What all of them hold, ``(frames, 2)``."""
    path = tmp_path_factory.mktemp("formats") / "y.wav"
    render(BUNDLE, PLAN, path, choose_format(path, RATE_HZ, bits=32))
    samples: np.ndarray = sf.read(path)[0]
    return samples


def write(
    path: Path, sound: np.ndarray, form: SoundFormat, comment: str = "", seed: int = 0
) -> None:
    tags = replace(TAGS, comment=comment)
    with new_sound_file(path, form, len(sound), tags, seed=seed, force=True) as put:
        for start in range(0, len(sound), 10_000):
            put(sound[start : start + 10_000].astype(np.float32))


def signal_to_error_db(sound: np.ndarray, other: np.ndarray) -> float:
    assert sound.shape == other.shape
    return float(10 * np.log10(np.mean(sound**2) / np.mean((other - sound) ** 2)))


@pytest.mark.parametrize(
    ("name", "bits", "steps"),
    [("y.wav", 16, 15), ("y.wav", 24, 23), ("y.flac", 16, 15), ("y.flac", 24, 23)],
)
def test_whole_numbers_are_dithered_and_less_than_two_steps_away(
    name: str, bits: int, steps: int, sound: np.ndarray, tmp_path: Path
) -> None:
    path = tmp_path / name
    render(BUNDLE, PLAN, path, choose_format(path, RATE_HZ, bits=bits))
    with sf.SoundFile(path) as file:
        assert file.subtype == f"PCM_{bits}"
        error = (file.read() - sound) * 2 ** (bits - 1)
    assert np.abs(error).max() <= 1.5 + 1e-6
    # Rounding (1/12) and triangular noise of two steps (1/6), whatever the sound is.
    loud = np.abs(sound) > np.median(np.abs(sound))
    for part in (error[loud], error[~loud]):
        assert abs(part.mean()) < 0.02
        assert part.var() == pytest.approx(1 / 4, rel=0.05)


@pytest.mark.parametrize(("name", "least_db"), [("y.ogg", 20.0), ("y.opus", 20.0), ("y.mp3", 20.0)])
def test_lossy_formats_hold_the_sound_in_place_within_their_loss(
    name: str, least_db: float, sound: np.ndarray, tmp_path: Path
) -> None:
    path = tmp_path / name
    render(BUNDLE, PLAN, path)
    decoded, rate_hz = sf.read(path)
    assert rate_hz == RATE_HZ
    assert signal_to_error_db(sound, decoded) > least_db
    late = np.roll(decoded, 1, axis=0)
    assert signal_to_error_db(sound, late) < signal_to_error_db(sound, decoded)


@pytest.mark.parametrize(("model_hz", "file_hz"), [(44100, 48000), (48000, 44100), (48000, 16000)])
def test_another_rate_holds_the_same_sound_in_place(
    model_hz: int, file_hz: int, tmp_path: Path
) -> None:
    settings = replace(STANDARD, sample_rate_hz=model_hz)
    bundle, path = tiny_bundle(settings), tmp_path / "y.wav"
    render(bundle, PLAN, path, choose_format(path, model_hz, bits=32))
    at_model, _ = sf.read(path)
    form = choose_format(path, model_hz, sample_rate_hz=file_hz, bits=32)
    render(bundle, PLAN, path, form, force=True)
    resampled, rate_hz = sf.read(path)
    assert (rate_hz, len(resampled)) == (file_hz, 2 * file_hz)
    expected = resample_poly(at_model, file_hz // 100, model_hz // 100, window=("kaiser", 10.0))
    inner = slice(file_hz // 10, -file_hz // 10)  # the filters differ in how they begin and end
    assert signal_to_error_db(expected[inner], resampled[inner]) > 35


def test_opus_takes_a_rate_that_it_knows(tmp_path: Path) -> None:
    bundle = tiny_bundle(replace(STANDARD, sample_rate_hz=44100))
    path = tmp_path / "y.opus"
    render(bundle, PLAN, path)
    assert (sf.info(path).samplerate, sf.info(path).frames) == (48000, 96000)
    assert read_origin(path).sample_rate_hz == 48000


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("length", [100, 500, 2047, 50_000])
def test_tags_are_embedded_and_read_back(
    name: str, length: int, sound: np.ndarray, tmp_path: Path
) -> None:
    path = tmp_path / name
    comment = "".join(map(chr, np.random.default_rng(0).integers(32, 127, length)))
    write(path, sound[:8000], choose_format(path, RATE_HZ), comment.strip() or "x")
    assert comment_of(path) == (comment.strip() or "x")
    with sf.SoundFile(path) as file:
        assert file.frames == 8000
        title, date = str(file.title), str(file.date)
    assert title == ("A title: Gr??e" if name == "y.mp3" else TAGS.title)
    assert date.startswith("2025-01-31")


@pytest.mark.parametrize("name", NAMES)
def test_a_file_says_model_seed_settings_and_the_models_date(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    said = render(BUNDLE, PLAN, path)
    assert read_origin(path) == said
    assert said.models == (ModelIdentity("tiny", BUNDLE.fingerprint, BUNDLE.created),)
    assert said.plan == PLAN
    with sf.SoundFile(path) as file:
        assert file.title == "tiny, seed 3"
        assert BUNDLE.created.startswith(file.date[:10])


def test_a_file_of_another_programs_is_no_render_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "y.wav"
    sf.write(path, np.zeros(100), 8000)
    with pytest.raises(AudioFileError, match=r"y\.wav: it does not say how"):
        read_origin(path)
    path.write_bytes(b"RIFF")
    with pytest.raises(AudioFileError, match=r"y\.wav: not read"):
        read_origin(path)
    with pytest.raises(AudioFileError, match=r"none\.wav: not read"):
        read_origin(tmp_path / "none.wav")


@pytest.mark.parametrize("room", [-1, 3000])
def test_a_wav_file_over_4_gb_is_rf64_with_its_comment(
    room: int, sound: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "MAX_WAV_BYTES", 4 * sound.size + room)
    path = tmp_path / "y.wav"
    write(path, sound, choose_format(path, RATE_HZ, bits=32), "x" * 3001)
    data = path.read_bytes()
    assert data[:4] == b"RF64"
    assert struct.unpack_from("<Q", data, 20) == (len(data) - 8,)
    assert comment_of(path) == "x" * 3001
    np.testing.assert_array_equal(sf.read(path)[0], sound)


def test_a_wav_files_size_is_right_and_its_chunks_fill_it(
    sound: np.ndarray, tmp_path: Path
) -> None:
    path = tmp_path / "y.wav"
    form = choose_format(path, RATE_HZ, channels=1)
    write(path, sound[:1001, :1], form, "odd")  # 3003 bytes of sound
    data = path.read_bytes()
    assert struct.unpack_from("<I", data, 4) == (len(data) - 8,)
    at, names = 12, []
    while at < len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        names.append(name)
        at += 8 + size + size % 2
    assert at == len(data)
    assert names[-2:] == [b"data", b"LIST"]


@limits_files
@pytest.mark.parametrize("name", NAMES)
def test_a_full_disk_leaves_no_file_and_says_so_in_a_line(
    name: str, sound: np.ndarray, tmp_path: Path
) -> None:
    path = tmp_path / name
    form = choose_format(path, RATE_HZ)
    with files_of_any_size_after():
        limit_files(10_000)
        with pytest.raises(AudioFileError, match="free some space") as error:
            write(path, sound, form)
    assert "\n" not in str(error.value)
    assert list(tmp_path.iterdir()) == []


def test_an_older_file_is_kept_unless_forced(tmp_path: Path) -> None:
    path = tmp_path / "y.wav"
    path.write_bytes(b"old")
    with pytest.raises(AudioFileError, match="--force"):
        render(BUNDLE, PLAN, path)
    assert path.read_bytes() == b"old"
    bad = replace(PLAN, commands=(Command("/nothing", (1.0,), glide_s=0.0),))
    with pytest.raises(Exception, match="no such address"):
        render(BUNDLE, bad, path, force=True)
    assert path.read_bytes() == b"old"
    render(BUNDLE, PLAN, path, force=True)
    assert path.read_bytes() != b"old"


def test_opus_says_when_it_cannot_hold_what_there_is_to_say(tmp_path: Path) -> None:
    long = (Command("/gesture/score", (1, "x" * 70_000), glide_s=0.0),)
    asked = replace(PLAN, commands=long)
    with pytest.raises(AudioFileError, match=r"Opus holds 60000; write \.ogg"):
        render(BUNDLE, asked, tmp_path / "y.opus")
    render(BUNDLE, replace(asked, seconds=0.1), tmp_path / "y.ogg")
    assert read_origin(tmp_path / "y.ogg").plan.commands == long


@pytest.mark.parametrize(
    ("name", "words", "message"),
    [
        ("y.aiff", {}, r"one of \.wav, \.flac, \.ogg, \.opus, \.mp3"),
        ("y", {}, "must end with"),
        ("y.mp3", {"channels": 3}, r"MP3 takes 1 to 2; write \.wav or \.flac"),
        ("y.flac", {"channels": 9}, r"FLAC takes 1 to 8; write \.wav$"),
        ("y.wav", {"channels": 17}, "WAV takes 1 to 16$"),
        ("y.wav", {"channels": 0}, "WAV takes 1 to 16$"),
        ("y.flac", {"bits": 32}, "FLAC takes 16, 24"),
        ("y.wav", {"bits": 8}, "WAV takes 16, 24, 32"),
        ("y.ogg", {"bits": 16}, "Ogg Vorbis has no bit depth"),
        ("y.opus", {"sample_rate_hz": 44100}, "Opus takes 8000, 12000, 16000, 24000, 48000"),
        ("y.mp3", {"sample_rate_hz": 96000}, "MP3 takes 8000, "),
        ("y.wav", {"sample_rate_hz": 1}, "8000 to 192000"),
    ],
)
def test_what_a_format_cannot_hold_is_refused(
    name: str, words: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        choose_format(Path(name), 48000, **words)


def test_a_rate_is_the_models_or_the_next_that_the_format_knows() -> None:
    rates = {hz: choose_format(Path("y.opus"), hz).sample_rate_hz for hz in (8000, 11025, 96000)}
    assert rates == {8000: 8000, 11025: 12000, 96000: 48000}
    assert choose_format(Path("Y.WAV"), 11025).sample_rate_hz == 11025


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_holds_as_many_channels_as_it_says(suffix: str, tmp_path: Path) -> None:
    channels = FORMATS[suffix].max_channels
    path = tmp_path / f"y{suffix}"
    form = choose_format(path, RATE_HZ, channels=channels)
    tones = np.sin(
        np.outer(np.arange(RATE_HZ), 2 * np.pi / RATE_HZ * 200 * (2 + np.arange(channels)))
    )
    write(path, 0.3 * tones, form)
    assert signal_to_error_db(0.3 * tones, sf.read(path)[0]) > 25
