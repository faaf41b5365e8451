"""How the app *Equipment loan* is made from nothing: one function for each part, the same for the mouse and for the keyboard."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.equipment.person import Person
from tests.browser.equipment.words import Words


def add(p: Person, w: Words, kind: str) -> None:
    """Opens the dialog for a new part."""
    p.do(f"{w('Add')}: {w(kind)}", role="button")
    expect(p.page.locator("#dialog[open] form")).to_be_visible()


def tables(p: Person, w: Words) -> None:
    p.do(w("New app"))
    p.into(w("Name of the app"), w.app)
    p.do(w("Create"))
    p.page.locator("#design[data-mounted]").wait_for()
    for name, lines in ((w.location, w.location_lines), (w.equipment, w.equipment_lines), (w.loan, w.loan_lines)):
        add(p, w, "Tables")
        p.into(w("Name of the table"), name)
        p.into(w("Fields, one a line"), lines)
        p.do(w("Create"))
        p.page.get_by_role("heading", name=name, exact=True).wait_for()
        p.page.locator("#design[data-mounted]").wait_for()
    p.choose(w("Owner"), w.borrower)
    p.do(w.stage, within=w("Fields"))
    p.choose(w("Default"), w.requested)


def form(p: Person, w: Words) -> None:
    """A second section for what is written when the equipment comes back, and two rules."""
    p.do(w.loan, within=w("Forms"))
    p.page.locator("#design[data-mounted] .form-canvas").wait_for()
    p.do(w("Section"), role="button")
    p.into(w("Label"), w.back)
    p.carry(w.damage, w.back)
    p.do(w("Show only when …"))
    condition(p, w, w.stage, w.damaged)
    p.do(w.purpose, within=w("Form"))
    p.do(w("Required when …"))
    p.do(w("Condition"), role="button")
    p.choose(w("Field"), w.equipment)
    p.choose(w("Field behind it"), f"› {w.category}")
    p.choose(w("Value"), w.camera)


def condition(p: Person, w: Words, field: str, value: str) -> None:
    """The first condition of the rule that is open."""
    p.do(w("Condition"), role="button")
    p.choose(w("Field"), field)
    p.choose(w("Value"), value)


def pipeline(p: Person, w: Words) -> None:
    """requested → approved → lent → returned or damaged; requested → refused; a guard, and what has to be filled in."""
    add(p, w, "Pipelines")
    p.choose(w("Stages are the choices of"), f"{w.loan} · {w.stage}")
    p.into(w("Ways, one a line"), w.ways)
    p.do(w("Create"))
    p.page.locator(".flow-mark").first.wait_for()
    # Where no way leads on is an end.
    expect(p.page.locator(".stage-card-note").get_by_text(w("Open"), exact=True)).to_have_count(3)
    way(p, w, w.requested, w.approved, w.approve)
    p.do(w("Only when …"))
    p.do(w("Condition"), role="button")
    p.choose(w("Field"), w.due)
    p.choose(w("Comparison"), w("is filled in"))
    way(p, w, w.lent, w.damaged)
    p.do(w("Must be filled in for this move"))
    p.do(w.damage, within=w("Must be filled in for this move"), role="checkbox")


def way(p: Person, w: Words, origin: str, target: str, words: str = "") -> None:
    """Opens the arrow."""
    name = w("Way: %(origin)s → %(target)s", origin=origin, target=target)
    p.do(f"{name} · {words}" if words else name, role="link")


def automations(p: Person, w: Words) -> None:
    """Whoever borrows is told when it is handed out; and again a day after it should have come back."""
    p.do(w.lent, within=w("Stages"), role="link")
    p.pick(w("Add an automation"), w("Tell somebody"))
    p.page.locator(".design-flow").wait_for()
    p.into(w("Title"), w.told)  # the owner of the loan, who borrows, is told unless one says otherwise
    add(p, w, "Automations")
    p.into(w("Name"), w.overdue)
    p.choose(w("It begins when"), w("A date comes or has passed"))
    p.choose(w("Table"), w.loan)
    p.do(w("Create"))
    p.page.locator(".design-flow").wait_for()
    p.choose(w("Date field"), w.due)
    p.do(w("Always"), within=w("Automation"))
    condition(p, w, w.stage, w.lent)
    p.pick(w("Add a step here"), w("Tell people"))
    p.into(w("Title"), w.overdue)


def role(p: Person, w: Words) -> None:
    """Colleagues see the equipment without its value, and work with their own loans."""
    add(p, w, "Roles")
    p.into(w("Name"), w.colleague)
    p.choose(w("Begin with"), w("See all records of all tables"))
    p.do(w("Create"))
    p.page.locator(".matrix").wait_for()
    p.do(w.equipment, within=w("Rights"))
    p.choose(w.value, w("hidden"))
    p.do(w.loan, within=w("Tables"))
    p.page.locator("#who-may").wait_for()
    p.choose(w.colleague, w("work with own records"), within=w("Who may use it?"))


def dashboard(p: Person, w: Words) -> None:
    """How many are out, all by stage, and what is overdue. The table with the pipeline, and its stages, are offered first."""
    add(p, w, "Dashboards")
    p.into(w("Name"), w.board)
    p.do(w("Put it into the menu"))
    p.do(w("Create"))
    p.page.locator("#design[data-mounted] [data-tile-grid]").wait_for()
    p.do(w("Number"), within=w("Tiles that can be added"))
    p.into(w("Label"), w.number)
    p.do(w("Only records for which …"))
    condition(p, w, w.stage, w.lent)
    p.do(w("Bars"), within=w("Tiles that can be added"))
    p.into(w("Label"), w.chart)
    p.do(w("List"), within=w("Tiles that can be added"))
    p.into(w("Label"), w.overdue)
    p.do(w("Only records for which …"))
    p.do(w("Condition"), role="button")
    p.choose(w("Field"), w.due)
    p.choose(w("Comparison"), w("is before"))
    p.choose(w("Value"), w("today"))
    expect(p.page.get_by_label(w("Comparison"), exact=True).locator("option:checked")).to_have_text(w("is before"))


def home(p: Person, w: Words) -> None:
    """The dashboard is the first thing that colleagues see."""
    p.do(w("Home page"), within=w("Parts of the app"))
    p.choose(w("Add a dashboard for %(role)s", role=w.colleague), w.board)


def publish(p: Person, w: Words) -> None:
    p.do(w("Publish"))
    p.do(w("Publish now"))
    p.page.wait_for_url("**/versions")
