"""Test `distill-train inspect`, including that it does not import torch."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from support import sounds
from support.small import MODEL, SETTINGS, child_environment, small_config

from distill_live.errors import TrainingError
from distill_train.corpus.audio import Header, scan_headers
from distill_train.corpus.training_data import prepare_corpus
from distill_train.inspection import estimate_effort, inspect_corpus, inspect_recordings

CONFIG = f"""
batch_size = 4
[model]
latent_dim = {MODEL.latent_dim}
channels = {list(MODEL.channels)}
[spectrogram]
sample_rate_hz = {SETTINGS.sample_rate_hz}
n_fft = {SETTINGS.n_fft}
hop_samples = {SETTINGS.hop_samples}
n_mels = {SETTINGS.n_mels}
chunk_samples = {SETTINGS.chunk_samples}
synthesis_samples = {SETTINGS.synthesis_samples}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "snd"
    sounds.write_folder(folder, 1.5, sample_rate_hz=22050, channels=2)
    soundfile.write(folder / "short.wav", sounds.click(0.1, 0.05, 8000), 8000)
    soundfile.write(folder / "silent.wav", sounds.silence(0.5, 8000), 8000)
    (folder / "text.mp3").write_text("no sound")
    return folder


def test_levels_are_those_of_the_channels_mean(tmp_path: Path) -> None:
    left, right = sounds.sine(440.0, 1.0, amplitude=0.5), sounds.sine(440.0, 1.0, amplitude=0.1)
    soundfile.write(tmp_path / "a.wav", np.stack([left, right], axis=1), 48000, subtype="FLOAT")
    header = Header("a.wav", 48000, 48000, 2)
    (found,), skipped = inspect_recordings(tmp_path, [header])
    assert found.peak_dbfs == pytest.approx(20 * np.log10(0.3), abs=0.01)
    assert found.rms_dbfs == pytest.approx(20 * np.log10(0.3 / np.sqrt(2)), abs=0.01)
    assert not skipped


def test_what_it_will_take_is_what_it_takes(folder: Path) -> None:
    config = small_config(epochs=3)
    prepared = prepare_corpus(folder, config)
    headers, _ = scan_headers(folder, [folder / file for file in prepared.cache.files])
    effort = estimate_effort(headers, config)
    assert effort.training == len(prepared.training)
    assert effort.validation == len(prepared.validation)
    assert effort.split_by == prepared.split_by == "file"
    assert effort.cache_bytes == pytest.approx(prepared.cache.manifest.bytes, rel=0.02)
    assert effort.steps == 3 * -(-len(prepared.training) // config.batch_size)
    assert effort.seconds > 0
    assert estimate_effort(headers, replace(config, validation_split="time")).split_by != "file"
    limited = estimate_effort(headers, replace(config, minutes=0.5))
    assert limited.steps > effort.steps
    assert limited.seconds == pytest.approx(30.0, rel=0.1)


def test_everything_is_told_and_nothing_is_written(folder: Path) -> None:
    before = sorted(folder.rglob("*"))
    lines: list[str] = []
    inspect_corpus(folder, small_config(), lines.append)
    text = "\n".join(lines)
    assert lines[0] == f"{folder}: 9 sound files"
    for kind in sounds.RECORDINGS:
        assert f"{kind}.wav" in text
    assert "left out silent.wav: it is silent" in text
    assert "left out text.mp3: it cannot be read" in text
    assert "recordings  7, 9.1 s" in text
    assert "22050 (6), 8000 (1) Hz" in text
    assert "2 (6), 1 (1); mixed to mono when learnt" in text
    for word in ("peaks", "chunks", "cache", "training"):
        assert f"\n{word} " in text
    assert re.search(r"training    about .* an estimate from 3 of them on cpu", lines[-1])
    assert re.search(r"; --minutes 10 gives about \d+ steps$", lines[-1])
    assert sorted(folder.rglob("*")) == before


def test_a_folder_with_nothing_usable_is_refused_with_the_count(folder: Path) -> None:
    for path in folder.glob("*.wav"):
        path.write_text("no sound")
    with pytest.raises(TrainingError, match="none of the 9 sound files"):
        inspect_corpus(folder, small_config(), lambda _: None)


PROGRAM = """
import sys
import typer
from distill_train.cli import main

def echo(text):
    print("torch" in sys.modules, text)

typer.echo = echo
sys.argv[0] = "distill-train"
main()
"""


@pytest.mark.process
def test_the_first_lines_come_before_torch_is_loaded(folder: Path) -> None:
    (folder.parent / "small.toml").write_text(CONFIG)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "inspect", "snd", "--config", "small.toml"],
        cwd=folder.parent,
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "False snd: 9 sound files"
    assert lines[-1].startswith("True training ")
    assert sum(line.startswith("True") for line in lines) == 3


ASKING = """
import sys
from pathlib import Path
import distill_train.corpus.cache
from distill_train.corpus.cache_manifest import CacheSettings
from distill_train.progress_display import ProgressDisplay
from support.small import SETTINGS

distill_train.corpus.cache.CONFIRM_BYTES = 1000
with ProgressDisplay(agreed="--yes" in sys.argv) as terminal:
    def on_plan(plan):
        terminal.on_event(plan)
        return terminal.confirm(plan)

    distill_train.corpus.cache.open_cache(
        Path(sys.argv[1]), CacheSettings(SETTINGS), on_plan=on_plan
    )
"""


@pytest.mark.process
@pytest.mark.parametrize(
    ("answer", "options", "made"),
    [(b"y\n", [], True), (b"\n", [], False), (None, [], False), (None, ["--yes"], True)],
)
def test_a_large_cache_is_asked_for(
    folder: Path, answer: bytes | None, options: list[str], made: bool
) -> None:
    command = [sys.executable, "-c", ASKING, str(folder), *options]
    here = Path(__file__).parent
    if answer is None:
        done = subprocess.run(
            command,
            cwd=here,
            env=child_environment(),
            capture_output=True,
            stdin=subprocess.DEVNULL,
        )
        status, shown = done.returncode, done.stderr.decode()
    else:
        pty = pytest.importorskip("pty")
        ours, theirs = pty.openpty()
        child = subprocess.Popen(
            command, cwd=here, env=child_environment(), stdin=theirs, stdout=theirs, stderr=theirs
        )
        os.close(theirs)
        shown = ""
        try:
            while True:
                shown += os.read(ours, 4096).decode()
                if answer and "(y/n)" in shown:
                    os.write(ours, answer)
                    answer = b""
        except OSError:  # the child has gone
            status = child.wait(60)
        finally:
            os.close(ours)
        assert "Make it? (y/n)" in shown
    assert re.search(r"the cache takes about \d\.\d MB of disk space", shown)
    assert (status == 0) == made, shown
    assert (folder / ".cache" / "manifest.json").exists() == made
    assert ("agree with --yes" in shown) != made
