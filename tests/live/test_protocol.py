"""Messages between processes: encoded as one line, decoded to the same message."""

import pytest

from distill_live.addresses import Command
from distill_live.ipc.protocol import (
    Answer,
    ApplyCommands,
    CommandRefused,
    ControlsWaiting,
    Examined,
    GetValues,
    Message,
    ModelDescription,
    ModelFile,
    Question,
    RecordingEnded,
    Refusal,
    SlotStatus,
    StateReport,
    Stop,
    SynthesisSettings,
    decode,
    encode,
)

COMMANDS = (
    Command("/latent", (0.25, -1.0), glide_s=0.5, slot=2),
    Command("/macro/map", (1, "axis/a", -1.0, 1.0, "linear")),
    Command("/panic"),
)
DESCRIPTION = ModelDescription(
    "Größe\n1", "0123", 1, 48000, 512, 8, ("a", "b"), (("a.wav", 0.5, 0.25, 0.75),)
)


@pytest.mark.parametrize(
    "message",
    [
        Stop(),
        ControlsWaiting(("cc 16: waiting to pass -0.3",)),
        ApplyCommands(7, 123_456_789_012_345_678, 123_456_789_000_000_000, COMMANDS),
        ApplyCommands(8, None, 5, ()),
        Question(1, GetValues(("/gain", "/map"))),
        Answer(1, ((-6.0,), (0.5, 1), ())),
        Answer(2, COMMANDS),
        Answer(3, (SlotStatus(1, 1.0, False),)),
        Answer(4, Refusal("busy", "wait")),
        Answer(5, None),
        CommandRefused(7, 2, Refusal("out-of-range", "too much")),
        StateReport(7, COMMANDS, (8, 9)),
        Examined("00", DESCRIPTION),
        RecordingEnded("take.wav", 1.5, 0, None),
        SynthesisSettings(
            handle="memory 3 4096",
            channels=2,
            models=(ModelFile(1, "a.distill", None),),
            sample_rate_hz=None,
            hop_samples=None,
            seed=2**53,
            latency_ms=None,
            wait_for_data=False,
            measure=False,
            state=COMMANDS,
            is_initial=True,
        ),
    ],
    ids=lambda message: type(message).__name__,
)
def test_a_message_is_one_line_and_comes_back(message: Message) -> None:
    line = encode(message)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert decode(line) == message
    assert encode(decode(line)) == line
