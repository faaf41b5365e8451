"""Triggers, lengths of time, recipients and values of automations as people say them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from builder.automations.durations import DURATION_PATTERN
from builder.automations.settings import is_setting, resolve
from builder.expressions import ExpressionProblem, parse, print_expression
from builder.expressions.nodes import Path
from builder.keys import qualified
from builder.label import Label
from runtime.automations.plans import Plan
from runtime.context import Context
from runtime.records.history import Words as FieldWords
from runtime.records.history import people_names
from runtime.tables import EntityDef
from web.i18n import current_language, ngettext
from web.i18n import gettext as _
from web.render.automations.cron import cron_in_words
from web.render.sentences import condition_as_sentence
from web.render.values import entity_label, label_of, path_end

_DURATION = re.compile(DURATION_PATTERN.replace(r"-?\d{1,5}", r"(-?\d{1,5})"))


def label_text(value: Any) -> str:
    """A label of a document in the reader's language."""
    return (value if isinstance(value, Label) else Label.of(value)).in_language(current_language()) if value else ""


def in_sentence(text: str) -> str:
    """A label inside a sentence: English and its like write it small, unless it is all capitals."""
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


def entity_word(entity: EntityDef | None, *, plural: bool = False) -> str:
    """What one record is called."""
    return in_sentence(entity_label(entity, plural=plural)) if entity is not None else _("record")


def one_of(entity: EntityDef | None) -> str:
    """One record inside a sentence: with its article in English, which is the only language here that has one."""
    word = entity_word(entity)
    if current_language() != "en":
        return word
    return f"an {word}" if word[:1].lower() in "aeiou" else f"a {word}"


def listed(texts: Iterable[Any]) -> str:
    """Names one behind the other, as the reader's language separates them."""
    return _(", ").join(map(str, texts))


def length(text: Any) -> str:
    """`2wd` as "2 working days"; the sign is left out."""
    found = _DURATION.fullmatch(str(text))
    if found is None:
        return str(text)
    amount = abs(int(found[1]))
    units = {
        "m": lambda: ngettext("%(num)d minute", "%(num)d minutes", amount),
        "h": lambda: ngettext("%(num)d hour", "%(num)d hours", amount),
        "d": lambda: ngettext("%(num)d day", "%(num)d days", amount),
        "wd": lambda: ngettext("%(num)d working day", "%(num)d working days", amount),
        "w": lambda: ngettext("%(num)d week", "%(num)d weeks", amount),
    }
    return units[found[2]]()


def distance(text: Any) -> str:
    """`2d` as "2 days after", `-3d` as "3 days before"."""
    found = _DURATION.fullmatch(str(text))
    if found is not None and int(found[1]) == 0:
        return _("at that time")
    if str(text).startswith("-"):
        return _("%(length)s before", length=length(text))
    return _("%(length)s after", length=length(text))


def resolved(plan: Plan, data: Any) -> Any:
    """Data of the document with the values of the settings; as it stands when one is missing."""
    try:
        return resolve(data, plan.settings)
    except KeyError:
        return data


def _result(head: str, name: str) -> str:
    """A value that a step before has left, or of the record that is gone through."""
    known = {
        "id": _("the new record"),
        "count": _("number found"),
        "first": _("the first one found"),
        "number": _("number of the turn"),
        "url": _("link"),
        "title": _("title"),
    }
    return known.get(name) or (_("this one: %(field)s", field=name) if head == "item" else name)


class Speaker:
    """Words for one automation: knows its entity and the catalog."""

    def __init__(self, ctx: Context, plan: Plan) -> None:
        self.ctx = ctx
        self.plan = plan
        self.entity = ctx.catalog.find(plan.entity) if plan.entity else None
        self.trigger: Mapping[str, Any] = resolved(plan, plan.automation.trigger)

    def names(self) -> dict[str, str]:
        """What the fields are called that its steps write, by key."""
        entities = [self.entity, *(self.ctx.catalog.find(each) for each in sorted(set(self._step_entities())))]
        return {key: label_of(each) for entity in entities if entity for key, each in entity.fields.items()}

    def _step_entities(self) -> Iterator[str]:
        stack: list[Any] = [rung.steps for rung in self.plan.automation.ladder] + [self.plan.automation.steps]
        while stack:
            part = stack.pop()
            if isinstance(part, Mapping):
                if part.get("type") in ("create", "update"):
                    yield qualified(self.plan.app, str(part.get("entity", "")))
                stack += part.values()
            elif isinstance(part, list | tuple):
                stack += part

    def path(self, path: str, entity: EntityDef | None = None) -> str:
        """A field path as labels; the key where it leads nowhere."""
        head, _dot, rest = path.partition(".")
        if head in ("steps", "item", "record"):
            return _result(head, rest.rpartition(".")[2] or rest)
        here = entity or self.entity
        if head == "before" and rest:
            return _("before: %(field)s", field=self.path(rest, here))
        end = path_end(self.ctx, here, path) if here is not None else None
        return end.label if end is not None else path

    def condition(self, tree: Any, entity: EntityDef | None = None) -> str:
        """A condition as a sentence; empty without one."""
        here = entity or self.entity
        return condition_as_sentence(self.ctx, here, self._readable(resolved(self.plan, tree))) if tree and here else ""

    def leaves(self, tree: Any, entity: EntityDef | None = None) -> list[str]:
        """The sentences of the parts of a condition, in reading order."""
        tree = resolved(self.plan, tree)
        if not isinstance(tree, Mapping) or not tree:
            return []
        for word in ("all", "any"):
            if word in tree:
                return [sentence for each in tree[word] for sentence in self.leaves(each, entity)]
        if "not" in tree and any(word in tree["not"] for word in ("all", "any", "not")):
            return self.leaves(tree["not"], entity)
        return [self.condition(tree, entity)]

    def expression(self, text: str, *, quoted: bool = True) -> str:
        """An expression with labels in place of the fields' keys. quoted: a field alone stands in quotation marks."""
        node = parse(text)
        if isinstance(node, ExpressionProblem):
            return text
        if isinstance(node, Path):
            name = self.path(".".join(node.parts))
            return f"“{name}”" if quoted else name
        return print_expression(node, lambda parts: self.path(".".join(parts)), chinese=current_language().startswith("zh"))

    def value(self, value: Any, entity: EntityDef | None = None, field: str = "") -> str:
        """A value that a step sets, in words."""
        value = resolved(self.plan, value)
        if isinstance(value, Mapping):
            if "expr" in value:
                return self.expression(str(value["expr"]))
            return self.template(value.get("template")) if "template" in value else str(value.get("var", value))
        if value is None or value == "":
            return _("empty")
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if entity is not None and field in entity.fields:
            return FieldWords(self.ctx, entity, [{field: value}]).text(field, value) or str(value)
        return str(value)

    def template(self, value: Any) -> str:
        """A text with placeholders: the fields' labels in place of their keys."""
        text = label_text(value)
        return re.sub(r"\{\{\s*([\w.]+)[^}]*\}\}", lambda found: f"[{self.path(found[1])}]", text)

    def recipients(self, targets: Iterable[Any]) -> list[str]:
        """Whom a step tells."""
        found: list[str] = []
        for target in targets:
            if is_setting(target):
                found += self.recipients(resolved(self.plan, target) or ())
            else:
                found.append(self._recipient(target))
        return [each for each in found if each]

    def trigger_sentence(self) -> str:
        """What sets it off."""
        sentences = {"date": self._date, "change": self._change, "schedule": self._schedule, "button": self._button}
        words = sentences.get(str(self.trigger.get("type")))
        return words() if words is not None else str(self.trigger.get("type"))

    def _date(self) -> str:
        names = {"field": self.path(str(self.trigger.get("field", ""))), "entity": one_of(self.entity)}
        if any(str(resolved(self.plan, rung.after)).startswith("-") for rung in self.plan.automation.ladder):
            return _("Around “%(field)s” of %(entity)s", **names)
        return _("When “%(field)s” of %(entity)s has passed", **names)

    def _schedule(self) -> str:
        return cron_in_words(str(self.trigger.get("cron", "")))

    def _button(self) -> str:
        return _("Button “%(label)s” on %(entity)s", label=self.label, entity=one_of(self.entity))

    def _change(self) -> str:
        names = {"entity": one_of(self.entity)}
        operations = frozenset(self.trigger.get("on") or ("create", "update"))
        tree = resolved(self.plan, self.plan.automation.condition)
        if self._is_simple_edge(tree, operations):
            value = self.value(tree["value"], self.entity, str(tree["field"]))
            return _(
                "When “%(field)s” of %(entity)s becomes %(value)s", field=self.path(str(tree["field"])), value=value, **names
            )
        fields = [self.path(str(each)) for each in self.trigger.get("fields") or ()]
        if fields and operations == {"update"}:
            return _("When %(fields)s of %(entity)s changes", fields=listed(fields), **names)
        if fields and "update" in operations:
            return _("When %(entity)s is created, or %(fields)s changes", fields=listed(fields), **names)
        sentences = {
            frozenset({"create"}): _("When %(entity)s is created", **names),
            frozenset({"update"}): _("When %(entity)s is changed", **names),
            frozenset({"delete"}): _("When %(entity)s is deleted", **names),
            frozenset({"create", "update"}): _("When %(entity)s is created or changed", **names),
        }
        return sentences.get(operations, _("When %(entity)s is created, changed or deleted", **names))

    def _is_simple_edge(self, tree: Any, operations: frozenset[str]) -> bool:
        is_leaf = isinstance(tree, Mapping) and tree.get("op") == "is" and "." not in str(tree.get("field", "."))
        becomes = self.trigger.get("fire", "becomes") == "becomes" and "update" in operations
        return is_leaf and becomes and not isinstance(tree.get("value"), Mapping | bool)

    @property
    def label(self) -> str:
        return label_text(self.plan.automation.label) or self.plan.automation.key

    def _recipient(self, target: Any) -> str:
        if isinstance(target, str):
            owner, _dot, last = target.rpartition(".")
            if last == "manager" and owner:
                return _("manager of %(person)s", person=in_sentence(self.path(owner)))
            return in_sentence(self.path(target))
        if isinstance(target, Mapping) and "role" in target:
            name = qualified(self.plan.app, str(target["role"]))
            role = self.ctx.catalog.roles((name,)).get(name)
            return _("everybody with the role %(role)s", role=label_text(role.label) if role else name)
        number = target.get("user") if isinstance(target, Mapping) else target
        return people_names(self.ctx, [number]).get(number, "") if isinstance(number, int) else ""

    def _readable(self, tree: Any) -> Any:
        """The tree with labelled expressions, for the sentence."""
        if isinstance(tree, Mapping):
            if "op" in tree and isinstance(tree.get("value"), Mapping) and "expr" in tree["value"]:
                return {**tree, "value": {"expr": self.expression(str(tree["value"]["expr"]), quoted=False)}}
            if set(tree) == {"expr"}:
                return {"expr": self.expression(str(tree["expr"]))}
            found = {key: self._readable(value) for key, value in tree.items()}
            if str(tree.get("field", "")).startswith(("steps.", "item.")):
                found["field"] = self.path(str(tree["field"]))
            return found
        return [self._readable(each) for each in tree] if isinstance(tree, list | tuple) else tree
