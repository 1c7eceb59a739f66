"""Compare renders and replays with those of another version, byte for byte.

    python tests/bench/same_bytes.py keep FOLDER     20 renders and 5 recorded takes, kept
    python tests/bench/same_bytes.py check FOLDER    the same renders and replays, compared

`keep` renders with the version that is installed (or first on PYTHONPATH), plays five short live
sessions into a null output, records them, and replays each. `check`, run by another version on the
same machine with the same libraries, renders again and replays the kept takes. Exit status 1 if any
file differs. The sounds are compared, not the comments in the files, which hold version numbers.
"""

import argparse
import hashlib
import json
import random
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import soundfile
from pythonosc.udp_client import SimpleUDPClient

COMMAND = [sys.executable, "-P", "-m", "distill_live"]

RENDERS = (
    "",
    "--seed 1",
    "--seed 2 --channels 1",
    "--seed 3 --channels 4",
    "--path crossfade --seed 4",
    "--path interpolate --seed 5 --steps 2",
    "--path interpolate --seed 6 --axis brightness=0.5",
    "--map 0.2,0.7",
    "--map 0.9,0.1 --set '/pitch 3' --set '/formant -2'",
    "--axis brightness=-0.8 --axis loudness=0.5 --set '/drift 1'",
    "--set '/speed -0.5' --set '/loop 0.2 0.7' --seed 7",
    "--set '/freeze 1' --set '/jitter 0.5' --set '/spread 1' --seed 8",
    "--set '/follow 0' --set '/jitter 0' --set '/drift 0'",
    "--set '/walk 1' --set '/glide 0.5' --seed 9",
    "--set '/lfo/brightness 0.7 1.5' --seed 10",
    "--set '/gesture/speed 0.5' --set '/latent/004 1.5' --seed 11",
    "--blend demo:0.4 --seed 12",
    "--blend demo:1 --blend demo:0.3 --seed 13 --set '/pitch -7'",
    "--samplerate 48000 --seed 14",
    "--out x.flac --bits 16 --seed 15",
)
SECONDS = 2.0

GESTURES = (
    "/axis/brightness",
    "/axis/loudness",
    "/pitch",
    "/speed",
    "/latent/003",
    "/position",
    "/drift",
    "/gain",
    "/spread",
)
TAKES, TAKE_S = 5, 4.0


def digest(path: Path) -> str:
    """SHA-256 of the samples of a sound file."""
    samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    shape = f"{samples.shape} {rate_hz}".encode()
    return hashlib.sha256(shape + samples.tobytes()).hexdigest()


def run(*arguments: str, cwd: Path) -> None:
    """Run a command of the instrument."""
    done = subprocess.run([*COMMAND, *arguments], cwd=cwd, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{shlex.join(arguments)}: {done.stderr.strip() or done.stdout.strip()}")


def render_all() -> dict[str, str]:
    """Digest of each render, by its arguments."""
    found = {}
    with tempfile.TemporaryDirectory() as name:
        for number, words in enumerate(RENDERS):
            arguments = shlex.split(words)
            out = arguments[arguments.index("--out") + 1] if "--out" in arguments else "x.wav"
            given = [] if "--out" in arguments else ["--out", out]
            folder = Path(name) / str(number)
            folder.mkdir()
            run("render", "--seconds", str(SECONDS), *given, *arguments, cwd=folder)
            found[words or "(defaults)"] = digest(folder / out)
    return found


def record(number: int, folder: Path) -> Path:
    """Play a session of seeded moves into a null output; the log of its take."""
    rng = random.Random(number)
    port, take = 19170 + number, folder / f"take{number}.wav"
    arguments = ["--null", "--seed", str(number), "--osc-port", str(port), "--record", str(take)]
    process = subprocess.Popen([*COMMAND, *arguments], cwd=folder, stdout=subprocess.DEVNULL)
    time.sleep(4.0)
    client = SimpleUDPClient("127.0.0.1", port)
    end_s = time.perf_counter() + TAKE_S
    steps = 0
    while time.perf_counter() < end_s:
        path = rng.choice(GESTURES)
        client.send_message("/distill" + path, rng.uniform(-1.0, 1.0))
        if number >= 2 and steps == 20:
            client.send_message("/distill/model/load", [2, "demo"])
        if number >= 2 and steps == 60:
            client.send_message("/distill/model/blend", [2, 0.7])
        if steps == 100:
            client.send_message("/distill/map", [rng.random(), rng.random()])
        steps += 1
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    process.wait(30)
    return take.with_suffix(".json")


def replay_all(folder: Path) -> dict[str, str]:
    """Digest of each kept take's replay."""
    found = {}
    with tempfile.TemporaryDirectory() as name:
        for number in range(TAKES):
            out = Path(name) / f"{number}.wav"
            run("replay", str(folder / f"take{number}.json"), "--out", str(out), cwd=folder)
            found[f"take {number}"] = digest(out)
    return found


def main() -> None:
    """Keep or check."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=["keep", "check"])
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    if arguments.what == "keep":
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(TAKES):
            if not (folder / f"take{number}.json").exists():
                record(number, folder)
    found = render_all() | replay_all(folder)
    digests = folder / "digests.json"
    if arguments.what == "keep":
        digests.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
        print(f"{len(found)} digests in {digests}")
        return
    kept = json.loads(digests.read_text(encoding="utf-8"))
    different = [name for name, value in kept.items() if found.get(name) != value]
    for name in different:
        print(f"differs: {name}")
    print(f"{len(kept) - len(different)} of {len(kept)} are the same")
    sys.exit(bool(different))


if __name__ == "__main__":
    main()
