"""Acts on views: the fields on cards have an order, options follow fields that get another key."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from builder.acts import perform
from builder.check import check_app
from builder.operations import BadOperation
from tests.web.test_design_views import APP

BOARD = "views/all_deals"
CARD = f"{BOARD}/options/card"


@pytest.fixture
def board() -> dict[str, Any]:
    return perform(copy.deepcopy(APP), [{"op": "set_view_type", "path": BOARD, "value": "kanban"}], APP).document


def card(document: dict[str, Any]) -> list[str]:
    return next(each["options"].get("card", []) for each in document["views"] if each["key"] == "all_deals")


def test_fields_on_cards_are_added_moved_and_taken_off(board: dict[str, Any]) -> None:
    acts = [{"op": "new_column", "list": CARD, "key": key} for key in ("amount", "owner", "firm.city")]
    outcome = perform(board, acts, APP)
    assert card(outcome.document) == ["amount", "owner", "firm.city"]
    assert outcome.made == f"{CARD}/firm.city"
    assert check_app(outcome.document, {}) == []
    moved = perform(outcome.document, [{"op": "place", "path": f"{CARD}/firm.city", "list": CARD, "after": None}], APP).document
    assert card(moved) == ["firm.city", "amount", "owner"]
    moved = perform(moved, [{"op": "place", "path": f"{CARD}/firm.city", "list": CARD, "after": "amount"}], APP).document
    assert card(moved) == ["amount", "firm.city", "owner"]
    left = perform(moved, [{"op": "remove_card_field", "path": f"{CARD}/amount"}], APP).document
    assert card(left) == ["firm.city", "owner"]


@pytest.mark.parametrize(
    "act",
    [
        {"op": "new_column", "list": CARD, "key": "amount", "after": "nothing"},
        {"op": "remove_card_field", "path": f"{CARD}/amount"},
        {"op": "place", "path": f"{CARD}/amount", "list": CARD, "after": None},
        {"op": "new_column", "list": "views/nothing/options/card", "key": "amount"},
    ],
)
def test_what_does_not_fit_a_card_is_refused(board: dict[str, Any], act: dict[str, Any]) -> None:
    with pytest.raises(BadOperation):
        perform(board, [act], APP)


def test_a_column_that_a_board_hides_goes_with_its_stage(board: dict[str, Any]) -> None:
    hidden = perform(board, [{"op": "set", "path": f"{BOARD}/options/hidden", "value": ["talk", "won"]}], APP).document
    assert check_app(hidden, {}) == []
    gone = perform(hidden, [{"op": "remove_stage", "path": "pipelines/stages/stages/talk"}], APP).document
    assert check_app(gone, {}) == []
    wrong = perform(board, [{"op": "set", "path": f"{BOARD}/options/hidden", "value": ["nothing"]}], APP).document
    assert [each.code for each in check_app(wrong, {})] == ["unknown_choice"]


def test_colour_rules_and_roles_are_checked(board: dict[str, Any]) -> None:
    rule = {"key": "big", "color": "red", "when": {"field": "amount", "op": "gt", "value": 100}}
    good = perform(
        board,
        [
            {"op": "set", "path": f"{BOARD}/colors", "value": [rule]},
            {"op": "set", "path": f"{BOARD}/opens_for", "value": ["boss"]},
        ],
        APP,
    )
    assert check_app(good.document, {}) == []
    acts = [
        {"op": "set", "path": f"{BOARD}/colors/big/when", "value": {"field": "gone", "op": "is", "value": 1}},
        {"op": "set", "path": f"{BOARD}/opens_for", "value": ["nobody"]},
    ]
    bad = perform(good.document, acts, APP).document
    assert {each.path.partition("/when")[0] for each in check_app(bad, {})} == {f"{BOARD}/colors/big", f"{BOARD}/opens_for"}
