"""What keeps automations from setting each other off without end: chains, rates, failures in a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson
import sqlalchemy as sa

from runtime.automations.control import pause
from runtime.automations.insert import NewRun
from runtime.platform.automation import Run

MAX_DEPTH = 5
"""How many runs may lie one behind the other."""
MAX_RUNS_PER_MINUTE = 5
"""Of one automation for one record."""
MAX_FAILURES_IN_ROW = 20


@dataclass(frozen=True)
class Chain:
    """The runs that lie behind changes, as [automation, record] pairs from the first to the last."""

    links: Mapping[int, list[Any]] = field(default_factory=dict)

    @classmethod
    def load(cls, connection: sa.Connection, changes: Sequence[sa.Row[Any]]) -> Chain:
        """The chains of those changes that runs have made."""
        ids = sorted({each.run_id for each in changes if each.run_id is not None})
        if not ids:
            return cls()
        statement = sa.select(Run.id, Run.automation, Run.record_id, Run.chain).where(
            Run.id == sa.any_(sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger)))
        )
        rows = connection.execute(statement, {"ids": ids})
        return cls({row.id: [*row.chain, [row.automation, row.record_id]] for row in rows})

    def behind(self, change: sa.Row[Any]) -> list[Any]:
        """The chain that led to a change; empty for what a person did."""
        return self.links.get(change.run_id, []) if change.run_id is not None else []


def too_deep(depth: int) -> bool:
    """Whether a change so deep in a chain sets nothing off any more."""
    return depth >= MAX_DEPTH


_RATES = sa.text(
    """
    SELECT g.workspace_id, g.automation, g.record_id
    FROM jsonb_to_recordset(CAST(:pairs AS jsonb)) AS g(workspace_id bigint, automation text, entity text, record_id bigint)
    WHERE (SELECT count(*) FROM (
            SELECT 1 FROM formloom.run r
            WHERE r.workspace_id = g.workspace_id AND r.entity = g.entity AND r.record_id = g.record_id
              AND r.automation = g.automation AND r.created_at > :since LIMIT :most) seen) >= :most
    """
)


def watch_rates(connection: sa.Connection, runs: Sequence[NewRun], now: datetime) -> None:
    """Pauses the automations that have run too often for one record within a minute; what they still have to do is kept."""
    pairs = {(run.workspace_id, run.plan.name, run.plan.entity, run.record_id) for run in runs if not run.plan.is_paused}
    if not pairs:
        return
    keys = ("workspace_id", "automation", "entity", "record_id")
    given = orjson.dumps([dict(zip(keys, pair, strict=True)) for pair in pairs]).decode()
    parameters = {"pairs": given, "since": now - timedelta(minutes=1), "most": MAX_RUNS_PER_MINUTE + 1}
    for row in connection.execute(_RATES, parameters).all():
        reason = (
            f"It ran more than {MAX_RUNS_PER_MINUTE} times within a minute for record {row.record_id}; this looks like a loop."
        )
        pause(connection, row.workspace_id, row.automation, reason, now)
