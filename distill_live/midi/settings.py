"""What a bridge from MIDI is started with, checked before anything is opened."""

from dataclasses import dataclass
from pathlib import Path

from distill_live.errors import ConfigurationError
from distill_live.midi.mapping_file import read_mapping
from distill_live.midi.ports import check_extra


@dataclass(frozen=True)
class MidiSettings:
    """Settings of a bridge.

    Parameters
    ----------
    ports
        Number, name or part of the name of each port to listen to, at least one.
    mapping
        A TOML file; None for the user's own, which need not be there.

    Raises
    ------
    ConfigurationError
        If there is no port, or something is wrong in the file.
    DeviceError
        If the extra is missing.
    """

    ports: tuple[str, ...]
    mapping: Path | None = None

    def __post_init__(self) -> None:
        if not self.ports or not all(self.ports):
            raise ConfigurationError(
                "no MIDI port is named; 'distill-live midi ports' lists those that there are"
            )
        check_extra()
        read_mapping(self.mapping)


def reachable(host: str) -> str:
    """Where an instrument that listens on `host` is reached from this computer."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104


def parse_target(text: str) -> tuple[str, int]:
    """Host and port of an instrument, written as ``host:port``; IPv6 as ``[::1]:9010``.

    Raises
    ------
    ConfigurationError
        If it is none.
    """
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isdecimal() or not 1 <= int(port[:6]) <= 65535:
        raise ConfigurationError(
            f"--osc-to is {text[:60]!r}; write host:port, as 192.168.1.20:9010, the port 1 to 65535"
        )
    return host, int(port)
