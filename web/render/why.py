"""Why somebody may see, change or delete a record and its fields, in words: role by role, rule by rule, with the values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from builder.expressions import parse, paths
from builder.expressions.problems import ExpressionProblem
from runtime import people
from runtime.access import FieldReasons, Reason, explain, explain_fields
from runtime.context import Context
from runtime.errors import BadRequest, NotFound
from runtime.records import read
from runtime.tables import EntityDef
from web.i18n import gettext as _
from web.i18n import mark
from web.render.sentences import rules_as_sentence
from web.render.values import Cell, Values, label_of, path_end

VERBS = {"read": mark("See"), "update": mark("Change"), "delete": mark("Delete")}
_HIDDEN_KEYS = ("id", "version")


@dataclass(frozen=True)
class RuleLine:
    """One rule that was asked. values: what it looked at, as (label, cell)."""

    role: str
    text: str
    holds: bool
    values: tuple[tuple[str, Cell], ...]


@dataclass(frozen=True)
class VerbAnswer:
    """Whether a verb is open on the record, and every rule that speaks about it."""

    verb: str
    title: str
    may: bool
    lines: tuple[RuleLine, ...]
    note: str = ""


@dataclass(frozen=True)
class FieldAnswer:
    """Whether a field is shown and can be changed; shown_by and kept_by in words."""

    label: str
    shown: bool
    writable: bool
    why_shown: str
    why_writable: str


@dataclass(frozen=True)
class Answer:
    """Everything about one person and one record, as things are in force."""

    user_id: int
    person: str
    roles: tuple[str, ...]
    title: str
    entity: EntityDef
    record_id: int
    is_admin: bool
    verbs: tuple[VerbAnswer, ...]
    field: FieldAnswer | None
    hidden: tuple[str, ...]
    locked: tuple[str, ...]


def answer_for(ctx: Context, entity_name: str, record_id: int, user_id: int, field: str = "") -> Answer:
    """The answer for a member. ctx: the administrator's. Raises NotFound when there is no such record, member or field."""
    entity = ctx.catalog.find(entity_name)
    if entity is None or (field and field not in entity.fields):
        raise NotFound
    actor = people.load_actor(ctx.connection, ctx.workspace, user_id)
    asking = replace(ctx, actor=actor)
    found = explain(asking, entity, record_id)
    if not found.exists:
        raise NotFound
    may = {"read": found.may_read, "update": found.may_update, "delete": found.may_delete}
    looked_at = _Looked(ctx, entity, record_id, found.reasons)
    verbs = tuple(_verb(ctx, entity, verb, may, found.reasons, looked_at) for verb in VERBS)
    keys = [key for key in entity.fields if key not in _HIDDEN_KEYS]
    fields = {each.key: each for each in explain_fields(asking, entity, record_id, keys)}
    names = {key: label_of(each) for key, each in entity.fields.items()}
    wanted = fields.get(field)
    return Answer(
        user_id,
        actor.name,
        tuple(_role_label(ctx, each) for each in actor.roles),
        record_title(ctx, entity, record_id),
        entity,
        record_id,
        found.is_admin,
        () if found.is_admin else verbs,
        _field(ctx, wanted, names, found.is_admin) if wanted else None,
        tuple(names[each.key] for each in fields.values() if found.may_read and not each.shown),
        tuple(names[each.key] for each in fields.values() if found.may_update and _is_locked(each)),
    )


def everybody(ctx: Context, entity: EntityDef, record_id: int, most: int = 100) -> list[tuple[int, str, bool, dict[str, bool]]]:
    """(id, name, is administrator, {verb: may}) of the active members, those who may see the record first."""
    members = [each for each in people.list_members(ctx.connection, ctx.workspace.id) if each.active][:most]
    rows = []
    for each in members:
        actor = people.load_actor(ctx.connection, ctx.workspace, each.user_id)
        found = explain(replace(ctx, actor=actor), entity, record_id)
        may = {"read": found.may_read, "update": found.may_update, "delete": found.may_delete}
        rows.append((each.user_id, each.name or each.email, each.is_admin, may))
    return sorted(rows, key=lambda row: (not row[3]["read"], row[2]))


def record_title(ctx: Context, entity: EntityDef, record_id: int) -> str:
    """How the record is called; its number when it has no name."""
    return read.titles(ctx, entity.name, [record_id]).get(record_id) or f"#{record_id}"


class _Looked:
    """The values that the rules have looked at."""

    def __init__(self, ctx: Context, entity: EntityDef, record_id: int, reasons: Iterable[Reason]) -> None:
        self._entity = entity
        wanted = dict.fromkeys(path for each in reasons for path in _paths(entity, each.rule))
        ends = {path: end for path in wanted if (end := path_end(ctx, entity, path))}
        try:
            self._record: Mapping[str, Any] = read.get(ctx, entity.name, record_id, tuple(ends)) if ends else {}
        except (BadRequest, NotFound):  # a path that only rules may take, or a record in the bin
            self._record = {}
        self._values = Values(ctx, entity, [self._record], list(ends))
        self._labels = {path: end.label for path, end in ends.items()}

    def of(self, rule: Any) -> tuple[tuple[str, Cell], ...]:
        found = [path for path in dict.fromkeys(_paths(self._entity, rule)) if path in self._labels and self._record]
        return tuple((self._labels[path], self._values.cell(self._record, path)) for path in found)


def _paths(entity: EntityDef, rule: Any) -> list[str]:
    """Paths of the fields that a rule looks at."""
    if rule in ("own", "team"):
        return [entity.owner_field]
    if isinstance(rule, list):
        return [path for each in rule for path in _paths(entity, each)]
    if not isinstance(rule, Mapping):
        return []
    if "expr" in rule:
        node = parse(str(rule["expr"]))
        return [] if isinstance(node, ExpressionProblem) else [".".join(each) for each in paths(node)]
    own = [str(rule["field"])] if "field" in rule else []
    return own + [path for word in ("all", "any", "not") for path in _paths(entity, rule.get(word))]


def _verb(
    ctx: Context, entity: EntityDef, verb: str, may: Mapping[str, bool], reasons: Iterable[Reason], looked: _Looked
) -> VerbAnswer:
    lines = tuple(
        RuleLine(_role_label(ctx, each.role), rules_as_sentence(ctx, entity, [each.rule]), each.holds, looked.of(each.rule))
        for each in reasons
        if each.verb == verb
    )
    note = ""
    if not lines:
        note = _("No role of this person grants it.")
    elif not may[verb] and any(each.holds for each in lines):
        note = _("A rule holds, but who may not see a record may not do anything else with it.")
    elif not may[verb]:
        note = _("No rule holds for this record.")
    return VerbAnswer(verb, _(VERBS[verb]), may[verb], lines, note)


def _field(ctx: Context, each: FieldReasons, names: Mapping[str, str], is_admin: bool) -> FieldAnswer:
    return FieldAnswer(
        names[each.key], each.shown, each.writable, _why_shown(ctx, each, names, is_admin), _why_written(ctx, each, is_admin)
    )


def _why_shown(ctx: Context, each: FieldReasons, names: Mapping[str, str], is_admin: bool) -> str:
    if is_admin:
        return _("Administrators of the workspace may do everything.")
    if each.shown:
        return _("shown by %(roles)s", roles=_role_list(ctx, each.shown_by))
    if each.closed_sources:
        sources = _(", ").join(names.get(path, path) for path in each.closed_sources)
        return _("It is computed from what this person may not see here: %(fields)s", fields=sources)
    if each.hidden_by:
        return _("hidden by %(roles)s", roles=_role_list(ctx, each.hidden_by))
    return _("The record itself is not open to this person.")


def _why_written(ctx: Context, each: FieldReasons, is_admin: bool) -> str:
    if each.is_computed:
        return _("It is computed or kept by the system; nobody writes it.")
    if is_admin:
        return _("Administrators of the workspace may do everything.")
    if each.writable:
        return _("opened by %(roles)s", roles=_role_list(ctx, each.changed_by))
    if each.kept_by:
        return _("kept as it is by %(roles)s", roles=_role_list(ctx, each.kept_by))
    return _("The record itself may not be changed by this person.")


def _is_locked(each: FieldReasons) -> bool:
    return each.shown and not each.writable and not each.is_computed


def _role_list(ctx: Context, roles: Iterable[str]) -> str:
    return _(", ").join(_role_label(ctx, each) for each in roles)


def _role_label(ctx: Context, name: str) -> str:
    role = ctx.catalog.roles().get(name)
    return (role.label.in_language(ctx.actor.language) if role else "") or name


def field_choices(entity: EntityDef) -> list[tuple[str, str]]:
    """(key, label) of the fields that can be asked about."""
    return [("", _("All fields")), *((key, label_of(each)) for key, each in entity.fields.items() if key not in _HIDDEN_KEYS)]


__all__ = ["Answer", "answer_for", "everybody", "field_choices", "record_title"]
