"""Before the show: a session on the real device, measured for a few seconds, and what to change.

It plays as a session does, by the same processes, with all that costs time in motion. What is
measured holds for these seconds: a computer that pauses once a minute may not have done so.
"""

import asyncio
import json
from dataclasses import asdict, dataclass, replace
from math import ceil

import numpy as np

from distill_live.addresses import Command
from distill_live.errors import ConfigurationError, DistillError
from distill_live.files import printable
from distill_live.ipc.priority import has_priority
from distill_live.ipc.protocol import TimingReport
from distill_live.live.audio.devices import NULL_OUTPUT
from distill_live.live.control.session import Session
from distill_live.live.control.terminal import Terminal
from distill_live.live.preflight import (
    Port,
    look_at_disk,
    look_at_folders,
    look_at_port,
    look_at_versions,
)
from distill_live.live.settings import LATENCY_MS, LiveSettings

SECONDS = (1.0, 3600.0)
"""How long it may measure."""

SETTLE_S = 1.0
"""What passes before it measures: the start is no part of a show."""

MOST_LOAD = 0.9
"""From here on no latency helps."""

MOTION = (("/drift", 1.0), ("/jitter", 0.5), ("/spread", 0.5), ("/pitch", 3.0), ("/formant", -3.0))
"""What is set: every hop decodes, for every channel, and every frame is moved."""


@dataclass(frozen=True)
class Measured:
    """What a session did while it was measured.

    Attributes
    ----------
    output
        What it played into.
    missing
        Why there is no device; None if there is.
    block_frames, sample_rate_hz
        Of the output.
    seconds
        How long it was measured.
    decode_p50_ms, decode_p99_ms
        How long a chunk takes: half of them, 99 of 100, at most.
    hop_ms, worst_hop_ms
        What a hop lasts, and the longest that rendering one took.
    load
        The mean share of a hop's time that rendering took.
    waited_ms
        The longest time from when a hop was due until it was there.
    latency_ms
        Most sound that waited for the device.
    safe_latency_ms
        The least ``--latency`` with which none of these hops would have been late: a hop, a block
        of the device, which it takes at once, and `waited_ms`.
    underruns, device_errors, broken_frames
        Counts; frames that were not finite.
    """

    output: str
    missing: str | None
    block_frames: int
    sample_rate_hz: int
    seconds: float
    decode_p50_ms: float
    decode_p99_ms: float
    hop_ms: float
    worst_hop_ms: float
    load: float
    waited_ms: float
    latency_ms: float
    safe_latency_ms: float
    underruns: int
    device_errors: int
    broken_frames: int


def check(settings: LiveSettings, seconds: float, *, silent: bool, as_json: bool) -> bool:
    """Measure a session, print what was found, and say whether it is ready.

    Parameters
    ----------
    settings
        As for a session.
    seconds
        How long to measure, 1 to 3600.
    silent
        Keep the output at zero.
    as_json
        Print one object for a program.

    Returns
    -------
    bool
        Whether nothing has to be changed.

    Raises
    ------
    DistillError
        If it cannot start, or is ended.
    """
    least, most = SECONDS
    if not least <= seconds <= most:
        raise ConfigurationError(f"--seconds is {seconds:g}; it must lie in {least:g} to {most:g}")
    port = look_at_port(settings.osc_host, settings.osc_port)
    measured, real_time = asyncio.run(_measure(settings, seconds, silent=silent))
    folder, minutes, no_room = look_at_disk(settings.channels, measured.sample_rate_hz)
    folders, versions = look_at_folders(), look_at_versions()
    changes = [
        *([] if port.refusal is None else [port.refusal]),
        *judge(measured),
        *([] if no_room is None else [no_room]),
        *(change for _, change in folders if change is not None),
    ]
    if as_json:
        found = {
            "ready": not changes,
            "change": changes,
            "measured": asdict(measured),
            "osc": asdict(port),
            "takes": {"folder": str(folder), "minutes": minutes, "channels": settings.channels},
            "folders": {str(path): change is None for path, change in folders},
            "real_time": real_time,
            "versions": versions,
        }
        print(json.dumps(found, indent=2))
        return not changes
    lines = _describe(measured, silent=silent)
    lines["OSC"] = _dial(port)
    lines["Disk"] = f"room for {minutes:.0f} minutes of takes in {printable(folder)}"
    writable = [printable(path) for path, change in folders if change is None]
    lines["Folders"] = f"can be written: {', '.join(writable) or 'none'}"
    lines["Priority"] = _priority(real_time)
    lines["Versions"] = ", ".join(f"{name} {value}" for name, value in versions.items())
    for name, text in lines.items():
        print(f"{name:9} {text}")
    print(f"NOT READY: {'; '.join(changes)}" if changes else "READY")
    return not changes


async def _measure(
    settings: LiveSettings, seconds: float, *, silent: bool
) -> tuple[Measured, bool | None]:
    """Play, measure, end; also whether real-time priority was given."""
    terminal = Terminal(quiet=True)
    here = replace(settings, osc_host="127.0.0.1", osc_port=0)
    control = Session(here, terminal, measure=True)
    control.block.muted = int(silent)
    session = asyncio.create_task(control.run())
    measuring = asyncio.create_task(_while_playing(control, settings, seconds))
    try:
        await asyncio.wait((session, measuring), return_when=asyncio.FIRST_COMPLETED)
        if not measuring.done():  # a failure, which is raised here, or a signal
            measuring.cancel()
            await session
            raise DistillError("the check was ended before its time; begin again")
        control.end()
        await session
        return await measuring, has_priority()
    finally:
        terminal.close()


async def _while_playing(control: Session, settings: LiveSettings, seconds: float) -> Measured:
    await control.playing.wait()
    control.synthesis.apply([Command(path, (value,)) for path, value in MOTION])
    await asyncio.sleep(SETTLE_S)
    await _timings(control)
    block = control.block
    before = block.underruns, block.device_errors, block.broken_frames
    await asyncio.sleep(seconds)
    timings = await _timings(control)
    hops_s, decoded_s, waited_s = timings.hops_s, timings.decoded_s, timings.longest_wait_s
    now = block.underruns, block.device_errors, block.broken_frames
    underruns, device_errors, broken_frames = np.subtract(now, before).tolist()
    hop_s = control.model.hop_samples / control.model.sample_rate_hz
    rate_hz = block.output_rate_hz or control.model.sample_rate_hz
    safe_s = hop_s + block.block_frames / rate_hz + max(0.0, waited_s)
    decoded_ms = np.percentile(decoded_s or [0.0], (50, 99)) * 1e3
    return Measured(
        output=control.output,
        missing=None if settings.null else control.missing,
        block_frames=block.block_frames,
        sample_rate_hz=rate_hz,
        seconds=seconds,
        decode_p50_ms=float(decoded_ms[0]),
        decode_p99_ms=float(decoded_ms[1]),
        hop_ms=1e3 * hop_s,
        worst_hop_ms=1e3 * max(hops_s, default=0.0),
        load=float(np.mean(hops_s or [0.0])) / hop_s,
        waited_ms=1e3 * waited_s,
        latency_ms=1e3 * block.latency_s,
        safe_latency_ms=1e3 * safe_s,
        underruns=underruns,
        device_errors=device_errors,
        broken_frames=broken_frames,
    )


async def _timings(control: Session) -> TimingReport:
    answer: asyncio.Future[TimingReport] = asyncio.get_running_loop().create_future()
    control.synthesis.ask_timings(answer.set_result)
    return await answer


def judge(measured: Measured) -> list[str]:
    """What to change, in words; nothing if it is ready."""
    m, changes = measured, []
    if m.missing is not None:
        changes.append(f"connect a device, or choose one by --device ({m.missing})")
    if m.underruns:
        wanted_ms = ceil(m.safe_latency_ms)
        late = f"{m.underruns} underrun{'s' * (m.underruns > 1)}"
        if m.load > MOST_LOAD:
            changes.append(f"a lighter model, or a faster computer: the load is {m.load:.0%}")
        elif wanted_ms <= LATENCY_MS[1]:
            changes.append(f"--latency {wanted_ms} ({late} at {m.latency_ms:.1f} ms)")
        else:
            changes.append(f"close other programs ({late}; hops came {m.waited_ms:.0f} ms late)")
    if m.device_errors:
        changes.append(
            f"a larger --block than {m.block_frames}, or fewer other programs (the device reported "
            f"{m.device_errors} of its own)"
        )
    if m.broken_frames:
        changes.append(f"another model ({m.broken_frames} frames of this one are not finite)")
    return changes


def _describe(measured: Measured, *, silent: bool) -> dict[str, str]:
    """What was measured, by the words that the lines begin with."""
    m = measured
    kept = ", kept silent" if silent and m.output != NULL_OUTPUT else ""
    return {
        "Output": f"{m.output}{kept}",
        "Played": (
            f"{m.seconds:g} s: underruns {m.underruns}, reported by the device {m.device_errors}, "
            f"broken frames {m.broken_frames}"
        ),
        "Load": (
            f"{m.load:.0%}, so {1 - m.load:.0%} headroom; "
            f"the worst hop took {m.worst_hop_ms:.1f} of {m.hop_ms:.1f} ms"
        ),
        "Decoding": f"{m.decode_p50_ms:.1f} ms (p50), {m.decode_p99_ms:.1f} ms (p99)",
        "Latency": (
            f"{m.latency_ms:.1f} ms now; smallest safe --latency {m.safe_latency_ms:.1f}: a hop, "
            f"a block of {m.block_frames}, and {m.waited_ms:.1f} ms, the longest wait for a hop"
        ),
    }


def _dial(port: Port) -> str:
    text = ", ".join(f"{address}:{port.port}" for address in port.dial) or f"port {port.port}"
    if port.refusal is not None:
        return f"{text}: taken"
    if port.others:
        others = ", ".join(f"{address}:{port.port}" for address in port.others)
        text += f"; with --osc-host 0.0.0.0 others reach {others}"
    return text


def _priority(real_time: bool | None) -> str:
    if real_time is None:
        return "this system has no real-time priority to ask for"
    if real_time:
        return "real-time is permitted"
    return (
        "real-time is not permitted, so other programs may hold up the sound; "
        "'@audio - rtprio 95' in /etc/security/limits.d/audio.conf permits it to that group"
    )
