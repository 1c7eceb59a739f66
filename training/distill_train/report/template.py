"""Render the report's HTML and SVG templates; encode sounds as audio players."""

import base64
import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
import soundfile
from markupsafe import Markup

from distill_live.files import printable
from distill_live.offline.formats import FORMATS
from distill_live.spectrogram import Float32

MAX_PLAYER_BYTES = 11_000_000
"""Maximum size of all sounds of a page; later ones are replaced by a note."""

FLAC: Mapping[str, Any] = {"format": "FLAC", "subtype": "PCM_16"}
MP3: Mapping[str, Any] = {"format": "MP3", "subtype": "MPEG_LAYER_III", "compression_level": 0.3}


def _printable(value: object) -> object:
    """Replace what cannot be decoded in a file name, unless the text is markup."""
    return printable(value) if type(value) is str else value


ENVIRONMENT = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    finalize=_printable,
    lstrip_blocks=True,
    trim_blocks=True,
    undefined=jinja2.StrictUndefined,
)


def render(template: str, **values: object) -> Markup:
    """Render a template of this folder; strings are escaped, `Markup` is inserted as it is."""
    text = ENVIRONMENT.get_template(template).render(values)
    return Markup(text)  # noqa: S704 (escaped above)


def macro(name: str) -> Callable[..., Markup]:
    """Macro of ``macros.html.jinja`` as a function."""
    module: Any = ENVIRONMENT.get_template("macros.html.jinja").module
    found: Callable[..., Markup] = getattr(module, name)
    return found


class AudioPlayers:
    """Encode sounds inside the page, up to `MAX_PLAYER_BYTES`.

    Parameters
    ----------
    sample_rate_hz
        Rate of every sound.
    """

    def __init__(self, sample_rate_hz: int) -> None:
        self._rate = sample_rate_hz
        self._bytes_left = MAX_PLAYER_BYTES

    def player(self, sound: Float32, label: str) -> Markup:
        """Player of a mono sound ``(samples,)``, clipped to full scale, as 16-bit FLAC.

        A lossless format, so that no codec is mistaken for the model.
        """
        return macro("player")(self._encode(sound, FLAC), label)

    def small(self, sound: Float32) -> str:
        """Mono sound ``(samples,)`` as a ``data:`` address of about 16 kB a second.

        MP3; FLAC at rates that MP3 does not have. Empty if the page is full.
        """
        return self._encode(sound, MP3 if self._rate in FORMATS[".mp3"].rates_hz else FLAC)

    def _encode(self, sound: Float32, form: Mapping[str, Any]) -> str:
        file = io.BytesIO()
        samples = np.clip(sound, -1.0, 1.0)
        soundfile.write(file, samples, self._rate, **form)
        kind = "mpeg" if form is MP3 else "flac"
        encoded = f"data:audio/{kind};base64,{base64.b64encode(file.getvalue()).decode('ascii')}"
        if len(encoded) > self._bytes_left:
            return ""
        self._bytes_left -= len(encoded)
        return encoded
