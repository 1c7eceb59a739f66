"""Patch files: current, valid in their formats, known addresses only."""

import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
import zlib
from pathlib import Path

import pytest

from distill_live.addresses import PREFIX, REPLIES, TABLE, Address, coerce, instantiate

PATCHES = Path(__file__).parents[2] / "patches"
LATENT, AXES, LANDMARKS = 4, ("brightness",), 100
MADE_AXIS = re.compile(r"/axis/(%s|-)?")
"""An axis whose name the patch learns when it connects."""

VANILLA = """
+ / > append bng cnv del drawpolygon element expr f filledpolygon floatatom get hsl list loadbang
makefilename max metro netsend notein oscformat oscparse outlet pack pd plot pointer r route s sel
send set setsize spigot struct symbol symbolatom t text tgl unpack v vsl vu
"""
"""Pure Data's own objects, as many as the patch may use."""


@pytest.fixture(scope="module")
def table() -> dict[str, Address]:
    return dict(instantiate(LATENT, AXES, LANDMARKS))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    subprocess.run([sys.executable, str(PATCHES / "make"), str(folder)], check=True)
    return folder


@pytest.mark.process
def test_what_is_made_is_current(made: Path) -> None:
    files = [path for path in made.rglob("*") if path.is_file()]
    assert len(files) > 5
    for path in files:
        kept = PATCHES / path.relative_to(made)
        new, old = path.read_bytes(), kept.read_bytes()
        if path.suffix == ".tosc":  # compressed alike only by the same library
            new, old = zlib.decompress(new), zlib.decompress(old)
        same = new == old  # to show the difference would take a minute
        assert same, f"{kept.name}: python patches/make"


def test_every_patch_says_what_it_was_tested_with() -> None:
    for folder in ("max", "puredata", "supercollider", "touchdesigner", "touchosc"):
        readme = (PATCHES / folder / "README.md").read_text(encoding="utf-8")
        assert "## Tested with" in readme
        ran = folder in ("puredata", "supercollider")
        assert ("not been run" in readme) != ran
        for picture in re.findall(r"!\[.*\]\((.*)\)", readme):
            assert (PATCHES / folder / picture).stat().st_size < 200_000


def known(path: str, table: dict[str, Address]) -> bool:
    """Whether an address is one of the table's, or its reply, or made with an axis' name."""
    return path in table or path in REPLIES or bool(MADE_AXIS.fullmatch(path))


@pytest.mark.parametrize(
    ("file", "least"),
    [
        ("max/distill.maxpat", 40),
        ("max/distill.axis.maxpat", 2),
        ("touchosc/distill.tosc", 40),
    ],
)
def test_addresses_are_the_tables(file: str, least: int, table: dict[str, Address]) -> None:
    data = (PATCHES / file).read_bytes()
    text = (zlib.decompress(data) if file.endswith("tosc") else data).decode()
    found = set(re.findall(rf"{PREFIX}(/[a-z0-9_./%-]+)", text))
    assert len(found) >= least
    assert not {path for path in found if not known(path.rstrip("."), table)}


def test_supercollider_says_the_tables_addresses_and_ranges(table: dict[str, Address]) -> None:
    text = (PATCHES / "supercollider" / "distill.scd").read_text(encoding="utf-8")
    rows = re.findall(r'\["(/[a-z/]+)", "[A-Za-z ]+", (-?\d+), (-?\d+), (-?[\d.]+)\]', text)
    assert len(rows) >= 9
    for path, low, high, first in rows:
        argument = TABLE[path].arguments[0]
        ends_and_default = (argument.low, argument.high, argument.default)
        assert (float(low), float(high), float(first)) == ends_and_default, path
    switches = re.findall(r'\["(/[a-z]+)", "[A-Z][a-z]+", ([01])\]', text)
    assert len(switches) == 5
    for path, first in switches:
        assert int(first) == TABLE[path].arguments[0].default, path
    said = {path.removeprefix(PREFIX) for path in re.findall(r'"(/[a-z]+(?:/[a-z.]+)*)"', text)}
    said -= {"", "/code"}
    assert {"/notify", "/meters", "/gain", "/corpus/goto", "/preset/recall", "/panic"} <= said
    assert not {path for path in said if not known(path, table)}


def test_the_max_patches_are_whole() -> None:
    for name in ("distill.maxpat", "distill.axis.maxpat"):
        patcher = json.loads((PATCHES / "max" / name).read_text(encoding="utf-8"))["patcher"]
        boxes = {entry["box"]["id"]: entry["box"] for entry in patcher["boxes"]}
        assert len(boxes) == len(patcher["boxes"]), "two boxes have one id"
        for box in boxes.values():
            assert len(box.get("outlettype", [])) == box["numoutlets"]
            if box["maxclass"] == "bpatcher":
                assert (PATCHES / "max" / box["name"]).exists()
            if box["maxclass"] == "newobj":
                assert (box["numinlets"], box["numoutlets"]) == arity(box["text"]), box["text"]
        lines = [entry["patchline"] for entry in patcher["lines"]]
        ends = [(*line["source"], *line["destination"]) for line in lines]
        assert len(set(ends)) == len(ends), "a cord is there twice"
        for source, outlet, target, inlet in ends:
            assert 0 <= outlet < boxes[source]["numoutlets"], boxes[source]
            assert 0 <= inlet < boxes[target]["numinlets"], boxes[target]
        met = {end for source, _, target, _ in ends for end in (source, target)}
        alone = {box["maxclass"] for name, box in boxes.items() if name not in met}
        assert alone <= {"comment", "panel"}, alone


def arity(text: str) -> tuple[int, int]:
    """Inlets and outlets of an object, by its words."""
    name, *arguments = text.split()
    count = len(arguments)
    counted = {
        "route": (count + 1, count + 1),
        "t": (1, count),
        "pack": (count, 1),
        "unpack": (1, count),
        "sprintf": (text.count("%"), 1),
        "gate": (2, 1),
        "sel": (2, 2),
        "zl": (2, 2),
        "int": (2, 1),
        "metro": (2, 1),
        "notein": (1, 3),
        "r": (0, 1),
        "s": (1, 0),
        "udpsend": (1, 0),
        **dict.fromkeys(("+", "/", "*"), (2, 1)),
        **dict.fromkeys(("prepend", "tosymbol", "loadbang", "udpreceive"), (1, 1)),
    }
    return counted[name]


def test_the_max_faders_have_the_tables_ranges() -> None:
    patcher = json.loads((PATCHES / "max" / "distill.maxpat").read_text(encoding="utf-8"))[
        "patcher"
    ]
    boxes = {entry["box"]["id"]: entry["box"] for entry in patcher["boxes"]}
    seen = 0
    for entry in patcher["lines"]:
        (source, _), (target, _) = entry["patchline"]["source"], entry["patchline"]["destination"]
        said = re.fullmatch(rf"prepend {PREFIX}(/\S+)", boxes[target].get("text", ""))
        if said and boxes[source]["maxclass"] == "slider":
            path = re.sub(r"^/macro/\d$", "/macro/<i>", said[1])
            argument = TABLE[path].arguments[0]
            low, size = boxes[source]["min"], boxes[source]["size"]
            assert (low, low + size) == (argument.low, argument.high)
            seen += 1
    assert seen >= 18


WEIGHTS = [f"slot_{slot}" for slot in range(1, 5)]
"""Faders that a script moves: a message of theirs would send back what the instrument has said."""


def test_the_touchosc_layout_is_whole_and_says_what_the_table_takes(
    table: dict[str, Address],
) -> None:
    root = ET.fromstring(zlib.decompress((PATCHES / "touchosc" / "distill.tosc").read_bytes()))
    nodes = list(root.iter("node"))
    assert len({node.get("ID") for node in nodes}) == len(nodes) > 100
    names = [node.findtext("properties/property[key='name']/value") for node in nodes]
    assert len(set(names)) == len(names)
    for node in nodes[1:]:
        frame = node.find("properties/property[key='frame']/value")
        assert frame is not None
        x, y, width, height = (int(frame.findtext(key) or "") for key in "xywh")
        assert x >= 0 <= y
        assert x + width <= 1280
        assert y + height <= 960
    weights = [node for node, name in zip(nodes, names, strict=True) if name in WEIGHTS]
    assert len(weights) == len(WEIGHTS)
    assert not [node for node in weights if node.find("messages/osc") is not None]
    said = 0
    for message in root.iter("osc"):
        path = "".join(part.findtext("value") or "" for part in message.iterfind("path/partial"))
        address = table[path.removeprefix(PREFIX)]
        parts = list(message.iterfind("arguments/partial"))
        assert all(part.findtext("conversion") in ("FLOAT", "INTEGER", "STRING") for part in parts)
        for end in ("scaleMin", "scaleMax"):
            values = [argument(part, end) for part in parts]
            assert not coerce(address, values).clipped, path
        if address.continuous and len(parts) == 1:
            ends = [argument(parts[0], end) for end in ("scaleMin", "scaleMax")]
            assert ends == [address.arguments[0].low, address.arguments[0].high], path
        said += 1
    assert said > 40


def argument(part: ET.Element, end: str) -> float | int | str:
    """What a part of a message is at an end of its control."""
    kinds: dict[str, type[float] | type[int] | type[str]]
    kinds = {"FLOAT": float, "INTEGER": int, "STRING": str}
    kind = kinds[part.findtext("conversion") or ""]
    text = part.findtext("value" if part.findtext("type") == "CONSTANT" else end) or ""
    return kind(text)


def test_the_pure_data_patch_is_vanilla_and_says_the_tables_addresses(
    table: dict[str, Address],
) -> None:
    files = {path.stem: path for path in (PATCHES / "puredata").glob("*.pd")}
    said = set()
    for path in files.values():
        text = path.read_text(encoding="utf-8").replace("\n", " ")
        for words in re.findall(r"#X obj -?\d+ -?\d+ ([^;]*);", text):
            name = words.split()[0]
            assert name in VANILLA.split() or name in files, words
            if words.startswith("oscformat distill"):
                said.add("/" + "/".join(words.split()[2:]))
    said = {path for path in said if not re.search(r"\\\$", path)} - {"/axis/-"}
    assert {
        "/notify",
        "/meters",
        "/map",
        "/corpus/goto",
        "/note/on",
        "/preset/recall",
        "/panic",
    } <= said
    assert said <= set(table)
    window = files["distill"].read_text(encoding="utf-8")
    controls = re.findall(r"#X obj -?\d+ -?\d+ d-value (\S+);", window)
    sliders = re.findall(r"[hv]sl \d+ \d+ (\S+) (\S+) 0 0 distill-\S+-ui distill-(\S+) ", window)
    ranges = {name: (float(low), float(high)) for low, high, name in sliders}
    assert len(controls) >= 13
    for name in controls:
        known_argument = table["/" + name].arguments[0]
        low, high = ranges.get(name, (0.0, 1.0))
        assert (low, high) == (known_argument.low, known_argument.high), name
