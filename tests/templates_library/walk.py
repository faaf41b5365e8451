"""Walks over template documents and their sample records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from builder.codec import app_from_json
from builder.model import App, Field
from templates_library import loader

LANGUAGES = ("en", "zh-Hans", "zh-Hant")
LABELS = frozenset(("label", "plural", "description", "help", "message", "title", "body", "reason", "confirm", "text"))
"""Properties whose value is a text for people."""

DATA = frozenset(("values", "set", "default", "where", "condition", "filter", "guard", "show_when", "require_when"))
"""Properties that hold data, in which these words may be field keys."""

DAY = date(2024, 6, 3)
ZONE = ZoneInfo("Asia/Shanghai")


def documents() -> dict[str, Mapping[str, Any]]:
    """The app documents by key, those that others need first."""
    return {key: loader.read(key).app for key in loader.names()}


@cache
def apps() -> dict[str, App]:
    return {key: app_from_json(document) for key, document in documents().items()}


def labels(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """(path, label) of every text for people."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            place = f"{path}/{name}"
            if name in LABELS:
                yield place, inner
            elif name not in DATA:
                yield from labels(inner, place)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            name = inner.get("key", number) if isinstance(inner, Mapping) else number
            yield from labels(inner, f"{path}/{name}")


@cache
def fields_of(app_key: str, reference: str) -> dict[str, Field]:
    """The fields of an entity named from one app, with those that other apps add."""
    known = apps()
    owner, _, key = (reference if "." in reference else f"{app_key}.{reference}").partition(".")
    entity = next(each for each in known[owner].entities if each.key == key)
    fields = {each.key: each for each in entity.fields}
    for other in known.values():
        for extension in other.extends:
            if extension.entity == f"{owner}.{key}":
                fields |= {f"{other.key}_{each.key}": each for each in extension.fields}
    return fields


def sample_records(key: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(entity as named, record) of one template in the order of loading."""
    for group in loader.read(key).samples:
        for record in group["records"]:
            yield group["entity"], record


def plain(value: Any, language: str = "en") -> Any:
    """A sample value as it reaches the write path on `DAY`; references and people become 1."""
    if isinstance(value, list):
        return [plain(each, language) for each in value]
    if not isinstance(value, Mapping):
        return value
    if "ref" in value or "person" in value:
        return 1
    if "text" in value:
        return value["text"] if isinstance(value["text"], str) else value["text"][language]
    day = DAY + timedelta(days=value["days"])
    if "at" not in value:
        return day.isoformat()
    hour, minute = map(int, value["at"].split(":"))
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE).isoformat()
