"""The pipeline designer: stages and choices change together; what is published holds for every door."""

from __future__ import annotations

import copy
import html
import re
from typing import Any

import pytest

from tests.web.site import Site
from tests.web.test_design_views import APP, act, add_deal, publish

PAGE, PATH = "/design/desk/pipelines/stages", "pipelines/stages"
CHOICES = "entities/deal/fields/stage/options/choices"


@pytest.fixture
def desk(site: Site) -> Site:
    site.install(copy.deepcopy(APP))
    return site


def test_stages_are_added_moved_and_published(desk: Site) -> None:
    admin = desk.browser()
    admin.get(PAGE)
    where = act(admin, PAGE, {"op": "new_stage", "path": PATH, "label": {"en": "Offer sent"}})
    assert where.endswith(f"pick={PATH}/stages/offer_sent")
    act(admin, PAGE, {"op": "place", "path": f"{PATH}/stages/offer_sent", "list": f"{PATH}/stages", "after": "talk"})
    act(admin, PAGE, {"op": "set", "path": f"{CHOICES}/offer_sent/color", "value": "purple"})
    act(admin, PAGE, {"op": "set", "path": f"{PATH}/stages/offer_sent/probability", "value": 60})
    shown = admin.get(where).text
    assert shown.index("stage-talk") < shown.index("stage-offer_sent") < shown.index("stage-won")
    assert "60 %" in shown
    publish(admin)
    deal = add_deal(admin, name="Big")
    answer = admin.client.patch(
        f"/api/v1/records/desk.deal/{deal}", json={"stage": "offer_sent"}, headers={"X-CSRFToken": admin.token, "If-Match": '"1"'}
    )
    assert answer.status_code == 200, answer.text
    form = admin.get("/records/desk.deal/new").text
    assert form.index('value="talk"') < form.index('value="offer_sent"') < form.index('value="won"')


def test_moves_have_rules_that_hold_after_publishing(desk: Site) -> None:
    admin = desk.browser()
    admin.get(PAGE)
    where = act(admin, PAGE, {"op": "new_transition", "path": PATH, "from": "new", "to": "talk"})
    move = where.rpartition("pick=")[2]
    act(
        admin,
        PAGE,
        {"op": "set", "path": f"{move}/label/en", "value": "Begin talks"},
        {"op": "set", "path": f"{move}/guard", "value": {"field": "amount", "op": "gt", "value": 100}},
        {"op": "set", "path": f"{move}/message/en", "value": "Only deals above 100."},
        {"op": "set", "path": f"{move}/require", "value": ["reason"]},
        {"op": "set", "path": f"{move}/set/cost", "value": 7},
    )
    shown = admin.get(where).text
    assert "Begin talks" in shown and "No way on from here." in shown
    publish(admin)

    small, big = add_deal(admin, name="Small", amount=5, reason="r"), add_deal(admin, name="Big", amount=500)
    assert "Only deals above 100." in _patch(admin, small, {"stage": "talk"}, 422)
    assert "reason" in _patch(admin, big, {"stage": "talk"}, 422)
    _patch(admin, big, {"stage": "talk", "reason": "They called"}, 200)
    assert float(admin.get(f"/api/v1/records/desk.deal/{big}").get_json()["cost"]) == 7
    _patch(admin, big, {"stage": "won"}, 422)  # no move leads there


def _patch(admin: Any, deal: int, values: dict[str, Any], status: int) -> str:
    version = admin.get(f"/api/v1/records/desk.deal/{deal}").get_json()["version"]
    headers = {"X-CSRFToken": admin.token, "If-Match": f'"{version}"'}
    answer = admin.client.patch(f"/api/v1/records/desk.deal/{deal}", json=values, headers=headers)
    assert answer.status_code == status, answer.text
    return str(answer.text)


def test_records_that_lack_a_required_field_are_counted(desk: Site) -> None:
    admin = desk.browser()
    admin.get(PAGE)
    add_deal(admin, name="One", stage="talk")
    add_deal(admin, name="Two", stage="talk", reason="known")
    add_deal(admin, name="Three", stage="talk")
    act(admin, PAGE, {"op": "set", "path": f"{PATH}/stages/talk/require", "value": ["reason"]})
    shown = admin.get(PAGE).text
    assert "2 lack a required field" in shown
    assert "3 records" in shown


def test_the_simulation_counts_who_would_be_stuck_and_leads_to_them(desk: Site) -> None:
    admin = desk.browser()
    admin.get(PAGE)
    for name, stage, amount in (("Small", "talk", 5), ("Big", "talk", 500), ("Done", "won", 1), ("Fresh", "new", 2)):
        add_deal(admin, name=name, stage=stage, amount=amount)
    act(admin, PAGE, {"op": "new_transition", "path": PATH, "from": "talk", "to": "won"})
    act(
        admin,
        PAGE,
        {"op": "set", "path": f"{PATH}/transitions/talk_to_won/guard", "value": {"field": "amount", "op": "gt", "value": 100}},
    )
    shown = admin.get(PAGE).text
    assert "1 finds no way open" in shown
    assert shown.count("No way leads here") == 4  # talk and won, on the card and in the table
    assert "No way out, and it is no end" in _row(shown, "new") and "No way out" not in _row(shown, "won")
    link = re.search(r'href="([^"]+)" aria-label="No way open from Talking: 1"', shown)
    assert link is not None
    listed = admin.get(html.unescape(link[1])).text
    assert "Small" in listed and "Big" not in listed and "Done" not in listed
    act(
        admin,
        PAGE,
        {"op": "add", "path": "entities/deal/fields", "value": {"key": "fax", "type": "text", "label": "Fax"}},
        {"op": "set", "path": f"{PATH}/stages/new/require", "value": ["fax"]},
    )
    assert "not published yet" in _row(admin.get(PAGE).text, "new")


def test_without_records_the_simulation_says_what_to_do(desk: Site) -> None:
    admin = desk.browser()
    act(admin, PAGE, {"op": "new_transition", "path": PATH, "from": "talk", "to": "won"})
    shown = admin.get(PAGE).text
    assert "There are no records yet." in shown and 'href="/records/desk.deal/new"' in shown and "By these rules" not in shown
    assert "No way out, and it is no end" in shown.partition('id="simulation-new"')[2].partition("</li>")[0]
    stages = [{"key": "a", "label": "A"}, {"key": "b", "label": "B"}]
    entity = {"key": "visit", "fields": [{"key": "step", "type": "select", "options": {"choices": stages}}]}
    act(admin, PAGE, {"op": "add", "path": "entities", "value": entity})
    act(admin, PAGE, {"op": "new_pipeline", "entity": "visit", "field": "step", "label": {"en": "Visits"}})
    shown = admin.get("/design/desk/pipelines/visit_step").text
    assert "Nothing of this is published yet" in shown and 'href="/design/desk/publish"' in shown and "simulation-a" not in shown


def _row(page: str, stage: str) -> str:
    return page.partition(f'id="simulation-{stage}"')[2].partition("</tr>")[0]


def test_records_of_a_removed_stage_go_where_the_dialog_says(desk: Site) -> None:
    admin = desk.browser()
    admin.get(PAGE)
    deals = [add_deal(admin, name=name, stage="talk") for name in ("One", "Two")]
    asked = admin.get(f"{PAGE}/remove/talk").text
    assert "2 records stand in it." in asked and 'value="won"' in asked
    admin.post(f"{PAGE}/remove/talk", {"heir": "won"})
    plan = admin.get("/design/desk/publish").text
    assert "2 records go from “Talking” to “Won”" in plan
    publish(admin)
    assert [admin.get(f"/api/v1/records/desk.deal/{each}").get_json()["stage"] for each in deals] == ["won", "won"]
    assert "talk" in str(admin.get(f"/api/v1/records/desk.deal/{deals[0]}/history").get_json())


def test_a_rule_that_stands_against_the_move_is_told_before_anything_is_published(desk: Site) -> None:
    admin = desk.browser()
    admin.get(PAGE)
    add_deal(admin, name="Bare", stage="talk")
    act(admin, PAGE, {"op": "set", "path": f"{PATH}/stages/won/require", "value": ["reason"]})
    admin.post(f"{PAGE}/remove/talk", {"heir": "won"})
    answer = admin.post("/design/desk/publish", {"note": ""})
    assert answer.status_code == 422
    assert "“Bare” cannot go to “Won” because of the field “Reason”." in answer.text
    assert "Talking" in admin.get("/records/desk.deal/new").text


def test_a_stage_gives_values_and_shows_its_automations(desk: Site) -> None:
    admin = desk.browser()
    admin.get(PAGE)
    stage = f"{PATH}/stages/won"
    act(
        admin,
        PAGE,
        {"op": "set", "path": f"{stage}/set/reason", "value": "Signed"},
        {"op": "set", "path": f"{stage}/set/owner", "value": {"var": "me"}},
    )
    answer = admin.post(
        "/design/desk/operations",
        json={
            "operations": [{"op": "new_stage_automation", "path": stage, "label": {"en": "Cheer"}, "step": "notify"}],
            "show": PAGE,
            "go": "made",
        },
    )
    assert answer.headers["Location"].endswith("/automations/cheer?pick=automations/cheer/steps/notify_1")
    panel = admin.get(f"{PAGE}?pick={stage}").text
    assert "Cheer" in panel and 'id="value-reason"' in panel and 'value="Signed"' in panel
    assert "1 automation" in panel and "template" not in panel.partition('id="value-reason-mode"')[2].partition("</select>")[0]
    publish(admin)
    deal = add_deal(admin, name="Big")
    _patch(admin, deal, {"stage": "won"}, 200)
    assert admin.get(f"/api/v1/records/desk.deal/{deal}").get_json()["reason"] == "Signed"


def test_a_second_pipeline_of_the_same_table_has_its_own_bar_and_moves(desk: Site) -> None:
    admin = desk.browser()
    admin.get(PAGE)
    choices = [{"key": "unpaid", "label": "Unpaid"}, {"key": "paid", "label": "Paid"}]
    act(
        admin,
        PAGE,
        {
            "op": "add",
            "path": "entities/deal/fields",
            "value": {"key": "money", "type": "select", "label": "Money", "default": "unpaid", "options": {"choices": choices}},
        },
    )
    act(admin, PAGE, {"op": "new_pipeline", "entity": "deal", "field": "money"})
    act(admin, PAGE, {"op": "set", "path": "pipelines/deal_money/stages/paid/require", "value": ["reason"]})
    publish(admin)
    deal = add_deal(admin, name="Two bars")
    page = admin.get(f"/records/desk.deal/{deal}").text
    assert page.count('class="stage-bar"') == 2 and "move/paid?field=money" in page
    admin.post(f"/records/desk.deal/{deal}/move/paid?field=money", {"reason": "Bank"})
    moved = admin.get(f"/api/v1/records/desk.deal/{deal}").get_json()
    assert (moved["money"], moved["stage"], moved["reason"]) == ("paid", "new", "Bank")


def test_a_removed_stage_takes_its_moves_along(desk: Site) -> None:
    admin = desk.browser()
    admin.get(PAGE)
    act(
        admin,
        PAGE,
        {"op": "new_transition", "path": PATH, "from": "new", "to": "talk"},
        {"op": "new_transition", "path": PATH, "from": "talk", "to": "won"},
        {"op": "new_transition", "path": PATH, "from": "new", "to": "won"},
    )
    act(admin, PAGE, {"op": "remove_stage", "path": f"{PATH}/stages/talk"})
    shown = admin.get(PAGE).text
    assert "move-new_to_won" in shown and "move-new_to_talk" not in shown and "move-talk_to_won" not in shown
    publish(admin)
    assert 'value="talk"' not in admin.get("/records/desk.deal/new").text


def test_a_pipeline_is_made_on_a_field_with_choices(desk: Site) -> None:
    admin = desk.browser()
    admin.get(PAGE)
    act(admin, PAGE, {"op": "remove", "path": PATH})
    for line, told in (("New → Gone", "There is no stage “Gone”. There are: New, "), ("New", "“New” is no way.")):
        refused = admin.post("/design/desk/pipelines/new", {"field": "deal.stage", "ways": line})
        assert refused.status_code == 422 and told in html.unescape(refused.text)
        assert f">{line}</textarea>" in html.unescape(refused.text)
    answer = admin.post("/design/desk/pipelines/new", {"field": "deal.stage", "ways": "New → Talking: Call\nTalking → Won"})
    assert answer.headers["Location"].endswith("/design/desk/pipelines/deal_stage")
    shown = admin.get("/design/desk/pipelines/deal_stage").text
    assert "Talking" in shown and "Call" in shown and "move-talk_to_won" in shown
    assert admin.post("/design/desk/pipelines/new", {"field": "deal.stage"}).status_code == 422
    act(admin, PAGE, {"op": "new_transition", "path": "pipelines/deal_stage", "from": "new", "to": "new"}, status=422)
