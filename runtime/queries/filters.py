"""Which records a question means: rights, bin, filter and search in one WHERE."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from builder.model import Json
from runtime.access.rights import Rights, rights
from runtime.context import Context
from runtime.errors import Forbidden, NotFound
from runtime.queries.search import SearchText, search_condition
from runtime.queries.source import Source
from runtime.queries.trees import condition
from runtime.tables import EntityDef


@dataclass
class Selection:
    """The conditions of a WHERE, and the constants of its filter in their order."""

    conditions: list[sa.ColumnElement[Any]]
    constants: tuple[sa.BindParameter[Any], ...] = ()


def readable_entity(ctx: Context, name: str) -> tuple[EntityDef, Rights]:
    """An entity that the actor may read. Raises NotFound, the same for absent and closed ones."""
    entity = ctx.catalog.find(name)
    if entity is None:
        raise NotFound
    granted = rights(ctx, entity)
    if not granted.may_read:
        raise NotFound
    return entity, granted


def selection(source: Source, tree: Json = None, search: SearchText | None = None, *, trash: bool = False) -> Selection:
    """The conditions of WHERE. Raises BadRequest for a filter that cannot be understood, Forbidden for others' bin."""
    if trash and source.rights is not None and not source.rights.is_admin:
        raise Forbidden("Only administrators can look into the recycle bin.")
    deleted = source.table.c.deleted_at
    found: list[sa.ColumnElement[Any]] = [deleted.is_not(None) if trash else deleted.is_(None)]
    if source.rights is not None and not source.rights.model.opens_all("read"):
        found.append(source.rights.row_filter(table=source.table))
    asked = condition(source, tree, "filter")
    if asked is not None:
        found.append(asked.sql)
    if search is not None and search.words:
        found.append(search_condition(source, search))
    return Selection(found, () if asked is None else asked.constants)
