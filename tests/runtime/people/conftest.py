from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine

from runtime import people
from runtime.context import WorkspaceInfo


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """A connection whose transaction is rolled back after the test."""
    with engine.connect() as opened:
        transaction = opened.begin()
        yield opened
        transaction.rollback()


@pytest.fixture
def workspace(connection: Connection) -> WorkspaceInfo:
    return people.create_workspace(connection, "Yunfan Trading", language="zh-Hans", zone="Asia/Shanghai")


class Staff:
    """Makes members by name."""

    def __init__(self, connection: Connection, workspace: WorkspaceInfo) -> None:
        self.connection, self.workspace = connection, workspace

    def hire(self, name: str, **options: object) -> int:
        user = people.create_user(self.connection, f"{name}@example.com", name=name, password="correct horse 1")
        people.add_member(self.connection, self.workspace.id, user, **options)  # type: ignore[arg-type]
        return user

    def now(self) -> WorkspaceInfo:
        return people.load_workspace(self.connection, self.workspace.id)


@pytest.fixture
def staff(connection: Connection, workspace: WorkspaceInfo) -> Staff:
    return Staff(connection, workspace)
