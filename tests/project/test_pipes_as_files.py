"""Pipes where a user's file is expected: every reader refuses them at once."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from support.commands import Commands
from support.instrument import PATIENCE_S, Instrument
from support.processes import user_folders
from support.tiny import AXES, tiny_bundle

from distill_live.addresses import instantiate
from distill_live.bundle import read_bundle, read_manifest, write_bundle
from distill_live.errors import DistillError
from distill_live.gestures import GestureStore
from distill_live.midi.bindings import Binding
from distill_live.midi.controls import MidiControl
from distill_live.midi.mapping_file import add_binding, read_mapping
from distill_live.offline.arguments import _gesture
from distill_live.offline.writer import check_free, comment_of
from distill_live.preset_file import read_presets
from distill_live.presets import PresetStore
from distill_live.takes.take_file import TakeFile, event_line
from distill_live.takes.take_reader import Take
from distill_train.config import read_toml
from distill_train.corpus.decoder import Decoder
from distill_train.output_paths import check_output_path

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs named pipes")

BUNDLE = tiny_bundle()
TABLE = instantiate(BUNDLE.latent_size, AXES, len(BUNDLE.landmarks))
KNOB = Binding(MidiControl("cc", 1), "gain")


def _gestures(path: Path) -> GestureStore:
    return GestureStore(path.parent, "demo", "0" * 16, print)


READERS: dict[str, Callable[[Path], object]] = {
    "presets": read_presets,
    "mapping": read_mapping,
    "learnt": lambda path: add_binding(path, KNOB),
    "take.json": Take,
    "a.wav": comment_of,
    "recording.wav": Decoder,
    "gesture.csv": lambda path: _gesture(str(path), _gestures(path), TABLE),
    "model.distill": read_bundle,
    "manifest.distill": read_manifest,
    "settings.toml": read_toml,
}


@pytest.mark.parametrize("name", READERS)
def test_a_pipe_is_refused_without_waiting_for_it(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    os.mkfifo(path)
    outcome: list[BaseException | object] = []

    def read() -> None:
        try:
            outcome.append(READERS[name](path))
        except BaseException as error:
            outcome.append(error)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    reader.join(PATIENCE_S)
    assert len(outcome) == 1, "it waits"
    assert isinstance(outcome[0], DistillError)
    assert "not a regular file" in str(outcome[0]) or "is no regular file" in str(outcome[0])
    assert "\n" not in str(outcome[0])


def test_a_device_is_refused_too() -> None:
    with pytest.raises(DistillError, match="not a regular file"):
        read_presets(Path("/dev/zero"))


OUT: dict[str, Callable[[Path], object]] = {
    "render": lambda path: check_free(path, force=True),
    "train": check_output_path,
}


@pytest.mark.parametrize("of", OUT)
def test_an_output_of_a_wrong_kind_is_called_by_its_kind(of: str, tmp_path: Path) -> None:
    folder, pipe = tmp_path / "a.distill", tmp_path / "b.distill"
    folder.mkdir()
    os.mkfifo(pipe)
    for path, kind in ((folder, "is a folder; give the name"), (pipe, "a pipe or device")):
        with pytest.raises(DistillError, match=kind) as refusal:
            OUT[of](path)
        assert "already exists" not in str(refusal.value)


@pytest.mark.process
@pytest.mark.parametrize("words", [("render",), ("render", "--force"), ("replay", "take.json")])
def test_a_folder_as_out_is_said_to_be_one(words: tuple[str, ...], tmp_path: Path) -> None:
    commands = Commands(tmp_path)
    file = TakeFile(tmp_path / "take.json", {})
    facts = {"slot": 1, "channels": 1, "seed": 0, "sample_rate_hz": 48000, "hop_samples": 512}
    file.append(
        [
            event_line(["wav", 0, "take.wav", 48000]),
            event_line(["engine", 0, {"name": "a", "fingerprint": "0" * 16, **facts}]),
            event_line(["ring", 0, 0, 48000]),
            event_line(["sound", 0, 0]),
            event_line(["end", 9, None]),
        ]
    )
    file.close()
    for name in ("sounds", "sounds.wav"):
        (tmp_path / name).mkdir()
        said = commands.run(*words, "--out", name, status=1)
        assert f"{name} is a folder; give the name of a file in it" in said


@pytest.mark.process
def test_an_instrument_whose_presets_and_gestures_are_pipes_plays_and_ends(tmp_path: Path) -> None:
    model = tmp_path / "tiny.distill"
    write_bundle(BUNDLE, model)
    user, of = tmp_path / "distill-live", (BUNDLE.name, BUNDLE.fingerprint, print)
    gestures = GestureStore(user / "gestures", *of)
    for pipe in (PresetStore(user / "presets", *of).path, gestures.path("swell")):
        pipe.parent.mkdir(parents=True)
        os.mkfifo(pipe)
    with Instrument(model, "--null", environment=user_folders(tmp_path)) as live:
        live.wait_for_saying("Presets")
        live.wait_for_saying("Gesture")
        for path in ("/preset/store", "/preset/recall", "/preset/delete", "/gesture/play"):
            _, _, text = live.ask(path, "swell", reply="/fail")
            assert "not a regular file" in text
        live.process.terminate()
        assert live.process.wait(PATIENCE_S) == 0
