"""What can be set of a field, for the property panels of the entity and the form designer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from builder.acts.base import find
from builder.fields import FIELD_TYPES
from builder.fields.base import FieldType
from builder.fields.choice import COLORS
from builder.keys import SYSTEM_FIELDS, qualified
from builder.structure import MISSING
from runtime.context import Context
from runtime.drafts import Desk
from web.render.automations.panel_inputs import Chip, chips_of
from web.render.design import entity_name, text_of, texts_of
from web.render.design_words import GROUPS, type_name, value_name
from web.render.options import OptionInput, option_inputs
from web.render.value_input import ValueInput, value_input

_OWN = {"choices", "to", "inverse", "kind", "expression"}
_NOT_UNIQUE = frozenset({"long_text", "multi_select", "boolean", "formula", "auto_number"})


@dataclass(frozen=True)
class TypeCard:
    """A field type in the palette."""

    name: str
    label: str
    help: str
    icon: str


@dataclass(frozen=True)
class FieldPanel:
    """A field and everything that can be set of it. path: of the field in the document."""

    path: str
    entity: str
    key: str
    type: str
    type_label: str
    icon: str
    label: Mapping[str, str]
    help: Mapping[str, str]
    required: bool
    unique: bool
    may_require: bool
    may_unique: bool
    is_published: bool
    default: ValueInput | None
    options: tuple[OptionInput, ...] = ()
    choices: tuple[Mapping[str, Any], ...] | None = None
    relation: Mapping[str, Any] | None = None
    formula: Mapping[str, Any] | None = None
    chips: tuple[Chip, ...] = ()
    problems: tuple[Any, ...] = field(default=())


def palette() -> list[tuple[str, list[TypeCard]]]:
    """The field types that people may use, by group."""
    from web.i18n import gettext
    from web.render.design_words import TYPES

    found: list[tuple[str, list[TypeCard]]] = []
    for group, title in GROUPS.items():
        types = [each for each in FIELD_TYPES if each.group == group]
        cards = [
            TypeCard(each.name, type_name(each.name), gettext(TYPES[each.name][1]) if each.name in TYPES else "", each.icon)
            for each in types
        ]
        if cards:
            found.append((gettext(title), cards))
    return found


def field_panel(looked: Context, desk: Desk, path: str) -> FieldPanel | None:
    """The panel of the field at `entities/lead/fields/name`; None when there is none. looked: with the draft's catalog."""
    declared = find(desk.document, path)
    if (
        not isinstance(declared, Mapping)
        or not path.startswith(("entities/", "extends/"))
        or declared.get("type") not in FIELD_TYPES.names()
    ):
        return None
    entity, kind = _entity_of(desk, path), FIELD_TYPES.get(str(declared["type"]))
    options = declared.get("options") or {}
    published = find(desk.published, path)
    return FieldPanel(
        path=path,
        entity=entity,
        key=str(declared["key"]),
        type=kind.name,
        type_label=type_name(kind.name),
        icon=kind.icon,
        label=texts_of(declared.get("label")),
        help=texts_of(declared.get("help")),
        required=bool(declared.get("required")),
        unique=bool(declared.get("unique")),
        may_require=kind.writable and options.get("kind") != "one_to_many",
        may_unique=kind.name not in _NOT_UNIQUE and options.get("kind", "many_to_one") == "many_to_one",
        is_published=published is not MISSING,
        chips=chips_for(looked, desk, entity, key=str(declared["key"])),
        default=default_input(looked, desk, declared, f"{path}/default") if kind.writable else None,
        options=tuple(option_inputs(kind.options_schema, options, f"{path}/options", without=_left_out(kind, options))),
        choices=tuple(options.get("choices") or ()) if "choices" in kind.options_schema["properties"] else None,
        relation=_relation(desk, entity, options) if kind.name == "relation" else None,
        formula=_formula(desk, entity, declared) if kind.name == "formula" else None,
        problems=tuple(each for each in desk.problems if each.path == path or each.path.startswith(f"{path}/")),
    )


def _left_out(kind: FieldType, options: Mapping[str, Any]) -> set[str]:
    """Options that have inputs of their own, and those of a formula that its result knows nothing of."""
    if kind.name != "formula":
        return set(_OWN)
    result = FIELD_TYPES.get(str(options.get("result", "text")))
    known = {"result", *result.options_schema["properties"]}
    return {*_OWN, *(name for name in kind.options_schema["properties"] if name not in known)}


def _entity_of(desk: Desk, path: str) -> str:
    """The table of a field: its key, or the full name where the app adds to a table of another one."""
    section, key = path.split("/")[:2]
    item = find(desk.document, f"extends/{key}") if section == "extends" else MISSING
    return str(item["entity"]) if isinstance(item, Mapping) else key


def default_input(looked: Context, desk: Desk, declared: Mapping[str, Any], path: str) -> ValueInput | None:
    """The input for the default of a field, or for another value that it may get."""
    options = declared.get("options") or {}
    target = qualified(desk.app, str(options["to"])) if options.get("to") else None
    value = declared.get("default") if path.endswith("/default") else find(desk.document, path)
    return value_input(looked, str(declared.get("type")), options, target, path, None if value is MISSING else value)


def chips_for(looked: Context, desk: Desk, entity: str, key: str = "") -> tuple[Chip, ...]:
    """What a formula for a record that is being filled in may well name; without the field `key` itself."""
    found = looked.catalog.find(qualified(desk.app, entity))
    return tuple(
        each
        for each in chips_of(looked, found, [], desk.app, None, False)
        if each.text != key and each.text not in SYSTEM_FIELDS and not each.text.startswith("record.")
    )


def _relation(desk: Desk, entity: str, options: Mapping[str, Any]) -> dict[str, Any]:
    own = [(each["key"], text_of(each.get("label"), each["key"])) for each in desk.document.get("entities") or ()]
    others = [
        (f"{key}.{each.key}", entity_name(desk, f"{key}.{each.key}")) for key, app in desk.others.items() for each in app.entities
    ]
    target = str(options.get("to", ""))
    kinds = [(each, value_name(each)) for each in ("many_to_one", "many_to_many", "one_to_many")]
    return {"targets": [*own, *others], "kinds": kinds, "inverses": _inverses(desk, entity, target), "options": options}


def _inverses(desk: Desk, entity: str, target: str) -> list[tuple[str, str]]:
    """Fields of the other entity that lead here."""
    declared = find(desk.document, f"entities/{target}/fields") if "." not in target else MISSING
    fields = declared if isinstance(declared, list) else []
    return [
        (each["key"], text_of(each.get("label"), each["key"]))
        for each in fields
        if each.get("type") == "relation" and (each.get("options") or {}).get("to") in (entity, f"{desk.app}.{entity}")
    ]


def _formula(desk: Desk, entity: str, declared: Mapping[str, Any]) -> dict[str, Any]:
    app, _dot, key = entity.rpartition(".")
    if app and app != desk.app:
        there = next((each.fields for each in desk.others[app].entities if each.key == key), ()) if app in desk.others else ()
        fields = [(each.key, text_of(each.label, each.key)) for each in there]
    else:
        own = find(desk.document, f"entities/{key}/fields") or ()
        fields = [(each["key"], text_of(each.get("label"), each["key"])) for each in own if each["key"] != declared["key"]]
    return {"expression": (declared.get("options") or {}).get("expression", ""), "fields": fields}


def choice_colours() -> list[tuple[str, str]]:
    """The colours of choices with their names."""
    return [(each, value_name(each)) for each in COLORS]
