"""Serve ``/library/list``: the models that can be loaded, with what they are."""

from collections.abc import Mapping
from pathlib import Path

from distill_live.addresses import Values
from distill_live.errors import CommandError
from distill_live.files import printable
from distill_live.ipc.child_process import Child
from distill_live.ipc.protocol import LibraryRead, LibrarySettings
from distill_live.library import models
from distill_live.live.control.feeds.list_sender import ListSender
from distill_live.live.control.preset_controller import RequestHandler
from distill_live.live.control.serial_tasks import Refuse, SerialTasks, in_thread
from distill_live.osc import Client
from distill_live.user_files import Signature, signature


class LibraryList:
    """List the library. Files that are new or have changed are read, in a process of its own.

    Parameters
    ----------
    lists
        Sends the list.
    refuse
        Reports a failed request to its client.
    given
        Further models that can be loaded, by name.

    Attributes
    ----------
    handlers : Mapping
        Request handlers, by path.
    """

    def __init__(self, lists: ListSender, refuse: Refuse, given: Mapping[str, Path]) -> None:
        self._lists, self._tasks, self._given = lists, SerialTasks(refuse), given
        self._known: dict[tuple[str, Path, Signature], str] = {}
        self.handlers: Mapping[str, RequestHandler] = {"/library/list": self._list}

    def _list(self, _: Values, client: Client) -> None:
        async def send() -> None:
            await self._lists.send(client, "library", await self._rows())

        self._tasks.add("/library/list", client, send)

    async def _rows(self) -> list[Values]:
        def find() -> list[tuple[str, Path, Signature]]:
            found = {**self._given, **models()}
            return [(name, path, signature(path)) for name, path in sorted(found.items())]

        files = await in_thread(find)
        unknown = [file for file in files if file not in self._known]
        if unknown:
            described = await self._read(unknown)
            self._known = {
                file: described[file[0]] if file in unknown else self._known[file] for file in files
            }
        return [(printable(file[0]), self._known[file]) for file in files]

    @staticmethod
    async def _read(files: list[tuple[str, Path, Signature]]) -> dict[str, str]:
        settings = LibrarySettings(tuple((name, str(path)) for name, path, _ in files))
        child = await Child.start("distill_live.live.synthesis.library_reader", settings, ())
        try:
            messages = [message async for message in child.messages()]
        finally:
            child.kill()
        match messages:
            case [LibraryRead(described)]:
                return dict(described)
        raise CommandError(f"the library cannot be read ({child.ending})", "invalid")
