"""OSC: packets and patterns without I/O, dispatch, subscribers, and the servers' sockets."""

from distill_live.osc.client import Client, host_and_port, is_loopback, reachable
from distill_live.osc.dispatch import Batch, ClientCommand, Handler
from distill_live.osc.replies import Counters
from distill_live.osc.server import OscServer
from distill_live.osc.subscribers import Subscriber
from distill_live.osc.wire import Message

__all__ = [
    "Batch",
    "Client",
    "ClientCommand",
    "Counters",
    "Handler",
    "Message",
    "OscServer",
    "Subscriber",
    "host_and_port",
    "is_loopback",
    "reachable",
]
