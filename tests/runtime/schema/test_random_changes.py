"""Random histories of changes: whatever the order, tables and definitions agree and nothing that is kept is lost."""

from __future__ import annotations

import random
from typing import Any

import pytest
import sqlalchemy as sa

from runtime.errors import Conflict
from runtime.schema.trash import trash_of
from runtime.schema_restore import restore_from_trash, restore_version
from tests.runtime.schema.conftest import Shop

CHOICES = {"choices": [{"key": "a", "label": "A"}, {"key": "b", "label": "B"}]}
TYPES: list[tuple[str, dict[str, Any]]] = [
    ("text", {}), ("long_text", {}), ("number", {}), ("number", {"decimals": 2}), ("currency", {}), ("percent", {}), ("boolean", {}),
    ("date", {}), ("datetime", {}), ("select", CHOICES), ("multi_select", CHOICES), ("auto_number", {"pattern": "{000}"}),
    ("phone", {}), ("email", {}), ("url", {}), ("person", {}), ("team", {}), ("relation", {"to": "maker"}),
    ("relation", {"to": "mark"}), ("relation", {"to": "maker", "kind": "many_to_many"}), ("relation", {"to": "item"}),
    ("formula", {"expression": "UPPER({name})", "result": "text"}), ("formula", {"expression": "TODAY()", "result": "date"}),
]  # fmt: skip
KEYS = ["f1", "f2", "f3", "f4"]


def random_change(chance: random.Random, present: list[str]) -> dict[str, Any]:
    key = chance.choice(KEYS)
    kind, options = chance.choice(TYPES)
    value = {"key": key, "type": kind, "options": options}
    if key not in present:
        return {"op": "add", "path": "entities/item/fields", "value": value}
    if chance.random() < 0.25:
        return {"op": "remove", "path": f"entities/item/fields/{key}"}
    return {"op": "set", "path": f"entities/item/fields/{key}", "value": value}


@pytest.mark.parametrize("seed", range(4))
def test_tables_follow_the_definitions_through_any_history(shop: Shop, seed: int) -> None:
    chance = random.Random(seed)
    names = ["12", "2026-03-05", "A", "yes", "a@b.example"]
    for name in names:
        shop.add(name=name, size=name)
    for _ in range(14):
        present = [key for key in shop.ctx.catalog.entity("shop.item").fields if key in KEYS]
        shop.change(*[random_change(chance, present)], accept=True)
        text_fields = [
            key for key in KEYS if (each := shop.ctx.catalog.entity("shop.item").fields.get(key)) and each.field.type == "text"
        ]
        for key in text_fields:
            shop.connection.execute(
                sa.update(shop.table()).where(shop.table().c[key].is_(None)).values({key: shop.table().c.name})
            )
    for item in trash_of(shop.ctx)[:4]:
        if item.id in {each.id for each in trash_of(shop.ctx)}:
            try:
                shop.went(restore_from_trash(shop.ctx, item.id))
            except Conflict:
                continue
    shop.went(restore_version(shop.ctx, "shop", 1, accept_loss=_token(shop)))
    assert shop.values("name") == names
    assert shop.values("size") == names


def _token(shop: Shop) -> str:
    from runtime.schema_restore import plan_version

    return plan_version(shop.ctx, "shop", 1)[0].token
