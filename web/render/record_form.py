"""A record's form: which sections and inputs, what the form's rules say about them now."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from builder.errors import Problem
from builder.model import Form, FormItem, Section
from runtime import access
from runtime.context import Context
from runtime.records.draft import Draft
from runtime.records.evaluate import Evaluator
from runtime.records.plan import plan_of
from runtime.records.values import is_empty, readers_of
from runtime.tables import ONE_TO_MANY, EntityDef, FieldDef
from web.i18n import current_language
from web.render.controls import Control, control
from web.render.form_fill import mark_of
from web.render.row_inputs import ShownRows
from web.render.shell import may_use


@dataclass(frozen=True)
class ShownItem:
    """One place of a form: an input, a table of rows, or a text. `hidden` by a rule now; the browser shows it again when
    the rule turns. mark: what a rule has filled in, as JSON, while nobody has touched the input."""

    key: str
    control: Control | None
    text: str = ""
    span: int = 1
    hidden: bool = False
    heading: str = ""
    rows: ShownRows | None = None
    mark: str = ""


@dataclass(frozen=True)
class ShownSection:
    """A section with what is in it. hidden: by its own rule, or because rules hide all that is in it."""

    key: str
    label: str
    columns: int
    collapsed: bool
    hidden: bool
    items: tuple[ShownItem, ...]
    page: str = ""


@dataclass(frozen=True)
class ItemState:
    """What the rules say about one item for the present values."""

    shown: bool
    required: bool
    read_only: bool


def form_of(ctx: Context, entity: EntityDef) -> Form:
    """The first form that the actor's roles may use; without any, one section with all fields."""
    return form_with_app(ctx, entity)[1]


def form_with_app(ctx: Context, entity: EntityDef) -> tuple[str, Form]:
    """The form of the actor, and the app that brings it: references in the form are seen from there."""
    for app, form in ctx.catalog.forms_of(entity.name):
        if may_use(ctx, app, form.roles) and form.sections:
            return app, form
    keys = [key for key, each in entity.fields.items() if each.kind not in ("system", ONE_TO_MANY)]
    items = tuple(FormItem(key, field=key) for key in keys)
    return entity.app, Form("default", entity.key, sections=(Section("all", items=items),))


def form_fields(ctx: Context, entity: EntityDef, form: Form, *, verb: str) -> dict[str, FieldDef]:
    """The fields on a form that the actor may give a value; `verb` is create or update."""
    rights = access.rights(ctx, entity)
    allowed = rights.creatable_fields if verb == "create" else rights.writable_fields & rights.readable_fields
    keys = [item.field for section in form.sections for item in section.items if item.field in entity.fields]
    return {key: entity.fields[key] for key in keys if key in allowed and entity.fields[key].is_writable}


def states_of(ctx: Context, entity: EntityDef, form: Form, values: Mapping[str, Any], record_id: int = 0) -> dict[str, ItemState]:
    """The state of each item (`section/item`), section (`section`) and page (`/page`) for these parsed values."""
    plan = plan_of(ctx.catalog, entity.name)
    draft = Draft(old=dict(values), new=dict(values), id=record_id, version=1)
    evaluator = Evaluator(ctx, plan, [draft])
    found = {f"/{page.key}": ItemState(evaluator.holds(page.show_when, draft), False, False) for page in form.pages}
    for section in form.sections:
        found[section.key] = ItemState(evaluator.holds(section.show_when, draft), False, False)
        for item in section.items:
            field = entity.fields.get(item.field)
            found[f"{section.key}/{item.key}"] = ItemState(
                shown=evaluator.holds(item.show_when, draft),
                required=bool(field and field.field.required)
                or (item.require_when is not None and evaluator.holds(item.require_when, draft)),
                read_only=item.read_only or (item.read_only_when is not None and evaluator.holds(item.read_only_when, draft)),
            )
    return found


def readable_values(ctx: Context, entity: EntityDef, raw: Mapping[str, Any], verb: str) -> dict[str, Any]:
    """What can be read of raw form values; fields with a problem are empty."""
    return readers_of(ctx, plan_of(ctx.catalog, entity.name), verb).read(raw)[0]


def missing(form: Form, states: Mapping[str, ItemState], values: Mapping[str, Any]) -> list[Problem]:
    """Problems of inputs that a rule of the form requires and that are empty."""
    problems = []
    for section in form.sections:
        for item in section.items:
            state = states[f"{section.key}/{item.key}"]
            shown = state.shown and stands(form, section, states)
            if item.field and shown and item.require_when is not None and state.required and is_empty(values.get(item.field)):
                problems.append(Problem(item.field, "required", "This must be filled in."))
    return problems


def stands(form: Form, section: Section, states: Mapping[str, ItemState]) -> bool:
    """Whether rules show a section now, and the page that it is on."""
    page = form.page_of(section)
    return states[section.key].shown and (not page or states[f"/{page}"].shown)


def off_form(form: Form, states: Mapping[str, ItemState]) -> set[str]:
    """Fields that a rule hides or locks now: what the browser sends for them does not count."""
    return {
        item.field
        for section in form.sections
        for item in section.items
        if item.field
        and (not stands(form, section, states) or not (state := states[f"{section.key}/{item.key}"]).shown or state.read_only)
    }


def shown_form(
    ctx: Context,
    entity: EntityDef,
    form: Form,
    states: Mapping[str, ItemState],
    raw: Mapping[str, Any],
    allowed: Iterable[str],
    errors: Mapping[str, list[str]],
    rows: Mapping[str, ShownRows] | None = None,
    prefix: str = "",
    untouched: Collection[str] = (),
) -> list[ShownSection]:
    """The sections with their inputs. `raw`: values to be shown in them, parsed or as they came; `allowed`: writable fields;
    `rows`: tables of rows by the item's key; `prefix`: before all names; `untouched`: fields that rules fill in."""
    writable, readable, language = set(allowed), access.rights(ctx, entity).readable_fields, current_language()
    sections = []
    for section in form.sections:
        items = []
        for item in section.items:
            state = states[f"{section.key}/{item.key}"]
            table = (rows or {}).get(item.key)
            if (item.field and item.field not in writable and item.field not in readable) or (item.rows.entity and not table):
                continue
            shown = _control(ctx, entity, item, state, raw, writable, errors, prefix) if item.field else None
            text, heading = item.text.in_language(language), item.heading.in_language(language)
            mark = mark_of(entity.fields[item.field], raw.get(item.field)) if item.field in untouched else ""
            items.append(ShownItem(item.key, shown, text, item.span, not state.shown, heading, table, mark))
        if items:
            label = section.label.in_language(language)
            columns, page = max(1, section.columns), form.page_of(section)
            hidden = not states[section.key].shown or all(each.hidden for each in items)
            sections.append(ShownSection(section.key, label, columns, section.collapsed, hidden, tuple(items), page))
    return sections


def _control(
    ctx: Context,
    entity: EntityDef,
    item: FormItem,
    state: ItemState,
    raw: Mapping[str, Any],
    writable: set[str],
    errors: Mapping[str, list[str]],
    prefix: str,
) -> Control:
    return control(
        ctx,
        entity.fields[item.field],
        raw.get(item.field),
        required=state.required,
        read_only=state.read_only or item.field not in writable,
        errors=tuple(errors.get(item.field, ())),
        span=item.span,
        prefix=prefix,
    )
