"""Versions and drafts: undo and redo, publishing, and two people publishing at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine

from builder.diff import same
from runtime import store
from runtime.context import Actor, Context
from runtime.errors import Forbidden, Invalid, NotFound
from runtime.schema_drift import drift
from runtime.schema_restore import restore_version
from tests.factories import install, make_place, make_user
from tests.runtime.schema.conftest import shop_app

FIELDS = "entities/item/fields"


@pytest.fixture
def ctx(engine: Engine) -> Iterator[Context]:
    with engine.connect() as connection:
        yield install(connection, make_place(connection), {"shop": shop_app()})
        connection.rollback()


def label(text: str) -> dict[str, Any]:
    return {"op": "set", "path": f"{FIELDS}/name/label", "value": text}


def other_admin(ctx: Context) -> Context:
    return replace(ctx, actor=make_user(ctx.connection, ctx.workspace, "Second", is_admin=True))


def test_without_a_draft_one_sees_what_is_published(ctx: Context) -> None:
    found = store.draft(ctx, "shop")
    assert (found.base_version, found.can_undo, found.behind) == (1, False, False)
    assert same(found.document, shop_app())
    with pytest.raises(NotFound):
        store.draft(ctx, "nothing")


def test_undo_and_redo_walk_through_the_changes(ctx: Context) -> None:
    first = store.change_draft(ctx, "shop", [label("One")])
    second = store.change_draft(ctx, "shop", [{"op": "move", "path": f"{FIELDS}/price", "after": None}])
    assert same(store.undo_draft(ctx, "shop").document, first.document)
    start = store.undo_draft(ctx, "shop")
    assert same(start.document, shop_app())
    assert (start.can_undo, start.can_redo) == (False, True)
    assert same(store.undo_draft(ctx, "shop").document, shop_app())
    store.redo_draft(ctx, "shop")
    assert same(store.redo_draft(ctx, "shop").document, second.document)
    store.undo_draft(ctx, "shop")
    replaced = store.change_draft(ctx, "shop", [label("Other")])
    assert not replaced.can_redo


def test_a_draft_belongs_to_one_person_and_touches_nothing_until_it_is_published(ctx: Context) -> None:
    store.change_draft(ctx, "shop", [{"op": "add", "path": FIELDS, "value": {"key": "extra", "type": "text"}}])
    second = other_admin(ctx)
    assert same(store.draft(second, "shop").document, shop_app())
    applied = store.publish(ctx, "shop", note="An extra field")
    assert drift(applied.ctx) == []
    assert "extra" in applied.ctx.catalog.entity("shop.item").fields
    assert not store.draft(applied.ctx, "shop").can_undo
    newest, oldest = store.history(applied.ctx, "shop")
    assert (newest.number, newest.note, newest.author, oldest.number) == (2, "An extra field", "Admin", 1)
    kept = store.version(applied.ctx, "shop", 2)
    assert kept.plan is not None
    assert [each["path"] for each in kept.plan["items"]] == ["shop/entities/item/fields/extra"]
    assert same(store.current(applied.ctx, "shop").document, kept.document)


def test_an_unfinished_draft_is_kept_but_not_published(ctx: Context) -> None:
    store.change_draft(ctx, "shop", [{"op": "add", "path": FIELDS, "value": {"key": "sum", "type": "formula"}}])
    planned, _ = store.plan_draft(ctx, "shop")
    assert planned.problems
    with pytest.raises(Invalid):
        store.publish(ctx, "shop")
    store.discard_draft(ctx, "shop")
    assert same(store.draft(ctx, "shop").document, shop_app())


def test_two_people_change_different_places_and_both_are_kept(ctx: Context) -> None:
    second = other_admin(ctx)
    store.change_draft(ctx, "shop", [label("Mine")])
    store.change_draft(second, "shop", [{"op": "add", "path": FIELDS, "value": {"key": "theirs", "type": "text"}}])
    after = store.publish(second, "shop").ctx
    first = replace(after, actor=ctx.actor)
    assert store.draft(first, "shop").behind
    after = store.publish(first, "shop").ctx
    fields = after.catalog.entity("shop.item").fields
    assert fields["name"].field.label.in_language("en") == "Mine"
    assert "theirs" in fields


@pytest.mark.parametrize(("choice", "expected"), [("mine", "Mine"), ("theirs", "Theirs")])
def test_two_people_change_the_same_place_and_the_second_chooses(ctx: Context, choice: str, expected: str) -> None:
    second = other_admin(ctx)
    store.change_draft(ctx, "shop", [label("Mine")])
    store.change_draft(second, "shop", [label("Theirs")])
    first = replace(store.publish(second, "shop").ctx, actor=ctx.actor)
    with pytest.raises(store.MergeNeeded) as caught:
        store.publish(first, "shop")
    (conflict,) = caught.value.conflicts
    assert (conflict.path, conflict.mine, conflict.theirs) == (f"{FIELDS}/name/label", "Mine", "Theirs")
    after = store.publish(first, "shop", resolve={conflict.path: choice}).ctx
    assert after.catalog.entity("shop.item").fields["name"].field.label.in_language("en") == expected


def test_a_new_app_begins_as_a_draft(ctx: Context) -> None:
    store.save_draft(
        ctx, "club", {"format": 1, "key": "club", "entities": [{"key": "member", "fields": [{"key": "name", "type": "text"}]}]}
    )
    applied = store.publish(ctx, "club")
    assert applied.versions == {"club": 1}
    assert drift(applied.ctx) == []


def test_undo_of_a_publication_is_the_older_version_applied_again(ctx: Context) -> None:
    store.change_draft(ctx, "shop", [label("Mine")])
    after = store.publish(ctx, "shop").ctx
    back = restore_version(after, "shop", 1, note="Back").ctx
    assert same(back.catalog.documents["shop"], shop_app())
    assert [each.number for each in store.history(back, "shop")] == [3, 2, 1]


def test_bad_operations_and_other_peoples_business(ctx: Context) -> None:
    with pytest.raises(Invalid):
        store.change_draft(ctx, "shop", [{"op": "remove", "path": "entities/nobody"}])
    with pytest.raises(Invalid):
        store.save_draft(ctx, "shop", {"key": "other"})
    clerk = replace(ctx, actor=Actor("person", 1, "Clerk"))
    for verb in (store.draft, store.history, store.discard_draft, store.undo_draft):
        with pytest.raises(Forbidden):
            verb(clerk, "shop")
