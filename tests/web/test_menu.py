"""The sidebar, the palette and the roles page show what the app document says, to whom it is open."""

from __future__ import annotations

from typing import Any

from tests.web.site import Site

SHOP: dict[str, Any] = {
    "format": 1,
    "key": "shop",
    "version": "1.0.0",
    "label": {"en": "Shop", "zh-Hans": "商店", "zh-Hant": "商店"},
    "icon": "building-store",
    "color": "teal",
    "entities": [
        {
            "key": "deal",
            "label": {"en": "Deal", "zh-Hans": "商机"},
            "plural": {"en": "Deals", "zh-Hans": "商机"},
            "owner_field": "owner",
            "fields": [
                {"key": "name", "type": "text", "label": {"en": "Name", "zh-Hans": "名称"}},
                {"key": "cost", "type": "currency", "label": {"en": "Cost", "zh-Hans": "成本"}},
                {"key": "owner", "type": "person", "label": {"en": "Owner", "zh-Hans": "负责人"}},
                {
                    "key": "stage",
                    "type": "select",
                    "label": {"en": "Stage", "zh-Hans": "阶段"},
                    "options": {"choices": [{"key": "new", "label": {"en": "New", "zh-Hans": "新建"}, "color": "blue"}]},
                },
            ],
        },
        {"key": "wage", "label": "Wage", "plural": "Wages", "fields": [{"key": "name", "type": "text", "label": "Name"}]},
    ],
    "views": [
        {"key": "hot", "entity": "deal", "type": "table", "label": "Hot deals", "columns": [{"key": "name"}], "roles": ["boss"]},
    ],
    "roles": [
        {
            "key": "sales",
            "label": {"en": "Sales", "zh-Hans": "销售"},
            "grants": [
                {
                    "entity": "deal",
                    "read": ["own", {"field": "stage", "op": "is", "value": "new"}],
                    "create": True,
                    "update": ["own"],
                    "hidden": ["cost"],
                }
            ],
        },
        {"key": "boss", "label": "Boss", "grants": [{"entity": "deal", "read": ["all"]}, {"entity": "wage", "read": ["all"]}]},
    ],
    "menu": [
        {"key": "deals", "entity": "deal"},
        {
            "key": "more",
            "label": {"en": "More", "zh-Hans": "更多"},
            "items": [{"key": "wages", "entity": "wage"}, {"key": "hot", "view": "hot"}],
        },
    ],
}


def test_everybody_sees_what_is_open_to_them(site: Site) -> None:
    site.install(SHOP)
    for name, roles, seen in [
        ("sales", ["shop.sales"], {"/records/shop.deal"}),
        ("boss", ["shop.boss"], {"/records/shop.deal", "/records/shop.wage", "/records/shop.deal?view=hot"}),
        ("nobody", [], set()),
    ]:
        page = site.browser(name, roles=roles).get("/").text
        found = {
            path
            for path in ("/records/shop.deal", "/records/shop.wage", "/records/shop.deal?view=hot")
            if f'href="{path}"' in page
        }
        assert found == seen, name
        assert ("Nothing is open to you yet" in page) == (not seen)


def test_only_what_may_be_created_is_offered(site: Site) -> None:
    site.install(SHOP)
    assert "/records/shop.deal/new" in site.browser("sales", roles=["shop.sales"]).part("/create").text
    assert "/records/shop.deal/new" not in site.browser("boss", roles=["shop.boss"]).part("/create").text


def test_labels_speak_the_language_of_the_reader(site: Site) -> None:
    site.install(SHOP)
    page = site.browser("li", roles=["shop.sales"], language="zh-Hans").get("/").text
    assert "商机" in page
    assert "Deals" not in page
    assert "商店" in site.browser("wang", roles=["shop.sales"], language="zh-Hant").get("/").text


def test_the_palette_finds_records_that_are_open(site: Site) -> None:
    site.install(SHOP)
    site.member("sales", roles=["shop.sales"])
    made = site.stranger().client.post(
        "/api/v1/records/shop.deal",
        json={"name": "Harbour crane", "owner": site.member("admin", admin=True)},
        headers=site.key("admin"),
    )
    assert made.status_code == 201, made.text
    assert "Harbour crane" in site.browser("boss", roles=["shop.boss"]).part("/palette?q=harbour").text
    assert "Harbour crane" not in site.browser("sales").part("/palette?q=harbour").text


def test_rights_are_told_in_sentences(site: Site) -> None:
    site.install(SHOP)
    admin = site.browser()
    page = admin.get("/settings/roles?role=shop.sales").text
    assert "sees own records or records where Stage is New" in page
    assert "changes own records" in page
    assert "never sees Cost" in page
    assert "sees all records" in admin.part("/settings/roles?role=shop.boss").text
    assert "<html" not in admin.part("/settings/roles?role=shop.boss").text
    assert admin.get("/settings/roles?role=shop.unknown").status_code == 404


def test_sentences_are_chinese_for_chinese_readers(site: Site) -> None:
    site.install(SHOP)
    page = site.browser("laoban", admin=True, language="zh-Hans").get("/settings/roles?role=shop.sales").text
    assert "可查看：自己的记录或阶段为“新建”的记录" in page
    assert "看不到 成本" in page
