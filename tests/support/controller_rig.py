"""OSC controller on a real socket, with a fake synthesis and a client."""

import asyncio
import socket
import struct
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NoReturn

from pythonosc.osc_message import OscMessage
from support.closing import Closing
from support.log_lines import logged_lines

from distill_live.addresses import Command, Values, instantiate
from distill_live.gestures import GestureStore
from distill_live.ipc.protocol import (
    Answer,
    ApplyCommands,
    GetChunkLevels,
    GetModels,
    GetNeighbours,
    GetState,
    GetValues,
    LoadModel,
    Message,
    ModelDescription,
    Question,
    Refusal,
    SlotStatus,
    Sync,
    UnloadModel,
)
from distill_live.live.control.model_controller import Model
from distill_live.live.control.osc_controller import OscController
from distill_live.live.control.recording_controller import RecordingController
from distill_live.live.control.synthesis_client import SynthesisClient
from distill_live.live.shared.shared_block import SharedBlock
from distill_live.osc.binding import RECEIVE_BUFFER_BYTES
from distill_live.osc.wire import build_message
from distill_live.presets import PresetStore

LANDMARKS = tuple((f"recording {index}.wav", 0.5 * index, 0.25, 0.75) for index in range(100))
MODEL = ModelDescription(
    name="tiny",
    fingerprint="0123456789abcdef",
    format=1,
    sample_rate_hz=48000,
    hop_samples=512,
    latent_size=3,
    axes=("tilt", "noise"),
    landmarks=LANDMARKS,
)
MODEL_TABLE = instantiate(3, ["tilt", "noise"], len(LANDMARKS))

STATE = (
    ("/drift", [0.0]),
    ("/glide", [0.0]),
    ("/latent", [0.5, -1.0, 0.25]),
    ("/position", [0.75]),
    ("/glide", [0.5]),
    ("/drift", [0.0]),
    ("/gain", [-6.0]),
    ("/play", [1]),
    ("/freeze", [0]),
)
"""What a new engine would be told."""


NEIGHBOURS = ((7, 0.75), (99, 0.25))
LEVELS_DB = (-20.0, -30.0, -90.0)


class Synthesis:
    """Remembers changes, and answers questions with defaults."""

    def __init__(self, link: SynthesisClient) -> None:
        self._link = link
        self.state: list[tuple[str, list[Any]]] = list(STATE)
        self.changes: list[tuple[str, Values]] = []
        self.values: dict[str, Values] = {}  # other than defaults
        self.glides: list[float | None] = []
        self.heard: list[Any] = []  # when due and what in which order, or what was asked
        self.sent: list[Message] = []

    def send(self, message: Message) -> bool:
        self.sent.append(message)
        match message:
            case ApplyCommands(_, due_ns, _, commands):
                pairs = [(command.address, command.args) for command in commands]
                self.heard.append((due_ns, pairs))
                self.changes += pairs
                self.glides += [command.glide_s for command in commands]
            case Question(token, GetValues(paths)):
                self._answer(
                    token, tuple(self.values.get(path, MODEL_TABLE[path].default) for path in paths)
                )
            case Question(token, GetState()):
                self.heard.append("state?")
                self._answer(token, tuple(Command(path, tuple(args)) for path, args in self.state))
            case Question(token, GetModels()):
                self._answer(token, (SlotStatus(1, 1.0, False),))
            case Question(token, GetNeighbours(most)):
                self._answer(token, NEIGHBOURS[:most])
            case Question(token, GetChunkLevels(most)):
                self._answer(token, LEVELS_DB[:most])
            case Question(token, LoadModel() | UnloadModel()):
                self._answer(token, Refusal("forbidden", "not now"))
            case Question(token, Sync()):
                self._answer(token, None)
            case _:
                raise AssertionError(message)
        return True

    def _answer(self, token: int, answer: object) -> None:
        asyncio.get_running_loop().call_soon(self._link.handle, Answer(token, answer))


class Rig:
    """A listening controller, and its fake synthesis."""

    def __init__(self, folder: Path, lines: list[str]) -> None:
        self.folder = folder
        link = SynthesisClient(())
        self.synthesis = Synthesis(link)
        link.attach(self.synthesis)
        self.lines = lines
        self.quits = 0
        self.block = SharedBlock.create(2)
        self.store = PresetStore(self.folder, "tiny", "0123456789abcdef", self.lines.append)
        self.recording = RecordingController(
            self.block,
            channels=2,
            start=self._refuse,
            tell=self._tell_recording,
        )
        gestures = GestureStore(self.folder, "tiny", "0123456789abcdef", self.lines.append)
        self.controller = OscController(
            "127.0.0.1",
            0,
            {1: Model(Path("tiny.distill"), "00", MODEL)},
            channels=2,
            synthesis=link,
            block=self.block,
            recording=self.recording,
            stores=lambda _: (self.store, gestures),
            on_quit=self._quit,
        )

    async def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise OSError("no process is started here")

    def _tell_recording(self, on: int) -> None:
        self.controller.server.feedback.tell("/record", (on,))
        self.controller.server.feedback.tell("/take/recording", (self.recording.name,))

    def _quit(self) -> None:
        self.quits += 1


class Speaker(Closing):
    """A client within the loop."""

    def __init__(self, rig: Rig) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        self._socket.connect(("127.0.0.1", rig.controller.server.port))

    def close(self) -> None:
        self._socket.close()

    def say(self, path: str, kinds: str = "", *values: float | str) -> None:
        self._socket.send(build_message("/distill" + path, kinds, values))

    def say_together(
        self, *messages: tuple[float | str, ...], ahead_s: float | None = None
    ) -> None:
        tag = 1 if ahead_s is None else int((time.time() + ahead_s + 2_208_988_800) * 2**32)
        data = b"#bundle\0" + struct.pack(">Q", tag)
        for path, kinds, *values in messages:
            element = build_message(f"/distill{path}", str(kinds), tuple(values))
            data += struct.pack(">i", len(element)) + element
        self._socket.send(data)

    async def hear(self) -> tuple[str, list[object]]:
        loop = asyncio.get_running_loop()
        message = OscMessage(await asyncio.wait_for(loop.sock_recv(self._socket, 65536), 10))
        return message.address.removeprefix("/distill"), message.params

    async def sync(self, number: int) -> None:
        self.say("/sync", "i", number)
        while await self.hear() != ("/synced", [number]):
            pass


def serve(
    talk: Callable[[Rig, Speaker], Awaitable[None]], *expected_problems: type[Exception]
) -> None:
    async def session(folder: Path) -> None:
        problems: list[object] = []
        asyncio.get_running_loop().set_exception_handler(
            lambda _, what: problems.append(type(what.get("exception")))
        )
        with logged_lines() as lines:
            rig = Rig(folder, lines)
            async with rig.controller.server:
                with Speaker(rig) as speaker:
                    await talk(rig, speaker)
        assert problems == list(expected_problems)

    with TemporaryDirectory() as folder:
        asyncio.run(session(Path(folder)))
