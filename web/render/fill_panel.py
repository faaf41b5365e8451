"""The panel of rules that fill an input in: conditions, values, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from builder.acts.base import find
from builder.errors import Problem
from builder.fields import FIELD_TYPES
from runtime.context import Context
from runtime.drafts import Desk
from web.i18n import gettext as _
from web.render.automations.panel_inputs import Chip
from web.render.field_panel import chips_for, default_input
from web.render.value_input import ValueInput


@dataclass(frozen=True)
class FillLine:
    """One rule. problems: what the rule builder and the formula editor do not tell themselves."""

    path: str
    key: str
    name: str
    when: Any
    value: ValueInput
    is_last: bool
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class FillPanel:
    """path: of the list of rules in the document; field: of the field that they fill. chips: what formulas may name."""

    path: str
    field: str
    rules: tuple[FillLine, ...]
    has_formula: bool
    chips: tuple[Chip, ...]


def fill_panel(looked: Context, desk: Desk, entity: str, item: Mapping[str, Any], path: str) -> FillPanel | None:
    """The rules of the form item at `path`; None when its field cannot be filled in by rules. entity: key of the form's."""
    field = f"entities/{entity}/fields/{item.get('field')}"
    declared = find(desk.document, field)
    if not isinstance(declared, Mapping) or declared.get("type") not in FIELD_TYPES.names():
        return None
    place, rules = f"{path}/fill", item.get("fill") or ()
    if not FIELD_TYPES.get(str(declared["type"])).writable or default_input(looked, desk, declared, f"{place}/x/value") is None:
        return None
    lines = tuple(
        _line(looked, desk, declared, f"{place}/{rule['key']}", rule, number, len(rules)) for number, rule in enumerate(rules, 1)
    )
    has_formula = any(each.value.widget == "expr" for each in lines)
    return FillPanel(place, field, lines, has_formula, chips_for(looked, desk, entity) if has_formula else ())


def _line(
    looked: Context, desk: Desk, declared: Mapping[str, Any], path: str, rule: Mapping[str, Any], number: int, count: int
) -> FillLine:
    value = default_input(looked, desk, declared, f"{path}/value")
    assert value is not None
    told = (path, f"{path}/value")
    problems = tuple(each for each in desk.problems if each.path in told)
    return FillLine(
        path, str(rule["key"]), _("Rule %(number)s", number=number), rule.get("when"), value, number == count, problems
    )
