"""Check before a show: measure a session on the real device, list what to change.

The session runs the usual processes, with everything in motion that costs time. The result holds
for the measured seconds: rarer pauses of the computer may be missed.
"""

import asyncio
import os
import time
from dataclasses import dataclass, replace
from math import ceil, sin
from pathlib import Path

import numpy as np

from distill_live.addresses import Command
from distill_live.bundle import Bundle, read_bundle
from distill_live.errors import ConfigurationError, DistillError
from distill_live.input.encoder import ENCODE_HOPS, InputEncoder
from distill_live.ipc.priority import has_priority
from distill_live.ipc.protocol import GetTimings, TimingReport
from distill_live.live.audio.devices import xruns_label
from distill_live.live.control.session import Session
from distill_live.live.control.terminal.terminal import Terminal
from distill_live.live.preflight import (
    Disk,
    Port,
    probe_disk,
    probe_folders,
    probe_port,
    versions,
)
from distill_live.live.settings import MAX_LATENCY_MS, LiveSettings
from distill_live.spectrogram import PROFILES, Representation, SpectrogramSettings, Statistics
from distill_live.synthesis import Synthesizer

SECONDS = (1.0, 3600.0)
"""Range of the measuring time."""

SETTLE_S = 1.0
"""Time before measuring: the start is not part of a show."""

MAX_LOAD = 0.9
"""Load above which a higher latency does not help."""

MOTION = (("/drift", 0.0), ("/pitch", 3.0), ("/formant", -3.0))
"""Values set while measuring, beside the defaults: every frame is shifted."""

MOVES_A_SECOND, MOVE_HZ = 100, 0.5
"""Rate at which the first axis, or dimension, is set as by a hand, and at which it goes to and fro:
the point moves at every hop, so chunks are decoded all the time."""

CARRIED_LOAD = 0.8
"""Load up to which a computer carries a profile; above it the instrument begins to save."""

BLOCKS = (32, 64, 128, 256, 512, 1024, 2048)
"""Sizes of a device's blocks, in frames."""

TRIAL_ENCODINGS = 10
"""Number of encoded chunks by which following an input is timed."""

TRIAL_STEPS = 60
"""Number of steps of the synthesiser by which profiles are compared."""


@dataclass(frozen=True)
class Measured:
    """Result of measuring a session.

    Attributes
    ----------
    output
        Name of the output.
    missing
        Why there is no device; None if there is one.
    block_frames, sample_rate_hz
        Block size and sample rate of the output.
    seconds
        Measuring time.
    decode_p50_ms, decode_p99_ms
        Percentiles of the time to decode a chunk.
    hop_ms, worst_hop_ms
        Duration of a hop, and the longest time to render one.
    load
        Mean rendering time as a share of a hop's duration.
    decoding
        Decoding time as a share of the measuring time; it has a thread of its own.
    waited_ms
        Longest time from when a hop was due until it was rendered.
    latency_ms
        Maximum sound buffered for the device.
    safe_latency_ms
        Smallest ``--latency`` with which no measured hop would have been late: a hop, a device
        block, which is read at once, and `waited_ms`.
    underruns, xruns, broken_frames
        Counts; broken frames were not finite.
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
    decoding: float
    waited_ms: float
    latency_ms: float
    safe_latency_ms: float
    underruns: int
    xruns: int
    broken_frames: int

    @property
    def least_block_frames(self) -> int | None:
        """Smallest block that lasts for the longest wait for a hop; None if none does."""
        least = 1e-3 * self.waited_ms * self.sample_rate_hz
        return next((block for block in BLOCKS if block >= least), None)


@dataclass(frozen=True)
class ProfileLoad:
    """Load of a profile on this computer.

    Attributes
    ----------
    name
        Name of the profile.
    load
        Rendering time as a share of real time: measured for the model's own profile, for another
        in proportion to the time of its synthesiser's steps.
    carried
        Whether rendering and decoding leave room.
    """

    name: str
    load: float
    carried: bool


@dataclass(frozen=True)
class Report:
    """Result of a check.

    Attributes
    ----------
    changes
        What to change, in words; empty if the machine is ready.
    measured, port, disk
        Results of measuring and probing.
    profiles
        Load of each profile.
    encoding
        Time to analyse and encode an input as a share of real time; None without an encoder.
    folders
        The user's folders, each with what to change, or None.
    real_time
        Whether real-time priority was granted; None where the system has none.
    versions
        Versions by name.
    """

    changes: list[str]
    measured: Measured
    port: Port
    disk: Disk
    profiles: list[ProfileLoad]
    encoding: float | None
    folders: list[tuple[Path, str | None]]
    real_time: bool | None
    versions: dict[str, str]


def check(settings: LiveSettings, seconds: float, *, silent: bool) -> Report:
    """Measure a session and probe its port, disk and folders.

    Parameters
    ----------
    settings
        Settings of the session.
    seconds
        Measuring time, 1 to 3600.
    silent
        Keep the output silent.

    Raises
    ------
    DistillError
        If the session cannot start, or is ended early.
    """
    low, high = SECONDS
    if not low <= seconds <= high:
        raise ConfigurationError(f"--seconds is {seconds:g}; it must lie in {low:g} to {high:g}")
    port = probe_port(settings.osc_host, settings.osc_port)
    measured, real_time = asyncio.run(_measure(settings, seconds, silent=silent))
    model = read_bundle(settings.models[0])
    profiles = compare_profiles(measured, model.settings, settings.channels)
    encoding = encoding_share(model) if model.encoder else None
    disk = probe_disk(settings.channels, measured.sample_rate_hz)
    folders = probe_folders()
    candidates = (port.refusal, *judge(measured), disk.change, *(change for _, change in folders))
    changes = [change for change in candidates if change is not None]
    return Report(changes, measured, port, disk, profiles, encoding, folders, real_time, versions())


async def _measure(
    settings: LiveSettings, seconds: float, *, silent: bool
) -> tuple[Measured, bool | None]:
    """Play, measure, end; also return whether real-time priority was granted."""
    terminal = Terminal(quiet=True)
    here = replace(settings, osc_host="127.0.0.1", osc_port=0)
    control = Session(here, terminal, measure=True)
    control.block.muted = int(silent)
    session = asyncio.create_task(control.run())
    measuring = asyncio.create_task(_while_playing(control, settings, seconds))
    try:
        await asyncio.wait((session, measuring), return_when=asyncio.FIRST_COMPLETED)
        if not measuring.done():  # a failure, which this raises, or a signal
            measuring.cancel()
            await session
            raise DistillError("the check was interrupted; start it again")
        control.end()
        await session
        return await measuring, has_priority()
    finally:
        terminal.close()


async def _while_playing(control: Session, settings: LiveSettings, seconds: float) -> Measured:
    await control.playing.wait()
    control.synthesis.apply([Command(path, (value,)) for path, value in MOTION])
    moving = asyncio.create_task(_move(control))
    try:
        return await _while_moving(control, settings, seconds)
    finally:
        moving.cancel()


async def _move(control: Session) -> None:
    """Move as a hand does, until cancelled."""
    path = next((f"/axis/{name}" for name in control.model.axes), "/latent/000")
    while True:
        value = sin(2 * np.pi * MOVE_HZ * time.perf_counter())
        control.synthesis.apply([Command(path, (value,))])
        await asyncio.sleep(1 / MOVES_A_SECOND)


async def _while_moving(control: Session, settings: LiveSettings, seconds: float) -> Measured:
    await asyncio.sleep(SETTLE_S)
    await control.synthesis.fetch(GetTimings())  # those until now do not count
    block = control.block
    before = block.underruns, block.xruns, block.broken_frames
    await asyncio.sleep(seconds)
    timings: TimingReport = await control.synthesis.fetch(GetTimings())
    hops_s, decoded_s, waited_s = timings.hops_s, timings.decoded_s, timings.longest_wait_s
    now = block.underruns, block.xruns, block.broken_frames
    underruns, xruns, broken_frames = np.subtract(now, before).tolist()
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
        decoding=sum(decoded_s) / seconds,
        waited_ms=1e3 * waited_s,
        latency_ms=1e3 * block.latency_s,
        safe_latency_ms=1e3 * safe_s,
        underruns=underruns,
        xruns=xruns,
        broken_frames=broken_frames,
    )


def compare_profiles(
    measured: Measured, model: SpectrogramSettings, channels: int
) -> list[ProfileLoad]:
    """Load of each profile, from that of a session with a model.

    Parameters
    ----------
    measured
        Result of the session.
    model
        Spectrogram settings of its model.
    channels
        Number of its channels.
    """
    cores = min(2, os.cpu_count() or 1)  # rendering has a thread, and decoding another
    own = step_share(model, channels)
    found = []
    for name, profile in PROFILES.items():
        scale = 1.0 if profile == model else step_share(profile, channels) / own
        load = scale * measured.load
        busy = load + measured.decoding
        found.append(ProfileLoad(name, load, max(load, busy / cores) <= CARRIED_LOAD))
    return found


def step_share(settings: SpectrogramSettings, channels: int) -> float:
    """Least time of a step of the synthesiser on changing noise, as a share of a hop's time."""
    rng = np.random.default_rng(0)
    representation = Representation(settings, Statistics())
    synthesizer = Synthesizer(representation, [rng] * channels)
    shape = channels, 1 + synthesizer.LOOKAHEAD_FRAMES, settings.n_mels
    centres = representation.centres_bins.astype(np.float32)
    frequency_bins = np.broadcast_to(centres, shape).copy()
    out = np.zeros((channels, settings.hop_samples), np.float32)
    taken_s = []
    for _ in range(TRIAL_STEPS):
        power = rng.random(shape, np.float32)
        begun_s = time.perf_counter()
        synthesizer.step(power, frequency_bins, out)
        taken_s.append(time.perf_counter() - begun_s)
    return min(taken_s) * settings.frames_per_second


def encoding_share(model: Bundle) -> float:
    """Least time to analyse and encode an input, as a share of real time."""
    hop, encoder = model.settings.hop_samples, InputEncoder(model)
    parts = np.random.default_rng(0).standard_normal((ENCODE_HOPS, hop)).astype(np.float32)
    taken_s = []
    for _ in range(TRIAL_ENCODINGS):
        begun_s = time.perf_counter()
        for part in parts:
            encoder.push(part)
        taken_s.append(time.perf_counter() - begun_s)
    return min(taken_s) * model.settings.frames_per_second / ENCODE_HOPS


def judge(measured: Measured) -> list[str]:
    """List what to change, in words; empty if nothing."""
    m, changes = measured, []
    if m.missing is not None:
        changes.append(f"connect a device, or choose one by --device ({m.missing})")
    if m.load > (MAX_LOAD if m.underruns else CARRIED_LOAD):  # where the engine saves
        changes.append(f"a lighter model, or a faster computer: the load is {m.load:.0%}")
    elif m.underruns:
        wanted_ms = ceil(m.safe_latency_ms)
        late = f"{m.underruns} underrun{'s' * (m.underruns > 1)}"
        if wanted_ms <= MAX_LATENCY_MS:
            changes.append(f"--latency {wanted_ms} ({late} at {m.latency_ms:.1f} ms)")
        else:
            changes.append(f"close other programs ({late}; hops came {m.waited_ms:.0f} ms late)")
    if m.xruns:
        changes.append(
            f"a larger --block than {m.block_frames}, or fewer other programs "
            f"({xruns_label(m.output)}: {m.xruns})"
        )
    if m.broken_frames:
        changes.append(f"another model ({m.broken_frames} frames of this one are not finite)")
    return changes
