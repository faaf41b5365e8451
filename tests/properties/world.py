"""The apps that the sequences begin with: small, so that many sequences can be done, with something of every kind."""

from __future__ import annotations

import random
from typing import Any

import sqlalchemy as sa

from runtime.context import Context
from runtime.errors import RuntimeProblem
from runtime.records.write import create, update
from runtime.tables import FieldDef
from tests.everything_app import Document, field
from tests.factories import Place, install

_CHOICES = {"choices": [{"key": "web", "label": "Web"}, {"key": "fair", "label": "Fair"}, {"key": "x", "label": "X"}]}
_TEXTS = (
    "web",
    "12",
    "12.5",
    "2026-03-05",
    "yes",
    "a@b.example",
    "Größe 字",
    "Box 1",
    "+8613800138000",
    "https://a.example",
    " x ",
)


def documents() -> dict[str, Document]:
    """Boxes with a field of every type, and one of everything that can lean on them; beside them the app that they extend."""
    return {"base": _base(), "studio": _studio()}


def _base() -> Document:
    fields = [field("name", "text", "Name", "名称", required=True), field("city", "text", "City", "城市")]
    company = {"key": "company", "label": {"en": "Company"}, "title_field": "name", "fields": fields}
    return {"format": 1, "key": "base", "label": {"en": "Base"}, "entities": [company]}


def _studio() -> Document:
    kinds: list[tuple[str, dict[str, Any]]] = [
        ("text", {}), ("long_text", {}), ("number", {"decimals": 2}), ("currency", {}), ("percent", {}), ("boolean", {}), ("date", {}),
        ("datetime", {}), ("select", _CHOICES), ("multi_select", _CHOICES), ("phone", {}), ("email", {}), ("url", {}),
        ("auto_number", {"pattern": "B-{000}"}), ("person", {}), ("team", {}),
    ]  # fmt: skip
    fields = [field("name", "text", "Name", "名称", required=True), field("stage", "select", "Stage", "阶段", options=_CHOICES)]
    fields += [field(f"a_{kind}", kind, kind.title(), "字段", options=options) for kind, options in kinds]
    fields += [
        field("a_tag", "relation", "Tag", "标签", options={"to": "tag"}),
        field("a_tags", "relation", "Tags", "标签", options={"to": "tag", "kind": "many_to_many"}),
        field("a_formula", "formula", "Loud", "大写", options={"expression": "UPPER({name})", "result": "text"}),
        field("company", "relation", "Company", "公司", options={"to": "base.company"}),
    ]
    names = [field("name", "text", "Name", "名称")]
    boxes = {
        "key": "boxes",
        "label": {"en": "Boxes"},
        "options": {"to": "box", "kind": "one_to_many", "inverse": "a_tag"},
        "type": "relation",
    }
    more = field("budget", "currency", "Budget", "预算")
    return {
        "format": 1,
        "key": "studio",
        "label": {"en": "Studio", "zh-Hans": "工作室"},
        "needs": [{"app": "base"}],
        "entities": [
            {"key": "box", "label": {"en": "Box"}, "title_field": "name", "fields": fields, "indexes": [{"key": "by", "fields": ["a_date"]}]},
            {"key": "tag", "label": {"en": "Tag"}, "title_field": "name", "fields": [*names, boxes]},
        ],
        "extends": [{"key": "facts", "entity": "base.company", "fields": [more]}],
        "forms": [{"key": "box_form", "entity": "box", "sections": [{"key": "basic", "items": [{"key": "name", "field": "name"}, {"key": "a_text", "field": "a_text"}]}]}],
        "views": [
            {"key": "all", "entity": "box", "type": "table", "columns": [{"key": "name"}, {"key": "a_number"}, {"key": "a_tag.name"}], "sort": ["-a_date"]},
            {"key": "board", "entity": "box", "type": "kanban", "options": {"group": "stage"}},
        ],
        "pipelines": [{"key": "line", "entity": "box", "field": "stage", "stages": [{"key": each["key"], "kind": "open"} for each in _CHOICES["choices"]]}],
        "automations": _automations(),
        "roles": [{"key": key, "label": {"en": key.title()}, "grants": [{"entity": "box", "read": ["all"], "create": True}]} for key in ("maker", "chief")],
        "dashboards": [{"key": "overview", "label": {"en": "Overview"}, "tiles": [{"key": "count", "type": "number", "entity": "box", "measure": {"op": "count"}}]}],
        "menu": [{"key": "boxes", "entity": "box"}, {"key": "board", "view": "board"}, {"key": "overview", "dashboard": "overview"}],
    }  # fmt: skip


def _automations() -> list[Document]:
    tell = {"key": "tell", "type": "notify", "to": ["a_person"], "title": {"en": "{{name}} is due"}}
    sort = {"key": "sort", "type": "branch", "arms": [{"key": "way", "condition": {"field": "a_boolean", "op": "is", "value": True},
            "steps": [{"key": "mark", "type": "set", "values": {"a_number": 3}}]}], "else": [{"key": "end", "type": "stop"}]}  # fmt: skip
    return [
        {
            "key": "due", "entity": "box", "label": {"en": "Due"}, "settings": [{"key": "days", "type": "duration", "default": "2d"}],
            "trigger": {"type": "date", "field": "a_date"}, "ladder": [{"key": "first", "after": {"setting": "days"}, "steps": [tell]}],
        },
        {"key": "sorted", "entity": "box", "label": {"en": "Sorted"}, "trigger": {"type": "change"}, "steps": [sort]},
    ]  # fmt: skip


def settle(connection: sa.Connection, place: Place, chance: random.Random) -> Context:
    """Installs the apps with some records of each kind."""
    ctx = install(connection, place, documents())
    for name in (
        "studio.tag",
        "studio.tag",
        "studio.tag",
        "base.company",
        "studio.box",
        "studio.box",
        "studio.box",
        "studio.box",
    ):
        write_record(ctx, name, chance)
    return ctx


def write_record(ctx: Context, entity: str, chance: random.Random) -> None:
    """Makes a record, or changes one, by the way that every save takes; what the rules refuse is not made."""
    found = ctx.catalog.entity(entity)
    ids = list(ctx.connection.scalars(sa.select(found.table.c.id).where(found.table.c.deleted_at.is_(None))))
    writable = [each for each in found.fields.values() if each.is_writable and each.kind != "one_to_many"]
    values = {each.key: value for each in writable if (value := _value(ctx, each, chance)) is not None and chance.random() < 0.8}
    try:
        with ctx.connection.begin_nested():
            if ids and chance.random() < 0.5:
                update(ctx, entity, chance.choice(ids), dict(chance.sample(sorted(values.items(), key=str), min(2, len(values)))))
            else:
                create(ctx, entity, values)
    except RuntimeProblem:
        pass


def _value(ctx: Context, each: FieldDef, chance: random.Random) -> Any:
    kind = each.field.type
    if kind in ("text", "long_text"):
        return chance.choice(_TEXTS)
    if kind in ("number", "currency", "percent"):
        return chance.choice(("3", "12.5", "100", "-7", "0.25"))
    if kind in ("select", "multi_select"):
        keys = [str(one["key"]) for one in each.field.options.get("choices", ())]
        return (chance.choice(keys) if kind == "select" else chance.sample(keys, min(2, len(keys)))) if keys else None
    if each.is_relation:
        target = ctx.catalog.entity(str(each.target)).table
        ids = list(ctx.connection.scalars(sa.select(target.c.id).where(target.c.deleted_at.is_(None)).limit(3)))
        return (chance.choice(ids) if each.link is None else ids) if ids else None
    plain: dict[str, Any] = {
        "boolean": chance.random() < 0.5, "date": chance.choice(("2026-03-05", "2027-12-31")), "datetime": "2026-03-05T23:30:00+08:00",
        "phone": "+8613800138000", "email": f"a{chance.randrange(3)}@b.example", "url": "https://a.example", "person": ctx.actor.user_id,
    }  # fmt: skip
    return plain.get(kind)
