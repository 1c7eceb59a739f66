"""OSC controller with a fake synthesis: every address, and robustness to any message."""

import asyncio
import errno
import logging
import random
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest
from support.controller_rig import LANDMARKS, MODEL, MODEL_TABLE, Rig, Speaker, serve

from distill_live.addresses import INTERNAL, MACROS, TABLE, Address, Argument, Values
from distill_live.ipc.protocol import (
    ApplyCommands,
    CommandRefused,
    OutputOpened,
    ReadModel,
    Refusal,
)
from distill_live.live.control import command_queue, held_keys, recording_controller
from distill_live.live.control.command_effects import MAX_RECENT
from distill_live.live.control.feeds.list_sender import MAX_LISTS
from distill_live.live.control.feeds.warning_feed import WarningFeed
from distill_live.live.control.held_keys import MAX_KEYS
from distill_live.live.control.serial_tasks import MAX_REQUESTS
from distill_live.live.control.terminal.display import Snapshot
from distill_live.live.control.terminal.message_log import MAX_REFUSALS_PER_SECOND
from distill_live.live.control.terminal.status_text import snapshot
from distill_live.osc import Client
from distill_live.osc.subscribers import MAX_SUBSCRIBERS, Subscribers
from distill_live.osc.wire import build_message
from distill_live.presets import PresetStore

ANSWERS = {
    "/axis/list": "/axis/end",
    "/chunk/levels": "/chunk/levels.reply",
    "/corpus/list": "/corpus/info",
    "/corpus/neighbours": "/corpus/neighbours.reply",
    "/device": "/device.reply",
    "/dump": None,
    "/gesture/delete": "/fail",
    "/gesture/list": "/gesture/end",
    "/gesture/play": "/fail",
    "/gesture/record": "/done",
    "/gesture/rename": "/fail",
    "/gesture/stop": "/done",
    "/library/list": "/library/info",
    "/macro/list": "/macro/end",
    "/input/list": "/input/end",
    "/meters": "/meter/load",
    "/model/list": "/model/info",
    "/model/load": "/fail",
    "/model/unload": "/fail",
    "/path/list": "/path/end",
    "/notify": "/update",
    "/preset/delete": "/fail",
    "/preset/list": "/preset/end",
    "/preset/recall": "/fail",
    "/preset/rename": "/fail",
    "/preset/store": "/done",
    "/quit": "/done",
    "/record": "/fail",
    "/status": "/status.reply",
    "/sync": "/synced",
    "/version": "/version.reply",
}
"""What each of control's own addresses is answered by first."""

ENDS: list[tuple[str, Values]] = [("/wander", (0.0, 0.3)), ("/even", (0.0,))]
"""What the first touch ends."""

STARTING = {"/library/list"}
"""Addresses that start a process."""


def example(argument: Argument) -> tuple[str, float | str]:
    text = argument.choices[0] if argument.choices else "x"
    return argument.kind, text if argument.kind == "s" else max(min(1, argument.high), argument.low)


@pytest.mark.parametrize(
    "address",
    [
        pytest.param(address, id=path, marks=[pytest.mark.process] * (path in STARTING))
        for path, address in MODEL_TABLE.items()
    ],
)
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
            assert rig.synthesis.changes == [], "it changes nothing, and ends no motion"
            assert rig.quits == (address.path == "/quit")
        else:
            await speaker.sync(1)
            values = tuple(value for _, value in given)
            touches = not address.path.startswith("/clock/")
            ends = ENDS if touches else []
            assert rig.synthesis.changes == [*ends, (address.path, values)]

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
        speaker.say_together(*[("/corpus/list", "")] * (MAX_LISTS + 1))
        heard = [await speaker.hear() for _ in range(MAX_LISTS * (len(LANDMARKS) + 1) + 1)]
        refusals = [values for path, values in heard if path == "/fail"]
        assert [values[:2] for values in refusals] == [["/distill/corpus/list", "busy"]]
        assert sum(path == "/corpus/end" for path, _ in heard) == MAX_LISTS

    serve(talk)


def test_a_second_name_sets_the_first_and_answers_under_itself() -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        speaker.say("/latent/all", "fff", 1, 2, 9)
        speaker.say("/formant/shift", "f", -5)
        speaker.say("/formant/shift")
        assert await speaker.hear() == ("/formant/shift", [0.0])
        speaker.say("/latent/all")
        assert await speaker.hear() == ("/latent/all", [0.0] * 3)
        assert rig.synthesis.changes == [
            *ENDS,
            ("/latent", (1.0, 2.0, 4.0)),
            ("/formant", (-5.0,)),
        ]
        speaker.say("/latent/*", "f", 0.5)
        await speaker.sync(1)
        assert [path for path, _ in rig.synthesis.changes[4:]] == [
            f"/latent/00{index}" for index in range(3)
        ]

    serve(talk)


@pytest.mark.parametrize("syncs", [1, 200])
def test_a_sync_is_answered_after_stores_that_were_refused_as_busy(syncs: int) -> None:
    async def talk(_: Rig, speaker: Speaker) -> None:
        for number in range(MAX_REQUESTS + 36):
            speaker.say("/preset/store", "s", f"preset {number}")
        for number in range(syncs):
            speaker.say("/sync", "i", number)
        heard = []
        while ("/synced", [syncs - 1]) not in heard:
            heard.append(await speaker.hear())
        stored = [values[1] for path, values in heard if path == "/done"]
        assert stored == [f"preset {number}" for number in range(MAX_REQUESTS)]
        assert heard.index(("/synced", [0])) > heard.index(
            ("/done", ["/distill/preset/store", stored[-1]])
        )
        assert [values for path, values in heard if path == "/synced"] == [
            [n] for n in range(syncs)
        ]
        assert {values[1] for path, values in heard if path == "/fail"} == {"busy"}

    serve(talk)


def test_what_is_refused_is_logged_and_shown_but_does_not_flood() -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        for _ in range(200):
            speaker.say("/axis/tlit", "f", 0.5)
        speaker.say("/gain", "s", "loud")
        await speaker.sync(1)
        refused = "refused: /axis/tlit, no such axis; there are tilt, noise"
        assert 1 <= rig.lines.count(refused) <= 2, "a second may have begun meanwhile"
        assert rig.lines[-1] == "refused: /gain: gain is 'loud'; send a number"
        assert rig.controller.refusals.shown == rig.lines[-1]
        for number in range(200):
            speaker.say(f"/nothing/{number}")
        await speaker.sync(2)
        assert len(rig.lines) <= 2 + 3 * (MAX_REFUSALS_PER_SECOND + 1)

    serve(talk)


def test_the_display_names_models_gestures_and_morphs_as_they_are() -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        def shown() -> Snapshot:
            return snapshot(rig.block, rig.controller, "null output", 2, None, ("cc 1: waiting",))

        assert (shown().model, shown().activities) == ("tiny", ("cc 1: waiting",))
        speaker.say("/preset/store", "s", "dawn")
        speaker.say("/preset/recall", "sf", "dawn", 60)
        speaker.say("/gesture/record", "s", "swell")
        await speaker.sync(1)
        recording, morph, _ = shown().activities
        assert recording == "recording gesture swell"
        assert morph in ("morph to dawn: 60 s left", "morph to dawn: 59 s left")
        rig.controller.models.weights = {1: 0.0}
        assert shown().model == "tiny (silent: weight 0)"
        rig.controller.models.ask_weights()
        await speaker.sync(2)
        assert shown().model == "tiny", "its weight is 1 as synthesis says"

    serve(talk)


def test_a_recall_that_waits_for_a_beat_is_done_on_it() -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        speaker.say("/preset/store", "s", "A")
        await speaker.hear()
        rig.block.beat_clock_ns = time.perf_counter_ns() + 10**9
        speaker.say("/preset/recall", "s", "A")
        speaker.say("/sync", "i", 1)
        assert [path for path, _ in await answers(speaker, 2)] == ["/synced", "/done"]

    serve(talk)


def test_the_first_touch_ends_the_idle_motion_once() -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        speaker.say("/drift", "f", 0.5)
        speaker.say("/gain", "f", -1)
        await speaker.sync(1)
        assert rig.synthesis.changes == [*ENDS, ("/drift", (0.5,)), ("/gain", (-1.0,))]

    serve(talk)


def test_what_a_subscriber_hears_last_is_what_holds() -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        speaker.say("/notify", "i", 1)
        speaker.say("/gain", "f", -1)  # the state may not contain it
        heard = [await speaker.hear() for _ in range(3)]
        while not {("/gain", (-1.0,)), ("/even", (0.0,))} <= {(p, tuple(v)) for p, v in heard}:
            heard.append(await speaker.hear())
        gains = [values for path, values in heard if path == "/gain"]
        assert gains == [[0.0], [-1.0]]
        speaker.say("/gain")
        with Speaker(rig) as other:
            other.say("/gain", "f", -2)
            assert [await speaker.hear() for _ in range(2)] == [("/gain", [0.0]), ("/gain", [-2.0])]

    serve(talk)


def keys(rig: Rig) -> list[tuple[str, Values]]:
    return [(path, values) for path, values in rig.synthesis.changes if path.startswith("/note")]


def test_the_keys_of_a_client_that_unsubscribes_are_released() -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        with Speaker(rig) as other:
            for key in (60, 61, 62, 63):
                speaker.say("/note/on", "ff", key, 0.5)
            speaker.say("/note/on", "ff", 61, 0.0)
            speaker.say("/note/off", "f", 62)
            await speaker.sync(1)
            other.say("/note/on", "ff", 63, 1.0)  # who has it from now on
            await other.sync(1)
            before = keys(rig)
            speaker.say("/notify", "i", 0)
            await speaker.sync(2)
            assert keys(rig)[len(before) :] == [("/note/off", (60.0,))]
            speaker.say("/note/on", "ff", 64, 1.0)
            speaker.say("/note/release")
            speaker.say("/notify", "i", 0)
            other.say("/notify", "i", 0)
            await other.sync(2)
            await speaker.sync(3)
            assert keys(rig)[-1] == ("/note/release", ())

    serve(talk)


def test_the_keys_of_a_connection_that_ends_are_released_also_those_on_their_way() -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        server = rig.controller.server
        gone = Client.connected(("127.0.0.1", 50009), "websocket")
        server.connect(gone, lambda _: None)
        server.receive(build_message("/distill/note/on", "ff", (60.0, 1.0)), gone)
        await speaker.sync(1)
        assert keys(rig) == [("/note/on", (60.0, 1.0))]
        server.receive(build_message("/distill/note/on", "ff", (61.0, 1.0)), gone)
        server.receive(build_message("/distill/note/on", "ff", (62.0, 1.0)), gone)
        server.disconnect(gone)
        await speaker.sync(2)
        released = {values for path, values in keys(rig) if path == "/note/off"}
        assert released == {(60.0,), (61.0,), (62.0,)}

    serve(talk)


def test_the_key_of_a_client_that_goes_before_its_beat_is_released() -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        with Speaker(rig) as other:
            rig.block.beat_clock_ns = time.perf_counter_ns() + 60 * 10**9
            other.say("/note/on", "ff", 60, 1.0)
            await other.sync(1)
            other.say("/notify", "i", 0)
            await other.sync(2)
            assert keys(rig) == [("/note/on", (60.0, 1.0)), ("/note/off", (60.0,))]

    serve(talk)


def test_others_get_the_value_that_a_refused_command_did_not_change() -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        with Speaker(rig) as other:
            other.say("/notify", "i", 1)
            while await other.hear() != ("/done", ["/distill/notify", "subscribed"]):
                pass
            speaker.say("/input/follow", "f", 0.75)
            while await other.hear() != ("/input/follow", [0.75]):
                pass  # the idle motion ends
            sent = [one for one in rig.synthesis.sent if isinstance(one, ApplyCommands)][-1]
            refusal = Refusal("forbidden", "no encoder")
            refused = CommandRefused(sent.number, len(sent.commands) - 1, refusal)
            rig.controller.command_refused(refused)
            assert (await speaker.hear())[0] == "/fail"
            assert await other.hear() == ("/input/follow", [0.0])

    serve(talk)


def test_a_client_holds_so_many_keys_and_no_more() -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        for number in range(MAX_KEYS + 1):
            speaker.say("/note/on", "ff", 127 * number / MAX_KEYS, 1.0)
        await speaker.sync(1)
        assert keys(rig)[-1] == ("/note/off", (0.0,))

    serve(talk)


def test_the_keys_of_a_client_that_falls_silent_are_released(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(held_keys, "CHECK_S", 0.01)

    async def talk(rig: Rig, speaker: Speaker) -> None:
        subscribers = rig.controller.server.feedback.subscribers
        speaker.say("/note/on", "ff", 60, 1.0)
        await speaker.sync(1)
        looked = asyncio.Event()
        monkeypatch.setattr(subscribers, "drop_silent", looked.set)
        await asyncio.wait_for(looked.wait(), 10)

    serve(talk)


def test_subscribers_and_the_status_tell_what_the_engine_saves() -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        speaker.say("/notify", "i", 1)
        heard = [await speaker.hear()]
        while heard[-1] != ("/done", ["/distill/notify", "subscribed"]):
            heard.append(await speaker.hear())
        assert ("/economy", [0]) in heard
        rig.controller.economised(2)
        rig.controller.economised(2)
        assert await speaker.hear() == ("/economy", [2])
        speaker.say("/status")
        path, values = await speaker.hear()
        assert (path, values[-1]) == ("/status.reply", 2)

    serve(talk)


def test_where_another_model_was_is_not_told_of_the_one_that_plays() -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        speaker.say("/notify", "i", 1)
        while await speaker.hear() != ("/done", ["/distill/notify", "subscribed"]):
            pass
        with Speaker(rig) as other:
            other.say("/latent", "fff", 1, 1, 1)  # the subscriber is owed it ...
            await other.sync(1)
            other.say("/latent")
            model = ReadModel(1, "01", replace(MODEL, latent_size=5))
            rig.controller.models.restarted([model])  # ... and this has five
            heard = [await speaker.hear()]
            while heard[-1] != ("/update", [0]):
                heard.append(await speaker.hear())
            told = [
                values
                for path, values in heard[heard.index(("/update", [1])) :]
                if path == "/latent"
            ]
            assert told == [], "synthesis of the rig answers with three"
            await other.sync(2)

    serve(talk)


def test_mute_and_panic_reach_the_output_itself() -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        steps = (("/mute", 1, 1, 0), ("/panic", 1, 1, 1), ("/mute", 0, 0, 1), ("/play", 1, 0, 0))
        for number, (path, value, muted, panicked) in enumerate(steps):
            speaker.say(path, "i", value)
            await speaker.sync(number)
            assert (rig.block.muted, rig.block.panicked) == (muted, panicked)

    serve(talk)


@pytest.mark.process  # lists the library
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
        assert 0 < len(rig.controller.server.feedback.subscribers) <= MAX_SUBSCRIBERS
        assert len(rig.controller.effects.recent) <= MAX_RECENT
        assert {path for path, _ in rig.synthesis.changes} <= set(MODEL_TABLE) | set(INTERNAL)
        assert rig.controller.server.dispatcher.counters.failed > 100
        assert rig.quits == 0

    serve(talk)


def test_a_model_whose_name_cannot_be_shown_is_no_choice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "models").mkdir()
    for name in ("bells", "be\u200blls"):
        (tmp_path / "models" / f"{name}.distill").touch()
    monkeypatch.chdir(tmp_path)

    async def talk(rig: Rig, speaker: Speaker) -> None:
        names = (await rig.controller.list_stored())["model"]
        assert "bells" in names
        assert all(map(str.isprintable, names))

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
            told = dict(await answers(other, 10))
        assert [told.pop(path)[0] for path, _ in ENDS] == [0.0, 0.0]
        recalled = {
            "/latent": [0.5, -1.0, 0.25],
            "/glide": [0.5],
            "/drift": [0.0],
            "/gain": [-6.0],
            "/freeze": [0],
        }
        told_too = {
            "/macro/changed": [1],
            "/input/changed": [1],
            "/preset/recalled": ["Dawn, 1", 2.5],
        }
        assert told == recalled | told_too
        await speaker.sync(1)
        ends, changes = rig.synthesis.changes[:2], rig.synthesis.changes[2:]
        assert ends == ENDS
        clears, changes = changes[:MACROS], changes[MACROS:]
        assert clears == [("/macro/clear", (macro,)) for macro in range(1, MACROS + 1)]
        assert {path: list(values) for path, values in changes} == recalled
        assert set(rig.synthesis.glides[2 + MACROS :]) == {0.0, 2.5}

    serve(talk)


async def subscribe(speaker: Speaker) -> dict[str, list[object]]:
    """Subscribe; the full state by path."""
    speaker.say("/notify", "i", 1)
    assert await speaker.hear() == ("/update", [1])
    state = {}
    while (message := await speaker.hear()) != ("/update", [0]):
        state[message[0]] = message[1]
    assert await speaker.hear() == ("/done", ["/distill/notify", "subscribed"])
    return state


def test_macros_are_listed_as_they_are_mapped() -> None:
    mappings: list[list[object]] = [
        [1, "gain", -6.0, 0.0, "linear"],
        [3, "axis/tilt", 1.0, -1.0, "s-curve"],
    ]

    async def talk(rig: Rig, speaker: Speaker) -> None:
        rig.synthesis.state += [("/macro/map", mapping) for mapping in mappings]
        speaker.say("/macro/list")
        assert await answers(speaker, 3) == [
            *(("/macro/info", mapping) for mapping in mappings),
            ("/macro/end", [2]),
        ]

    serve(talk)


def test_what_is_around_and_what_plays_is_answered() -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        rig.block.latency_s = 0.0125
        rig.controller.output_opened(OutputOpened("box (ALSA)", 256, 44100))
        for path in ("/corpus/neighbours", "/chunk/levels", "/device"):
            speaker.say(path)
        assert dict(await answers(speaker, 3)) == {
            "/corpus/neighbours.reply": [7, 0.75, 99, 0.25],
            "/chunk/levels.reply": [-20.0, -30.0, -90.0],
            "/device.reply": ["box (ALSA)", 44100, 2, 256, 12.5],
        }

    serve(talk)


def test_subscribers_learn_what_has_changed() -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        with Speaker(rig) as other:
            state = await subscribe(other)
            assert {path: state[path] for path in state if path.endswith("/changed")} == {
                f"/{name}/changed": [0] for name in ("macro", "input", "preset", "gesture", "model")
            }
            assert state["/preset/recalled"] == ["", 0.0]
            assert state["/take/recording"] == [""]
            assert state["/device.reply"][0] == ""
            for number, (path, *names) in enumerate(
                [
                    ("/preset/store", "A"),
                    ("/preset/rename", "A", "B"),
                    ("/preset/delete", "B"),
                ],
                1,
            ):
                speaker.say(path, "s" * len(names), *names)
                assert await speaker.hear() == ("/done", [f"/distill{path}", names[-1]])
                assert await other.hear() == ("/preset/changed", [number])
            speaker.say("/macro/map", "isffs", 1, "gain", -6.0, 0.0, "linear")
            told = dict(await answers(other, 3))
            assert told.keys() == {"/macro/changed", *dict(ENDS)}
            assert told["/macro/changed"] == [1]
            speaker.say("/macro/clear", "i", 1)
            assert await other.hear() == ("/macro/changed", [2])
            speaker.say("/model/load", "s", "nothing")
            assert (await other.hear())[0] == "/model/changed"
            rig.controller.output_opened(OutputOpened("null output", 512, 48000))
            while (message := await other.hear())[0] == "/model/changed":
                pass
            assert message[1][:4] == ["null output", 48000, 2, 512]

    serve(talk)


def test_a_preset_that_is_recalled_keeps_being_it_under_its_new_name() -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        speaker.say("/preset/store", "s", "A")
        await speaker.hear()
        with Speaker(rig) as other:
            await subscribe(other)
            speaker.say("/preset/rename", "ss", "A", "B")
            speaker.say("/preset/recall", "sf", "B", 60.0)  # at once: it waits for the new name
            heard: list[tuple[str, list[object]]] = []
            while not heard or heard[-1][0] != "/preset/recalled":
                heard.append(await other.hear())
            assert heard[-1][1] == ["B", 60.0]
            speaker.say("/preset/rename", "ss", "B", "C")
            while heard[-1][0] != "/preset/recalled" or heard[-1][1][0] != "C":
                heard.append(await other.hear())
        while (await speaker.hear())[1][-1] != "C":
            pass
        state = await subscribe(speaker)
        name, morph_s = state["/preset/recalled"]
        assert name == "C"
        assert isinstance(morph_s, float)
        assert 0.0 < morph_s < 60.0

    serve(talk)


def test_no_preset_of_another_model_is_recalled() -> None:
    async def talk(rig: Rig, _: Speaker) -> None:
        presets = rig.controller.presets
        presets.begun("A", 60.0)
        presets.use(None, MODEL_TABLE)  # other addresses of the same model
        assert presets.recalled == "A"
        assert presets.morph_s > 0.0
        other = PresetStore(rig.folder, "other", "fedcba9876543210", rig.lines.append)
        presets.use(other, MODEL_TABLE)
        assert (presets.recalled, presets.morph_s) == ("", 0.0)

    serve(talk)


@pytest.mark.parametrize("given", [(), ("loop",)])
def test_a_disk_that_waits_holds_up_the_take_and_nothing_else(
    given: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    awake = threading.Event()
    waited: list[bool] = []
    exists, glob = Path.exists, Path.glob

    def wait(folder: Path) -> None:
        if folder == tmp_path:
            waited.append(awake.wait(10))

    def slow_exists(path: Path, **options: bool) -> bool:
        wait(path.parent)
        return exists(path, **options)

    def slow_glob(path: Path, pattern: str, **options: bool) -> object:
        wait(path)
        return glob(path, pattern, **options)

    monkeypatch.setattr(recording_controller, "takes_folder", lambda: tmp_path)
    monkeypatch.setattr(Path, "exists", slow_exists)
    monkeypatch.setattr(Path, "glob", slow_glob)

    async def talk(rig: Rig, speaker: Speaker) -> None:
        speaker.say("/record", "i" + "s" * len(given), 1, *given)
        await speaker.sync(1)
        assert rig.block.take == 1, "the take begins at once"
        awake.set()
        assert (await speaker.hear())[0] == "/fail", "this rig starts no recorder"
        assert rig.block.take == 0

    serve(talk)
    assert waited == [True]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (PermissionError(errno.EACCES, "Permission denied"), "permission denied"),
        (RuntimeError("can't start new thread"), "can't start new thread"),
    ],
)
def test_a_folder_of_takes_that_cannot_be_read_is_a_refusal(
    monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str
) -> None:
    def refuse() -> NoReturn:
        raise error

    monkeypatch.setattr(recording_controller, "takes_folder", refuse)

    async def talk(rig: Rig, speaker: Speaker) -> None:
        await subscribe(speaker)
        speaker.say("/record", "i", 1)
        told = [await speaker.hear()]
        while ("/record", [0]) not in told:
            told.append(await speaker.hear())
        text = f"the folder of takes cannot be read ({reason})"
        assert ("/fail", ["/distill/record", "invalid", text]) in told

    serve(talk)


def test_warnings_reach_subscribers_and_messages_do_not() -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        feed = WarningFeed(rig.controller.server)
        try:
            await subscribe(speaker)
            with Speaker(rig) as other:
                other.say("/nothing")
                await other.sync(1)
            await asyncio.to_thread(logging.getLogger("distill_live.live").warning, "Disk\n%s", "!")
            assert await speaker.hear() == ("/warning", ["Disk?!"])
            logging.getLogger("distill_live.live").info("nothing to worry about")
        finally:
            feed.close()
        logging.getLogger("distill_live.live").warning("too late")
        speaker.say("/sync", "i", 2)
        assert await speaker.hear() == ("/synced", [2])

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


FADE_OUT = (("/gain", [-6.0]), ("/axis/tilt", [0.5]))
"""A preset's moves in the tests of order, beside the clearing of macros."""


class Disk:
    """Presets "A" and "B", and a disk that answers to a test."""

    def __init__(self, rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in "AB":
            rig.store.store(name, tuple((path, tuple(values)) for path, values in FADE_OUT))
        self.answers = {what: threading.Event() for what in ("recall", "store")}
        for what, event in self.answers.items():
            monkeypatch.setattr(rig.store, what, self._slow(getattr(rig.store, what), event))

    @staticmethod
    def _slow(act: Callable[..., object], event: threading.Event) -> Callable[..., object]:
        def wait(*args: object) -> object:
            assert event.wait(20)
            return act(*args)

        return wait


def recalled(rig: Rig) -> list[tuple[str, Values]]:
    """What was changed, without macros that are cleared."""
    return [change for change in rig.synthesis.changes if change[0] != "/macro/clear"]


MOVES = [(path, tuple(values)) for path, values in FADE_OUT]


def test_a_recall_comes_before_what_its_client_says_next(monkeypatch: pytest.MonkeyPatch) -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        disk = Disk(rig, monkeypatch)
        speaker.say("/gain", "f", -1)
        speaker.say("/preset/recall", "s", "A")
        speaker.say("/gain", "f", -2)
        speaker.say("/gain")
        speaker.say("/preset/recall", "s", "B")
        speaker.say("/gain", "f", -3)
        speaker.say("/panic")
        with Speaker(rig) as other:
            other.say("/gain", "f", -4)
            await other.sync(1)
        assert recalled(rig) == [*ENDS, ("/gain", (-1.0,)), ("/panic", ()), ("/gain", (-4.0,))]
        assert rig.block.panicked == 1, "what stops the sound waits for nothing"
        disk.answers["recall"].set()
        done = [("/done", ["/distill/preset/recall", name]) for name in "AB"]
        heard = await answers(speaker, 3)
        assert heard[0] == done[0]
        assert sorted(map(str, heard[1:])) == sorted(map(str, [("/gain", [0.0]), done[1]]))
        await speaker.sync(2)
        assert recalled(rig)[5:] == [*MOVES, ("/gain", (-2.0,)), *MOVES, ("/gain", (-3.0,))]

    serve(talk)


def test_a_recall_that_the_disk_does_not_answer_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command_queue, "MAX_HOLD_S", 0.05)
    monkeypatch.setattr(command_queue, "MAX_HELD", 2)

    async def talk(rig: Rig, speaker: Speaker) -> None:
        disk = Disk(rig, monkeypatch)
        speaker.say("/preset/recall", "s", "A")
        for number in range(4):
            speaker.say("/sync", "i", number)
        heard = await answers(speaker, 5)
        failed = [values[:2] for path, values in heard if path == "/fail"]
        assert failed == [["/distill/sync", "busy"]] * 2 + [["/distill/preset/recall", "busy"]]
        assert [values for path, values in heard if path == "/synced"] == [[0], [1]]
        monkeypatch.setattr(command_queue, "MAX_HOLD_S", 10.0)  # on a busy machine
        disk.answers["recall"].set()
        speaker.say("/preset/recall", "s", "A")
        assert await speaker.hear() == ("/done", ["/distill/preset/recall", "A"])

    serve(talk)


def test_a_recall_waits_for_the_storing_of_its_own_preset_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        disk = Disk(rig, monkeypatch)
        disk.answers["recall"].set()
        speaker.say("/preset/store", "s", "B")
        speaker.say("/preset/recall", "s", "A")
        assert await speaker.hear() == ("/done", ["/distill/preset/recall", "A"])
        assert recalled(rig) == [*ENDS, *MOVES]
        speaker.say("/preset/recall", "s", "B")
        speaker.say("/sync", "i", 1)
        with Speaker(rig) as other:
            await other.sync(1)
        assert recalled(rig) == [*ENDS, *MOVES]
        disk.answers["store"].set()
        assert await answers(speaker, 3) == [
            ("/done", ["/distill/preset/store", "B"]),
            ("/done", ["/distill/preset/recall", "B"]),
            ("/synced", [1]),
        ]
        assert recalled(rig)[-1] == ("/freeze", (0,)), "as it was stored"

    serve(talk)


def test_a_bundle_with_a_recall_takes_effect_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        for answer in Disk(rig, monkeypatch).answers.values():
            answer.set()
        parts = (("/speed", "f", 2), ("/preset/recall", "s", "A"), ("/speed", "f", 3))
        speaker.say_together(*parts)
        assert await speaker.hear() == ("/done", ["/distill/preset/recall", "A"])
        (_, idle), (due_ns, together) = rig.synthesis.heard
        assert (due_ns, idle) == (None, ENDS)
        assert together == [
            ("/speed", (2.0,)),
            *[("/macro/clear", (macro,)) for macro in range(1, MACROS + 1)],
            *MOVES,
            ("/speed", (3.0,)),
        ]
        said_ns = time.perf_counter_ns()
        speaker.say_together(*parts, ("/preset/store", "s", "new"), ahead_s=0.3)
        speaker.say("/speed", "f", 1)
        await speaker.sync(1)
        _, _, (due_ns, later), (now, next_one) = rig.synthesis.heard
        assert later == together
        assert 0 < due_ns - said_ns < 0.4e9
        assert (now, next_one) == (None, [("/speed", (1.0,))]), "what follows need not wait"
        assert await speaker.hear() == ("/done", ["/distill/preset/recall", "A"])
        early_ns = 1e9 * time.get_clock_info("monotonic").resolution  # asyncio's timers may be
        assert time.perf_counter_ns() >= due_ns - early_ns
        assert "state?" not in rig.synthesis.heard
        while "state?" not in rig.synthesis.heard:
            await asyncio.sleep(0.001)
        assert time.perf_counter_ns() > due_ns, "it keeps what the bundle brought"
        assert await speaker.hear() == ("/done", ["/distill/preset/store", "new"])

    serve(talk)


def test_what_is_stored_is_what_was_said_before(monkeypatch: pytest.MonkeyPatch) -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        speaker.say_together(("/gain", "f", -1), ("/preset/store", "s", "A"), ("/gain", "f", -2))
        assert await speaker.hear() == ("/done", ["/distill/preset/store", "A"])
        first, second = [(None, [("/gain", (value,))]) for value in (-1.0, -2.0)]
        assert rig.synthesis.heard[1:] == [first, "state?", second]

    serve(talk)


def test_after_a_recall_all_are_told_where_it_brings_axes_and_map(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        Disk(rig, monkeypatch).answers["recall"].set()
        speaker.say("/notify", "i", 1)
        while (await speaker.hear())[0] != "/done":
            pass
        speaker.say("/preset/recall", "s", "A")
        told: list[tuple[str, list[object]]] = []
        while not {"/axis/noise", "/map"} <= {path for path, _ in told}:
            told.append(await speaker.hear())
        assert dict(told)["/map"] == [0.5, 0.5], "as synthesis says"
        assert dict(told)["/gain"] == [-6.0]

    serve(talk)


def test_an_answer_to_all_does_not_replace_what_is_newer() -> None:
    subscribers = Subscribers()
    first = subscribers.add(Client("127.0.0.1", 1))
    expecting = subscribers.expect(["/map", "/axis/tilt"])
    assert subscribers.owe("/map", (0.1, 0.2), Client("127.0.0.1", 1))
    assert subscribers.collect() == []
    subscribers.settle(
        expecting, ["/map", "/axis/tilt"], {"/map": (0.5, 0.5), "/axis/tilt": (0.25,)}
    )
    told = {path: values for _, path, values in subscribers.collect()}
    assert told == {"/map": (0.1, 0.2), "/axis/tilt": (0.25,)}
    assert not first.awaits("/map")


@pytest.mark.parametrize("path", ["/preset/store", "/preset/recall", "/preset/list"])
def test_whatever_goes_wrong_with_a_preset_is_answered(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("what \ud800 is this?")

    async def talk(rig: Rig, speaker: Speaker) -> None:
        for what in ("store", "recall", "names"):
            monkeypatch.setattr(rig.store, what, broken)
        speaker.say(path, "" if path.endswith("list") else "s", *"A"[path.endswith("list") :])
        answered, (address, code, text) = await speaker.hear()
        assert (answered, address, code) == ("/fail", f"/distill{path}", "invalid")
        assert "internal error: ValueError" in str(text)
        await speaker.sync(1)

    serve(talk, ValueError)


def test_a_preset_is_deleted_from_the_model_for_which_that_was_said() -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        other = PresetStore(rig.folder, "other", "fedcba9876543210", rig.lines.append)
        for store in (rig.store, other):
            store.store("A", (("/gain", (-6.0,)),))
        swapped = asyncio.Event()

        async def wait() -> None:
            await swapped.wait()

        presets = rig.controller.presets
        presets._tasks.add("/preset/list", Client("127.0.0.1", 1), wait)  # a slow disk
        speaker.say("/preset/delete", "s", "A")
        speaker.say("/gain", "")
        assert (await speaker.hear())[0] == "/gain"
        presets.use(other, MODEL_TABLE)
        swapped.set()
        assert await speaker.hear() == ("/done", ["/distill/preset/delete", "A"])
        assert (rig.store.names(), other.names()) == ([], ["A"])

    serve(talk)


def test_every_address_of_control_has_one_handler() -> None:
    async def talk(rig: Rig, _: Speaker) -> None:
        own = {path for path, address in TABLE.items() if address.owner == "control"}
        read = {"/preset/recall", "/gesture/play"}
        assert set(rig.controller.handlers) == own - read

    serve(talk)
