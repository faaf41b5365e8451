"""What a workspace consists of: its apps with their tables, one immutable object per revision.

Reading the cache takes no lock. An entry is only ever made from committed rows, so a rolled-back change of an app
can never be seen by another transaction.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from builder.codec import app_from_json
from builder.keys import qualified
from builder.model import App, Automation, Form, Pipeline, Role, View
from builder.upgrades import upgrade
from runtime import tables
from runtime.context import WorkspaceInfo
from runtime.platform.apps import AppVersion, InstalledApp
from runtime.platform.people import Workspace
from runtime.remembered_plans import keep_fresh
from runtime.tables import EntityDef, FieldDef

_CAPACITY = 128
_lock = threading.Lock()
_cache: dict[tuple[int, int], Catalog] = {}


@dataclass(frozen=True)
class Catalog:
    """All apps of a workspace at one revision. `versions` are the numbers of their current versions."""

    workspace_id: int
    revision: int
    apps: Mapping[str, App] = field(default_factory=dict)
    versions: Mapping[str, int] = field(default_factory=dict)
    documents: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    births: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    shapes: Mapping[str, int] = field(default_factory=dict)
    _entities: Mapping[str, EntityDef] = field(default_factory=dict)

    def entity(self, name: str) -> EntityDef:
        """The entity `app.key`. KeyError when there is none."""
        return self._entities[name]

    def find(self, name: str) -> EntityDef | None:
        """The entity `app.key`, or None."""
        return self._entities.get(name)

    def entities(self) -> Iterable[EntityDef]:
        """All entities in the order of the apps and their documents."""
        return self._entities.values()

    def roles(self, names: Iterable[str] | None = None) -> dict[str, Role]:
        """Roles by `app.role`; with names only those, unknown ones left out."""
        if names is None:
            return dict(self._roles)
        return {name: self._roles[name] for name in names if name in self._roles}

    def forms_of(self, entity: str) -> tuple[tuple[str, Form], ...]:
        """(app, form) of an entity; those of other apps first, for an app that builds on another one shows more of it."""
        return self._forms.get(entity, ())

    def views_of(self, entity: str) -> tuple[tuple[str, View], ...]:
        """(app, view) of an entity, those of its own app first."""
        return self._views.get(entity, ())

    def automations_on(self, entity: str) -> tuple[tuple[str, Automation], ...]:
        """(`app.key`, automation) of all automations whose entity this is."""
        return self._automations.get(entity, ())

    def pipelines_of(self, entity: str) -> tuple[tuple[str, Pipeline], ...]:
        """(app, pipeline) of an entity."""
        return self._pipelines.get(entity, ())

    def pipeline_on(self, entity: str, field_key: str) -> Pipeline | None:
        """The pipeline that rules this select field, or None."""
        return next((each for _, each in self.pipelines_of(entity) if each.field == field_key), None)

    def references_to(self, entity: str) -> tuple[tuple[EntityDef, FieldDef], ...]:
        """Relations with a column or a link table that lead to this entity, from any app."""
        return self._references.get(entity, ())

    def born(self, entity: str, field_key: str) -> datetime | None:
        """When a field came, if its entity was there before. What the log holds under its key from earlier times
        belonged to another field, with other rights."""
        app, key = entity.split(".")
        found = self.births.get(app, {}).get(f"{key}.{field_key}")
        return datetime.fromisoformat(found) if found else None

    @cached_property
    def _roles(self) -> dict[str, Role]:
        return {f"{app.key}.{role.key}": role for app in self.apps.values() for role in app.roles}

    @cached_property
    def _forms(self) -> dict[str, tuple[tuple[str, Form], ...]]:
        found = self._by_entity("forms")
        return {name: tuple(sorted(members, key=lambda each: each[0] == name.split(".")[0])) for name, members in found.items()}

    @cached_property
    def _views(self) -> dict[str, tuple[tuple[str, View], ...]]:
        return self._by_entity("views")

    @cached_property
    def _pipelines(self) -> dict[str, tuple[tuple[str, Pipeline], ...]]:
        return self._by_entity("pipelines")

    @cached_property
    def _automations(self) -> dict[str, tuple[tuple[str, Automation], ...]]:
        found = self._by_entity("automations")
        return {name: tuple((f"{app}.{each.key}", each) for app, each in members) for name, members in found.items()}

    @cached_property
    def _references(self) -> dict[str, tuple[tuple[EntityDef, FieldDef], ...]]:
        found: dict[str, list[tuple[EntityDef, FieldDef]]] = {}
        for entity in self.entities():
            for each in entity.relations:
                if each.kind != tables.ONE_TO_MANY:
                    found.setdefault(str(each.target), []).append((entity, each))
        return {name: tuple(members) for name, members in found.items()}

    def _by_entity(self, section: str) -> dict[str, tuple[tuple[str, Any], ...]]:
        found: dict[str, list[tuple[str, Any]]] = {}
        for app in self.apps.values():
            for item in getattr(app, section):
                if item.entity:
                    found.setdefault(qualified(app.key, item.entity), []).append((app.key, item))
        for name, members in found.items():
            members.sort(key=lambda member: member[0] != name.split(".")[0])
        return {name: tuple(members) for name, members in found.items()}


def build_catalog(
    workspace: WorkspaceInfo,
    documents: Mapping[str, Mapping[str, Any]],
    versions: Mapping[str, int] | None = None,
    births: Mapping[str, Mapping[str, str]] | None = None,
    shapes: Mapping[str, int] | None = None,
) -> Catalog:
    """A catalog of these valid documents, not cached."""
    apps = {key: app_from_json(upgrade(document)) for key, document in documents.items()}
    entities = tables.build(apps, workspace.schema)
    return Catalog(
        workspace.id,
        workspace.revision,
        apps,
        dict(versions or {}),
        dict(documents),
        dict(births or {}),
        dict(shapes or {}),
        entities,
    )


def load_catalog(connection: sa.Connection, workspace: WorkspaceInfo) -> Catalog:
    """The catalog of this revision, from the cache or the database (then perhaps of a newer revision)."""
    found = _cache.get((workspace.id, workspace.revision)) or _load(connection, workspace)
    keep_fresh(connection, workspace.id, found.revision)
    return found


def load_workspace(connection: sa.Connection, key: str | None = None, workspace_id: int | None = None) -> WorkspaceInfo | None:
    """The workspace of this key or id as it is now."""
    from zoneinfo import ZoneInfo

    condition = Workspace.key == key if key is not None else Workspace.id == workspace_id
    row = connection.execute(sa.select(Workspace.__table__).where(condition)).one_or_none()
    if row is None:
        return None
    zone = ZoneInfo(row.zone)
    return WorkspaceInfo(row.id, row.key, row.name, row.language, zone, row.country, row.currency, row.revision)


def forget() -> None:
    """Empties the cache (tests that reuse ids)."""
    with _lock:
        _cache.clear()


def _load(connection: sa.Connection, workspace: WorkspaceInfo) -> Catalog:
    # One statement: revision and documents belong to the same snapshot.
    statement = (
        sa.select(
            Workspace.revision,
            InstalledApp.key,
            InstalledApp.version,
            AppVersion.document,
            InstalledApp.births,
            InstalledApp.shape,
            sa.func.pg_current_xact_id_if_assigned().is_(None).label("read_only"),
        )
        .select_from(Workspace)
        .outerjoin(InstalledApp, InstalledApp.workspace_id == Workspace.id)
        .outerjoin(
            AppVersion,
            sa.and_(
                AppVersion.workspace_id == Workspace.id,
                AppVersion.app == InstalledApp.key,
                AppVersion.number == InstalledApp.version,
            ),
        )
        .where(Workspace.id == workspace.id)
        .order_by(InstalledApp.position, InstalledApp.key)
    )
    rows = connection.execute(statement).all()
    revision = rows[0].revision if rows else workspace.revision
    present = [row for row in rows if row.key is not None]
    versions = {row.key: row.version for row in present}
    shared = _same_apps(workspace.id, versions) if rows and rows[0].read_only else None
    if shared is not None:
        catalog = replace(shared, revision=revision)
    else:
        documents = {row.key: row.document for row in present}
        births = {row.key: row.births for row in present if row.births}
        catalog = build_catalog(
            replace(workspace, revision=revision), documents, versions, births, {row.key: row.shape for row in present}
        )
    # A transaction that has written may be looking at its own, uncommitted documents.
    if rows and rows[0].read_only:
        _remember(catalog)
    return catalog


def _same_apps(workspace_id: int, versions: Mapping[str, int]) -> Catalog | None:
    """A cached catalog of the same documents: only people or roles changed since."""
    for (identity, _), catalog in list(_cache.items()):
        if identity == workspace_id and dict(catalog.versions) == versions and list(catalog.versions) == list(versions):
            return catalog
    return None


def _remember(catalog: Catalog) -> None:
    with _lock:
        while len(_cache) >= _CAPACITY:
            _cache.pop(next(iter(_cache)))
        for known in [key for key in _cache if key[0] == catalog.workspace_id and key[1] < catalog.revision - 1]:
            _cache.pop(known)  # only the newest two revisions of a workspace are ever asked for
        _cache[(catalog.workspace_id, catalog.revision)] = catalog
