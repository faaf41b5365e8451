"""What can be set of the card that is picked: the trigger, the condition, a rung, a way, a step, a setting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from builder.acts.base import find
from builder.automations import STEP_TYPES, TRIGGER_TYPES
from builder.automations.scope import ExpressionScope, StepScope
from builder.check.automations import DirectorySurroundings
from builder.directory import Directory
from builder.keys import qualified
from builder.structure import MISSING
from runtime.context import Context
from runtime.drafts import Desk
from runtime.tables import EntityDef
from web.i18n import gettext as _
from web.render.automations import design_words as words
from web.render.automations.panel_inputs import (
    Chip,
    as_json,
    chips_of,
    duration_input,
    label_of_entity,
    people_options,
    spare_values,
    value_rows,
)
from web.render.automations.words import label_text
from web.render.design import texts_of
from web.render.options import option_inputs
from web.render.values import label_of, shown_type

_DRAWN = {
    "on", "fields", "fire", "field", "at", "calendar", "late", "cron", "roles", "ask", "confirm", "icon", "place",
    "entity", "values", "where", "to", "channels", "title", "body", "for", "until", "recheck", "arms", "else", "in", "steps", "sort",
}  # fmt: skip
_MOMENTS = ("date", "datetime", "created_at", "changed_at")


@dataclass(frozen=True)
class Place:
    """Where the picked card stands. raw: the whole automation."""

    ctx: Context
    desk: Desk
    raw: Mapping[str, Any]
    path: str
    pick: str

    @property
    def app(self) -> str:
        return self.desk.app

    def entity(self, name: Any) -> EntityDef | None:
        return self.ctx.catalog.find(qualified(self.app, str(name))) if name else None

    @property
    def own(self) -> EntityDef | None:
        """The entity of the automation's record."""
        return self.entity(self.raw.get("entity"))


@dataclass(frozen=True)
class Panel:
    """kind: automation, trigger, condition, rung, way, setting or the type of a step. item: what is set; more: inputs by name."""

    kind: str
    path: str
    item: Mapping[str, Any]
    more: Mapping[str, Any] = field(default_factory=dict)


def panel_of(place: Place) -> Panel:
    """The panel of what is picked; of the automation itself when that is nothing."""
    inner = place.pick.removeprefix(f"{place.path}/") if place.pick.startswith(f"{place.path}/") else ""
    item = find(place.desk.document, place.pick) if inner else None
    if inner == "trigger":
        return Panel("trigger", place.pick, place.raw.get("trigger") or {}, _trigger(place))
    if inner == "condition":
        trigger = place.raw.get("trigger") or {}
        fire = str(trigger.get("fire") or "becomes") if trigger.get("type") == "change" else ""
        more = {"tree": place.raw.get("condition"), "entity": place.raw.get("entity", ""), "fire": fire}
        return Panel("condition", place.pick, {}, more)
    if not isinstance(item, Mapping):
        return Panel("automation", place.path, place.raw, _automation(place))
    parts = place.pick.split("/")
    if parts[-2] == "ladder":
        more = {
            "after": duration_input(place.raw, f"{place.pick}/after", item.get("after")),
            "label": texts_of(item.get("label")),
        }
        return Panel("rung", place.pick, item, more)
    if parts[-2] == "arms":
        more = {"label": texts_of(item.get("label")), "tree": item.get("condition"), "entity": place.raw.get("entity", "")}
        return Panel("way", place.pick, item, more)
    if parts[-2] == "settings":
        return Panel("setting", place.pick, item, _setting(place, item))
    if item.get("type") in STEP_TYPES.names():
        return Panel(str(item["type"]), place.pick, item, _step(place, item))
    return Panel("automation", place.path, place.raw, _automation(place))


def entity_options(place: Place) -> list[tuple[str, str]]:
    """The tables of this app, then those of the apps that it needs."""
    document = place.desk.document
    own = [(str(each["key"]), label_text(each.get("label")) or str(each["key"])) for each in document.get("entities") or ()]
    needs = {str(each.get("app")) for each in document.get("needs") or ()}
    others = [
        (each.name, f"{label_text(place.ctx.catalog.apps[each.app].label)} › {label_of_entity(each)}")
        for each in place.ctx.catalog.entities()
        if each.app in needs
    ]
    return [*own, *others]


def _automation(place: Place) -> dict[str, Any]:
    raw = place.raw
    settings = [
        {
            "path": f"{place.path}/settings/{each['key']}",
            "key": each["key"],
            "label": label_text(each.get("label")) or each["key"],
            "type": _(words.SETTINGS.get(str(each.get("type")), "")),
        }
        for each in raw.get("settings") or ()
    ]
    return {
        "label": texts_of(raw.get("label")),
        "description": texts_of(raw.get("description")),
        "enabled": raw.get("enabled", True),
        "modes": words.options(words.MODES),
        "settings": settings,
        "setting_types": words.options(words.SETTINGS),
    }


def _trigger(place: Place) -> dict[str, Any]:
    trigger, own = place.raw.get("trigger") or {}, place.own
    kind = str(trigger.get("type"))
    fields = (
        [
            (key, label_of(each))
            for key, each in own.fields.items()
            if each.kind not in ("one_to_many",) and key not in ("id", "version")
        ]
        if own
        else []
    )
    moments = [(key, label_of(each)) for key, each in own.fields.items() if shown_type(each)[0].name in _MOMENTS] if own else []
    found = TRIGGER_TYPES.find(kind)
    roles = [(each.key, label_text(each.label) or each.key) for each in place.ctx.catalog.apps[place.app].roles]
    return {
        "types": [
            (each.name, _(words.TRIGGERS[each.name][0]), _(words.TRIGGERS[each.name][1]), each.icon)
            if each.name in words.TRIGGERS
            else (each.name, each.title, "", each.icon)
            for each in TRIGGER_TYPES
        ],
        "needs_entity": found.needs_entity if found else True,
        "entities": entity_options(place),
        "entity": place.raw.get("entity", ""),
        "has_condition": bool(place.raw.get("condition")),
        "operations": words.options(words.OPERATIONS),
        "chosen": list(trigger.get("on") or ("create", "update")),
        "fields": [(as_json(key), label) for key, label in fields],
        "chosen_fields": [as_json(each) for each in trigger.get("fields") or ()],
        "moments": moments,
        "is_day": own is not None
        and trigger.get("field") in own.fields
        and shown_type(own.fields[str(trigger["field"])])[0].name == "date",
        "calendars": words.options(words.CALENDARS),
        "late": words.options(words.LATE),
        "crons": words.options(words.CRONS),
        "roles": roles,
        "confirm": texts_of(trigger.get("confirm")),
        "asked": [str(each.get("field")) for each in trigger.get("ask") or ()],
        "ask_names": dict(fields),
        "options": option_inputs(found.options_schema, trigger, f"{place.path}/trigger", without=_DRAWN) if found else [],
    }


def _setting(place: Place, item: Mapping[str, Any]) -> dict[str, Any]:
    default, kind = item.get("default"), str(item.get("type"))
    chosen = [as_json(each) for each in default] if isinstance(default, list) else []
    roles = [
        (f"{app}.{role.key}", label_text(role.label) or role.key)
        for app, each in place.ctx.catalog.apps.items()
        for role in each.roles
    ]
    return {
        "label": texts_of(item.get("label")),
        "help": texts_of(item.get("help")),
        "is_new": find(place.desk.published, place.pick) is MISSING,
        "types": words.options(words.SETTINGS),
        "duration": duration_input({}, f"{place.pick}/default", default) if kind == "duration" else None,
        "people": people_options(place.ctx, {}, place.own, place.app, default if isinstance(default, list) else ())
        if kind == "people"
        else [],
        "chosen": chosen,
        "roles": roles,
        "choices": item.get("choices") or [],
    }


def _step(place: Place, item: Mapping[str, Any]) -> dict[str, Any]:
    kind, pick = str(item["type"]), place.pick
    entity = place.own if kind == "set" else place.entity(item.get("entity"))
    before, inside = _before(place)
    source: Mapping[str, Any] = inside.get("in") or {} if inside else {}
    item_entity = _item_entity(place, source, before)
    values = item.get("values") or {}
    to = item.get("to") or ()
    until = item.get("until")
    return {
        "own": place.raw.get("entity", ""),
        "step_name": words.step_name(kind),
        "step_icon": STEP_TYPES.get(kind).icon,
        "entities": entity_options(place),
        "entity": item.get("entity", ""),
        "rows": value_rows(place.ctx, place.raw, entity, f"{pick}/values", values),
        "spare": spare_values(entity, values),
        "chips": [
            each
            for each in chips_of(place.ctx, place.own, before, place.app, item_entity, "numbers" in source)
            if kind == "notify" or not each.text.startswith("record.")  # formulas do not know them
        ],
        "people": people_options(place.ctx, place.raw, place.own, place.app, to) if kind == "notify" else [],
        "chosen": [as_json(each) for each in to],
        "channels": list(item.get("channels") or ("in_app",)),
        "title": texts_of(item.get("title")),
        "body": texts_of(item.get("body")),
        "wait": duration_input(place.raw, f"{pick}/for", item.get("for")) if "for" in item else None,
        "until_field": until if isinstance(until, str) else "",
        "until_expr": str(until.get("expr", "")) if isinstance(until, Mapping) else None,
        "moments": _trigger(place)["moments"] if kind == "wait" else [],
        "sources": _sources(place, before),
        "source": as_json(item.get("in") or {}),
        "numbers": _numbers(item.get("in") or {}),
        "ways": [
            {"path": f"{pick}/arms/{each['key']}", "label": label_text(each.get("label")) or each["key"]}
            for each in item.get("arms") or ()
        ],
        "options": option_inputs(STEP_TYPES.get(kind).options_schema, item, pick, without=_DRAWN),
        "orders": [
            (f"{way}{key}", f"{label_of(each)} {arrow}")
            for key, each in entity.fields.items()
            if each.kind in ("value", "system", "stored")
            for way, arrow in (("", "↑"), ("-", "↓"))
        ]
        if entity and kind == "find"
        else [],
        "order": (item.get("sort") or [""])[0],
    }


def _before(place: Place) -> tuple[list[Mapping[str, Any]], Mapping[str, Any] | None]:
    """The steps that are done before the picked one, and the innermost repetition around it."""
    parts = place.pick.split("/")
    found: list[Mapping[str, Any]] = []
    inside: Mapping[str, Any] | None = None
    for depth in range(3, len(parts)):
        siblings = find(place.desk.document, "/".join(parts[:depth]))
        if parts[depth - 1] not in ("steps", "else") or not isinstance(siblings, list):
            continue
        for step in siblings:
            if step.get("key") == parts[depth]:
                inside = step if step.get("type") == "each" and depth + 1 < len(parts) else inside
                break
            found.append(step)
    return found, inside


def scope_at(place: Place) -> StepScope:
    """What expressions may name at the picked step."""
    around = DirectorySurroundings(Directory(place.ctx.catalog.apps))
    entity = qualified(place.app, str(place.raw["entity"])) if place.raw.get("entity") else ""
    record = around.scope(entity) if entity else None
    before = record if (place.raw.get("trigger") or {}).get("type") == "change" else None
    scope = StepScope(place.app, entity, around, ExpressionScope(record, before))
    steps, inside = _before(place)
    for step in steps:
        found = STEP_TYPES.find(str(step.get("type")))
        if found is not None:
            records = scope.qualified(str(step.get("entity", ""))) if step.get("type") == "find" else ""
            scope = scope.after(str(step.get("key")), found.outputs(step, scope), records)
    if inside is not None:
        scope = next((inner for _path, _steps, inner in STEP_TYPES.get("each").inner(inside, scope)), scope)
    return scope


def steps_before(place: Place) -> list[Mapping[str, Any]]:
    """The steps that are done before the picked card."""
    return _before(place)[0]


def item_at(place: Place) -> EntityDef | None:
    """The entity of the item of the repetition around the picked card."""
    before, inside = _before(place)
    return _item_entity(place, inside.get("in") or {}, before) if inside else None


def names_at(place: Place) -> list[Chip]:
    """What texts and formulas may name at the picked card; before a change also what the record held then."""
    before, inside = _before(place)
    source: Mapping[str, Any] = inside.get("in") or {} if inside else {}
    found = chips_of(place.ctx, place.own, before, place.app, _item_entity(place, source, before), "numbers" in source)
    own = place.own
    if own is not None and (place.raw.get("trigger") or {}).get("type") == "change":
        found += [
            Chip(f"before.{key}", _("before: %(field)s", field=label_of(each)))
            for key, each in own.fields.items()
            if each.kind in ("value", "stored", "many_to_one")
        ]
    return found


def _item_entity(place: Place, source: Mapping[str, Any], before: list[Mapping[str, Any]]) -> EntityDef | None:
    if "step" in source:
        return next((place.entity(each.get("entity")) for each in before if each.get("key") == source["step"]), None)
    own = place.own
    if "relation" in source and own is not None:
        definition = own.fields.get(str(source["relation"]))
        return place.ctx.catalog.find(definition.target) if definition is not None and definition.target else None
    return None


def _sources(place: Place, before: list[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """What a step can go through."""
    own = place.own
    relations = (
        [
            (as_json({"relation": key}), label_of(each))
            for key, each in own.fields.items()
            if each.kind in ("one_to_many", "many_to_many")
        ]
        if own
        else []
    )
    steps = []
    for each in before:
        if each.get("type") == "find":
            entity = place.entity(each.get("entity"))
            name = label_of_entity(entity) if entity else str(each.get("entity"))
            steps.append((as_json({"step": each.get("key")}), _("What was found: %(name)s", name=name)))
    return [*relations, *steps]


def _numbers(source: Mapping[str, Any]) -> str | None:
    numbers = source.get("numbers")
    if numbers is None:
        return None
    return f"={numbers.get('expr', '')}" if isinstance(numbers, Mapping) else str(numbers)
