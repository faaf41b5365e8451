"""What an expression sees besides the record: the moment, the zone, the person, the calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from runtime.calendar import WorkCalendar


@dataclass(frozen=True, slots=True)
class Environment:
    """Fixed for one evaluation, so TODAY() is the same in each row.

    now: aware. zone: the workspace's, in which moments are read. calendar None: weekends only.
    """

    now: datetime
    zone: ZoneInfo
    user_id: int | None = None
    team_ids: tuple[int, ...] = ()
    calendar: WorkCalendar | None = None
    language: str = "en"

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()
