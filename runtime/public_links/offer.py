"""What of a form may be public, and what is wrong with a link since the app was published again.

A visitor must never be able to browse records or people: relations, people and teams are not asked for; an
administrator can only give them a fixed value. Neither is the stage of a pipeline, which rules guard.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from builder.errors import Problem
from builder.model import Form, FormItem, Section
from runtime.catalog import Catalog
from runtime.context import Context
from runtime.people import list_members, list_teams
from runtime.public_links.place import Place, has_default, is_harmless, needed_fields
from runtime.public_links.settings import ADDRESS, ASK, BROWSER, FIXED, LinkField, LinkSettings
from runtime.public_links.tables import asked_tables, table_offers
from runtime.records.plan import plan_of
from runtime.records.read import titles
from runtime.records.values import reader
from runtime.tables import FieldDef

_TELLS_PEOPLE_APART = frozenset({"phone", "email", "text"})


@dataclass(frozen=True)
class Offer:
    """One field of the form's entity. may_ask: it stands on the form and is harmless to ask for."""

    field: FieldDef
    on_form: bool
    may_ask: bool
    may_prefill: bool

    def allows(self, use: str) -> bool:
        return use == FIXED or (use == ASK and self.may_ask) or (use == ADDRESS and self.may_prefill)


def offers(catalog: Catalog, place: Place) -> dict[str, Offer]:
    """The fields that a link may speak of: those of the form first, in its order, then the others of the entity."""
    plan = plan_of(catalog, place.entity.name)
    pages = [page.key for page in place.form.pages] or [""]
    sections = sorted(place.form.sections, key=lambda each: pages.index(place.form.page_of(each)))
    items = [item for section in sections for item in section.items if item.field]
    locked = {item.field for item in items if item.read_only}
    on_form = dict.fromkeys(item.field for item in items)
    keys = [*on_form, *(key for key in plan.writable if key not in on_form)]
    found = {}
    for key in keys:
        definition = plan.writable.get(key)
        if definition is None:
            continue
        harmless = is_harmless(plan, key)
        found[key] = Offer(definition, key in on_form, harmless and key in on_form and key not in locked, harmless)
    return found


def first_settings(catalog: Catalog, place: Place) -> LinkSettings:
    """What a new link begins with: everything on the form that may be asked for, is."""
    asked = (LinkField(key) for key, each in offers(catalog, place).items() if each.may_ask)
    tables = (key for key, each in table_offers(catalog, place).items() if each.may_ask)
    return LinkSettings(fields=tuple(asked), tables=tuple(tables))


def sound(catalog: Catalog, place: Place, settings: LinkSettings) -> LinkSettings:
    """The settings without what they may not say (any more): fields that are gone or may not be public now."""
    there = offers(catalog, place)
    fields = tuple(each for each in settings.fields if each.field in there and there[each.field].allows(each.use))
    asked = {each.field for each in fields if each.use == ASK}
    person_by = settings.person_by if settings.person_by in asked else BROWSER
    tables = tuple(asked_tables(catalog, place, settings.tables))
    return replace(settings, fields=fields, tables=tables, person_by=person_by)


def public_form(catalog: Catalog, place: Place, settings: LinkSettings) -> Form:
    """The form with what is asked for, and the texts beside it. Pages become steps, so that nobody misses one; sections and pages
    without any question are left out."""
    asked: dict[str, FormItem] = {key: each.item for key, each in asked_tables(catalog, place, settings.tables).items()}
    fields = {each.field for each in settings.using(ASK)}
    sections = tuple(_sections(place.form, fields, asked))
    pages = tuple(page for page in place.form.pages if any(each.page == page.key for each in sections))
    return replace(place.form, layout="steps", pages=pages, sections=sections, related=(), roles=())


def _sections(form: Form, fields: set[str], tables: dict[str, FormItem]) -> Iterator[Section]:
    for section in form.sections:
        there = (tables.get(item.key) if item.rows.entity else item for item in section.items)
        items = tuple(item for item in there if item is not None and (not item.field or item.field in fields))
        if any(item.field or item.rows.entity for item in items):
            yield replace(section, items=items, collapsed=False, page=form.page_of(section))


def people_fields(catalog: Catalog, place: Place, settings: LinkSettings) -> list[FieldDef]:
    """The asked fields that may tell people apart."""
    there = offers(catalog, place)
    keys = [each.field for each in settings.using(ASK) if each.field in there]
    return [there[key].field for key in keys if there[key].field.field.type in _TELLS_PEOPLE_APART]


def settings_problems(ctx: Context, place: Place, settings: LinkSettings) -> list[Problem]:
    """What is wrong with settings that somebody wants to save."""
    there = offers(ctx.catalog, place)
    problems = []
    for each in settings.fields:
        path = f"fields/{each.field[:80]}"
        offer = there.get(each.field)
        if offer is None:
            problems.append(Problem(path, "unknown_field", "There is no such field."))
        elif not offer.allows(each.use):
            problems.append(Problem(path, "not_public", "This field cannot be asked for in public; give it a fixed value."))
        elif each.use == FIXED:
            problems += _fixed_problems(ctx, offer.field, each, path)
    tables = table_offers(ctx.catalog, place)
    for key in settings.tables:
        if key not in tables:
            problems.append(Problem("tables", "unknown_field", "There is no such field."))
        elif not tables[key].may_ask:
            problems.append(Problem("tables", "not_public", "This table of rows cannot be asked for in public."))
    known = {each.key for each in people_fields(ctx.catalog, place, settings)}
    if settings.person_by != BROWSER and settings.person_by not in known:
        problems.append(Problem("person_by", "not_asked", "Choose a phone, e-mail or text field that the form asks for."))
    return problems


def _fixed_problems(ctx: Context, definition: FieldDef, field: LinkField, path: str) -> list[Problem]:
    value = reader(definition, ctx.locale)(field.value)
    if type(value) is list:
        return [replace(each, path=path) for each in value]
    if value is None or value == ():
        return [Problem(path, "required", "Please fill this in.")]
    ids: set[Any] = set(value) if isinstance(value, tuple) else {value}
    there = ids
    if definition.target:
        there = set(titles(ctx, definition.target, sorted(ids)))
    elif definition.field.type == "person":
        there = {each.user_id for each in list_members(ctx.connection, ctx.workspace.id) if each.active}
    elif definition.field.type == "team":
        there = {each.id for each in list_teams(ctx.connection, ctx.workspace.id)}
    return [] if ids <= there else [Problem(path, "not_there", "Choose one from the list.")]


def troubles(catalog: Catalog, place: Place | None, settings: LinkSettings) -> list[Problem]:
    """Why nobody could send the form: it is then closed to the public, and its page says these sentences."""
    if place is None:
        return [Problem("", "no_form", "The form is not published any more.")]
    now = sound(catalog, place, settings)
    found = []
    if not now.using(ASK) and not now.tables:
        found.append(Problem("fields", "nothing_asked", "The form asks for nothing: show at least one field."))
    plan = plan_of(catalog, place.entity.name)
    known = {each.field for each in now.fields}
    unset = [key for key in needed_fields(plan) if key not in known and not has_default(plan, key)]
    return found + [_unset(key) for key in unset]


def _unset(key: str) -> Problem:
    return Problem(f"fields/{key}", "required", "The field is required, but the public form neither asks for it nor sets it.")


def lost_fields(catalog: Catalog, place: Place, settings: LinkSettings) -> list[str]:
    """Keys of fields and tables in the settings that are gone from the app, or may not be public any more."""
    now = sound(catalog, place, settings)
    kept = {each.field for each in now.fields}
    fields = [each.field for each in settings.fields if each.field not in kept]
    return fields + [key for key in settings.tables if key not in now.tables]
