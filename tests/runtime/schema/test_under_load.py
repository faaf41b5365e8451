"""Definitions change while people save: no save is lost, none is half, and nobody sees more than a second try."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from builder.operations import apply_operations
from runtime.records.write import create, update
from runtime.schema import limits
from runtime.schema.jobs import run_all
from runtime.schema_apply import apply
from runtime.schema_drift import drift
from runtime.schema_plan import plan
from runtime.unit_of_work import run, transaction
from tests.factories import Place, install, make_place
from tests.runtime.schema.conftest import shop_app

SAVES = 25
FIELDS = "entities/item/fields"
CHANGES: list[dict[str, Any]] = [
    {
        "op": "add",
        "path": FIELDS,
        "value": {"key": "shout", "type": "formula", "options": {"expression": "UPPER({name})", "result": "text"}},
    },
    {"op": "add", "path": FIELDS, "value": {"key": "extra", "type": "text"}},
    {"op": "set", "path": f"{FIELDS}/extra", "value": {"key": "extra", "type": "number"}},
    {"op": "set", "path": f"{FIELDS}/size", "value": {"key": "size", "type": "number", "options": {"decimals": 0}}},
    {"op": "remove", "path": f"{FIELDS}/extra"},
    {"op": "set", "path": f"{FIELDS}/size", "value": {"key": "size", "type": "text"}},
]


@pytest.mark.parametrize("big", [False, True])
def test_saves_go_on_while_definitions_change(engine: Engine, big: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if big:
        monkeypatch.setattr(limits, "BIG_TABLE_ROWS", 5)
        monkeypatch.setattr(limits, "BATCH_ROWS", 10)
    with transaction(engine) as connection:
        place = make_place(connection)
        install(connection, place, {"shop": shop_app()})
    saved: dict[int, str] = {}
    failures: list[BaseException] = []
    writers = [threading.Thread(target=_write, args=(engine, place, number, saved, failures)) for number in range(2)]
    for writer in writers:
        writer.start()
    for change in CHANGES:
        _change(engine, place, change)
        run_all(engine)
    for writer in writers:
        writer.join()
    run_all(engine)
    assert failures == []
    assert len(saved) == 2 * SAVES
    with engine.connect() as connection:
        ctx = place.context(connection)
        assert drift(ctx) == []
        table = ctx.catalog.entity("shop.item").table
        found = {row.id: row for row in connection.execute(sa.select(table))}
        assert {identity: row.size for identity, row in found.items()} == saved
        assert all(row.shout == row.name.upper() for row in found.values())


def _write(engine: Engine, place: Place, writer: int, saved: dict[int, str], failures: list[BaseException]) -> None:
    """Creates records and changes them once more; each save is tried again once, as a request is."""
    try:
        for number in range(SAVES):
            value = str(1000 * writer + number)
            identity = run(
                engine, lambda connection, name=f"n{value}": create(place.context(connection), "shop.item", {"name": name}).id
            )
            run(engine, lambda connection, i=identity, v=value: update(place.context(connection), "shop.item", i, {"size": v}))
            saved[identity] = value
    except BaseException as error:  # noqa: BLE001  told by the test
        failures.append(error)


def _change(engine: Engine, place: Place, change: dict[str, Any]) -> None:
    with transaction(engine) as connection:
        ctx = place.context(connection)
        document = apply_operations(ctx.catalog.documents["shop"], [change])
        apply(ctx, {"shop": document}, accept_loss=plan(ctx, {"shop": document}).token)
