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
    """

    address: str
    args: tuple[float | int | str, ...] = ()
    time_samples: int | None = None
