"""What the rule builder must know of an entity: its fields with their operators, choices and kinds of input."""

from __future__ import annotations

from typing import Any

from builder.fields.choice import choices
from builder.label import Label
from runtime import access
from runtime.context import Context
from runtime.tables import MANY_TO_ONE, EntityDef, FieldDef
from web.i18n import current_language
from web.render.controls import member_choices
from web.render.values import label_of, shown_type


def condition_fields(ctx: Context, entity: EntityDef) -> list[dict[str, Any]]:
    """`[{"key", "label", "kind", "operators", "choices"?, "source"?}]` of the readable fields; `kind` picks the input."""
    readable = access.rights(ctx, entity).readable_fields
    shown = [each for key, each in entity.fields.items() if key in readable and _can_be_asked(each)]
    return [_describe(ctx, each) for each in sorted(shown, key=lambda each: each.kind == "system")]


def relations_of(ctx: Context, entity: EntityDef) -> list[dict[str, str]]:
    """`[{"key", "label", "target"}]` of the relations to many records, for rules about those."""
    readable = access.rights(ctx, entity).readable_fields
    return [
        {"key": key, "label": label_of(each), "target": each.target}
        for key, each in entity.fields.items()
        if key in readable and each.target and each.is_relation and each.kind != MANY_TO_ONE
    ]


def _can_be_asked(definition: FieldDef) -> bool:
    return bool(shown_type(definition)[0].operators) and definition.kind != "one_to_many" and definition.key != "version"


def _describe(ctx: Context, definition: FieldDef) -> dict[str, Any]:
    kind, declared = shown_type(definition)
    operators = kind.operators
    if definition.is_relation and definition.kind != MANY_TO_ONE:
        operators = ("has", "has_any", "has_all", "is_empty", "is_not_empty")
    found: dict[str, Any] = {
        "key": definition.key,
        "label": label_of(definition),
        "kind": kind.expression_type(declared).value,
        "operators": list(operators),
    }
    language = current_language()
    if "choices" in declared.options:
        found["choices"] = [
            [each["key"], Label.of(each.get("label")).in_language(language) or each["key"]] for each in choices(declared)
        ]
    elif found["kind"] == "person":
        found["choices"] = [[int(key), name] for key, name in member_choices(ctx, [])]
    elif definition.target:
        found["source"] = f"/choices/{definition.target}?q="
    if definition.kind == MANY_TO_ONE and definition.target:
        found["target"] = definition.target
    return found
