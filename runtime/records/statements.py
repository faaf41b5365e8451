"""SQL of single records: made once per entity, set of columns and set of roles, then only executed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from runtime import access, changes
from runtime.access.model import roles_key
from runtime.context import Context
from runtime.platform.changes import SHARDS
from runtime.queries.statement import Statement
from runtime.records.plan import WritePlan

_PREFIX = "v_"  # of the parameters that hold values of columns


class Prepared:
    """A statement built for one set of roles that serves everybody who has them, and whose rows have names."""

    __slots__ = ("_names", "_statement")

    def __init__(self, query: sa.Select[Any] | sa.CompoundSelect[Any] | sa.Update) -> None:
        self._statement = Statement(query)
        self._names = tuple(column.name for column in query.exported_columns)

    def rows(self, ctx: Context, parameters: Mapping[str, Any]) -> Sequence[Any]:
        """All rows, as tuples. The parameters of the person and of the moment are filled in."""
        return self._statement.rows(ctx, parameters)

    def named(self, ctx: Context, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        """All rows by name of their columns."""
        names = self._names
        return [dict(zip(names, row, strict=True)) for row in self._statement.rows(ctx, parameters)]


def lock_statement(
    ctx: Context, plan: WritePlan, verb: str, conditional: tuple[str, ...] = (), *, binned: bool = False
) -> Prepared:
    """Reads and locks records by `ids`, in the order of their ids.

    Gives `id`, `version`, `deleted_at`, all columns, `allowed` (whether the verb is open on the record) and `may_<n>` (whether
    the n-th of the conditional fields may be changed on it).
    """
    key = ("lock", verb, conditional, binned, roles_key(ctx.actor))
    return plan.cached(key, lambda: Prepared(_lock(ctx, plan, verb, conditional, binned)))


def _lock(ctx: Context, plan: WritePlan, verb: str, conditional: tuple[str, ...], binned: bool) -> sa.Select[Any]:
    table = plan.entity.table
    rights = access.rights(ctx, plan.entity)
    columns = [
        table.c.id,
        table.c.version,
        table.c.deleted_at,
        *(each.column for each in plan.columns.values() if each.column is not None),
    ]
    may = [rights.field_filter((key,), "update").label(f"may_{number}") for number, key in enumerate(conditional)]
    ids = sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))
    in_place = table.c.deleted_at.is_not(None) if binned else table.c.deleted_at.is_(None)
    return (
        sa.select(*columns, rights.row_filter(verb).label("allowed"), *may)
        .where(table.c.id == sa.any_(ids), in_place, rights.row_filter("read"))
        .order_by(table.c.id)
        .with_for_update(of=table, key_share=True)
    )


def insert_statement(plan: WritePlan) -> Prepared:
    """Inserts one record and its change row; gives its id."""
    return plan.cached("insert", lambda: Prepared(_insert(plan)))


def _insert(plan: WritePlan) -> sa.Select[Any]:
    table = plan.entity.table
    values = {_name(plan, key): sa.bindparam(_PREFIX + key, type_=_type(plan, key)) for key in plan.columns}
    stamps = ("created_at", "created_by", "changed_at", "changed_by")
    values |= {name: sa.bindparam("_" + name, type_=table.c[name].type) for name in stamps}
    saved = sa.insert(table).values(values).returning(table.c.id, table.c.version).cte("saved")
    return sa.select(saved.c.id).add_cte(_noted(saved))


def update_statement(ctx: Context, plan: WritePlan, keys: tuple[str, ...]) -> Prepared:
    """Saves one locked record and its change row; gives `version` and `still`: whether the actor may read it now."""
    return plan.cached(("update", keys, roles_key(ctx.actor)), lambda: Prepared(_update(ctx, plan, keys)))


def _update(ctx: Context, plan: WritePlan, keys: tuple[str, ...]) -> sa.Select[Any]:
    table = plan.entity.table
    values = {_name(plan, key): sa.bindparam(_PREFIX + key, type_=_type(plan, key)) for key in keys}
    stamps = {
        "version": table.c.version + 1,
        "changed_at": sa.bindparam("_changed_at", type_=table.c.changed_at.type),
        "changed_by": sa.bindparam("_changed_by", type_=sa.BigInteger),
    }
    still = access.rights(ctx, plan.entity).row_filter("read").label("still")
    saved = (
        sa.update(table)
        .where(table.c.id == sa.bindparam("_id", type_=sa.BigInteger))
        .values({**values, **stamps})
        .returning(table.c.id, table.c.version, still)
        .cte("saved")
    )
    return sa.select(saved.c.version, saved.c.still).add_cte(_noted(saved))


def _name(plan: WritePlan, key: str) -> str:
    column = plan.columns[key].column
    assert column is not None
    return column.name


def _type(plan: WritePlan, key: str) -> sa.types.TypeEngine[Any]:
    column = plan.columns[key].column
    assert column is not None
    return column.type


def _noted(saved: sa.CTE) -> sa.CTE:
    """The change row of a saved record, as a part of the same statement."""
    table = changes.TABLE
    given: dict[str, Any] = {
        # Fails when the definitions have changed since this save was made up; then it is done again with the new ones.
        "workspace_id": sa.func.formloom.same_shape(
            sa.bindparam("c_workspace_id", type_=sa.BigInteger),
            sa.bindparam("c_app", type_=sa.Text),
            sa.bindparam("c_shape", type_=sa.BigInteger),
            type_=sa.BigInteger,
        ),
        "entity": sa.bindparam("c_entity", type_=sa.Text),
        "record_id": saved.c.id,
        "op": sa.bindparam("c_op", type_=sa.Text),
        "before": sa.cast(sa.bindparam("c_before", type_=sa.Text), JSONB),
        "after": sa.cast(sa.bindparam("c_after", type_=sa.Text), JSONB),
        "version": saved.c.version,
        "actor_kind": sa.bindparam("c_actor_kind", type_=sa.Text),
        "actor_id": sa.bindparam("c_actor_id", type_=sa.BigInteger),
        "automation": sa.bindparam("c_automation", type_=sa.Text),
        "run_id": sa.bindparam("c_run_id", type_=sa.BigInteger),
        "batch_id": sa.bindparam("c_batch_id", type_=sa.BigInteger),
        "link_id": sa.bindparam("c_link_id", type_=sa.BigInteger),
        "depth": sa.bindparam("c_depth", type_=sa.SmallInteger),
        "shard": sa.cast(saved.c.id % SHARDS, sa.SmallInteger),
        "at": sa.bindparam("c_at", type_=sa.DateTime(timezone=True)),
        "matched_at": sa.bindparam("c_matched_at", type_=sa.DateTime(timezone=True)),
    }
    return sa.insert(table).from_select(list(given), sa.select(*given.values())).cte("noted")


def change_parameters(ctx: Context, plan: WritePlan, op: str, before: str, after: str) -> dict[str, Any]:
    """The parameters of the change row in `insert_statement` and `update_statement`."""
    common = changes.common_values(ctx, plan.name, op)
    shape = {"c_app": plan.entity.app, "c_shape": ctx.catalog.shapes.get(plan.entity.app)}
    return {"c_before": before, "c_after": after, **shape, **{f"c_{name}": value for name, value in common.items()}}


def value_parameters(values: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of column values by field key."""
    return {_PREFIX + key: list(value) if type(value) is tuple else value for key, value in values.items()}


def check_shape(ctx: Context, plan: WritePlan) -> None:
    """For saves of many: fails when the definitions have changed since they were made up, so that they are done again."""
    app = plan.entity.app
    ctx.connection.execute(sa.select(sa.func.formloom.same_shape(ctx.workspace.id, app, ctx.catalog.shapes.get(app))))
