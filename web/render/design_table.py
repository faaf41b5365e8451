"""What the designer of a table shows beside its fields: rules, what is fast, and the types that a field can be turned into."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from builder.acts import perform
from builder.acts.base import BadAct, find
from builder.check.place import sortable
from builder.fields import FIELD_TYPES
from builder.operations import BadOperation
from builder.structure import MISSING
from runtime.context import Context
from runtime.drafts import Desk
from runtime.errors import BadRequest, NotFound
from runtime.platform.personal import SavedView
from runtime.queries.counting import CAP, count_records
from runtime.queries.listing import ListQuery
from runtime.schema.convert import Converter
from runtime.schema.indexes import indexes_of, leaf_fields
from runtime.schema.preview import PlanItem
from runtime.schema_plan import plan
from runtime.tables import COMPUTED, MANY_TO_MANY, ONE_TO_MANY, EntityDef, FieldDef
from web import links
from web.render.design import entity_name, text_of
from web.render.design_words import type_name
from web.render.sentences import condition_as_sentence
from web.render.values import label_of

_WORDS_SHOWN = 100
_PILLS = 4
_SPLIT = re.compile(r"\s*[,;，；、\n]\s*")
_NO_TARGET = frozenset({"formula"})


def field_rows(desk: Desk, place: str) -> list[dict[str, Any]]:
    """The fields of a table, or those that the app adds to one of another app, as the designer lists them."""
    return [_field_row(desk, place, each) for each in (find(desk.document, place) or {}).get("fields") or ()]


def _field_row(desk: Desk, place: str, field: Mapping[str, Any]) -> dict[str, Any]:
    path = f"{place}/fields/{field['key']}"
    known = field.get("type") in FIELD_TYPES.names()
    options = field.get("options") or {}
    note = ""
    if field.get("type") == "relation":
        note = entity_name(desk, str(options.get("to", "")))
    return {
        "path": path,
        "key": field["key"],
        "label": text_of(field.get("label"), field["key"]),
        "type": type_name(str(field.get("type"))),
        "icon": FIELD_TYPES.get(str(field["type"])).icon if known else "alert-triangle",
        "required": field.get("required"),
        "unique": field.get("unique"),
        "note": note,
        "choices": [
            (text_of(each.get("label"), each["key"]), each.get("color", "gray")) for each in options.get("choices", ())[:_PILLS]
        ],
        "more": max(0, len(options.get("choices", ())) - _PILLS),
        "is_new": find(desk.published, path) is MISSING,
        "problems": sum(each.path == path or each.path.startswith(f"{path}/") for each in desk.problems),
    }


def rule_rows(ctx: Context, desk: Desk, path: str) -> list[dict[str, Any]]:
    """The rules of a table in words. ctx: with the draft's catalog."""
    entity = ctx.catalog.find(f"{desk.app}.{path.split('/')[1]}")
    rows = []
    for rule in (find(desk.document, path) or {}).get("rules") or ():
        here = f"{path}/rules/{rule['key']}"
        rows.append(
            {
                "key": rule["key"],
                "path": here,
                "sentence": condition_as_sentence(ctx, entity, rule.get("condition")) if entity else rule["key"],
                "message": text_of(rule.get("message")),
                "condition": rule.get("condition") or {},
                "messages": rule.get("message")
                if isinstance(rule.get("message"), Mapping)
                else {"en": rule.get("message") or ""},
                "field": rule.get("field") or "",
                "problems": [each for each in desk.problems if each.path == here or each.path.startswith(f"{here}/")],
            }
        )
    return rows


def broken_by(ctx: Context, name: str, condition: Any) -> tuple[int, str] | None:
    """How many published records break a rule (at most `CAP`), and the list of them; None when it cannot be counted yet."""
    tree = {"not": condition}
    try:
        count = count_records(ctx, name, ListQuery(filter=tree, count="estimate"))
    except (BadRequest, NotFound, sa.exc.DBAPIError):
        return None
    text = json.dumps(tree, ensure_ascii=False, separators=(",", ":"))
    return min(int(count or 0), CAP), links.entity_url(name, None, filter=text)


def speed_rows(ctx: Context, desk: Desk, path: str) -> dict[str, Any]:
    """What is fast: `own`: what was asked for; `known`: what is fast by itself; `free`: what else can be; `wished`: fields that
    views of people sort or filter by. ctx: with the draft's catalog."""
    declared = find(desk.document, path) or {}
    entity = ctx.catalog.find(f"{desk.app}.{path.split('/')[1]}")
    if entity is None:
        return {"own": [], "known": [], "free": [], "wished": []}
    own = [
        {
            "key": each["key"],
            "path": f"{path}/indexes/{each['key']}",
            "fields": [label_of(entity.fields[key]) if key in entity.fields else key for key in each.get("fields") or ()],
        }
        for each in declared.get("indexes") or ()
    ]
    asked = {key for each in declared.get("indexes") or () for key in (each.get("fields") or ())[:1]}
    columns = {each.column.name: key for key, each in entity.fields.items() if each.column is not None}
    first = {columns[shape.columns[0][0]] for shape in indexes_of(ctx.catalog, entity, trigram=False).values() if shape.columns}
    known = [key for key in entity.fields if key in first - asked]
    free = [key for key, each in entity.fields.items() if sortable(each.field) and key not in first | asked and key != "version"]
    wished = [key for key in _wished(ctx, entity) if key in free]
    return {
        "own": own,
        "known": [label_of(entity.fields[key]) for key in known],
        "free": [(key, label_of(entity.fields[key])) for key in free],
        "all": [(key, label_of(each)) for key, each in entity.fields.items() if sortable(each.field)],
        "wished": [(key, label_of(entity.fields[key])) for key in wished],
    }


def _wished(ctx: Context, entity: EntityDef) -> list[str]:
    """Fields that views kept by people sort or filter by, the commonest first."""
    statement = sa.select(SavedView.definition).where(SavedView.workspace_id == ctx.workspace.id, SavedView.entity == entity.name)
    counted: dict[str, int] = {}
    for definition in ctx.connection.scalars(statement.limit(500)):
        named = [*leaf_fields(definition.get("filter")), *(str(each).lstrip("-") for each in definition.get("sort") or ())]
        for key in set(named):
            counted[key] = counted.get(key, 0) + 1
    return sorted(counted, key=lambda key: -counted[key])


def published_field(ctx: Context, desk: Desk, path: str) -> tuple[EntityDef, FieldDef] | None:
    """The table and the field at `entities/lead/fields/name` or `extends/…/fields/…` as they are in force."""
    parts = path.split("/")
    if len(parts) != 4 or parts[0] not in ("entities", "extends") or parts[2] != "fields":
        return None
    name, key = f"{desk.app}.{parts[1]}", parts[3]
    if parts[0] == "extends":
        item = find(desk.document, f"extends/{parts[1]}")
        name, key = (str(item.get("entity")) if isinstance(item, Mapping) else ""), f"{desk.app}_{key}"
    entity = ctx.catalog.find(name)
    return (entity, entity.fields[key]) if entity is not None and key in entity.fields else None


def may_become(ctx: Context, desk: Desk, path: str) -> list[tuple[str, str]]:
    """(type, name) of the types that a field can be turned into; none where its values cannot be read as others."""
    found = published_field(ctx, desk, path)
    if found is not None and found[1].kind in (COMPUTED, ONE_TO_MANY):
        return []
    names = [each.name for each in FIELD_TYPES if each.name not in _NO_TARGET]
    if found is not None and found[1].kind == MANY_TO_MANY:
        names = ["relation"]
    return [(each, type_name(each)) for each in names]


def words_of(ctx: Context, found: tuple[EntityDef, FieldDef], *, split: bool) -> tuple[list[str], bool]:
    """The texts that records hold in a field, the commonest first, for choices; and whether there are more than can be choices."""
    entity, definition = found
    column = definition.column
    if column is None:
        return [], False
    often = sa.func.count().desc()
    alive = sa.select(column).where(column.is_not(None), entity.table.c.deleted_at.is_(None))
    values = list(ctx.connection.scalars(alive.group_by(column).order_by(often, column).limit(_WORDS_SHOWN * 4)))
    converter = Converter(ctx, definition, definition)
    converter.prepare(values)
    words: dict[str, None] = {}
    for value in values:
        text = converter.text(value)
        for word in _SPLIT.split(text) if split else (text,):
            if word.strip():
                words.setdefault(word.strip()[:200])
    return list(words)[:_WORDS_SHOWN], len(words) > _WORDS_SHOWN


def conversion(ctx: Context, desk: Desk, act: Mapping[str, Any]) -> tuple[PlanItem | None, list[str]]:
    """What the change of type would do to the records, as the plan says it; and sentences of what is wrong with it.

    ctx: inside a transaction.
    """
    try:
        outcome = perform(desk.document, [act], desk.published)
    except (BadAct, BadOperation) as error:
        return None, [str(error)]
    found = plan(ctx, {desk.app: outcome.document})
    place = f"{desk.app}/{act['path']}"
    item = next((each for each in found.items if each.path == place), None)
    wrong = [each for each in found.problems if each.path.startswith(place) or each.code == "not_convertible"]
    return item, [each.text for each in wrong]
