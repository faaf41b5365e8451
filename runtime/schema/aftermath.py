"""What hangs on keys outside the documents goes with the thing of that key: a later one of the same key starts clean."""

from __future__ import annotations

import sqlalchemy as sa

from runtime.catalog import Catalog
from runtime.context import Context
from runtime.platform.automation import AutomationState, SweepCursor
from runtime.platform.people import ApiKey, RoleAssignment


def forget_removed(ctx: Context, old: Catalog) -> None:
    """Ends the assignments and keys of roles, and the settings of automations, that the new catalog no longer has."""
    roles = sorted(set(old.roles()) - set(ctx.catalog.roles()))
    if roles:
        here = RoleAssignment.workspace_id == ctx.workspace.id
        ctx.connection.execute(sa.delete(RoleAssignment).where(here, RoleAssignment.role.in_(roles)))
        keys = sa.update(ApiKey).where(
            ApiKey.workspace_id == ctx.workspace.id, ApiKey.role.in_(roles), ApiKey.revoked_at.is_(None)
        )
        ctx.connection.execute(keys.values(revoked_at=ctx.now))
    automations = sorted(_automations(old) - _automations(ctx.catalog))
    if automations:
        for table in (AutomationState, SweepCursor):
            gone = sa.delete(table).where(table.workspace_id == ctx.workspace.id, table.automation.in_(automations))
            ctx.connection.execute(gone)


def _automations(catalog: Catalog) -> set[str]:
    return {f"{app.key}.{automation.key}" for app in catalog.apps.values() for automation in app.automations}
