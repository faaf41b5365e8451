"""What the log holds of an earlier field or entity is never shown as that of a later one of the same key."""

from __future__ import annotations

import sqlalchemy as sa

from runtime.platform.apps import InstalledApp
from runtime.records.history import history
from runtime.records.write import create, update
from runtime.schema.trash import trash_of
from runtime.schema_restore import restore_from_trash
from tests.runtime.schema.conftest import Shop
from tests.runtime.schema.test_apply import drop, field


def shown(shop: Shop, record: int) -> list[str]:
    """Every value of `size` in the history of an item."""
    entries = history(shop.ctx, "shop.item", record)
    return [str(values["size"]) for entry in entries for values in (entry.after, entry.before) if values.get("size") is not None]


def test_history_of_an_earlier_field_stays_hidden(shop: Shop) -> None:
    record = create(shop.ctx, "shop.item", {"name": "Cup", "size": "secret"}).id
    assert shown(shop, record) == ["secret"]
    shop.change(drop("size"), accept=True)
    assert shown(shop, record) == []
    shop.change(field("size", "text"))
    assert shown(shop, record) == []
    update(shop.ctx, "shop.item", record, {"size": "new"})
    assert shown(shop, record) == ["new"]
    reloaded = shop.connection.scalar(sa.select(InstalledApp.births).where(InstalledApp.workspace_id == shop.ctx.workspace.id))
    assert reloaded == shop.ctx.catalog.births["shop"]


def test_a_field_that_comes_back_brings_its_history(shop: Shop) -> None:
    record = create(shop.ctx, "shop.item", {"name": "Cup", "size": "L"}).id
    shop.change(drop("size"), accept=True)
    (item,) = trash_of(shop.ctx)
    shop.went(restore_from_trash(shop.ctx, item.id))
    assert shown(shop, record) == ["L"]


def test_a_new_entity_of_an_old_name_does_not_give_old_ids_again(shop: Shop) -> None:
    old = create(shop.ctx, "shop.mark", {"name": "Old"}).id
    removed = shop.document()["entities"][2]
    shop.change({"op": "remove", "path": "entities/mark"}, drop("marks"), accept=True)
    shop.change({"op": "add", "path": "entities", "value": removed})
    new = create(shop.ctx, "shop.mark", {"name": "New"}).id
    assert new > old
    assert [entry.after["name"] for entry in history(shop.ctx, "shop.mark", new)] == ["New"]
