"""A colleague borrows a camera with a phone: rules, ways, what is hidden, what is told."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Page, expect

from runtime.automations.pump import pump_once
from runtime.clock import now
from runtime.records import write
from runtime.tables import EntityDef
from tests.browser.conftest import SHOTS, LiveSite
from tests.browser.equipment.person import Pointer
from tests.browser.equipment.words import Words

PRICE = "48765"


def snap(page: Page, name: str, w: Words) -> None:
    """A picture of the phone."""
    if SHOTS is not None:
        page.screenshot(path=Path(SHOTS) / f"loan-use-{name}-{w.language}.png", caret="initial")


def entity_called(live: LiveSite, app: str, label: str) -> EntityDef:
    """The table of the published app with this name."""
    with live.site.engine.begin() as connection:
        catalog = live.site.context(connection).catalog
    return next(each for each in catalog.entities() if each.app == app and label in dict(each.entity.label.texts).values())


def field_called(entity: EntityDef, label: str) -> str:
    return next(key for key, each in entity.fields.items() if label in dict(each.field.label.texts).values())


def role_called(live: LiveSite, app: str, label: str) -> str:
    with live.site.engine.begin() as connection:
        found = live.site.context(connection).catalog.apps[app]
    return f"{app}." + next(each.key for each in found.roles if label in dict(each.label.texts).values())


def put_into_store(live: LiveSite, w: Words, app: str) -> None:
    """One camera, which is worth something."""
    table = entity_called(live, app, w.equipment)
    category = table.fields[field_called(table, w.category)]
    camera = next(each["key"] for each in category.field.options["choices"] if w.camera in each["label"].values())
    with live.site.engine.begin() as connection:
        values = {
            table.entity.title_field: "Alpha 7",
            field_called(table, w.category): camera,
            field_called(table, w.value): PRICE,
        }
        write.create(live.site.context(connection), table.name, values)


def borrow(page: Page, live: LiveSite, w: Words, app: str, name: str) -> None:
    """Makes a loan. The purpose has to be said for a camera; the note about damage is not asked for yet."""
    p = Pointer(page)
    loan, equipment = entity_called(live, app, w.loan), entity_called(live, app, w.equipment)
    expect(page.locator("#main")).to_contain_text(w.number)
    snap(page, "home", w)
    page.goto(f"{live.url}/records/{equipment.name}")
    expect(page.locator("#main")).to_contain_text("Alpha 7")
    assert PRICE not in page.content().replace(",", "") and w.value not in page.locator("#main").inner_text().split()
    page.goto(f"{live.url}/records/{loan.name}/new")
    p.choose(w.equipment, "Alpha 7")
    p.choose(w.borrower, name)
    page.get_by_label(w.due, exact=True).fill((now() + timedelta(days=2)).date().isoformat())
    expect(page.get_by_label(w.damage, exact=True)).to_be_hidden()
    page.get_by_role("button", name=w("Save"), exact=True).click()
    purpose = page.get_by_label(w.purpose, exact=False).first
    expect(purpose).to_have_attribute("aria-invalid", "true")
    snap(page, "form", w)
    purpose.fill("Trade fair")
    page.get_by_role("button", name=w("Save"), exact=True).click()
    expect(page.locator(".stage-bar [aria-current=step]")).to_contain_text(w.requested)


def move(page: Page, w: Words, stage: str) -> None:
    page.locator(".stage-bar").get_by_role("button", name=stage, exact=True).click()
    dialog = page.locator("#dialog[open]")
    expect(dialog).to_be_visible()
    note = dialog.get_by_label(w.damage)
    if note.count():
        note.fill("Scratched lens")
    dialog.locator("button[type=submit]").click()
    expect(page.locator(".stage-bar [aria-current=step]")).to_contain_text(stage)


def take_out_and_forget(page: Page, live: LiveSite, w: Words) -> None:
    """The loan goes its way; the borrower is told at once, and again a day after it was due."""
    move(page, w, w.approved)
    move(page, w, w.lent)
    snap(page, "lent", w)
    address = page.url
    pump_once(live.site.engine, now())
    page.goto(f"{live.url}/notifications")
    expect(page.locator("#main")).to_contain_text(w.told)
    expect(page.locator("#main")).not_to_contain_text(w.overdue)
    pump_once(live.site.engine, now() + timedelta(days=4))
    page.goto(f"{live.url}/notifications")
    expect(page.locator("#main")).to_contain_text(w.overdue)
    snap(page, "told", w)
    page.goto(address)
    move(page, w, w.damaged)
    page.goto(f"{live.url}/")
    expect(page.locator("#main")).to_contain_text(w.chart)
