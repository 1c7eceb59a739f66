"""The scripts in examples/ and the blocks of docs/python.md, run as a reader would."""

import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from support import sounds
from support.small import SETTINGS, small_config

import distill_train

ROOT = Path(__file__).parents[2]
ARGUMENTS = {
    "render_axis.py": ["--steps", "2", "--seconds", "0.5"],
    "play_lissajous.py": ["--seconds", "1", "--null"],
    "train_folder.py": ["recordings", "tiny.distill", "--chunks-drawn", "8"],
}
PAGE = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def run(*arguments: str, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_example_is_run() -> None:
    assert {path.name for path in (ROOT / "examples").glob("*.py")} == set(ARGUMENTS)


@pytest.mark.process
@pytest.mark.process
@pytest.mark.parametrize("name", [name for name in ARGUMENTS if name != "train_folder.py"])
def test_an_example_runs(name: str, tmp_path: Path) -> None:
    printed = run(str(ROOT / "examples" / name), *ARGUMENTS[name], folder=tmp_path)
    assert "demo" in printed
    if name == "render_axis.py":
        assert len(list(tmp_path.glob("demo-brightness-*.wav"))) == 2


@pytest.mark.process
@pytest.mark.training
def test_the_training_example_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rate_hz = SETTINGS.sample_rate_hz
    sounds.write_folder(tmp_path / "recordings", 0.5, kinds=["drone"], sample_rate_hz=rate_hz)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(distill_train, "TrainingConfig", lambda **_: small_config(1), raising=False)
    monkeypatch.setattr(sys, "argv", ["train_folder.py", *ARGUMENTS["train_folder.py"]])
    runpy.run_path(str(ROOT / "examples" / "train_folder.py"), run_name="__main__")
    printed = capsys.readouterr().out
    assert "1 recordings" in printed
    assert "epoch 1 of 1: loss " in printed
    assert (tmp_path / "tiny.distill").is_file()


@pytest.mark.process
@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_a_block_of_the_page_runs(number: int, tmp_path: Path) -> None:
    run("-c", BLOCKS[number], folder=tmp_path)
