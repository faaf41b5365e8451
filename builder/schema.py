"""The JSON Schema of an app document, put together from the envelopes and the registries."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol, cast

from builder.automations import STEP_TYPES, TRIGGER_TYPES
from builder.board_filters import FILTER_KINDS
from builder.errors import Problem
from builder.fields import FIELD_TYPES
from builder.tiles import TILE_TYPES
from builder.views import VIEW_TYPES

if TYPE_CHECKING:  # half a second to import, and a start needs neither
    import jsonschema_rs
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

_ENVELOPES = ("common", "entity", "form", "view", "pipeline", "automation", "role", "dashboard", "app")
_MAX_PROBLEMS = 200
_SKIPPED = "#/$defs/skipped_step"


class _HasOptions(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def options_schema(self) -> Mapping[str, Any]: ...


@cache
def app_schema() -> dict[str, Any]:
    """The whole schema (2020-12); `$defs/app` is its root."""
    definitions: dict[str, Any] = {}
    for name in _ENVELOPES:
        text = resources.files("builder.schemas").joinpath(f"{name}.json").read_text(encoding="utf-8")
        definitions.update(json.loads(text)["$defs"])
    definitions["field"] = _field_schema()
    definitions["view"] = {**definitions["view"], **_by_type(VIEW_TYPES, "options", default="table")}
    definitions["tile"] = _tile_schema(definitions["tile"])
    definitions["board_filter"]["properties"]["kind"] = {"enum": list(FILTER_KINDS.names())}
    definitions["trigger"] = _inline_by_type(TRIGGER_TYPES, ("type",))
    definitions |= _step_schemas()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$ref": "#/$defs/app", "$defs": definitions}


def validate(document: object) -> list[Problem]:
    """Where the document breaks the schema: every place once, the deepest cause of each."""
    if _is_valid(document):
        return []
    problems = [_problem(error, document) for error in islice(_validator().iter_errors(document), _MAX_PROBLEMS)]
    return list({(each.path, each.code): each for each in problems}.values())


def _is_valid(document: object) -> bool:
    """A quick yes for the usual case; the slower validator finds the words when something is wrong."""
    try:
        return bool(_fast_validator().is_valid(document))
    except (ValueError, TypeError, OverflowError, RecursionError):  # not made of JSON, or too deep
        return False


@cache
def _fast_validator() -> jsonschema_rs.Draft202012Validator:
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator(app_schema())


@cache
def _validator() -> Draft202012Validator:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(app_schema())


def _field_schema() -> dict[str, Any]:
    properties = {
        "key": {"$ref": "#/$defs/key"},
        "type": {"enum": [kind.name for kind in FIELD_TYPES if kind.group != "system"]},
        "label": {"$ref": "#/$defs/label"},
        "help": {"$ref": "#/$defs/label"},
        "required": {"type": "boolean"},
        "unique": {"type": "boolean"},
        "default": {},
        "options": {"type": "object"},
    }
    envelope = {"type": "object", "additionalProperties": False, "required": ["key", "type"], "properties": properties}
    return {**envelope, **_by_type(FIELD_TYPES, "options")}


def _tile_schema(envelope: Mapping[str, Any]) -> dict[str, Any]:
    kinds = {"enum": [kind.name for kind in TILE_TYPES]}
    rules = _by_type(TILE_TYPES, "options")
    for rule, kind in zip(rules["allOf"], TILE_TYPES, strict=True):
        if kind.has_data:
            rule["then"]["required"] = [*rule["then"].get("required", ()), "entity"]
    return {**envelope, "properties": {**envelope["properties"], "type": kinds}, **rules}


def _by_type(registry: Iterable[_HasOptions], place: str, default: str = "") -> dict[str, Any]:
    """For each registered type: documents of that type must have options of its schema at `place`. default: the type of those
    that name none."""
    rules = []
    for kind in registry:
        then: dict[str, Any] = {"properties": {place: dict(kind.options_schema)}}
        if kind.options_schema.get("required"):
            then["required"] = [place]
        is_type = _is_type(kind.name)
        rules.append({"if": is_type if kind.name != default else {"properties": is_type["properties"]}, "then": then})
    return {"allOf": rules}


def _step_schemas() -> dict[str, Any]:
    """A step; one that is switched off need not be complete, nor what is inside it."""
    whole = _inline_by_type(STEP_TYPES, ("key", "type"), {"enabled": {"type": "boolean"}})
    is_off = {"properties": {"enabled": {"const": False}}, "required": ["enabled"]}
    return {"step": {"if": is_off, "then": {"$ref": _SKIPPED}, "else": whole}, "skipped_step": _unfilled(whole)}


def _unfilled(schema: Any) -> Any:
    """The same shapes, where everything but keys and types may be missing."""
    if isinstance(schema, list):
        return [_unfilled(each) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    found = {name: _unfilled(value) for name, value in schema.items() if name not in ("minItems", "minProperties")}
    if isinstance(found.get("required"), list):
        found["required"] = [each for each in found["required"] if each in ("key", "type")]
    return {**found, "$ref": _SKIPPED} if found.get("$ref") == "#/$defs/step" else found


def _inline_by_type(
    registry: Iterable[_HasOptions], common: tuple[str, ...], more: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The same for types whose options stand beside `type` itself, and beside `more`."""
    shared = {"key": {"$ref": "#/$defs/key"}, "type": {"type": "string"}}
    rules = []
    for kind in registry:
        schema = dict(kind.options_schema)
        own = {name: _or_setting(option) for name, option in schema.get("properties", {}).items()}
        schema["properties"] = {**{name: shared[name] for name in common}, **(more or {}), **own}
        rules.append({"if": _is_type(kind.name), "then": schema})
    names = [kind.name for kind in registry]
    return {
        "type": "object",
        "required": list(common),
        "properties": {**{name: shared[name] for name in common}, "type": {"enum": names}},
        "allOf": rules,
    }


def _or_setting(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The option itself or `{"setting": key}`; unlike `anyOf` this keeps the option's own error messages."""
    return {"if": {"$ref": "#/$defs/setting_use"}, "else": dict(schema)}


def _is_type(name: str) -> dict[str, Any]:
    return {"properties": {"type": {"const": name}}, "required": ["type"]}


SENTENCES = {
    "additionalProperties": "There is a property that is not known here: {detail}.",
    "required": "Something is missing: {detail}.",
    "enum": "This is not one of the allowed values: {detail}.",
    "const": "This is not the allowed value: {detail}.",
    "type": "This has the wrong type; expected {detail}.",
    "pattern": "This does not have the form it must have: {detail}.",
    "maxLength": "This is longer than {detail} characters.",
    "maxItems": "There are more than {detail} entries.",
    "minItems": "There are fewer than {detail} entries.",
    "minimum": "This is smaller than {detail}.",
    "maximum": "This is larger than {detail}.",
    "propertyNames": "A name in here does not have the form it must have: {detail}.",
    "maxProperties": "There are more than {detail} properties.",
    "anyOf": "This has none of the shapes that are possible here.",
    "oneOf": "This has none of the shapes that are possible here.",
}


def _problem(error: ValidationError, document: object) -> Problem:
    code = str(error.validator)
    message = SENTENCES.get(code, "This is not valid here: {detail}.")
    return Problem(slash_path(document, error.absolute_path), code, message, {"detail": _detail(error)[:200]})


def _detail(error: ValidationError) -> str:
    if error.validator == "additionalProperties" and isinstance(error.instance, Mapping):
        known = error.schema.get("properties", {}) if isinstance(error.schema, Mapping) else {}
        return ", ".join(str(name) for name in error.instance if name not in known)
    if error.validator == "required" and isinstance(error.instance, Mapping):
        return ", ".join(name for name in cast(Any, error.validator_value) if name not in error.instance)
    if error.validator in ("enum", "const", "pattern", "propertyNames"):
        return str(error.instance)[:80]
    return str(error.validator_value)[:120]


def slash_path(document: Any, steps: Iterable[str | int]) -> str:
    """`entities/lead/fields/amount/type`: items of lists by their key where they have one."""
    parts: list[str] = []
    place = document
    for step in steps:
        place = place[step]
        key = place.get("key") if isinstance(step, int) and isinstance(place, Mapping) else None
        parts.append(key if isinstance(key, str) else str(step))
    return "/".join(parts)
