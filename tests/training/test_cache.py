"""Test the spectrogram cache in one process."""

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from support import sounds
from support.small import SETTINGS

from distill_live.errors import AudioFileError, TrainingError
from distill_live.spectrogram import LOW_LATENCY, Float32, SpectrogramSettings
from distill_train.config import AugmentationConfig
from distill_train.corpus import block_analysis, cache_build
from distill_train.corpus.audio import scan_headers
from distill_train.corpus.cache import CachePlan, locked, open_cache
from distill_train.corpus.cache_build import estimate_bytes
from distill_train.corpus.cache_manifest import CacheSettings
from distill_train.corpus.dataset import split_recordings
from distill_train.corpus.recording import Recording
from distill_train.corpus.spectrogram_cache import SpectrogramCache
from distill_train.corpus.survey import Survey, survey
from distill_train.corpus.training_data import CachedSpectrogramDataset, training_copies
from distill_train.spectrogram import Analysis

RATE_HZ, HOP, N_FRAMES = SETTINGS.sample_rate_hz, SETTINGS.hop_samples, SETTINGS.n_frames
PLAIN = CacheSettings(SETTINGS)
UNCHANGED = AugmentationConfig(
    gain_probability=0.0,
    shift_probability=0.0,
    filter_probability=0.0,
    noise_probability=0.0,
    polarity_probability=0.0,
)
PEAK = 10 ** (-1 / 20)


@pytest.fixture(autouse=True)
def users_caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "users"))
    return tmp_path / "users"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    sounds.write_folder(tmp_path / "snd", 0.8, kinds=["drone", "tabla"], sample_rate_hz=RATE_HZ)
    soundfile.write(tmp_path / "snd" / "short.wav", 0.3 * sounds.click(0.1, 0.05, RATE_HZ), RATE_HZ)
    return tmp_path / "snd"


class Plans(list[CachePlan]):
    """Remembers what was planned, and agrees."""

    def __call__(self, plan: CachePlan) -> bool:
        self.append(plan)
        return True


def why(folder: Path, settings: CacheSettings = PLAIN) -> tuple[str, ...] | None:
    """The reasons for which a cache was made, or None if it was reused."""
    plans = Plans()
    open_cache(folder, settings, on_plan=plans)
    return plans[0].reasons if plans else None


def tree(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path): (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for path in folder.rglob("*")
    }


def frames_of(cache: SpectrogramCache) -> Float32:
    return np.concatenate([part.channels.numpy() for part in cache.recordings], axis=2)


@pytest.mark.parametrize("settings", [SETTINGS, replace(LOW_LATENCY, sample_rate_hz=RATE_HZ)])
def test_frames_are_those_of_the_whole_file_at_the_corpus_level(
    folder: Path, monkeypatch: pytest.MonkeyPatch, settings: SpectrogramSettings
) -> None:
    for module in (block_analysis, cache_build):
        monkeypatch.setattr(module, "BLOCK_FRAMES", 25)
    cache = open_cache(folder, CacheSettings(settings))
    assert cache.files == ("drone.wav", "short.wav", "tabla.wav")
    whole = [soundfile.read(folder / file, dtype="float32")[0] for file in cache.files]
    gain = np.float32(PEAK / max(np.abs(sound).max() for sound in whole))
    for sound, part in zip(whole, cache.recordings, strict=True):
        silence = part.silence_frames * settings.hop_samples
        assert (silence > 0) == (len(sound) < settings.chunk_samples)
        padded = torch.from_numpy(np.pad(gain * sound, silence))[None]
        expected = Analysis(settings).channels(padded, cache.statistics)[0]
        assert part.channels.shape == expected.shape
        error = (part.channels - expected).abs().numpy()
        assert np.mean(error > 2e-4) < 1e-4  # a band at the threshold may fall on either side
        assert error[0].max() < 2e-4


def test_statistics_are_those_of_what_is_stored(folder: Path) -> None:
    cache = open_cache(folder, PLAIN)
    magnitude, offset = frames_of(cache)
    assert np.mean(magnitude**2) == pytest.approx(1.0, rel=1e-4)
    assert cache.statistics.mag_mean == pytest.approx(magnitude.mean(), rel=1e-4)
    assert cache.statistics.mag_std == pytest.approx(magnitude.std(), rel=1e-4)
    assert cache.statistics.if_std == pytest.approx(offset.std(), rel=1e-4)


def test_other_statistics_may_be_given_and_are_kept_apart(folder: Path) -> None:
    own = open_cache(folder, PLAIN)
    before = frames_of(own)
    given = replace(own.statistics, scale=2 * own.statistics.scale)
    plans = Plans()
    other = open_cache(folder, PLAIN, given, on_plan=plans)
    assert plans[0].reasons == ("statistics changed",)
    assert other.statistics == given
    assert frames_of(other)[0] == pytest.approx(before[0] / 2, abs=1e-6)
    assert open_cache(folder, PLAIN, given, on_plan=plans).statistics == given
    assert len(plans) == 1
    assert why(folder) == ("statistics changed",)
    assert open_cache(folder, PLAIN, own.statistics, on_plan=plans).statistics == own.statistics
    assert len(plans) == 1


def test_a_level_of_its_own_for_every_file_or_chunk(folder: Path) -> None:
    def peaks(level: str) -> list[float]:
        cache = open_cache(folder, replace(PLAIN, level=level))
        split = split_recordings(cache.recordings, N_FRAMES, 0.0, np.random.default_rng(0))
        chunks = CachedSpectrogramDataset(cache, split.training, 0.5)
        analysis = Analysis(SETTINGS)
        found = []
        for index in range(len(chunks)):
            recording, first = chunks.locate(index)
            sound = cache.sound(recording, first)
            found.append(float(np.abs(sound).max()))
            expected = analysis.channels(torch.from_numpy(sound)[None], cache.statistics)[0]
            inner = slice(6, N_FRAMES - 6)
            error = (chunks[index] - expected)[:, :, inner].abs()
            assert error.quantile(0.99) < 1e-3  # the IF threshold falls on either side of a few
        return found

    corpus, file, chunk = (peaks(level) for level in ("corpus", "file", "chunk"))
    assert max(corpus) == pytest.approx(PEAK, rel=1e-4)
    assert min(corpus) < 0.5 * PEAK  # the short one is softer
    assert sum(np.isclose(file, PEAK, rtol=1e-3)) >= 3
    assert max(chunk) == pytest.approx(PEAK, rel=1e-4)
    assert min(chunk) > 0.9 * PEAK  # the peak under its frames may lie half a hop before it


def test_a_cache_is_reused_while_nothing_changed(folder: Path) -> None:
    first = open_cache(folder, PLAIN)
    before = tree(folder)
    assert why(folder) is None
    assert tree(folder) == before
    assert why(folder, replace(PLAIN, seed=3)) is None  # of copies, and there are none
    moved = folder.rename(folder.with_name("moved"))
    assert why(moved) is None
    assert np.array_equal(frames_of(open_cache(moved, PLAIN)), frames_of(first))


def test_every_kind_of_change_is_seen_and_said(folder: Path) -> None:
    assert why(folder) == ()
    for name in ("new.wav", "deep/new.wav"):
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(folder / "short.wav", folder / name)
    assert why(folder) == ("2 files added",)
    assert len(open_cache(folder, PLAIN).files) == 5
    (folder / "new.wav").unlink()
    assert why(folder) == ("1 file removed",)
    soundfile.write(folder / "short.wav", sounds.click(0.12, 0.05, RATE_HZ), RATE_HZ)
    assert why(folder) == ("1 file changed",)
    state = (folder / "short.wav").stat()
    os.utime(folder / "short.wav", ns=(state.st_atime_ns, state.st_mtime_ns + 1))
    assert why(folder) == ("1 file changed",)
    other = replace(PLAIN, spectrogram=replace(SETTINGS, n_mels=44))
    assert why(folder, other) == ("spectrogram changed",)
    assert why(folder) == ("spectrogram changed",)
    assert why(folder, replace(PLAIN, level="file")) == ("level changed",)
    copies = replace(PLAIN, augmentation_expansion=1)
    assert why(folder, copies) == ("level changed", "augmentation changed")
    assert why(folder, copies) is None
    assert why(folder, replace(copies, seed=1)) == ("augmentation changed",)
    assert why(folder, replace(copies, augmentation=UNCHANGED)) == ("augmentation changed",)
    (folder / "short.wav").unlink()
    shutil.copy(folder / "drone.wav", folder / "more.wav")
    assert why(folder) == ("1 file added", "1 file removed", "augmentation changed")
    assert why(folder) is None


@pytest.mark.parametrize("damage", ["cut", "gone", "text", "list", "version", "rows", "folder"])
def test_a_damaged_cache_is_made_anew(folder: Path, damage: str) -> None:
    expected = frames_of(open_cache(folder, PLAIN)).copy()
    place = folder / ".cache"
    manifest = place / "manifest.json"
    values = json.loads(manifest.read_text())
    rows = place / values["data"]
    if damage == "cut":
        os.truncate(rows, rows.stat().st_size - 4)
    elif damage == "gone":
        rows.unlink()
    elif damage == "text":
        manifest.write_text("{")
    elif damage == "list":
        manifest.write_text("[1]")
    elif damage == "version":
        manifest.write_text(json.dumps(values | {"version": 0}))
    elif damage == "rows":
        values["recordings"][0]["frames"] += 1
        manifest.write_text(json.dumps(values))
    else:
        shutil.rmtree(place)
    reasons = why(folder)
    assert reasons == {
        "version": ("another version made it",),
        "folder": (),
    }.get(damage, ("it was damaged",))
    assert np.array_equal(frames_of(open_cache(folder, PLAIN)), expected)
    assert len(list(place.glob("rows-*"))) == 1


def test_the_manifest_tells_what_there_is(folder: Path) -> None:
    (folder / "text.wav").write_text("no sound")
    cache = open_cache(folder, replace(PLAIN, augmentation_expansion=1))
    text = (folder / ".cache" / "manifest.json").read_text()
    assert text.count("\n") > 20  # for readers
    values = json.loads(text)
    assert values["version"] == 2
    assert values["created"].endswith("Z")
    states = {item["path"]: item for item in values["files"]}
    assert set(states) == {"drone.wav", "short.wav", "tabla.wav", "text.wav"}
    state = (folder / "drone.wav").stat()
    assert states["drone.wav"]["size"] == state.st_size
    assert states["drone.wav"]["mtime_ns"] == state.st_mtime_ns
    assert values["settings"]["spectrogram"]["chunk_samples"] == SETTINGS.chunk_samples
    assert values["settings"]["spectrogram"]["sample_rate_hz"] == RATE_HZ
    assert values["settings"]["augmentation"]["expansion"] == 1
    assert values["settings"]["augmentation"]["gain_db"] == 3.0
    assert values["statistics"]["scale"] == cache.statistics.scale
    assert values["counts"]["recordings"] == 3
    assert values["counts"]["copies"] == len(cache.copies)
    assert values["bytes"] == (folder / ".cache" / values["data"]).stat().st_size


def test_the_estimate_is_what_it_takes(folder: Path) -> None:
    soundfile.write(folder / "other.wav", sounds.sine(440.0, 1.3, 11025), 11025)
    for settings in (
        PLAIN,
        replace(PLAIN, augmentation_expansion=3),
        replace(PLAIN, level="chunk"),
    ):
        headers, _ = scan_headers(folder, sorted(folder.glob("*.wav")))
        taken = open_cache(folder, settings).manifest.bytes
        assert estimate_bytes(headers, settings) == pytest.approx(taken, rel=0.01)


def test_a_refusal_leaves_everything_as_it_was(folder: Path, users_caches: Path) -> None:
    plans: list[CachePlan] = []

    def refuse(plan: CachePlan) -> bool:
        plans.append(plan)
        return False

    before = tree(folder)
    many = replace(PLAIN, augmentation_expansion=100)
    for settings in (PLAIN, many):
        with pytest.raises(TrainingError, match="was not made; agree with --yes"):
            open_cache(folder, settings, on_plan=refuse)
    assert tree(folder) == before
    assert not users_caches.exists()
    assert not plans[0].large
    assert not plans[1].large
    assert replace(plans[1], bytes=100_000_001).large

    open_cache(folder, PLAIN)
    before = tree(folder)
    with pytest.raises(TrainingError, match="was not made"):
        open_cache(folder, many, on_plan=lambda _: False)
    assert tree(folder) == before
    assert why(folder) is None


@pytest.mark.parametrize("number", [errno.EACCES, errno.EIO, errno.ENOENT, errno.ETIMEDOUT])
def test_a_file_that_may_be_read_again_is_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    closed = folder / "tabla.wav"

    def denied(path: Path, *_: object) -> Survey:
        if path == closed:
            raise AudioFileError(f"it cannot be read: {os.strerror(number)}")
        return survey(path)

    with monkeypatch.context() as patched:
        patched.setattr(cache_build, "survey", denied)
        assert why(folder) == ()
    assert why(folder) == ("1 file can be read now",)
    assert why(folder) is None


@pytest.mark.skipif(sys.platform != "linux", reason="it reads /proc")
@pytest.mark.parametrize("level", ["corpus", "chunk"])
def test_rows_are_mapped_read_only_so_that_they_may_exceed_the_memory(
    folder: Path, level: str
) -> None:
    cache = open_cache(folder, CacheSettings(SETTINGS, level=level))
    maps = Path("/proc/self/maps").read_text()
    rights = {line.split()[1] for line in maps.splitlines() if cache.manifest.data in line}
    assert rights
    assert all("w" not in one for one in rights)


def test_what_cannot_be_used_is_named_each_time(folder: Path) -> None:
    (folder / "text.wav").write_text("no sound")
    soundfile.write(folder / "empty.wav", np.zeros(0, np.float32), RATE_HZ)
    soundfile.write(folder / "silent.wav", sounds.silence(1.0, RATE_HZ), RATE_HZ)
    broken = sounds.sine(440.0, 1.0, RATE_HZ)
    broken[-1] = np.inf
    soundfile.write(folder / "broken.wav", broken, RATE_HZ, subtype="FLOAT")
    settings = replace(PLAIN, augmentation_expansion=1)
    for cache in (open_cache(folder, settings), open_cache(folder, settings)):
        reasons = {skipped.file: skipped.reason for skipped in cache.skipped}
        assert set(reasons) == {"text.wav", "empty.wav", "silent.wav", "broken.wav"}
        assert "silent" in reasons["silent.wav"]
        assert "not finite" in reasons["broken.wav"]
        assert cache.files == ("drone.wav", "short.wav", "tabla.wav")
        assert {copy.recording for copy in cache.manifest.copies} == {0, 1, 2}
    plain = frames_of(open_cache(folder, PLAIN)).copy()
    for name in ("text", "empty", "silent", "broken"):
        (folder / f"{name}.wav").unlink()
    assert np.array_equal(frames_of(open_cache(folder, PLAIN)), plain)


@pytest.mark.skipif(os.name != "posix", reason="names of POSIX")
def test_a_file_may_have_any_name(folder: Path) -> None:
    name = os.fsdecode(b"\xff \x1b[31m\n.wav")
    try:
        (folder / "drone.wav").rename(folder / name)
    except OSError:
        pytest.skip("the file system wants names in Unicode")
    settings = replace(PLAIN, augmentation_expansion=1)
    assert name in open_cache(folder, settings).files
    assert why(folder, settings) is None


def test_a_folder_of_useless_files_is_left_without_a_cache(tmp_path: Path) -> None:
    for number in range(3):
        soundfile.write(tmp_path / f"{number}.wav", sounds.silence(0.2, RATE_HZ), RATE_HZ)
    before = tree(tmp_path)
    with pytest.raises(TrainingError, match=r"none of the 3 sound files .* it is silent"):
        open_cache(tmp_path, PLAIN)
    assert tree(tmp_path) == before
    for path in tmp_path.glob("*.wav"):
        path.write_text("no sound")
    with pytest.raises(TrainingError, match=r"none of the 3 sound files .* cannot be read"):
        open_cache(tmp_path, PLAIN)


def test_a_folder_that_cannot_be_written_gets_its_cache_elsewhere(
    folder: Path, users_caches: Path
) -> None:
    (folder / ".cache").write_text("in the way")
    cache = open_cache(folder, PLAIN)
    assert users_caches in cache.location.parents
    assert why(folder) is None
    other = folder.parent / "other"
    shutil.copytree(folder, other)
    assert open_cache(other, PLAIN).location != cache.location
    users_caches.rename(users_caches.with_name("old"))
    users_caches.write_text("in the way too")
    with pytest.raises(TrainingError, match=r"written to .* or to .*; set XDG_CACHE_HOME"):
        open_cache(folder, PLAIN)


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_a_folder_marked_read_only_is_respected_even_by_root(
    folder: Path, users_caches: Path
) -> None:
    folder.chmod(0o555)
    try:
        assert users_caches in open_cache(folder, PLAIN).location.parents
        assert not (folder / ".cache").exists()
        assert why(folder) is None
    finally:
        folder.chmod(0o755)


@pytest.fixture
def read_only(folder: Path) -> Iterator[Path]:
    """The folder under a mount that not even root can write to."""
    mounted = folder.with_name("mounted")
    mounted.mkdir()
    bind = ["mount", "--bind", str(folder), str(mounted)]
    if subprocess.run(bind, capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", mounted], check=True, capture_output=True)
        yield mounted
    finally:
        subprocess.run(["umount", mounted], check=True)


@pytest.mark.process
def test_a_read_only_folder(folder: Path, read_only: Path, users_caches: Path) -> None:
    cache = open_cache(read_only, PLAIN)
    assert users_caches in cache.location.parents
    assert why(read_only) is None
    open_cache(folder, replace(PLAIN, level="file"))
    shared = open_cache(read_only, replace(PLAIN, level="file"))
    assert shared.location == read_only / ".cache"  # a complete one is used where it is


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    mounted = tmp_path / "tiny"
    mounted.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(mounted)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        yield mounted
    finally:
        subprocess.run(["umount", mounted], check=True)


@pytest.mark.process
@pytest.mark.parametrize("estimated", [True, False])
def test_a_full_disk_is_told_in_a_line_and_harms_nothing(
    tiny_disk: Path, monkeypatch: pytest.MonkeyPatch, estimated: bool
) -> None:
    sounds.write_folder(tiny_disk, 0.8, kinds=["drone"], sample_rate_hz=RATE_HZ)
    expected = frames_of(open_cache(tiny_disk, PLAIN)).copy()
    before = tree(tiny_disk)
    if not estimated:  # the disk fills up while the rows are written
        free = shutil.disk_usage(tiny_disk)._replace(free=2**40)
        monkeypatch.setattr("distill_train.corpus.cache_build.disk_usage", lambda _: free)
    with pytest.raises(TrainingError, match=r"was not written .*; it needs about . MB") as refused:
        open_cache(tiny_disk, replace(PLAIN, augmentation_expansion=10))
    assert "\n" not in str(refused.value)
    after = tree(tiny_disk)
    lock = str(tiny_disk / ".cache")
    assert {key: value for key, value in after.items() if key != lock} == {
        key: value for key, value in before.items() if key != lock
    }
    assert why(tiny_disk) is None
    assert np.array_equal(frames_of(open_cache(tiny_disk, PLAIN)), expected)


@pytest.mark.parametrize("when", ["rows", "manifest"])
def test_a_write_that_fails_leaves_the_cache_that_was_there(
    folder: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    open_cache(folder, PLAIN)
    before = {key: content for key, (_, content) in tree(folder).items()}

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    target = "os.fsync" if when == "rows" else "pathlib.Path.write_text"
    with monkeypatch.context() as patch:
        patch.setattr(target, full)
        with pytest.raises(TrainingError, match="no space left on device"):
            open_cache(folder, replace(PLAIN, level="file"))
    assert {key: content for key, (_, content) in tree(folder).items()} == before
    assert why(folder) is None


@pytest.mark.parametrize("first", [True, False])
def test_stopped_by_the_user_it_leaves_what_was_there(folder: Path, first: bool) -> None:
    def stop(done: int, files: int) -> None:
        assert files == 3
        if done == 2:
            raise KeyboardInterrupt

    if not first:
        open_cache(folder, PLAIN)
    before = {key: content for key, (_, content) in tree(folder).items()}
    with pytest.raises(KeyboardInterrupt):
        open_cache(folder, replace(PLAIN, level="file"), on_file=stop)
    assert {key: content for key, (_, content) in tree(folder).items()} == before


def test_one_run_at_a_time_makes_a_cache_and_any_number_read_it(folder: Path) -> None:
    another = pytest.raises(TrainingError, match="another run is making the cache")
    with locked(folder / ".cache"), another:
        open_cache(folder, PLAIN)
    open_cache(folder, PLAIN)
    with locked(folder / ".cache"):
        assert why(folder) is None
        with another:
            open_cache(folder, replace(PLAIN, level="file"))
    assert why(folder) is None


def test_what_dead_runs_left_is_cleared_and_what_is_not_ours_stays(folder: Path) -> None:
    first = open_cache(folder, PLAIN)
    place = folder / ".cache"
    for name in ("rows-0123456789abcdef.f32", ".0123456789abcdef.partial", "notes.txt"):
        (place / name).write_text("x")
    held = frames_of(first)
    open_cache(folder, replace(PLAIN, level="file"))
    names = {path.name for path in place.iterdir()}
    assert names == {"manifest.json", "lock", "notes.txt", next(n for n in names if "rows" in n)}
    assert np.array_equal(frames_of(first), held)  # who had it open still has it


def test_chunks_are_float32_views_of_a_mapped_file(folder: Path) -> None:
    cache = open_cache(folder, PLAIN)
    split = split_recordings(cache.recordings, N_FRAMES, 0.0, np.random.default_rng(0))
    chunks = CachedSpectrogramDataset(cache, split.training, 0.75)
    assert chunks[0].shape == SETTINGS.shape
    assert chunks[0].dtype == torch.float32
    starts = {part.channels.data_ptr() for part in cache.recordings}
    assert chunks[0].data_ptr() in starts
    (batch,) = chunks.grid_batches(len(chunks), len(chunks))
    assert batch.is_contiguous()
    assert batch.shape == (len(chunks), *SETTINGS.shape)
    for index in range(len(chunks)):
        recording, first = chunks.locate(index)
        expected = cache.recordings[recording].channels[:, :, first : first + N_FRAMES]
        assert torch.equal(batch[index], expected)


def test_copies_without_a_change_are_the_chunks_themselves(folder: Path) -> None:
    settings = replace(PLAIN, augmentation=UNCHANGED, augmentation_expansion=2)
    cache = open_cache(folder, settings)
    starts: dict[int, list[int]] = {}
    for part, copy in zip(cache.copies, cache.manifest.copies, strict=True):
        original = cache.recordings[copy.recording]
        mine = slice(copy.first_frame, copy.first_frame + copy.frames)
        inner = slice(8, original.frames - 8)  # ends of a file are reflected, copies hear silence
        for_frames = np.arange(original.frames)[mine]
        kept = (for_frames >= inner.start) & (for_frames < inner.stop)
        expected = original.channels[:, :, mine].numpy()[:, :, kept]
        assert part.channels.numpy()[:, :, kept] == pytest.approx(expected, abs=2e-4)
        starts.setdefault(copy.recording, []).extend(
            range(copy.first_frame, copy.first_frame + copy.frames - N_FRAMES + 1)
        )
    for recording, found in starts.items():  # every start of a chunk, once a copy
        every = range(cache.recordings[recording].frames - N_FRAMES + 1)
        assert sorted(found) == sorted([*every, *every])


def test_copies_differ_and_follow_the_seed(folder: Path) -> None:
    settings = replace(PLAIN, augmentation_expansion=2)

    def copies(seed: int) -> list[Float32]:
        cache = open_cache(folder, replace(settings, seed=seed))
        return [part.channels.numpy().copy() for part in cache.copies]

    first, again, other = copies(0), copies(0), copies(1)
    shutil.rmtree(folder / ".cache")
    fresh = copies(0)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert all(np.array_equal(a, b) for a, b in zip(first, fresh, strict=True))
    assert not any(np.array_equal(a, b) for a, b in zip(first, other, strict=True))
    half = len(first) // 2
    assert not any(np.array_equal(a, b) for a, b in zip(first[:half], first[half:], strict=True))


@pytest.mark.parametrize("by_time", [False, True])
def test_no_copy_of_anything_held_out_is_learnt(tmp_path: Path, by_time: bool) -> None:
    for number in range(5):
        rng = np.random.default_rng(number)
        seconds = 1.4 + 0.3 * number
        soundfile.write(
            tmp_path / f"{number}.wav", sounds.white_noise(seconds, rng, RATE_HZ), RATE_HZ
        )
    wild = AugmentationConfig(shift_share=0.5, speed_probability=1.0, speed_share=0.3)
    settings = replace(PLAIN, augmentation=wild, augmentation_expansion=2)
    cache = open_cache(tmp_path, settings)
    for seed in range(5):
        rng = np.random.default_rng(seed)
        split = split_recordings(cache.recordings, N_FRAMES, 0.3, rng, by_time=by_time)
        assert split.by == ("time" if by_time else "file")
        chosen = training_copies(cache, split)
        held_out = {
            (region.recording, frame)
            for region in split.validation
            for frame in range(region.first, region.last + N_FRAMES)
        }
        heard = {
            (copy.recording, frame)
            for copy in (cache.manifest.copies[index] for index in chosen)
            for frame in range(copy.heard_from, copy.heard_to)
        }
        assert chosen
        assert not heard & held_out
        learnt = sum(region.last - region.first + N_FRAMES for region in split.training)
        copied = sum(cache.copies[index].frames - N_FRAMES + 1 for index in chosen)
        assert copied > (0.5 if by_time else 1.0) * learnt  # and most of what is learnt has some
        training = CachedSpectrogramDataset(cache, split.training, 0.75, chosen)
        validation = CachedSpectrogramDataset(cache, split.validation, 0.75)
        originals = len(cache.recordings)
        places = [training.locate(index)[0] for index in range(len(training))]
        assert {place - originals for place in places if place >= originals} == set(chosen)
        assert all(validation.locate(index)[0] < originals for index in range(len(validation)))
        plain = training.unaugmented()
        assert all(plain.locate(index)[0] < originals for index in range(len(plain)))
        assert len(plain) == sum(place < originals for place in places)


def test_where_a_copy_heard_its_recording_is_where_it_did(tmp_path: Path) -> None:
    """Clicks that lie outside of what a copy heard leave no trace in it."""
    samples = round(2.5 * RATE_HZ)
    soundfile.write(tmp_path / "a.wav", sounds.sine(440.0, 2.5, RATE_HZ), RATE_HZ, subtype="FLOAT")
    wild = AugmentationConfig(
        shift_share=0.5, speed_probability=0.7, speed_share=0.3, pitch_probability=0.7
    )
    settings = replace(PLAIN, augmentation=wild, augmentation_expansion=2)
    copies = [part.channels.numpy().copy() for part in open_cache(tmp_path, settings).copies]
    stored = open_cache(tmp_path, settings).manifest
    given = stored.statistics
    for index in (0, 1, len(copies) // 2, len(copies) - 1):
        copy = stored.copies[index]
        sound = np.array(sounds.sine(440.0, 2.5, RATE_HZ))
        outside = np.ones(samples, bool)
        outside[max(0, copy.heard_from * HOP) : max(0, copy.heard_to * HOP)] = False
        sound[outside] *= -0.5
        soundfile.write(tmp_path / "a.wav", sound, RATE_HZ, subtype="FLOAT")
        with Recording(tmp_path / "a.wav", RATE_HZ) as recording:
            assert recording.samples == samples
        changed = open_cache(tmp_path, settings, given)
        gain = changed.manifest.recordings[0].gain / stored.recordings[0].gain
        if abs(gain - 1) < 1e-6:
            assert changed.copies[index].channels.numpy() == pytest.approx(copies[index], abs=1e-5)
