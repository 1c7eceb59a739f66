"""Measure the callback's cost of recording, growth of the session log, speed of a replay.

    python tests/bench/recording.py MODEL [--seconds S] [--channels N] [--json]

The callback (`Player.fill`) is measured on alternating blocks with and without a take, so that the
ratio does not depend on other programs. Logs are those of an engine whose axes, pitch and motion
are moved at every hop, and of one that drifts without input.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np

from distill_live.bundle import Bundle, read_bundle
from distill_live.engine import Command, ThreadedDecoder
from distill_live.live.audio.player import Player
from distill_live.live.shared.ring import Ring
from distill_live.live.shared.session_log import LoggedEngine, SessionLog
from distill_live.live.shared.shared_block import SharedBlock
from distill_live.takes.replay import Replay
from distill_live.takes.take_file import TakeFile, event_line
from distill_live.takes.take_reader import Take

BLOCK_FRAMES, BLOCKS, RATE_HZ = 128, 20_000, 48_000


def callback_us(channels: int) -> tuple[float, float]:
    """Median microseconds of a block without a take, and with one."""
    times: tuple[list[float], list[float]] = [], []
    sides = []
    for take in (0, 1):
        block = SharedBlock.create(channels)
        block.take = take
        ring = Ring(block, channels)
        ring.change_rate(RATE_HZ)
        sides.append((block, ring, Player(block, ring, channels, RATE_HZ)))
    out = np.zeros((BLOCK_FRAMES, channels), dtype=np.float32)
    sound = np.random.default_rng(0).uniform(-0.1, 0.1, out.shape).astype(np.float32)
    for _, ring, _ in sides:
        for _ in range(4):
            ring.write(sound)
    for _ in range(BLOCKS):
        for (block, ring, player), spent in zip(sides, times, strict=True):
            start = time.perf_counter()
            player.fill(out)
            spent.append(1e6 * (time.perf_counter() - start))
            ring.write(sound)
            block.recording_read_frames = block.recording_written_frames
            block.marks_read = block.marks_written
    return median(times[0]), median(times[1])


def play(bundle: Bundle, channels: int, seconds: float, *, moving: bool) -> tuple[bytes, int]:
    """Log and samples of an engine that is moved at every hop in real time, or drifts."""
    rng = np.random.default_rng(0)
    block = SharedBlock.create(channels)
    log = SessionLog(block)
    engine = LoggedEngine(
        bundle, log=log, channels=channels, seed=0, decoder=ThreadedDecoder(bundle)
    )
    log.add("ring", 0, 0, engine.sample_rate_hz)
    engine.apply(Command("/drift", (0.25,)))
    out = np.zeros((engine.hop_samples, channels), dtype=np.float32)
    hop_s = engine.hop_samples / engine.sample_rate_hz
    axes = [path for path in engine.addresses if path.startswith("/axis/")]
    due_s = time.perf_counter()
    for _ in range(round(seconds / hop_s)):
        if moving:
            for path in (str(rng.choice([p for p in axes if "list" not in p])), "/pitch"):
                engine.apply(Command(path, (float(rng.uniform(-1, 1)),)))
            engine.prepare()
        engine.render(out)
        due_s += hop_s
        time.sleep(max(0.0, due_s - time.perf_counter()))
    engine.close()
    return bytes(block.log[: block.log_bytes]), engine.time_samples


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--channels", type=int, default=2)
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    bundle, channels = read_bundle(arguments.model), arguments.channels
    without, recording = callback_us(channels)
    found = {
        "callback_us": without,
        "callback_recording_us": recording,
        "callback_ratio": recording / without,
    }
    for name, moving in (("drifting", False), ("moving", True)):
        lines, samples = play(bundle, channels, arguments.seconds, moving=moving)
        seconds = samples / bundle.settings.sample_rate_hz
        found[f"log_{name}_bytes_per_minute"] = 60 * len(lines) / seconds
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "take.json"
            file = TakeFile(path, {})
            file.append([event_line(["sound", 0, 0]), *lines.splitlines()])
            file.append([event_line(["end", samples, None])])
            file.close()
            replay = Replay(Take(path), {bundle.fingerprint: bundle})
            start = time.process_time()
            for _ in replay.blocks():
                pass
            found[f"replay_{name}_times_real_time"] = seconds / (time.process_time() - start)
    if arguments.json:
        json.dump(found, sys.stdout, indent=2)
        print()
    else:
        for name, value in found.items():
            print(f"{name:32} {value:12.2f}")


if __name__ == "__main__":
    main()
