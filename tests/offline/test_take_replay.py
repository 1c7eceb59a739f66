"""Replay of takes: bit-exact, or with deliberate changes."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf
from support.commands import Commands
from support.instrument import Instrument, wait_until
from support.jack_server import JackServer, Probe, jack_server  # noqa: F401
from support.processes import kill, resume, suspend, user_folders
from support.tiny import AXES, complete_bundle, tiny_bundle

from distill_live.bundle import Bundle, write_bundle
from distill_live.engine import Command, InlineDecoder, ThreadedDecoder
from distill_live.errors import TakeError
from distill_live.gestures.compile import compile_gesture
from distill_live.gestures.gesture import Gesture, TimedCommand
from distill_live.live.audio.player import DECAY_S, FADE_S
from distill_live.live.shared import session_log
from distill_live.live.shared.session_log import LoggedEngine, SessionLog
from distill_live.live.shared.shared_block import SharedBlock
from distill_live.spectrogram import LOW_LATENCY, STANDARD, Float32, SpectrogramSettings
from distill_live.takes import take_file
from distill_live.takes.events import parse_event
from distill_live.takes.rendering import models_of
from distill_live.takes.replay import Replay
from distill_live.takes.take_file import TakeFile, event_line
from distill_live.takes.take_reader import Take
from distill_live.takes.verification import verify

BUNDLE = tiny_bundle()
HOP, RATE_HZ = STANDARD.hop_samples, STANDARD.sample_rate_hz
OTHER_SETTINGS = SpectrogramSettings(
    sample_rate_hz=16000,
    n_fft=512,
    hop_samples=128,
    n_mels=40,
    chunk_samples=4800,
    synthesis_samples=512,
)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "tiny.distill"
    write_bundle(BUNDLE, path)
    return path


def replayed(take: Take, bundles: dict[str, Bundle] | None = None, **options: Any) -> Float32:
    replay = Replay(take, bundles or {BUNDLE.fingerprint: BUNDLE}, **options)
    sound = np.concatenate([block.copy() for block in replay.blocks()])
    assert len(sound) == replay.samples
    return sound


def heard_of_the_engine(path: Path) -> Iterator[tuple[slice, slice]]:
    """Where a recording holds a ring's frames as they were: of the WAV file, of the ring."""
    rate = sf.info(path).samplerate
    fade, decay = round(FADE_S * rate), round(20 * DECAY_S * rate)
    events = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["events"]
    marks = [e for e in events if e[0] in ("sound", "starved", "silent", "closed", "end")]
    for (kind, frame, *value), (_, end, *_) in pairwise(marks):
        if kind == "sound":
            settled = fade + decay  # it fades in, over what dies away
            if end > frame + settled:
                yield slice(frame + settled, end), slice(value[0] + settled, value[0] + end - frame)


def assert_replay_is_what_was_recorded(
    wav: Path, bundles: dict[str, Bundle] | None = None
) -> float:
    """Compare a recording with its replay where it holds the engine's samples; returns seconds."""
    take = Take(wav.with_suffix(".json"))
    again = replayed(take, bundles)
    recorded, rate = sf.read(wav, dtype="float32", always_2d=True)
    assert rate == take.engine.sample_rate_hz
    events = json.loads(wav.with_suffix(".json").read_text(encoding="utf-8"))["events"]
    rings = [(index, e[1], e[2]) for index, e in enumerate(events) if e[0] == "ring"]
    compared = 0
    for of_wav, of_ring in heard_of_the_engine(wav):
        start = 0
        for life, (stretch, (_, time_samples, ring_frame)) in enumerate(
            zip(take.spans, rings, strict=True)
        ):
            if stretch is None:
                continue
            start += stretch.silence_samples
            last = ring_frame + stretch.end_samples - time_samples
            if ring_frame <= of_ring.start and of_ring.stop <= last:
                place = start + time_samples + of_ring.start - ring_frame - stretch.begin_samples
                part = again[place : place + of_ring.stop - of_ring.start]
                np.testing.assert_array_equal(part, recorded[of_wav], f"engine {life}")
                compared += len(part)
            start += stretch.end_samples - stretch.begin_samples
    return float(compared / rate)


def move_about(live: Instrument, moves: int, rng: np.random.Generator) -> None:
    for move in range(moves):
        live.send(f"/axis/{rng.choice(AXES)}", float(rng.uniform(-1, 1)))
        if move % 10 == 0:
            live.send("/pitch", float(rng.uniform(-3, 3)))
            live.send("/jitter", float(rng.uniform(0, 1)))
            live.send_together(("/speed", float(rng.uniform(-1, 2))), ahead_s=0.05)
        time.sleep(0.01)
    live.sync()


@pytest.mark.jack
@pytest.mark.process
def test_what_an_input_played_is_replayed_bit_for_bit(
    tmp_path: Path,
    jack_server: JackServer,  # noqa: F811
    rng: np.random.Generator,
) -> None:
    bundle, path = complete_bundle(), tmp_path / "complete.distill"
    write_bundle(bundle, path)
    bursts = np.repeat(rng.uniform(0, 0.5, 40), RATE_HZ // 10) * rng.uniform(-1, 1, 4 * RATE_HZ)
    options = ("--input", "default", "--set", "/input/follow 0.5")
    environment = jack_server.environment | user_folders(tmp_path)
    with (
        Probe(jack_server, bursts) as probe,
        Instrument(path, *options, environment=environment) as live,
    ):
        probe.connect()
        probe.connect_input()
        _, take = live.ask("/record", 1, "input", reply="/done")
        probe.record(3.0)
        live.ask("/record", 0, reply="/done")
        assert live.end(signal.SIGINT) == 0
    wav = Path(str(take))
    events = json.loads(wav.with_suffix(".json").read_text(encoding="utf-8"))["events"]
    addresses = [event[2] for event in events if event[0] == "do"]
    assert addresses.count("/input/features") > 100
    assert addresses.count("/input/latent") > 10
    assert assert_replay_is_what_was_recorded(wav, {bundle.fingerprint: bundle}) > 1.0


@pytest.mark.process
def test_200_moves_in_the_middle_of_a_session_are_replayed_bit_for_bit(
    model: Path, tmp_path: Path, rng: np.random.Generator
) -> None:
    folder = user_folders(tmp_path)
    with Instrument(model, "--null", environment=folder) as live:
        move_about(live, 50, rng)
        _, path = live.ask("/record", 1, "moves", reply="/done")
        move_about(live, 200, rng)
        live.ask("/record", 0, reply="/done")
        move_about(live, 5, rng)
    wav = Path(str(path))
    take = Take(wav.with_suffix(".json"))
    assert take.spans[0] is not None
    assert take.spans[0].begin_samples > 0
    assert assert_replay_is_what_was_recorded(wav) > 0.5 * sf.info(wav).duration


@pytest.mark.process
def test_what_a_jack_server_was_given_is_replayed_bit_for_bit(
    model: Path,
    tmp_path: Path,
    rng: np.random.Generator,
    jack_server: JackServer,  # noqa: F811
) -> None:
    wav = tmp_path / "take.wav"
    with Instrument(model, "--record", str(wav), environment=jack_server.environment) as live:
        move_about(live, 200, rng)
        assert live.end(signal.SIGINT) == 0
    assert assert_replay_is_what_was_recorded(wav) > 0.5


@pytest.mark.process
def test_a_take_goes_on_with_a_new_engine_when_synthesis_ended(
    model: Path, tmp_path: Path, rng: np.random.Generator
) -> None:
    wav = tmp_path / "take.wav"
    with Instrument(model, "--null", "--record", str(wav)) as live:
        move_about(live, 50, rng)
        kill(live.children["synthesis"])
        live.wait_for_line("The synthesis process ended")
        wait_until(lambda: live.has_child("synthesis"), "another one")
        move_about(live, 50, rng)
        assert live.end(signal.SIGINT) == 0
    take = Take(wav.with_suffix(".json"))
    first, second = take.spans
    assert first is not None
    assert second is not None
    assert second.silence_samples > 0
    assert assert_replay_is_what_was_recorded(wav) > 0.3


@pytest.mark.process
def test_models_that_are_loaded_and_swapped_are_replayed_bit_for_bit(
    tmp_path: Path, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    bundles = [BUNDLE, tiny_bundle(seed=4), tiny_bundle(LOW_LATENCY, seed=5)]
    for name, bundle in zip(("first", "alike", "other"), bundles, strict=True):
        write_bundle(bundle, folder / f"{name}.distill")
    monkeypatch.chdir(tmp_path)
    wav = tmp_path / "take.wav"
    with Instrument(folder / "first.distill", "--null", "--record", str(wav)) as live:
        live.send("/model/fade", 0.3)
        for slot, name in ((2, "alike"), (3, "other")):
            live.ask("/model/load", slot, name, reply="/done")
            live.send("/model/blend", slot, 0.6)
            move_about(live, 30, rng)
        live.ask("/model/load", 1, "other", reply="/done")
        live.send("/model/unload", 2)
        move_about(live, 50, rng)
        kill(live.children["synthesis"])
        live.wait_for_line("The synthesis process ended")
        wait_until(lambda: live.has_child("synthesis"), "another one")
        move_about(live, 50, rng)
        assert live.end(signal.SIGINT) == 0
    by_fingerprint = {bundle.fingerprint: bundle for bundle in bundles}
    assert set(Take(wav.with_suffix(".json")).models) == set(by_fingerprint)
    assert assert_replay_is_what_was_recorded(wav, by_fingerprint) > 0.5


@pytest.mark.process
def test_a_take_goes_on_when_the_device_was_lost(
    model: Path, tmp_path: Path, rng: np.random.Generator
) -> None:
    wav = tmp_path / "take.wav"
    with Instrument(model, "--null", "--record", str(wav)) as live:
        move_about(live, 30, rng)
        kill(live.children["audio"])
        live.wait_for_line("The audio process ended")
        live.wait_for_line("Output")
        move_about(live, 30, rng)
        assert live.end(signal.SIGINT) == 0
    events = json.loads(wav.with_suffix(".json").read_text(encoding="utf-8"))["events"]
    assert [event[0] for event in events if event[0] in ("wav", "silent")] == ["wav", "silent"]
    assert assert_replay_is_what_was_recorded(wav) > 0.3


class Session:
    """An engine that is logged, without processes; what it plays is recorded from a hop on.

    Parameters
    ----------
    folder
        Where the take goes.
    threaded
        Whether it decodes when it can, instead of at once.
    """

    def __init__(self, folder: Path, *, threaded: bool = True) -> None:
        self.block = SharedBlock.create(2)
        self.path = folder / "take.json"
        self._decoder = ThreadedDecoder if threaded else InlineDecoder
        self._log = SessionLog(self.block)
        self.engine = LoggedEngine(
            BUNDLE, log=self._log, channels=2, seed=3, decoder=self._decoder(BUNDLE)
        )
        self._log.add("ring", 0, 1000, RATE_HZ)
        self.heard: list[Float32] = []

    def load(self, slot: int, bundle: Bundle) -> None:
        self.engine.install(self.engine.load_model(slot, bundle, self._decoder(bundle)))

    def say(self, address: str, *values: float | str, **options: Any) -> None:
        self.engine.apply(Command(address, values, **options))
        self.engine.prepare()

    def play(self, hops: int) -> None:
        for _ in range(hops):
            self.heard.append(np.empty((HOP, 2), np.float32))
            self.engine.render(self.heard[-1])
            time.sleep(0.0005)

    def record(self, begin_hop: int = 0) -> tuple[Take, Float32]:
        """The take from that hop on, and what was rendered in it."""
        self.engine.close()
        begin = begin_hop * HOP
        before = np.zeros((5, 2), np.float32)  # of the recording, before the first sound
        sound = np.concatenate([before, np.concatenate(self.heard)[begin:]])
        file = TakeFile(self.path, {"made_with": {"numpy": "1.0", "machine": 3}, "channels": 2})
        file.append([event_line(["wav", 0, "take.wav", RATE_HZ])])
        file.append([event_line(["sound", len(before), 1000 + begin])])
        file.append(bytes(self.block.log[: self.block.log_bytes]).splitlines())
        file.append([event_line(["end", len(sound), None])])
        file.close()
        return Take(self.path), sound


def test_a_take_of_models_that_come_and_go_is_replayed_bit_for_bit(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    alike, other = tiny_bundle(seed=4), tiny_bundle(OTHER_SETTINGS, seed=5)
    session = Session(tmp_path)
    session.say("/drift", 0.3)
    session.play(30)
    session.load(2, alike)
    session.say("/model/blend", 2, 0.5)
    session.load(3, other)
    session.say("/model/blend", 3, 0.7)
    for _ in range(60):
        session.say(f"/axis/{rng.choice(AXES)}", float(rng.uniform(-1, 1)), glide_s=0.1)
        session.play(2)
    session.say("/model/fade", 0.2)
    session.load(1, alike)
    session.play(60)
    session.say("/pitch", 2, time_samples=session.engine.time_samples + 5 * HOP)
    session.engine.unload(2)
    session.play(60)
    take, heard = session.record(begin_hop=40)
    bundles = {b.fingerprint: b for b in (BUNDLE, alike, other)}
    assert take.slots == [1, 2, 3]
    assert set(take.models) == set(bundles)
    np.testing.assert_array_equal(replayed(take, bundles), heard)


def test_paths_wander_and_what_waits_for_a_beat_are_replayed_bit_for_bit(tmp_path: Path) -> None:
    session = Session(tmp_path)
    session.say("/clock/tempo", 133.0)
    session.say("/clock/quantise", 0.5)
    session.say("/path/play", 1)
    session.say("/gain", -3.0, glide_s=0.0, on_beat=True)
    session.play(60)
    session.say("/path/speed", -2.5)
    session.say("/clock/beat", 2.0, time_samples=session.engine.time_samples + 700)
    session.play(40)
    session.say("/wander", 1.0, 1.0)
    session.say("/clock/loop", 1.0)
    session.say("/axis/brightness", 0.5)
    session.play(150)
    session.say("/corpus/goto", 2)
    session.play(60)
    take, heard = session.record(begin_hop=20)
    np.testing.assert_array_equal(replayed(take), heard)


def test_it_is_told_how_much_is_rendered_before_the_take_and_of_it(tmp_path: Path) -> None:
    session = Session(tmp_path, threaded=False)
    session.play(30)
    take, heard = session.record(begin_hop=20)
    replay = Replay(take, {BUNDLE.fingerprint: BUNDLE})
    told: list[int] = []
    blocks = replay.blocks(told.append)
    assert len(next(blocks)) == 5, "the silence before the first sound"
    assert len(next(blocks)) == 0
    assert told == [HOP]
    assert sum(map(len, blocks)) == len(heard) - 5 == 10 * HOP
    assert sum(told) == replay.rendered_samples == 30 * HOP


def test_a_model_that_was_ready_before_another_had_gone_is_replayed_bit_for_bit(
    tmp_path: Path,
) -> None:
    gone, came = (tiny_bundle(OTHER_SETTINGS, seed=seed) for seed in (4, 5))
    session = Session(tmp_path)
    session.say("/model/fade", 0.1)
    session.load(2, gone)
    session.say("/model/blend", 2, 0.7)
    session.play(40)
    ready = session.engine.load_model(3, came, ThreadedDecoder(came))
    session.engine.unload(2)
    session.play(30)
    assert [number for number, *_ in session.engine.models()] == [1]
    session.engine.install(ready)
    session.say("/model/blend", 3, 0.7)
    session.play(60)
    take, heard = session.record()
    bundles = {b.fingerprint: b for b in (BUNDLE, gone, came)}
    np.testing.assert_array_equal(replayed(take, bundles), heard)


def test_a_take_of_a_looped_gesture_is_replayed_bit_for_bit(tmp_path: Path) -> None:
    session = Session(tmp_path)
    swell = (
        TimedCommand(0.0, Command("/axis/brightness", (-1.0,))),
        TimedCommand(0.1, Command("/axis/brightness", (1.0,), glide_s=0.1)),
        TimedCommand(0.2, Command("/pitch", (3.0,))),
    )
    session.say("/gesture/loop", 1)
    session.play(20)
    for command in compile_gesture(Gesture(0.3, swell), session.engine.addresses).commands(1):
        session.say(command.address, *command.args)
    session.play(60)
    session.say("/gesture/speed", -0.7, glide_s=0.2)
    session.play(60)
    take, heard = session.record(begin_hop=50)
    np.testing.assert_array_equal(replayed(take), heard)


def test_stems_of_models_that_are_mixed_as_samples_sum_to_the_mix(tmp_path: Path) -> None:
    other = tiny_bundle(OTHER_SETTINGS, seed=5)
    session = Session(tmp_path)
    session.say("/gain", -12.0)  # below the limiter
    session.load(2, other)
    session.say("/model/blend", 2, 0.8)
    session.say("/drift", 0.3)
    session.play(150)
    take, heard = session.record()
    bundles = {b.fingerprint: b for b in (BUNDLE, other)}
    first, second = (replayed(take, bundles, solo=slot) for slot in (1, 2))
    assert min(np.abs(first).max(), np.abs(second).max()) > 0.005
    np.testing.assert_allclose(first + second, heard, atol=1e-6)


def test_stems_of_models_that_are_mixed_as_spectra_have_the_power_of_the_mix(
    tmp_path: Path,
) -> None:
    alike = tiny_bundle(seed=4)
    session = Session(tmp_path)
    session.say("/gain", -12.0)
    session.load(2, alike)
    session.say("/model/blend", 2, 1.0)
    session.say("/drift", 0.3)
    session.play(300)
    take, heard = session.record(begin_hop=50)
    bundles = {b.fingerprint: b for b in (BUNDLE, alike)}
    stems = [replayed(take, bundles, solo=slot) for slot in (1, 2)]
    together = sum(float(np.mean(stem**2)) for stem in stems)
    assert 10 * np.log10(together / float(np.mean(heard**2))) == pytest.approx(0.0, abs=1.5)


def test_a_model_of_the_take_that_is_given_replaces_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, first = tiny_bundle(OTHER_SETTINGS, seed=5), tmp_path / "first.distill"
    session = Session(tmp_path)
    session.load(2, other)
    session.say("/model/blend", 2, 0.8)
    session.play(20)
    take, _ = session.record()
    write_bundle(BUNDLE, first)
    monkeypatch.setattr("distill_live.takes.rendering.find_fingerprint", lambda _: first)
    found = models_of(take, other)
    assert {key: model.fingerprint for key, model in found.items()} == {
        BUNDLE.fingerprint: BUNDLE.fingerprint,
        other.fingerprint: other.fingerprint,
    }


def test_stems_of_notes_that_play_landmarks_decode_what_the_take_did(tmp_path: Path) -> None:
    other = tiny_bundle(OTHER_SETTINGS, seed=5)
    session = Session(tmp_path)
    session.say("/gain", -12.0)
    session.load(2, other)
    session.say("/model/blend", 2, 0.8)
    session.say("/keys", "places")
    session.say("/note/on", 60.0, 1.0)
    session.play(150)
    take, heard = session.record()
    bundles = {b.fingerprint: b for b in (BUNDLE, other)}
    first, second = (replayed(take, bundles, solo=slot) for slot in (1, 2))
    np.testing.assert_allclose(first, heard, atol=1e-6)
    assert np.abs(first[-HOP:]).max() > 0.005
    assert np.abs(second[-HOP:]).max() < 1e-3, "the first model leads"


def test_another_model_is_told_the_same_and_what_it_does_not_know_is_passed_over(
    tmp_path: Path,
) -> None:
    session = Session(tmp_path)
    session.say("/axis/loudness", 0.5)
    session.play(20)
    session.say("/latent", *[0.25] * 8)
    session.load(2, BUNDLE)
    session.play(20)
    take, heard = session.record(begin_hop=10)
    smaller = tiny_bundle(OTHER_SETTINGS, latent=2)
    replay = Replay(take, models_of(take, smaller), instead=smaller)
    sound = np.concatenate([block.copy() for block in replay.blocks()])
    assert replay.sample_rate_hz == 16000
    assert len(sound) == round(len(heard) * 16000 / RATE_HZ)
    assert replay.skipped_commands == 2, "it has neither the axis nor as many dimensions"
    assert np.abs(sound).max() > 0.001


def test_a_log_that_is_full_says_so_and_is_replayed_as_far_as_it_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
) -> None:
    monkeypatch.setattr(session_log, "LOG_BYTES", 20_000)
    session = Session(tmp_path)
    for _ in range(400):
        session.say(f"/axis/{rng.choice(AXES)}", float(rng.uniform(-1, 1)))
        session.play(1)
    assert 19_000 < session.block.log_bytes <= 20_000
    take, heard = session.record(begin_hop=20)
    assert take.notes[0].startswith("numpy 1.0 then, ")
    assert "full" in take.notes[1]
    assert len(take.notes) == 2
    again = replayed(take)
    assert 50 * HOP < len(again) < len(heard)
    np.testing.assert_array_equal(again, heard[: len(again)])
    session.path.unlink()
    with pytest.raises(TakeError, match="it contains no engine output"):
        session.record(begin_hop=399)


def test_a_synthesis_that_begins_when_the_log_is_full_leaves_the_take_readable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_log, "LOG_BYTES", 20_000)
    session = Session(tmp_path, threaded=False)
    for move in range(400):
        session.say("/gain", -move / 7)
        session.play(1)
    full_bytes = session.block.log_bytes
    assert take_file.is_full(session.block.log, full_bytes)
    log = SessionLog(session.block)
    engine = LoggedEngine(BUNDLE, log=log, channels=2, seed=3, decoder=InlineDecoder(BUNDLE))
    log.add("ring", 0, 1000 + len(session.heard) * HOP, RATE_HZ)
    engine.apply(Command("/pitch", (0.0,)))
    engine.close()
    assert session.block.log_bytes == session.block.log_begin_bytes == full_bytes
    take, heard = session.record()
    again = replayed(take)
    np.testing.assert_array_equal(again, heard[: len(again)])


def test_a_device_may_have_a_higher_rate_than_an_engine(good: bytes) -> None:
    assert parse_event(b'["ring",0,0,384000]', 1).facts == (0, 384000)
    assert parse_event(b'["wav",0,"a.wav",768000]', 1).facts == ("a.wav", 768000)
    (engine,) = [line for line in good.splitlines() if line.startswith(b'["engine"')]
    high = engine.replace(b'"sample_rate_hz":48000', b'"sample_rate_hz":384000').rstrip(b",")
    with pytest.raises(TakeError):
        parse_event(high, 1)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    session = Session(tmp_path_factory.mktemp("take"), threaded=False)
    session.say("/drift", 0.5)
    session.play(30)
    session.record()
    return session.path.read_bytes()


@pytest.mark.parametrize(
    ("line", "instead"),
    [
        (1, b"[\n"),
        (2, b'"format": 2,\n'),
        (2, b'"format": true,\n'),
        (2, b"" * 3),
        (5, b""),
        (6, b'["wav",0,"x"],\n'),
        (7, b'["sound",-1,0],\n'),
        (7, b'["sound",0,1e3],\n'),
        (7, b'["sound",0,99999999999999999999999],\n'),
        (8, b'["engine",0,{}],\n'),
        (8, b"[" * 100_000 + b",\n"),
        (9, b'["ring",0,0,1],\n'),
        (10, b'["do",0,"/drift",[NaN]],\n'),
        (10, b'["do",0,"/drift",[[]]],\n'),
        (10, b'["do",0,"/no such",[1]],\n'),
        (10, b'["do",0,"/drift",["x"]],\n'),
        (11, b'["model",0,9,"x","y"],\n'),
        (11, b'["took",0,[1,0,0,0,999]],\n'),
        (11, b'["surprise",0],\n'),
        (12, b'["do",' + str(10**14).encode() + b',"/drift",[0.1]],\n'),
        (-1, b""),
        (-1, b"]}\n{}\n"),
        (-2, b'["end",' + str(10**15).encode() + b",null]\n"),
    ],
)
def test_what_is_no_take_is_refused_in_one_line(
    tmp_path: Path, good: bytes, line: int, instead: bytes
) -> None:
    path = tmp_path / "take.json"
    lines = good.splitlines(keepends=True)
    lines[line if line < 0 else line - 1] = instead
    path.write_bytes(b"".join(lines))
    with pytest.raises(TakeError) as refusal:
        replayed(Take(path))
    assert str(refusal.value).startswith(f"{path}: ")
    assert "\n" not in str(refusal.value)


def test_no_change_of_a_byte_makes_it_fall_over(
    tmp_path: Path, good: bytes, rng: np.random.Generator
) -> None:
    path = tmp_path / "take.json"
    refused = 0
    for _ in range(300):
        data = bytearray(good)
        for place in rng.integers(0, len(data), rng.integers(1, 4)):
            data[place] = rng.integers(32, 127)
        path.write_bytes(data)
        try:
            Take(path)
        except TakeError:
            refused += 1
    assert refused > 30


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "distill_live", "replay", *words]
    return subprocess.run(
        command,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        env={**os.environ, **environment},
    )


@pytest.mark.process
def test_the_command_writes_what_the_engine_rendered(tmp_path: Path, model: Path) -> None:
    session = Session(tmp_path)
    session.say("/drift", 0.5)
    session.play(100)
    take, heard = session.record(begin_hop=10)
    out = tmp_path / "again.wav"
    done = run(str(take.path), "--out", str(out), **user_folders(tmp_path))
    assert done.returncode == 1
    assert "which is not in the library; import it" in done.stderr
    assert not out.exists()
    done = run(str(take.path), "--out", str(out), "--model", str(model))
    assert done.returncode == 0, done.stderr
    np.testing.assert_array_equal(sf.read(out, dtype="float32")[0], heard)
    done = run(str(take.path), "--out", str(out), "--model", str(model))
    assert done.returncode == 1
    assert done.stderr.endswith("again.wav already exists; --force replaces it\n")
    rated = tmp_path / "rated.flac"
    words = ("--out", str(rated), "--model", str(model), "--samplerate", "44100", "--stems")
    done = run(str(take.path), *words)
    assert done.returncode == 0, done.stderr
    info = sf.info(tmp_path / "rated-slot1.flac")
    assert (info.samplerate, info.frames) == (44100, round(len(heard) * 44100 / RATE_HZ))


def test_a_take_holds_the_callbacks_fades() -> None:
    assert (take_file.FADE_S, take_file.DECAY_S) == (FADE_S, 20 * DECAY_S)


@pytest.mark.process
def test_a_replay_begins_with_the_recording_and_every_other_sample_has_a_reason(
    model: Path, tmp_path: Path, rng: np.random.Generator
) -> None:
    wav = tmp_path / "take.wav"
    with Instrument(model, "--null", "--record", str(wav)) as live:
        move_about(live, 40, rng)
        live.send("/panic")
        live.sync()
        time.sleep(0.1)
        live.send("/play", 1)
        move_about(live, 40, rng)
        suspend(live.children["synthesis"])
        time.sleep(0.3)  # the sound runs out
        resume(live.children["synthesis"])
        move_about(live, 40, rng)
        assert live.end(signal.SIGINT) == 0
    take = Take(wav.with_suffix(".json"))
    recorded = sf.read(wav, dtype="float32", always_2d=True)[0]
    sounds = [event.at for event in take.events() if event.kind == "sound"]
    begin, until = sounds[0], next(e.at for e in take.events() if e.kind in ("closed", "starved"))
    assert begin > 0, "nothing sounds before there is sound"
    settled = slice(begin + round(FADE_S * take.rate_hz), until)
    again = replayed(take)
    np.testing.assert_array_equal(again[settled], recorded[settled])
    np.testing.assert_array_equal(again[:begin], recorded[:begin])

    found = verify(take, Replay(take, {BUNDLE.fingerprint: BUNDLE}))
    assert found.frames == len(recorded)
    assert found.unexplained == 0, found
    assert take_file.FADES_IN in found.explained
    assert take_file.FADED_OUT in found.explained
    gaps = found.frames - found.compared
    assert gaps > 0.1 * take.rate_hz, "it had run out"
    assert found.equal > 0.5 * found.frames
    said = json.loads(wav.with_suffix(".json").read_text(encoding="utf-8"))
    assert {"sound", "starved", "closed"} < set(said["differs_from_replay_after"])

    words = (str(take.path), "--verify", "--model", str(model))
    done = run(*words)
    assert done.returncode == 0, done.stderr
    assert f"{found.equal} of {found.frames} frames are equal" in done.stdout
    changed = recorded.copy()
    middle = (settled.start + settled.stop) // 2
    changed[middle] += 1e-6
    sf.write(wav, changed, take.rate_hz, "FLOAT")
    done = run(*words)
    assert done.returncode == 1
    assert f"1 frames differ without a reason, the first is {middle}" in done.stdout


@pytest.mark.parametrize(
    "commands",
    [
        [("/input/thru", 0.5)],
        [("/macro/map", 1, "input/thru", 0.0, 0.5, "linear"), ("/macro/1", 1.0)],
    ],
)
def test_from_where_the_input_is_heard_a_recording_may_differ_from_its_replay(
    tmp_path: Path, rng: np.random.Generator, commands: list[tuple[Any, ...]]
) -> None:
    session = Session(tmp_path)

    def noise(out: Float32) -> None:
        out[:] = rng.standard_normal(len(out))

    session.engine.hear(noise)
    session.say("/input/thru", 0.0)
    session.play(40)
    for address, *values in commands:
        session.say(address, *values)
    session.play(40)
    take, heard = session.record(begin_hop=20)
    sf.write(tmp_path / "take.wav", heard, RATE_HZ, "FLOAT")
    found = verify(take, Replay(take, {BUNDLE.fingerprint: BUNDLE}))
    assert found.unexplained == 0, found
    assert 39 * HOP < found.explained.pop(take_file.THROUGH) <= 40 * HOP
    assert not found.explained

    heard[10 * HOP] += 0.1  # before that
    sf.write(tmp_path / "take.wav", heard, RATE_HZ, "FLOAT")
    assert verify(take, Replay(take, {BUNDLE.fingerprint: BUNDLE})).first_unexplained == 10 * HOP


@pytest.mark.process
@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_replay_shows_how_far_it_is_and_is_interrupted_in_order(
    tmp_path: Path, model: Path
) -> None:
    import pty

    session = Session(tmp_path, threaded=False)
    session.play(10)
    session.record()
    said = session.path.read_text(encoding="utf-8")
    hour = re.sub(r'\["end",\d+', f'["end",{3600 * RATE_HZ}', said)
    session.path.write_text(hour, encoding="utf-8")
    ours, theirs = pty.openpty()
    commands = Commands(tmp_path)
    commands.environment["TERM"] = "xterm"
    process = commands.start("replay", "take.json", "--model", str(model), stderr=theirs)
    os.close(theirs)
    shown = b""
    while b"%" not in shown:
        shown += os.read(ours, 4096)
    process.terminate()
    with suppress(OSError):  # Linux says so when the other end is closed
        while more := os.read(ours, 4096):
            shown += more
    os.close(ours)
    process.communicate()
    assert process.returncode == 130
    assert b"interrupted: 0 of 1 files are complete" in shown
    assert b"Traceback" not in shown
    assert [path.name for path in tmp_path.iterdir()] == ["take.json"]


@pytest.mark.process
@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_terminal_shows_the_file_of_a_replay_in_a_row_of_its_own(
    tmp_path: Path, model: Path
) -> None:
    session = Session(tmp_path, threaded=False)
    session.play(10)
    session.record()
    rows = Commands(tmp_path).show("replay", "take.json", "--model", str(model))
    (said,) = [row for row in rows if "replay.wav" in row]
    assert re.fullmatch(r"take-replay\.wav: \d\.\d{3} s at 48000 Hz", said)
