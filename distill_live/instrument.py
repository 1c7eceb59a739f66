"""Python interface: load a model, render it to an array, play it live.

A live instrument runs in processes of its own, started from here as `distill-live` is from a
terminal, so that a busy interpreter cannot make its sound late.
"""

import re
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Self
from weakref import finalize

import numpy as np

from distill_live.addresses import (
    PREFIX,
    Values,
    clipped_value,
    coerce,
    leaves,
    unknown_address,
)
from distill_live.bundle import Bundle, read_bundle
from distill_live.errors import CommandError, DistillError
from distill_live.library import find_model, model_name
from distill_live.offline.arguments import plan_from
from distill_live.offline.input_file import InputFile
from distill_live.offline.render import render_array
from distill_live.osc.wire import build_message, parse_packet
from distill_live.spectrogram import Float32

START_S = 30.0
"""Longest time in seconds to wait for a live instrument to listen."""

REPLY_S = 5.0
"""Longest time in seconds to wait for a reply."""

END_S = 20.0
"""Longest time in seconds to wait for an instrument that was asked to end: it fades out, and on a
slow disk it takes 10 s to complete a take."""

RELOADS = frozenset({"/model/load", "/model/unload"})
"""Addresses after which the instrument may have others than those of the first model."""

_LISTENING = re.compile(r"OSC +\S+:(\d+),")


@dataclass(frozen=True, eq=False)
class Model:
    """A loaded model.

    Attributes
    ----------
    path
        Its `.distill` file.
    bundle
        Its content.
    """

    path: Path
    bundle: Bundle

    @property
    def name(self) -> str:
        """Name by which it is found: that of its file."""
        return model_name(self.path)

    @property
    def axes(self) -> tuple[str, ...]:
        """Names of the axes."""
        return tuple(axis.name for axis in self.bundle.axes)

    @property
    def sample_rate_hz(self) -> int:
        """Sample rate in Hz."""
        return self.bundle.settings.sample_rate_hz

    def render(
        self,
        seconds: float | None = None,
        *,
        seed: int = 0,
        channels: int = 2,
        path: str | None = None,
        axes: Mapping[str, float] | None = None,
        place: tuple[float, float] | None = None,
        preset: str | None = None,
        to: str | None = None,
        input: str | Path | None = None,  # noqa: A002  (as the option is called)
        follow: float | None = None,
        settings: Mapping[str, float | str | tuple[float | str, ...]] | None = None,
    ) -> Float32:
        """Render to an array, at the model's sample rate; the same arguments give the same array.

        Parameters
        ----------
        seconds
            Length, at least one sample. None: that of the input, or 10.
        seed
            Random seed, 0 or more.
        channels
            Output channels, 1 to 16.
        path
            ``"walk"``, ``"wander"``, ``"recording:NAME"``, ``"crossfade"``, ``"interpolate"``, or a
            gesture's name, ``"gesture:NAME"`` or CSV file.
            None: ``"wander"``, or no motion where a preset, axis, place or input is given.
        axes
            Axis values, -1 to 1, by name.
        place
            Point on the map of the corpus, each coordinate 0 to 1.
        preset, to
            Names of presets: the one to start from, the one to morph to.
        input
            Sound file that the model listens to, as to a live input, from the start on.
        follow
            ``/input/follow``, 0 to 1: at 1 the model plays what the input is.
        settings
            Values of other addresses, such as ``{"/pitch": 3.0, "/loop": (0.2, 0.7)}``.

        Returns
        -------
        ndarray
            ``(frames, channels)`` float32, -1 to 1.

        Raises
        ------
        ConfigurationError, CommandError
            If an argument is out of range, or the model has no such address or preset.
        AudioFileError
            If the input cannot be read.
        """
        heard = None if input is None else InputFile(Path(input))
        plan = plan_from(
            self.bundle,
            seconds=seconds,
            seed=seed,
            path=path,
            preset=preset,
            to=to,
            axes=[f"{name}={float(value)!r}" for name, value in (axes or {}).items()],
            place=None if place is None else "{!r},{!r}".format(*map(float, place)),
            settings=[
                " ".join([address, *map(_word, np.ravel(values).tolist())])
                for address, values in (settings or {}).items()
            ],
            heard=heard,
            follow=follow,
            report=lambda _: None,  # notes about damaged files of presets or gestures
        )
        return render_array(self.bundle, plan, channels=channels, heard=heard)


def _word(value: float | str) -> str:
    """A value as the option ``--set`` has it; a bool is a number."""
    return value if isinstance(value, str) else repr(+value)


def load_model(name: str | Path = "demo") -> Model:
    """Load a model by its name in the library, its id, or the path of its file.

    Raises
    ------
    ConfigurationError
        If there is no such model.
    BundleError
        If its file is damaged.
    """
    path = find_model(str(name))
    return Model(path, read_bundle(path))


def play(
    model: Model | str | Path = "demo",
    *,
    device: str | int | None = None,
    null: bool = False,
    channels: int = 2,
    block: int | None = None,
    latency_ms: float | None = None,
    seed: int = 0,
    osc_port: int = 0,
    input: str | int | None = None,  # noqa: A002  (as the option is called)
    input_channel: int = 1,
) -> "LiveInstrument":
    """Start playing a model live; a context manager that stops it at the end.

    Parameters
    ----------
    model
        A model, or what `load_model` takes.
    device
        Number of an output device, or a part of its name. None: the default device.
    null
        Play without a device.
    channels
        Output channels, 1 to 16.
    block
        Frames in a block of the device. None: the device's own.
    latency_ms
        Longest sound, in milliseconds, that waits for the device. None: the shortest possible.
    seed
        Random seed, 0 or more.
    osc_port
        UDP port to listen on, for other clients. 0: any free port.
    input
        Number of an input device to listen to, a part of its name, or ``"default"``. None: none.
    input_channel
        Channel of the input that is heard, from 1.

    Returns
    -------
    LiveInstrument
        It listens; sound begins within a second.

    Raises
    ------
    DistillError
        If it cannot start; the message is the one that a terminal would show.
    """
    loaded = model if isinstance(model, Model) else load_model(model)
    options = {
        "--device": device,
        "--channels": channels,
        "--block": block,
        "--latency": latency_ms,
        "--seed": seed,
        "--osc-port": osc_port,
        "--input": input,
        "--input-channel": input_channel,
    }
    words = [str(w) for pair in options.items() if pair[1] is not None for w in pair]
    return LiveInstrument(loaded, ["--no-http", *words, *(["--null"] if null else [])])


class LiveInstrument:
    """A running live instrument, made by `play`.

    Attributes
    ----------
    model : Model
        The model it started with.
    port : int
        Its UDP port on this computer, for other OSC clients.
    """

    def __init__(self, model: Model, options: list[str]) -> None:
        self.model = model
        self._table = {**model.bundle.addresses, **leaves(model.bundle.addresses)}
        command = [sys.executable, "-m", "distill_live", "--model", str(model.path), *options]
        self._process = subprocess.Popen(  # noqa: S603  (this interpreter, no shell)
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        self._lines: deque[str] = deque(maxlen=100)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        reader = Thread(target=_read_lines, args=(self._process, self._lines), daemon=True)
        reader.start()
        self._close = finalize(self, _stop, self._process, self._socket, reader)
        try:
            self.port = self._wait_for_port()
        except DistillError:
            self.close()
            raise
        self._socket.connect(("127.0.0.1", self.port))
        self._syncs = 0
        self._refused: CommandError | None = None  # the first since the last sync
        self._reloaded = False  # whether models may have changed, and their addresses with them

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def set(self, address: str, *values: float | int | str) -> None:
        """Send values to an address, such as ``("/axis/brightness", 0.9)``; does not wait.

        After ``/model/load`` or ``/model/unload`` the instrument itself checks what does not fit
        the first model, and `sync` raises what it refuses.

        Raises
        ------
        CommandError
            If the model has no such address, or the values do not fit it.
        """
        known = self._table.get(address)
        try:
            if known is None:
                raise unknown_address(address)
            coerced, clipped = coerce(known, values)
        except CommandError:
            if not (self._reloaded and values and all(map(_sendable, values))):
                raise
            self._send(address, tuple(map(_by_type, values)))
            return
        if clipped:
            raise clipped_value(known, values, coerced)
        pressed = known.access == "action" and coerced == (1,)  # the release of a button is sent
        self._send(address, () if pressed else coerced)
        self._reloaded |= address in RELOADS

    def get(self, address: str) -> Values:
        """Return the values of an address, as the engine has them after what was sent before.

        Raises
        ------
        CommandError
            If the address has no value.
        DistillError
            If the instrument does not reply within `REPLY_S` seconds.
        """
        known = self._table.get(address)
        if known is not None and known.access == "action":  # which the question would set off
            raise CommandError(f"{address} is an action and has no value; set it", "forbidden")
        self._send(address, ())
        return self._receive(address, address)

    def sync(self) -> None:
        """Wait until all that was sent has taken effect.

        Raises
        ------
        CommandError
            If some of it was refused since the last time, such as the recall of a preset that is
            not there: the first refusal.
        DistillError
            If the instrument does not reply within `REPLY_S` seconds.
        """
        self._syncs += 1
        self._send("/sync", (self._syncs,))
        wanted = (self._syncs,)  # not the late answer of an earlier one
        self._receive("/synced", "/sync", wanted)
        refused, self._refused = self._refused, None
        if refused is not None:
            raise refused

    @property
    def lines(self) -> tuple[str, ...]:
        """The latest lines that it printed, such as warnings; at most 100."""
        return tuple(self._lines)

    def close(self) -> None:
        """Fade out and end."""
        self._close()

    def _send(self, address: str, values: Values) -> None:
        kinds = "".join({float: "f", int: "i", str: "s"}[type(value)] for value in values)
        try:
            self._socket.send(build_message(PREFIX + address, kinds, values))
        except OSError as error:
            raise DistillError(f"the instrument has ended: {self._last_line()}") from error

    def _receive(self, reply: str, failing: str, wanted: Values | None = None) -> Values:
        """Values of the next reply of an address; a failure of `failing` is raised.

        Replies with other values than `wanted` are skipped. The first failure of another address is
        kept for `sync`.
        """
        until_s = time.perf_counter() + REPLY_S
        while (left_s := until_s - time.perf_counter()) > 0:
            self._socket.settimeout(left_s)
            try:
                packet = self._socket.recv(65536)
            except TimeoutError:
                break
            except OSError as error:
                raise DistillError(f"the instrument has ended: {self._last_line()}") from error
            for message in (m for group in parse_packet(packet) for m in group.messages):
                if message.address == PREFIX + reply and wanted in (None, message.values):
                    return message.values
                if message.address == f"{PREFIX}/fail":
                    address, code, text = message.values
                    refusal = CommandError(str(text), code)  # type: ignore[arg-type]
                    if address == PREFIX + failing:
                        raise refusal
                    self._refused = self._refused or refusal
        raise DistillError(f"no reply of {reply} within {REPLY_S:g} s")

    def _wait_for_port(self) -> int:
        until_s = time.perf_counter() + START_S
        while time.perf_counter() < until_s:
            for line in self.lines:
                if found := _LISTENING.match(line):
                    return int(found[1])
            if self._process.poll() is not None:
                time.sleep(0.1)  # its last line may still be on the way
                raise DistillError(self._last_line().removeprefix("distill-live: "))
            time.sleep(0.02)
        raise DistillError(f"the instrument did not start within {START_S:g} s")

    def _last_line(self) -> str:
        return self._lines[-1] if self._lines else "it printed nothing"


def _sendable(value: object) -> bool:
    """Whether a value can be sent by its Python type alone: a text, or a number of 32 bits."""
    return isinstance(value, str) or (isinstance(value, int | float) and abs(value) < 2**31)


def _by_type(value: float | int | str) -> float | int | str:
    """A value of one of the types that are sent; a bool is a number."""
    if isinstance(value, str):
        return str(value)
    return int(value) if isinstance(value, int) else float(value)


def _read_lines(process: "subprocess.Popen[str]", lines: deque[str]) -> None:
    """Keep what a process prints until it ends."""
    assert process.stdout is not None
    with process.stdout as printed:
        for line in printed:
            lines.append(line.rstrip())


def _stop(process: "subprocess.Popen[str]", client: socket.socket, reader: Thread) -> None:
    """End a live instrument: ask, ask again by a signal, then kill."""
    try:
        client.send(build_message(f"{PREFIX}/quit", "", ()))
    except OSError:  # it does not listen yet, or has ended
        process.terminate()
    client.close()
    for insist in (process.terminate, process.kill):
        try:
            process.wait(END_S)
            break
        except subprocess.TimeoutExpired:
            insist()
    process.wait()
    reader.join()
