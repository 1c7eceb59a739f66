"""Write cProfile profiles of a hop, an OSC message and a training step as text.

    python tests/bench/profiles.py FOLDER [--recordings DIR]

Writes ``hop-held.txt``, ``hop-moving.txt`` (the demo model as shipped, in stereo; held, and with an
axis moved 100 times a second), ``osc.txt`` (one-float messages from bytes to a batch) and, with
recordings and torch, ``training.txt`` (two passes over them). Profiles are of one thread, sorted by
own time; cProfile overestimates functions that are called often.
"""

import argparse
import cProfile
import io
import pstats
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from load import CASES, DEMO
from osc import AXES, LATENT, Counting

from distill_live.addresses import instantiate
from distill_live.bundle import read_bundle
from distill_live.engine import Command, Engine
from distill_live.osc import Client
from distill_live.osc.dispatch import Dispatcher
from distill_live.osc.wire import build_message

WARM_HOPS, HOPS = 50, 300
MESSAGES = 50_000
SHOWN = 40
CLIENT = Client("127.0.0.1", 1)


def profile(work: Callable[[], object]) -> str:
    """Profile `work` as text."""
    profiler, text = cProfile.Profile(), io.StringIO()
    profiler.runcall(work)
    pstats.Stats(profiler, stream=text).strip_dirs().sort_stats("tottime").print_stats(SHOWN)
    return text.getvalue()


def hops(case: str) -> str:
    """Profile the engine in a case of `load.py`."""
    _, channels, settings, move = next(one for one in CASES if one[0] == case)
    engine = Engine(read_bundle(DEMO), channels=channels, seed=1)
    for path, value in settings:
        engine.apply(Command(path, (value,)))
    out = np.empty((engine.hop_samples, channels), np.float32)

    def play(first: int, stop: int) -> None:
        for hop in range(first, stop):
            if move is not None:
                move(engine, hop)
            engine.render(out)

    play(0, WARM_HOPS)
    return profile(lambda: play(WARM_HOPS, WARM_HOPS + HOPS))


def osc_messages() -> str:
    """Profile the dispatcher, with a batch every few messages."""
    dispatcher = Dispatcher(instantiate(LATENT, AXES, 1), Counting(), lambda _data, _client: None)
    packets = [build_message(f"/distill/axis/{name}", "f", (0.5,)) for name in AXES]

    def take_in() -> None:
        for _ in range(MESSAGES // len(packets)):
            for packet in packets:
                dispatcher.receive(packet, CLIENT)
            dispatcher.flush()

    return profile(take_in)


def training(recordings: Path) -> str:
    """Profile two passes over recordings, on the CPU."""
    from distill_train.config import TrainingConfig
    from distill_train.run import prepare
    from distill_train.training.checkpoint import RunFiles
    from distill_train.training.loop import train

    config = TrainingConfig(epochs=2, overlap=0.5, device="cpu", preview_epochs=1_000_000)
    prepared = prepare(recordings, config)
    parts = prepared.training, prepared.validation, prepared.cache.statistics
    with tempfile.TemporaryDirectory() as run:
        files = RunFiles(Path(run))
        return profile(lambda: train(config, *parts, files, folder="", summary={}))


def write_profiles(folder: Path, recordings: Path | None) -> dict[str, str]:
    """Write all profiles; return what was left out, with the reason."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "hop-held.txt").write_text(hops("stereo as shipped, held"))
    (folder / "hop-moving.txt").write_text(hops("stereo as shipped, moving"))
    (folder / "osc.txt").write_text(osc_messages())
    if recordings is None:
        return {"training.txt": "give --recordings"}
    try:
        (folder / "training.txt").write_text(training(recordings))
    except ModuleNotFoundError as error:
        return {"training.txt": str(error)}
    return {}


def main() -> None:
    """Write profiles; print what is missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--recordings", type=Path)
    options = parser.parse_args()
    for name, reason in write_profiles(options.folder, options.recordings).items():
        print(f"left out: {name}: {reason}")


if __name__ == "__main__":
    main()
