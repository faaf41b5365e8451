"""Which indexes an entity's table should have. Names follow the definition, so a changed index is another index."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2s
from typing import Any

import sqlalchemy as sa

from builder.model import View
from runtime import tables
from runtime.catalog import Catalog
from runtime.tables import EntityDef, FieldDef

_FILTERED = frozenset({"select", "person", "team", "date", "datetime", "relation"})
_NAME_LENGTH = 54


@dataclass(frozen=True)
class IndexShape:
    """One index. columns: (name, descending). live: only over records that are not in the bin."""

    table: str
    columns: tuple[tuple[str, bool], ...]
    unique: bool = False
    live: bool = True
    trigram: bool = False

    @property
    def name(self) -> str:
        digest = blake2s(
            repr((self.table, self.columns, self.unique, self.live, self.trigram)).encode(), digest_size=3
        ).hexdigest()
        readable = "__".join(["ux" if self.unique else "ix", self.table, *(name for name, _ in self.columns)])
        return f"{readable[:_NAME_LENGTH]}__{digest}"


def indexes_of(catalog: Catalog, entity: EntityDef, *, trigram: bool) -> dict[str, IndexShape]:
    """The indexes of an entity's own table, by name. trigram: the server has the extension pg_trgm."""
    table = entity.table.name
    wanted = [*_of_fields(entity), *_declared(entity), *_of_date_rules(catalog, entity), *_of_views(catalog, entity)]
    found = _without_prefixes([IndexShape(table, *each) for each in wanted])
    if trigram:
        found += [IndexShape(table, ((column.name, False),), trigram=True) for column in _searched(entity)]
    return {each.name: each for each in found}


def link_indexes(link: sa.Table) -> dict[str, IndexShape]:
    """The index of a link table's far side; its near side is the primary key."""
    shape = IndexShape(link.name, (("target_id", False),), live=False)
    return {shape.name: shape}


def _without_prefixes(shapes: list[IndexShape]) -> list[IndexShape]:
    """Leaves out an index that a longer one begins with: every index costs each save something."""
    starts = {(shape.columns[:length], shape.live) for shape in shapes for length in range(1, len(shape.columns))}
    return [shape for shape in shapes if shape.unique or (shape.columns, shape.live) not in starts]


_Wanted = tuple[tuple[tuple[str, bool], ...], bool, bool]


def _plain(column: sa.Column[Any], *, unique: bool = False, live: bool = True) -> _Wanted:
    return ((column.name, False),), unique, live


def _of_fields(entity: EntityDef) -> Iterator[_Wanted]:
    for each in entity.fields.values():
        if each.column is None or each.kind == tables.SYSTEM:
            continue
        if each.field.unique or each.field.type == "auto_number":
            yield _plain(each.column, unique=True)
        if each.kind == tables.MANY_TO_ONE:
            yield _plain(each.column, live=False)
    owner = entity.fields.get(entity.owner_field)
    if owner is not None and owner.column is not None:
        yield _plain(owner.column)


def _declared(entity: EntityDef) -> Iterator[_Wanted]:
    for index in entity.entity.indexes:
        columns = [entity.fields[key].column for key in index.fields if key in entity.fields]
        names = tuple((column.name, False) for column in columns if column is not None)
        if names:
            yield names, False, True


def _of_date_rules(catalog: Catalog, entity: EntityDef) -> Iterator[_Wanted]:
    for _, automation in catalog.automations_on(entity.name):
        if automation.trigger.get("type") == "date":
            column = _own_column(entity, automation.trigger.get("field"))
            if column is not None:
                yield _plain(column)


def _of_views(catalog: Catalog, entity: EntityDef) -> Iterator[_Wanted]:
    for _, pipeline in catalog.pipelines_of(entity.name):
        yield from _filtered(entity, [pipeline.field])
    for _, view in catalog.views_of(entity.name):
        yield from _filtered(entity, [*leaf_fields(view.filter), view.options.get("group")])
        order = _order(entity, view)
        if order:
            yield order, False, True


def _filtered(entity: EntityDef, keys: Iterable[Any]) -> Iterator[_Wanted]:
    for key in keys:
        field = entity.fields.get(key) if isinstance(key, str) else None
        if field is not None and field.column is not None and field.field.type in _FILTERED:
            yield _plain(field.column)


def _order(entity: EntityDef, view: View) -> tuple[tuple[str, bool], ...]:
    """The columns of a view's order if all are the entity's own, closed by the id as lists close them."""
    names = []
    for key in view.sort:
        column = _own_column(entity, key.removeprefix("-"))
        if column is None or column.name == "id":
            break
        names.append((column.name, key.startswith("-")))
    if not names or len(names) < len(view.sort):
        return tuple(names[:1])
    return (*names, ("id", all(descending for _, descending in names)))


def _own_column(entity: EntityDef, key: Any) -> sa.Column[Any] | None:
    field = entity.fields.get(key) if isinstance(key, str) else None
    return field.column if field is not None and field.type.sortable else None


def _searched(entity: EntityDef) -> Iterator[sa.Column[Any]]:
    for key in entity.search_fields:
        field: FieldDef | None = entity.fields.get(key)
        if field is not None and field.column is not None and isinstance(field.column.type, sa.Text):
            yield field.column


def leaf_fields(tree: Any) -> Iterator[str]:
    """The field paths that a condition tree compares."""
    if isinstance(tree, Mapping):
        if isinstance(tree.get("field"), str):
            yield tree["field"]
        for name in ("all", "any"):
            for each in tree.get(name) or ():
                yield from leaf_fields(each)
        yield from leaf_fields(tree.get("not"))


def index_statement(shape: IndexShape, source: sa.Table, *, concurrently: bool = False) -> sa.schema.CreateIndex:
    """CREATE INDEX for this shape. `source` gives the types of the columns; it is not changed."""
    wanted = {name for name, _ in shape.columns} | ({"deleted_at"} if shape.live else set())
    columns = [sa.Column(column.name, column.type) for column in source.columns if column.name in wanted]
    table = sa.Table(source.name, sa.MetaData(schema=source.schema), *columns)
    expressions = [table.c[name].desc().nulls_last() if descending and source.c[name].nullable else _plain_order(table.c[name], descending)
                   for name, descending in shape.columns]  # fmt: skip
    options: dict[str, Any] = {"postgresql_concurrently": concurrently}
    if shape.live:
        options["postgresql_where"] = table.c.deleted_at.is_(None)
    if shape.trigram:
        options |= {"postgresql_using": "gin", "postgresql_ops": {shape.columns[0][0]: "gin_trgm_ops"}}
    return sa.schema.CreateIndex(sa.Index(shape.name, *expressions, unique=shape.unique, **options))


def _plain_order(column: sa.Column[Any], descending: bool) -> sa.ColumnElement[Any]:
    return column.desc() if descending else column
