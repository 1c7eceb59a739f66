"""FILES.md is current, and every module has a docstring."""

from support.tree import ROOT, tree


def test_the_tree_is_current() -> None:
    text = tree()
    assert (ROOT / "FILES.md").read_text(encoding="utf-8") == text, (
        "python tests/support/tree.py > FILES.md"
    )
    assert " |  |" not in text, "a module without a docstring"
