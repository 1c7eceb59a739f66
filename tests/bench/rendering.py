"""Measure rendering to files: speed of each format, memory of a long render, model library.

    python tests/bench/rendering.py [--model x.distill] [--seconds 60] [--json]
    python tests/bench/rendering.py --memory 3600     memory of one long render alone
    python tests/bench/rendering.py --library 200     listing and finding among that many models

*Times real time* is sound over elapsed time on one core, from the engine's first hop to the
finished file, without starting Python and reading the model. The default is the demo model.
"""

import os

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before numpy loads

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from distill_live.bundle import Bundle, read_bundle
from distill_live.offline.arguments import plan_from
from distill_live.offline.formats import choose_format
from distill_live.offline.render import render

DEMO = Path(__file__).parents[2] / "models" / "demo.distill"

MEMORY_GOAL_MB = 400

STILL = ("/jitter 0", "/drift 0", "/follow 0")

CASES: tuple[tuple[str, str, int, dict[str, object]], ...] = (
    ("held, follow chunk", "y.wav", 1, {"settings": STILL}),
    ("crossfade", "y.wav", 1, {"path": "crossfade"}),
    ("crossfade", "y.wav", 2, {"path": "crossfade"}),
    ("interpolate", "y.wav", 2, {"path": "interpolate"}),
    ("walk", "y.wav", 2, {"path": "walk"}),
    ("crossfade", "y.flac", 2, {"path": "crossfade"}),
    ("crossfade", "y.ogg", 2, {"path": "crossfade"}),
    ("crossfade", "y.opus", 2, {"path": "crossfade"}),
    ("crossfade", "y.mp3", 2, {"path": "crossfade"}),
)


def measure(bundle: Bundle, case: tuple[str, str, int, dict], seconds: float) -> dict[str, object]:
    """Measure one case."""
    name, file, channels, words = case
    plan = plan_from(bundle, seconds=seconds, report=print, **words)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / file
        form = choose_format(out, bundle.settings.sample_rate_hz, channels=channels)
        start_s, start_cpu_s = time.perf_counter(), time.process_time()
        render(bundle, plan, out, form)
        passed_s, had_s = time.perf_counter() - start_s, time.process_time() - start_cpu_s
        return {
            "case": f"{name}, {out.suffix}, {channels} channel{'s' * (channels > 1)}",
            "times_real_time": seconds / passed_s,
            "times_real_time_cpu": seconds / had_s,
            "megabytes_an_hour": out.stat().st_size / seconds * 3.6e-3,
        }


def measure_memory(model: Path, seconds: float) -> dict[str, object]:
    """Peak memory of a `distill-live render` process that decodes all the time."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "y.wav"
        words = ["--model", model, "--seconds", seconds, "--out", out, "--path", "crossfade"]
        command = [sys.executable, "-m", "distill_live", "render", *map(str, words)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        most_kb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        return {"case": f"{seconds:g} s", "memory_mb": most_kb / 1000, "goal": MEMORY_GOAL_MB}


def measure_library(model: Path, count: int) -> dict[str, object]:
    """Time of a listing, and of finding a model by its id, among copies of one model."""
    with tempfile.TemporaryDirectory() as folder:
        models = Path(folder) / "models"
        models.mkdir()
        for number in range(count):
            shutil.copyfile(model, models / f"model-{number:03d}.distill")
        figures: dict[str, object] = {"case": f"{count} models"}
        os.chdir(folder)
        from distill_live.library import catalogue, find_model

        for name, work in (
            ("names_s", lambda: find_model("model-000")),
            ("listing_s", catalogue),
            ("by_id_s", lambda: find_model(catalogue()[0].manifest.fingerprint)),
        ):
            start_s = time.perf_counter()
            work()
            figures[name] = time.perf_counter() - start_s
        return figures


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, default=DEMO)
    parser.add_argument("--seconds", type=float, default=60.0, help="length of each file")
    parser.add_argument(
        "--memory", type=float, help="measure memory of a render of this many seconds"
    )
    parser.add_argument("--library", type=int, help="measure a library of this many models")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    model = options.model.resolve()
    if options.memory is not None:
        rows = [measure_memory(model, options.memory)]
    elif options.library is not None:
        rows = [measure_library(model, options.library)]
    else:
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
        bundle = read_bundle(model)
        rows = [measure(bundle, case, options.seconds) for case in CASES]
    if options.json:
        print(json.dumps(rows, indent=2))
        return
    for row in rows:
        print(
            ", ".join(
                f"{k} {v:.3g}" if isinstance(v, float) else f"{k} {v}" for k, v in row.items()
            )
        )


if __name__ == "__main__":
    main()
