"""Why somebody may or may not do something with a record: the answer to "why do I not see this?"."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from builder.model import Json
from runtime.access.grants import DELETE, READ, UPDATE, RoleGrant
from runtime.access.rights import rights
from runtime.access.rules import rule_filter
from runtime.context import Context
from runtime.tables import EntityDef


@dataclass(frozen=True)
class Reason:
    """One rule of one role and whether it lets this record through. `hides`: its grant hides the field asked about."""

    role: str
    verb: str
    rule: Json
    holds: bool
    hides: bool = False
    read_only: bool = False


@dataclass(frozen=True)
class Explanation:
    """What the actor may do with the record, and every rule that was asked.

    `field_shown`, `field_writable` are None when no field was asked about.
    """

    exists: bool
    is_admin: bool
    may_read: bool
    may_update: bool
    may_delete: bool
    field_shown: bool | None
    field_writable: bool | None
    reasons: tuple[Reason, ...]


def explain(ctx: Context, entity: EntityDef, record_id: int, field: str | None = None) -> Explanation:
    """Rights of the context's actor on one record, with their reasons. For administrators' eyes: it tells what exists."""
    granted = rights(ctx, entity)
    asked = [
        (grant, verb, rule) for grant in granted.model.grants for verb in (READ, UPDATE, DELETE) for rule in grant.rules(verb)
    ]
    checks = [rule_filter(ctx, entity, rule, entity.table) for _, _, rule in asked]
    verbs = [granted.row_filter(verb) for verb in (READ, UPDATE, DELETE)]
    known = field is not None and field in entity.fields
    of_field = [granted.field_filter((str(field),), verb) for verb in (READ, UPDATE)] if known else []
    columns = [sa.func.coalesce(each, sa.false()).label(f"c{number}") for number, each in enumerate([*verbs, *of_field, *checks])]
    row = ctx.connection.execute(sa.select(*columns).where(entity.table.c.id == record_id)).one_or_none()
    values = list(row) if row is not None else [False] * len(columns)
    may_read, may_update, may_delete = values[:3]
    shown, writable = (values[3], values[4]) if known else (None, None)
    held = values[3 + len(of_field) :]
    reasons = tuple(_reason(grant, verb, rule, holds, field) for (grant, verb, rule), holds in zip(asked, held, strict=True))
    return Explanation(
        row is not None,
        granted.is_admin,
        may_read,
        may_update,
        may_delete,
        None if shown is None else bool(shown and may_read),
        None if writable is None else bool(writable and may_update),
        reasons,
    )


def _reason(grant: RoleGrant, verb: str, rule: Json, holds: bool, field: str | None) -> Reason:
    hides = field is not None and field in grant.grant.hidden
    return Reason(grant.role, verb, rule, bool(holds), hides, field is not None and field in grant.grant.read_only)
