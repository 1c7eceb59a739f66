"""Read the head of an HTTP request: normalise it, or refuse it with a status. Sans-I/O.

After RFC 9112. The websockets library reads the result; alone it ends connections without an
answer, or with one that speaks of WebSockets.
"""

import re
from http import HTTPStatus

MAX_LINE_BYTES = 8192
"""Maximum length of the request line, and of a header line."""

MAX_HEADERS = 100
"""Maximum number of header lines."""

_METHOD = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_TARGET = re.compile(rb"[!-~]+")
_VERSION = re.compile(rb"HTTP/(\d)\.\d")
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t -~\x80-\xff]*?)[ \t]*")
_ABSOLUTE = re.compile(rb"(?i:http)://([^/?#]+)([^#]*)")


class HeadRefused(Exception):  # noqa: N818  (an answer, not a failure of the program)
    """A head that is answered by a status.

    Attributes
    ----------
    status : HTTPStatus
    text : str
        The reason, in one line.
    """

    def __init__(self, status: HTTPStatus, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


class RequestHead:
    """Head of one request, which arrives in pieces.

    Lines may end in LF alone. A target that is an absolute URI becomes a path, and its host the
    header ``Host``.
    """

    def __init__(self) -> None:
        self._line = bytearray()  # that is not complete
        self._lines: list[bytes] = []

    def feed(self, data: bytes) -> bytes | None:
        """Take more bytes.

        Returns
        -------
        bytes or None
            The head with lines that end in CRLF, and what came after it; None until it is complete.

        Raises
        ------
        HeadRefused
            If it exceeds a limit, is malformed, or its method is not GET.
        """
        at = 0
        while (stop := data.find(b"\n", at)) >= 0:
            line = bytes(self._line + data[at:stop]).removesuffix(b"\r")
            self._line.clear()
            at = stop + 1
            if line:
                self._check_length(line)
                self._lines.append(line)
            elif self._lines:  # empty lines before it are allowed
                return _normalised(self._lines) + data[at:]
        self._line += data[at:]
        self._check_length(self._line)
        return None

    def _check_length(self, line: bytes | bytearray) -> None:
        if len(line) > MAX_LINE_BYTES:
            if self._lines:
                raise HeadRefused(
                    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
                    f"A header is longer than {MAX_LINE_BYTES} bytes; send shorter ones.",
                )
            raise HeadRefused(
                HTTPStatus.REQUEST_URI_TOO_LONG,
                f"The request line is longer than {MAX_LINE_BYTES} bytes; ask for one address.",
            )
        if len(self._lines) > MAX_HEADERS:
            raise HeadRefused(
                HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
                f"The request has more than {MAX_HEADERS} headers; send fewer.",
            )


def _normalised(lines: list[bytes]) -> bytes:
    """Head of a request whose body is empty, with the path as its target."""
    method, target, version = _request_line(lines[0])
    headers = [_header(line) for line in lines[1:]]
    if version[1] != b"1":
        raise HeadRefused(
            HTTPStatus.HTTP_VERSION_NOT_SUPPORTED, "This port speaks HTTP/1.1; ask in that."
        )
    if method != b"GET":
        raise HeadRefused(
            HTTPStatus.METHOD_NOT_ALLOWED,
            "This port answers GET alone; values are set over OSC or a WebSocket.",
        )
    if any(
        name.lower() == b"transfer-encoding"
        or (name.lower() == b"content-length" and value.strip(b"0"))
        for name, value in headers
    ):
        raise HeadRefused(HTTPStatus.BAD_REQUEST, "A GET has no body here; send it without.")
    absolute = _ABSOLUTE.fullmatch(target)
    if absolute is not None:
        hosts = [value for name, value in headers if name.lower() == b"host"]
        target = absolute[2] if absolute[2].startswith(b"/") else b"/" + absolute[2]
        if len(hosts) <= 1:  # several are refused later, whatever they are
            headers = [header for header in headers if header[0].lower() != b"host"]
            headers.append((b"Host", absolute[1]))
    head = [b"GET " + target + b" " + version[0], *(b": ".join(header) for header in headers)]
    return b"\r\n".join(head) + b"\r\n\r\n"


def _request_line(line: bytes) -> tuple[bytes, bytes, "re.Match[bytes]"]:
    words = line.split(b" ")
    if len(words) == 3:
        method, target, version = words
        found = _VERSION.fullmatch(version)
        if found is not None and _METHOD.fullmatch(method) and _TARGET.fullmatch(target):
            return method, target, found
    raise HeadRefused(
        HTTPStatus.BAD_REQUEST, "The first line is no request; send GET, a path and HTTP/1.1."
    )


def _header(line: bytes) -> tuple[bytes, bytes]:
    found = _HEADER.fullmatch(line)
    if found is None:
        raise HeadRefused(HTTPStatus.BAD_REQUEST, "A header is malformed; send 'Name: value'.")
    return found[1], found[2]
