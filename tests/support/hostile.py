"""Hostile OSC packets: random, mutated from valid ones, and hand-made.

None is meant to make a sound: what would play, load a model or end the instrument is left out.
"""

import random
import struct
from collections.abc import Callable, Mapping

from distill_live.addresses import PREFIX, Address
from distill_live.osc.wire import MAX_PACKET_BYTES

HANGS_BY_SIZE = b"#bundle\0" + struct.pack(">Qi", 1, -4)
HANGS_BY_STARS = b"/" + b"*a" * 18 + b"\0\0\0" + b",\0\0\0"
"""The two that hang python-osc's parser."""

HARMFUL = ("/quit", "/play", "/model/load", "/model/unload", "/record")
"""Addresses that are let alone."""

MAX_UDP_BYTES = 65507


def padded(text: bytes) -> bytes:
    return text + b"\0" * (4 - len(text) % 4)


def message(address: bytes = b"/a", tags: bytes = b",", data: bytes = b"") -> bytes:
    return padded(address) + padded(tags) + data


def bundle(*elements: bytes, tag: int = 1) -> bytes:
    sized = (struct.pack(">i", len(element)) + element for element in elements)
    return b"#bundle\0" + struct.pack(">Q", tag) + b"".join(sized)


def worst() -> dict[str, bytes]:
    """Packets as long as are read, each of a sort that takes long."""
    pattern = message(b"/distill/latent/*0*0*0*0*0*0*0*", b",f", struct.pack(">f", 0.5))
    replaced = b"/distill/seed", b"/distill/corpus/goto", b"/distill/path/play"
    seed, landmark, path = (message(each, b",i", bytes(4)) for each in replaced)
    packets = {
        "types": b"/a\0\0," + b"T" * (MAX_PACKET_BYTES - 8) + b"\0" * 3,
        "strings": b"/a\0\0," + b"s" * 2048 + b"\0" * 3 + b"abc\0" * 2048,
        "bundles": bundle(*[bundle()] * 800),
        "unknown": bundle(*[b"/a\0\0"] * 255),
        "patterns": bundle(*[pattern] * 256),
        "seeds": bundle(*[seed] * 256),
        "landmarks": bundle(*[landmark] * 256),
        "paths": bundle(*[path] * 256),
    }
    assert all(len(packet) <= MAX_PACKET_BYTES for packet in packets.values())
    return packets


def _adversarial() -> list[bytes]:
    nested = message(b"/distill/gain", b",f", struct.pack(">f", 1))
    for _ in range(200):
        nested = bundle(nested)
    gain = b"/distill/gain\0\0\0,f\0\0"
    return [
        HANGS_BY_SIZE,
        HANGS_BY_STARS,
        *worst().values(),
        nested,
        b"",
        b"/" * MAX_UDP_BYTES,
        b"#bundle\0" * 2000,
        bundle(HANGS_BY_SIZE, HANGS_BY_STARS),
        *(gain + struct.pack(">f", bad) for bad in (float("nan"), float("inf"), -float("inf"))),
        message(b"/distill/gain", b",h", struct.pack(">q", 2**63 - 1)),
        message(b"/distill/gain", b"," + b"f" * 4000, bytes(12_000)),
        message(b"/distill/preset/store", b",s", padded(b"../../" + b"x" * 8000)),
        message(b"/distill/preset/recall", b",sd", padded(b"\xff") + struct.pack(">d", 1e308)),
        message(b"/distill/{" + b"a," * 100 + b"}", b",i", struct.pack(">i", 1)),
        message(b"/distill/[a-\xff]*", b",i", struct.pack(">i", 1)),
        message(b"/distill/latent/[!z]?*", b",f", struct.pack(">f", 9)),
    ]


def _flip(data: bytearray, rng: random.Random) -> None:
    data[rng.randrange(len(data))] = rng.choice(
        (0, 1, 4, 44, 47, 127, 128, 192, 219, 255, rng.randrange(256))
    )


def _cut(data: bytearray, rng: random.Random) -> None:
    del data[4 * rng.randrange(len(data) // 4 + 1) :]


def _grow(data: bytearray, rng: random.Random) -> None:
    at = 4 * rng.randrange(len(data) // 4 + 1)
    data[at:at] = rng.choice((b"\xff\xff\xff\xfc", b"#bundle\0", b"/a\0\0", b"\0\0\0\4", b",f\0\0"))


def _swap(data: bytearray, rng: random.Random) -> None:
    a, b = (4 * rng.randrange(max(1, len(data) // 4)) for _ in range(2))
    data[a : a + 4], data[b : b + 4] = data[b : b + 4], data[a : a + 4]


MUTATIONS: tuple[Callable[[bytearray, random.Random], None], ...] = (
    _flip,
    _flip,
    _cut,
    _grow,
    _swap,
)


def mutated(data: bytes, rng: random.Random) -> bytes:
    """A packet that is like `data`, but for one to three changes."""
    changed = bytearray(data)
    for _ in range(rng.randrange(1, 4)):
        if changed:
            rng.choice(MUTATIONS)(changed, rng)
    return bytes(changed)


class Hostile:
    """An endless supply.

    Parameters
    ----------
    table
        The addresses of the instrument that is attacked.
    rng
        Decides everything.

    Attributes
    ----------
    addresses : list of Address
        Those that are attacked.
    """

    def __init__(self, table: Mapping[str, Address], rng: random.Random) -> None:
        self._rng = rng
        self.addresses = [address for path, address in table.items() if path not in HARMFUL]
        self._adversarial = _adversarial()

    def __next__(self) -> bytes:
        """The next packet: three in ten valid, five mutated, the others random or made by hand."""
        rng = self._rng
        sort = rng.random()
        if sort < 0.3:
            return self._valid()
        if sort < 0.8:
            return mutated(self._valid(), rng)
        if sort < 0.95:
            start = rng.choice((b"", b"/", b"#bundle\0", b"/distill/", b"/distill/gain\0\0\0,"))
            return start + rng.randbytes(rng.choice((0, 3, 4, 20, 64, 400)))
        made = rng.choice(self._adversarial)
        return made if rng.random() < 0.5 else mutated(made, rng)[:MAX_UDP_BYTES]

    def _valid(self) -> bytes:
        rng = self._rng
        if rng.random() < 0.8:
            return self.valid(rng.choice(self.addresses))
        ahead = rng.choice((0, 1, 2**63, rng.getrandbits(64)))
        sent = [self.valid(rng.choice(self.addresses)) for _ in range(rng.randrange(6))]
        return bundle(*sent, tag=ahead)

    def valid(self, address: Address) -> bytes:
        """A message to an address, with values in its range or beyond."""
        rng = self._rng
        tags, data = b",", b""
        for argument in address.arguments:
            if argument.name == "port" or (argument.optional and rng.random() < 0.5):
                break  # a port might be somebody else's
            if argument.kind == "s":
                name = rng.choice((*argument.choices, "x", "none", "brightness", "\u266b"))
                tags, data = tags + b"s", data + padded(name.encode())
            elif argument.kind == "i":
                number = rng.choice((0, 1, 7, -1, int(argument.high)))
                tags, data = tags + b"i", data + struct.pack(">i", number)
            elif rng.random() < 0.1:
                tags, data = tags + b"d", data + struct.pack(">d", 5e-324)
            else:
                real = rng.choice((0.0, 0.5, -1.0, argument.low, argument.high, 1e30))
                tags, data = tags + b"f", data + struct.pack(">f", real)
        return message((PREFIX + address.path).encode(), tags, data)
