"""Play everything that a model has, offline, and detect clicks, jumps and silence.

    python tests/bench/plays_everything.py MODEL [--only WORD ...] [--json]

Plays every axis slowly and in steps, presets recalled and morphed in pairs, random paths on the
map, jumps between landmarks, hands-free motion, every sweep of the sound, two diverging channels,
blends with a second model of equal settings, of another hop and of another rate, by weight and by
swaps, and random notes in each mode, with few and many voices, while modes, voices, models and the
point change. It looks for:

- clicks: sample steps relative to the local level of steps (20 ms, or that of the current frame),
  over 1.25 times the largest at held landmarks;
- jumps: the level of 50 ms differs by over 6 dB from that of 50 ms before, and exceeds what the
  current chunks contain when read on (slow moves only), or the sound jumps while its frames do not,
  more than at held landmarks; in a blend, while the powers of its models rendered alone do not; in
  a swap, beyond the levels before and after it;
- notes that sound half a second after all were released;
- silence while the frames are not silent, non-finite numbers, samples over the ceiling.

Notes are steps of the level by intention: they are examined for clicks, by a limit for sound of
which a half is silent, but not for jumps.

Prints a table; exit status 1 if it finds anything.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from distill_live.addresses import CEILING, KEY_MODES, Values
from distill_live.bundle import Bundle, read_bundle
from distill_live.engine import Command, Engine
from distill_live.engine.mixing.synthesis_group import LoadedModel
from distill_live.presets import Preset, morph, snapshot
from distill_live.spectrogram import LOW_LATENCY, Float32, Float64, Representation

sys.path.insert(0, str(Path(__file__).parent.parent))

from support.tiny import tiny_bundle

HELD = 16
"""Number of landmarks that are held."""

STEP_SLACK = 1.25
JUMP_DB = 6.0
WINDOW_S = 0.05
AROUND_S = 0.02
QUIET_DB = -50.0
"""Level relative to the loudest held landmark, below which jumps and clicks are ignored."""

AHEAD = 8
"""Number of hops that the current chunks are read on."""

SLACK_HOPS = 2
"""Tolerance of the time at which their content is heard."""


SWAP_S = 1.5
"""Time at which a swap of models starts."""


RELEASE_S, HANG_S = 0.2, 0.5
"""Release of all notes before the end of a scene, and its last part, which is silent."""

Moves = tuple[tuple[float, str, Values], ...]


class Scene(NamedTuple):
    """Timed moves; `slow` if no move should jump."""

    name: str
    moves: Moves
    seconds: float
    slow: bool
    presets: tuple[tuple[float, Preset, float], ...] = ()
    channels: int = 1
    beside: Bundle | None = None
    swap: Bundle | None = None
    notes: bool = False


class Heard(NamedTuple):
    """Results of a channel of a scene; levels in dB."""

    sound: Float32
    store: Float64
    """Level of the frames, now and when read on, ``(hops, 1 + AHEAD)``; in a blend, of its models
    rendered alone."""
    slope: Float64
    """Power of the steps in the frames, in any unit, ``(hops,)``; 0 in blends."""


def scenes(bundle: Bundle, rng: np.random.Generator) -> Iterator[Scene]:
    """All scenes."""

    def goto(second: float = 0.0) -> tuple[float, str, Values]:
        return second, "/corpus/goto", (int(rng.integers(len(bundle.landmarks))), 0.0)

    for axis in bundle.axes:
        path = f"/axis/{axis.name}"
        slow = (goto(), (0.0, path, (-1.0, 0.0)), (0.3, path, (1.0, 4.0)))
        yield Scene(f"{path} slow", slow, 4.6, slow=True)
        steps = tuple((0.5 + 0.3 * i, path, (float((-1, 1)[i % 2]),)) for i in range(6))
        yield Scene(f"{path} stepped", (goto(), *steps), 2.6, slow=False)
    presets = [preset(bundle, rng) for _ in range(5)]
    for one in range(5):
        for other in range(one):
            recalls = ((0.0, presets[one], 0.0), (0.8, presets[other], 0.0))
            recalls = (*recalls, (1.6, presets[one], 1.0))
            yield Scene(f"presets {other} {one}", (), 3.0, slow=False, presets=recalls)
    for number in range(3):
        xy = np.cumsum(rng.normal(0.0, 0.02, (240, 2)), axis=0) + 0.5
        path_on_map = np.abs((xy + 1.0) % 2.0 - 1.0)
        moves = [(0.025 * i, "/map", (float(x), float(y))) for i, (x, y) in enumerate(path_on_map)]
        yield Scene(f"map path {number}", tuple(moves), 6.0, slow=False)
        ends = [(1.0 * i, "/map", tuple(rng.uniform(0, 1, 2).tolist())) for i in range(6)]
        yield Scene(f"map glides {number}", ((0.0, "/glide", (0.9,)), *ends), 6.0, slow=False)
    for glide in (0.0, 0.05):
        jumps = tuple(
            (0.3 * i, path, (values[0], glide))
            for i, (_, path, values) in enumerate(goto() for _ in range(20))
        )
        yield Scene(f"/corpus/goto in {glide:g} s", jumps, 6.2, slow=False)
    for path, values in (("/drift", (1.0,)), ("/walk", (1.0,)), ("/jitter", (1.0,))):
        yield Scene(path, (goto(), (0.3, path, values)), 6.0, slow=path != "/drift")
    for axis in bundle.axes:
        for rate_hz in (0.3, 12.0):
            lfo: tuple[float, str, Values] = (0.3, f"/lfo/{axis.name}", (rate_hz, 1.0))
            yield Scene(f"/lfo/{axis.name} {rate_hz:g} Hz", (goto(), lfo), 2.5, slow=False)
    sweeps: tuple[tuple[str, tuple[Values, ...]], ...] = (
        ("/pitch", ((-24.0,), (24.0,), (0.0,), (7.0,))),
        ("/formant", ((-24.0,), (24.0,), (0.0,), (-5.0,))),
        ("/speed", ((-4.0,), (4.0,), (0.0,), (1.0,), (0.1,))),
        ("/loop", ((0.0, 0.1), (0.45, 0.5), (0.9, 1.0), (0.0, 1.0))),
        ("/position", ((0.0,), (1.0,), (0.3,), (0.7,))),
        ("/freeze", ((1,), (0,), (1,), (0,))),
        ("/gain", ((-30.0,), (6.0,), (-90.0,), (0.0,))),
        ("/spread", ((1.0,), (0.0,), (1.0,), (0.3,))),
    )
    for path, ends_of in sweeps:
        moves = [(0.5 + 0.6 * i, path, values) for i, values in enumerate(ends_of)]
        yield Scene(f"{path} stepped", (goto(), *moves), 3.6, slow=False)
    fine = np.linspace(-1.0, 1.0, 160)
    for path, low, high in (("/pitch", -24, 24), ("/formant", -24, 24), ("/speed", -4, 4)):
        middle, half = (low + high) / 2, (high - low) / 2
        moves = [(0.5 + i / 40, path, (float(middle + half * x),)) for i, x in enumerate(fine)]
        yield Scene(f"{path} slow", (goto(), *moves), 4.8, slow=path == "/formant")
    apart: Moves = tuple((0.5 + i / 40, "/spread", ((1.0 + x) / 2,)) for i, x in enumerate(fine))
    for path, values in (("/spread", (0.3,)), ("/walk", (0.5,)), ("/pitch", (7.0,))):
        stereo: Moves = (goto(), (0.0, path, values), *(apart if path == "/spread" else ()))
        yield Scene(f"stereo {path}", stereo, 4.8, slow=False, channels=2)
    others = {
        "itself": bundle,
        "equal settings": tiny_bundle(bundle.settings),
        "another hop": tiny_bundle(LOW_LATENCY),
        "another rate": tiny_bundle(replace(LOW_LATENCY, sample_rate_hz=44100)),
    }
    weights = [(0.5 + i / 40, "/model/blend", (2, float((1 + x) / 2))) for i, x in enumerate(fine)]
    drops = [(4.5 + 0.3 * i, "/model/blend", (1 + i % 2, float(i % 3 > 0))) for i in range(6)]
    for name, other in others.items():
        blend: Moves = (goto(), *weights, *drops)
        yield Scene(f"blend {name}", blend, 6.5, slow=False, channels=2, beside=other)
        for fade_s in (0.0, 0.2, 2.0):
            fade: Moves = (goto(), (0.0, "/model/fade", (fade_s,)))
            yield Scene(f"swap {name} {fade_s:g} s", fade, 5.0, slow=False, swap=other)
    for keys in KEY_MODES[1:]:
        for voices in (1, 3, 16):
            yield notes_scene(f"notes {keys}, {voices}", keys, rng, goto(), voices=voices)
        spare: Moves = ((0.0, "/sustain", (0.0,)), (0.0, "/decay", (0.1,)))
        yield notes_scene(f"notes {keys}, struck", keys, rng, *spare)
        for path, ends in (("/voices", (1, 16, 4)), ("/keys", ("off", "places", "tuned", "pitch"))):
            changes = tuple((0.4 * i, path, (ends[i % len(ends)],)) for i in range(1, 10))
            yield notes_scene(f"notes {keys}, {path}", keys, rng, goto(), *changes)
        yield notes_scene(f"notes {keys}, moving", keys, rng, (0.0, "/drift", (1.0,)))
        for name, other in others.items():
            yield notes_scene(f"notes {keys}, swap {name}", keys, rng, goto(), swap=other)
            yield notes_scene(f"notes {keys}, blend {name}", keys, rng, *weights, beside=other)


def notes_scene(
    name: str, keys: str, rng: np.random.Generator, *moves: tuple[float, str, Values], **more: Any
) -> Scene:
    """Scene of random notes, a panic among them; all are released before its end."""
    last_s, voices = 4.0, more.pop("voices", 6)
    events: list[tuple[float, str, Values]] = [(0.0, "/keys", (keys,)), (0.0, "/voices", (voices,))]
    events += [(0.0, "/portamento", (0.1,)), (0.0, "/release", (RELEASE_S,)), *moves]
    for second in np.sort(rng.uniform(0.3, last_s, 60)).tolist():
        key = float(rng.integers(36, 85))
        path = str(rng.choice(["on", "on", "on", "off", "off", "bend", "pressure", "timbre"]))
        value = (float(rng.uniform(0.1, 1.0)),)
        events.append((second, f"/note/{path}", (key, *(value if path != "off" else ()))))
    events += [(2.0, "/panic", ()), (2.1, "/play", (1,)), (last_s, "/note/release", ())]
    if any(path == "/keys" for _, path, _ in moves):
        events.append((last_s, "/keys", (keys,)))
    seconds = last_s + 2.0 * RELEASE_S + HANG_S
    return Scene(name, tuple(events), seconds, slow=False, channels=2, notes=True, **more)


def preset(bundle: Bundle, rng: np.random.Generator) -> Preset:
    """Random preset."""
    engine = Engine(bundle, channels=1)
    for path, values in (
        ("/corpus/goto", (int(rng.integers(len(bundle.landmarks))), 0.0)),
        ("/pitch", (float(rng.choice([-12, 0, 0, 7])),)),
        ("/speed", (float(rng.choice([-1, 0.5, 1, 1])),)),
        ("/freeze", (int(rng.integers(4) == 0),)),
        ("/loop", tuple(np.sort(rng.uniform(0, 1, 2)).tolist())),
        ("/gain", (float(rng.uniform(-12, 0)),)),
    ):
        engine.apply(Command(path, values))
    engine.render(np.empty((engine.hop_samples * 30, 1), np.float32))
    return snapshot((command.address, command.args) for command in engine.state())


def play(bundle: Bundle, scene: Scene) -> list[Heard]:
    """Play a scene hop by hop and examine each channel."""
    sound, store, slope = sounded(bundle, scene)
    hop, rate_hz = bundle.settings.hop_samples, bundle.settings.sample_rate_hz
    if scene.beside is not None and not scene.notes:
        window = round(WINDOW_S * rate_hz)
        alone = [sounded(bundle, scene, solo)[0] for solo in (1, 2)]
        for channel in range(scene.channels):
            levels = [levels_db(one[:, channel], hop, window) for one in alone]
            power = (10.0 ** (0.1 * np.stack(levels))).sum(axis=0)
            store[channel] = _db(power)[: len(store[channel]), None]
    return [Heard(*of) for of in zip(sound.T, store, slope, strict=True)]


def sounded(
    bundle: Bundle, scene: Scene, solo: int | None = None
) -> tuple[Float32, Float64, Float64]:
    """Sound ``(samples, channels)`` of all models or of one, and levels of its frames."""
    centres = Representation(bundle.settings, bundle.statistics).centres_bins
    engine = Engine(bundle, channels=scene.channels, seed=1, solo=solo)
    if scene.beside is not None:
        engine.install(engine.load_model(2, scene.beside))
    coming: LoadedModel | None = None
    if scene.swap is not None:
        coming = engine.load_model(1, scene.swap)
    rate_hz = engine.sample_rate_hz
    for second, path, values in scene.moves:
        engine.apply(Command(path, values, round(second * rate_hz)))
    for second, kept, glide_s in scene.presets:
        for command in morph(kept, engine.addresses, glide_s):
            engine.apply(replace(command, time_samples=round(second * rate_hz)))
    hops = round(scene.seconds * rate_hz / engine.hop_samples)
    sound = np.empty((hops, engine.hop_samples, scene.channels), np.float32)
    store = np.zeros((scene.channels, hops, 1 + AHEAD))
    slope = np.zeros((scene.channels, hops))
    frames = np.empty((scene.channels, 1 + AHEAD, 2, bundle.settings.n_mels), np.float32)
    for hop in range(hops):
        if coming is not None and hop * engine.hop_samples >= SWAP_S * rate_hz:
            engine.install(coming)
            coming = None
        engine.render(sound[hop])
        if scene.swap is None and not scene.notes:
            engine.slot.read(frames)
            store[:, hop] = frames[:, :, 0].sum(axis=2)
            if scene.beside is None:
                slope[:, hop] = frames[:, 0, 0] @ centres**2
    delay = round(engine.latency_samples / engine.hop_samples)
    for rows in (store, slope):
        rows[:, delay:] = rows[:, :-delay].copy()
        rows[:, :delay] = rows[:, delay : delay + 1]
    engine.close()
    return sound.reshape(-1, scene.channels), _db(store), slope


def moving_mean(x: Float64, window: int) -> Float64:
    """Centred moving mean over the available values."""
    total = np.concatenate([[0.0], np.cumsum(x)])
    places = np.arange(len(x))
    first = np.maximum(places - window // 2, 0)
    last = np.minimum(places - window // 2 + window, len(x))
    found: Float64 = np.maximum(0.0, (total[last] - total[first]) / (last - first))
    return found


def steepness(heard: Heard, hop: int, rate_hz: int) -> Float64:
    """Step of each sample over the local level of steps, or that of the frames."""
    steps = np.abs(np.diff(heard.sound.astype(np.float64)))
    around = round(AROUND_S * rate_hz)
    level = np.sqrt(moving_mean(steps**2, around))
    if heard.slope.any():
        near = np.lib.stride_tricks.sliding_window_view(np.pad(heard.slope, 1, "edge"), 3)
        in_store = np.repeat(np.sqrt(near.max(axis=1)), hop)[: len(level)]
        level = np.maximum(level, in_store * np.median(level) / np.median(in_store))
    found: Float64 = steps / np.maximum(level, 1e-5)
    return found


def levels_db(sound: Float32, hop: int, window: int) -> Float64:
    """Level of a window about the middle of each hop."""
    power = moving_mean(sound.astype(np.float64) ** 2, window)
    return _db(power[hop // 2 :: hop])


def excess_db(change: Float64, low: Float64, high: Float64) -> Float64:
    """Distance of a change from a range."""
    found: Float64 = np.maximum(0.0, np.maximum(change - high, low - change))
    return found


def jumps(heard: Heard, hop: int, rate_hz: int) -> tuple[Float64, Float64, Float64]:
    """Per hop: jumps not explained by the chunks, jumps of the sound alone, levels."""
    lag = round(WINDOW_S * rate_hz / hop)
    now, store = heard.store[:, 0], heard.store
    near = store[:-lag, lag - SLACK_HOPS : lag + SLACK_HOPS + 1]
    unforeseen = excess_db(now[lag:], near.min(axis=1), near.max(axis=1))
    level = levels_db(heard.sound, hop, round(WINDOW_S * rate_hz))[: len(now)]
    slack = 2 * SLACK_HOPS + 1
    heard_at_once = _db(moving_mean(10.0 ** (0.1 * now), lag))  # as the levels of the sound are
    padded = np.pad(np.stack([now, heard_at_once]), ((0, 0), (SLACK_HOPS, SLACK_HOPS)), "edge")
    around = np.lib.stride_tricks.sliding_window_view(padded, slack, axis=1)
    low, high = around.min(axis=(0, 2)), around.max(axis=(0, 2))
    change = level[lag:] - level[:-lag]
    alone = excess_db(change, low[lag:] - high[:-lag], high[lag:] - low[:-lag])
    loud = np.maximum(level[lag:], level[:-lag])
    return unforeseen, alone, loud


def beyond_ends(level: Float64, first: int, swap: int) -> float:
    """Level of a swap relative to those before it and in the last second, in dB."""
    ends = np.concatenate([level[first:swap], level[-(swap - first) :]])
    return float(excess_db(level[swap:], ends.min(), ends.max()).max())


def hangs(sound: Float32, rate_hz: int) -> bool:
    """Whether the end of a scene of notes is not silent."""
    return bool(np.abs(sound[-round(HANG_S * rate_hz) :]).max() > 1e-5)


def _db(power: Float64) -> Float64:
    found: Float64 = 10.0 * np.log10(np.maximum(power, 1e-12))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--only", nargs="*", default=[""], help="only scenes whose name has one")
    parser.add_argument("--seed", type=int, default=0, help="random seed")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()

    bundle = read_bundle(arguments.model)
    hop, rate_hz = bundle.settings.hop_samples, bundle.settings.sample_rate_hz
    rng = np.random.default_rng(arguments.seed)
    chosen = rng.choice(len(bundle.landmarks), min(HELD, len(bundle.landmarks)), replace=False)
    start = rate_hz // 4
    steepest, alone_db, loudest = 0.0, JUMP_DB, -200.0
    for index in map(int, chosen):
        held = Scene("held", ((0.0, "/corpus/goto", (index, 0.0)),), 3.0, slow=True)
        (heard,) = play(bundle, held)
        steepest = max(steepest, float(steepness(heard, hop, rate_hz)[start:].max()))
        _, alone, loud = jumps(heard, hop, rate_hz)
        loudest = max(loudest, float(loud.max()))
        alone_db = max(alone_db, float(alone[start // hop :].max(initial=0.0)))
    quiet_db = loudest + QUIET_DB
    limit = STEP_SLACK * steepest
    if not arguments.json:
        print(f"held: steps up to {steepest:.1f} of the level about them; {alone_db:.1f} dB alone")
        print(f"{'scene':28}{'step':>7}{'unforeseen':>12}{'alone':>8}{'quiet s':>9}{'peak':>7}")
    rows = []
    chosen_scenes = (
        (scene, heard)
        for scene in scenes(bundle, rng)
        if any(word in scene.name for word in arguments.only)
        for heard in play(bundle, scene)
    )
    for scene, heard in chosen_scenes:
        level = levels_db(heard.sound, hop, round(WINDOW_S * rate_hz))[: len(heard.store)]
        steep = steepness(heard, hop, rate_hz)
        loud_steps = np.repeat(level, hop)[1 : 1 + len(steep)] > quiet_db
        step = float((steep[: len(loud_steps)] * loud_steps)[start:].max(initial=0.0))
        unforeseen, alone, loud = jumps(heard, hop, rate_hz)
        audible = (loud > quiet_db) & (np.arange(len(loud)) * hop > start)
        worst = float((unforeseen * audible).max(initial=0.0)) if scene.slow else 0.0
        follows = scene.swap is None and "/gain" not in scene.name and not scene.presets
        follows = follows and not scene.notes
        alone_worst = float((alone * audible).max(initial=0.0)) if follows else 0.0
        if scene.swap is not None and not scene.notes:
            alone_worst = beyond_ends(level, start // hop, round(SWAP_S * rate_hz / hop))
        frames_db = heard.store[:, 0] - np.median(heard.store[:, 0] - level)
        mute = (level < quiet_db - 25.0) & (frames_db > quiet_db) & follows
        finite = bool(np.isfinite(heard.sound).all())
        peak = float(np.abs(heard.sound).max())
        wrong = [
            what
            for what, found in (
                ("click", step > limit * (np.sqrt(2.0) if scene.notes else 1.0)),
                ("hanging note", scene.notes and hangs(heard.sound, rate_hz)),
                ("jump", worst > JUMP_DB),
                ("jump of the sound alone", alone_worst > alone_db),
                ("silence", bool(mute.sum() * hop > 0.1 * rate_hz) or peak < 1e-4),
                ("not finite", not finite),
                ("over the ceiling", peak > CEILING),
            )
            if found
        ]
        figures = (step, worst, alone_worst, float(mute.sum() * hop / rate_hz), peak)
        rows.append((scene.name, figures, wrong))
        if not arguments.json:
            step_, worst_, alone_, silent, peak_ = figures
            print(
                f"{scene.name:28}{step_:7.1f}{worst_:12.1f}{alone_:8.1f}{silent:9.2f}{peak_:7.2f}"
                f"  {', '.join(wrong)}",
                flush=True,
            )
    if arguments.json:
        print(json.dumps({"limit": limit, "alone_db": alone_db, "scenes": rows}))
    found_any = sum(bool(wrong) for _, _, wrong in rows)
    if not arguments.json:
        print(f"{len(rows)} scenes, {found_any} with findings")
    sys.exit(int(found_any > 0))


if __name__ == "__main__":
    main()
