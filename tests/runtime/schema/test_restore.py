"""The trash gives back what it took, values included; older versions come back with them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from runtime.context import Actor
from runtime.errors import Conflict, Forbidden, NotFound
from runtime.schema.live import read_live
from runtime.schema.names import is_trash
from runtime.schema.trash import purge, trash_of
from runtime.schema_apply import apply
from runtime.schema_drift import drift
from runtime.schema_plan import plan
from runtime.schema_restore import plan_version, restore_from_trash, restore_version
from tests.factories import install, make_place
from tests.runtime.schema.conftest import Shop
from tests.runtime.schema.test_apply import drop, field, put


def test_a_removed_field_comes_back_with_its_values(shop: Shop) -> None:
    shop.add(name="Cup", size="L")
    shop.change(drop("size"), accept=True)
    (item,) = trash_of(shop.ctx)
    shop.went(restore_from_trash(shop.ctx, item.id))
    assert shop.values("size") == ["L"]
    assert trash_of(shop.ctx) == []


def test_it_does_not_come_back_over_a_new_field_of_its_key(shop: Shop) -> None:
    shop.add(name="Cup", size="L")
    shop.change(drop("size"), accept=True)
    shop.change(field("size", "number"))
    (item,) = trash_of(shop.ctx)
    with pytest.raises(Conflict):
        restore_from_trash(shop.ctx, item.id)


def test_a_type_change_is_taken_back_with_what_was_edited_meanwhile(shop: Shop) -> None:
    for size in ("12", "about 5", None):
        shop.add(name="x", size=size)
    shop.change(put("size", "number"), accept=True)
    table = shop.table()
    edited = {table.c.size.name: 99, "changed_at": shop.ctx.now}
    shop.connection.execute(sa.update(table).where(table.c.size == 12).values(edited))
    shop.add(name="new", size=7, changed_at=shop.ctx.now)
    (item,) = trash_of(shop.ctx)
    shop.went(restore_from_trash(shop.ctx, item.id))
    assert shop.ctx.catalog.entity("shop.item").fields["size"].field.type == "text"
    assert shop.values("size") == ["99", "about 5", None, "7"]


def test_links_come_back_and_those_to_records_that_are_gone_do_not(shop: Shop) -> None:
    mark, gone = shop.add("mark", name="M"), shop.add("mark", name="gone")
    cup = shop.add(name="Cup", maker=shop.add("maker", name="A"))
    link = shop.ctx.catalog.entity("shop.item").fields["marks"].link
    assert link is not None
    shop.connection.execute(sa.insert(link), [{"source_id": cup, "target_id": target} for target in (mark, gone)])
    shop.change(drop("marks"), drop("maker"), accept=True)
    shop.connection.execute(sa.delete(shop.table("mark")).where(shop.table("mark").c.id == gone))
    shop.connection.execute(sa.delete(shop.table("maker")))
    for item in trash_of(shop.ctx):
        shop.went(restore_from_trash(shop.ctx, item.id))
    link = shop.ctx.catalog.entity("shop.item").fields["marks"].link
    assert link is not None
    assert shop.connection.execute(sa.select(link)).all() == [(cup, mark)]
    assert shop.values("maker") == [None]


def test_an_entity_comes_back_with_its_records_and_links(shop: Shop) -> None:
    operations = [{"op": "add", "path": "entities/mark/fields", "value": {"key": "like", "type": "relation", "options": {"to": "mark", "kind": "many_to_many"}}}]  # fmt: skip
    shop.change(*operations)
    one = shop.add("mark", name="M")
    link = shop.ctx.catalog.entity("shop.mark").fields["like"].link
    assert link is not None
    shop.connection.execute(sa.insert(link).values(source_id=one, target_id=one))
    shop.change({"op": "remove", "path": "entities/mark"}, drop("marks"), accept=True)
    item = next(each for each in trash_of(shop.ctx) if each.kind == "table")
    shop.went(restore_from_trash(shop.ctx, item.id))
    assert shop.values("name", "mark") == ["M"]
    link = shop.ctx.catalog.entity("shop.mark").fields["like"].link
    assert link is not None
    assert shop.connection.execute(sa.select(link)).all() == [(one, one)]
    shop.add("mark", name="next")  # the identity goes on
    assert len(shop.values("name", "mark")) == 2


def test_an_older_version_comes_back_with_its_values(shop: Shop) -> None:
    shop.add(name="Cup", size="L", price=5)
    shop.change(drop("price"), field("weight", "number"), accept=True)
    shop.change(put("size", "number"), accept=True)
    planned, restoring, _ = plan_version(shop.ctx, "shop", 1)
    assert set(restoring) == {("shop.item", "price"), ("shop.item", "size")}
    assert not planned.losses
    shop.went(restore_version(shop.ctx, "shop", 1))
    assert (shop.values("size"), [str(each) for each in shop.values("price")]) == (["L"], ["5"])
    assert shop.ctx.catalog.versions == {"shop": 4}


def test_going_back_further_than_a_type_change_takes_the_column_of_that_time(shop: Shop) -> None:
    shop.add(name="x", size="2026-01-02")
    shop.change(put("size", "date"))
    shop.change(put("size", "long_text"))
    shop.change(put("size", "number"), accept=True)
    shop.went(restore_version(shop.ctx, "shop", 1))
    assert shop.values("size") == ["2026-01-02"]


def test_an_uninstalled_app_comes_back_with_everything(engine: Engine) -> None:
    with engine.connect() as connection:
        ctx = install(connection, make_place(connection))
        company = ctx.catalog.entity("directory.company").table
        tag = ctx.catalog.entity("studio.tag").table
        connection.execute(sa.insert(company).values(name="A", studio_budget=5))
        connection.execute(sa.insert(tag).values(name="T"))
        token = plan(ctx, {"studio": None}).token
        ctx = replace(apply(ctx, {"studio": None}, accept_loss=token).ctx, now=ctx.now + timedelta(minutes=1))
        ctx = restore_version(ctx, "studio", 1).ctx
        assert drift(ctx) == []
        assert trash_of(ctx) == []
        assert connection.scalar(sa.select(ctx.catalog.entity("directory.company").table.c.studio_budget)) == 5
        assert connection.scalar(sa.select(ctx.catalog.entity("studio.tag").table.c.name)) == "T"
        connection.rollback()


def test_an_extension_field_comes_back_alone(engine: Engine) -> None:
    with engine.connect() as connection:
        ctx = install(connection, make_place(connection))
        connection.execute(sa.insert(ctx.catalog.entity("directory.company").table).values(name="A", studio_budget=5))
        document = dict(ctx.catalog.documents["studio"])
        document["extends"] = [each for each in document["extends"] if each["key"] != "company_facts"]
        ctx = apply(ctx, {"studio": document}, accept_loss=plan(ctx, {"studio": document}).token).ctx
        (item,) = trash_of(ctx)
        ctx = restore_from_trash(ctx, item.id).ctx
        assert drift(ctx) == []
        assert connection.scalar(sa.select(ctx.catalog.entity("directory.company").table.c.studio_budget)) == 5
        connection.rollback()


def test_what_has_lain_long_enough_is_really_dropped(shop: Shop) -> None:
    shop.add(name="Cup", size="L")
    shop.change(drop("size"), accept=True)
    shop.change({"op": "remove", "path": "entities/mark"}, drop("marks"))
    assert purge(shop.ctx) == 0
    late = replace(shop.ctx, now=shop.ctx.now + timedelta(days=31))
    assert purge(late) == 3
    assert drift(late) == []
    names = read_live(shop.connection, shop.ctx.workspace.schema)
    assert not [name for name in names if is_trash(name)]
    assert not [name for name in names["shop__item"].columns if is_trash(name)]


def test_only_what_is_there_and_only_by_administrators(shop: Shop) -> None:
    with pytest.raises(NotFound):
        restore_from_trash(shop.ctx, 0)
    with pytest.raises(NotFound):
        restore_version(shop.ctx, "shop", 99)
    clerk = replace(shop.ctx, actor=Actor("person", 1, "Clerk"))
    with pytest.raises(Forbidden):
        restore_from_trash(clerk, 1)
