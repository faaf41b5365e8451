"""What can be set of a step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builder.automations import STEP_TYPES, is_on
from builder.automations.settings import is_setting
from runtime.tables import EntityDef
from web.i18n import gettext as _
from web.render.automations import design_words as words
from web.render.automations.panel_inputs import (
    as_json,
    duration_input,
    label_of_entity,
    people_options,
    settings_of,
    spare_values,
    value_rows,
)
from web.render.automations.panel_place import Earlier, Place, chips_at, earlier_at, entity_options, moments_of
from web.render.automations.words import label_text
from web.render.design import texts_of
from web.render.options import option_inputs
from web.render.values import label_of

# What has an input of its own in components/design_automation_panel.html.
_DRAWN = {
    "entity", "values", "where", "to", "channels", "title", "body", "for", "until", "recheck", "arms", "else", "in", "steps",
    "sort",
}  # fmt: skip


def step_panel(place: Place, item: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs of the picked step, by name."""
    kind, pick = str(item["type"]), place.pick
    entity = place.own if kind == "set" else place.entity(item.get("entity"))
    earlier = earlier_at(place)
    return {
        "own": place.raw.get("entity", ""),
        "step_name": words.step_name(kind),
        "step_icon": STEP_TYPES.get(kind).icon,
        "is_on": is_on(item),
        "entities": entity_options(place),
        "entity": item.get("entity", ""),
        "rows": value_rows(place.ctx, place.raw, entity, f"{pick}/values", item.get("values") or {}),
        "spare": spare_values(entity, item.get("values") or {}),
        # Formulas do not know the words about the record itself.
        "chips": [each for each in chips_at(place, earlier) if kind == "notify" or not each.text.startswith("record.")],
        "options": option_inputs(STEP_TYPES.get(kind).options_schema, item, pick, without=_DRAWN),
        "limit": _limit(place, item),
        "orders": _orders(entity) if kind == "find" else [],
        "order": (item.get("sort") or [""])[0],
        "ways": [
            {"path": f"{pick}/arms/{each['key']}", "label": label_text(each.get("label")), "number": number}
            for number, each in enumerate(item.get("arms") or (), 1)
        ],
        **_message(place, item, kind),
        **_wait(place, item, kind),
        **_repetition(place, item, earlier),
    }


def _message(place: Place, item: Mapping[str, Any], kind: str) -> dict[str, Any]:
    to = item.get("to") or ()
    return {
        "people": people_options(place.ctx, place.raw, place.own, place.app, to) if kind == "notify" else [],
        "chosen": [as_json(each) for each in to],
        "has_people_setting": any(is_setting(each) for each in to),
        "channels": list(item.get("channels") or ("in_app",)),
        "title": texts_of(item.get("title")),
        "body": texts_of(item.get("body")),
    }


def _limit(place: Place, item: Mapping[str, Any]) -> dict[str, Any]:
    """At most so many records, or the setting that says so."""
    value = item.get("limit")
    names = dict(settings_of(place.raw, "number"))
    if isinstance(value, Mapping):
        key = str(value.get("setting"))
        return {"value": "", "setting": names.get(key, key), "settings": {}}
    return {"value": "" if value is None else value, "setting": "", "settings": names}


def _wait(place: Place, item: Mapping[str, Any], kind: str) -> dict[str, Any]:
    until = item.get("until")
    kept = {} if is_on(item) else {"enabled": False}
    moments = moments_of(place.own) if kind == "wait" else []
    ways: dict[str, dict[str, Any]] = {
        "for": {"for": "1d"},
        "until": {"until": moments[0][0] if moments else "created_at"},
        "formula": {"until": {"expr": "TODAY() + 1"}},
    }
    return {
        "wait": duration_input(place.raw, f"{place.pick}/for", item.get("for")) if "for" in item else None,
        "until_field": until if isinstance(until, str) else "",
        "until_expr": str(until.get("expr", "")) if isinstance(until, Mapping) else None,
        "moments": moments,
        "wait_kinds": {name: {"key": item.get("key"), "type": "wait", **kept, **value} for name, value in ways.items()},
    }


def _repetition(place: Place, item: Mapping[str, Any], earlier: Earlier) -> dict[str, Any]:
    source = item.get("in") or {}
    sources, numbers = _sources(place, earlier), _numbers(source)
    chosen = as_json(source)
    if source and numbers is None and chosen not in dict(sources):
        sources.append((chosen, _("something that is not there any more")))
    return {"sources": sources, "source": chosen, "numbers": numbers}


def _sources(place: Place, earlier: Earlier) -> list[tuple[str, str]]:
    """What a step can go through."""
    fields = place.own.fields.items() if place.own is not None else ()
    relations = [
        (as_json({"relation": key}), label_of(each)) for key, each in fields if each.kind in ("one_to_many", "many_to_many")
    ]
    steps = []
    for each in earlier.steps:
        if each.get("type") == "find":
            entity = place.entity(each.get("entity"))
            name = label_of_entity(entity) if entity else str(each.get("entity"))
            steps.append((as_json({"step": each.get("key")}), _("What was found: %(name)s", name=name)))
    return [*relations, *steps]


def _orders(entity: EntityDef | None) -> list[tuple[str, str]]:
    return [
        (f"{way}{key}", f"{label_of(each)} {arrow}")
        for key, each in (entity.fields.items() if entity is not None else ())
        if each.kind in ("value", "system", "stored")
        for way, arrow in (("", "↑"), ("-", "↓"))
    ]


def _numbers(source: Mapping[str, Any]) -> str | None:
    numbers = source.get("numbers")
    if numbers is None:
        return None
    return f"={numbers.get('expr', '')}" if isinstance(numbers, Mapping) else str(numbers)
