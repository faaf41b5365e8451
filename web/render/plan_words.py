"""A plan in words: what is added, changed and removed, in groups, with what was there before and what comes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from builder.acts.base import find
from builder.diff import Difference, diff
from builder.merge import MergeConflict
from runtime.schema.preview import LOSS, WARN, PlanItem
from web.i18n import LANGUAGE_NAMES, current_language, mark, translate
from web.i18n import gettext as _
from web.render.design import place_name, text_of
from web.render.plan_values import Side

_SECTIONS = {
    "entities": mark("Table"),
    "fields": mark("Field"),
    "extends": mark("Fields in other apps"),
    "forms": mark("Form"),
    "views": mark("View"),
    "pipelines": mark("Pipeline"),
    "automations": mark("Automation"),
    "roles": mark("Role"),
    "dashboards": mark("Dashboard"),
    "menu": mark("Menu"),
    "sections": mark("Section"),
    "pages": mark("Page"),
    "items": mark("Place on the form"),
    "columns": mark("Column"),
    "choices": mark("Choice"),
    "grants": mark("Rights"),
    "rules": mark("Rule"),
    "indexes": mark("Index"),
    "related": mark("Related list"),
    "fill": mark("Filled in by itself"),
    "tiles": mark("Tile"),
    "filters": mark("Filter"),
    "tables": mark("Table"),
    "stages": mark("Stage"),
    "transitions": mark("Transition"),
    "steps": mark("Step"),
    "else": mark("Step"),
    "ladder": mark("Step"),
}
_PROPERTIES = {
    "label": mark("Label"),
    "plural": mark("Plural"),
    "help": mark("Help"),
    "description": mark("Description"),
    "required": mark("Required"),
    "unique": mark("Unique"),
    "default": mark("Default"),
    "type": mark("Type"),
    "icon": mark("Icon"),
    "color": mark("Colour"),
    "title_field": mark("Title"),
    "owner_field": mark("Owner"),
    "columns": mark("Columns"),
    "span": mark("Width"),
    "collapsed": mark("Folded"),
    "show_when": mark("Shown when"),
    "require_when": mark("Required when"),
    "read_only_when": mark("Locked when"),
    "fill": mark("Filled in by itself"),
    "when": mark("Condition"),
    "value": mark("Value"),
    "read_only": mark("Locked"),
    "filter": mark("Filter"),
    "sort": mark("Sort order"),
    "roles": mark("Roles"),
    "expression": mark("Formula"),
    "text": mark("Text"),
    "heading": mark("Heading"),
    "page": mark("Page"),
    "layout": mark("Layout"),
    "rows": mark("Table of rows"),
    "minimum": mark("At least"),
    "maximum": mark("At most"),
    "total": mark("Total"),
    "condition": mark("Condition"),
    "guard": mark("Condition"),
    "where": mark("Condition"),
    "trigger": mark("Trigger"),
    "steps": mark("Steps"),
    "ladder": mark("Steps"),
    "enabled": mark("Switched on"),
    "message": mark("Message"),
    "require": mark("Required fields"),
    "search_fields": mark("Search fields"),
    "entity": mark("Table"),
    "field": mark("Field"),
    "read": mark("Read"),
    "create": mark("Create"),
    "update": mark("Change"),
    "delete": mark("Delete"),
    "export": mark("Export"),
    "hidden": mark("Hidden fields"),
    "decimals": mark("Decimals"),
    "min": mark("Smallest"),
    "max": mark("Largest"),
    "unit": mark("Unit"),
    "currency": mark("Currency"),
    "max_length": mark("Longest text"),
    "to": mark("Leads to"),
    "kind": mark("How many"),
    "pattern": mark("Pattern"),
    "result": mark("Result"),
    "on_delete": mark("When the other record is deleted"),
    "group": mark("Group by"),
    "card": mark("Fields on the card"),
    "after": mark("After"),
    "home": mark("Home page"),
    "dashboards": mark("Home page"),
    "measure": mark("Measure"),
    "compare": mark("Comparison"),
    "target": mark("Target"),
    "limit": mark("Limit"),
    "start": mark("Begins with"),
    "skip": mark("Leaves these tiles alone"),
}
_SHOWN = 60


@dataclass(frozen=True)
class Change:
    """One property: what it was and what it will be."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class PlanLine:
    """One consequence as the page shows it."""

    title: str
    kind: str
    risk: str
    message: str
    changes: tuple[Change, ...] = ()
    samples: tuple[Mapping[str, Any], ...] = ()
    used_by: tuple[str, ...] = ()
    rows: int = 0


@dataclass(frozen=True)
class PlanGroup:
    """Lines of one kind. kind: warnings, added, changed, removed, moved."""

    kind: str
    lines: tuple[PlanLine, ...]


@dataclass(frozen=True)
class ShownConflict:
    """A place that two people changed."""

    path: str
    title: str
    mine: str
    theirs: str
    chosen: str


def groups_of(items: Iterable[PlanItem], old: Side, new: Side) -> list[PlanGroup]:
    """The items in groups, what loses values first. old, new: the document in force and the one to come."""
    before, after = old.document, new.document
    differences = diff(before, after) if before else []
    order = ["", *_SECTIONS]
    items = sorted(items, key=lambda item: order.index(part) if (part := ([*item.path.split("/"), ""])[1]) in order else 0)
    found: dict[str, list[PlanLine]] = {"warnings": [], "added": [], "changed": [], "removed": [], "moved": []}
    for item in items:
        parts = item.path.split("/")
        if not before and len(parts) == 2 and parts[1] not in _SECTIONS:
            continue  # what a new app says of itself goes without saying
        line = _line(item, old, new, differences)
        kind = {"converted": "changed"}.get(item.kind, item.kind)
        found["warnings" if item.risk in (LOSS, WARN) and item.rows else kind].append(line)
    return [PlanGroup(kind, tuple(lines)) for kind, lines in found.items() if lines]


def counts_of(items: Iterable[PlanItem], *, is_new: bool = False) -> dict[str, int]:
    """How many things are added, changed and removed, and how many values go."""
    found = {"added": 0, "changed": 0, "removed": 0, "lost": 0}
    for item in items:
        parts = item.path.split("/")
        if is_new and len(parts) == 2 and parts[1] not in _SECTIONS:
            continue
        kind = {"converted": "changed", "moved": "changed"}.get(item.kind, item.kind)
        found[kind] += 1
        found["lost"] += item.rows if item.loses else 0
    return found


def conflicts_of(conflicts: Iterable[MergeConflict], mine: Side, theirs: Side) -> list[ShownConflict]:
    """Conflicts with both sides in words."""
    found = []
    for each in conflicts:
        title = _path_title(mine.document, each.path)
        words = (_side_words(mine, each.path, each.mine), _side_words(theirs, each.path, each.theirs))
        found.append(ShownConflict(each.path, title, *words, each.chosen))
    return found


def item_name(document: Mapping[str, Any], path: str) -> str:
    """A thing with its kind: `Form “Lead”`."""
    parts = [each for each in path.split("/") if each]
    kinds = [each for each in parts if each in _SECTIONS]
    name = place_name(document, path) or (parts[-1] if parts else "")
    return _("%(kind)s “%(name)s”", kind=_(_SECTIONS[kinds[-1]]), name=name) if kinds else name


def value_words(value: Any) -> str:
    """A value of a document as people read it."""
    if value is None or value == "" or value == []:
        return "–"
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, str | int | float):
        return str(value)
    if isinstance(value, Mapping):
        if value.get("key"):
            return text_of(value.get("label") or value.get("text"), str(value.get("field") or value["key"]))
        if set(value) <= {"en", "zh-Hans", "zh-Hant"}:
            return text_of(value)
        return _("a rule") if {"all", "any", "field", "expr", "not"} & set(value) else _("%(num)d settings", num=len(value))
    words = [value_words(each) for each in value]
    return ", ".join(words)[:200]


def _line(item: PlanItem, old: Side, new: Side, differences: list[Difference]) -> PlanLine:
    before, after = old.document, new.document
    path = item.path.partition("/")[2]
    document = before if item.kind == "removed" else after
    inside = (
        [each for each in differences if each.path == path or each.path.startswith(f"{path}/")]
        if item.kind in ("changed", "converted")
        else []
    )
    is_empty = item.kind == "converted" and not item.params.get("rows", item.rows)
    return PlanLine(
        title=item_name(document, path) if path else text_of(document.get("label"), item.path),
        kind=item.kind,
        risk=item.risk,
        message=translate(item.message, item.params)
        if item.message and not is_empty
        else _inside(item, path, old if item.kind == "removed" else new),
        changes=tuple(_change(old, new, path, each) for each in inside[:_SHOWN]),
        samples=tuple(item.samples),
        used_by=tuple(item_name(before, each.partition("/")[2]) for each in item.used_by),
        rows=item.rows,
    )


def _inside(item: PlanItem, path: str, side: Side) -> str:
    """The fields of a table, what sets an automation off and its steps, when they are added or removed."""
    document = side.document
    if path.startswith("automations/") and path.count("/") == 1 and item.kind != "changed":
        return side.outline(path)
    found = find(document, path) if path.startswith("entities/") and path.count("/") == 1 and item.kind != "changed" else None
    fields = found.get("fields") or () if isinstance(found, Mapping) else ()
    return ", ".join(text_of(each.get("label"), each["key"]) for each in fields)


def _change(old: Side, new: Side, path: str, each: Difference) -> Change:
    document = old.document if each.kind == "removed" else new.document
    name = _path_title(document, each.path, skip=len(path.split("/")))
    return Change(name, *(_side_words(side, each.path, value) for side, value in ((old, each.before), (new, each.after))))


def _side_words(side: Side, path: str, value: Any) -> str:
    """A value of one side; in its own words where there are some."""
    if value is None and path.endswith("/enabled"):
        value = True  # what says nothing is switched on
    return (side.words(path, value) if value not in (None, "", [], {}) else "") or value_words(value)


def _path_title(document: Mapping[str, Any], path: str, skip: int = 0) -> str:
    """A property, after the thing that it belongs to unless that is the one at the first `skip` parts of the path."""
    parts = path.split("/")
    named, owner = place_name(document, path), place_name(document, "/".join(parts[:skip]))
    inner = named.removeprefix(owner).removeprefix(" › ")
    last = len(parts) - 1
    # A list names its property only as a whole: one of its items is told by what it is.
    properties = [part for place, part in enumerate(parts) if place >= skip and (place == last or part not in _SECTIONS)]
    known = [_(_PROPERTIES[each]) for each in properties if each in _PROPERTIES][-1:]
    if not known and len(parts) > 1 and parts[-2] in _SECTIONS:
        known = [_(_SECTIONS[parts[-2]])]
    # A text by language, in another one than the reader's.
    language = [LANGUAGE_NAMES[parts[-1]]] if parts[-1] in LANGUAGE_NAMES and parts[-1] != current_language() else []
    return " · ".join(each for each in (inner, *known, *language) if each) or parts[-1]
