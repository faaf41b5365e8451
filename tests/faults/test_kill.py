"""kill -9 at random instants while people save: nothing is lost and nothing is done twice.

Every save carries a number. At the end the ledger must balance: as many leads, runs, tasks, marks and messages as saves
that were answered with 201, each number once; and every mail arrived at least once under its own Message-ID.
"""

from __future__ import annotations

import http.client
import os
import random
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import orjson
import pytest

from tests.faults.conftest import Ledger, Mailbox
from tests.faults.processes import FORMLOOM, Part, Redis, free_port, wait_until

WRITERS = 3
SETTLED_WITHIN_S = 240


class Writers:
    """Threads that save numbered leads over HTTP and repeat each until it is answered with 201."""

    def __init__(self, ledger: Ledger, port: int, wanted: Callable[[], bool]) -> None:
        self.saved: list[int] = []
        self.repeated = 0
        self._ledger, self._port, self._wanted = ledger, port, wanted
        self._numbers = count(1)
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._write, daemon=True) for _ in range(WRITERS)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(120)
            assert not thread.is_alive(), "a writer never got its answer"

    def _write(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        while self._wanted():
            with self._lock:
                number = next(self._numbers)
            while not self._save(connection, number):
                self.repeated += 1
                connection.close()
                time.sleep(0.05)
            with self._lock:
                self.saved.append(number)

    def _save(self, connection: http.client.HTTPConnection, number: int) -> bool:
        body = orjson.dumps({"name": f"L{number}", "score": number, "owner": self._ledger.place.admin_id})
        headers = {
            "Authorization": f"Bearer {self._ledger.key}",
            "Content-Type": "application/json",
            "Idempotency-Key": f"save-{number}",
        }
        try:
            connection.request("POST", "/api/v1/records/sales.lead", body, headers)
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            return False
        assert answer.status in (201, 500, 502, 503), (answer.status, text)
        return answer.status == 201


@contextmanager
def site(ledger: Ledger, mailbox: Mailbox, folder: Path, redis_url: str = "") -> Iterator[tuple[Part, Part]]:
    """The web and worker parts, running."""
    port = free_port()
    environment = {
        **os.environ,
        "DATABASE_URL": ledger.url,
        "FORMLOOM_DATA_DIR": str(folder / "data"),
        "PORT": str(port),
        "WEB_WORKERS": "1",
        "WEB_THREADS": "3",
        "WORKER_THREADS": "2",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(mailbox.port),
        "SMTP_FROM": "forms@example.com",
        "SMTP_STARTTLS": "no",
        "LOG_LEVEL": "warning",
        "REDIS_URL": redis_url,
    }
    web = Part((sys.executable, FORMLOOM, "web"), environment, folder / "web.log", port)
    worker = Part((sys.executable, FORMLOOM, "worker"), environment, folder / "worker.log")
    try:
        web.start()
        worker.start()
        yield web, worker
    finally:
        worker.stop()
        web.stop()


def kill_now_and_then(part: Part, times: int, pause: tuple[float, float], chance: random.Random) -> threading.Thread:
    """A thread that kills and restarts a part so many times, at random instants."""

    def work() -> None:
        for _ in range(times):
            time.sleep(chance.uniform(*pause))
            part.kill()
            part.start()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def check_ledger(ledger: Ledger, mailbox: Mailbox, saved: list[int]) -> None:
    """Waits until everything has come to rest, then balances the books."""
    tenths = [number for number in saved if number % 10 == 0]

    def settled() -> bool:
        (done,) = ledger.scalars("SELECT count(*) FROM formloom.run WHERE state = 'done'")
        (sent,) = ledger.scalars("SELECT count(*) FROM formloom.effect WHERE state = 'sent'")
        return bool(done >= 2 * len(saved) and sent >= len(tenths))

    def state() -> dict[str, object]:
        counted = "SELECT state || ' ' || coalesce(reason, '') || ' ' || count(*) FROM formloom.run GROUP BY state, reason"
        return {
            "saved": len(saved),
            "runs": ledger.scalars(counted),
            "effects": ledger.scalars(
                "SELECT state || ' ' || coalesce(error, '') || ' ' || count(*) FROM formloom.effect GROUP BY state, error"
            ),
            "unmatched": ledger.scalars("SELECT count(*) FROM formloom.change WHERE matched_at IS NULL"),
            "paused": ledger.scalars("SELECT paused_reason FROM formloom.automation_state"),
        }

    wait_until(settled, SETTLED_WITHIN_S, "all runs and mails", state)
    expected = sorted(saved)
    assert sorted(map(int, ledger.scalars("SELECT score FROM WS.sales__lead"))) == expected
    assert sorted(map(int, ledger.scalars("SELECT number FROM WS.sales__task"))) == expected
    assert ledger.scalars("SELECT DISTINCT version FROM WS.sales__lead WHERE done") == [2]
    assert ledger.scalars("SELECT DISTINCT state || version FROM WS.sales__task") == ["closed2"]
    assert ledger.scalars("SELECT DISTINCT state FROM formloom.run") == ["done"]
    assert sorted(ledger.scalars("SELECT title FROM formloom.notification")) == sorted(f"N{number}" for number in expected)
    counts = {
        row: number
        for row in ("create", "update")
        for number in ledger.scalars("SELECT count(*) FROM formloom.change WHERE op = :op", op=row)
    }
    assert counts == {"create": 2 * len(expected), "update": 2 * len(expected)}
    assert ledger.scalars("SELECT count(*) FROM formloom.change WHERE matched_at IS NULL") == [0]
    assert sorted(ledger.scalars("SELECT payload->>'subject' FROM formloom.effect")) == sorted(f"M{number}" for number in tenths)
    assert len(mailbox.received) == len(tenths)


@pytest.mark.timeout(600)
def test_kill_9_of_web_and_worker(ledger: Ledger, mailbox: Mailbox, tmp_path: Path) -> None:
    chance = random.Random(20260302)
    killers: list[threading.Thread] = []
    saves, kills = int(os.environ.get("FAULT_SAVES", "2000")), int(os.environ.get("FAULT_KILLS", "21"))

    def wanted() -> bool:
        return len(writers.saved) < saves or any(thread.is_alive() for thread in killers)

    with site(ledger, mailbox, tmp_path) as (web, worker):
        writers = Writers(ledger, web.port, wanted)
        killers += [
            kill_now_and_then(worker, kills * 3 // 4 + 1, (0.8, 2.5), chance),
            kill_now_and_then(web, kills // 4, (0.5, 2.0), chance),
        ]
        writers.start()
        for thread in killers:
            thread.join(200)
        writers.join()
        assert web.kills + worker.kills >= kills - 1
        assert len(writers.saved) >= saves
        check_ledger(ledger, mailbox, writers.saved)


@pytest.mark.timeout(400)
@pytest.mark.skipif(shutil.which("redis-server") is None, reason="no redis-server on this machine")
def test_redis_comes_and_goes(ledger: Ledger, mailbox: Mailbox, tmp_path: Path) -> None:
    """With Redis as broker: it is killed (all messages gone) and the worker too; nobody's save fails for it."""
    chance = random.Random(7)
    redis = Redis(free_port(), tmp_path)
    redis.start()
    try:
        with site(ledger, mailbox, tmp_path, redis.url) as (web, worker):
            writers = Writers(ledger, web.port, lambda: len(writers.saved) < 400)
            writers.start()
            for number in (100, 200, 300):
                wait_until(lambda number=number: len(writers.saved) >= number, 240, "saves")
                redis.kill()
                if number == 200:
                    worker.kill()
                    worker.start()
                time.sleep(chance.uniform(0.1, 1.0))
                redis.start()
            writers.join()
            assert writers.repeated == 0
            check_ledger(ledger, mailbox, writers.saved)
    finally:
        redis.kill()
