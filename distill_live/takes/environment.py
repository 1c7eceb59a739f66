"""What a sample's last bits depend on beside the take: the versions that computed it."""

import platform
from importlib.metadata import PackageNotFoundError, version

from distill_live import __version__

_PACKAGES = ("numpy", "onnxruntime")


def surroundings() -> dict[str, str]:
    """Names and versions, here and now."""
    found = {"distill-live": __version__, "machine": f"{platform.system()} {platform.machine()}"}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "unknown"
    return found


def differences(there: object) -> list[str]:
    """What is other here than it was there, in words; nothing, where nothing was said."""
    if not isinstance(there, dict):
        return []
    return [
        f"{name} {there[name]} then, {value} now"
        for name, value in surroundings().items()
        if isinstance(there.get(name), str) and there[name] != value
    ]
