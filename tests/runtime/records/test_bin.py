from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from runtime.errors import Conflict, Forbidden, NotFound, Stale
from runtime.records import write
from tests.runtime.records.conftest import COMPANY, PROJECT, World

LINE = "studio.line"
ACTIVITY = "directory.activity"


def test_into_the_bin_and_back(world: World) -> None:
    made = write.create(world.ctx, COMPANY, {"name": "A"}).id
    with pytest.raises(Stale):
        write.delete(world.ctx, COMPANY, made, expected_version=7)
    write.delete(world.ctx, COMPANY, made, expected_version=1)
    assert world.row(COMPANY, made)["deleted_by"] == world.ctx.actor.user_id
    with pytest.raises(NotFound):
        write.update(world.ctx, COMPANY, made, {"name": "B"})
    with pytest.raises(NotFound):
        write.delete(world.ctx, COMPANY, made)
    write.restore(world.ctx, COMPANY, made)
    with pytest.raises(NotFound):
        write.restore(world.ctx, COMPANY, made)
    assert [(each["op"], each["before"], each["version"]) for each in world.changes(COMPANY)][1:] == [
        ("delete", {}, 2),
        ("restore", {}, 3),
    ]


def test_refuse(world: World) -> None:
    company = write.create(world.ctx, COMPANY, {"name": "A"}).id
    project = write.create(world.ctx, PROJECT, {"name": "P", "company": company}).id
    with pytest.raises(Conflict) as caught:
        write.delete(world.ctx, COMPANY, company)
    assert caught.value.problems[0].params["count"] == 1
    write.delete(world.ctx, PROJECT, project)
    write.delete(world.ctx, COMPANY, company)


def test_clear_leaves_a_change(world: World) -> None:
    parent = write.create(world.ctx, PROJECT, {"name": "P"}).id
    child = write.create(world.ctx, PROJECT, {"name": "C", "parent": parent}).id
    write.delete(world.ctx, PROJECT, parent)
    assert world.row(PROJECT, child)["parent"] is None
    assert world.changes(PROJECT, child)[-1]["before"] == {"parent": parent}


def test_children_go_along_and_come_back(world: World) -> None:
    parent = write.create(world.ctx, PROJECT, {"name": "P"}).id
    early, late = write.create_many(world.ctx, LINE, [{"title": str(n), "project": parent} for n in range(2)])
    before = world.acting(world.ctx.actor)
    write.delete(before, LINE, early)
    later = type(world)(world.ctx.__class__(**{**world.ctx.__dict__, "now": world.ctx.now + timedelta(seconds=5)}))
    write.delete(later.ctx, PROJECT, parent)
    assert world.row(LINE, late)["deleted_at"] is not None
    with pytest.raises(Conflict):
        write.restore(world.ctx, LINE, late)
    write.restore(world.ctx, PROJECT, parent)
    assert world.row(LINE, late)["deleted_at"] is None
    assert world.row(LINE, early)["deleted_at"] is not None
    write.restore(world.ctx, LINE, early)


def test_a_ring_of_parents_ends(world: World) -> None:
    one = write.create(world.ctx, PROJECT, {"name": "1"}).id
    two = write.create(world.ctx, PROJECT, {"name": "2", "parent": one}).id
    write.update(world.ctx, PROJECT, one, {"parent": two})
    write.delete_many(world.ctx, PROJECT, [one, two])
    assert world.row(PROJECT, two)["deleted_at"] is not None
    write.purge(world.ctx, PROJECT, one)
    write.purge(world.ctx, PROJECT, two)


def test_purge_is_for_good(world: World) -> None:
    parent = write.create(world.ctx, PROJECT, {"name": "P"}).id
    write.create(world.ctx, LINE, {"title": "L", "project": parent})
    with pytest.raises(NotFound):
        write.purge(world.ctx, PROJECT, parent)
    write.delete(world.ctx, PROJECT, parent)
    write.purge(world.ctx, PROJECT, parent)
    assert [each["op"] for each in world.changes(LINE)] == ["create", "delete", "purge"]
    with pytest.raises(NotFound):
        write.restore(world.ctx, PROJECT, parent)


def test_purge_of_what_is_old(world: World) -> None:
    company = write.create(world.ctx, COMPANY, {"name": "A"}).id
    held = write.create(world.ctx, COMPANY, {"name": "B"}).id
    project = write.create(world.ctx, PROJECT, {"name": "P", "company": held}).id
    write.delete(world.ctx, PROJECT, project)
    write.delete_many(world.ctx, COMPANY, [company, held])
    assert write.purge_expired(world.ctx, COMPANY, world.ctx.now) == 0
    assert write.purge_expired(world.ctx, COMPANY, world.ctx.now + timedelta(seconds=1)) == 1
    assert world.row(COMPANY, held)["deleted_at"] is not None


def test_rights(world: World) -> None:
    maker = world.person("M", "studio.maker")
    project = write.create(maker, PROJECT, {"name": "P"}).id
    with pytest.raises(Forbidden):
        write.delete(maker, PROJECT, project)
    with pytest.raises(NotFound):
        write.delete(world.person("N"), PROJECT, project)
    with pytest.raises(NotFound):
        write.delete(world.person("O", "studio.maker"), PROJECT, project)


def test_children_follow_the_relation_not_the_actors_rights(world: World, refused: Any) -> None:
    manager = world.person("M", "studio.manager")
    project = write.create(manager, PROJECT, {"name": "P"}).id
    write.create(world.ctx, ACTIVITY, {"subject": "s", "studio_project": None})
    line = write.create(world.ctx, LINE, {"title": "L", "project": project}).id
    write.delete(manager, PROJECT, project)
    assert world.row(LINE, line)["deleted_by"] == manager.actor.user_id
