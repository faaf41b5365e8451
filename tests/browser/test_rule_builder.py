"""The rule builder in a browser: what is opened and not touched stays as it was; sentences, changes, relations, formulas."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

from playwright.sync_api import Page, expect

from templates_library import loader
from tests.browser.conftest import LiveSite, check_accessible, shot
from tests.browser.formulas import editor
from tests.runtime.automations.sales_app import sales

CHANGE: dict[str, Any] = {
    "key": "watch",
    "entity": "lead",
    "label": {"en": "Watch leads", "zh-Hans": "盯线索"},
    "settings": [{"key": "least", "type": "number", "label": "At least so much", "default": 100}],
    "trigger": {"type": "change"},
    "condition": {
        "all": [
            {"all": [{"field": "stage", "op": "is", "value": "won"}, {"field": "before.stage", "op": "is_not", "value": "won"}]},
            {"field": "amount", "op": "gte", "value": {"setting": "least"}},
            {"field": "company.city", "op": "is", "value": "Suzhou"},
            {"expr": "{amount} > {score}"},
            {
                "has": {
                    "relation": "tasks",
                    "if": {"field": "state", "op": "is", "value": "open"},
                    "count": {"op": "gte", "value": 2},
                }
            },
            {"not": {"field": "done", "op": "is", "value": True}},
        ]
    },
    "steps": [{"key": "mark", "type": "set", "values": {"score": 7}}],
}
_MOUNT = """async ([trees, entity]) => {
  const address = JSON.parse(document.getElementById("island-addresses").textContent).conditions;
  const { mount } = await import(address);
  const pick = "automations/watch/condition";
  const changed = [];
  for (const tree of trees) {
    const place = document.createElement("div");
    document.body.append(place);
    const told = new Promise((done) => place.addEventListener("conditions-changed", (event) => done(JSON.stringify(event.detail))));
    const base = "/design/sales";
    mount(place, { fields: `${base}/rules.json?entity=${entity}&pick=${pick}`, check: `${base}/rule`, entity, pick, name: "t", tree, formulas: true });
    if ((await told) !== JSON.stringify(tree)) changed.push([JSON.stringify(tree), await told]);
    place.remove();
  }
  return changed;
}"""


def conditions(data: Any) -> Iterator[Any]:
    """Every condition tree in a document."""
    if isinstance(data, dict):
        for name, value in data.items():
            is_tree = name in ("condition", "where", "filter", "show_when", "require_when", "guard") and isinstance(value, dict)
            yield from [value] if is_tree else conditions(value)
    elif isinstance(data, list):
        for each in data:
            yield from conditions(each)


def some_tree(draw: random.Random, depth: int = 0) -> dict[str, Any]:
    """Any tree, also with fields and values that the builder does not know."""
    kind = draw.choice(["leaf"] * 4 + (["all", "any", "not", "has"] if depth < 3 else []))
    if kind in ("all", "any"):
        return {kind: [some_tree(draw, depth + 1) for _ in range(draw.randrange(4))]}
    if kind == "not":
        return {"not": some_tree(draw, depth + 1)}
    if kind == "has":
        count = {"count": {"op": draw.choice(["gte", "is"]), "value": draw.randrange(3)}} if draw.random() < 0.5 else {}
        inner = {"if": some_tree(draw, depth + 1)} if draw.random() < 0.7 else {}
        return {"has": {"relation": draw.choice(["tasks", "company", "gone"]), **inner, **count}}
    if draw.random() < 0.15:
        return {"expr": draw.choice(["{amount} > 5", "{gone} = 1", "broken("])}
    field = draw.choice(
        ["name", "stage", "amount", "done", "owner", "next_at", "call_at", "company", "company.city", "before.stage", "gone"]
    )
    op = draw.choice(["is", "is_not", "in", "gt", "between", "within", "is_empty", "contains", "has_any"])
    values: list[Any] = [None, True, "won", 5, "7", ["new", "won"], [], {"var": "me"}, {"var": "today"}, {"expr": "{score}"}]
    values += [
        {"setting": "least"},
        {"setting": "gone"},
        {"last": 7, "unit": "day"},
        {"this": "month"},
        {"strange": 1},
        [1, 2, 3],
    ]
    return {"field": field, "op": op, "value": draw.choice(values)} | ({} if draw.random() < 0.9 else {"more": 1})


def test_what_is_not_touched_stays_as_it_was(live_site: LiveSite, page_as: Callable[..., Page]) -> None:
    live_site.site.install(sales(CHANGE)["sales"])
    page = page_as("admin", admin=True)
    page.goto(f"{live_site.url}/design/sales/automations/watch")
    draw = random.Random(20_261_121)
    trees = [tree for key in loader.names() for tree in conditions(loader.read(key).app)]
    assert len(trees) > 100
    trees = [CHANGE["condition"], *draw.sample(trees, 60), *(some_tree(draw) for _ in range(60))]
    assert page.evaluate(_MOUNT, [trees, "lead"]) == []


def test_a_rule_reads_like_a_sentence(live_site: LiveSite, page_as: Callable[..., Page]) -> None:
    live_site.site.install(sales(CHANGE)["sales"])
    page = page_as("admin", admin=True)
    page.goto(f"{live_site.url}/design/sales/automations/watch?pick=automations/watch/condition")
    rule = page.locator("#design-panel [data-set-tree]")
    lines = rule.locator(".conditions > *")
    first = lines.nth(1)
    expect(first.get_by_label("Comparison")).to_have_value("changes_to")
    expect(first.get_by_label("Value", exact=True)).to_have_value("won")
    expect(lines.nth(2).get_by_label("Compared with")).to_have_value("least")
    expect(lines.nth(3).get_by_label("Field behind it")).to_have_value("city")
    expect(lines.nth(4).locator(".formula-chip")).to_have_text(["Amount", "Score"])
    expect(lines.nth(5).get_by_label("Related records")).to_have_value("tasks")
    expect(lines.nth(6).get_by_label("Comparison").locator("option:checked")).to_have_text("not: is")
    shot(page, "rule-builder")
    check_accessible(page)
    # From another stage, and a formula that is wrong and told so at its line.
    first.get_by_label("Comparison").select_option("changed_from")
    expect(page.locator("#at-automations-watch-condition")).to_contain_text("Stage changes from Won")
    # Turned round where a comparison has no opposite of its own; the value stays.
    lines.nth(3).get_by_label("Comparison").select_option("not:contains")
    expect(lines.nth(3).get_by_label("Value", exact=True)).to_have_value("Suzhou")
    expect(page.locator("#at-automations-watch-condition")).to_contain_text("not (Company › City contains Suzhou)")
    formula = editor(page, str(lines.nth(4).locator("input").get_attribute("id")))
    formula.fill("{amount} > {scoer}")
    expect(lines.nth(4).locator("[data-formula-check]")).to_contain_text("at character 12")
    expect(lines.nth(4).locator("[data-problem]")).to_contain_text("scoer")
    formula.fill("{amount} > {score} * 2")
    expect(lines.nth(4).locator("[data-problem]")).to_be_hidden()
    # One more line by the keyboard; it has the focus.
    rule.locator(".condition-adders").last.get_by_role("button", name="Condition").press("Enter")
    expect(lines.nth(7)).to_be_visible()
    lines.nth(7).get_by_label("Take this condition away").click()
    lines.nth(6).get_by_label("Take this condition away").click()
    expect(page.locator("#at-automations-watch-condition")).not_to_contain_text("Done")
    expect(page.locator("#design")).not_to_have_attribute("aria-busy", "true")  # the rule has rested and is saved
    page.reload()
    expect(lines.nth(1).get_by_label("Comparison")).to_have_value("changed_from")
    expect(lines).to_have_count(7)
