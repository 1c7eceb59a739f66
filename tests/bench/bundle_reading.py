"""Measure the time for reading and checking a bundle, separate from imports.

Each figure is the median over fresh processes, since a process imports only once.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from onnx import ModelProto, helper, numpy_helper

sys.path.insert(0, str(Path(__file__).parent.parent))
import dataclasses

from support.tiny import tiny_bundle

from distill_live.bundle import write_bundle

CHILD = """
import json, sys, time
from pathlib import Path
times = [time.perf_counter()]
import numpy; times.append(time.perf_counter())
import onnx.checker, onnx.shape_inference; times.append(time.perf_counter())
from distill_live.bundle import read_bundle; times.append(time.perf_counter())
read_bundle(Path(sys.argv[1])); times.append(time.perf_counter())
read_bundle(Path(sys.argv[1])); times.append(time.perf_counter())
print(json.dumps([later - earlier for earlier, later in zip(times, times[1:])]))
"""
STEPS = ("import numpy", "import onnx", "import bundle", "read, first", "read, again")


def measure(decoder_mb: float, runs: int) -> dict[str, float]:
    """Median seconds of each step, for a decoder with that much additional float16 data."""
    bundle = tiny_bundle()
    model = ModelProto.FromString(bundle.decoder)
    side = int((decoder_mb * 1e6 / 2) ** 0.5)
    ballast = np.random.default_rng(0).normal(0, 0.02, (side, side)).astype(np.float16)
    model.graph.initializer.append(numpy_helper.from_array(ballast, "ballast"))
    model.graph.node.insert(0, helper.make_node("Cast", ["ballast"], ["unused"], to=1))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.distill"
        write_bundle(dataclasses.replace(bundle, decoder=model.SerializeToString()), path)
        command = [sys.executable, "-c", CHILD, str(path)]
        rows = [json.loads(subprocess.check_output(command)) for _ in range(runs)]
    return dict(zip(STEPS, map(statistics.median, zip(*rows, strict=True)), strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--runs", type=int, default=9)
    arguments = parser.parse_args()
    results = {f"{size} MB": measure(size, arguments.runs) for size in (0.1, 10, 20)}
    if arguments.json:
        print(json.dumps(results))
        return
    print(f"{'decoder':>10}", *(f"{step:>14}" for step in STEPS))
    for size, row in results.items():
        print(f"{size:>10}", *(f"{1000 * row[step]:>11.1f} ms" for step in STEPS))


if __name__ == "__main__":
    main()
