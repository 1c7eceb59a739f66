"""Build a `Plan` from command-line values, looking up presets and gestures.

Order of precedence, lowest first: presets, settings of the motion, map position, axes, --set.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from distill_live.addresses import (
    IDLE_MOTION,
    SLOTS,
    Address,
    Command,
    Value,
    Values,
    clipped_value,
    coerce,
    instantiate,
    parse_setting,
    unknown_address,
)
from distill_live.bundle import Bundle
from distill_live.engine.latent.corpus_map import CorpusMap
from distill_live.errors import CommandError, ConfigurationError
from distill_live.files import named_refusal, open_regular, printable
from distill_live.gestures import GestureStore, compile_gesture, from_csv
from distill_live.gestures.csv_format import MAX_BYTES
from distill_live.library import user_folder
from distill_live.offline.input_file import InputFile
from distill_live.offline.plan import Motion, Plan, TimedCommand
from distill_live.presets import PresetStore, morph

WALK_DRIFT = 0.25
"""`/drift` of a walk: a new landmark every eight seconds."""

PATH_SETTINGS: Mapping[Motion, tuple[tuple[str, Values], ...]] = {
    "walk": (("/drift", (WALK_DRIFT,)),),
    "wander": IDLE_MOTION,
    "crossfade": (("/drift", (0.0,)), ("/follow", (0,))),
    "interpolate": (("/drift", (0.0,)), ("/follow", (0,))),
}
"""Values that each --path sets."""

GESTURE_SUFFIX = ".csv"

RECORDING_PREFIX = "recording:"

GESTURE_PREFIX = "gesture:"
"""Before the name of a stored gesture, which may be that of a motion or end in ``.csv``."""

MAX_SHOWN_RECORDINGS = 20

GOLDEN = 0.618034

DEFAULT_S = 10.0
"""Duration of a render without a score."""

SCORE_KEYS = "pitch"
"""What keys play in a score, unless something else is set."""

Score = Callable[[Sequence[str]], Sequence[TimedCommand]]
"""Reads a score, given the names of the presets; recalls among its commands name one."""


def plan_from(
    bundle: Bundle,
    *,
    seconds: float | None = None,
    seed: int = 0,
    score: Score | None = None,
    path: str | None = None,
    steps: int | None = None,
    tempo: float | None = None,
    preset: str | None = None,
    to: str | None = None,
    axes: Sequence[str] = (),
    place: str | None = None,
    settings: Sequence[str] = (),
    blended: Sequence[tuple[Bundle, float]] = (),
    heard: InputFile | None = None,
    follow: float | None = None,
    report: Callable[[str], None],
) -> Plan:
    """Build a plan for a model.

    Parameters
    ----------
    bundle
        The model.
    seconds
        Duration; None for that of the input, or of the score with its last release, or
        `DEFAULT_S`.
    seed
        Random seed.
    score
        Reads commands that are due later, at least one.
    path
        One of `PATH_SETTINGS`, ``recording:NAME``, ``gesture:NAME``, a gesture's name alone or its
        CSV file; None wanders from a tonal place on, walks if ``/drift`` is set, or holds if a
        preset, axis, place, score or input is given.
    steps
        Steps of ``interpolate``.
    tempo
        Tempo of the clock, 20 to 300 beats a minute; None for that of the preset, or 120.
    preset, to
        Names of the presets to start from and to morph to.
    axes
        Axis values, such as ``brightness=0.5``.
    place
        Map position, such as ``0.2,0.7``.
    settings
        Values of other addresses, such as ``/pitch 3``.
    blended
        Further models and their weights, 0 to 1; the first model has weight 1.
    heard
        The input.
    follow
        ``/input/follow`` of it, 0 to 1.
    report
        Called with a line if a preset or gesture file is damaged.

    Raises
    ------
    ConfigurationError
        If a value cannot be parsed, or two exclude each other.
    CommandError
        If the model has no such preset or address, a value is out of range, or a gesture's file
        cannot be read.
    """
    if steps is not None and path != "interpolate":
        raise ConfigurationError("--steps needs --path interpolate; add it, or leave --steps out")
    if place is not None and path in ("crossfade", "interpolate"):
        raise ConfigurationError(f"--path {path} chooses its own places; leave out --map")
    if to is not None and preset is None:
        raise ConfigurationError("--to needs --preset, where the morph begins")
    if follow is not None and heard is None:
        raise ConfigurationError("--follow needs --input, the file that is followed")
    gestures = GestureStore(user_folder() / "gestures", bundle.name, bundle.fingerprint, report)
    stays = bool(axes) or any(given is not None for given in (preset, place, score, heard))
    settings_by_hand = list(map(parse_setting, settings))
    if path is None and not stays and any(address == "/drift" for address, _ in settings_by_hand):
        path = "walk"
    motion = _motion(path, gestures, stays=stays)
    if motion == "recording" and (axes or place is not None):
        raise ConfigurationError(
            f"--path {RECORDING_PREFIX}NAME goes its own way; leave out --axis and --map"
        )
    if len(blended) >= SLOTS:
        raise ConfigurationError(
            f"--blend is given {len(blended)} times; the maximum is {SLOTS - 1}"
        )
    bundles = bundle, *(other for other, _ in blended)
    names = dict.fromkeys(axis.name for each in bundles for axis in each.axes)
    table = instantiate(bundle.latent_size, names, len(bundle.landmarks))
    weights: list[tuple[str, Values]] = [
        ("/model/blend", (slot, weight)) for slot, (_, weight) in enumerate(blended, 2)
    ]
    store = PresetStore(user_folder() / "presets", bundle.name, bundle.fingerprint, report)
    on_map = [] if place is None else [("/map", _numbers("--map", place, "0.2,0.7", 2))]
    tempos = [] if tempo is None else [("/clock/tempo", (tempo,))]
    follows: list[tuple[str, Values]] = [] if follow is None else [("/input/follow", (follow,))]
    by_hand = [*weights, *on_map, *map(_axis, axes), *tempos, *follows, *settings_by_hand]
    set_first = [*PATH_SETTINGS.get(motion, ()), *((p, _checked(table, p, v)) for p, v in by_hand)]
    start = [] if preset is None else morph(store.recall(preset), table, 0.0)
    last = [Command(address, values, glide_s=0.0) for address, values in set_first]
    if path is None and motion == "wander":
        start += wander_starts(bundle, [seed])
    target = None if to is None else store.recall(to)
    timed: list[TimedCommand] = []
    if score is not None:
        before = [*start, *last]
        if target is not None:
            target = tuple(setting for setting in target if setting != ("/keys", ("off",)))
            before = [*start, *morph(target, table, 0.0), *last]
        if _value("/keys", before, table) == "off":
            last.append(Command("/keys", (SCORE_KEYS,), glide_s=0.0))
        timed = list(_recalled(score(store.names()), store, table))
        played = [*before, *(each.command for each in timed)]  # presets that it recalls, too
        release_s = float(_value("/release", played, table))
        if seconds is None and heard is None:
            seconds = timed[-1].at_s + release_s
    if seconds is None:
        seconds = DEFAULT_S if heard is None else heard.seconds
    morphed = [] if target is None else morph(target, table, seconds)
    if motion == "recording" and path is not None:
        number = _recording(path.removeprefix(RECORDING_PREFIX), bundle)
        last.append(Command("/path/play", (number,), glide_s=0.0))
    if motion == "gesture" and path is not None:
        last += _gesture(path, gestures, table)
    due = tuple(each for each in timed if each.at_s <= seconds)
    plan = Plan(seed, seconds, motion, commands=(*start, *morphed, *last), score=due)
    plan = plan if heard is None else replace(plan, heard=heard.path.name)
    return plan if steps is None else replace(plan, steps=steps)


def parse_blend(text: str) -> tuple[str, float]:
    """Parse name and weight of a blended model, such as ``bells:0.4``.

    Raises
    ------
    ConfigurationError
        If the text has another form.
    """
    name, found, weight = text.rpartition(":")
    if not found:
        raise ConfigurationError(f"--blend {text!r}; write a model and a weight: bells:0.4")
    (number,) = _numbers("--blend", weight, "bells:0.4", 1)
    return name, float(number)


def _motion(path: str | None, gestures: GestureStore, *, stays: bool) -> Motion:
    if path is None:
        return "hold" if stays else "wander"
    if path.startswith(RECORDING_PREFIX):
        return "recording"
    if path.startswith(GESTURE_PREFIX):
        return "gesture"
    for motion in PATH_SETTINGS:
        if motion == path:
            return motion
    if path.lower().endswith(GESTURE_SUFFIX) or path in gestures.lengths():
        return "gesture"
    raise ConfigurationError(
        f"--path is {printable(path)!r}; available: {', '.join(PATH_SETTINGS)}, "
        f"{RECORDING_PREFIX}NAME with a recording of the model, the gestures of "
        f"'distill-live gesture list', and CSV files of gestures, such as gesture{GESTURE_SUFFIX}"
    )


def wander_starts(bundle: Bundle, seeds: Sequence[int]) -> list[Command]:
    """Commands to the landmarks where wanders of these seeds begin if no place is given.

    They are of the tonal half, without its softest quarter, by the axes of these names; those of
    successive seeds are far apart.
    """
    landmarks, axes = CorpusMap(bundle).latents, {axis.name: axis for axis in bundle.axes}
    places = np.arange(len(landmarks))
    for name, sign, share in (("noisiness", 1.0, 0.5), ("loudness", -1.0, 0.75)):
        if name in axes:
            values = sign * (landmarks[places] @ axes[name].direction)
            places = places[values <= np.quantile(values, share)]
    chosen = [int(places[int(GOLDEN * seed % 1.0 * len(places))]) for seed in seeds]
    return [Command("/corpus/goto", (place,), glide_s=0.0) for place in chosen]


def _recording(name: str, bundle: Bundle) -> int:
    """Number of a recording, by its name with or without the ending."""
    names = bundle.recordings
    for number, known in enumerate(names):
        if name in (known, known.rpartition(".")[0]):
            return number
    shown = ", ".join(map(printable, names[:MAX_SHOWN_RECORDINGS]))
    more = ", ..." if len(names) > MAX_SHOWN_RECORDINGS else ""
    raise ConfigurationError(
        f"--path {RECORDING_PREFIX}{printable(name)[:80]}: the model's recordings are {shown}{more}"
    )


def _value(path: str, commands: Sequence[Command], table: Mapping[str, Address]) -> Value:
    """Value of an address after commands that set it."""
    values = (command.args for command in reversed(commands) if command.address == path)
    return next(values, table[path].default)[0]


def _recalled(
    score: Iterable[TimedCommand], store: PresetStore, table: Mapping[str, Address]
) -> Iterator[TimedCommand]:
    """Replace recalls by what their presets set, except that no preset turns the keys off."""
    for at_s, command in score:
        if command.address != "/preset/recall":
            yield TimedCommand(at_s, command)
            continue
        for each in morph(store.recall(str(command.args[0])), table, 0.0):
            if (each.address, each.args) != ("/keys", ("off",)):
                yield TimedCommand(at_s, each)


def _axis(text: str) -> tuple[str, Values]:
    name, found, value = text.partition("=")
    if not found:
        raise ConfigurationError(f"--axis {text!r}; write a name and a value: brightness=0.5")
    return f"/axis/{name}", _numbers("--axis", value, "brightness=0.5", 1)


def _gesture(path: str, gestures: GestureStore, table: Mapping[str, Address]) -> list[Command]:
    """Commands that play a stored gesture or one from a CSV file."""
    name = path.removeprefix(GESTURE_PREFIX)
    if name != path or not path.lower().endswith(GESTURE_SUFFIX):
        return compile_gesture(gestures.load(name), table).commands(1)
    with (
        named_refusal(ConfigurationError, path, "not read", "check it"),
        open_regular(Path(path)) as file,
    ):
        text = file.read(MAX_BYTES + 1)
    try:
        return compile_gesture(from_csv(text, table), table).commands(1)
    except CommandError as refusal:
        raise CommandError(f"{printable(path)}: {refusal}", refusal.code) from None


def _numbers(option: str, text: str, example: str, count: int) -> Values:
    try:
        numbers = tuple(map(float, text.split(",")))
    except ValueError:
        numbers = ()
    if len(numbers) != count:
        raise ConfigurationError(f"{option} {printable(text)!r}; write it like {example}")
    return numbers


def _checked(table: Mapping[str, Address], path: str, values: Values) -> Values:
    """Coerce values for an address; unlike live, values out of range are refused."""
    address = table.get(path)
    if address is None or address.owner != "engine":
        axes = ", ".join(
            p.removeprefix("/axis/") for p in table if p.startswith("/axis/") and p != "/axis/list"
        )
        if path.startswith("/axis/"):
            raise unknown_address(path, f"the axes are {axes or 'none'}")
        raise unknown_address(path)
    found, clipped = coerce(address, values)
    if clipped:
        raise clipped_value(address, values, found)
    return found
