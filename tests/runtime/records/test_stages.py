from __future__ import annotations

from typing import Any

from runtime.pipelines import moves_from
from runtime.records import write
from tests.runtime.records.conftest import COMPANY, PROJECT, World


def project(world: World, **values: Any) -> int:
    company = write.create(world.ctx, COMPANY, {"name": "C"}).id
    return write.create(world.ctx, PROJECT, {"name": "A", "company": company, **values}).id


def test_a_move_needs_a_transition(world: World, refused: Any) -> None:
    made = project(world)
    assert refused(write.move, world.ctx, PROJECT, made, "review") == {"stage": "no_transition"}
    assert refused(write.update, world.ctx, PROJECT, made, {"stage": "won"}) == {"stage": "no_transition"}
    assert refused(write.update_many, world.ctx, PROJECT, [made], {"stage": "won"}) == {f"records/{made}/stage": "no_transition"}


def test_stage_and_transition_require_fields(world: World, refused: Any) -> None:
    made = write.create(world.ctx, PROJECT, {"name": "A"}).id
    assert refused(write.move, world.ctx, PROJECT, made, "active") == {"company": "required"}
    company = write.create(world.ctx, COMPANY, {"name": "C"}).id
    write.move(world.ctx, PROJECT, made, "active", {"company": company})
    assert refused(write.move, world.ctx, PROJECT, made, "review") == {"due": "required", "stage": "guard"}
    assert refused(write.update, world.ctx, PROJECT, made, {"company": None}) == {"company": "required"}


def test_the_message_of_a_guard_is_in_the_actors_language(world: World) -> None:
    from dataclasses import replace

    import pytest

    from runtime.errors import Invalid

    made = project(world, due="2030-01-01")
    write.move(world.ctx, PROJECT, made, "active")
    chinese = world.acting(replace(world.ctx.actor, language="zh-Hans"))
    with pytest.raises(Invalid) as caught:
        write.move(chinese, PROJECT, made, "review")
    assert caught.value.problems[0].text == "请先填写预算。"


def test_roles_of_a_transition_and_what_it_sets(world: World, refused: Any) -> None:
    maker = world.person("M", "studio.maker")
    made = project(world, budget=10, due="2030-01-01", owner=maker.actor.user_id)
    write.move(maker, PROJECT, made, "active")
    write.move(maker, PROJECT, made, "review")
    assert refused(write.move, maker, PROJECT, made, "won") == {"stage": "transition_role"}
    saved = write.move(world.ctx, PROJECT, made, "won")
    row = world.row(PROJECT, made)
    assert saved.changed == {"stage", "finished_at", "progress"}
    assert (row["finished_at"], row["progress"]) == (world.ctx.now, 100)


def test_a_new_record_enters_a_later_stage_only_as_a_move_could(world: World, refused: Any) -> None:
    manager = world.person("M", "studio.manager")
    maker = world.person("N", "studio.maker")
    assert refused(write.create, maker, PROJECT, {"name": "A", "stage": "won"}) == {"stage": "transition_role"}
    assert refused(write.create, maker, PROJECT, {"name": "A", "stage": "review"}) == {"stage": "guard", "due": "required"}
    assert refused(write.create, world.ctx, PROJECT, {"name": "A", "stage": "lost"}) == {"lost_reason": "required"}
    assert world.row(PROJECT, write.create(manager, PROJECT, {"name": "A", "stage": "won"}).id)["progress"] == 100


def test_moves_for_the_screen(world: World) -> None:
    manager, maker = world.person("M", "studio.manager"), world.person("N", "studio.maker")
    made = project(world)
    entity = world.ctx.catalog.entity(PROJECT)

    def moves(ctx: Any, **values: Any) -> list[tuple[str, str, tuple[str, ...], str]]:
        record = {
            "id": made,
            **{key: world.row(PROJECT, made)[key] for key in ("stage", "company", "due", "budget", "lost_reason")},
            **values,
        }
        return [(each.key, each.to, each.missing, each.reason) for each in moves_from(ctx, entity, record)]

    assert moves(maker) == [("start", "active", (), ""), ("cancel", "lost", ("lost_reason",), "")]
    assert moves(maker, stage="active")[0] == ("submit", "review", ("due",), "A budget is needed first.")
    assert [each[0] for each in moves(manager, stage="review")] == ["deliver", "cancel"]
    assert [each[0] for each in moves(maker, stage="review")] == ["cancel"]


def _with_stage(world: World, key: str, **more: Any) -> Any:
    """The world's administrator after the stage got these properties."""
    import copy

    from runtime.schema_apply import apply

    document = copy.deepcopy(dict(world.ctx.catalog.documents["studio"]))
    stages = document["pipelines"][0]["stages"]
    next(each for each in stages if each["key"] == key).update(more)
    return apply(world.ctx, {"studio": document}).ctx


def test_a_stage_gives_values_to_what_comes_in(world: World, refused: Any) -> None:
    world.ctx = _with_stage(world, "lost", set={"lost_reason": "Nobody said", "progress": {"expr": "{progress} + 1"}})
    made = project(world, progress=40)
    saved = write.move(world.ctx, PROJECT, made, "lost")  # the reason that the stage requires comes from the stage
    assert saved.changed == {"stage", "lost_reason", "progress"}
    assert (world.row(PROJECT, made)["lost_reason"], world.row(PROJECT, made)["progress"]) == ("Nobody said", 41)
    assert world.changes(PROJECT, made)[-1]["after"]["lost_reason"] == "Nobody said"
    write.update(world.ctx, PROJECT, made, {"lost_reason": "Price"})  # standing there is not coming in
    assert world.row(PROJECT, made)["lost_reason"] == "Price"
    other = write.create(world.ctx, PROJECT, {"name": "B", "stage": "lost", "lost_reason": "Asked"}).id
    assert world.row(PROJECT, other)["lost_reason"] == "Asked"
    assert [
        each.missing
        for each in moves_from(world.ctx, world.ctx.catalog.entity(PROJECT), {"id": other, "stage": "draft"})
        if each.to == "lost"
    ] == [()]


def test_values_of_a_stage_are_checked(world: World) -> None:
    import pytest

    from runtime.errors import Invalid

    with pytest.raises(Invalid) as caught:
        _with_stage(world, "lost", set={"stage": "won", "nothing": 1, "due": {"expr": "1 +"}, "name": {"template": "x"}})
    found = {each.path.rpartition("set/")[2]: each.code for each in caught.value.problems}
    assert {key: found[key] for key in ("stage", "nothing", "name")} == {
        "stage": "not_writable",
        "nothing": "unknown_field",
        "name": "unknown_value",
    }
    assert "due/expr" in found
