"""Test chunks and their split: no leak into validation, use of short recordings."""

import numpy as np
import pytest
import torch
from support import sounds
from support.analysed import analyse_recordings
from support.small import SETTINGS

from distill_live.spectrogram import Representation
from distill_train.corpus.dataset import (
    AnalysedRecording,
    ChunkDataset,
    Region,
    Split,
    describe_split,
    split_recordings,
)

N_FRAMES = SETTINGS.n_frames


def numbered(*lengths: int) -> list[AnalysedRecording]:
    """Recordings whose values encode recording and frame."""
    return [
        AnalysedRecording((1000.0 * index + torch.arange(frames)).expand(2, 4, frames), 0)
        for index, frames in enumerate(lengths)
    ]


def frames_of(split: tuple[Region, ...]) -> set[tuple[int, int]]:
    return {
        (region.recording, frame)
        for region in split
        for frame in range(region.first, region.last + N_FRAMES)
    }


def split(lengths: list[int], seed: int = 0, share: float = 0.2) -> Split:
    return split_recordings(numbered(*lengths), N_FRAMES, share, np.random.default_rng(seed))


def test_from_five_recordings_on_whole_ones_are_held_out() -> None:
    lengths = [400, 100, 200, 500, 300, 250]
    for seed in range(10):
        found = split(lengths, seed)
        assert found.by == "file"
        training = {region.recording for region in found.training}
        validation = {region.recording for region in found.validation}
        assert validation
        assert not training & validation
        assert training | validation == set(range(6))
        assert sum(lengths[index] for index in validation) <= 1.25 * 0.2 * sum(lengths)


def test_one_huge_recording_does_not_keep_all_from_being_learnt() -> None:
    found = split([40, 40, 40, 40, 100_000])
    assert 4 in {region.recording for region in found.training}
    assert found.validation


def test_none_of_five_equal_recordings_is_kept_from_being_learnt() -> None:
    found = split([600] * 5, share=0.1)
    assert found.by == "time"
    assert {region.recording for region in found.training} == set(range(5))
    assert {region.recording for region in found.validation} == set(range(5))


def test_below_five_time_is_split_with_a_guard_of_a_chunk() -> None:
    for seed in range(10):
        found = split([400, 700, 90], seed)
        assert found.by == "time"
        training, validation = frames_of(found.training), frames_of(found.validation)
        assert {recording for recording, _ in validation} == {0, 1}  # the third is too short
        assert {recording for recording, _ in training} == {0, 1, 2}
        for recording, frame in validation:
            assert not any(
                (recording, frame + offset) in training for offset in range(-N_FRAMES, N_FRAMES + 1)
            )


def test_the_shortest_of_five_short_recordings_is_held_out() -> None:
    for count in (5, 6, 7):
        found = split([90 + index for index in range(count)], share=0.1)
        assert found.by == "file"
        assert [region.recording for region in found.validation] == [0]
        assert {region.recording for region in found.training} == set(range(1, count))


def test_what_is_too_little_to_split_is_all_learnt() -> None:
    found = split([90, 90])
    assert found.by == "nothing"
    assert not found.validation
    assert len(found.training) == 2
    assert split([400] * 6, share=0.0).by == "nothing"
    assert "none for validation: nothing shows overfitting" in describe_split(30, 0, "nothing")
    assert describe_split(30, 4, "file") == "30 chunks for training, 4 for validation (by file)"


def test_the_split_follows_the_seed() -> None:
    assert split([300] * 9, 3) == split([300] * 9, 3)
    assert len({split([300] * 9, seed) for seed in range(8)}) > 1


def test_the_grid_covers_a_region_to_its_last_frame() -> None:
    chunks = ChunkDataset(numbered(400), [Region(0, 10, 400 - N_FRAMES)], N_FRAMES, 0.75)
    starts = [chunks.locate(index)[1] for index in range(len(chunks))]
    assert starts[0] == 10
    assert starts[-1] == 400 - N_FRAMES
    assert max(np.diff(starts)) <= round(N_FRAMES / 4)
    assert torch.equal(chunks[1][0, 0], torch.arange(float(N_FRAMES)) + starts[1])


def test_random_batches_hold_every_chunk_once_moved_but_within_its_region() -> None:
    regions = [Region(0, 0, 100), Region(1, 50, 60), Region(1, 300, 300)]
    chunks = ChunkDataset(numbered(400, 400), regions, N_FRAMES, 0.75)
    batches = list(chunks.random_batches(4, np.random.default_rng(1)))
    assert {len(batch) for batch in batches} <= {3, 4}
    firsts = [int(chunk[0, 0, 0]) for batch in batches for chunk in batch]
    assert len(firsts) == len(chunks)
    for first in firsts:
        recording, frame = divmod(first, 1000)
        assert any(
            region.recording == recording and region.first <= frame <= region.last
            for region in regions
        )
    again = list(chunks.random_batches(4, np.random.default_rng(1)))
    assert all(torch.equal(a, b) for a, b in zip(batches, again, strict=True))
    other = list(chunks.random_batches(4, np.random.default_rng(2)))
    assert not all(torch.equal(a, b) for a, b in zip(batches, other, strict=True))


def test_no_batch_holds_a_single_chunk_where_two_fit() -> None:
    chunks = ChunkDataset(numbered(400), [Region(0, 0, 80)], N_FRAMES, 0.75)
    count = len(chunks)
    sizes = [len(batch) for batch in chunks.random_batches(count - 1, np.random.default_rng(0))]
    assert min(sizes) >= 2


def test_a_short_recording_is_heard_whole_at_varied_offsets(rng: np.random.Generator) -> None:
    stroke = sounds.white_noise(0.05, rng, SETTINGS.sample_rate_hz)
    (recording,), statistics = analyse_recordings([stroke], SETTINGS)
    region = Region(0, 0, recording.frames - N_FRAMES)
    chunks = ChunkDataset([recording], [region], N_FRAMES, 0.75)
    assert len(chunks) >= 3
    representation = Representation(SETTINGS, statistics)
    energies, centres = [], []
    for index in range(len(chunks)):
        power, _ = representation.decode(chunks[index].numpy())
        energies.append(power.sum())
        centres.append((power.sum(axis=0) @ np.arange(N_FRAMES)) / power.sum())
    assert min(energies) > 0.8 * max(energies)  # frames at its edges fall outside
    assert max(centres) - min(centres) > 0.5 * N_FRAMES


def test_a_chunk_is_what_analysing_its_samples_gives_but_for_its_ends(
    rng: np.random.Generator,
) -> None:
    drone = sounds.drone(1.5, rng, SETTINGS.sample_rate_hz)
    (recording,), statistics = analyse_recordings([drone], SETTINGS)
    start = 40
    samples = drone[start * SETTINGS.hop_samples :][: SETTINGS.chunk_samples]
    (alone,), _ = analyse_recordings([samples], SETTINGS, statistics)
    inner = slice(4, N_FRAMES - 4)
    cut = recording.channels[:, :, start : start + N_FRAMES]
    assert cut[:, :, inner].numpy() == pytest.approx(alone.channels[:, :, inner].numpy(), abs=1e-3)


def test_an_index_outside_the_grid_is_refused() -> None:
    chunks = ChunkDataset(numbered(100), [Region(0, 0, 100 - N_FRAMES)], N_FRAMES, 0.5)
    with pytest.raises(IndexError):
        chunks[len(chunks)]
