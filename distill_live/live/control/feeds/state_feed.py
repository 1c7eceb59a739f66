"""Send a subscriber the full state, between ``/update 1`` and ``/update 0``, before any change."""

from collections.abc import Callable, Mapping

from distill_live.addresses import Address, Values
from distill_live.ipc.protocol import GetModels, SlotStatus
from distill_live.live.control.model_controller import ModelController
from distill_live.live.control.synthesis_client import SynthesisClient
from distill_live.osc import Client, OscServer, Subscriber
from distill_live.osc.subscribers import EVERYTHING


class StateFeed:
    """Send the full state in the running asyncio loop.

    Parameters
    ----------
    synthesis, server, models
        Connection to synthesis, OSC server, and slots.
    send_rest
        Sends a client the state that neither the engine nor `models` have.
    """

    def __init__(
        self,
        synthesis: SynthesisClient,
        server: OscServer,
        models: ModelController,
        send_rest: Callable[[Client], None],
    ) -> None:
        self._synthesis, self._server, self._models = synthesis, server, models
        self._send_rest = send_rest

    def send(self, subscriber: Subscriber, then: Callable[[], None] = lambda: None) -> None:
        """Query the engine, send a subscriber the state, and call `then`.

        Raises
        ------
        CommandError
            If too many questions wait already.
        """
        paths = state_paths(self._server.table)
        slots: list[SlotStatus] = []
        self._synthesis.ask(GetModels(), slots.extend)
        self._synthesis.ask_values(
            paths, lambda answers: self._send(subscriber, paths, answers, slots, then)
        )
        subscriber.awaited[EVERYTHING] += 1

    def _send(
        self,
        subscriber: Subscriber,
        paths: list[str],
        answers: tuple[Values, ...],
        slots: list[SlotStatus],
        then: Callable[[], None],
    ) -> None:
        subscriber.awaited[EVERYTHING] -= 1
        if subscriber not in self._server.feedback.subscribers:
            return
        client, replies = subscriber.source, self._server.replies
        replies.send(client, "/update", 1)
        for path, values in zip(paths, answers, strict=True):
            if values and replies.fits(path, values):  # the models have not changed meanwhile
                replies.send(client, path, *values)
        self._models.send_info(client, slots)
        self._send_rest(client)
        replies.send(client, "/update", 0)
        then()
        self._server.feedback.send_soon()  # what was changed meanwhile


def state_paths(table: Mapping[str, Address]) -> list[str]:
    """Addresses whose values are the full state."""
    return [
        path
        for path, address in table.items()
        if (address.owner, address.access) == ("engine", "value")
        and address.expands != "dimensions"  # /latent has them all
    ]
