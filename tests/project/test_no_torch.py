"""The instrument imports neither torch nor the trainer nor test packages."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.tiny import tiny_bundle

from distill_live.bundle import write_bundle

pytestmark = pytest.mark.process

FORBIDDEN = ("torch", "torchaudio", "scipy", "matplotlib", "safetensors", "distill_train")

PROGRAM = """
import importlib, pkgutil, sys
from pathlib import Path
import distill_live

for module in pkgutil.walk_packages(distill_live.__path__, "distill_live."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)

from distill_live.bundle import read_bundle
from distill_live.offline.plan import Plan
from distill_live.offline.render import render
render(read_bundle(Path(sys.argv[1])), Plan(seed=1, seconds=0.2), Path(sys.argv[2]))
print(len([name for name in sys.modules if name.startswith("distill_live")]))
print(*(name for name in {forbidden!r} if name in sys.modules))
"""

CONTROL = """
import sys
import distill_live.live.control.session
print(*(name for name in ("numpy", "onnx", "onnxruntime", "sounddevice") if name in sys.modules))
"""


def run(program: str, *words: str, **environment: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        capture_output=True,
        encoding="utf-8",
        env=os.environ | environment,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_every_module_and_a_render_load_nothing_of_the_trainers(tmp_path: Path) -> None:
    model, out = tmp_path / "tiny.distill", tmp_path / "y.wav"
    write_bundle(tiny_bundle(), model)
    modules, loaded = run(PROGRAM.format(forbidden=FORBIDDEN), str(model), str(out))
    assert int(modules) > 30
    assert loaded == ""
    assert out.stat().st_size > 0.2 * 48000 * 2 * 3


def test_importing_sets_no_environment_variable_and_starts_no_thread() -> None:
    program = """
import os, threading
before = dict(os.environ)
import distill_live, distill_train
distill_live.Engine, distill_live.load_model
print(dict(os.environ) == before, threading.active_count())
"""
    assert run(program) == ["True 1"]


DECODE = """
import sys
from pathlib import Path
from distill_live.bundle import read_bundle
from distill_live.engine import InlineDecoder
InlineDecoder(read_bundle(Path(sys.argv[1])))
import os
print(os.environ["ORT_DISABLE_TELEMETRY"])
"""


def test_the_network_runtime_reports_to_nobody(tmp_path: Path) -> None:
    model = tmp_path / "tiny.distill"
    write_bundle(tiny_bundle(), model)
    home = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    assert run(DECODE, str(model), **home) == ["1"]
    assert not [path for path in tmp_path.rglob("*") if "onnxruntime" in path.name]


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
def test_commands_wait_for_no_threads_of_numpys() -> None:
    program = """
import sys
from distill_live.cli import main
sys.argv = ["distill-live", "--version"]
try:
    main()
except SystemExit:
    pass
import os, numpy as np
np.ones((2000, 2000)) @ np.ones(2000)
print(len(os.listdir("/proc/self/task")))
"""
    environment = {key: value for key, value in os.environ.items() if "NUM_THREADS" not in key}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, encoding="utf-8", env=environment
    )
    assert done.stdout.split()[-1] == "1", done.stderr


def test_control_holds_neither_samples_nor_networks() -> None:
    assert run(CONTROL) == [""]
