"""The report as HTML: one page with everything in it, no scripts, nothing that is fetched.

It knows markup and sound files in memory, and nothing of models.
"""

import base64
import html
import io
from collections.abc import Iterable, Sequence

import numpy as np
import soundfile

from distill_live.files import printable
from distill_live.spectrogram import Float32

SOUND_BYTES = 11_000_000
"""Bytes that a page's players may take in all; what comes after is left out, and says so."""

STYLE = """
:root { color-scheme: light dark; --soft: color-mix(in srgb, currentColor 60%, transparent);
  --line: color-mix(in srgb, currentColor 18%, transparent);
  --tint: color-mix(in srgb, currentColor 5%, transparent); }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2.5rem 1.5rem 4rem; max-width: 66rem; line-height: 1.5;
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
h1 { font-size: 2rem; line-height: 1.2; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.3rem; margin: 3rem 0 .3rem; padding-top: .7rem;
  border-top: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.6rem 0 .5rem; }
h3 small { font-weight: normal; color: var(--soft); }
p { max-width: 46rem; margin: .4rem 0 .8rem; }
.soft, figcaption, caption { color: var(--soft); font-size: .875rem; }
figure { margin: .8rem 0; }
figcaption { margin-top: .3rem; max-width: 46rem; }
svg { display: block; width: 100%; height: auto; }
audio { display: block; width: 100%; height: 2.25rem; margin-top: .4rem; }
.row { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); }
.row figure { margin: 0; }
.facts { display: grid; gap: .75rem; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr));
  margin: 1.5rem 0 0; padding: 0; }
.facts div { background: var(--tint); border-radius: .5rem; padding: .7rem .9rem; }
.facts dt { font-size: .8rem; color: var(--soft); }
.facts dd { margin: 0; font-size: 1.35rem; font-variant-numeric: tabular-nums; }
.facts small { display: block; font-size: .8rem; color: var(--soft); }
table { border-collapse: collapse; margin: .6rem 0; font-variant-numeric: tabular-nums; }
caption { text-align: left; margin-bottom: .3rem; }
th, td { text-align: right; padding: .25rem .9rem .25rem 0; vertical-align: top;
  border-bottom: 1px solid var(--line); font-weight: normal; }
thead th { color: var(--soft); font-size: .875rem; }
th:first-child, td:first-child, .text td { text-align: left; overflow-wrap: anywhere; }
td.clear { font-weight: 700; }
.axis { display: grid; gap: 1rem 1.5rem; grid-template-columns: 2fr 1fr; align-items: start;
  padding-bottom: .8rem; border-bottom: 1px solid var(--line); }
details { margin: .6rem 0; } summary { cursor: pointer; }
.axis figure { margin: 0; }
.warning { border-left: .25rem solid #d9822b; padding: .1rem .8rem; margin: .4rem 0; }
@media (max-width: 40rem) { .axis { grid-template-columns: 1fr; } }
@media print { body { max-width: none; padding: 0; } audio { display: none; }
  figure, tr, .axis, .row { break-inside: avoid; } h2, h3 { break-after: avoid; } }
"""


def escape(text: str) -> str:
    """Text as markup; of a file's name, what cannot be decoded becomes ``?``."""
    return html.escape(printable(text))


class AudioPlayers:
    """Makes players of sounds, as long as the page does not get too large.

    Parameters
    ----------
    sample_rate_hz
        Of every sound.
    """

    def __init__(self, sample_rate_hz: int) -> None:
        self._rate = sample_rate_hz
        self._bytes_left = SOUND_BYTES

    def player(self, sound: Float32, label: str) -> str:
        """A player of a mono sound ``(samples,)``, held in the page as FLAC of 16 bits.

        FLAC, so that what is judged is the model and not what a codec makes of it.
        """
        file = io.BytesIO()
        samples = np.clip(sound, -1.0, 1.0)
        soundfile.write(file, samples, self._rate, format="FLAC", subtype="PCM_16")
        encoded = base64.b64encode(file.getvalue()).decode("ascii")
        if len(encoded) > self._bytes_left:
            return '<p class="soft">Left out, so that this page does not get too large.</p>'
        self._bytes_left -= len(encoded)
        return (
            f'<audio controls preload="metadata" aria-label="{escape(label)}" '
            f'src="data:audio/flac;base64,{encoded}"></audio>'
        )


def page(title: str, parts: Iterable[str]) -> str:
    """A whole page."""
    body = "\n".join(parts)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def section(heading: str, text: str, *parts: str) -> str:
    """A heading, a paragraph of plain text about what is shown, and that."""
    return "\n".join([f"<section>\n<h2>{escape(heading)}</h2>", paragraph(text), *parts]) + (
        "\n</section>"
    )


def paragraph(text: str, kind: str = "") -> str:
    """A paragraph of plain text; none where it is empty."""
    if not text:
        return ""
    return f'<p class="{kind}">{escape(text)}</p>' if kind else f"<p>{escape(text)}</p>"


def figure(picture: str, caption: str, *below: str) -> str:
    """A picture with its caption, and what belongs below it."""
    return f"<figure>{picture}<figcaption>{escape(caption)}</figcaption>{''.join(below)}</figure>"


def heading(text: str, note: str = "") -> str:
    """A heading within a section, and a few words beside it."""
    return f"<h3>{escape(text)} <small>{escape(note)}</small></h3>"


def warning(text: str) -> str:
    """A line that must not be overlooked."""
    return f'<p class="warning">{escape(text)}</p>'


def header(title: str, note: str, rows: Iterable[tuple[str, str, str]]) -> str:
    """The head of a page: its title, a line, and tiles of what, how much, and a few words."""
    tiles = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)} <small>{escape(words)}</small></dd></div>"
        for name, value, words in rows
    )
    return (
        f"<header><h1>{escape(title)}</h1>{paragraph(note, 'soft')}"
        f'<dl class="facts">{tiles}</dl></header>'
    )


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    caption: str = "",
    *,
    clear: Iterable[tuple[int, int]] = (),
    kind: str = "",
) -> str:
    """A table whose first column names its rows.

    Parameters
    ----------
    head
        Of the columns; empty for none.
    rows
        Text of the cells.
    caption
        What is in it.
    clear
        Rows and columns, from 0, of the cells that matter most.
    kind
        ``text`` where the cells hold words rather than numbers.
    """
    marked = set(clear)
    lines = []
    for number, row in enumerate(rows):
        cells = "".join(
            f'<td class="clear">{escape(cell)}</td>'
            if (number, column) in marked
            else f"<td>{escape(cell)}</td>"
            for column, cell in enumerate(row[1:], start=1)
        )
        lines.append(f'<tr><th scope="row">{escape(row[0])}</th>{cells}</tr>')
    columns = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    return (
        (f'<table class="{kind}">' if kind else "<table>")
        + (f"<caption>{escape(caption)}</caption>" if caption else "")
        + (f"<thead><tr>{columns}</tr></thead>" if head else "")
        + f"<tbody>{''.join(lines)}</tbody></table>"
    )


def details(summary: str, *parts: str, shown: bool = False) -> str:
    """What can be folded away; at first it is, unless it is `shown`."""
    start = "<details open>" if shown else "<details>"
    return f"{start}<summary>{escape(summary)}</summary>{''.join(parts)}</details>"
