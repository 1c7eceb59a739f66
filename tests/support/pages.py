"""Run the fenced blocks of documentation pages, shortened.

The performer has a folder and a user's folder of the test's, `my_recordings`, and the models and
patches of the source. What a page says is done from top to bottom:

- ``sh``: each command, `distill-train` and the commands of `distill-live` in this process, and
  ``make play`` as the `distill-live` that it ends in. One that plays runs until the next one does,
  until ``<!-- Ctrl-C -->`` in the page, or to the page's end.
- ``python``: in one namespace a page; what it sends must not be answered by ``/fail``.
- ``toml NAME``, ``csv NAME``: a file of that name; without a name it is only looked at.
- ``text``: what the programs say, which nobody does.

It is all shortened: `SMALL` makes the networks small; a model that was trained plays as
`tiny_bundle`, whose axes have names; times are at most `MAX_PLAY_S`; ports are free ones, and the
output is null.
"""

import io
import re
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pythonosc import udp_client
from support import sounds
from support.instrument import Client, Instrument
from support.tiny import tiny_bundle
from typer.main import get_command

from distill_live import cli as live
from distill_live.bundle import read_bundle, write_bundle
from distill_live.cli.commands import app
from distill_train import cli as train

ROOT = Path(__file__).parents[2]

MAX_PLAY_S = 0.6
"""Seconds that anything plays which has an end."""

SMALL = (
    "batch_size=4",
    "preview_epochs=1000",
    "model.latent_dim=2",
    "model.channels=[4, 8, 8, 16, 16]",
    "spectrogram.sample_rate_hz=16000",
    "spectrogram.n_fft=512",
    "spectrogram.hop_samples=128",
    "spectrogram.n_mels=40",
    "spectrogram.chunk_samples=2400",
    "spectrogram.synthesis_samples=512",
)

PORTS = ("--osc-port", "--osc-tcp-port", "--http-port")

_FENCE = re.compile(r"^```(.*)$")
_CTRL_C = "<!-- Ctrl-C -->"


@dataclass(frozen=True)
class Block:
    """A fenced block, or a Ctrl-C.

    Attributes
    ----------
    language
        ``sh``, ``python``, ``toml``, ``csv``, ``text``, or ``Ctrl-C``.
    name
        Of the file that it is, or nothing.
    text
        Its lines.
    """

    language: str
    name: str
    text: str


def blocks(page: Path) -> list[Block]:
    """The blocks of a page, from top to bottom."""
    found = []
    inside: list[str] | None = None
    info = ""
    for line in page.read_text(encoding="utf-8").splitlines():
        fence = _FENCE.match(line)
        if inside is not None and fence:
            language, _, name = info.partition(" ")
            found.append(Block(language, name, "\n".join(inside) + "\n"))
            inside = None
        elif inside is not None:
            inside.append(line)
        elif fence:
            inside, info = [], fence[1]
        elif line == _CTRL_C:
            found.append(Block("Ctrl-C", "", ""))
    assert inside is None, f"{page}: a block has no end"
    return found


def commands(text: str) -> Iterator[str]:
    """The commands of a block; one goes on where a quotation mark or a line is open."""
    command = ""
    for line in text.splitlines():
        command += line
        if command.endswith("\\"):
            command = command[:-1]
            continue
        try:
            words = shlex.split(command, comments=True)
        except ValueError:  # a quotation mark is open
            command += "\n"
            continue
        if words:
            yield command
        command = ""
    assert not command, f"{command!r} has no end"


class Performer:
    """Does what pages say.

    Parameters
    ----------
    folder
        Where.
    monkeypatch
        Of the test.
    trained
        What was trained already, by the command; shared among pages.
    """

    def __init__(
        self,
        folder: Path,
        monkeypatch: pytest.MonkeyPatch,
        trained: dict[str, Path],
    ) -> None:
        self._folder, self._trained = folder, trained
        self._patch = monkeypatch
        self._instrument: Instrument | None = None
        self._clients: list[_Client] = []
        self._names: dict[str, Any] = {}
        for variable, name in (
            ("HOME", "home"),
            ("XDG_DATA_HOME", "data"),
            ("XDG_CACHE_HOME", "cache"),
            ("XDG_CONFIG_HOME", "config"),
        ):
            monkeypatch.setenv(variable, str(folder / name))
        monkeypatch.chdir(folder)
        monkeypatch.setattr(udp_client, "SimpleUDPClient", self._client)
        for name in ("models", "patches"):
            (folder / name).symlink_to(ROOT / name)
        sounds.write_folder(
            folder / "my_recordings", 0.8, kinds=("drone", "speech", "tabla"), sample_rate_hz=22050
        )
        write_bundle(tiny_bundle(), folder / "bells.distill")
        write_bundle(tiny_bundle(seed=1), folder / "bells2.distill")

    def follow(
        self,
        page: Path,
        *,
        not_run: Callable[[str], bool],
        may_say: Callable[[str], tuple[str, ...]],
    ) -> None:
        """Do what a page says.

        Parameters
        ----------
        page
            The page.
        not_run
            Whether a command cannot be run here.
        may_say
            What a command may end with, because this machine lacks something; or nothing.
        """
        try:
            for block in blocks(page):
                match block.language:
                    case "sh":
                        for command in commands(block.text):
                            if not not_run(command):
                                self._run(command, may_say(command))
                    case "python":
                        self._say(block.text)
                    case "Ctrl-C":
                        self.end()
                    case _ if block.name:
                        (self._folder / block.name).write_text(block.text, encoding="utf-8")
        finally:
            self.end()

    def end(self) -> None:
        """Ctrl-C, where something plays."""
        for client in self._clients:
            client.close()
        self._clients.clear()
        if self._instrument is not None:
            instrument, self._instrument = self._instrument, None
            try:
                assert instrument.end(2) == 0, instrument.lines
                assert not any("Traceback" in line for line in instrument.lines)
            finally:
                instrument.close()

    def _run(self, command: str, may_say: tuple[str, ...]) -> None:
        program, *words = shlex.split(command, comments=True)
        match program.rpartition("/")[2]:
            case "make" if words == ["play"]:
                self._play([])
            case "distill-train":
                self._train(words)
            case "distill-live" if not set(words) & _subcommands():
                self._play(words)
            case "distill-live":
                _shortened(words, "--seconds", MAX_PLAY_S)
                self._call(live.main, [program, *words], may_say)
            case "python" if words[0] == "-c":
                self._say(words[1])
            case _:
                raise AssertionError(f"{command!r} is neither run nor listed as not run")

    def _train(self, words: list[str]) -> None:
        if words[0] in {"inspect", "train", "my_recordings"}:
            words += [word for setting in SMALL for word in ("--set", setting)]
        if words[0] not in {"train", "my_recordings"}:
            self._call(train.main, ["distill-train", *words])
            return
        out = Path(words[words.index("--out") + 1])
        key = shlex.join(words)
        if key in self._trained:
            shutil.copytree(self._trained[key] / out.stem, self._folder, dirs_exist_ok=True)
            return
        limited = _shortened(words, "--epochs", 1) or _shortened(words, "--minutes", 0.1)
        extra = [] if limited else ["--epochs", "1"]
        self._call(train.main, ["distill-train", *words, *extra])
        read_bundle(out)
        write_bundle(tiny_bundle(), out)
        kept = self._folder / "kept" / str(len(self._trained)) / out.stem
        kept.mkdir(parents=True)
        for made in (out, out.with_suffix(".md"), out.with_suffix(".run")):
            (shutil.copytree if made.is_dir() else shutil.copy)(made, kept / made.name)
        self._trained[key] = kept.parent

    def _play(self, words: list[str]) -> None:
        self.end()
        for option in PORTS:
            if option in words:
                words[words.index(option) + 1] = "0"
        ends = _shortened(words, "--seconds", MAX_PLAY_S)
        instrument = Instrument(None, "--null", *words, patient=not ends)
        self._instrument = instrument
        if ends:
            try:
                assert instrument.process.wait(60) == 0, instrument.lines
            finally:
                self._instrument = None
                instrument.close()

    def _call(
        self, program: Callable[[], None], words: list[str], may_say: tuple[str, ...] = ()
    ) -> None:
        self._patch.setattr(sys, "argv", words)
        said = io.StringIO()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "stderr", said)
            try:
                program()
                status: object = 0
            except SystemExit as ended:
                status = ended.code
        text = said.getvalue()
        if status and any(words in text for words in may_say):
            return
        assert not status, f"{shlex.join(words)}: {text}"

    def _say(self, program: str) -> None:
        exec(compile(program, "<page>", "exec"), self._names)
        for client in self._clients:
            client.send("/sync", 1)
            answers = client.receive_until("/synced")
            assert not [answer for answer in answers if answer[0] == "/fail"], answers

    def _client(self, host: str, port: int) -> "_Client":
        assert (host, port) == ("127.0.0.1", 9010)
        assert self._instrument is not None, "nothing plays"
        self._clients.append(_Client(self._instrument.port))
        return self._clients[-1]


class _Client(Client):
    """In the place of `pythonosc.udp_client.SimpleUDPClient`, and hears the answers."""

    def send_message(self, address: str, value: Any) -> None:
        """Send one value, or a list of them."""
        values = value if isinstance(value, list | tuple) else [value]
        assert address.startswith("/distill/")
        self.send(address.removeprefix("/distill"), *values)


def _subcommands() -> set[str]:
    return set(vars(get_command(app))["commands"])


def _shortened(words: list[str], option: str, most: float) -> bool:
    """Whether an option is there; its number is brought down."""
    if option not in words:
        return False
    place = words.index(option) + 1
    words[place] = f"{min(float(words[place]), most):g}"
    return True
