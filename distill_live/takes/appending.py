"""Writing at a place of a file, whole or with the count of what was written."""

import os


class PartialWriteError(OSError):
    """The file system took only so many bytes.

    Attributes
    ----------
    written : int
    """

    def __init__(self, reason: OSError, written: int) -> None:
        super().__init__(reason.errno, reason.strerror)
        self.written = written


def write_all(descriptor: int, place: int, data: bytes) -> None:
    """Write `data` at a place of an open file.

    Raises
    ------
    PartialWriteError
        If the file system takes no more.
    """
    written = 0
    os.lseek(descriptor, place, os.SEEK_SET)
    while written < len(data):
        try:
            written += os.write(descriptor, data[written:])
        except OSError as error:
            raise PartialWriteError(error, written) from error
