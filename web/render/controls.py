"""Inputs for fields: what a widget's template (`web/templates/widgets/<widget>.html`) needs to know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from werkzeug.datastructures import MultiDict

from builder.fields.choice import choices
from builder.fields.link import MANY_TO_ONE
from builder.label import Label
from runtime.context import Context
from runtime.people import list_members, list_teams
from runtime.records.history import people_names
from runtime.records.read import titles
from runtime.tables import FieldDef
from web.i18n import current_language, current_zone
from web.render.values import label_of

_MULTIPLE = frozenset({"multi_select", "relation_many"})


@dataclass(frozen=True)
class Control:
    """One input. `value` is text as the browser sends it (a list of texts for several); `chosen` are (value, text) pairs of
    a searchable select whose choices come from `source`."""

    key: str
    label: str
    widget: str
    value: Any = ""
    help: str = ""
    required: bool = False
    read_only: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    source: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    errors: tuple[str, ...] = ()
    span: int = 1

    @property
    def is_multiple(self) -> bool:
        return self.widget in _MULTIPLE


def widget_of(definition: FieldDef) -> str:
    """The widget of a field; a relation to many records has its own."""
    if definition.is_relation and definition.kind != MANY_TO_ONE:
        return "relation_many"
    return definition.type.widget


def control(
    ctx: Context,
    definition: FieldDef,
    value: Any,
    *,
    required: bool = False,
    read_only: bool = False,
    errors: tuple[str, ...] = (),
    span: int = 1,
    prefix: str = "",
) -> Control:
    """The input of a field. `value`: a parsed value, or the raw text of a form that comes back. prefix: before its name."""
    declared = definition.field
    widget = widget_of(definition)
    return Control(
        key=prefix + definition.key,
        label=label_of(definition),
        widget=widget,
        value=form_value(definition, value),
        help=declared.help.in_language(current_language()),
        required=required,
        read_only=read_only or not definition.is_writable,
        choices=_choices(ctx, definition, value),
        source=f"/choices/{definition.target}?q=" if definition.target else "",
        options=declared.options,
        errors=errors,
        span=span,
    )


def form_value(definition: FieldDef, value: Any) -> Any:
    """A value as text for an input; lists stay lists of texts."""
    if value is None:
        return [] if widget_of(definition) in _MULTIPLE else ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(current_zone()).strftime("%Y-%m-%dT%H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, tuple | list):
        return [str(each) for each in value]
    return str(value)


def _choices(ctx: Context, definition: FieldDef, value: Any) -> tuple[tuple[str, str], ...]:
    if "choices" in definition.field.options:
        language = current_language()
        return tuple(
            (each["key"], Label.of(each.get("label")).in_language(language) or each["key"]) for each in choices(definition.field)
        )
    if definition.target:
        found = titles(ctx, definition.target, _ids(value))
        return tuple((str(each), title) for each, title in found.items())
    display = definition.type.display
    if display == "person" and definition.is_writable:
        return member_choices(ctx, _ids(value))
    if display == "team":
        return tuple((str(team.id), team.name) for team in list_teams(ctx.connection, ctx.workspace.id))
    return ()


def member_choices(ctx: Context, also: list[int]) -> tuple[tuple[str, str], ...]:
    """The active members, and whoever is chosen already."""
    members = {each.user_id: each.name or each.email for each in list_members(ctx.connection, ctx.workspace.id) if each.active}
    members |= {key: name for key, name in people_names(ctx, also).items() if key not in members}
    return tuple((str(key), name) for key, name in members.items())


def _ids(value: Any) -> list[int]:
    parts = value if isinstance(value, tuple | list) else [value]
    return [
        int(each)
        for each in parts
        if isinstance(each, int) or (isinstance(each, str) and each.isascii() and each.isdigit() and len(each) < 19)
    ]


def submitted(form: MultiDict[str, str], fields: Mapping[str, FieldDef], prefix: str = "") -> dict[str, Any]:
    """What a form says about these fields: texts, lists for several choices. A field that was not on the form is missing."""
    found: dict[str, Any] = {}
    for key, definition in fields.items():
        name = prefix + key
        if name not in form and f"{name}__there" not in form:
            continue
        if widget_of(definition) in _MULTIPLE:
            found[key] = [each for each in form.getlist(name) if each]
        else:
            found[key] = form.get(name, "") if widget_of(definition) != "checkbox" else form.getlist(name)[-1:] == ["true"]
    return found
