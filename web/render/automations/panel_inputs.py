"""Inputs of the panel of an automation: field values, people, lengths of time, things to put into texts and formulas."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from builder.automations.durations import DURATION_PATTERN
from builder.automations.settings import is_setting
from builder.keys import qualified
from runtime.context import Context
from runtime.tables import EntityDef, FieldDef
from web.i18n import current_language
from web.i18n import gettext as _
from web.render.automations.design_words import UNITS, options
from web.render.automations.words import label_text
from web.render.controls import member_choices
from web.render.values import label_of, shown_type

_DURATION = re.compile(DURATION_PATTERN.replace(r"-?\d{1,5}", r"(-?)(\d{1,5})"))
_NUMBERS = ("number", "currency", "percent")
_TEXTS = ("text", "long_text", "email", "phone", "url")


@dataclass(frozen=True)
class Chip:
    """Something that can be put into a text or formula. text: what is inserted."""

    text: str
    label: str


@dataclass(frozen=True)
class DurationInput:
    """A length of time. setting: the key of the setting that stands for it."""

    path: str
    amount: str
    unit: str
    is_before: bool
    units: tuple[tuple[str, str], ...]
    setting: str
    settings: tuple[tuple[str, str], ...]
    default: str = "1d"


@dataclass(frozen=True)
class ValueRow:
    """A field and what it is set to. cast: how the browser reads the input (web/islands/design/inputs.ts). make: the act that
    makes a setting of the value, for kinds of values that settings have."""

    path: str
    key: str
    label: str
    mode: str
    modes: tuple[tuple[str, str], ...]
    widget: str
    cast: str
    value: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    source: str = ""
    make: Mapping[str, Any] | None = None


def as_json(value: Any) -> str:
    """JSON for an option or attribute."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def settings_of(raw: Mapping[str, Any], kind: str) -> tuple[tuple[str, str], ...]:
    """(key, label) of the automation's settings of one kind."""
    return tuple(
        (str(each["key"]), label_text(each.get("label")) or str(each["key"]))
        for each in raw.get("settings") or ()
        if each.get("type") == kind
    )


def duration_input(raw: Mapping[str, Any], path: str, value: Any, default: str = "1d") -> DurationInput:
    """The input of a length of time, and the settings that may stand for it."""
    found = _DURATION.fullmatch(str(value)) if isinstance(value, str) else None
    setting = str(value["setting"]) if is_setting(value) else ""
    sign, amount, unit = found.groups() if found else ("", "", "d")
    return DurationInput(path, amount, unit, sign == "-", tuple(options(UNITS)), setting, settings_of(raw, "duration"), default)


def people_options(
    ctx: Context, raw: Mapping[str, Any], entity: EntityDef | None, app: str, chosen: Any
) -> list[tuple[str, list[tuple[str, str]]]]:
    """Whom a step can tell, by group: people of the record, settings, roles, members. Values are JSON."""
    groups: list[tuple[str, list[tuple[str, str]]]] = []
    if entity is not None:
        groups.append((_("People of the record"), list(_person_paths(ctx, entity))))
    settings = [(as_json({"setting": key}), _("Setting: %(name)s", name=name)) for key, name in settings_of(raw, "people")]
    if settings:
        groups.append((_("Settings"), settings))
    roles = [
        (as_json({"role": role.key if own == app else f"{own}.{role.key}"}), label_text(role.label) or role.key)
        for own, each in ctx.catalog.apps.items()
        for role in each.roles
        if own == app or own in {str(need.app) for need in ctx.catalog.apps[app].needs}
    ]
    groups.append((_("Roles"), roles))
    groups.append((_("Members"), [(as_json({"user": int(key)}), name) for key, name in member_choices(ctx, [])]))
    known = {value for _group, members in groups for value, _text in members}
    strange = [as_json(each) for each in chosen or () if as_json(each) not in known]
    if strange:
        groups.append((_("Others"), [(each, each.strip('"')) for each in strange]))
    return groups


def _person_paths(ctx: Context, entity: EntityDef) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, each in entity.fields.items():
        if _kind(each) == "person":
            found.append((as_json(key), label_of(each)))
            if each.kind != "system":
                found.append((as_json(f"{key}.manager"), _("manager of %(person)s", person=label_of(each))))
        elif each.kind == "many_to_one" and each.target and (other := ctx.catalog.find(each.target)):
            for inner, definition in other.fields.items():
                if _kind(definition) == "person" and definition.kind != "system":
                    found.append((as_json(f"{key}.{inner}"), f"{label_of(each)} › {label_of(definition)}"))
    return found


def chips_of(
    ctx: Context, entity: EntityDef | None, steps: list[Mapping[str, Any]], app: str, item: EntityDef | None, numbers: bool
) -> list[Chip]:
    """Paths that texts and formulas may name at a step: fields, fields of linked records, this item, results of steps before."""
    found: list[Chip] = []
    if entity is not None:
        found += [Chip("record.title", _("title")), Chip("record.url", _("link"))]
        found += [
            Chip(key, label_of(each))
            for key, each in entity.fields.items()
            if each.kind not in ("one_to_many", "many_to_many") and key != "version"
        ]
        for key, each in entity.fields.items():
            other = ctx.catalog.find(each.target) if each.kind == "many_to_one" and each.target else None
            plain = [(name, one) for name, one in other.fields.items() if one.kind == "value"][:6] if other else []
            found += [Chip(f"{key}.{name}", f"{label_of(each)} › {label_of(one)}") for name, one in plain]
    if item is not None:
        found += [
            Chip(f"item.{key}", _("this one: %(field)s", field=label_of(each)))
            for key, each in item.fields.items()
            if each.kind in ("value", "stored") or key == "id"
        ]
    if numbers:
        found.append(Chip("item.number", _("number of the turn")))
    words = {
        "find": [("count", _("number found")), ("first", _("the first one found"))],
        "create": [("id", _("the new record"))],
        "update": [("count", _("number changed"))],
    }
    for step in steps:
        other = ctx.catalog.find(qualified(app, str(step.get("entity", ""))))
        name = label_of_entity(other) if other else str(step.get("key"))
        found += [
            Chip(f"steps.{step.get('key')}.{output}", f"{name}: {text}") for output, text in words.get(str(step.get("type")), ())
        ]
    return found


def label_of_entity(entity: EntityDef) -> str:
    """What one record is called."""
    return label_text(entity.entity.label) or entity.entity.key


def value_rows(
    ctx: Context, raw: Mapping[str, Any], entity: EntityDef | None, path: str, values: Mapping[str, Any]
) -> list[ValueRow]:
    """The rows of field values; a field that there is not any more stays to be taken away."""
    return [_row(ctx, raw, entity.fields.get(key) if entity else None, path, key, value) for key, value in values.items()]


def spare_values(entity: EntityDef | None, values: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """(key, label, JSON of the first value) of the fields that can still be set."""
    found = []
    for key, each in entity.fields.items() if entity else ():
        if each.kind in ("value", "many_to_one", "many_to_many") and each.is_writable and key not in values:
            found.append((key, label_of(each), _first(each)))
    return found


def _row(ctx: Context, raw: Mapping[str, Any], definition: FieldDef | None, path: str, key: str, value: Any) -> ValueRow:
    place, label = f"{path}/{key}", label_of(definition) if definition else key
    kind = _kind(definition) if definition else "text"
    modes = _modes(raw, kind)
    if isinstance(value, Mapping):
        mode = "expr" if "expr" in value else "template" if "template" in value else as_json(value)
        inner = value.get("expr", value.get("template", ""))
        text = label_text(inner) if isinstance(inner, Mapping) else str(inner)
        shown = [(as_json({mode: ""}), name) if name_mode == mode else (name_mode, name) for name_mode, name in modes]
        return ValueRow(
            place,
            key,
            label,
            as_json({mode: ""}) if mode in ("expr", "template") else mode,
            tuple(shown),
            mode if mode in ("expr", "template") else "none",
            mode,
            text,
        )
    widget, cast, choices, source = _literal(ctx, definition, kind, value)
    literal = as_json(value)
    shown = [
        (literal, name)
        if name_mode == "literal"
        else (name_mode if name_mode not in ("expr", "template") else as_json({name_mode: ""}), name)
        for name_mode, name in modes
    ]
    text = as_json(value) if isinstance(value, bool | list) else "" if value is None else str(value)
    make = _make_setting(definition, kind, place, label, value)
    return ValueRow(place, key, label, literal, tuple(shown), widget, cast, text, choices, source, make)


def _make_setting(definition: FieldDef | None, kind: str, path: str, label: str, value: Any) -> dict[str, Any] | None:
    """The act for a plain value of a field; None where settings have no such kind."""
    found = "number" if kind in _NUMBERS else "text" if kind in _TEXTS else {"select": "choice", "boolean": "boolean"}.get(kind)
    if definition is None or found is None or value in (None, ""):
        return None
    act: dict[str, Any] = {"op": "make_setting", "path": path, "type": found, "label": {current_language(): label}}
    if found == "choice":
        listed = definition.field.options.get("choices") or ()
        act["choices"] = [{"key": each["key"], "label": each.get("label") or str(each["key"])} for each in listed]
    return act


def _modes(raw: Mapping[str, Any], kind: str) -> list[tuple[str, str]]:
    """(mode, name); modes that need no input are the JSON of the value."""
    found = [("literal", _("Value")), ("expr", _("Formula"))]
    if kind in _TEXTS:
        found.append(("template", _("Text with fields")))
    if kind == "person":
        found.append((as_json({"var": "me"}), _("me")))
    if kind in ("date", "datetime"):
        found.append((as_json({"var": "today"}), _("today")))
    if kind == "datetime":
        found.append((as_json({"var": "now"}), _("now")))
    for each in ("number", "text", "choice", "boolean"):
        found += [(as_json({"setting": key}), _("Setting: %(name)s", name=name)) for key, name in settings_of(raw, each)]
    return found


def _literal(
    ctx: Context, definition: FieldDef | None, kind: str, value: Any
) -> tuple[str, str, tuple[tuple[str, str], ...], str]:
    if definition is None:
        return "text", "keep", (), ""
    if kind == "boolean":
        return "select", "json", (("true", _("yes")), ("false", _("no"))), ""
    if "choices" in definition.field.options:
        choices = tuple(
            (str(each["key"]), label_text(each.get("label")) or str(each["key"])) for each in definition.field.options["choices"]
        )
        if kind == "multi_select":
            return "many", "json", tuple((as_json(key), text) for key, text in choices), ""
        return "select", "text", choices, ""
    if kind == "person":
        return "select", "integer", (("", "–"), *member_choices(ctx, [value] if isinstance(value, int) else [])), ""
    if definition.target:
        from runtime.records.read import titles

        known = titles(ctx, definition.target, [value]) if isinstance(value, int) and value else {}
        return "record", "integer", tuple((str(key), text) for key, text in known.items()), f"/choices/{definition.target}?q="
    if kind in _NUMBERS:
        return "number", "number", (), ""
    return ("date", "keep", (), "") if kind == "date" else ("text", "keep", (), "")


def _first(definition: FieldDef) -> str:
    """The value that a new row begins with, as JSON."""
    kind = _kind(definition)
    choices = definition.field.options.get("choices")
    if choices:
        key = str(choices[0]["key"])
        return as_json([key] if kind == "multi_select" else key)
    first: dict[str, Any] = {"boolean": True, "date": {"var": "today"}, "datetime": {"var": "now"}, "person": {"var": "me"}}
    if definition.target:
        return as_json({"expr": "{id}"})
    return as_json(first.get(kind, 0 if kind in _NUMBERS else {"template": ""} if kind in _TEXTS else ""))


def _kind(definition: FieldDef) -> str:
    kind = shown_type(definition)[0].name
    return "person" if kind in ("created_by", "changed_by") else kind
