"""Gesture controller with fake neighbours: recorded content, order, notifications."""

import asyncio
import time

from support.controller_rig import MODEL_TABLE, Rig, Speaker, serve

from distill_live.addresses import Command
from distill_live.gestures import Gesture, GestureStore, TimedCommand


def gesture(rig: Rig, name: str) -> Gesture:
    return GestureStore(rig.folder, "tiny", "0123456789abcdef", rig.lines.append).load(name)


async def until(speaker: Speaker, path: str, *values: object) -> None:
    while await speaker.hear() != (path, list(values)):
        pass


async def record(speaker: Speaker, name: str) -> None:
    speaker.say("/gesture/record", "s", name)
    await until(speaker, "/done", "/distill/gesture/record", name)


async def stop(speaker: Speaker, name: str) -> None:
    speaker.say("/gesture/stop")
    await until(speaker, "/done", "/distill/gesture/stop", name)


def test_a_recording_ends_the_one_before_and_keeps_it() -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        await record(speaker, "one")
        speaker.say("/gain", "f", -6)
        speaker.say("/gesture/record", "s", "two")
        await until(speaker, "/done", "/distill/gesture/stop", "one")
        await until(speaker, "/done", "/distill/gesture/record", "two")
        speaker.say("/axis/tilt", "ff", 0.5, 2)
        speaker.say("/panic")
        speaker.say("/play", "i", 1)
        await stop(speaker, "two")
        assert [s.command for s in gesture(rig, "one").commands] == [
            Command("/gain", (0.0,)),
            Command("/gain", (-6.0,)),
        ]
        assert [s.command for s in gesture(rig, "two").commands] == [
            Command("/axis/tilt", (0.0,)),
            Command("/axis/tilt", (0.5,), glide_s=2.0),
        ]

    serve(talk)


def test_a_recording_that_the_session_ends_is_kept() -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        await record(speaker, "last")
        speaker.say("/gain", "f", -6)
        await speaker.sync(1)
        await rig.controller.finish(10.0)
        assert gesture(rig, "last").commands[-1].command == Command("/gain", (-6.0,))
        await rig.controller.finish(10.0)

    serve(talk)


def test_a_preset_is_recorded_as_what_it_changes_and_a_gesture_is_not() -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        speaker.say("/preset/store", "s", "Dawn")
        await until(speaker, "/done", "/distill/preset/store", "Dawn")
        await record(speaker, "first")
        speaker.say("/preset/recall", "sf", "Dawn", 2.5)
        await until(speaker, "/done", "/distill/preset/recall", "Dawn")
        await stop(speaker, "first")
        said = {
            s.command.address: s.command for s in gesture(rig, "first").commands if s.seconds > 0
        }
        assert (said["/gain"].args, said["/gain"].glide_s) == ((-6.0,), 2.5)
        assert said["/latent"].args == (0.5, -1.0, 0.25)

        await record(speaker, "second")
        speaker.say("/gesture/play", "s", "first")
        speaker.say("/pitch", "f", 2)
        await until(speaker, "/done", "/distill/gesture/play", "first")
        speaker.say("/gesture/stop")
        await until(speaker, "/done", "/distill/gesture/stop", "second")
        assert {s.command.address for s in gesture(rig, "second").commands} == {"/pitch"}

    serve(talk)


def test_a_gesture_is_played_before_what_is_said_next_and_as_one_with_its_bundle() -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        store = GestureStore(rig.folder, "tiny", "0123456789abcdef", rig.lines.append)
        store.store("drawn", Gesture(1.0, (TimedCommand(0.5, Command("/gain", (-6.0,))),)))
        for _ in range(2):  # from the disk, then at hand
            speaker.say("/gesture/speed", "f", 2)
            speaker.say("/gesture/play", "s", "drawn")
            speaker.say("/pitch", "f", 2)
            await until(speaker, "/done", "/distill/gesture/play", "drawn")
            await speaker.sync(1)
            assert [path for path, _ in rig.synthesis.changes[-4:]] == [
                "/gesture/speed",
                "/gesture/score",
                "/gesture/seek",
                "/pitch",
            ]
        store.store("drawn", Gesture(2.0, (TimedCommand(0.5, Command("/gain", (-6.0,))),)))
        speaker.say("/gesture/play", "s", "drawn")
        await until(speaker, "/done", "/distill/gesture/play", "drawn")
        await speaker.sync(2)
        (_, (run, score)), seek = rig.synthesis.changes[-2:]
        assert str(score).startswith('{"seconds":2.0')
        assert seek == ("/gesture/seek", (run,))

    serve(talk)


def test_a_stop_withdraws_gestures_that_wait_for_a_beat_but_none_that_is_due_later() -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        store = GestureStore(rig.folder, "tiny", "0123456789abcdef", rig.lines.append)
        store.store("drawn", Gesture(1.0, (TimedCommand(0.5, Command("/gain", (-6.0,))),)))
        speaker.say_together(("/gesture/play", "s", "drawn"), ahead_s=0.5)
        await stop(speaker, "")
        await until(speaker, "/done", "/distill/gesture/play", "drawn")
        assert rig.controller.gestures.playing == "drawn"
        await stop(speaker, "drawn")
        rig.block.beat_clock_ns = time.perf_counter_ns() + 2 * 10**9
        for _ in range(2):
            speaker.say("/gesture/play", "s", "drawn")
        await stop(speaker, "")
        assert rig.synthesis.changes[-1] == ("/gesture/score", (3, ""))
        speaker.say("/gesture/play", "s", "drawn")
        await until(speaker, "/done", "/distill/gesture/play", "drawn")
        assert rig.controller.gestures.playing == "drawn"
        speaker.say("/sync", "i", 1)
        assert await speaker.hear() == ("/synced", [1])  # none that was withdrawn is answered
        await stop(speaker, "drawn")

    serve(talk)


def test_a_gesture_that_ends_within_its_beat_is_answered() -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        store = GestureStore(rig.folder, "tiny", "0123456789abcdef", rig.lines.append)
        store.store("short", Gesture(0.01, (TimedCommand(0.0, Command("/gain", (-6.0,))),)))
        rig.block.beat_clock_ns = time.perf_counter_ns() + 10**9
        speaker.say("/gesture/play", "s", "short")
        await speaker.sync(1)
        rig.controller.gestures.ended(1)
        await until(speaker, "/done", "/distill/gesture/play", "short")
        assert rig.controller.gestures.playing == ""
        await stop(speaker, "")

    serve(talk)


def test_a_note_that_is_released_before_its_beat_is_recorded_whole() -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        await record(speaker, "x")
        rig.block.beat_clock_ns = time.perf_counter_ns() + 2 * 10**9
        speaker.say("/note/on", "ff", 60, 1)
        await asyncio.sleep(0.2)
        speaker.say("/note/on", "ff", 60, 0)
        await speaker.sync(1)
        await asyncio.sleep(2.5)
        await stop(speaker, "x")
        on, off = gesture(rig, "x").commands
        assert (on.command, off.command.args[0]) == (Command("/note/on", (60.0, 1.0)), 60.0)
        assert off.seconds > on.seconds

    serve(talk)


def test_what_is_withdrawn_before_its_beat_is_not_recorded() -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        await record(speaker, "x")
        rig.block.beat_clock_ns = time.perf_counter_ns() + 2 * 10**9
        for path, kinds, *values in (
            ("/path/play", "i", 0),
            ("/note/on", "ff", 60, 1),
            ("/path/stop", ""),
            ("/note/release", ""),
            ("/path/play", "i", 1),
        ):
            speaker.say(str(path), str(kinds), *values)
        await speaker.sync(1)
        await asyncio.sleep(2.1)
        await stop(speaker, "x")
        said = [s.command for s in gesture(rig, "x").commands]
        assert said == [
            Command("/path/stop", (1,)),
            Command("/note/release", (1,)),
            Command("/path/play", (1,)),
        ]

    serve(talk)


def test_subscribers_follow_a_gesture_and_learn_its_end() -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        await record(speaker, "x")
        speaker.say("/gain", "f", -6)
        await stop(speaker, "x")
        with Speaker(rig) as other:
            other.say("/notify", "i", 1)
            await until(other, "/gesture/playing", "")
            await until(other, "/done", "/distill/notify", "subscribed")
            speaker.say("/gesture/play", "s", "x")
            await until(other, "/gesture/playing", "x")
            await until(other, "/gain", 0.0)  # what the engine answers
            rig.controller.gestures.ended(99)  # another's end
            rig.controller.gestures.ended(1)
            await until(other, "/gesture/playing", "")
            speaker.say("/gesture/stop")
            await until(speaker, "/done", "/distill/gesture/stop", "")

    serve(talk)


def test_subscribers_learn_that_a_gesture_has_changed_mappings() -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        store = GestureStore(rig.folder, "tiny", "0123456789abcdef", rig.lines.append)
        store.store("x", Gesture(1.0, (TimedCommand(0.5, Command("/macro/clear", (1,))),)))
        rig.synthesis.values["/macro/map"] = (5,)
        speaker.say("/notify", "i", 1)
        speaker.say("/gesture/play", "s", "x")
        await until(speaker, "/gesture/playing", "x")
        await until(speaker, "/macro/changed", 1)  # it may have been by now
        rig.synthesis.values["/macro/map"] = (6,)
        await until(speaker, "/macro/changed", 2)
        rig.controller.gestures.ended(1)
        await until(speaker, "/gesture/playing", "")

    serve(talk)


def test_a_full_recording_says_so_and_is_kept_as_it_is() -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        await record(speaker, "long")
        speaker.say("/gain", "f", -6)
        await speaker.sync(1)
        assert rig.controller.gestures._recording is not None
        recorder = rig.controller.gestures._recording.recorder
        for number in range(60_000):
            recorder.record(number / 100, Command("/gain", (-1.0,)))
        recorder.full = False
        for _ in range(3):
            speaker.say("/gain", "f", -7)
        path, (address, code, _) = await speaker.hear()
        assert (path, address, code) == ("/fail", "/distill/gesture/record", "full")
        await asyncio.sleep(0.05)
        await stop(speaker, "long")
        assert len(gesture(rig, "long").commands) > 40_000

    serve(talk)


def test_the_wire_knows_nothing_of_scores() -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        for path, kinds, values in (
            ("/gesture/score", "is", (1, "x")),
            ("/gesture/seek", "i", (1,)),
            ("/gesture/*", "i", (1,)),
        ):
            speaker.say(path, kinds, *values)
            reply, (address, code, _) = await speaker.hear()
            assert (reply, address) == ("/fail", "/distill" + path)
            assert code in ("unknown-address", "forbidden")
        assert rig.synthesis.changes == []
        assert not {"/gesture/score", "/gesture/seek"} & MODEL_TABLE.keys()

    serve(talk)
