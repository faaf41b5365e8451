"""Templates: installed, upgraded by three-way merge, taken away again. All through `schema_apply.apply`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import sqlalchemy as sa

from builder.diff import same
from builder.errors import Problem
from builder.merge import MergeConflict, merge
from builder.upgrade_policy import upgrade_policy
from runtime.context import Context
from runtime.errors import Conflict, Forbidden, Invalid, NotFound
from runtime.platform.apps import InstalledApp
from runtime.samples import sample_set
from runtime.schema.keep import kept_items
from runtime.schema_apply import Applied, apply
from runtime.schema_plan import Plan, plan
from runtime.store import MergeNeeded
from templates_library import loader


class Template(Protocol):
    """What an installation needs of a template; `templates_library.loader.Template` has it."""

    @property
    def key(self) -> str: ...
    @property
    def app(self) -> Mapping[str, Any]: ...
    @property
    def samples(self) -> Sequence[Mapping[str, Any]]: ...
    @property
    def needs(self) -> Sequence[str]: ...


@dataclass(frozen=True)
class Installed:
    """versions: of every app that came new. records: how many sample records."""

    versions: Mapping[str, int | None]
    records: int
    ctx: Context


@dataclass(frozen=True)
class UpgradePlan:
    """What an upgrade would do. document: the merged one. conflicts: places that both sides changed, mine chosen so far."""

    plan: Plan
    document: Mapping[str, Any]
    conflicts: tuple[MergeConflict, ...]
    from_version: str
    to_version: str

    @property
    def is_needed(self) -> bool:
        return bool(self.plan.items or self.plan.problems)


def plan_install(ctx: Context, template: Template) -> Plan:
    """What installing the template, and those that it needs and that are not there, would add."""
    return plan(ctx, {each.key: each.app for each in with_needs(ctx, template)})


def install(ctx: Context, template: Template, *, sample_data: bool = False, language: str | None = None) -> Installed:
    """Installs a template and the bundled ones that it needs, in the caller's transaction.

    language: of the sample records; the actor's by default. Raises Conflict when the app is there already, what
    `apply` raises, and Invalid for sample records that do not fit.
    """
    if not ctx.actor.is_admin:
        raise Forbidden
    if template.key in ctx.catalog.apps:
        raise Conflict("This app is installed already.")
    missing = with_needs(ctx, template)
    origin = {each.key: _origin(each) for each in missing}
    note = "Installed from the template"
    applied = apply(ctx, {each.key: each.app for each in missing}, note=note, template=origin)
    records = 0
    if sample_data:
        loader = sample_set(applied.ctx, language or ctx.actor.language)
        for each in missing:
            records += _load(loader, each)
    return Installed(applied.versions, records, applied.ctx)


def plan_upgrade(ctx: Context, template: Template, resolve: Mapping[str, str] | None = None) -> UpgradePlan:
    """What upgrading an installed app to this template would do. Raises NotFound when it is not installed from it."""
    row = _installed(ctx, template.key)
    base, mine = row.template_base or {}, ctx.catalog.documents[template.key]
    policy = upgrade_policy(kept_items(ctx, template.key, base))
    merged = merge(base, mine, template.app, policy, resolve)
    document = _gently(base, mine, merged.document)
    planned = plan(ctx, {template.key: document})
    return UpgradePlan(planned, document, merged.conflicts, str(row.template_version), str(template.app.get("version", "")))


def upgrade(
    ctx: Context, template: Template, *, resolve: Mapping[str, str] | None = None, accept_loss: str | None = None
) -> Applied:
    """Upgrades an installed app. Without `resolve` any conflict raises MergeNeeded; with it, unnamed conflicts stay mine."""
    if not ctx.actor.is_admin:
        raise Forbidden
    found = plan_upgrade(ctx, template, resolve)
    if found.conflicts and resolve is None:
        raise MergeNeeded(found.conflicts)
    base = {template.key: ctx.catalog.versions.get(template.key)}
    row = _installed(ctx, template.key)
    if same(found.document, ctx.catalog.documents[template.key]) and same(row.template_base, template.app):
        return Applied(base, found.plan, ctx)
    note = f"Upgraded from {found.from_version} to {found.to_version}"
    origin = {template.key: _origin(template)}
    return apply(ctx, {template.key: found.document}, base_versions=base, note=note, accept_loss=accept_loss, template=origin)


def uninstall(ctx: Context, app: str, *, accept_loss: str | None = None) -> Applied:
    """Takes an app away; its tables and the fields that it added elsewhere go to the trash.

    `schema_restore.restore_version` brings all of it back. Raises NotFound, and Invalid when other apps need it.
    """
    if app not in ctx.catalog.apps:
        raise NotFound
    return apply(ctx, {app: None}, note="Uninstalled", accept_loss=accept_loss)


def installed_from(ctx: Context) -> dict[str, tuple[str, str]]:
    """For each app that came from a template: its key and the version that is installed."""
    table = InstalledApp.__table__
    rows = ctx.connection.execute(
        sa.select(table.c.key, table.c.template_key, table.c.template_version).where(table.c.workspace_id == ctx.workspace.id)
    )
    return {key: (template, version or "") for key, template, version in rows if template}


def with_needs(ctx: Context, template: Template) -> list[Template]:
    """The template behind those that it needs, as far as they are bundled and not installed yet, each once."""
    found: dict[str, Template] = {}

    def place(each: Template) -> None:
        if each.key in found or each.key in ctx.catalog.apps:
            return
        found[each.key] = each  # holds the place against circles
        for need in each.needs:
            try:
                place(loader.read(need))
            except loader.NoSuchTemplate:
                continue  # the plan names what is missing
        found[each.key] = found.pop(each.key)

    place(template)
    return list(found.values())


def _origin(template: Template) -> dict[str, Any]:
    return {
        "template_key": template.key,
        "template_version": str(template.app.get("version", "")),
        "template_base": dict(template.app),
    }


def _load(loader: Any, template: Template) -> int:
    try:
        return int(loader.load(template.key, template.samples))
    except Invalid as error:
        raise Invalid(
            [Problem(f"{template.key}/{each.path}", each.code, each.message, each.params) for each in error.problems]
        ) from None


def _installed(ctx: Context, app: str) -> Any:
    table = InstalledApp.__table__
    row = ctx.connection.execute(
        sa.select(table).where(table.c.workspace_id == ctx.workspace.id, table.c.key == app)
    ).one_or_none()
    if row is None or row.template_key is None:
        raise NotFound
    return row


def _gently(base: Mapping[str, Any], mine: Mapping[str, Any], merged: dict[str, Any]) -> dict[str, Any]:
    """New automations arrive switched off, and new fields of entities that are there arrive optional."""
    known = {each["key"] for document in (base, mine) for each in document.get("automations", ())}
    for automation in merged.get("automations", ()):
        if automation["key"] not in known:
            automation["enabled"] = False
    before = {each["key"]: {field["key"] for field in each.get("fields", ())} for each in mine.get("entities", ())}
    for entity in merged.get("entities", ()):
        for field in entity.get("fields", ()):
            if entity["key"] in before and field["key"] not in before[entity["key"]] and field.get("required"):
                field["required"] = False
    return merged
