"""What a change of app documents would do, without doing it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from builder.check import check_references, too_deep
from builder.codec import app_from_json
from builder.diff import diff
from builder.errors import Problem
from builder.model import App
from builder.schema import validate
from builder.storable import unkeepable
from builder.upgrades import UnknownFormat, upgrade
from builder.versions import satisfies
from runtime.catalog import Catalog, build_catalog
from runtime.context import Context
from runtime.schema import limits, steps
from runtime.schema.postpone import big_conversions
from runtime.schema.preview import PlanItem, field_path, preview
from runtime.schema.steps import Step, forced_steps, steps_between
from runtime.schema.trash import Trashed
from runtime.schema.unique import is_unique
from runtime.schema.usage import users_of_entity, users_of_field

Document = Mapping[str, Any]
Restoring = Mapping[tuple[str, str], Trashed]
_REMEMBERED = 64
_checked: dict[bytes, tuple[Problem, ...]] = {}
_REMOVALS = (steps.TRASH_COLUMN, steps.TRASH_LINK, steps.DROP_COLUMN, steps.CONVERT)


@dataclass(frozen=True)
class Plan:
    """The consequences of a change. `token` stands for exactly these documents on exactly these versions."""

    items: tuple[PlanItem, ...] = ()
    problems: tuple[Problem, ...] = ()
    token: str = ""
    steps: tuple[Step, ...] = field(default=(), compare=False)
    catalog: Catalog | None = field(default=None, compare=False)

    @property
    def losses(self) -> tuple[PlanItem, ...]:
        """What takes values away from records."""
        return tuple(item for item in self.items if item.loses)

    def to_json(self, translate: Callable[[str], str] = lambda text: text, *, samples: bool = True) -> dict[str, Any]:
        """The plan as the API shows it; without samples, which are people's values, as it is kept with the version."""
        return {
            "items": [item.to_json(translate) | ({} if samples else {"samples": []}) for item in self.items],
            "problems": [
                {"path": each.path, "code": each.code, "message": translate(each.message).format_map(dict(each.params))}
                for each in self.problems
            ],
            "token": self.token,
        }


def plan(
    ctx: Context,
    documents: Mapping[str, Document | None],
    *,
    restoring: Restoring | None = None,
    prepared: Iterable[tuple[str, str]] = (),
    confirmed: str | None = None,
) -> Plan:
    """The plan of replacing these apps' documents; None uninstalls an app. Nothing is changed.

    `ctx.catalog` must be the current one. With problems the items may be incomplete. restoring, prepared: (entity, field)
    places whose values come from the trash, or are converted already, and need no preview. confirmed: a token; when it is this
    plan's, somebody has seen what becomes of big tables, and it is not counted again.
    """
    deep = [key for key, document in documents.items() if document is not None and too_deep(document)]
    if deep:
        return Plan(problems=tuple(Problem(key, "too_deep", "The document is nested too deeply.") for key in deep))
    strange = [each for key, document in documents.items() if document is not None for each in unkeepable(document, key)]
    if strange:
        return Plan(problems=tuple(strange))
    token = make_token(ctx, documents)
    try:
        merged = _documents_after(ctx, documents)
        problems = _check(merged, documents, ctx.catalog.apps)
    except UnknownFormat as error:
        return Plan(problems=(Problem("format", "format", str(error)),), token=token)
    if problems:
        return Plan(problems=tuple(problems), token=token)
    catalog = build_catalog(ctx.workspace, merged, ctx.catalog.versions)
    planned = [*steps_between(ctx.catalog, catalog)]
    planned += forced_steps(ctx.catalog, catalog, planned, restoring or {})
    seen = [place for place in big_conversions(ctx, planned) if not _is_unique(catalog, place)] if confirmed == token else []
    found = list(preview(ctx, planned, catalog, {*(restoring or {}), *prepared, *seen}))
    problems = [each for each in found if isinstance(each, Problem)] + list(_too_many_columns(catalog))
    about_data = [_with_users(ctx, planned, each) for each in found if isinstance(each, PlanItem)]
    items = (*about_data, *_definitions(ctx, documents, {each.path for each in about_data}))
    return Plan(items, tuple(problems), token, tuple(planned), catalog)


def _is_unique(catalog: Catalog, place: tuple[str, str]) -> bool:
    return is_unique(catalog.entity(place[0]).fields[place[1]])


def make_token(ctx: Context, documents: Mapping[str, Document | None]) -> str:
    """A digest of the documents and of the versions that they would replace."""
    base = {key: ctx.catalog.versions.get(key) for key in documents}
    text = orjson.dumps([ctx.workspace.id, base, dict(documents)], option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(text, digest_size=16).hexdigest()


def _documents_after(ctx: Context, documents: Mapping[str, Document | None]) -> dict[str, Document]:
    merged = {key: document for key, document in ctx.catalog.documents.items() if documents.get(key, ()) is not None}
    merged |= {key: upgrade(document) for key, document in documents.items() if document is not None}
    return merged


def _check(merged: Mapping[str, Document], changed: Mapping[str, Document | None], before: Mapping[str, App]) -> list[Problem]:
    """Problems of all apps of the workspace beside each other; every path starts with the app's key."""
    problems: list[Problem] = []
    for key in changed:
        document = merged.get(key)
        if document is not None:
            problems += [each.under(key) for each in _broken(document)]
            if document.get("key") != key:
                problems.append(Problem(f"{key}/key", "key", "The key of an app never changes; it is {key}.", {"key": key}))
    if problems:
        return problems
    apps: dict[str, App] = {key: app_from_json(document) for key, document in merged.items()}
    for key, app in apps.items():
        found = [*(each.under(key) for each in check_references(app, apps)), *_needs(key, apps)]
        if found and key not in changed:
            # What was wrong with another app before is not this change's fault, and must not stand in its way.
            known = {
                (each.path, each.code)
                for each in (*(one.under(key) for one in check_references(app, before)), *_needs(key, before))
            }
            found = [each for each in found if (each.path, each.code) not in known]
        problems += found
    return problems


def _broken(document: Document) -> tuple[Problem, ...]:
    """Where a document breaks the schema. Remembered: a plan is asked for, then applied, and apps are installed again."""
    digest = hashlib.blake2b(orjson.dumps(document, option=orjson.OPT_SORT_KEYS)).digest()
    found = _checked.get(digest)
    if found is None:
        found = tuple(validate(document))
        while len(_checked) >= _REMEMBERED:
            _checked.pop(next(iter(_checked)), None)
        _checked[digest] = found
    return found


def _needs(key: str, apps: Mapping[str, App]) -> Iterator[Problem]:
    for need in apps[key].needs:
        if need.app not in apps:
            yield Problem(
                f"{key}/needs/{need.app}", "missing_app", "The app “{app}” is needed and not installed.", {"app": need.app}
            )
        elif not satisfies(apps[need.app].version, need.version):
            params = {"app": need.app, "wanted": need.version, "version": apps[need.app].version}
            yield Problem(
                f"{key}/needs/{need.app}",
                "old_app",
                "The app “{app}” is needed in version {wanted}; installed is {version}.",
                params,
            )


def _too_many_columns(catalog: Catalog) -> Iterator[Problem]:
    for entity in catalog.entities():
        count = sum(each.column is not None for each in entity.fields.values())
        if count > limits.MAX_COLUMNS:
            yield Problem(
                field_path(entity),
                "too_many_fields",
                "An entity can have at most {limit} fields; this one has {count}.",
                {"limit": limits.MAX_COLUMNS, "count": count},
            )


def _with_users(ctx: Context, planned: Sequence[Step], item: PlanItem) -> PlanItem:
    """The item with the places that name what is removed or converted."""
    for step in planned:
        if step.kind == steps.TRASH_TABLE and field_path(step.entity) == item.path:
            return replace(item, used_by=users_of_entity(ctx.catalog.documents, step.entity.name))
        if step.kind in _REMOVALS and field_path(step.entity, step.field) == item.path:
            return replace(item, used_by=users_of_field(ctx.catalog.documents, step.entity.name, step.field.key))
    return item


def _definitions(ctx: Context, documents: Mapping[str, Document | None], told: Iterable[str]) -> Iterator[PlanItem]:
    """Differences of the documents, one item for each thing that has a key, those told already left out."""
    known = set(told)
    for app, document in documents.items():
        before = ctx.catalog.documents.get(app)
        if before is None or document is None:
            yield PlanItem(app, "added" if before is None else "removed")
        for each in diff(before or {}, document or {}):
            depth = 4 if each.parts[0] in ("entities", "extends") and each.parts[2:3] == ("fields",) else 2
            path = "/".join((app, *each.parts[:depth]))
            if path in known:
                continue
            known.add(path)
            whole = len(each.parts) <= depth
            yield PlanItem(path, each.kind if whole else "changed")
