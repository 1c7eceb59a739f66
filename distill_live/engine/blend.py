"""Which models are heard, how much of each, and how one gives way to another.

A slot has a weight, 0..1; the share of a model in the mixture's power is its weight, divided by the
sum of all where that is over 1: a mixture's level lies between those of its models, one model at
0.5 is 3 dB down, and none is silence. A weight comes to what is set within `SETTLING_S`. A model
that takes another's slot shares its weight with it, and has more and more of it; that begins when
there is something to be heard of it. What is not heard costs nothing: it is not awake.

It knows nothing of frames and samples.
"""

from collections.abc import Iterator

from distill_live.addresses import SLOTS
from distill_live.engine.synthesis_group import Part

SETTLING_S = 0.05
"""Seconds in which a weight comes to what is set, unless its command says otherwise."""

ARRIVED = 1e-9


class Blend:
    """The parts that are played.

    Parameters
    ----------
    frames_per_second
        Hops a second.
    solo
        The one slot whose share is heard; None for all.

    Attributes
    ----------
    parts : list of Part
        In the order in which they came.
    begun : bool
        Whether anything was heard yet; until then what does not say its time is at once.
    """

    def __init__(self, frames_per_second: float, solo: int | None = None) -> None:
        self._solo = solo
        self.parts: list[Part] = []
        self.begun = False
        self._frames_per_second = frames_per_second
        self._settled = False  # whether each hop is as the last one was
        self._weights = {number: _Weight() for number in range(1, SLOTS + 1)}

    @property
    def current(self) -> dict[int, Part]:
        """By slot, in their order, the parts that are there to stay."""
        return {
            part.number: part
            for part in sorted(self.parts, key=lambda part: part.number)
            if not part.leaving
        }

    def fading(self, number: int) -> bool:
        """Whether a part of a slot is on its way out."""
        return any(part.leaving for part in self.parts if part.number == number)

    def changing(self, number: int) -> bool:
        """Whether a part of a slot is not yet as much there, or gone, as it will be."""
        return any(
            part.leaving or part.presence < 1.0 for part in self.parts if part.number == number
        )

    def weight(self, number: int) -> float:
        """What a slot's weight was set to."""
        return self._weights[number].target

    def set(self, number: int, weight: float, seconds: float | None) -> None:
        """Have a slot's weight be 0..1 in so many seconds; 0 at once, None in the usual ones."""
        if seconds is None:
            seconds = SETTLING_S if self.begun else 0.0
        self._weights[number].set(weight, round(seconds * self._frames_per_second))
        self._settled = False

    def ways(self) -> Iterator[tuple[int, float, float, float]]:
        """Of each slot: its weight now, the weight that was set, and the seconds until then."""
        left = {part.number for part in self.parts if part.leaving} - self.current.keys()
        for number, weight in self._weights.items():
            if number not in left:
                yield number, weight.now, weight.target, weight.hops / self._frames_per_second

    def add(self, part: Part) -> None:
        """Play a part; what is in its slot gives way."""
        self.remove(part.number)
        part.presence = 0.0
        self.parts.append(part)
        self._settled = False

    def remove(self, number: int) -> None:
        """Have what is in a slot give way to nothing."""
        for part in self.parts:
            if part.number == number:
                part.leaving = True
        self._settled = False

    def step(self, fade_s: float, *, at_once: bool = False) -> list[Part]:
        """One hop further; returns the parts that are gone.

        Parameters
        ----------
        fade_s
            Seconds in which one part gives way to another.
        at_once
            Whether all shall be as it was set, because nothing sounds.
        """
        if self._settled:
            return []
        stride = 1.0 / max(1, round(fade_s * self._frames_per_second))
        for number, weight in self._weights.items():
            parts = [part for part in self.parts if part.number == number]
            unheard = at_once or not (parts and weight.audible)
            if (
                self.begun
                and not unheard
                and not all(part.leaving or part.slot.ready for part in parts)
            ):
                continue  # what comes has nothing to sound of yet
            weight.step(at_once=unheard)
            for part in parts:
                _approach(part, stride if self.begun and not unheard else 1.0)
        gone = [part for part in self.parts if part.leaving and part.presence == 0.0]
        self.parts = [part for part in self.parts if part not in gone]
        for number in {part.number for part in gone} - {part.number for part in self.parts}:
            self._weights[number].set(0.0, 0)
        self._share()
        self._settled = (
            self.begun
            and not any(weight.hops for weight in self._weights.values())
            and all(
                part.presence == 1.0
                and not part.leaving
                and (part.slot.ready or not self._weights[part.number].audible)
                for part in self.parts
            )
        )
        return gone

    def _share(self) -> None:
        powers = {part: self._weights[part.number].now * part.presence for part in self.parts}
        total = max(1.0, sum(powers.values()))
        for part, power in powers.items():
            part.slot.awake = self._weights[part.number].audible
            heard = part.slot.ready or not self.begun
            heard = heard and self._solo in (None, part.number)
            part.share = power / total if heard else 0.0


def _approach(part: Part, stride: float) -> None:
    end = 0.0 if part.leaving else 1.0
    left = abs(end - part.presence) - stride
    part.presence = end if left < ARRIVED else end - left * (2.0 * end - 1.0)


class _Weight:
    """A number on its way to another, linear in time."""

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
