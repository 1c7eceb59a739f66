"""Test recordings as devices leave them: wrong headers, joined, cut, damaged, out of phase."""

import errno
import io
import os
import struct
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, cast

import numpy as np
import pytest
import soundfile
from support import sounds
from support.small import SETTINGS, child_environment, small_config

from distill_live.errors import AudioFileError, TrainingError
from distill_live.user_files import one_name
from distill_train.corpus import decoder
from distill_train.corpus.audio import find_files, scan_headers
from distill_train.corpus.cache import open_cache
from distill_train.corpus.cache_manifest import CacheSettings
from distill_train.corpus.containers import chunked
from distill_train.corpus.containers.layout import find_streams
from distill_train.corpus.containers.stream_file import WINDOW_BYTES, StreamFile, Window
from distill_train.corpus.recording import Recording
from distill_train.corpus.survey import Survey, survey
from distill_train.corpus.training_data import prepare_corpus
from distill_train.inspection import inspect_recordings

RATE_HZ = 16000
SECONDS = 4.0
LOW, HIGH = sounds.sine(300.0, SECONDS, RATE_HZ), sounds.sine(1200.0, SECONDS, RATE_HZ)


@pytest.fixture(autouse=True)
def users_caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "users"))


def encoded(folder: Path, suffix: str, sound: sounds.Float32 = LOW, **options: Any) -> bytes:
    """Content of a sound file."""
    path = folder / f"source.{suffix}"
    soundfile.write(path, sound, RATE_HZ, **options)
    content = path.read_bytes()
    path.unlink()
    return content


def surveyed(folder: Path, name: str, content: bytes) -> Survey:
    path = folder / name
    path.write_bytes(content)
    return survey(path)


def heard(folder: Path, name: str, found: Survey) -> sounds.Float32:
    with Recording(folder / name, frames=found.frames, channel=found.channel) as recording:
        return recording.read(0, recording.samples)


def frequency_hz(sound: sounds.Float32) -> float:
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    return float(spectrum.argmax() * RATE_HZ / len(sound))


def sized(tag: bytes, form: str, offset: int, value: float) -> Callable[[bytes], bytes]:
    """Replace a number that stands `offset` bytes after a tag."""

    def change(content: bytes) -> bytes:
        at = content.index(tag) + offset
        number = struct.pack(form, value)
        return content[:at] + number + content[at + len(number) :]

    return change


def without_first_frame(content: bytes) -> bytes:
    """MP3 without the Xing header that its first frame holds."""
    sync = content[:2]
    at = content.index(sync, 4)
    assert b"Xing" in content[:at] or b"Info" in content[:at]
    return content[at:]


UNKNOWN: list[tuple[str, dict[str, Any], Callable[[bytes], bytes]]] = [
    ("wav", {}, sized(b"data", "<I", 4, 0)),
    ("wav", {}, sized(b"data", "<I", 4, 0xFFFFFFFF)),
    ("wav", {}, sized(b"data", "<I", 4, 0x7FFFFFFF)),
    ("wav", {"format": "RF64"}, sized(b"ds64", "<Q", 16, 0)),
    ("wav", {"format": "RF64"}, sized(b"ds64", "<Q", 16, 1 << 45)),
    ("aiff", {}, sized(b"SSND", ">I", 4, 0)),
    ("aiff", {}, sized(b"COMM", ">I", 10, 0)),
    ("aiff", {}, sized(b"SSND", ">I", 4, 0x7FFFFFFF)),
    ("w64", {}, sized(b"data", "<Q", 16, 24)),
    ("w64", {}, sized(b"data", "<Q", 16, 1 << 45)),
    ("caf", {}, sized(b"data", ">q", 4, -1)),
    ("caf", {}, sized(b"data", ">q", 4, 0)),
    ("au", {}, sized(b".snd", ">I", 8, 0xFFFFFFFF)),
    ("au", {}, sized(b".snd", ">I", 8, 0)),
    ("flac", {}, sized(b"fLaC", ">I", 22, 0)),
    ("mp3", {}, without_first_frame),
]
"""Suffix, options, and a change that leaves the length unknown."""


@pytest.mark.parametrize(("suffix", "options", "change"), UNKNOWN)
def test_a_length_that_the_header_does_not_know_is_counted(
    tmp_path: Path, suffix: str, options: dict[str, Any], change: Callable[[bytes], bytes]
) -> None:
    found = surveyed(tmp_path, f"x.{suffix}", change(encoded(tmp_path, suffix, **options)))
    assert found.frames / RATE_HZ == pytest.approx(SECONDS, abs=0.15)  # mp3 pads
    assert not found.notes
    sound = heard(tmp_path, f"x.{suffix}", found)
    assert frequency_hz(sound[len(sound) // 2 :]) == pytest.approx(300.0, abs=2.0)


def test_an_mp3_of_changing_bit_rate_without_a_header_is_read_to_its_end(tmp_path: Path) -> None:
    quiet = np.concatenate(
        [1e-3 * LOW, sounds.white_noise(SECONDS, np.random.default_rng(1), RATE_HZ)]
    )
    content = encoded(
        tmp_path,
        "mp3",
        quiet,
        bitrate_mode="VARIABLE",
        compression_level=0.3,
    )
    found = surveyed(tmp_path, "x.mp3", without_first_frame(content))
    assert found.frames / RATE_HZ == pytest.approx(2 * SECONDS, abs=0.15)
    assert found.peak > 0.1


@pytest.mark.parametrize("suffix", ["wav", "aiff", "flac", "ogg", "opus", "mp3"])
def test_joined_files_and_chained_links_are_one_recording(tmp_path: Path, suffix: str) -> None:
    options: dict[str, str] = {}
    if suffix == "opus":
        options = {"format": "OGG", "subtype": "OPUS"}
    parts = [encoded(tmp_path, suffix, sound, **options) for sound in (LOW, HIGH)]
    found = surveyed(tmp_path, f"x.{suffix}", b"".join(parts))
    assert found.frames / RATE_HZ == pytest.approx(2 * SECONDS, abs=0.15)
    assert not found.notes
    sound = heard(tmp_path, f"x.{suffix}", found)
    assert frequency_hz(sound[: 3 * RATE_HZ]) == pytest.approx(300.0, abs=2.0)
    assert frequency_hz(sound[5 * RATE_HZ : 7 * RATE_HZ]) == pytest.approx(1200.0, abs=2.0)
    with Recording(tmp_path / f"x.{suffix}") as recording:
        again = recording.read(int(4.5 * RATE_HZ), RATE_HZ)
    assert again == pytest.approx(sound[int(4.5 * RATE_HZ) :][:RATE_HZ], abs=1e-3)


@pytest.mark.parametrize(("suffix", "options", "change"), [*UNKNOWN[:3], *UNKNOWN[5:8]])
def test_a_file_joined_to_one_of_unknown_length_is_not_taken_for_samples(
    tmp_path: Path, suffix: str, options: dict[str, Any], change: Callable[[bytes], bytes]
) -> None:
    first, second = (encoded(tmp_path, suffix, sound, **options) for sound in (LOW, HIGH))
    found = surveyed(tmp_path, f"x.{suffix}", change(first) + second)
    assert found.frames == len(LOW) + len(HIGH)
    sound = heard(tmp_path, f"x.{suffix}", found)
    assert np.abs(np.diff(sound, 2)).max() < 0.3  # no header is heard


@pytest.mark.parametrize("suffix", ["wav", "aiff", "flac", "ogg", "mp3"])
def test_a_stream_that_ends_in_mid_frame_is_used_as_far_as_it_is_whole(
    tmp_path: Path, suffix: str
) -> None:
    rng = np.random.default_rng(1)
    noise = sounds.white_noise(8.0, rng, RATE_HZ)
    content = encoded(tmp_path, suffix, noise)
    found = surveyed(tmp_path, f"x.{suffix}", content[: len(content) // 2 + 1])
    assert 3.0 < found.frames / RATE_HZ < 4.2
    assert len(found.notes) == 1
    assert "breaks off after" in found.notes[0] or "ends in the middle of a" in found.notes[0]
    sound = heard(tmp_path, f"x.{suffix}", found)
    assert np.sqrt(np.mean(sound[-RATE_HZ // 4 :] ** 2)) > 0.05


def test_what_a_header_leaves_out_is_named_with_its_length(tmp_path: Path) -> None:
    content = encoded(tmp_path, "wav", sounds.white_noise(2.0, np.random.default_rng(1), RATE_HZ))
    found = surveyed(tmp_path, "x.wav", sized(b"data", "<I", 4, 32000)(content))
    assert found.frames == RATE_HZ
    assert "32000 bytes after its end (1.0 s if they are samples) are not read" in found.notes[0]


@pytest.mark.parametrize(
    ("suffix", "tag", "form", "offset", "rate"),
    [
        ("aiff", b"COMM", ">H", 16, 0x7FFE),
        ("caf", b"desc", ">d", 12, float("nan")),
        ("caf", b"desc", ">d", 12, -1.0),
    ],
)
def test_a_rate_that_no_sound_has_is_refused(
    tmp_path: Path, suffix: str, tag: bytes, form: str, offset: int, rate: float
) -> None:
    content = sized(tag, form, offset, rate)(encoded(tmp_path, suffix))
    for cut in (len(content), len(content) // 2):
        with pytest.raises(AudioFileError, match=r"it cannot be read|its sample rate is"):
            surveyed(tmp_path, f"x.{suffix}", content[:cut] + bytes(range(200)))


def test_chunks_and_tags_after_the_samples_are_no_sound(tmp_path: Path) -> None:
    content = encoded(tmp_path, "wav")
    for tail in (b"LIST\x04\0\0\0INFO", b"TAG" + bytes(125), bytes(4096), b"id3 \x03\0\0\0abc\0"):
        found = surveyed(tmp_path, "x.wav", content + tail)
        assert (found.frames, found.notes) == (len(LOW), ())


@pytest.mark.parametrize(("suffix", "options"), [("wav", {"format": "RF64"}), ("caf", {})])
def test_a_file_that_ends_in_its_header_is_left_out(
    tmp_path: Path, suffix: str, options: dict[str, Any]
) -> None:
    content = encoded(tmp_path, suffix, **options)
    for length in range(12, 80, 4):
        with pytest.raises(AudioFileError):
            surveyed(tmp_path, f"x.{suffix}", content[:length])


def test_an_empty_file_with_chunks_is_not_taken_for_an_unfinished_one(tmp_path: Path) -> None:
    content = encoded(tmp_path, "wav", np.zeros(0, np.float32)) + b"LIST\x04\0\0\0INFO"
    with pytest.raises(AudioFileError, match="it holds no sound"):
        surveyed(tmp_path, "x.wav", content)


def test_a_size_that_wrapped_at_4_gib_is_unwrapped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = sounds.white_noise(2.0, np.random.default_rng(1), RATE_HZ)
    content = encoded(tmp_path, "wav", noise)
    monkeypatch.setattr(chunked, "GIB_4", 32768)  # of 64000 bytes 31232 are left
    found = surveyed(tmp_path, "x.wav", sized(b"data", "<I", 4, 64000 - 32768)(content))
    assert (found.frames, found.notes) == (32000, ())


def test_damage_within_a_file_is_named_and_passed_over(tmp_path: Path) -> None:
    noise = sounds.white_noise(8.0, np.random.default_rng(1), RATE_HZ)
    for suffix in ("flac", "ogg"):
        content = bytearray(encoded(tmp_path, suffix, noise))
        content[len(content) // 2] ^= 0x55
        found = surveyed(tmp_path, f"x.{suffix}", bytes(content))
        assert found.frames / RATE_HZ > 6.5
        assert any("damaged" in note for note in found.notes)


@pytest.mark.parametrize("place", [0.2, 0.4, 0.6])
def test_a_damaged_header_of_a_frame_takes_only_what_is_around_it(
    tmp_path: Path, place: float
) -> None:
    noise = sounds.white_noise(8.0, np.random.default_rng(1), RATE_HZ)
    content = bytearray(encoded(tmp_path, "flac", noise))
    first = content.index(b"\xff\xf8")
    frame = content.index(content[first : first + 4], int(place * len(content)))
    content[frame : frame + 8] = bytes(8)
    found = surveyed(tmp_path, "x.flac", bytes(content))
    assert found.frames == len(noise)
    assert any("damaged" in note for note in found.notes)


def test_damage_at_the_end_of_a_read_does_not_end_the_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = sounds.white_noise(8.0, np.random.default_rng(1), RATE_HZ)
    content = bytearray(encoded(tmp_path, "flac", noise))
    content[len(content) // 2] ^= 0x55
    whole = surveyed(tmp_path, "x.flac", bytes(content))
    for block in (len(noise) // 2 + 100, len(noise) // 2 + 2000, 5000):
        monkeypatch.setattr("distill_train.corpus.survey.BLOCK_VALUES", block)
        found = surveyed(tmp_path, "x.flac", bytes(content))
        assert found.frames == whole.frames == len(noise)
        assert found.rms == pytest.approx(whole.rms, rel=0.02)


def test_what_stands_before_the_samples_of_an_aiff_file_is_no_sound(tmp_path: Path) -> None:
    content = encoded(tmp_path, "aiff")
    data = content.index(b"SSND")
    size = int.from_bytes(content[data + 4 : data + 8], "big")
    padded = content[: data + 4] + (size + 3).to_bytes(4, "big") + (3).to_bytes(4, "big")
    padded += bytes(4) + b"\x7f\x7f\x7f" + content[data + 16 :]
    found, expected = (surveyed(tmp_path, "x.aiff", each) for each in (padded, content))
    assert (found.frames, found.rms) == (expected.frames, expected.rms)


def test_an_enormous_sample_is_named_before_anything_is_analysed(tmp_path: Path) -> None:
    sound = np.array(LOW, np.float32)
    sound[100] = 1e37
    with pytest.raises(AudioFileError, match="1e\\+12 times full scale"):
        surveyed(tmp_path, "x.wav", encoded(tmp_path, "wav", sound, subtype="FLOAT"))


def test_a_damaged_sample_dump_is_refused(tmp_path: Path) -> None:
    content = encoded(tmp_path, "sds", subtype="PCM_16")
    assert surveyed(tmp_path, "x.sds", content).frames == pytest.approx(len(LOW), abs=60)
    with pytest.raises(AudioFileError, match="packet 1 of the sample dump is damaged"):
        surveyed(tmp_path, "x.sds", content[:21] + b"\0" + content[22:])


def test_tags_before_any_kind_are_skipped(tmp_path: Path) -> None:
    tag = b"ID3\x03\0\0\0\0\x01\x00" + bytes(128)
    for suffix in ("mp3", "flac", "wav"):
        content = encoded(tmp_path, suffix)
        found = surveyed(tmp_path, f"x.{suffix}", tag + content)
        assert found.frames / RATE_HZ == pytest.approx(SECONDS, abs=0.15)
        assert not found.notes


MESSAGES = """
import sys
from pathlib import Path
from distill_live.errors import AudioFileError
from distill_train.corpus.survey import survey

for path in sorted(Path(sys.argv[1]).iterdir()):
    try:
        print(path.name, survey(path).notes)
    except AudioFileError as error:
        print(path.name, error)
print("of the program", file=sys.stderr)
"""


@pytest.mark.process
def test_messages_of_the_decoder_do_not_reach_the_terminal(tmp_path: Path) -> None:
    noise = sounds.white_noise(8.0, np.random.default_rng(1), RATE_HZ)
    content = bytearray(encoded(tmp_path, "mp3", noise))
    rng = np.random.default_rng(0)
    for at in rng.integers(3000, len(content), 100):
        content[at] ^= 0xFF
    (tmp_path / "bad.mp3").write_bytes(content)
    tag = b"ID3\x03\0\0\0\0\x02\x01" + b"TIT2\0\0\x00\x90\0\0\xff\xfe" + bytes(245)
    (tmp_path / "tagged.mp3").write_bytes(tag + encoded(tmp_path, "mp3"))
    done = subprocess.run(
        [sys.executable, "-c", MESSAGES, str(tmp_path)],
        capture_output=True,
        text=True,
        env=child_environment(),
        timeout=200,
    )
    assert done.stderr == "of the program\n"
    assert "damaged" in done.stdout.splitlines()[0]
    assert done.stdout.splitlines()[1] == "tagged.mp3 ()"


def stereo(folder: Path, left: sounds.Float32, right: sounds.Float32) -> Survey:
    path = folder / "x.wav"
    soundfile.write(path, np.stack([left, right], axis=1), RATE_HZ, subtype="FLOAT")
    return survey(path)


def test_channels_that_cancel_are_learnt_from_the_louder_one(tmp_path: Path) -> None:
    noise = sounds.white_noise(6.0, np.random.default_rng(1), RATE_HZ)
    drone = sounds.drone(6.0, np.random.default_rng(2), RATE_HZ)
    found = stereo(tmp_path, 0.9 * noise, -noise)
    assert found.channel == 2
    assert "cancel each other" in found.notes[0]
    assert "channel 2 is learnt alone" in found.notes[0]
    assert found.rms == pytest.approx(0.1, rel=0.05)
    assert heard(tmp_path, "x.wav", found) == pytest.approx(-noise, abs=1e-6)
    for_two_seconds = np.where(np.arange(len(noise)) < 2 * RATE_HZ, -noise, noise)
    assert stereo(tmp_path, noise, for_two_seconds).channel > 0
    # A partly cancelling sound: low partials in phase, noise out of phase.
    assert stereo(tmp_path, drone + 2 * noise, drone - 2 * noise).channel > 0


def test_usual_stereo_is_mixed(tmp_path: Path) -> None:
    one, two = (sounds.white_noise(6.0, np.random.default_rng(seed), RATE_HZ) for seed in (1, 2))
    for left, right in ((one, one), (one, two), (one, 0 * one), (one + 0.3 * two, one - 0.3 * two)):
        found = stereo(tmp_path, left, right)
        assert (found.channel, found.notes) == (0, ())
        assert heard(tmp_path, "x.wav", found) == pytest.approx((left + right) / 2, abs=1e-6)


def test_silence_is_said_of_silence_alone(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "x.wav", np.zeros(RATE_HZ), RATE_HZ)
    with pytest.raises(AudioFileError, match="it is silent: all of its samples are 0"):
        survey(tmp_path / "x.wav")
    soundfile.write(tmp_path / "x.wav", 1e-5 * LOW, RATE_HZ, subtype="FLOAT")
    with pytest.raises(AudioFileError, match="it is too quiet: its peak is -106 dBFS"):
        survey(tmp_path / "x.wav")
    soundfile.write(tmp_path / "x.wav", LOW[:1] + 0.5, RATE_HZ)
    with pytest.raises(AudioFileError, match=r"nothing to learn from it: it lasts 0\.062 ms"):
        survey(tmp_path / "x.wav")


def test_every_kind_is_found_by_its_content(tmp_path: Path) -> None:
    kinds = {
        "a.wave": "WAV",
        "b.bwf": "WAV",
        "c.w64": "W64",
        "d.caf": "CAF",
        "e.au": "AU",
        "f.voc": "VOC",
        "g": "FLAC",
        "h.dat": "AIFF",
        "i.aifc": "AIFF",
        "j.sf": "IRCAM",
        "k.paf": "PAF",
        "l.pvf": "PVF",
        "m.avr": "AVR",
        "n.sph": "NIST",
        "o.bin": "MP3",
        "p.opus": "OGG",
        "q.svx": "SVX",
        "r.rf64": "RF64",
        "s.wav": "OGG",
        "t.mat": "MAT5",
        "u.xi": "XI",
    }
    for name, form in kinds.items():
        subtype = {"XI": "DPCM_16"}.get(form)
        rate_hz = 44100 if form == "XI" else RATE_HZ
        soundfile.write(tmp_path / name, LOW, rate_hz, format=form, subtype=subtype)
    (tmp_path / "notes.txt").write_text("no sound")
    (tmp_path / "random").write_bytes(np.random.default_rng(1).bytes(200_000))
    found = find_files(tmp_path)
    assert [path.name for path in found.paths] == sorted(kinds)
    assert (found.unread_line, found.others) == ("", 2)
    for path in found.paths:
        assert survey(path).frames > 3 * RATE_HZ, path


def test_what_is_not_read_is_counted_and_named_once(tmp_path: Path) -> None:
    mp4 = struct.pack(">I", 32) + b"ftypM4A " + bytes(100)
    for name in ("b.m4a", "a.m4a", "c.wav"):
        (tmp_path / name).write_bytes(mp4)
    (tmp_path / "d.wma").write_bytes(bytes.fromhex("3026b2758e66cf11") + bytes(100))
    with pytest.raises(TrainingError, match=r"no recordings among its 4 files; 4 sound or video"):
        find_files(tmp_path)
    soundfile.write(tmp_path / "e.wav", LOW, RATE_HZ)
    found = find_files(tmp_path)
    assert [path.name for path in found.paths] == ["e.wav"]
    assert "(3 m4a, 1 wma)" in found.unread_line
    assert 'ffmpeg -i "a.m4a" "a.flac"' in found.unread_line


@pytest.mark.skipif(os.name != "posix", reason="links need a permission on Windows")
def test_linked_folders_are_followed_once(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "a", tmp_path / "elsewhere"
    for path in (folder / "own.wav", folder / "sub/x.wav", elsewhere / "y.wav"):
        path.parent.mkdir(exist_ok=True)
        soundfile.write(path, LOW, RATE_HZ)
    for name, target in {
        "loop": folder,
        "sub/up": folder,
        "b": elsewhere,
        "c": elsewhere,
        "again": folder / "sub",
    }.items():
        (folder / name).symlink_to(target)
    (folder / "nowhere").symlink_to(tmp_path / "missing")
    found = [path.relative_to(folder).as_posix() for path in find_files(folder).paths]
    assert found == ["b/y.wav", "own.wav", "sub/x.wav"]


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such rights")
@pytest.mark.parametrize("name", ["closed", "closed.run"])
def test_a_folder_that_may_be_listed_but_not_entered_is_passed_over(name: str) -> None:
    user = os.geteuid()
    with TemporaryDirectory() as made:
        folder, closed = Path(made), Path(made) / name
        closed.mkdir()
        for path in (folder / "a.wav", closed / "b.wav"):
            soundfile.write(path, LOW, RATE_HZ)
        assert len(find_files(folder).paths) == 2  # and all is imported that it needs
        folder.chmod(0o755)
        closed.chmod(0o444)
        try:
            if user == 0:
                os.seteuid(65534)  # root may enter everything
            found = find_files(folder).paths
        finally:
            os.seteuid(user)
            closed.chmod(0o755)
        assert found == [folder / "a.wav"]


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOTCONN, errno.ESTALE])
def test_a_drive_that_is_away_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    away = tmp_path / "away"
    away.mkdir()
    for path in (away / "b.wav", tmp_path / "a.wav"):
        soundfile.write(path, LOW, RATE_HZ)
    is_dir = Path.is_dir

    def refused(path: Path, **options: bool) -> bool:
        if path == away:
            raise OSError(number, os.strerror(number))
        return is_dir(path, **options)

    monkeypatch.setattr(Path, "is_dir", refused)
    assert find_files(tmp_path).paths == [tmp_path / "a.wav"]


def test_a_peak_far_over_full_scale_is_held_back_from_the_level(tmp_path: Path) -> None:
    folder = tmp_path / "snd"
    folder.mkdir()
    soundfile.write(folder / "usual.wav", LOW, RATE_HZ)
    soundfile.write(folder / "integers.wav", 32768 * HIGH, RATE_HZ, subtype="FLOAT")
    cache = open_cache(folder, CacheSettings(SETTINGS))
    peaks = [np.abs(cache.sound(index, 40)).max() for index in range(2)]
    assert peaks == pytest.approx([10 ** (-1 / 20)] * 2, rel=0.01)
    (note,) = cache.notes
    assert note.file == "integers.wav"
    assert "its peak is 84 dBFS, far over full scale" in note.text
    reopened = open_cache(folder, CacheSettings(SETTINGS), on_plan=lambda _: False)
    assert reopened.notes == cache.notes
    inspected, _ = inspect_recordings(folder, scan_headers(folder, find_files(folder).paths)[0])
    assert [recording.notes for recording in inspected] == [cache.notes, ()]


def test_a_cache_reads_a_recording_as_it_was_analysed(tmp_path: Path) -> None:
    folder = tmp_path / "snd"
    folder.mkdir()
    soundfile.write(folder / "x.wav", np.stack([LOW, -LOW], axis=1), RATE_HZ)
    content = (folder / "x.wav").read_bytes()
    (folder / "x.wav").write_bytes(sized(b"data", "<I", 4, 0)(content))
    cache = open_cache(folder, CacheSettings(SETTINGS))
    assert cache.seconds == pytest.approx(SECONDS)
    assert cache.manifest.recordings[0].channel == 1
    assert np.abs(cache.sound(0, 100)).max() == pytest.approx(10 ** (-1 / 20), rel=0.01)
    assert cache.recordings[0].channels[0].max() > 0


def test_a_stream_of_parts_is_read_and_sought_as_one_file(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(bytes(range(100)))
    with (tmp_path / "x").open("rb", buffering=0) as file:
        stream = StreamFile(file, (b"head", range(10, 20), range(50, 53)))
        expected = b"head" + bytes(range(10, 20)) + bytes(range(50, 53))
        assert stream.read() == expected
        for at in (0, 3, 4, 12, 14, 16, 17, 2):
            assert stream.seek(at) == at
            assert stream.read(5) == expected[at : at + 5]
        assert stream.seek(-2, os.SEEK_END) == 15
        assert find_streams(Window(file))[0] == ""


class LostFile(io.FileIO):
    """File whose drive is lost once its last quarter is read."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() > 0.75 * os.fstat(self.fileno()).st_size:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return super().read(WINDOW_BYTES // 8 if size == WINDOW_BYTES else size) or b""


def test_a_recording_that_the_system_stops_reading_is_left_out_until_it_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "snd"
    folder.mkdir()
    soundfile.write(folder / "whole.wav", LOW, RATE_HZ)
    joined = 2 * encoded(tmp_path, "wav", np.tile(LOW, 5))
    (folder / "lost.wav").write_bytes(joined)

    def lost(path: Path) -> BinaryIO:
        opened = LostFile(path) if path.name == "lost.wav" else path.open("rb")
        return cast("BinaryIO", opened)

    with monkeypatch.context() as patched:
        patched.setattr(decoder, "open_regular", lost)
        cache = open_cache(folder, CacheSettings(SETTINGS))
    (skipped,) = cache.skipped
    assert skipped.file == "lost.wav"
    assert skipped.reason == f"it cannot be read: {os.strerror(errno.EIO)}"
    again = open_cache(folder, CacheSettings(SETTINGS))
    assert again.seconds == pytest.approx(11 * SECONDS)
    assert not again.skipped


def test_names_in_another_unicode_form_leave_order_and_corpus_as_they_are(tmp_path: Path) -> None:
    orders, prints = [], []
    for form in ("NFC", "NFD"):
        folder = tmp_path / form
        folder.mkdir()
        for name in ("e", "\u00e9", "f"):
            soundfile.write(folder / f"{unicodedata.normalize(form, name)}.wav", LOW, RATE_HZ)
        orders.append([one_name(path.name) for path in find_files(folder).paths])
        prints.append(prepare_corpus(folder, small_config()).fingerprint)
    assert orders[0] == orders[1]
    assert prints[0] == prints[1]
