"""Schema changes beside other people's work: short waits, whole results, nothing half-done after a kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from builder.operations import apply_operations
from runtime.errors import Conflict, Unavailable
from runtime.schema import limits
from runtime.schema.execute import Execution
from runtime.schema_apply import CHANNEL, apply
from runtime.schema_drift import drift
from runtime.schema_plan import plan
from runtime.unit_of_work import transaction
from tests.conftest import ROOT
from tests.factories import Place, install, make_place
from tests.runtime.schema.conftest import shop_app

EXTRA = {"op": "add", "path": "entities/item/fields", "value": {"key": "extra", "type": "text"}}


@pytest.fixture
def place(engine: Engine) -> Iterator[Place]:
    with transaction(engine) as connection:
        made = make_place(connection)
        ctx = install(connection, made, {"shop": shop_app()})
        connection.execute(
            sa.insert(ctx.catalog.entity("shop.item").table), [{"name": f"n{n}", "size": str(n)} for n in range(50)]
        )
    yield made
    with engine.connect() as connection:
        assert drift(made.context(connection)) == []


def change(engine: Engine, place: Place, *operations: dict[str, Any]) -> Any:
    with transaction(engine) as connection:
        ctx = place.context(connection)
        document = apply_operations(ctx.catalog.documents["shop"], operations)
        return apply(ctx, {"shop": document}, accept_loss=plan(ctx, {"shop": document}).token)


def test_it_gives_up_when_a_reader_never_ends_and_changes_nothing(
    engine: Engine, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "ATTEMPTS", 2)
    monkeypatch.setattr(limits, "LOCK_TIMEOUT_MS", 50)
    with engine.connect() as reader:
        reader.execute(sa.select(place.context(reader).catalog.entity("shop.item").table))
        with pytest.raises(Unavailable):
            change(engine, place, EXTRA)
    assert change(engine, place, EXTRA).versions == {"shop": 2}


def test_it_tries_again_until_a_reader_has_ended(engine: Engine, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader ends as soon as a first attempt has been turned away."""
    reader = engine.connect()
    reader.execute(sa.select(place.context(reader).catalog.entity("shop.item").table))
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        reader.rollback()

    monkeypatch.setattr("runtime.schema_apply.time.sleep", wait)
    assert change(engine, place, EXTRA).versions == {"shop": 2}
    assert len(waits) >= 1
    reader.close()


def test_two_at_once_one_after_the_other_and_the_second_is_told(engine: Engine, place: Place) -> None:
    outcomes: list[str] = []
    barrier = threading.Barrier(2)

    def publish(key: str) -> None:
        operation = {"op": "add", "path": "entities/item/fields", "value": {"key": key, "type": "text"}}
        with transaction(engine) as connection:
            ctx = place.context(connection)
            document = apply_operations(ctx.catalog.documents["shop"], [operation])
            barrier.wait()
            try:
                apply(ctx, {"shop": document}, base_versions={"shop": 1})
                outcomes.append("done")
            except Conflict:
                outcomes.append("stale")
                connection.rollback()

    threads = [threading.Thread(target=publish, args=(key,)) for key in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", "stale"]


def test_other_processes_are_told(engine: Engine, place: Place) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as listener:
        listener.exec_driver_sql(f"LISTEN {CHANNEL}")
        revision = change(engine, place, EXTRA).ctx.workspace.revision
        driver: Any = listener.connection.driver_connection
        told = [each.payload for each in driver.notifies(timeout=10, stop_after=1)]
        listener.exec_driver_sql("UNLISTEN *")
    assert told == [f"{place.workspace.id} {revision}"]


POINTS = ("trash_column", "convert", "add_link", "create_table", "sync_foreign_keys", "_compute")


@pytest.mark.parametrize("point", POINTS)
def test_a_lost_connection_in_the_middle_leaves_nothing(
    engine: Engine, place: Place, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with engine.connect() as connection:
        before = place.context(connection)
    original = getattr(Execution, point)

    def die(self: Execution, *arguments: Any) -> None:
        original(self, *arguments)
        with engine.connect() as other:
            backend = self.ctx.connection.scalar(sa.select(sa.func.pg_backend_pid()))
            other.execute(sa.select(sa.func.pg_terminate_backend(backend)))
        self.ctx.connection.execute(sa.select(sa.literal(1)))

    monkeypatch.setattr(Execution, point, die)
    monkeypatch.setattr("runtime.schema.execute._DO", {**_steps(), point: die} if point in _steps() else _steps())
    with pytest.raises(sa.exc.DBAPIError):
        change(engine, place, *EVERYTHING)
    with engine.connect() as connection:
        after = place.context(connection)
        assert after.workspace.revision == before.workspace.revision
        assert after.catalog.versions == {"shop": 1}
        assert drift(after) == []
        table = after.catalog.entity("shop.item").table
        assert connection.scalar(sa.select(sa.func.count()).where(table.c.size.is_not(None))) == 50


def _steps() -> dict[str, Any]:
    from runtime.schema import execute

    return dict(execute._DO)


EVERYTHING = (
    EXTRA,
    {"op": "set", "path": "entities/item/fields/size", "value": {"key": "size", "type": "number"}},
    {"op": "remove", "path": "entities/item/fields/price"},
    {"op": "add", "path": "entities", "value": {"key": "box", "fields": [{"key": "items", "type": "relation", "options": {"to": "item", "kind": "many_to_many"}}]}},
    {"op": "add", "path": "entities/item/fields", "value": {"key": "alike", "type": "relation", "options": {"to": "item", "kind": "many_to_many"}}},
    {"op": "add", "path": "entities/item/fields", "value": {"key": "twice", "type": "formula", "options": {"expression": "{size} * 2", "result": "number"}}},
)  # fmt: skip

CHILD = """
import os, signal, sys
import sqlalchemy as sa
from runtime.schema import execute
from runtime.schema.execute import Execution
from tests.factories import Place
from tests.runtime.schema.test_contention import EVERYTHING, change
from runtime.catalog import load_workspace

point, url, workspace, admin = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
engine = sa.create_engine(url)
with engine.connect() as connection:
    place = Place(load_workspace(connection, workspace_id=workspace), admin)
original = getattr(Execution, point)

def die(self, *arguments):
    original(self, *arguments)
    os.kill(os.getpid(), signal.SIGKILL)

setattr(Execution, point, die)
if point in execute._DO:
    execute._DO[point] = die
change(engine, place, *EVERYTHING)
"""


@pytest.mark.parametrize("point", ["convert", "_compute"])
def test_kill_9_in_the_middle_leaves_nothing(engine: Engine, place: Place, point: str) -> None:
    url = engine.url.render_as_string(hide_password=False)
    arguments = [sys.executable, "-c", CHILD, point, url, str(place.workspace.id), str(place.admin_id)]
    child = subprocess.run(arguments, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, check=False)
    assert child.returncode == -signal.SIGKILL, child.stderr.decode()
    with engine.connect() as connection:
        after = place.context(connection)
        assert after.catalog.versions == {"shop": 1}
        assert drift(after) == []
    assert change(engine, place, *EVERYTHING).versions == {"shop": 2}
