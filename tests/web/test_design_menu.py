"""The menu designer: entries are added, grouped, named and taken off; the sidebar follows when it is published."""

from __future__ import annotations

import copy

import pytest

from tests.web.site import Site
from tests.web.test_design_views import APP, act, publish

PAGE = "/design/desk/menu"


@pytest.fixture
def desk(site: Site) -> Site:
    site.install(copy.deepcopy(APP))
    return site


def test_entries_are_added_grouped_and_named(desk: Site) -> None:
    admin = desk.browser()
    assert "Late deals" in admin.get(PAGE).text
    act(admin, PAGE, {"op": "new_item", "list": "menu", "base": "firm", "value": {"entity": "firm"}})
    where = act(
        admin,
        PAGE,
        {"op": "new_item", "list": "menu", "base": "group", "numbered": True, "value": {"label": {"en": "Group"}, "items": []}},
    )
    assert where.endswith("pick=menu/group_1")
    act(admin, PAGE, {"op": "set", "path": "menu/group_1/label/en", "value": "Addresses"})
    assert act(admin, PAGE, {"op": "place", "path": "menu/firm", "list": "menu/group_1/items", "after": None}).endswith(
        "pick=menu/group_1/items/firm"
    )
    act(admin, PAGE, {"op": "place", "path": "menu/group_1", "list": "menu", "after": None})
    act(admin, PAGE, {"op": "remove", "path": "menu/late"})
    shown = admin.get(PAGE).text
    assert 'data-path="menu/group_1/items/firm"' in shown
    publish(admin)
    sidebar = admin.get("/").text
    assert sidebar.index("Addresses") < sidebar.index("/records/desk.firm") < sidebar.index("/records/desk.deal")
    assert "view=late" not in sidebar


def test_a_group_cannot_go_into_itself(desk: Site) -> None:
    admin = desk.browser()
    admin.get(PAGE)
    act(admin, PAGE, {"op": "new_item", "list": "menu", "base": "group", "value": {"label": {"en": "Group"}, "items": []}})
    act(admin, PAGE, {"op": "place", "path": "menu/group", "list": "menu/group/items", "after": None}, status=422)
    assert desk.browser("li", roles=["desk.sales"]).get(PAGE).status_code == 403
