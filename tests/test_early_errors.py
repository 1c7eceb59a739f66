"""What is wrong with a name is said before anything heavy is loaded."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import sys
from distill_train.cli import main
try:
    main()
finally:
    print(*({"torch", "torchaudio", "onnx", "onnxruntime"} & set(sys.modules)))
"""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "nowhere is not a folder"),
        (["."], "holds no recordings among its 1 files"),
        ([".", "--out", "nowhere/x.distill"], "nowhere is not there"),
        ([".", "--config", "wrong.toml"], "colour is no setting"),
        (["inspect", "nowhere"], "nowhere is not a folder"),
        (["resume", "nowhere"], "nowhere is not the folder of a run"),
        (["export", "nowhere", "--out", "x.distill"], "nowhere is no file"),
        (["export", "wrong.toml", "--out", "."], ". is a folder"),
    ],
)
def test_in_one_line_and_without_torch(tmp_path: Path, arguments: list[str], message: str) -> None:
    (tmp_path / "wrong.toml").write_text("colour = 3\n")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("distill-train: ")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout.strip() == ""
    assert [path.name for path in tmp_path.iterdir()] == ["wrong.toml"]
