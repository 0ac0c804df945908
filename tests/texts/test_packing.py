"""Packed versions come back character for character, from few frames, and damage never goes unseen."""

from __future__ import annotations

import random
from zlib import crc32

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from app.texts.packing import BLOCK, LONGEST, Damaged, is_packed_like_the_last, pack, path_to, reference_of, unpack
from tests import sample_words
from tests.difficult import DIFFICULT_TEXTS

TEXTS = st.none() | st.text(st.characters(exclude_categories=["Cs"]))


def edited(text: str, rng: random.Random) -> str:
    place = rng.randrange(len(text) - 40)
    words = " ".join(rng.choice(["refund", "order", "Monday", "never", "ask"]) for _ in range(rng.randint(1, 6)))
    return text[:place] + words + text[place + rng.randint(0, 30) :]


def history(text: str, length: int) -> list[str]:
    rng = random.Random(3)
    texts = [text]
    while len(texts) < length:
        texts.append(edited(texts[-1], rng))
    return texts


def packed(texts: list[str | None]) -> dict[int, bytes | None]:
    """The frames of all versions, by number."""
    frames = {}
    for number, text in enumerate(texts, start=1):
        reference = reference_of(number)
        frames[number] = pack(text, texts[reference - 1] if reference else None)
    return frames


def opened(frames: dict[int, bytes | None], number: int) -> str | None:
    return unpack(frames[step] for step in path_to(number))


def sealed(content: bytes) -> bytes:
    """What somebody else might have packed, under a right check sum."""
    frame = zstandard.ZstdCompressor(write_checksum=True).compress(content)
    return frame + crc32(frame).to_bytes(4, "big")


def test_every_version_is_reached_over_at_most_three_frames():
    for number in range(1, 2_000):
        path = path_to(number)
        assert path[-1] == number
        assert len(path) <= 3
        assert list(path) == sorted(set(path))
        assert [reference_of(step) for step in path] == [None, *path[:-1]]


def test_full_frames_come_once_a_block():
    assert [number for number in range(1, 300) if reference_of(number) is None] == [1, 65, 129, 193, 257]


def test_a_version_is_packed_like_the_last_where_both_have_one_reference():
    again = [number for number in range(2, 21) if is_packed_like_the_last(number)]
    assert again == [*range(3, 10), *range(11, 17), 19, 20]


@given(st.lists(TEXTS, min_size=1, max_size=2 * BLOCK))
def test_any_history_opens_exactly(texts):
    frames = packed(texts)
    assert [opened(frames, number) for number in frames] == texts


@pytest.mark.parametrize("text", DIFFICULT_TEXTS.values(), ids=DIFFICULT_TEXTS)
def test_difficult_texts_open_exactly(text):
    long = text * 50
    frames = packed([long, text, text + long, "", long])
    assert [opened(frames, number) for number in frames] == [long, text, text + long, "", long]


@pytest.mark.parametrize("characters", [1, 4], ids=["one byte each", "four bytes each"])
def test_small_edits_of_the_longest_text_stay_small(characters):
    rng = random.Random(11)
    alphabet = "abcdefghij klmnop" if characters == 1 else [chr(0x20000 + place) for place in range(4_000)]
    first = "".join(rng.choices(alphabet, k=255_000))
    texts = history(first, 130)
    frames = packed(texts)
    assert all(opened(frames, number) == texts[number - 1] for number in (1, 8, 9, 64, 65, 100, 130))
    differences = [len(frame) for number, frame in frames.items() if reference_of(number)]
    assert max(differences) < len(first) * characters * 0.02


def test_a_thousand_edits_cost_at_most_a_twentieth_of_plain_copies():
    texts = history(sample_words.prose(random.Random(5), 256_000), 1_000)
    frames = packed(texts)
    assert sum(map(len, frames.values())) <= 0.05 * sum(len(text.encode()) for text in texts)


@pytest.mark.parametrize("reference", [None, "Greet the guest. " * 4], ids=["whole", "against another"])
def test_every_flipped_bit_is_noticed(reference):
    frame = pack("Greet the guest. Ask for the room. " * 3, reference)
    first = pack(reference, None)
    for bit in range(len(frame) * 8):
        broken = bytearray(frame)
        broken[bit // 8] ^= 1 << bit % 8
        with pytest.raises(Damaged):
            unpack([first, bytes(broken)])


def test_a_cut_lengthened_or_foreign_frame_is_damaged():
    frame = pack("Greet the guest.", None)
    for broken in (b"", frame[:3], frame[:-1], frame + b"\x00", b"plain text, not packed", frame + frame):
        with pytest.raises(Damaged):
            unpack([broken])


def test_the_wrong_reference_is_noticed():
    text, reference = "one two three " * 100, "one two three " * 50
    for other in ("something else " * 50, "one two thre " * 50, "", None):
        with pytest.raises(Damaged):
            unpack([pack(other, None), pack(text, reference)])


def test_a_frame_cannot_grow_beyond_the_longest_text():
    with pytest.raises(Damaged, match="longer"):
        unpack([sealed(b"a" * (LONGEST + 1))])
    with pytest.raises(ValueError, match="longer"):
        pack("a" * (LONGEST + 1), None)
    assert unpack([pack("\U0001f44d" * 256_000, None)]) == "\U0001f44d" * 256_000


def test_bytes_that_are_no_text_are_damaged():
    with pytest.raises(Damaged, match="UTF-8"):
        unpack([sealed(b"\xff\xfe")])
