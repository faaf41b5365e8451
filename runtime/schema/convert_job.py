"""A type change of a big table, portion by portion.

A hidden column takes the converted values, with the version of the record that each was converted from. Rows that were
saved meanwhile show by their version and are converted again. When few are left, one short transaction keeps writers
out, converts those, swaps the columns and publishes the documents.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from builder.merge import merge
from runtime.catalog import Catalog, build_catalog
from runtime.context import Context
from runtime.errors import Conflict, Invalid, Unavailable
from runtime.platform.apps import AppDraft, AppVersion
from runtime.schema import limits, locks
from runtime.schema.convert import Converted, Converter, row_values
from runtime.schema.live import read_live
from runtime.schema.names import hidden_column, version_column
from runtime.schema.plain import Plain, plain
from runtime.schema.trash import Trashed, operations, trash_of
from runtime.tables import EntityDef, FieldDef

Portion = tuple[int, int, int, bool, Mapping[str, Any] | None]
"""cursor, rows, lost, finished, definition"""


def convert_portion(ctx: Context, job: Any) -> Portion:
    """One portion of the work. Raises Conflict when the documents no longer fit, Unavailable when a table is too busy."""
    documents = _documents(ctx, job)
    catalog = build_catalog(ctx.workspace, {**ctx.catalog.documents, **documents}, ctx.catalog.versions)
    if _add_hidden(ctx, job, catalog):
        return job.cursor, 0, 0, False, None
    place = int(job.definition.get("place", 0))
    places = job.definition["places"]
    if place < len(places):
        entity, old, new = _fields(ctx, catalog, places[place])
        last, rows, lost = _copy(ctx, job, entity, old, new, job.cursor)
        if rows:
            return last, rows, lost, False, None
        return 0, 0, 0, False, {**job.definition, "place": place + 1}
    return _finish(ctx, job, catalog, documents)


def drop_hidden(ctx: Context, job: Any) -> None:
    """Removes the hidden columns of a job, wherever they are."""
    ops = operations(ctx.connection)
    start = hidden_column(job.id, "")
    for name, table in read_live(ctx.connection, ctx.workspace.schema).items():
        for column in table.columns:
            if column.startswith(start):
                ops.drop_column(name, column, schema=ctx.workspace.schema)


def _documents(ctx: Context, job: Any) -> dict[str, Any]:
    """The documents to publish; merged with what others have published since the job began."""
    result: dict[str, Any] = {}
    for app, mine in job.definition["documents"].items():
        base_version, current = job.definition["base_versions"].get(app), ctx.catalog.versions.get(app)
        if base_version == current or mine is None:
            result[app] = mine
            continue
        base = ctx.connection.scalar(
            sa.select(AppVersion.document).where(
                AppVersion.workspace_id == ctx.workspace.id, AppVersion.app == app, AppVersion.number == base_version
            )
        )
        theirs = ctx.catalog.documents.get(app)
        if base is None or theirs is None:
            raise Conflict(f"The app {app} has gone while its records were being converted.")
        merged = merge(base, mine, theirs)
        if merged.conflicts:
            places = ", ".join(each.path for each in merged.conflicts)
            raise Conflict(f"Somebody has changed the same places meanwhile: {places}")
        result[app] = merged.document
    return result


def _fields(ctx: Context, catalog: Catalog, place: Sequence[str]) -> tuple[EntityDef, FieldDef, FieldDef]:
    entity, newer = ctx.catalog.find(place[0]), catalog.find(place[0])
    old, new = (each.fields.get(place[1]) if each else None for each in (entity, newer))
    if entity is None or old is None or new is None or old.column is None or new.column is None:
        raise Conflict(f"The field {place[0]}.{place[1]} has gone while its values were being converted.")
    return entity, old, new


def _add_hidden(ctx: Context, job: Any, catalog: Catalog) -> bool:
    """Adds the hidden columns that are missing; whether there were any."""
    live = read_live(ctx.connection, ctx.workspace.schema)
    missing = []
    for place in job.definition["places"]:
        entity, old, new = _fields(ctx, catalog, place)
        assert old.column is not None and new.column is not None
        name = hidden_column(job.id, old.column.name)
        if name not in live[entity.table.name].columns:
            missing.append((entity.table.name, sa.Column(name, new.column.type)))
            missing.append((entity.table.name, sa.Column(version_column(name), sa.BigInteger)))
    if missing:
        ops = operations(ctx.connection)
        locks.keep_vacuum_away(ctx, {table for table, _ in missing})
        for table, column in missing:
            ops.add_column(table, column, schema=ctx.workspace.schema)
    return bool(missing)


def _copy(ctx: Context, job: Any, entity: EntityDef, old: FieldDef, new: FieldDef, after: int) -> tuple[int, int, int]:
    """Converts the next batch behind an id; its last id, its rows and how many values were lost."""
    table = entity.table
    ids = sa.select(table.c.id).where(table.c.id > after).order_by(table.c.id).limit(limits.BATCH_ROWS).subquery()
    last, count = ctx.connection.execute(sa.select(sa.func.max(ids.c.id), sa.func.count())).one()
    if not count:
        return after, 0, 0
    target = _target(job, entity, old, new)
    easy = _easy(ctx, job, entity, old, new, target)
    here = sa.and_(target.c.id > after, target.c.id <= last)
    rest = here if easy is None else sa.and_(here, sa.func.coalesce(easy.condition, False).is_(False))
    assert old.column is not None
    left = sa.select(target.c.id, target.c[old.column.name], target.c.version).where(rest).order_by(target.c.id)
    lost = _convert(ctx, job, entity, old, new, ctx.connection.execute(left).all())
    if easy is not None:  # last: whoever saves one of these rows waits until the end of this transaction
        name = hidden_column(job.id, old.column.name)
        values = {name: easy.value, version_column(name): target.c.version}
        ctx.connection.execute(sa.update(target).where(here, easy.condition).values(values))
    return last, count, lost


def _target(job: Any, entity: EntityDef, old: FieldDef, new: FieldDef) -> sa.TableClause:
    """The table with the columns that the definitions do not know yet."""
    assert old.column is not None and new.column is not None
    name, table = hidden_column(job.id, old.column.name), entity.table
    known = [sa.column(each.name, each.type) for each in (table.c.id, table.c.version, table.c.changed_at, old.column)]
    hidden = [sa.column(name, new.column.type), sa.column(version_column(name), sa.BigInteger)]
    return sa.table(table.name, *known, *hidden, schema=table.schema)


def _easy(ctx: Context, job: Any, entity: EntityDef, old: FieldDef, new: FieldDef, target: sa.TableClause) -> Plain | None:
    """What PostgreSQL can do alone: values that stay what they are, and what lies in the trash of records unchanged since."""
    assert old.column is not None and new.column is not None
    item = _restored(ctx, job, entity.name, old.key)
    if item is not None:
        return Plain(target.c.changed_at < item.dropped_at, sa.column(item.physical_name, new.column.type))
    return plain(old, new, target.c[old.column.name])


def _convert(ctx: Context, job: Any, entity: EntityDef, old: FieldDef, new: FieldDef, rows: Sequence[Any]) -> int:
    assert old.column is not None and new.column is not None
    found = _found(ctx, job, entity, old, new, rows)
    name = hidden_column(job.id, old.column.name)
    target = sa.table(
        entity.table.name,
        sa.column("id", sa.BigInteger), sa.column("version", sa.BigInteger), sa.column(name, new.column.type),
        sa.column(version_column(name), sa.BigInteger),
        schema=entity.table.schema,
    )  # fmt: skip
    if found:
        columns = [("id", sa.BigInteger()), ("version", sa.BigInteger()), ("value", new.column.type)]
        given = row_values(columns, [(identity, version, each.value) for identity, each, version in found])
        # A row that was saved since it was read keeps its old mark, and is found again by it.
        same_row = sa.and_(target.c.id == given.c.id, target.c.version == given.c.version)
        values = {name: given.c.value, version_column(name): given.c.version}
        ctx.connection.execute(sa.update(target).where(same_row).values(values))
    return sum(each.lost for _, each, _ in found)


def _found(
    ctx: Context, job: Any, entity: EntityDef, old: FieldDef, new: FieldDef, rows: Sequence[Any]
) -> list[tuple[int, Converted, int]]:
    """Id, converted value and version of each row. When a column comes back from the trash, the value that it held then,
    unless the record has got another one since."""
    item = _restored(ctx, job, entity.name, old.key)
    converter = Converter(ctx, old, new)
    if item is None:
        converter.prepare([row[1] for row in rows])
        return [(row[0], converter.convert(row[1]), row[2]) for row in rows]
    assert new.column is not None
    kept = sa.table(item.table_name, sa.column("id"), sa.column("changed_at"), sa.column(item.physical_name, new.column.type),
                    schema=ctx.workspace.schema)  # fmt: skip
    asked = sa.select(kept.c.id, kept.c[item.physical_name], kept.c.changed_at).where(kept.c.id.in_([row[0] for row in rows]))
    originals = {row[0]: (row[1], row[2] >= item.dropped_at) for row in ctx.connection.execute(asked)}
    forward = Converter(ctx, new, old)
    forward.prepare([original for original, is_later in originals.values() if is_later])
    edited = [
        row
        for row in rows
        if row[1] is not None and originals[row[0]][1] and forward.convert(originals[row[0]][0]).value != row[1]
    ]
    converter.prepare([row[1] for row in edited])
    again = {row[0]: converter.convert(row[1]) for row in edited}
    return [(row[0], again.get(row[0]) or Converted(originals[row[0]][0]), row[2]) for row in rows]


def _restored(ctx: Context, job: Any, entity: str, key: str) -> Trashed | None:
    """What lies in the trash for this field, when the job takes it back. Raises Conflict when it is there no more."""
    wanted = next((each[2] for each in job.definition.get("restoring", ()) if tuple(each[:2]) == (entity, key)), None)
    if wanted is None:
        return None
    found = trash_of(ctx, [wanted])
    if not found:
        raise Conflict("What was to be taken back has been removed from the trash meanwhile.")
    return found[0]


def _unlike(job: Any, entity: EntityDef, old: FieldDef) -> sa.Select[Any]:
    """Rows that are not converted, or were saved since. The condition is that of `catch_up_index`."""
    assert old.column is not None
    table = entity.table
    mark: sa.ColumnElement[Any] = sa.column(version_column(hidden_column(job.id, old.column.name)), sa.BigInteger)
    return sa.select(table.c.id, old.column, table.c.version).where(mark.is_distinct_from(table.c.version))


def _dirty(ctx: Context, job: Any, entity: EntityDef, old: FieldDef) -> Sequence[Any]:
    """Rows whose value was saved after it was converted, one batch of them at most."""
    return ctx.connection.execute(_unlike(job, entity, old).limit(limits.BATCH_ROWS)).all()


def _finish(ctx: Context, job: Any, catalog: Catalog, documents: Mapping[str, Any]) -> Portion:
    """Catches up; when little is left, does the rest with writers kept out, and publishes."""
    places = [_fields(ctx, catalog, place) for place in job.definition["places"]]
    lost = 0
    for entity, old, new in places:
        rows = _dirty(ctx, job, entity, old)
        lost += _convert(ctx, job, entity, old, new, rows)
        if len(rows) == limits.BATCH_ROWS:
            return 0, 0, lost, False, None
    _check_before(ctx, job, documents, places)
    touched = {entity.table.name for entity, _, _ in places}
    locks.keep_vacuum_away(ctx, touched)
    locks.keep_writers_out(ctx, touched)
    for entity, old, new in places:
        rows = _dirty(ctx, job, entity, old)
        if len(rows) == limits.BATCH_ROWS:
            raise Unavailable("too much was saved meanwhile")
        lost += _convert(ctx, job, entity, old, new, rows)
    _publish(ctx, job, documents, places)
    return 0, 0, lost, True, None


Places = Sequence[tuple[EntityDef, FieldDef, FieldDef]]


def _check_before(ctx: Context, job: Any, documents: Mapping[str, Any], places: Places) -> None:
    """Looks through the documents while everybody may still write: inside, what is known already goes quickly."""
    from runtime.schema_plan import plan

    found = plan(ctx, documents, prepared=_prepared(job, places))
    if found.problems:
        raise Invalid(found.problems)


def _prepared(job: Any, places: Places) -> dict[tuple[str, str], str]:
    return {(entity.name, old.key): hidden_column(job.id, old.column.name) for entity, old, _ in places if old.column is not None}


def _publish(ctx: Context, job: Any, documents: Mapping[str, Any], places: Places) -> None:
    from runtime.schema_apply import Request, apply_request
    from runtime.schema_plan import make_token

    # The loss was confirmed when the job was made; the token binds the documents as they are merged now.
    token = make_token(ctx, documents)
    template = job.definition.get("template", {})
    restoring = {
        (entity, key): item for entity, key, number in job.definition.get("restoring", ()) for item in trash_of(ctx, [number])
    }
    request = Request(documents, None, job.definition["note"], token, restoring, _prepared(job, places), template)
    apply_request(ctx, request, attempts=2)  # writers are kept out: better to let them in and come again
    _forget_drafts(ctx, job.definition["documents"], documents)


def _forget_drafts(ctx: Context, *published: Mapping[str, Any]) -> None:
    """A draft that waited for this has nothing left to publish; kept, it would change the type again after a way back."""
    for documents in published:
        for app, document in documents.items():
            same = (AppDraft.workspace_id == ctx.workspace.id, AppDraft.app == app, AppDraft.document == document)
            ctx.connection.execute(sa.delete(AppDraft).where(*same))
