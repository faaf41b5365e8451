"""Working on an app without touching it: acts on the draft, undo, problems, a catalog to look at it with.

desk = change(ctx, "crm", [{"op": "new_field", "entity": "lead", "type": "text", "label": "Fax"}])
desk.problems        shown, never refused
looking(ctx, desk)   a context whose catalog is that of the draft, as far as it makes sense
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import orjson
import sqlalchemy as sa

from builder.acts import perform
from builder.check import check_app
from builder.diff import diff, same
from builder.errors import Problem
from builder.operations import BadOperation
from builder.structure import by_key, is_keyed
from runtime import store
from runtime.catalog import Catalog, build_catalog
from runtime.context import Context
from runtime.errors import Invalid
from runtime.platform.apps import AppDraft

_ROUNDS = 12
_REMEMBERED = 32
_checked: dict[tuple[bytes, tuple[tuple[str, int], ...]], tuple[dict[str, Any], list[Problem]]] = {}


@dataclass(frozen=True)
class Desk:
    """One administrator's work on one app. made: path of what the last acts made; renamed: old path -> new path;
    told: properties that they had to take away.

    position: how many changes lie on the undo stack; a page that was drawn for another one is old.
    """

    draft: store.Draft
    published: Mapping[str, Any]
    others: Mapping[str, Any]
    made: str = ""
    renamed: Mapping[str, str] = field(default_factory=dict)
    told: tuple[str, ...] = ()

    @property
    def app(self) -> str:
        return self.draft.app

    @property
    def document(self) -> Mapping[str, Any]:
        """The draft's document; it need not be valid."""
        return self.draft.document

    @property
    def is_new(self) -> bool:
        """Whether the app was never published."""
        return not self.published

    @cached_property
    def problems(self) -> list[Problem]:
        """What has to be mended before publishing; paths begin inside the document."""
        return checked(self.document, self.others)

    @cached_property
    def changes(self) -> int:
        """How many things differ from what is published."""
        if same(self.published, self.document):
            return 0
        return len({_thing(each.path) for each in diff(self.published, self.document)})


def open_desk(ctx: Context, app: str) -> Desk:
    """The actor's draft; without one what is published. Raises NotFound, Forbidden."""
    return _desk(ctx, store.draft(ctx, app))


def begin_app(ctx: Context, document: Mapping[str, Any]) -> Desk:
    """A draft of an app that does not exist yet. Raises Invalid when the key is taken."""
    key = str(document["key"])
    if key in ctx.catalog.apps:
        raise Invalid([Problem("key", "taken", "There is an app with this key already.")])
    return _desk(ctx, store.save_draft(ctx, key, document))


def new_apps(ctx: Context) -> list[Mapping[str, Any]]:
    """The documents of the actor's drafts of apps that were never published."""
    table: Any = AppDraft.__table__
    mine = (table.c.workspace_id == ctx.workspace.id, table.c.user_id == (ctx.actor.user_id or 0))
    rows = ctx.connection.execute(sa.select(table.c.app, table.c.document).where(*mine).order_by(table.c.changed_at.desc()))
    return [row.document for row in rows if row.app not in ctx.catalog.apps]


def drafts_of(ctx: Context) -> set[str]:
    """The apps of which the actor has a draft."""
    table: Any = AppDraft.__table__
    mine = (table.c.workspace_id == ctx.workspace.id, table.c.user_id == (ctx.actor.user_id or 0))
    return set(ctx.connection.scalars(sa.select(table.c.app).where(*mine)))


def change(ctx: Context, app: str, acts: Iterable[Mapping[str, Any]]) -> Desk:
    """Does acts (builder/acts) on the draft, as one step of undo. Raises Invalid when one does not fit."""
    desk = open_desk(ctx, app)
    try:
        outcome = perform(desk.document, acts, desk.published, ctx.catalog.documents)
    except BadOperation as error:
        raise Invalid([error.problem]) from None
    made = outcome.renamed.get(outcome.made, outcome.made)
    return replace(
        _desk(ctx, store.save_draft(ctx, app, outcome.document)), made=made, renamed=outcome.renamed, told=outcome.told
    )


def undo(ctx: Context, app: str) -> Desk:
    """The draft before its last change."""
    return _desk(ctx, store.undo_draft(ctx, app))


def redo(ctx: Context, app: str) -> Desk:
    """The draft with the last undone change again."""
    return _desk(ctx, store.redo_draft(ctx, app))


def looking(ctx: Context, desk: Desk) -> Context:
    """A context for drawing the draft: its catalog has everything of the draft that makes sense already."""
    return replace(ctx, catalog=preview_catalog(ctx, desk))


def preview_catalog(ctx: Context, desk: Desk) -> Catalog:
    """The catalog that the workspace would have; what is broken in the draft is left out."""
    document = sound(desk.document, desk.others) if desk.problems else desk.document
    return build_catalog(ctx.workspace, {**ctx.catalog.documents, desk.app: document}, ctx.catalog.versions)


def sound(document: Mapping[str, Any], others: Mapping[str, Any]) -> Mapping[str, Any]:
    """The document without what has problems, and without what then has."""
    result = copy.deepcopy(dict(document))
    for _round in range(_ROUNDS):
        problems = checked(result, others)
        if not problems:
            return result
        for problem in problems:
            _drop(result, problem.path)
    return {name: result[name] for name in ("format", "key", "version", "label", "icon", "color") if name in result}


def checked(document: Mapping[str, Any], others: Mapping[str, Any]) -> list[Problem]:
    """`check_app`, remembered: every page of a designer asks for the problems of the same draft."""
    key = (digest(document), tuple(sorted((name, id(app)) for name, app in others.items())))
    found = _checked.get(key)
    if found is None or any(known is not others[name] for name, known in found[0].items()):
        found = (dict(others), check_app(document, others))
        while len(_checked) >= _REMEMBERED:
            _checked.pop(next(iter(_checked)), None)
        _checked[key] = found
    return found[1]


def digest(document: Mapping[str, Any]) -> bytes:
    """Stands for exactly this document."""
    return hashlib.blake2b(orjson.dumps(document, option=orjson.OPT_SORT_KEYS), digest_size=16).digest()


def _drop(document: dict[str, Any], path: str) -> None:
    """Takes away the innermost field, item or section that a problem is about."""
    holder: Any = document
    place: tuple[Any, Any] | None = None
    name = ""
    parts = path.split("/")
    # Of other things than fields and forms the whole is left out: their inner parts lean on each other.
    for part in parts if parts[0] in ("entities", "forms", "extends") else parts[:2]:
        if isinstance(holder, dict) and part in holder:
            is_of_entity = parts[0] == "entities" and holder.get("key") == name == parts[1]
            if (holder is document and not isinstance(holder[part], list)) or (is_of_entity and part not in ("key", "fields")):
                place = (holder, part)
            holder = holder[part]
        elif isinstance(holder, list) and is_keyed(name, holder) and part in (items := by_key(name, holder)):
            place = (holder, items[part])
            holder = items[part]
        else:
            break
        name = part
    if place is None and path.split("/")[0] in document:
        document.pop(path.split("/")[0], None)
    elif place is not None and isinstance(place[0], list):
        place[0][:] = [each for each in place[0] if each is not place[1]]
    elif place is not None and place[1] not in ("key", "format"):
        place[0].pop(place[1], None)


def _desk(ctx: Context, draft: store.Draft) -> Desk:
    others = {key: app for key, app in ctx.catalog.apps.items() if key != draft.app}
    return Desk(draft, ctx.catalog.documents.get(draft.app, {}), others)


def _thing(path: str) -> str:
    """The thing that a difference is about: a field, an item of a section, a property of the app."""
    parts = path.split("/")
    deep = 4 if parts[0] == "entities" and len(parts) > 3 and parts[2] == "fields" else 2
    return "/".join(parts[:deep])
