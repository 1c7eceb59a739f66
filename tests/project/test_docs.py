"""Commands of the documentation pages run, and print what the pages quote."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest
from support.instrument import PATIENCE_S
from support.pages import ROOT, Performer, blocks
from typer import Typer
from typer.main import get_command

from distill_live.addresses import LEAVES, PREFIX, REPLIES, TABLE
from distill_live.cli.commands import app as live
from distill_live.cli.run import run
from distill_live.midi.mapping_file import read_mapping
from distill_train.cli import app as train
from distill_train.config import read_toml

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PERFORMED = [page for page in PAGES if {b.language for b in blocks(page)} & {"sh", "python"}]
PASTED = [page for page in PAGES if "SimpleUDPClient" in page.read_text(encoding="utf-8")]

NOT_RUN = {
    r"git clone": "needs the network",
    r"make test": "is this suite",
    r"(\S*/)?pip install": "needs the network",
    r"python3 -m venv": "needs the network",
    r"uv run": "needs uv and the network",
    r"\. \.venv": "needs make play before it",
    r"apt-get install": "needs root",
    r"torchrun": "needs several GPUs; tests/training/test_distributed.py",
    r"distill-train (resume|export)": "costs as much as training; tests/training/test_resume.py",
    r"ssh ": "needs another computer",
    r"distill-train studio": "serves until it is ended; tests/studio/test_studio_server.py",
    r"distill-train watch": "needs a run; tests/training/test_event_log.py",
    r"distill-live .*--device": "needs a device; tests/live/test_jack_devices.py",
    r"distill-live render .*--input": "needs a recording; tests/offline/test_render_input.py",
    r"distill-live check": "says what this machine can do; tests/live/test_check.py",
    r"distill-live --input": "needs a device; tests/live/test_input.py",
    r"distill-live .*--midi": "needs a MIDI port; tests/midi/test_midi.py",
    r"distill-live .*--osc-host": "listens to the network; tests/osc/test_announcement.py",
    r"distill-live midi (learn|bridge)": "needs a MIDI port; tests/midi/test_midi.py",
    r"jackd": "needs a sound card; with its dummy driver in tests/support/jack_server.py",
    r"pw-": "needs PipeWire",
    r"pd ": "needs a screen; tests/project/test_patches_run.py plays it without one",
}
"""Commands by how they begin (a pattern), and why the suite does not run them from the pages."""

MAY_SAY = {
    "distill-live devices": ("no device", "PortAudio"),
    "distill-live midi": ("no MIDI", "[midi]"),
}
"""Commands that may fail for want of something that this machine lacks, and what they say then."""

OTHERS_OPTIONS = {"--group", "--extra", "--python", "--nproc-per-node", "--parts", "--no-python"}

LANGUAGES = {"sh", "python", "toml", "csv", "text"}

MIN_LETTERS = 8
"""That a message of the source must have besides what is filled in, to be recognised by them."""


@pytest.fixture(scope="module")
def trained() -> dict[str, Path]:
    return {}


@pytest.mark.process
@pytest.mark.timeout(600)
@pytest.mark.parametrize("page", PERFORMED, ids=lambda page: page.stem)
def test_what_a_page_says_can_be_done(
    page: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    trained: dict[str, Path],
) -> None:
    Performer(tmp_path, monkeypatch, trained).follow(
        page,
        not_run=lambda command: any(re.match(begins, command) for begins in NOT_RUN),
        may_say=lambda command: next(
            (words for begins, words in MAY_SAY.items() if command.startswith(begins)), ()
        ),
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_blocks_say_what_they_are_and_files_in_them_are_read(page: Path, tmp_path: Path) -> None:
    for block in blocks(page):
        assert block.language in LANGUAGES | {"Ctrl-C"}, f"{block.text}: a block of no language"
        if block.language == "toml":
            path = tmp_path / "written.toml"
            path.write_text(block.text, encoding="utf-8")
            if "[[map]]" in block.text:
                read_mapping(path)
            else:
                read_toml(path)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        path, _, heading = target.partition("#")
        if ":" in path:
            continue
        file = (page.parent / path) if path else page
        assert file.exists(), f"{page.name}: {target}"
        if heading:
            assert heading in headings(file), f"{page.name}: {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_addresses_and_options_that_are_named_exist(page: Path) -> None:
    known = {*TABLE, *REPLIES, *LEAVES}
    for span in re.findall(r"`([^`\n]+)`", prose(page)):
        for word in () if span.startswith("python ") else span.split():
            path = word.removeprefix(PREFIX)
            if re.fullmatch(r"/[a-z]+(/[a-z_<>.]+)*", path) and not path.startswith("/etc/"):
                assert path in known or re.match(r"/(axis|lfo)/\w|/macro/\d", path), path
            if re.fullmatch(r"--[a-z-]+", word):
                assert word in OPTIONS | OTHERS_OPTIONS, word


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_the_programs_are_quoted_with_they_say(page: Path) -> None:
    for block in blocks(page):
        if block.language == "text":
            for line in block.text.splitlines():
                assert any(said.fullmatch(line) for said in MESSAGES), f"nothing says {line!r}"


RECORDING_CLIENT = """
import time
from pythonosc import udp_client

class SimpleUDPClient:
    def __init__(self, host, port):
        assert (host, port) == ("127.0.0.1", 9010)

    def send_message(self, address, value):
        print("sent", repr((address, value)))

udp_client.SimpleUDPClient = SimpleUDPClient
time.sleep = lambda seconds: None
"""
"""Replaces the OSC client by one that prints what it sends."""


@pytest.mark.process
@pytest.mark.parametrize("page", PASTED, ids=lambda page: page.stem)
def test_python_blocks_can_be_pasted_into_an_interpreter(page: Path, tmp_path: Path) -> None:
    texts = [block.text for block in blocks(page) if block.language == "python"]
    replacement = tmp_path / "replacement.py"
    replacement.write_text(RECORDING_CLIENT, encoding="utf-8")
    pasted = subprocess.run(
        [sys.executable, "-i", "-q", str(replacement)],
        input="".join(texts) + "print('sent all')\n",
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE_S,
    )
    assert "Error" not in pasted.stderr, pasted.stderr
    replacement.write_text(RECORDING_CLIENT + "\n".join(texts) + "print('sent all')\n")
    run = subprocess.run(
        [sys.executable, str(replacement)],
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE_S,
    )
    sent = [line for line in pasted.stdout.splitlines() if line.startswith("sent")]
    assert sent == run.stdout.splitlines(), "it sends what the same program sends as a file"
    assert sent[-1] == "sent all"


def test_for_performers_a_model_is_no_bundle() -> None:
    """A bundle is several OSC messages that take effect together."""
    said = []
    waiting = [get_command(app) for app in (live, train)]
    while waiting:
        command = waiting.pop()
        waiting += getattr(command, "commands", {}).values()
        said += [command.help or "", *(getattr(one, "help", "") or "" for one in command.params)]
    assert not [text for text in said if "bundle" in text.casefold()]


def test_each_dependency_has_its_licence_listed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    for text in chain(project["dependencies"], *project["optional-dependencies"].values()):
        name = re.split("[^a-z0-9-]", text)[0]
        assert re.search(rf"(?im)^\| {name} \| .+ \| direct \|$|\b{name} \(", page), text


@pytest.mark.parametrize("app", [live, train], ids=["distill-live", "distill-train"])
def test_help_gives_types_of_values_but_not_of_flags(
    app: Typer, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in ([], ["render"]) if app is live else (["resume"],):
        assert run("program", app, [*command, "--help"]) == 0
        shown = capsys.readouterr().out
        assert "<str>" in shown
        assert "<bool>" not in shown


def prose(page: Path) -> str:
    """A page without its blocks."""
    return re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)


def headings(page: Path) -> set[str]:
    """The anchors of a page."""
    found = re.findall(r"^#+ (.+)$", prose(page), flags=re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


def options() -> Iterator[str]:
    """Every option of both programs."""
    waiting = [get_command(app) for app in (live, train)]
    while waiting:
        command = waiting.pop()
        waiting += getattr(command, "commands", {}).values()
        for parameter in command.params:
            yield from (*parameter.opts, *parameter.secondary_opts)
    yield "--help"


def messages() -> Iterator[re.Pattern[str]]:
    """Every text of the source as a pattern, with anything where something is filled in."""
    for folder in ("distill_live", "training/distill_train"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.JoinedStr):
                    parts = [getattr(part, "value", None) for part in node.values]
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    between = ((part, None) for part in re.split("%[sr]", node.value))  # of the log
                    parts = [*chain.from_iterable(between)][:-1]
                else:
                    continue
                texts = [part for part in parts if isinstance(part, str)]
                if sum(map(str.isalpha, "".join(texts))) >= MIN_LETTERS:
                    yield re.compile(
                        "".join(re.escape(p) if isinstance(p, str) else ".*" for p in parts)
                    )


OPTIONS = set(options())
MESSAGES = list(messages())
