"""How a version's text is kept: as a Zstandard frame whose dictionary is the text of an earlier version.

Which earlier version is a rule of the number alone, so nothing about it is stored. Numbers run in blocks of 64, each
begun by a full frame, and in groups of 8: the first of a group is packed against the first of its block, the others
against the first of their group. So at most three frames are read for any version, and a full one comes often.

A frame carries Zstandard's checksum of the text, which notices a wrong reference, and ends in a CRC-32 of itself, which
notices damage even where it happens to unpack to the same text. Where frames are kept is not known here.
"""

from __future__ import annotations

from collections.abc import Iterable
from zlib import crc32

import zstandard

from app.core.errors import GreenroomError

BLOCK = 64
GROUP = 8
# UTF-8 needs at most four bytes for each of the 256,000 characters that instructions may have.
LONGEST = 4 * 256_000

_LEVEL = 3
# A window of 2 MiB reaches over the longest text and a dictionary of the same length.
_WINDOW_LOG = 21
_CRC_LENGTH = 4


class Damaged(GreenroomError):
    """A stored frame doesn't unpack, or not to a text that could have been packed."""


def reference_of(number: int) -> int | None:
    """The version that `number` is packed against; None when it is packed whole."""
    place = (number - 1) % BLOCK
    if place == 0:
        return None
    return number - (place % GROUP or place)


def is_packed_like_the_last(number: int) -> bool:
    """Whether the version before `number` has the same reference: if their texts are equal, so are their frames."""
    reference = reference_of(number)
    return reference is not None and reference == reference_of(number - 1)


def path_to(number: int) -> tuple[int, ...]:
    """The versions whose frames `unpack` needs, in its order: a full one first, `number` last."""
    reference = reference_of(number)
    return (number,) if reference is None else (*path_to(reference), number)


def pack(text: str | None, reference: str | bytes | None) -> bytes | None:
    """`text` as a frame that unpacks with `reference`, the text of the version `reference_of` names (None: whole).

    The reference may also be given as `content` has it, which spares turning a long one into text and back.

    An assistant without instructions has no frame. Raises ValueError for a text too long to be unpacked again.
    """
    if text is None:
        return None
    encoded = text.encode()
    if len(encoded) > LONGEST:
        raise ValueError(f"a text of {len(encoded)} bytes is longer than a version may be")
    dictionary = reference.encode() if isinstance(reference, str) else reference or b""
    parameters = zstandard.ZstdCompressionParameters.from_level(
        _LEVEL,
        source_size=len(encoded),
        dict_size=len(dictionary),
        window_log=_WINDOW_LOG,
        write_content_size=True,
        write_checksum=True,
        write_dict_id=False,
    )
    packer = zstandard.ZstdCompressor(dict_data=_dictionary(dictionary), compression_params=parameters)
    return _sealed(packer.compress(encoded))


def is_sealed(frame: bytes) -> bool:
    """Whether a frame is as it was written."""
    return frame == _sealed(frame[:-_CRC_LENGTH])


def unpack(frames: Iterable[bytes | None]) -> str | None:
    """The text of the last of `frames`, which are those of `path_to`, in that order. Raises `Damaged`."""
    found = content(frames)
    try:
        return None if found is None else found.decode()
    except UnicodeDecodeError:
        raise Damaged("The stored text is damaged: it is not UTF-8.") from None


def content(frames: Iterable[bytes | None]) -> bytes | None:
    """What `unpack` gives, as the UTF-8 bytes of the text."""
    found: bytes | None = None
    for frame in frames:
        found = None if frame is None else _unpacked(frame, found or b"")
    return found


def _unpacked(sealed: bytes, dictionary: bytes) -> bytes:
    if not is_sealed(sealed):
        raise Damaged("The stored text is damaged: its check sum differs.")
    frame = sealed[:-_CRC_LENGTH]
    try:
        # A frame that doesn't say how long its text is has an enormous length here.
        if zstandard.get_frame_parameters(frame).content_size > LONGEST:
            raise Damaged("The stored text is damaged: it is longer than a text may be.")
        unpacker = zstandard.ZstdDecompressor(dict_data=_dictionary(dictionary), max_window_size=1 << _WINDOW_LOG)
        return unpacker.decompress(frame, allow_extra_data=False)
    except zstandard.ZstdError as fault:
        raise Damaged(f"The stored text is damaged: {fault}.") from None


def _sealed(frame: bytes) -> bytes:
    return frame + crc32(frame).to_bytes(_CRC_LENGTH, "big")


def _dictionary(reference: bytes) -> zstandard.ZstdCompressionDict | None:
    return zstandard.ZstdCompressionDict(reference, dict_type=zstandard.DICT_TYPE_RAWCONTENT) if reference else None
