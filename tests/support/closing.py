"""Base class of what is closed at the end of a `with` block."""

from typing import Self


class Closing:
    """Context manager that closes itself."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release what it holds."""
        raise NotImplementedError
