"""Test reading sound files of every format; unreadable ones are skipped with a reason."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from support import sounds

from distill_live.bundle import Landmark
from distill_live.errors import AudioFileError, TrainingError
from distill_train.corpus.audio import Header, find_audio_files, recording_names, scan_headers
from distill_train.corpus.recording import Recording

RATE_HZ = 16000


def write(path: Path, sound: sounds.Float32, rate_hz: int = RATE_HZ, **options: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, sound, rate_hz, **options)
    return path


def read(path: Path) -> sounds.Float32:
    with Recording(path, RATE_HZ) as recording:
        return recording.read(0, recording.samples)


def frequency_hz(sound: sounds.Float32, rate_hz: int) -> float:
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    return float(spectrum.argmax() * rate_hz / len(sound))


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3", "aif", "aiff", "WAV"])
def test_every_kind_is_read_as_the_sound_it_holds(tmp_path: Path, suffix: str) -> None:
    options = {"format": "AIFF"} if suffix == "aif" else {}
    path = write(tmp_path / f"tone.{suffix}", sounds.sine(440.0, 1.0, 44100), 44100, **options)
    samples = read(path)
    assert samples.dtype == np.float32
    assert len(samples) == pytest.approx(RATE_HZ, rel=0.1)  # mp3 pads
    assert frequency_hz(samples, RATE_HZ) == pytest.approx(440.0, abs=2.0)
    assert np.sqrt(np.mean(samples**2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.1)


def test_channels_are_averaged(tmp_path: Path) -> None:
    left, right = sounds.sine(440.0, 0.5, RATE_HZ), sounds.sine(660.0, 0.5, RATE_HZ)
    path = write(tmp_path / "wide.wav", np.stack([left, right], axis=1), subtype="FLOAT")
    assert read(path) == pytest.approx((left + right) / 2, abs=1e-6)


def test_folders_are_searched_but_hidden_ones_and_runs(tmp_path: Path) -> None:
    tone = sounds.sine(440.0, 0.1, RATE_HZ)
    names = ("b.wav", "a/deep/c.flac", "first.run/e.wav", "second/config.json/f.wav")
    wanted = [write(tmp_path / name, tone) for name in names]
    for run in ("x.run", "a/y.run"):
        write(tmp_path / run / "previews/epoch_0001.wav", tone)
        (tmp_path / run / "config.json").write_text("{}")
    write(tmp_path / ".cache/d.wav", tone)
    write(tmp_path / ".hidden.wav", tone)
    (tmp_path / "notes.txt").write_text("no sound")
    assert find_audio_files(tmp_path) == sorted(wanted)


def test_a_folder_without_sound_files_says_what_was_found(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="is not a folder"):
        find_audio_files(tmp_path / "nowhere")
    with pytest.raises(TrainingError, match="holds no files; put files in it"):
        find_audio_files(tmp_path)
    for name in ("a.txt", "b.mid"):
        (tmp_path / name).write_text("no sound")
    with pytest.raises(TrainingError, match=r"among its 2 files; put files in it: wav, aiff"):
        find_audio_files(tmp_path)


def test_a_missing_file_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(AudioFileError, match="cannot be read"):
        read(tmp_path / "nowhere.wav")


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3"])
@pytest.mark.parametrize("rate_hz", [16000, 44100, 11025])
def test_any_part_is_what_the_whole_has_there(
    tmp_path: Path, rng: np.random.Generator, suffix: str, rate_hz: int
) -> None:
    noise = sounds.white_noise(3.0, rng, rate_hz)
    path = write(tmp_path / f"noise.{suffix}", np.stack([noise, -0.5 * noise], axis=1), rate_hz)
    with Recording(path, RATE_HZ) as recording:
        whole = recording.read(0, recording.samples)
        assert len(whole) == pytest.approx(3.0 * RATE_HZ, abs=1 if suffix != "mp3" else 5000)
        at, parts = 0, []
        for count in (1, 7, 4999, 12000, 100, 30000, 5):
            parts.append(recording.read(at, count))
            at += count
        assert np.concatenate(parts) == pytest.approx(whole[:at], abs=1e-6)
        for begin in (30000, 17, 25001, 0, 40000):
            assert recording.read(begin, 3000) == pytest.approx(
                whole[begin : begin + 3000], abs=1e-6
            )


def test_every_length_is_resampled_to_its_end(tmp_path: Path) -> None:
    barely_more = 34 + 147 * 2358  # a whole number of samples and 1/147
    for frames in (*range(1, 12), barely_more - 1, barely_more, barely_more + 1):
        ramp = np.linspace(0.1, 0.5, frames, dtype=np.float32)
        path = write(tmp_path / "ramp.wav", ramp, 44100)
        with Recording(path, 48000) as recording:
            assert recording.samples == -(-frames * 160 // 147)
            whole = recording.read(0, recording.samples)
            last = recording.read(recording.samples - 1, 1)
        assert np.allclose(last, whole[-1:], atol=1e-6)
        inner = np.arange(100, len(whole) - 100)
        expected = np.interp(inner * 147 / 160, np.arange(frames), ramp)
        assert np.allclose(whole[inner], expected, atol=1e-3)


def test_before_and_after_a_recording_is_silence(tmp_path: Path) -> None:
    path = write(tmp_path / "tone.wav", sounds.sine(440.0, 0.1, 44100), 44100)
    with Recording(path, RATE_HZ) as recording:
        assert recording.samples == RATE_HZ // 10
        around = recording.read(-100, recording.samples + 300)
        assert not around[:100].any()
        assert not around[100 + recording.samples :].any()
        assert np.array_equal(around[100 : 100 + recording.samples], recording.read(0, 1600))
        assert not recording.read(5000, 10).any()
        assert not recording.read(-10, 10).any()


@pytest.mark.parametrize("rate_hz", [44099, 7999, 96001, 1000, 768000])
def test_odd_rates_are_resampled_in_little_memory(tmp_path: Path, rate_hz: int) -> None:
    path = write(tmp_path / "tone.wav", sounds.sine(300.0, 2.0, rate_hz), rate_hz)
    with Recording(path, 48000) as recording:
        assert recording.samples == pytest.approx(2 * 48000, abs=2)
        tone = recording.read(1000, 90000)
    assert frequency_hz(tone, 48000) == pytest.approx(300.0, abs=0.6)
    expected = 0.5 * np.sin(2 * np.pi * 300.0 * np.arange(1000, 91000) / 48000)
    assert tone == pytest.approx(expected, abs=0.04)


def test_a_rate_that_is_none_is_refused(tmp_path: Path) -> None:
    for rate_hz in (900, 800_000):
        path = write(tmp_path / "tone.wav", sounds.sine(100.0, 0.1, rate_hz), rate_hz)
        with pytest.raises(AudioFileError, match=f"its sample rate is {rate_hz} Hz"):
            Recording(path, RATE_HZ)


def test_headers_are_read_alone(tmp_path: Path) -> None:
    write(tmp_path / "a.wav", np.zeros((441, 2), np.float32), 44100)
    write(tmp_path / "deep/b.flac", sounds.sine(440.0, 1.5, RATE_HZ))
    write(tmp_path / "empty.wav", np.zeros(0, np.float32))
    (tmp_path / "text.ogg").write_text("no sound")
    headers, skipped = scan_headers(tmp_path, find_audio_files(tmp_path))
    assert headers == [Header("a.wav", 441, 44100, 2), Header("deep/b.flac", 24000, RATE_HZ, 1)]
    assert headers[0].seconds == 0.01
    assert headers[0].samples(48000) == 480
    assert {item.file: item.reason for item in skipped}["empty.wav"] == "it holds no sound"
    assert "cannot be read" in {item.file: item.reason for item in skipped}["text.ogg"]


def test_each_recording_has_another_name() -> None:
    assert recording_names(["a/x.wav", "a/y.wav", "b/x.wav", "x.wav"]) == [
        "a - x.wav",
        "y.wav",
        "b - x.wav",
        "x.wav",
    ]
    assert recording_names(["a/x.wav", "a - x.wav", "b/x.wav"]) == [
        "a - x.wav (2)",
        "a - x.wav",
        "b - x.wav",
    ]
    long = [f"{'x' * 120} take {number}.wav" for number in (1, 2)]
    middles = [f"{'x' * 60}{number}{'y' * 60}.wav" for number in (1, 2, 3)]
    names = recording_names([*long, *middles, "a/x.wav", f"{'b' * 120}/x.wav"])
    assert len(set(names)) == len(names)
    assert [name[-10:] for name in names[:2]] == ["take 1.wav", "take 2.wav"]
    for name in names:
        assert Landmark(name, 0.0, 0.0, 0.0).file == name
        assert len(name) <= 100
