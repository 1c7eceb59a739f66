"""Send commands and questions to synthesis; they survive its restarts.

Commands are kept until a reported state contains them, those that are due later until they have
taken effect; questions until they are answered. While synthesis is gone, or does not read, unsent
commands are merged: of each subject the newest is kept.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

from distill_live.addresses import LASTING, Command, Subject
from distill_live.errors import CommandError
from distill_live.ipc import protocol
from distill_live.osc import Client

MAX_QUESTIONS = 4096
"""Maximum number of questions that wait for an answer."""

MAX_UNSENT = 8192
"""Maximum number of unsent batches before they are merged; twice what may be due later."""

OnAnswer = Callable[[Any], None]
"""Called with `protocol.Answer.answer`."""


class Process(Protocol):
    """Destination of messages."""

    def send(self, message: protocol.Message, /) -> bool:
        """Send a message; never waits. False if it was not taken."""


class _Batch(NamedTuple):
    effect_ns: int
    """Monotonic time at which it takes effect."""
    due_ns: int | None
    commands: Sequence[Command]
    clients: Sequence[Client | None]
    """Sender of each command."""


class SynthesisClient:
    """Connection to whichever synthesis process is running.

    Parameters
    ----------
    initial
        Commands that the first engine begins with.
    clock_ns
        Monotonic clock.

    Attributes
    ----------
    state : sequence of Command
        Commands that restore the state that was reported last, `LASTING` ones included.
    reported : bool
        Whether `state` was reported; else it is `initial`.
    """

    def __init__(
        self,
        initial: Sequence[Command] = (),
        clock_ns: Callable[[], int] = time.perf_counter_ns,
    ) -> None:
        self.state = tuple(initial)
        self.reported = False
        self._clock_ns = clock_ns
        self._process: Process | None = None
        self._number = 0
        self._journal: dict[int, _Batch] = {}  # by number, rising: what `state` does not contain
        self._unsent: deque[int] = deque()
        self._lasting: dict[str, Command] = {}
        self._waiting: tuple[Command, ...] = ()  # for a beat, in the process of `state`
        self._token = 0
        self._questions: dict[int, tuple[protocol.Question, OnAnswer]] = {}
        self._unasked: deque[int] = deque()

    def attach(self, process: Process) -> None:
        """Connect to `process`, which began with `state`, and send it all that came after."""
        self._process = process
        if self._waiting:  # `state` cannot hold it: before the first hop there is no beat
            self._keep(_Batch(0, None, self._waiting, [None] * len(self._waiting)))
            self._waiting = ()
        self._unsent = deque(self._journal)
        self._unasked = deque(self._questions)
        self._merge()
        self._send()

    def detach(self) -> None:
        """Disconnect from a process that has ended; the next one gets what is unanswered.

        Except a model that is being loaded: it may have ended the process.
        """
        self._process = None
        for token, (question, _) in list(self._questions.items()):
            if isinstance(question.request, protocol.LoadModel) and token not in self._unasked:
                text = "the synthesis process ended while loading it"
                self._answer(token, protocol.Refusal("invalid", text))

    def apply(
        self,
        commands: Sequence[Command],
        clients: Sequence[Client | None] = (),
        *,
        due_ns: int | None = None,
    ) -> None:
        """Apply commands together.

        Parameters
        ----------
        commands
            In their order.
        clients
            Sender of each, for a refusal of the engine; empty for none.
        due_ns
            On the monotonic clock; None for the next hop.
        """
        effect_ns = self._clock_ns() if due_ns is None else due_ns
        self._keep(_Batch(effect_ns, due_ns, commands, clients or [None] * len(commands)))
        if len(self._unsent) > MAX_UNSENT:
            self._merge()
        self._send()

    def sender(self, number: int, index: int) -> tuple[Command, Client | None, float]:
        """Command of a `CommandRefused`, its sender, and the seconds until it would take effect."""
        batch = self._journal[number]
        wait_s = max(0.0, 1e-9 * (batch.effect_ns - self._clock_ns()))
        return batch.commands[index], batch.clients[index], wait_s

    def ask(self, request: protocol.Request, on_answer: OnAnswer) -> None:
        """Ask synthesis; the request says what the answer is.

        Raises
        ------
        CommandError
            If `MAX_QUESTIONS` wait already.
        """
        if len(self._questions) >= MAX_QUESTIONS:
            raise CommandError(f"{MAX_QUESTIONS} questions wait already; ask again later", "busy")
        self._token += 1
        self._questions[self._token] = protocol.Question(self._token, request), on_answer
        self._unasked.append(self._token)
        self._send()

    def ask_values(self, paths: Sequence[str], on_answer: OnAnswer) -> None:
        """Query values, as they are once every earlier command is applied: a tuple of `Values`."""
        self.ask(protocol.GetValues(tuple(paths)), on_answer)

    def fetch(self, request: protocol.Request) -> asyncio.Future[Any]:
        """Ask synthesis, as `ask`; the future of the answer."""
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

        def settle(value: Any) -> None:
            if not answer.done():  # nobody waits any more
                answer.set_result(value)

        self.ask(request, settle)
        return answer

    def handle(self, message: protocol.Message) -> bool:
        """Handle an answer or a state report; False for any other message."""
        match message:
            case protocol.Answer(token, answer):
                self._answer(token, answer)
            case protocol.StateReport(number, commands, not_yet_due, waiting):
                self._waiting = waiting
                self.state = (*self._lasting.values(), *commands)
                self.reported = True
                contained = {n for n in self._journal if n <= number}.difference(not_yet_due)
                for contained_number in contained:
                    del self._journal[contained_number]
            case _:
                return False
        self._send()
        return True

    def _keep(self, batch: _Batch) -> None:
        self._number += 1
        self._journal[self._number] = batch
        self._lasting |= {one.address: one for one in batch.commands if one.address in LASTING}
        self._unsent.append(self._number)

    def _merge(self) -> None:
        """Merge the unsent batches into one, except those that are due later."""
        now_ns = self._clock_ns()
        batches = [self._journal.pop(number) for number in self._unsent]
        self._unsent.clear()
        newest: dict[Subject, tuple[Command, Client | None]] = {}
        later: list[_Batch] = []
        for batch in sorted(batches, key=lambda batch: batch.effect_ns):
            if batch.effect_ns > now_ns:
                later.append(batch)
                continue
            for command, client in zip(batch.commands, batch.clients, strict=True):
                newest.pop(command.subject, None)  # it stands where it was sent last
                newest[command.subject] = command, client
        if newest:
            commands, clients = zip(*newest.values(), strict=True)
            self._keep(_Batch(now_ns, None, commands, clients))
        for batch in later:
            self._keep(batch)

    def _send(self) -> None:
        """Send what is unsent while it is taken: commands first, so that answers reflect them."""
        if self._process is None:
            return
        while self._unsent:
            number = self._unsent[0]
            batch = self._journal[number]
            if not self._process.send(
                protocol.ApplyCommands(number, batch.due_ns, batch.effect_ns, tuple(batch.commands))
            ):
                return
            self._unsent.popleft()
        while self._unasked:
            if not self._process.send(self._questions[self._unasked[0]][0]):
                return
            self._unasked.popleft()

    def _answer(self, token: int, answer: Any) -> None:
        if token in self._questions:
            _, on_answer = self._questions.pop(token)
            on_answer(answer)
