"""Time RAVE's decoders on one core, beside this instrument's engine.

    python tests/bench/rave_decoders.py [--environment FOLDER] [--seconds 5] [--json]

`acids-rave` is installed into a virtual environment in FOLDER (about 6 GB, several minutes) unless
it is there already. Its decoders have random weights, which take the same time as trained ones, and
run as they do on stage: causal, with cached convolutions, traced, one latent frame of 2048 samples
at 44.1 kHz after the other, one thread. The engine plays the demo in mono, held, and with its
latent moved at every hop (`load.py`). Printed is the share of one core, in processor time.
"""

import argparse
import json
import subprocess
import tempfile
import venv
from pathlib import Path
from typing import Any

from load import DEMO, Player
from machine import machine

from distill_live.bundle import read_bundle

PACKAGES = ("acids-rave==2.3.1", "torch==2.5.0", "torchaudio==2.5.0")
"""The newest release, and versions of PyTorch that fit it and one another."""

ENGINE_CASES = ("mono, follow frame, held", "mono, follow frame, moving")
WARM_HOPS = 50

DECODERS = """
import json, sys, time
from pathlib import Path
import cached_conv, gin, torch
torch.set_grad_enabled(False)
torch.set_num_threads(1)
import rave

class Decoder(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.decoder, self.pqmf = model.decoder, model.pqmf

    def forward(self, latent):
        return self.pqmf.inverse(self.decoder(latent))

gin.add_config_file_search_path(str(Path(rave.__file__).parent))
for name in ("v2", "raspberry"):
    gin.clear_config()
    gin.parse_config_files_and_bindings([f"configs/{name}.gin", "configs/causal.gin"], [])
    cached_conv.use_cached_conv(True)
    model = rave.RAVE(n_channels=1).eval()
    latent = torch.randn(1, 128, 1)
    model.decode(latent)
    decoder = torch.jit.trace(Decoder(model), latent, check_trace=False)
    samples = decoder(latent).shape[-1]
    frames = round(float(sys.argv[1]) * 44100 / samples)
    for _ in range(10):
        decoder(latent)
    start_s = time.process_time()
    for _ in range(frames):
        decoder(latent)
    share = (time.process_time() - start_s) / (frames * samples / 44100)
    weights = sum(weight.numel() for weight in model.decoder.parameters())
    print(json.dumps({"name": f"RAVE {name}", "share": share, "weights": weights}), flush=True)
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = Path(tempfile.gettempdir()) / "acids-rave"
    parser.add_argument("--environment", type=Path, default=default, metavar="FOLDER")
    parser.add_argument("--seconds", type=float, default=5.0, help="sound of each case")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    rows = [*peers(options.environment, options.seconds), *own(options.seconds)]
    if options.json:
        print(json.dumps({"machine": machine(), "rows": rows}, indent=2))
        return
    print(f"{machine()}; processor time over the sound's")
    for row in rows:
        print(f"{row['name']:36}{100 * row['share']:6.1f} %  {row['weights'] / 1e6:6.1f} M weights")


def peers(environment: Path, seconds: float) -> list[dict[str, Any]]:
    """Shares of RAVE's decoders."""
    python = str(environment / "bin" / "python")
    if not Path(python).exists():
        venv.create(environment, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    command = [python, "-W", "ignore", "-c", DECODERS, str(seconds)]
    found = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return [json.loads(line) for line in found.splitlines() if line.startswith("{")]


def own(seconds: float) -> list[dict[str, Any]]:
    """Shares of the engine with the demo, whose decoder stores 2 bytes a weight."""
    bundle = read_bundle(DEMO)
    rows: list[dict[str, Any]] = []
    for case in ENGINE_CASES:
        player = Player(bundle, case)
        player.play(WARM_HOPS)
        times = player.play(round(seconds * bundle.settings.frames_per_second))
        rows.append(
            {
                "name": f"Distill Live, {case}",
                "share": times[:, 1].sum() * bundle.settings.frames_per_second / len(times),
                "weights": len(bundle.decoder) / 2,
            }
        )
    return rows


if __name__ == "__main__":
    main()
