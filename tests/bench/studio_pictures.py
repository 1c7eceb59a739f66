"""Make the pictures of the studio in ``docs/``: recordings, a run that learns, a comparison.

python tests/bench/studio_pictures.py [--out FOLDER]

A small network is trained of synthetic sounds meanwhile; a second run waits for it.
"""

import argparse
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from page_pictures import write
from playwright.sync_api import Browser, Page
from support import sounds
from support.browser import (
    Problems,
    Scheme,
    chromium,
    new_page,
    show_panel,
    wait_until_it_plays,
)
from support.studio import RUN_PATIENCE_S, Studio
from support.tiny import complete_bundle

from distill_live.bundle import write_bundle

ROOT = Path(__file__).parents[2]

Pictures = tuple[tuple[str, tuple[int, int], Scheme, str], ...]
"""Name of the file, width and height, theme and chosen panel of each."""

PICTURES: Pictures = (
    ("studio-desktop-dark", (1440, 900), "dark", "train"),
    ("studio-desktop-light", (1440, 900), "light", "recordings"),
    ("studio-phone-light", (390, 844), "light", "train"),
)
COMPARISON: Pictures = (("studio-compare-dark", (1440, 900), "dark", "library"),)

EPOCHS = {"strings": 30, "strings, longer": 60}
"""Runs, and how long each is to be."""

SHOWN_EPOCH = 8
"""Epoch of the first run when the second begins to wait, and the pictures are taken."""

RECORDING_S, RATE_HZ = 1.5, 16000

COMPARED = ("bowed", "struck")
"""Models, made up of the recordings."""


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
        write_models(studio.user_folder / "models", recordings)
        (folder_id,) = (found["id"] for found in studio.get("state")["folders"])
        runs = []
        for name, epochs in EPOCHS.items():
            runs.append(studio.post("train", folder=folder_id, name=name, epochs=epochs)["id"])
            while studio.run(runs[0])["epoch"] < SHOWN_EPOCH:
                time.sleep(1.0)
        while studio.run(runs[1])["state"] != "waiting":
            time.sleep(0.1)
        take(browser, studio.origin, out, PICTURES)
        for run in runs:
            studio.post("run/stop", id=run)
        take(browser, studio.origin, out, COMPARISON)


def write_models(folder: Path, recordings: Path) -> None:
    """Write two models that know the first of the recordings."""
    folder.mkdir(parents=True)
    files = sorted(path.name for path in recordings.iterdir())
    for seed, name in enumerate(COMPARED):
        bundle = complete_bundle(seed=seed)
        paths = tuple(
            replace(path, file=file) for path, file in zip(bundle.paths, files, strict=False)
        )
        write_bundle(replace(bundle, paths=paths), folder / f"{name}.distill")


def compare(page: Page) -> None:
    """Play a comparison of the two models, the second one heard."""
    panel = page.locator("#library")
    for name in COMPARED:
        panel.get_by_label(f"compare {name}").check()
    panel.get_by_label("compare on recordings of").select_option(label="strings")
    panel.get_by_role("button", name="compare", exact=True).click()
    comparison = panel.get_by_role("region", name="comparison")
    comparison.locator(".kind").first.wait_for(timeout=1000 * RUN_PATIENCE_S)
    comparison.get_by_role("button", name="play", exact=True).click()
    page.keyboard.press("b")


def take(browser: Browser, origin: str, out: Path, pictures: Pictures) -> None:
    """Write pictures of a studio."""
    problems = Problems((origin,))
    for name, screen, scheme, panel in pictures:
        page = new_page(browser, problems, screen=screen, scheme=scheme, scale=1.5)
        page.goto(f"{origin}/")
        wait_until_it_plays(page)
        show_panel(page, panel)
        if panel == "library":
            compare(page)
        page.wait_for_timeout(3000)  # pictures of sounds
        write(page, out / f"{name}.webp")
        page.context.close()
    problems.check()


if __name__ == "__main__":
    main()
