"""A workspace of its own for each test, with real commits: the pump works in transactions of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from runtime import unit_of_work
from runtime.automations import pump
from runtime.automations.effects import Send
from runtime.context import Actor, Context
from runtime.db import make_engine
from runtime.platform.automation import Effect, Fired, Run, RunStep
from runtime.platform.people import Member, RoleAssignment
from runtime.platform.personal import Notification
from runtime.records import write
from tests.conftest import new_database
from tests.factories import Place, install, make_place, make_user
from tests.runtime.automations.sales_app import Document, sales

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # a Monday, 09:00 in Shanghai
LEAD, TASK = "sales.lead", "sales.task"
_TABLES = ("run_step", "run", "effect", "fired", "sweep_cursor", "automation_state", "change", "notification")


@dataclass
class Rig:
    """A workspace, a clock and the pump."""

    engine: sa.Engine
    place: Place
    now: datetime = START
    sent: list[Any] = field(default_factory=list)

    def do(self, verb: Callable[..., Any], *args: Any, actor: Actor | None = None, **kwargs: Any) -> Any:
        """A verb in a transaction of its own, as the administrator unless another actor is given."""
        with unit_of_work.transaction(self.engine) as connection:
            return verb(self.context(connection, actor), *args, **kwargs)

    def context(self, connection: sa.Connection, actor: Actor | None = None) -> Context:
        ctx = self.place.context(connection, actor)
        return Context(ctx.connection, ctx.workspace, ctx.catalog, ctx.actor, self.now)

    def lead(self, actor: Actor | None = None, **values: Any) -> int:
        """A new lead; its id."""
        return int(self.do(write.create, LEAD, {"name": "Wang", **values}, actor=actor).id)

    def save(self, record_id: int, actor: Actor | None = None, **values: Any) -> None:
        self.do(write.update, LEAD, record_id, values, actor=actor)

    def pump(self, send: Send | None = None, **later: float) -> pump.Report:
        """Lets time pass (days=, hours=, minutes=) and does all that is due."""
        self.now += timedelta(**later)
        return pump.pump_once(self.engine, self.now, send=send)

    def person(self, name: str, *roles: str, is_admin: bool = False, language: str | None = None) -> Actor:
        with self.engine.begin() as connection:
            actor = make_user(connection, self.place.workspace, name, roles=roles, is_admin=is_admin)
            if language:
                from runtime.platform.people import User

                connection.execute(sa.update(User).where(User.id == actor.user_id).values(language=language))
        return actor

    def rows(self, entity: str) -> list[dict[str, Any]]:
        """The living records of an entity, by id."""
        with self.engine.connect() as connection:
            table = self.context(connection).catalog.entity(entity).table
            statement = sa.select(table).where(table.c.deleted_at.is_(None)).order_by(table.c.id)
            return [dict(row) for row in connection.execute(statement).mappings()]

    def titles(self) -> list[str]:
        """The titles of all tasks, in the order in which they were made."""
        return [row["title"] for row in self.rows(TASK)]

    def row(self, record_id: int) -> dict[str, Any]:
        return next(row for row in self.rows(LEAD) if row["id"] == record_id)

    def runs(self, **wanted: Any) -> list[dict[str, Any]]:
        return self._platform(Run, Run.id, **wanted)

    def steps(self, run_id: int) -> list[dict[str, Any]]:
        return self._platform(RunStep, RunStep.number, scoped=False, run_id=run_id)

    def effects(self, **wanted: Any) -> list[dict[str, Any]]:
        return self._platform(Effect, Effect.id, **wanted)

    def fired(self, **wanted: Any) -> list[dict[str, Any]]:
        return self._platform(Fired, Fired.at, **wanted)

    def notifications(self, **wanted: Any) -> list[dict[str, Any]]:
        return self._platform(Notification, Notification.id, **wanted)

    def publish(self, *automations: Document) -> None:
        """A new version of the app with these automations."""
        self.publish_documents(sales(*automations))

    def publish_documents(self, documents: dict[str, Document]) -> None:
        """New versions of apps whose tables stay as they are."""
        from runtime.platform.apps import AppVersion, InstalledApp
        from runtime.platform.people import Workspace

        with self.engine.begin() as connection:
            for key, document in documents.items():
                mine = (InstalledApp.workspace_id == self.place.workspace.id, InstalledApp.key == key)
                bump = sa.update(InstalledApp).where(*mine).values(version=InstalledApp.version + 1)
                number = connection.execute(bump.returning(InstalledApp.version)).scalar_one()
                values = {"workspace_id": self.place.workspace.id, "app": key, "number": number, "document": document}
                connection.execute(sa.insert(AppVersion).values(values))
            raised = sa.update(Workspace).where(Workspace.id == self.place.workspace.id).values(revision=Workspace.revision + 1)
            connection.execute(raised)

    def _platform(self, table: Any, order: Any, *, scoped: bool = True, **wanted: Any) -> list[dict[str, Any]]:
        statement = sa.select(table.__table__).order_by(order)
        if scoped:
            statement = statement.where(table.workspace_id == self.place.workspace.id)
        for key, value in wanted.items():
            statement = statement.where(getattr(table, key) == value)
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(statement).mappings()]


@pytest.fixture(scope="session")
def automation_engine(server_url: str) -> Iterator[sa.Engine]:
    """A database of its own: the pump does what is due in all workspaces, and other tests leave theirs behind."""
    with new_database(server_url, f"formloom_pump_{os.getpid()}", first_workspace=1_000_000) as url:
        made = make_engine(url)
        yield made
        made.dispose()


@pytest.fixture(scope="session")
def installed(automation_engine: sa.Engine) -> Place:
    """The workspace of all these tests: its tables are made once, each test publishes its automations and leaves no data."""
    with automation_engine.begin() as connection:
        place = make_place(connection)
        install(connection, place, sales())
    return place


@pytest.fixture
def rig(automation_engine: sa.Engine, installed: Place) -> Iterator[Callable[..., Rig]]:
    """The workspace with these automations: `rig(rule(…), zone="Europe/Berlin")`."""

    def make(*automations: Document, zone: str = "Asia/Shanghai") -> Rig:
        from runtime.platform.people import Workspace

        with automation_engine.begin() as connection:
            connection.execute(sa.update(Workspace).where(Workspace.id == installed.workspace.id).values(zone=zone))
        made = Rig(automation_engine, installed)
        made.publish(*automations)
        return made

    yield make
    with automation_engine.begin() as connection:
        schema = installed.workspace.schema
        tables = [f"formloom.{name}" for name in _TABLES] + [f"{schema}.sales__{name}" for name in ("lead", "task", "company")]
        connection.execute(sa.text("TRUNCATE " + ", ".join(tables) + " CASCADE"))
        connection.execute(sa.delete(RoleAssignment).where(RoleAssignment.workspace_id == installed.workspace.id))
        others = sa.delete(Member).where(Member.workspace_id == installed.workspace.id, Member.user_id != installed.admin_id)
        connection.execute(others)
