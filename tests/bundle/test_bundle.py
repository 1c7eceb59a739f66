"""Bundle files: byte-exact round trips, and refusal of invalid content."""

import dataclasses
import errno
import hashlib
import itertools
import json
import os
import re
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.tiny import AXES, complete_bundle, tiny_bundle

from distill_live.bundle import (
    Axis,
    Bundle,
    Landmark,
    RecordingPath,
    archive,
    arrays,
    plain_name,
    read_bundle,
    read_manifest,
    reader,
    write_bundle,
)
from distill_live.errors import BundleError
from distill_live.spectrogram import LOW_LATENCY, STANDARD, Representation, SpectrogramSettings

SMALL = SpectrogramSettings(
    sample_rate_hz=8000,
    n_fft=256,
    hop_samples=64,
    n_mels=16,
    chunk_samples=2048,
    synthesis_samples=256,
)
MEMBERS = ["manifest.json", "decoder.onnx", "axes.npy", "landmarks.npy"]
ADDED = ["landmark_features.npy", "path_latents.npy", "encoder.onnx"]
INCOMPATIBLE = "Incompatible model format. Please retrain with current version."


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return tiny_bundle(SMALL, latent=4)


@pytest.fixture
def path(tmp_path: Path, bundle: Bundle) -> Path:
    path = tmp_path / "x.distill"
    write_bundle(bundle, path)
    return path


@pytest.fixture
def complete(tmp_path: Path) -> Path:
    path = tmp_path / "complete.distill"
    write_bundle(complete_bundle(SMALL, latent=4), path)
    return path


def members_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as container:
        return {name: container.read(name) for name in container.namelist()}


def rewrite(path: Path, members: dict[str, bytes], *, sign: bool = True) -> None:
    """Pack members as the writer does, and state their true sizes and hashes."""
    if sign:
        said = json.loads(members["manifest.json"])
        for name in said["members"].keys() & members.keys():
            digest = hashlib.sha256(members[name]).hexdigest()
            said["members"][name] = {"bytes": len(members[name]), "sha256": digest}
        members = members | {"manifest.json": json.dumps(said).encode()}
    path.write_bytes(b"".join(archive.pack(members)))


def edit(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    members = members_of(path)
    said = json.loads(members["manifest.json"])
    change(said)
    rewrite(path, members | {"manifest.json": json.dumps(said).encode()}, sign=False)


def refusal_of(path: Path) -> str:
    with pytest.raises(BundleError) as refusal:
        read_bundle(path)
    message = str(refusal.value)
    assert "\n" not in message
    assert message.isprintable()
    return message


def test_a_fingerprint_is_of_what_places_in_the_latent_space_mean(
    bundle: Bundle, path: Path
) -> None:
    replace = dataclasses.replace
    first, *axes = bundle.axes
    others = [
        replace(bundle, decoder=bundle.decoder + b"x"),
        replace(bundle, latent_mean=bundle.latent_mean + 0.5),
        replace(bundle, latent_std=bundle.latent_std * 2.0),
        replace(bundle, axes=tuple(axes)),
        replace(bundle, axes=(replace(first, high=2.0), *axes)),
        replace(bundle, axes=(replace(first, direction=-first.direction), *axes)),
        replace(bundle, axes=(replace(first, name="other"), *axes)),
    ]
    assert len({bundle.fingerprint, *(other.fingerprint for other in others)}) == 8
    assert complete_bundle(SMALL, latent=4).fingerprint == bundle.fingerprint
    labelled = (replace(first, label="Other"), *axes)
    for same in (replace(bundle, name="other", author="x"), replace(bundle, axes=labelled)):
        assert same.fingerprint == bundle.fingerprint
    assert read_bundle(path).fingerprint == bundle.fingerprint
    assert read_manifest(path).fingerprint == bundle.fingerprint


def test_a_manifest_is_read_of_a_file_that_is_damaged_behind_it(tmp_path: Path) -> None:
    path = tmp_path / "x.distill"
    write_bundle(tiny_bundle(), path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-100])
    assert read_manifest(path).texts["name"] == "tiny"
    for damaged in (b"", whole[:200], b"PK" + whole, whole.replace(b'"n_mels"', b'"m_nels"', 1)):
        path.write_bytes(damaged)
        with pytest.raises(BundleError) as by_manifest:
            read_manifest(path)
        with pytest.raises(BundleError) as by_bundle:
            read_bundle(path)
        assert str(by_manifest.value) == str(by_bundle.value)


class TestRoundTrip:
    @pytest.mark.parametrize("spectrogram", [STANDARD, LOW_LATENCY, SMALL])
    @pytest.mark.parametrize("latent", [1, 8])
    def test_what_is_read_is_what_was_written(
        self, tmp_path: Path, spectrogram: SpectrogramSettings, latent: int
    ) -> None:
        written = tiny_bundle(spectrogram, latent)
        write_bundle(written, tmp_path / "x.distill")
        read = read_bundle(tmp_path / "x.distill")
        for field in dataclasses.fields(Bundle):
            found, expected = getattr(read, field.name), getattr(written, field.name)
            if field.name == "axes":
                for a, b in zip(found, expected, strict=True):
                    assert np.array_equal(a.direction, b.direction)
                    assert (a.name, a.label, a.low, a.mean, a.high, a.variance) == (
                        *(b.name, b.label, b.low, b.mean, b.high),
                        b.variance,
                    )
            elif isinstance(expected, np.ndarray):
                assert found.dtype == np.float32
                assert not found.flags.writeable
                assert np.array_equal(found, expected)
            else:
                assert found == expected

    def test_the_same_bundle_gives_the_same_bytes(self, tmp_path: Path) -> None:
        first, second, third = (tmp_path / name for name in ("1", "2", "3"))
        made = tiny_bundle(SMALL, 4)
        write_bundle(made, first)
        reordered = dict(reversed(list(made.training.items())))
        write_bundle(dataclasses.replace(made, training=reordered), second)
        write_bundle(read_bundle(first), third)
        assert first.read_bytes() == second.read_bytes() == third.read_bytes()

    def test_any_zip_program_reads_it(self, path: Path) -> None:
        with zipfile.ZipFile(path) as container:
            assert container.testzip() is None
            assert container.namelist() == MEMBERS
            for entry in container.infolist():
                assert entry.compress_type == zipfile.ZIP_STORED
                assert entry.date_time == (1980, 1, 1, 0, 0, 0)
            with container.open("axes.npy") as file:
                assert np.load(file, allow_pickle=False).dtype == np.float32

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(data=st.data())
    def test_any_valid_numbers_and_texts_come_back(
        self, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
    ) -> None:
        plain = st.text(max_size=40).map(plain_name)
        real = st.floats(-1e6, 1e6, width=32)
        made = tiny_bundle(SMALL, 4)
        low, mean, high = data.draw(st.lists(real, min_size=3, max_size=3, unique=True).map(sorted))
        made = dataclasses.replace(
            made,
            name=data.draw(plain),
            author=data.draw(plain),
            latent_mean=np.array(data.draw(st.lists(real, min_size=4, max_size=4))),
            axes=(dataclasses.replace(made.axes[0], low=low, mean=mean, high=high),),
            landmarks=tuple(
                Landmark(
                    data.draw(plain),
                    data.draw(st.floats(0, 1e6)),
                    data.draw(st.floats(0, 1)),
                    data.draw(st.floats(0, 1)),
                )
                for _ in made.landmarks
            ),
        )
        path = tmp_path_factory.mktemp("bundle") / "x.distill"
        write_bundle(made, path)
        read = read_bundle(path)
        assert (read.name, read.author, read.landmarks) == (made.name, made.author, made.landmarks)
        assert np.array_equal(read.latent_mean, made.latent_mean)
        assert (read.axes[0].low, read.axes[0].mean, read.axes[0].high) == (low, mean, high)

    def test_no_axes_and_a_single_landmark_are_enough(self, tmp_path: Path) -> None:
        made = tiny_bundle(SMALL, 4)
        made = dataclasses.replace(
            made, axes=(), landmarks=made.landmarks[:1], landmark_latents=made.landmark_latents[:1]
        )
        write_bundle(made, tmp_path / "x")
        assert read_bundle(tmp_path / "x").axes == ()


class TestVersion2:
    def test_what_is_read_is_what_was_written(self, complete: Path) -> None:
        made, read = complete_bundle(SMALL, latent=4), read_bundle(complete)
        assert json.loads(members_of(complete)["manifest.json"])["version"] == 2
        assert read.format_version == made.format_version == 2
        assert made.landmark_features is not None
        assert read.landmark_features is not None
        assert np.array_equal(read.landmark_features, made.landmark_features)
        assert not read.landmark_features.flags.writeable
        for found, expected in zip(read.paths, made.paths, strict=True):
            assert (found.file, found.frames) == (expected.file, expected.frames)
            assert np.array_equal(found.latents, expected.latents)
        assert read.encoder == made.encoder
        again = complete.with_name("again")
        write_bundle(read, again)
        assert again.read_bytes() == complete.read_bytes()

    @pytest.mark.parametrize("kept", [(), *itertools.combinations(range(3), 1), (0, 2), (1, 2)])
    def test_each_part_may_be_missing(self, kept: tuple[int, ...], tmp_path: Path) -> None:
        parts = {"landmark_features": None, "paths": (), "encoder": b""}
        absent = {name: parts[name] for index, name in enumerate(parts) if index not in kept}
        made = dataclasses.replace(complete_bundle(SMALL, latent=4), **absent)  # type: ignore[arg-type]
        write_bundle(made, tmp_path / "x")
        assert list(members_of(tmp_path / "x")) == [*MEMBERS, *(ADDED[index] for index in kept)]
        read = read_bundle(tmp_path / "x")
        assert read.format_version == (2 if kept else 1)
        present = (read.landmark_features is not None, bool(read.paths), bool(read.encoder))
        assert [index for index, there in enumerate(present) if there] == list(kept)

    def test_an_encoder_undoes_the_decoder(self, complete: Path) -> None:
        read = read_bundle(complete)
        latent = np.array([[0.2, -0.1, 0.3, 0.1], [0.0, 0.1, 0.0, -0.1]], np.float32)
        (chunks,) = onnxruntime.InferenceSession(read.decoder).run(None, {"latent": latent})
        session = onnxruntime.InferenceSession(read.encoder)
        assert np.allclose(session.run(["latent"], {"spectrogram": chunks})[0], latent, atol=0.05)

    def test_a_path_goes_from_the_beginning_of_its_recording_to_its_end(self) -> None:
        latents = np.zeros((4, 2), np.float32)
        assert RecordingPath("a", 100, latents).start_frames(40).tolist() == [0, 20, 40, 60]
        assert RecordingPath("a", 30, latents[:1]).start_frames(40).tolist() == [0]

    def test_a_feature_is_found_by_its_name(self, complete: Path, path: Path) -> None:
        pitch = read_bundle(complete).landmark_feature("pitch")
        assert pitch is not None
        assert pitch.tolist() == [110, 0, 330, 0, 550, 0]
        assert read_bundle(path).landmark_feature("pitch") is None

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            (lambda m: m.update(version=1), "unknown key 'features'"),
            (lambda m: m.pop("paths"), "lacks paths"),
            (lambda m: m.update(features=[]), "features and the member landmark_features.npy are"),
            (lambda m: m["features"].pop(), "features are others"),
            (lambda m: m["features"].reverse(), "features are others"),
            (lambda m: m["features"][3].update(unit="kHz"), "features are others"),
            (lambda m: m["features"][3].update(low=1), "features has the unknown key 'low'"),
            (lambda m: m["features"].append(m["features"][0]), "features has 7 entries"),
            (lambda m: m.update(paths=[]), "paths and the member path_latents.npy are not"),
            (lambda m: m["paths"].pop(), r"path_latents.npy: has the shape \(10, 4\)"),
            (lambda m: m["paths"][0].update(file=2), "paths.file is 2; there are 2 files"),
            (lambda m: m["paths"][0].update(frames=0), "a path's frames is 0"),
            (lambda m: m["paths"][0].update(frames=36), "5 points of a path of 36 frames"),
            (lambda m: m["paths"][0].update(points=0), "paths.points is 0"),
            (lambda m: m["paths"][0].update(points=-5), "paths.points is -5"),
            (lambda m: m["paths"][0].update(points=2**40), "paths.points is 1099511627776"),
            (lambda m: m["paths"][0].update(seconds=1), "paths has the unknown key 'seconds'"),
            (lambda m: m["members"].pop("path_latents.npy"), "paths and the member"),
            (lambda m: m["members"].pop("encoder.onnx"), "members that do not belong"),
            (lambda m: m["members"].pop("landmarks.npy"), "members lacks landmarks.npy"),
        ],
    )
    def test_a_wrong_value_is_named(
        self, complete: Path, change: Callable[[dict[str, Any]], object], reason: str
    ) -> None:
        edit(complete, change)
        message = refusal_of(complete)
        assert re.search(reason, message)
        assert message.endswith("; copy or export it again")

    def test_members_missing_moved_or_of_another_shape(self, complete: Path) -> None:
        members = members_of(complete)
        for name in ADDED:
            rewrite(complete, {key: value for key, value in members.items() if key != name})
            assert f"{name}: is missing" in refusal_of(complete)
        swapped = dict.fromkeys((*MEMBERS, *reversed(ADDED)))
        rewrite(complete, {name: members[name] for name in swapped})
        assert "landmark_features.npy: is missing" in refusal_of(complete)
        rewrite(complete, members | {"encoder.onnx": members["decoder.onnx"]})
        assert "encoder.onnx: must have exactly one input, named spectrogram" in refusal_of(
            complete
        )
        rewrite(complete, members | {"encoder.onnx": b"nonsense"})
        assert "encoder.onnx: is no" in refusal_of(complete)

    @pytest.mark.parametrize(
        ("column", "value", "reason"),
        [
            (0, np.nan, "not finite"),
            (0, 101.0, "loudness of a landmark is 101.0"),
            (1, -1.0, "brightness of a landmark is -1.0"),
            (3, -440.0, "pitch of a landmark is -440.0"),
            (3, 20001.0, "pitch of a landmark is 20001.0"),
            (4, 1.5, "pitch_confidence of a landmark is 1.5"),
        ],
    )
    def test_a_feature_out_of_its_range(
        self, column: int, value: float, reason: str, complete: Path
    ) -> None:
        members = members_of(complete)
        features = arrays.from_npy(memoryview(members["landmark_features.npy"]), (6, 6)).copy()
        features[2, column] = value
        rewrite(complete, members | {"landmark_features.npy": arrays.to_npy(features)})
        assert re.search(f"landmark_features.npy: .*{reason}", refusal_of(complete))

    def test_what_is_out_of_range_cannot_be_made(self) -> None:
        made = complete_bundle(SMALL, latent=4)
        short = dataclasses.replace(made.paths[0], latents=made.paths[0].latents[:, :3])
        long = RecordingPath("x", 10**6, np.zeros((65537, 4), np.float32))
        for change in (
            {"landmark_features": np.zeros((5, 6))},
            {"landmark_features": np.zeros((6, 5))},
            {"paths": (short,)},
            {"paths": (long,)},
            {"paths": (dataclasses.replace(long, latents=made.paths[0].latents[:0]),)},
        ):
            with pytest.raises(BundleError):
                dataclasses.replace(made, **change)
        with pytest.raises(BundleError, match="is a path, not a name"):
            RecordingPath("a/b", 10, np.zeros((1, 4), np.float32))

    def test_a_refused_encoder_leaves_the_old_file(self, complete: Path) -> None:
        before, made = complete.read_bytes(), complete_bundle(SMALL, latent=4)
        with pytest.raises(BundleError, match=r"distill: not written: encoder\.onnx: "):
            write_bundle(dataclasses.replace(made, encoder=b"nonsense"), complete)
        assert complete.read_bytes() == before


class TestFile:
    def test_every_kind_of_wrong_file_has_its_own_line(self, path: Path, tmp_path: Path) -> None:
        content = path.read_bytes()
        path.write_bytes(b"")
        assert refusal_of(path).endswith("x.distill: is empty; copy or export it again")
        path.write_bytes(b"RIFF" + bytes(100))
        assert "is no .distill file" in refusal_of(path)
        path.write_bytes(content[: len(content) // 2])
        assert "decoder.onnx: is cut short" in refusal_of(path)
        path.write_bytes(content[:-30])
        assert "the zip directory is cut short" in refusal_of(path)
        assert "is a folder" in refusal_of(tmp_path)
        assert "there is no such file" in refusal_of(tmp_path / "none.distill")
        assert "there is no such file" in refusal_of(path / "below.distill")

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
    def test_a_pipe_is_not_waited_for(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        assert "is no regular file" in refusal_of(tmp_path / "pipe")

    def test_an_unreadable_file(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object) -> None:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

        monkeypatch.setattr(os, "open", refuse)
        assert "cannot be read (permission denied)" in refusal_of(path)

    def test_a_file_over_the_limit(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(reader, "MAX_FILE_BYTES", path.stat().st_size - 1)
        assert "the limit" in refusal_of(path)

    @pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
    def test_a_zip_of_something_else(self, path: Path, compression: int) -> None:
        for names in (
            ["archive/data.pkl", "archive/version"],
            ["manifest.json"],
            ["manifest.json", "decoder.onnx"],
            [],
        ):
            with zipfile.ZipFile(path, "w", compression) as container:
                for name in names:
                    container.writestr(name, '{"manifest_version": 3, "name": "an extension"}')
            assert refusal_of(path) == INCOMPATIBLE

    def test_a_directory_of_very_many_entries_is_not_taken_in(self, path: Path) -> None:
        entry = b"PK\1\2" + bytes(42)
        count = 2 * reader.MAX_FOREIGN_ENTRIES
        end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, len(entry) * count, 0, 0)
        path.write_bytes(entry * count + end)
        tracemalloc.start()
        assert refusal_of(path) == INCOMPATIBLE
        assert tracemalloc.get_traced_memory()[1] < 4 * path.stat().st_size
        tracemalloc.stop()

    def test_a_checkpoint_with_the_same_suffix(self, path: Path) -> None:
        torch = pytest.importorskip("torch")
        torch.save({"weights": torch.zeros(3)}, path)
        assert refusal_of(path) == INCOMPATIBLE

    def test_a_bundle_that_was_packed_again(self, path: Path) -> None:
        members = members_of(path)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as container:
            for name, content in members.items():
                container.writestr(name, content)
        assert "manifest.json: is compressed" in refusal_of(path)
        with zipfile.ZipFile(path, "w") as container:
            for name, content in members.items():
                container.writestr(name, content)
        assert "manifest.json: has another header" in refusal_of(path)

    def test_a_later_version_asks_for_an_update(self, path: Path) -> None:
        members = members_of(path)
        rewrite(path, {"manifest.json": b'{"format": "distill-live", "version": 3}'}, sign=False)
        message = refusal_of(path)
        assert message.endswith(
            "its format has version 3, this program reads 2; update distill-live"
        )
        edit_members = members | {"manifest.json": b'{"format": "distill-live", "version": 0}'}
        rewrite(path, edit_members, sign=False)
        assert "version is 0" in refusal_of(path)

    def test_a_name_that_a_terminal_would_obey(self, tmp_path: Path) -> None:
        assert "x?[2J" in refusal_of(tmp_path / "x\x1b[2J\n.distill")


class TestContainer:
    def test_members_missing_extra_renamed_or_moved(self, path: Path) -> None:
        members = members_of(path)
        for name in MEMBERS[1:]:
            fewer = {key: value for key, value in members.items() if key != name}
            rewrite(path, fewer, sign=False)
            assert f"{name}: is missing" in refusal_of(path)
        rewrite(path, members | {"extra.txt": b"hello"})
        assert "members that do not belong" in refusal_of(path)
        rewrite(path, members | {"../../evil": b"hello"})
        assert "members that do not belong" in refusal_of(path)
        swapped = {name: members[name] for name in ("manifest.json", *reversed(MEMBERS[1:]))}
        rewrite(path, swapped)
        assert "decoder.onnx: is missing" in refusal_of(path)

    def test_bytes_after_between_and_in_the_directory(self, path: Path) -> None:
        content = path.read_bytes()
        path.write_bytes(content + b"more")
        assert "4 bytes follow the zip directory" in refusal_of(path)
        path.write_bytes(content[:-2] + b"\4\0text")
        assert "directory does not match" in refusal_of(path)
        start = content.index(b"PK\1\2")
        path.write_bytes(content[:start] + b"gap" + content[start:])
        assert "directory does not match" in refusal_of(path)

    @pytest.mark.parametrize(
        ("offset", "value", "reason"),
        [
            (6, b"\1\0", "is encrypted"),
            (6, b"\x08\0", "another header"),
            (8, b"\x08\0", "is compressed"),
            (10, b"\1\0", "another header"),
            (14, b"\0\0\0\0", "its CRC-32 does not match"),
            (18, b"\1\0\0\0", "has two sizes"),
            (18, b"\xff\xff\xff\xff\xff\xff\xff\xff", "at most 268435456 are allowed"),
            (18, b"\xff\xff\xff\x0f\xff\xff\xff\x0f", "is cut short"),
            (26, b"\xff\xff", "another member"),
            (28, b"\4\0", "another header"),
        ],
    )
    def test_a_changed_header(self, path: Path, offset: int, value: bytes, reason: str) -> None:
        content = bytearray(path.read_bytes())
        start = content.index(b"decoder.onnx", content.index(b"PK\3\4", 4)) - 30 + offset
        content[start : start + len(value)] = value
        path.write_bytes(content)
        assert re.search(f"decoder.onnx: .*{reason}", refusal_of(path))

    @pytest.mark.parametrize("name", MEMBERS)
    def test_a_changed_byte_is_found(self, path: Path, name: str) -> None:
        content = bytearray(path.read_bytes())
        offset = content.index(members_of(path)[name]) + 70
        content[offset] ^= 1
        path.write_bytes(content)
        assert f"{name}: is damaged" in refusal_of(path)

    def test_a_changed_member_with_a_true_crc_is_found(self, path: Path) -> None:
        members = members_of(path)
        rewrite(path, members | {"axes.npy": members["axes.npy"][:-1] + b"x"}, sign=False)
        assert "axes.npy: is damaged: its SHA-256" in refusal_of(path)
        rewrite(path, members | {"axes.npy": members["axes.npy"] + b"x"}, sign=False)
        assert "axes.npy: has 177 bytes; the manifest says 176" in refusal_of(path)


def deep(said: dict[str, Any]) -> None:
    value: object = []
    for _ in range(200):
        value = [value]
    said["training"] = {"x": value}


class TestManifest:
    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            (lambda m: m.pop("author"), "lacks author"),
            (lambda m: m.update(code="x"), "unknown key 'code'"),
            (lambda m: m.update(version=True), "version is no integer"),
            (lambda m: m.update(version=1.0), "version is no integer"),
            (lambda m: m.update(version="1"), "version is no integer"),
            (lambda m: m.update(version=10**400), "version is over"),
            (lambda m: m.update(name=1), "name is no text"),
            (lambda m: m.update(name=""), "name has 0 characters"),
            (lambda m: m.update(name="x" * 101), "name has 101 characters"),
            (lambda m: m.update(name="a\x1b[2J"), "U\\+001B"),
            (lambda m: m.update(author="a\u202eb"), "U\\+202E"),
            (lambda m: m.update(licence="a\nb"), "U\\+000A"),
            (lambda m: m.update(author="\ud800"), "U\\+D800"),
            (lambda m: m.update(created="yesterday"), "created is 'yesterday'"),
            (lambda m: m.update(created="2025-02-30T12:00:00Z"), "created is"),
            (lambda m: m["settings"].update(n_fft=True), "n_fft is no integer"),
            (lambda m: m["settings"].update(n_fft=256.0), "n_fft is no integer"),
            (lambda m: m["settings"].update(n_fft=2**30), "n_fft is 1073741824"),
            (lambda m: m["settings"].update(n_mels=10**30), "n_mels is over"),
            (lambda m: m["settings"].update(hop_samples=0), "hop_samples is 0"),
            (lambda m: m["settings"].update(compression="x"), "compression is no number"),
            (lambda m: m["settings"].update(path="x"), "unknown key 'path'"),
            (lambda m: m["settings"].update(n_mels=17), "decoder.onnx: spectrogram must be"),
            (lambda m: m["statistics"].update(mag_std=0), "mag_std is 0"),
            (lambda m: m["statistics"].update(if_std=-1), "if_std is -1"),
            (lambda m: m["statistics"].update(scale=1e300), "scale is not finite, or over"),
            (lambda m: m["statistics"].update(scale=False), "scale is no number"),
            (lambda m: m["latent"].update(size=5), "latent.mean has 4 numbers, not 5"),
            (lambda m: m["latent"].update(size=-4), "not -4"),
            (lambda m: m["latent"].update(mean=[0.0] * 4000), "latent.mean has 4000 entries"),
            (lambda m: m["latent"]["std"].__setitem__(0, 0), "latent_std holds"),
            (lambda m: m["latent"]["low"].__setitem__(0, 9), "latent_low is over"),
            (lambda m: m["latent"]["low"].__setitem__(0, "9"), "latent.low is no number"),
            (lambda m: m["latent"]["high"].__setitem__(0, 1e9), "latent_high holds"),
            (lambda m: m.update(axes={}), "axes is no array"),
            (lambda m: m["axes"][0].update(name="Bright"), "axis name 'Bright'"),
            (lambda m: m["axes"][0].update(name="../x"), "axis name"),
            (lambda m: m["axes"][0].update(name="list"), "reserved"),
            (lambda m: m["axes"][0].update(name="noisiness"), "two axes have the same name"),
            (lambda m: m["axes"][0].update(label=""), "label has 0"),
            (lambda m: m["axes"][0].update(low=5), "they must rise"),
            (lambda m: m["axes"][0].update(mean=1.6), "they must rise"),
            (lambda m: m["axes"][0].update(variance=1.5), "variance is 1.5"),
            (lambda m: m["axes"].pop(), r"axes.npy: has the shape \(3, 4\); it must be \(2, 4\)"),
            (lambda m: m.update(landmarks=[]), "landmarks.npy: has the shape"),
            (lambda m: m["landmarks"][0].update(x=1.01), "x is 1.01"),
            (lambda m: m["landmarks"][0].update(y=None), "y is no number"),
            (lambda m: m["landmarks"][0].update(seconds=-1), "seconds is -1"),
            (lambda m: m["landmarks"][0].update(file=2), "file is 2; there are 2 files"),
            (lambda m: m["landmarks"][0].update(file=-1), "file is -1"),
            (lambda m: m["files"].__setitem__(0, "/etc/passwd"), "is a path, not a name"),
            (lambda m: m["files"].__setitem__(0, "..\\x"), "is a path, not a name"),
            (lambda m: m["files"].__setitem__(0, "x" * 201), "201 characters"),
            (lambda m: m["training"].update(x=True), "training.x is True"),
            (lambda m: m["training"].update(x=None), "training.x is None"),
            (lambda m: m["training"].update(x=2**60), "training.x is"),
            (lambda m: m["training"].update(X=1), "training key 'X'"),
            (lambda m: m["training"].update({f"k{i}": 1 for i in range(65)}), "training values"),
            (lambda m: m.update(training=[]), "training is no object"),
            (deep, "training.x is"),
            (lambda m: m["members"].pop("axes.npy"), "members lacks axes.npy"),
            (lambda m: m["members"].update({"x": {}}), "members has the unknown key 'x'"),
            (lambda m: m["members"]["axes.npy"].update(bytes=1), "the manifest says 1"),
            (lambda m: m["members"]["axes.npy"].update(sha256="00"), "SHA-256"),
        ],
    )
    def test_a_wrong_value_is_named(
        self, path: Path, change: Callable[[dict[str, Any]], object], reason: str
    ) -> None:
        edit(path, change)
        message = refusal_of(path)
        assert re.search(reason, message)
        assert "x.distill: " in message
        assert message.endswith("; copy or export it again")
        assert len(message) < 400

    @pytest.mark.parametrize(
        ("old", "new", "reason"),
        [
            (b'"scale": 4.0', b'"scale": NaN', "holds NaN"),
            (b'"scale": 4.0', b'"scale": -Infinity', "holds -Infinity"),
            (b'"scale": 4.0', b'"scale": 1e999', "statistics.scale is not finite"),
            (b'"scale": 4.0', b'"scale": 4.0, "scale": 5.0', "has the same key twice"),
        ],
    )
    def test_json_that_is_none(self, path: Path, old: bytes, new: bytes, reason: str) -> None:
        members = members_of(path)
        changed = members["manifest.json"].replace(old, new)
        assert changed != members["manifest.json"]
        rewrite(path, members | {"manifest.json": changed}, sign=False)
        assert f"manifest.json: {reason}" in refusal_of(path)

    @pytest.mark.parametrize(
        "content", [b"", b"[]", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 100_000, b"9" * 10_000]
    )
    def test_a_manifest_of_something_else(self, path: Path, content: bytes) -> None:
        rewrite(path, members_of(path) | {"manifest.json": content}, sign=False)
        assert refusal_of(path) == INCOMPATIBLE

    def test_a_manifest_over_the_limit(self, path: Path) -> None:
        content = members_of(path)["manifest.json"] + b" " * reader.MAX_MANIFEST_BYTES
        rewrite(path, members_of(path) | {"manifest.json": content}, sign=False)
        assert "manifest.json: has" in refusal_of(path)


def npy(header: str, data: bytes, version: bytes = b"\1\0") -> bytes:
    text = header.encode()
    length = len(text).to_bytes(2 if version == b"\1\0" else 4, "little")
    return b"\x93NUMPY" + version + length + text + data


GOOD = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n"


class TestArrays:
    def test_numpy_writes_the_same_bytes(self, tmp_path: Path) -> None:
        for shape in ((2, 3), (0, 3), (1, 1), (10000, 3)):
            array = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
            np.save(tmp_path / "a.npy", array)
            content = (tmp_path / "a.npy").read_bytes()
            assert arrays.to_npy(array) == content
            assert np.array_equal(arrays.from_npy(memoryview(content), shape), array)

    def test_version_2_is_read(self) -> None:
        content = npy(GOOD, bytes(24), b"\2\0")
        assert arrays.from_npy(memoryview(content), (2, 3)).shape == (2, 3)

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"\x93NUMPY\1\0",
            npy(GOOD, bytes(23)),
            npy(GOOD, bytes(25)),
            npy(GOOD, bytes(24), b"\3\0"),
            npy(GOOD.replace("<f4", ">f4"), bytes(24)),
            npy(GOOD.replace("<f4", "|O"), bytes(24)),
            npy(GOOD.replace("False", "True"), bytes(24)),
            npy(GOOD.replace("(2, 3)", "(3, 2)"), bytes(24)),
            npy(GOOD.replace("(2, 3)", "(6,)"), bytes(24)),
            npy(GOOD.replace("(2, 3)", "(2, 3L)"), bytes(24)),
            npy(GOOD.replace("(2, 3)", "(2, 99999999999)"), bytes(24)),
            npy(GOOD.replace("(2, 3)", "(" + "(" * 500 + ")" * 500 + ")"), bytes(24)),
            npy(GOOD + " " * 5000, bytes(24)),
            npy(GOOD, np.full(6, np.nan, np.float32).tobytes()),
            npy(GOOD, np.full(6, np.inf, np.float32).tobytes()),
        ],
    )
    def test_anything_else_is_refused(self, content: bytes) -> None:
        with pytest.raises(BundleError):
            arrays.from_npy(memoryview(content), (2, 3))

    def test_the_reader_names_the_array(self, path: Path) -> None:
        members = members_of(path)
        broken = arrays.from_npy(memoryview(members["axes.npy"]), (3, 4)).copy()
        broken[1] *= 1.01
        rewrite(path, members | {"axes.npy": arrays.to_npy(broken)})
        assert "axes.npy: the direction of axis noisiness" in refusal_of(path)
        broken[1] = np.nan
        rewrite(path, members | {"axes.npy": arrays.to_npy(broken)})
        assert "axes.npy: holds numbers that are not finite" in refusal_of(path)
        rewrite(path, members | {"landmarks.npy": arrays.to_npy(np.zeros((5, 4), np.float32))})
        assert "landmarks.npy: has the shape (5, 4)" in refusal_of(path)


class TestWriting:
    def test_a_refused_decoder_leaves_the_old_file(self, path: Path, bundle: Bundle) -> None:
        before = path.read_bytes()
        with pytest.raises(BundleError, match=r"x\.distill: not written: decoder\.onnx: "):
            write_bundle(dataclasses.replace(bundle, decoder=b"nonsense"), path)
        assert path.read_bytes() == before
        assert [entry.name for entry in path.parent.iterdir()] == ["x.distill"]

    def test_a_full_disk_leaves_the_old_file(
        self, path: Path, bundle: Bundle, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = path.read_bytes()

        def full(_: int) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(BundleError, match="no space left on device"):
            write_bundle(dataclasses.replace(bundle, name="other"), path)
        assert path.read_bytes() == before
        assert [entry.name for entry in path.parent.iterdir()] == ["x.distill"]

    def test_arrays_are_copies_and_cannot_be_changed(self) -> None:
        mean = np.zeros(4, np.float32)
        made = dataclasses.replace(tiny_bundle(SMALL, 4), latent_mean=mean)
        mean[0] = 1.0
        assert made.latent_mean[0] == 0.0
        with pytest.raises(ValueError, match="read-only"):
            made.latent_mean[0] = 1.0


class TestValues:
    @pytest.mark.parametrize(
        "change",
        [
            {"latent_std": np.zeros(4)},
            {"latent_mean": np.full(4, np.nan)},
            {"latent_mean": np.full(4, 1e300)},
            {"latent_mean": np.zeros(5)},
            {"latent_high": np.full(4, -9.0)},
            {"landmark_latents": np.zeros((5, 4))},
            {"landmarks": ()},
            {"training": {"bad key": 1}},
            {"training": {"x": float("nan")}},
            {"decoder": b""},
            {"created": "2025-01-31T12:00:00+00:00"},
            {"settings": dataclasses.replace(SMALL, n_mels=512, chunk_samples=240_000, n_fft=256)},
        ],
    )
    def test_a_bundle_that_is_out_of_range_cannot_be_made(self, change: dict[str, Any]) -> None:
        if "settings" in change:
            change = {"settings": dataclasses.replace(change["settings"], hop_samples=32)}
        with pytest.raises(BundleError):
            dataclasses.replace(tiny_bundle(SMALL, 4), **change)

    @pytest.mark.parametrize("direction", [np.zeros(4), np.full(4, 0.51), np.eye(4), np.nan])
    def test_a_direction_has_length_one(self, direction: Any) -> None:
        with pytest.raises(BundleError, match="direction of axis x"):
            Axis("x", "X", direction, -1.0, 0.0, 1.0, 0.5)

    @pytest.mark.parametrize(
        ("path", "name"),
        [
            ("corpus/a.wav", "a.wav"),
            (Path("/x/y/é ü.flac"), "é ü.flac"),
            ("C:\\sounds\\b.wav", "b.wav"),
            ("a\nb\x1b.wav", "a_b_.wav"),
            ("\udcff.wav", "_.wav"),
            ("", "_"),
            ("x" * 300, "x" * 100),
        ],
    )
    def test_any_path_gives_a_plain_name(self, path: object, name: str) -> None:
        assert plain_name(path) == name
        assert Landmark(plain_name(path), 0.0, 0.0, 0.0).file == name


class TestTiny:
    @pytest.mark.parametrize("spectrogram", [STANDARD, LOW_LATENCY])
    def test_its_axes_do_what_they_say_and_levels_stay_low(
        self, spectrogram: SpectrogramSettings
    ) -> None:
        made = tiny_bundle(spectrogram)
        session = onnxruntime.InferenceSession(made.decoder)
        representation = Representation(made.settings, made.statistics)

        def power(latent: np.ndarray) -> Any:
            (chunk,) = session.run(None, {"latent": latent[None].astype(np.float32)})
            assert chunk.shape == (1, *made.settings.shape)
            return representation.decode(chunk[0])[0]

        rest = power(np.zeros(8))
        full_scale = (spectrogram.n_fft / 4) ** 2
        for latent in (np.full(8, 50.0), np.full(8, -50.0), np.eye(8)[0]):
            assert power(latent).max() < 0.01 * full_scale
        assert rest.max() > 1e-4 * full_scale
        centres = representation.centres_bins / spectrogram.n_bins
        spread = {name: power(axis.direction) for name, axis in zip(AXES, made.axes, strict=True)}
        noise = (centres > 0.3) & (centres < 0.45)
        assert spread["noisiness"][noise].sum() > 1.5 * rest[noise].sum()
        assert spread["loudness"].sum() > 1.5 * rest.sum()
        tonal = centres < 0.25

        def centroid(p: Any) -> Any:
            return (p[tonal].T @ centres[tonal]).sum() / p[tonal].sum()

        assert centroid(spread["brightness"]) > 1.2 * centroid(rest)
