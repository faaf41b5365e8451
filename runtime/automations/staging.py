"""Where an automation of a draft can be played: over the draft's own definitions when the tables in the database fit them,
else over what is published with only this automation exchanged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from builder.errors import Problem
from builder.structure import MISSING, by_key
from runtime.catalog import Catalog, build_catalog
from runtime.context import Context
from runtime.drafts import Desk, checked, looking
from runtime.errors import NotFound


@dataclass(frozen=True)
class Stage:
    """ctx: to play in; None when nothing can be played. `problems` say why, with paths in the draft.

    is_draft: all of the draft counts; else the tables, rules and forms are those that are published.
    """

    ctx: Context | None
    is_draft: bool
    problems: tuple[Problem, ...] = ()


def stage_of(ctx: Context, desk: Desk, key: str) -> Stage:
    """Where the draft's automation `key` can be played. Raises NotFound when the draft has no such automation."""
    automation = _automation(desk.document, key)
    if automation is MISSING:
        raise NotFound
    own = _own(desk.problems, key)
    if own:
        return Stage(None, True, own)
    if not desk.is_new:
        drawn = looking(ctx, desk)
        if _has(drawn.catalog, desk.app, key) and _fits(drawn.catalog, ctx.catalog, desk.app):
            return Stage(drawn, True)
        return _published(ctx, desk, key, automation)
    return Stage(None, True, (Problem("", "new_app", "The app is not published yet, so there are no tables to play on."),))


def _published(ctx: Context, desk: Desk, key: str, automation: Any) -> Stage:
    kept = [each for each in desk.published.get("automations") or () if each.get("key") != key]
    document = {**desk.published, "automations": [*kept, automation]}
    problems = _own(checked(document, desk.others), key)
    if problems:
        return Stage(None, False, problems)
    catalog = build_catalog(ctx.workspace, {**ctx.catalog.documents, desk.app: document}, ctx.catalog.versions)
    return Stage(replace(ctx, catalog=catalog), False)


def _automation(document: Mapping[str, Any], key: str) -> Any:
    return by_key("automations", document.get("automations") or []).get(key, MISSING)


def _own(problems: list[Problem], key: str) -> tuple[Problem, ...]:
    place = f"automations/{key}"
    return tuple(each for each in problems if each.path == place or each.path.startswith(f"{place}/"))


def _has(catalog: Catalog, app: str, key: str) -> bool:
    return any(each.key == key for each in catalog.apps[app].automations)


def _fits(drawn: Catalog, real: Catalog, app: str) -> bool:
    """Whether each table and column of the draft is there already."""
    there = _shapes(real, app)
    return all(fields.items() <= there.get(name, {}).items() for name, fields in _shapes(drawn, app).items())


def _shapes(catalog: Catalog, app: str) -> dict[str, dict[str, str]]:
    """Of every entity that the app has a part in: its fields as they lie in the database."""
    found = {}
    for entity in catalog.entities():
        fields = {
            key: f"{each.kind} {each.target or ''} {'' if each.column is None else repr(each.column.type)}"
            for key, each in entity.fields.items()
            if entity.app == app or each.app == app
        }
        if fields:
            found[entity.name] = fields
    return found
