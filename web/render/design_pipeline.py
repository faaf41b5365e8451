"""What the pipeline designer shows beside the document: stages with their choices, and records that would be stuck."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from builder.acts.base import find
from builder.keys import qualified
from builder.structure import by_key
from runtime.context import Context
from runtime.drafts import Desk
from runtime.errors import BadRequest
from runtime.queries.aggregate import AggregateQuery, aggregate
from runtime.tables import EntityDef
from web.i18n import mark
from web.render.design import text_of, texts_of
from web.render.values import label_of

KINDS = {"open": mark("Open"), "won": mark("Won"), "lost": mark("Lost"), "done": mark("Done")}


@dataclass(frozen=True)
class StageCard:
    """One stage. count: records that stand in it now; stuck: those that lack one of its required fields."""

    key: str
    path: str
    label: str
    texts: Mapping[str, str]
    colour: str
    kind: str
    probability: int | None
    require: tuple[str, ...]
    choice_path: str
    count: int = 0
    stuck: int = 0
    problems: int = 0


def stage_cards(ctx: Context, desk: Desk, pipeline: Mapping[str, Any], path: str) -> list[StageCard]:
    """The stages in order, with figures over the records that there are."""
    place = f"entities/{pipeline.get('entity')}/fields/{pipeline.get('field')}/options/choices"
    choices = find(desk.document, place)
    known = by_key("choices", choices) if isinstance(choices, list) else {}
    entity = ctx.catalog.find(qualified(desk.app, str(pipeline.get("entity"))))
    counts = stage_counts(ctx, entity, pipeline)
    return [_card(desk, each, known.get(each["key"], {}), path, place, counts) for each in pipeline.get("stages") or ()]


def _card(
    desk: Desk, stage: Mapping[str, Any], choice: Mapping[str, Any], path: str, place: str, counts: Mapping[str, tuple[int, int]]
) -> StageCard:
    here = f"{path}/stages/{stage['key']}"
    count, stuck = counts.get(stage["key"], (0, 0))
    return StageCard(
        stage["key"],
        here,
        text_of(choice.get("label"), stage["key"]),
        texts_of(choice.get("label")),
        str(choice.get("color") or "gray"),
        str(stage.get("kind") or "open"),
        stage.get("probability"),
        tuple(stage.get("require") or ()),
        f"{place}/{stage['key']}",
        count,
        stuck,
        sum(each.path == here or each.path.startswith(f"{here}/") for each in desk.problems),
    )


def stage_counts(ctx: Context, entity: EntityDef | None, pipeline: Mapping[str, Any]) -> dict[str, tuple[int, int]]:
    """(records, records that lack a required field) by stage. Fields that are not published yet are empty everywhere."""
    field = str(pipeline.get("field"))
    if entity is None or field not in entity.fields:
        return {}
    found = {str(key): (number, 0) for key, number in _by_stage(ctx, entity, field, None).items()}
    for stage in pipeline.get("stages") or ():
        needed = stage.get("require") or ()
        total = found.get(stage["key"], (0, 0))[0]
        if not needed or not total:
            continue
        if any(each not in entity.fields for each in needed):
            found[stage["key"]] = (total, total)
            continue
        lacking = {"any": [{"field": each, "op": "is_empty"} for each in needed]}
        tree = {"all": [{"field": field, "op": "is", "value": stage["key"]}, lacking]}
        found[stage["key"]] = (total, sum(_by_stage(ctx, entity, field, tree).values()))
    return found


def _by_stage(ctx: Context, entity: EntityDef, field: str, tree: Any) -> dict[Any, int]:
    query = AggregateQuery(filter=tree, group=({"field": field, "as": "stage"},), measures=({"op": "count", "as": "n"},))
    try:
        return {row["stage"]: int(row["n"]) for row in aggregate(ctx, entity.name, query)}
    except BadRequest:
        return {}


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
