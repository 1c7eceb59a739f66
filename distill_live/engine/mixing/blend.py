"""Weights of the slots, and cross-fades of the models in them.

A slot has a weight, 0..1; a model's share of the mixture's power is its weight, divided by the sum
of all weights where that is over 1: a mixture's level lies between those of its models, one model
at 0.5 is 3 dB down, and no model is silence. A weight reaches its target within `SETTLING_S`. A
model that replaces another in its slot shares the weight with it, and takes over gradually as soon
as it has chunks to play. An inaudible model sleeps, so it costs nothing.
"""

from collections.abc import Iterator

from distill_live.addresses import SLOTS, Command
from distill_live.engine.mixing.synthesis_group import LoadedModel

SETTLING_S = 0.05
"""Default duration of a weight's ramp."""

ARRIVED = 1e-9


class Blend:
    """The loaded models, with their weights and fades.

    Parameters
    ----------
    frames_per_second
        Hops a second.
    solo
        Number of the only slot that is audible; None for all.

    Attributes
    ----------
    models : list of LoadedModel
        In the order in which they were added, those that fade out included.
    fade_s : float
        Duration of a cross-fade in seconds.
    started : bool
        Whether anything was rendered yet; until then weights change at once by default.
    """

    def __init__(self, frames_per_second: float, solo: int | None = None) -> None:
        self._solo = solo
        self.models: list[LoadedModel] = []
        self.fade_s = 0.0
        self.started = False
        self._frames_per_second = frames_per_second
        self._settled = False  # whether each hop is as the last one was
        self._weights = {number: _Weight() for number in range(1, SLOTS + 1)}

    @property
    def current(self) -> dict[int, LoadedModel]:
        """Models that are not fading out, by slot number, in order."""
        models = sorted(self.models, key=lambda model: model.number)
        return {model.number: model for model in models if not model.fading_out}

    def fading(self, number: int) -> bool:
        """Whether a model of a slot is fading out."""
        return any(model.fading_out for model in self._in_slot(number))

    def changing(self, number: int) -> bool:
        """Whether a model of a slot is fading in or out."""
        return any(model.fading_out or model.level < 1.0 for model in self._in_slot(number))

    def weight(self, number: int) -> float:
        """Target weight of a slot, 0..1."""
        return self._weights[number].target

    def set(self, number: int, weight: float, seconds: float | None) -> None:
        """Ramp a slot's weight to 0..1 in so many seconds; None for the default duration."""
        if seconds is None:
            seconds = SETTLING_S if self.started else 0.0
        self._weights[number].set(weight, round(seconds * self._frames_per_second))
        self._settled = False

    def ramps(self) -> Iterator[tuple[int, float, float, float]]:
        """Number, current weight, target weight and remaining seconds of each slot."""
        emptied = {model.number for model in self.models if model.fading_out} - self.current.keys()
        for number, weight in self._weights.items():
            if number not in emptied:
                yield number, weight.now, weight.target, weight.hops / self._frames_per_second

    def state(self) -> list[Command]:
        """Commands that give another blend these weights and the rest of these ramps."""
        commands = []
        for number, now, target, glide_s in self.ramps():
            commands.append(Command("/model/blend", (number, now), None, 0.0))
            if glide_s:
                commands.append(Command("/model/blend", (number, target), None, glide_s))
        return commands

    def add(self, model: LoadedModel) -> None:
        """Fade a model in, and out what is in its slot."""
        self.remove(model.number)
        model.level = 0.0
        self.models.append(model)
        self._settled = False

    def remove(self, number: int) -> None:
        """Fade out what is in a slot."""
        for model in self._in_slot(number):
            model.fading_out = True
        self._settled = False

    def step(self, *, at_once: bool = False) -> list[LoadedModel]:
        """Advance by one hop; returns the models that have faded out.

        Parameters
        ----------
        at_once
            Whether all weights and fades jump to their ends, because nothing sounds.
        """
        if self._settled:
            return []
        stride = 1.0 / max(1, round(self.fade_s * self._frames_per_second))
        for number, weight in self._weights.items():
            models = self._in_slot(number)
            inaudible = at_once or not (models and weight.audible)
            if (
                self.started
                and not inaudible
                and not all(model.fading_out or model.slot.ready for model in models)
            ):
                continue  # the new model has no chunks yet
            weight.step(at_once=inaudible)
            for model in models:
                _step_level(model, stride if self.started and not inaudible else 1.0)
        gone = [model for model in self.models if model.fading_out and model.level == 0.0]
        self.models = [model for model in self.models if model not in gone]
        for number in {model.number for model in gone} - {model.number for model in self.models}:
            self._weights[number].set(0.0, 0)
        self._set_shares()
        self._settled = (
            self.started
            and not any(weight.hops for weight in self._weights.values())
            and all(
                model.level == 1.0
                and not model.fading_out
                and (model.slot.ready or not self._weights[model.number].audible)
                for model in self.models
            )
        )
        return gone

    def _in_slot(self, number: int) -> list[LoadedModel]:
        return [model for model in self.models if model.number == number]

    def _set_shares(self) -> None:
        powers = {model: self._weights[model.number].now * model.level for model in self.models}
        total = max(1.0, sum(powers.values()))
        for model, power in powers.items():
            model.slot.awake = self._weights[model.number].audible
            model.share = power / total if model.slot.ready or not self.started else 0.0
            model.muted = self._solo not in (None, model.number)


def _step_level(model: LoadedModel, stride: float) -> None:
    end = 0.0 if model.fading_out else 1.0
    left = abs(end - model.level) - stride
    model.level = end if left < ARRIVED else end - left * (2.0 * end - 1.0)


class _Weight:
    """A weight and its linear ramp."""

    def __init__(self) -> None:
        self.now = self.target = 0.0
        self.hops = 0

    @property
    def audible(self) -> bool:
        return self.now > 0.0 or self.target > 0.0

    def set(self, target: float, hops: int) -> None:
        self.target, self.hops = target, hops
        if not hops:
            self.now = target

    def step(self, *, at_once: bool) -> None:
        if at_once or self.hops <= 1:
            self.now, self.hops = self.target, 0
        else:
            self.now += (self.target - self.now) / self.hops
            self.hops -= 1
