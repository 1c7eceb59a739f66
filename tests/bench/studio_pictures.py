"""Make the pictures of the studio in ``docs/``: recordings and a run that learns.

python tests/bench/studio_pictures.py [--out FOLDER]

A small network is trained of synthetic sounds meanwhile; a second run waits for it.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from page_pictures import write
from playwright.sync_api import Browser
from support import sounds
from support.browser import Problems, Scheme, chromium, new_page, show_panel
from support.studio import Studio

ROOT = Path(__file__).parents[2]

PICTURES: tuple[tuple[str, tuple[int, int], Scheme, str], ...] = (
    ("studio-desktop-dark", (1440, 900), "dark", "train"),
    ("studio-desktop-light", (1440, 900), "light", "recordings"),
    ("studio-phone-light", (390, 844), "light", "train"),
)
"""Name of the file, width and height, theme and chosen panel."""

EPOCHS = {"strings": 30, "strings, longer": 60}
"""Runs, and how long each is to be."""

SHOWN_EPOCH = 8
"""Epoch of the first run when the pictures are taken."""

RECORDING_S, RATE_HZ = 1.5, 16000


def main() -> None:
    """Write the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "docs")
    out = parser.parse_args().out
    with (
        tempfile.TemporaryDirectory() as home,
        Studio(Path(home)) as studio,
        chromium() as browser,
    ):
        recordings = studio.user_folder / "recordings" / "strings"
        sounds.write_folder(recordings, RECORDING_S, sample_rate_hz=RATE_HZ)
        (folder_id,) = (found["id"] for found in studio.get("state")["folders"])
        runs = [
            studio.post("train", folder=folder_id, name=name, epochs=epochs)["id"]
            for name, epochs in EPOCHS.items()
        ]
        while studio.run(runs[0])["epoch"] < SHOWN_EPOCH:
            time.sleep(1.0)
        take(browser, studio.origin, out)
        for run in runs:
            studio.post("run/stop", id=run)


def take(browser: Browser, origin: str, out: Path) -> None:
    """Write the pictures of a studio."""
    problems = Problems((origin,))
    for name, screen, scheme, panel in PICTURES:
        page = new_page(browser, problems, screen=screen, scheme=scheme, scale=1.5)
        page.goto(f"{origin}/")
        page.wait_for_selector("body.built.connected", state="attached")
        show_panel(page, panel)
        page.wait_for_timeout(3000)  # pictures of sounds
        write(page, out / f"{name}.webp")
        page.context.close()
    problems.check()


if __name__ == "__main__":
    main()
