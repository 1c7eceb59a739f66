"""Makes the patches that are made: ``python patches/make [FOLDER]``."""

import sys
from pathlib import Path

from pd_patch import pure_data


def main(folder: Path) -> None:
    """Write every file of every patch that is made."""
    for name, text in pure_data().items():
        path = folder / "puredata" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1])
