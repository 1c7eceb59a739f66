"""Gesture commands of the command line: output, and no change after an error."""

from pathlib import Path

import pytest
from support.commands import Commands

pytestmark = pytest.mark.process


@pytest.fixture
def commands(tmp_path: Path) -> Commands:
    (tmp_path / "drawn.csv").write_text("0,/axis/brightness,-1\n2,/axis/brightness,1\n")
    return Commands(tmp_path)


def test_gestures_come_and_go(commands: Commands) -> None:
    assert commands.run("gesture", "list") == ""
    assert commands.run("gesture", "import", "drawn.csv") == "drawn: 2.00 s, 2 commands\n"
    assert commands.run("gesture", "list").split() == ["2.00", "s", "drawn"]
    assert commands.run("gesture", "export", "drawn", "x.csv") == "x.csv: 2.00 s, 2 commands\n"
    assert "0.0,/axis/brightness,-1" in (commands.folder / "x.csv").read_text()
    assert commands.run("gesture", "delete", "drawn") == "drawn: deleted\n"
    assert commands.run("gesture", "list", "--json") == "[]\n"


def test_a_missing_file_is_answered_by_a_look_at_its_name(commands: Commands) -> None:
    missing = "x: not read (no such file or directory); check the name"
    said = commands.run("gesture", "import", "x", status=1)
    assert said == f"distill-live: {missing}\n"
    assert commands.run("replay", "x", status=1) == f"distill-live: {missing}\n"
    said = commands.run("render", "--like", "x.wav", "--out", "y.wav", status=1)
    assert said == "distill-live: x.wav: not read (no such file); check the name\n"
    said = commands.run("render", "--axis", "list=1", "--out", "y.wav", status=1)
    assert said.startswith("distill-live: /axis/list: no such address; the axes are brightness, ")
    assert "list," not in said.partition(";")[2]
    assert not said.endswith("list\n")
    assert not (commands.folder / "y.wav").exists()
