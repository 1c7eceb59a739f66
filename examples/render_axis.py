"""Render one sound for each step along an axis of a model, and write WAV files.

python examples/render_axis.py [--model demo] [--axis brightness] [--steps 5] [--seconds 4]
"""

import argparse

import numpy as np
import soundfile

import distill_live


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="demo")
    parser.add_argument("--axis", default="brightness")
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0)
    arguments = parser.parse_args()

    model = distill_live.load_model(arguments.model)
    for step, value in enumerate(np.linspace(-1, 1, arguments.steps), 1):
        sound = model.render(arguments.seconds, seed=1, axes={arguments.axis: value})
        name = f"{model.name}-{arguments.axis}-{step}.wav"
        soundfile.write(name, sound, model.sample_rate_hz, subtype="PCM_24")
        level_db = 20 * np.log10(np.sqrt(np.mean(sound**2)) + 1e-9)
        print(f"{name}: {arguments.axis} {value:+.2f}, {level_db:.1f} dB")


if __name__ == "__main__":
    main()
