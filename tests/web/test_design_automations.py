"""The automation designer: from nothing to a running ladder, branches, settings, and problems at their cards."""

from __future__ import annotations

import html
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from runtime.automations.pump import pump_once
from runtime.platform.automation import Run
from tests.runtime.automations.sales_app import sales
from tests.web.site import Browser, Site

BASE = "/design/sales"
LADDER = "automations/overdue_leads"


@pytest.fixture
def admin(site: Site) -> Browser:
    site.install(sales()["sales"])
    return site.browser()


def act(browser: Browser, *acts: dict[str, Any], show: str = "", status: int = 303) -> str:
    answer = browser.post(f"{BASE}/operations", json={"operations": list(acts), "show": show or BASE})
    assert answer.status_code == status, answer.text
    return answer.headers.get("Location", "")


def put(path: str, value: Any) -> dict[str, Any]:
    return {"op": "set", "path": path, "value": value}


def new_automation(browser: Browser, label: str, kind: str, entity: str = "lead") -> None:
    answer = browser.post(f"{BASE}/automations/new", {"label": label, "type": kind, "entity": entity})
    assert answer.status_code == 303, answer.text


def publish(browser: Browser) -> None:
    answer = browser.post(f"{BASE}/publish", {"note": "automations"})
    assert answer.status_code == 303, re.sub(r"<[^>]+>|\s+", " ", answer.text)


def lead(site: Site, **values: Any) -> int:
    answer = site.app.test_client().post("/api/v1/records/sales.lead", json={"name": "Wang", **values}, headers=site.key())
    assert answer.status_code == 201, answer.text
    return int(answer.json["id"])


def record(site: Site, number: int) -> Any:
    return site.app.test_client().get(f"/api/v1/records/sales.lead/{number}", headers=site.key()).json


def runs(site: Site, automation: str) -> list[Any]:
    statement = sa.select(Run.state, Run.cause).where(Run.workspace_id == site.workspace.id, Run.automation == automation)
    with site.engine.connect() as connection:
        return list(connection.execute(statement.order_by(Run.id)))


def card(page: str, path: str) -> str:
    """The words of one card."""
    found = re.search(rf'<a class="flow-card[^>]*id="at-{path.replace("/", "-")}".*?</a>', page, re.S)
    assert found, f"no card {path}"
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[0]))


def test_a_ladder_from_nothing_runs_when_its_time_has_come(site: Site, admin: Browser) -> None:
    new_automation(admin, "Overdue leads", "date")
    act(
        admin,
        put(f"{LADDER}/trigger/field", "next_at"),
        put(f"{LADDER}/condition", {"field": "stage", "op": "is", "value": "new"}),
    )
    act(
        admin,
        {
            "op": "new_item",
            "list": f"{LADDER}/settings",
            "base": "wait",
            "value": {"type": "duration", "label": "Wait", "default": "2d"},
        },
    )
    act(admin, put(f"{LADDER}/ladder/step_1/after", {"setting": "wait"}), put(f"{LADDER}/ladder/step_1/label/en", "Remind"))
    first = f"{LADDER}/ladder/step_1/steps"
    act(admin, {"op": "new_step", "list": first, "type": "notify"}, put(f"{first}/notify_1/title/en", "Late: {{name}}"))
    act(admin, {"op": "new_rung", "path": LADDER}, put(f"{LADDER}/ladder/step_2/after", "7d"))
    act(admin, {"op": "new_step", "list": f"{LADDER}/ladder/step_2/steps", "type": "set"})
    act(admin, put(f"{LADDER}/ladder/step_2/steps/set_1/values/score", 7))
    page = admin.get(f"{BASE}/{LADDER}").text
    assert "Tell owner" in card(page, f"{first}/notify_1") and "Late: [Name]" in card(page, f"{first}/notify_1")
    assert "Change the lead Score 7" in card(page, f"{LADDER}/ladder/step_2/steps/set_1")
    assert "Only if Stage is New" in card(page, f"{LADDER}/condition")
    assert "2 days after" in page and "card-problem" not in page
    act(admin, put(f"{LADDER}/trigger/calendar", "working_days"))
    assert "2 working days after" in admin.get(f"{BASE}/{LADDER}").text
    act(admin, put(f"{LADDER}/trigger/calendar", None))
    publish(admin)
    due = datetime.now(UTC) - timedelta(days=1)
    number = lead(site, stage="new", next_at=due.date().isoformat(), owner=site.people["admin"])
    other = lead(site, stage="won", next_at=due.date().isoformat(), owner=site.people["admin"])
    pump_once(site.engine, due)
    assert runs(site, "sales.overdue_leads") == []
    pump_once(site.engine, due + timedelta(days=3))
    assert [(each.state, each.cause["rung"]) for each in runs(site, "sales.overdue_leads")] == [("done", "step_1")]
    pump_once(site.engine, due + timedelta(days=9))
    assert [each.cause["rung"] for each in runs(site, "sales.overdue_leads")] == ["step_1", "step_2"]
    assert record(site, number)["score"] == 7 and record(site, other)["score"] is None


def test_a_branch_goes_the_way_that_fits(site: Site, admin: Browser) -> None:
    new_automation(admin, "Sort leads", "change")
    here = "automations/sort_leads"
    act(admin, put(f"{here}/trigger/on", ["create"]), {"op": "new_step", "list": f"{here}/steps", "type": "branch"})
    way = f"{here}/steps/branch_1/arms/way_1"
    act(
        admin,
        put(f"{way}/condition", {"field": "amount", "op": "gt", "value": 100}),
        {"op": "new_step", "list": f"{way}/steps", "type": "set"},
    )
    otherwise = f"{here}/steps/branch_1/else"
    made = act(admin, {"op": "new_step", "list": otherwise, "type": "set"}, show=f"{BASE}/{here}")
    assert made == f"{BASE}/{here}?pick={otherwise}/set_2", "keys are free in the whole automation"
    act(admin, put(f"{way}/steps/set_1/values/score", 9), put(f"{otherwise}/set_2/values/score", {"expr": "1 + 1"}))
    page = admin.get(f"{BASE}/{here}?pick={way}").text
    assert "Amount is more than 100" in page and "Otherwise" in page and "Delete this way" in page
    publish(admin)
    rich, poor = lead(site, amount=500), lead(site, amount=5)
    pump_once(site.engine)
    assert (record(site, rich)["score"], record(site, poor)["score"]) == (9, 2)


def test_cards_speak_the_language_of_the_person(site: Site, admin: Browser) -> None:
    new_automation(admin, "Sort leads", "change")
    here = "automations/sort_leads"
    act(admin, {"op": "new_step", "list": f"{here}/steps", "type": "notify", "language": "zh-Hans"})
    act(admin, {"op": "new_step", "list": f"{here}/steps", "type": "branch", "after": "notify_1"})
    act(admin, {"op": "new_step", "list": f"{here}/steps", "type": "update", "after": "branch_1"})
    act(admin, put(f"{here}/trigger/fields", ["name", "amount"]), put(f"{here}/steps/notify_1/to", ["owner", "owner.manager"]))
    act(admin, put(f"{here}/steps/update_1/values/number", {"expr": "IF({amount} > 1, 2, 3)"}))
    both = [{"field": "stage", "op": "is", "value": "new"}, {"field": "done", "op": "is", "value": True}]
    assert "No condition yet." in card(admin.get(f"{BASE}/{here}").text, f"{here}/condition")
    act(admin, put(f"{here}/condition", {"all": both}))
    page = admin.get(f"{BASE}/{here}?pick={here}/steps/branch_1").text
    assert "Only if all of these are so Stage is New Done is yes" in card(page, f"{here}/condition")
    assert "Which Lead is ID" in card(page, f"{here}/steps/update_1")
    assert ">Way 1<" in page
    site.member("lin", admin=True, language="zh-Hans")
    plan = re.sub(r"<[^>]+>|\s+", " ", admin.get(f"{BASE}/publish").text)
    assert "or Name, Amount changes → Tell owner, manager of owner → Go the first way that fits" in plan, plan
    publish(admin)
    page = site.browser("lin").get(f"{BASE}/{here}?pick={here}/steps/notify_1").text
    assert "、" in card(page, f"{here}/trigger") and "、" in card(page, f"{here}/steps/notify_1")
    assert "如果({Amount} &gt; 1, 2, 3)" in card(page, f"{here}/steps/update_1")
    assert 'value="{{record.title}}"' in page, "what was made in Chinese is not only a hint"


def test_steps_are_copied_moved_and_undone(admin: Browser) -> None:
    new_automation(admin, "Overdue leads", "date")
    one, two = f"{LADDER}/ladder/step_1/steps", f"{LADDER}/ladder/step_2/steps"
    act(admin, {"op": "new_rung", "path": LADDER}, {"op": "new_step", "list": one, "type": "each"})
    act(admin, {"op": "new_step", "list": f"{one}/each_1/steps", "type": "stop"}, {"op": "copy_step", "path": f"{one}/each_1"})
    page = admin.get(f"{BASE}/{LADDER}").text
    assert card(page, f"{one}/each_2/steps/stop_2").strip() == "Stop"
    act(admin, {"op": "place", "path": f"{one}/each_2", "list": two, "after": None})
    act(admin, {"op": "place", "path": f"{LADDER}/ladder/step_2", "list": f"{LADDER}/ladder", "after": None})
    page = admin.get(f"{BASE}/{LADDER}").text
    assert page.index(f'data-path="{two}/each_2"') < page.index(f'data-path="{one}/each_1"')
    admin.post(f"{BASE}/undo", json={})
    page = admin.get(f"{BASE}/{LADDER}").text
    assert page.index(f'data-path="{one}/each_1"') < page.index(f'data-path="{two}/each_2"')


def test_another_trigger_takes_the_steps_along(admin: Browser) -> None:
    new_automation(admin, "Overdue leads", "date")
    act(admin, {"op": "new_step", "list": f"{LADDER}/ladder/step_1/steps", "type": "notify"})
    act(admin, {"op": "set_trigger", "path": LADDER, "type": "change"})
    page = admin.get(f"{BASE}/{LADDER}?pick={LADDER}/trigger").text
    assert "Tell owner" in card(page, f"{LADDER}/steps/notify_1")
    assert "Changes to" in page and "Is, on every save" in page
    act(admin, {"op": "set_trigger", "path": LADDER, "type": "date"})
    assert "Tell owner" in card(admin.get(f"{BASE}/{LADDER}").text, f"{LADDER}/ladder/step_1/steps/notify_1")
    act(admin, {"op": "set_trigger", "path": LADDER, "type": "schedule"})
    assert "Monday to Friday at 09:00" in card(admin.get(f"{BASE}/{LADDER}").text, f"{LADDER}/trigger")


def test_a_problem_stands_on_its_card_and_stops_publishing(admin: Browser) -> None:
    new_automation(admin, "Sort leads", "change")
    here = "automations/sort_leads/steps"
    act(admin, {"op": "new_step", "list": here, "type": "branch"}, {"op": "new_step", "list": here, "type": "stop"})
    inner = f"{here}/branch_1/arms/way_1/steps"
    act(admin, {"op": "new_step", "list": inner, "type": "set"}, put(f"{inner}/set_1/values/score", {"expr": "{nothing} + 1"}))
    page = admin.get(f"{BASE}/automations/sort_leads").text
    assert page.count("card-problem") == 1 and "nothing" in card(page, f"{inner}/set_1")
    link = re.search(r'class="menu-item design-problem" href="([^"]+)"', page)
    assert link and link[1] == f"{BASE}/automations/sort_leads?pick={inner}/set_1/values/score/expr"
    assert "card-problem" in admin.get(link[1]).text.split('id="design-panel"')[1]
    assert admin.post(f"{BASE}/publish", {"note": ""}).status_code == 422


@pytest.mark.parametrize("kind", ["set", "create", "update", "find", "notify", "wait", "branch", "each", "stop"])
def test_every_step_has_a_panel(admin: Browser, kind: str) -> None:
    new_automation(admin, "Sort leads", "change")
    path = act(
        admin, {"op": "new_step", "list": "automations/sort_leads/steps", "type": kind}, show=f"{BASE}/automations/sort_leads"
    )
    page = admin.part(path).text
    assert f'data-set="automations/sort_leads/steps/{kind}_1' in page or f"automations/sort_leads/steps/{kind}_1/" in page
    assert 'class="card-problem"' not in page, "a new step is sound"


def test_a_message_offers_people_fields_and_settings(site: Site, admin: Browser) -> None:
    new_automation(admin, "Sort leads", "change")
    here = "automations/sort_leads"
    act(
        admin,
        {
            "op": "new_item",
            "list": f"{here}/settings",
            "base": "whom",
            "value": {"type": "people", "label": "Also tell", "default": []},
        },
    )
    act(admin, {"op": "new_step", "list": f"{here}/steps", "type": "notify"})
    page = admin.get(f"{BASE}/{here}?pick={here}/steps/notify_1").text
    for option in (
        "&#34;owner&#34;",
        "&#34;owner.manager&#34;",
        "{&#34;role&#34;:&#34;boss&#34;}",
        "{&#34;setting&#34;:&#34;whom&#34;}",
    ):
        assert f'value="{option}"' in page
    assert f'value="{{&#34;user&#34;:{site.people["admin"]}}}"' in page
    assert 'data-insert-path="company.name"' in page
    act(admin, put(f"{here}/steps/notify_1/to", [{"setting": "whom"}, {"role": "boss"}]))
    page = admin.get(f"{BASE}/{here}").text
    assert "everybody with the role Boss" in card(page, f"{here}/steps/notify_1")


def play(browser: Browser, here: str, record: int, rung: str = "") -> str:
    answer = browser.part(f"{BASE}/{here}/try", "POST", data={"record": str(record), "rung": rung})
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def test_a_draft_is_tried_and_nothing_is_kept(site: Site, admin: Browser) -> None:
    new_automation(admin, "Sort leads", "change")
    here = "automations/sort_leads"
    act(admin, {"op": "new_step", "list": f"{here}/steps", "type": "set"}, put(f"{here}/steps/set_1/values/score", 3))
    act(admin, {"op": "new_step", "list": f"{here}/steps", "type": "wait"})
    act(admin, {"op": "new_step", "list": f"{here}/steps", "type": "create"})
    act(admin, put(f"{here}/steps/create_1/entity", "task"), put(f"{here}/steps/create_1/values", {"title": "Call {{name}}"}))
    act(admin, put(f"{here}/steps/create_1/values/title", {"template": "Call {{name}}"}))
    number = lead(site, name="Wang")
    draft = admin.part(f"{BASE}/{here}/backtest").text
    assert "By the draft as it is now." in draft and "<strong>1</strong>" in draft
    assert f'hx-post="{BASE}/{here}/try"' in admin.get(f"{BASE}/{here}/try").text
    played = play(admin, here, number)
    assert "It would have changed" in played and "Call Wang" in played and "for real it would wait until" in played
    assert record(site, number)["score"] is None and runs(site, "sales.sort_leads") == []
    publish(admin)
    act(admin, put(f"{here}/steps/set_1/values/score", 4))
    assert re.search(r"Score 4", play(admin, here, number))
    assert "This record is not there any more." in play(admin, here, 999)
    act(admin, put(f"{here}/steps/set_1/values/score", {"expr": "{gone} + 1"}))
    page = admin.get(f"{BASE}/{here}/try").text
    assert "It cannot be tried yet:" in page and f"?pick={here}/steps/set_1/values/score" in page


def test_a_draft_with_other_tables_says_what_cannot_be_tried(site: Site, admin: Browser) -> None:
    new_automation(admin, "Sort leads", "change")
    here = "automations/sort_leads"
    number = lead(site, name="Wang")
    act(admin, {"op": "new_step", "list": f"{here}/steps", "type": "set"}, put(f"{here}/steps/set_1/values/score", 3))
    act(admin, {"op": "new_field", "entity": "lead", "type": "number", "label": {"en": "Rank"}})
    page = admin.get(f"{BASE}/{here}/try").text
    assert "is tried on the tables as they are published" in page
    assert "It would have changed" in play(admin, here, number)
    act(admin, put(f"{here}/steps/set_1/values/field_1", 3))
    page = admin.get(f"{BASE}/{here}/try").text
    assert "Publish the tables first" in page and "field_1" in page
    assert "It would have changed" not in play(admin, here, number)
    assert "Mend its problems first" in admin.part(f"{BASE}/{here}/backtest").text


def test_publishing_tells_what_a_new_rule_would_touch(site: Site, admin: Browser) -> None:
    number = lead(site, name="Wang", next_at="2020-01-01", owner=site.people["admin"])
    new_automation(admin, "Overdue leads", "date")
    act(admin, put(f"{LADDER}/trigger/field", "next_at"))
    act(admin, {"op": "new_step", "list": f"{LADDER}/ladder/step_1/steps", "type": "set"})
    act(admin, put(f"{LADDER}/ladder/step_1/steps/set_1/values/score", 3))
    told = re.sub(r"<[^>]+>", " ", admin.part(f"{BASE}/automations-outlook").text)
    assert "Overdue leads" in told and "It would touch 1 record now" in told and "Wang" in told
    answer = admin.post(f"{BASE}/publish", {"note": "", "fresh": "overdue_leads"})
    assert answer.status_code == 303
    pump_once(site.engine)
    assert runs(site, "sales.overdue_leads") == [] and record(site, number)["score"] is None


def test_a_step_is_skipped_and_done_again(site: Site, admin: Browser) -> None:
    new_automation(admin, "Sort leads", "change")
    here = "automations/sort_leads"
    act(admin, {"op": "new_step", "list": f"{here}/steps", "type": "set"}, put(f"{here}/steps/set_1/values/score", 3))
    act(admin, {"op": "new_step", "list": f"{here}/steps", "type": "notify", "after": "set_1"})
    publish(admin)
    act(admin, put(f"{here}/steps/notify_1/title", {"en": "{{gone}}"}))
    assert "There is no field gone." in card(admin.get(f"{BASE}/{here}").text, f"{here}/steps/notify_1")
    act(admin, put(f"{here}/steps/notify_1/enabled", False))
    page = admin.get(f"{BASE}/{here}?pick={here}/steps/notify_1").text
    assert "Skipped" in card(page, f"{here}/steps/notify_1") and "card-problem" not in page
    assert "This step is skipped." in page and "More: Tell owner" in page and "Do this step again" in page
    plan = re.sub(r"<[^>]+>|\s+", " ", admin.get(f"{BASE}/publish").text)
    assert re.search(r"Switched on\s+Yes\s+(→\s+)?No", plan), plan
    number = lead(site, name="Wang")
    assert "This step is switched off." in play(admin, here, number)
    publish(admin)
    assert "Skipped" in admin.get("/automations/sales.sort_leads").text
    number = lead(site, name="Li")
    pump_once(site.engine)
    with site.engine.connect() as connection:
        run = connection.scalar(sa.select(Run.id).where(Run.workspace_id == site.workspace.id, Run.record_id == number))
    assert record(site, number)["score"] == 3
    told = admin.get(f"/automations/runs/{run}").text
    assert "traced is-skipped" in told and "This step is switched off." in told
    act(admin, put(f"{here}/steps/set_1/enabled", False))
    outlook = admin.part(f"{BASE}/automations-outlook").text
    assert "It would do nothing" in outlook
    act(admin, put(f"{here}/steps/notify_1/enabled", None))
    assert "There is no field gone." in card(admin.get(f"{BASE}/{here}").text, f"{here}/steps/notify_1")


def test_a_table_with_a_problem_keeps_its_words(site: Site, admin: Browser) -> None:
    new_automation(admin, "Sort leads", "change")
    here = "automations/sort_leads"
    act(admin, put(f"{here}/condition", {"field": "stage", "op": "is", "value": "new"}))
    act(admin, put("entities/lead/search_fields", ["name", "secret"]), {"op": "remove", "path": "entities/lead/fields/secret"})
    page = admin.get(f"{BASE}/{here}").text
    assert "1 problem" in page and "Stage is New" in card(page, f"{here}/condition")


def test_the_list_and_who_may_see_it(site: Site, admin: Browser) -> None:
    new_automation(admin, "Sort leads", "change")
    page = admin.get(f"{BASE}/automations").text
    assert "Sort leads" in page and "When a lead is created or changed" in page
    act(admin, put("automations/sort_leads/enabled", False))
    assert 'data-set="automations/sort_leads/enabled" data-cast="switch"  aria-label' in admin.get(f"{BASE}/automations").text
    answer = admin.part(f"{BASE}/automations/new", "POST", data={"label": "", "type": ""})
    assert answer.status_code == 422
    assert site.browser("li", roles=["sales.rep"]).get(f"{BASE}/automations").status_code in (403, 404)


def test_formulas_are_checked_and_computed_where_they_stand(site: Site, admin: Browser) -> None:
    number = lead(site, name="Li", amount=20)
    lead(site, name="Zhao", amount=3)
    new_automation(admin, "Sort leads", "change")
    here = "automations/sort_leads/steps"
    act(admin, {"op": "new_step", "list": here, "type": "find"}, {"op": "new_step", "list": here, "type": "set"})

    def check(expression: str, **more: Any) -> Any:
        body = {"entity": "lead", "expression": expression, "pick": f"{here}/set_1", **more}
        return admin.post(f"{BASE}/formula", json=body).json

    assert check("{amount} * 2")["value"] == "6" and check("{amount} * 2")["record"]["title"] == "Zhao"
    assert check("如果（{amount}＞10，“大”，“小”）", record=number)["value"] == "大", "Chinese names and full-width signs"
    assert check("{before.amount} + {steps.find_1.count}")["problems"] == []
    wrong = check("1 + {amuont}")["problems"]
    assert [(each["position"], each["length"]) for each in wrong] == [(4, 8)]
    assert check("{steps.set_1.count}")["problems"], "a step does not know what comes after it"
    assert check("1 +")["problems"][0]["message"]

    def text(words: str) -> Any:
        return admin.post(f"{BASE}/formula", json={"entity": "lead", "template": words, "pick": f"{here}/set_1"}).json

    assert text("Dear {{name}}")["value"] == "Dear Zhao" and "value" not in text("Dear all")
    assert text("{{steps.find_1.count}} {{record.title}}")["problems"] == []
    wrong = text("你好 {{nmae}} {{name|shout}} {{na")["problems"]
    assert sorted((each["position"], each["length"]) for each in wrong) == [(3, 8), (12, 14), (27, 4)]
    site.member("lin", admin=True, language="zh-Hans")
    lin = site.browser("lin")
    told = lin.post(f"{BASE}/formula", json={"entity": "lead", "expression": "如果（{amount}＞1"}).json["problems"]
    assert [each["message"] for each in told] == ["应为 运算符、“)”或“,”，实际为 结尾。"]
    told = lin.post(f"{BASE}/formula", json={"entity": "lead", "expression": "SUM({name})"}).json["problems"]
    assert not re.search(r"number|text", told[0]["message"]), told
    help_page = lin.part(f"{BASE}/functions").text
    assert "如果(条件, 则, 否则)" in help_page and "如果(2 &gt; 1" in help_page
    help_page = admin.part(f"{BASE}/functions").text
    assert "IF(" in help_page and "如果" in help_page and "→" in help_page


def test_a_new_setting_gets_another_key_everywhere(admin: Browser) -> None:
    new_automation(admin, "Overdue leads", "date")
    setting = {"type": "duration", "label": "Wait", "default": "3d"}
    act(admin, {"op": "new_item", "list": f"{LADDER}/settings", "base": "setting", "numbered": True, "value": setting})
    act(admin, put(f"{LADDER}/trigger/field", "next_at"), put(f"{LADDER}/ladder/step_1/after", {"setting": "setting_1"}))
    here = f"{BASE}/{LADDER}?pick={LADDER}/settings/setting_1"
    assert act(admin, {"op": "rename_setting", "path": f"{LADDER}/settings/setting_1", "value": "Patience"}, show=here).endswith(
        "/settings/patience"
    )
    page = admin.get(f"{BASE}/{LADDER}").text
    assert "3 days after" in page and "card-problem" not in page
    publish(admin)
    assert 'id="setting-key"' not in admin.get(f"{BASE}/{LADDER}?pick={LADDER}/settings/patience").text
    act(admin, {"op": "rename_setting", "path": f"{LADDER}/settings/patience", "value": "other"}, status=422)


def test_a_step_is_pasted_elsewhere_and_a_value_becomes_a_setting(site: Site, admin: Browser) -> None:
    new_automation(admin, "Overdue leads", "date")
    first, second = f"{LADDER}/ladder/step_1/steps", f"{LADDER}/ladder/step_2/steps"
    act(admin, {"op": "new_step", "list": first, "type": "notify"}, {"op": "new_rung", "path": LADDER})
    act(admin, {"op": "copy_step", "path": f"{first}/notify_1", "list": second, "after": None})
    assert "Tell owner" in card(admin.get(f"{BASE}/{LADDER}").text, f"{second}/notify_1")
    made = act(
        admin, {"op": "make_setting", "path": f"{LADDER}/ladder/step_1/after", "type": "duration", "label": {"en": "When"}}
    )
    assert made.endswith(f"pick={LADDER}/settings/when")
    page = admin.get(f"{BASE}/{LADDER}").text
    assert "1 day after" in page and "When" in page and "card-problem" not in page
    act(admin, {"op": "make_setting", "path": f"{LADDER}/ladder/step_9/after"}, status=422)


def test_numbers_choices_people_and_texts_become_settings(site: Site, admin: Browser) -> None:
    new_automation(admin, "Sort leads", "change")
    here = "automations/sort_leads/steps"
    act(
        admin,
        {"op": "new_step", "list": here, "type": "set"},
        {"op": "new_step", "list": here, "type": "notify", "after": "set_1"},
    )
    act(admin, {"op": "new_step", "list": here, "type": "find", "after": "notify_1"}, put(f"{here}/find_1/limit", 7))
    act(admin, put(f"{here}/set_1/values", {"score": 3, "stage": "won", "secret": "x", "done": True, "next_at": "2030-01-01"}))
    offered: list[dict[str, Any]] = []
    for key in ("set_1", "notify_1", "find_1"):
        page = admin.get(f"{BASE}/automations/sort_leads?pick={here}/{key}").text
        offered += [json.loads(html.unescape(each)) for each in re.findall(r'data-act="([^"]*make_setting[^"]*)"', page)]
    assert {each["path"].removeprefix(f"{here}/"): each["type"] for each in offered} == {
        "set_1/values/score": "number",
        "set_1/values/stage": "choice",
        "set_1/values/secret": "text",
        "set_1/values/done": "boolean",
        "notify_1/to": "people",
        "find_1/limit": "number",
    }
    for each in offered:
        act(admin, each)
    act(admin, {"op": "make_setting", "path": f"{here}/notify_1/to", "type": "people"}, status=422)
    page = admin.get(f"{BASE}/automations/sort_leads?pick={here}/find_1").text
    assert "Setting: At most" in page and "card-problem" not in page
    publish(admin)
    settings = admin.get("/automations/sales.sort_leads").text
    assert all(f">{name}</label>" in settings for name in ("Score", "Stage", "Secret", "Done", "Whom", "At most"))
    form = {"score": "9", "stage": "lost", "secret": "y", "done": "1", "whom": f"user:{site.people['admin']}", "at_most": "5"}
    assert admin.post("/automations/sales.sort_leads/settings", form).status_code == 303
    number = lead(site, name="Wang")
    pump_once(site.engine)
    found = record(site, number)
    assert (found["score"], found["stage"], found["secret"], found["done"]) == (9, "lost", "y", True)
