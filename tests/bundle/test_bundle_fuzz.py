"""Mutated bundles raise `BundleError` or are valid bundles."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.mutations import SMALL, damaged, members_of, places_in, remove, repeat, replace, signed
from support.tiny import complete_bundle, tiny_bundle

from distill_live.bundle import Bundle, archive, read_bundle, write_bundle
from distill_live.errors import BundleError


@pytest.fixture(scope="module", params=[tiny_bundle, complete_bundle])
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("whole") / "x.distill"
    write_bundle(request.param(SMALL, latent=4), path)
    return path


def outcome(path: Path, content: bytes) -> Bundle | None:
    """What is read; None for a refusal. Anything but a `BundleError` of one line fails the test."""
    path.write_bytes(content)
    try:
        return read_bundle(path)
    except BundleError as refusal:
        message = str(refusal)
        assert message.isprintable()
        assert len(message) < 600
        return None


def test_damage_anywhere_in_the_file_is_found(whole: Path, tmp_path: Path) -> None:
    rng, content = random.Random(1), whole.read_bytes()
    for _ in range(400):
        broken = damaged(content, rng)
        assert (outcome(tmp_path / "x", broken) is None) == (broken != content)


def test_a_file_that_is_cut_anywhere_is_refused(whole: Path, tmp_path: Path) -> None:
    content = whole.read_bytes()
    for length in {*range(0, len(content), 211), *range(120), *range(len(content) - 99, 0, -7)}:
        assert outcome(tmp_path / "x", content[: max(0, length)]) is None


def test_a_member_that_is_damaged_and_signed_again(whole: Path, tmp_path: Path) -> None:
    rng, members = random.Random(2), members_of(whole)
    for name in list(members)[1:]:
        refused = 0
        for _ in range(300):
            content = signed(members | {name: damaged(members[name], rng)})
            read = outcome(tmp_path / "x", content)
            refused += read is None
            if read is not None:
                write_bundle(read, tmp_path / "y")  # what is accepted is a bundle in full
        assert refused > 100


def test_members_that_changed_places(whole: Path, tmp_path: Path) -> None:
    rng, members = random.Random(3), members_of(whole)
    for _ in range(50):
        contents = list(members.values())
        rng.shuffle(contents)
        content = b"".join(archive.pack(dict(zip(members, contents, strict=True))))
        assert (outcome(tmp_path / "x", content) is None) == (contents != list(members.values()))


@pytest.mark.parametrize("change", [replace, remove, repeat])
def test_a_manifest_with_one_value_changed(
    change: Callable[[Any, Any, random.Random], None], whole: Path, tmp_path: Path
) -> None:
    rng, members = random.Random(4), members_of(whole)
    for _ in range(400):
        said = json.loads(members["manifest.json"])
        change(*rng.choice(places_in(said)), rng)
        changed = members | {"manifest.json": json.dumps(said).encode()}
        read = outcome(tmp_path / "x", b"".join(archive.pack(changed)))
        if read is not None:
            write_bundle(read, tmp_path / "y")
            again = read_bundle(tmp_path / "y")
            assert again.landmarks == read.landmarks
            assert again.settings == read.settings
