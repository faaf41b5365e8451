"""Inputs that rules of a form fill in as long as nobody has touched them.

A page carries what a rule has put into an input in a hidden one beside it (`_auto.<name>`): an input that holds something else was
touched, and is left alone from then on. What rules give depends on nothing but the touched inputs and what is there without
them, so that page and server always agree.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from werkzeug.datastructures import MultiDict

from builder.model import Form, FormItem
from runtime.context import Context
from runtime.records.defaults import default_values, points_nowhere, read_value
from runtime.records.draft import Draft
from runtime.records.plan import plan_of
from runtime.records.seen import SeenEvaluator
from runtime.records.values import is_empty
from runtime.tables import EntityDef, FieldDef
from web.render.controls import control, form_value, widget_of

AUTO = "_auto."
_MOST_ROUNDS = 10


def fill_items(form: Form, fields: Mapping[str, FieldDef]) -> dict[str, FormItem]:
    """The places with rules by field, of fields that the person may give a value."""
    found: dict[str, FormItem] = {}
    for section in form.sections:
        for item in section.items:
            if item.fill and item.field in fields:
                found.setdefault(item.field, item)
    return found


def empty_ones(form: Form, fields: Mapping[str, FieldDef], values: Mapping[str, Any]) -> frozenset[str]:
    """Fields that rules may fill in a form that begins with these values."""
    return frozenset(key for key in fill_items(form, fields) if is_empty(values.get(key)))


def untouched_ones(
    form: Form, fields: Mapping[str, FieldDef], sent: MultiDict[str, str], raw: Mapping[str, Any], prefix: str
) -> frozenset[str]:
    """Fields whose inputs still hold what a rule put there."""
    return frozenset(
        key for key in fill_items(form, fields) if _is_as_filled(fields[key], raw.get(key), sent.get(f"{AUTO}{prefix}{key}"))
    )


def _is_as_filled(definition: FieldDef, raw: Any, mark: str | None) -> bool:
    if mark is None:
        return False
    try:
        wanted = json.loads(mark)
    except ValueError:
        return False
    return raw is None or _plain(form_value(definition, raw)) == _plain(wanted)


def _plain(value: Any) -> Any:
    """Browsers send line breaks in their own way, and several choices in the order of the list."""
    return sorted(map(str, value)) if isinstance(value, list) else str(value).replace("\r\n", "\n")


def _held(definition: FieldDef, value: Any) -> Any:
    """What an input holds: a box that is not ticked says no."""
    return form_value(definition, value if value is not None or widget_of(definition) != "checkbox" else False)


def mark_of(definition: FieldDef, value: Any) -> str:
    """What the hidden input says about an untouched one."""
    return json.dumps(_held(definition, value), ensure_ascii=False)


def filled_by_rules(
    ctx: Context, entity: EntityDef, items: Mapping[str, FormItem], known: Mapping[str, Any], own: Collection[str], record_id: int
) -> dict[str, Any]:
    """What the inputs of these places hold. known: parsed values of everything else; own: fields that the person fills in.

    Rules see what other rules have filled; what changes in circles is left where it stands after some rounds.
    """
    starting = {} if record_id else default_values(ctx, entity)
    base = {key: starting.get(key) for key in items}
    draft = Draft(new={**known, **base}, id=record_id, version=1)
    evaluator = SeenEvaluator(ctx, plan_of(ctx.catalog, entity.name), draft, own)
    for _round in range(_MOST_ROUNDS):
        before = dict(draft.new)
        for key, item in items.items():
            draft.new[key] = _value(ctx, entity.fields[key], item, base[key], draft, evaluator)
        if draft.new == before:
            break
    return {key: draft.new[key] for key in items}


def _value(ctx: Context, definition: FieldDef, item: FormItem, otherwise: Any, draft: Draft, evaluator: SeenEvaluator) -> Any:
    rule = next((each for each in item.fill if evaluator.holds(each.when, draft)), None)
    if rule is None:
        return otherwise
    found = read_value(ctx, definition, rule.value, draft, evaluator)
    return None if points_nowhere(ctx, evaluator.plan, definition, found) else found


def live_fills(ctx: Context, values: Mapping[str, Any], fields: Mapping[str, FieldDef], prefix: str) -> dict[str, Any]:
    """For the browser, by the name of the input: its value, what a choice that it may not know is called, and the text of all."""
    return {f"{prefix}{key}": dict(_live(ctx, fields[key], value)) for key, value in values.items()}


def _live(ctx: Context, definition: FieldDef, value: Any) -> Iterator[tuple[str, Any]]:
    shown = control(ctx, definition, value)
    chosen = shown.value if isinstance(shown.value, list) else [shown.value]
    options = [each for each in shown.choices if each[0] in chosen]
    yield "value", _held(definition, value)
    yield "options", options
    yield "text", ", ".join(text for _key, text in options) or ", ".join(map(str, chosen))
