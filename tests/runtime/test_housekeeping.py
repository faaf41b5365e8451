"""What is over its time goes; what is not stays."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from runtime.clock import now
from runtime.housekeeping import BIN_KEPT, HourlyHouse, keep_house
from runtime.platform.work import IdempotencyKey
from runtime.records import write
from tests import factories


def test_the_bin_is_emptied_after_thirty_days(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        ctx = factories.install(connection, factories.make_place(connection))
        kept = write.create(ctx, "studio.tag", {"name": "stays"}).id
        binned = write.create(ctx, "studio.tag", {"name": "goes"}).id
        write.delete(ctx, "studio.tag", binned)
        table = ctx.catalog.entity("studio.tag").table

    def there() -> list[int]:
        with engine.connect() as connection:
            return list(connection.scalars(sa.select(table.c.id).order_by(table.c.id)))

    keep_house(engine, now() + BIN_KEPT - timedelta(hours=1))
    assert there() == [kept, binned]
    assert keep_house(engine, now() + BIN_KEPT + timedelta(hours=1)) >= 1
    assert there() == [kept]


def test_answers_to_repeated_calls_are_forgotten_after_a_day(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        ctx = factories.install(connection, factories.make_place(connection), {})
        row = {"workspace_id": ctx.workspace.id, "user_id": 1, "fingerprint": "x", "status": 201, "body": "{}"}
        table = IdempotencyKey.__table__
        connection.execute(
            sa.insert(table),
            [{**row, "key": "old", "created_at": now() - timedelta(days=2)}, {**row, "key": "new", "created_at": now()}],
        )  # type: ignore[arg-type]
    keep_house(engine)
    with engine.connect() as connection:
        mine = sa.select(IdempotencyKey.key).where(IdempotencyKey.workspace_id == ctx.workspace.id)
        assert list(connection.scalars(mine)) == ["new"]


def test_the_poller_does_it_seldom(engine: sa.Engine, monkeypatch: object) -> None:
    house = HourlyHouse(engine)
    first = house._next
    house()
    assert house._next == first
