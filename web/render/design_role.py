"""What the role designer shows beside the document: the matrix, the rules of one entity, who holds the role, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from builder.acts.base import find
from builder.acts.roles import RULE_VERBS, SWITCHES, grant_of, level_of
from builder.keys import qualified
from runtime import people
from runtime.context import Context
from runtime.drafts import Desk
from runtime.tables import EntityDef
from web.i18n import gettext as _
from web.i18n import mark
from web.links import app_url
from web.render.design import text_of
from web.render.sentences import rules_as_sentence, short_rules
from web.render.values import entity_label, label_of

LEVEL_NAMES = {
    "none": mark("nothing"),
    "read": mark("see all"),
    "own": mark("work with own records"),
    "work": mark("see and change all"),
    "all": mark("everything, with delete and export"),
}
STARTS = {
    "none": mark("Nothing yet"),
    "read": mark("See all records of all tables"),
    "own": mark("Work with own records in all tables"),
    "work": mark("See and change all records of all tables"),
    "all": mark("Everything in all tables"),
}
VERBS = {
    "read": mark("See"),
    "create": mark("Create"),
    "update": mark("Change"),
    "delete": mark("Delete"),
    "export": mark("Export"),
}
RULES = {"own": mark("Own records"), "team": mark("Records of the team"), "all": mark("All records")}
_NEXT = {"none": ["own"], "some": ["all"], "all": []}


@dataclass(frozen=True)
class RightCell:
    """One cell of the matrix. reach: none, some (by rule) or all. act: what a click does, the next of the three states."""

    verb: str
    title: str
    reach: str
    text: str
    act: Mapping[str, Any]
    short: str = ""


@dataclass(frozen=True)
class GrantRow:
    """An entity in the matrix of a role."""

    entity: str
    label: str
    icon: str
    path: str
    cells: tuple[RightCell, ...]
    masks: int
    problems: int = 0


def entity_choices(ctx: Context, desk: Desk, role: Mapping[str, Any]) -> tuple[list[str], list[tuple[str, str]]]:
    """References of the entities in the matrix (the app's own, then others that the role has rights on), and those to add."""
    own = [str(each["key"]) for each in desk.document.get("entities") or ()]
    granted = [str(each.get("entity")) for each in role.get("grants") or ()]
    shown = list(dict.fromkeys([*own, *granted]))
    taken = {qualified(desk.app, each) for each in shown}
    others = [(each.name, f"{each.app} · {entity_label(each)}") for each in ctx.catalog.entities() if each.name not in taken]
    return shown, others


def grant_rows(ctx: Context, desk: Desk, path: str, entities: list[str]) -> list[GrantRow]:
    """The matrix. ctx: with the draft's catalog."""
    return [_row(ctx, desk, path, each) for each in entities]


def _row(ctx: Context, desk: Desk, path: str, reference: str) -> GrantRow:
    entity = ctx.catalog.find(qualified(desk.app, reference))
    grant, here = grant_of(desk.document, path, reference), f"{path}/grants/{reference}"
    cells = tuple(_cell(ctx, entity, path, reference, grant, verb) for verb in VERBS)
    masks = len(grant.get("hidden") or ()) + len(grant.get("read_only") or ())
    problems = sum(each.path == here or each.path.startswith(f"{here}/") for each in desk.problems)
    label = entity_label(entity, plural=True) if entity else reference
    return GrantRow(reference, label, entity.entity.icon if entity else "alert-triangle", here, cells, masks, problems)


def _cell(ctx: Context, entity: EntityDef | None, path: str, reference: str, grant: Mapping[str, Any], verb: str) -> RightCell:
    title = _(VERBS[verb])
    act = {"op": "set_right", "path": path, "entity": reference, "verb": verb}
    if verb in SWITCHES:
        allowed = bool(grant.get(verb))
        return RightCell(
            verb, title, "all" if allowed else "none", _("yes") if allowed else _("no"), {**act, "value": not allowed}
        )
    rules = list(grant.get(verb) or ())
    reach = "none" if not rules else ("all" if "all" in rules else "some")
    text = rules_as_sentence(ctx, entity, rules) if entity and rules else _("no")
    short = short_rules(rules) if reach == "some" else ""
    return RightCell(verb, title, reach, text, {**act, "value": _NEXT[reach]}, short)


def rule_panel(ctx: Context, desk: Desk, path: str, reference: str) -> dict[str, Any] | None:
    """Everything that can be set of the rights on one entity; None when there is no such entity."""
    entity = ctx.catalog.find(qualified(desk.app, reference))
    if entity is None:
        return None
    grant = grant_of(desk.document, path, reference)
    act = {"path": path, "entity": reference}
    verbs = []
    for verb in RULE_VERBS:
        rules = list(grant.get(verb) or ())
        switches = [
            {"rule": rule, "text": _(text), "on": rule in rules, "act": {"op": "set_rule", **act, "verb": verb, "rule": rule}}
            for rule, text in RULES.items()
        ]
        tree = next((each for each in rules if isinstance(each, Mapping)), None)
        further = [each for each in rules if isinstance(each, Mapping)][1:]
        verbs.append(
            {
                "verb": verb,
                "title": _(VERBS[verb]),
                "switches": switches,
                "tree": {"any": [tree, *further]} if further else tree,
                "act": {"op": "set_rule", **act, "verb": verb, "rule": "condition"},
                "sentence": rules_as_sentence(ctx, entity, rules) if rules else _("nothing"),
            }
        )
    simple = [
        {"title": _(VERBS[verb]), "verb": verb, "on": bool(grant.get(verb)), "act": {"op": "set_right", **act, "verb": verb}}
        for verb in SWITCHES
    ]
    return {
        "label": entity_label(entity, plural=True),
        "entity": reference,
        "verbs": verbs,
        "simple": simple,
        "fields": _masks(entity, grant, act),
    }


def _masks(entity: EntityDef, grant: Mapping[str, Any], act: Mapping[str, Any]) -> list[dict[str, Any]]:
    hidden, locked = grant.get("hidden") or (), grant.get("read_only") or ()
    found = []
    for key, each in sorted(entity.fields.items(), key=lambda pair: pair[1].kind == "system"):
        if key in ("id", "version"):
            continue
        mask = "hidden" if key in hidden else ("read_only" if key in locked else "")
        found.append({"key": key, "label": label_of(each), "mask": mask, "act": {"op": "set_mask", **act, "field": key}})
    return found


def holders_of(ctx: Context, role: str) -> list[tuple[int, str]]:
    """(id, name) of the active members who hold the role `app.role`."""
    members = people.list_members(ctx.connection, ctx.workspace.id)
    return [(each.user_id, each.name or each.email) for each in members if each.active and role in each.roles]


def levels_on(desk: Desk, entity: str) -> list[dict[str, Any]]:
    """What each role of the app may do with one of its tables, as the usual levels; `level` is empty where it is like none."""
    found = []
    for role in desk.document.get("roles") or ():
        path = f"roles/{role['key']}"
        level = level_of(grant_of(desk.document, path, entity))
        found.append(
            {
                "key": role["key"],
                "label": text_of(role.get("label"), role["key"]),
                "level": level,
                "act": {"op": "set_level", "path": path, "entity": entity},
                "url": f"{app_url(desk.app)}/{path}?pick={path}/grants/{entity}",
            }
        )
    return found


def closed_tables(desk: Desk) -> list[tuple[str, str]]:
    """(address, name) of the tables that only administrators could see, among those that this draft makes or closes."""
    granted = _granted(desk, desk.document)
    before = _granted(desk, desk.published)
    known = {str(each["key"]) for each in desk.published.get("entities") or ()}
    return [
        (f"{app_url(desk.app)}/entities/{each['key']}", text_of(each.get("label"), each["key"]))
        for each in desk.document.get("entities") or ()
        if each["key"] not in granted and (each["key"] not in known or each["key"] in before)
    ]


def _granted(desk: Desk, document: Mapping[str, Any]) -> set[str]:
    """Keys of the app's tables that some role of the document, or of another app, may see."""
    own = {
        str(grant.get("entity"))
        for role in document.get("roles") or ()
        for grant in role.get("grants") or ()
        if grant.get("read")
    }
    foreign = {grant.entity for app in desk.others.values() for role in app.roles for grant in role.grants if grant.read}
    return {each.removeprefix(f"{desk.app}.") for each in own | {name for name in foreign if name.startswith(f"{desk.app}.")}}


def start_choices(desk: Desk) -> list[tuple[str, str]]:
    """What a new role can begin like: another role of the app, or the same for all tables."""
    roles = [
        (str(each["key"]), _("Like “%(role)s”", role=text_of(each.get("label"), each["key"])))
        for each in desk.document.get("roles") or ()
    ]
    return [("none", _(STARTS["none"])), *roles, *((key, _(text)) for key, text in STARTS.items() if key != "none")]


def dashboards_of(desk: Desk) -> list[tuple[str, str]]:
    """(reference, label) of the dashboards of the app."""
    items = find(desk.document, "dashboards")
    return [(each["key"], text_of(each.get("label"), each["key"])) for each in items] if isinstance(items, list) else []
