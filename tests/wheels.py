"""Check that every package has wheels for every system and Python: ``python tests/wheels.py``.

Names of `SYSTEMS` select some. `uv` resolves the project and its extras from wheels alone, and
installs nothing; the result is a table of versions. It needs uv, the package index and several
minutes. The exit status is 1 if something cannot be had, but for `GAPS`.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

SYSTEMS = {
    "Linux x86-64": "x86_64-manylinux_2_28",
    "Linux ARM": "aarch64-manylinux_2_28",
    "Windows": "x86_64-pc-windows-msvc",
    "macOS ARM": "aarch64-apple-darwin",
    "macOS Intel": "x86_64-apple-darwin",
}
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
EXTRAS = ("", "midi", "train")
SHOWN = ("numpy", "onnxruntime", "python-rtmidi", "rtmidi2", "torch", "torchaudio")

GAPS: set[tuple[str, ...]] = {
    ("macOS Intel", "train"),
    ("macOS Intel", "3.14"),
    ("Linux ARM", "midi", "3.13"),
    ("Linux ARM", "midi", "3.14"),
}
"""Systems with an extra, a Python or both that have no wheels there: onnxruntime and torch left
Intel Macs, and python-rtmidi is built under Linux on ARM."""

MACOS = "14.0"
"""Oldest macOS: onnxruntime's newer wheels need it."""


def resolve(uv: str, system: str, python: str, extra: str) -> tuple[dict[str, str], str]:
    """Versions of `SHOWN`, or why there is no solution."""
    done = subprocess.run(
        [
            *(uv, "pip", "compile", "--quiet", "--no-header", "--no-annotate"),
            *("--only-binary", ":all:"),
            *("--python-platform", SYSTEMS[system], "--python-version", python),
            *(("--extra", extra) if extra else ()),
            "pyproject.toml",
        ],
        cwd=Path(__file__).parents[1],
        env=os.environ | {"MACOSX_DEPLOYMENT_TARGET": MACOS},
        capture_output=True,
        encoding="utf-8",
    )
    found = dict(re.findall(r"^([\w-]+)==(\S+)", done.stdout, re.MULTILINE))
    reason = " ".join(done.stderr.split()) if done.returncode else ""
    return {name: found[name] for name in SHOWN if name in found}, reason


def main(systems: Sequence[str]) -> int:
    """Print a row for each system, Python and extra."""
    uv = shutil.which("uv")
    if uv is None:
        print("there is no uv; pip install uv", file=sys.stderr)
        return 2
    missing = 0
    for system in systems or SYSTEMS:
        for python in PYTHONS:
            for extra in EXTRAS:
                found, reason = resolve(uv, system, python, extra)
                gaps = {(system, extra), (system, python), (system, extra, python)}
                known = not gaps.isdisjoint(GAPS)
                missing += bool(reason) and not known
                text = ", ".join(f"{name} {version}" for name, version in found.items())
                state = (
                    "none (known)" if known and reason else f"NONE: {reason}" if reason else text
                )
                print(f"{system:12} | {python} | {extra or 'instrument':10} | {state}", flush=True)
    return int(missing > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
