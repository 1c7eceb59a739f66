"""Serve the studio on this computer until Ctrl-C."""

import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import typer
import uvicorn
from starlette.applications import Starlette

from distill_live.errors import ConfigurationError
from distill_live.files import reason_of
from distill_live.live.control.terminal.browser import open_in_browser
from distill_train.config import read_toml
from distill_train.studio import settings
from distill_train.studio.app import make_app
from distill_train.studio.folders import open_by_command
from distill_train.studio.instrument import Instrument
from distill_train.studio.runs import Runs
from distill_train.studio.session import Session

HOST = "127.0.0.1"

CLOSE_S = 1
"""Time for requests under way at the end."""


def serve(
    folders: Sequence[Path], port: int, play_port: int, config: Path | None, *, open_page: bool
) -> None:
    """Serve the studio.

    Parameters
    ----------
    folders
        Folders of recordings to open.
    port, play_port
        Ports of the studio and of the instrument's play page; 0 for any free one, and for the one
        after `port`.
    config
        TOML file of settings for the runs that are started.
    open_page
        Whether to open the studio in the browser.

    Raises
    ------
    DistillError
        If a folder is none, a setting is, the port is taken, or the studio's file cannot be read.
    """
    if config is not None:
        read_toml(config)  # fails before the studio starts
    settings.read()
    open_by_command(folders)
    with _listen(port) as listening:
        port = listening.getsockname()[1]
        url = f"http://{HOST}:{port}/"
        app = make_app(Session(Instrument(play_port or port + 1), Runs(config)))
        server = http_server(app)
        typer.echo(f"Studio {url} (Ctrl-C ends it; runs go on)")
        if open_page:
            open_in_browser(url)
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listening])


def http_server(app: Starlette) -> uvicorn.Server:
    """Server of the application, which logs nothing."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            log_config=None,
            log_level="critical",
            access_log=False,
            lifespan="off",
            ws="none",
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=CLOSE_S,
        )
    )


def _listen(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if os.name == "posix":  # on Windows it would share the port of another program
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((HOST, port))
        listening.listen()  # who comes by the printed address waits
    except OSError as error:
        listening.close()
        raise ConfigurationError(
            f"port {port} of {HOST} is not free ({reason_of(error)}); give another --port"
        ) from error
    return listening
