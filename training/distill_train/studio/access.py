"""Check requests to the studio: from this computer, from its own pages, with its token. Sans-I/O.

Any site's page can make a browser send requests to this computer. Those are recognised by ``Host``
(a name that was made to resolve to this computer), ``Origin`` and ``Sec-Fetch-Site``; the token
stands in the studio's document alone, which other sites cannot read.
"""

import secrets
from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from distill_live.osc import is_loopback
from distill_live.oscquery.origins import host_name
from distill_live.oscquery.page import POLICY, is_navigation

DOCUMENT = "/"

HEADERS = {
    "Content-Security-Policy": f"{POLICY}; media-src 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}
"""Headers of every answer, unless it has its own."""


def refusal(method: str, path: str, headers: Mapping[str, str], token: str) -> str:
    """Reason for refusing a request; empty if it is allowed.

    Parameters
    ----------
    method, path
        Of the request.
    headers
        Its headers; names in lower case.
    token
        Token that requests which change something must have.
    """
    host = headers.get("host", "")
    name = host_name(host)
    if name is None or not (name == "localhost" or is_loopback(name)):
        return "the studio answers as localhost or 127.0.0.1 only; open it by that address"
    origin = headers.get("origin")
    if origin is not None and origin != f"http://{host}":
        return "the request comes from a page elsewhere; open the studio in a tab of its own"
    fetched = [headers.get(f"sec-fetch-{key}") for key in ("site", "mode", "dest")]
    opened = path == DOCUMENT and is_navigation(*fetched)  # by a link, in a tab
    if fetched[0] not in (None, "same-origin", "none") and not opened:
        return "the request comes from a page elsewhere; open the studio in a tab of its own"
    if method in ("GET", "HEAD"):
        return ""
    if method != "POST":
        return f"the method is {method[:20]}; it must be GET, HEAD or POST"
    if not secrets.compare_digest(headers.get("x-token", "").encode(), token.encode()):
        return "the token is not that of this start of the studio; load the page again"
    return ""


class AccessControl:
    """ASGI middleware that refuses requests by `refusal`, and adds `HEADERS` to answers.

    Parameters
    ----------
    app
        Application.
    token
        Token of this start.
    """

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app, self._token = app, token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":  # the studio has no WebSockets
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        reason = refusal(scope["method"], scope["path"], headers, self._token)
        app = JSONResponse({"error": reason}, 403) if reason else self._app
        await app(scope, receive, send_with_headers)
