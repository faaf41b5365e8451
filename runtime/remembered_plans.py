"""Statements that a pooled connection keeps prepared: forgotten there when the definitions have changed since.

PostgreSQL refuses a prepared statement whose columns have got other types ("cached plan must not change result type"), on each
connection that remembers one. A second try that meets the next such connection fails like the first, so it is not left to chance.
"""

from __future__ import annotations

from itertools import count
from typing import Any

import sqlalchemy as sa

_SEEN = "formloom_revisions"
_number = count()


def keep_fresh(connection: sa.Connection, workspace_id: int, revision: int) -> None:
    """Before statements of this revision are executed here: plans made for another one are given up."""
    seen: dict[int, int] = connection.info.setdefault(_SEEN, {})
    if seen.get(workspace_id, revision) != revision:
        driver: Any = connection.connection.driver_connection
        # psycopg looks out for it and forgets its side too, but only at statements that it sees for the first time.
        driver.execute(f"DEALLOCATE ALL /* {next(_number)} */", prepare=False)
    seen[workspace_id] = revision
