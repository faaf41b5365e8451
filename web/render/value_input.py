"""One value of a field as designers set it: the default of a field, what a rule fills in. Plain, by formula, or one that each person
brings along (me, my team, today)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from builder.fields.link import MANY_TO_ONE
from runtime.context import Context
from runtime.people import list_teams
from runtime.records.read import titles
from web.i18n import gettext as _
from web.render.automations.panel_inputs import as_json
from web.render.controls import member_choices
from web.render.design import text_of

FORMULA = as_json({"expr": ""})
_NUMBERS = frozenset({"number", "currency", "percent"})
_WHOLE = frozenset({"select", "boolean", "person", "team"})
Ways = list[tuple[str, list[tuple[str, str]]]]


@dataclass(frozen=True)
class ValueInput:
    """How a value is set. ways: by group, (JSON of the value, text); way: the one that counts now.

    is_choice: the ways are all there is, but for a formula. widget: the input below them: expr text lines number date datetime many
    record none. cast: how the browser reads it (web/islands/design/inputs.ts).
    """

    path: str
    ways: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    way: str
    is_choice: bool
    widget: str
    cast: str = "keep"
    value: Any = ""
    choices: tuple[tuple[str, str], ...] = ()
    source: str = ""

    @property
    def id(self) -> str:
        return "set-" + self.path.replace("/", "-")


def value_input(
    ctx: Context, kind: str, options: Mapping[str, Any], target: str | None, path: str, value: Any
) -> ValueInput | None:
    """The input for a value of a field of this type; None where a document cannot hold one. target: entity of a relation."""
    if kind == "relation" and (not target or options.get("kind", MANY_TO_ONE) != MANY_TO_ONE):
        return None
    if kind in _WHOLE:
        return _choice(ctx, kind, options, path, value)
    is_computed = isinstance(value, Mapping)
    plain = "null" if is_computed else as_json(value)
    ways = [(plain, _("A value")), *_brought(kind), (FORMULA, _("Formula"))]
    if is_computed:
        return ValueInput(path, (("", tuple(ways)),), *_computed(value, ways))
    widget, cast, choices, source = _plain_widget(ctx, kind, options, target, value)
    shown = [as_json(each) for each in value] if isinstance(value, list) else "" if value is None else str(value)
    return ValueInput(path, (("", tuple(ways)),), plain, False, widget, cast, shown, choices, source)


def _choice(ctx: Context, kind: str, options: Mapping[str, Any], path: str, value: Any) -> ValueInput:
    named: list[tuple[str, str]] = []
    if kind == "select":
        named = [(as_json(str(each["key"])), text_of(each.get("label"), each["key"])) for each in options.get("choices") or ()]
    elif kind == "boolean":
        named = [("true", _("Yes")), ("false", _("No"))]
    groups: Ways = [("", [("null", "–"), *_brought(kind), *named, (FORMULA, _("Formula"))])]
    if kind == "person":
        groups.append((_("Members"), list(member_choices(ctx, [value] if isinstance(value, int) else []))))
    if kind == "team":
        groups.append((_("Teams"), [(str(each.id), each.name) for each in list_teams(ctx.connection, ctx.workspace.id)]))
    if isinstance(value, Mapping):
        way, _own, widget, cast, text = _computed(value, groups[0][1])
        return ValueInput(path, _frozen(groups), way, True, widget, cast, text)
    way = as_json(value)
    if way not in {each for _group, members in groups for each, _text in members}:
        groups[0][1].append((way, str(value)))
    return ValueInput(path, _frozen(groups), way, True, "none")


def _frozen(groups: Ways) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    return tuple((group, tuple(members)) for group, members in groups if members)


def _brought(kind: str) -> list[tuple[str, str]]:
    """Values that depend on who fills in, and when."""
    names = {"me": _("Whoever fills it in"), "my_team": _("Their team"), "today": _("Today"), "now": _("Now")}
    found = {"person": ("me",), "team": ("my_team",), "date": ("today",), "datetime": ("now",)}.get(kind, ())
    return [(as_json({"var": each}), names[each]) for each in found]


def _computed(value: Mapping[str, Any], ways: list[tuple[str, str]]) -> tuple[str, bool, str, str, str]:
    """(way, is_choice, widget, cast, text) of `{"expr"}` and `{"var"}`."""
    if "expr" in value:
        return FORMULA, False, "expr", "expr", str(value["expr"])
    way = as_json(value)
    if way not in {each for each, _text in ways}:
        ways.append((way, str(value.get("var", way))))
    return way, False, "none", "keep", ""


def _plain_widget(
    ctx: Context, kind: str, options: Mapping[str, Any], target: str | None, value: Any
) -> tuple[str, str, tuple[tuple[str, str], ...], str]:
    if kind == "multi_select":
        choices = options.get("choices") or ()
        return "many", "json", tuple((as_json(str(each["key"])), text_of(each.get("label"), each["key"])) for each in choices), ""
    if kind == "relation":
        known = titles(ctx, str(target), [value]) if isinstance(value, int) else {}
        shown = {value: f"#{value}", **known} if isinstance(value, int) else known
        return "record", "integer", tuple((str(key), text) for key, text in shown.items()), f"/choices/{target}?q="
    if kind in _NUMBERS:
        return "number", "number", (), ""
    if kind in ("date", "datetime"):
        return kind, "text", (), ""
    return ("lines" if kind == "long_text" else "text"), "text", (), ""
