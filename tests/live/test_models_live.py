"""Loading, blending and unloading of models in a running instrument."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.instrument import Client, Instrument, wait_until
from support.processes import kill, user_folders
from support.tiny import tiny_bundle

from distill_live.bundle import Axis, write_bundle
from distill_live.spectrogram import LOW_LATENCY

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A performer's folder with a library of models."""
    folder = tmp_path_factory.mktemp("performer")
    (folder / "models").mkdir()
    axis = Axis("dust", "Dust", np.eye(6, dtype=np.float32)[2], -1.5, 0.1, 1.6, 0.1)
    second = replace(tiny_bundle(seed=3, latent=6), name="Second", axes=(axis,))
    third = replace(tiny_bundle(LOW_LATENCY, seed=5), name="Third")
    write_bundle(tiny_bundle(), folder / "models" / "first.distill")
    write_bundle(second, folder / "models" / "second.distill")
    write_bundle(third, folder / "models" / "third.distill")
    whole = (folder / "models" / "second.distill").read_bytes()
    (folder / "models" / "cut.distill").write_bytes(whole[: len(whole) // 2])
    (folder / "models" / "noise.distill").write_bytes(os.urandom(4096))
    return folder


@pytest.fixture
def playing(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Instrument]:
    monkeypatch.chdir(folder)
    environment = user_folders(tmp_path)
    with Instrument(folder / "models" / "first.distill", environment=environment) as instrument:
        instrument.send("/model/fade", 0.1)
        yield instrument


def models(client: Client) -> dict[int, tuple[Any, ...]]:
    """What there is in each slot: name, weight, state."""
    client.send("/model/list")
    *infos, (_, (count,)) = client.receive_until("/model/end")
    rows = {info[0]: info[1:] for path, info in infos if path == "/model/info"}
    assert len(rows) == count
    return rows


def load(client: Client, *what: int | str) -> tuple[Any, ...]:
    assert client.ask("/model/load", *what, reply="/done")[0] == "/distill/model/load"
    return what


def settled(client: Client) -> dict[int, tuple[Any, ...]]:
    wait_until(lambda: all(state == "ready" for *_, state in models(client).values()), "a swap")
    return models(client)


def test_a_model_is_swapped_by_name_and_its_addresses_are_served(playing: Instrument) -> None:
    assert models(playing) == {1: ("first", 1.0, "ready")}
    with Client(playing.port) as other:
        other.send("/notify", 1)
        other.receive_until("/done")
        load(playing, "second")
        told = other.receive_until("/update")[:-1] + other.receive_until("/update")
        paths = dict(told)
        assert len(paths["/latent"]) == 6
        assert "/axis/dust" in paths
        assert "/axis/brightness" not in paths
        assert paths["/model/info"][:2] == (1, "second")
    assert settled(playing) == {1: ("second", 1.0, "ready")}
    playing.send("/axis/dust", 0.5, 0.0)
    assert playing.ask("/axis/dust") == pytest.approx((0.5,), abs=1e-6)
    assert playing.ask("/axis/brightness", 0.0, reply="/fail")[1] == "unknown-address"
    assert playing.ask("/status", reply="/status.reply")[0] == "second"
    playing.send("/corpus/list")
    assert playing.receive_until("/corpus/end")[-1][1] == (6,)


def test_slots_are_blended_and_unloaded_and_share_their_axes(playing: Instrument) -> None:
    load(playing, 2, "second.distill")
    load(playing, 4, "third")
    assert settled(playing) == {
        1: ("first", 1.0, "ready"),
        2: ("second", 0.0, "ready"),
        4: ("third", 0.0, "ready"),
    }
    playing.send("/model/blend", 1, 0.5)
    playing.send("/model/blend", 4, 0.5)
    playing.send("/axis/dust", 0.25, 0.0)
    assert playing.ask("/axis/dust") == pytest.approx((0.25,), abs=1e-6)
    assert {number: row[1] for number, row in models(playing).items()} == {1: 0.5, 2: 0.0, 4: 0.5}
    assert playing.ask("/model/unload", 1, reply="/done") == ("/distill/model/unload", "1")
    assert len(playing.ask("/latent")) == 6, "the next one leads"
    assert settled(playing) == {2: ("second", 0.0, "ready"), 4: ("third", 0.5, "ready")}
    assert playing.ask("/model/unload", 1, reply="/fail")[1] == "not-found"
    playing.ask("/model/unload", 4, reply="/done")
    assert playing.ask("/model/unload", 2, reply="/fail")[1] == "forbidden"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("nothing", "not-found"),
        ("../models/second", "not-found"),
        ("/etc/passwd", "not-found"),
        ("cut", "invalid"),
        ("noise", "invalid"),
    ],
)
def test_what_cannot_be_loaded_changes_nothing(playing: Instrument, name: str, code: str) -> None:
    before = playing.ask("/latent"), models(playing)
    address, said, text = playing.ask("/model/load", name, reply="/fail")
    assert (address, said) == ("/distill/model/load", code)
    assert str(Path.cwd()) not in str(text)
    assert name in playing.wait_for_line("refused: ")
    assert (playing.ask("/latent"), models(playing)) == before
    load(playing, "third")


def test_what_the_library_lists_can_be_loaded(playing: Instrument) -> None:
    shutil.copy("models/second.distill", "models/\u591c\u3000\u4e00.distill")
    playing.send("/library/list")
    rows = [row for path, row in playing.receive_until("/library/end") if path == "/library/info"]
    (name,) = [row[1] for row in rows if "\u591c" in str(row[1])]
    assert name == "\u591c?\u4e00"
    load(playing, 2, name)
    assert settled(playing)[2][0] == name
    Path("models/\u591c\u3000\u4e00.distill").unlink()


def test_a_second_load_into_a_slot_that_fades_is_busy(playing: Instrument) -> None:
    playing.send("/model/fade", 30.0)
    load(playing, "second")
    assert models(playing)[1] == ("second", 1.0, "fading")
    assert playing.ask("/model/load", "third", reply="/fail")[1] == "busy"
    assert models(playing)[1] == ("second", 1.0, "fading")
    playing.send("/model/fade", 0.0)
    settled(playing)
    load(playing, "third")


def test_presets_are_those_of_the_leading_model(playing: Instrument) -> None:
    def presets() -> int:
        playing.send("/preset/list")
        return int(playing.receive_until("/preset/end")[-1][1][0])

    playing.ask("/preset/store", "of the first", reply="/done")
    load(playing, "second")
    assert presets() == 0
    load(playing, 2, "third")
    playing.ask("/preset/store", "of the second", reply="/done")
    playing.ask("/preset/store", "another", reply="/done")
    settled(playing)
    load(playing, 1, "first")
    assert presets() == 1


def test_synthesis_comes_back_with_all_its_models(playing: Instrument) -> None:
    load(playing, 3, "second")
    for said in (("/drift", 0.0), ("/model/blend", 1, 0.25), ("/model/blend", 3, 0.75)):
        playing.send(*said)
    playing.send("/axis/dust", -0.5, 0.0)
    playing.send("/map", 0.25, 0.75)
    settled(playing)
    playing.sync()
    held = {path: playing.ask(path) for path in ("/latent", "/axis/dust", "/map")}
    before = models(playing)
    synthesis = playing.child("synthesis")
    kill(synthesis)
    playing.wait_for_line("The synthesis process ended")
    wait_until(lambda: playing.has_child("synthesis"), "another synthesis")
    playing.sync(2)
    assert models(playing) == before
    for path, values in held.items():
        assert playing.ask(path) == pytest.approx(values, abs=1e-5), path


def test_a_file_that_is_gone_when_synthesis_comes_back_leaves_its_slot_empty(
    folder: Path, tmp_path: Path
) -> None:
    lost = tmp_path / "lost.distill"
    shutil.copy(folder / "models" / "third.distill", lost)
    words = ("--model", str(lost), "--model", str(folder / "models" / "second.distill"))
    with Instrument(folder / "models" / "first.distill", *words) as instrument:
        assert models(instrument) == {
            1: ("first", 1.0, "ready"),
            2: ("lost", 0.0, "ready"),
            3: ("second", 0.0, "ready"),
        }
        lost.unlink()
        kill(instrument.child("synthesis"))
        assert "slot 2 is empty now" in instrument.wait_for_line("Synthesis:")
        instrument.sync()
        assert set(models(instrument)) == {1, 3}


def test_more_models_than_slots_are_one_line(folder: Path) -> None:
    path = folder / "models" / "first.distill"
    words = ("--model", str(path)) * 4
    instrument = Instrument(path, *words, patient=False)
    with instrument:
        assert instrument.process.wait(30) in (1, 2)
        assert "--model is given 5 times; there are 4 slots" in instrument.wait_for_line("")
