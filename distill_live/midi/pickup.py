"""Pickup: a knob takes hold of a value only where it passes it, so that no touch makes a jump."""

STEP = 1 / 128
"""A knob that is so near has passed; it has no finer steps."""

SAME = 1e-4
"""What rounding on the way may do to a position."""


class Pickup:
    """One knob and one value, as positions from 0 to 1.

    It has hold of the value as long as that is what the knob has made it: whoever else moves it
    takes it from the knob.
    """

    def __init__(self) -> None:
        self._at: float | None = None
        self._made: float | None = None

    def move(self, at: float, current: float | None) -> bool:
        """Whether the knob, which is now at `at`, moves the value.

        Parameters
        ----------
        at
            0 to 1.
        current
            Where the value is. One beyond the knob's range is where the range ends; None is not
            known, and not moved.
        """
        before, self._at = self._at, at
        if current is None:
            return False
        current = min(max(current, 0.0), 1.0)
        holds = (
            (self._made is not None and abs(current - self._made) <= SAME)
            or abs(at - current) <= STEP
            or (before is not None and min(before, at) <= current <= max(before, at))
        )
        self._made = at if holds else None
        return holds
