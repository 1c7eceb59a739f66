"""Answer requests for the play page: which file a request means, and with which headers. Sans-I/O.

The page loads nothing from elsewhere, has no code or styles in its HTML, and no other page can
frame it.
"""

from collections.abc import Mapping
from http import HTTPStatus

from websockets.datastructures import Headers
from websockets.http11 import Response

from distill_live.page.assets import DOCUMENT, Asset

FOLDER = "/page/"
"""Path of the files."""

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
"""Content-Security-Policy of the document."""


def asset_name(target: str, accept: str | None) -> str | None:
    """Name of the file that a request means; None if it asks for something else.

    Parameters
    ----------
    target
        Path and query. ``/?HTML`` is the document, and so is ``/`` where `accept` prefers HTML.
    accept
        Header ``Accept``; None if absent.
    """
    path, _, query = target.partition("?")
    if path.startswith(FOLDER):
        return path.removeprefix(FOLDER)
    if path in ("", "/") and (query == "HTML" or (not query and prefers_html(accept))):
        return DOCUMENT
    return None


def prefers_html(accept: str | None) -> bool:
    """Whether a header ``Accept`` prefers HTML to JSON (RFC 9110, 12.5.1)."""
    ranges = dict(map(_media_range, (accept or "").lower().split(",")))
    return _quality(ranges, "text/html") > _quality(ranges, "application/json")


def _media_range(text: str) -> tuple[str, float]:
    """Media range and quality of one element of ``Accept``."""
    name, *parameters = (word.strip() for word in text.split(";"))
    quality = 1.0
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                quality = float(parameter[2:])
            except ValueError:
                quality = 0.0
    return name, quality


def _quality(ranges: Mapping[str, float], media_type: str) -> float:
    """Quality of a media type, by the most specific range that matches."""
    for name in (media_type, media_type.partition("/")[0] + "/*", "*/*"):
        if name in ranges:
            return ranges[name]
    return 0.0


def is_navigation(site: str | None, mode: str | None, destination: str | None) -> bool:
    """Whether a request loads a document into a tab, as a link does, and not into a frame.

    Parameters
    ----------
    site, mode, destination
        Headers ``Sec-Fetch-Site``, ``Sec-Fetch-Mode`` and ``Sec-Fetch-Dest``; None if absent.
    """
    return site is not None and mode == "navigate" and destination in (None, "document")


def page_response(asset: Asset, known_tags: str | None) -> Response:
    """Response with a file, or 304 where the browser has it already.

    Parameters
    ----------
    asset
        The file.
    known_tags
        Header ``If-None-Match``; None if absent.
    """
    headers = Headers(
        {
            "Connection": "close",
            "Cache-Control": "no-cache",
            "ETag": asset.tag,
            "Vary": "Accept",
            "Content-Security-Policy": POLICY,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
        }
    )
    if known_tags is not None and asset.tag in known_tags:
        status = HTTPStatus.NOT_MODIFIED
        return Response(status, status.phrase, headers, b"")
    headers["Content-Type"] = asset.media_type
    headers["Content-Length"] = str(len(asset.data))
    return Response(HTTPStatus.OK, HTTPStatus.OK.phrase, headers, asset.data)
