"""Which formulas are kept in a column, in which order they are computed, and what they depend on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from builder.expressions.functions import FUNCTIONS
from builder.expressions.nodes import Call, Has, Node, paths, walk
from builder.expressions.parser import parse
from builder.expressions.problems import ExpressionProblem
from builder.keys import SYSTEM_FIELDS
from builder.model import Field


@lru_cache(maxsize=4096)
def read_formula(expression: str) -> Node | None:
    """The tree of a formula; None for one that does not parse (a checked document has none)."""
    node = parse(expression)
    return None if isinstance(node, ExpressionProblem) else node


def formula_of(field: Field) -> Node | None:
    """The tree of a formula field, None for every other field."""
    return read_formula(str(field.options.get("expression", ""))) if field.type == "formula" else None


def stored_formulas(fields: Iterable[Field]) -> tuple[str, ...]:
    """Keys of the formulas that are kept in a column, each after those it depends on.

    Kept is what depends on nothing but the record's own fields. What looks at the clock, the reader, another record
    or a system field is computed on reading.
    """
    by_key = {field.key: field for field in fields}
    ordered: list[str] = []
    for key in by_key:
        _is_stored(key, by_key, ordered, frozenset())
    return tuple(ordered)


def _is_stored(key: str, fields: Mapping[str, Field], ordered: list[str], above: frozenset[str]) -> bool:
    if key in ordered:
        return True
    node = formula_of(fields[key])
    if node is None or key in above or not _is_constant_in_time(node):
        return False
    for path in paths(node):
        if len(path) > 1 or path[0] in SYSTEM_FIELDS or path[0] not in fields:
            return False
        other = fields[path[0]]
        if other.type == "relation" and other.options.get("kind", "many_to_one") != "many_to_one":
            return False
        if other.type == "formula" and not _is_stored(other.key, fields, ordered, above | {key}):
            return False
    ordered.append(key)
    return True


def _is_constant_in_time(node: Node) -> bool:
    return not any(isinstance(each, Has) or (isinstance(each, Call) and FUNCTIONS[each.name].volatile) for each, _ in walk(node))
