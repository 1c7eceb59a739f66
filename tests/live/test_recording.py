"""Recording of takes: running instrument, full and stalled disks."""

import errno
import queue
import signal
import time
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn
from unittest.mock import Mock

import numpy as np
import pytest
import soundfile as sf
from support.full_disk import files_of_any_size_after, limit_files, limits_files
from support.instrument import Client, Instrument, wait_until
from support.processes import KILLED, kill, resume, suspend, user_folders
from support.take_files import assert_whole, said, sound
from support.tiny import tiny_bundle

from distill_live.bundle import write_bundle
from distill_live.errors import AudioFileError, CommandError
from distill_live.ipc.protocol import (
    LogFull,
    Message,
    RecorderSettings,
    RecordingBegun,
    RecordingContinues,
    RecordingEnded,
    SpaceLeft,
    Stop,
)
from distill_live.live.control import recording_controller
from distill_live.live.recording import recorder_process
from distill_live.live.recording.recorder_process import Recorder
from distill_live.live.shared.recording_buffer import (
    OPENED,
    RATE,
    SOUND,
    RecordingBuffer,
    RecordingBufferReader,
)
from distill_live.live.shared.shared_block import RECORDING_FRAMES, SharedBlock
from distill_live.takes.take_file import TakeFile, event_line
from distill_live.takes.take_reader import Take
from distill_live.takes.wav import WavFile


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "tiny.distill"
    write_bundle(tiny_bundle(), path)
    return path


@pytest.mark.process
def test_a_take_is_recorded_from_its_name_to_its_end(model: Path, tmp_path: Path) -> None:
    with Instrument(model, "--null", environment=user_folders(tmp_path)) as live:
        live.send("/notify", 1)
        assert ("/record", (0,)) in live.receive_until("/done")
        assert live.ask("/record") == (0,)
        watcher = Client(live.port)
        watcher.send("/notify", 1)
        watcher.receive_until("/done")
        address, path = live.ask("/record", 1, "Église, 1st", reply="/done")
        assert watcher.receive_until("/record")[-1][1] == (1,)
        take = Path(str(path))
        assert address == "/distill/record"
        assert take == tmp_path / "Distill Live" / "Église, 1st.wav"
        assert live.ask("/record") == (1,)
        assert live.ask("/record", 1, reply="/fail")[1] == "busy"
        assert watcher.receive_until("/record")[-1][1] == (1,)
        time.sleep(0.5)
        assert live.ask("/record", 0, reply="/done") == ("/distill/record", str(take))
        assert live.ask("/record") == (0,)
        assert watcher.receive_until("/record")[-1][1] == (0,)
        watcher.close()
        assert live.ask("/record", 0, reply="/fail")[1] == "not-found"
        assert live.ask("/record", 1, "Église, 1st", reply="/fail")[2].endswith("another name")
        assert live.ask("/record", 1, "../out", reply="/fail")[1] == "invalid"
        assert live.receive_until("/record")[-1][1] == (0,), "a switch goes back"
        assert live.wait_for_line("Recorded").startswith(f"Recorded {take}: ")
    assert_whole(take)
    heard = sound(take)
    assert 0.4 * 48000 < len(heard) < 20 * 48000
    assert np.abs(heard).max(axis=0).min() > 0.001
    events = said(take.with_suffix(".json"))["events"]
    assert ["wav", 0, take.name, 48000] in events
    assert events[-1] == ["end", len(heard), None]


@pytest.mark.process
def test_an_option_records_from_the_first_block_to_the_last_fade(
    model: Path, tmp_path: Path
) -> None:
    take = tmp_path / "take.wav"
    with Instrument(model, "--null", "--record", str(take)) as live:
        live.sync()
        time.sleep(0.3)
        assert live.end(signal.SIGINT) == 0
        assert any(line.startswith(f"Recorded {take}") for line in live.lines)
    assert_whole(take)
    heard = sound(take)
    marks = said(take.with_suffix(".json"))["events"]
    (begin,) = [frame for kind, frame, *_ in marks if kind == "sound"][:1]
    assert not heard[:begin].any()
    assert heard[begin : begin + 4800].any()
    assert not heard[-1].any()


@pytest.mark.process
@pytest.mark.parametrize("name", ["take.wav", "take.json"])
def test_nothing_is_recorded_over(model: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    with Instrument(model, "--null", "--record", str(tmp_path / "take.wav"), patient=False) as live:
        assert live.process.wait(30) == 1
    assert any(f"{name} already exists" in line for line in live.lines)
    assert (tmp_path / name).read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.process
def test_no_folder_is_said_at_the_start(model: Path, tmp_path: Path) -> None:
    take = tmp_path / "missing" / "take.wav"
    with Instrument(model, "--null", "--record", str(take), patient=False) as live:
        assert live.process.wait(30) == 1
    assert live.lines[-1].startswith(f"distill-live: {take}: not recorded (no such file")


@pytest.mark.process
@pytest.mark.parametrize("who", ["recorder", "control"])
def test_whoever_is_killed_the_files_are_whole(model: Path, tmp_path: Path, who: str) -> None:
    take = tmp_path / "take.wav"
    with Instrument(model, "--null", "--record", str(take)) as live:
        live.wait_for_line("Recording")
        wait_until(lambda: take.stat().st_size > 400_000, "a second, and new heads")
        recorder = live.child("recorder")
        kill(recorder if who == "recorder" else live.process.pid)
        if who == "recorder":
            live.wait_for_line(f"Recording stopped: the recorder ended ({KILLED}); {take}")
            assert_plays_on(live)
    assert_whole(take)
    assert len(sound(take)) > 10_000
    assert Take(take.with_suffix(".json")).samples > 10_000


@pytest.mark.process
@limits_files
def test_a_full_disk_ends_the_take_and_not_the_music(model: Path, tmp_path: Path) -> None:
    import resource

    with Instrument(model, "--null", environment=user_folders(tmp_path)) as live:
        _, path = live.ask("/record", 1, "full", reply="/done")
        resource.prlimit(live.child("recorder"), resource.RLIMIT_FSIZE, (1_000_001, 1_000_001))
        assert live.wait_for_line("Recording stopped: ") == (
            f"Recording stopped: file too large; {path} holds 2.6 s."
        )
        assert live.ask("/record") == (0,)
        assert_plays_on(live)
    assert_whole(Path(str(path)))
    assert len(sound(Path(str(path)))) == (1_000_001 - 58) // 8


@pytest.mark.process
def test_a_disk_that_stands_still_ends_the_take_and_not_the_music(
    model: Path, tmp_path: Path
) -> None:
    with Instrument(model, "--null", environment=user_folders(tmp_path)) as live:
        _, path = live.ask("/record", 1, "slow", reply="/done")
        recorder = live.child("recorder")
        suspend(recorder)
        live.wait_for_line("Recording stops: disk or computer is too slow. The sound goes on.")
        assert live.ask("/record") == (0,)
        assert_plays_on(live)
        resume(recorder)
        live.wait_for_line(f"Recording stopped: disk or computer is too slow; {path} holds")
        heard = sound(Path(str(path)))
        assert RECORDING_FRAMES - 8192 <= len(heard) <= 2 * RECORDING_FRAMES
    assert_whole(Path(str(path)))


def assert_plays_on(live: Instrument) -> None:
    """Its sound goes on, without a gap but for the machine's own pauses."""
    live.send("/gain", -3.0)
    assert live.ask("/gain") == (-3.0,)
    assert live.process.poll() is None


def test_what_goes_through_the_buffer_comes_out_and_where_there_is_no_room_it_ends() -> None:
    block = SharedBlock.create(2)
    buffer, reader = RecordingBuffer(block, 2), RecordingBufferReader(block, 2)
    samples = np.random.default_rng(0).standard_normal((RECORDING_FRAMES, 2)).astype(np.float32)
    buffer.write(samples[:100])
    buffer.mark(SOUND, 7)
    assert (reader.readable_frames, reader.next_mark()) == (0, None), "no take, no frames"
    block.take = 1
    assert buffer.begins()
    assert not buffer.begins()
    got = np.empty_like(samples)
    done = 0
    for size in (1, 1000, 100_000, RECORDING_FRAMES - 101_001 - 500):
        buffer.mark(RATE, size, after_frames=3)
        buffer.write(samples[done : done + size])
        assert reader.next_mark() == (RATE, done + 3, size)
        reader.pass_mark()
        reader.read(got[done : done + size])
        done += size
    np.testing.assert_array_equal(got[:done], samples[:done])
    buffer.write(samples[:RECORDING_FRAMES])
    assert block.overflowed_take == 0
    buffer.write(samples[:1])
    assert block.overflowed_take == 1
    reader.read(got)
    np.testing.assert_array_equal(got, samples)
    buffer.write(samples[:1])
    buffer.mark(OPENED)
    assert (reader.readable_frames, reader.next_mark()) == (0, None), "what is lost stays lost"
    block.take = 2
    assert buffer.begins()
    buffer.write(samples[:5])
    assert reader.readable_frames == 5


@pytest.mark.parametrize("channels", [1, 2, 3, 16])
def test_a_wav_file_holds_what_was_written_whenever_it_is_read(
    tmp_path: Path, channels: int
) -> None:
    path = tmp_path / "take.wav"
    samples = np.random.default_rng(1).uniform(-1.5, 1.5, (999, channels)).astype(np.float32)
    wav = WavFile(path, channels, 44100, max_bytes=4 * channels * 999 + 90)
    for start in range(0, 999, 333):
        np.testing.assert_array_equal(sound(path), samples[:start].reshape(-1, channels))
        wav.write(samples[start : start + 333])
    assert wav.room_frames <= 90 // (4 * channels)
    wav.close()
    assert sf.info(path).samplerate == 44100
    np.testing.assert_array_equal(sound(path), samples)
    with pytest.raises(FileExistsError):
        WavFile(path, channels, 44100)


def settings_for(block: SharedBlock, path: Path, rate_hz: int) -> RecorderSettings:
    """Settings of a recorder of one channel."""
    return RecorderSettings(
        handle=block.handle,
        channels=1,
        take=1,
        path=str(path),
        sample_rate_hz=rate_hz,
        make_folder=False,
    )


class Listener:
    """The parent of a recorder in this process."""

    def __init__(self) -> None:
        self.inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.heard: list[Message] = []

    def send(self, message: Message) -> None:
        self.heard.append(message)


def test_a_take_goes_on_in_further_files_where_one_is_full_or_the_rate_changes(
    tmp_path: Path,
) -> None:
    block = SharedBlock.create(1)
    path = tmp_path / "take.wav"
    (tmp_path / "take-3.wav").write_text("another's")
    gesture = "x" * 3_000_000
    log = f'["engine",{{}}]\n["do",0,[]]\n["do",1,["{gesture}"]]\n["full",9]\n["d'.encode()
    block.log[: len(log)] = log
    block.log_begin_bytes, block.log_bytes = 14, len(log)
    listener: Any = Listener()
    settings = settings_for(block, path, 48000)
    recorder = Recorder(listener, settings, max_bytes=58 + 4 * 1000)
    buffer = RecordingBuffer(block, 1)
    block.take = 1
    assert buffer.begins()
    samples = np.arange(2500, dtype=np.float32)[:, None]
    buffer.mark(RATE, 44100)
    buffer.mark(SOUND, 77, after_frames=10)
    buffer.write(samples[:1700])
    buffer.mark(RATE, 96000)
    buffer.write(samples[1700:])
    listener.inbox.put(Stop())
    recorder.run()
    names = ["take.wav", "take-2.wav", "take-4.wav"]
    heard = [sound(tmp_path / name)[:, 0] for name in names]
    assert [len(part) for part in heard] == [1000, 700, 800]
    np.testing.assert_array_equal(np.concatenate(heard), samples[:, 0])
    assert [sf.info(tmp_path / name).samplerate for name in names] == [44100, 44100, 96000]
    assert said(tmp_path / "take.json")["events"] == [
        ["wav", 0, "take.wav", 44100],
        ["sound", 10, 77],
        ["wav", 1000, "take-2.wav", 44100],
        ["wav", 1700, "take-4.wav", 96000],
        ["do", 0, []],
        ["do", 1, [gesture]],
        ["full", 9],
        ["end", 2500, None],
    ]
    assert [type(message) for message in listener.heard if not isinstance(message, SpaceLeft)] == [
        RecordingBegun,
        RecordingContinues,
        RecordingContinues,
        LogFull,
        RecordingEnded,
    ]


@pytest.mark.parametrize("restarted", [False, True])
def test_a_take_that_begins_when_the_log_is_full_copies_nothing_of_it(
    tmp_path: Path, restarted: bool
) -> None:
    block = SharedBlock.create(1)
    log = b'["engine",{}]\n["do",0,[]]\n["full",9]\n'
    block.log[: len(log)] = log
    block.log_begin_bytes, block.log_bytes = len(log) if restarted else 0, len(log)
    listener: Any = Listener()
    settings = settings_for(block, tmp_path / "take.wav", 1000)
    recorder = Recorder(listener, settings)
    block.take = 1
    listener.inbox.put(Stop())
    recorder.run()
    assert said(tmp_path / "take.json")["events"] == [["end", 0, None]]
    assert [type(message) for message in listener.heard if not isinstance(message, SpaceLeft)] == [
        RecordingBegun,
        LogFull,
        RecordingEnded,
    ]


def test_where_no_further_file_can_be_made_the_take_ends_with_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    block = SharedBlock.create(1)
    listener: Any = Listener()
    settings = settings_for(block, tmp_path / "take.wav", 1000)
    recorder = Recorder(listener, settings, max_bytes=58 + 4 * 1000)
    buffer = RecordingBuffer(block, 1)
    block.take = 1
    assert buffer.begins()
    buffer.mark(RATE, 1000)
    buffer.write(np.ones((1700, 1), dtype=np.float32))

    def refuse(*_: object, **__: object) -> NoReturn:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(recorder_process, "WavFile", refuse)
    listener.inbox.put(Stop())
    recorder.run()
    path = tmp_path / "take.wav"
    assert listener.heard[-1] == RecordingEnded(str(path), 1.0, 0, "permission denied")
    assert len(sound(path)) == 1000
    assert said(tmp_path / "take.json")["events"][-1] == ["end", 1000, "permission denied"]


def test_where_its_log_is_there_already_no_sound_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[WavFile] = []

    class Wav(WavFile):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            opened.append(self)

    def unlink(path: Path) -> None:
        assert opened[0]._file.closed, "Windows removes no open file"
        remove(path)

    remove = Path.unlink
    monkeypatch.setattr(recorder_process, "WavFile", Wav)
    monkeypatch.setattr(Path, "unlink", unlink)
    (tmp_path / "a.json").write_bytes(b"log")
    listener: Any = Listener()
    with pytest.raises(AudioFileError, match=r"a\.json already exists"):
        Recorder(listener, settings_for(SharedBlock.create(1), tmp_path / "a.wav", 48000))
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


@limits_files
def test_json_is_whole_after_every_write_also_where_the_disk_is_full(tmp_path: Path) -> None:
    path = tmp_path / "take.json"
    take = TakeFile(path, {"date": "now", "text": 'a "quoted" ü'})
    assert said(path) == {"format": 1, "date": "now", "text": 'a "quoted" ü', "events": []}
    events = [["do", number, ["x" * (number % 500)]] for number in range(600)]
    empty = path.read_bytes()
    with files_of_any_size_after():
        limit_files(10_000)
        with pytest.raises(OSError, match="large"):
            take.append([b'["do",0,["' + b"x" * 20_000 + b'"]]'])
    assert path.read_bytes() == empty
    take.append(map(event_line, events[:1]))
    assert said(path)["events"] == events[:1]
    with files_of_any_size_after():
        limit_files(50_000)
        with pytest.raises(OSError, match="large"):
            take.append(map(event_line, events[1:]))
        kept = said(path)["events"]
        assert kept == events[: len(kept)]
        assert 40_000 < path.stat().st_size <= 50_000
    take.append(map(event_line, events[len(kept) :]))
    take.close()
    assert said(path)["events"] == events


def test_a_refused_name_says_what_cannot_be_seen() -> None:
    with pytest.raises(CommandError, match=r"; leave out U\+00A0 \(no-break space\)$"):
        recording_controller.take_name("a\u00a0b")


def test_takes_of_one_second_without_a_name_have_names_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording_controller, "takes_folder", lambda: tmp_path)
    monkeypatch.setattr(recording_controller, "datetime", Mock(now=lambda: datetime(2026, 5, 4)))
    names = []
    for _ in range(3):
        name = recording_controller.take_name(None)
        take = recording_controller.take_path(name, numbered=True)
        take.touch()
        names.append(take.stem)
    now = "take 2026-05-04 00.00.00"
    assert names == [now, f"{now} 2", f"{now} 3"]
