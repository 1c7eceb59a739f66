"""Open the play page in the user's browser."""

import logging
import os
import sys
import threading

logger = logging.getLogger("distill_live.live")


def open_in_browser(url: str) -> None:
    """Open a page in a thread; a browser that cannot be opened is a warning."""
    threading.Thread(target=_open, args=(url,), name="browser", daemon=True).start()


def _open(url: str) -> None:
    try:
        if _has_desktop():
            import webbrowser

            if webbrowser.open(url):
                return
        reason = "there is no browser"
    except Exception as error:  # whatever a browser does, the show goes on
        reason = str(error)
    logger.warning("The page was not opened (%s); open %s yourself.", reason, url)


def _has_desktop() -> bool:
    """Whether a browser has a window; one in this terminal would take the keyboard."""
    if os.name == "nt" or sys.platform == "darwin":
        return True
    return any(name in os.environ for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))
