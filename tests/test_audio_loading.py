from pathlib import Path

import numpy as np
import pytest
import soundfile
import sounds

from distill_live.errors import AudioFileError, TrainingError
from distill_train.audio import find_audio_files, load_corpus, read_recording

RATE_HZ = 16000


def write(path: Path, sound: sounds.Float32, rate_hz: int = RATE_HZ, **options: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, sound, rate_hz, **options)
    return path


def frequency_hz(sound: sounds.Float32, rate_hz: int) -> float:
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    return float(spectrum.argmax() * rate_hz / len(sound))


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3", "aif", "aiff", "WAV"])
def test_every_kind_is_read_as_the_sound_it_holds(tmp_path: Path, suffix: str) -> None:
    options = {"format": "AIFF"} if suffix == "aif" else {}
    path = write(tmp_path / f"tone.{suffix}", sounds.sine(440.0, 1.0, 44100), 44100, **options)
    samples = read_recording(path, RATE_HZ)
    assert samples.dtype == np.float32
    assert len(samples) == pytest.approx(RATE_HZ, rel=0.1)  # mp3 pads
    assert frequency_hz(samples, RATE_HZ) == pytest.approx(440.0, abs=2.0)
    assert np.sqrt(np.mean(samples**2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.1)


def test_channels_are_averaged(tmp_path: Path) -> None:
    left, right = sounds.sine(440.0, 0.5, RATE_HZ), sounds.sine(660.0, 0.5, RATE_HZ)
    path = write(tmp_path / "wide.wav", np.stack([left, right], axis=1), subtype="FLOAT")
    assert read_recording(path, RATE_HZ) == pytest.approx((left + right) / 2, abs=1e-6)


def test_folders_are_searched_and_hidden_ones_passed_over(tmp_path: Path) -> None:
    tone = sounds.sine(440.0, 0.1, RATE_HZ)
    wanted = [write(tmp_path / name, tone) for name in ("b.wav", "a/deep/c.flac")]
    write(tmp_path / ".cache/d.wav", tone)
    write(tmp_path / ".hidden.wav", tone)
    (tmp_path / "notes.txt").write_text("no sound")
    assert find_audio_files(tmp_path) == sorted(wanted)


def test_what_cannot_be_used_is_named_with_the_reason(tmp_path: Path) -> None:
    write(tmp_path / "good.wav", sounds.sine(440.0, 0.5, RATE_HZ))
    write(tmp_path / "empty.wav", np.zeros(0, np.float32))
    write(tmp_path / "silent.wav", sounds.silence(0.5, RATE_HZ))
    broken = sounds.sine(440.0, 0.5, RATE_HZ)
    broken[100] = np.nan
    write(tmp_path / "broken.wav", broken, subtype="FLOAT")
    (tmp_path / "text.wav").write_text("this is no sound")
    corpus = load_corpus(tmp_path, RATE_HZ)
    assert [recording.file for recording in corpus.recordings] == ["good.wav"]
    reasons = {skipped.file: skipped.reason for skipped in corpus.skipped}
    assert set(reasons) == {"empty.wav", "silent.wav", "broken.wav", "text.wav"}
    assert "empty" in reasons["empty.wav"]
    assert "silent" in reasons["silent.wav"]
    assert "not finite" in reasons["broken.wav"]
    assert "cannot be read" in reasons["text.wav"]
    assert not any("\n" in reason for reason in reasons.values())


def test_the_loudest_file_sets_one_level_for_all(tmp_path: Path) -> None:
    tone = sounds.sine(440.0, 0.5, RATE_HZ, amplitude=0.4)
    write(tmp_path / "loud.wav", tone, subtype="FLOAT")
    write(tmp_path / "soft.wav", 0.1 * tone, subtype="FLOAT")
    loud, soft = (recording.samples for recording in load_corpus(tmp_path, RATE_HZ).recordings)
    assert np.abs(loud).max() == pytest.approx(10 ** (-1 / 20), rel=1e-4)
    assert soft == pytest.approx(0.1 * loud, abs=1e-6)


def test_a_folder_without_a_usable_file_says_what_was_found(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="is not a folder"):
        find_audio_files(tmp_path / "nowhere")
    with pytest.raises(TrainingError, match="holds no recordings"):
        find_audio_files(tmp_path)
    write(tmp_path / "silent.wav", sounds.silence(0.5, RATE_HZ))
    (tmp_path / "text.wav").write_text("this is no sound")
    with pytest.raises(TrainingError, match="none of the 2 sound files"):
        load_corpus(tmp_path, RATE_HZ)


def test_a_missing_file_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(AudioFileError, match="cannot be read"):
        read_recording(tmp_path / "nowhere.wav", RATE_HZ)
