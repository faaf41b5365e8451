"""Which fields a set of roles may see, and on which records.

A field is shown on a record when every *clause* holds there. A clause is a set of grants, one of which must open the
record. A plain field has at most one clause: the grants that do not hide it. A formula adds the clauses of
all fields that it is computed from, so that it never tells what its reader may not see.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from builder.expressions.nodes import Has, Node, Path, children
from builder.formulas import formula_of
from runtime.access.grants import READ, RoleGrant
from runtime.tables import EntityDef, FieldDef

Clause = frozenset[int]
"""Numbers of grants, one of which must open the record."""
Clauses = frozenset[Clause]
"""All of them must hold; none: every readable record shows the field."""
ALWAYS_SHOWN = frozenset({"id", "version"})


def visible_fields(entity: EntityDef, grants: Iterable[RoleGrant]) -> dict[str, Clauses]:
    """The fields that some record may show, with their clauses; fields hidden by every grant are missing."""
    readers = [each for each in grants if each.rules(READ)]
    plain: dict[str, Clauses] = {}
    for key in entity.fields:
        showing = frozenset(each.number for each in readers if key in ALWAYS_SHOWN or key not in each.grant.hidden)
        clauses = clause_of(readers, READ, showing)
        if clauses is not None:
            plain[key] = clauses
    return {key: found for key in plain if (found := _with_sources(entity, key, plain, ())) is not None}


def clause_of(members: Iterable[RoleGrant], verb: str, numbers: Clause) -> Clauses | None:
    """The clause "one of these grants opens the record": none needed when that always holds, None when it never does."""
    everyone = list(members)
    if not numbers:
        return None
    if len(numbers) == len(everyone) or any(each.opens_all(verb) for each in everyone if each.number in numbers):
        return frozenset()
    return frozenset({numbers})


def _with_sources(entity: EntityDef, key: str, plain: Mapping[str, Clauses], above: tuple[str, ...]) -> Clauses | None:
    """Clauses of a field with those of everything it is computed from; None when something is hidden always."""
    own = plain.get(key)
    field = entity.fields.get(key)
    if own is None or field is None or not field.is_formula or key in above:
        return own
    clauses = set(own)
    for path in formula_sources(field):
        source = _with_sources(entity, path[0], plain, (*above, key))
        if source is None:
            return None
        clauses |= source
    return frozenset(clauses)


def formula_sources(field: FieldDef) -> tuple[tuple[str, ...], ...]:
    """Paths that a formula reads. One over a to-many relation goes through it, or ends with it when it only counts."""
    node = formula_of(field.field)
    return () if node is None else tuple(dict.fromkeys(_paths(node, ())))


def _paths(node: Node, prefix: tuple[str, ...]) -> list[tuple[str, ...]]:
    if isinstance(node, Path):
        return [(*prefix, *node.parts)]
    if isinstance(node, Has):
        inner = (*prefix, *node.relation)
        return [inner] + (_paths(node.condition, inner) if node.condition is not None else [])
    return [path for child in children(node) for path in _paths(child, prefix)]
