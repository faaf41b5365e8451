"""Inputs from a JSON Schema of options: one drawing for all types of fields, views, triggers, steps and tiles."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from builder.structure import MISSING
from web.render.design_words import option_help, option_title, value_name


@dataclass(frozen=True)
class OptionInput:
    """One input. kind: text, number, switch, choice, texts (a label by language), or other (drawn by its own template).

    path: where the value stands in the document. cast: how the browser reads the input (`text number integer boolean`).
    """

    name: str
    title: str
    kind: str
    path: str
    cast: str
    value: Any = None
    default: Any = None
    choices: tuple[tuple[str, str], ...] = ()
    required: bool = False
    minimum: Any = None
    maximum: Any = None
    help: str = ""


def option_inputs(
    schema: Mapping[str, Any], values: Mapping[str, Any], path: str, *, without: Collection[str] = ()
) -> list[OptionInput]:
    """An input for every property of the schema, in its order. path: of the options in the document."""
    required = schema.get("required", ())
    found: list[OptionInput] = []
    for name, each in (schema.get("properties") or {}).items():
        if name in without:
            continue
        if each.get("type") == "object" and each.get("properties"):  # a few inputs that belong together
            inner = values.get(name)
            found += option_inputs(each, inner if isinstance(inner, Mapping) else {}, f"{path}/{name}")
        else:
            found.append(_input(name, each, values.get(name, MISSING), f"{path}/{name}", name in required))
    return found


def _input(name: str, schema: Mapping[str, Any], value: Any, path: str, required: bool) -> OptionInput:
    kind, cast = _kind(schema)
    default = schema.get("default")
    choices: tuple[tuple[str, str], ...] = ()
    if kind == "choice":
        choices = tuple((str(each), value_name(each)) for each in schema["enum"])
    return OptionInput(
        name=name,
        title=option_title(str(schema.get("title") or name)),
        kind=kind,
        path=path,
        cast=cast,
        value=default if value is MISSING else value,
        default=default,
        choices=choices,
        required=required,
        minimum=schema.get("minimum"),
        maximum=schema.get("maximum"),
        help=option_help(str(schema.get("title") or name)),
    )


def _kind(schema: Mapping[str, Any]) -> tuple[str, str]:
    if "enum" in schema:
        return "choice", "text"
    plain = schema.get("type")
    if plain == "boolean":
        return "switch", "boolean"
    if plain in ("integer", "number"):
        return "number", str(plain)
    if plain == "string":
        return "text", "text"
    if "anyOf" in schema and any(each.get("type") == "string" for each in schema["anyOf"]):
        return "texts", "text"
    return "other", "json"
