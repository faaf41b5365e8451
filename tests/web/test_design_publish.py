"""Publishing from the designer: losses are named by hand, two people at once, versions and the trash."""

from __future__ import annotations

import re

import pytest

from tests.web.site import Browser, Site
from tests.web.test_design import act, shop

AMOUNT = "entities/orders/fields/amount"


@pytest.fixture
def admin(site: Site) -> Browser:
    site.install(shop())
    browser = site.browser()
    for name, amount in (("a", "10"), ("b", "20"), ("c", "")):
        answer = browser.post("/records/shop.orders/new", {"name": name, "amount": amount})
        assert answer.status_code == 303, answer.text
    return browser


def drop_amount(browser: Browser) -> None:
    act(browser, {"op": "remove_field", "path": "entities/orders/fields/double"}, {"op": "remove_field", "path": AMOUNT})


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    return found[1] if found else ""


def test_a_loss_is_confirmed_by_typing_and_taken_back_from_the_trash(admin: Browser) -> None:
    drop_amount(admin)
    page = admin.get("/design/shop/publish").text
    assert "2 records lose values." in page
    assert "Look at these first" in page
    token = hidden(page, "token")
    refused = admin.post("/design/shop/publish", {"token": token, "loses": "1", "confirm": "yes"})
    assert refused.status_code == 422
    assert "Type shop to confirm" in refused.text
    assert admin.post("/design/shop/publish", {}).status_code == 422
    done = admin.post("/design/shop/publish", {"token": token, "loses": "1", "confirm": "shop", "note": "no money"}, follow=True)
    assert "no money" in done.text
    assert "Published as version 2." in done.text
    trash = admin.get("/design/shop/trash").text
    items = re.findall(r"/design/shop/trash/(\d+)/restore", trash)
    assert len(items) >= 1
    labels = re.findall(r'class="line-title">([^<]+)', trash)
    wanted = items[labels.index("Amount")]
    admin.post(f"/design/shop/trash/{wanted}/restore")
    assert admin.get("/api/v1/records/shop.orders/1").get_json()["amount"] == "10.00"


def test_a_conversion_shows_what_will_not_convert(admin: Browser) -> None:
    act(
        admin,
        {"op": "set", "path": "entities/orders/fields/name/type", "value": "number"},
        {"op": "set", "path": "entities/orders/title_field", "value": None},
    )
    page = admin.get("/design/shop/publish").text
    assert "cannot be converted" in page
    assert "3 records lose values." in page


def test_two_administrators_at_once_are_merged(admin: Browser, site: Site) -> None:
    other = site.browser("other", admin=True)
    act(admin, {"op": "set", "path": "entities/orders/label/en", "value": "Purchase"})
    act(other, {"op": "new_field", "entity": "orders", "type": "text", "label": {"en": "Fax"}, "named": "fax"})
    assert other.post("/design/shop/publish", {"note": "fax"}).status_code == 303
    page = admin.get("/design/shop/publish").text
    assert "go together without conflict" in page
    assert admin.post("/design/shop/publish", {"note": "name"}).status_code == 303
    merged = admin.get("/design/shop/entities/orders").text
    assert "Fax" in merged
    assert "Purchase" in merged


def test_a_conflict_shows_both_sides_and_waits_for_a_choice(admin: Browser, site: Site) -> None:
    other = site.browser("other", admin=True)
    act(admin, {"op": "set", "path": "entities/orders/label/en", "value": "Mine"})
    act(other, {"op": "set", "path": "entities/orders/label/en", "value": "Theirs"})
    other.post("/design/shop/publish", {})
    page = admin.get("/design/shop/publish").text
    assert re.findall(r'class="choice-text">([^<]+)', page) == ["Mine", "Theirs"]
    assert admin.post("/design/shop/publish", {}).status_code == 422
    chosen = admin.post("/design/shop/publish", {"resolve:entities/orders/label/en": "theirs"}, follow=True)
    assert chosen.status_code == 200, chosen.text
    assert ">Theirs<" in admin.get("/design/shop").text


def test_texts_in_other_languages_say_in_which(admin: Browser) -> None:
    act(admin, *({"op": "set", "path": f"entities/orders/label/{each}", "value": "询单"} for each in ("en", "zh-Hans")))
    page = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", admin.get("/design/shop/publish").text))
    assert "Label · 简体中文" in page
    assert "Label · English" not in page


def test_versions_are_compared_and_restored(admin: Browser) -> None:
    act(admin, {"op": "set", "path": "entities/orders/fields/name/label/en", "value": "Title"})
    admin.post("/design/shop/publish", {"note": "renamed"})
    versions = admin.get("/design/shop/versions").text
    assert "renamed" in versions
    compared = admin.get("/design/shop/versions/compare?a=2&b=1").text
    assert "<del>Name</del>" in compared
    assert "<ins>Title</ins>" in compared
    assert "Go back to version 1" in admin.get("/design/shop/versions/1").text
    assert admin.post("/design/shop/versions/1/restore", {}).status_code == 303
    assert "Back to version 1" in admin.get("/design/shop/versions").text
    assert "Title" not in admin.get("/design/shop/entities/orders").text
    assert admin.get("/design/shop/versions/3").status_code == 404


def test_rules_fields_and_steps_are_told_before_and_after_in_sentences(admin: Browser) -> None:
    old, new = ({"field": "amount", "op": "gt", "value": value} for value in (5, 100))
    act(
        admin,
        {"op": "new_view", "entity": "orders", "label": "Big ones"},
        {"op": "set", "path": "views/big_ones/filter", "value": old},
        {"op": "set", "path": "views/big_ones/sort", "value": ["-amount"]},
        {"op": "new_automation", "label": "Tell", "type": "change", "entity": "orders"},
        {"op": "new_step", "list": "automations/tell/steps", "type": "set", "value": {"values": {"name": "big"}}},
    )
    assert admin.post("/design/shop/publish", {}, follow=True).status_code == 200
    act(
        admin,
        {"op": "set", "path": "views/big_ones/filter", "value": {"all": [new, {"field": "name", "op": "is_not_empty"}]}},
        {"op": "set", "path": "views/big_ones/sort", "value": ["name"]},
        {"op": "set", "path": "automations/tell/condition", "value": new},
        {"op": "new_step", "list": "automations/tell/steps", "type": "wait", "value": {"for": "2d"}},
    )
    page = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", admin.get("/design/shop/publish").text))
    assert "Amount is more than 5" in page
    assert "Amount is more than 100 and Name is filled in" in page
    assert "Amount, downwards" in page
    assert "Wait 2 days" in page
    assert "a rule" not in page
    assert "settings" not in page.partition("Changed")[2].partition("Note")[0]
