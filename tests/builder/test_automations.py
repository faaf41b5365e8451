"""What an automation may not say, and the small grammars in it: lengths of time, settings, placeholders."""

from __future__ import annotations

from typing import Any

import pytest

from builder.automations import check_automation
from builder.automations.durations import parse_duration
from builder.automations.placeholders import Placeholder, parse_template, unclosed_at
from builder.automations.settings import resolve
from builder.check.automations import DirectorySurroundings
from builder.codec import app_from_json, decode
from builder.directory import Directory
from builder.model import Automation
from tests.runtime.automations.sales_app import dates, rule, sales, task


def problems(document: dict[str, Any]) -> dict[str, str]:
    apps = {"sales": app_from_json(sales()["sales"])}
    found = check_automation("sales", decode(Automation, document), DirectorySurroundings(Directory(apps)))
    return {each.path: each.code for each in found}


def each_of(source: Any, *steps: Any) -> dict[str, Any]:
    return {"key": "e", "type": "each", "in": source, "steps": list(steps)}


FIND = {"key": "f", "type": "find", "entity": "task"}
SETTING = [{"key": "days", "type": "duration", "default": "2d"}]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (rule("ok", task("t", "{{name}} {{before.stage}} {{owner.name}} {{record.url}}")), {}),
        (rule("ok", FIND, each_of({"step": "f"}, task("t", "{{item.title}} {{steps.f.count}} {{steps.f.first.title}}"))), {}),
        (rule("ok", each_of({"numbers": {"expr": "{score}"}}, task("t", "{{item.number|number}}"))), {}),
        (rule("ok", each_of({"relation": "tasks"}, task("t", "{{item.lead.name}}"))), {}),
        (dates("ok", ("a", "2wd")), {}),
        (rule("ok", {"key": "n", "type": "notify", "to": ["nope"], "enabled": False}, FIND, each_of({"step": "f"})), {}),
        (rule("ok", {**each_of({"step": "f"}, task("t", "{{nope}}")), "enabled": False}), {}),
        (rule("x", {**FIND, "enabled": False}, each_of({"step": "f"})), {"steps/e/in/step": "skipped_step"}),
        (
            rule("x", {**FIND, "enabled": False}, task("t", "{{steps.f.count}}", lead={"expr": "{steps.f.first}"})),
            {"steps/t/values/title/template": "skipped_step", "steps/t/values/lead/expr": "skipped_step"},
        ),
        (
            rule("x", {**each_of({"relation": "tasks"}, task("t", "a")), "enabled": False}, FIND | {"key": "t"}),
            {"steps/t/key": "duplicate_key"},
        ),
        (rule("x", task("t", "{{nope}}")), {"steps/t/values/title/template": "unknown_field"}),
        (rule("x", task("t", "{{item.title}}")), {"steps/t/values/title/template": "unknown_field"}),
        (rule("x", task("t", "{{name|shout}}")), {"steps/t/values/title/template": "bad_placeholder"}),
        (rule("x", task("t", "t", lead={"expr": "{nope}"})), {"steps/t/values/lead/expr": "unknown_field"}),
        (rule("x", task("t", "t", nope=1)), {"steps/t/values/nope": "unknown_field"}),
        (rule("x", {"key": "c", "type": "create", "entity": "nope"}), {"steps/c/entity": "unknown_entity"}),
        (rule("x", each_of({"step": "f"}), FIND), {"steps/e/in/step": "unknown_step"}),
        (rule("x", each_of({"relation": "owner"})), {"steps/e/in/relation": "not_a_relation"}),
        (rule("x", each_of({"numbers": {"expr": "{name}"}})), {"steps/e/in/numbers/expr": "wrong_type"}),
        (rule("x", task("t", "a"), task("t", "b")), {"steps/t/key": "duplicate_key"}),
        (rule("x", {"key": "w", "type": "wait"}), {"steps/w": "for_or_until"}),
        (rule("x", {"key": "w", "type": "wait", "for": "soon"}), {"steps/w/for": "bad_duration"}),
        (rule("x", {"key": "w", "type": "wait", "until": "name"}), {"steps/w/until": "not_a_date"}),
        (rule("x", {"key": "w", "type": "wait", "for": {"setting": "nope"}}), {"steps/0/for": "unknown_setting"}),
        (rule("x", {"key": "w", "type": "wait", "for": {"setting": "days"}}, settings=SETTING), {}),
        (rule("x", {"key": "n", "type": "notify", "to": ["name"], "title": "t"}), {"steps/n/to/0": "not_a_person"}),
        (
            rule("x", {"key": "n", "type": "notify", "to": [{"role": "nope"}], "title": "t"}),
            {"steps/n/to/0/role": "unknown_role"},
        ),
        (rule("x", condition={"field": "nope", "op": "is", "value": 1}), {"condition/field": "unknown_field"}),
        (rule("x", trigger={"type": "change", "fields": ["nope"]}), {"trigger/fields/0": "unknown_field"}),
        (rule("x", trigger={"type": "nope"}), {"trigger/type": "unknown_trigger"}),
        ({**rule("x"), "entity": "nope"}, {"entity": "unknown_entity"}),
        (dates("x", field_key="name"), {"trigger/field": "not_a_date", "ladder": "missing_ladder"}),
        ({"key": "x", "trigger": {"type": "schedule", "cron": "8 o'clock"}, "steps": []}, {"trigger/cron": "bad_cron"}),
        (
            {
                "key": "x",
                "trigger": {"type": "schedule", "cron": "0 8 * * *"},
                "steps": [{"key": "s", "type": "set", "values": {}}],
            },
            {"steps/s": "no_record"},
        ),
    ],
)
def test_problems(document: dict[str, Any], expected: dict[str, str]) -> None:
    assert problems(document) == expected


@pytest.mark.parametrize(
    ("text", "shown"), [("2d", "2d"), ("-3d", "-3d"), ("1w", "7d"), ("2wd", "2wd"), ("30m", "30m"), ("4h", "4h")]
)
def test_lengths_of_time(text: str, shown: str) -> None:
    assert str(parse_duration(text)) == shown


@pytest.mark.parametrize("text", ["", "2", "d", "2 d", "2x", "999999d", "²d", None, 2])
def test_what_is_no_length_of_time(text: object) -> None:
    assert parse_duration(text) is None


def test_settings_are_put_in_and_lists_spread_out() -> None:
    data = {"to": ["owner", {"setting": "people"}], "for": {"setting": "days"}, "deep": [{"x": {"setting": "days"}}]}
    assert resolve(data, {"people": [1, 2], "days": "3d"}) == {"to": ["owner", 1, 2], "for": "3d", "deep": [{"x": "3d"}]}
    with pytest.raises(KeyError):
        resolve(data, {})


def test_placeholders_are_names_and_filters_only() -> None:
    parts, mistakes = parse_template('Hi {{ owner.name | upper }}{{x|default:"a b"}} {{ 1+1 }} {{a.__class__}} {{x|default}} {{')
    assert parts[:3] == ("Hi ", Placeholder(("owner", "name"), (("upper", None),), "{{ owner.name | upper }}"), parts[2])
    assert isinstance(parts[2], Placeholder)
    assert parts[2].filters == (("default", "a b"),)
    assert [mistake.source for mistake in mistakes] == ["{{ 1+1 }}", "{{a.__class__}}", "{{x|default}}"]
    assert (parts[2].position, mistakes[0].position) == (27, 47)
    assert [unclosed_at(text) for text in ("a {{b", "a {{b}}", "a {{b}} {{", "a")] == [2, None, 8, None]
