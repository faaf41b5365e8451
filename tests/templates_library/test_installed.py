"""The templates in a workspace: every screen shows something, and roles see what they should and no more."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from builder.keys import qualified
from builder.model import Tile
from runtime.context import Context
from runtime.errors import Conflict, Forbidden, Invalid, NotFound
from runtime.install import install, plan_upgrade, uninstall
from runtime.queries.aggregate import AggregateQuery, aggregate
from runtime.queries.listing import ListQuery, list_records
from runtime.records.write import create, move, update
from runtime.schema_plan import plan
from templates_library import loader
from tests.factories import make_place
from tests.templates_library.conftest import Firm
from tests.templates_library.walk import apps

LEAD, DEAL, CONTRACT, PLAN, PAYMENT = "crm.lead", "crm.opportunity", "crm.contract", "crm.receivable_plan", "crm.payment"
COMPANY, PRODUCT, ACTIVITY = "customers.company", "customers.product", "customers.activity"


def records(ctx: Context, entity: str, condition: Any = None, *fields: str) -> list[dict[str, Any]]:
    """Up to 500 records; the stated fields, or all that the actor may read."""
    return list_records(ctx, entity, ListQuery(filter=condition, fields=fields or None, limit=500)).records


def everybody(firm: Firm, number: int) -> Context:
    """Member `number`, with all rights."""
    return firm.ctx.acting(replace(firm.people[number - 1], is_admin=True))


@pytest.mark.parametrize("key", ["customers", "crm"])
def test_every_view_opens_and_shows_records(key: str, firm: Firm) -> None:
    empty = []
    for view in apps()[key].views:
        fields = tuple(column.key for column in view.columns) or None
        query = ListQuery(filter=view.filter, sort=view.sort, fields=fields, limit=500)
        entity = qualified(key, view.entity)
        if not any(list_records(everybody(firm, number), entity, query).records for number in range(1, 5)):
            empty.append(view.key)
    assert empty == []


@pytest.mark.parametrize("key", ["customers", "crm"])
def test_every_tile_of_every_dashboard_has_figures(key: str, firm: Firm) -> None:
    empty = [
        (dashboard.key, tile.key)
        for dashboard in apps()[key].dashboards
        for tile in dashboard.tiles
        if not any(_shows_something(everybody(firm, number), key, tile) for number in range(1, 5))
    ]
    assert empty == []


def _shows_something(ctx: Context, app: str, tile: Tile) -> bool:
    entity = qualified(app, tile.entity)
    if tile.type == "list":
        query = ListQuery(filter=tile.filter, sort=tile.sort, fields=tile.columns, limit=tile.limit)
        return bool(list_records(ctx, entity, query).records)
    measure = {**tile.measure, "as": "figure"}
    conditions = [tile.filter] if tile.filter else []
    if tile.compare:
        conditions.append({"field": tile.compare["field"], "op": "within", "value": {"this": tile.compare["period"]}})
    rows = aggregate(ctx, entity, AggregateQuery(filter={"all": conditions}, group=tile.group, measures=(measure,)))
    return any(row["figure"] for row in rows) and (not tile.group or len(rows) > 1)


def test_sales_sees_own_leads_and_the_pool(firm: Firm) -> None:
    ctx = firm.acting(1, "crm.sales")
    seen = records(ctx, LEAD, None, "owner", "in_pool")
    assert {each["in_pool"] for each in seen} == {True, False}
    me = firm.people[0].user_id
    assert all(each["in_pool"] or _id(each["owner"]) == me for each in seen)
    assert len(seen) < len(records(firm.ctx, LEAD, None, "owner"))


def _id(value: Any) -> Any:
    return value["id"] if isinstance(value, dict) else value


def test_sales_cannot_take_a_lead_out_of_the_pool_by_hand(firm: Firm) -> None:
    ctx = firm.acting(1, "crm.sales")
    with pytest.raises((Forbidden, NotFound, Invalid)):
        update(ctx, LEAD, firm.ids["ld_01"], {"owner": firm.people[0].user_id, "in_pool": False})
    assert _id(records(firm.ctx, LEAD, {"field": "id", "op": "is", "value": firm.ids["ld_01"]}, "owner")[0]["owner"]) is None


def test_sales_does_not_see_cost_and_profit(firm: Firm) -> None:
    ctx = firm.acting(1, "crm.sales")
    for entity, hidden in (
        (PRODUCT, {"cost", "margin"}),
        (CONTRACT, {"cost", "profit"}),
        ("crm.opportunity_line", {"cost", "profit"}),
    ):
        seen = records(ctx, entity)
        assert seen
        assert not hidden & set(seen[0])
        assert hidden <= set(records(firm.acting(5, "crm.finance"), entity)[0])


def test_the_manager_sees_the_team_and_only_it(firm: Firm) -> None:
    owners = {_id(each["owner"]) for each in records(firm.acting(1, "crm.sales_manager", subordinates=(2,)), DEAL, None, "owner")}
    assert owners == {firm.people[0].user_id, firm.people[1].user_id}


def test_finance_sees_all_money_and_no_leads(firm: Firm) -> None:
    ctx = firm.acting(5, "crm.finance")
    for entity in (CONTRACT, PLAN, PAYMENT):
        assert len(records(ctx, entity)) == len(records(firm.ctx, entity))
    assert {each["stage"] for each in records(ctx, DEAL, None, "stage")} == {"won"}
    with pytest.raises((Forbidden, NotFound)):
        records(ctx, LEAD)


def test_service_sees_contracts_without_amounts(firm: Firm) -> None:
    seen = records(firm.acting(3, "crm.service"), CONTRACT)
    assert seen
    assert not {"amount", "received", "open_amount", "cost", "profit"} & set(seen[0])


def test_management_reads_everything_and_changes_nothing(firm: Firm) -> None:
    ctx = firm.acting(4, "crm.boss")
    for entity in apps()["crm"].entities:
        assert len(records(ctx, f"crm.{entity.key}")) == len(records(firm.ctx, f"crm.{entity.key}"))
    with pytest.raises((Forbidden, NotFound, Invalid)):
        update(ctx, DEAL, firm.ids["op_lvye_pack"], {"amount": 1})
    with pytest.raises((Forbidden, NotFound)):
        create(ctx, COMPANY, {"name": "X"})


def test_a_sales_person_moves_a_deal_from_need_to_won(firm: Firm) -> None:
    ctx = firm.acting(1, "crm.sales")
    deal = create(ctx, DEAL, {"name": "New line", "company": firm.ids["co_yunfan"]}).id

    def to(stage: str, **values: Any) -> None:
        move(ctx, DEAL, deal, stage, values)

    with pytest.raises(Invalid) as caught:
        to("proposal")
    assert {each.path for each in caught.value.problems} == {"amount", "expected_on"}
    to("proposal", amount=90000, expected_on="2030-01-31")
    with pytest.raises(Invalid):
        to("won")
    to("negotiate", contact=firm.ids["ct_wang"])
    to("signing")
    to("won", first_due_on="2030-02-15", instalments=3)
    (seen,) = records(ctx, DEAL, {"field": "id", "op": "is", "value": deal}, "stage", "probability", "weighted", "closed_on")
    assert (seen["stage"], seen["probability"], seen["weighted"]) == ("won", 100, 90000)
    assert seen["closed_on"] is not None


def test_a_lost_deal_needs_its_reason_and_only_a_manager_opens_it_again(firm: Firm) -> None:
    ctx = firm.acting(1, "crm.sales")
    deal = firm.ids["op_mingde_lab"]
    with pytest.raises(Invalid):
        move(ctx, DEAL, deal, "lost", {})
    move(ctx, DEAL, deal, "lost", {"lost_reason": "price"})
    with pytest.raises(Invalid):
        move(ctx, DEAL, deal, "discover", {})
    move(firm.acting(1, "crm.sales_manager"), DEAL, deal, "discover", {})
    (seen,) = records(ctx, DEAL, {"field": "id", "op": "is", "value": deal}, "stage", "lost_reason", "closed_on", "probability")
    assert (seen["stage"], seen["lost_reason"], seen["closed_on"], seen["probability"]) == ("discover", None, None, 10)


def test_a_contract_with_open_money_cannot_be_completed(firm: Firm) -> None:
    with pytest.raises(Invalid):
        move(firm.acting(5, "crm.finance"), CONTRACT, firm.ids["k_yunfan"], "done", {})


def test_a_lead_needs_one_way_to_reach_it(firm: Firm) -> None:
    ctx = firm.acting(1, "crm.sales")
    with pytest.raises(Invalid):
        create(ctx, LEAD, {"name": "Nobody"})
    assert create(ctx, LEAD, {"name": "Somebody", "wechat": "some", "owner": firm.people[0].user_id}).id


def test_a_follow_up_may_name_lead_deal_and_ticket(firm: Firm) -> None:
    ctx = firm.acting(1, "crm.sales")
    values = {"subject": "Call", "kind": "call", "crm_lead": firm.ids["ld_10"], "crm_opportunity": firm.ids["op_yunfan_mes"]}
    made = create(ctx, ACTIVITY, values).id
    seen = records(ctx, ACTIVITY, {"field": "id", "op": "is", "value": made}, "crm_lead", "crm_opportunity.company.name")
    assert len(seen) == 1
    assert seen[0]["crm_opportunity.company.name"]


def test_the_customer_page_shows_sales_beside_the_customer(firm: Firm) -> None:
    (app, form), *others = firm.ctx.catalog.forms_of(COMPANY)
    assert app == "crm"
    assert "crm.sales" in {f"{app}.{role}" for role in form.roles}
    assert {"activities", "quotes", "contracts", "receivables", "tickets"} <= {each.key for each in form.related}
    assert [app for app, _ in others] == ["customers"]


def test_customers_can_be_installed_alone(firm: Firm) -> None:
    place = make_place(firm.ctx.connection, language="zh-Hant")
    made = install(place.context(firm.ctx.connection), loader.read("customers"), sample_data=True, language="zh-Hant")
    assert made.records > 80
    assert "雲帆科技" in {each["short_name"] for each in records(made.ctx, COMPANY, None, "short_name")}
    with pytest.raises(Conflict):
        install(made.ctx, loader.read("customers"))


def test_an_upgrade_to_the_same_template_changes_nothing(firm: Firm) -> None:
    for key in ("customers", "crm"):
        planned = plan_upgrade(firm.ctx, loader.read(key))
        assert (planned.is_needed, planned.conflicts) == (False, ())


def test_sales_can_be_taken_away_and_the_customers_stay(firm: Firm) -> None:
    before = len(records(firm.ctx, COMPANY))
    lost = plan(firm.ctx, {"crm": None})
    left = uninstall(firm.ctx, "crm", accept_loss=lost.token).ctx
    assert set(left.catalog.apps) == {"customers"}
    assert len(records(left, COMPANY)) == before
    assert not [key for key in left.catalog.entity(ACTIVITY).fields if key.startswith("crm_")]
