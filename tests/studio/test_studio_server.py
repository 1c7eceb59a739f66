"""The studio as a process: requests of its pages, and runs that outlive it."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from support import sounds
from support.small import SETTINGS
from support.studio import Refused, Studio, kill_runs
from support.tiny import complete_bundle

from distill_live.bundle import read_bundle, write_bundle
from distill_train.studio.comparison import sound_weight

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("home")
    sounds.write_folder(home / "field", 0.6, kinds=["drone"], sample_rate_hz=16000)
    models = home / "data" / "distill-live" / "models"
    models.mkdir(parents=True)
    for seed, name in enumerate(("first", "second")):
        write_bundle(complete_bundle(SETTINGS, seed=seed), models / f"{name}.distill")
    yield home
    kill_runs(home / "data" / "distill-live" / "runs")


@pytest.fixture(scope="module")
def studio(home: Path) -> Iterator[Studio]:
    with Studio(home, home / "field") as running:
        yield running


@pytest.fixture(scope="module")
def field(studio: Studio) -> str:
    return next(str(one["id"]) for one in studio.get("state")["folders"] if one["name"] == "field")


def test_each_answer_has_the_policy_and_only_its_own_files_are_served(studio: Studio) -> None:
    for target, wanted in (
        ("/", 200),
        ("/page/style.css", 200),
        ("/studio/index.html", 200),
        ("/page/__init__.py", 404),
        ("/page/..%2f__init__.py", 404),
        ("/studio/..%2fapp.py", 404),
        ("/nowhere/x.css", 404),
        ("/api/nothing", 404),
    ):
        status, headers = studio.head(target)
        assert status == wanted, target
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
    assert studio.request("GET", "/api/state", Origin="http://evil.example")[0] == 403
    assert studio.request("GET", "/", Host="evil.example")[0] == 403
    for name in ("train", "upload?folder=x&name=x.wav", "model/import?name=x", "play/stop"):
        assert studio.request("POST", f"/api/{name}", b"{}")[0] == 403
        assert studio.request("POST", f"/api/{name}", b"{}", X_Token="guess")[0] == 403


@pytest.mark.skipif(not Path("/proc/net/tcp").is_file(), reason="needs Linux")
def test_nothing_listens_beyond_this_computer(studio: Studio) -> None:
    port = f":{studio.port:04X}"
    found = [
        line.split()[1]
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
        if line.split()[1].endswith(port) and line.split()[3] == "0A"  # listens
    ]
    assert found == [f"0100007F{port}"]


def test_requests_are_bounded_and_checked(studio: Studio, field: str) -> None:
    def post(name: str, body: bytes) -> str:
        status, text = studio.request("POST", f"/api/{name}", body, X_Token=studio.token)
        assert status == 400
        return str(json.loads(text)["error"])

    assert "over 65536 bytes" in post("train", b" " * 70_000)
    for body in (b"", b"[]", b"nonsense", b"\xff", b"[" * 60_000, b'{"folder": 3}'):
        assert "load the page again" in post("train", body)
    assert "not open" in post("train", b'{"folder": "../field"}')
    assert "no number" in post("train", json.dumps({"folder": field, "minutes": "1"}).encode())
    for name, values in (
        ("run/stop", {"id": "x"}),
        ("model/remove", {"id": "../first"}),
        ("model/remove", {"id": "demo"}),
        ("model/rename", {"id": "first", "name": "second"}),
        ("model/rename", {"id": "first", "name": "../x"}),
        ("render", {"model": "first", "format": ".exe"}),
        ("render", {"model": "first", "path": "/etc/x.csv"}),
        ("render", {"model": "first", "seconds": 1e9}),
        ("render/remove", {"job": "../../models/first.distill"}),
        ("compare/choice", {"a": "first", "b": "second", "winner": "c"}),
    ):
        with pytest.raises(Refused):
            studio.post(name, **values)
    for name, query in (
        ("audio", {"folder": field, "file": "../small.toml"}),
        ("audio", {"folder": field, "file": "/etc/passwd"}),
        ("preview", {"run": "x", "file": "y"}),
        ("compare/audio", {"file": "../../x"}),
        ("render/file", {"job": "../models/first.distill"}),
        ("model/file", {"id": "/etc/passwd"}),
    ):
        with pytest.raises(Refused):
            studio.get(name, **query)


def test_pages_in_a_strangers_run_or_among_renders_are_not_shown(studio: Studio) -> None:
    run = studio.user_folder / "runs" / "strange.run"
    (run / "previews").mkdir(parents=True)
    (run / "config.json").write_text("{}")
    run_id = next(one["id"] for one in studio.get("state")["runs"] if one["name"] == "strange")
    (studio.user_folder / "renders").mkdir(exist_ok=True)
    for name in ("x.html", "x.js", "x.svg", "x"):
        (run / "previews" / name).write_text("<script>alert(1)</script>")
        with pytest.raises(Refused, match="there is no"):
            studio.get("preview", run=run_id, file=name)
        (studio.user_folder / "renders" / name).write_text("<script>alert(1)</script>")
        status, headers = studio.head(f"/api/render/audio?job={name}")
        assert status == 200
        assert headers["Content-Type"] == "application/octet-stream"
        assert headers["Content-Disposition"].startswith("attachment")


def test_recordings_are_uploaded_shown_and_played(studio: Studio) -> None:
    folder = studio.post("folders/new", name="Übung 1")["id"]
    sound = io.BytesIO()
    soundfile.write(sound, sounds.sine(440.0, 1.0, sample_rate_hz=16000), 16000, format="WAV")
    studio.upload("upload", sound.getvalue(), folder=folder, name="ton.wav")
    with pytest.raises(Refused, match="other content"):
        studio.upload("upload", b"other", folder=folder, name="ton.wav")
    (file,) = studio.get("recordings", folder=folder)["files"]
    assert (file["name"], file["seconds"], file["usable"]) == ("ton.wav", 1.0, True)
    assert len(studio.get("waveform", folder=folder, file="ton.wav")["peaks"]) == 800
    target = f"/api/audio?folder={folder}&file=ton.wav"
    assert studio.request("GET", target) == (200, sound.getvalue())
    assert studio.request("GET", target, Range="bytes=100-199") == (
        206,
        sound.getvalue()[100:200],
    )
    made = studio.user_folder / "recordings" / "Übung 1"
    assert [path.name for path in made.iterdir()] == ["ton.wav"]


@pytest.mark.timeout(600)
def test_a_run_of_the_page_comes_to_its_end(studio: Studio, field: str) -> None:
    with studio.events() as events:
        assert next(events)[0] == "state"
        run_id = studio.post("train", folder=field, epochs=2, name="tune")["id"]
        seen = []
        for name, data in events:
            if name == "run":
                seen.append(data["event"]["event"])
            elif any((run["name"], run["state"]) == ("tune", "finished") for run in data["runs"]):
                break
    assert {"EpochMetrics", "PreviewEvent", "InstallEvent", "SessionEnded"} <= set(seen)
    run = studio.run(run_id)
    assert (run["name"], run["model"], run["folder"]) == ("tune", "tune", field)
    assert (run["epoch"], run["epochs"], run["report"]) == (2, 2, True)
    details = studio.get("run", id=run_id)
    assert [epoch["epoch"] for epoch in details["history"]] == [1, 2]
    preview = f"/api/preview?run={run_id}&file={details['previews'][-1]['file']}"
    assert studio.request("GET", preview)[1][:4] == b"RIFF"
    status, headers = studio.head(f"/api/run/report?id={run_id}")
    assert status == 200
    assert "sandbox" in headers["Content-Security-Policy"]

    model = studio.get("model", id="tune")
    assert model["card"].startswith("# tune")
    assert model["recording_names"] == ["drone.wav"]
    assert all(0 <= x <= 1 and 0 <= y <= 1 and n == 0 for x, y, n in model["map"])
    exported = studio.request("GET", "/api/model/file?id=tune")[1]
    assert studio.upload("model/import", exported, name="copy.distill") == {"id": "copy"}
    with pytest.raises(Refused, match="give another name"):
        studio.upload("model/import", exported, name="copy")
    with pytest.raises(Refused, match="nonsense"):
        studio.upload("model/import", b"nonsense", name="nonsense")
    assert studio.post("model/rename", id="copy", name="Kopie") == {"id": "Kopie"}
    studio.post("model/remove", id="Kopie")
    names = {one["name"] for one in studio.get("state")["models"]}
    assert names == {"demo", "first", "second", "tune"}
    assert {path.suffix for path in (studio.user_folder / "models").iterdir()} <= {
        ".distill",
        ".lock",
    }
    assert read_bundle(studio.user_folder / "models" / "tune.distill").name == "tune"


def test_a_killed_studio_stops_nothing_and_the_next_one_goes_on(home: Path, field: str) -> None:
    with Studio(home) as first:
        long = first.post("train", folder=field, epochs=100_000, name="long")["id"]
        first.wait_for(long, lambda run: run["epoch"] > 1)
        waiting = first.post("train", folder=field, epochs=1, name="after")["id"]
        first.wait_for(waiting, lambda run: run["state"] == "waiting")
    with Studio(home) as second:
        before = second.run(long)
        assert before["state"] == "running"
        second.wait_for(long, lambda run: run["epoch"] > before["epoch"])
        with pytest.raises(Refused, match="cannot be continued"):
            second.post("run/resume", id=long)
        second.post("run/stop", id=long)
        stopped = second.wait_for(long, lambda run: run["state"] == "stopped")
        assert stopped["resumable"]
        second.wait_for(waiting, lambda run: run["epoch"] == 1)  # it was its turn
        second.post("run/stop", id=waiting)
        second.wait_for(waiting, lambda run: run["state"] == "stopped")
        second.post("run/resume", id=long)
        second.wait_for(long, lambda run: run["epoch"] > stopped["epoch"])
        second.post("run/stop", id=long)
        second.wait_for(long, lambda run: run["state"] == "stopped")


def test_models_are_compared_equally_loud(studio: Studio, home: Path) -> None:
    field = studio.post("folders/new", name="of the models")["id"]
    recordings = studio.user_folder / "recordings" / "of the models"
    names = [path.file for path in complete_bundle(SETTINGS).paths]
    for name in names:
        sound = 0.01 * sounds.sine(440.0, 7.0, sample_rate_hz=16000)
        soundfile.write(recordings / name, sound, 16000)
    job = studio.post("compare", a="first", b="second", folder=field)["job"]
    studio.wait_until(lambda: bool(studio.get("compare", job=job)["ready"]))
    found = studio.get("compare", job=job)
    assert [pair["title"] for pair in found["pairs"]] == [*names, "walk"]
    for pair in found["pairs"]:
        weights = []
        for key in ("a", "b", "original"):
            if pair[key] is not None:
                status, body = studio.request("GET", pair[key])
                assert status == 200
                sound, rate_hz = soundfile.read(io.BytesIO(body), dtype="float32", always_2d=True)
                weights.append(sound_weight(sound, rate_hz))
                assert np.abs(sound).max() <= 1.0
        assert len(weights) == (2 if pair["title"] == "walk" else 3)
        assert max(weights) / min(weights) == pytest.approx(1.0, abs=0.02)
    studio.post("compare/choice", a="first", b="second", winner="b")
    second = studio.get("model", id="second")["fingerprint"]
    assert studio.get("state")["choices"][-1]["winner"] == second
    studio.post("model/rename", id="second", name="other")
    studio.post("model/rename", id="other", name="second")
    assert studio.get("state")["choices"][-1]["winner"] == second


def test_a_render_is_made_played_and_removed(studio: Studio) -> None:
    job = studio.post("render", model="first", path="walk", seconds=0.5, format=".flac")["job"]

    def jobs() -> dict[str, Any]:
        return {one["id"]: one for one in studio.get("state")["jobs"]}

    studio.wait_until(lambda: bool(jobs()[job]["state"] != "running"))
    assert jobs()[job]["state"] == "done", jobs()
    for kind in ("audio", "file"):
        status, body = studio.request("GET", f"/api/render/{kind}?job={job.replace(' ', '%20')}")
        assert status == 200
        assert soundfile.info(io.BytesIO(body)).duration == 0.5
    failing = studio.post("render", model="first", preset="none of this name", seconds=0.5)["job"]
    studio.wait_until(lambda: bool(jobs()[failing]["state"] != "running"))
    assert "none of this name" in jobs()[failing]["error"]
    studio.post("render/remove", job=failing)
    studio.post("render/remove", job=job)
    assert jobs() == {}


def test_a_gesture_is_rendered_by_its_name(studio: Studio) -> None:
    job = studio.post("render", model="first", path="gesture:none.csv", seconds=0.5)["job"]

    def state() -> dict[str, Any]:
        return next(one for one in studio.get("state")["jobs"] if one["id"] == job)

    studio.wait_until(lambda: bool(state()["state"] != "running"))
    assert "no gesture 'none.csv'" in state()["error"]
    studio.post("render/remove", job=job)


def test_why_the_state_cannot_be_read_is_an_event(tmp_path: Path) -> None:
    with Studio(tmp_path) as running, running.events() as events:
        assert next(events)[0] == "state"
        file = running.user_folder / "studio.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text('{"format": 2}')
        name, data = next(events)
        assert name == "refusal"
        assert "reads up to 1" in data["error"]
        file.unlink()
        running.post("folders/new", name="after")
        name, data = next(events)
        while name == "refusal":
            name, data = next(events)
        assert [one["name"] for one in data["folders"]] == ["after"]


def test_the_instrument_outlives_the_studio(home: Path, studio: Studio) -> None:
    try:
        url = studio.post("play", model="first")["url"]
        assert studio.get("state")["live"] == {"model": "first", "url": url}
        with Studio(home, "--play-port", str(studio.play_port)) as other:
            assert other.get("state")["live"] == {"model": "first", "url": url}
            assert other.post("play", model="second")["url"] == url
            assert other.get("state")["live"]["model"] == "second"
    finally:
        studio.post("play/stop")
    studio.wait_until(lambda: studio.get("state")["live"] is None)


def test_what_it_cannot_start_with_is_one_line(home: Path, studio: Studio) -> None:
    assert "give another --port" in Studio.failing(home, "--port", str(studio.port))
    assert "is not a folder" in Studio.failing(home, home / "nowhere")
    (own := home / "newer" / "data" / "distill-live").mkdir(parents=True)
    (own / "studio.json").write_text('{"format": 2}')
    assert "reads up to 1: update it" in Studio.failing(
        home / "newer", "--config", home / "small.toml"
    )
    (home / "bad.toml").write_text("epoch = 3\n")
    assert "epoch is no setting" in Studio.failing(home, "--config", home / "bad.toml")
