"""Mutated files of every format that is read, and the outcome of reading them.

Each `Reader` knows examples of its format and how a program comes to read it. What it may raise is
what the user is told in a line; anything else is a defect.
"""

import hashlib
import json
import random
import re
import struct
import zipfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from dataclasses import replace as replace_fields
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from distill_live.addresses import Address
from distill_live.bundle import archive
from distill_live.spectrogram import SpectrogramSettings

SMALL = SpectrogramSettings(
    sample_rate_hz=8000,
    n_fft=256,
    hop_samples=64,
    n_mels=16,
    chunk_samples=512,
    synthesis_samples=256,
)
"""Of a model that is quickly written, decoded and played."""

PLAYED_S = 0.2
"""Time of a song that is rendered."""

VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2**31, 2**63, -(2**64), 10**30, 0.5, -0.0, 1e-300, 1e300),
    *("", "x", "../../etc/passwd", "\x1b[2J", "\0", "\ud800", "a" * 10_000, "é", "1"),
    *([], {}, [[]], [0] * 5000, {"": 0}, {"format": "distill-live"}),
)

TOKENS = (
    *(b"null", b"true", b"0", b"-1", b"0.5", b"1e999", b"NaN", b"Infinity", b"-0", b"1e-400"),
    *(b"9" * 400, b"9" * 5000, b"9007199254740993", b'""', b'"\\u0000"', b'"\\ud800"'),
    *(b'"\\u001b[2J"', b'"../../etc/passwd"', b'"C:\\\\NUL"', b'"' + b"a" * 10_000 + b'"'),
    *(b"[]", b"{}", b"[" * 2000, b'{"a":' * 2000, b"a" + b".a" * 300, b"\xff", b"\0"),
    *("\u202e".encode(), b"1979-99-99", b'"/gain"', b"inf", b"'", b"\r", b"\n", b","),
)
"""What a word or a number of a text is replaced by."""

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\w.+-]+')


def damaged(content: bytes, rng: random.Random) -> bytes:
    """Bytes with one to eight places overwritten, taken out, put in, or repeated."""
    data = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 2, 8))):
        at = rng.randrange(len(data)) if data else 0
        length = rng.choice((1, 1, 4, 64, 1024))
        match rng.randrange(6):
            case 0:
                data[at : at + 1] = bytes([data[at] ^ 1 << rng.randrange(8)]) if data else b"x"
            case 1:
                data[at : at + length] = rng.randbytes(length)
            case 2:
                del data[at : at + length]
            case 3:
                data[at:at] = rng.randbytes(length)
            case 4:
                data[at:at] = data[at : at + length]
            case 5:
                data[at : at + 4] = rng.choice((b"\xff" * 4, b"\0" * 4, b"\xff\xff\xff\x7f"))
    return bytes(data)


def damaged_text(content: bytes, rng: random.Random) -> bytes:
    """Text, half of the time with one to three words or numbers replaced, else with any damage."""
    if rng.random() < 0.5:
        return damaged(content, rng)
    for _ in range(rng.choice((1, 1, 2, 3))):
        places = [found.span() for found in _TOKEN.finditer(content)]
        if places:
            start, end = rng.choice(places)
            content = content[:start] + rng.choice(TOKENS) + content[end:]
    return content


def members_of(path: Path) -> dict[str, bytes]:
    """What is in a bundle, by name."""
    with zipfile.ZipFile(path) as container:
        return {name: container.read(name) for name in container.namelist()}


def signed(members: dict[str, bytes]) -> bytes:
    """An archive whose manifest states the hashes of what is in it."""
    said = json.loads(members["manifest.json"])
    for name, content in members.items():
        if name != "manifest.json":
            digest = hashlib.sha256(content).hexdigest()
            said["members"][name] = {"bytes": len(content), "sha256": digest}
    members = members | {"manifest.json": json.dumps(said).encode()}
    return b"".join(archive.pack(members))


def places_in(value: Any) -> list[tuple[Any, Any]]:
    """Every container of a JSON value with each of its keys."""
    keys = (
        value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    )
    found = [(value, key) for key in keys]
    return found + [place for key in keys for place in places_in(value[key])]


def replace(container: Any, key: Any, rng: random.Random) -> None:
    """Put something else in a place."""
    container[key] = rng.choice(VALUES)


def remove(container: Any, key: Any, rng: random.Random) -> None:
    """Take a place away."""
    del container[key]


def repeat(container: Any, key: Any, rng: random.Random) -> None:
    """Have what is in a place twice."""
    if isinstance(container, list):
        container.insert(rng.randrange(len(container)), container[key])
    else:
        container[str(key) + "_"] = container[key]


def mutated_bundle(members: dict[str, bytes], rng: random.Random) -> bytes:
    """A bundle that is damaged anywhere, or in a member or a value and else as it should be."""
    sort = rng.random()
    if sort < 0.2:
        return damaged(b"".join(archive.pack(members)), rng)
    if sort < 0.7:
        name = rng.choice(("decoder.onnx", *list(members)[1:]))
        return signed(members | {name: damaged(members[name], rng)})
    said = json.loads(members["manifest.json"])
    rng.choice((replace, remove, repeat))(*rng.choice(places_in(said)), rng)
    return b"".join(archive.pack(members | {"manifest.json": json.dumps(said).encode()}))


def mutated_sound(content: bytes, rng: random.Random) -> bytes:
    """A sound file that is damaged, mostly near its beginning, where it says what it is."""
    if rng.random() < 0.3:
        return damaged(content, rng)
    head = rng.choice((48, 128, 600))
    return damaged(content[:head], rng) + content[head:]


@dataclass(frozen=True)
class Reader:
    """A format as some program reads it.

    Attributes
    ----------
    name
        What it is.
    suffix
        Of its files.
    examples
        Valid ones.
    mutate
        Makes another one of an example.
    read
        Reads a file, and does with it what the program does before anything is seen of it.
    refusals
        What it may raise.
    lenient
        Whether it leaves out what is damaged, and reads the rest.
    """

    name: str
    suffix: str
    examples: Sequence[bytes]
    mutate: Callable[[bytes, random.Random], bytes]
    read: Callable[[Path], object]
    refusals: tuple[type[Exception], ...]
    lenient: bool = False

    def outcome(self, path: Path) -> str | None:
        """The refusal, which must be one line of some length; None where it was read.

        Raises
        ------
        AssertionError
            If the refusal is no such line.
        Exception
            Whatever else the reader raises.
        """
        try:
            self.read(path)
        except self.refusals as refusal:
            said = str(refusal)
            assert said.isprintable(), f"a refusal that no terminal should see: {said!a:.200}"
            assert 0 < len(said) < 2000, f"a refusal of {len(said)} characters"
            return said
        return None


def text_readers(folder: Path) -> list[Reader]:
    """All that is JSON, TOML or CSV, or has it within, and MIDI; `folder` is for the rest."""
    from support.tiny import AXES, complete_bundle, tiny_bundle

    from distill_live.addresses import Command, instantiate
    from distill_live.engine import Engine
    from distill_live.errors import AudioFileError, CommandError, ConfigurationError, TakeError
    from distill_live.gestures import compile_gesture, csv_format, gesture_file
    from distill_live.midi.bindings import Binding
    from distill_live.midi.controls import MidiControl
    from distill_live.midi.mapping_file import add_binding, read_mapping
    from distill_live.midi.score import read_score
    from distill_live.offline.arguments import plan_from
    from distill_live.offline.batch import models_of, read_origin
    from distill_live.offline.plan import Plan, origin, to_json
    from distill_live.offline.render import render_array
    from distill_live.preset_file import read_presets, to_text
    from distill_live.presets import morph
    from distill_live.takes.take_reader import Take
    from distill_live.user_files import DamagedError

    table = instantiate(8, AXES, 10)
    played = complete_bundle(SMALL, latent=8)
    engine = Engine(played, channels=1)
    hop = np.zeros((engine.hop_samples, 1), np.float32)
    presets = {
        "dawn": (("/gain", (-6.0,)), ("/axis/brightness", (0.5,)), ("/latent/1", (0.25,))),
        "new": (
            *(("/keys", ("places",)), ("/wander", (0.5, 0.3)), ("/clock/tempo", (96.0,))),
            *(("/macro/map", (1, "gain", -60.0, 0.0, "linear")), ("/macro/1", (0.5,))),
            ("/input/map", ("level", "axis/brightness", -1.0, 1.0, "s-curve")),
            *(("/timbre/axis", ("loudness",)), ("/path/play", (1,)), ("/path/position", (0.5,))),
        ),
    }
    recorded = (
        b'{"distill-gesture": 1, "name": "swell", "model": "demo", "seconds": 12.5}\n'
        b'[0.0, "/axis/brightness", 0.25]\n[3.0, "/gain", -6.0, {"glide": 2.0}]\n'
    )
    table_of = b"seconds,address,glide,value1\n0,/axis/brightness,,0.25\n3,/gain,2,-6\n12.5\n"
    wide = b"seconds;/axis/brightness;/gain\n0;0,25;\n3;;-6\n"
    mapping = (
        b"# what knobs move, and how: this is a comment\ndefaults = false\n"
        b'[[map]]\ncontrol = "cc 16"\naddress = "axis/brightness"\nchannel = 1\n'
        b'range = [-1.0, 1.0]\n[[map]]\ncontrol = "note 36"\naddress = "preset/recall"\n'
        b'values = ["dawn", 4.0]\n'
    )
    take = (
        b'{\n"format": 1,\n"version": "1.0",\n"events": [\n["wav",0,"x.wav",48000],\n'
        b'["sound",0,0],\n["engine",0,{"name":"m","fingerprint":"0123456789abcdef","slot":1,'
        b'"channels":2,"seed":1,"sample_rate_hz":22050,"hop_samples":256}],\n["ring",0,0,48000],\n'
        b'["do",0,"/gain",[-6.0],null,0.5],\n["took",256,[1,0,0,0,1]],\n'
        b'["model",512,2,"n","fedcba9876543210"],\n["prepare",1024],\n["end",4800,null]\n]}\n'
    )
    plan = Plan(
        commands=(Command("/gain", (-6.0,), glide_s=0.0), Command("/pitch", (1.0,), glide_s=2.0))
    )
    comment = to_json(origin(plan, [tiny_bundle()], 22050, 2, 16)).encode()

    def read_preset(path: Path) -> None:
        for preset in read_presets(path).values():
            for command in morph(preset, engine.addresses, 0.01):
                with suppress(CommandError):
                    engine.apply(command)
            engine.render(hop)
            assert np.isfinite(hop).all()

    def read_gesture(path: Path) -> None:
        _, gesture = gesture_file.from_text(path.read_bytes())
        compile_gesture(gesture, table)

    def read_and_add(path: Path) -> None:
        known = len(read_mapping(path).own)
        add_binding(path, Binding(MidiControl("cc", 99), "/gain"))
        assert len(read_mapping(path).own) >= known

    def read_song(path: Path) -> None:
        plan = plan_from(played, score=partial(read_score, path, AXES), report=lambda _: None)
        begun = tuple(one for one in plan.score if one.at_s <= PLAYED_S)
        beginning = replace_fields(plan, seconds=min(plan.seconds, PLAYED_S), score=begun)
        assert np.isfinite(render_array(played, beginning)).all()

    def read_take(path: Path) -> None:
        read = Take(path)
        assert read.samples >= 0
        assert len(read.notes) < 100

    def read_comment(path: Path) -> None:
        said = read_origin(path)
        models_of(said, None)

    def commented(example: bytes, rng: random.Random) -> bytes:
        return damaged(_wav(example), rng) if rng.random() < 0.2 else _wav(changed(example, rng))

    changed = damaged_text
    damage = (DamagedError, CommandError)
    mutable = [
        ("preset", ".json", [to_text({"name": "m"}, presets).encode()], read_preset, damage),
        ("gesture", ".gesture", [recorded], read_gesture, damage),
        (
            *("gesture CSV", ".csv", [table_of, wide]),
            lambda p: csv_format.from_csv(p.read_bytes(), table),
            (CommandError,),
        ),
        ("MIDI mapping", ".toml", [mapping], read_and_add, (ConfigurationError,)),
        ("take", ".json", [take], read_take, (TakeError,)),
    ]
    from distill_live.errors import BundleError

    readers = [
        Reader(name, suffix, examples, changed, read, refusals)
        for name, suffix, examples, read, refusals in mutable
    ]
    embedded = (AudioFileError, BundleError, ConfigurationError)
    refused = (ConfigurationError, CommandError)
    readers.append(Reader("MIDI song", ".mid", [_song()], damaged, read_song, refused))
    readers.append(Reader("render's origin", ".wav", [comment], commented, read_comment, embedded))
    return [*readers, _midi_input(table), *_training_readers(folder), *_studio_readers(folder)]


def _midi_input(table: Mapping[str, Address]) -> Reader:
    """Bytes from a controller, as the bridge takes them; none is refused."""
    import mido
    from support.tiny import AXES

    from distill_live.addresses import coerce
    from distill_live.midi.bindings import default_bindings
    from distill_live.midi.clock import MidiClock
    from distill_live.midi.mapper import Mapper
    from distill_live.midi.parser import MessageSplitter

    played = bytes.fromhex(
        "fafef8 903c7f f8 3e40 e0007f f8 b04a30 0620 651f 6406 0640 6240 6320 2605 6001 f8 903c00"
        "a03c20 d050 f8 c005 b00001 2002 c003 f23010 f07e7f0601f7 f8 b0407f 803e40 b04000 7b00 fc"
    )

    def read(path: Path) -> None:
        splitter, clock, mapper = MessageSplitter(), MidiClock(), Mapper(default_bindings())
        for index, name in enumerate(AXES):
            mapper.hear("/axis/info", (index, name, -1.0, 1.0, 0.0))
        for address in table.values():
            if address.access == "value":
                mapper.hear(address.path, address.default)
        mapper.hear("/keys", ("pitch",))
        for number, data in enumerate(splitter.feed(path.read_bytes())):
            try:
                message = mido.Message.from_bytes(data)
            except ValueError:  # as a port's
                continue
            for sent, values in mapper.feed(message):
                if values:
                    coerce(table[sent], values)
            reading = clock.feed(message.type, 0.02 * number, getattr(message, "pos", 0))
            if reading is not None and reading.tempo is not None:
                assert np.isfinite(reading.tempo)

    return Reader("MIDI input", ".bin", [played, 8 * played], damaged, read, (), lenient=True)


def _studio_readers(folder: Path) -> list[Reader]:
    """What the studio and `watch` read of runs, and the studio's own file."""
    from distill_live.errors import CommandError, TrainingError
    from distill_live.library import user_folder
    from distill_train.output_paths import EVENTS
    from distill_train.progress_display import ProgressDisplay
    from distill_train.studio import folders, settings
    from distill_train.studio.app import JSON
    from distill_train.studio.runs import Runs
    from distill_train.training.event_log import follow_events

    run = folder / "x.run"
    run.mkdir(exist_ok=True)
    epoch = {"epoch": 1, "epochs": 9, "training": {"reconstruction": 0.5, "kl": 1.5}}
    epoch |= {"validation": {}, "skipped_steps": 0, "best": True, "seconds": 2.5}
    step = {"epoch": 1, "epochs": 9, "step": 2, "steps": 90, "losses": {"kl": 1.5}}
    step |= {"learning_rate": 1e-3, "kl_weight": 0.5, "gradient_norm": 1.0, "skipped": False}
    events: list[dict[str, Any]] = [
        {"event": "SessionStarted", "resumed": False, "pid": 99999, "recordings": "music"},
        {"event": "AnalysisProgress", "done": 1, "files": 2},
        {"event": "StepMetrics", **step, "seconds": 1.5, "memory_bytes": None},
        {"event": "EpochMetrics", **epoch, "learning_rate": 1e-3, "seconds_left": 20.0},
        {"event": "PreviewEvent", "epoch": 1, "path": "previews/1.wav"},
        {"event": "WarningEvent", "epoch": None, "message": "the losses rise"},
        {"event": "StageEvent", "stage": "export"},
        {"event": "ExportProgress", "share": 0.5},
        {"event": "InstallEvent", "path": "/models/x.distill"},
        {"event": "SessionEnded", "outcome": "done", "message": ""},
    ]
    log = b"".join(json.dumps({"time": 1e9, **event}).encode() + b"\n" for event in events)
    opened = b'{"format": 1, "folders": ["/music"], "choices": [{"a": "x", "b": "y", "time": 1}]}'

    def read_events(path: Path) -> None:
        content = path.read_bytes()
        (run / EVENTS).write_bytes(content)
        runs = Runs()
        JSON([runs.describe(run), runs.history(run), runs.events_after(run, 0)])
        with ProgressDisplay(quiet=True) as display:
            for event in follow_events(run):
                display.on_event(event)

    def read_settings(path: Path) -> None:
        user_folder().mkdir(parents=True, exist_ok=True)
        for older in user_folder().glob("studio*.json"):
            older.unlink()
        (user_folder() / "studio.json").write_bytes(path.read_bytes())
        JSON(settings.read()["choices"])
        folders.open_folders()
        settings.keep_choice("x", "y", "x")  # a damaged file is set aside
        assert settings.read()["choices"][-1]["winner"] == "x"

    return [
        Reader(
            *("run's events", ".jsonl", [log], damaged_text, read_events, (TrainingError,)),
            lenient=True,
        ),
        Reader(
            *("studio's file", ".json", [opened], damaged_text, read_settings, (CommandError,)),
            lenient=True,
        ),
    ]


def _song() -> bytes:
    tracks = (
        "00ff51030f4240 00c001 00b06500 006406 00060f 8360ff510307a120 00ff2f00",
        "00913c7f 604146 00e27f7f 00d240 60913c00 00ff0103616263 00f0027ff7 00b0407f 00914100 "
        "8f60b04000 001140 00ff2f00",
    )
    chunks = (
        b"MTrk" + struct.pack(">I", len(track)) + track for track in map(bytes.fromhex, tracks)
    )
    return b"MThd" + struct.pack(">IHHH", 6, 1, len(tracks), 480) + b"".join(chunks)


def _training_readers(folder: Path) -> list[Reader]:
    import torch

    from distill_live.errors import ConfigurationError, TrainingError
    from distill_live.spectrogram import SpectrogramSettings, Statistics
    from distill_train.config import TrainingConfig, config_from_json, config_to_json, read_toml
    from distill_train.corpus.audio import FileNote, SkippedFile
    from distill_train.corpus.cache_manifest import (
        CacheSettings,
        FileState,
        Manifest,
        StoredCopy,
        StoredRecording,
        changes,
        read_manifest,
    )
    from distill_train.training.checkpoint import read_checkpoint, write_checkpoint

    settings = CacheSettings(SpectrogramSettings())
    files = (FileState("a.wav", 100, 1), FileState("b/c.wav", 200, -1))
    stored = (StoredRecording("a.wav", 2560, 2560, 0, 0, 10, 2, 0.5),)
    copies = (StoredCopy(0, 10, 5, 1, 0, 9),)
    rows = folder / "rows.f32"
    rows.write_bytes(bytes(15 * settings.row_bytes))
    manifest = Manifest(
        *("2025-01-01T00:00:00Z", settings.as_json(), Statistics(), True, files),
        skipped=(SkippedFile("b/c.wav", "silent"),),
        notes=(FileNote("a.wav", "cut"),),
        recordings=stored,
        copies=copies,
        data=rows.name,
        bytes=rows.stat().st_size,
    )
    place = folder / "cache"
    place.mkdir(exist_ok=True)
    (place / rows.name).write_bytes(rows.read_bytes())

    def read_cache(path: Path) -> None:
        (place / "manifest.json").write_bytes(path.read_bytes())
        read = read_manifest(place, settings)
        if isinstance(read, str):
            raise ConfigurationError(read or "there is none")
        for line in changes(read, settings, files, None):
            assert line.isprintable()

    checkpoint = folder / "x.safetensors"
    values = {"config": config_to_json(TrainingConfig()), "state": {"epoch": 1}}
    write_checkpoint(checkpoint, {"a": torch.zeros(3, 2), "b": torch.ones(4)}, values)
    configuration = (
        b'epochs = 10\nlearning_rate = 1e-3\nlevel = "file"\n[model]\nlatent_dim = 16\n'
        b"channels = [8, 8, 16, 16, 16]\n[loss]\nkl = 1e-4\n[spectrogram]\nn_mels = 64\n"
    )

    def read_weights(path: Path) -> None:
        _, said = read_checkpoint(path)
        if isinstance(said.get("config"), dict):
            config_from_json(said["config"])

    refusals = (ConfigurationError,)
    kept = (TrainingError, ConfigurationError)
    return [
        Reader("training TOML", ".toml", [configuration], damaged_text, read_toml, refusals),
        Reader("cache", ".json", [manifest.as_text().encode()], damaged_text, read_cache, refusals),
        Reader(
            *("checkpoint", ".safetensors", [checkpoint.read_bytes()]),
            *(_mutated_safetensors, read_weights, kept),
        ),
    ]


def _mutated_safetensors(example: bytes, rng: random.Random) -> bytes:
    if rng.random() < 0.3:
        return damaged(example, rng)
    (length,) = struct.unpack_from("<Q", example)
    header = damaged_text(example[8 : 8 + length], rng)
    return struct.pack("<Q", len(header)) + header + example[8 + length :]


def _wav(comment: bytes) -> bytes:
    text = comment + b"\0"
    content = b"INFOICMT" + struct.pack("<I", len(text)) + text + bytes(len(text) % 2)
    body = b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 16000, 2, 16)
    body += b"data" + struct.pack("<I", 20) + bytes(20)
    body += b"LIST" + struct.pack("<I", len(content)) + content
    return b"RIFF" + struct.pack("<I", len(body)) + body


def bundle_reader(folder: Path, *, run: bool) -> Reader:
    """Bundles; what is accepted is written again and, with `run`, run by onnxruntime."""
    from onnxruntime import InferenceSession
    from support.tiny import complete_bundle, tiny_bundle

    from distill_live import library
    from distill_live.bundle import read_bundle, write_bundle
    from distill_live.errors import BundleError

    wholes = []
    for make in (tiny_bundle, complete_bundle):
        write_bundle(make(SMALL, latent=4), folder / "whole.distill")
        wholes.append(members_of(folder / "whole.distill"))

    def read(path: Path) -> None:
        listed = library.describe(library.entry("x", path))
        assert listed.isprintable()
        assert len(listed) < 2000
        bundle = read_bundle(path)
        write_bundle(bundle, folder / "again.distill")
        if run:
            from distill_live.engine import InlineDecoder

            InlineDecoder(bundle).decode(np.zeros(bundle.latent_size))
            if bundle.encoder:
                chunk = np.zeros((1, *bundle.settings.shape), np.float32)
                InferenceSession(bundle.encoder).run(["latent"], {"spectrogram": chunk})

    return Reader(
        *("bundle", ".distill", [b""]),
        *(lambda _, rng: mutated_bundle(rng.choice(wholes), rng), read, (BundleError,)),
    )


MONO = frozenset({"mp3", "svx", "sds", "xi", "wve", "htk"})
"""Suffixes of types that have one channel, or whose example has."""


def sound_reader(folder: Path) -> Reader:
    """Sound files of all types that are read: as the trainer, the studio and a render do it."""
    import soundfile
    from support.tiny import complete_bundle

    from distill_live.errors import AudioFileError
    from distill_live.offline.input_file import InputFile
    from distill_live.offline.plan import Plan
    from distill_train.corpus.audio import scan_headers
    from distill_train.corpus.recording import Recording
    from distill_train.studio.recordings import waveform

    listener = complete_bundle(SMALL)

    time_s = np.arange(6000) / 16000
    sound = 0.5 * np.sin(2 * np.pi * 440 * time_s) + 0.01 * np.sin(2 * np.pi * 5000 * time_s)
    kinds = [
        *(("wav", None, subtype) for subtype in ("PCM_16", "PCM_24", "FLOAT", "IMA_ADPCM")),
        *(("aiff", None, "PCM_16"), ("flac", None, "PCM_24"), ("mp3", None, None)),
        *(("ogg", None, "VORBIS"), ("ogg", None, "OPUS"), ("wav", "RF64", "PCM_16")),
        *(("wav", "WAVEX", "PCM_24"), ("caf", None, "PCM_16"), ("caf", None, "ALAC_16")),
        *(("au", None, "PCM_16"), ("aiff", None, "FLOAT"), ("w64", None, "PCM_16")),
        *(("voc", None, "PCM_16"), ("sf", "IRCAM", "PCM_16"), ("nist", None, "PCM_16")),
        *(("svx", None, "PCM_16"), ("paf", None, "PCM_16"), ("pvf", None, "PCM_16")),
        *(("avr", None, "PCM_16"), ("sds", None, "PCM_16"), ("xi", None, "DPCM_16")),
        *(("wve", None, "ALAW"), ("htk", None, "PCM_16")),
    ]
    examples = []
    for suffix, form, subtype in kinds:
        path = folder / f"example.{suffix}"
        channels = sound if suffix in MONO else np.stack([sound, -sound], axis=1)
        soundfile.write(path, channels, 8000 if suffix == "wve" else 16000, subtype, format=form)
        examples.append(path.read_bytes())

    def read(path: Path) -> None:
        _, skipped = scan_headers(path.parent, [path])
        for one in skipped:
            raise AudioFileError(one.reason)
        with Recording(path, 22050) as recording:
            for begin in range(0, recording.samples, 2**16):
                assert np.isfinite(recording.read(begin, 2**16)).all()
        assert np.isfinite(waveform(path)).all()
        for command in islice(InputFile(path).commands(listener, Plan()), 50):
            assert np.isfinite(command.args).all()

    return Reader("sound file", ".wav", examples, mutated_sound, read, (AudioFileError,))


def nth(reader: Reader, seed: int, index: int) -> bytes:
    """The input of that number, which can be had without the others."""
    rng = random.Random(f"{seed} {reader.name} {index}")
    return reader.mutate(rng.choice(list(reader.examples)), rng)
