"""Back from the trash: a field or an entity with its values, or a whole older version of an app."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from builder.keys import qualified
from runtime.context import Context
from runtime.errors import Conflict, Forbidden, NotFound
from runtime.platform.apps import AppVersion
from runtime.schema import steps
from runtime.schema.steps import Step
from runtime.schema.trash import CONVERTED, Trashed, trash_of
from runtime.schema_apply import Applied, apply, current_context
from runtime.schema_plan import Plan, plan

_COMES_BACK = {steps.CREATE_TABLE: "table", steps.ADD_COLUMN: "column", steps.ADD_LINK: "link", steps.CONVERT: "column"}


def restore_from_trash(ctx: Context, item_id: int, note: str = "") -> Applied:
    """Takes one thing back: into the current document, with its values.

    The old column of a type change replaces the present one, which goes to the trash in its turn; values that were edited
    in between are kept. Raises NotFound, or Conflict when the app is gone or the key is used again.
    """
    if not ctx.actor.is_admin:
        raise Forbidden
    ctx = current_context(ctx)
    found = trash_of(ctx, [item_id])
    if not found:
        raise NotFound
    item = found[0]
    document = ctx.catalog.documents.get(item.app)
    if document is None:
        raise Conflict("The app that this belonged to is not installed any more.")
    restoring = {(item.entity, item.field or ""): item}
    if item.kind == "table":
        changed = _with_entity(document, item)
        restoring |= {(each.entity, str(each.field)): each for each in trash_of(ctx) if _went_with(each, item)}
    else:
        changed = _with_field(ctx, document, item)
    return apply(ctx, {item.app: changed}, note=note, restoring=restoring)


def plan_version(ctx: Context, app: str, number: int) -> tuple[Plan, Mapping[tuple[str, str], Trashed], Mapping[str, Any]]:
    """The plan of going back to an older version, what the trash gives back for it, and the document."""
    ctx = current_context(ctx)
    row = ctx.connection.execute(
        sa.select(AppVersion.document, AppVersion.created_at).where(
            AppVersion.workspace_id == ctx.workspace.id, AppVersion.app == app, AppVersion.number == number
        )
    ).one_or_none()
    if row is None:
        raise NotFound
    first = plan(ctx, {app: row.document})
    restoring = dict(_coming_back(first.steps, trash_of(ctx), row.created_at))
    return plan(ctx, {app: row.document}, restoring=restoring), restoring, row.document


def restore_version(ctx: Context, app: str, number: int, *, note: str = "", accept_loss: str | None = None) -> Applied:
    """Applies an older version of an app again, also of an uninstalled one; what the trash still has of it comes back."""
    if not ctx.actor.is_admin:
        raise Forbidden
    _, restoring, document = plan_version(ctx, app, number)
    return apply(ctx, {app: document}, note=note, restoring=restoring, accept_loss=accept_loss)


def _coming_back(planned: Iterable[Step], trash: list[Trashed], since: datetime) -> Iterator[tuple[tuple[str, str], Trashed]]:
    """For each thing that the steps would make anew: what left the definitions after that moment, the first to go."""
    left_since = [item for item in reversed(trash) if item.dropped_at >= since]
    for step in planned:
        kind = _COMES_BACK.get(step.kind)
        key = step.field.key if step.old or step.new else ""
        for item in left_since:
            if item.kind == kind and (item.entity, item.field or "") == (step.entity.name, key) and _fits(item, step):
                yield (step.entity.name, key), item
                break


def _fits(item: Trashed, step: Step) -> bool:
    """Whether the thing in the trash is of the shape that the definition wants."""
    if item.kind == "table":
        return True
    wanted = step.field.field
    options = item.definition.get("options", {})
    same_relation = all(options.get(name) == wanted.options.get(name) for name in ("to", "kind"))
    return item.definition["type"] == wanted.type and same_relation


def _went_with(item: Trashed, table: Trashed) -> bool:
    return (
        item.kind == "link" and item.entity == table.entity and item.dropped_at == table.dropped_at and item.reason != CONVERTED
    )


def _with_entity(document: Mapping[str, Any], item: Trashed) -> dict[str, Any]:
    changed = copy.deepcopy(dict(document))
    entities = changed.setdefault("entities", [])
    if any(each["key"] == item.definition["key"] for each in entities):
        raise Conflict("There is an entity of this key again.")
    entities.append(item.definition)
    return changed


def _with_field(ctx: Context, document: Mapping[str, Any], item: Trashed) -> dict[str, Any]:
    """The document with the field as it was: in the place of the present one, or at the end."""
    changed = copy.deepcopy(dict(document))
    fields = _fields_of(changed, item)
    definition = {**item.definition, "key": _own_key(item)}
    place = next((number for number, each in enumerate(fields) if each["key"] == definition["key"]), None)
    if place is None:
        fields.append(definition)
    elif item.reason == CONVERTED:
        fields[place] = definition
    else:
        raise Conflict("There is a field of this key again.")
    if ctx.catalog.find(item.entity) is None:
        raise Conflict("The entity that this field belonged to is gone. Take the entity back first.")
    return changed


def _own_key(item: Trashed) -> str:
    """The field's key in its own document, without the prefix that an extension has."""
    key = str(item.field)
    return key if item.entity.split(".")[0] == item.app else key.removeprefix(f"{item.app}_")


def _fields_of(document: dict[str, Any], item: Trashed) -> list[dict[str, Any]]:
    app, entity = item.entity.split(".")
    if app == item.app:
        found = next((each for each in document.get("entities", ()) if each["key"] == entity), None)
        if found is None:
            raise Conflict("The entity that this field belonged to is gone. Take the entity back first.")
    else:
        extensions = document.setdefault("extends", [])
        found = next((each for each in extensions if qualified(item.app, each["entity"]) == item.entity), None)
        if found is None:
            found = {"key": f"{entity}_fields", "entity": item.entity}
            extensions.append(found)
    fields: list[dict[str, Any]] = found.setdefault("fields", [])
    return fields
