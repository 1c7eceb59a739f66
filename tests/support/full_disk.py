"""Simulate a full disk by limiting the size of files."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager

NO_LIMIT = resource.RLIM_INFINITY


def limit_files(most: int = NO_LIMIT) -> None:
    """What makes a file larger than `most` bytes fails from now on; by default nothing does."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))


@contextmanager
def files_of_any_size_after() -> Iterator[None]:
    """When this is left, files may be of any size again."""
    try:
        yield
    finally:
        limit_files()
