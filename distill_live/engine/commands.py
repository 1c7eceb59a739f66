"""What the engine is told: immutable commands, each with the engine time at which it is due."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """One thing to do.

    Attributes
    ----------
    address
        An address of the table (`distill_live.addresses`), without the ``/distill`` prefix.
    args
        Its values.
    time_samples
        Engine time at which it is due; it takes effect in the first hop that starts then or later.
        None: in the next hop.
    glide_s
        How long a continuous value takes to what is said, 0 or more, linear in time; switches
        change at once. None: at once, and moves of the latent in their own glide. A glide among
        `args` goes before it.
    slot
        Of what says where in a model it is: the slot that is meant, 1 to 4. None: whomever the
        address concerns.
    """

    address: str
    args: tuple[float | int | str, ...] = ()
    time_samples: int | None = None
    glide_s: float | None = None
    slot: int | None = None
