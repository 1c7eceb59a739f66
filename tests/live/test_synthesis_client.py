"""Synthesis client: no command is lost when synthesis restarts."""

import pytest

from distill_live.addresses import Command
from distill_live.errors import CommandError
from distill_live.ipc.protocol import (
    Answer,
    ApplyCommands,
    LoadModel,
    Message,
    Question,
    Ready,
    Refusal,
    StateReport,
    Sync,
)
from distill_live.live.control.synthesis_client import (
    MAX_QUESTIONS,
    MAX_UNSENT,
    SynthesisClient,
)


class Process:
    def __init__(self, room: int = 1000) -> None:
        self.heard: list[Message] = []
        self.room = room

    def send(self, message: Message) -> bool:
        if len(self.heard) >= self.room:
            return False
        self.heard.append(message)
        return True

    @property
    def batches(self) -> list[ApplyCommands]:
        return [message for message in self.heard if isinstance(message, ApplyCommands)]

    @property
    def questions(self) -> list[Question]:
        return [message for message in self.heard if isinstance(message, Question)]

    @property
    def numbers(self) -> list[int]:
        return [batch.number for batch in self.batches]

    @property
    def changes(self) -> list[tuple[int | None, list[Command]]]:
        """When and what, of each change."""
        return [(batch.due_ns, list(batch.commands)) for batch in self.batches]


class Clock:
    def __init__(self) -> None:
        self.now_ns = 1000

    def __call__(self) -> int:
        self.now_ns += 1
        return self.now_ns


def gain(db: float) -> list[Command]:
    return [Command("/gain", (db,))]


def state(number: int, *dbs: float, not_yet_due: tuple[int, ...] = ()) -> StateReport:
    return StateReport(number, tuple(Command("/gain", (db,)) for db in dbs), not_yet_due)


def test_the_next_process_hears_what_the_reported_state_does_not_contain() -> None:
    link, first = SynthesisClient(gain(0.0)), Process()
    link.attach(first)
    for db in (-1.0, -2.0, -3.0):
        link.apply(gain(db))
    assert link.handle(state(first.numbers[1], -2.0))
    link.detach()
    second = Process()
    link.attach(second)
    assert link.state == tuple(gain(-2.0))
    assert second.changes == [(None, gain(-3.0))]

    link.detach()
    third = Process()
    link.attach(third)
    assert third.changes == second.changes
    # It begins with the old state, and says so before it has heard anything.
    link.handle(state(0, -2.0))
    fourth = Process()
    link.attach(fourth)
    assert fourth.changes == second.changes
    link.handle(state(fourth.numbers[-1], -3.0))
    fifth = Process()
    link.attach(fifth)
    assert fifth.heard == []


def test_what_nobody_hears_is_gathered_in_the_order_in_which_it_was_said_last() -> None:
    link = SynthesisClient(())
    link.apply([Command("/play", (1,)), *gain(-1.0)])
    link.apply([Command("/panic", ())])
    for step in range(2 * MAX_UNSENT):
        link.apply(gain(-step / 1000))
    link.apply([Command("/mute", (1,))])
    link.apply([Command("/panic", ()), Command("/play", (1,))])
    process = Process()
    link.attach(process)
    last = -(2 * MAX_UNSENT - 1) / 1000
    assert process.changes == [
        (None, [*gain(last), Command("/mute", (1,)), Command("/panic", ()), Command("/play", (1,))])
    ]


def test_what_is_due_later_is_said_again_until_it_was_due() -> None:
    clock = Clock()
    link, first = SynthesisClient((), clock), Process()
    link.attach(first)
    link.apply(gain(-5.0), due_ns=5000)
    link.apply(gain(-3.0), due_ns=3000)
    link.apply(gain(-1.0))
    soon, sooner, now = first.numbers
    link.handle(state(now, -1.0, not_yet_due=(soon, sooner)))
    second = Process()
    link.attach(second)
    assert second.changes == [(3000, gain(-3.0)), (5000, gain(-5.0))]

    link.handle(state(0, -1.0))
    clock.now_ns = 4000  # the first of them was due while nobody was there
    link.detach()
    link.apply([Command("/play", (1,))])
    third = Process()
    link.attach(third)
    assert third.changes == [(None, [*gain(-3.0), Command("/play", (1,))]), (5000, gain(-5.0))]
    link.handle(state(third.numbers[-1], -5.0))
    fourth = Process()
    link.attach(fourth)
    assert fourth.heard == []


def test_what_waits_for_a_beat_is_said_again_before_what_came_after() -> None:
    link, first = SynthesisClient(()), Process()
    link.attach(first)
    play, stop = Command("/path/play", (1,), on_beat=True), Command("/path/stop", ())
    link.apply([Command("/path/play", (1,))])
    link.handle(StateReport(first.numbers[-1], (), (), (play,)))
    link.apply([stop])
    link.detach()
    second = Process()
    link.attach(second)
    assert second.changes == [(None, [play, stop])]

    link.handle(StateReport(0, (), ()))  # of before it heard anything
    link.detach()
    third = Process()
    link.attach(third)
    assert third.changes == second.changes
    link.handle(StateReport(third.numbers[-1], (), ()))
    fourth = Process()
    link.attach(fourth)
    assert fourth.heard == []


def test_what_took_effect_while_nobody_was_there_keeps_its_order() -> None:
    clock = Clock()
    link = SynthesisClient((), clock)
    link.apply(gain(-3.0), due_ns=3000)
    link.apply(gain(-1.0))
    clock.now_ns = 3500
    process = Process()
    link.attach(process)
    assert process.changes == [(None, gain(-3.0))]


def test_a_process_that_does_not_read_misses_nothing() -> None:
    link, stuck = SynthesisClient(()), Process(room=2)
    answers: list[object] = []
    link.attach(stuck)
    for db in (-1.0, -2.0, -3.0):
        link.apply(gain(db))
    link.ask(Sync(), answers.append)
    link.apply([Command("/mute", (1,))])
    assert stuck.changes == [(None, gain(-1.0)), (None, gain(-2.0))]
    stuck.room = 4
    link.handle(state(2, -2.0))
    assert stuck.changes[2:] == [(None, gain(-3.0)), (None, [Command("/mute", (1,))])]
    assert answers == []
    stuck.room = 5
    link.handle(state(4))
    assert [question.request for question in stuck.questions] == [Sync()]
    assert stuck.heard[-1] == stuck.questions[0]
    assert stuck.numbers == sorted(stuck.numbers)
    fresh = Process()
    link.attach(fresh)
    assert fresh.heard == stuck.questions


def test_questions_are_asked_again_and_answered_once() -> None:
    link, first, second = SynthesisClient(()), Process(), Process()
    answers: list[object] = []
    link.attach(first)
    link.ask_values(["/gain"], answers.append)
    link.ask(Sync(), answers.append)
    link.detach()
    link.attach(second)
    assert second.heard == first.heard
    value, done = second.questions
    link.handle(Answer(value.token, ((-6.0,),)))
    link.handle(Answer(value.token, ((-6.0,),)))
    link.handle(Answer(done.token, None))
    assert answers == [((-6.0,),), None]
    third = Process()
    link.attach(third)
    assert third.heard == []


def test_a_model_whose_loading_ends_a_process_is_not_loaded_by_the_next() -> None:
    link, first, second = SynthesisClient([]), Process(), Process()
    loads: list[object] = []
    link.attach(first)
    link.ask(LoadModel(2, "bells.distill", "0" * 64), loads.append)
    link.detach()
    assert loads == [Refusal("invalid", "the synthesis process ended while loading it")]
    link.ask(LoadModel(3, "bells.distill", "0" * 64), loads.append)  # not asked yet
    link.attach(second)
    loading = [question.request for question in second.questions]
    assert loading == [LoadModel(3, "bells.distill", "0" * 64)]
    assert len(loads) == 1


def test_too_many_questions_are_refused() -> None:
    link = SynthesisClient(())
    for _ in range(MAX_QUESTIONS):
        link.ask(Sync(), lambda _: None)
    with pytest.raises(CommandError) as refusal:
        link.ask(Sync(), lambda _: None)
    assert refusal.value.code == "busy"


def test_what_is_not_its_own_it_leaves() -> None:
    assert not SynthesisClient(()).handle(Ready())


def test_a_glide_is_kept_until_it_is_heard() -> None:
    link, gone, back = SynthesisClient(()), Process(), Process()
    link.attach(gone)
    glide = Command("/gain", (-6.0,), glide_s=5.0)
    link.apply([*gain(-1.0), Command("/speed", (2.0,))])
    link.apply([glide])
    link.detach()
    link.attach(back)
    assert back.changes == [(None, [Command("/speed", (2.0,)), glide])]


def test_commands_about_different_things_do_not_replace_each_other() -> None:
    link, process = SynthesisClient(()), Process()

    def mapped(macro: int, target: str, end: float) -> Command:
        return Command("/macro/map", (macro, target, 0.0, end, "linear"))

    clear = Command("/macro/clear", (1,))
    for command in (mapped(1, "gain", 1.0), mapped(1, "speed", 1.0), mapped(2, "gain", 1.0)):
        link.apply([command])
    link.apply([clear, mapped(1, "gain", 2.0)])
    link.attach(process)
    kept = [mapped(1, "speed", 1.0), mapped(2, "gain", 1.0), clear, mapped(1, "gain", 2.0)]
    assert process.changes == [(None, kept)]


def test_a_score_is_said_to_every_process_though_reports_leave_it_out() -> None:
    link, first = SynthesisClient(gain(0.0)), Process()
    link.attach(first)
    for run in (1, 2):
        score = Command("/gesture/score", (run, "text"))
        link.apply([score, Command("/gesture/seek", (run,))])
    seek = Command("/gesture/seek", (2, 512.0, 1))
    link.handle(StateReport(first.numbers[-1], (seek,), ()))
    assert link.state == (Command("/gesture/score", (2, "text")), seek)
    second = Process()
    link.attach(second)
    assert second.changes == []
