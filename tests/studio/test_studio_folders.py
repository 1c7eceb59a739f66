"""Folders of the studio: what may be opened, read and uploaded, and what is outside."""

import os
from pathlib import Path

import pytest
import soundfile
from support import sounds

from distill_live import library
from distill_live.errors import CommandError, TrainingError
from distill_train.corpus.audio import find_files
from distill_train.studio import comparison, folders, settings
from distill_train.studio.recordings import describe_folder, playable, waveform


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(library, "user_data_path", lambda *_, **__: tmp_path / "data")
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def opened(home: Path) -> str:
    sounds.write_folder(home / "field", 0.5, kinds=["drone"])
    return folders.open_by_request(str(home / "field"))


def test_folders_stay_open_until_they_are_closed(home: Path, opened: str) -> None:
    made = folders.make_recordings_folder("rain")
    assert folders.open_folders() == {
        made: folders.recordings_folder() / "rain",
        opened: home / "field",
    }
    folders.close_folder(opened)
    assert list(folders.open_folders()) == [made]
    assert (home / "field" / "drone.wav").is_file()
    with pytest.raises(CommandError, match="the studio's own"):
        folders.close_folder(made)


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        *(("a: b", "a b"), ("..~ <x>?", "x"), ("rain ", "rain"), ("x" * 300, "x" * 56)),
        *((".", "none"), ("", "none"), ("con", "none"), ("aux.1", "none"), ("\u202e\n", "none")),
    ],
)
def test_a_name_is_cleaned_of_what_no_folder_can_have(home: Path, name: str, cleaned: str) -> None:
    assert folders.cleaned_name(name, "none") == cleaned
    made = folders.make_recordings_folder(cleaned)
    assert folders.find_folder(made).name == cleaned


def test_a_folder_that_cannot_be_looked_at_hides_no_other(home: Path, opened: str) -> None:
    with settings.change() as kept:
        kept["folders"].append("a" * 5000)
    assert folders.open_folders() == {opened: home / "field"}
    with pytest.raises(CommandError, match=r"a{200} is not a folder"):
        folders.open_by_command([Path("a" * 5000)])


def test_only_folders_below_the_home_are_opened_by_a_page(home: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (home / "link").symlink_to(tmp_path / "elsewhere")
    for path in (home, tmp_path, tmp_path / "elsewhere", home / "link", home / ".." / "elsewhere"):
        with pytest.raises(CommandError, match="name it on the command line"):
            folders.open_by_request(str(path))
    for name in ("nowhere", "", "a\0b", "~nobody/x"):
        with pytest.raises(CommandError, match=r"is not a folder|not below"):
            folders.open_by_request(str(home / name) if name else name)
    folders.open_by_command([tmp_path / "elsewhere"])
    assert tmp_path / "elsewhere" in folders.open_folders().values()


@pytest.mark.parametrize(
    "name",
    [
        *("../secret.wav", "/etc/passwd", "sub/../../secret.wav", "link.wav", "linked/secret.wav"),
        *("notes.txt", ".hidden.wav", "", ".", "a\0b.wav", "x" * 5000, "loop.wav"),
    ],
)
def test_no_recording_is_outside_of_its_folder(
    home: Path, tmp_path: Path, opened: str, name: str
) -> None:
    for secret in (home / "secret.wav", tmp_path / "secret.wav", home / "field" / ".hidden.wav"):
        soundfile.write(secret, sounds.silence(0.1), 48000)
    (home / "field" / "notes.txt").write_text("no sound")
    (home / "field" / "link.wav").symlink_to(home / "secret.wav")
    (home / "field" / "linked").symlink_to(home)
    (home / "field" / "loop.wav").symlink_to(home / "field" / "loop.wav")
    with pytest.raises(CommandError, match="there is no"):
        folders.find_recording(opened, name)
    assert folders.find_recording(opened, "drone.wav") == home / "field" / "drone.wav"


@pytest.mark.parametrize(
    "name",
    [
        *("../x.wav", "a/b.wav", "a\\b.wav", "/x.wav", "C:x.wav", ".x.wav", "~x.wav", "..", ""),
        *("x\0.wav", "x\n.wav", "x\u202e.wav", "con.wav", "LPT1.flac", "x.wav:stream", "x" * 300),
        *("x.exe", "x.html", "x.py", "wav", "x.wav.distill"),
    ],
)
def test_names_that_no_upload_can_have(home: Path, opened: str, name: str) -> None:
    with pytest.raises(CommandError), folders.uploaded(opened, name) as temporary:
        temporary.write_bytes(b"")
    assert [path.name for path in (home / "field").iterdir()] == ["drone.wav"]


def test_an_upload_replaces_nothing(home: Path, tmp_path: Path, opened: str) -> None:
    field = home / "field"
    before = (field / "drone.wav").read_bytes()
    with folders.uploaded(opened, "drone.wav") as temporary:
        temporary.write_bytes(before)  # dropped twice
    other = pytest.raises(CommandError, match="there already, with other content")
    with other, folders.uploaded(opened, "drone.wav") as temporary:
        temporary.write_bytes(b"other")
    (field / "link.wav").symlink_to(tmp_path / "outside.wav")
    linked = pytest.raises(CommandError, match="is a link")
    with linked, folders.uploaded(opened, "link.wav") as temporary:
        temporary.write_bytes(b"other")
    with pytest.raises(ZeroDivisionError), folders.uploaded(opened, "broken.wav"):
        raise ZeroDivisionError
    assert (field / "drone.wav").read_bytes() == before
    assert sorted(path.name for path in field.iterdir()) == ["drone.wav", "link.wav"]
    assert not (tmp_path / "outside.wav").exists()


def test_a_removed_recording_is_not_read_and_can_be_brought_back(home: Path, opened: str) -> None:
    drone = home / "field" / "drone.wav"
    first = drone.read_bytes()
    folders.remove_recording(opened, "drone.wav")
    with pytest.raises(TrainingError, match="holds no files"):
        find_files(drone.parent)
    soundfile.write(drone, sounds.silence(0.1), 48000)
    with pytest.raises(CommandError, match="is there already"):
        folders.restore_recording(opened, "drone.wav")
    folders.remove_recording(opened, "drone.wav")
    soundfile.write(drone, sounds.silence(0.1), 48000)
    folders.remove_recording(opened, "drone.wav")
    removed = ["drone 2.wav", "drone 3.wav", "drone.wav"]
    assert describe_folder(drone.parent)["removed"] == removed
    folders.restore_recording(opened, "drone.wav")
    assert drone.read_bytes() == first
    (home / "field" / "link.wav").symlink_to(drone)
    with pytest.raises(CommandError, match="is a link"):
        folders.remove_recording(opened, "link.wav")
    for name in ("../drone.wav", "drone.wav", ".removed/drone 2.wav"):
        with pytest.raises(CommandError, match="there is no"):
            folders.restore_recording(opened, name)
    assert drone.read_bytes() == first


def test_recordings_are_not_moved_out_by_links(home: Path, tmp_path: Path, opened: str) -> None:
    field = home / "field"
    (elsewhere := tmp_path / "elsewhere").mkdir()
    (elsewhere / "secret.wav").touch()
    (field / ".removed").symlink_to(elsewhere)
    assert folders.removed_recordings(field) == []
    with pytest.raises(CommandError, match="by a link"):
        folders.remove_recording(opened, "drone.wav")
    with pytest.raises(CommandError, match="there is no"):
        folders.restore_recording(opened, "secret.wav")
    (field / ".removed").unlink()
    (field / ".removed" / "sub").mkdir(parents=True)
    (field / ".removed" / "sub" / "old.wav").touch()
    (field / "sub").symlink_to(elsewhere)
    with pytest.raises(CommandError, match="by a link"):
        folders.restore_recording(opened, "sub/old.wav")
    assert (field / "drone.wav").is_file()
    assert [path.name for path in elsewhere.iterdir()] == ["secret.wav"]


def test_a_folder_in_a_folder_holds_nothing_if_it_is_a_link(tmp_path: Path) -> None:
    (run := tmp_path / "x.run").mkdir()
    (elsewhere := tmp_path / "elsewhere").mkdir()
    (elsewhere / "secret.wav").touch()
    (run / "previews").symlink_to(elsewhere)
    with pytest.raises(CommandError, match="there is no"):
        folders.file_below(run, "secret.wav", Path.is_file, inside="previews")
    (run / "previews").unlink()
    (run / "previews").mkdir()
    (run / "previews" / "1.wav").touch()
    found = folders.file_below(run, "1.wav", Path.is_file, inside="previews")
    assert found == run / "previews" / "1.wav"


def test_a_folder_is_described_as_inspect_finds_it(home: Path, opened: str) -> None:
    field = home / "field"
    (field / "broken.wav").write_text("no sound")
    (field / "song.m4a").write_bytes(b"\0\0\0\x18ftypM4A ")
    found = describe_folder(field)
    while found["pending"]:
        found = describe_folder(field)
    broken, drone = found["files"]
    assert (broken["usable"], drone["usable"]) == (False, True)
    assert "read" in broken["reason"]
    assert drone["seconds"] == 0.5
    assert drone["peak_db"] == pytest.approx(-0.9, abs=0.2)
    assert "m4a" in found["advice"][0]
    assert found["preset"] == "aggressive"
    (field / "broken.wav").unlink()  # and what was measured is not measured again
    assert [file["name"] for file in describe_folder(field)["files"]] == ["drone.wav"]
    empty = describe_folder(folders.find_folder(folders.make_recordings_folder("empty")))
    assert empty["files"] == []
    assert "put files in it" in empty["advice"][0]


def test_a_recording_that_is_linked_from_elsewhere_is_marked(
    home: Path, tmp_path: Path, opened: str
) -> None:
    field = home / "field"
    sounds.write_folder(tmp_path / "tapes", 0.5, kinds=["speech"])
    (field / "drone 2.wav").symlink_to("drone.wav")
    (field / "tapes").symlink_to(tmp_path / "tapes")
    (tmp_path / "tapes" / "broken.wav").write_text("no sound")
    described = describe_folder(field)
    while described["pending"]:
        described = describe_folder(field)
    found = {file["name"]: file for file in described["files"]}
    assert len(found) == 4
    linked = {name for name, file in found.items() if file["linked"]}
    assert linked == {"tapes/speech.wav", "tapes/broken.wav"}
    for name in found:
        if name in linked:
            with pytest.raises(CommandError, match="its own folder only"):
                folders.find_recording(opened, name)
        else:
            folders.find_recording(opened, name)


def test_a_waveform_has_the_extremes_of_each_stretch(tmp_path: Path) -> None:
    sound = sounds.silence(2.0, 8000)
    sound[4000], sound[4001], sound[-1] = 0.5, -0.25, 0.75
    soundfile.write(tmp_path / "x.aiff", sound, 8000)
    peaks = waveform(tmp_path / "x.aiff")
    assert len(peaks) == 800
    assert peaks[200] == [-0.25, 0.5]
    assert peaks[799] == [0.0, 0.75]
    assert peaks[100] == [0.0, 0.0]
    copy = playable(tmp_path / "x.aiff", tmp_path / "cache")
    assert copy.suffix == ".wav"
    assert soundfile.read(copy, dtype="float32")[0] == pytest.approx(sound, abs=1e-4)


def test_copies_that_browsers_play_do_not_fill_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("distill_train.studio.recordings.MAX_COPIES", 2)
    made = []
    for number in range(4):
        soundfile.write(tmp_path / f"{number}.aiff", sounds.silence(0.1, 8000), 8000)
        made.append(playable(tmp_path / f"{number}.aiff", tmp_path / "cache"))
        os.utime(made[-1], (number, number))
    assert {path for path in made if path.exists()} == set(made[-2:])
    assert playable(tmp_path / "0.aiff", tmp_path / "cache").is_file()


def test_a_comparison_is_made_again_with_other_recordings(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparison, "compare", lambda *_: None)
    monkeypatch.setattr(comparison, "cache_folder", lambda: tmp_path / "cache")
    (field := home / "field").mkdir()
    started = comparison.Comparisons()

    def start() -> str:
        return started.start(tmp_path / "a.distill", tmp_path / "b.distill", field)

    names = [start()]
    for sound in (sounds.silence(0.1), sounds.silence(0.2)):
        soundfile.write(field / "drone.wav", sound, 48000)
        names += [start(), start()]
    monkeypatch.setattr(comparison, "__version__", "another")
    names.append(start())
    assert [names.index(name) for name in names] == [0, 1, 1, 3, 3, 5]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 1}', '{"format": 1, "folders": 3}'])
def test_a_damaged_file_of_the_studio_is_set_aside(home: Path, content: str) -> None:
    file = library.user_folder() / "studio.json"
    file.parent.mkdir()
    file.write_text(content)
    assert settings.read()["folders"] == []
    settings.keep_choice("a" * 16, "b" * 16, "a" * 16)
    assert [choice["winner"] for choice in settings.read()["choices"]] == ["a" * 16]
    assert file.with_name("studio.damaged-1.json").read_text() == content
