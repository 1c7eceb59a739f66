"""What control says to synthesis, so that nothing of it is lost when synthesis is started again.

Changes are kept until a state that contains them was reported; questions until they are answered.
It knows nothing of processes but that one can be spoken to, and nothing of who asked.
"""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from distill_live.addresses import Values
from distill_live.errors import CommandError
from distill_live.live.messages import Message

QUESTION_LIMIT = 4096
"""Questions that may wait for an answer."""

JOURNAL_LIMIT = 4096
"""Messages with changes that are kept for the next process; the oldest go first."""

Answer = Callable[[list[Values]], None]
"""What to do with the values that were asked for."""


class Speaker(Protocol):
    """Something that messages can be sent to."""

    def send(self, *message: object) -> None:
        """Send a message; never waits."""


class SynthesisLink:
    """The line to whichever synthesis process is running.

    Parameters
    ----------
    initial
        Paths and arguments that the first engine begins with.

    Attributes
    ----------
    state : sequence
        Paths and arguments that bring a new engine to the state that was reported last.
    """

    def __init__(self, initial: Sequence[tuple[str, Values]]) -> None:
        self.state: Sequence[Any] = initial
        self._process: Speaker | None = None
        self._number = 0
        self._journal: deque[Message] = deque(maxlen=JOURNAL_LIMIT)
        self._questions: dict[int, tuple[Message, Answer]] = {}
        self._token = 0

    def attach(self, process: Speaker) -> None:
        """Speak to `process`, which began with `state`; tell it all that came after."""
        self._process = process
        for message in self._journal:
            process.send(*message)
        for message, _ in self._questions.values():
            process.send(*message)

    def detach(self) -> None:
        """The process has ended; what is said now, the next one will hear."""
        self._process = None

    def change(self, due_ns: int | None, commands: Sequence[tuple[str, Values, object]]) -> None:
        """Change the engine.

        Parameters
        ----------
        due_ns
            When, on the monotonic clock; None for the next hop.
        commands
            Path, values, and who is told if the engine refuses; they take effect as one.
        """
        self._number += 1
        message: Message = ["do", self._number, due_ns, commands]
        self._journal.append(message)
        self._send(message)

    def ask_values(self, paths: Sequence[str], answer: Answer) -> None:
        """Ask for values, as they are once every earlier change is heard.

        Raises
        ------
        CommandError
            If too many questions wait already.
        """
        self._ask(["get", self._next_token(), list(paths)], answer)

    def ask_done(self, answer: Answer) -> None:
        """Be told, by no values, when every earlier change is heard.

        Raises
        ------
        CommandError
            If too many questions wait already.
        """
        self._ask(["sync", self._next_token()], answer)

    def hear(self, message: Message) -> bool:
        """Take in what synthesis says; False if it is not about changes or questions."""
        match message:
            case ["got", int(token), list(values)]:
                self._answer(token, values)
            case ["synced", int(token)]:
                self._answer(token, [])
            case ["state", int(number), list(state)]:
                self.state = state
                while self._journal and self._number - len(self._journal) < number:
                    self._journal.popleft()
            case _:
                return False
        return True

    def _next_token(self) -> int:
        if len(self._questions) >= QUESTION_LIMIT:
            raise CommandError(f"{QUESTION_LIMIT} questions wait already; ask again later", "busy")
        self._token += 1
        return self._token

    def _ask(self, message: Message, answer: Answer) -> None:
        self._questions[self._token] = (message, answer)
        self._send(message)

    def _answer(self, token: int, values: list[Values]) -> None:
        if token in self._questions:
            _, answer = self._questions.pop(token)
            answer(values)

    def _send(self, message: Message) -> None:
        if self._process is not None:
            self._process.send(*message)
