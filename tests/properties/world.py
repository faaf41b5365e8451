"""The app that the sequences begin with: everything there is, and a box of fields that nothing else leans on."""

from __future__ import annotations

import random
from typing import Any

import sqlalchemy as sa

from runtime.context import Context
from runtime.errors import RuntimeProblem
from runtime.records.write import create, update
from runtime.tables import FieldDef
from tests.everything_app import Document, everything, field
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
    """The everything apps with boxes."""
    found = everything()
    kinds: list[tuple[str, dict[str, Any]]] = [
        ("text", {}), ("long_text", {}), ("number", {"decimals": 2}), ("currency", {}), ("percent", {}), ("boolean", {}), ("date", {}),
        ("datetime", {}), ("select", _CHOICES), ("multi_select", _CHOICES), ("phone", {}), ("email", {}), ("url", {}),
    ]  # fmt: skip
    fields = [field("name", "text", "Name", "名称", required=True)]
    fields += [field(f"a_{kind}", kind, kind.title(), "字段", options=options) for kind, options in kinds]
    fields += [
        field("a_tag", "relation", "Tag", "标签", options={"to": "tag"}),
        field("a_tags", "relation", "Tags", "标签", options={"to": "tag", "kind": "many_to_many"}),
        field("a_formula", "formula", "Loud", "大写", options={"expression": "UPPER({name})", "result": "text"}),
    ]
    box = {"key": "box", "label": {"en": "Box"}, "title_field": "name", "fields": fields}
    found["studio"]["entities"].append(box)
    return found


def settle(connection: sa.Connection, place: Place, chance: random.Random) -> Context:
    """Installs the apps with some records of each kind."""
    ctx = install(connection, place, documents())
    for name in (
        "studio.tag",
        "studio.tag",
        "studio.tag",
        "directory.company",
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
