"""Decide how much the engine saves, by its load: it gets cheaper before it is late."""

from distill_live.engine.slot import MAX_ECONOMY

HIGH_LOAD, LOW_LOAD = 0.8, 0.6
"""Loads above which more is saved, and below which less is."""

HIGH_S, LOW_S = 1.0, 10.0
"""Seconds for which the load must be so: a second shows what the last step has saved, and ten keep
it from changing to and fro."""


class LoadGovernor:
    """Raises and lowers the economy level, a step at a time.

    Attributes
    ----------
    level : int
        0, nothing is saved, to `MAX_ECONOMY`.
    """

    def __init__(self) -> None:
        self.level = 0
        self._high_s = self._low_s = 0.0

    def update(self, load: float, seconds: float) -> bool:
        """Note the load of the last `seconds`; returns whether the level changed.

        Parameters
        ----------
        load
            Rendering time as a share of real time, averaged.
        seconds
            Time since the last call.
        """
        self._high_s = self._high_s + seconds if load > HIGH_LOAD else 0.0
        self._low_s = self._low_s + seconds if load < LOW_LOAD else 0.0
        step = 0
        if self._high_s >= HIGH_S and self.level < MAX_ECONOMY:
            step = 1
        elif self._low_s >= LOW_S and self.level > 0:
            step = -1
        if step:
            self.level += step
            self._high_s = self._low_s = 0.0
        return bool(step)
