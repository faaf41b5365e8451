"""Every way in which a document can be wrong is found, at its place, with a sentence."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from builder.check import check_app
from builder.codec import app_from_json, app_to_json
from tests.everything_app import directory_app, everything, studio_app

Document = dict[str, Any]


def item(items: list[Document], key: str) -> Document:
    return next(each for each in items if each["key"] == key)


def problems_after(mutate: Callable[[Document], Any]) -> list[tuple[str, str]]:
    document = copy.deepcopy(studio_app())
    mutate(document)
    return [(each.path, each.code) for each in check_app(document, {"directory": app_from_json(directory_app())})]


def project(document: Document) -> Document:
    return item(document["entities"], "project")


def add_field(document: Document, **field: Any) -> None:
    project(document)["fields"].append({"key": "extra", **field})


def test_the_everything_apps_are_clean_and_survive_the_codec() -> None:
    others = {}
    for key, document in everything().items():
        assert check_app(document, others) == []
        others[key] = app_from_json(document)
        assert check_app(app_to_json(others[key]), others) == []
        assert app_from_json(app_to_json(others[key])) == others[key]


FIELD = "entities/project/fields/extra"
CASES: list[tuple[str, Callable[[Document], Any], str, str]] = [
    ("unknown property", lambda d: d.update(colour="red"), "", "additionalProperties"),
    ("bad key", lambda d: d.update(key="Big App"), "key", "pattern"),
    ("unknown type", lambda d: add_field(d, type="money"), f"{FIELD}/type", "enum"),
    ("unknown option", lambda d: add_field(d, type="text", options={"size": 3}), f"{FIELD}/options", "additionalProperties"),
    ("missing options", lambda d: add_field(d, type="select"), FIELD, "required"),
    ("option of a wrong type", lambda d: add_field(d, type="number", options={"decimals": "2"}), f"{FIELD}/options/decimals", "type"),
    ("label of a wrong type", lambda d: add_field(d, type="text", label=7), f"{FIELD}/label", "anyOf"),
    ("min over max", lambda d: add_field(d, type="number", options={"min": 5, "max": 1}), f"{FIELD}/options/min", "min_over_max"),
    ("same choice twice", lambda d: add_field(d, type="select", options={"choices": [{"key": "a"}, {"key": "a"}]}), f"{FIELD}/options/choices/1", "duplicate_key"),
    ("reserved key", lambda d: project(d)["fields"].append({"key": "created_at", "type": "date"}), "entities/project/fields/created_at", "reserved_key"),
    ("same field twice", lambda d: (add_field(d, type="text"), add_field(d, type="text")), FIELD, "duplicate_key"),
    ("relation to nowhere", lambda d: add_field(d, type="relation", options={"to": "ghost"}), f"{FIELD}/options/to", "unknown_entity"),
    ("relation without need", lambda d: (d.update(needs=[]), None), "entities/project/fields/company/options/to", "missing_need"),
    ("bad inverse", lambda d: add_field(d, type="relation", options={"to": "tag", "kind": "one_to_many", "inverse": "nothing"}), f"{FIELD}/options/inverse", "bad_inverse"),
    ("no inverse", lambda d: add_field(d, type="relation", options={"to": "tag", "kind": "one_to_many"}), f"{FIELD}/options/inverse", "required"),
    ("unique yes-no", lambda d: add_field(d, type="boolean", unique=True), f"{FIELD}/unique", "not_unique"),
    ("bad default", lambda d: add_field(d, type="number", default="many"), f"{FIELD}/default", "not_a_number"),
    ("bad computed default", lambda d: add_field(d, type="date", default={"var": "yesterday"}), f"{FIELD}/default", "bad_default"),
    ("bad default formula", lambda d: add_field(d, type="date", default={"expr": "TODAY("}), f"{FIELD}/default/expr", "expected"),
    ("two counters", lambda d: add_field(d, type="auto_number", options={"pattern": "{00}-{00}"}), f"{FIELD}/options/pattern", "pattern"),
    ("broken formula", lambda d: add_field(d, type="formula", options={"expression": "1 +"}), f"{FIELD}/options/expression", "expected"),
    ("formula of nothing", lambda d: add_field(d, type="formula", options={"expression": "{ghost}"}), f"{FIELD}/options/expression", "unknown_field"),
    ("formula of itself", lambda d: add_field(d, type="formula", options={"expression": "{extra} & 'x'"}), f"{FIELD}/options/expression", "formula_cycle"),
    ("formula of another type", lambda d: add_field(d, type="formula", options={"expression": "'x'", "result": "number"}), f"{FIELD}/options/expression", "wrong_result"),
    ("title of nothing", lambda d: project(d).update(title_field="ghost"), "entities/project/title_field", "unknown_field"),
    ("owner that is no person", lambda d: project(d).update(owner_field="name"), "entities/project/owner_field", "wrong_field_type"),
    ("index of nothing", lambda d: project(d).update(indexes=[{"key": "i", "fields": ["ghost"]}]), "entities/project/indexes/i/fields", "unknown_field"),
    ("rule of nothing", lambda d: project(d).update(rules=[{"key": "r", "condition": {"field": "ghost", "op": "is", "value": 1}}]), "entities/project/rules/r/condition/field", "unknown_field"),
    ("form of nothing", lambda d: d["forms"].append({"key": "f", "entity": "ghost"}), "forms/f/entity", "unknown_entity"),
    ("form item of nothing", lambda d: d["forms"].append({"key": "f", "entity": "tag", "sections": [{"key": "s", "items": [{"key": "i", "field": "ghost"}]}]}), "forms/f/sections/s/items/i/field", "unknown_field"),
    ("list that does not point here", lambda d: d["forms"].append({"key": "f", "entity": "tag", "related": [{"key": "r", "entity": "project", "field": "company"}]}), "forms/f/related/r/field", "not_pointing_here"),
    ("view of nothing", lambda d: d["views"].append({"key": "v", "entity": "tag", "columns": [{"key": "ghost"}]}), "views/v/columns", "unknown_field"),
    ("unknown view type", lambda d: d["views"].append({"key": "v", "entity": "tag", "type": "globe"}), "views/v/type", "unknown_view_type"),
    ("kanban without group", lambda d: d["views"].append({"key": "v", "entity": "tag", "type": "kanban"}), "views/v", "required"),
    ("kanban by text", lambda d: d["views"].append({"key": "v", "entity": "project", "type": "kanban", "options": {"group": "name"}}), "views/v/options/group", "wrong_field_type"),
    ("view sorted by nothing", lambda d: d["views"].append({"key": "v", "entity": "tag", "sort": ["-ghost"]}), "views/v/sort", "unknown_field"),
    ("pipeline of a text", lambda d: d["pipelines"].append({"key": "p", "entity": "project", "field": "name"}), "pipelines/p/field", "wrong_field_type"),
    ("stage of nothing", lambda d: d["pipelines"][0]["stages"].append({"key": "ghost"}), "pipelines/project_stages/stages/ghost", "unknown_stage"),
    ("grant of nothing", lambda d: d["roles"].append({"key": "r", "grants": [{"entity": "ghost"}]}), "roles/r/grants/ghost/entity", "unknown_entity"),
    ("mask of nothing", lambda d: d["roles"].append({"key": "r", "grants": [{"entity": "tag", "hidden": ["ghost"]}]}), "roles/r/grants/tag/hidden", "unknown_field"),
    ("right that is none", lambda d: d["roles"].append({"key": "r", "grants": [{"entity": "tag", "read": ["most"]}]}), "roles/r/grants/0/read/0", "anyOf"),
    ("tile of a text sum", lambda d: d["dashboards"][0]["tiles"].append({"key": "t", "type": "number", "entity": "project", "measure": {"op": "sum", "field": "name"}}), "dashboards/overview/tiles/t/measure", "not_measurable"),
    ("menu to nowhere", lambda d: d["menu"].append({"key": "m", "dashboard": "ghost"}), "menu/m/dashboard", "unknown_dashboard"),
    ("menu to two places", lambda d: d["menu"].append({"key": "m", "entity": "tag", "view": "board"}), "menu/m", "one_target"),
    ("extension of nothing", lambda d: d["extends"].append({"key": "e", "entity": "directory.ghost", "fields": []}), "extends/e/entity", "unknown_entity"),
    ("unknown trigger", lambda d: d["automations"].append({"key": "a", "trigger": {"type": "magic"}}), "automations/a/trigger/type", "enum"),
    ("unknown step", lambda d: d["automations"].append({"key": "a", "entity": "tag", "trigger": {"type": "change"}, "steps": [{"key": "s", "type": "magic"}]}), "automations/a/steps/s/type", "enum"),
    ("unknown setting", lambda d: d["automations"].append({"key": "a", "entity": "project", "trigger": {"type": "change"}, "condition": {"field": "name", "op": "is", "value": {"setting": "ghost"}}}), "automations/a/condition/value", "unknown_setting"),
]  # fmt: skip


@pytest.mark.parametrize(("mutate", "path", "code"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_finds(mutate: Callable[[Document], Any], path: str, code: str) -> None:
    assert (path, code) in problems_after(mutate)


def test_all_problems_at_once() -> None:
    def spoil(document: Document) -> None:
        add_field(document, type="number", options={"min": 5, "max": 1})
        project(document)["title_field"] = "ghost"
        document["menu"].append({"key": "m", "view": "ghost"})

    assert {code for _, code in problems_after(spoil)} == {"min_over_max", "unknown_field", "unknown_view"}


def test_a_very_deep_document_is_refused_calmly() -> None:
    deep: Document = {}
    for _ in range(10_000):
        deep = {"a": deep}
    assert [each.code for each in check_app({"key": "x", "description": deep}, {})] == ["too_deep"]


@pytest.mark.parametrize("document", [None, [], "x", 7, {}, {"key": None}, {"key": "x", "entities": {}}], ids=repr)
def test_what_is_no_document_is_a_problem(document: Any) -> None:
    assert check_app(document, {})


def test_two_extensions_of_one_entity_do_not_bring_the_same_field() -> None:
    field = {"key": "budget", "type": "number"}
    company = {"key": "company", "fields": [{"key": "name", "type": "text"}]}
    others = {"base": app_from_json({"format": 1, "key": "base", "entities": [company]})}
    extends = [{"key": key, "entity": "base.company", "fields": [field]} for key in ("facts", "facts_copy")]
    found = check_app({"format": 1, "key": "studio", "entities": [], "extends": extends}, others)
    assert [(each.path, each.code) for each in found] == [("extends/facts_copy/fields/budget", "duplicate_key")]
