"""Print docs/dependencies.md: ``python tests/support/licences.py > docs/dependencies.md``.

The packages that the instrument, its extras and their dependencies install, with the licences that
the packages themselves state; of this environment and system.
"""

import tomllib
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LONGEST = 60
"""Longest licence field that is a name; longer ones are the licence's text."""

HEADING = """# Dependencies and their licences

What `distill-live`, `distill-live[midi]` and `distill-live[train]` install on Linux, directly or
for others, as the packages state it. Made by
`python tests/support/licences.py > docs/dependencies.md`;
`pyproject.toml` says what each direct one is for. None is copied into this repository. NVIDIA's
libraries come with PyTorch's CUDA builds only. From Python 3.13 on, `[midi]` has rtmidi2 (MIT) in
place of python-rtmidi, but for Linux on ARM.

Wheels contain libraries of other licences: soundfile's libsndfile, mpg123 and LAME (LGPL), Opus,
Vorbis and FLAC (BSD); sounddevice's, on Windows and macOS, PortAudio (MIT); numpy's OpenBLAS and
LAPACK (BSD), GCC's runtime library (GPL with its exception) and libquadmath (LGPL); onnxruntime's
what its `ThirdPartyNotices.txt` lists. PyTorch itself is under the BSD 3-Clause licence.
"""


def main() -> None:
    """Print the page."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    groups = {"distill-live": project["dependencies"], **project["optional-dependencies"]}
    seen: set[str] = set()
    print(HEADING, end="")
    for name, requirements in groups.items():
        title = name if name == "distill-live" else f"distill-live[{name}], besides"
        print(f"\n## {title}\n\n| package | licence | |\n|---|---|---|")
        direct = {canonicalize_name(Requirement(text).name) for text in requirements}
        for found in sorted(installed(requirements, seen), key=lambda each: key(each)):
            own = "direct" if key(found) in direct else ""
            print(f"| {found.metadata['Name']} | {licence(found)} | {own} |")


def installed(requirements: list[str], seen: set[str]) -> list[Distribution]:
    """Distributions of requirements and what those need, but those `seen`, which it adds to."""
    found = []
    for text in requirements:
        requirement = Requirement(text)
        name = canonicalize_name(requirement.name)
        wanted = [{"extra": extra} for extra in requirement.extras] or [{"extra": ""}]
        marker = requirement.marker
        if name in seen or (marker and not any(marker.evaluate(extra) for extra in wanted)):
            continue
        try:
            package = distribution(name)
        except PackageNotFoundError:  # of another system
            continue
        seen.add(name)
        found += [package, *installed(package.requires or [], seen)]
    return found


def key(package: Distribution) -> str:
    """Name of a package in its one spelling."""
    return canonicalize_name(package.metadata["Name"])


def licence(package: Distribution) -> str:
    """Licence that a package states: as an expression, as text, or by its classifiers."""
    fields = package.metadata.get_all("License-Expression") or package.metadata.get_all("License")
    stated = fields[0] if fields else ""
    if stated and len(stated) <= LONGEST and "\n" not in stated:
        return stated
    classifiers = package.metadata.get_all("Classifier") or []
    named = [text.split(" :: ")[-1] for text in classifiers if text.startswith("License")]
    return ", ".join(named) or "see the package"


if __name__ == "__main__":
    main()
