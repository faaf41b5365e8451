"""The bundled templates as documents: clean, complete in three languages, with links that lead somewhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest

from builder.check import check_app
from builder.codec import app_to_json
from templates_library import loader
from tests.templates_library.walk import LANGUAGES, apps, documents, labels

KEYS = loader.names()
ONLY_SIMPLIFIED = (
    "们这来时个为开关见长门问间东车马书买卖发户联动态达远还进运过边选适说话请谁让记订计认设证试该详误读课谈资负"
    "责财账货质购费贴数据条标样检楼业专两严务产对当录总报实际经给结统线级红约纯组细织终继续维综编缴网罗职应听样单"
)
ONLY_TRADITIONAL = (
    "們這來時個為開關見長門問間東車馬書買賣發戶聯動態達遠還進運過邊選適說話請誰讓記訂計認設證試該詳誤讀課談資負"
    "責財帳貨質購費貼數據條標樣檢樓業專兩嚴務產對當錄總報實際經給結統線級紅約純組細織終繼續維綜編繳網羅職應聽單"
)


def test_what_others_need_comes_first() -> None:
    seen: set[str] = set()
    for key in KEYS:
        assert set(loader.read(key).needs) <= seen
        seen.add(key)
    assert {"customers", "crm"} <= seen


@pytest.mark.parametrize("key", KEYS)
def test_the_check_finds_nothing(key: str) -> None:
    needed = {name: app for name, app in apps().items() if name in loader.read(key).needs}
    problems = check_app(documents()[key], needed)
    assert [(each.path, each.message, each.params) for each in problems] == []


@pytest.mark.parametrize("key", KEYS)
def test_all_templates_fit_beside_each_other(key: str) -> None:
    assert check_app(documents()[key], apps()) == []


@pytest.mark.parametrize("key", KEYS)
def test_the_document_states_no_defaults(key: str) -> None:
    assert app_to_json(apps()[key]) == documents()[key]


@pytest.mark.parametrize("key", KEYS)
def test_every_text_is_there_in_three_languages(key: str) -> None:
    found = list(labels(documents()[key])) + list(labels(loader.read(key).meta))
    incomplete = [path for path, text in found if not _complete(text)]
    assert incomplete == []
    assert len(found) > 100


@pytest.mark.parametrize("key", KEYS)
def test_the_two_chinese_scripts_are_not_mixed(key: str) -> None:
    for path, text in labels(documents()[key]):
        assert not set(text["zh-Hant"]) & set(ONLY_SIMPLIFIED), (path, text["zh-Hant"])
        assert not set(text["zh-Hans"]) & set(ONLY_TRADITIONAL), (path, text["zh-Hans"])


@pytest.mark.parametrize("key", KEYS)
def test_a_text_has_the_same_placeholders_in_every_language(key: str) -> None:
    for path, text in labels(documents()[key]):
        english = set(re.findall(r"\{\{\s*([a-z_.]+)", text["en"]))
        for language in LANGUAGES[1:]:
            assert set(re.findall(r"\{\{\s*([a-z_.]+)", text[language])) == english, (path, language)


@pytest.mark.parametrize("key", KEYS)
def test_every_entity_has_a_name_a_table_and_a_form(key: str) -> None:
    app = apps()[key]
    for entity in app.entities:
        assert all((entity.label, entity.plural, entity.title_field, entity.icon)), entity.key
        assert any(view.entity == entity.key and view.type == "table" for view in app.views), entity.key
        assert any(form.entity == entity.key for form in app.forms), entity.key
        assert any(grant.entity == entity.key for role in app.roles for grant in role.grants), entity.key


@pytest.mark.parametrize("key", KEYS)
def test_every_writable_field_can_be_reached_in_a_form(key: str) -> None:
    """A field that no form shows could only be filled by automations and imports."""
    app = apps()[key]
    shown = {(form.entity, item.field) for form in app.forms for section in form.sections for item in section.items}
    hidden = [
        f"{entity.key}.{field.key}"
        for entity in app.entities
        for field in entity.fields
        if field.options.get("kind") != "one_to_many" and field.type != "formula" and (entity.key, field.key) not in shown
    ]
    assert hidden == ["lead.duplicate"] * (key == "crm")


@pytest.mark.parametrize("key", KEYS)
def test_the_first_day_leads_somewhere(key: str) -> None:
    app = apps()[key]
    kinds: Mapping[str, Any] = {
        "view": app.views,
        "dashboard": app.dashboards,
        "automation": app.automations,
        "pipeline": app.pipelines,
        "entity": app.entities,
    }
    steps = loader.read(key).meta["first_day"]
    assert steps
    for step in steps:
        kind, _, target = step["link"].partition(":")
        if target:
            assert target.partition(".")[2] in {each.key for each in kinds[kind]}, step["link"]
        else:
            assert kind in {"people", "teams"}, step["link"]


@pytest.mark.parametrize("key", KEYS)
def test_the_gallery_facts_and_readmes_are_there(key: str) -> None:
    template = loader.read(key)
    assert set(template.meta["languages"]) == set(LANGUAGES) == set(template.readme)
    assert template.meta["category"]
    assert all(len(text) > 500 for text in template.readme.values())


def test_an_unknown_template_is_refused() -> None:
    for key in ("ghost", "../builder", ""):
        with pytest.raises(loader.NoSuchTemplate):
            loader.read(key)


def _complete(text: Any) -> bool:
    return isinstance(text, Mapping) and set(text) == set(LANGUAGES) and all(str(each).strip() for each in text.values())
