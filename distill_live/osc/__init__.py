"""OSC: packets and patterns without I/O, what becomes of them, and the sockets at the edge."""

from distill_live.osc.dispatch import Batch, Change, Client, Counters, Handler
from distill_live.osc.server import OscServer
from distill_live.osc.subscribers import Subscriber
from distill_live.osc.wire import Message

__all__ = [
    "Batch",
    "Change",
    "Client",
    "Counters",
    "Handler",
    "Message",
    "OscServer",
    "Subscriber",
]
