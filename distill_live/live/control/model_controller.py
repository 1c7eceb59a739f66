"""Serve ``/model/...``: which slots hold which models.

A model is found by name, its file examined in a process of its own, and only then loaded by
synthesis; if any of this fails, the sound goes on.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from distill_live.addresses import Address, Values, instantiate
from distill_live.errors import CommandError
from distill_live.files import printable
from distill_live.ipc import protocol
from distill_live.ipc.child_process import Child
from distill_live.library import model_name, models, named_model
from distill_live.live.control.feeds.change_feed import ChangeFeed
from distill_live.live.control.preset_controller import RequestHandler
from distill_live.live.control.serial_tasks import SerialTasks, in_thread
from distill_live.live.control.synthesis_client import SynthesisClient
from distill_live.osc import Client, OscServer

EXAMINATION_LIMIT_S = 120.0
"""Maximum time to examine a file."""

FADES_INTERVAL_S = 0.25
"""Interval at which it is checked whether models fade."""

logger = logging.getLogger("distill_live.live")


class Model(NamedTuple):
    """A model in a slot.

    Attributes
    ----------
    path, sha256
        Its file, and the SHA-256 that the file must still have.
    description
        As synthesis gives it.
    """

    path: Path
    sha256: str
    description: protocol.ModelDescription

    @property
    def name(self) -> str:
        """Name for ``/model/load``."""
        return model_name(self.path)


class ModelController:
    """Load and unload the models of a session.

    Parameters
    ----------
    synthesis, server, tasks
        Connection to synthesis, OSC server, and order of requests.
    slots
        The models that there are.
    changes
        Tells subscribers what has changed.
    on_change
        Called when other models are in the slots.

    Attributes
    ----------
    slots : dict
        Models by slot, from 1.
    model : ModelDescription
        The leading model, with the axes of all.
    given : dict
        Files of models that were given by path, by name.
    weights : dict
        Weights of the slots, as of the last `ask_weights`.
    tasks : SerialTasks
        Requests under way.
    handlers : Mapping
        Request handlers, by path.
    """

    def __init__(
        self,
        synthesis: SynthesisClient,
        server: OscServer,
        tasks: SerialTasks,
        slots: dict[int, Model],
        changes: ChangeFeed,
        *,
        on_change: Callable[[], None],
    ) -> None:
        self.slots = slots
        self.model = together(slots)
        self.tasks = tasks
        self.handlers: Mapping[str, RequestHandler] = {
            "/model/load": self._begin_load,
            "/model/unload": self._begin_unload,
            "/model/list": self._list,
        }
        self._synthesis, self._replies = synthesis, server.replies
        self._changes, self._on_change = changes, on_change
        self.given = {model.name: model.path for model in slots.values()}  # in no folder perhaps
        self._loading: dict[int, str] = {}
        self.weights: dict[int, float] = {}
        self._asking = self._following_fades = False

    @property
    def name(self) -> str:
        """Name of the leading model."""
        return self.slots[min(self.slots)].name

    def restarted(self, found: Sequence[protocol.ReadModel]) -> None:
        """Note the models that a new synthesis process has found."""
        before = {number: model.sha256 for number, model in self.slots.items()}
        slots = {
            one.slot: Model(self.slots[one.slot].path, one.sha256, one.description) for one in found
        }
        if before != {number: model.sha256 for number, model in slots.items()}:
            self._use(slots)
        else:
            self.slots = slots

    def send_info(self, client: Client, slots: Sequence[protocol.SlotStatus]) -> int:
        """Send ``/model/info`` of each slot; returns their number."""
        known = {one.slot: (one.weight, "fading" if one.fading else "ready") for one in slots}
        known |= {n: (known.get(n, (0.0, ""))[0], "loading") for n in sorted(self._loading)}
        for number, (weight, state) in sorted(known.items()):
            model = self.slots.get(number)
            name = self._loading.get(number, "") if model is None else model.name
            self._replies.send(client, "/model/info", number, printable(name), weight, state)
        return len(known)

    def ask_weights(self) -> None:
        """Ask synthesis for the weights, unless a question waits."""

        def answer(slots: Sequence[protocol.SlotStatus]) -> None:
            self._asking = False
            self.weights = {one.slot: one.weight for one in slots}

        if not self._asking:
            with suppress(CommandError):  # too many questions wait: the next time, perhaps
                self._synthesis.ask(protocol.GetModels(), answer)
                self._asking = True

    def _list(self, _: Values, client: Client) -> None:
        def answer(slots: Sequence[protocol.SlotStatus]) -> None:
            self._replies.send(client, "/model/end", self.send_info(client, slots))

        self._synthesis.ask(protocol.GetModels(), answer)

    def _begin_load(self, values: Values, client: Client) -> None:
        *slot, name = values
        number = int(slot[0]) if slot else min(self.slots)
        self.tasks.add("/model/load", client, lambda: self._load(client, number, str(name)))

    def _begin_unload(self, values: Values, client: Client) -> None:
        self.tasks.add("/model/unload", client, lambda: self._unload(client, int(values[0])))

    async def _load(self, client: Client, number: int, name: str) -> None:
        try:
            self._loading[number] = name
            self._changes.tell("model")
            model = await self._examined(name)
            request = protocol.LoadModel(number, str(model.path), model.sha256)
            _check(await self._synthesis.fetch(request), name, model.path)
        finally:
            self._loading.pop(number, None)
            self._changes.tell("model")
        logger.warning("Model   slot %s: %s", number, printable(model.name))  # also if quiet
        self._replies.done(client, "/model/load", name)
        self._use(dict(sorted({**self.slots, number: model}.items())))

    async def _unload(self, client: Client, number: int) -> None:
        _check(await self._synthesis.fetch(protocol.UnloadModel(number)), "", None)
        self._replies.done(client, "/model/unload", str(number))
        self._use({other: model for other, model in self.slots.items() if other != number})

    def _use(self, slots: dict[int, Model]) -> None:
        self.slots, self.model = slots, together(slots)
        self._on_change()
        self._changes.tell("model")
        if not self._following_fades:
            self._following_fades = True
            self._follow_fades()

    def _follow_fades(self) -> None:
        """Tell subscribers when no model fades any more."""

        def answer(slots: Sequence[protocol.SlotStatus]) -> None:
            if any(one.fading for one in slots):
                asyncio.get_running_loop().call_later(FADES_INTERVAL_S, self._follow_fades)
            else:
                self._following_fades = False
                self._changes.tell("model")

        try:
            self._synthesis.ask(protocol.GetModels(), answer)
        except CommandError:  # too many questions wait: a client may ask
            self._following_fades = False

    async def _examined(self, name: str) -> Model:
        """Find a model by name and examine its file in a process of its own.

        Raises
        ------
        CommandError
            With the code ``not-found`` or ``invalid``.
        """
        found = {**self.given, **await in_thread(models)}
        path = named_model(name, found)
        if path is None:
            known = ", ".join(map(printable, sorted(found)))
            raise CommandError(
                f"no model {printable(name)[:80]!r}; there are: {known}", "not-found"
            )
        child = await Child.start(
            "distill_live.live.synthesis.model_probe", protocol.ProbeSettings(str(path)), ()
        )
        limit = asyncio.get_running_loop().call_later(EXAMINATION_LIMIT_S, child.kill)
        try:
            messages = [message async for message in child.messages()]
        finally:
            limit.cancel()
            child.kill()
        match messages:
            case [protocol.Examined(sha256, description)]:
                return Model(path, sha256, description)
            case [protocol.Failed(text), *_]:
                raise _error(protocol.Refusal("invalid", text), name, path)
        raise CommandError(f"it cannot be examined ({child.ending})", "invalid")


def _check(refusal: protocol.Refusal | None, name: str, path: Path | None) -> None:
    if refusal is not None:
        raise _error(refusal, name, path)


def _error(refusal: protocol.Refusal, name: str, path: Path | None) -> CommandError:
    """Error for a client; of a file it gives only the name."""
    text = refusal.text
    if path is not None:
        text = text.removeprefix(f"{printable(path)}: ")
    return CommandError(f"{printable(name)[:80]}: {text}" if name else text, refusal.code)


def together(models: Mapping[int, Model]) -> protocol.ModelDescription:
    """The leading model, with the axes of all."""
    descriptions = [models[number].description for number in sorted(models)]
    axes = dict.fromkeys(name for description in descriptions for name in description.axes)
    return replace(descriptions[0], axes=tuple(axes))


def table_of(model: protocol.ModelDescription) -> Mapping[str, Address]:
    """Address table of what `together` returns."""
    return instantiate(model.latent_size, model.axes, len(model.landmarks))
