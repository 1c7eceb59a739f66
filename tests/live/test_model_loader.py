"""Model preparation in the background: known files are not examined twice."""

import queue
from pathlib import Path

import numpy as np
import pytest
from support.tiny import tiny_bundle

from distill_live.bundle import examine_bundle, read_bundle, write_bundle
from distill_live.engine import Engine
from distill_live.engine.mixing.synthesis_group import LoadedModel
from distill_live.errors import BundleError
from distill_live.ipc.protocol import LoadModel
from distill_live.live.synthesis import model_loader
from distill_live.live.synthesis.model_loader import MARGIN_S, Loaded, ModelLoader, read_again


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(model_loader, "take_priority", lambda _: None)
    path = tmp_path / "tiny.distill"
    write_bundle(tiny_bundle(), path)
    return path


def test_an_examined_file_is_known_again_and_another_is_refused(file: Path) -> None:
    bundle, sha256 = examine_bundle(file)
    assert read_bundle(file, sha256).fingerprint == bundle.fingerprint
    write_bundle(tiny_bundle(seed=3), file)
    with pytest.raises(BundleError, match="is not the file any more that was checked; load it"):
        read_bundle(file, sha256)


def test_a_file_that_was_replaced_is_checked_as_a_new_one(file: Path) -> None:
    before, sha256 = examine_bundle(file)
    assert read_again(file, sha256)[1] == sha256
    write_bundle(tiny_bundle(seed=3), file)
    after, other = read_again(file, sha256)
    assert after.fingerprint != before.fingerprint
    assert other == examine_bundle(file)[1] != sha256
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(BundleError):
        read_again(file, sha256)


def test_models_are_loaded_one_after_the_other_with_a_margin_while_there_are_any(
    file: Path,
) -> None:
    _, sha256 = examine_bundle(file)
    inbox: queue.SimpleQueue[object] = queue.SimpleQueue()
    engine = Engine(tiny_bundle(), seed=1)
    loader = ModelLoader(engine, inbox, wait_for_data=True)
    assert loader.margin_s == 0.0
    loader.begin()
    loader.request(7, LoadModel(2, str(file), sha256))
    loader.request(8, LoadModel(3, str(file), "0" * 64))
    assert loader.margin_s > MARGIN_S
    loader.begin()
    loader.begin()
    loaded = inbox.get(timeout=30)
    assert isinstance(loaded, Loaded)
    assert loaded.token == 7
    assert isinstance(loaded.part, LoadedModel)
    engine.install(loaded.part)
    assert inbox.empty(), "the next one waits for its turn"
    loader.end()
    assert loader.margin_s > MARGIN_S
    loader.begin()
    refused = inbox.get(timeout=30)
    assert isinstance(refused, Loaded)
    assert refused.token == 8
    assert isinstance(refused.part, BundleError)
    loader.end()
    assert loader.margin_s == 0.0
    out = np.empty((4096, 2), np.float32)
    engine.render(out)
    assert set(engine.slots) == {1, 2}
