"""Find the streams of a sound file by its kind."""

from distill_train.corpus.containers.chunked import chunked_layout
from distill_train.corpus.containers.flac import flac_layout
from distill_train.corpus.containers.kinds import id3_bytes, sound_kind
from distill_train.corpus.containers.mpeg import mpeg_layout
from distill_train.corpus.containers.ogg import ogg_layout
from distill_train.corpus.containers.stream_file import Layout, Window


def find_streams(window: Window) -> tuple[str, Layout]:
    """Kind of a sound file, empty if unknown, and its streams."""
    kind, start = sound_kind(window), 0
    while (length := id3_bytes(window, start)) and start + length < window.size:
        start += length
    match kind:
        case "wav" | "aiff" | "caf" | "au":
            return kind, chunked_layout(window, kind, start)
        case "flac":
            return kind, flac_layout(window, start)
        case "ogg":
            return kind, ogg_layout(window, start)
        case "mpeg":
            return kind, mpeg_layout(window, start)
    return kind, Layout()
