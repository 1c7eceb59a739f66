"""Tables of commands where there is no terminal."""

import pytest

from distill_live.cli.tables import print_table


def test_a_row_in_a_pipe_is_one_line_however_long(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    path = "/a folder/" + "with words " * 30
    print_table(("name", "path", "seconds"), [("tiny", path, 1), ("a name" * 9, "short", 22)])
    lines = [line.split("  ") for line in capsys.readouterr().out.splitlines()]
    assert [[cell.strip() for cell in line if cell.strip()] for line in lines] == [
        ["name", "path", "seconds"],
        ["tiny", path.strip(), "1"],
        ["a name" * 9, "short", "22"],
    ]
