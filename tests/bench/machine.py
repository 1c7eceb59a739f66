"""Name the machine that benchmarks run on: processor and instruction set."""

import platform
from pathlib import Path


def machine() -> str:
    """Processor and the widest of its instruction sets that decoders use."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return f"{platform.machine()} {platform.processor()}".strip()
    found = dict(line.replace("\t", "").split(":", 1) for line in lines if ":" in line)
    flags = found.get("flags", found.get("Features", "")).split()
    known = ("amx_tile", "avx512_vnni", "avx512f", "avx2", "avx", "asimd")
    widest = next((name for name in known if name in flags), "")
    return f"{found.get('model name', platform.machine()).strip()}, {widest or 'no SIMD known'}"
