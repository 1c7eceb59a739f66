"""The desk without its neighbours: every address is served, and nothing that is said breaks it."""

import asyncio
import random
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

import pytest
from pythonosc.osc_message import OscMessage

from distill_live.addresses import MACROS, TABLE, Address, Argument, Values, instantiate
from distill_live.gestures import GestureStore
from distill_live.live.desk import MOST_LISTS, RECENT, Desk
from distill_live.live.link import SynthesisLink
from distill_live.live.shared import SharedBlock
from distill_live.osc.subscribers import MAX_SUBSCRIBERS
from distill_live.osc.wire import build_message
from distill_live.presets import PresetStore

LANDMARKS = [[f"recording {index}.wav", 0.5 * index, 0.25, 0.75] for index in range(100)]
MODEL = {
    "name": "tiny",
    "format": 1,
    "latent_size": 3,
    "axes": ["tilt", "noise"],
    "landmarks": LANDMARKS,
}
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

ANSWERS = {
    "/axis/list": "/axis/end",
    "/corpus/list": "/corpus/info",
    "/dump": None,
    "/gesture/delete": "/fail",
    "/gesture/list": "/gesture/end",
    "/gesture/play": "/fail",
    "/gesture/record": "/done",
    "/gesture/stop": "/done",
    "/meters": "/meter/load",
    "/notify": "/update",
    "/preset/delete": "/fail",
    "/preset/list": "/preset/end",
    "/preset/recall": "/fail",
    "/preset/store": "/done",
    "/quit": "/done",
    "/status": "/status.reply",
    "/sync": "/synced",
    "/version": "/version.reply",
}
"""What each of control's own addresses is answered by first."""


class Synthesis:
    """Remembers changes, and answers questions with defaults."""

    def __init__(self, link: SynthesisLink) -> None:
        self._link = link
        self.changes: list[tuple[str, Values]] = []
        self.glides: list[float | None] = []

    def send(self, *message: object) -> bool:
        match message:
            case ["do", _, _, list(commands)]:
                self.changes += [(path, values) for path, values, *_ in commands]
                self.glides += [glide_s for *_, glide_s in commands]
            case ["get", token, list(paths)]:
                values = [list(MODEL_TABLE[path].default) for path in paths]
                self._soon("got", token, values)
            case ["get_state", token]:
                self._soon("got", token, [list(command) for command in STATE])
            case ["sync", token]:
                self._soon("synced", token)
            case _:
                raise AssertionError(message)
        return True

    def _soon(self, *message: object) -> None:
        asyncio.get_running_loop().call_soon(self._link.hear, list(message))


class Rig:
    """A desk that listens, and the synthesis that it speaks to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        link = SynthesisLink(())
        self.synthesis = Synthesis(link)
        link.attach(self.synthesis)
        self.lines: list[str] = []
        self.quits = 0
        self.block = SharedBlock.create(2)
        self.desk = Desk(
            "127.0.0.1",
            0,
            MODEL,
            channels=2,
            link=link,
            block=self.block,
            presets=PresetStore(self.folder, "tiny", "0123456789abcdef", self.lines.append),
            gestures=GestureStore(self.folder, "tiny", "0123456789abcdef", self.lines.append),
            say=self.lines.append,
            on_quit=self._quit,
        )

    def _quit(self) -> None:
        self.quits += 1


class Speaker:
    """A client within the loop."""

    def __init__(self, rig: Rig) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.connect(("127.0.0.1", rig.desk.server.port))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def say(self, path: str, kinds: str = "", *values: float | str) -> None:
        self._socket.send(build_message("/distill" + path, kinds, values))

    async def hear(self) -> tuple[str, list[object]]:
        loop = asyncio.get_running_loop()
        message = OscMessage(await asyncio.wait_for(loop.sock_recv(self._socket, 65536), 10))
        return message.address.removeprefix("/distill"), message.params

    async def sync(self, number: int) -> None:
        self.say("/sync", "i", number)
        while await self.hear() != ("/synced", [number]):
            pass


def serve(talk: Callable[[Rig, Speaker], Awaitable[None]]) -> None:
    async def session(folder: Path) -> None:
        problems: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, what: problems.append(what))
        rig = Rig(folder)
        async with rig.desk.server:
            with Speaker(rig) as speaker:
                await talk(rig, speaker)
        assert problems == []

    with TemporaryDirectory() as folder:
        asyncio.run(session(Path(folder)))


def example(argument: Argument) -> tuple[str, float | str]:
    text = argument.choices[0] if argument.choices else "x"
    return argument.kind, text if argument.kind == "s" else min(1, argument.high)


@pytest.mark.parametrize("address", MODEL_TABLE.values(), ids=MODEL_TABLE)
def test_every_address_is_served(address: Address) -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        if address.path == "/meters":
            speaker.say("/notify", "i", 1)
            while (await speaker.hear())[0] != "/done":
                pass
        given = [example(argument) for argument in address.arguments if not argument.optional]
        speaker.say(address.path, "".join(kind for kind, _ in given), *(v for _, v in given))
        if address.owner == "control":
            answer = ANSWERS[address.path]
            if answer == "/meter/load":
                assert [(await speaker.hear())[0] for _ in range(5)][-1] == answer
            elif answer == "/axis/end":
                assert [(await speaker.hear())[0] for _ in range(3)][-1] == answer
            elif answer is not None:
                assert (await speaker.hear())[0] == answer
            else:
                speaker.say("/gain", "f", -1)
                await speaker.sync(1)
                assert any("/distill/gain -1.0" in line for line in rig.lines)
                return
            assert rig.synthesis.changes == [], "it changes nothing, and ends no drift"
            assert rig.quits == (address.path == "/quit")
        else:
            await speaker.sync(1)
            values = tuple(value for _, value in given)
            assert rig.synthesis.changes == [("/drift", (0.0,)), (address.path, values)]

    serve(talk)


def test_landmarks_are_listed_in_their_order() -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        speaker.say("/corpus/list")
        for index, landmark in enumerate(LANDMARKS):
            assert await speaker.hear() == ("/corpus/info", [index, *landmark])
        assert await speaker.hear() == ("/corpus/end", [len(LANDMARKS)])

    serve(talk)


def test_lists_beyond_a_few_at_a_time_are_refused() -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        for _ in range(MOST_LISTS + 1):
            speaker.say("/corpus/list")
        heard = [await speaker.hear() for _ in range(MOST_LISTS * (len(LANDMARKS) + 1) + 1)]
        refusals = [values for path, values in heard if path == "/fail"]
        assert [values[:2] for values in refusals] == [["/distill/corpus/list", "busy"]]
        assert sum(path == "/corpus/end" for path, _ in heard) == MOST_LISTS

    serve(talk)


def test_the_first_touch_ends_the_drift_once() -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        speaker.say("/drift", "f", 0.5)
        speaker.say("/gain", "f", -1)
        await speaker.sync(1)
        assert [path for path, _ in rig.synthesis.changes] == ["/drift", "/drift", "/gain"]
        assert rig.synthesis.changes[1] == ("/drift", (0.5,))

    serve(talk)


def test_what_a_subscriber_hears_last_is_what_holds() -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        speaker.say("/notify", "i", 1)
        speaker.say("/gain", "f", -1)  # the state may not contain it
        heard = [await speaker.hear() for _ in range(3)]
        while not {("/gain", (-1.0,)), ("/drift", (0.0,))} <= {(p, tuple(v)) for p, v in heard}:
            heard.append(await speaker.hear())
        gains = [values for path, values in heard if path == "/gain"]
        assert gains == [[0.0], [-1.0]]
        speaker.say("/gain")
        with Speaker(rig) as other:
            other.say("/gain", "f", -2)
            assert [await speaker.hear() for _ in range(2)] == [("/gain", [0.0]), ("/gain", [-2.0])]

    serve(talk)


def test_mute_and_panic_reach_the_output_itself() -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        steps = (("/mute", 1, 1, 0), ("/panic", 1, 1, 1), ("/mute", 0, 0, 1), ("/play", 1, 0, 0))
        for number, (path, value, muted, panicked) in enumerate(steps):
            speaker.say(path, "i", value)
            await speaker.sync(number)
            assert (rig.block.muted, rig.block.panicked) == (muted, panicked)

    serve(talk)


def test_whatever_is_said_by_whomever_it_goes_on() -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        rng = random.Random(3)
        paths = [*MODEL_TABLE, "/nothing", "/axis/*", "/update", "/meter/rms"]
        paths.remove("/quit")
        speakers = [Speaker(rig) for _ in range(20)]
        try:
            for number in range(3000):
                kinds = "".join(rng.choice("iiffs") for _ in range(rng.choice((0, 1, 1, 1, 2, 3))))
                values = [
                    rng.choice(("", "x")) if kind == "s" else rng.choice((0, 1, 1, 9, 60, -5))
                    for kind in kinds
                ]
                rng.choice(speakers).say(rng.choice(paths), kinds, *values)
                if number % 100 == 0:
                    await speaker.sync(number)
            await asyncio.sleep(0.1)
            await speaker.sync(-1)
        finally:
            for one in speakers:
                one.__exit__()
        assert 0 < len(rig.desk.server.subscribers) <= MAX_SUBSCRIBERS
        assert len(rig.desk.recent) <= RECENT
        assert {path for path, _ in rig.synthesis.changes} <= set(MODEL_TABLE)
        assert rig.desk.server.counters.failed > 100
        assert rig.quits == 0

    serve(talk)


def test_the_answers_of_all_that_control_owns_are_known() -> None:
    assert set(ANSWERS) == {path for path, address in TABLE.items() if address.owner == "control"}


async def answers(speaker: Speaker, count: int) -> list[tuple[str, list[object]]]:
    return [await speaker.hear() for _ in range(count)]


def test_a_preset_is_stored_and_recalled_with_a_morph() -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        speaker.say("/preset/store", "s", "Dawn, 1")
        speaker.say("/preset/list")
        assert await answers(speaker, 3) == [
            ("/done", ["/distill/preset/store", "Dawn, 1"]),
            ("/preset/info", [0, "Dawn, 1"]),
            ("/preset/end", [1]),
        ]
        assert rig.synthesis.changes == []
        with Speaker(rig) as other:
            other.say("/notify", "i", 1)
            while (await other.hear())[0] != "/done":
                pass
            speaker.say("/preset/recall", "sf", "Dawn, 1", 2.5)
            assert await speaker.hear() == ("/done", ["/distill/preset/recall", "Dawn, 1"])
            told = dict(await answers(other, 5))
        recalled = {
            "/latent": [0.5, -1.0, 0.25],
            "/glide": [0.5],
            "/drift": [0.0],
            "/gain": [-6.0],
            "/freeze": [0],
        }
        assert told == recalled
        await speaker.sync(1)
        idle_drift, *changes = rig.synthesis.changes
        assert idle_drift == ("/drift", (0.0,))
        clears, changes = changes[:MACROS], changes[MACROS:]
        assert clears == [("/macro/clear", (macro,)) for macro in range(1, MACROS + 1)]
        assert {path: list(values) for path, values in changes} == recalled
        assert set(rig.synthesis.glides[1 + MACROS :]) == {0.0, 2.5}

    serve(talk)


def test_what_comes_after_a_stored_preset_is_done_after_it() -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        speaker.say("/preset/store", "s", "A")
        speaker.say("/preset/recall", "s", "A")
        speaker.say("/preset/delete", "s", "A")
        speaker.say("/preset/recall", "s", "A")
        speaker.say("/sync", "i", 5)
        done = [("/done", [f"/distill/preset/{what}", "A"]) for what in ("store", "recall")]
        assert await answers(speaker, 3) == [*done, ("/done", ["/distill/preset/delete", "A"])]
        path, (address, code, _) = await speaker.hear()
        assert (path, address, code) == ("/fail", "/distill/preset/recall", "not-found")
        assert await speaker.hear() == ("/synced", [5])

    serve(talk)


def test_a_name_that_cannot_be_or_a_disk_that_refuses_is_a_failure() -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        speaker.say("/preset/store", "s", "../../up")
        path, (_, code, text) = await speaker.hear()
        assert (path, code) == ("/fail", "invalid")
        assert "../../up" in str(text)
        rig.folder.rmdir()
        rig.folder.write_text("in the way")
        speaker.say("/preset/store", "s", "A")
        path, (address, code, _) = await speaker.hear()
        assert (path, address, code) == ("/fail", "/distill/preset/store", "invalid")
        rig.folder.unlink()
        rig.folder.mkdir()
        speaker.say("/preset/list")
        assert await speaker.hear() == ("/preset/end", [0])

    serve(talk)
