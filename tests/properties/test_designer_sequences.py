"""Whatever designers do, in whatever order: documents, tables and data stay consistent, and nothing is lost that nobody confirmed.

`DESIGNER_SEQUENCES=2000 pytest tests/properties` (or `make proof`) runs many; `DESIGNER_SEED=17` runs that one again.
"""

from __future__ import annotations

import os
import random
import traceback
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from builder.acts import ACTS, ACTS_AMONG_APPS
from tests.factories import make_place, make_user
from tests.properties.generators import GENERATORS
from tests.properties.sequence import Sequence, actors
from tests.properties.world import settle

SEQUENCES = int(os.environ.get("DESIGNER_SEQUENCES", "16"))
FIRST = int(os.environ.get("DESIGNER_SEED", "0"))
STEPS = 10
CHUNK = 20 if SEQUENCES > 50 else 4
"""Sequences that share one transaction: the workspace is made once, and each sequence is rolled back to that."""
START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_every_act_has_a_generator() -> None:
    """A new act without one would be proved by nobody."""
    missing = sorted({*ACTS, *ACTS_AMONG_APPS, "add", "set", "remove", "move"} - set(GENERATORS))
    assert not missing, (
        f"no generator for the acts {missing}: write a function (hand) -> act in tests/properties/generators/ "
        "and a line in GENERATORS in tests/properties/generators/__init__.py"
    )
    assert not set(GENERATORS) - {*ACTS, *ACTS_AMONG_APPS, "add", "set", "remove", "move"}, "generators of acts that are no more"


@pytest.mark.timeout(0 if SEQUENCES > 20 else 120)
@pytest.mark.parametrize("first", range(FIRST, FIRST + SEQUENCES, CHUNK))
def test_sequences_of_acts_lose_nothing(engine: Engine, first: int) -> None:
    failures = []
    with engine.connect() as connection:
        home = make_place(connection)
        people = actors(home, [make_user(connection, home.workspace, "Second", is_admin=True)])
        settle(connection, home, random.Random(first))
        for seed in range(first, min(first + CHUNK, FIRST + SEQUENCES)):
            _forget_what_is_cached(connection, home.workspace.id, seed)
            savepoint = connection.begin_nested()
            sequence = Sequence(connection, home, people, random.Random(seed), moment=START)
            try:
                sequence.run(STEPS)
            except Exception:  # noqa: BLE001  told below, with what led to it
                told = "\n".join(sequence.log[-12:])
                failures.append(f"DESIGNER_SEQUENCES=1 DESIGNER_SEED={seed}, after\n{told}\n{traceback.format_exc(limit=-6)}")
                print(failures[-1].encode("ascii", "backslashreplace").decode(), flush=True)  # at once, when many are run
            savepoint.rollback()
        connection.rollback()
    assert not failures, "\n\n".join(failures)


def _forget_what_is_cached(connection: sa.Connection, workspace: int, seed: int) -> None:
    """Catalogs are remembered by revision: numbers that a rolled back sequence had used must not come again."""
    values = {"revision": 1_000_000 + 1000 * seed, "workspace": workspace}
    connection.execute(sa.text("UPDATE formloom.workspace SET revision = :revision WHERE id = :workspace"), values)
