"""Rules of a grant as SQL: own, team, all, or a condition.

A rule is written by an administrator and looks at the record as it is, not as its reader may see it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from builder.model import Json
from runtime.access.actor_values import parameter
from runtime.access.grants import ALL, RoleGrant
from runtime.context import Context
from runtime.tables import EntityDef

if TYPE_CHECKING:
    Bool = sa.ColumnElement[bool]

OWN, TEAM = "own", "team"


def grant_filter(ctx: Context, entity: EntityDef, grant: RoleGrant, verb: str, table: sa.FromClause) -> Bool:
    """On which records a grant opens the verb."""
    if grant.opens_all(verb):
        return sa.true()
    return sa.or_(sa.false(), *(rule_filter(ctx, entity, rule, table) for rule in grant.rules(verb)))


def rule_filter(ctx: Context, entity: EntityDef, rule: Json, table: sa.FromClause) -> Bool:
    """On which records one rule holds; on none when it cannot be understood."""
    if rule == ALL:
        return sa.true()
    if rule in (OWN, TEAM):
        owner = table.c[entity.column(entity.owner_field).name]
        mine = owner == parameter(ctx, "actor_me")
        return mine if rule == OWN else sa.or_(mine, owner == sa.any_(parameter(ctx, "actor_people")))
    from runtime.queries.trees import raw_condition  # conditions reach other entities, whose rights they ask here

    return raw_condition(ctx, entity, rule, table)
