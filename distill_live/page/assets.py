"""Read the files of a page: once, each with its media type and an entity tag."""

import hashlib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import PurePath

DOCUMENT = "index.html"

MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
    ".webmanifest": "application/manifest+json",
    ".txt": "text/plain; charset=utf-8",
}
"""Media types by suffix; files with another suffix are not served."""


@dataclass(frozen=True)
class Asset:
    """A file of the page.

    Attributes
    ----------
    data
        Its content.
    media_type
        Value of ``Content-Type``.
    tag
        Entity tag, value of ``ETag``: another content has another one.
    """

    data: bytes
    media_type: str
    tag: str


def read_assets(package: str = __package__) -> dict[str, Asset]:
    """Read the files of a package by name; of the play page by default."""
    assets = {}
    for file in files(package).iterdir():
        media_type = MEDIA_TYPES.get(PurePath(file.name).suffix)
        if media_type is not None:
            data = file.read_bytes()
            tag = f'"{hashlib.sha256(data).hexdigest()[:16]}"'
            assets[file.name] = Asset(data, media_type, tag)
    return assets
