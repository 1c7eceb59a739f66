"""Make the pictures of the studio in ``docs/``: recordings, a run, models, a comparison.

python tests/bench/studio_pictures.py [--out FOLDER]

Two small networks are trained for a minute in all, of synthetic sounds.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from page_pictures import write
from playwright.sync_api import Page
from support import sounds
from support.browser import Problems, Scheme, chromium, new_page, show_panel
from support.studio import Studio

ROOT = Path(__file__).parents[2]

PICTURES: tuple[tuple[str, tuple[int, int], Scheme, str], ...] = (
    ("studio-desktop-dark", (1440, 900), "dark", "train"),
    ("studio-desktop-light", (1440, 900), "light", "recordings"),
    ("studio-tablet-dark", (820, 1180), "dark", "library"),
    ("studio-phone-light", (390, 844), "light", "library"),
)
"""Name of the file, width and height, theme and chosen panel."""

EPOCHS = {"strings": 30, "strings, longer": 60}
"""Models, and how long each is trained."""

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
        for name, epochs in EPOCHS.items():
            run = studio.post("train", folder=folder_id, name=name, epochs=epochs)
            while studio.run(run["id"])["state"] != "finished":
                time.sleep(1.0)
        problems = Problems((studio.origin,))
        for name, screen, scheme, panel in PICTURES:
            page = new_page(browser, problems, screen=screen, scheme=scheme, scale=1.5)
            page.goto(f"{studio.origin}/")
            page.wait_for_selector("body.built.connected", state="attached")
            show_panel(page, panel)
            if name == "studio-tablet-dark":
                compare(page)
            page.wait_for_timeout(2000)  # pictures of sounds and maps
            write(page, out / f"{name}.webp")
            page.context.close()
        problems.check()


def compare(page: Page) -> None:
    """Open a comparison of both models."""
    for name in EPOCHS:
        page.get_by_label(f"compare {name}", exact=True).check()
    page.get_by_role("button", name="compare", exact=True).click()
    page.locator(".kind").first.wait_for(timeout=120_000)


if __name__ == "__main__":
    main()
