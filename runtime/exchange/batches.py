"""Imports as rows: the uploaded file, how it is to be read, how far it has got, what went wrong."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa

from builder.errors import Problem
from runtime.context import Context
from runtime.errors import Invalid, NotFound
from runtime.exchange.cells import storable
from runtime.platform.work import ImportBatch, ImportFile

UPLOADED, CHECKING, READY, RUNNING, DONE, FAILED, UNDOING, UNDONE = (
    "uploaded",
    "checking",
    "ready",
    "running",
    "done",
    "failed",
    "undoing",
    "undone",
)
AT_WORK = (CHECKING, RUNNING, UNDOING)
MAX_FILE = 500 * 1024 * 1024
MOST_ERRORS = 1_000
_PART = 1024 * 1024
TABLE: Any = ImportBatch.__table__
_FILE: Any = ImportFile.__table__


@dataclass(frozen=True)
class Batch:
    """One import. options: mode, key, columns (as `ColumnGuess.to_json`), header_row, read (encoding, delimiter, worksheet),
    clear_blank, role; after an undo also `undo`. errors: `row, column, field, value, code, message, params`."""

    id: int
    workspace_id: int
    user_id: int
    entity: str
    file_name: str
    options: Mapping[str, Any]
    state: str
    reason: str | None
    total: int | None
    done: int
    created: int
    updated: int
    skipped: int
    failed: int
    errors: list[dict[str, Any]] = field(default_factory=list)
    cursor: int = 0
    created_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def columns(self) -> list[Mapping[str, Any]]:
        """How each column of the file is read."""
        return list(self.options.get("columns", ()))


def save_upload(ctx: Context, entity: str, file: IO[bytes], file_name: str, options: Mapping[str, Any]) -> int:
    """Keeps a file for an import; the id of the batch. Raises Invalid when the file is empty or too large."""
    values = {
        "workspace_id": ctx.workspace.id,
        "user_id": ctx.actor.user_id,
        "entity": entity,
        "file_name": storable(Path(file_name.replace("\\", "/")).name[:200]) or "table.csv",
        "options": dict(options),
        "state": UPLOADED,
    }
    batch_id = int(ctx.connection.execute(sa.insert(TABLE).values(values).returning(TABLE.c.id)).scalar_one())
    size = 0
    for number, part in enumerate(iter(lambda: file.read(_PART), b"")):
        size += len(part)
        if size > MAX_FILE:
            raise Invalid([Problem("file", "too_large", "The file is too large.")])
        ctx.connection.execute(sa.insert(_FILE).values(batch_id=batch_id, number=number, content=part))
    if size == 0:
        raise Invalid([Problem("file", "empty_file", "The file is empty.")])
    return batch_id


@contextmanager
def file_of(connection: sa.Connection, batch_id: int) -> Iterator[Path]:
    """The uploaded file on this machine's disk while it is needed. Raises NotFound when it is kept no longer."""
    with tempfile.NamedTemporaryFile(prefix="formloom-import-") as target:
        number = 0
        part = sa.select(_FILE.c.content).where(_FILE.c.batch_id == batch_id, _FILE.c.number == sa.bindparam("wanted"))
        while (content := connection.scalar(part, {"wanted": number})) is not None:
            target.write(content)
            number += 1
        if number == 0 and connection.scalar(sa.select(_FILE.c.batch_id).where(_FILE.c.batch_id == batch_id)) is None:
            raise NotFound
        target.flush()
        yield Path(target.name)


def forget_file(connection: sa.Connection, batch_id: int) -> None:
    """Drops the uploaded bytes."""
    connection.execute(sa.delete(_FILE).where(_FILE.c.batch_id == batch_id))


def forget_old_files(connection: sa.Connection, before: datetime) -> int:
    """Drops the files of imports that ended, or were uploaded and never started, before this time; how many batches."""
    idle = sa.select(TABLE.c.id).where(
        TABLE.c.state.not_in(AT_WORK), sa.func.coalesce(TABLE.c.finished_at, TABLE.c.created_at) < before
    )
    found = connection.execute(sa.delete(_FILE).where(_FILE.c.batch_id.in_(idle)).returning(_FILE.c.batch_id)).scalars().all()
    return len(set(found))


def get_batch(ctx: Context, batch_id: int) -> Batch:
    """A batch that the actor made, or any of the workspace for an administrator. Raises NotFound."""
    wanted = [TABLE.c.id == batch_id, TABLE.c.workspace_id == ctx.workspace.id]
    if not ctx.actor.is_admin:
        wanted.append(TABLE.c.user_id == ctx.actor.user_id)
    row = ctx.connection.execute(sa.select(TABLE).where(*wanted)).mappings().one_or_none()
    if row is None:
        raise NotFound
    return Batch(**row)


def list_batches(ctx: Context, limit: int = 50) -> list[Batch]:
    """The newest imports that the actor may see, without their errors."""
    wanted = [TABLE.c.workspace_id == ctx.workspace.id]
    if not ctx.actor.is_admin:
        wanted.append(TABLE.c.user_id == ctx.actor.user_id)
    columns = [column for column in TABLE.c if column.name != "errors"]
    statement = sa.select(*columns).where(*wanted).order_by(TABLE.c.id.desc()).limit(limit)
    return [Batch(**row) for row in ctx.connection.execute(statement).mappings()]


def set_batch(connection: sa.Connection, batch_id: int, **values: Any) -> None:
    """Changes columns of a batch."""
    connection.execute(sa.update(TABLE).where(TABLE.c.id == batch_id).values(values))


def claim(connection: sa.Connection, batch_id: int) -> Batch | None:
    """Locks a batch for one piece of work; None when somebody else has it now."""
    row = (
        connection.execute(sa.select(TABLE).where(TABLE.c.id == batch_id).with_for_update(skip_locked=True))
        .mappings()
        .one_or_none()
    )
    return None if row is None else Batch(**row)


def next_at_work(connection: sa.Connection) -> int | None:
    """The oldest batch that waits for a worker and is not in the hands of one."""
    waiting = sa.select(TABLE.c.id).where(TABLE.c.state.in_(AT_WORK)).order_by(TABLE.c.id).limit(1)
    return connection.scalar(waiting.with_for_update(skip_locked=True))
