"""A form with what somebody has entered: read from the browser, checked step by step, drawn with its pages and tables of rows.

filled = read_form(ctx, entity, app, form, request.form, verb="create")
turn = next_turn(ctx, filled)                      # which page comes now, with problems; or that it is to be saved
view = form_view(ctx, filled, turn.problems, open_page=turn.page)
{{ ui.form_body(view) }} {{ ui.form_buttons(view) }}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from werkzeug.datastructures import MultiDict

from builder.errors import Problem
from builder.model import Form
from runtime.context import Context
from runtime.errors import Invalid
from runtime.records.rows import RowSet, save_with_rows
from runtime.records.values import is_empty
from runtime.records.write import Written
from runtime.tables import EntityDef, FieldDef
from web.render.controls import submitted
from web.render.form_fill import empty_ones, fill_items, filled_by_rules, live_fills, untouched_ones
from web.render.record_form import (
    ItemState,
    form_fields,
    missing,
    off_form,
    readable_values,
    stands,
    states_of,
)
from web.render.row_inputs import computed_cells
from web.render.row_tables import Row, RowSource, as_set, count_problems, row_sources, saved_rows, submitted_rows

STEP, GO = "_step", "_go"
TAB = "_tab"  # the open tab in the address of a page; no field can have this key


@dataclass(frozen=True)
class Filled:
    """A form with values. raw: by field key, as texts or parsed; rows: by item key. step, go: which step was sent, and what was
    pressed: `next`, `back`, `to:<page>`, or nothing to save. prefix: before the names of all inputs.

    around: parsed values beside the form that its rules may look at. untouched: fields that rules may fill in; ruled: what rules
    give to those of them that are locked, and so are not sent by the browser.
    """

    entity: EntityDef
    app: str
    form: Form
    verb: str
    fields: Mapping[str, FieldDef]
    sources: Mapping[str, RowSource]
    raw: Mapping[str, Any]
    states: Mapping[str, ItemState]
    rows: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    record: Mapping[str, Any] | None = None
    step: str = ""
    go: str = ""
    prefix: str = ""
    around: Mapping[str, Any] = field(default_factory=dict)
    untouched: frozenset[str] = frozenset()
    ruled: Mapping[str, Any] = field(default_factory=dict)

    @property
    def record_id(self) -> int:
        return int(self.record["id"]) if self.record else 0

    @property
    def has_steps(self) -> bool:
        return self.verb == "create" and self.form.layout == "steps" and len(self.pages) > 1

    @property
    def pages(self) -> list[str]:
        """Keys of the pages that rules show now."""
        return [page.key for page in self.form.pages if self.states[f"/{page.key}"].shown]

    @property
    def values(self) -> dict[str, Any]:
        """What is to be saved: without what a rule hides or locks, but with what rules fill in there."""
        off = off_form(self.form, self.states)
        return {**{key: value for key, value in self.raw.items() if key not in off}, **self.ruled}

    @property
    def sets(self) -> list[RowSet]:
        """The rows that are to be saved."""
        off = hidden_rows(self)
        return [as_set(self.sources[key], rows) for key, rows in self.rows.items() if key not in off]


def read_form(
    ctx: Context,
    entity: EntityDef,
    app: str,
    form: Form,
    data: MultiDict[str, str],
    *,
    verb: str,
    record: Mapping[str, Any] | None = None,
    prefix: str = "",
) -> Filled:
    """What the browser sent. `verb`: create, or update of `record`."""
    fields, sources = form_fields(ctx, entity, form, verb=verb), row_sources(ctx, app, form)
    raw = submitted(data, fields, prefix)
    sent = {key: submitted_rows(data, source, prefix) for key, source in sources.items()}
    rows = {key: found for key, found in sent.items() if found is not None}
    filled = filled_form(ctx, entity, app, form, raw, verb=verb, record=record, rows=rows)
    untouched = untouched_ones(form, fields, data, raw, prefix)
    filled = replace(filled, step=data.get(prefix + STEP, ""), go=data.get(prefix + GO, ""), prefix=prefix, untouched=untouched)
    return with_locked(ctx, filled)


def filled_form(
    ctx: Context,
    entity: EntityDef,
    app: str,
    form: Form,
    raw: Mapping[str, Any],
    *,
    verb: str,
    record: Mapping[str, Any] | None = None,
    rows: Mapping[str, Sequence[Row]] | None = None,
    prefix: str = "",
) -> Filled:
    """A form with these values, parsed or as texts; without `rows` those of the record. What is empty, rules may fill."""
    fields, sources = form_fields(ctx, entity, form, verb=verb), row_sources(ctx, app, form)
    around = record or {}
    filled = Filled(entity, app, form, verb, fields, sources, raw, {}, rows or {}, record, prefix=prefix, around=around)
    return judged(ctx, replace(filled, untouched=empty_ones(form, fields, raw)))


def judged(ctx: Context, filled: Filled) -> Filled:
    """The form with what its rules say about its values."""
    states = states_of(ctx, filled.entity, filled.form, {**filled.around, **_parsed(ctx, filled)}, filled.record_id)
    return replace(filled, states=states)


def with_fills(ctx: Context, filled: Filled) -> Filled:
    """The form as it is to be drawn: with what rules give to the inputs that nobody has touched."""
    found = _fills(ctx, filled, filled.untouched)
    return judged(ctx, replace(filled, raw={**filled.raw, **found})) if found else filled


def with_locked(ctx: Context, filled: Filled) -> Filled:
    """The form as it is to be saved: what was sent counts, whatever rules say now; only where the form lets nobody type they speak."""
    items = fill_items(filled.form, filled.fields)
    before = filled.record or {}
    locked = {
        item.field
        for section in filled.form.sections
        for item in section.items
        if item.field in items
        and filled.states[f"{section.key}/{item.key}"].read_only
        and filled.states[f"{section.key}/{item.key}"].shown
        and stands(filled.form, section, filled.states)
        and is_empty(before.get(item.field))
    }
    found = _fills(ctx, filled, frozenset(locked))
    if not found:
        return filled
    return replace(filled, raw={**filled.raw, **found}, ruled=found, untouched=filled.untouched | locked)


def _fills(ctx: Context, filled: Filled, keys: frozenset[str]) -> dict[str, Any]:
    items = {key: item for key, item in fill_items(filled.form, filled.fields).items() if key in keys}
    if not items:
        return {}
    known = {**filled.around, **_parsed(ctx, filled)}
    return filled_by_rules(ctx, filled.entity, items, known, filled.fields, filled.record_id)


def _parsed(ctx: Context, filled: Filled) -> dict[str, Any]:
    own = {key: value for key, value in filled.raw.items() if key in filled.fields}
    return readable_values(ctx, filled.entity, own, filled.verb)


def own_problems(ctx: Context, filled: Filled) -> list[Problem]:
    """What the form itself asks for beside the write path: what its rules require, how many rows there are."""
    parsed = {**(filled.record or {}), **readable_values(ctx, filled.entity, filled.values, filled.verb)}
    problems = missing(filled.form, filled.states, parsed)
    off = hidden_rows(filled)
    for key, source in filled.sources.items():
        if key not in off and (key in filled.rows or filled.verb == "create"):
            problems += count_problems(source, filled.rows.get(key, ()))
    return problems


def save_filled(ctx: Context, filled: Filled, expected_version: int | None = None) -> Written:
    """Saves the record with its rows. Raises Invalid with the problems of the write path and those of the form at once."""
    problems = own_problems(ctx, filled)
    record_id = filled.record_id or None
    if not problems:
        return save_with_rows(ctx, filled.entity.name, record_id, filled.values, filled.sets, expected_version)
    savepoint = ctx.connection.begin_nested()
    try:
        save_with_rows(ctx, filled.entity.name, record_id, filled.values, filled.sets, expected_version)
    except Invalid as error:
        known = {each.path for each in error.problems}
        problems = [*error.problems, *(each for each in problems if each.path not in known)]
    savepoint.rollback()
    raise Invalid(problems)


def live_rules(ctx: Context, filled: Filled) -> dict[str, Any]:
    """What the form's island asks for while somebody types: what the rules say about each place, and under `~` what they fill into
    inputs that nobody has touched."""
    filled = with_fills(ctx, filled)
    found: dict[str, Any] = {
        key: {"shown": each.shown, "required": each.required, "read_only": each.read_only} for key, each in filled.states.items()
    }
    fills = live_fills(ctx, {key: filled.raw.get(key) for key in filled.untouched}, filled.fields, filled.prefix)
    return {**found, "~": fills} if fills else found


def live_states(ctx: Context, filled: Filled) -> dict[str, Any]:
    """The same, and under `=` what the formulas of rows give. The rows are numbered as in the browser."""
    results: dict[str, str] = {}
    for key, source in filled.sources.items():
        rows = filled.rows.get(key)
        if rows:
            saved = saved_rows(ctx, source, filled.record_id)[0] if any(row.id for row in rows) else []
            results |= {filled.prefix + name: text for name, text in computed_cells(ctx, source, rows, saved).items()}
    found = live_rules(ctx, filled)
    return {**found, "=": results} if results else found


def hidden_rows(filled: Filled) -> set[str]:
    """Tables of rows that a rule hides now, or that the form has not."""
    found = set()
    for section in filled.form.sections:
        for item in section.items:
            shown = filled.states[f"{section.key}/{item.key}"].shown and stands(filled.form, section, filled.states)
            if item.rows.entity and not shown:
                found.add(item.key)
    return found
