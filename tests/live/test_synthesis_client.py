"""Synthesis client: no command is lost when synthesis restarts."""

from typing import Any

import pytest

from distill_live.errors import CommandError
from distill_live.live.control.synthesis_client import (
    QUESTION_LIMIT,
    UNSAID_LIMIT,
    ClientCommand,
    SynthesisClient,
)


class Process:
    def __init__(self, room: int = 1000) -> None:
        self.heard: list[list[Any]] = []
        self.room = room

    def send(self, *message: object) -> bool:
        if len(self.heard) >= self.room:
            return False
        self.heard.append(list(message))
        return True

    @property
    def changes(self) -> list[tuple[object, object]]:
        """When and what, of each change."""
        return [(message[2], message[3]) for message in self.heard if message[0] == "do"]


class Clock:
    def __init__(self) -> None:
        self.now_ns = 1000

    def __call__(self) -> int:
        self.now_ns += 1
        return self.now_ns


def gain(db: float) -> list[ClientCommand]:
    return [ClientCommand("/gain", (db,), None)]


def test_the_next_process_hears_what_the_reported_state_does_not_contain() -> None:
    link, first = SynthesisClient([("/gain", (0.0,))]), Process()
    link.attach(first)
    for db in (-1.0, -2.0, -3.0):
        link.change(None, gain(db))
    numbers = [message[1] for message in first.heard]
    assert link.hear(["state", numbers[1], [["/gain", [-2.0]]], []])
    link.detach()
    second = Process()
    link.attach(second)
    assert link.state == [["/gain", [-2.0]]]
    assert second.changes == [(None, gain(-3.0))]

    link.detach()
    third = Process()
    link.attach(third)
    assert third.changes == second.changes
    # It begins with the old state, and says so before it has heard anything.
    link.hear(["state", 0, [["/gain", [-2.0]]], []])
    fourth = Process()
    link.attach(fourth)
    assert fourth.changes == second.changes
    link.hear(["state", fourth.heard[-1][1], [["/gain", [-3.0]]], []])
    fifth = Process()
    link.attach(fifth)
    assert fifth.heard == []


def test_what_nobody_hears_is_gathered_in_the_order_in_which_it_was_said_last() -> None:
    link = SynthesisClient(())
    link.change(None, [ClientCommand("/play", (1,), "a"), ClientCommand("/gain", (-1.0,), "a")])
    link.change(None, [ClientCommand("/panic", (), "b")])
    for step in range(2 * UNSAID_LIMIT):
        link.change(None, gain(-step / 1000))
    link.change(None, [ClientCommand("/mute", (1,), "c")])
    link.change(None, [ClientCommand("/panic", (), "b"), ClientCommand("/play", (1,), "a")])
    process = Process()
    link.attach(process)
    last = -(2 * UNSAID_LIMIT - 1) / 1000
    assert process.changes == [
        (
            None,
            [
                *gain(last),
                ClientCommand("/mute", (1,), "c"),
                ClientCommand("/panic", (), "b"),
                ClientCommand("/play", (1,), "a"),
            ],
        )
    ]


def test_what_is_due_later_is_said_again_until_it_was_due() -> None:
    clock = Clock()
    link, first = SynthesisClient((), clock), Process()
    link.attach(first)
    link.change(5000, gain(-5.0))
    link.change(3000, gain(-3.0))
    link.change(None, gain(-1.0))
    soon, sooner, now = (message[1] for message in first.heard)
    link.hear(["state", now, [["/gain", [-1.0]]], [soon, sooner]])
    second = Process()
    link.attach(second)
    assert second.changes == [(3000, gain(-3.0)), (5000, gain(-5.0))]

    link.hear(["state", 0, [["/gain", [-1.0]]], []])
    clock.now_ns = 4000  # the first of them was due while nobody was there
    link.detach()
    link.change(None, [ClientCommand("/play", (1,), None)])
    third = Process()
    link.attach(third)
    assert third.changes == [
        (None, [*gain(-3.0), ClientCommand("/play", (1,), None)]),
        (5000, gain(-5.0)),
    ]
    link.hear(["state", third.heard[-1][1], [["/gain", [-5.0]]], []])
    fourth = Process()
    link.attach(fourth)
    assert fourth.heard == []


def test_what_took_effect_while_nobody_was_there_keeps_its_order() -> None:
    clock = Clock()
    link = SynthesisClient((), clock)
    link.change(3000, gain(-3.0))
    link.change(None, gain(-1.0))
    clock.now_ns = 3500
    process = Process()
    link.attach(process)
    assert process.changes == [(None, gain(-3.0))]


def test_a_process_that_does_not_read_misses_nothing() -> None:
    link, stuck = SynthesisClient(()), Process(room=2)
    answers: list[object] = []
    link.attach(stuck)
    for db in (-1.0, -2.0, -3.0):
        link.change(None, gain(db))
    link.ask_done(answers.append)
    link.change(None, [ClientCommand("/mute", (1,), None)])
    assert stuck.changes == [(None, gain(-1.0)), (None, gain(-2.0))]
    stuck.room = 4
    link.hear(["state", 2, [["/gain", [-2.0]]], []])
    assert stuck.changes[2:] == [(None, gain(-3.0)), (None, [ClientCommand("/mute", (1,), None)])]
    assert answers == []
    stuck.room = 5
    link.hear(["state", 4, [], []])
    assert stuck.heard[-1][0] == "sync"
    numbers = [message[1] for message in stuck.heard[:4]]
    assert numbers == sorted(numbers)
    fresh = Process()
    link.attach(fresh)
    assert [message[0] for message in fresh.heard] == ["sync"]


def test_questions_are_asked_again_and_answered_once() -> None:
    link, first, second = SynthesisClient(()), Process(), Process()
    answers: list[object] = []
    link.attach(first)
    link.ask_values(["/gain"], answers.append)
    link.ask_done(answers.append)
    link.detach()
    link.attach(second)
    assert second.heard == first.heard
    (_, value_token, _), (_, done_token) = second.heard
    link.hear(["got", value_token, [[-6.0]]])
    link.hear(["got", value_token, [[-6.0]]])
    link.hear(["synced", done_token])
    assert answers == [[[-6.0]], []]
    third = Process()
    link.attach(third)
    assert third.heard == []


def test_a_model_whose_loading_ends_a_process_is_not_loaded_by_the_next() -> None:
    link, first, second = SynthesisClient([]), Process(), Process()
    loads: list[Any] = []
    link.attach(first)
    link.load(2, "bells.distill", "0" * 64, loads.append)
    link.detach()
    ((code, why),) = loads
    assert (code, why) == ("invalid", "the synthesis process ended while loading it")
    link.load(3, "bells.distill", "0" * 64, loads.append)  # nobody was asked for this one yet
    link.attach(second)
    assert [message[2] for message in second.heard if message[0] == "load"] == [3]
    assert len(loads) == 1


def test_too_many_questions_are_refused() -> None:
    link = SynthesisClient(())
    for _ in range(QUESTION_LIMIT):
        link.ask_done(lambda _: None)
    with pytest.raises(CommandError) as refusal:
        link.ask_done(lambda _: None)
    assert refusal.value.code == "busy"


def test_what_is_not_its_own_it_leaves() -> None:
    assert not SynthesisClient(()).hear(["ready"])


def test_a_glide_is_kept_until_it_is_heard() -> None:
    link, gone, back = SynthesisClient(()), Process(), Process()
    link.attach(gone)
    glide = ClientCommand("/gain", (-6.0,), "a", 5.0)
    link.change(None, [ClientCommand("/gain", (-1.0,), "a"), ClientCommand("/speed", (2.0,), "a")])
    link.change(None, [glide])
    link.detach()
    link.attach(back)
    assert back.changes == [(None, [("/speed", (2.0,), "a", None), glide])]


def test_commands_about_different_things_do_not_replace_each_other() -> None:
    link, process = SynthesisClient(()), Process()

    def mapped(macro: int, target: str, end: float) -> ClientCommand:
        return ClientCommand("/macro/map", (macro, target, 0.0, end, "linear"), "a")

    clear = ClientCommand("/macro/clear", (1,), "a")
    for command in (mapped(1, "gain", 1.0), mapped(1, "speed", 1.0), mapped(2, "gain", 1.0)):
        link.change(None, [command])
    link.change(None, [clear, mapped(1, "gain", 2.0)])
    link.attach(process)
    kept = [mapped(1, "speed", 1.0), mapped(2, "gain", 1.0), clear, mapped(1, "gain", 2.0)]
    assert process.changes == [(None, kept)]


def test_a_score_is_said_to_every_process_though_reports_leave_it_out() -> None:
    link, first = SynthesisClient([("/gain", (0.0,))]), Process()
    link.attach(first)
    for run in (1, 2):
        score = ClientCommand("/gesture/score", (run, "text"), None)
        link.change(None, [score, ClientCommand("/gesture/seek", (run,), None)])
    number = first.heard[-1][1]
    link.hear(["state", number, [["/gesture/seek", [2, 512.0, 1]]], []])
    assert link.state == [["/gesture/score", (2, "text")], ["/gesture/seek", [2, 512.0, 1]]]
    second = Process()
    link.attach(second)
    assert second.changes == []
