"""Test `distill-train` in a process of its own."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import soundfile
from support import sounds
from support.small import MODEL, SETTINGS

from distill_live.bundle import read_bundle
from distill_train import cli

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


def run(*arguments: str | Path, cwd: Path) -> "subprocess.CompletedProcess[str]":
    program = (
        "import sys; from distill_train.cli import main; sys.argv[0] = 'distill-train'; main()"
    )
    command = [sys.executable, "-W", "error::UserWarning", "-c", program, *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=200)


@pytest.mark.process
def test_a_folder_becomes_a_bundle(tmp_path: Path) -> None:
    sounds.write_folder(
        tmp_path / "snd", 0.6, kinds=["drone", "speech", "tabla"], sample_rate_hz=22050, channels=2
    )
    (tmp_path / "snd" / "notes.wav").write_text("no sound")
    (tmp_path / "small.toml").write_text(CONFIG)
    options = ["--config", "small.toml", "--epochs", "2", "--seed", "5", "--licence", "CC0-1.0"]
    options += ["--set", "preview_epochs=2"]
    done = run("snd", "--out", "x.distill", *options, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    bundle = read_bundle(tmp_path / "x.distill")
    assert bundle.settings == SETTINGS
    assert bundle.training["epochs"] == 2
    assert bundle.training["seed"] == 5
    assert bundle.licence == "CC0-1.0"
    assert {landmark.file for landmark in bundle.landmarks} == {
        "drone.wav",
        "speech.wav",
        "tabla.wav",
    }
    assert "left out notes.wav" in done.stderr
    *_, rated, listen, play = done.stderr.splitlines()
    assert "chunks are" in rated
    assert rated.split(":")[0] in ("good", "fair", "poor")
    assert listen == "Listen: x.run/report.html"
    assert play == "Play: distill-live --model x"
    assert "epoch 2/2" in done.stderr
    found = {path.name for path in tmp_path.iterdir()}
    assert found == {"snd", "small.toml", "x.distill", "x.md", "x.run"}
    left = {path.name for path in (tmp_path / "x.run").iterdir()}
    assert left >= {"best.safetensors", "config.json", "previews", "report.html"}
    assert sum(name.startswith("checkpoint-") for name in left) == 2  # the first and the last
    assert (tmp_path / "x.md").read_text().startswith("# x\n")


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["nowhere"], 1, "nowhere is not a folder"),
        (["empty"], 1, "holds no files"),
        (["train", "silent"], 1, "none of the 1 sound files"),
        (["broken", "--preset", "auto"], 1, "none of the 1 sound files"),
        (["silent", "--out", "nowhere/x.distill"], 1, "make that folder first"),
        (["silent", "--out", "empty"], 1, "is a folder"),
        (["silent", "--device", "abacus"], 1, "the device abacus is not available here"),
        (["silent", "--config", "bad.toml"], 1, "epoch is no setting"),
        (["silent", "--config", "nowhere.toml"], 1, "cannot be read"),
        (["silent", "--config", "silent/a.wav"], 1, "is not TOML"),
        (["silent", "--profile", "fast"], 2, "fast is none of standard, low-latency"),
        (["silent", "--preset", "brutal"], 2, "brutal is none of conservative"),
        (["silent", "--set", "loss.kll=3"], 1, "loss.kll is no setting"),
        (["resume", "nowhere"], 1, "nowhere is not the folder of a run"),
        (["resume", "empty"], 1, "empty holds no checkpoint"),
        (["resume", "bad.toml"], 1, "is not the folder of a run"),
        (["silent", "--epochs", "0"], 2, "--epochs"),
        (["silent", "--minutes", "0"], 2, "--minutes"),
        (["silent", "--epochs", "9", "--minutes", "1"], 2, "--epochs and --minutes exclude"),
        (["silent", "--nonsense"], 2, "No such option"),
        (["export", "bad.toml", "--out", "x.distill"], 1, "not a checkpoint of distill-train"),
        (["export", "nowhere", "--out", "x.distill"], 1, "is not a file"),
        (["export", "bad.toml"], 2, "Missing option"),
    ],
)
def test_errors_are_short_and_leave_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    status: int,
    message: str,
) -> None:
    (tmp_path / "empty").mkdir()
    sounds.write_folder(tmp_path / "silent", 0.1, kinds=["drone"])
    (tmp_path / "silent" / "drone.wav").rename(tmp_path / "silent" / "a.wav")
    soundfile.write(tmp_path / "silent" / "a.wav", sounds.silence(0.1), 48000)
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "a.wav").write_text("no sound")
    (tmp_path / "bad.toml").write_text("epoch = 3\n")
    before = sorted(tmp_path.rglob("*"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["distill-train", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    shown = capsys.readouterr().err
    assert ended.value.code == status
    assert message in " ".join(shown.replace("│", " ").split())
    assert "Traceback" not in shown
    if status == 1:
        *progress, error = shown.splitlines()
        assert error.startswith("distill-train: ")
        assert not progress or "the cache takes" in progress[0]
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("option", ["--show-completion", "--install-completion"])
def test_the_completion_of_a_shell_is_no_folder(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    option: str,
) -> None:
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setattr("shellingham.detect_shell", lambda: ("bash", "/bin/bash"))
    monkeypatch.setattr(sys, "argv", ["distill-train", option])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 0
    assert "completion" in capsys.readouterr().out
    assert (tmp_path / ".bash_completions").is_dir() == (option == "--install-completion")


@pytest.mark.parametrize(
    ("words", "at", "found"),
    [
        ("distill-train re", "1", "resume"),
        ("distill-train resume x.run --mi", "3", "--minutes"),
        ("distill-train my_recordings --mi", "2", "--minutes"),
        ("distill-train --seed 3 my_recordings --li", "4", "--licence"),
    ],
)
def test_a_shell_completes_the_options_of_training_without_its_name(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: str,
    at: str,
    found: str,
) -> None:
    monkeypatch.setenv("_DISTILL_TRAIN_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", at)
    with pytest.raises(SystemExit) as ended:
        cli.app([], prog_name="distill-train")
    assert ended.value.code == 0
    assert capsys.readouterr().out.split() == [found]


@pytest.mark.process
def test_help_answers_without_the_heavy_imports(tmp_path: Path) -> None:
    program = (
        "import sys, contextlib\n"
        "from distill_train.cli import main\n"
        "with contextlib.suppress(SystemExit):\n"
        "    main()\n"
        "heavy = {'torch', 'torchaudio', 'onnx', 'onnxruntime', 'soundfile'} & set(sys.modules)\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)\n"
    )
    for arguments in (["--help"], ["train", "--help"], ["resume", "--help"], ["--version"]):
        done = subprocess.run(
            [sys.executable, "-c", program, *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout


@pytest.mark.process
def test_ctrl_c_saves_and_resume_goes_on(tmp_path: Path) -> None:
    sounds.write_folder(tmp_path / "snd", 0.6, kinds=["drone"], sample_rate_hz=22050)
    (tmp_path / "small.toml").write_text(CONFIG)
    options = ["--config", "small.toml", "--epochs", "400", "--set", "preview_epochs=400"]
    status, lines = interrupted("epoch 20/400", "snd", "--out", "x.distill", *options, cwd=tmp_path)
    assert status == 130
    assert lines[-1].startswith("distill-train: stopped in epoch ")
    assert "continue with 'distill-train resume x.run', or make a model of it now: " in lines[-1]
    assert lines[-1].endswith("'distill-train export x.run/best.safetensors --out x.distill'")
    again = run("snd", "--out", "x.distill", *options, cwd=tmp_path)
    assert again.returncode == 1
    assert again.stderr.count("\n") == 1
    assert "x.run holds an unfinished run" in again.stderr
    status, lines = interrupted("resumed in epoch", "resume", "x.run", cwd=tmp_path)
    assert status == 130
    (resumed,) = [line for line in lines if line.startswith("resumed in epoch ")]
    assert "best loss" in resumed
    assert not any(line.startswith("epoch 20/400") for line in lines)
    assert lines[-1].startswith("distill-train: stopped in epoch ")
    assert not (tmp_path / "x.distill").exists()


def interrupted(at: str, *arguments: str, cwd: Path) -> tuple[int, list[str]]:
    """Interrupt the program at the first line that begins with `at`; return status and lines."""
    command = [sys.executable, "-c", "from distill_train.cli import main; main()", *arguments]
    alone = {**os.environ, "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(
        command, cwd=cwd, env=alone, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr
        lines = []
        for line in process.stderr:
            lines.append(line.rstrip())
            if line.startswith(at):
                process.send_signal(signal.SIGINT)
    return process.returncode, lines
