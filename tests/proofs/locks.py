"""Watches who holds a table so that nobody may read it, and who waits for whom."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

import psycopg

_QUESTION = """
SELECT l.mode, l.granted, left(a.query, 120), l.pid FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'relation' AND l.relation = ANY (SELECT oid FROM pg_class WHERE relname = %(table)s AND relkind = 'r')
  AND (NOT l.granted OR l.mode IN ('AccessExclusiveLock', 'ExclusiveLock', 'ShareRowExclusiveLock', 'ShareLock'))
"""


@dataclass
class Watch(threading.Thread):
    """held, waited: mode -> the longest stretch in seconds that was seen, with the statement."""

    conninfo: str
    table: str
    held: dict[str, tuple[float, str]] = field(default_factory=dict)
    waited: dict[str, tuple[float, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__(daemon=True)
        self._stopping = threading.Event()

    __hash__ = threading.Thread.__hash__

    def run(self) -> None:
        since: dict[tuple[int, str, bool], float] = {}
        with psycopg.connect(self.conninfo, autocommit=True) as connection:
            while not self._stopping.wait(0.005):
                now = time.time()
                rows = connection.execute(_QUESTION, {"table": self.table}).fetchall()
                present = {(pid, mode, granted) for mode, granted, _, pid in rows}
                since = {key: begin for key, begin in since.items() if key in present}
                for mode, granted, query, pid in rows:
                    begin = since.setdefault((pid, mode, granted), now)
                    book = self.held if granted else self.waited
                    if now - begin >= book.get(mode, (0.0, ""))[0]:
                        book[mode] = (now - begin, query or "")

    def stop(self) -> None:
        self._stopping.set()
        self.join()

    def text(self) -> str:
        """What was seen, in one line for each mode."""
        lines = [f"held {mode} {took * 1000:.0f} ms" for mode, (took, _) in sorted(self.held.items())]
        lines += [
            f"waited for {mode} {took * 1000:.0f} ms ({query[:70]!r})" for mode, (took, query) in sorted(self.waited.items())
        ]
        return "; ".join(lines)
