"""What a set of roles may do with one entity: worked out once per catalog, the same for all who hold these roles."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from builder.model import Grant
from runtime.access.grants import DELETE, READ, UPDATE, RoleGrant, grants_on
from runtime.access.visibility import Clauses, clause_of, formula_sources, visible_fields
from runtime.catalog import Catalog
from runtime.context import Actor
from runtime.tables import MANY_TO_MANY, ONE_TO_MANY, EntityDef

_MAX_DEPTH = 6


@dataclass(frozen=True)
class RightsModel:
    """`readable`, `writable`: conditions by field; a field that is missing is closed on every record."""

    entity: EntityDef
    is_admin: bool
    grants: tuple[RoleGrant, ...] = ()
    readable: dict[str, Clauses] = field(default_factory=dict)
    writable: dict[str, Clauses] = field(default_factory=dict)
    creatable: frozenset[str] = frozenset()

    def granting(self, verb: str) -> tuple[RoleGrant, ...]:
        """Grants that open some records for the verb."""
        return tuple(each for each in self.grants if each.rules(verb))

    def opens_all(self, verb: str) -> bool:
        return self.is_admin or any(each.opens_all(verb) for each in self.grants)

    @property
    def may_create(self) -> bool:
        return self.is_admin or any(each.grant.create for each in self.grants)

    def may(self, verb: str) -> bool:
        """Whether the verb is open on some record (read, update, delete)."""
        return self.is_admin or bool(self.granting(verb))


def roles_key(actor: Actor) -> tuple[str, ...] | None:
    """What of an actor decides its rights; None for an administrator."""
    if actor.is_admin:
        return None
    return (*sorted(actor.roles), *(repr(each) for each in actor.grants))


def model_of(catalog: Catalog, actor: Actor, entity: EntityDef, *, export: bool = False) -> RightsModel:
    """The model for an actor's roles, from the cache of the catalog. `export`: only grants that allow export count."""
    cache: dict[Any, RightsModel] = catalog.__dict__.setdefault("_rights_models", {})
    roles = roles_key(actor)
    key = (roles, entity.name, export and roles is not None)
    found = cache.get(key)
    if found is None:
        found = cache[key] = _build(catalog, roles, entity, export, actor.grants)
    return found


def _build(
    catalog: Catalog, roles: tuple[str, ...] | None, entity: EntityDef, export: bool, own: tuple[Grant, ...] = ()
) -> RightsModel:
    if roles is None:
        everything = frozenset(entity.fields)
        return RightsModel(
            entity, True, (), dict.fromkeys(everything, frozenset()), dict.fromkeys(everything, frozenset()), everything
        )
    grants = grants_on(catalog, roles, entity.name, own)
    if export:
        grants = tuple(each for each in grants if each.grant.export)
    visible = visible_fields(entity, grants)
    readable = {key: clauses for key, clauses in visible.items() if _reachable(catalog, roles, entity, key)}
    return RightsModel(entity, False, grants, readable, _writable(entity, grants), _creatable(entity, grants))


def _writable(entity: EntityDef, grants: tuple[RoleGrant, ...]) -> dict[str, Clauses]:
    writers = [each for each in grants if each.rules(UPDATE)]
    found = {
        key: clause_of(writers, UPDATE, frozenset(g.number for g in writers if key not in (*g.grant.hidden, *g.grant.read_only)))
        for key in entity.fields
    }
    return {key: clauses for key, clauses in found.items() if clauses is not None}


def _creatable(entity: EntityDef, grants: tuple[RoleGrant, ...]) -> frozenset[str]:
    makers = [each.grant for each in grants if each.grant.create]
    return frozenset(key for key in entity.fields if any(key not in (*each.hidden, *each.read_only) for each in makers))


def _reachable(catalog: Catalog, roles: tuple[str, ...], entity: EntityDef, key: str, depth: int = 0) -> bool:
    """Whether everything that a formula reads in other entities may be seen there on some record.

    Which records these are is decided when the formula is computed: it is given nothing of the others.
    """
    field = entity.fields.get(key)
    if field is None or not field.is_formula:
        return True
    if depth >= _MAX_DEPTH:
        return False
    for path in formula_sources(field):
        if not _reachable(catalog, roles, entity, path[0], depth + 1):
            return False
        if (len(path) > 1 or _is_many(entity, path[0])) and not _end_is_open(catalog, roles, entity, path, depth + 1):
            return False
    return True


def _is_many(entity: EntityDef, key: str) -> bool:
    return key in entity.fields and entity.fields[key].kind in (ONE_TO_MANY, MANY_TO_MANY)


def _end_is_open(catalog: Catalog, roles: tuple[str, ...], entity: EntityDef, path: tuple[str, ...], depth: int) -> bool:
    """The first part is judged by the entity's own clauses; people and teams are open to every member."""
    step = entity.fields.get(path[0])
    target = catalog.find(step.target) if step is not None and step.target else None
    if target is None:
        return True
    grants = grants_on(catalog, roles, target.name)
    if depth >= _MAX_DEPTH or not any(each.rules(READ) for each in grants):
        return False
    if len(path) == 1:
        return True
    if path[1] not in visible_fields(target, grants):
        return False
    if not _reachable(catalog, roles, target, path[1], depth + 1):
        return False
    return len(path) == 2 or _end_is_open(catalog, roles, target, path[1:], depth + 1)


__all__ = ["DELETE", "READ", "UPDATE", "RightsModel", "model_of", "roles_key"]
