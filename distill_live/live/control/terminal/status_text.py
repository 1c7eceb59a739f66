"""Compose a session's status for the terminal: introduction, display snapshot, summary."""

from collections.abc import Iterable, Iterator, Sequence

from distill_live import __version__
from distill_live.files import printable
from distill_live.live.audio.devices import xruns_label
from distill_live.live.control.model_controller import Model
from distill_live.live.control.osc_controller import OscController
from distill_live.live.control.terminal.display import Snapshot
from distill_live.live.shared.meters import read_levels_db
from distill_live.live.shared.shared_block import SharedBlock
from distill_live.osc import host_and_port


def introduction(models: Iterable[tuple[int, Model]], host: str, port: int) -> Iterator[str]:
    """Lines about the models by slot, and the OSC port."""
    slots = list(models)
    yield f"Distill Live {__version__}"
    for number, loaded in slots:
        model = loaded.description
        slot = f"slot {number}, " if len(slots) > 1 else ""
        yield (
            f"Model   {slot}{printable(loaded.name)}: {model.sample_rate_hz} Hz, "
            f"hop {model.hop_samples}, {model.latent_size} dimensions; "
            f"axes {', '.join(model.axes) or 'none'}"
        )
    yield f"OSC     {host_and_port(host, port)}, addresses begin with /distill"


def snapshot(
    block: SharedBlock,
    controller: OscController,
    output: str,
    channels: int,
    recording_s: float | None,
    waiting_controls: Sequence[str] = (),
    page_url: str = "",
) -> Snapshot:
    """Collect the values of the display.

    Parameters
    ----------
    block, controller
        Counters and meters of all processes; recent commands.
    output, channels
        Name and number of channels of the output.
    recording_s
        Length of the take; None while none is recorded.
    waiting_controls
        MIDI controls that wait to pass a value, as lines.
    page_url
        Address of the play page; empty if it is not served.
    """
    counters = controller.server.replies.counters
    return Snapshot(
        model=_models(controller),
        output=output,
        latency_ms=1e3 * block.latency_s,
        load_average=block.load_average,
        load_peak=block.load_peak,
        underruns=block.underruns,
        xruns=block.xruns,
        broken_frames=block.broken_frames,
        late=counters.late + counters.far_ahead,
        dropped=counters.dropped,
        levels_db=tuple(read_levels_db(block, channels)),
        recent=tuple(controller.effects.recent.items()),
        recording_s=recording_s,
        activities=(*_activities(controller), *waiting_controls),
        refusal=controller.refusals.shown,
        page_url=page_url,
    )


def _models(controller: OscController) -> str:
    """Names of the models, with their weights unless the only one has its default."""
    models = controller.models
    return "  ".join(
        _model(
            f"{slot} {one.name}" if len(models.slots) > 1 else one.name, models.weights.get(slot)
        )
        for slot, one in sorted(models.slots.items())
    )


def _model(name: str, weight: float | None) -> str:
    if weight == 0.0:
        return f"{name} (silent: weight 0)"
    return name if weight in (None, 1.0) else f"{name} (weight {weight:.3g})"


ECONOMY = (
    "",
    "high load: fewer decodes",
    "high load: fewer decodes, moves heard in new chunks",
    "high load: fewer decodes, moves heard in new chunks, channels alike",
    "high load: fewer decodes, moves heard in new chunks, channels alike, four notes at most",
)
"""What the display shows, by economy level."""


def _activities(controller: OscController) -> Iterator[str]:
    """What goes on besides the latest messages: saving, gestures and a morph."""
    if controller.economy:
        yield ECONOMY[controller.economy]
    if controller.gestures.recording:
        yield f"recording gesture {controller.gestures.recording}"
    if controller.gestures.playing:
        yield f"playing gesture {controller.gestures.playing}"
    presets = controller.presets
    if presets.morph_s > 0:
        yield f"morph to {presets.recalled}: {presets.morph_s:.0f} s left"


def summary(block: SharedBlock, output: str) -> str:
    """Last line of a session that played to `output`."""
    return (
        f"Ended. Load {block.load_average:.0%}, underruns {block.underruns}, "
        f"{xruns_label(output)} {block.xruns}, "
        f"broken frames {block.broken_frames}."
    )
