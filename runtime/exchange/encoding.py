"""In which encoding is this text? Told from the bytes: marks, strict UTF-8, and how common the characters would be."""

from __future__ import annotations

import codecs
from pathlib import Path

_SAMPLE = 256 * 1024
_BLOCK = 1024 * 1024
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "gbk", "big5hkscs", "big5", "cp1252", "latin-1")


def guess_encoding(path: Path) -> str:
    """A Python codec name that reads the file; cp1252 when nothing better fits."""
    with path.open("rb") as file:
        start = file.read(_SAMPLE)
    for mark, name in _MARKS:
        if start.startswith(mark):
            return name
    wide = _wide(start)
    if wide:
        return wide
    if _reads(path, "utf-8"):
        return "utf-8"
    scores = {name: _commonness(start, name) for name in ("gb18030", "big5hkscs")}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] > 0 and _reads(path, best) else "cp1252"


def _wide(start: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of western text and of separators is zero."""
    if len(start) < 4 or start.count(0) < len(start) // 8:
        return None
    even, odd = start[0::2].count(0), start[1::2].count(0)
    return "utf-16-le" if odd > even else "utf-16-be"


def _reads(path: Path, name: str) -> bool:
    """Whether the whole file is valid in an encoding."""
    decoder = codecs.getincrementaldecoder(name)()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _commonness(start: bytes, name: str) -> float:
    """The share of the double-byte characters that stand in the encoding's area of everyday characters; 0 when invalid."""
    try:
        text = codecs.getincrementaldecoder(name)().decode(start)
    except UnicodeDecodeError:
        return 0.0
    wide = [character for character in text if ord(character) > 0x7F]
    if not wide:
        return 0.0
    return sum(_is_everyday(character, name) for character in wide) / len(wide)


def _is_everyday(character: str, name: str) -> bool:
    try:
        raw = character.encode(name)
    except UnicodeEncodeError:
        return False
    if len(raw) != 2:
        return False
    if name == "big5hkscs":  # symbols and the 5,401 characters in daily use
        return 0xA1 <= raw[0] <= 0xC6
    return (0xB0 <= raw[0] <= 0xD7 and raw[1] >= 0xA1) or raw[0] in (0xA1, 0xA3)  # the 3,755 of level 1, punctuation
