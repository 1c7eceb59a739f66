"""Short run of `tests/bench/soak.py`: all features at once but the page, no leftovers."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from support.jack_server import require_jack
from support.tiny import complete_bundle

from distill_live.bundle import write_bundle

pytestmark = pytest.mark.process

BENCH = Path(__file__).parents[1] / "bench" / "soak.py"

MAX_GROWTH_MB = 32.0
"""What a process may take in beside: in half a minute no two models have come and gone often enough
for what the system keeps of them to be steady."""

TIMEOUT_S = 150.0


@pytest.mark.jack
def test_half_a_minute_of_everything_leaves_nothing_behind(tmp_path: Path) -> None:
    require_jack()
    model = tmp_path / "tiny.distill"
    write_bundle(complete_bundle(), model)
    words = ["--model", str(model), "--minutes", "0.25", "--cycle", "8", "--ordinary"]
    done = subprocess.run(
        [sys.executable, str(BENCH), *words, "--no-page", "--json"],
        capture_output=True,
        encoding="utf-8",
        timeout=TIMEOUT_S,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["status"] == 0
    assert found["processes_left"] == []
    assert found["shared_memory_left"] == []
    assert found["unexpected_lines"] == []
    assert found["cycles"] == 2
    assert found["paths"] == found["cycles"]
    assert found["swaps"] == found["takes"] == found["cycles"], found["refused"]
    assert all(told > 100 for told in found["told_to_subscribers"])
    assert {"control", "audio", "synthesis", "input", "analysis"} <= found["processes"].keys()
    for name, facts in found["processes"].items():
        assert facts["descriptors"] == facts["descriptors_warm"], name
        assert facts["threads"] == facts["threads_warm"], name
        assert facts["end_mb"] - facts["warm_mb"] < MAX_GROWTH_MB, name
