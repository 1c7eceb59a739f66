"""Decide how much the engine saves, by its load: it gets cheaper before it is late."""

from distill_live.addresses import MAX_ECONOMY

LATE_LOAD, HIGH_LOAD, LOW_LOAD = 1.0, 0.8, 0.6
"""Loads above which underruns are due, above which more is saved, and below which less is."""

LATE_S, HIGH_S, LOW_S = 0.25, 1.0, 10.0
"""Seconds for which the load must be so. A second shows what the last step has saved; ten keep the
level from changing to and fro."""

MAX_LOW_S = 160.0
"""Longest time of low load before less is saved."""


class LoadGovernor:
    """Raises and lowers the economy level, a step at a time.

    An underrun raises it as well, unless the load is low: then the machine paused. A lower level
    whose load is high again was too early: the next takes twice the time of low load.

    Attributes
    ----------
    level : int
        0, nothing is saved, to `MAX_ECONOMY`.
    """

    def __init__(self) -> None:
        self.level = 0
        self._late_s = self._high_s = self._low_s = self._since_s = 0.0
        self._underruns = 0
        self._patience_s = LOW_S
        self._fell = False  # at the last change

    def update(self, load: float, seconds: float, *, underruns: int = 0) -> bool:
        """Note the load of the last `seconds`; returns whether the level changed.

        Parameters
        ----------
        load
            Computing time as a share of real time, averaged.
        seconds
            Time since the last call.
        underruns
            Their number since the start.
        """
        self._since_s += seconds
        broke = underruns > self._underruns and load > LOW_LOAD and self._since_s >= LATE_S
        self._underruns = underruns
        self._late_s = self._late_s + seconds if load > LATE_LOAD else 0.0
        self._high_s = self._high_s + seconds if load > HIGH_LOAD else 0.0
        self._low_s = self._low_s + seconds if load < LOW_LOAD else 0.0
        rises = broke or self._high_s >= HIGH_S or self._late_s >= LATE_S
        rises = rises and self.level < MAX_ECONOMY
        falls = self._low_s >= self._patience_s and self.level > 0
        if rises and self._fell:
            self._patience_s = min(2.0 * self._patience_s, MAX_LOW_S)
        elif falls and self._fell:
            self._patience_s = LOW_S
        if rises or falls:
            self.level += 1 if rises else -1
            self._late_s = self._high_s = self._low_s = self._since_s = 0.0
            self._fell = falls
        return rises or falls
