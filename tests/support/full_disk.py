"""Simulate a full disk by limiting the size of files."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

limits_files = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows limits no sizes of files"
)


def limit_files(most: int | None = None) -> None:
    """What makes a file larger than `most` bytes fails from now on; by default nothing does."""
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    limit = resource.RLIM_INFINITY if most is None else most
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))


@contextmanager
def files_of_any_size_after() -> Iterator[None]:
    """When this is left, files may be of any size again."""
    try:
        yield
    finally:
        limit_files()
