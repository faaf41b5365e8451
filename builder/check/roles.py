"""Roles, and the menu: what they name exists."""

from __future__ import annotations

from collections.abc import Iterator

from builder.check.place import Place
from builder.errors import Problem
from builder.model import Grant, MenuItem


def check(place: Place) -> Iterator[Problem]:
    """Problems of all roles and of the menu."""
    for role in place.app.roles:
        for grant in role.grants:
            yield from _grant(place, grant, f"roles/{role.key}/grants/{grant.entity}")
        for reference in role.dashboards:
            if not place.exists("dashboards", reference):
                yield place.missing(f"roles/{role.key}/dashboards", "dashboard", reference)
    for item in place.app.menu:
        yield from _menu_item(place, item, f"menu/{item.key}")


def _grant(place: Place, grant: Grant, here: str) -> Iterator[Problem]:
    info = place.entity(grant.entity)
    if info is None:
        yield place.missing_entity(f"{here}/entity", grant.entity)
        return
    for verb in ("read", "update", "delete"):
        for position, rule in enumerate(getattr(grant, verb)):
            if isinstance(rule, dict):
                yield from place.tree(f"{here}/{verb}/{position}", rule, info.name)
    yield from place.paths(f"{here}/hidden", info, grant.hidden, own=True)
    yield from place.paths(f"{here}/read_only", info, grant.read_only, own=True)


def _menu_item(place: Place, item: MenuItem, here: str) -> Iterator[Problem]:
    targets = [name for name in ("entity", "view", "dashboard") if getattr(item, name)]
    if len(targets) + bool(item.items) != 1:
        yield Problem(here, "one_target", "A menu entry leads to one entity, view or dashboard, or holds other entries.")
    if item.entity and place.entity(item.entity) is None:
        yield place.missing_entity(f"{here}/entity", item.entity)
    if item.view and not place.exists("views", item.view):
        yield place.missing(f"{here}/view", "view", item.view)
    if item.dashboard and not place.exists("dashboards", item.dashboard):
        yield place.missing(f"{here}/dashboard", "dashboard", item.dashboard)
    for inner in item.items:
        yield from _menu_item(place, inner, f"{here}/items/{inner.key}")
