"""Output of `distill-live info`, as text and as JSON."""

import dataclasses
import json
from pathlib import Path

import pytest
from support.tiny import AXES, complete_bundle, tiny_bundle

from distill_live.addresses import AXIS_MEANINGS
from distill_live.bundle import Landmark, write_bundle
from distill_live.cli.model_info import draw_map, map_letters, show_model
from distill_live.errors import BundleError
from distill_live.library import describe, entry


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "x.distill"
    write_bundle(tiny_bundle(), path)
    return path


def test_json_holds_what_the_bundle_holds(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    show_model(path, True)
    said = json.loads(capsys.readouterr().out)
    made = tiny_bundle()
    assert said["path"] == str(path)
    assert (said["name"], said["trained_as"]) == ("x", "tiny"), "it is called as its file"
    assert said["bytes"] == path.stat().st_size
    assert said["settings"]["n_fft"] == made.settings.n_fft
    assert said["latent_size"] == 8
    assert [axis["name"] for axis in said["axes"]] == list(AXES)
    assert tuple(Landmark(**place) for place in said["landmarks"]) == made.landmarks
    assert said["training"] == made.training


def test_parts_of_version_2_are_shown_where_there_are_any(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    show_model(path, True)
    said = json.loads(capsys.readouterr().out)
    parts = ("version", "encoder_bytes", "landmark_features", "paths")
    assert [said[key] for key in parts] == [1, 0, {}, []]
    show_model(path)
    assert "not measured" in capsys.readouterr().out
    made = complete_bundle()
    write_bundle(made, path)
    show_model(path, True)
    said = json.loads(capsys.readouterr().out)
    assert (said["version"], said["encoder_bytes"]) == (2, len(made.encoder))
    assert said["landmark_features"]["pitch"] == [110, 0, 330, 0, 550, 0]
    frames = made.paths[0].frames
    assert said["paths"][1] == {"file": "recording 1.wav", "frames": frames, "points": 5}
    show_model(path)
    shown = capsys.readouterr().out
    assert "of 3 landmarks among 6" in shown
    assert "10 points of 2 recordings" in shown


def test_recordings_without_a_landmark_are_counted(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = complete_bundle()
    write_bundle(made, path)
    show_model(path)
    assert "without a landmark" not in capsys.readouterr().out
    short = dataclasses.replace(made.paths[0], file="short.wav")
    write_bundle(dataclasses.replace(made, paths=(*made.paths, short)), path)
    show_model(path)
    assert "1 without a landmark" in capsys.readouterr().out
    assert describe(entry("x", path)).startswith("3 recordings, 6 landmarks, ")


def test_a_person_finds_axes_recordings_and_licence(
    path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    show_model(path)
    shown = capsys.readouterr().out
    assert shown.split()[0] == "x"
    assert "trained as" in shown
    for text in ("tiny", "/distill/axis/brightness", "recording 1.wav", "CC0-1.0", "48000 Hz"):
        assert text in shown
    assert "-1 to 1" in shown
    assert AXIS_MEANINGS["brightness"] in shown


def test_a_model_that_kept_its_name_has_one(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    show_model(path.rename(path.with_stem("tiny")))
    assert "trained as" not in capsys.readouterr().out


def test_the_map_has_a_letter_for_each_recording_and_the_scale_of_the_address() -> None:
    marks = [Landmark("b.wav", 0.0, 0.0, 0.0), Landmark("a.wav", 0.0, 1.0, 1.0)]
    marks += [Landmark("a.wav", 1.0, 0.0, 0.0), Landmark("a.wav", 2.0, 0.0, 0.0)]
    marks += [Landmark(f"{number}.wav", 0.0, 0.5, 0.5) for number in range(30)]
    letters = map_letters(marks)
    assert (letters["b.wav"], letters["a.wav"], letters["17.wav"]) == ("A", "B", "T")
    assert letters["18.wav"] == letters["29.wav"] == "+"
    top, first, *_, last, bottom, scale = draw_map(marks)
    assert first == f"1 |{' ' * 47}B|"
    assert last == f"0 |B{' ' * 47}|"  # of three landmarks, two are of a.wav
    assert top == bottom
    assert (scale.index("0"), scale.index("1")) == (2, 51)
    assert "+" in draw_map(marks)[10]


def test_texts_are_no_markup(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "[red]x.distill"
    write_bundle(dataclasses.replace(tiny_bundle(), name="[bold]not bold[/bold] [/]"), path)
    show_model(path)
    assert "[bold]not bold[/bold] [/]" in capsys.readouterr().out


def test_a_broken_file_is_a_bundle_error(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="no such file"):
        show_model(tmp_path / "none.distill", True)
