"""Sample records: references resolve, values are acceptable to their fields, and every screen shows something."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from builder.errors import Problem
from builder.fields import FIELD_TYPES
from builder.fields.base import Locale
from builder.model import Field
from templates_library import loader
from tests.templates_library.walk import DAY, LANGUAGES, ZONE, apps, fields_of, plain, sample_records

KEYS = loader.names()
LOCALE = Locale(zone=ZONE)
CRM = {record["ref"]: record["values"] for _, record in sample_records("crm")}
OF_ENTITY: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
for _key in ("customers", "crm"):
    for _entity, _record in sample_records(_key):
        OF_ENTITY[_entity if "." in _entity else f"{_key}.{_entity}"].append(_record["values"])


def refs(value: Any) -> list[str]:
    if isinstance(value, list):
        return [found for each in value for found in refs(each)]
    return [value["ref"]] if isinstance(value, Mapping) and "ref" in value else []


@pytest.mark.parametrize("key", KEYS)
def test_references_name_earlier_records_of_the_right_entity(key: str) -> None:
    entity_of: dict[str, str] = {}
    for app_key in (*loader.read(key).needs, key):
        for entity, record in sample_records(app_key):
            name = entity if "." in entity else f"{app_key}.{entity}"
            for field_key, value in record["values"].items():
                for found in refs(value):
                    assert found in entity_of, (record["ref"], field_key, found)
                    if app_key == key:
                        assert entity_of[found] == _target(key, entity, field_key), (record["ref"], field_key)
            assert record["ref"] not in entity_of, "a name stands for one record"
            entity_of[record["ref"]] = name


def _target(app_key: str, entity: str, field_key: str) -> str:
    known = fields_of(app_key, entity)
    to = known[field_key].options["to"]
    owner = entity.partition(".")[0] if "." in entity else app_key
    owner = app_key if field_key.startswith(f"{app_key}_") else owner
    return to if "." in to else f"{owner}.{to}"


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_value_is_acceptable_to_its_field(key: str, language: str) -> None:
    problems = []
    for entity, record in sample_records(key):
        fields = fields_of(key, entity)
        for field_key, value in record["values"].items():
            problems += [(record["ref"], each) for each in _problems(fields[field_key], plain(value, language))]
        for field in fields.values():
            if field.required and field.default is None:
                assert field.key in record["values"], (record["ref"], field.key)
    assert problems == []


def _problems(field: Field, raw: Any) -> list[Problem]:
    kind = FIELD_TYPES.get(field.type)
    assert kind.writable, field.key
    if field.type == "relation":
        return []
    value = kind.parse(field, raw, LOCALE)
    return [value] if isinstance(value, Problem) else list(kind.validate(field, value))


@pytest.mark.parametrize("key", KEYS)
def test_unique_values_are_unique(key: str) -> None:
    seen: Counter[tuple[str, str, str]] = Counter()
    for entity, record in sample_records(key):
        for field in fields_of(key, entity).values():
            if field.unique and field.key in record["values"]:
                seen[entity, field.key, str(record["values"][field.key])] += 1
    assert not [each for each, count in seen.items() if count > 1]


@pytest.mark.parametrize("key", KEYS)
def test_every_stage_of_every_pipeline_has_records_with_what_it_requires(key: str) -> None:
    for pipeline in apps()[key].pipelines:
        records = OF_ENTITY[f"{key}.{pipeline.entity}"]
        count = Counter(each.get(pipeline.field) for each in records)
        for stage in pipeline.stages:
            assert count[stage.key], (pipeline.key, stage.key)
            for each in records:
                if each.get(pipeline.field) == stage.key:
                    defaults = {name for name, field in fields_of(key, pipeline.entity).items() if field.default is not None}
                    assert set(stage.require) <= set(each) | defaults, (pipeline.key, stage.key, each)


@pytest.mark.parametrize("key", KEYS)
def test_the_sample_speaks_three_languages(key: str) -> None:
    for _, record in sample_records(key):
        for value in record["values"].values():
            if isinstance(value, Mapping) and isinstance(value.get("text"), Mapping):
                assert set(value["text"]) == set(LANGUAGES)


def test_money_adds_up() -> None:
    """What came in on a contract is the sum of its confirmed payments, and of what its instalments have received."""
    paid: Counter[str] = Counter()
    planned: Counter[str] = Counter()
    received: Counter[str] = Counter()
    for each in OF_ENTITY["crm.payment"]:
        if each["status"] == "confirmed":
            paid[each["contract"]["ref"]] += Decimal(str(each["amount"]))
    for each in OF_ENTITY["crm.receivable_plan"]:
        planned[each["contract"]["ref"]] += Decimal(str(each["amount"]))
        received[each["contract"]["ref"]] += Decimal(str(each["received"]))
    for ref, values in CRM.items():
        if ref.startswith("k_"):
            assert Decimal(str(values["received"])) == paid[ref] == received[ref], ref
            assert not planned[ref] or planned[ref] == Decimal(str(values["amount"])), ref


def test_the_amount_of_an_opportunity_is_that_of_its_lines() -> None:
    total: Counter[str] = Counter()
    for line in OF_ENTITY["crm.opportunity_line"]:
        share = Decimal(100 - line["discount"]) / 100
        total[line["opportunity"]["ref"]] += Decimal(str(line["quantity"])) * Decimal(str(line["price"])) * share
    for ref, values in CRM.items():
        if ref.startswith("op_"):
            assert round(total[ref], 2) == Decimal(str(values["amount"])), ref


def test_open_money_is_of_every_age_and_sorted_rightly() -> None:
    edges = {"not_due": (-999, 0), "d1_30": (1, 30), "d31_60": (31, 60), "d61_90": (61, 90), "d90": (91, 999)}
    seen = set()
    for each in OF_ENTITY["crm.receivable_plan"]:
        if each["status"] in ("open", "partly"):
            low, high = edges[each["ageing"]]
            assert low <= -each["due_on"]["days"] <= high, each
            seen.add(each["ageing"])
    assert seen == set(edges)


def test_the_ladders_find_leads_on_every_rung() -> None:
    late = [
        -each["next_follow_up_at"]["days"]
        for each in OF_ENTITY["crm.lead"]
        if "next_follow_up_at" in each and not each["in_pool"] and each["stage"] in ("new", "contacted", "qualified")
    ]
    for low, high in ((0, 0), (1, 2), (3, 4), (5, 9), (10, 99)):
        assert any(low <= days <= high for days in late), (low, high)
    assert any(days < 0 for days in late)


def test_the_pool_holds_leads_never_owned_and_returned_ones() -> None:
    pool = [each for each in OF_ENTITY["crm.lead"] if each["in_pool"]]
    assert len(pool) >= 8
    assert all("owner" not in each for each in pool)
    assert any("previous_owner" in each and "return_reason" in each for each in pool)
    assert any("previous_owner" not in each for each in pool)
    assert all("owner" in each for each in OF_ENTITY["crm.lead"] if not each["in_pool"])


def test_somebody_has_a_birthday_today_and_a_key_account_is_silent() -> None:
    birthdays = [DAY + timedelta(days=each["birthday"]["days"]) for each in OF_ENTITY["customers.contact"]]
    assert any((each.month, each.day) == (DAY.month, DAY.day) for each in birthdays)
    silent = [each for each in OF_ENTITY["customers.company"] if each.get("rating") == "a"]
    days = sorted(-each["last_followed_at"]["days"] for each in silent)
    assert days[-1] >= 30
    assert any(21 <= each < 30 for each in days)


def test_what_happened_lies_in_the_past_and_the_next_step_after_it() -> None:
    for entity in ("customers.activity",):
        for each in OF_ENTITY[entity]:
            assert each["happened_at"]["days"] <= 0
            if "next_at" in each:
                assert each["next_at"]["days"] > each["happened_at"]["days"]
    for each in OF_ENTITY["crm.payment"]:
        assert each["paid_on"]["days"] <= 0


def test_last_follow_up_is_that_of_the_newest_activity() -> None:
    newest: dict[str, int] = {}
    for each in OF_ENTITY["customers.activity"]:
        if "crm_lead" in each:
            ref = each["crm_lead"]["ref"]
            newest[ref] = max(newest.get(ref, -9999), each["happened_at"]["days"])
    for ref, values in CRM.items():
        if ref.startswith("ld_") and "last_followed_at" in values:
            assert newest[ref] == values["last_followed_at"]["days"], ref
