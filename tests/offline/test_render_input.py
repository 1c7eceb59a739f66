"""Renders that listen to a sound file: any file, same bytes, at its time."""

from itertools import islice, takewhile
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from support.tiny import complete_bundle, tiny_bundle

from distill_live.bundle import Bundle
from distill_live.errors import AudioFileError, DistillError
from distill_live.input.encoder import ENCODE_HOPS
from distill_live.offline.arguments import plan_from
from distill_live.offline.batch import read_origin
from distill_live.offline.input_file import InputFile
from distill_live.offline.plan import Plan
from distill_live.offline.render import render, render_array

BUNDLE = complete_bundle()
RATE_HZ = BUNDLE.settings.sample_rate_hz
FOLLOW = "/input/follow 1"
STILL = "/spread 0"


def noise() -> np.ndarray:
    """A second of noise, in mono."""
    return 0.1 * np.random.default_rng(1).standard_normal(RATE_HZ)


def followed(path: Path, *settings: str, bundle: Bundle = BUNDLE) -> tuple[InputFile, Plan]:
    heard = InputFile(path)
    plan = plan_from(bundle, heard=heard, settings=[FOLLOW, *settings], report=pytest.fail)
    return heard, plan


@pytest.mark.parametrize(
    ("rate_hz", "channels", "name"),
    [(48000, 1, "x.wav"), (44100, 2, "x.flac"), (11025, 3, "x.wav")],
)
def test_a_sound_of_any_rate_is_heard_at_its_time(
    rate_hz: int, channels: int, name: str, tmp_path: Path
) -> None:
    sound = np.zeros((2 * rate_hz, channels))
    heard = []
    for level in (0.0, 0.5):
        sound[rate_hz:] = level * np.sin(np.arange(rate_hz))[:, None]
        sf.write(tmp_path / name, sound, rate_hz)
        file, plan = followed(tmp_path / name)
        assert plan.seconds == pytest.approx(2.0)
        assert plan.motion == "hold"
        commands = file.commands(BUNDLE, plan)
        heard.append(list(takewhile(lambda one: (one.time_samples or 0) < 2 * RATE_HZ, commands)))
    changed = [one.time_samples for one, other in zip(*heard, strict=True) if one != other]
    assert changed[0] is not None
    hop = BUNDLE.settings.hop_samples
    assert RATE_HZ < changed[0] + hop <= RATE_HZ + (ENCODE_HOPS + 1) * hop


def test_same_arguments_same_bytes_and_like_wants_the_input_again(tmp_path: Path) -> None:
    sf.write(tmp_path / "x.wav", noise(), RATE_HZ)
    paths = [tmp_path / name for name in ("a.wav", "b.wav")]
    for path in paths:
        heard, plan = followed(tmp_path / "x.wav")
        render(BUNDLE, plan, path, heard=heard)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    origin = read_origin(paths[0])
    assert origin.plan.heard == "x.wav"
    assert origin.plan == plan


def test_a_gain_of_the_input_is_heard_by_the_encoder(tmp_path: Path) -> None:
    sf.write(tmp_path / "x.wav", noise(), RATE_HZ, "FLOAT")
    sf.write(tmp_path / "soft.wav", 0.25 * noise(), RATE_HZ, "FLOAT")

    def latents(name: str, *settings: str) -> np.ndarray:
        heard, plan = followed(tmp_path / name, *settings)
        commands = heard.commands(BUNDLE, plan)
        found = (one.args for one in commands if one.address == "/input/latent")
        return np.array(list(islice(found, 20)), np.float64)

    gained = latents("soft.wav", f"/input/gain {-20 * np.log10(0.25)}")
    np.testing.assert_allclose(gained, latents("x.wav"), atol=0.01)
    assert np.abs(gained - latents("soft.wav")).max() > 0.1


def test_a_type_that_cannot_be_sought_is_heard(tmp_path: Path) -> None:
    sf.write(tmp_path / "x.xi", np.full(5000, 0.5), RATE_HZ, "DPCM_16")
    first = next(InputFile(tmp_path / "x.xi").commands(tiny_bundle(), Plan()))
    assert first.address == "/input/features"


def test_a_sound_far_over_full_scale_is_heard(tmp_path: Path) -> None:
    sf.write(tmp_path / "x.wav", np.full((5000, 2), 3e38), RATE_HZ, "FLOAT")
    for command in islice(InputFile(tmp_path / "x.wav").commands(BUNDLE, Plan()), 20):
        assert np.isfinite(command.args).all()


def test_notes_of_the_decoder_do_not_reach_the_terminal(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    sf.write(tmp_path / "x.mp3", noise(), 16000)
    content = (tmp_path / "x.mp3").read_bytes()
    (tmp_path / "x.mp3").write_bytes(content[:1700] + content[1900:])
    assert list(islice(InputFile(tmp_path / "x.mp3").commands(BUNDLE, Plan()), 20))
    assert capfd.readouterr().err == ""


def test_a_damaged_sample_dump_is_refused_before_its_packets_are_complained_of(
    tmp_path: Path,
) -> None:
    sf.write(tmp_path / "x.sds", noise(), RATE_HZ, "PCM_16")
    content = (tmp_path / "x.sds").read_bytes()
    assert InputFile(tmp_path / "x.sds").seconds == pytest.approx(1.0, abs=0.01)
    for number, damaged in (
        (3, content[: 21 + 2 * 127] + b"\0" + content[21 + 2 * 127 :]),
        (1, content[:21]),
    ):
        (tmp_path / "x.sds").write_bytes(damaged)
        with pytest.raises(AudioFileError, match=f"packet {number} of the sample dump is damaged"):
            InputFile(tmp_path / "x.sds")


def test_a_followed_file_is_mixed_in_at_its_time(tmp_path: Path) -> None:
    sf.write(tmp_path / "x.wav", noise(), RATE_HZ, "FLOAT")
    heard, plan = followed(tmp_path / "x.wav", "/input/thru 0.5", "/model/blend 1 0")
    mixed = render_array(BUNDLE, plan, channels=1, heard=heard)[:, 0]
    assert np.corrcoef(mixed, noise())[0, 1] > 0.99


def test_what_cannot_be_heard_is_refused_in_a_line(tmp_path: Path) -> None:
    sf.write(tmp_path / "x.wav", noise(), RATE_HZ)
    sf.write(tmp_path / "empty.wav", np.zeros(0), RATE_HZ)
    sf.write(tmp_path / "nan.wav", np.full(100, np.nan), RATE_HZ, "FLOAT")
    (tmp_path / "text.wav").write_text("no sound")

    def refusal(name: str, bundle: Bundle = BUNDLE) -> str:
        def listen() -> None:
            heard, plan = followed(tmp_path / name, bundle=bundle)
            render_array(bundle, plan, heard=heard)

        with pytest.raises(DistillError) as refused:
            listen()
        assert "\n" not in str(refused.value)
        return str(refused.value)

    assert "no such file" in refusal("none.wav")
    assert "holds no sound" in refusal("empty.wav")
    assert "not finite" in refusal("nan.wav")
    assert "not read" in refusal("text.wav")
    assert "has no encoder" in refusal("x.wav", tiny_bundle())
