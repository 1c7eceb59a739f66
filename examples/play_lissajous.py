"""Play a model live and move its point along a Lissajous figure on the map of its corpus.

python examples/play_lissajous.py [--model demo] [--seconds 20] [--null]
"""

import argparse
import math
import time

import distill_live

UPDATE_S = 0.02


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="demo")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--null", action="store_true", help="Play without a device.")
    arguments = parser.parse_args()

    with distill_live.play(arguments.model, null=arguments.null) as live:
        print(f"{live.model.name} plays; other programs reach it at UDP port {live.port}")
        begin_s = time.perf_counter()
        while (now_s := time.perf_counter() - begin_s) < arguments.seconds:
            x, y = 0.5 + 0.4 * math.sin(0.5 * now_s), 0.5 + 0.4 * math.sin(0.7 * now_s)
            live.set("/map", x, y)
            time.sleep(UPDATE_S)


if __name__ == "__main__":
    main()
