"""Choices that are taken away hand their records over, by the one write path."""

from __future__ import annotations

from typing import Any

import pytest

from builder.errors import Problem
from runtime.errors import Invalid
from runtime.records import write
from runtime.records.history import history
from runtime.schema import limits
from tests.runtime.schema.conftest import Shop

STATE = "entities/item/fields/state/options"


def retire(gone: str, heir: str, *more: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    return (
        {"op": "remove", "path": f"{STATE}/choices/{gone}"},
        {"op": "set", "path": f"{STATE}/retired", "value": {gone: heir}},
        *more,
    )


def test_records_of_a_retired_choice_get_the_other_with_history(shop: Shop) -> None:
    made = [write.create(shop.ctx, "shop.item", {"name": name, "state": "old"}).id for name in ("Cup", "Pot")]
    other = write.create(shop.ctx, "shop.item", {"name": "Jug", "state": "new"}).id
    binned = write.create(shop.ctx, "shop.item", {"name": "Lid", "state": "old"}).id
    write.delete(shop.ctx, "shop.item", binned)
    planned = next(each for each in shop.plan(*retire("old", "new")).items if each.path.endswith("choices/old"))
    assert (planned.rows, planned.params["heir"]) == (2, "new")
    shop.change(*retire("old", "new"))
    assert shop.values("state") == ["new", "new", "new", "old"]
    last = [history(shop.ctx, "shop.item", each, limit=1)[0] for each in made]
    assert [(each.before["state"], each.after["state"]) for each in last] == [("old", "new")] * 2
    assert len(history(shop.ctx, "shop.item", other, limit=9)) == 1
    shop.change({"op": "set", "path": "label", "value": "Shop"})  # what was handed over stays so


def test_a_rule_in_the_way_publishes_nothing_and_says_which_record(shop: Shop) -> None:
    write.create(shop.ctx, "shop.item", {"name": "Cup", "state": "old"})
    stages = [{"key": "new", "require": ["size"]}]
    pipeline = {
        "op": "set",
        "path": "pipelines",
        "value": [{"key": "life", "entity": "item", "field": "state", "stages": stages}],
    }
    with pytest.raises(Invalid) as caught:
        shop.change(*retire("old", "new", pipeline))
    first: Problem = caught.value.problems[0]
    assert (first.code, first.params["record"], first.params["field"]) == ("cannot_move", "Cup", "size")
    assert shop.ctx.catalog.versions["shop"] == 1 and shop.values("state") == ["old"]


def test_too_many_records_are_refused_before_anything_happens(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("Cup", "Pot"):
        write.create(shop.ctx, "shop.item", {"name": name, "state": "old"})
    monkeypatch.setattr(limits, "BIG_TABLE_ROWS", 1)
    assert [each.code for each in shop.plan(*retire("old", "new")).problems] == ["too_many"]


def test_who_inherits_must_be_a_choice_and_who_goes_must_not(shop: Shop) -> None:
    wrong = {"op": "set", "path": f"{STATE}/retired", "value": {"old": "new", "gone": "nobody"}}
    assert {each.code for each in shop.plan(wrong).problems} == {"still_a_choice", "unknown_choice"}
