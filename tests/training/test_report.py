"""Test the report: one self-contained page, escaped names, sounds and figures of the run."""

import base64
import io
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from support import sounds
from support.small import MODEL, SETTINGS, small_config

from distill_live.bundle import Axis, Bundle
from distill_live.errors import TrainingError
from distill_live.spectrogram import Float32, Float64, Representation
from distill_train.corpus.audio import FileNote, SkippedFile
from distill_train.corpus.training_data import PreparedCorpus, prepare_corpus
from distill_train.latent.chunk_renderer import ChunkRenderer
from distill_train.latent.latent_space import source_chunks
from distill_train.output_paths import REPORT
from distill_train.report import audio_examples
from distill_train.report import template as report_template
from distill_train.report import write as report
from distill_train.report.audio_examples import MAP_SOUNDS, SWEEP_S, spread
from distill_train.report.excerpts import choose_excerpts
from distill_train.report.plots import RANGE_DB, band_power, landmark_map_svg
from distill_train.report.previews import preview_bundle
from distill_train.report.template import AudioPlayers
from distill_train.report.write import latent_figures, report_or_warning, write_report
from distill_train.spectral_distance import spectral_distance
from distill_train.training.checkpoint import TrainedModel, open_run
from distill_train.training.events import PreviewEvent, WarningEvent
from distill_train.training.history import MetricsHistory
from distill_train.training.loop import train
from distill_train.training.model import ConvVAE

pytestmark = pytest.mark.training

RATE_HZ = SETTINGS.sample_rate_hz
ODD = "b<i>&'.wav"
VOID = {"meta", "br", "wbr", "img", "path", "circle", "rect", "polyline", "use", "image"}


class Page(HTMLParser):
    """Elements of a page with their attributes; checks that tags are closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.headings: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "h2":
            self.headings.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recordings")
    sounds.write_folder(folder, 1.2, sample_rate_hz=RATE_HZ)
    (folder / "drone.wav").rename(folder / ODD)
    (folder / "notes.wav").write_text("no sound")
    return folder


@pytest.fixture(scope="module")
def prepared(folder: Path) -> PreparedCorpus:
    return prepare_corpus(folder, small_config(3))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("run")


@pytest.fixture(scope="module")
def trained(folder: Path, prepared: PreparedCorpus, run: Path) -> TrainedModel:
    """Best model of three epochs; the first two have a preview."""

    def preview(_model: ConvVAE, epoch: int, _epochs: int) -> PreviewEvent | None:
        if epoch == 3:
            return None
        path = run / "x.run" / f"epoch_{epoch}.wav"
        soundfile.write(path, np.full((800, 2), 0.1 * epoch), RATE_HZ)
        return PreviewEvent(epoch, path)

    with open_run(run / "x.run") as files:
        return train(
            small_config(3),
            prepared.training,
            prepared.validation,
            prepared.cache.statistics,
            files,
            folder=str(folder),
            summary={"files": 6},
            preview=preview,
        )


@pytest.fixture(scope="module")
def bundle(trained: TrainedModel, prepared: PreparedCorpus) -> Bundle:
    """Bundle without the usual analysis: two axes along single dimensions."""
    found = preview_bundle(trained.model, trained.config, trained.statistics, prepared.training)
    rows = (found.landmark_latents.astype(np.float64) - found.latent_mean) / found.latent_std
    axes = []
    for number, direction in enumerate(np.eye(rows.shape[1])[:2], start=1):
        low, high = np.percentile(rows @ direction, (5, 95))
        mean = float((rows @ direction).mean())
        axes.append(
            Axis(
                f"axis_{number}",
                f"Axis {number}",
                direction.astype(np.float32),
                float(low),
                mean,
                float(high),
                0.1,
            )
        )
    places = np.random.default_rng(0).uniform(size=(len(rows), 2))
    landmarks = tuple(
        replace(landmark, x=float(x), y=float(y))
        for landmark, (x, y) in zip(found.landmarks, places, strict=True)
    )
    scores = {"training_distance_db": 2.5, "training_representation_db": 1.25}
    return replace(
        found,
        name="a <small> model",
        author="the tests",
        axes=tuple(axes),
        landmarks=landmarks,
        training=scores,
    )


@pytest.fixture(scope="module")
def text(trained: TrainedModel, prepared: PreparedCorpus, bundle: Bundle, run: Path) -> str:
    moved = (run / "x.run").rename(run / "moved.run")
    before = set(moved.iterdir())
    assert report_or_warning(moved / REPORT, trained, prepared, bundle) is None
    assert set(moved.iterdir()) - before == {moved / "report.html"}
    return (moved / REPORT).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


def decoded(player: dict[str, str | None]) -> tuple[sounds.Float32, int]:
    source = player.get("src") or player.get("data-sound")
    assert source
    content = base64.b64decode(source.partition(";base64,")[2], validate=True)
    samples, rate_hz = soundfile.read(io.BytesIO(content), dtype="float32")
    return samples, rate_hz


def test_the_report_has_all_parts(page: Page, text: str) -> None:
    assert page.open == []
    assert page.headings == [
        "Recordings and model",
        "Axes",
        "Map",
        "Training",
        "Latents",
        "Corpus",
        "Settings",
    ]
    assert len(text) < 15e6
    assert "2.50 dB" in text
    rated = "<strong>Poor</strong>: training chunks are 1.25 dB above the spectrogram alone; train"
    assert rated in text
    assert "+1.25 dB" in text


def test_the_page_needs_nothing_but_itself(page: Page, text: str) -> None:
    assert page.all("script") == [{}]  # within the page
    assert not page.all("link")
    for _, attributes in page.elements:
        for name, value in attributes.items():
            if name in ("src", "href", "xlink:href"):
                assert value
                assert value.startswith(("data:", "#"))
            assert not name.startswith("on")
    style = text[text.index("<style>") : text.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style


def test_every_picture_and_player_says_what_it_is(page: Page) -> None:
    pictures, players = page.all("svg"), page.all("audio")
    assert pictures
    assert players
    for picture in pictures:
        assert picture["role"] == "img"
        assert picture["aria-label"]
    assert all(player["aria-label"] for player in players)
    labels = [player["aria-label"] for player in players]
    assert len(set(labels)) == len(labels)
    (html,) = page.all("html")
    assert html["lang"] == "en"


def test_names_are_text_and_never_markup(page: Page, text: str) -> None:
    assert "<h1>a &lt;small&gt; model</h1>" in text
    assert "b&lt;i&gt;&amp;" in text
    assert not page.all("i")
    assert "notes.wav" in text  # what was left out


def test_players_hold_the_recording_and_what_is_made_of_it(
    page: Page, prepared: PreparedCorpus
) -> None:
    players = [p for p in page.all("audio") if ", at " in str(p["aria-label"])]
    assert len(players) == 3 * (report_sounds_count(prepared))
    for player in players:
        samples, rate_hz = decoded(player)
        assert rate_hz == RATE_HZ
        assert np.isfinite(samples).all()
    first = next(p for p in players if "as recorded" in str(p["aria-label"]))
    label = str(first["aria-label"])
    file, seconds = label.split(", at ")[0], float(label.split(", at ")[1].split(" s")[0])
    index = prepared.cache.files.index(file)
    stored = prepared.cache.manifest.recordings[index]
    recording, _ = soundfile.read(prepared.cache.folder / file, dtype="float32")
    samples, _ = decoded(first)
    nearest = min(
        float(np.abs(samples - stored.gain * recording[begin : begin + len(samples)]).max())
        for begin in range(0, len(recording) - len(samples) + 1, SETTINGS.hop_samples)
        if abs(begin / RATE_HZ - seconds) < 0.06
    )
    assert nearest < 2**-14


def report_sounds_count(prepared: PreparedCorpus) -> int:
    learnt = {prepared.training.locate(i)[0] for i in range(len(prepared.training))}
    assert len(learnt) >= 3
    return 3 + min(3, len(prepared.validation))


def test_excerpts_are_of_different_recordings_where_there_are(
    trained: TrainedModel, prepared: PreparedCorpus
) -> None:
    found = choose_excerpts(trained, prepared.training.unaugmented(), prepared.cache.sound, 3)
    assert len({excerpt.recording for excerpt in found}) == 3
    for excerpt in found:
        assert len(excerpt.original) == len(excerpt.represented) == len(excerpt.modelled)
        assert excerpt.represented_db == pytest.approx(
            spectral_distance(excerpt.original, excerpt.represented).log_spectral_db
        )
        assert excerpt.represented_db < excerpt.modelled_db  # of hardly any training


def test_an_excerpt_of_chunks_without_overlap_has_no_gaps(
    trained: TrainedModel, prepared: PreparedCorpus, folder: Path
) -> None:
    chunks = source_chunks(prepared.cache.recordings, SETTINGS, overlap=0.0)
    found = choose_excerpts(trained, chunks, prepared.cache.sound, 3)
    assert found
    for excerpt in found:
        stored = prepared.cache.manifest.recordings[excerpt.recording]
        path = folder / prepared.cache.files[excerpt.recording]
        recording, _ = soundfile.read(path, dtype="float32")
        begin = round(excerpt.seconds * RATE_HZ)
        recording = np.pad(recording, (0, SETTINGS.chunk_samples))
        expected = stored.gain * recording[begin : begin + len(excerpt.original)]
        assert np.abs(excerpt.original - expected).max() < 2**-14


def test_a_recording_that_is_gone_is_passed_over(
    trained: TrainedModel, prepared: PreparedCorpus, folder: Path, tmp_path: Path
) -> None:
    gone = prepared.cache.files[prepared.training.locate(0)[0]]
    (folder / gone).rename(tmp_path / "away.wav")
    try:
        found = choose_excerpts(trained, prepared.training.unaugmented(), prepared.cache.sound, 9)
    finally:
        (tmp_path / "away.wav").rename(folder / gone)
    assert found
    assert gone not in {prepared.cache.files[excerpt.recording] for excerpt in found}


def test_the_training_and_its_previews_are_shown(text: str, page: Page) -> None:
    assert "reconstruction loss" in text
    assert "3 epochs of" in text
    players = {str(player["aria-label"]): player for player in page.all("audio")}
    for epoch in (1, 2):
        samples, _ = decoded(players[f"Epoch {epoch}"])
        assert samples == pytest.approx(np.full(800, 0.1 * epoch), abs=1e-4)


def test_every_axis_is_swept_and_heard(page: Page, bundle: Bundle, text: str) -> None:
    players = {str(player["aria-label"]): player for player in page.all("audio")}
    assert len(bundle.axes) == 2
    for axis in bundle.axes:
        assert f"/axis/{axis.name}," in text
        samples, _ = decoded(players[f"{axis.label} from low to high"])
        assert len(samples) == round(SWEEP_S * RATE_HZ)
        assert np.abs(samples).max() > 0


def test_the_map_has_each_place_where_it_is(bundle: Bundle) -> None:
    drawn = landmark_map_svg(bundle.landmarks, {0: "data:,"})
    places = re.findall(r'cx="([\d.]+)" cy="([\d.]+)" r="[^>]*><title>([^<]*)', drawn)
    assert drawn.count(' r="4.5" ') == drawn.count('data-sound="data:,"') == 1
    assert len(places) == len(bundle.landmarks)
    wanted = sorted(
        (38.0 + landmark.x * 430.0, 22.0 + (1.0 - landmark.y) * 390.0)
        for landmark in bundle.landmarks
    )
    found = sorted((float(x), float(y)) for x, y, _ in places)
    assert np.array(found) == pytest.approx(np.array(wanted), abs=0.06)
    assert {name for *_, name in places} == {
        f"/map {landmark.x:.2f} {landmark.y:.2f}: {landmark.file}, {landmark.seconds:.1f} s"
        for landmark in bundle.landmarks
    }


def test_dots_of_the_map_hold_what_the_model_sounds_like_there(page: Page, bundle: Bundle) -> None:
    dots = [dot for dot in page.all("circle") if "data-sound" in dot]
    assert len(dots) == min(MAP_SOUNDS, len(bundle.landmarks))
    for dot in dots[:3]:
        samples, rate_hz = decoded(dot)
        assert rate_hz == RATE_HZ
        assert len(samples) >= SETTINGS.chunk_samples
        assert np.abs(samples).max() > 0
    places = np.random.default_rng(0).uniform(size=(50, 2))
    assert sorted(spread(places, 99)) == list(range(50))
    apart = places[spread(places, 5)]
    nearest = [np.sort(np.linalg.norm(apart - place, axis=1))[1] for place in apart]
    assert min(nearest) > 0.3


def test_a_map_is_played_in_a_format_that_has_the_rate() -> None:
    sound = sounds.sine(440.0, 0.5, 192000)
    assert AudioPlayers(192000).small(sound).startswith("data:audio/flac;")
    assert AudioPlayers(48000).small(sound).startswith("data:audio/mpeg;")


def test_the_spread_is_that_of_the_encoder(trained: TrainedModel, prepared: PreparedCorpus) -> None:
    chunks = source_chunks(prepared.cache.recordings, SETTINGS, trained.config.overlap)
    std, divergence = latent_figures(trained.model, chunks)
    batch = torch.stack([chunks[index] for index in range(len(chunks))])
    with torch.no_grad():
        mean, log_variance = trained.model.encoder(batch)
    assert std == pytest.approx(mean.numpy().std(axis=0), rel=1e-4)
    normal = torch.distributions.Normal(0.0, 1.0)
    own = torch.distributions.Normal(mean, torch.exp(0.5 * log_variance))
    expected = torch.distributions.kl_divergence(own, normal).mean(dim=0)
    assert divergence == pytest.approx(expected.numpy(), rel=1e-3, abs=1e-5)
    assert len(std) == MODEL.latent_dim


def test_a_sines_picture_is_loudest_where_it_sounds(trained: TrainedModel) -> None:
    representation = Representation(SETTINGS, trained.statistics)
    power = band_power(sounds.sine(1000.0, 0.5, RATE_HZ), representation)
    hz = representation.centres_bins * RATE_HZ / SETTINGS.n_fft
    assert hz[power.mean(axis=1).argmax()] == pytest.approx(1000.0, rel=0.1)
    quiet = 10 * np.log10(power[:, power.shape[1] // 2] / power.max())
    assert quiet.min() < -RANGE_DB / 2


def test_too_many_sounds_are_left_out_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
) -> None:
    monkeypatch.setattr(report_template, "MAX_PLAYER_BYTES", 100_000)
    players = AudioPlayers(RATE_HZ)
    noise = sounds.white_noise(1.0, rng, RATE_HZ)
    made = [players.player(noise, f"{number}") for number in range(4)]
    assert [player.startswith("<audio") for player in made] == [True, True, False, False]
    assert "Left out" in made[-1]
    assert players.player(sounds.silence(1.0, RATE_HZ), "short").startswith("<audio")


def test_as_much_of_a_chunk_is_measured_and_heard_as_named_the_axes(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    lengths = set()

    class Measured(ChunkRenderer):
        def __call__(self, latent: Float64) -> Float32:
            sound = super().__call__(latent)
            lengths.add(len(sound))
            return sound

    frames = int(0.75 * SETTINGS.chunk_samples / SETTINGS.hop_samples)
    monkeypatch.setattr(audio_examples, "ChunkRenderer", Measured)
    limit_s = (frames + 0.5) / SETTINGS.frames_per_second
    monkeypatch.setattr(audio_examples, "MAX_HEARD_S", limit_s)
    audio_examples.axis_examples(bundle, AudioPlayers(RATE_HZ))
    assert lengths == {frames * SETTINGS.hop_samples}
    lengths.clear()
    audio_examples.map_sounds(bundle, AudioPlayers(RATE_HZ))
    assert lengths == {frames * SETTINGS.hop_samples}


def test_tables_that_are_cut_say_so(
    trained: TrainedModel,
    prepared: PreparedCorpus,
    bundle: Bundle,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    skipped, notes = 3 * [SkippedFile("a.wav", "silent")], 4 * [FileNote("b.wav", "damaged")]
    manifest = replace(prepared.cache.manifest, skipped=tuple(skipped), notes=tuple(notes))
    monkeypatch.setattr(prepared.cache, "manifest", manifest)
    path, less = tmp_path / "r.html", replace(bundle, axes=())
    write_report(path, trained, prepared, less)
    assert "The first " not in path.read_text(encoding="utf-8")
    monkeypatch.setattr(report, "MAX_LISTED_FILES", 2)
    write_report(path, trained, prepared, less)
    files = len(prepared.cache.files)
    for words in ("2 of 3 files", "2 of 4 notes", f"2 of {files} files"):
        assert f"<caption>The first {words}.</caption>" in path.read_text(encoding="utf-8")


def test_a_table_marks_what_matters() -> None:
    table = report_template.macro("table")
    made = table(["axis", "a", "b"], [["x", "1", "2"], ["y", "3", "<4>"]], bold=[(1, 2)])
    assert made.count('class="clear"') == 1
    assert '<td class="clear">&lt;4&gt;</td>' in made
    assert '<th scope="row">y</th>' in made


def test_a_model_without_history_axes_or_anything_held_out_has_a_report(
    trained: TrainedModel, folder: Path, bundle: Bundle, tmp_path: Path
) -> None:
    config = replace(trained.config, validation_share=0.0)
    bare = replace(trained, config=config, history=MetricsHistory(), summary={})
    everything = prepare_corpus(folder, config, trained.statistics)
    less = replace(bundle, axes=(), training={})
    write_report(tmp_path / "r.html", bare, everything, less)
    page = Page((tmp_path / "r.html").read_text(encoding="utf-8"))
    assert page.headings == ["Recordings and model", "Map", "Latents", "Corpus", "Settings"]
    assert page.open == []
    with pytest.raises(TrainingError, match="not written"):
        write_report(tmp_path / "no" / "r.html", bare, everything, less)


def test_a_report_that_fails_is_a_warning(
    trained: TrainedModel,
    prepared: PreparedCorpus,
    bundle: Bundle,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object) -> str:
        raise MemoryError

    monkeypatch.setattr(report, "report_page", broken)
    warning = report_or_warning(tmp_path / "r.html", trained, prepared, bundle)
    assert warning == WarningEvent(3, "no report: MemoryError")
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_cannot_be_decoded_does_not_break_the_page() -> None:
    shown = report_template.macro("table")([], [["caf\udce9 <a>", "1.0"]])
    assert "caf? &lt;a&gt;" in shown
    shown.encode("utf-8")
