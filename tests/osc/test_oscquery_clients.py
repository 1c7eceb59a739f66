"""What known OSCQuery clients make of the tree: each as its own source shows it, in a few lines."""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import pytest

from distill_live.addresses import Values, instantiate
from distill_live.addresses.schema import Stored
from distill_live.oscquery.query import answer
from distill_live.oscquery.tree import Node

TABLE = instantiate(128, ["brightness", "noise"], 7)
PRESETS = ["dawn", "dusk"]


async def ask(paths: Sequence[str]) -> Mapping[str, Values]:
    return {path: TABLE[path].default for path in paths}


async def list_stored() -> Mapping[Stored, Sequence[str]]:
    return {"preset": PRESETS, "gesture": [], "model": ["demo"]}


def get(target: str) -> Any:
    status, body = asyncio.run(answer(target, TABLE, ask, list_stored, 9010))
    assert status == HTTPStatus.OK, target
    return json.loads(json.dumps(body))


def leaves(node: Node) -> Iterator[Node]:
    if "CONTENTS" not in node:
        yield node
    for child in node.get("CONTENTS", {}).values():
        yield from leaves(child)


@pytest.fixture(scope="module")
def root() -> Node:
    body = get("/")
    assert isinstance(body, dict)
    return body


def chataigne(node: Node) -> str | None:
    """Kind of the control that Chataigne makes of a node that is no group."""
    kind, ranges = node.get("TYPE", ""), node.get("RANGE") or [None]
    if kind in ("N", "I"):
        return "trigger"
    if kind == "s":
        if not isinstance(ranges[0], dict):
            return "string"
        return "enum" if isinstance(ranges[0].get("VALS"), list) else None
    known = {"i": "int", "f": "float", "ff": "point2d", "fff": "point3d", "ffff": "colour"}
    return known.get(kind)


def test_chataigne_makes_a_control_of_each_address_with_one_kind_of_value(root: Node) -> None:
    nodes = {node["FULL_PATH"].removeprefix("/distill"): node for node in leaves(root)}
    controls = {path: chataigne(node) for path, node in nodes.items()}
    assert controls["/panic"] == controls["/preset/list"] == "trigger"
    assert controls["/formant/shift"] == controls["/latent/000"] == controls["/gain"] == "float"
    assert controls["/formant/keep"] == controls["/play"] == "int"
    assert controls["/map"] == "point2d"
    assert controls["/preset/store"] == controls["/gesture/record"] == "string"
    for path in ("/preset/recall", "/preset/delete", "/gesture/play", "/model/load"):
        assert controls[path] == "enum"
    without = {path for path, control in controls.items() if control is None}
    renames = {"/preset/rename", "/gesture/rename"}
    several = {"/latent/all", "/macro/map", "/input/map", "/model/blend", *renames}
    assert without == several, "several kinds, two texts, or 128 values"


def test_chataigne_asks_for_host_info_without_a_path() -> None:
    assert get("?HOST_INFO")["EXTENSIONS"]["LISTEN"] is True
    assert get("")["CONTENTS"]["distill"]


def test_ossia_asks_for_host_info_in_two_forms() -> None:
    assert get("/?HOST_INFO") == get("/?HOST_INFO=1")
    assert get("/?HOST_INFO")["OSC_TRANSPORT"] == "UDP"


def test_ossia_takes_the_type_of_a_range_from_how_its_numbers_are_written(root: Node) -> None:
    """An integer among the ends of a float's range makes it a range of integers."""
    for node in leaves(root):
        for kind, limits in zip(node["TYPE"], node.get("RANGE", []), strict=False):
            if limits is not None and "MIN" in limits:
                expected = {"f": float, "i": int}[kind]
                assert {type(limits["MIN"]), type(limits["MAX"])} == {expected}, node["FULL_PATH"]


def test_ossia_reads_the_first_element_of_each_array_and_takes_units_for_floats(root: Node) -> None:
    for node in leaves(root):
        for attribute in ("RANGE", "CLIPMODE", "EXTENDED_TYPE", "UNIT"):
            if attribute in node:
                assert len(node[attribute]) == len(node["TYPE"]) > 0, node["FULL_PATH"]
        assert all(isinstance(one, str) for one in node.get("EXTENDED_TYPE", []))
        known_units = {"time.second", "time.hz", "gain.db"}
        if node.get("UNIT") and node["UNIT"][0] in known_units and len(node["TYPE"]) == 1:
            assert node["TYPE"] == "f", node["FULL_PATH"]


def test_the_web_page_of_vdmx_makes_a_control_of_each_value(root: Node) -> None:
    """It takes a range of integers without both ends for an error, and 0 to 1 for a toggle."""
    for node in leaves(root):
        assert set(node["TYPE"]) <= set("ifsI"), node["FULL_PATH"]
        ranges = node.get("RANGE", [None] * len(node["TYPE"]))
        for kind, limits in zip(node["TYPE"], ranges, strict=True):
            if kind == "i":
                assert limits.keys() >= {"MIN", "MAX"}, node["FULL_PATH"]
            if kind == "s" and limits is not None:
                assert limits["VALS"] or node["FULL_PATH"].startswith("/distill/gesture/")
    panic = next(node for node in leaves(root) if node["FULL_PATH"] == "/distill/panic")
    assert panic["TYPE"] == "I", "a button, not a toggle whose every second press is a release"
