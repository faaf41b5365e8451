"""Why somebody may or may not see and change one field of one record, role by role."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from runtime.access.grants import READ, UPDATE, RoleGrant
from runtime.access.rights import Rights, rights
from runtime.access.rules import grant_filter
from runtime.access.visibility import formula_sources
from runtime.context import Context
from runtime.tables import EntityDef


@dataclass(frozen=True)
class FieldReasons:
    """One field of one record. Roles are `app.role`; only those that open the record are named.

    shown_by: they show the field. hidden_by: they open the record and hide the field. changed_by: they let it be changed.
    kept_by: they let the record be changed, but not this field. closed_sources: paths that the formula reads and that the
    person may not see here, which closes the formula. is_computed: nobody writes it.
    """

    key: str
    shown: bool
    writable: bool
    shown_by: tuple[str, ...] = ()
    hidden_by: tuple[str, ...] = ()
    changed_by: tuple[str, ...] = ()
    kept_by: tuple[str, ...] = ()
    closed_sources: tuple[str, ...] = ()
    is_computed: bool = False


def explain_fields(ctx: Context, entity: EntityDef, record_id: int, keys: Iterable[str]) -> list[FieldReasons]:
    """The reasons for several fields of a record, in one question to the database; unknown fields are left out."""
    granted = rights(ctx, entity)
    known = [key for key in keys if key in entity.fields]
    wanted: dict[str, sa.ColumnElement[bool]] = {"read": granted.row_filter(READ), "update": granted.row_filter(UPDATE)}
    for grant in granted.model.grants:
        for verb in (READ, UPDATE):
            wanted[f"{verb} {grant.number}"] = grant_filter(ctx, entity, grant, verb, entity.table)
    for asked in {part for key in known for part in (key, *_first_parts(entity, key))}:
        wanted[f"shows {asked}"] = granted.field_filter((asked,), READ)
    for key in known:
        wanted[f"changes {key}"] = granted.field_filter((key,), UPDATE)
    columns = [sa.func.coalesce(each, sa.false()) for each in wanted.values()]
    row = ctx.connection.execute(sa.select(*columns).where(entity.table.c.id == record_id)).one_or_none()
    holds = dict(zip(wanted, row or [False] * len(wanted), strict=True))
    return [_reasons(ctx, entity, granted, key, holds) for key in known]


def _reasons(ctx: Context, entity: EntityDef, granted: Rights, key: str, holds: dict[str, bool]) -> FieldReasons:
    grants = granted.model.grants
    openers = [each for each in grants if holds[f"{READ} {each.number}"]]
    changers = [each for each in grants if holds[f"{UPDATE} {each.number}"]]
    computed = not entity.fields[key].is_writable
    return FieldReasons(
        key,
        shown=holds["read"] and holds[f"shows {key}"],
        writable=not computed and holds["update"] and holds[f"changes {key}"],
        shown_by=_roles(each for each in openers if key not in each.grant.hidden),
        hidden_by=_roles(each for each in openers if key in each.grant.hidden),
        changed_by=_roles(each for each in changers if key not in (*each.grant.hidden, *each.grant.read_only)),
        kept_by=_roles(each for each in changers if key in (*each.grant.hidden, *each.grant.read_only)),
        closed_sources=tuple(_closed(ctx, entity, key, holds)),
        is_computed=computed,
    )


def _roles(grants: Iterable[RoleGrant]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.role for each in grants))


def _first_parts(entity: EntityDef, key: str) -> list[str]:
    field = entity.fields[key]
    return [path[0] for path in formula_sources(field) if path[0] in entity.fields] if field.is_formula else []


def _closed(ctx: Context, entity: EntityDef, key: str, holds: dict[str, bool]) -> Iterable[str]:
    """Paths that a formula reads and that are not open here."""
    if not entity.fields[key].is_formula:
        return
    for path in formula_sources(entity.fields[key]):
        if not holds.get(f"shows {path[0]}", True) or not _leads(ctx, entity, path):
            yield ".".join(path)


def _leads(ctx: Context, entity: EntityDef, path: Sequence[str]) -> bool:
    """Whether what lies behind a relation may be seen on some record over there."""
    step = entity.fields.get(path[0])
    target = ctx.catalog.find(step.target) if step is not None and step.target else None
    if target is None:
        return True
    there = rights(ctx, target)
    if not there.may_read:
        return False
    return len(path) == 1 or (path[1] in there.readable_fields and _leads(ctx, target, path[1:]))
