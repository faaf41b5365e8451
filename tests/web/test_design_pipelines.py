"""The pipeline designer: stages and choices change together; what is published holds for every door."""

from __future__ import annotations

import copy
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
    answer = admin.post("/design/desk/pipelines/new", {"field": "deal.stage"})
    assert answer.headers["Location"].endswith("/design/desk/pipelines/deal_stage")
    assert "Talking" in admin.get("/design/desk/pipelines/deal_stage").text
    assert admin.post("/design/desk/pipelines/new", {"field": "deal.stage"}).status_code == 422
    act(admin, PAGE, {"op": "new_transition", "path": "pipelines/deal_stage", "from": "new", "to": "new"}, status=422)
