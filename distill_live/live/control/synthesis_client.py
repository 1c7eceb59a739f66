"""What control says to synthesis, so that nothing of it is lost when synthesis is started again.

Changes are kept until a state that contains them was reported, those that are due later until they
have taken effect; questions until they are answered. While synthesis is gone, or does not read,
what was not said yet is gathered: of each address the newest value. It knows nothing of processes
but that one can be spoken to, and nothing of who asked.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

from distill_live.addresses import LASTING, Subject, Values, subject
from distill_live.errors import CommandError
from distill_live.ipc.pipes import Message

QUESTION_LIMIT = 4096
"""Questions that may wait for an answer."""

UNSAID_LIMIT = 8192
"""Changes that may wait to be said before they are gathered; twice what may be due later."""

Answer = Callable[[list[Any]], None]
"""What to do with the values, or the paths and arguments, that were asked for."""


class ClientCommand(NamedTuple):
    """What a client wants of the engine."""

    path: str
    values: Values
    client: object
    """Who is told if the engine refuses."""
    glide_s: float | None = None
    """As in `distill_live.engine.Command`."""


class Speaker(Protocol):
    """Something that messages can be sent to."""

    def send(self, *message: object) -> bool:
        """Send a message; never waits. False if it was not taken."""


class _Change(NamedTuple):
    effect_ns: int
    """When it takes effect, on the monotonic clock."""
    due_ns: int | None
    commands: Sequence[ClientCommand]


class SynthesisClient:
    """The line to whichever synthesis process is running.

    Parameters
    ----------
    initial
        Paths and arguments that the first engine begins with.
    clock_ns
        The monotonic clock.

    Attributes
    ----------
    state : sequence
        Paths and arguments that bring a new engine to the state that was reported last, and what of
        `LASTING` was said last.
    """

    def __init__(
        self,
        initial: Sequence[tuple[str, Values]],
        clock_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self.state: Sequence[Any] = initial
        self._clock_ns = clock_ns
        self._process: Speaker | None = None
        self._number = 0
        self._journal: dict[int, _Change] = {}  # by number, rising: what `state` does not contain
        self._unsaid: deque[int] = deque()
        self._lasting: dict[str, Values] = {}
        self._token = 0
        self._questions: dict[int, tuple[Message, Answer]] = {}
        self._unasked: deque[int] = deque()

    def attach(self, process: Speaker) -> None:
        """Speak to `process`, which began with `state`; tell it all that came after."""
        self._process = process
        self._unsaid = deque(self._journal)
        self._unasked = deque(self._questions)
        self._gather()
        self._speak()

    def detach(self) -> None:
        """The process has ended; what is said now, the next one will hear.

        But for the loading of a model: it may be what has ended the process.
        """
        self._process = None
        loads = [token for token, (question, _) in self._questions.items() if question[0] == "load"]
        for token in loads:
            if token not in self._unasked:
                self._answer(token, ["invalid", "the synthesis process ended while loading it"])

    def change(self, due_ns: int | None, commands: Sequence[ClientCommand]) -> None:
        """Change the engine.

        Parameters
        ----------
        due_ns
            When, on the monotonic clock; None for the next hop.
        commands
            They take effect as one.
        """
        self._keep(_Change(self._clock_ns() if due_ns is None else due_ns, due_ns, commands))
        if len(self._unsaid) > UNSAID_LIMIT:
            self._gather()
        self._speak()

    def ask_values(self, paths: Sequence[str], answer: Answer) -> None:
        """Ask for values, as they are once every earlier change is heard.

        Raises
        ------
        CommandError
            If too many questions wait already.
        """
        self._ask("get", answer, list(paths))

    def ask_state(self, answer: Answer) -> None:
        """Ask for the engine's state, paths and arguments, once every earlier change is heard.

        Raises
        ------
        CommandError
            If too many questions wait already.
        """
        self._ask("get_state", answer)

    def ask_done(self, answer: Answer) -> None:
        """Be told, by no values, when every earlier change is heard.

        Raises
        ------
        CommandError
            If too many questions wait already.
        """
        self._ask("sync", answer)

    def ask_models(self, answer: Answer) -> None:
        """Ask which slots hold a model: number, weight, and whether something fades there.

        Raises
        ------
        CommandError
            If too many questions wait already.
        """
        self._ask("get_models", answer)

    def ask_timings(self, answer: Answer) -> None:
        """Ask for the timings since the last time, of a session that measures.

        Raises
        ------
        CommandError
            If too many questions wait already.
        """
        self._ask("get_timings", answer)

    def load(self, number: int, path: str, sha256: str, answer: Answer) -> None:
        """Play the model of an examined file in a slot; be told nothing, or a code and why.

        Raises
        ------
        CommandError
            If too many questions wait already.
        """
        self._ask("load", answer, number, path, sha256)

    def unload(self, number: int, answer: Answer) -> None:
        """Have a slot be empty; be told nothing, or a code and why.

        Raises
        ------
        CommandError
            If too many questions wait already.
        """
        self._ask("unload", answer, number)

    def hear(self, message: Message) -> bool:
        """Take in what synthesis says; False if it is not about changes or questions."""
        match message:
            case ["got", int(token), list(values)]:
                self._answer(token, values)
            case ["synced", int(token)]:
                self._answer(token, [])
            case ["state", int(number), list(state), list(not_yet_due)]:
                self.state = [*map(list, self._lasting.items()), *state]
                contained = {n for n in self._journal if n <= number}.difference(not_yet_due)
                for contained_number in contained:
                    del self._journal[contained_number]
            case _:
                return False
        self._speak()
        return True

    def _keep(self, change: _Change) -> None:
        self._number += 1
        self._journal[self._number] = change
        self._lasting |= {path: values for path, values, *_ in change.commands if path in LASTING}
        self._unsaid.append(self._number)

    def _gather(self) -> None:
        """Make one change of all that are unsaid, but for those that are due later."""
        now_ns = self._clock_ns()
        changes = [self._journal.pop(number) for number in self._unsaid]
        self._unsaid.clear()
        newest: dict[Subject, ClientCommand] = {}
        later: list[_Change] = []
        for change in sorted(changes, key=lambda change: change.effect_ns):
            if change.effect_ns > now_ns:
                later.append(change)
                continue
            for command in change.commands:
                path, values, *_ = command
                about = subject(path, values)
                newest.pop(about, None)  # it stands where it was said last
                newest[about] = command
        if newest:
            self._keep(_Change(now_ns, None, list(newest.values())))
        for change in later:
            self._keep(change)

    def _ask(self, kind: str, answer: Answer, *of: object) -> None:
        if len(self._questions) >= QUESTION_LIMIT:
            raise CommandError(f"{QUESTION_LIMIT} questions wait already; ask again later", "busy")
        self._token += 1
        self._questions[self._token] = ([kind, self._token, *of], answer)
        self._unasked.append(self._token)
        self._speak()

    def _speak(self) -> None:
        """Say what is unsaid, as far as it is taken; then ask, so that an answer knows all that."""
        if self._process is None:
            return
        while self._unsaid:
            number = self._unsaid[0]
            change = self._journal[number]
            if not self._process.send("do", number, change.due_ns, change.commands):
                return
            self._unsaid.popleft()
        while self._unasked:
            if not self._process.send(*self._questions[self._unasked[0]][0]):
                return
            self._unasked.popleft()

    def _answer(self, token: int, values: list[Any]) -> None:
        if token in self._questions:
            _, answer = self._questions.pop(token)
            answer(values)
