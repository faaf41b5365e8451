"""Which grants of which roles speak about an entity for a set of roles."""

from __future__ import annotations

from dataclasses import dataclass

from builder.keys import qualified
from builder.model import Grant, Json
from runtime.catalog import Catalog

ALL = "all"
READ, UPDATE, DELETE = "read", "update", "delete"


@dataclass(frozen=True)
class RoleGrant:
    """One grant of one role on the entity in question; `number` tells several apart."""

    number: int
    role: str
    grant: Grant

    def rules(self, verb: str) -> tuple[Json, ...]:
        """The rules of a verb, any of which lets a record through."""
        rules: tuple[Json, ...] = getattr(self.grant, verb)
        return rules

    def opens_all(self, verb: str) -> bool:
        return ALL in self.rules(verb)


def grants_on(catalog: Catalog, roles: tuple[str, ...], entity: str, own: tuple[Grant, ...] = ()) -> tuple[RoleGrant, ...]:
    """All grants that these roles hold on the entity `app.key`, and those of the actor's own."""
    found = [("", grant) for grant in own if grant.entity == entity]
    for name, role in catalog.roles(roles).items():
        app = name.split(".", 1)[0]
        found += [(name, grant) for grant in role.grants if qualified(app, grant.entity) == entity]
    return tuple(RoleGrant(number, name, grant) for number, (name, grant) in enumerate(found))
