"""Write the generated patches: ``python patches/make [FOLDER]``."""

import sys
from pathlib import Path

from max_patch import max_files
from pd_patch import pure_data
from tosc_layout import touchosc


def main(folder: Path) -> None:
    """Write all files of all generated patches."""
    texts = {
        **{f"puredata/{name}": text for name, text in pure_data().items()},
        **{f"max/{name}": text for name, text in max_files().items()},
    }
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    (folder / "touchosc").mkdir(exist_ok=True)
    (folder / "touchosc" / "distill.tosc").write_bytes(touchosc())


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1])
