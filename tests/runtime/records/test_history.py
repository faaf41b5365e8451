from __future__ import annotations

import pytest

from runtime.errors import NotFound
from runtime.records import write
from runtime.records.history import history, timeline
from tests.runtime.records.conftest import COMPANY, PROJECT, World


def test_who_changed_what(world: World) -> None:
    made = write.create(world.ctx, PROJECT, {"name": "A"}).id
    write.update(world.ctx, PROJECT, made, {"name": "B", "hours": 2})
    newest, oldest = history(world.ctx, PROJECT, made)
    assert (newest.op, newest.before, newest.after) == ("update", {"name": "A", "hours": None}, {"name": "B", "hours": "2.0"})
    assert (newest.actor_kind, newest.actor_name) == ("person", "Admin")
    assert (oldest.op, oldest.version) == ("create", 1)
    assert history(world.ctx, PROJECT, made, limit=1, before=newest.id) == [oldest]


def test_hidden_fields_are_hidden_in_the_history(world: World) -> None:
    maker = world.person("M", "studio.maker")
    made = write.create(world.ctx, PROJECT, {"name": "A", "cost": 5, "budget": 9, "owner": maker.actor.user_id}).id
    write.update(world.ctx, PROJECT, made, {"cost": 6})
    newest, oldest = history(maker, PROJECT, made)
    assert (newest.before, newest.after) == ({}, {})
    assert "cost" not in oldest.after
    assert "margin" not in oldest.after  # computed from what is hidden
    assert oldest.after["budget"] == "9.00"
    with pytest.raises(NotFound):
        history(world.person("O", "studio.maker"), PROJECT, made)


def test_life_line_in_words(world: World) -> None:
    company = write.create(world.ctx, COMPANY, {"name": "云帆"}).id
    made = write.create(world.ctx, PROJECT, {"name": "A"}).id
    write.create(world.ctx, "studio.line", {"title": "Part 1", "project": made})
    write.update(world.ctx, PROJECT, made, {"company": company, "channels": ["web"], "urgent": True, "owner": None})
    events = timeline(world.ctx, PROJECT, made)
    assert {(event.op, event.entity, event.title) for event in events} == {
        ("create", PROJECT, "A"), ("update", PROJECT, "A"), ("create", "studio.line", "Part 1"),
    }  # fmt: skip
    (update,) = [event for event in events if event.op == "update"]
    assert {each.field: (each.before, each.after) for each in update.differences} == {
        "company": ("", "云帆"), "channels": ("", "Web"), "urgent": ("no", "yes"), "owner": ("Admin", ""),
    }  # fmt: skip
