"""Play the instrument by the features of an input: mapped addresses, and notes.

Features become commands here, and only here: a log of the features plays the same again.
"""

import math
from collections.abc import Iterator, Mapping

import numpy as np

from distill_live.addresses import INPUT_FEATURES, Address, Command, Values
from distill_live.bundle import Bundle
from distill_live.engine.commands.input_notes import InputNotes
from distill_live.engine.commands.mappings import Mappings
from distill_live.engine.commands.parameters import Setter, number_setter, switch_setter
from distill_live.engine.voices import Voices
from distill_live.input import Features
from distill_live.input.features import NOISINESS_RANGE_DB, SILENT
from distill_live.input.onsets import level_of, strength_of

DEFAULT_MAPPINGS = {
    "level": "axis/loudness",
    "brightness": "axis/brightness",
    "noisiness": "axis/noisiness",
}
"""Axes, where a model has them, that features move from -1 to 1."""

RANGES: Mapping[str, tuple[float, float]] = {
    "level": (-60.0, 0.0),
    "brightness": (math.log2(100.0), math.log2(10000.0)),
    "noisiness": (0.0, 1.0),
    "onset": (0.0, 1.0),
    "pitch": (36.0, 96.0),
    "confidence": (0.0, 1.0),
}
"""Ranges of the features, of a model that does not state its own: dB; octaves above 1 Hz; MIDI keys
for the pitch; else 0..1."""

MIN_SPANS = {"level": 12.0, "brightness": 1.0, "noisiness": 0.1}
"""Smallest range of a feature by a corpus."""

MIN_CHANGE = 1e-3
"""Smallest change of a feature, as a share of its range, that moves what it is mapped to."""

ONSET_FALL_S = 0.2
"""Shortest time in which a mapped onset falls to 37 %."""

GATE_HYSTERESIS_DB = 6.0
"""How far the level falls below the gate until it closes."""

MAX_GAP_S = 0.25
"""Longest time without features until the input counts as silent."""


class InputPlayer:
    """Turns the features of the input into commands.

    Parameters
    ----------
    sample_rate_hz
        Of the engine.
    voices
        Their root is the key that onsets play.

    Attributes
    ----------
    mappings : Mappings
        What each feature moves.
    heard : Features
        The newest features with the gain, `SILENT` where there are none; an onset falls slowly, and
        counts only while the gate is open.
    frozen : bool
        Whether all that the input moves is held.
    """

    def __init__(self, sample_rate_hz: int, voices: Voices) -> None:
        self._rate_hz = sample_rate_hz
        self.mappings = Mappings()
        for feature, target in DEFAULT_MAPPINGS.items():
            self.mappings.map((feature, target, -1.0, 1.0, "linear"))
        self._ranges = dict(RANGES)
        self._notes = InputNotes(sample_rate_hz, voices)
        self._gain_db = self._gate_db = self._smooth_s = 0.0
        self.frozen = False
        self._open = False  # the gate
        self._values = {"onset": 0.0}  # of the features, smoothed, as shares of their ranges
        self._moved = {"onset": 0.0}  # values that moved something last
        self.heard = SILENT
        self._heard_samples = 0  # engine time of `heard`

    def setters(self) -> dict[str, Setter]:
        """Setters of the input's parameters, by path."""
        return {
            "/input/gain": number_setter(self, "_gain_db"),
            "/input/gate": number_setter(self, "_gate_db"),
            "/input/smooth": number_setter(self, "_smooth_s"),
            "/input/freeze": switch_setter(self, "frozen"),
            "/input/notes": lambda values: setattr(self._notes, "mode", int(values[0])),
        }

    def bind(self, leading: Bundle) -> None:
        """Take the ranges of the features from the leading model's corpus."""
        self._ranges = {**RANGES, **corpus_ranges(leading)}

    def state(self, addresses: Mapping[str, Address]) -> list[Command]:
        """Commands that give a new engine of these addresses the same mappings."""
        rows = [row for row in self.mappings.rows() if f"/{row[1]}" in addresses]
        return [
            *(Command("/input/unmap", (feature,)) for feature in INPUT_FEATURES),
            *(Command("/input/map", row) for row in rows),
        ]

    def hear(self, values: Values, time_samples: int) -> Iterator[Command]:
        """Commands that follow from the features of a hop.

        Parameters
        ----------
        values
            Of ``/input/features``.
        time_samples
            Engine time.
        """
        heard = Features(*map(float, values))
        onset = heard.onset and strength_of(level_of(heard.onset) + self._gain_db)
        heard = heard._replace(level_db=heard.level_db + self._gain_db, onset=onset)
        # an attack is loud before the level is
        loudest_db = max(heard.level_db, level_of(onset)) if onset else heard.level_db
        self._open = loudest_db >= self._gate_db - (GATE_HYSTERESIS_DB if self._open else 0.0)
        elapsed_s = max(0.0, (time_samples - self._heard_samples) / self._rate_hz)
        falling = self._values["onset"] * math.exp(-elapsed_s / max(ONSET_FALL_S, self._smooth_s))
        if self._open:
            falling = max(onset, falling)
        self._values["onset"] = falling
        self.heard, self._heard_samples = heard._replace(onset=falling), time_samples
        if self.frozen:
            return
        self._smooth(heard, elapsed_s)
        for feature, value in self._values.items():
            if abs(value - self._moved.get(feature, math.inf)) >= MIN_CHANGE:
                self._moved[feature] = value
                for target, moved in self.mappings.moves(feature, value):
                    yield Command(f"/{target}", (moved,))
        if self._open:
            yield from self._notes.hear(heard, time_samples)

    def step(self, time_samples: int) -> Iterator[Command]:
        """Commands that end a note in the hop at an engine time, if it is to end."""
        if time_samples - self._heard_samples > MAX_GAP_S * self._rate_hz:
            self.heard, self._open = SILENT, False
        if self.frozen or not self._open:
            yield from self._notes.release()
        else:
            yield from self._notes.check()

    def _smooth(self, heard: Features, elapsed_s: float) -> None:
        """Move the values towards the features; with the gate closed they stay."""
        measured = {}
        if self._open:
            measured = {
                "level": heard.level_db,
                "brightness": math.log2(max(heard.brightness_hz, 1.0)),
                "noisiness": heard.noisiness,
                "confidence": heard.confidence,
            }
            if heard.pitch:
                measured["pitch"] = heard.pitch
        share = 1.0 - math.exp(-elapsed_s / self._smooth_s) if self._smooth_s else 1.0
        for feature, value in measured.items():
            low, high = self._ranges[feature]
            position = min(1.0, max(0.0, (value - low) / (high - low)))
            before = self._values.get(feature, position)
            self._values[feature] = before + share * (position - before)


def corpus_ranges(bundle: Bundle) -> dict[str, tuple[float, float]]:
    """Ranges of features by a model's landmarks: their 5th and 95th percentiles.

    None of a model that does not state the features of its landmarks.
    """
    found = {}
    for feature, column, scale in (
        ("level", "loudness", np.asarray),
        ("brightness", "brightness", lambda hz: np.log2(np.maximum(hz, 1.0))),
        ("noisiness", "noisiness", lambda flatness_db: 1.0 + flatness_db / NOISINESS_RANGE_DB),
    ):
        values = bundle.landmark_feature(column)
        if values is not None:
            low, high = np.percentile(scale(values), [5.0, 95.0])
            spare = 0.5 * max(0.0, MIN_SPANS[feature] - (high - low))
            found[feature] = (float(low - spare), float(high + spare))
    return found
