"""The laws of the three-way merge, and what it does where both sides changed something."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given, settings

from builder.diff import diff, same
from builder.merge import Policy, merge, merge_order
from builder.upgrade_policy import classify, upgrade_policy
from tests.builder.documents import DOCUMENTS
from tests.everything_app import studio_app

EXAMPLES = settings(max_examples=100, deadline=None)


@EXAMPLES
@given(DOCUMENTS, DOCUMENTS)
def test_nothing_new_upstream_changes_nothing(base: Any, mine: Any) -> None:
    for policy in (Policy(), upgrade_policy()):
        merged = merge(base, mine, base, policy)
        assert same(merged.document, mine)
        assert merged.conflicts == ()


@EXAMPLES
@given(DOCUMENTS, DOCUMENTS)
def test_nothing_changed_here_gives_exactly_theirs(base: Any, theirs: Any) -> None:
    merged = merge(base, base, theirs)
    assert same(merged.document, theirs)
    assert merged.conflicts == ()


@EXAMPLES
@given(DOCUMENTS, DOCUMENTS, DOCUMENTS)
def test_upgrading_twice_is_upgrading_once(base: Any, mine: Any, theirs: Any) -> None:
    for policy in (Policy(), upgrade_policy()):
        once = merge(base, mine, theirs, policy).document
        again = merge(theirs, once, theirs, policy)
        assert same(again.document, once)
        assert again.conflicts == ()


@EXAMPLES
@given(DOCUMENTS, DOCUMENTS, DOCUMENTS)
def test_every_conflict_can_be_resolved_either_way_and_nothing_is_changed_in_place(base: Any, mine: Any, theirs: Any) -> None:
    kept = copy.deepcopy((base, mine, theirs))
    found = merge(base, mine, theirs)
    assert same(list(kept), [base, mine, theirs])
    theirs_everywhere = merge(base, mine, theirs, resolve={each.path: "theirs" for each in found.conflicts})
    assert all(
        each.chosen == "theirs" for each in theirs_everywhere.conflicts if each.path in {one.path for one in found.conflicts}
    )
    assert same(merge(base, mine, theirs, resolve={each.path: "mine" for each in found.conflicts}).document, found.document)


@EXAMPLES
@given(DOCUMENTS, DOCUMENTS)
def test_both_made_the_same_change(base: Any, both: Any) -> None:
    merged = merge(base, both, both)
    assert same(merged.document, both) and merged.conflicts == ()


@EXAMPLES
@given(DOCUMENTS, DOCUMENTS, DOCUMENTS)
def test_no_item_of_one_side_is_lost_without_a_conflict(base: Any, mine: Any, theirs: Any) -> None:
    merged = merge(base, mine, theirs)
    conflicts = {each.path for each in merged.conflicts}

    def keys(document: Any) -> set[str]:
        return {each["key"] for each in document.get("entities", [])}

    removed = (keys(base) - keys(mine)) | (keys(base) - keys(theirs))
    for key in (keys(mine) | keys(theirs)) - keys(merged.document):
        assert key in removed or f"entities/{key}" in conflicts


def test_a_chain_of_three_versions_keeps_every_local_change() -> None:
    first, second, third = studio_app(), studio_app(), studio_app()
    second["entities"][0]["fields"].append({"key": "risk", "type": "text"})
    third["entities"][0]["fields"].append({"key": "risk", "type": "text", "required": True})
    third["views"][0]["sort"] = ["name"]
    mine = studio_app()
    mine["entities"][0]["label"]["en"] = "Job"
    mine["entities"][0]["fields"].insert(1, {"key": "own_note", "type": "text"})
    once = merge(first, mine, second, upgrade_policy()).document
    twice = merge(second, once, third, upgrade_policy()).document
    project = twice["entities"][0]
    assert project["label"]["en"] == "Job"
    assert [each["key"] for each in project["fields"]][:2] == ["name", "own_note"]
    assert project["fields"][-1] == {"key": "risk", "type": "text", "required": True}
    assert twice["views"][0]["sort"] == ["name"]


def test_what_both_changed_stays_mine_and_is_reported() -> None:
    base = {"views": [{"key": "all", "sort": ["a"]}]}
    mine, theirs = {"views": [{"key": "all", "sort": ["b"]}]}, {"views": [{"key": "all", "sort": ["c"]}]}
    merged = merge(base, mine, theirs)
    assert merged.document == mine
    (conflict,) = merged.conflicts
    assert (conflict.path, conflict.base, conflict.mine, conflict.theirs) == ("views/all/sort", ["a"], ["b"], ["c"])
    assert merge(base, mine, theirs, resolve={"views/all/sort": "theirs"}).document == theirs


def test_a_condition_is_one_value() -> None:
    base = {"views": [{"key": "all", "filter": {"all": [1]}}]}
    mine, theirs = {"views": [{"key": "all", "filter": {"any": [1]}}]}, {"views": [{"key": "all", "filter": {"all": [2]}}]}
    assert merge(base, mine, theirs).document == mine


def test_options_follow_the_type_that_was_chosen() -> None:
    def document(**field: Any) -> dict[str, Any]:
        return {"entities": [{"key": "lead", "fields": [{"key": "size", **field}]}]}

    base = document(type="text", options={"max_length": 10})
    mine = document(type="number", options={"decimals": 2})
    theirs = document(type="text", options={"max_length": 99})
    assert merge(base, mine, theirs).document == mine
    both = document(type="currency", options={"currency": "USD"})
    assert merge(base, mine, both, upgrade_policy()).document == both


def test_removed_here_but_changed_there_is_a_conflict_that_stays_removed() -> None:
    base = {"views": [{"key": "a", "sort": ["x"]}, {"key": "b"}]}
    mine, theirs = {"views": [{"key": "b"}]}, {"views": [{"key": "a", "sort": ["y"]}, {"key": "b"}]}
    merged = merge(base, mine, theirs)
    assert merged.document == mine
    assert [(each.path, each.absent) for each in merged.conflicts] == [("views/a", ("mine",))]


def test_what_is_in_use_stays_when_upstream_removes_it() -> None:
    base = {"entities": [{"key": "lead", "fields": [{"key": "fax", "type": "text"}, {"key": "name", "type": "text"}]}]}
    theirs = {"entities": [{"key": "lead", "fields": [{"key": "name", "type": "text"}]}]}
    kept = merge(base, base, theirs, upgrade_policy(lambda path: path == "entities/lead/fields/fax"))
    assert kept.document == base
    assert merge(base, base, theirs, upgrade_policy()).document == theirs


def test_rights_recipients_and_thresholds_are_not_moved_by_an_upgrade() -> None:
    assert classify("roles/sales/grants/lead") == "kept"
    assert classify("roles/sales/grants/lead/read") == "kept"
    assert classify("automations/overdue/enabled") == "kept"
    assert classify("automations/overdue/settings/first/default") == "kept"
    assert classify("views/all/roles") == "kept"
    assert classify("entities/lead/fields/size/type") == "owned"
    assert classify("entities/lead/fields/size/label/en") == "local"
    assert classify("entities/lead/fields/size/required") == "merge"
    base = {"roles": [{"key": "sales", "grants": [{"entity": "lead", "read": ["own"]}]}]}
    wider = {"roles": [{"key": "sales", "grants": [{"entity": "lead", "read": ["all"]}, {"entity": "quote", "read": ["own"]}]}]}
    merged = merge(base, base, wider, upgrade_policy())
    assert merged.document["roles"][0]["grants"] == [{"entity": "lead", "read": ["own"]}, {"entity": "quote", "read": ["own"]}]


def test_order_follows_who_rearranged() -> None:
    assert merge_order(["a", "b"], ["a", "b", "m"], ["b", "a", "t"]) == ["b", "m", "a", "t"]
    assert merge_order(["a", "b"], ["b", "a"], ["a", "t", "b"]) == ["b", "a", "t"]
    assert merge_order([], ["a"], ["b"]) == ["b", "a"]


def test_diff_of_equal_documents_is_empty_and_true_is_not_one() -> None:
    assert diff(studio_app(), studio_app()) == []
    assert [each.kind for each in diff({"a": 1}, {"a": True})] == ["changed"]
