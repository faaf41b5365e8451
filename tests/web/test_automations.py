"""The pages of automations: who sees them, switching, settings, runs with their traces, why, trials."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from runtime.automations.pump import pump_once
from runtime.platform.automation import AutomationState, Run
from tests.runtime.automations.sales_app import sales
from tests.web.site import Browser, Site

LADDER: dict[str, Any] = {
    "key": "overdue",
    "entity": "lead",
    "label": {"en": "Overdue ladder", "zh-Hans": "逾期阶梯"},
    "settings": [
        {"key": "remind", "type": "duration", "label": "Remind after", "default": "2d"},
        {"key": "also", "type": "people", "label": "Also tell", "default": []},
        {
            "key": "count",
            "type": "choice",
            "label": "Count",
            "default": "days",
            "choices": [{"key": "days", "label": "All days"}, {"key": "working_days", "label": "Working days"}],
        },
    ],
    "trigger": {"type": "date", "field": "next_at", "calendar": {"setting": "count"}},
    "condition": {"all": [{"field": "stage", "op": "is", "value": "new"}, {"field": "owner", "op": "is_not_empty"}]},
    "ladder": [
        {
            "key": "tell",
            "label": "Tell the owner",
            "after": {"setting": "remind"},
            "steps": [
                {"key": "n", "type": "notify", "to": ["owner", {"setting": "also"}], "title": "Late: {{name}}"},
                {"key": "mark", "type": "set", "values": {"score": 7}},
            ],
        }
    ],
}
BRANCH: dict[str, Any] = {
    "key": "sort",
    "entity": "lead",
    "label": "Sort it",
    "trigger": {"type": "change", "on": ["create"]},
    "steps": [
        {
            "key": "way",
            "type": "branch",
            "arms": [
                {
                    "key": "rich",
                    "label": "Rich",
                    "condition": {"field": "amount", "op": "gt", "value": 100},
                    "steps": [{"key": "up", "type": "set", "values": {"stage": "won"}}],
                },
            ],
            "else": [{"key": "down", "type": "set", "values": {"score": 1}}],
        },
        {"key": "t", "type": "create", "entity": "task", "values": {"title": {"template": "{{secret}}"}}},
    ],
}


@pytest.fixture
def shop(site: Site) -> Site:
    site.install(sales(LADDER, BRANCH)["sales"])
    return site


def lead(shop: Site, **values: Any) -> int:
    answer = shop.app.test_client().post("/api/v1/records/sales.lead", json=values, headers=shop.key())
    assert answer.status_code == 201, answer.text
    return int(answer.json["id"])


def pump(shop: Site) -> None:
    pump_once(shop.engine)


def newest_run(shop: Site, automation: str) -> Any:
    statement = sa.select(Run.id, Run.state, Run.attempt).where(
        Run.workspace_id == shop.workspace.id, Run.automation == automation
    )
    with shop.engine.connect() as connection:
        return connection.execute(statement.order_by(Run.id.desc()).limit(1)).one()


def kept_state(shop: Site, name: str) -> Any:
    table = AutomationState
    statement = sa.select(table.enabled, table.settings).where(table.workspace_id == shop.workspace.id, table.automation == name)
    with shop.engine.connect() as connection:
        return connection.execute(statement).one()


def plain(page: str) -> str:
    """The words of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.mark.parametrize("path", ["", "/sales.overdue", "/sales.overdue/runs", "/sales.overdue/why", "/runs/1"])
def test_others_than_administrators_find_nothing(shop: Site, path: str) -> None:
    li = shop.browser("li", roles=["sales.rep"])
    assert li.get(f"/automations{path}").status_code == 404
    assert "/automations" not in li.get("/profile").text
    assert li.post("/automations/sales.overdue/switch", {"enabled": "1"}).status_code == 404


def test_the_list_says_what_each_is_about(shop: Site) -> None:
    admin = shop.browser()
    page = plain(admin.get("/automations").text)
    assert "When “Next At” of a lead has passed" in page
    assert "When a lead is created" in page
    assert "Sort it" not in plain(admin.part("/automations?q=overdue").text)
    assert "Nothing fits" in plain(admin.part("/automations?state=paused").text)
    assert admin.get("/automations/sales.gone").status_code == 404


def test_the_switch_acts_at_once(shop: Site) -> None:
    admin = shop.browser()
    answer = admin.part("/automations/sales.overdue/switch", "POST", data={})
    assert answer.status_code == 200
    assert "Off" in plain(answer.text)
    assert "What waits is kept" in answer.headers["HX-Trigger"]
    assert kept_state(shop, "sales.overdue").enabled is False
    admin.part("/automations/sales.overdue/switch", "POST", data={"enabled": "1"})
    assert kept_state(shop, "sales.overdue").enabled is True


def test_switching_on_tells_what_it_would_touch_and_may_start_fresh(shop: Site) -> None:
    admin = shop.browser()
    lead(shop, name="Wang", stage="new", next_at="2020-01-01", owner=shop.people["admin"])
    admin.part("/automations/sales.overdue/switch", "POST", data={})
    asked = plain(admin.part("/automations/sales.overdue/switch-on").text)
    assert "It would touch 1 record now" in asked and "Wang" in asked and "Start fresh" in asked
    admin.post("/automations/sales.overdue/switch", {"enabled": "1", "fresh": "1"})
    pump(shop)
    assert "It has not run yet" in admin.get("/automations/sales.overdue/runs").text
    lead(shop, name="Zhang", stage="new", next_at="2020-01-02", owner=shop.people["admin"])
    pump(shop)
    assert newest_run(shop, "sales.overdue").state == "done"
    assert "It would have fired 2 times in the past 7 days" in plain(admin.part("/automations/sales.sort/switch-on").text)


def settings_form(admin: Browser, **values: Any) -> Any:
    form = {"remind.amount": "2", "remind.unit": "d", "count": "days", **values}
    return admin.post("/automations/sales.overdue/settings", form)


def test_settings_are_saved_and_reset(shop: Site) -> None:
    admin = shop.browser()
    li = shop.member("li")
    saved = settings_form(
        admin, **{"remind.amount": "3", "remind.unit": "wd", "also": [f"user:{li}", "role:sales.boss", "field:owner.manager"]}
    )
    assert saved.status_code == 303
    assert kept_state(shop, "sales.overdue").settings == {
        "remind": "3wd",
        "also": [{"user": li}, {"role": "sales.boss"}, "owner.manager"],
    }
    page = plain(admin.get("/automations/sales.overdue").text)
    assert "3 working days after" in page
    assert "Tell owner, li, everybody with the role Boss, manager of owner" in page
    admin.post("/automations/sales.overdue/settings", {"reset": "remind"})
    assert "remind" not in kept_state(shop, "sales.overdue").settings
    admin.post("/automations/sales.overdue/settings", {"reset": "*"})
    assert kept_state(shop, "sales.overdue").settings == {}


@pytest.mark.parametrize(
    "bad",
    [
        {"remind.amount": "-1"},
        {"remind.amount": ""},
        {"remind.unit": "y"},
        {"count": "moons"},
        {"also": ["role:sales.gone"]},
        {"also": ["field:name"]},
    ],
)
def test_bad_settings_come_back_with_words(shop: Site, bad: dict[str, Any]) -> None:
    admin = shop.browser()
    settings_form(admin, **{"remind.amount": "5"})
    answer = settings_form(admin, **{"remind.amount": "9", **bad})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert kept_state(shop, "sales.overdue").settings == {"remind": "5d"}


def test_saving_tells_what_is_due_now(shop: Site) -> None:
    admin = shop.browser()
    lead(shop, name="Wang", stage="new", next_at="2020-01-01", owner=shop.people["admin"])
    lead(shop, name="Zhang", stage="won", next_at="2020-01-01", owner=shop.people["admin"])
    saved = settings_form(admin, **{"remind.amount": "4"})
    assert "Due now: Tell the owner: 1 record." in admin.get(saved.headers["Location"]).text
    assert "1 record due now" in plain(admin.get("/automations/sales.overdue").text)
    assert count_runs(shop) == 0


def count_runs(shop: Site) -> int:
    with shop.engine.connect() as connection:
        return int(connection.scalar(sa.select(sa.func.count()).where(Run.workspace_id == shop.workspace.id)) or 0)


def test_a_failed_run_shows_where_and_can_be_tried_again(shop: Site) -> None:
    admin = shop.browser()
    record = lead(shop, name="Wang", stage="new", amount="50")
    pump(shop)
    run = newest_run(shop, "sales.sort")
    assert run.state == "failed"
    answer = admin.get(f"/automations/runs/{run.id}")
    page = plain(answer.text)
    assert "It failed: “Create a task”: Title: Please fill this in." in page
    assert "admin created the record" in page
    assert "Amount is more than 100" in page
    assert "is-failed" in answer.text
    assert "Wang" in plain(admin.get("/automations/sales.sort/runs?state=failed").text)
    assert "1 failed" in plain(admin.get("/automations?state=failing").text)
    admin.post(f"/automations/runs/{run.id}/retry")
    assert newest_run(shop, "sales.sort")[1:] == ("pending", 1)
    shop.app.test_client().patch(f"/api/v1/records/sales.lead/{record}", json={"secret": "found"}, headers=shop.key())
    pump(shop)
    assert newest_run(shop, "sales.sort").state == "done"
    assert "attempt 2" in plain(admin.get(f"/automations/runs/{run.id}").text)


def test_a_run_is_done_again_as_a_new_one(shop: Site) -> None:
    admin = shop.browser()
    lead(shop, name="Wang", secret="found", amount="500")
    pump(shop)
    first = newest_run(shop, "sales.sort")
    assert first.state == "done"
    answer = admin.post(f"/automations/runs/{first.id}/again")
    second = newest_run(shop, "sales.sort")
    assert second.id > first.id
    assert answer.headers["Location"].endswith(f"/automations/runs/{second.id}")
    assert f"again, after run {first.id}" in plain(admin.get(answer.headers["Location"]).text)


def test_why_shows_each_part_with_its_value(shop: Site) -> None:
    admin = shop.browser()
    record = lead(shop, name="Wang", stage="won", next_at="2026-01-01", secret="s")
    answer = admin.get(f"/automations/sales.overdue/why?record={record}")
    page = plain(answer.text)
    assert "The condition does not hold." in page
    assert re.search(r"Stage is New\s+Stage = Won", page)
    assert re.search(r"Owner is filled in\s+Owner = empty", page)
    assert answer.text.count("is-false") >= 2
    assert admin.get("/automations/sales.overdue/why?record=999999").status_code == 404


def test_a_trial_leaves_nothing(shop: Site) -> None:
    admin = shop.browser()
    record = lead(shop, name="Wang", stage="new", next_at="2090-01-01", owner=shop.people["admin"], secret="s")
    answer = admin.part("/automations/sales.overdue/try", "POST", data={"record": str(record), "rung": "tell"})
    page = plain(answer.text)
    assert "Late: Wang" in page
    assert "It would have changed" in page
    found = shop.app.test_client().get(f"/api/v1/records/sales.lead/{record}", headers=shop.key()).json
    assert found["score"] is None
    assert "times in 30 days" in plain(admin.part("/automations/sales.overdue/backtest?days=30").text)


def test_a_paused_one_says_why_and_goes_on(shop: Site) -> None:
    from runtime.automations.control import pause

    admin = shop.browser()
    with shop.engine.begin() as connection:
        pause(connection, shop.workspace.id, "sales.sort", "It failed 20 times in a row.", datetime.now(UTC))
    assert "It is paused: It failed 20 times in a row." in plain(admin.get("/automations/sales.sort").text)
    admin.post("/automations/sales.sort/resume")
    assert "It is paused" not in plain(admin.get("/automations/sales.sort").text)


def test_a_broken_one_cannot_be_switched_on(shop: Site) -> None:
    admin = shop.browser()
    broken = {**BRANCH, "enabled": False, "settings": [{"key": "n", "type": "number", "label": "N", "default": 1}]}
    shop.install(sales(LADDER, broken)["sales"])
    with shop.engine.begin() as connection:
        values = {"workspace_id": shop.workspace.id, "automation": "sales.sort", "settings": {"n": "many"}}
        connection.execute(sa.insert(AutomationState).values(values))
    page = admin.get("/automations/sales.sort").text
    assert "It is broken and does not run" in page
    answer = admin.part("/automations/sales.sort/switch", "POST", data={"enabled": "1"})
    assert "cannot be switched on" in answer.headers["HX-Trigger"]
    assert kept_state(shop, "sales.sort").enabled is None
