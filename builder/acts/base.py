"""What acts share: finding things by path, and keys that are free."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from builder.keys import RESERVED_FIELDS
from builder.structure import MISSING, by_key, is_keyed

Act = Mapping[str, Any]
Document = Mapping[str, Any]
LIST_LABELS = ("label", "plural", "help", "description", "message", "text", "heading", "title", "body", "confirm")
"""Properties that hold a text by language."""


class BadAct(ValueError):
    """An act that does not fit the document."""


@dataclass(frozen=True)
class Done:
    """The operations of an act. made: path of what it made. renamed: old path -> new path of what got another key.

    told: names of properties that the act had to take away or change beside what was asked for.
    """

    operations: list[Mapping[str, Any]]
    made: str = ""
    renamed: dict[str, str] = field(default_factory=dict)
    told: tuple[str, ...] = ()


def find(document: Document, path: str) -> Any:
    """The value at a path of keys; MISSING when there is none."""
    current: Any = document
    name = ""
    for part in path.split("/") if path else ():
        if isinstance(current, Mapping):
            current = current.get(part, MISSING)
        elif isinstance(current, list) and is_keyed(name, current):
            current = by_key(name, current).get(part, MISSING)
        else:
            return MISSING
        name = part
    return current


def item_at(document: Document, path: str) -> dict[str, Any]:
    """The item at a path. Raises BadAct."""
    found = find(document, path)
    if not isinstance(found, dict):
        raise BadAct("there is no such item")
    return found


def keys_in(document: Document, path: str) -> list[str]:
    """The keys of the items of a list."""
    found = find(document, path)
    return [str(each.get("key")) for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def slug(text: str) -> str:
    """A key from a label: ASCII letters and digits; empty when the label is written in another script."""
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(each for each in plain if not unicodedata.combining(each)).lower()
    if any(each.isalpha() and not each.isascii() for each in plain):
        return ""
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_").lstrip("0123456789_")[:34].rstrip("_")


def free_key(base: str, taken: Collection[str], *, numbered: bool = False) -> str:
    """`base`, or `base_2`, `base_3` … when it is taken; numbered: begins with `base_1`."""
    if not numbered and base not in taken and base not in RESERVED_FIELDS:
        return base
    number = 1 if numbered else 2
    while f"{base}_{number}" in taken:
        number += 1
    return f"{base}_{number}"


def texts(value: Any) -> dict[str, str]:
    """A label as texts by language; a plain string is English."""
    if isinstance(value, Mapping):
        return {str(language): str(text) for language, text in value.items()}
    return {"en": str(value)} if isinstance(value, str) and value else {}


def first_text(value: Any) -> str:
    """Any text of a label, the English one first."""
    found = texts(value)
    return found.get("en") or next((text for text in found.values() if text), "")
