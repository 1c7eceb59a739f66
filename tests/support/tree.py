"""Print FILES.md: ``python tests/support/tree.py > FILES.md``.

The line is the first of a module's docstring, so the tree says what the modules say of themselves.
"""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEADING = """# The files

One line a file: the first line of its docstring. Made by `python tests/support/tree.py > FILES.md`;
a test fails where it is out of date. The lines of `__init__.py` describe the packages: read those
first.
`ARCHITECTURE.md` says how they hang together.
"""
FOLDERS = ("distill_live", "training/distill_train", "patches", "tests")


def first_line(path: Path) -> str:
    """The first line of a module's docstring, or nothing."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return text.partition("\n")[0]


def tree() -> str:
    """The whole of FILES.md."""
    lines = [HEADING]
    for folder in FOLDERS:
        base = ROOT / folder
        files = sorted(base.rglob("*.py"))
        lines.append(f"## {folder}/\n")
        lines.append("| file | |\n|---|---|")
        for file in files:
            name = file.relative_to(base).as_posix()
            lines.append(f"| `{name}` | {first_line(file)} |")
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    print(tree(), end="")
