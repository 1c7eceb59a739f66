"""Recognise sound files by their content."""

from distill_train.corpus.containers.mpeg import starts_with_frames
from distill_train.corpus.containers.stream_file import Window

HEAD_BYTES = 64

_MAGIC = (
    *((b"fLaC", "flac"), (b"OggS", "ogg"), (b"caff", "caf"), (b".snd", "au"), (b"dns.", "au")),
    (b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00", "w64"),
    *((b"Creative Voice File", "voc"), (b"NIST_1A", "nist"), (b" paf", "paf"), (b"fap ", "paf")),
    *((b"PVF1\n", "pvf"), (b"2BIT", "avr"), (b"Extended Instrument: ", "xi")),
    *((b"ALawSoundFile**", "wve"), (b"\x64\xa3\x01\x00", "ircam"), (b"\x64\xa3\x02\x00", "ircam")),
    *((b"\x64\xa3\x03\x00", "ircam"), (b"\x00\x01\xa3\x64", "ircam")),
    *((b"\x00\x02\xa3\x64", "ircam"), (b"\x64\xa3\x04\x00", "ircam")),
)
"""First bytes of types that libsndfile reads, and their names."""

_FORMS = {
    **dict.fromkeys([b"RIFFWAVE", b"RIFXWAVE", b"RF64WAVE", b"BW64WAVE"], "wav"),
    **dict.fromkeys([b"FORMAIFF", b"FORMAIFC"], "aiff"),
    **dict.fromkeys([b"FORM8SVX", b"FORM16SV"], "svx"),
}

_OTHER_MAGIC = (
    *((b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "wma"), (b"\x1a\x45\xdf\xa3", "mkv")),
    *((b"MAC ", "ape"), (b"wvpk", "wv"), (b"TTA1", "tta"), (b"DSD ", "dsf"), (b"FRM8", "dff")),
    *((b"#!AMR", "amr"), (b"MPCK", "mpc"), (b"MP+", "mpc"), (b"\x00\x00\x01\xba", "mpg")),
    *((b"FLV\x01", "flv"), (b".RMF", "rm"), (b"ADIF", "aac"), (b"\x0b\x77", "ac3")),
    (b"\x7f\xfe\x80\x01", "dts"),
)
"""First bytes of sound and video files that libsndfile does not read, and their types."""

_READ = (
    "wav wave bwf rf64 w64 aif aiff aifc au snd caf flac ogg oga opus mp3 mp2 mp1 mpga voc ircam "
    "sf nist sph svx 8svx 16sv paf pvf avr sds sd2 xi wve htk"
)
_NOT_READ = (
    "m4a m4b m4p mp4 m4v mov 3gp aac alac wma wmv asf mkv mka webm avi mpg mpeg flv ape wv tta dsf "
    "dff amr mpc ac3 dts ra rm ogv rx2 rex"
)

SUFFIXES = frozenset(f".{name}" for name in _READ.split())
"""Suffixes of types that libsndfile reads, in lower case."""

OTHER_SUFFIXES = frozenset(f".{name}" for name in _NOT_READ.split())
"""Suffixes of sound and video files that libsndfile does not read, in lower case."""

READ_NAMES = "wav, aiff, flac, ogg, opus, mp3, caf, w64, au and others that libsndfile reads"


def sound_kind(window: Window) -> str:
    """Type of a sound file by its content, such as ``wav``; empty if it is none of those read."""
    start = 0
    while (length := id3_bytes(window, start)) and start + length < window.size:
        start += length
    head = window.at(start, HEAD_BYTES)
    kind = _FORMS.get(head[:4] + head[8:12], "")
    kind = kind or next((name for magic, name in _MAGIC if head.startswith(magic)), "")
    if kind or not head:
        return kind
    return "mpeg" if starts_with_frames(window, start) else ""


def other_kind(window: Window) -> str:
    """Type of a sound or video file that is not read, by its content; empty if unknown."""
    start = id3_bytes(window, 0)
    head = window.at(start, HEAD_BYTES)
    if head[4:8] == b"ftyp":
        return "m4a" if head[8:11] in (b"M4A", b"M4B") else "mp4"
    if head[:4] + head[8:12] == b"RIFFAVI ":
        return "avi"
    if head[:1] == b"\xff" and len(head) > 1 and head[1] & 0xF6 == 0xF0:
        return "aac"
    return next((name for magic, name in _OTHER_MAGIC if head.startswith(magic)), "")


def id3_bytes(window: Window, offset: int) -> int:
    """Size of the ID3v2 tag at an offset; 0 if there is none."""
    head = window.at(offset, 10)
    if len(head) < 10 or head[:3] != b"ID3" or max(head[6:10]) > 127:
        return 0
    size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
    return 10 + size + (10 if head[5] & 0x10 else 0)
