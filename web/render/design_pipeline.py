"""What the pipeline designer shows beside the document: stages with their choices, arrows, and records that would be stuck."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from builder.acts.base import find
from builder.structure import by_key
from runtime.context import Context
from runtime.drafts import Desk
from runtime.pipeline_simulation import Counted, Simulation, StageReport, ways_out
from runtime.tables import EntityDef
from web import links
from web.i18n import gettext as _
from web.i18n import mark
from web.render.automations.panel_inputs import ValueRow, spare_values, value_rows
from web.render.design import text_of, texts_of
from web.render.values import label_of

KINDS = {"open": mark("Open"), "won": mark("Won"), "lost": mark("Lost"), "done": mark("Done")}
_TEMPLATE = '{"template":""}'


@dataclass(frozen=True)
class StageCard:
    """One stage. report: what the simulation says of it. column, row: its place in the graph, from 1."""

    key: str
    path: str
    label: str
    texts: Mapping[str, str]
    colour: str
    kind: str
    probability: int | None
    require: tuple[str, ...]
    gives: tuple[str, ...]
    choice_path: str
    report: StageReport
    problems: int = 0
    automations: int = 0
    column: int = 1
    row: int = 1


def stage_cards(desk: Desk, pipeline: Mapping[str, Any], path: str, simulation: Simulation) -> list[StageCard]:
    """The stages in order."""
    place = f"entities/{pipeline.get('entity')}/fields/{pipeline.get('field')}/options/choices"
    choices = find(desk.document, place)
    known = by_key("choices", choices) if isinstance(choices, list) else {}
    cards = [
        _card(desk, each, known.get(each["key"], {}), f"{path}/stages/{each['key']}", place, report)
        for each, report in zip(pipeline.get("stages") or (), simulation.stages, strict=True)
    ]
    places = graph_places(pipeline)
    counted = {each.key: len(automations_of(desk, pipeline, each.key)) for each in cards}
    return [replace(each, column=places[each.key][0], row=places[each.key][1], automations=counted[each.key]) for each in cards]


def _card(
    desk: Desk, stage: Mapping[str, Any], choice: Mapping[str, Any], here: str, place: str, report: StageReport
) -> StageCard:
    return StageCard(
        stage["key"],
        here,
        text_of(choice.get("label"), stage["key"]),
        texts_of(choice.get("label")),
        str(choice.get("color") or "gray"),
        str(stage.get("kind") or "open"),
        stage.get("probability"),
        tuple(stage.get("require") or ()),
        tuple(stage.get("set") or {}),
        f"{place}/{stage['key']}",
        report,
        sum(each.path == here or each.path.startswith(f"{here}/") for each in desk.problems),
    )


def graph_places(pipeline: Mapping[str, Any]) -> dict[str, tuple[int, int]]:
    """(column, row) of each stage when they are drawn as a graph: open stages further right than those that lead to them, ends
    in a row below, near to where they are reached from."""
    stages = list(pipeline.get("stages") or ())
    order = {str(each["key"]): number for number, each in enumerate(stages)}
    ends = [str(each["key"]) for each in stages if str(each.get("kind") or "open") != "open"]
    columns = _columns(pipeline, [key for key in order if key not in ends], order)
    taken: dict[int, int] = {}
    places = {}
    for key, column in columns.items():
        taken[column] = taken.get(column, 0) + 1
        places[key] = (column, taken[column])
    last = max(taken.values(), default=0) + 1
    used: set[int] = set()
    for key in ends:
        origins = [columns[each] for each in columns if any(way.get("to") == key for way in ways_out(pipeline, each))]
        wanted = round(sum(origins) / len(origins)) if origins else 1
        free = [each for each in range(1, len(stages) + 1) if each not in used]
        column = min(free, key=lambda each: (abs(each - wanted), -each))
        used.add(column)
        places[key] = (column, last)
    return places


def _columns(pipeline: Mapping[str, Any], keys: Sequence[str], order: Mapping[str, int]) -> dict[str, int]:
    """One column further than the furthest stage before it that leads there; all side by side, when every move is allowed."""
    if not pipeline.get("transitions"):
        return {key: number + 1 for number, key in enumerate(keys)}
    columns = dict.fromkeys(keys, 1)
    for key in keys:
        for way in ways_out(pipeline, key):
            target = str(way.get("to"))
            if way.get("from") and target in columns and order[target] > order[key]:
                columns[target] = max(columns[target], columns[key] + 1)
    return columns


def arrows(moves: Sequence[Mapping[str, Any]], names: Mapping[str, tuple[str, str]], pick: str) -> list[dict[str, Any]]:
    """What the island draws: one arrow for each stage that a move leads from; `from` is null for moves from every stage."""
    found = []
    for move in moves:
        target = names.get(str(move.get("to")), ("", ""))[0]
        for origin in move.get("from") or [None]:
            start = names[origin][0] if origin in names else _("every stage")
            text = _("Way: %(origin)s → %(target)s", origin=start, target=target)
            found.append(
                {
                    "path": move["path"],
                    "from": origin,
                    "to": move.get("to"),
                    "label": move["name"],
                    "title": f"{text} · {move['name']}" if move["name"] else text,
                    "mark": "lock" if move.get("guard") else "users" if move.get("roles") else "",
                    "picked": move["path"] == pick,
                    "wrong": bool(move["problems"]),
                }
            )
    return found


def automations_of(desk: Desk, pipeline: Mapping[str, Any], stage: str) -> list[tuple[str, str]]:
    """(key, label) of the draft's automations that begin when a record comes to a stage."""
    found = []
    for each in desk.document.get("automations") or ():
        trigger = each.get("trigger") or {}
        if each.get("entity") != pipeline.get("entity") or trigger.get("type") != "change":
            continue
        if _asks_for(each.get("condition"), str(pipeline.get("field")), stage):
            found.append((str(each["key"]), text_of(each.get("label"), each["key"])))
    return found


def _asks_for(tree: Any, field: str, stage: str) -> bool:
    """Whether a condition can only hold in this stage (or in some stages, this one among them)."""
    if not isinstance(tree, Mapping):
        return False
    if tree.get("field") == field:
        value = tree.get("value")
        return (tree.get("op") == "is" and value == stage) or (
            tree.get("op") == "in" and isinstance(value, list) and stage in value
        )
    return any(_asks_for(each, field, stage) for word in ("all", "any") for each in tree.get(word) or ())


@dataclass(frozen=True)
class GivenValues:
    """The values that a stage or a move gives, as the macro `value_rows_set` draws them."""

    rows: list[ValueRow]
    spare: list[tuple[str, str, str]]
    own: str


def given_values(
    looked: Context, entity: EntityDef | None, pipeline: Mapping[str, Any], path: str, values: Mapping[str, Any]
) -> GivenValues:
    """Inputs for values, each with the widget of its field; texts with fields in them are for automations only."""
    rows = [
        replace(each, modes=tuple(mode for mode in each.modes if mode[0] != _TEMPLATE))
        for each in value_rows(looked, {}, entity, path, values)
    ]
    spare = [
        (key, label, '""' if first == _TEMPLATE else first)
        for key, label, first in spare_values(entity, values)
        if key != pipeline.get("field")
    ]
    return GivenValues(rows, spare, str(pipeline.get("entity")))


def list_link(entity: EntityDef | None, counted: Counted, view: str | None) -> str:
    """The list of the records that were counted; empty where there are none to show."""
    if entity is None or not counted.count:
        return ""
    return links.entity_url(entity.name, view, filter=json.dumps(counted.tree, ensure_ascii=False, separators=(",", ":")))


def table_view(ctx: Context, entity: EntityDef | None) -> str | None:
    """A view of the entity that shows rows, for links that count records."""
    views = ctx.catalog.views_of(entity.name) if entity is not None else ()
    return next((view.key for _app, view in views if view.type == "table"), None)


def field_choices(entity: EntityDef | None) -> list[tuple[str, str]]:
    """(key, label) of the fields that a stage or a move may require: those that people fill in."""
    return [(key, label_of(each)) for key, each in entity.fields.items() if each.is_writable] if entity else []


def move_lines(desk: Desk, pipeline: Mapping[str, Any], path: str, names: Mapping[str, tuple[str, str]]) -> list[dict[str, Any]]:
    """The allowed moves with the names and colours of their stages."""
    found = []
    for each in pipeline.get("transitions") or ():
        here = f"{path}/transitions/{each['key']}"
        target = names.get(str(each.get("to")), (str(each.get("to")), "gray"))
        found.append(
            {
                **each,
                "path": here,
                "name": text_of(each.get("label")),
                "origins": [names.get(str(one), (str(one), "gray")) for one in each.get("from") or ()],
                "target": target,
                "problems": sum(one.path == here or one.path.startswith(f"{here}/") for one in desk.problems),
            }
        )
    return found
