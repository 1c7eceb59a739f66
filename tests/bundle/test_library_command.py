"""Commands of the model library: list, verify, import and remove."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from support.commands import Commands
from support.tiny import broken_bundle, complete_bundle, tiny_bundle

from distill_live.bundle import write_bundle
from distill_live.cli.commands import app
from distill_live.cli.model_info import map_letters

pytestmark = pytest.mark.process

BUNDLE = tiny_bundle()


@pytest.fixture
def commands(tmp_path: Path) -> Commands:
    (tmp_path / "models").mkdir()
    write_bundle(replace(BUNDLE, name="Little Bells"), tmp_path / "models" / "bells.distill")
    return Commands(tmp_path)


def listed(commands: Commands, *words: str) -> list[str]:
    return [entry["name"] for entry in json.loads(commands.run("models", "--json", *words))]


def test_models_are_listed_from_what_is_there_now(commands: Commands) -> None:
    shown = commands.run("models")
    assert "bells" in shown
    assert "Little Bells" not in shown, "it is called by one name"
    assert BUNDLE.fingerprint[:8] in shown
    assert "48000 Hz, 2048/512" in shown
    (commands.folder / "models" / "bells.distill").rename(commands.folder / "models" / "b.distill")
    (commands.folder / "models" / "noise.distill").write_bytes(b"noise")
    assert listed(commands) == ["b", "demo", "noise"]
    found = {entry["name"]: entry for entry in json.loads(commands.run("models", "--json"))}
    assert found["b"]["fingerprint"] == BUNDLE.fingerprint
    assert found["b"]["axes"] == ["brightness", "noisiness", "loudness"]
    assert found["noise"]["error"].endswith("is no .distill file; copy or export it again")
    assert "unreadable" in commands.run("models", "noise")


def test_words_are_looked_for_in_all_that_a_model_says(commands: Commands) -> None:
    for words in (("bells",), ("LITTLE",), ("cc0-1.0", "recording 1"), ("made by a", "tests")):
        assert listed(commands, *words) == ["bells"]
    assert listed(commands, "little", "large") == []
    assert commands.run("models", "little", "large") == "no models with little large\n"
    made = complete_bundle()
    short = replace(made.paths[0], file="short.wav")  # without a landmark
    made = replace(made, paths=(*made.paths, short))
    write_bundle(made, commands.folder / "models" / "complete.distill")
    assert listed(commands, "short.wav") == ["complete"]


def test_a_model_in_a_commands_place_is_answered_by_how_it_is_played(commands: Commands) -> None:
    commands.environment["COLUMNS"] = "200"
    for word in ("bells", "models/bells.distill", "demo"):
        said = commands.run(word, status=2)
        assert f"'{word}' is a model, not a command; --model {word} plays it" in said
    assert "without a command plays" in commands.run("play", status=2)
    assert "Did you mean 'render'" in commands.run("rendr", status=2)


def test_a_model_in_a_commands_place_is_no_error_while_a_shell_completes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in (
        ("_DISTILL_LIVE_COMPLETE", "complete_bash"),
        ("COMP_WORDS", "distill-live demo "),
        ("COMP_CWORD", "2"),
    ):
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        app([], prog_name="distill-live")
    assert ended.value.code == 0
    assert not capsys.readouterr().err


def test_a_path_is_shown_whole_in_a_narrow_terminal(commands: Commands) -> None:
    commands.environment["COLUMNS"] = "40"
    folder = commands.folder / "models" / ("long" * 12)
    folder.mkdir()
    (commands.folder / "models" / "bells.distill").rename(folder / "bells.distill")
    path = str(Path("models", "long" * 12, "bells.distill"))
    rows = commands.run("info", path).splitlines()
    assert path in "".join(line[10:].strip() for line in rows[1:5])


def test_info_knows_ids_and_draws_the_map(commands: Commands) -> None:
    shown = commands.run("info", BUNDLE.fingerprint[:6])
    assert "Little Bells" in shown
    lines = shown.splitlines()
    frame = [index for index, line in enumerate(lines) if line.startswith("  +--")]
    rows = [line[3:].strip("|") for line in lines[frame[0] + 1 : frame[1]]]
    letters = map_letters(BUNDLE.landmarks)
    at: dict[tuple[int, int], set[str]] = {}
    for place in BUNDLE.landmarks:
        row, column = len(rows) - 1 - int(place.y * len(rows)), int(place.x * len(rows[0]))
        at.setdefault((row, column), set()).add(letters[place.file])
    drawn = {
        (row, column): letter
        for row, line in enumerate(rows)
        for column, letter in enumerate(line)
        if letter != " "
    }
    assert drawn.keys() == at.keys()
    assert all(letter in at[place] for place, letter in drawn.items())


def test_verify_reads_everything_and_its_status_says_so(commands: Commands) -> None:
    assert commands.run("verify") == "bells: ok\ndemo: ok\n"
    bells = commands.folder / "models" / "bells.distill"
    data = bytearray(bells.read_bytes())
    data[-3000] ^= 1
    bells.write_bytes(data)
    write_bundle(broken_bundle(), commands.folder / "models" / "infinite.distill")
    process = commands.start("verify", "--json")
    verdicts = {entry["name"]: entry for entry in json.loads(process.communicate()[0])}
    assert process.returncode == 1
    assert [name for name, entry in verdicts.items() if entry["whole"]] == ["demo"]
    assert "damaged" in verdicts["bells"]["error"]
    assert "are not finite" in verdicts["infinite"]["error"]
    assert commands.run("verify", "demo") == "demo: ok\n"
    assert commands.run("verify", "none", status=1).startswith("distill-live: no model 'none'")


def test_a_model_is_imported_whole_or_not_at_all(commands: Commands) -> None:
    source = commands.folder / "new.distill"
    write_bundle(replace(BUNDLE, name="New"), source)
    copy = commands.user_models / "new.distill"
    assert commands.run("import", "new.distill") == f"new: {copy}\n"
    assert copy.read_bytes() == source.read_bytes()
    assert "already exists; --force" in commands.run("import", "new.distill", status=1)
    commands.run("import", "new.distill", "--force")
    commands.run("import", "new.distill", "--as", "Größe 2")
    assert listed(commands) == ["Größe 2", "bells", "demo", "new"]

    source.write_bytes(source.read_bytes()[:-10])
    for words in (("new.distill", "--as", "x"), ("none.distill",), ("new.distill", "--force")):
        assert commands.run("import", *words, status=1).count("\n") == 1
    for name in ("", "../x", "a/b", ".hidden", "x" * 65):
        said = commands.run("import", str(copy), "--as", name, status=1)
        assert "a model cannot be called" in said
    assert sorted(path.name for path in commands.user_models.glob("[!.]*")) == [
        "Größe 2.distill",
        "new.distill",
    ]


def test_an_import_says_where_another_model_of_its_name_goes_before_it(commands: Commands) -> None:
    process = commands.start("import", "models/bells.distill")
    said, note = process.communicate()
    assert (process.returncode, said) == (0, f"bells: {commands.user_models / 'bells.distill'}\n")
    first = Path("models", "bells.distill")
    assert note == f"distill-live: in this folder the name stands for {first}\n"


def test_only_the_users_own_models_are_renamed(commands: Commands) -> None:
    for name in ("one", "two"):
        commands.run("import", "models/bells.distill", "--as", name)
    said = commands.run("rename", "one", "three")
    assert said == f"three: {commands.user_models / 'three.distill'}\n"
    assert listed(commands) == ["bells", "demo", "three", "two"]
    assert "give another name" in commands.run("rename", "two", "three", status=1)
    assert "cannot be called" in commands.run("rename", "two", "../two", status=1)
    assert "only models there" in commands.run("rename", "demo", "mine", status=1)
    assert listed(commands) == ["bells", "demo", "three", "two"]


def test_only_the_users_own_models_are_removed_and_only_when_it_is_meant(
    commands: Commands,
) -> None:
    for name in ("one", "two", "bells"):
        commands.run("import", "models/bells.distill", "--as", name)
    asked = commands.run("remove", "one", answer="n\n")
    assert "Remove" in asked
    assert listed(commands) == ["bells", "demo", "one", "two"]
    commands.run("remove", "one", answer="y\n")
    commands.run("remove", "two", "--yes")
    commands.run("remove", "bells", "--yes")
    assert not [*Path(commands.user_models).glob("[!.]*")], "nothing but the hidden lock"
    assert listed(commands) == ["bells", "demo"]
    for name in ("bells", "demo", "models/bells.distill"):
        said = commands.run("remove", name, "--yes", status=1)
        assert "only models there can be renamed or removed" in said
    assert "no model 'one'" in commands.run("remove", "one", "--yes", status=1)
    commands.run("import", "models/bells.distill", "--as", "one")
    commands.run("remove", "one", status=1)  # nobody answers
    assert listed(commands) == ["bells", "demo", "one"]
