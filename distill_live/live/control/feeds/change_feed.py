"""Tell subscribers that what a list answers has changed, so that they ask for it again."""

from distill_live.osc import Client, OscServer

CHANGING = ("macro", "input", "preset", "gesture", "model")
"""Lists whose changes are told: first parts of the addresses."""

NAMED = frozenset({"preset", "gesture"})
"""Those whose names are choices of addresses, which OSCQuery clients are told too."""


class ChangeFeed:
    """Send ``/preset/changed`` and the like, with the number of changes in this session.

    Parameters
    ----------
    server
        Sends them.
    """

    def __init__(self, server: OscServer) -> None:
        self._server = server
        self._counts = dict.fromkeys(CHANGING, 0)

    def tell(self, name: str) -> None:
        """Tell all subscribers that one of `CHANGING` has changed."""
        self._counts[name] += 1
        self._server.feedback.tell(f"/{name}/changed", (self._counts[name],))
        if name in NAMED:
            self._server.report_change(f"/{name}")

    def send(self, client: Client) -> None:
        """Send a client the counts, as part of the full state."""
        for name, count in self._counts.items():
            self._server.replies.send(client, f"/{name}/changed", count)
