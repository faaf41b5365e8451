"""Type changes, formulas, numbers and indexes of big tables: in portions, resumed after a kill, correct under writers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from builder.operations import apply_operations
from runtime.context import Context
from runtime.platform.apps import SchemaJob
from runtime.schema import catch_up, convert_job, jobs, limits
from runtime.schema.convert import Converter
from runtime.schema.jobs import run_all, work_once
from runtime.schema.live import read_live
from runtime.schema.names import catch_up_index, hidden_column, is_hidden
from runtime.schema.plain import plain
from runtime.schema_apply import Applied, apply
from runtime.schema_drift import drift
from runtime.schema_plan import plan
from runtime.unit_of_work import transaction
from tests.factories import Place, install, make_place
from tests.runtime.schema.conftest import shop_app

ROWS = 25


@pytest.fixture(autouse=True)
def small_is_big(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BIG_TABLE_ROWS", 10)
    monkeypatch.setattr(limits, "BATCH_ROWS", 10)


@pytest.fixture
def place(engine: Engine) -> Iterator[Place]:
    with transaction(engine) as connection:
        made = make_place(connection)
        ctx = install(connection, made, {"shop": shop_app()})
        table = ctx.catalog.entity("shop.item").table
        sizes = [{"name": f"n{number}", "size": str(number) if number % 5 else "none"} for number in range(1, ROWS + 1)]
        connection.execute(sa.insert(table), sizes)
    yield made
    with transaction(engine) as connection:
        assert drift(made.context(connection)) == []


def change(ctx: Context, *operations: dict[str, Any]) -> Applied:
    document = apply_operations(ctx.catalog.documents["shop"], operations)
    return apply(ctx, {"shop": document}, accept_loss=plan(ctx, {"shop": document}).token)


TO_NUMBER = {"op": "set", "path": "entities/item/fields/size", "value": {"key": "size", "type": "number"}}


def sizes(engine: Engine, place: Place) -> list[Any]:
    with engine.connect() as connection:
        table = place.context(connection).catalog.entity("shop.item").table
        return list(connection.scalars(sa.select(table.c.size).order_by(table.c.id)))


def start(engine: Engine, place: Place, *operations: dict[str, Any]) -> Applied:
    with transaction(engine) as connection:
        return change(place.context(connection), *operations)


def job_of(engine: Engine, place: Place) -> Any:
    with engine.connect() as connection:
        statement = (
            sa.select(SchemaJob.__table__).where(SchemaJob.workspace_id == place.workspace.id).order_by(SchemaJob.id.desc())
        )
        return connection.execute(statement).first()


def save(engine: Engine, place: Place, row: int, size: Any) -> None:
    """What the write path does to a row, as far as conversions look at it."""
    with transaction(engine) as connection:
        table = place.context(connection).catalog.entity("shop.item").table
        chosen = sa.select(table.c.id).order_by(table.c.id).offset(row - 1).limit(1).scalar_subquery()
        connection.execute(sa.update(table).where(table.c.id == chosen).values(size=size, version=table.c.version + 1))


EXPECTED = [number if number % 5 else None for number in range(1, ROWS + 1)]


def test_the_definition_changes_when_the_last_value_is_converted(engine: Engine, place: Place) -> None:
    applied = start(engine, place, TO_NUMBER)
    assert applied.job is not None
    assert applied.versions == {}
    assert sizes(engine, place)[0] == "1"
    while work_once(engine):
        with engine.connect() as connection:
            assert drift(place.context(connection)) == []
    job = job_of(engine, place)
    assert (job.state, job.done, job.total, job.lost) == ("done", ROWS, ROWS, 5)
    assert sizes(engine, place) == EXPECTED
    with engine.connect() as connection:
        assert place.context(connection).catalog.versions == {"shop": 2}


def test_a_draft_that_waited_for_its_conversion_is_gone(engine: Engine, place: Place) -> None:
    from runtime import store

    with transaction(engine) as connection:
        ctx = place.context(connection)
        document = apply_operations(ctx.catalog.documents["shop"], (TO_NUMBER,))
        store.save_draft(ctx, "shop", document)
        applied = store.publish(ctx, "shop", accept_loss=plan(ctx, {"shop": document}).token)
        assert applied.job is not None
        assert store.draft(ctx, "shop").can_undo
    run_all(engine)
    assert job_of(engine, place).state == "done"
    with engine.connect() as connection:
        found = store.draft(place.context(connection), "shop")
    assert (found.base_version, found.can_undo, found.changed_at) == (2, False, None)


def test_what_is_saved_meanwhile_is_converted_again(engine: Engine, place: Place) -> None:
    start(engine, place, TO_NUMBER)
    portions = 0
    while work_once(engine):
        portions += 1
        if portions < 6:
            save(engine, place, portions, str(1000 + portions))
    assert portions >= 6
    assert sizes(engine, place) == [1001, 1002, 1003, 1004, 1005, *EXPECTED[5:]]


def test_a_row_saved_between_reading_and_writing_a_batch_is_not_overwritten(
    engine: Engine, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(engine, place, TO_NUMBER)
    original = convert_job._convert
    saved: list[int] = []

    def slow(*arguments: Any) -> int:
        if not saved:
            saved.append(1)
            save(engine, place, 1, "777")
        return original(*arguments)

    monkeypatch.setattr(convert_job, "_convert", slow)
    run_all(engine)
    assert saved
    assert sizes(engine, place)[0] == 777


@pytest.mark.parametrize("point", range(6))
def test_killed_at_any_portion_it_goes_on(engine: Engine, place: Place, point: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The backend of a portion is terminated before its commit: nothing of the portion is there, and the next try does it."""
    start(engine, place, TO_NUMBER)
    done = run_all(engine, point)
    original = jobs._set
    killed: list[int] = []

    def die(connection: sa.Connection, *arguments: Any, **values: Any) -> None:
        if not killed:
            killed.append(connection.scalar(sa.select(sa.func.pg_backend_pid())))
            with engine.connect() as other:
                other.execute(sa.select(sa.func.pg_terminate_backend(killed[0])))
        original(connection, *arguments, **values)

    monkeypatch.setattr(jobs, "_set", die)
    with pytest.raises(sa.exc.OperationalError):
        work_once(engine)
    assert killed
    with engine.connect() as connection:
        assert drift(place.context(connection)) == []
    run_all(engine)
    assert sizes(engine, place) == EXPECTED
    assert done == point
    assert job_of(engine, place).lost == 5


def test_publications_of_others_meanwhile_are_merged(engine: Engine, place: Place) -> None:
    start(engine, place, TO_NUMBER)
    run_all(engine, 2)
    start(engine, place, {"op": "add", "path": "entities/maker/fields", "value": {"key": "town", "type": "text"}})
    run_all(engine)
    with engine.connect() as connection:
        catalog = place.context(connection).catalog
        assert "town" in catalog.entity("shop.maker").fields
        assert catalog.entity("shop.item").fields["size"].field.type == "number"


def test_a_clash_with_others_fails_visibly_and_leaves_nothing_behind(engine: Engine, place: Place) -> None:
    start(engine, place, TO_NUMBER)
    run_all(engine, 2)
    start(engine, place, {"op": "remove", "path": "entities/item/fields/size"})
    run_all(engine)
    job = job_of(engine, place)
    assert job.state == "failed"
    assert "entities/item/fields/size" in job.error


def test_a_conversion_can_be_cancelled_and_does_not_run_twice(engine: Engine, place: Place) -> None:
    first = start(engine, place, TO_NUMBER)
    run_all(engine, 2)
    with pytest.raises(jobs.Conflict):
        start(engine, place, TO_NUMBER)
    with transaction(engine) as connection:
        jobs.cancel(place.context(connection), first.job or 0)
    assert not work_once(engine)
    assert sizes(engine, place)[0] == "1"
    with engine.connect() as connection:
        assert [each["state"] for each in jobs.jobs(place.context(connection), unfinished=False)] == ["cancelled"]


def test_numbers_of_a_big_table_leave_the_series_free_for_new_records(engine: Engine, place: Place) -> None:
    from runtime.records.write import create

    value = {"key": "number", "type": "auto_number", "options": {"pattern": "I-{000}"}}
    start(engine, place, {"op": "add", "path": "entities/item/fields", "value": value})
    with transaction(engine) as connection:
        create(place.context(connection), "shop.item", {"name": "new"})
    run_all(engine)
    with engine.connect() as connection:
        table = place.context(connection).catalog.entity("shop.item").table
        numbers = list(connection.scalars(sa.select(table.c.number).order_by(table.c.id)))
    assert numbers == [f"I-{number:03}" for number in range(1, ROWS + 2)]


def test_formulas_and_indexes_of_a_big_table_come_later(engine: Engine, place: Place) -> None:
    formula = {"key": "shout", "type": "formula", "options": {"expression": "UPPER({name})", "result": "text"}}
    view = {"key": "by_size", "entity": "item", "type": "table", "sort": ["size"]}
    start(
        engine,
        place,
        {"op": "add", "path": "entities/item/fields", "value": formula},
        {"op": "add", "path": "views", "value": view},
        {
            "op": "set",
            "path": "entities/item/fields/name",
            "value": {"key": "name", "type": "text", "required": True, "unique": True},
        },
    )
    with engine.connect() as connection:
        assert drift(place.context(connection)) == []
    run_all(engine)
    with engine.connect() as connection:
        ctx = place.context(connection)
        assert not jobs.jobs(ctx)
        assert drift(ctx) == []
        table = ctx.catalog.entity("shop.item").table
        assert set(connection.scalars(sa.select(table.c.shout))) == {f"N{number}" for number in range(1, ROWS + 1)}


def test_an_index_that_cannot_be_made_is_a_failed_job(engine: Engine, place: Place) -> None:
    unique = {"op": "set", "path": "entities/item/fields/name/unique", "value": True}
    start(engine, place, unique)
    with transaction(engine) as connection:
        table = place.context(connection).catalog.entity("shop.item").table
        connection.execute(sa.insert(table), [{"name": "n1"}])
    run_all(engine)
    assert job_of(engine, place).state == "failed"
    with transaction(engine) as connection:  # clear away for the fixture's look at the drift
        ctx = place.context(connection)
        ctx = replace(ctx)
        change(ctx, {"op": "set", "path": "entities/item/fields/name/unique", "value": False})


def test_the_old_column_of_a_big_table_comes_back_in_portions_with_what_was_edited(engine: Engine, place: Place) -> None:
    from runtime.schema.trash import trash_of
    from runtime.schema_restore import restore_from_trash

    start(engine, place, TO_NUMBER)
    run_all(engine)
    with transaction(engine) as connection:
        ctx = place.context(connection)
        table = ctx.catalog.entity("shop.item").table
        first = sa.select(sa.func.min(table.c.id)).scalar_subquery()
        edit = {"size": 77, "version": table.c.version + 1, "changed_at": ctx.now}
        connection.execute(sa.update(table).where(table.c.id == first).values(edit))
        applied = restore_from_trash(ctx, trash_of(ctx)[0].id)
    assert applied.job is not None
    assert sizes(engine, place)[:2] == [77, 2]
    run_all(engine, 2)
    save(engine, place, 2, 88)
    run_all(engine)
    assert job_of(engine, place).state == "done"
    back = [str(number) if number % 5 else "none" for number in range(1, ROWS + 1)]
    assert sizes(engine, place)[0] == "77"
    assert sizes(engine, place)[2:] == back[2:]
    with engine.connect() as connection:
        ctx = place.context(connection)
        kept = trash_of(ctx)
        assert [(each.field, each.definition["type"]) for each in kept] == [("size", "number")]


def test_a_new_relation_of_a_big_table_is_in_force_at_once_and_looked_through_later(engine: Engine, place: Place) -> None:
    value = {"key": "other", "type": "relation", "options": {"to": "maker"}}
    start(engine, place, {"op": "add", "path": "entities/item/fields", "value": value})
    valid = sa.text(
        "SELECT convalidated FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
        " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]"
        " WHERE n.nspname = :schema AND c.relname = 'shop__item' AND k.contype = 'f' AND a.attname = 'other'"
    )
    with engine.connect() as connection:
        assert connection.scalar(valid, {"schema": place.workspace.schema}) is False
        table = place.context(connection).catalog.entity("shop.item").table
        with pytest.raises(sa.exc.IntegrityError):
            connection.execute(sa.update(table).values(other=12345))
    run_all(engine)
    with engine.connect() as connection:
        assert connection.scalar(valid, {"schema": place.workspace.schema}) is True
        assert not jobs.jobs(place.context(connection))


def test_the_last_look_finds_rows_by_an_index_and_the_index_goes_with_it(engine: Engine, place: Place) -> None:
    """Made when all rows have been through; somebody else's publication leaves it alone; rows that came late are in it."""
    start(engine, place, TO_NUMBER)
    job = job_of(engine, place)
    while job.definition.get("place", 0) == 0:
        assert work_once(engine)
        job = job_of(engine, place)
    save(engine, place, 3, "333")
    assert catch_up.make_ready(engine, job.id)
    start(engine, place, {"op": "add", "path": "entities/item/fields", "value": {"key": "other", "type": "text"}})
    save(engine, place, 4, "444")
    with transaction(engine) as connection:
        ctx = place.context(connection)
        table = ctx.catalog.entity("shop.item").table
        connection.execute(sa.insert(table).values(name="late", size="12.5"))
        connection.execute(sa.text("SET LOCAL enable_seqscan = off"))
        entity, old, _new = convert_job._fields(ctx, ctx.catalog, ["shop.item", "size"])
        asked = convert_job._unlike(job, entity, old).compile(engine, compile_kwargs={"literal_binds": True})
        way = "\n".join(connection.scalars(sa.text(f"EXPLAIN {asked}")))
        assert catch_up_index(hidden_column(job.id, "size")) in way
        assert drift(ctx) == []
    run_all(engine)
    assert sizes(engine, place) == [1, 2, 333, 444, *EXPECTED[4:], 13]
    with engine.connect() as connection:
        live = read_live(connection, place.workspace.schema)
        assert not [name for table in live.values() for name in table.indexes if is_hidden(name)]


PLAIN = ["0", "-1", "12", "999999999999999", "1.50", "-2.50", "0.00"]
OTHERS = [
    "00",
    "-0",
    "+1",
    "1,200",
    "１２",
    " 5",
    "5\n",
    "1e3",
    "none",
    "9999999999999999",
    "1.5",
    "-0.00",
    "1.555",
    ".50",
    "(3)",
    "4k",
]


@pytest.mark.parametrize("decimals", [0, 2])
def test_what_the_database_calls_plain_is_what_the_converter_leaves_alone(engine: Engine, place: Place, decimals: int) -> None:
    number = {
        "op": "set",
        "path": "entities/item/fields/size",
        "value": {**TO_NUMBER["value"], "options": {"decimals": decimals}},
    }
    with transaction(engine) as connection:
        ctx = place.context(connection)
        found = plan(ctx, {"shop": apply_operations(ctx.catalog.documents["shop"], [number])})
        assert found.catalog is not None
        old, new = (each.entity("shop.item").fields["size"] for each in (ctx.catalog, found.catalog))
        easy = plain(old, new, old.column)
        assert easy is not None
        table = ctx.catalog.entity("shop.item").table
        connection.execute(sa.delete(table))
        connection.execute(sa.insert(table), [{"name": "n", "size": size} for size in (*PLAIN, *OTHERS)])
        converter = Converter(ctx, old, new)
        plain_ones = connection.execute(sa.select(old.column, easy.value).where(easy.condition)).all()
        assert plain_ones
        for size, value in plain_ones:
            one = converter.convert(size)
            assert (one.value, one.lost, one.changed) == (value, False, False)
        every = [converter.convert(size) for size in (*PLAIN, *OTHERS)]
        counts = plan(ctx, {"shop": apply_operations(ctx.catalog.documents["shop"], [number])}).items[0].params
        assert counts["lost"] == sum(each.lost for each in every) > 0
        assert counts["changed"] == sum(each.changed and not each.lost for each in every) > 0
        assert counts["rows"] == len(every)
