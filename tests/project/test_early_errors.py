"""Errors in names are reported before heavy imports."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.process

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
        (["."], "holds no recordings among its 4 files"),
        ([".", "--out", "x.bundle"], "x.bundle does not end in .distill; write to x.bundle."),
        ([".", "--out", "notes.distill"], "notes.md is not a model card"),
        ([".", "--out", "busy.distill"], "busy.run is not a folder"),
        pytest.param(
            [".", "--out", "/proc/x.distill"],
            "/proc is not writable",
            marks=pytest.mark.skipif(sys.platform != "linux", reason="needs Linux"),
        ),
        ([".", "--out", "x.distill", "--author", 201 * "x"], "author has 201 characters"),
        ([".", "--out", "x.distill", "--sources", 201 * "x"], "sources has 201 characters"),
        ([".", "--out", "x.distill", "--licence", "a\nb"], "licence holds the character U+000A"),
        ([".", "--out", "nowhere/x.distill"], "nowhere does not exist"),
        ([".", "--config", "wrong.toml"], "colour is no setting"),
        (["inspect", "nowhere"], "nowhere is not a folder"),
        (["resume", "nowhere"], "nowhere is not the folder of a run"),
        (["export", "nowhere", "--out", "x.distill"], "nowhere is not a file"),
        (["export", "wrong.toml", "--out", "."], ". is a folder"),
        (["export", "wrong.toml", "--out", "notes.distill"], "notes.md is not a model card"),
        (["export", "wrong.toml", "--out", "x.distill", "--author", 201 * "x"], "author has 201"),
    ],
)
def test_in_one_line_and_without_torch(tmp_path: Path, arguments: list[str], message: str) -> None:
    (tmp_path / "wrong.toml").write_text("colour = 3\n")
    (tmp_path / "notes.md").write_text("# Notes\n\nOn what I must not forget.\n")
    (tmp_path / "busy.run").write_text("A file.\n")
    (tmp_path / "x.md").write_text("# x\n\n- made: 2026-01-01T00:00:00Z\n")
    before = sorted(path.name for path in tmp_path.iterdir())
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("distill-train: ")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout.strip() == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == before
