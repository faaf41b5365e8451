"""Views that people keep for themselves or share with everybody who may read the entity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import sqlalchemy as sa

from builder.codec import decode
from builder.errors import Problem
from builder.model import ColorRule, Column, View
from builder.views import VIEW_TYPES
from runtime.context import Context
from runtime.errors import Forbidden, Invalid, NotFound
from runtime.platform.personal import SavedView

_TABLE = cast("sa.Table", SavedView.__table__)
_MAX_NAME = 80


@dataclass(frozen=True)
class Saved:
    """One kept view. `is_mine`: the actor made it and may change it."""

    id: int
    name: str
    shared: bool
    is_mine: bool
    view: View


def list_saved(ctx: Context, entity: str) -> list[Saved]:
    """The actor's own views of an entity and those that others share, by name."""
    mine = _TABLE.c.user_id == ctx.actor.user_id
    statement = sa.select(_TABLE).where(
        _TABLE.c.workspace_id == ctx.workspace.id, _TABLE.c.entity == entity, sa.or_(mine, _TABLE.c.shared)
    )
    rows = ctx.connection.execute(statement.order_by(_TABLE.c.name, _TABLE.c.id)).mappings()
    return [Saved(row["id"], row["name"], row["shared"], row["user_id"] == ctx.actor.user_id, _view(row)) for row in rows]


def save_view(ctx: Context, entity: str, name: str, definition: Mapping[str, Any], *, shared: bool = False) -> int:
    """Keeps a new view; its id. Raises Invalid for a name that is empty or too long."""
    values = {"name": _name(name), "shared": shared, "definition": dict(definition), "entity": entity}
    owner = {"workspace_id": ctx.workspace.id, "user_id": ctx.actor.user_id}
    return int(ctx.connection.execute(sa.insert(_TABLE).values(**values, **owner).returning(_TABLE.c.id)).scalar_one())


def change_view(ctx: Context, view_id: int, **values: Any) -> None:
    """Another name, definition or `shared` for a view. Raises NotFound, Forbidden (somebody else's), Invalid."""
    _check_mine(ctx, view_id)
    if "name" in values:
        values["name"] = _name(values["name"])
    ctx.connection.execute(sa.update(_TABLE).where(_TABLE.c.id == view_id).values(**values))


def delete_view(ctx: Context, view_id: int) -> None:
    """Forgets a view. Raises NotFound, Forbidden."""
    _check_mine(ctx, view_id)
    ctx.connection.execute(sa.delete(_TABLE).where(_TABLE.c.id == view_id))


def _check_mine(ctx: Context, view_id: int) -> None:
    found = sa.select(_TABLE.c.user_id, _TABLE.c.shared).where(_TABLE.c.id == view_id, _TABLE.c.workspace_id == ctx.workspace.id)
    row = ctx.connection.execute(found).one_or_none()
    if row is None or (row.user_id != ctx.actor.user_id and not row.shared):
        raise NotFound
    if row.user_id != ctx.actor.user_id and not ctx.actor.is_admin:
        raise Forbidden("Only the person who made this view, or an administrator, can change it.")


def _name(text: str) -> str:
    name = text.strip()
    if not name or len(name) > _MAX_NAME or "\x00" in name:
        raise Invalid([Problem("name", "name", "Give the view a name of at most {max} characters.", {"max": _MAX_NAME})])
    return name


def _view(row: sa.RowMapping) -> View:
    data = row["definition"]
    kind = data.get("type") if data.get("type") in VIEW_TYPES else "table"
    # Views that were kept earlier have the paths of their columns alone.
    columns = tuple(decode(Column, each) if isinstance(each, Mapping) else Column(str(each)) for each in data.get("columns", ()))
    options = data.get("options") or {}
    colors = tuple(decode(ColorRule, each) for each in data.get("colors") or ())
    return View(
        f"saved_{row['id']}",
        row["entity"],
        str(kind),
        columns=columns,
        filter=data.get("filter"),
        sort=tuple(data.get("sort", ())),
        colors=colors,
        options=options,
    )
