"""Rows of many-to-many fields: which other records a record is linked with."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert

from runtime.context import Context
from runtime.records.draft import Draft
from runtime.records.plan import WritePlan
from runtime.tables import FieldDef

_IDS = ARRAY(sa.BigInteger)


def linked_ids(ctx: Context, definition: FieldDef, ids: Collection[int]) -> dict[int, tuple[int, ...]]:
    """Linked ids of each record, lowest first; records with no links are left out. The bin is not looked at."""
    link = _link(definition)
    statement = (
        sa.select(link.c.source_id, sa.func.array_agg(sa.text("target_id ORDER BY target_id")))
        .where(link.c.source_id == sa.any_(sa.bindparam("ids", type_=_IDS)))
        .group_by(link.c.source_id)
    )
    return {source: tuple(targets) for source, targets in ctx.connection.execute(statement, {"ids": list(ids)})}


def read_old_links(ctx: Context, plan: WritePlan, drafts: Sequence[Draft]) -> None:
    """Fills `old` with the links of those many-to-many fields that a draft sets, and brings new ones into order.

    Links to records that the actor cannot see, or that lie in the bin, stay: who does not see them cannot mean to remove them.
    """
    for key, definition in plan.links.items():
        setting = [draft for draft in drafts if key in draft.new]
        for draft in setting:
            draft.new[key] = tuple(sorted(draft.new[key] or ()))
        existing = [draft for draft in setting if not draft.is_new]
        found = linked_ids(ctx, definition, [draft.id for draft in existing]) if existing else {}
        kept = _out_of_sight(ctx, plan, definition, {each for ids in found.values() for each in ids})
        for draft in existing:
            before = draft.old[key] = found.get(draft.id, ())
            if kept and any(each in kept for each in before):
                draft.new[key] = tuple(sorted({*draft.new[key], *(each for each in before if each in kept)}))


def _out_of_sight(ctx: Context, plan: WritePlan, definition: FieldDef, ids: set[int]) -> set[int]:
    if not ids:
        return ids
    from runtime.records.references import readable_ids  # it looks at drafts as well

    target = str(definition.target)
    return ids - readable_ids(ctx, plan, {target: ids})[target]


def save_links(ctx: Context, plan: WritePlan, drafts: Sequence[Draft]) -> None:
    """Writes what differs between the old and the new links of saved records."""
    for key, definition in plan.links.items():
        link = _link(definition)
        removed: list[tuple[int, int]] = []
        added: list[tuple[int, int]] = []
        for draft in drafts:
            if key in draft.new:
                before, after = set(draft.old.get(key, ())), set(draft.new[key])
                removed += [(draft.id, target) for target in sorted(before - after)]
                added += [(draft.id, target) for target in sorted(after - before)]
        if removed:
            pairs = _pairs(removed)
            ctx.connection.execute(
                sa.delete(link).where(link.c.source_id == pairs.c.source_id, link.c.target_id == pairs.c.target_id)
            )
        if added:
            pairs = _pairs(added)
            rows = sa.select(pairs.c.source_id, pairs.c.target_id)
            ctx.connection.execute(insert(link).from_select(["source_id", "target_id"], rows).on_conflict_do_nothing())


def _pairs(pairs: Sequence[tuple[int, int]]) -> sa.Subquery:
    sources = sa.func.unnest(sa.literal([source for source, _ in pairs], _IDS)).label("source_id")
    targets = sa.func.unnest(sa.literal([target for _, target in pairs], _IDS)).label("target_id")
    return sa.select(sources, targets).subquery("pairs")


def _link(definition: FieldDef) -> sa.Table:
    assert definition.link is not None
    return definition.link
