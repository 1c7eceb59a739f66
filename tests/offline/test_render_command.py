"""`distill-live render` in a process: output, and files after an interruption."""

import json
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from support.commands import Commands
from support.full_disk import limit_files, limits_files
from support.tiny import tiny_bundle

from distill_live.bundle import write_bundle
from distill_live.presets import PresetStore

pytestmark = pytest.mark.process

BUNDLE = tiny_bundle()


@pytest.fixture
def commands(tmp_path: Path) -> Commands:
    (tmp_path / "models").mkdir()
    write_bundle(BUNDLE, tmp_path / "models" / "tiny.distill")
    return Commands(tmp_path)


def sounds_in(folder: Path) -> list[str]:
    """All files but the model's, hidden ones too."""
    return sorted(path.name for path in folder.iterdir() if path.is_file())


@pytest.mark.parametrize("motion", [("--path", "interpolate"), ()])
def test_a_batch_tells_a_program_what_was_written(
    commands: Commands, motion: tuple[str, ...]
) -> None:
    words = ("render", "--model", "tiny", "--seconds", "0.5", *motion)
    said = commands.run(*words, "--out", "y.flac", "--count", "3", "--seed", "5", "--json")
    written = json.loads(said)
    assert [entry["path"] for entry in written] == ["y-01.flac", "y-02.flac", "y-03.flac"]
    assert [entry["seed"] for entry in written] == [5, 6, 7]
    for entry in written:
        path = commands.folder / entry["path"]
        assert entry["bytes"] == path.stat().st_size
        assert (entry["samplerate"], entry["channels"], entry["bits"]) == (48000, 2, 24)
        assert entry["models"][0]["fingerprint"] == BUNDLE.fingerprint
        assert sf.info(path).frames == 24000
    assert len({(commands.folder / entry["path"]).read_bytes() for entry in written}) == 3
    alone = ("--out", "y.flac", "--seed", "6")
    commands.run(*words, *alone)
    assert (commands.folder / "y.flac").read_bytes() == (commands.folder / "y-02.flac").read_bytes()


def test_a_render_is_made_again_from_its_file_also_with_the_model_elsewhere(
    commands: Commands,
) -> None:
    store = PresetStore(
        commands.user_models.parent / "presets", BUNDLE.name, BUNDLE.fingerprint, pytest.fail
    )
    store.store("high", (("/latent", (1.0,) * 8), ("/pitch", (7.0,))))
    words = ("--preset", "high", "--set", "/gain -3", "--channels", "1", "--bits", "16")
    commands.run("render", "--model", "tiny", "--seconds", "1", "--out", "a.wav", *words)
    store.delete("high")
    commands.run("render", "--like", "a.wav", "--out", "b.wav")
    a, b = ((commands.folder / name).read_bytes() for name in ("a.wav", "b.wav"))
    assert a == b
    commands.run("render", "--like", "a.wav", "--out", "c.flac")
    sounds = [sf.read(commands.folder / name, dtype="int16")[0] for name in ("a.wav", "c.flac")]
    np.testing.assert_array_equal(*sounds)

    model = commands.folder / "models" / "tiny.distill"
    moved = model.rename(commands.folder / "moved.distill")
    said = commands.run("render", "--like", "a.wav", "--out", "d.wav", status=1)
    assert said.count("\n") == 1
    assert f"model tiny (fingerprint {BUNDLE.fingerprint}) is not in the library" in said
    commands.run("render", "--like", "a.wav", "--out", "d.wav", "--model", str(moved))
    assert (commands.folder / "d.wav").read_bytes() == a
    write_bundle(tiny_bundle(latent=4), model)
    said = commands.run("render", "--like", "a.wav", "--out", "e.wav", "--model", "tiny", status=1)
    assert "which is not tiny" in said
    said = commands.run("render", "--like", "a.wav", "--seed", "3", status=2)
    assert "--seed does not go with --like" in said


def test_a_blend_is_made_again_from_its_file(commands: Commands) -> None:
    write_bundle(tiny_bundle(latent=4), commands.folder / "models" / "other.distill")
    words = ("--model", "tiny", "--blend", "other:0.4", "--seconds", "1", "--path", "crossfade")
    assert "1 s of tiny, tiny" in commands.run("render", *words, "--out", "a.wav")
    commands.run("render", "--like", "a.wav", "--out", "b.wav")
    a, b = ((commands.folder / name).read_bytes() for name in ("a.wav", "b.wav"))
    assert a == b


def test_nothing_is_replaced_without_being_told_to(commands: Commands) -> None:
    words = ("render", "--model", "tiny", "--seconds", "0.2", "--out", "y.wav")
    assert (
        commands.run(*words) == "y.wav: 0.2 s of tiny, seed 0; WAV 24 bit, 48000 Hz, 2 channels\n"
    )
    said = commands.run(*words, status=1)
    assert said == "distill-live: y.wav already exists; --force replaces it\n"
    commands.run(*words, "--force")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends a process no signals")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_stopped_it_leaves_whole_files_and_no_others(
    how: signal.Signals, commands: Commands
) -> None:
    words = ("--model", "tiny", "--seconds", "4", "--count", "500", "--out", "y.flac")
    process = commands.start("render", *words)
    assert process.stdout is not None
    first = process.stdout.readline()
    assert first.startswith("y-001.flac: 4 s")
    while not any(name.endswith(".partial") for name in sounds_in(commands.folder)):
        time.sleep(0.005)
    process.send_signal(how)
    _, error = process.communicate()
    assert process.returncode == 130
    left = sounds_in(commands.folder)
    assert left
    assert all(sf.info(commands.folder / name).frames == 4 * 48000 for name in left)
    assert error == f"distill-live: interrupted: {len(left)} of 500 files are complete\n"


@limits_files
def test_on_a_full_disk_it_ends_with_a_line(commands: Commands) -> None:
    process = commands.start(
        *("render", "--model", "tiny", "--seconds", "4", "--out", "y.wav"),
        preexec_fn=lambda: limit_files(200_000),
    )
    _, error = process.communicate()
    assert process.returncode == 1
    assert error.startswith("distill-live: y.wav: not written (file too large); ")
    assert error.count("\n") == 1
    assert sounds_in(commands.folder) == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_bar_is_shown_on_a_terminal_and_nowhere_else(commands: Commands) -> None:
    import pty

    words = ("render", "--model", "tiny", "--seconds", "2", "--force", "--json")
    said, error = commands.start(*words).communicate()
    assert (json.loads(said)[0]["seconds"], error) == (2.0, "")
    ours, theirs = pty.openpty()
    commands.environment["TERM"] = "xterm"
    process = commands.start(*words, stderr=theirs)
    os.close(theirs)
    shown = b""
    with suppress(OSError):  # of a terminal that the other side has left
        while part := os.read(ours, 4096):
            shown += part
    os.close(ours)
    assert json.loads(process.communicate()[0])[0]["seconds"] == 2.0
    assert b"%" in shown


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_terminal_shows_what_was_rendered_in_rows_of_their_own(commands: Commands) -> None:
    words = ("--model", "tiny", "--seconds", "0.5", "--count", "2", "--out", "y.wav")
    rows = commands.show("render", *words)
    said = [row for row in rows if "y-0" in row]
    assert said == [
        f"y-0{number + 1}.wav: 0.5 s of tiny, seed {number}; WAV 24 bit, 48000 Hz, 2 channels"
        for number in range(2)
    ]
    assert any("%" in row for row in rows)
