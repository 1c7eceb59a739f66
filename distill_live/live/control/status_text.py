"""How a session stands, in words for the terminal: at its start, while it plays, and at its end."""

from collections.abc import Iterable, Iterator

from distill_live import __version__
from distill_live.files import printable
from distill_live.live.control.display import Snapshot
from distill_live.live.control.model_controller import Model
from distill_live.live.control.osc_controller import OscController
from distill_live.live.shared.meters import read_levels_db
from distill_live.live.shared.shared_block import SharedBlock


def introduction(models: Iterable[tuple[int, Model]], host: str, port: int) -> Iterator[str]:
    """What plays, by slot, and where it listens."""
    slots = list(models)
    yield f"Distill Live {__version__}"
    for number, (_, _, model) in slots:
        slot = f"slot {number}, " if len(slots) > 1 else ""
        yield (
            f"Model   {slot}{printable(model.name)}: {model.sample_rate_hz} Hz, "
            f"hop {model.hop_samples}, {model.latent_size} dimensions; "
            f"axes {', '.join(model.axes) or 'none'}"
        )
    yield f"OSC     {host}:{port}, addresses begin with /distill"


def snapshot(
    block: SharedBlock,
    controller: OscController,
    output: str,
    channels: int,
    recording_s: float | None,
) -> Snapshot:
    """What the display shows now.

    Parameters
    ----------
    block, controller
        Counters and meters of all processes; recent commands.
    output, channels
        What it plays into.
    recording_s
        How much is recorded, in seconds; None while nothing is.
    """
    counters = controller.server.replies.counters
    return Snapshot(
        model=controller.models.model.name,
        output=output,
        latency_ms=1e3 * block.latency_s,
        load_average=block.load_average,
        load_peak=block.load_peak,
        underruns=block.underruns,
        device_errors=block.device_errors,
        broken_frames=block.broken_frames,
        late=counters.late + counters.far_ahead,
        dropped=counters.dropped,
        levels_db=tuple(read_levels_db(block, channels)),
        recent=tuple(controller.effects.recent.items()),
        recording_s=recording_s,
    )


def summary(block: SharedBlock) -> str:
    """The last line."""
    return (
        f"Ended. Load {block.load_average:.0%}, underruns {block.underruns}, "
        f"reported by the device {block.device_errors}, "
        f"broken frames {block.broken_frames}."
    )
