"""Name, author, licence and sources of a bundle, checked before training starts."""

from dataclasses import dataclass

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

    def __post_init__(self) -> None:
        check_text("name", self.name, MAX_NAME_LENGTH, empty=False)
        check_text("author", self.author, MAX_AUTHOR_LENGTH)
        check_text("licence", self.licence, MAX_LICENCE_LENGTH)
        check_text("sources", self.sources, MAX_TRAINING_TEXT_LENGTH)
