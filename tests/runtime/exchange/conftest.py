"""A committed workspace to import into: imports work in transactions of their own."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
import xlsxwriter

from runtime.context import Actor, Context
from runtime.db import make_engine
from runtime.exchange import batches, importing, job
from runtime.exchange.batches import Batch
from runtime.unit_of_work import transaction
from tests.factories import Place, install, make_place, make_user


@dataclass
class Site:
    """One workspace with the everything apps."""

    engine: sa.Engine
    place: Place

    @contextmanager
    def context(self, actor: Actor | None = None) -> Iterator[Context]:
        with transaction(self.engine) as connection:
            yield self.place.context(connection, actor)

    def person(self, name: str, *roles: str) -> Actor:
        with transaction(self.engine) as connection:
            return make_user(connection, self.place.workspace, name, roles=roles)

    def upload(self, entity: str, content: bytes | str, name: str = "table.csv", actor: Actor | None = None) -> int:
        raw = content.encode() if isinstance(content, str) else content
        with self.context(actor) as ctx:
            return importing.upload(ctx, entity, io.BytesIO(raw), name)

    def run(self, batch_id: int, actor: Actor | None = None, **options: Any) -> Batch:
        """Starts an import and does all its work."""
        with self.context(actor) as ctx:
            importing.start(ctx, batch_id, **options)
        job.run_batch(self.engine, batch_id)
        return self.batch(batch_id)

    def batch(self, batch_id: int) -> Batch:
        with self.context() as ctx:
            return batches.get_batch(ctx, batch_id)

    def rows(self, entity: str, *keys: str) -> list[tuple[Any, ...]]:
        """Values of the living records, oldest first."""
        with self.context() as ctx:
            table = ctx.catalog.entity(entity).table
            statement = sa.select(*(table.c[key] for key in keys)).where(table.c.deleted_at.is_(None)).order_by(table.c.id)
            return [tuple(row) for row in ctx.connection.execute(statement)]


@pytest.fixture(scope="session")
def import_engine(database_url: str) -> Iterator[sa.Engine]:
    made = make_engine(database_url)
    yield made
    made.dispose()


@pytest.fixture(scope="session")
def import_place(import_engine: sa.Engine) -> Place:
    with import_engine.begin() as connection:
        place = make_place(connection)
        install(connection, place)
        return place


@pytest.fixture
def site(import_engine: sa.Engine, import_place: Place) -> Iterator[Site]:
    """The workspace, without records and imports of earlier tests."""
    made = Site(import_engine, import_place)
    with made.context() as ctx:
        for entity in ctx.catalog.entities():
            ctx.connection.execute(sa.text(f'TRUNCATE "{entity.table.schema}"."{entity.table.name}" CASCADE'))
        ctx.connection.execute(sa.text("DELETE FROM formloom.change WHERE workspace_id = :place"), {"place": ctx.workspace.id})
        ctx.connection.execute(sa.text("DELETE FROM formloom.import_file"))
        ctx.connection.execute(
            sa.text("DELETE FROM formloom.import_batch WHERE workspace_id = :place"), {"place": ctx.workspace.id}
        )
    return made


def workbook(rows: Sequence[Sequence[Any]], formats: Mapping[int, str] | None = None) -> bytes:
    """An XLSX file of these rows; formats: number format by column."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet()
    styles = {column: book.add_format({"num_format": text}) for column, text in (formats or {}).items()}
    for line, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            if cell is not None:
                sheet.write(line, column, cell, styles.get(column) if line else None)
    book.close()
    return target.getvalue()
