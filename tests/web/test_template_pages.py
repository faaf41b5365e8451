"""The template gallery."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from runtime import people
from runtime.catalog import load_catalog
from runtime.clock import now
from runtime.context import Context
from runtime.install import install
from runtime.schema_apply import apply
from templates_library import loader
from templates_library.loader import Template
from tests.web.site import Site


def context(site: Site, connection: sa.Connection) -> Context:
    workspace = people.load_workspace(connection, site.workspace.id)
    actor = people.load_actor(connection, workspace, site.member("admin", admin=True))
    return Context(connection, workspace, load_catalog(connection, workspace), actor, now())


def document(site: Site, key: str) -> Mapping[str, Any]:
    with site.engine.connect() as connection:
        return context(site, connection).catalog.documents[key]


def older(key: str, sort: list[str]) -> Template:
    """The template as it may have been before: another version, another order of one view, one view less."""
    app: dict[str, Any] = deepcopy(dict(loader.read(key).app))
    app["version"] = "0.9.0"
    app["views"][0]["sort"] = sort
    return replace(loader.read(key), app=app)


def test_install_look_around_and_uninstall(site: Site) -> None:
    browser = site.browser()
    gallery = browser.get("/templates").text
    assert "/templates/customers" in gallery and "/templates/crm" in gallery
    picture = browser.get("/templates/customers/picture")
    assert picture.mimetype == "image/svg+xml" and b"<svg" in picture.data
    page = browser.get("/templates/customers").text
    assert 'hx-get="/templates/customers/plan"' in page and "Sample data" in page
    plan = browser.part("/templates/customers/plan").text
    assert "Checked: it fits." in plan and "Company" in plan
    answer = browser.post("/templates/customers/install", {"sample_data": "1"})
    assert answer.headers["Location"] == "/templates/customers/first-day"
    first = browser.get("/templates/customers/first-day").text
    assert "0 of 7 done" in first and "/records/customers.company" in first and "sample records" in first
    ticked = browser.part("/templates/customers/first-day", "POST", data={"step": "people", "done": "1"})
    assert "1 of 7 done" in ticked.text
    assert "1 of 7 done" in browser.get("/templates/customers/first-day").text
    assert "0 of 7 done" in browser.part("/templates/customers/first-day", "POST", data={"step": "people"}).text
    assert browser.post("/templates/customers/first-day", {"step": "nonsense"}).status_code == 404
    page = browser.get("/templates/customers").text
    assert "Remove the sample data" in page and "/templates/customers/install" not in page
    assert browser.post("/templates/customers/install").status_code == 409
    dialog = browser.part("/templates/customers/uninstall").text
    assert "records" in dialog
    token = dialog.split('name="accept_loss" value="')[1].split('"')[0]
    refused = browser.post("/templates/customers/uninstall", {"name": "crm", "accept_loss": token})
    assert refused.status_code == 422 and "Type customers to confirm." in refused.text
    gone = browser.post("/templates/customers/uninstall", {"name": "customers", "accept_loss": token}, follow=True)
    assert "The app is in the trash." in gone.text
    assert browser.get("/templates/customers/first-day").status_code == 404


def test_upgrade_asks_where_both_sides_changed_the_same(site: Site) -> None:
    with site.engine.begin() as connection:
        install(context(site, connection), older("customers", ["-created_at"]))
    with site.engine.begin() as connection:
        ctx = context(site, connection)
        mine: dict[str, Any] = deepcopy(dict(ctx.catalog.documents["customers"]))
        mine["views"][0]["sort"] = ["-changed_at"]
        apply(ctx, {"customers": mine})
    browser = site.browser()
    assert "Upgrade to 1.0.0" in browser.get("/templates/customers").text
    page = browser.get("/templates/customers/upgrade").text
    assert "1 place was changed by you and by the template" in page and "-changed_at" in page and "› Sort" in page
    path = page.split('name="path" value="')[1].split('"')[0]
    theirs = loader.read("customers").app["views"][0].get("sort")
    browser.post("/templates/customers/upgrade", {"path": path, "side_0": "theirs"})
    assert document(site, "customers")["views"][0].get("sort") == theirs
    assert document(site, "customers")["version"] == "1.0.0"
    assert "Nothing to upgrade" in browser.get("/templates/customers/upgrade").text


def test_only_administrators(site: Site) -> None:
    browser = site.browser("li")
    for path in ("/templates", "/templates/crm", "/templates/crm/plan", "/templates/crm/uninstall", "/templates/crm/upgrade"):
        assert browser.get(path).status_code == 403
    assert browser.post("/templates/crm/install").status_code == 403
    admin = site.browser()
    for path in ("/templates/nothing", "/templates/..%2Fcrm", "/templates/nothing/picture", "/templates/crm/upgrade"):
        assert admin.get(path).status_code == 404


def test_read_mes_are_shown_safely_in_the_readers_language(site: Site) -> None:
    site.member("wei", admin=True, language="zh-Hans")
    page = site.browser("wei").get("/templates/crm").text
    assert "<h2>自动" in page or "自动" in page
    assert "<table>" in page and "<script" not in page.split('class="block prose"')[1].split("</section>")[0]
