"""What can be said of a public form: the dataclasses, and the check of their JSON's shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import orjson

from builder.codec import decode, encode
from builder.errors import Problem
from builder.label import LANGUAGES, Label
from builder.model import Json
from builder.schema import SENTENCES, slash_path
from runtime.errors import Invalid

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

ASK, ADDRESS, FIXED = "ask", "address", "fixed"
"""A field is asked for; not shown, but filled in from the address; not shown, and always this value."""
BROWSER = "browser"


@dataclass(frozen=True)
class LinkField:
    """What becomes of one field. `prefill`: an asked field that the address may fill in; `value`: of a fixed one, as JSON."""

    field: str
    use: str = ASK
    prefill: bool = False
    value: Json = None


@dataclass(frozen=True)
class LinkSettings:
    """All that can be set of a public form. Times are RFC 3339; fields and tables of rows that are not named are left out.

    tables: places on the form of the tables of rows that are asked for. limit: answers in all. per_person: answers of one person, told apart by `person_by`: `browser`, or an asked field.
    notify: ids of members whose bell tells of each answer.
    """

    name: str = ""
    title: Label = Label()
    intro: Label = Label()
    fields: tuple[LinkField, ...] = ()
    tables: tuple[str, ...] = ()
    opens_at: str = ""
    closes_at: str = ""
    limit: int | None = None
    per_person: int | None = None
    person_by: str = BROWSER
    thanks: Label = Label()
    thanks_url: str = ""
    another: bool = True
    early: Label = Label()
    closed: Label = Label()
    full: Label = Label()
    notify: tuple[int, ...] = ()

    def using(self, use: str) -> tuple[LinkField, ...]:
        """The fields of one use."""
        return tuple(each for each in self.fields if each.use == use)

    @property
    def opens(self) -> datetime | None:
        return datetime.fromisoformat(self.opens_at) if self.opens_at else None

    @property
    def closes(self) -> datetime | None:
        return datetime.fromisoformat(self.closes_at) if self.closes_at else None

    @property
    def from_address(self) -> frozenset[str]:
        """Keys of the fields that the address may fill in."""
        return frozenset(each.field for each in self.fields if each.use == ADDRESS or (each.use == ASK and each.prefill))


def settings_from_json(value: object) -> LinkSettings:
    """The settings of a stored or a sent JSON object. Raises Invalid for a wrong shape; what they speak of is not looked at."""
    if not _is_text(value):
        raise Invalid([Problem("", "bad_value", "The database cannot keep this value.")])
    problems = [_problem(error, value) for error in _validator().iter_errors(value)]
    if problems:
        raise Invalid(list({(each.path, each.code): each for each in problems}.values())[:50])
    assert isinstance(value, Mapping)
    found = decode(LinkSettings, value)
    _refuse_bad(found)
    return found


def settings_to_json(settings: LinkSettings) -> dict[str, Any]:
    """The JSON that `settings_from_json` reads back to equal settings."""
    return encode(settings)


def _refuse_bad(settings: LinkSettings) -> None:
    problems = [
        Problem(path, "not_a_time", "Enter a date and a time.")
        for path, text in (("opens_at", settings.opens_at), ("closes_at", settings.closes_at))
        if text and not _is_time(text)
    ]
    if not problems and settings.opens and settings.closes and settings.opens >= settings.closes:
        problems.append(Problem("closes_at", "too_early", "The end must be later than the beginning."))
    keys = [each.field for each in settings.fields]
    if len(set(keys)) < len(keys):
        problems.append(Problem("fields", "twice", "A field is named twice."))
    if problems:
        raise Invalid(problems)


def _is_text(value: object) -> bool:
    """Whether the JSON holds only what the database can keep: no NUL, no halves of characters."""
    try:
        return b"\\u0000" not in orjson.dumps(value)
    except (TypeError, RecursionError):
        return False


def _is_time(text: str) -> bool:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return False
    return found.tzinfo is not None


@cache
def _validator() -> Draft202012Validator:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(settings_schema())


@cache
def settings_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the settings."""
    field = {
        "type": "object",
        "additionalProperties": False,
        "required": ["field"],
        "properties": {
            "field": {"type": "string", "maxLength": 120},
            "use": {"enum": [ASK, ADDRESS, FIXED]},
            "prefill": {"type": "boolean"},
            "value": {"type": ["string", "number", "boolean", "array", "null"], "maxLength": 20_000, "maxItems": 200},
        },
    }
    label, long = _label(200), _label(4000)
    count = {"type": ["integer", "null"], "minimum": 1, "maximum": 1_000_000}
    time = {"type": "string", "maxLength": 40}
    properties = {
        "name": {"type": "string", "maxLength": 120},
        "title": label,
        "intro": long,
        "fields": {"type": "array", "maxItems": 500, "items": field},
        "tables": {"type": "array", "maxItems": 50, "items": {"type": "string", "maxLength": 120}},
        "opens_at": time,
        "closes_at": time,
        "limit": count,
        "per_person": count,
        "person_by": {"type": "string", "maxLength": 120},
        "thanks": long,
        "thanks_url": {"type": "string", "maxLength": 1000, "pattern": r"^$|^https://[^\s/?#@\\]+([/?#]\S*)?$"},
        "another": {"type": "boolean"},
        "early": long,
        "closed": long,
        "full": long,
        "notify": {"type": "array", "maxItems": 50, "items": {"type": "integer", "minimum": 1}},
    }
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _label(most: int) -> dict[str, Any]:
    text = {"type": "string", "maxLength": most}
    by_language = {"type": "object", "additionalProperties": False, "properties": dict.fromkeys(LANGUAGES, text)}
    return {"if": {"type": "string"}, "then": text, "else": by_language}


def _problem(error: Any, value: Any) -> Problem:
    if error.validator == "pattern":
        return Problem(slash_path(value, error.absolute_path), "https", "Give an address that begins with https://.")
    code = str(error.validator)
    message = SENTENCES.get(code, "This is not valid here: {detail}.")
    detail = error.instance if code == "enum" else error.validator_value
    if code == "additionalProperties":
        known = error.schema.get("properties", {})
        detail = ", ".join(str(each) for each in error.instance if each not in known)
    return Problem(slash_path(value, error.absolute_path), code, message, {"detail": str(detail)[:120]})
