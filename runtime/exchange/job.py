"""The work of an import, done by any worker: a batch of rows, then the next, until the file ends."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from itertools import islice
from typing import Any

import sqlalchemy as sa

from builder.errors import Problem
from runtime import clock
from runtime.catalog import load_catalog
from runtime.context import Cause, Context
from runtime.errors import NotFound, RuntimeProblem
from runtime.exchange import batches, importing, undo
from runtime.exchange.batches import AT_WORK, CHECKING, MOST_ERRORS, UNDOING, Batch
from runtime.exchange.cells import ColumnPlan, Converter, converter, name_of, storable
from runtime.exchange.lookups import Lookups
from runtime.exchange.sheet import Cells, open_sheet
from runtime.people import load_actor
from runtime.people.workspaces import load_workspace
from runtime.records import write
from runtime.records.plan import plan_of
from runtime.records.values import readers_of
from runtime.tables import EntityDef, FieldDef
from runtime.unit_of_work import TRIES, is_stale, transaction

BATCH = 1_000
Progress = Callable[[int], None]
Row = tuple[int, Cells]

log = logging.getLogger(__name__)


class Stop(Exception):
    """Raised by `progress` to leave the rest of an import to another worker."""


def work_once(engine: sa.Engine, progress: Progress | None = None) -> bool:
    """Does all that is left of one waiting import; whether there was one. For the worker."""
    with transaction(engine) as connection:
        batch_id = batches.next_at_work(connection)
    if batch_id is None:
        return False
    run_batch(engine, batch_id, progress)
    return True


def run_batch(engine: sa.Engine, batch_id: int, progress: Progress | None = None) -> None:
    """Works on an import until it is done, failed, or somebody else has taken it over.

    progress: gets the rows done so far after each batch; raising `Stop` there leaves the rest to another worker.
    """
    try:
        with engine.connect() as connection:
            found = batches.TABLE.c
            row = connection.execute(sa.select(found.state, found.cursor).where(found.id == batch_id)).one_or_none()
        if row is None or row.state not in AT_WORK:
            return
        if row.state == UNDOING:
            undo.run_undo(engine, batch_id)
        else:
            _Job(engine, batch_id, row.cursor).run(progress)
    except Stop:
        log.info("import %s waits for another worker", batch_id)
    except sa.exc.OperationalError:
        raise  # the database is away: the batch waits for the next worker
    except NotFound:
        _fail(engine, batch_id, "The person who started this, or the place where it goes, is no longer there.")
    except RuntimeProblem as error:
        _fail(engine, batch_id, str(error))
    except Exception as error:
        log.exception("import %s failed", batch_id)
        _fail(engine, batch_id, f"Internal error: {type(error).__name__}")


def _fail(engine: sa.Engine, batch_id: int, reason: str) -> None:
    with transaction(engine) as connection:
        importing.fail(connection, batch_id, reason[:1000], clock.now())


def context_of(connection: sa.Connection, batch: Batch) -> Context:
    """Who imports: the person who uploaded the file, with the rights they have now. Raises NotFound when they left."""
    workspace = load_workspace(connection, batch.workspace_id)
    role = batch.options.get("role")
    actor = load_actor(connection, workspace, batch.user_id, kind="import", role=role)
    catalog = load_catalog(connection, workspace)
    return Context(connection, workspace, catalog, actor, clock.now(), Cause(batch_id=batch.id))


class _Job:
    """One worker's reading of one file. The cursor is the number of the last row that is settled."""

    def __init__(self, engine: sa.Engine, batch_id: int, cursor: int) -> None:
        self._engine = engine
        self._batch_id = batch_id
        self._cursor = cursor
        self._lookups = Lookups()
        self._seen: dict[str, set[Any]] = {}

    def run(self, progress: Progress | None) -> None:
        with ExitStack() as stack:
            with self._engine.connect() as connection:
                row = connection.execute(sa.select(batches.TABLE).where(batches.TABLE.c.id == self._batch_id)).mappings().one()
                batch = Batch(**row)
                path = stack.enter_context(batches.file_of(connection, batch.id))
            sheet = open_sheet(path, batch.file_name, importing.read_options(batch))
            stack.callback(sheet.close)
            # A dry run keeps nothing that a second worker could go on from.
            self._cursor = 0 if batch.state == CHECKING else self._cursor
            self._run(importing.data_rows(sheet.rows(), batch, self._cursor), progress)

    def _run(self, rows: Iterator[Row], progress: Progress | None) -> None:
        first = True
        while True:
            chunk = list(islice(rows, BATCH))
            for attempt in range(1, TRIES + 1):
                try:
                    done = self._step(chunk, restart=first)
                    break
                except sa.exc.DBAPIError as error:
                    if attempt == TRIES or not is_stale(error):
                        raise
            first = False
            if done is None:
                return
            if progress is not None:
                progress(done)

    def _step(self, chunk: Sequence[Row], *, restart: bool) -> int | None:
        """Settles one chunk in one transaction; how many rows are done, None when the work is over (or somebody else's)."""
        with transaction(self._engine) as connection:
            batch = batches.claim(connection, self._batch_id)
            if batch is None or batch.state not in (batches.RUNNING, CHECKING):
                return None
            dry = batch.state == CHECKING
            if dry and restart:
                batch = replace(batch, cursor=0, done=0, created=0, updated=0, skipped=0, failed=0, errors=[])
            if batch.cursor != self._cursor:
                return None
            if not chunk:
                importing.finish(connection, batch, clock.now())
                return None
            ctx = context_of(connection, batch)
            counts, errors = self._save(ctx, batch, chunk, dry)
            self._cursor = chunk[-1][0]
            values = {name: getattr(batch, name) + number for name, number in counts.items()}
            batches.set_batch(connection, batch.id, cursor=self._cursor, errors=[*batch.errors, *errors][:MOST_ERRORS], **values)
            return int(values["done"])

    def _save(self, ctx: Context, batch: Batch, chunk: Sequence[Row], dry: bool) -> tuple[dict[str, int], list[dict[str, Any]]]:
        entity = importing.importable_entity(ctx, batch.entity)
        mode, key = str(batch.options.get("mode", "create")), batch.options.get("key")
        raws, problems = self._raws(
            ctx, entity, batch, chunk, blank_counts=bool(batch.options.get("clear_blank")) and mode != "create"
        )
        good = [number for number in range(len(chunk)) if not problems[number]]
        if dry:
            savepoint = ctx.connection.begin_nested()
            outcomes = write.save_rows(ctx, entity.name, [raws[number] for number in good], mode=mode, key=key, partial=True)
            savepoint.rollback()
        else:
            outcomes = write.save_rows(ctx, entity.name, [raws[number] for number in good], mode=mode, key=key, partial=True)
        counts = {"done": len(chunk), "created": 0, "updated": 0, "skipped": 0, "failed": 0}
        for number, outcome in zip(good, outcomes, strict=True):
            problems[number] = outcome.problems
            if dry and not outcome.problems and mode == "create":
                problems[number] = self._repeated(entity, raws[number])
            if not problems[number]:
                counts[outcome.state if outcome.state != "unchanged" else "skipped"] += 1
        bad = [number for number in range(len(chunk)) if problems[number]]
        counts["failed"] = len(bad)
        room = MOST_ERRORS - len(batch.errors)
        errors = [each for number in bad[:room] for each in _errors(batch, chunk[number], problems[number])] if room > 0 else []
        return counts, errors

    def _raws(
        self, ctx: Context, entity: EntityDef, batch: Batch, chunk: Sequence[Row], *, blank_counts: bool
    ) -> tuple[list[dict[str, Any]], list[list[Problem]]]:
        """Raw values by field for each row of a chunk, and the problems of cells that could not even be looked up."""
        readers: list[tuple[int, str, Converter | None]] = []
        only_text = batch.options.get("read", {}).get("format") == "csv"
        for each in batch.columns:
            definition = entity.fields.get(each.get("field") or "")
            if definition is not None:
                column = int(each["column"])
                plan = ColumnPlan(
                    definition.key, each.get("date_order", "dmy"), bool(each.get("decimal_comma")), bool(each.get("shares"))
                )
                names = self._names(ctx, definition, column, chunk)
                readers.append((column, definition.key, converter(definition, plan, names, only_text=only_text)))
        raws, problems = [], []
        others = readers_of(ctx, plan_of(ctx.catalog, entity.name), "create", many=True)
        for _, cells in chunk:
            raw: dict[str, Any] = {}
            wrong: list[Problem] = []
            width = len(cells)
            for column, key, convert in readers:
                cell = cells[column] if column < width else ""
                if cell == "" or cell is None or (type(cell) is str and cell.isspace()):
                    if blank_counts:
                        raw[key] = None
                    continue
                value = convert(cell) if convert is not None else cell
                if type(value) is Problem:
                    wrong.append(value)
                else:
                    raw[key] = value
            raws.append(raw)
            # A row that cannot be saved anyway is read to its end, so that all its mistakes are told at once.
            problems.append([*wrong, *others.read(raw)[1]] if wrong else wrong)
        return raws, problems

    def _names(self, ctx: Context, definition: FieldDef, column: int, chunk: Sequence[Row]) -> Mapping[str, Any] | None:
        """What the texts of a column mean, for fields that point at something."""
        if not Lookups.needed(definition):
            return None
        return self._lookups.names(ctx, definition, [row[column] for _, row in chunk if column < len(row)])

    def _repeated(self, entity: EntityDef, raw: dict[str, Any]) -> list[Problem]:
        """In a dry run nothing is kept, so values that must be unique are compared with the rows before here."""
        found = []
        for key, value in raw.items():
            if entity.fields[key].field.unique:
                seen = self._seen.setdefault(key, set())
                text = hash(name_of(value).casefold())
                if text in seen:
                    found.append(Problem(key, "unique", "An earlier row has this value already."))
                seen.add(text)
        return found


def _errors(batch: Batch, row: Row, problems: Sequence[Problem]) -> list[dict[str, Any]]:
    """Problems of one row as the batch keeps them; `message` has placeholders for `params`."""
    number, cells = row
    columns = {each["field"]: each for each in batch.columns if each.get("field")}
    found = []
    for problem in problems:
        column = columns.get(problem.path)
        place = int(column["column"]) if column else -1
        value = name_of(cells[place])[:200] if column and place < len(cells) else ""
        found.append(
            {
                "row": number,
                "column": column["header"] or column["letter"] if column else "",
                "letter": column["letter"] if column else "",
                "field": problem.path,
                "value": storable(value),
                "code": problem.code,
                "message": problem.message,
                "params": {name: storable(str(each)) for name, each in problem.params.items()},
            }
        )
    return found


__all__ = ["context_of", "run_batch", "work_once"]
