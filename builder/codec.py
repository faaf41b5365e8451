"""JSON <-> model, driven by the dataclasses' own type hints.

The document must have passed `builder.schema.validate` first: decoding trusts its shape.
Properties at their default value are left out of the JSON, so a document and its re-encoding are equal
whenever the document states no defaults.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from builder.label import Label
from builder.model import App

T = TypeVar("T")


def app_from_json(document: Mapping[str, Any]) -> App:
    """The app that a valid document describes."""
    return decode(App, document)


def app_to_json(app: App) -> dict[str, Any]:
    """The document of an app, without properties at their defaults."""
    return encode(app)


def decode(cls: type[T], data: Mapping[str, Any]) -> T:
    """An instance of one model class from its JSON object."""
    known = {}
    for name, json_name, hint in _properties(cls):  # type: ignore[arg-type]
        if json_name in data:
            known[name] = _decode_value(hint, data[json_name])
    return cls(**known)


def encode(item: Any) -> dict[str, Any]:
    """The JSON object of one model instance."""
    result: dict[str, Any] = {}
    defaults = {f.name: _default(f) for f in dataclasses.fields(item)}
    for name, json_name, _ in _properties(type(item)):  # type: ignore[arg-type]
        value = getattr(item, name)
        if value != defaults[name]:
            result[json_name] = _encode_value(value)
    return result


@cache
def _properties(cls: Any) -> tuple[tuple[str, str, Any], ...]:
    hints = get_type_hints(cls)
    fields = dataclasses.fields(cls)
    return tuple((f.name, f.metadata.get("json", f.name), hints[f.name]) for f in fields)


def _default(field: dataclasses.Field[Any]) -> Any:
    if field.default is not dataclasses.MISSING:
        return field.default
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return dataclasses.MISSING


def _decode_value(hint: Any, value: Any) -> Any:
    if hint is Label:
        return Label.of(value)
    if get_origin(hint) is tuple:
        item = get_args(hint)[0]
        return tuple(_decode_value(item, each) for each in value or ())
    if dataclasses.is_dataclass(hint):
        return decode(hint, value)  # type: ignore[arg-type]
    return value


def _encode_value(value: Any) -> Any:
    if isinstance(value, Label):
        return value.to_json()
    if isinstance(value, tuple):
        return [_encode_value(each) for each in value]
    if dataclasses.is_dataclass(value):
        return encode(value)
    return dict(value) if isinstance(value, Mapping) else value
