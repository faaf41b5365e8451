"""What each role may do: a matrix of the entities, and the rules as sentences."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, request

from builder.keys import qualified
from builder.model import Grant, Role
from runtime import people
from runtime.context import Context
from runtime.errors import NotFound
from web.pages.guard import admin
from web.render import render
from web.render.sentences import rules_as_sentence

blueprint = Blueprint("roles", __name__, url_prefix="/settings/roles")


@dataclass(frozen=True)
class Line:
    """One entity of a role. Each verb is "all", "some" or "none"; `read_rule` … tell which records "some" are."""

    entity: str
    label: str
    icon: str
    read: str
    create: str
    update: str
    delete: str
    export: str
    read_rule: str
    update_rule: str
    delete_rule: str
    hidden: tuple[str, ...]
    read_only: tuple[str, ...]


@blueprint.get("")
def page() -> Response:
    """All roles; one of them in full."""
    ctx = admin()
    roles = ctx.catalog.roles()
    members = people.list_members(ctx.connection, ctx.workspace.id)
    holders = {name: [each for each in members if each.active and name in each.roles] for name in roles}
    chosen = request.args.get("role") or next(iter(roles), None)
    if chosen is not None and chosen not in roles:
        raise NotFound
    lines = [_line(ctx, chosen, grant) for grant in roles[chosen].grants] if chosen else []
    return render(
        "pages/roles.html",
        part="role",
        roles=[(name, _label(ctx, name, role), len(holders[name])) for name, role in roles.items()],
        chosen=chosen,
        role=roles.get(chosen) if chosen else None,
        holders=[_Face(each.user_id, each.name) for each in holders.get(chosen or "", [])],
        lines=[line for line in lines if line is not None],
    )


@dataclass(frozen=True)
class _Face:
    id: int
    name: str


def _label(ctx: Context, name: str, role: Role) -> str:
    return role.label.in_language(ctx.actor.language) or name


def _line(ctx: Context, role: str, grant: Grant) -> Line | None:
    entity = ctx.catalog.find(qualified(role.split(".")[0], grant.entity))
    if entity is None:
        return None
    language = ctx.actor.language

    def names(keys: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(entity.fields[key].field.label.in_language(language) or key for key in keys if key in entity.fields)

    return Line(
        entity.name,
        entity.entity.plural.in_language(language) or entity.entity.label.in_language(language) or entity.name,
        entity.entity.icon,
        _reach(grant.read),
        "all" if grant.create else "none",
        _reach(grant.update),
        _reach(grant.delete),
        "all" if grant.export else "none",
        rules_as_sentence(ctx, entity, grant.read),
        rules_as_sentence(ctx, entity, grant.update),
        rules_as_sentence(ctx, entity, grant.delete),
        names(grant.hidden),
        names(grant.read_only),
    )


def _reach(rules: tuple[object, ...]) -> str:
    if not rules:
        return "none"
    return "all" if "all" in rules else "some"
