"""Records whose choice is taken away go where the document says, by the ordinary way of saving records.

A field says `"retired": {"talk": "new"}`; when the version that takes `talk` away comes into force, its records get `new`: with
history, stage rules, and the automations that wait for it. Where a rule stands against it, nothing is published.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from builder.errors import Problem
from builder.fields.choice import choice_label, choices, retired
from runtime.catalog import Catalog
from runtime.context import Context
from runtime.errors import Invalid
from runtime.records import write
from runtime.records.read import titles
from runtime.schema import limits
from runtime.schema.preview import field_path
from runtime.tables import EntityDef, FieldDef

_BATCH = 500


@dataclass(frozen=True)
class Heir:
    """A choice that goes, and the one that its records get."""

    entity: EntityDef
    was: FieldDef
    field: FieldDef
    gone: str
    heir: str


def heirs(old: Catalog, new: Catalog) -> Iterator[Heir]:
    """The choices that the new definitions retire and that can stand in records by the old ones."""
    for entity in new.entities():
        before = old.find(entity.name)
        for key, definition in entity.fields.items() if before else ():
            was = before.fields.get(key) if before else None
            if was is None or was.field.type != "select" or definition.field.type != "select":
                continue
            known, done = {str(each["key"]) for each in choices(was.field)}, retired(was.field)
            for gone, heir in retired(definition.field).items():
                if gone in known or done.get(gone) != heir:
                    yield Heir(entity, was, definition, gone, heir)


def hand_over(ctx: Context, old: Catalog) -> None:
    """Gives the records of retired choices their heirs. `ctx` has the new catalog, whose tables are in place. Raises Invalid."""
    for each in heirs(old, ctx.catalog):
        column = each.field.column
        assert column is not None
        held = sa.select(each.entity.table.c.id).where(column == each.gone, each.entity.table.c.deleted_at.is_(None))
        ids = list(ctx.connection.scalars(held.order_by(each.entity.table.c.id).limit(limits.BIG_TABLE_ROWS + 1)))
        if len(ids) > limits.BIG_TABLE_ROWS:
            raise Invalid([too_many(each, ctx.actor.language)])
        for start in range(0, len(ids), _BATCH):
            try:
                write.update_many(ctx, each.entity.name, ids[start : start + _BATCH], {each.field.key: each.heir})
            except Invalid as error:
                raise Invalid([_refused(ctx, each, error), *error.problems[:1]]) from error


def too_many(heir: Heir, language: str) -> Problem:
    """More records than one publishing takes along."""
    return Problem(
        _path(heir),
        "too_many",
        "More than {max} records hold the choice “{choice}”. Move them in the list first, then take it away.",
        {"max": limits.BIG_TABLE_ROWS, "choice": choice_label(heir.was.field, heir.gone, language)},
    )


def _refused(ctx: Context, heir: Heir, error: Invalid) -> Problem:
    """Which record may not go where it should, and why."""
    first = error.problems[0]
    parts = first.path.split("/")
    number = int(parts[1]) if len(parts) > 1 and parts[1].isdigit() else 0
    record = titles(ctx, heir.entity.name, [number]).get(number, f"#{number}")
    language = ctx.actor.language
    definition = heir.entity.fields.get(parts[-1])
    field = definition.field.label.in_language(language) or parts[-1] if definition else parts[-1]
    params = {"record": record, "choice": choice_label(heir.field.field, heir.heir, language), "field": field}
    return Problem(_path(heir), "cannot_move", "“{record}” cannot go to “{choice}” because of the field “{field}”.", params)


def _path(heir: Heir) -> str:
    return f"{field_path(heir.entity, heir.field)}/options/retired/{heir.gone}"
