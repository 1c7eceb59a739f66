"""Describe model files in a process of its own.

Control reads no model files: it needs no numpy, and a damaged file cannot harm it.
"""

from pathlib import Path

from distill_live.ipc.pipes import Parent
from distill_live.ipc.protocol import LibraryRead, LibrarySettings
from distill_live.library import describe, entry


def run(parent: Parent, settings: LibrarySettings) -> None:
    """Read the manifests of all files."""
    read = ((name, describe(entry(name, Path(path)))) for name, path in settings.files)
    parent.send(LibraryRead(tuple(read)))
