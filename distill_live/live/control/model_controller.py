"""What becomes of ``/model/...``: which slots hold which models, and who is told when that changes.

A model is looked for by name, its file examined by a process of its own, and only then loaded by
synthesis; whatever goes wrong on the way, what plays goes on. It knows the way to synthesis; what
the models mean to clients, the desk knows.
"""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from distill_live.addresses import Address, Values, instantiate
from distill_live.errors import CommandError
from distill_live.files import printable
from distill_live.ipc.child_process import Child
from distill_live.library import SUFFIX, models
from distill_live.live.control.serial_tasks import SerialTasks
from distill_live.live.control.synthesis_client import SynthesisClient
from distill_live.osc import Client, OscServer

EXAMINATION_LIMIT_S = 120.0
"""What takes longer to examine is not loaded."""

Description = dict[str, Any]


class Model(NamedTuple):
    """A model in a slot, as control knows it.

    Attributes
    ----------
    path, sha256
        Its file, and the SHA-256 that it has to have still.
    description
        As synthesis gives it.
    """

    path: Path
    sha256: str
    description: Description

    @property
    def name(self) -> str:
        """What ``/model/load`` knows it by."""
        return self.path.name.removesuffix(SUFFIX)


class ModelController:
    """The slots of a session.

    Parameters
    ----------
    link, server, turns
        The way to synthesis, the way to clients, and its order.
    slots
        The models that there are.
    changed
        Called when other models are in the slots.
    say
        Takes lines for the terminal.

    Attributes
    ----------
    slots : dict
        The models, by slot, from 1.
    turns : SerialTasks
        What is under way.
    """

    def __init__(
        self,
        link: SynthesisClient,
        server: OscServer,
        turns: SerialTasks,
        slots: dict[int, Model],
        *,
        changed: Callable[[], None],
        say: Callable[[str], None],
    ) -> None:
        self.slots = slots
        self.turns = turns
        self._link, self._server = link, server
        self._changed, self._say = changed, say
        self._given = {model.name: model.path for model in slots.values()}  # in no folder perhaps
        self._loading: dict[int, str] = {}

    def serve(self, path: str, values: Values, client: Client) -> None:
        """Do what is asked; ``/done``, ``/fail`` or a list is the answer.

        Raises
        ------
        CommandError
            If it cannot be done, as far as that is known at once.
        """
        match path, values:
            case "/model/load", (str(name),):
                self._take(path, client, lambda: self._load(client, min(self.slots), name))
            case "/model/load", (int(number), str(name)):
                self._take(path, client, lambda: self._load(client, number, name))
            case "/model/unload", (int(number),):
                self._take(path, client, lambda: self._unload(client, number))
            case "/model/list", _:
                self._link.ask_models(
                    lambda rows: self._server.reply(
                        client, "/model/end", self.send_info(client, rows)
                    )
                )

    def restarted(self, found: dict[int, tuple[Description, str]]) -> None:
        """Synthesis was started again, and has found these models: descriptions and SHA-256."""
        before = {number: model.sha256 for number, model in self.slots.items()}
        self.slots = {
            number: Model(self.slots[number].path, sha256, description)
            for number, (description, sha256) in found.items()
        }
        if before != {number: model.sha256 for number, model in self.slots.items()}:
            self._changed()

    def _take(self, path: str, client: Client, work: Callable[[], Any]) -> None:
        self.turns.take(path, client, work)

    async def _load(self, client: Client, number: int, name: str) -> None:
        try:
            self._loading[number] = name
            model = await self._examined(name)
            answer = self._answer()
            self._link.load(number, str(model.path), model.sha256, answer.set_result)
            _check(await answer, name, model.path)
        except CommandError as error:
            self._say(f"Model {printable(name)[:80]!r} is not loaded: {error}.")
            raise
        finally:
            self._loading.pop(number, None)
        self.slots = dict(sorted({**self.slots, number: model}.items()))
        self._say(f"Model   slot {number}: {printable(model.name)}")
        self._server.done(client, "/model/load", name)
        self._changed()

    async def _unload(self, client: Client, number: int) -> None:
        answer = self._answer()
        self._link.unload(number, answer.set_result)
        _check(await answer, "", None)
        self.slots = {other: model for other, model in self.slots.items() if other != number}
        self._server.done(client, "/model/unload", str(number))
        self._changed()

    async def _examined(self, name: str) -> Model:
        """A model by its name, its file looked at by a process that may suffer for it.

        Raises
        ------
        CommandError
            With the code ``not-found`` or ``invalid``.
        """
        found = {**self._given, **await asyncio.to_thread(models)}
        path = found.get(name.removesuffix(SUFFIX))
        if path is None:
            known = ", ".join(map(printable, sorted(found)))
            raise CommandError(
                f"no model {printable(name)[:80]!r}; there are: {known}", "not-found"
            )
        child = await Child.start(
            "distill_live.live.synthesis.model_probe", {"path": str(path)}, ()
        )
        limit = asyncio.get_running_loop().call_later(EXAMINATION_LIMIT_S, child.kill)
        try:
            said = [message async for message in child.messages()]
        finally:
            limit.cancel()
            child.kill()
        match said:
            case [["examined", str(sha256), dict(description)]]:
                return Model(path, sha256, description)
            case [["failed", str(text)], *_]:
                _check(["invalid", text], name, path)
        raise CommandError(f"it cannot be examined ({child.ending})", "invalid")

    def send_info(self, client: Client, rows: list[Any]) -> int:
        """Send what there is in each slot; how many that are.

        Parameters
        ----------
        rows
            The answer of `SynthesisClient.ask_models`.
        """
        told = {number: (weight, "fading" if fades else "ready") for number, weight, fades in rows}
        told |= {
            number: (told.get(number, (0.0, ""))[0], "loading") for number in sorted(self._loading)
        }
        for number, (weight, state) in sorted(told.items()):
            model = self.slots.get(number)
            name = self._loading.get(number, "") if model is None else model.name
            self._server.reply(client, "/model/info", number, printable(name), weight, state)
        return len(told)

    @staticmethod
    def _answer() -> "asyncio.Future[list[Any]]":
        return asyncio.get_running_loop().create_future()


def _check(answer: list[Any], name: str, path: Path | None) -> None:
    """Refuse what synthesis or the examination has refused; of a file only its name is told.

    Raises
    ------
    CommandError
        With its code.
    """
    if answer:
        code, text = answer
        if path is not None:
            text = text.removeprefix(f"{printable(path)}: ")
        raise CommandError(f"{printable(name)[:80]}: {text}" if name else text, code)


def together(models: Mapping[int, Model]) -> Description:
    """The leading model, with the axes of all."""
    descriptions = [models[number].description for number in sorted(models)]
    axes = dict.fromkeys(name for description in descriptions for name in description["axes"])
    return {**descriptions[0], "axes": list(axes)}


def table_of(model: Description) -> Mapping[str, Address]:
    """The addresses of what `together` gives."""
    return instantiate(model["latent_size"], model["axes"], len(model["landmarks"]))
