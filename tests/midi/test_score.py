"""Standard MIDI Files: what is read, what is refused, and where a rendered score stands."""

import json
import struct
from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from support.commands import Commands
from support.tiny import AXES, PARTIALS_HZ, tiny_bundle

import distill_live.midi.score as module
import distill_live.offline.arguments as arguments_module
from distill_live.addresses import Values
from distill_live.bundle import write_bundle
from distill_live.errors import ConfigurationError
from distill_live.midi.score import read_score
from distill_live.offline.arguments import plan_from
from distill_live.offline.plan import Plan
from distill_live.offline.render import render_array
from distill_live.presets import PresetStore

mido = pytest.importorskip("mido")

BUNDLE = tiny_bundle()
RATE_HZ = BUNDLE.settings.sample_rate_hz
BEAT = 480

Event = tuple[float, Any]
"""Beat, and message."""


def note(kind: str, key: int, velocity: int = 127, channel: int = 0) -> Any:
    return mido.Message(kind, note=key, velocity=velocity, channel=channel)


def tempo(bpm: float) -> Any:
    return mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(bpm))


def song(path: Path, *tracks: Sequence[Event]) -> Path:
    """Write tracks, whose events are in order, as mido does."""
    made = mido.MidiFile(type=1, ticks_per_beat=BEAT)
    for events in tracks:
        track = mido.MidiTrack()
        for (before, _), (beat, message) in pairwise([(0.0, None), *events]):
            assert message is not None
            track.append(message.copy(time=round((beat - before) * BEAT)))
        made.tracks.append(track)
    made.save(path)
    return path


def said(path: Path, presets: Sequence[str] = ()) -> list[tuple[float, str, Values]]:
    score = read_score(path, AXES, presets)
    return [(round(at_s, 6), command.address, command.args) for at_s, command in score]


def planned(path: Path, **words: Any) -> Plan:
    given: dict[str, Any] = {
        "score": partial(read_score, path, AXES),
        "report": pytest.fail,
    } | words
    return plan_from(BUNDLE, **given)


@pytest.fixture(autouse=True)
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user without presets."""
    monkeypatch.setattr(arguments_module, "user_folder", lambda: tmp_path / "user")


def test_times_follow_the_tempo_of_any_track(tmp_path: Path) -> None:
    path = song(
        tmp_path / "a.mid",
        [(0, tempo(60)), (2, tempo(240)), (4, tempo(120))],
        [(1, note("note_on", 60)), (3, note("note_off", 60)), (6, note("note_on", 62))],
    )
    assert said(path) == [
        (1.0, "/note/on", (60.0, 1.0)),
        (2.25, "/note/off", (60.0,)),
        (3.5, "/note/on", (62.0, 1.0)),
        (3.5, "/note/release", ()),
    ]
    assert planned(path).seconds == pytest.approx(3.5 + 0.3), "the last release is heard"
    assert planned(path, settings=["/release 2"]).seconds == pytest.approx(5.5)
    assert planned(path, seconds=1.5).seconds == 1.5


def test_a_file_in_time_code_has_seconds_of_its_own(tmp_path: Path) -> None:
    events = bytes([0, 0x90, 60, 127, 100, 60, 0, 0, 0xFF, 0x2F, 0])  # with a running status
    track = b"MTrk" + struct.pack(">I", len(events)) + events
    path = tmp_path / "a.mid"
    path.write_bytes(b"MThd" + struct.pack(">IHHbB", 6, 0, 1, -25, 40) + track)
    assert [at_s for at_s, *_ in said(path)] == [0.0, 0.1, 0.1]


def test_channels_pedal_bends_programs_and_controllers_act_as_live(tmp_path: Path) -> None:
    path = song(
        tmp_path / "a.mid",
        [
            (0, mido.Message("program_change", program=1)),
            (0, mido.Message("control_change", control=16, value=127)),
            (0, note("note_on", 60)),
            (0, note("note_on", 60, channel=5)),
            (1, mido.Message("control_change", control=64, value=127)),
            (1, mido.Message("pitchwheel", pitch=-8192, channel=5)),
            (1, note("note_off", 60, channel=5)),
            (2, note("note_off", 60)),
            (3, mido.Message("control_change", control=64, value=0)),
        ],
    )
    assert said(path, ["dawn", "dusk"]) == [
        (0.0, "/preset/recall", ("dusk",)),
        (0.0, "/axis/brightness", (1.0,)),
        (0.0, "/note/on", (60.0, 1.0)),
        (0.0, "/note/on", (60.0, 1.0)),
        (0.5, "/note/bend", (60.0, -2.0)),
        (1.5, "/note/off", (60.0,)),
        (1.5, "/note/release", ()),
    ]
    assert said(path)[0][1] == "/axis/brightness", "there is no such preset"


def test_an_mpe_song_bends_and_colours_each_note_and_moves_no_axis(tmp_path: Path) -> None:
    events = [(101, 0, 0), (100, 6, 0), (6, 15, 0), (74, 127, 1)]
    zone, timbre = [
        [mido.Message("control_change", control=c, value=v, channel=n) for c, v, n in part]
        for part in (events[:3], events[3:])
    ]
    path = song(
        tmp_path / "a.mid",
        [
            *((0, each) for each in zone),
            (0, note("note_on", 60, channel=1)),
            (1, mido.Message("pitchwheel", pitch=-8192, channel=1)),
            *((1, each) for each in timbre),
            (2, note("note_off", 60, channel=1)),
        ],
    )
    assert said(path) == [
        (0.0, "/note/on", (60.0, 1.0)),
        (0.5, "/note/bend", (60.0, -48.0)),
        (0.5, "/note/timbre", (60.0, 1.0)),
        (1.0, "/note/off", (60.0,)),
        (1.0, "/note/release", ()),
    ]


def test_a_controller_moves_an_axis_in_the_time_of_glide(tmp_path: Path) -> None:
    controller = mido.Message("control_change", control=16, value=127)
    path = song(
        tmp_path / "a.mid",
        [(0, note("note_on", 60)), (1, controller), (2, note("note_off", 60))],
    )
    at_once, slowly = (
        render_array(BUNDLE, planned(path, settings=[*QUIET, f"/glide {glide_s}"]), channels=1)
        for glide_s in (0, 0.4)
    )
    before = round(0.4 * RATE_HZ)
    np.testing.assert_array_equal(at_once[:before], slowly[:before])
    assert np.abs(at_once - slowly).max() > 0.01


def test_a_program_recalls_a_preset_that_leaves_the_keys_on(tmp_path: Path) -> None:
    store = PresetStore(tmp_path / "user" / "presets", BUNDLE.name, BUNDLE.fingerprint, pytest.fail)
    store.store("low", (("/keys", ("off",)), ("/gain", (-20.0,))))
    path = song(
        tmp_path / "a.mid",
        [(0, note("note_on", 60)), (1, mido.Message("program_change", program=0))],
    )
    score = planned(path, preset="low").score
    assert [each.args for _, each in score if each.address == "/gain"] == [(-20.0,)]
    assert not [each for _, each in score if each.address == "/keys"]
    keys = [each.args for each in planned(path, preset="low").commands if each.address == "/keys"]
    assert keys[-1] == ("pitch",)
    played = planned(path, settings=["/keys places"]).commands
    assert [each.args for each in played if each.address == "/keys"] == [("places",)]


@pytest.mark.process
def test_the_same_song_gives_the_same_bytes_also_from_its_own_comment(tmp_path: Path) -> None:
    commands = Commands(tmp_path)
    (tmp_path / "models").mkdir()
    write_bundle(BUNDLE, tmp_path / "models" / "tiny.distill")
    song(tmp_path / "a.mid", [(0, note("note_on", 60)), (1, note("note_off", 60))])
    words = ("render", "--model", "tiny", "--midi", "a.mid", "--json")
    (facts,) = json.loads(commands.run(*words, "--out", "a.wav"))
    assert facts["seconds"] == pytest.approx(0.8)
    assert facts["motion"] == "hold"
    commands.run(*words, "--out", "b.wav")
    (tmp_path / "a.mid").unlink()
    commands.run("render", "--like", "a.wav", "--out", "c.wav")
    a, b, c = ((tmp_path / name).read_bytes() for name in ("a.wav", "b.wav", "c.wav"))
    assert a == b == c
    said = commands.run(*words, "--out", "d.wav", status=1)
    assert said == "distill-live: a.mid: not read (no such file or directory); check the name\n"


def smf(form: int = 0, division: int = BEAT, track: bytes = b"\0\xff\x2f\0") -> bytes:
    header = b"MThd" + struct.pack(">IHHH", 6, form, 1, division)
    return header + b"MTrk" + struct.pack(">I", len(track)) + track


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "it is no Standard MIDI File"),
        (b"RIFF" + bytes(20), "it is no Standard MIDI File"),
        (b"MThd", "it ends early"),
        (b"MThd" + struct.pack(">IH", 2, 0), "it is no Standard MIDI File"),
        (smf()[:-1], "it ends early"),
        (smf(), "it plays nothing"),
        (smf(form=2), "its format is 2"),
        (smf(division=0), "its division is 0"),
        (smf(division=0xE700), "its division is 0"),
        (smf(track=b"\xff" * 100), "a number is too long"),
        (smf(track=b"\0\x90\x3c"), "it ends early"),
        (smf(track=b"\0\x90\x3c\xff"), "data byte must be in range"),
        (smf(track=b"\0\x3c\x40"), "a message begins with 0"),
        (smf(track=b"\0\xf4"), "a message begins with 244"),
        (smf(track=b"\0\xff\x01\x7f"), "it ends early"),
    ],
)
def test_what_is_no_song_is_refused_in_one_line(tmp_path: Path, data: bytes, reason: str) -> None:
    path = tmp_path / "a.mid"
    path.write_bytes(data)
    with pytest.raises(ConfigurationError, match=reason) as refused:
        read_score(path, AXES, ())
    assert str(refused.value).startswith(f"{path}: ")
    assert str(refused.value).isprintable()


def test_a_song_of_any_size_is_read_or_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = song(tmp_path / "a.mid", [(0, note("note_on", key)) for key in range(10)])
    monkeypatch.setattr(module, "MAX_COMMANDS", 9)
    with pytest.raises(ConfigurationError, match="over 9 commands"):
        read_score(path, AXES, ())
    monkeypatch.setattr(module, "MAX_BYTES", 2)
    with pytest.raises(ConfigurationError, match="over 0 MB"):
        read_score(path, AXES, ())


# Where a rendered score stands

ONSET_S, CENTS, RELEASE = 0.002, 5.0, 0.1
"""Largest differences of an onset, a pitch, and of a release as a share of its time."""

RELEASE_S = 0.4
PARTIAL_HZ = PARTIALS_HZ[1]
QUIET = ["/jitter 0", "/spread 0", "/attack 0", f"/release {RELEASE_S}", "/velocity 0"]

NOTES = ((0.25, 60, 0.0), (1.55, 67, 0.0), (2.85, 55, 0.0), (4.15, 60, 1.5), (5.45, 72, -2.0))
"""Second, key and bend in semitones of each note; each is held for half a second."""


def test_onsets_pitches_and_releases_stand_where_the_score_has_them(tmp_path: Path) -> None:
    events: list[Event] = [(0, tempo(60))]
    for at_s, key, bend in NOTES:
        pitch = round(bend / 2 * (8191 if bend > 0 else 8192))
        events += [
            (at_s, mido.Message("pitchwheel", pitch=pitch)),
            (at_s, note("note_on", key)),
            (at_s + 0.5, note("note_off", key)),
        ]
    path = song(tmp_path / "a.mid", events)
    plan = planned(path, axes=["noisiness=-1"], settings=QUIET)
    sound = render_array(BUNDLE, plan, channels=1)[:, 0].astype(np.float64)
    assert len(sound) == round((NOTES[-1][0] + 0.5 + RELEASE_S) * RATE_HZ)
    for at_s, key, bend in NOTES:
        begin, end = (round(s * RATE_HZ) for s in (at_s - 0.1, at_s + 1.0))
        part = sound[begin:end]
        loud = np.abs(part) > 0.01 * np.abs(part).max()
        assert abs(np.argmax(loud) / RATE_HZ - 0.1) <= ONSET_S, key
        expected_hz = PARTIAL_HZ * 2 ** ((key - 60 + bend) / 12)
        held = part[round(0.15 * RATE_HZ) : round(0.55 * RATE_HZ)]
        assert abs(1200 * np.log2(peak_hz(held, expected_hz) / expected_hz)) <= CENTS, key
        assert fall_s(part[round(0.6 * RATE_HZ) :]) == pytest.approx(RELEASE_S, rel=RELEASE), key


def test_a_song_lasts_until_the_release_of_the_preset_that_it_recalls(tmp_path: Path) -> None:
    store = PresetStore(tmp_path / "user" / "presets", BUNDLE.name, BUNDLE.fingerprint, pytest.fail)
    store.store("long", (("/release", (5.0,)),))
    events = [
        (0, tempo(60)),
        (0, mido.Message("program_change", program=0)),
        (0.5, note("note_on", 60)),
        (1.0, note("note_off", 60)),
    ]
    assert planned(song(tmp_path / "a.mid", events)).seconds == pytest.approx(6.0)


def test_a_chord_sounds_at_once_each_key_at_its_pitch_and_velocity(tmp_path: Path) -> None:
    keys = {60: 127, 64: 90, 69: 50}
    path = song(
        tmp_path / "a.mid",
        [(0, tempo(60)), *((0.5, note("note_on", *each)) for each in keys.items())],
        [(1.5, note("note_off", key)) for key in keys],
    )
    plan = planned(path, axes=["noisiness=-1"], settings=[*QUIET, "/velocity 1"])
    sound = render_array(BUNDLE, plan, channels=1)[:, 0].astype(np.float64)
    held = sound[round(0.6 * RATE_HZ) : round(1.4 * RATE_HZ)]
    levels_db = []
    for key in keys:
        expected_hz = PARTIAL_HZ * 2 ** ((key - 60) / 12)
        assert abs(1200 * np.log2(peak_hz(held, expected_hz) / expected_hz)) <= CENTS, key
        levels_db.append(level_db(held, expected_hz))
    softer = [high - low for high, low in pairwise(levels_db)]
    expected = [40 * np.log10(high / low) for high, low in pairwise(keys.values())]
    assert softer == pytest.approx(expected, abs=2.5)


def spectrum(sound: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.abs(np.fft.rfft(sound * np.hanning(len(sound))))


def peak_hz(sound: NDArray[np.float64], near_hz: float) -> float:
    """Frequency of the strongest partial within a semitone, between bins by a parabola."""
    bin_hz = RATE_HZ / len(sound)
    magnitude = np.log(spectrum(sound) + 1e-12)
    low, high = (round(near_hz * 2 ** (side / 12) / bin_hz) for side in (-1, 1))
    at = low + int(magnitude[low : high + 1].argmax())
    before, here, after = magnitude[at - 1 : at + 2]
    return float((at + 0.5 * (before - after) / (before - 2 * here + after)) * bin_hz)


def level_db(sound: NDArray[np.float64], at_hz: float) -> float:
    at = round(at_hz * len(sound) / RATE_HZ)
    return float(20 * np.log10(spectrum(sound)[at - 3 : at + 4].max()))


def fall_s(sound: NDArray[np.float64]) -> float:
    """Time in which a sound that has been released falls by 60 dB, from its slope."""
    step = round(0.01 * RATE_HZ)
    steps = len(sound) // step
    level = np.sqrt(np.mean(np.square(sound[: steps * step]).reshape(steps, step), axis=1))
    fallen_db = 20 * np.log10(level / level[0] + 1e-9)
    slope = (fallen_db < -6) & (fallen_db > -40)
    per_step, _ = np.polyfit(np.flatnonzero(slope), fallen_db[slope], 1)
    return float(-60 / per_step * step / RATE_HZ)
