from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, Engine

from runtime.expressions.environment import Environment


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """A connection whose work is rolled back."""
    with engine.connect() as opened:
        transaction = opened.begin()
        yield opened
        transaction.rollback()


@pytest.fixture
def environment() -> Environment:
    """Friday 3 May 2024, 09:00 in Shanghai."""
    return Environment(datetime(2024, 5, 3, 1, tzinfo=UTC), ZoneInfo("Asia/Shanghai"), user_id=2, team_ids=(1, 3))
