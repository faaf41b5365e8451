"""Conditions as sentences: "Stage is New and Amount is more than 1,000"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from builder.expressions import parse, print_expression
from builder.expressions.problems import ExpressionProblem
from builder.label import Label
from runtime.context import Context
from runtime.tables import EntityDef
from web.i18n import current_language, mark
from web.i18n import gettext as _

# Whole sentences, so that each language has its own order and its own marks around the value.
_LEAVES = {
    "is": mark("%(field)s is %(value)s"),
    "is_not": mark("%(field)s is not %(value)s"),
    "in": mark("%(field)s is one of %(value)s"),
    "not_in": mark("%(field)s is none of %(value)s"),
    "gt": mark("%(field)s is more than %(value)s"),
    "gte": mark("%(field)s is at least %(value)s"),
    "lt": mark("%(field)s is less than %(value)s"),
    "lte": mark("%(field)s is at most %(value)s"),
    "between": mark("%(field)s is between %(value)s"),
    "contains": mark("%(field)s contains %(value)s"),
    "starts_with": mark("%(field)s starts with %(value)s"),
    "is_empty": mark("%(field)s is empty"),
    "is_not_empty": mark("%(field)s is filled in"),
    "has": mark("%(field)s has %(value)s"),
    "has_any": mark("%(field)s has any of %(value)s"),
    "has_all": mark("%(field)s has all of %(value)s"),
    "within": mark("%(field)s is within %(value)s"),
}
_VARIABLES = {
    "me": mark("me"),
    "my_team": mark("my team"),
    "now": mark("now"),
    "today": mark("today"),
    "my_teams": mark("my teams"),
}
_UNITS = {"day": mark("days"), "week": mark("weeks"), "month": mark("months"), "quarter": mark("quarters"), "year": mark("years")}
_PERIODS = {
    "day": mark("today"),
    "week": mark("this week"),
    "month": mark("this month"),
    "quarter": mark("this quarter"),
    "year": mark("this year"),
}


def rules_as_sentence(ctx: Context, entity: EntityDef, rules: Iterable[Any]) -> str:
    """The rules of a grant, any of which lets a record through."""
    parts = [_rule(ctx, entity, rule) for rule in rules]
    return _(" or ").join(parts)


def _rule(ctx: Context, entity: EntityDef, rule: Any) -> str:
    if rule == "all":
        return _("all records")
    if rule == "own":
        return _("own records")
    if rule == "team":
        return _("records of the own team and the teams below")
    return _("records where %(condition)s", condition=condition_as_sentence(ctx, entity, rule))


def short_rules(rules: Iterable[Any]) -> str:
    """The rules of a grant in a word or two, for a narrow cell."""
    words = {"own": _("own"), "team": _("team"), "all": _("all")}
    kinds = ["rule" if isinstance(each, Mapping) else str(each) for each in rules]
    return " + ".join(dict.fromkeys(words.get(each, _("by rule")) for each in kinds))


_COUNTS = {
    "gte": mark("at least %(number)s"),
    "lte": mark("at most %(number)s"),
    "is": mark("exactly %(number)s"),
    "gt": mark("more than %(number)s"),
    "lt": mark("less than %(number)s"),
    "is_not": mark("not %(number)s"),
}


def condition_as_sentence(ctx: Context, entity: EntityDef, tree: Any) -> str:
    """A condition tree in words."""
    if not isinstance(tree, Mapping) or not tree:
        return _("always")
    change = _changing(ctx, entity, tree)
    if change:
        return change
    for word, joint in (("all", _(" and ")), ("any", _(" or "))):
        if word in tree:
            parts = [condition_as_sentence(ctx, entity, each) for each in tree[word]]
            return joint.join(
                _("(%(rule)s)", rule=part) if word == "all" and "any" in each else part
                for part, each in zip(parts, tree[word], strict=True)
            )
    if "not" in tree:
        return _("not (%(condition)s)", condition=condition_as_sentence(ctx, entity, tree["not"]))
    if "expr" in tree:
        return _formula(ctx, entity, str(tree["expr"]))
    if "has" in tree:
        return _related(ctx, entity, tree["has"])
    return _leaf(ctx, entity, tree)


def _changing(ctx: Context, entity: EntityDef, tree: Mapping[str, Any]) -> str:
    """Two comparisons that say how one field changes, as one sentence; empty for others."""
    value = tree.get("value")
    field = str(tree.get("field", ""))
    if tree.get("op") == "is_not" and isinstance(value, Mapping) and field:
        asked = str(value.get("expr", "")).strip("{}“” ")
        if asked in (f"before.{field}", _("before: %(field)s", field=_field_label(ctx, entity, field))):
            return _("%(field)s has changed", field=_field_label(ctx, entity, field))
    pair = tree.get("all")
    if not isinstance(pair, list | tuple) or len(pair) != 2 or not all(isinstance(each, Mapping) for each in pair):
        return ""
    one, other = (str(each.get("field", "")) for each in pair)
    if [each.get("op") for each in pair] != ["is", "is_not"] or pair[0].get("value") != pair[1].get("value"):
        return ""
    if other == f"before.{one}":
        words = {"field": _field_label(ctx, entity, one), "value": _value(ctx, entity, one, pair[0].get("value"))}
        return _("%(field)s changes to %(value)s", **words)
    if one == f"before.{other}":
        words = {"field": _field_label(ctx, entity, other), "value": _value(ctx, entity, other, pair[0].get("value"))}
        return _("%(field)s changes from %(value)s", **words)
    return ""


def _related(ctx: Context, entity: EntityDef, rule: Mapping[str, Any]) -> str:
    """`has at least 2 Tasks (State is Open)`"""
    path = str(rule.get("relation", ""))
    label, count = _field_label(ctx, entity, path), rule.get("count") or {}
    number = _(_COUNTS.get(str(count.get("op", "gte")), mark("at least %(number)s")), number=count.get("value", 1))
    words = _("has %(number)s %(relation)s", number=number, relation=label)
    target = entity.fields[path].target if path in entity.fields else None
    other = ctx.catalog.find(target) if target else None
    if not rule.get("if") or other is None:
        return words
    return words + " " * (not _is_chinese()) + _("(%(rule)s)", rule=condition_as_sentence(ctx, other, rule["if"]))


def _is_chinese() -> bool:
    return current_language().startswith("zh")


def _formula(ctx: Context, entity: EntityDef, text: str) -> str:
    """A formula with the labels of its fields."""
    node = parse(text)
    if isinstance(node, ExpressionProblem):
        return text
    return print_expression(node, lambda path: _field_label(ctx, entity, ".".join(path)), chinese=_is_chinese())


def _leaf(ctx: Context, entity: EntityDef, leaf: Mapping[str, Any]) -> str:
    field, operator = str(leaf.get("field", "")), str(leaf.get("op", "is"))
    if field.startswith("before."):
        inner = _leaf(ctx, entity, {**leaf, "field": field.removeprefix("before.")})
        return _("before the change: %(condition)s", condition=inner)
    sentence = _LEAVES.get(operator)
    name, value = _field_label(ctx, entity, field), leaf.get("value")
    if sentence is None:
        return f"{name} {operator} {_value(ctx, entity, field, value)}"
    return _(sentence, field=name, value=_value(ctx, entity, field, value))


def _field_label(ctx: Context, entity: EntityDef, path: str) -> str:
    here: EntityDef | None = entity
    shown: list[str] = []
    for key in path.split("."):
        found = here.fields.get(key) if here else None
        shown.append((found.field.label.in_language(ctx.actor.language) if found else "") or key)
        here = ctx.catalog.find(found.target) if found and found.target else None
    return " › ".join(shown)


def _value(ctx: Context, entity: EntityDef, path: str, value: Any) -> str:
    if isinstance(value, list):
        return _(", ").join(_value(ctx, entity, path, each) for each in value)
    if isinstance(value, Mapping):
        return _special(value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return _choice_label(ctx, entity, path, value) or ("–" if value is None else str(value))


def given_words(ctx: Context, entity: EntityDef, field: str, value: Any) -> str:
    """A value that a field is given by a rule."""
    if isinstance(value, Mapping) and "expr" in value:
        return _formula(ctx, entity, str(value["expr"]))
    return _("empty") if value is None else _value(ctx, entity, field, value)


def _special(value: Mapping[str, Any]) -> str:
    if "var" in value:
        return _(_VARIABLES.get(str(value["var"]), str(value["var"])))
    if "this" in value:
        return _(_PERIODS.get(str(value["this"]), str(value["this"])))
    for word, text in (("last", mark("the last %(count)s %(unit)s")), ("next", mark("the next %(count)s %(unit)s"))):
        if word in value:
            unit = str(value.get("unit", "day"))
            return _(text, count=value[word], unit=_(_UNITS.get(unit, unit)))
    return str(value.get("expr", value))


def _choice_label(ctx: Context, entity: EntityDef, path: str, value: Any) -> str:
    here: EntityDef | None = entity
    *way, last = path.split(".")
    for key in way:
        step = here.fields.get(key) if here else None
        here = ctx.catalog.find(step.target) if step and step.target else None
    found = here.fields.get(last) if here else None
    choices = found.field.options.get("choices", ()) if found else ()
    for choice in choices:
        if isinstance(choice, Mapping) and choice.get("key") == value:
            return Label.of(choice.get("label")).in_language(ctx.actor.language)
    return ""
