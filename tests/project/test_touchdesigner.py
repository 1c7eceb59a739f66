"""TouchDesigner script on a fake of the application's module."""
# ruff: noqa: N802, N815 (the application's names)

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from distill_live.addresses import MACROS, TABLE, coerce, instantiate

SCRIPT = Path(__file__).parents[2] / "patches" / "touchdesigner" / "distill.py"
AXES = ("brightness", "width")
OPERATORS = (
    "baseCOMP",
    "executeDAT",
    "oscinDAT",
    "oscoutDAT",
    "parameterexecuteDAT",
    "tableDAT",
    "textDAT",
)
KNOWN = {
    "oscoutDAT": ("address", "port"),
    "oscinDAT": ("port", "callbacks"),
    "parameterexecuteDAT": ("op", "pars", "custom", "builtin", "valuechange", "onpulse"),
    "executeDAT": ("framestart",),
}
UNSENT = (
    "Host",
    "Port",
    "Listen",
    "Model",
    "Says",
    "Preset",
    "Gesture",
    "Landmark",
    "Loadname",
    "Slot",
)
"""Parameters that only say where, or are sent with a button."""

BUTTONS = (
    "Goto",
    "Recall",
    "Store",
    "Delete",
    "Recordgesture",
    "Playgesture",
    "Stopgesture",
    "Load",
    "Unload",
    "Panic",
    "Disconnect",
)


class Par:
    """A parameter; setting it tells who listens, as the application does."""

    def __init__(self, name: str = "", label: str = "") -> None:
        self.name, self.label, self.expr = name, label, ""
        self.clampMin = self.clampMax = False
        self.min, self.max = 0.0, 1.0
        self.listeners: list[Callable[[Par], object]] = []
        self._val: object = 0.0

    @property
    def val(self) -> object:
        return self._val

    @val.setter
    def val(self, value: object) -> None:
        if isinstance(value, float) and self.clampMin:
            value = min(max(value, self.min), self.max)
        changed, self._val = value != self._val, value
        if changed:
            for listener in self.listeners:
                listener(self)

    def eval(self) -> object:
        return self._val


class Pars:
    """Parameters by name; assigning one sets its value."""

    def __init__(self, known: tuple[str, ...] = ()) -> None:
        self.__dict__.update({name: Par(name) for name in known})

    def __setattr__(self, name: str, value: object) -> None:
        getattr(self, name).val = value

    def __getattr__(self, name: str) -> Par:
        raise AttributeError(name)


class Page:
    def __init__(self, comp: "Operator") -> None:
        self._comp = comp

    def append(self, name: str, label: str = "") -> list[Par]:
        assert name[0].isupper(), name
        assert name[1:].isalnum(), name
        assert name[1:] == name[1:].lower(), name
        assert name not in self._comp.par.__dict__, name
        par = self._comp.par.__dict__[name] = Par(name, label)
        return [par]

    appendFloat = appendInt = appendStr = appendToggle = appendPulse = append


class Operator:
    def __init__(self, kind: str) -> None:
        self.kind, self.text = kind, ""
        self.par = Pars(KNOWN.get(kind, ()))
        self.children: dict[str, Operator] = {}
        self.storage: dict[str, object] = {}
        self.sent: list[tuple[str, list[object]]] = []
        self.rows: dict[str, list[str]] = {}
        self.nodeX = self.nodeY = 0

    def create(self, kind: str, name: str) -> "Operator":
        assert name not in self.children
        self.children[name] = Operator(kind)
        return self.children[name]

    def op(self, name: str) -> "Operator":
        return self.children[name]

    def store(self, key: str, value: object) -> None:
        self.storage[key] = value

    def fetch(self, key: str) -> object:
        return self.storage[key]

    def appendCustomPage(self, name: str) -> Page:
        assert name.isalnum(), name
        return Page(self)

    def sendOSC(self, address: str, values: list[object]) -> None:
        self.sent.append((address, values))

    def clear(self) -> None:
        self.rows.clear()

    def row(self, name: str) -> list[str] | None:
        return self.rows.get(name)

    def appendRow(self, row: list[str]) -> None:
        self.rows[row[0]] = row

    def replaceRow(self, name: str, row: list[str]) -> None:
        self.rows[name] = row


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setitem(sys.modules, "td", SimpleNamespace(**{name: name for name in OPERATORS}))
    spec = importlib.util.spec_from_file_location("touchdesigner_script", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def comp(script: ModuleType) -> Operator:
    """The network, connected, with the axes of a model."""
    comp: Operator = script.build(Operator("place"), SCRIPT.read_text(encoding="utf-8"))
    for par in vars(comp.par).values():
        par.listeners.append(lambda par: script.moved(comp, par))
    script.pressed(comp, "Connect")
    script.heard(comp, "/distill/id", ["AbC-_12"])
    script.heard(comp, "/distill/update", [0])
    assert ("/distill/axis/list", []) in comp.op("send").sent
    for index, name in enumerate(AXES):
        script.heard(comp, "/distill/axis/info", [index, name, -1.0, 1.0, 0.25])
    return comp


def test_ranges_are_those_of_the_table(script: ModuleType) -> None:
    assert script.MACROS == MACROS
    for _, path, low, high, default in script.FADERS:
        argument = TABLE[path].arguments[0]
        assert (low, high, default) == (argument.low, argument.high, argument.default), path
    for _, path, default in script.SWITCHES:
        argument = TABLE[path].arguments[0]
        assert (argument.low, argument.high, default) == (0, 1, argument.default), path
    for _, path, low, high, _ in script.EXTRAS:
        assert (low, high) == (TABLE[path].arguments[1].low, TABLE[path].arguments[1].high)


def test_the_callbacks_are_python_and_name_what_there_is(
    script: ModuleType, comp: Operator
) -> None:
    for name in ("heard", "moved", "every"):
        text = comp.op(name).text
        compile(text, name, "exec")
        called = text.split(".module.")[1].partition("(")[0]
        assert callable(getattr(script, called))
    assert comp.op("hear").par.callbacks.val == "heard"
    assert comp.op("logic").text == SCRIPT.read_text(encoding="utf-8")


def test_everything_that_is_moved_is_said_as_the_table_has_it(
    script: ModuleType, comp: Operator
) -> None:
    table = instantiate(4, AXES, 100)
    sent = comp.op("send").sent
    assert sent[:2] == [
        ("/distill/notify", [1, script.LISTEN]),
        ("/distill/notify", [1, script.LISTEN, "AbC-_12"]),
    ]
    for name, par in vars(comp.par).items():
        if name in (
            "Host",
            "Port",
            "Listen",
            "Model",
            "Says",
            "Preset",
            "Gesture",
            "Landmark",
            "Loadname",
            "Slot",
        ):
            continue
        before = len(sent)
        if name.startswith("Axis") and int(name[4:]) > len(AXES):
            par.val = 0.5
            assert len(sent) == before, "no model has that axis"
        elif name in ("Morph", "Gotoglide"):
            par.val = 3.0
            assert len(sent) == before, "sent with what it belongs to"
        elif isinstance(par.val, float) and par.clampMin:
            par.val = par.max if par.val != par.max else par.min
            assert len(sent) == before + 1, name
        elif par.val in (0, 1) and not isinstance(par.val, float):
            par.val = 1 - par.val
            assert len(sent) == before + 1, name
    for name in BUTTONS:
        script.pressed(comp, name)
    for address, values in sent:
        path = address.removeprefix("/distill")
        assert not coerce(table[path], values).clipped
        assert all(type(value) in (int, float, str) for value in values)
    said = {address.removeprefix("/distill") for address, _ in sent}
    assert {"/map", "/axis/width", "/macro/8", "/gain", "/panic", "/preset/recall"} <= said


def test_what_is_heard_is_shown_and_not_said_back(script: ModuleType, comp: Operator) -> None:
    sent = comp.op("send").sent
    before = len(sent)
    assert (comp.par.Axis1.label, comp.par.Axis1.val) == ("brightness", 0.25)
    for path, args in (
        ("/gain", [-12.0]),
        ("/macro/3", [0.7]),
        ("/axis/width", [-0.5]),
        ("/map", [0.1, 0.9]),
        ("/mute", [1]),
        ("/model/info", [2, "other", 0.5, "ready"]),
        ("/model/blend", [2, 0.75]),
        ("/meter/rms", [1, -30.0]),
        ("/meter/rms", [1, -33.0]),
        ("/status.reply", ["demo", 0.1, 0.2, 0, 0, 0]),
        ("/fail", ["/distill/x", "not-found", "there is no x"]),
    ):
        script.heard(comp, "/distill" + path, args)
    assert len(sent) == before
    par = comp.par
    assert [par.Gain.val, par.Macro3.val, par.Axis2.val, par.Mute.val] == [-12.0, 0.7, -0.5, 1]
    assert [par.Mapx.val, par.Mapy.val] == [0.1, 0.9]
    assert (par.Blend2.label, par.Blend2.val) == ("Slot 2: other", 0.75)
    assert (par.Model.val, par.Says.val) == ("demo", "there is no x")
    assert comp.op("told").row("/meter/rms/2") == ["/meter/rms/2", -33.0]
    script.heard(comp, "/distill/update", [1])
    assert (par.Blend2.label, par.Blend2.val) == ("Slot 2", 0.0)
    assert len(sent) == before
    par.Gain.val = -3.0
    assert [address for address, _ in sent[-1:]] == ["/distill/gain"]
    assert sent[-1][1] == [-3.0]
    script.heard(comp, "/distill/axis/end", [0])
    assert (par.Axis1.label, par.Axis2.label) == ("-", "-")
    script.pressed(comp, "Disconnect")
    par.Gain.val = -6.0
    assert [address for address, _ in sent[-1:]] == ["/distill/notify"]


def test_a_new_instrument_is_connected_again(script: ModuleType, comp: Operator) -> None:
    sent = comp.op("send").sent

    def beat() -> list[str]:
        sent.clear()
        script.beat(comp)
        return [address for address, _ in sent]

    assert beat() == ["/distill/status"]
    script.heard(comp, "/distill/meter/load", [0.1])
    assert beat() == ["/distill/status"]
    assert beat() == ["/distill/notify", "/distill/status"]
