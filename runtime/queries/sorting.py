"""The order of a list: sort keys, nulls last, the id as tie-breaker; and the place after one record in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from runtime.queries.problems import refuse, unknown_field
from runtime.queries.source import Source

MAX_SORTS = 8


@dataclass(frozen=True)
class SortKey:
    """One key. `required`: never null, so that plain comparisons and any index serve it."""

    path: str
    column: sa.ColumnElement[Any]
    descending: bool
    required: bool

    @property
    def clause(self) -> sa.ColumnElement[Any]:
        ordered = self.column.desc() if self.descending else self.column.asc()
        return ordered.nulls_last() if self.descending and not self.required else ordered

    def after(self, value: sa.ColumnElement[Any] | None) -> sa.ColumnElement[bool]:
        """Whether a record stands after this value by this key alone; None is the null value, the last of all."""
        if value is None:
            return sa.false()
        beyond = self.column < value if self.descending else self.column > value
        return beyond if self.required else sa.or_(beyond, self.column.is_(None))

    def equal(self, value: sa.ColumnElement[Any] | None) -> sa.ColumnElement[bool]:
        return self.column.is_(None) if value is None else self.column == value


def sort_keys(source: Source, sort: Sequence[str]) -> tuple[SortKey, ...]:
    """The keys of a sort such as `("-amount", "company.name")`, closed by the id. Raises BadRequest."""
    if len(sort) > MAX_SORTS:
        refuse("sort", "too_many", "Sort by at most {limit} fields.", limit=MAX_SORTS)
    keys: list[SortKey] = []
    for text in sort:
        key = _key(source, text)
        if all(key.path != other.path for other in keys):
            keys.append(key)
        if key.path == "id":
            return tuple(keys)
    backwards = bool(keys) and all(key.descending for key in keys)
    return (*keys, SortKey("id", source.table.c.id, backwards, True))


def _key(source: Source, text: str) -> SortKey:
    path = text[1:] if text[:1] in "-+" else text
    parts = tuple(path.split("."))
    found = source.field(parts) if len(parts) <= 4 else None
    if found is None:
        unknown_field("sort", path)
    owner, field = found
    if (not field.type.sortable and field.field.type != "long_text") or (field.column is None and not field.is_formula):
        refuse("sort", "not_sortable", "A list cannot be sorted by “{name}”.", name=path)
    required = owner is source and field.column is not None and not field.column.nullable
    if required and owner.rights is not None:
        required = owner.rights.always_shows(field.key)
    return SortKey(path, owner.own_value(field), text.startswith("-"), required)


def after_record(keys: Sequence[SortKey], values: Sequence[Any]) -> sa.ColumnElement[bool]:
    """The records that stand after the one with these values, which become the parameters `after_0`, `after_1` …"""
    binds = [
        None if value is None else sa.bindparam(f"after_{number}", value, key.column.type)
        for number, (key, value) in enumerate(zip(keys, values, strict=True))
    ]
    if all(key.required for key in keys) and len({key.descending for key in keys}) == 1:
        row, place = sa.tuple_(*(key.column for key in keys)), sa.tuple_(*binds)
        return row < place if keys[0].descending else row > place
    found: sa.ColumnElement[bool] = sa.false()
    for key, bind in reversed(list(zip(keys, binds, strict=True))):
        found = sa.or_(key.after(bind), sa.and_(key.equal(bind), found))
    return found
