"""What control owes synthesis survives any number of its deaths."""

import pytest

from distill_live.errors import CommandError
from distill_live.live.link import QUESTION_LIMIT, SynthesisLink


class Process:
    def __init__(self) -> None:
        self.heard: list[list[object]] = []

    def send(self, *message: object) -> None:
        self.heard.append(list(message))


def gain(db: float) -> list[tuple[str, tuple[float, ...], object]]:
    return [("/gain", (db,), None)]


def test_the_next_process_hears_what_the_reported_state_does_not_contain() -> None:
    link, first = SynthesisLink([("/gain", (0.0,))]), Process()
    link.attach(first)
    for db in (-1.0, -2.0, -3.0):
        link.change(None, gain(db))
    numbers = [message[1] for message in first.heard]
    assert link.hear(["state", numbers[1], [["/gain", [-2.0]]]])
    link.detach()
    link.change(None, gain(-4.0))
    second = Process()
    link.attach(second)
    assert link.state == [["/gain", [-2.0]]]
    assert [message[3] for message in second.heard] == [gain(-3.0), gain(-4.0)]

    link.detach()
    third = Process()
    link.attach(third)
    assert third.heard == second.heard
    # It begins with the old state, and says so before it has heard anything.
    link.hear(["state", 0, [["/gain", [-2.0]]]])
    fourth = Process()
    link.attach(fourth)
    assert fourth.heard == second.heard
    link.hear(["state", second.heard[-1][1], [["/gain", [-4.0]]]])
    fifth = Process()
    link.attach(fifth)
    assert fifth.heard == []


def test_questions_are_asked_again_and_answered_once() -> None:
    link, first, second = SynthesisLink(()), Process(), Process()
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


def test_too_many_questions_are_refused() -> None:
    link = SynthesisLink(())
    for _ in range(QUESTION_LIMIT):
        link.ask_done(lambda _: None)
    with pytest.raises(CommandError) as refusal:
        link.ask_done(lambda _: None)
    assert refusal.value.code == "busy"


def test_what_is_not_its_own_it_leaves() -> None:
    assert not SynthesisLink(()).hear(["ready"])
