"""The generated OSC reference page is current and complete."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from support.tiny import AXES, tiny_bundle
from support.tree import ROOT

from distill_live.addresses import PREFIX, REPLIES, TABLE, instantiate
from distill_live.bundle import write_bundle
from distill_live.cli.address_reference import as_json, as_markdown, as_text


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("reference") / "tiny.distill"
    write_bundle(tiny_bundle(), path)
    return path


def said(*options: str) -> str:
    words = [sys.executable, "-m", "distill_live", "addresses", *options]
    return subprocess.run(words, capture_output=True, encoding="utf-8", check=True).stdout


def row(page: str, path: str) -> str:
    (line,) = [line for line in page.splitlines() if line.startswith(f"| `{path}` |")]
    return line


@pytest.mark.process
def test_the_page_is_current() -> None:
    assert (ROOT / "docs" / "osc.md").read_text(encoding="utf-8") == said("--markdown"), (
        "python -m distill_live addresses --markdown > docs/osc.md"
    )


def test_every_address_and_reply_has_one_row_and_a_topic() -> None:
    page = as_markdown()
    for path in (*TABLE, *REPLIES):
        assert row(page, path).count("|") >= 4
    assert "## Further" not in page, "give the new addresses a topic"


def test_a_row_tells_types_ranges_units_and_defaults() -> None:
    page = as_markdown()
    assert "gain `f` -90 to 6 dB | 0 | set, get |" in row(page, "/gain")
    assert "value `f` -1 to 1; glide `f` 0 to 30 s (optional) | 0 |" in row(page, "/axis/<name>")
    assert "start `f` 0 to 1 chunk; end `f` 0 to 1 chunk | 0 1 |" in row(page, "/loop")
    assert "x `f` 0 to 1; y `f` 0 to 1 | 0.5 |" in row(page, "/map")
    assert "| N x value `f` -4 to 4 " in row(page, "/latent")
    assert "`linear`, `exponential`" in row(page, "/macro/map")
    assert "| command |" in row(page, "/notify")
    assert "| action, from this computer only |" in row(page, "/quit")
    assert "address `s`; code `s`; text `s`" in row(page, "/fail")


@pytest.mark.process
def test_a_models_addresses_are_written_out(model: Path) -> None:
    page = said("--markdown", "--model", str(model))
    assert "| 8 x value `f` -4 to 4 " in row(page, "/latent")
    for path in instantiate(8, AXES, len(tiny_bundle().landmarks)):
        assert row(page, path)
    assert "<" not in "".join(line for line in page.splitlines() if line.startswith("| `/"))


@pytest.mark.process
def test_json_has_the_whole_table(model: Path) -> None:
    told = json.loads(said("--json", "--model", str(model)))
    table = instantiate(8, AXES, len(tiny_bundle().landmarks))
    assert told == as_json(table)
    assert told["prefix"] == PREFIX
    assert {entry["path"] for entry in told["addresses"]} == set(table)
    assert {entry["path"] for entry in told["replies"]} == set(REPLIES)
    (speed,) = [entry for entry in told["addresses"] if entry["path"] == "/speed"]
    assert speed["arguments"] == [
        {
            "name": "speed",
            "type": "f",
            "low": -4,
            "high": 4,
            "unit": "times",
            "default": 1.0,
            "optional": False,
            "choices": [],
        }
    ]


def test_a_models_dimensions_come_last_and_its_axes_are_defined() -> None:
    shown = as_text(instantiate(8, ("width", "axis_1"), 6)).splitlines()
    first = shown.index("  /latent/000  value f -4 to 4 standard deviations")
    assert [line.split()[0] for line in shown[first::2]] == [f"/latent/{n:03}" for n in range(8)]
    assert (
        "not of the stereo image"
        in shown[shown.index("  /axis/width  value f -1 to 1; glide f 0 to 30 s (optional)") + 1]
    )


def test_lines_for_a_terminal() -> None:
    shown = as_text().splitlines()
    assert "  /speed  speed f -4 to 4 times" in shown
    assert "  /panic" in shown
    assert "`" not in "".join(shown)


@pytest.mark.process
def test_one_form_at_a_time() -> None:
    words = [sys.executable, "-m", "distill_live", "addresses", "--json", "--markdown"]
    refused = subprocess.run(words, capture_output=True, encoding="utf-8", check=False)
    assert refused.returncode == 2
    assert "choose one" in refused.stderr
