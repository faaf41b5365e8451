"""The role designer: rights, rules and masks through HTTP, and what people then see."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.web.site import Site
from tests.web.test_design_views import APP, act, add_deal, publish

PAGE, PATH = "/design/desk/roles/sales", "roles/sales"


@pytest.fixture
def desk(site: Site) -> Site:
    site.install(copy.deepcopy(APP))
    site.member("li", roles=["desk.sales"])
    return site


def right(verb: str, value: Any, entity: str = "deal") -> dict[str, Any]:
    return {"op": "set_right", "path": PATH, "entity": entity, "verb": verb, "value": value}


def rule(verb: str, name: str, value: Any) -> dict[str, Any]:
    return {"op": "set_rule", "path": PATH, "entity": "deal", "verb": verb, "rule": name, "value": value}


def test_a_right_takes_effect_when_it_is_published(desk: Site) -> None:
    admin, li = desk.browser(), desk.browser("li")
    admin.get(PAGE)
    deal = add_deal(admin, name="Of the boss", amount=500)
    address = f"/api/v1/records/desk.deal/{deal}"
    assert li.get(address).status_code == 404
    act(admin, PAGE, rule("read", "condition", {"field": "amount", "op": "gt", "value": 100}))
    act(admin, PAGE, {"op": "set_mask", "path": PATH, "entity": "deal", "field": "cost", "value": "hidden"})
    shown = admin.get(f"{PAGE}?pick={PATH}/grants/deal").text
    assert "own records or records where Amount is more than 100" in shown
    assert li.get(address).status_code == 404  # a draft changes nothing
    publish(admin)
    seen = li.get(address)
    assert seen.status_code == 200 and "cost" not in seen.get_json()
    small = add_deal(admin, name="Too small", amount=5)
    assert li.get(f"/api/v1/records/desk.deal/{small}").status_code == 404


def test_a_field_can_be_read_only(desk: Site) -> None:
    admin, li = desk.browser(), desk.browser("li")
    admin.get(PAGE)
    mine = add_deal(admin, name="Mine", amount=1, owner=desk.people["li"])
    act(admin, PAGE, {"op": "set_mask", "path": PATH, "entity": "deal", "field": "amount", "value": "read_only"})
    publish(admin)
    headers = {"X-CSRFToken": li.token, "If-Match": '"1"'}
    answer = li.client.patch(f"/api/v1/records/desk.deal/{mine}", json={"amount": 9}, headers=headers)
    assert answer.status_code in (403, 422)
    assert float(li.get(f"/api/v1/records/desk.deal/{mine}").get_json()["amount"]) == 1


def test_cells_go_through_three_states(desk: Site) -> None:
    admin = desk.browser()
    admin.get(PAGE)
    assert _states(admin, "delete") == "none"
    act(admin, PAGE, right("delete", ["own"]))
    assert _states(admin, "delete") == "some"
    act(admin, PAGE, right("delete", ["all"]))
    assert _states(admin, "delete") == "all"
    act(admin, PAGE, right("delete", []))
    assert _states(admin, "delete") == "none"
    act(admin, PAGE, right("export", True))
    assert _states(admin, "export") == "all"


def _states(admin: Any, verb: str) -> str:
    text = admin.get(PAGE).text
    start = text.rindex("right-cell is-", 0, text.index(f'id="right-deal-{verb}"'))
    return str(text[start:].removeprefix("right-cell is-").partition('"')[0])


def test_closing_everything_takes_the_grant_away(desk: Site) -> None:
    admin, li = desk.browser(), desk.browser("li")
    admin.get(PAGE)
    assert li.get("/records/desk.firm").status_code == 200
    act(admin, PAGE, right("read", [], "firm"))
    publish(admin)
    assert li.get("/records/desk.firm").status_code in (403, 404)


def test_a_new_role_may_do_nothing_until_told(desk: Site) -> None:
    admin = desk.browser()
    admin.get(PAGE)
    answer = admin.post("/design/desk/roles/new", {"label": "Finance"})
    assert answer.headers["Location"].endswith("/design/desk/roles/finance")
    act(admin, "/design/desk/roles/finance", {**right("read", ["all"]), "path": "roles/finance"})
    publish(admin)
    deal = add_deal(admin, name="For finance")
    fang = desk.browser("fang", roles=["desk.finance"])
    assert fang.get(f"/api/v1/records/desk.deal/{deal}").status_code == 200
    assert fang.get("/records/desk.firm").status_code in (403, 404)
    assert "fang" in admin.get("/design/desk/roles/finance").text


def test_why_somebody_sees_a_record(desk: Site) -> None:
    admin = desk.browser()
    admin.get(PAGE)
    mine, other = add_deal(admin, name="Li's deal", owner=desk.people["li"]), add_deal(admin, name="Another")
    ask = f"{PAGE}/why?entity=desk.deal&person={desk.people['li']}&record="
    found = admin.get(f"{ask}{mine}").text
    assert "own records" in found and "This rule holds" in found
    assert "This rule does not hold" in admin.get(f"{ask}{other}").text
    assert "no such record" in admin.get(f"{ask}999999").text
    assert "Choose a table" in admin.get(f"{ask}x").text
    assert desk.browser("li").get(f"{ask}{mine}").status_code == 403
    form = admin.get(f"{PAGE}/why-form?entity=desk.firm").text
    assert 'data-source="/choices/desk.firm?q="' in form and ">Firm name<" in form


def test_why_a_field_is_seen_or_changed(desk: Site) -> None:
    admin = desk.browser()
    admin.get(PAGE)
    for field, mask in (("cost", "hidden"), ("amount", "read_only")):
        act(admin, PAGE, {"op": "set_mask", "path": PATH, "entity": "deal", "field": field, "value": mask})
    act(admin, PAGE, rule("read", "condition", {"field": "amount", "op": "gt", "value": 100}))
    publish(admin)
    deal = add_deal(admin, name="Li's deal", amount=50, cost=20, owner=desk.people["li"])
    ask = f"{PAGE}/why?entity=desk.deal&person={desk.people['li']}&record={deal}"
    cost, amount, name = (admin.get(f"{ask}&field={field}").text for field in ("cost", "amount", "name"))
    assert "hidden by Sales" in cost and "kept as it is by Sales" in cost
    assert "shown by Sales" in amount and "kept as it is by Sales" in amount
    assert "shown by Sales" in name and "opened by Sales" in name
    assert "Does not see</strong> Cost" in cost and "cannot change</strong> Amount" in cost
    assert "nobody writes it" in admin.get(f"{ask}&field=created_at").text
    assert "Amount is more than 100" in name and "Amount: " in name  # the rule that does not hold, with the value
    assert admin.get(f"{ask}&field=nothing").text.count("no such record")


def test_the_page_of_a_record_tells_who_may_see_it(desk: Site) -> None:
    admin = desk.browser()
    admin.get(PAGE)
    mine = add_deal(admin, name="Li's deal", owner=desk.people["li"])
    other = add_deal(admin, name="Another")
    desk.member("stranger")
    assert f"/records/desk.deal/{mine}/rights" in admin.get(f"/records/desk.deal/{mine}").text
    page = admin.get(f"/records/desk.deal/{other}/rights").text
    assert page.index("admin</a>") < page.index("li</a>") and "stranger" in page
    asked = admin.get(f"/records/desk.deal/{other}/rights?person={desk.people['li']}").text
    assert "No rule holds for this record." in asked and "own records" in asked and "Owner: " in asked
    nobody = admin.get(f"/records/desk.deal/{other}/rights?person={desk.people['stranger']}").text
    assert "No role of this person grants it." in nobody and "no role" in nobody
    assert "may do everything" in admin.get(f"/records/desk.deal/{other}/rights?person={desk.people['admin']}").text
    li = desk.browser("li")
    assert li.get(f"/records/desk.deal/{mine}/rights").status_code == 403
    assert "/rights" not in li.get(f"/records/desk.deal/{mine}").text


def test_a_role_begins_like_another_one_or_with_the_same_on_all_tables(desk: Site) -> None:
    admin = desk.browser()
    admin.get(PAGE)
    act(admin, PAGE, {"op": "set_mask", "path": PATH, "entity": "deal", "field": "cost", "value": "hidden"})
    dialog = admin.get("/design/desk/roles/new").text
    assert "Like “Sales”" in dialog and "Everything in all tables" in dialog
    assert admin.post("/design/desk/roles/new", {"label": "Senior", "like": "sales"}).status_code in (200, 204, 303)
    assert admin.post("/design/desk/roles/new", {"label": "Auditor", "like": "read"}).status_code in (200, 204, 303)
    assert admin.post("/design/desk/roles/new", {"label": "Odd", "like": "nobody"}).status_code == 422
    publish(admin)
    roles = {each["key"]: each for each in admin.get("/api/v1/apps/desk").get_json()["app"]["roles"]}
    assert roles["senior"]["grants"] == roles["sales"]["grants"] and roles["senior"]["grants"][0]["hidden"] == ["cost"]
    assert roles["auditor"]["grants"] == [{"entity": "firm", "read": ["all"]}, {"entity": "deal", "read": ["all"]}]


def test_rights_on_a_table_with_one_click_a_role(desk: Site) -> None:
    admin = desk.browser()
    page = "/design/desk/entities/firm"
    shown = admin.get(page).text
    assert "Who may use it?" in shown and _level(shown, "sales") == "read" and _level(shown, "boss") == "none"
    act(admin, page, {"op": "set_level", "path": "roles/boss", "entity": "firm", "value": "all"})
    act(admin, page, {"op": "set_level", "path": "roles/sales", "entity": "firm", "value": "none"})
    shown = admin.get(page).text
    assert _level(shown, "sales") == "none" and _level(shown, "boss") == "all"
    act(admin, page, {"op": "set_level", "path": "roles/sales", "entity": "firm", "value": "whatever"}, status=422)
    publish(admin)
    zhao = desk.browser("zhao", roles=["desk.boss"])
    assert zhao.post("/api/v1/records/desk.firm", json={"name": "Yunfan"}).status_code == 201
    assert desk.browser("li").get("/api/v1/records/desk.firm").status_code == 404


def _level(page: str, role: str) -> str:
    start = page.index(f'id="level-{role}"')
    chosen = page[start : page.index("</select>", start)]
    return chosen[: chosen.index(" selected")].rpartition('value="')[2].rstrip('" ')


def test_the_plan_warns_of_a_table_that_nobody_may_see(desk: Site) -> None:
    admin = desk.browser()
    admin.get(PAGE)
    assert "Nobody but administrators" not in admin.get("/design/desk/publish").text
    assert admin.post("/design/desk/entities/new", {"label": "Secret"}).status_code in (204, 303)
    assert "Nobody but administrators can see this table" in admin.get("/design/desk/publish").text
    assert "Nobody but administrators can see it." in admin.get("/design/desk/entities/secret").text
    admin.post("/design/desk/entities/new", {"label": "Machine", "roles": ["boss"]})
    warned = admin.get("/design/desk/publish").text
    assert ">Secret</a>" in warned and ">Machine</a>" not in warned
    publish(admin)
    assert desk.browser("zhao", roles=["desk.boss"]).get("/records/desk.machine").status_code == 200
    act(admin, PAGE, {"op": "set_level", "path": "roles/boss", "entity": "machine", "value": "none"})
    assert ">Machine</a>" in admin.get("/design/desk/publish").text


def test_an_app_without_roles_gets_one_with_its_first_table(site: Site) -> None:
    admin = site.browser()
    admin.post("/design/new", {"label": "Tools"})
    assert "Make the role" in admin.get("/design/tools/entities/new").text
    admin.post("/design/tools/entities/new", {"label": "Hammer", "new_role": "1"})
    admin.post("/design/tools/publish", {})
    user = site.browser("user", roles=["tools.user"])
    assert user.post("/api/v1/records/tools.hammer", json={"name": "Big"}).status_code == 201


def test_the_copy_of_a_table_may_be_used_by_the_same_roles(desk: Site) -> None:
    admin = desk.browser()
    admin.get(PAGE)
    act(admin, "/design/desk", {"op": "copy_entity", "path": "entities/firm"})
    publish(admin)
    assert desk.browser("li").get("/api/v1/records/desk.firm_copy").status_code == 200
