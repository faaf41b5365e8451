"""Acts on pipelines: stages and choices change together, and nothing is left that speaks of what went."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from builder.acts import perform
from builder.check import check_app
from builder.operations import BadOperation
from tests.web.test_design_views import APP

PATH, OPTIONS = "pipelines/stages", "entities/deal/fields/stage/options"


def done(*acts: dict[str, Any], document: dict[str, Any] | None = None) -> Any:
    return perform(document or copy.deepcopy(APP), acts, APP)


def options_of(document: dict[str, Any]) -> dict[str, Any]:
    deal = next(each for each in document["entities"] if each["key"] == "deal")
    return next(each["options"] for each in deal["fields"] if each["key"] == "stage")


def test_records_of_a_removed_stage_have_an_heir() -> None:
    first = done({"op": "remove_stage", "path": f"{PATH}/stages/talk", "heir": "new"}).document
    assert options_of(first)["retired"] == {"talk": "new"}
    assert check_app(first, {}) == []
    second = done({"op": "remove_stage", "path": f"{PATH}/stages/new", "heir": "won"}, document=first).document
    assert options_of(second)["retired"] == {"talk": "won", "new": "won"}
    made = done({"op": "new_stage", "path": PATH, "label": {"en": "Talk"}}, document=first)
    assert made.made.endswith("/talk_2")  # a key that is gone is not used again


def test_what_was_never_published_has_no_records_to_hand_over() -> None:
    made = done({"op": "new_stage", "path": PATH, "label": {"en": "Offer"}}).document
    gone = done({"op": "remove_stage", "path": f"{PATH}/stages/offer", "heir": "new"}, document=made).document
    assert gone == APP


@pytest.mark.parametrize("heir", ["talk", "nothing"])
def test_the_heir_is_another_stage(heir: str) -> None:
    with pytest.raises(BadOperation):
        done({"op": "remove_stage", "path": f"{PATH}/stages/talk", "heir": heir})


def test_an_automation_begins_when_a_record_comes_to_a_stage() -> None:
    act = {"op": "new_stage_automation", "path": f"{PATH}/stages/won", "label": {"en": "Deal won"}, "step": "notify"}
    outcome = done(act)
    assert outcome.made == "automations/deal_won/steps/notify_1"
    made = outcome.document["automations"][0]
    assert (made["entity"], made["trigger"]) == ("deal", {"type": "change"})
    assert made["condition"] == {"field": "stage", "op": "is", "value": "won"}
    assert made["steps"][0]["to"] == ["owner"]
    assert check_app(outcome.document, {}) == []


def test_a_new_pipeline_with_ways_knows_its_ends() -> None:
    document = copy.deepcopy(APP)
    document["pipelines"] = []
    way = {"from": ["new"], "to": "won", "label": {"en": "Sign"}}
    act = {"op": "new_pipeline", "entity": "deal", "field": "stage", "ways": [way, {"from": ["new", "talk"], "to": "won"}, way]}
    made = perform(document, [act], document).document
    pipeline = made["pipelines"][0]
    assert {each["key"]: each["kind"] for each in pipeline["stages"]}["won"] == "won"
    assert {each["kind"] for each in pipeline["stages"] if each["key"] in ("new", "talk")} == {"open"}
    assert [each["key"] for each in pipeline["transitions"]] == ["new_to_won", "new_to_won_2"]
    assert check_app(made, {}) == []


@pytest.mark.parametrize("way", [{"from": ["new"], "to": "new"}, {"from": [], "to": "won"}, {"from": ["nothing"], "to": "won"}])
def test_ways_of_a_new_pipeline_lead_from_one_stage_to_another(way: dict[str, Any]) -> None:
    document = copy.deepcopy(APP)
    document["pipelines"] = []
    with pytest.raises(BadOperation):
        perform(document, [{"op": "new_pipeline", "entity": "deal", "field": "stage", "ways": [way]}], document)


def test_a_new_stage_gets_its_key_from_its_first_label() -> None:
    label = "entities/deal/fields/stage/options/choices/{}/label/en"
    act = {"op": "new_stage", "path": PATH, "label": {"en": "New stage"}, "numbered": True}
    made = done(act, {"op": "new_transition", "path": PATH, "from": "new", "to": "stage_1"}).document
    rule = {"field": "stage", "op": "in", "value": ["stage_1", "won"]}
    view = made["views"][0]["key"]
    acts = [
        {"op": "set", "path": f"views/{view}/filter", "value": rule},
        {"op": "set", "path": "entities/deal/fields/stage/default", "value": "stage_1"},
        {"op": "set", "path": label.format("stage_1"), "value": "Signed at last"},
    ]
    named = done(*acts, document=made)
    assert named.renamed[f"{PATH}/stages/stage_1"] == f"{PATH}/stages/signed_at_last"
    text = str(named.document)
    assert "'stage_1'" not in text and check_app(named.document, {}) == []
    pipeline = named.document["pipelines"][0]
    assert pipeline["stages"][-1]["key"] == options_of(named.document)["choices"][-1]["key"] == "signed_at_last"
    assert pipeline["transitions"][-1]["to"] == "signed_at_last"
    again = done({"op": "set", "path": label.format("signed_at_last"), "value": "Other"}, document=named.document)
    assert options_of(again.document)["choices"][-1]["key"] == "signed_at_last", "only the first label makes a key"


def test_keys_of_stages_never_change_once_published_and_never_come_again() -> None:
    act = {"op": "new_stage", "path": PATH, "label": {"en": "New stage"}, "numbered": True}
    label = "entities/deal/fields/stage/options/choices/stage_1/label/{}"
    gone = done({"op": "remove_stage", "path": f"{PATH}/stages/talk", "heir": "new"}, act).document
    named = done({"op": "set", "path": label.format("en"), "value": "Talk"}, document=gone).document
    assert options_of(named)["choices"][-1]["key"] == "talk_2", "records may still hold the old one"
    chinese = done({"op": "set", "path": label.format("zh-Hans"), "value": "已签约"}, document=gone).document
    assert options_of(chinese)["choices"][-1]["key"] == "stage_1"
    published = perform(gone, [{"op": "set", "path": label.format("en"), "value": "Late"}], gone).document
    assert options_of(published)["choices"][-1]["key"] == "stage_1"
