"""Gestures in a running instrument: record, play, notify, CSV export and import."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from support.instrument import PATIENCE_S, Client, Instrument, wait_for_answer, wait_until
from support.processes import alive, kill, user_folders
from support.tiny import tiny_bundle

from distill_live.bundle import write_bundle
from distill_live.cli import main


class Outcome(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Outcome]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("gestures") / "tiny.distill"
    write_bundle(tiny_bundle(), path)
    return path


@pytest.fixture
def run(
    model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """`distill-live gesture` in a folder of its own, with a home of its own."""
    for name, folder in user_folders(tmp_path / "home").items():
        monkeypatch.setenv(name, folder)
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> Outcome:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["distill-live", "gesture", *words, "--model", str(model)])
        with pytest.raises(SystemExit) as ending:
            main()
        return Outcome(int(ending.value.code or 0), *capsys.readouterr())

    return run


def done(client: Client, path: str, *args: str) -> str:
    address, detail = client.ask(path, *args, reply="/done")
    assert address == f"/distill{path}"
    return str(detail)


def heard(client: Client, path: str, value: object) -> None:
    deadline_s = time.perf_counter() + PATIENCE_S
    while client.receive() != (path, (value,)):
        assert time.perf_counter() < deadline_s


@pytest.mark.process
def test_what_was_moved_is_moved_again(model: Path, tmp_path: Path, run: Run) -> None:
    home = user_folders(tmp_path / "home")
    with Instrument(model, "--null", environment=home) as one, Client(one.port) as two:
        one.send("/axis/brightness", -0.5, 0.0)
        one.send("/gain", -3.0)
        one.sync()
        assert done(one, "/gesture/record", "swell") == "swell"
        time.sleep(0.2)
        one.send("/axis/brightness", 0.25, 0.0)
        time.sleep(0.6)
        one.send("/axis/brightness", 0.75, 0.0)
        one.sync()
        assert done(one, "/gesture/stop") == "swell"
        (index, name, seconds) = one.ask("/gesture/list", reply="/gesture/info")
        assert (index, name) == (0, "swell")
        assert 0.8 < float(str(seconds)) < PATIENCE_S

        two.send("/notify", 1)
        two.receive_until("/done")
        one.send("/axis/brightness", 0.0, 0.0)
        one.send("/gain", -9.0)
        one.sync()
        assert done(one, "/gesture/play", "swell") == "swell"
        for value in (-0.5, 0.25, 0.75):
            heard(two, "/axis/brightness", value)
        heard(two, "/gesture/playing", "")
        assert one.ask("/axis/brightness") == (0.75,)
        assert one.ask("/gain") == (-9.0,), "which was not moved"

        one.send("/gesture/speed", -1.0)
        done(one, "/gesture/play", "swell")
        heard(two, "/gesture/playing", "swell")
        for value in (0.25, -0.5):
            heard(two, "/axis/brightness", value)
        heard(two, "/gesture/playing", "")
        assert one.ask("/axis/brightness") == (-0.5,)

        assert run("export", "swell").returncode == 0
        drawn = (tmp_path / "swell.csv").read_text()
        assert drawn.startswith("seconds,address,glide,value1\n0.0,/axis/brightness,,-0.5\n")
        (tmp_path / "drawn.csv").write_text("time,what,value\n0,/axis/noisiness,0.125\n")
        assert run("import", "drawn.csv").returncode == 0
        assert done(one, "/gesture/play", "drawn") == "drawn"
        heard(two, "/axis/noisiness", 0.125)
        done(one, "/gesture/delete", "swell")
        assert one.ask("/gesture/play", "swell", reply="/fail")[:2] == (
            "/distill/gesture/play",
            "not-found",
        )


@pytest.mark.process
def test_a_gesture_goes_on_when_synthesis_is_started_again(model: Path, tmp_path: Path) -> None:
    home = user_folders(tmp_path / "home")
    with Instrument(model, "--null", environment=home) as one:
        done(one, "/gesture/record", "steps")
        for value in (-0.5, 0.5):
            one.send("/axis/brightness", value, 0.0)
            one.sync()
            time.sleep(0.1)
        done(one, "/gesture/stop")
        one.send("/gesture/loop", 1)
        done(one, "/gesture/play", "steps")
        time.sleep(1.2)  # a state was reported since
        kill(one.children["synthesis"])
        wait_until(lambda: not alive(one.children["synthesis"]), "its end")
        wait_until(lambda: one.has_child("synthesis"), "another")
        for value in (0.5, -0.5, 0.5):
            wait_for_answer(one, "/axis/brightness", value, "its move")
        one.send("/gesture/speed", 0.0)
        assert done(one, "/gesture/stop") == "steps"
        assert done(one, "/gesture/stop") == ""


def test_the_command_line_says_in_a_line_what_it_will_not_do(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("0,/gain,-6\n1,/gain,0\n")
    (tmp_path / "bad.csv").write_text("0,/gain,-6\n1,/gaim,0\n")
    assert run("import", "a.csv").returncode == 0
    assert run("import", "a.csv", "b").returncode == 0
    assert json.loads(run("list", "--json").stdout) == [
        {"name": "a", "seconds": 1.0},
        {"name": "b", "seconds": 1.0},
    ]
    assert run("list").stdout == "     1.00 s  a\n     1.00 s  b\n"
    for words, says in (
        (("import", "a.csv"), "--force"),
        (("import", "bad.csv"), "line 2: /gaim"),
        (("import", "none.csv"), "none.csv"),
        (("import", "a.csv", "../up"), "a gesture cannot be called"),
        (("export", "c"), "no gesture 'c'"),
        (("export", "a"), "--force"),
        (("export", "a", "none/a.csv"), "create the folder"),
        (("delete", "c"), "no gesture 'c'"),
    ):
        refused = run(*words)
        assert refused.returncode == 1, words
        assert says in refused.stderr
        assert refused.stderr.count("\n") == 1
    for words in (("import", "a.csv", "--force"), ("export", "a", "--force"), ("delete", "a")):
        assert run(*words).returncode == 0
    assert (tmp_path / "a.csv").read_text().endswith("1.0,/gain,0.0\n1.0\n")
    assert [row["name"] for row in json.loads(run("list", "--json").stdout)] == ["b"]
