"""A record and its rows: saved together or not at all."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from runtime.context import Context
from runtime.errors import Invalid, Stale
from runtime.records import read, rows, write
from tests.runtime.records.conftest import PROJECT, World

LINE = "studio.line"


def lines(*given: Any) -> list[rows.RowSet]:
    return [rows.RowSet("lines", LINE, "project", given)]


def saved(world: World, project: int) -> list[tuple[str, Decimal | None]]:
    from runtime.queries.listing import ListQuery, list_records

    tree = {"field": "project", "op": "is", "value": project}
    query = ListQuery(filter=tree, sort=("id",), fields=("id", "title", "total"))
    return [(each["title"], each["total"]) for each in list_records(world.ctx, LINE, query).records]


def with_lines(world: World, *given: Any) -> tuple[int, list[dict[str, Any]]]:
    made = rows.save_with_rows(world.ctx, PROJECT, None, {"name": "A"}, lines(*given))
    from runtime.queries.listing import ListQuery, list_records

    tree = {"field": "project", "op": "is", "value": made.id}
    return made.id, list(list_records(world.ctx, LINE, ListQuery(filter=tree, sort=("id",))).records)


def test_new_rows_get_defaults_and_formulas(world: World) -> None:
    project, found = with_lines(world, {"title": "Design", "price": "12.5"}, {"title": "Print", "quantity": 3, "price": 2})
    assert saved(world, project) == [("Design", Decimal("12.50")), ("Print", Decimal("6.00"))]
    assert [each["op"] for each in world.changes(LINE)][-2:] == ["create", "create"]
    assert {each["project"] for each in found} == {project}


def test_rows_are_changed_made_and_taken_away_in_one_go(world: World) -> None:
    project, (first, second) = with_lines(world, {"title": "Design"}, {"title": "Print"})
    done = rows.save_with_rows(
        world.ctx, PROJECT, project, {"name": "B"},
        lines({"id": first["id"], "version": 1, "_delete": True}, {"id": second["id"], "version": 1, "quantity": 5}, {"title": "Ship"}),
        1,
    )  # fmt: skip
    assert done.version == 2
    assert [each[0] for each in saved(world, project)] == ["Print", "Ship"]
    assert world.row(LINE, first["id"])["deleted_at"] is not None
    assert world.row(LINE, second["id"])["quantity"] == 5
    write.restore(world.ctx, LINE, first["id"])


def test_all_problems_at_once_and_nothing_saved(world: World, refused: Any) -> None:
    project, (first,) = with_lines(world, {"title": "Design"})
    given = lines(
        {"id": first["id"], "title": ""}, {"title": "Good"}, {"quantity": "many"}, "row", {"id": 999_999_999, "title": "?"}
    )
    assert refused(rows.save_with_rows, world.ctx, PROJECT, project, {"name": "", "budget": -1}, given) == {
        "name": "required", "budget": "too_small", "lines.0.title": "required", "lines.2.quantity": "not_a_number",
        "lines.2.title": "required", "lines.3": "not_an_object", "lines.4": "not_found",
    }  # fmt: skip
    assert saved(world, project) == [("Design", None)]
    assert read.get(world.ctx, PROJECT, project)["name"] == "A"


def test_a_new_record_with_problems_tells_those_of_its_rows_too(world: World, refused: Any) -> None:
    before = len(world.changes(PROJECT))
    given = lines({"title": "Good"}, {"price": "x"})
    assert refused(rows.save_with_rows, world.ctx, PROJECT, None, {"budget": 5}, given) == {
        "name": "required", "lines.1.title": "required", "lines.1.price": "not_a_number",
    }  # fmt: skip
    assert refused(rows.save_with_rows, world.ctx, PROJECT, None, {"name": "A"}, given) == {
        "lines.1.title": "required", "lines.1.price": "not_a_number",
    }  # fmt: skip
    assert len(world.changes(PROJECT)) == before


def test_a_row_that_somebody_else_changed_is_not_overwritten(world: World, refused: Any) -> None:
    project, (first, second) = with_lines(world, {"title": "Design"}, {"title": "Print"})
    write.update(world.ctx, LINE, first["id"], {"quantity": 9})
    given = [{"id": first["id"], "version": 1, "quantity": 2}, {"id": second["id"], "version": 1, "quantity": 2}]
    assert refused(rows.save_with_rows, world.ctx, PROJECT, project, {}, lines(*given)) == {"lines.0": "stale"}
    assert world.row(LINE, second["id"])["quantity"] == 1
    # What is not touched does not matter.
    rows.save_with_rows(world.ctx, PROJECT, project, {}, lines({"id": first["id"], "version": 1, "title": "Design"}, given[1]))
    gone = {"id": first["id"], "version": 1, "_delete": True}
    assert refused(rows.save_with_rows, world.ctx, PROJECT, project, {}, lines(gone)) == {"lines.0": "stale"}
    with pytest.raises(Stale):
        rows.save_with_rows(world.ctx, PROJECT, project, {"name": "C"}, lines(), expected_version=7)


def test_rows_of_another_record_are_not_there(world: World, refused: Any) -> None:
    _, (foreign,) = with_lines(world, {"title": "Theirs"})
    mine, _ = with_lines(world)
    assert refused(rows.save_with_rows, world.ctx, PROJECT, mine, {}, lines({"id": foreign["id"], "title": "Mine"})) == {
        "lines.0": "not_found"
    }
    rows.save_with_rows(world.ctx, PROJECT, mine, {}, lines({"id": foreign["id"], "_delete": True}))
    assert world.row(LINE, foreign["id"])["deleted_at"] is None


def test_the_rights_on_rows_are_those_of_their_entity(world: World, refused: Any) -> None:
    maker: Context = world.person("maker", "studio.maker")
    project, (first,) = with_lines(world, {"title": "Design"})
    write.update(world.ctx, PROJECT, project, {"owner": maker.actor.user_id})
    theirs = {"id": first["id"], "title": "X"}
    assert refused(rows.save_with_rows, maker, PROJECT, project, {"name": "B"}, lines(theirs)) == {"lines.0": "forbidden"}
    gone = {"id": first["id"], "_delete": True}
    assert refused(rows.save_with_rows, maker, PROJECT, project, {}, lines({"title": "Own"}, gone)) == {"lines.1": "forbidden"}
    # A row of somebody else that is sent as it is stands in nobody's way.
    rows.save_with_rows(maker, PROJECT, project, {"name": "B"}, lines({"id": first["id"], "title": "Design"}, {"title": "Own"}))
    assert [each[0] for each in saved(world, project)] == ["Design", "Own"]


def test_too_many_rows_are_a_clear_error(world: World) -> None:
    with pytest.raises(Invalid) as caught:
        rows.save_with_rows(world.ctx, PROJECT, None, {"name": "A"}, lines(*({"title": str(n)} for n in range(1001))))
    assert [each.text for each in caught.value.problems] == ["At most 1000 rows at once."]


def test_a_thousand_rows(world: World) -> None:
    made = rows.save_with_rows(
        world.ctx, PROJECT, None, {"name": "A"}, lines(*({"title": str(n), "price": 1} for n in range(1000)))
    )
    table = world.ctx.catalog.entity(LINE).table
    import sqlalchemy as sa

    count = sa.select(sa.func.count()).select_from(table).where(table.c.project == made.id)
    assert world.ctx.connection.scalar(count) == 1000


def test_lists_under_one_to_many_fields_are_rows(world: World, refused: Any) -> None:
    made = rows.save_nested(world.ctx, PROJECT, None, {"name": "A", "lines": [{"title": "Design"}]})
    assert saved(world, made.id) == [("Design", None)]
    assert refused(rows.save_nested, world.ctx, PROJECT, made.id, {"lines": [{}]}) == {"lines.0.title": "required"}
    assert refused(rows.save_nested, world.ctx, PROJECT, made.id, {"lines": 5})["lines"]


def test_a_step_is_checked_without_saving(world: World) -> None:
    before = len(world.changes(PROJECT))
    raw = {"name": "", "starts": "2026-03-05", "due": "2026-03-01", "budget": "x"}
    told = lambda *only: {each.path: each.code for each in rows.check(world.ctx, PROJECT, raw, only=only)}  # noqa: E731
    assert told("name") == {"name": "required"}
    assert told("due") == {}  # the rule looks at a field of another step
    assert told("starts", "due") == {"due": "rule"}
    assert told("budget", "cost") == {"budget": "not_a_number"}
    found = rows.check(world.ctx, PROJECT, raw, lines({"price": 1}), only=("lines",))
    assert {each.path: each.code for each in found} == {"lines.0.title": "required"}
    assert len(world.changes(PROJECT)) == before
