"""JACK beside PortAudio: name its client, and detect a server without a sound card."""

import ctypes
from contextlib import suppress

CLIENT_NAME = b"Distill Live"
INPUT_CLIENT_NAME = b"Distill Live input"

HOST = "JACK"
"""Part of PortAudio's name of the host API."""

_NO_START_SERVER = 0x01
_PORT_IS_PHYSICAL = 0x04
_MAX_ALIAS_BYTES = 512


def name_client(name: bytes) -> None:
    """Set the name of PortAudio's JACK client, before PortAudio is loaded by `sounddevice`."""
    with suppress(OSError, AttributeError):  # another system, or without JACK
        ctypes.CDLL("libportaudio.so.2").PaJack_SetClientName(name)


def has_dummy_driver() -> bool:
    """Whether the JACK server plays into its dummy driver; False if there is no server.

    The dummy driver is paced by a timer. It reports an xrun whenever that is late, at which no
    sound card misses anything.
    """
    try:
        library = ctypes.CDLL("libjack.so.0")
    except OSError:
        return False
    library.jack_client_open.restype = ctypes.c_void_p
    library.jack_get_ports.restype = ctypes.POINTER(ctypes.c_char_p)
    library.jack_port_by_name.restype = ctypes.c_void_p
    client = library.jack_client_open(CLIENT_NAME, _NO_START_SERVER, None)
    if client is None:
        return False
    try:
        client = ctypes.c_void_p(client)
        ports = library.jack_get_ports(client, None, None, ctypes.c_ulong(_PORT_IS_PHYSICAL))
        if not ports:
            return False
        port = ctypes.c_void_p(library.jack_port_by_name(client, ports[0]))
        library.jack_free(ports)
        buffers = [ctypes.create_string_buffer(_MAX_ALIAS_BYTES) for _ in range(2)]
        aliases = (ctypes.c_char_p * 2)(*(ctypes.cast(b, ctypes.c_char_p) for b in buffers))
        library.jack_port_get_aliases(port, aliases)
        return any(buffer.value.startswith(b"dummy") for buffer in buffers)
    finally:
        library.jack_client_close(client)
