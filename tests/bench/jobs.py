"""The measures that are not one request: import of a file, automation, start and memory."""

from __future__ import annotations

import csv
import io
import json
import threading
import time
from dataclasses import dataclass
from typing import Any

import psycopg

from tests.bench.data import COLUMNS, lead_json, lead_values
from tests.bench.loadgen import Load, http_request, once, run
from tests.bench.site import Site

_BOUNDARY = "formloom-bench-boundary"


def csv_file(rows: int) -> bytes:
    """A file of leads with the fields' keys as header."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for number in range(rows):
        writer.writerow(lead_values(number).values())
    return out.getvalue().encode()


@dataclass(frozen=True)
class ImportResult:
    rows_s: float
    memory_growth_mib: float


def import_rate(site: Site, rows: int) -> ImportResult:
    """Uploads a file, waits until the import is done, watches the memory meanwhile."""
    before = site.pss_mib()
    peak = before
    begin = time.perf_counter()
    status, body = once(site.port, _upload(site, csv_file(rows)))
    if status != 202:
        raise RuntimeError(f"import: {status} {body[:500]!r}")
    batch = json.loads(body)["id"]
    while True:
        state = json.loads(site.call("GET", f"/api/v1/imports/{batch}")[1])
        peak = max(peak, site.pss_mib())
        if state["state"] in ("done", "failed"):
            break
        time.sleep(0.1)
    if state["state"] != "done" or state["created"] != rows:
        raise RuntimeError(f"import: {state}")
    return ImportResult(rows / (time.perf_counter() - begin), peak - before)


def _upload(site: Site, content: bytes) -> bytes:
    parts = b""
    for name, value in (("entity", "bench.plain"), ("mode", "create")):
        parts += f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
    parts += f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="leads.csv"\r\n'.encode()
    parts += b"Content-Type: text/csv\r\n\r\n" + content + f"\r\n--{_BOUNDARY}--\r\n".encode()
    headers = {"Authorization": f"Bearer {site.key}", "Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"}
    return http_request("POST", "/api/v1/imports", body=parts, headers=headers)


@dataclass(frozen=True)
class AutomationResult:
    creates_s: float
    effects_s: float
    drain_s: float
    lag_p50_s: float
    lag_p95_s: float


def automation_rate(site: Site, conninfo: str, seconds: float) -> AutomationResult:
    """Creates leads at full speed on 8 connections, each of which makes a task; then lag when nothing else happens."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        tasks = _Tasks(connection)
        begin = time.perf_counter()
        load = _create_leads(site, seconds)
        wanted = len(load.times_ms)
        created_at = time.perf_counter()
        while tasks.count() < wanted:
            if time.perf_counter() - created_at > 180:
                raise RuntimeError(f"only {tasks.count()} of {wanted} effects came")
            time.sleep(0.02)
        end = time.perf_counter()
        lags = _lags(site, tasks)
    return AutomationResult(
        load.rate, wanted / (end - begin), end - created_at, lags[len(lags) // 2], lags[int(len(lags) * 0.95)]
    )


class _Tasks:
    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._table = connection.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE tablename = 'bench__task'"
        ).fetchall()[0][0]

    def count(self) -> int:
        return int(self._connection.execute(f"SELECT count(*) FROM {self._table}").fetchall()[0][0])  # type: ignore[arg-type]


def _create_leads(site: Site, seconds: float) -> Load:
    def request(number: int) -> bytes:
        return http_request("POST", "/api/v1/records/bench.watched", body=lead_json(number), headers=site.headers)

    return run(site.port, request, connections=8, seconds=seconds)


def _lags(site: Site, tasks: _Tasks, times: int = 40) -> list[float]:
    """From the answer to a save until its effect can be seen, with 20 saves a second by others."""
    stop = threading.Event()

    def others() -> None:
        while not stop.wait(0.05):
            site.call("POST", "/api/v1/records/bench.plain", lead_json(1))

    helper = threading.Thread(target=others)
    helper.start()
    lags = []
    for number in range(times):
        before = tasks.count()
        site.call("POST", "/api/v1/records/bench.watched", lead_json(number))
        begin = time.perf_counter()
        while tasks.count() == before:
            time.sleep(0.002)
        lags.append(time.perf_counter() - begin)
        time.sleep(0.05)
    stop.set()
    helper.join()
    return sorted(lags)
