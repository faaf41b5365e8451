"""What is done after a commit, what is not done after a rollback, and the second try."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from runtime.unit_of_work import after_commit, run, transaction


def test_after_commit_work_is_coalesced_and_done_once(engine: Engine) -> None:
    done: list[str] = []
    with transaction(engine) as connection:
        after_commit(connection, "wake", lambda: done.append("first"))
        after_commit(connection, "wake", lambda: done.append("second"))
        assert done == []
    assert done == ["second"]


def test_nothing_is_done_after_a_rollback_and_nothing_is_left_for_the_next(engine: Engine) -> None:
    done: list[str] = []
    with pytest.raises(RuntimeError), transaction(engine) as connection:  # noqa: PT012
        after_commit(connection, "wake", lambda: done.append("never"))
        raise RuntimeError
    with transaction(engine):
        pass
    assert done == []


def test_failing_after_commit_work_does_not_undo_the_commit(engine: Engine) -> None:
    def fail() -> None:
        raise RuntimeError("broker away")

    with transaction(engine) as connection:
        connection.execute(sa.text("CREATE TABLE kept_after_failure (id int)"))
        after_commit(connection, "wake", fail)
    with transaction(engine) as connection:
        connection.execute(sa.text("DROP TABLE kept_after_failure"))


def test_work_that_met_a_newer_schema_is_done_again(engine: Engine) -> None:
    tries: list[int] = []

    def work(connection: sa.Connection) -> int:
        tries.append(1)
        name = "no_such_column" if len(tries) == 1 else "id"
        return len(connection.execute(sa.select(sa.column(name)).select_from(sa.text("formloom.workspace")).limit(0)).all())

    assert run(engine, work) == 0
    assert len(tries) == 2


def test_other_errors_are_not_tried_again(engine: Engine) -> None:
    tries: list[int] = []

    def work(connection: sa.Connection) -> None:
        tries.append(1)
        connection.execute(sa.select(sa.literal(1) / sa.literal(0)))

    with pytest.raises(sa.exc.DBAPIError):
        run(engine, work)
    assert len(tries) == 1
