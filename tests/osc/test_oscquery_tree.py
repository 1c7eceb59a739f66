"""OSCQuery without a network: node tree, requests, access."""

import asyncio
import socket
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import pytest

from distill_live.addresses import LEAVES, PREFIX, Values, instantiate
from distill_live.addresses.schema import Stored
from distill_live.errors import ConfigurationError
from distill_live.live.settings import LiveSettings
from distill_live.oscquery import tree
from distill_live.oscquery.origins import host_is_ours, origin_is_ours
from distill_live.oscquery.query import answer
from distill_live.oscquery.tree import ATTRIBUTES, EXTENSIONS, Node

TABLE = instantiate(3, ["tilt", "noise"], 5)


class Engine:
    """Answers with defaults, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.listed = 0

    async def ask(self, paths: Sequence[str]) -> Mapping[str, Values]:
        self.asked += paths
        return {path: TABLE[path].default for path in paths}

    async def list_stored(self) -> Mapping[Stored, Sequence[str]]:
        self.listed += 1
        return {"preset": ["dawn", "dusk"], "gesture": [], "model": ["demo"]}


def ask(target: str, engine: Engine | None = None) -> tuple[int, Any]:
    engine = engine or Engine()
    return asyncio.run(answer(target, TABLE, engine.ask, engine.list_stored, 9010))


def get(target: str) -> Any:
    status, body = ask(target)
    assert status == HTTPStatus.OK
    return body


def nodes(node: Node) -> list[Node]:
    return [node, *(n for child in node.get("CONTENTS", {}).values() for n in nodes(child))]


def test_the_whole_tree_has_every_address_in_its_place() -> None:
    root = get("/")
    assert (root["FULL_PATH"], root["ACCESS"]) == ("/", 0)
    methods = {n["FULL_PATH"]: n for n in nodes(root) if "TYPE" in n}
    second_names = {path: leaf for leaf, path in LEAVES.items()}
    assert set(methods) == {PREFIX + second_names.get(path, path) for path in TABLE}
    for path, address in TABLE.items():
        node = methods[PREFIX + second_names.get(path, path)]
        count = len(node["TYPE"])
        assert node["DESCRIPTION"] == address.description
        for attribute in ("RANGE", "CLIPMODE", "EXTENDED_TYPE", "UNIT"):
            assert len(node[attribute] if attribute in node else node["TYPE"]) == count
        if address.access == "value":
            assert node["ACCESS"] == 3
            assert node["TYPE"] == address.signature
            assert node["VALUE"] == node["DEFAULT_VALUE"] == list(address.default)
        else:
            assert node["ACCESS"] == 2
            assert not {"VALUE", "DEFAULT_VALUE"} & set(node)
            assert node["TYPE"] == ("I" if address.access == "action" else address.signature)
    for full, node in methods.items():
        here = root
        for part in full.split("/")[1:]:
            here = here["CONTENTS"][part]
        assert here is node
    assert root["CONTENTS"]["distill"]["CONTENTS"]["formant"]["CONTENTS"]["keep"]["TYPE"] == "i"


def test_nodes_say_what_the_table_says() -> None:
    assert get("/distill/gain") == {
        "FULL_PATH": "/distill/gain",
        "ACCESS": 3,
        "DESCRIPTION": "Output level.",
        "TYPE": "f",
        "RANGE": [{"MIN": -90, "MAX": 6}],
        "EXTENDED_TYPE": ["gain"],
        "CLIPMODE": ["both"],
        "UNIT": ["gain.db"],
        "VALUE": [0.0],
        "DEFAULT_VALUE": [0.0],
    }
    panic = get("/distill/panic")
    assert (panic["TYPE"], panic["ACCESS"], panic.keys() & {"RANGE", "VALUE"}) == ("I", 2, set())
    assert [(o["TYPE"], o["RANGE"]) for o in panic["OVERLOADS"]] == [("i", [{"MIN": 0, "MAX": 1}])]
    tilt = get("/distill/axis/tilt")
    assert tilt["TYPE"] == "f"
    (longer,) = tilt["OVERLOADS"]
    assert (longer["TYPE"], longer["UNIT"]) == ("ff", ["", "time.second"])
    mapped = get("/distill/macro/map")
    assert mapped["RANGE"][4]["VALS"][0] == "linear"
    assert "axis/tilt" in mapped["RANGE"][1]["VALS"]
    assert get("/distill/play")["CLIPMODE"] == ["none"], "it is refused"
    latent = get("/distill/latent")
    assert latent["CONTENTS"]["all"]["TYPE"] == "fff"
    assert set(latent["CONTENTS"]) == {"000", "001", "002", "all"}
    assert latent.keys() == {"FULL_PATH", "ACCESS", "CONTENTS"}
    assert get("/distill/formant/shift")["VALUE"] == [0.0]


def test_no_address_of_any_model_has_others_below_it() -> None:
    axes = ["keep", "all", "latent", "a_1"]
    for node in nodes(tree.node("/", tree.methods(instantiate(9, axes, 1)).values(), {}, {})):
        assert ("TYPE" in node) != ("CONTENTS" in node), node["FULL_PATH"]


def test_strings_are_free_or_chosen_from_what_there_is() -> None:
    for path in ("preset/store", "gesture/record"):
        assert "RANGE" not in get(f"/distill/{path}")
        assert ask(f"/distill/{path}?RANGE") == (200, {})
    for path, names in (
        ("preset/recall", ["dawn", "dusk"]),
        ("preset/delete", ["dawn", "dusk"]),
        ("gesture/play", []),
        ("gesture/delete", []),
        ("model/load", ["demo"]),
    ):
        assert get(f"/distill/{path}?RANGE") == {"RANGE": [{"VALS": names}]}
    (slot,) = get("/distill/model/load")["OVERLOADS"]
    assert (slot["TYPE"], slot["RANGE"]) == ("is", [{"MIN": 1, "MAX": 4}, {"VALS": ["demo"]}])
    (named,) = get("/distill/record")["OVERLOADS"]
    assert (named["TYPE"], named["RANGE"]) == ("is", [{"MIN": 0, "MAX": 1}, None])
    engine = Engine()
    for target, listed in (("gain", 0), ("preset/recall?TYPE", 0), ("preset", 1), ("", 2)):
        ask(f"/distill/{target}", engine)
        assert engine.listed == listed, "nothing is read from disk unless it is shown"


def test_part_of_the_tree_by_its_path() -> None:
    axis = get("/distill/axis")
    assert axis["ACCESS"] == 0
    assert set(axis["CONTENTS"]) == {"tilt", "noise", "list"}
    assert axis["CONTENTS"]["tilt"]["FULL_PATH"] == "/distill/axis/tilt"
    assert get("/distill/axis/") == axis
    assert get("/distill/%61xis") == axis
    assert get("/distill")["CONTENTS"]["axis"] == axis


def test_single_attributes() -> None:
    engine = Engine()
    assert ask("/distill/gain?VALUE", engine) == (200, {"VALUE": [0.0]})
    assert engine.asked == ["/gain"]
    engine = Engine()
    assert ask("/distill/latent/all?VALUE", engine) == (200, {"VALUE": [0.0] * 3})
    assert engine.asked == ["/latent"]
    for form in ("VALUE=", "VALUE=1"):
        assert ask(f"/distill/gain?{form}") == (200, {"VALUE": [0.0]})
    engine = Engine()
    assert ask("/distill/loop?TYPE", engine) == (200, {"TYPE": "ff"})
    assert ask("/distill/loop?ACCESS", engine) == (200, {"ACCESS": 3})
    assert ask("/distill/axis?FULL_PATH", engine) == (200, {"FULL_PATH": "/distill/axis"})
    assert engine.asked == []
    assert set(get("/distill/axis?CONTENTS")) == {"CONTENTS"}
    for attribute in ATTRIBUTES - {"CONTENTS", "OVERLOADS"}:
        assert set(get(f"/distill/gain?{attribute}")) == {attribute}


def test_what_is_not_there_has_a_status() -> None:
    for path in ("/x", "/distillx", "/distill/axis/none", "/gain", "/distill/gain/x", "x", ""):
        assert ask(f"{path}?TYPE") == ((200, {}) if path == "" else (404, None))
    assert ask("/distill/panic?VALUE") == (204, None)
    assert ask("/distill/axis?VALUE") == ask("/distill/latent?VALUE") == (204, None)
    assert ask("/?VALUE") == (204, None)
    assert ask("/distill/axis?TYPE") == (200, {})
    assert ask("/distill/gain?OVERLOADS") == (200, {})
    for attribute in ("HTML", "LISTEN", "value", "VALUE&RANGE", "VALUE=2", "%56ALUE", "TAGS"):
        assert ask(f"/distill/gain?{attribute}") == (400, None)


def test_host_info_says_what_is_supported() -> None:
    info = get("/distill/nothing/there?HOST_INFO")
    assert info["NAME"] == "Distill Live"
    assert (info["OSC_PORT"], info["OSC_TRANSPORT"]) == (9010, "UDP")
    assert set(info["EXTENSIONS"]) == set(EXTENSIONS)
    assert all(info["EXTENSIONS"].values())


OWN = socket.gethostname()


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1:9011", "localhost:9011", "LOCALHOST", "[::1]:9011", "192.0.2.7", OWN, None],
)
def test_hosts_that_are_this_computer(host: str | None) -> None:
    assert host_is_ours(host)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:9011",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "127.0.0.1@evil.example",
        "",
        ":9011",
        "[",
    ],
)
def test_hosts_that_are_not(host: str) -> None:
    assert not host_is_ours(host)


@pytest.mark.parametrize(
    ("own", "known"),
    [
        ("Studio", ["studio", "studio.local"]),
        ("Studio.local", ["studio", "studio.local"]),
        ("Studio.example.org", ["studio", "studio.local", "studio.example.org"]),
    ],
)
def test_the_name_of_this_computer_may_have_a_domain(
    own: str, known: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: own)
    assert all(map(host_is_ours, known))
    assert not host_is_ours("studio.example.org.local")


def test_names_that_are_given_are_this_computer_too() -> None:
    assert not host_is_ours("studio.lan:9011")
    for host in ("studio.lan:9011", "STUDIO.LAN", "studio.lan.", "localhost"):
        assert host_is_ours(host, ["other", "Studio.lan"])
    assert not host_is_ours("studio.lan.evil.example", ["studio.lan"])
    for name in ("studio.lan:9011", "http://studio.lan", "", "a b", "[::1]", "-x", "a..b"):
        with pytest.raises(ConfigurationError, match="--http-name is"):
            LiveSettings(models=(), http_names=(name,))


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        (None, "127.0.0.1:9011"),
        ("http://localhost:5173", "127.0.0.1:9011"),
        ("http://127.0.0.1:8000", "localhost:9011"),
        ("http://[::1]:8000", "localhost:9011"),
        ("http://192.0.2.7:9011", "192.0.2.7:9011"),
    ],
)
def test_origins_that_may_ask(origin: str | None, host: str) -> None:
    assert origin_is_ours(origin, host)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("null", "127.0.0.1:9011"),
        ("", "127.0.0.1:9011"),
        ("file://", "127.0.0.1:9011"),
        ("https://evil.example", "127.0.0.1:9011"),
        ("http://192.0.2.7:9011", "127.0.0.1:9011"),
        ("http://localhost.evil.example", "127.0.0.1:9011"),
        ("http://localhost@evil.example", "127.0.0.1:9011"),
        ("http://192.0.2.7:8000", "192.0.2.7:9011"),
        ("http://[", "127.0.0.1:9011"),
    ],
)
def test_origins_that_may_not(origin: str, host: str) -> None:
    assert not origin_is_ours(origin, host)
