"""Each address that the engine owns is bound to exactly one owner."""

from dataclasses import replace

import pytest
from support.tiny import tiny_bundle

from distill_live.addresses import INTERNAL, instantiate
from distill_live.engine import Engine
from distill_live.engine.commands.command_processor import disjoint

BUNDLE = tiny_bundle()


def test_each_address_of_the_engine_has_one_owner() -> None:
    engine = Engine(BUNDLE)
    renamed = replace(BUNDLE, axes=(replace(BUNDLE.axes[0], name="other"),))
    engine.install(engine.load_model(2, renamed))
    axes = [*(axis.name for axis in BUNDLE.axes), "other"]
    table = instantiate(BUNDLE.latent_size, axes, len(BUNDLE.landmarks), internal=True)
    assert engine.addresses == table
    assert table.keys() >= INTERNAL.keys()
    bound = engine._processor._executors.keys()  # `disjoint`: none is bound twice
    assert bound == {path for path, address in table.items() if address.owner == "engine"}


def test_an_address_of_two_owners_is_refused() -> None:
    with pytest.raises(AssertionError, match="/gain"):
        disjoint({"/gain": 1}, {"/gain": 2})
