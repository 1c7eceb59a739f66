"""Command: one instruction for an engine, as presets, gestures, OSC and renders all give it."""

from dataclasses import dataclass

from distill_live.addresses.schema import Subject, Values
from distill_live.addresses.table import subject


@dataclass(frozen=True, slots=True)
class Command:
    """One instruction for an engine.

    Attributes
    ----------
    address
        Path in the address table, without the ``/distill`` prefix.
    args
        Its values; empty for an action.
    time_samples
        Engine time at which it is due; it takes effect in the first hop that starts then or later.
        None: in the next hop.
    glide_s
        Duration of the linear glide to the new value, 0 or more; switches change at once. None: at
        once, and moves of the latent in the engine's own glide. A glide among `args` takes
        precedence.
    slot
        Slot that a position in a model is for, 1 to 4. None: every slot that the address concerns.
    on_beat
        Whether it waits, once it is due, for the beat of ``/clock/quantise``, as commands to
        addresses do that are `Address.quantised`.
    """

    address: str
    args: Values = ()
    time_samples: int | None = None
    glide_s: float | None = None
    slot: int | None = None
    on_beat: bool = False

    @property
    def subject(self) -> Subject:
        """What it sets: of two commands with equal subjects, the newer replaces the older."""
        return subject(self.address, self.args)
