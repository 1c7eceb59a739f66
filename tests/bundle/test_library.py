"""Model look-up by path or by name, its order and its errors."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from support.tiny import tiny_bundle

from distill_live import library
from distill_live.bundle import manifest, write_bundle
from distill_live.errors import ConfigurationError
from distill_live.library import find_fingerprint, find_model, models


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path, Path]:
    """The folders ``./models``, the user's and the shipped one; the current one is above them."""
    monkeypatch.chdir(tmp_path)
    user = tmp_path / "user"
    monkeypatch.setattr(library, "user_data_path", lambda *_, **__: user)
    monkeypatch.setattr(library, "_PACKAGE", tmp_path / "package")
    found = (Path("models"), user / "models", tmp_path / "package" / "models")
    for folder in found:
        folder.mkdir(parents=True)
    return found


def test_a_name_is_looked_for_in_order(places: tuple[Path, Path, Path]) -> None:
    for folder in reversed(places):
        (folder / "bells.distill").touch()
        assert find_model("bells") == find_model("bells.distill") == folder / "bells.distill"
    (places[2] / "only.distill").touch()
    assert find_model("only") == places[2] / "only.distill"
    assert models() == {
        "bells": places[0] / "bells.distill",
        "only": places[2] / "only.distill",
    }


def test_a_path_is_a_path(places: tuple[Path, Path, Path], tmp_path: Path) -> None:
    (places[1] / "bells.distill").touch()
    here, odd = Path("bells.distill"), tmp_path / "folder" / "bells"
    here.touch()
    odd.parent.mkdir()
    odd.touch()
    assert find_model("bells.distill") == here
    assert find_model("bells") == places[1] / "bells.distill"
    assert find_model(os.fspath(odd)) == odd
    assert find_model("./bells.distill") == here
    assert find_model("./bells") == here
    odd.with_name("new.distill").touch()
    assert find_model(f"{odd.with_name('new')}") == odd.with_name("new.distill")
    Path("mine.distill").touch()
    assert find_model("mine") == Path("mine.distill")
    Path("unnamed").touch()
    assert find_model("unnamed") == Path("unnamed")


@pytest.mark.parametrize("wanted", ["bell", "models/bell.distill", "../bells", "", ".", "a\nb"])
def test_what_is_not_there_is_refused_with_what_is(
    places: tuple[Path, Path, Path], wanted: str
) -> None:
    (places[0] / "bells.distill").touch()
    (places[0] / "folder.distill").mkdir()
    (places[2] / "demo.distill").touch()
    with pytest.raises(ConfigurationError, match=r"available: bells, demo \(in models, ") as error:
        find_model(wanted)
    assert "\n" not in str(error.value)


def test_the_demo_model_is_shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_model("demo").is_file()


def test_a_model_is_found_by_the_first_digits_of_its_fingerprint(
    places: tuple[Path, Path, Path],
) -> None:
    one, other = tiny_bundle(), tiny_bundle(latent=4)
    write_bundle(one, places[2] / "one.distill")
    write_bundle(replace(one, name="copy"), places[1] / "copy.distill")
    write_bundle(other, places[0] / "other.distill")
    (places[0] / "broken.distill").write_bytes(b"x")
    for digits in (4, 8, 16):
        assert find_model(one.fingerprint[:digits]) == places[1] / "copy.distill"
        assert find_model(other.fingerprint[:digits]) == places[0] / "other.distill"
    for wanted in (one.fingerprint[:3], one.fingerprint + "0", "0" * 16):
        with pytest.raises(ConfigurationError, match="no model"):
            find_model(wanted)
    write_bundle(other, places[0] / f"{one.fingerprint[:4]}.distill")  # a name goes before an id
    assert find_model(one.fingerprint[:4]) == places[0] / f"{one.fingerprint[:4]}.distill"


def test_a_model_that_another_of_its_name_hides_is_found_by_its_fingerprint(
    places: tuple[Path, Path, Path],
) -> None:
    one, other = tiny_bundle(), tiny_bundle(latent=4)
    write_bundle(one, places[0] / "mine.distill")
    write_bundle(other, places[1] / "mine.distill")
    assert find_model("mine") == places[0] / "mine.distill"
    assert find_fingerprint(other.fingerprint) == places[1] / "mine.distill"


def test_an_id_of_several_models_is_no_id(
    places: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        manifest, "fingerprint_of", lambda _, arrays, __: f"abcd{len(arrays[0]):012x}"
    )
    write_bundle(tiny_bundle(), places[0] / "one.distill")
    write_bundle(tiny_bundle(latent=4), places[0] / "other.distill")
    with pytest.raises(ConfigurationError, match="matches several models: one, other; give more"):
        find_model("abcd")
    assert find_model("abcd000000000004") == places[0] / "other.distill"


def test_a_name_in_another_unicode_form_is_the_same(places: tuple[Path, Path, Path]) -> None:
    file = places[1] / "cafe\u0301.distill"
    write_bundle(tiny_bundle(), file)
    assert find_model("caf\u00e9") == find_model("cafe\u0301") == file
    assert list(models()) == ["caf\u00e9"]
    with pytest.raises(ConfigurationError, match="already exists"):
        library.import_model(file, "caf\u00e9")
    assert library.own_model("caf\u00e9") == file


def test_a_name_that_cannot_be_shown_is_found_as_it_is_listed(
    places: tuple[Path, Path, Path],
) -> None:
    file = places[1] / "a\u30001.distill"
    file.touch()
    assert find_model("a?1") == find_model("a\u30001") == library.own_model("a?1") == file
    (places[0] / "a\u200d1.distill").touch()
    with pytest.raises(ConfigurationError, match=r"no model 'a\?1'; available: a\?1, a\?1 \("):
        find_model("a?1")
    with pytest.raises(ConfigurationError, match=r"; leave out U\+3000 \(ideographic space\)$"):
        library.import_target("a\u30001")


def test_case_matters_where_the_system_knows_it(places: tuple[Path, Path, Path]) -> None:
    (places[1] / "Bells.distill").touch()
    if (places[1] / "bells.distill").exists():
        assert find_model("bells") == places[1] / "Bells.distill"
    else:
        with pytest.raises(ConfigurationError, match="no model 'bells'"):
            find_model("bells")
