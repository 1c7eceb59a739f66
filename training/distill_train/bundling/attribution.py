"""Name, author, licence and sources of a bundle, checked before training starts."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from distill_live.bundle import plain_name
from distill_live.bundle.checks import (
    MAX_AUTHOR_LENGTH,
    MAX_LICENCE_LENGTH,
    MAX_NAME_LENGTH,
    MAX_TRAINING_TEXT_LENGTH,
    check_text,
)


@dataclass(frozen=True)
class Attribution:
    """Texts of a bundle.

    Attributes
    ----------
    name, author, licence
        1 to 100, 0 to 200 and 0 to 2000 characters.
    sources
        Origin of the recordings, 0 to 200 characters.

    Raises
    ------
    BundleError
        If a text is too long or has characters that cannot be printed.
    """

    name: str
    author: str = ""
    licence: str = ""
    sources: str = ""

    @classmethod
    def of(cls, out: Path, author: str = "", licence: str = "", sources: str = "") -> Self:
        """Texts of the bundle `out`, ``x.distill``, which is named after its file."""
        return cls(plain_name(out.name.removesuffix(".distill")), author, licence, sources)

    def __post_init__(self) -> None:
        check_text("name", self.name, MAX_NAME_LENGTH, empty=False)
        check_text("author", self.author, MAX_AUTHOR_LENGTH)
        check_text("licence", self.licence, MAX_LICENCE_LENGTH)
        check_text("sources", self.sources, MAX_TRAINING_TEXT_LENGTH)
