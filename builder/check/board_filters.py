"""Filters at the top of a dashboard: each looks at fields of its kind, and begins with values that they can have."""

from __future__ import annotations

from collections.abc import Iterator

from builder.board_filters import FILTER_KINDS, ME, MY_TEAMS, NOTHING, FilterKind, read_values
from builder.check.place import Place, unknown_field
from builder.directory import EntityInfo
from builder.errors import Problem
from builder.expressions.types import Type
from builder.model import BoardFilter, Dashboard


def check(place: Place, board: Dashboard, path: str) -> Iterator[Problem]:
    """Problems of the filters of one dashboard."""
    tiles = {each.key for each in board.tiles}
    for each in board.filters:
        here, kind = f"{path}/filters/{each.key}", FILTER_KINDS.get(each.kind)
        if not any(table.field for table in each.tables):
            yield Problem(here, "no_field", "Choose a field for at least one table.")
        yield from _tables(place, each, kind, here)
        yield from _start(place, each, here)
        for key in each.skip:
            if key not in tiles:
                yield Problem(f"{here}/skip", "unknown_tile", "There is no tile “{name}”.", {"name": key})


def _tables(place: Place, board_filter: BoardFilter, kind: FilterKind, here: str) -> Iterator[Problem]:
    targets = set()
    for table in board_filter.tables:
        path = f"{here}/tables/{table.entity}"
        info = place.entity(table.entity)
        if info is None:
            yield place.missing_entity(path, table.entity)
        elif table.field:
            found = place.directory.scope(info.name).type_of(tuple(table.field.split(".")))
            if found is None:
                yield unknown_field(path, table.field)
            elif found not in kind.types:
                yield Problem(path, "wrong_field_type", "“{name}” has a type that does not fit here.", {"name": table.field})
            elif found is Type.REF:
                targets.add(target_of(place, info, table.field))
    if len(targets) > 1:
        yield Problem(here, "other_target", "The fields of this filter lead to different tables.")


def target_of(place: Place, info: EntityInfo, path: str) -> str | None:
    """The table that a relation at the end of a path leads to."""
    *steps, last = path.split(".")
    here: EntityInfo | None = info
    for step in steps:
        here = place.directory.entity((here.target(step) if here else None) or "")
    return here.target(last) if here else None


def _start(place: Place, board_filter: BoardFilter, here: str) -> Iterator[Problem]:
    known = {"person": {ME, NOTHING}, "team": {MY_TEAMS, NOTHING}, "relation": {NOTHING}}.get(board_filter.kind)
    if board_filter.kind == "choice":
        known = _choices(place, board_filter)
    for value in board_filter.start:
        if value not in read_values(board_filter.kind, [value]) or (known is not None and value not in known):
            yield Problem(f"{here}/start", "bad_start", "The filter cannot begin with “{value}”.", {"value": value})


def _choices(place: Place, board_filter: BoardFilter) -> set[str]:
    found = {NOTHING}
    for table in board_filter.tables:
        info = place.entity(table.entity)
        path = tuple(table.field.split("."))
        scope = place.directory.scope(info.name) if info and table.field else None
        if scope is not None:
            found |= {"true", "false"} if scope.type_of(path) is Type.BOOLEAN else set(scope.choices_of(path) or ())
    return found
