"""A visitor of a public form: an actor who may make one kind of record with the form's fields, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from builder.model import Grant
from runtime import people
from runtime.catalog import load_catalog
from runtime.context import Actor, Cause, Context
from runtime.public_links.offer import sound, troubles
from runtime.public_links.place import Place, find_place
from runtime.public_links.settings import FIXED, LinkSettings
from runtime.public_links.store import Link
from runtime.public_links.tables import asked_tables, table_grants
from runtime.records.plan import plan_of
from runtime.records.values import reader

OPEN, OFF, EARLY, CLOSED, FULL, BROKEN = "open", "off", "early", "closed", "full", "broken"


@dataclass(frozen=True)
class Visit:
    """A link as a visitor meets it. `settings` without what the app does not allow any more; `place` None: the form is gone."""

    ctx: Context
    link: Link
    place: Place | None
    settings: LinkSettings

    @property
    def state(self) -> str:
        """OPEN, or why it is not."""
        return state_of(self.ctx, self.link, self.place)


def visit(connection: sa.Connection, link: Link, language: str, now: datetime) -> Visit:
    """What a visitor finds at a link, in this language."""
    workspace = people.load_workspace(connection, link.workspace_id)
    catalog = load_catalog(connection, workspace)
    place = find_place(catalog, link.app, link.form)
    settings = sound(catalog, place, link.settings) if place else link.settings
    actor = Actor(kind="link", language=language)
    ctx = Context(connection, replace(workspace, revision=catalog.revision), catalog, actor, now, Cause(link_id=link.id))
    if place is not None:
        ctx = ctx.acting(replace(actor, grants=tuple(_grants(ctx, place, settings))))
    return Visit(ctx, link, place, settings)


def state_of(ctx: Context, link: Link, place: Place | None) -> str:
    """Whether the link takes answers at the context's moment."""
    settings = link.settings
    if not link.enabled:
        return OFF
    if troubles(ctx.catalog, place, settings):
        return BROKEN
    if settings.opens and ctx.now < settings.opens:
        return EARLY
    if settings.closes and ctx.now >= settings.closes:
        return CLOSED
    return FULL if settings.limit is not None and link.answers >= settings.limit else OPEN


def _grants(ctx: Context, place: Place, settings: LinkSettings) -> Iterator[Grant]:
    entity = place.entity
    open_keys = {each.field for each in settings.fields}
    closed = tuple(sorted(key for key in entity.fields if key not in open_keys))
    yield Grant(entity.name, create=True, read_only=closed)
    yield from table_grants(asked_tables(ctx.catalog, place, settings.tables).values())
    # A fixed relation has to be readable to be set: that one record, and nothing in it.
    plan = plan_of(ctx.catalog, entity.name)
    for each in settings.using(FIXED):
        definition = plan.writable.get(each.field)
        target = ctx.catalog.find(definition.target) if definition is not None and definition.target else None
        if definition is None or target is None:
            continue
        value = reader(definition, ctx.locale)(each.value)
        ids = value if isinstance(value, tuple) else (value,)
        rules = tuple({"field": "id", "op": "is", "value": one} for one in ids if isinstance(one, int))
        yield Grant(target.name, read=rules, hidden=tuple(sorted(target.fields)))
