"""The Pure Data patch: a window, its wiring, and its abstractions."""

from pd_abstractions import axis, meter, model, names, value
from pd_window import window


def pure_data() -> dict[str, str]:
    """Return the files of the patch by name."""
    canvases = {
        "distill.pd": window(),
        "d-value.pd": value("$1"),
        "d-part.pd": value("$2 $3"),
        "d-model.pd": model(),
        "d-axis.pd": axis(),
        "d-meter.pd": meter(),
        "d-names.pd": names(),
    }
    return {name: canvas.save_text() for name, canvas in canvases.items()}
