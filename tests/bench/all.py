"""Run all benchmarks whose figures are claimed; print one table.

    python tests/bench/all.py [--only load latency ...] [--out FILE.json] [--profile FOLDER]

Each part is a script of its own and runs at a modest length, one after the other: about five
minutes on two quiet cores. Parts that need something missing (torch, jackd) are left out, with the
reason. *Ratio* is value over reference: a goal, or the same machine without the work in question at
that moment, so that it is meaningful on a busy machine too. Recordings come from the tests'
generator. `--profile` writes profiles of a hop, an OSC message and a training step (`profiles.py`).
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from machine import machine
from support.sounds import write_folder

from distill_live.cli.tables import print_table

HERE = Path(__file__).parent
PART_LIMIT_S = 300


@dataclass(frozen=True)
class Figure:
    """Row of the table."""

    part: str
    name: str
    value: float
    unit: str
    reference: float | None = None
    of: str = ""
    """Name of the reference."""

    @property
    def ratio(self) -> float | None:
        """Value over reference."""
        return None if not self.reference else self.value / self.reference


Rows = Iterator[Figure]


def engine(found: Any) -> Rows:
    """Real-time factor and hop times."""
    for row in found["engine"]:
        name = f"{row['profile']} {row['case']}"
        goal = row["goal"], "goal, at least" if row["goal"] else ""
        yield Figure("engine", name, row["times_real_time"], "x real time", *goal)
        yield Figure("engine", name, row["times_real_time_cpu"], "x by cpu", *goal)
        yield Figure("engine", name, row["decodes_a_hop"], "decodes", 1.0, "decoding a whole chunk")
        yield Figure("engine", name, row["transforms_a_hop"], "transforms", 1.0, "a frame's, bare")


def session(found: Any) -> Rows:
    """Start time, memory, load."""
    figures = found["session"]
    firsts = figures["first sound, median s"]
    yield Figure("start", "first sound, median", firsts, "s", 1.5, "goal, at most")
    memory = sum(figures["memory, PSS MB"].values())
    yield Figure("memory", "three processes", memory, "MB", 350, "goal, at most")
    for state in ("held", "moving", "silent"):
        cores = sum(figures[f"cores, {state}"].values())
        yield Figure("load", f"three processes, {state}", cores, "cores")


def latency(found: Any) -> Rows:
    """Latency from message to sound."""
    for case in found:
        kind = "half_net" if "half_net" in case else "half_raw"
        name, row = case["case"]["name"], case[kind]
        floor_ms = sum(case["parts_ms"][part] for part in ("hop", "ring", "device", "window"))
        known = floor_ms, "without decoding and waiting"
        yield Figure("latency", f"{name}, p50", row["p50_ms"], "ms", *known)
        yield Figure("latency", f"{name}, jitter", row["jitter_ms"], "ms")


def input_latency(found: Any) -> Rows:
    """Delay from the input to the output."""
    for row in found:
        for name in ("thru", "onset", "half"):
            yield Figure("input latency", f"{row['profile']}, {name}", row[f"{name}_ms"], "ms")


def osc(found: Any) -> Rows:
    """OSC messages per second."""
    rate, bare = found["one_float_per_second"], found["bare_socket_per_second"]
    yield Figure("osc", "one-float messages taken in", rate, "/s", 50_000, "goal, at least")
    yield Figure("osc", "one-float messages taken in", rate, "/s", bare, "a bare socket's")
    taken, given = found["cpu_us"], found["bare_cpu_us"]
    yield Figure("osc", "processor time a message", taken, "us", given, "a bare socket's")
    yield Figure("osc", "128-float messages lost", found["latents_lost"], "")


def synthesis(found: Any) -> Rows:
    """Time of a synthesis step, relative to its transforms."""
    for row in found["rows"]:
        name = f"{row['profile']}, {row['frames']}"
        yield Figure(
            "synthesis", name, row["p50_ms"], "ms", row["transforms_p50_ms"], "its transforms"
        )


def training(found: Any) -> Rows:
    """Training steps per second."""
    yield Figure("training", f"{found['threads']} threads", found["steps_per_s"], "steps/s")


def resynthesis(found: Any) -> Rows:
    """Spectral distance from the recording, relative to Griffin-Lim."""
    for profile, result in found.items():
        ours, theirs = (result["mean"][row] for row in ("distill", "Griffin-Lim 100"))
        for name, unit in (("log_spectral_db", "dB"), ("convergence", "")):
            words = f"{profile} {name.removesuffix('_db').replace('_', ' ')}"
            yield Figure("resynthesis", words, ours[name], unit, theirs[name], "Griffin-Lim 100")


def heard(found: Any) -> Rows:
    """Accuracy and cost of the input's features."""
    yield Figure("input", "level error", found["level_error_db"], "dB", 0.5, "goal, at most")
    yield Figure("input", "brightness error", found["brightness_error"], "", 0.03, "goal, at most")
    for kind, shares in found["onsets"].items():
        for name in ("recall", "precision"):
            yield Figure("input", f"{kind} {name}", shares[name], "", 0.95, "goal, at least")
    near = found["pitch"]["within_20_cents"]
    yield Figure("input", "pitch within 20 cents", near, "", 0.95, "goal, at least")
    yield Figure("input", "processor time a hop", found["cost_us_per_hop"], "us")


@dataclass(frozen=True)
class Part:
    """Script and the reader of its JSON; RECORDINGS stands for a folder of recordings."""

    script: str
    options: tuple[str, ...]
    read: Callable[[Any], Rows]


RECORDINGS = "RECORDINGS"

PARTS = {
    "engine": Part("load.py", ("--engine", "--seconds", "4"), engine),
    "session": Part("load.py", ("--session", "--seconds", "4", "--starts", "3"), session),
    "latency": Part("latency.py", ("--moves", "40"), latency),
    "input latency": Part("input_latency.py", ("--bursts", "30"), input_latency),
    "osc": Part("osc.py", ("--seconds", "2"), osc),
    "synthesis": Part("synthesis_cost.py", ("--steps", "1000"), synthesis),
    "input": Part("input_features.py", ("--notes", "8"), heard),
    "training": Part(
        "training.py", (RECORDINGS, "--set", "epochs=2", "--set", "overlap=0.5"), training
    ),
    "resynthesis": Part(
        "resynthesis.py", (RECORDINGS, "--seconds", "2", "--draws", "1"), resynthesis
    ),
}


def measured(part: Part, recordings: Path) -> list[Figure] | str:
    """Figures of a part, or the reason why there are none."""
    options = [str(recordings) if one == RECORDINGS else one for one in part.options]
    command = [sys.executable, str(HERE / part.script), *options, "--json"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PART_LIMIT_S)
    except subprocess.TimeoutExpired:
        return f"took over {PART_LIMIT_S} s"
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["ended without a word"])[-1]
    return list(part.read(json.loads(done.stdout)))


def print_figures(figures: list[Figure]) -> None:
    """Print the table."""
    rows = []
    for one in figures:
        reference = "" if one.reference is None else f"{one.reference:,.4g}"
        ratio = "" if one.ratio is None else f"{one.ratio:.2f}"
        value = f"{one.value:,.4g}" if one.value < 1000 else f"{one.value:,.0f}"
        rows.append([one.part, one.name, value, one.unit, reference, ratio, one.of])
    print_table(("part", "", "value", "unit", "reference", "ratio", ""), rows)


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--out", type=Path, help="write figures as JSON")
    parser.add_argument("--profile", type=Path, metavar="FOLDER", help="write profiles as text")
    options = parser.parse_args()
    figures: list[Figure] = []
    left_out: dict[str, str] = {}
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        recordings = Path(folder) / "recordings"
        write_folder(recordings, seconds=4.0)
        for name in options.only:
            print(f"{name} ...", file=sys.stderr, flush=True)
            found = measured(PARTS[name], recordings)
            if isinstance(found, str):
                left_out[name] = found
            else:
                figures += found
        if options.profile is not None:
            profiles = str(options.profile), "--recordings", str(recordings)
            subprocess.run([sys.executable, str(HERE / "profiles.py"), *profiles], check=False)
    measured_on = f"{machine()}, {os.cpu_count()} cores, load {load:.1f} at the start"
    print_figures(figures)
    print(f"\n{measured_on}")
    for name, reason in left_out.items():
        print(f"left out: {name}: {reason}")
    if options.out is not None:
        rows = [asdict(one) | {"ratio": one.ratio} for one in figures]
        result = {"machine": measured_on, "figures": rows, "left_out": left_out}
        options.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
