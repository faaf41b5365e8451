"""Imports: upload, preview, dry run, run. Batches of 1,000 rows; rows, counts and cursor in one transaction, so a killed worker
loses and doubles nothing.

    batch_id = upload(ctx, "crm.lead", file, "leads.xlsx")     the columns are guessed
    preview(ctx, batch_id)                                     what was guessed, and the first rows
    start(ctx, batch_id, mapping=…, dry_run=True)              a worker checks everything and keeps nothing
    start(ctx, batch_id)                                       the worker saves
    undo.start_undo(ctx, batch_id)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import IO, Any

import sqlalchemy as sa

from builder.errors import Problem
from runtime import access
from runtime.context import Context
from runtime.errors import Conflict, Forbidden, Invalid, NotFound
from runtime.exchange import batches, wakeup
from runtime.exchange.batches import CHECKING, DONE, FAILED, READY, RUNNING, UPLOADED, Batch
from runtime.exchange.guess import ColumnGuess, examine, importable_fields, look_at_columns
from runtime.exchange.sheet import Cells, ReadOptions, is_blank, open_sheet
from runtime.tables import EntityDef

MODES = ("create", "update", "upsert")
_PREVIEW_ROWS = 20
_ROWS_LOOKED_AT = 20_000


@dataclass(frozen=True)
class Preview:
    """What a wizard shows before the start. problems: why it could not start like this."""

    batch: Batch
    header_row: int
    columns: tuple[ColumnGuess, ...]
    rows: tuple[tuple[int, Cells], ...]
    problems: tuple[Problem, ...]


def importable_entity(ctx: Context, name: str) -> EntityDef:
    """An entity into which the actor may import. Raises NotFound, Forbidden."""
    entity = ctx.catalog.find(name)
    rights = access.rights(ctx, entity) if entity is not None else None
    if entity is None or rights is None or not (rights.may_read or rights.may_create):
        raise NotFound
    if not (rights.may_create or rights.may_update):
        raise Forbidden
    return entity


def upload(ctx: Context, entity_name: str, file: IO[bytes], file_name: str, *, read: Mapping[str, str] | None = None) -> int:
    """Keeps the file and guesses what its columns mean; the id of the batch. `read`: encoding, delimiter, worksheet, if known.

    Raises Invalid for a file that cannot be read, NotFound, Forbidden.
    """
    entity = importable_entity(ctx, entity_name)
    batch_id = batches.save_upload(ctx, entity_name, file, file_name, {"role": _role(ctx)})
    guess(ctx, entity, batch_id, read or {})
    return batch_id


def _role(ctx: Context) -> str | None:
    """The role of an API key that acts with one role only."""
    return ctx.actor.roles[0] if ctx.actor.kind == "key" and len(ctx.actor.roles) == 1 and not ctx.actor.is_admin else None


def guess(ctx: Context, entity: EntityDef, batch_id: int, read: Mapping[str, str]) -> None:
    """Reads the file from beginning to end and keeps in the batch what its columns seem to mean."""
    batch = batches.get_batch(ctx, batch_id)
    with batches.file_of(ctx.connection, batch_id) as path:
        sheet = open_sheet(path, batch.file_name, ReadOptions(**read))
        try:
            found = examine(ctx, entity, sheet)
            described = sheet.describe()
        finally:
            sheet.close()
    if not found.columns or not found.total:
        raise Invalid([Problem("file", "no_rows", "There are no rows to import.")])
    options = {
        **batch.options,
        "read": described,
        "header_row": found.header_row,
        "columns": [each.to_json() for each in found.columns],
    }
    batches.set_batch(ctx.connection, batch_id, options=options, total=found.total)


def preview(ctx: Context, batch_id: int) -> Preview:
    """The columns as they are understood now, with the first rows of the file. Raises NotFound."""
    batch = batches.get_batch(ctx, batch_id)
    entity = importable_entity(ctx, batch.entity)
    with batches.file_of(ctx.connection, batch_id) as path:
        sheet = open_sheet(path, batch.file_name, read_options(batch))
        try:
            rows = tuple(islice(data_rows(sheet.rows(), batch), _PREVIEW_ROWS))
        finally:
            sheet.close()
    columns = tuple(ColumnGuess(**{**each, "samples": tuple(each["samples"])}) for each in batch.columns)
    return Preview(batch, int(batch.options.get("header_row", 0)), columns, rows, tuple(_start_problems(ctx, entity, batch)))


def look_at_column(ctx: Context, batch: Batch, column: int, field_key: str) -> ColumnGuess | None:
    """How the dates and numbers of a column are written if it goes to this field; None for unknown columns and fields."""
    entity = importable_entity(ctx, batch.entity)
    fields = importable_fields(ctx, entity)
    known = next((each for each in batch.columns if int(each["column"]) == column), None)
    if known is None or field_key not in fields:
        return None
    guessed = ColumnGuess(**{**known, "samples": tuple(known["samples"]), "field": field_key, "score": 1.0, "reason": "given"})
    with batches.file_of(ctx.connection, batch.id) as path:
        sheet = open_sheet(path, batch.file_name, read_options(batch))
        try:
            rows = data_rows(islice(sheet.rows(), _ROWS_LOOKED_AT), batch)
            return look_at_columns(ctx, fields, rows, [guessed])[0][0]
        finally:
            sheet.close()


def read_options(batch: Batch) -> ReadOptions:
    """How the file of a batch is read."""
    read = batch.options.get("read", {})
    return ReadOptions(read.get("encoding", ""), read.get("delimiter", ""), read.get("worksheet", ""))


def data_rows(rows: Iterator[tuple[int, Cells]], batch: Batch, after: int = 0) -> Iterator[tuple[int, Cells]]:
    """The rows below the heading with something in them, beginning after row number `after`."""
    first = max(int(batch.options.get("header_row", 0)), after)
    return ((number, cells) for number, cells in rows if number > first and not is_blank(cells))


def start(
    ctx: Context,
    batch_id: int,
    *,
    mapping: Mapping[str, Any] | None = None,
    mode: str | None = None,
    key: str | None = None,
    dry_run: bool = False,
    clear_blank: bool | None = None,
) -> Batch:
    """Lets a worker check (dry_run) or save the rows; returns at once.

    mapping: for each column (its heading, letter or position) a field key, null, or `{"field", "date_order", "decimal_comma", "shares"}`;
    columns that are not named keep what was guessed. A run that failed half-way goes on as it was. clear_blank: in updates, empty cells empty the field (default: they say nothing).
    Raises Invalid, NotFound, and Conflict when the batch is at work or has been saved.
    """
    batch = batches.get_batch(ctx, batch_id)
    if batch.state not in (UPLOADED, READY, FAILED):
        raise Conflict("This import has been started already.")
    if batch.state == FAILED and batch.done and not batch.options.get("dry_run"):
        if dry_run:
            raise Conflict("This import has been started already.")
        # It goes on where it stopped.
        batches.set_batch(ctx.connection, batch_id, state=RUNNING, reason=None, finished_at=None)
        wakeup.after_commit(ctx.connection)
        return batches.get_batch(ctx, batch_id)
    entity = importable_entity(ctx, batch.entity)
    columns = apply_mapping(ctx, entity, batch.columns, mapping) if mapping is not None else batch.columns
    options = {**batch.options, "columns": columns, "mode": mode or batch.options.get("mode") or "create"}
    options["dry_run"] = dry_run
    options["key"] = key if key is not None else batch.options.get("key")
    options["clear_blank"] = batch.options.get("clear_blank", False) if clear_blank is None else clear_blank
    changed = replace(batch, options=options)
    problems = list(_start_problems(ctx, entity, changed))
    if problems:
        raise Invalid(problems)
    fresh = {
        "done": 0,
        "created": 0,
        "updated": 0,
        "skipped": 0,
        "failed": 0,
        "errors": [],
        "cursor": 0,
        "reason": None,
        "finished_at": None,
    }
    batches.set_batch(ctx.connection, batch_id, state=CHECKING if dry_run else RUNNING, options=options, **fresh)
    wakeup.after_commit(ctx.connection)
    return batches.get_batch(ctx, batch_id)


def _start_problems(ctx: Context, entity: EntityDef, batch: Batch) -> Iterator[Problem]:
    mode, key = batch.options.get("mode") or "create", batch.options.get("key")
    mapped = [str(each["field"]) for each in batch.columns if each.get("field")]
    if mode not in MODES:
        yield Problem("mode", "not_a_choice", "The mode is create, update or upsert.")
    if not mapped:
        yield Problem("mapping", "nothing_mapped", "No column belongs to a field.")
    for name in {each for each in mapped if mapped.count(each) > 1}:
        yield Problem("mapping", "mapped_twice", "Two columns belong to the field “{field}”.", {"field": name})
    if mode == "create":
        rights = access.rights(ctx, entity)
        if not rights.may_create:
            yield Problem("mode", "forbidden", "You do not have the right to create records here.")
        yield from _unfilled(entity, mapped)
        for name in mapped:
            if not entity.fields[name].is_writable:
                yield Problem(
                    "mapping", "read_only", "The field “{field}” can only be a key of existing records.", {"field": name}
                )
    elif key is None or key not in mapped or entity.fields[key].column is None:
        yield Problem("key", "required", "Name the field by which records are found, and give it a column.")


def _unfilled(entity: EntityDef, mapped: Sequence[str]) -> Iterator[Problem]:
    for definition in entity.fields.values():
        field = definition.field
        if field.required and definition.is_writable and field.default is None and field.key not in mapped:
            yield Problem("mapping", "required", "The field “{field}” must be filled in and has no column.", {"field": field.key})


def apply_mapping(
    ctx: Context, entity: EntityDef, columns: Sequence[Mapping[str, Any]], mapping: Mapping[str, Any]
) -> list[Mapping[str, Any]]:
    """The columns with what a person decided about them. Raises Invalid for unknown columns and fields."""
    if not isinstance(mapping, Mapping):
        raise Invalid([Problem("mapping", "not_an_object", "Give an object of columns and fields.")])
    fields = importable_fields(ctx, entity)
    found = {int(each["column"]): dict(each) for each in columns}
    problems = []
    for name, wanted in mapping.items():
        column = _column(columns, str(name))
        choice = wanted if isinstance(wanted, Mapping) else {"field": wanted}
        key = choice.get("field") or ""
        if column is None:
            problems.append(Problem(f"mapping/{str(name)[:80]}", "unknown_column", "The file has no such column."))
        elif key and key not in fields:
            problems.append(Problem(f"mapping/{str(name)[:80]}", "unknown_field", "There is no such field."))
        elif choice.get("date_order", "dmy") not in ("dmy", "mdy", "ymd"):
            problems.append(Problem(f"mapping/{str(name)[:80]}", "date_order", "The order of dates is dmy, mdy or ymd."))
        else:
            for other in found.values():  # what a person decides takes the field away from a guess
                if key and other["field"] == key and other["reason"] != "given":
                    other.update(field="", score=0.0, reason="")
            extra = {each: choice[each] for each in ("date_order", "decimal_comma", "shares") if each in choice}
            found[column].update(field=key, score=1.0, reason="given", **extra)
    if problems:
        raise Invalid(problems)
    return list(found.values())


def _column(columns: Sequence[Mapping[str, Any]], name: str) -> int | None:
    """The position of a column named by its heading, its letter or its position; `column:3` is the position for certain."""
    if name.startswith("column:"):
        return next((int(each["column"]) for each in columns if f"column:{each['column']}" == name), None)
    for attribute in ("header", "letter", "column"):
        for each in columns:
            if str(each[attribute]) == name:
                return int(each["column"])
    return None


def fail(connection: sa.Connection, batch_id: int, reason: str, now: Any) -> None:
    """Marks a batch as failed, with a sentence for people."""
    batches.set_batch(connection, batch_id, state=FAILED, reason=reason, finished_at=now)


def finish(connection: sa.Connection, batch: Batch, now: Any) -> None:
    """Ends a check or a run."""
    if batch.state == CHECKING:
        batches.set_batch(connection, batch.id, state=READY, finished_at=now)
        return
    batches.set_batch(connection, batch.id, state=DONE, finished_at=now)
    if not batch.failed:
        batches.forget_file(connection, batch.id)
