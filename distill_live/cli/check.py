"""`distill-live check`: test the machine before a show."""

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from distill_live.cli.app import (
    DEMO,
    MODEL_HELP,
    PLAYING,
    BlockOption,
    ChannelsOption,
    DeviceOption,
    DeviceRateOption,
    ExclusiveOption,
    JsonOption,
    LatencyOption,
    NullOption,
    OscHostOption,
    OscPortOption,
    app,
)

PRIORITIES = {
    "linux": (
        "real-time priority",
        "'@audio - rtprio 95' in /etc/security/limits.d/audio.conf permits it to that group",
    ),
    "win32": (
        "real-time priority (MMCSS, task Pro Audio)",
        "start the service 'Multimedia Class Scheduler'",
    ),
    "darwin": ("real-time priority (time constraint)", "end what throttles this process"),
}
"""What raises the priority, and what to do where it is refused, by `sys.platform`."""

if TYPE_CHECKING:
    from distill_live.live.check import Measured, Report
    from distill_live.live.preflight import Port


@app.command(rich_help_panel=PLAYING)
def check(
    model: Annotated[str, typer.Option(help=MODEL_HELP)] = DEMO,
    device: DeviceOption = None,
    block: BlockOption = None,
    samplerate: DeviceRateOption = None,
    latency: LatencyOption = None,
    exclusive: ExclusiveOption = False,
    null: NullOption = False,
    channels: ChannelsOption = 2,
    osc_host: OscHostOption = "127.0.0.1",
    osc_port: OscPortOption = 9010,
    seconds: Annotated[float, typer.Option(help="Duration in seconds, 1 to 3600.")] = 10.0,
    silent: Annotated[bool, typer.Option("--silent", help="Keep the output silent.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Play for a few seconds and report problems; exit status 1 if there is one."""
    from distill_live.library import find_model
    from distill_live.live.check import check as run_check
    from distill_live.live.settings import LiveSettings

    settings = LiveSettings(
        models=(find_model(model),),
        device=device,
        block_frames=block,
        sample_rate_hz=samplerate,
        latency_ms=latency,
        exclusive=exclusive,
        null=null,
        channels=channels,
        osc_host=osc_host,
        osc_port=osc_port,
    )
    report = run_check(settings, seconds, silent=silent)
    if as_json:
        print(json.dumps(_as_json(report, channels), indent=2))
    else:
        for name, text in _lines(report, silent=silent).items():
            print(f"{name:9} {text}")
        print(f"NOT READY: {'; '.join(report.changes)}" if report.changes else "READY")
    if report.changes:
        raise typer.Exit(1)


def _as_json(report: "Report", channels: int) -> dict[str, object]:
    return {
        "ready": not report.changes,
        "change": report.changes,
        "measured": {
            **asdict(report.measured),
            "least_block_frames": report.measured.least_block_frames,
        },
        "profiles": [asdict(profile) for profile in report.profiles],
        "encoding": report.encoding,
        "osc": asdict(report.port),
        "takes": {
            "folder": str(report.disk.folder),
            "minutes": report.disk.minutes,
            "channels": channels,
        },
        "folders": {str(path): change is None for path, change in report.folders},
        "real_time": report.real_time,
        "versions": report.versions,
    }


def _lines(report: "Report", *, silent: bool) -> dict[str, str]:
    """The report's lines by their first word."""
    from distill_live.files import printable

    writable = [printable(path) for path, change in report.folders if change is None]
    folder = printable(report.disk.folder)
    return {
        **_describe(report.measured, silent=silent),
        "Carries": _carries(report),
        "Input": _input(report.encoding),
        "OSC": _addresses(report.port),
        "Disk": f"room for {report.disk.minutes:.0f} minutes of takes in {folder}",
        "Folders": f"can be written: {', '.join(writable) or 'none'}",
        "Priority": describe_priority(report.real_time),
        "Versions": ", ".join(f"{name} {value}" for name, value in report.versions.items()),
    }


def _describe(measured: "Measured", *, silent: bool) -> dict[str, str]:
    from distill_live.live.audio.devices import NULL_OUTPUT, xruns_label

    m = measured
    kept = ", kept silent" if silent and m.output != NULL_OUTPUT else ""
    return {
        "Output": f"{m.output}{kept}",
        "Played": (
            f"{m.seconds:g} s: underruns {m.underruns}, {xruns_label(m.output)} {m.xruns}, "
            f"broken frames {m.broken_frames}"
        ),
        "Load": (
            f"{m.load:.0%} while an axis moves, so {max(0.0, 1 - m.load):.0%} headroom; "
            f"the worst hop took {m.worst_hop_ms:.1f} of {m.hop_ms:.1f} ms"
        ),
        "Decoding": (
            f"{m.decode_p50_ms:.1f} ms (p50), {m.decode_p99_ms:.1f} ms (p99); "
            f"{m.decoding:.0%} of the time"
        ),
        "Latency": (
            f"{m.latency_ms:.1f} ms now; smallest safe --latency {m.safe_latency_ms:.1f}: a hop, "
            f"a block of {m.block_frames}, and {m.waited_ms:.1f} ms, the longest wait for a hop"
        ),
    }


def _carries(report: "Report") -> str:
    """Profiles and blocks that this computer carries while the point moves."""
    own = report.measured.load
    loads = {
        one.name: f"{one.name} ({'' if one.load == own else 'about '}{one.load:.0%})"
        for one in report.profiles
    }
    heavy = [loads[one.name] for one in report.profiles if not one.carried]
    if len(heavy) == len(report.profiles):
        return f"nothing now: {', '.join(heavy)}; end other programs and check again"
    text = ", ".join(loads[one.name] for one in report.profiles if one.carried)
    if heavy:
        text += f", not {', '.join(heavy)}"
    least = report.measured.least_block_frames
    blocks = "no block size" if least is None else f"blocks of {least} frames or more"
    return f"{text}; {blocks}"


def _input(encoding: float | None) -> str:
    if encoding is None:
        return "the model has no encoder: it cannot follow an input"
    return f"following takes {encoding:.0%} of a core beside the rest"


def _addresses(port: "Port") -> str:
    from distill_live.osc import host_and_port

    text = ", ".join(host_and_port(one, port.port) for one in port.dial) or f"port {port.port}"
    if port.refusal is not None:
        return f"{text}: taken"
    if port.others:
        others = ", ".join(host_and_port(one, port.port) for one in port.others)
        text += f"; with --osc-host 0.0.0.0 others reach {others}"
    return text


def describe_priority(real_time: bool | None) -> str:
    """Say whether priority is permitted and, if not, how to permit it; None: there is none."""
    if real_time is None:
        return "this system has no real-time priority"
    kind, remedy = PRIORITIES.get(sys.platform, ("real-time priority", "ask the system's manual"))
    if real_time:
        return f"{kind} is permitted"
    return f"{kind} is not permitted: other programs may interrupt the sound; {remedy}"
