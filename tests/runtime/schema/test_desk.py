"""The worker's thread for tables: it does open jobs by itself and empties the trash when it is due."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from builder.operations import apply_operations
from runtime.platform.apps import SchemaJob, TrashItem
from runtime.schema import desk, limits
from runtime.schema.desk import SchemaDesk, purge_due
from runtime.schema.jobs import work_once
from runtime.schema_apply import apply
from runtime.schema_drift import drift
from runtime.unit_of_work import transaction
from tests.factories import Place, install, make_place
from tests.runtime.schema.conftest import shop_app


@pytest.fixture
def place(engine: Engine) -> Place:
    with transaction(engine) as connection:
        made = make_place(connection)
        install(connection, made, {"shop": shop_app()})
    return made


def change(engine: Engine, place: Place, operation: dict[str, Any]) -> None:
    with transaction(engine) as connection:
        ctx = place.context(connection)
        apply(ctx, {"shop": apply_operations(ctx.catalog.documents["shop"], [operation])})


def test_open_jobs_are_done_without_being_called(engine: Engine, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BIG_TABLE_ROWS", 0)
    with transaction(engine) as connection:
        connection.execute(sa.insert(place.context(connection).catalog.entity("shop.item").table).values(name="Cup"))
    formula = {"key": "shout", "type": "formula", "options": {"expression": "UPPER({name})", "result": "text"}}
    change(engine, place, {"op": "add", "path": "entities/item/fields", "value": formula})
    idle = threading.Event()

    def work(used: Engine) -> bool:
        worked = work_once(used)
        if not worked:
            idle.set()
        return worked

    monkeypatch.setattr(desk, "work_once", work)
    thread = SchemaDesk(engine)
    thread.start()
    assert idle.wait(60)
    thread.stop()
    with engine.connect() as connection:
        ctx = place.context(connection)
        open_jobs = sa.select(sa.func.count()).where(SchemaJob.workspace_id == place.workspace.id, SchemaJob.state != "done")
        assert connection.scalar(open_jobs) == 0
        assert connection.scalar(sa.select(ctx.catalog.entity("shop.item").table.c.shout)) == "CUP"
        assert drift(ctx) == []


def test_the_trash_is_emptied_when_it_is_due_and_not_before(engine: Engine, place: Place) -> None:
    change(engine, place, {"op": "remove", "path": "entities/item/fields/size"})
    mine = TrashItem.workspace_id == place.workspace.id
    purge_due(engine)
    with transaction(engine) as connection:
        assert connection.scalar(sa.select(sa.func.count()).where(mine)) == 1
        connection.execute(sa.update(TrashItem).where(mine).values(purge_at=TrashItem.purge_at - timedelta(days=31)))
    assert purge_due(engine) >= 1
    with engine.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).where(mine)) == 0
        assert drift(place.context(connection)) == []
