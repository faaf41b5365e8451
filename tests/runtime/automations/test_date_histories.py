"""Date rules against a model: whatever people edit and however long workers are away, the same things fire.

The model looks at every record whenever the pump is turned and knows nothing of windows, cursors or cut-offs.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builder.automations.durations import parse_duration
from runtime.automations.sweep import PUNCTUAL
from runtime.calendar import work_calendar
from tests.runtime.automations.conftest import START, Rig
from tests.runtime.automations.sales_app import dates

OPEN = {"field": "stage", "op": "is", "value": "new"}
ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/New_York")


@dataclass
class Model:
    """What must have fired: (rung, record, date) of every rung that ran."""

    late: str
    zone: str = ZONES[0]
    offsets: dict[str, str] = field(default_factory=dict)
    records: dict[int, tuple[date | None, bool]] = field(default_factory=dict)
    ledger: set[tuple[str, int, str]] = field(default_factory=set)
    ran: set[tuple[str, int, str]] = field(default_factory=set)

    def turn(self, now: datetime) -> None:
        for record, (day, is_open) in self.records.items():
            if day is None or not is_open:
                continue
            due = sorted((self._due(day, after), number, rung) for number, (rung, after) in enumerate(self.offsets.items()))
            due = [each for each in due if each[0] <= now]
            for moment, number, rung in due:
                key = (rung, record, day.isoformat())
                if key in self.ledger:
                    continue
                self.ledger.add(key)
                newest = number == due[-1][1]
                if self.late == "all" or (self.late == "latest" and newest) or (self.late == "skip" and now - moment <= PUNCTUAL):
                    self.ran.add(key)

    def _due(self, day: date, after: str) -> datetime:
        from zoneinfo import ZoneInfo

        length = parse_duration(after)
        assert length is not None
        if length.unit == "wd":
            shifted = work_calendar("CN").add_workdays(day, length.amount)
            assert shifted is not None
            day = shifted
        elif length.unit == "d":
            day += timedelta(days=length.amount)
        hours = length.amount if length.unit == "h" else 0
        return datetime(day.year, day.month, day.day, 9, tzinfo=ZoneInfo(self.zone)) + timedelta(hours=hours)


RECORDS = st.integers(0, 3)
DAYS = st.one_of(st.none(), st.integers(-12, 20))
OFFSETS = st.sampled_from(["-3d", "0d", "2d", "4d", "7d", "1wd", "3wd", "-1wd", "5h", "-20h"])
EVENTS = st.one_of(
    st.tuples(st.just("date"), RECORDS, DAYS),
    st.tuples(st.just("open"), RECORDS, st.booleans()),
    st.tuples(st.just("turn"), st.sampled_from([0, 1, 20, 59, 61, 240, 1440]), st.none()),
    st.tuples(st.just("turn"), st.sampled_from([0, 1, 20, 59, 61, 240, 1440]), st.none()),
    st.tuples(st.just("outage"), st.integers(2, 9), st.none()),
    st.tuples(st.just("offsets"), OFFSETS, OFFSETS),
    st.tuples(st.just("zone"), st.sampled_from(ZONES), st.none()),
)


@pytest.mark.parametrize("late", ["latest", "all", "skip"])
@settings(
    max_examples=int(os.environ.get("DATE_HISTORIES", "12")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(EVENTS, min_size=4, max_size=14), st.tuples(OFFSETS, OFFSETS, OFFSETS))
def test_histories(rig: Callable[..., Rig], late: str, events: list[Any], offsets: tuple[str, str, str]) -> None:
    model = Model(late, offsets=dict(zip(("r1", "r2", "r3"), offsets, strict=True)))
    place = rig(rule(model))
    ids = [place.lead(name=f"L{number}", stage="new") for number in range(4)]
    model.records = dict.fromkeys(ids, (None, True))
    ran = set()
    for name, first, second in [*events, ("turn", 1, None), ("outage", 15, None)]:
        for _ in apply(name, first, second, place, model, ids):
            place.pump()
            model.turn(place.now)
            # Looked at after each turn: what has been done for a month is forgotten.
            ran |= {(run["cause"]["rung"], run["record_id"], run["cause"]["anchor"]) for run in place.runs()}
    clear(place)
    assert ran == model.ran


def apply(name: str, first: Any, second: Any, place: Rig, model: Model, ids: list[int]) -> Iterator[None]:
    """One event; yields whenever the workers have a chance to look. Edits without a look pile up until one."""
    if name == "date":
        day = None if second is None else START.date() + timedelta(days=second)
        place.save(ids[first], next_at=day.isoformat() if day else None)
        model.records[ids[first]] = (day, model.records[ids[first]][1])
        yield
    elif name == "open":
        place.save(ids[first], stage="new" if second else "won")
        model.records[ids[first]] = (model.records[ids[first]][0], second)
        yield
    elif name in ("turn", "outage"):
        place.now += timedelta(minutes=first) if name == "turn" else timedelta(days=first)
        yield
    elif name == "offsets":
        model.offsets = {**model.offsets, "r1": first, "r2": second}
        place.publish(rule(model))
        yield
    else:
        from runtime.platform.people import Workspace

        with place.engine.begin() as connection:
            change = {"zone": first, "revision": Workspace.revision + 1}
            connection.execute(sa.update(Workspace).where(Workspace.id == place.place.workspace.id).values(change))
        model.zone = first
        yield


def rule(model: Model) -> dict[str, Any]:
    return dates("overdue", *model.offsets.items(), late=model.late, condition=OPEN)


def clear(place: Rig) -> None:
    with place.engine.begin() as connection:
        names = "formloom.run, formloom.fired, formloom.change, formloom.sweep_cursor"
        connection.execute(sa.text(f"TRUNCATE {names}, {place.place.workspace.schema}.sales__lead CASCADE"))
