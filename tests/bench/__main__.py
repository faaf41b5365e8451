"""`make bench`: prints the table. Nothing here passes or fails; a missed goal is marked."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psycopg

from tests.bench import data, jobs, raw, requests
from tests.bench.loadgen import Load, run
from tests.bench.requests import CALLS, Call
from tests.bench.site import Site, conninfo, running_floor, running_site, set_up


@dataclass(frozen=True)
class Options:
    rows: int
    seconds: float
    repetitions: int
    only: str


def main() -> None:
    options = _options()
    requests.HIGHEST_ID = options.rows
    folder = Path(tempfile.mkdtemp(prefix="formloom-bench-"))
    folder.chmod(0o755)
    redis = os.environ.get("BENCH_REDIS_URL", "")
    extra = {"REDIS_URL": redis} if redis else {}
    try:
        with running_site(folder, **extra) as site:
            first_start = site.start_s
            prepare(site, folder, options.rows)
        with running_site(folder, **extra) as site:
            print(
                f"\nfirst start {first_start:.1f} s, warm start {site.start_s:.1f} s (goal 3), broker {'Redis' if redis else 'PostgreSQL'}"
            )
            site.key = (folder / "bench.key").read_text()
            warm_up(site)
            print(f"memory of all our processes when idle {site.pss_mib():.0f} MiB (goal 300)")
            measure(site, folder, options)
            print(f"memory after the load {site.pss_mib():.0f} MiB")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _options() -> Options:
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--only", default="", help="measure only rows whose name begins so")
    chosen = parser.parse_args()
    return Options(chosen.rows, chosen.seconds, chosen.repetitions, chosen.only)


def prepare(site: Site, folder: Path, rows: int) -> None:
    """The app, the floor's tables, and the same rows in both."""
    set_up(site)
    (folder / "bench.key").write_text(site.key)
    body = json.dumps({"app": data.app_document(with_automation=True), "base_version": 0}).encode()
    status, answer = site.call("PUT", "/api/v1/apps/bench", body)
    if status not in (200, 201):
        raise RuntimeError(f"the app was not accepted: {status} {answer[:2000]!r}")
    with psycopg.connect(conninfo(folder), autocommit=True) as connection:
        schema = connection.execute("SELECT schemaname FROM pg_tables WHERE tablename = 'bench__lead'").fetchall()[0][0]
        for name in ("lead", "plain"):
            connection.execute(data.FLOOR_TABLE.format(name=name))  # type: ignore[arg-type]
        connection.execute(data.FLOOR_INDEX)
        for table in (f"{schema}.bench__lead", f"{schema}.bench__plain", "floor.lead", "floor.plain"):
            data.fill(connection, table, rows, 1)


def warm_up(site: Site) -> None:
    """Some calls of each kind, so that every process has loaded what it needs."""
    for call in CALLS[:6]:
        run(site.port, call.ours(site.headers), connections=8, seconds=0.5)


def measure(site: Site, folder: Path, options: Options) -> None:
    database = conninfo(folder)
    print(
        f"\n{'call':28}{'conn':>5}{'ours/s':>10}{'p50 ms':>8}{'p95 ms':>8}{'floor/s':>10}{'raw SQL/s':>11}{'share':>8}{'goal':>7}"
    )
    with running_floor(database) as floor:
        for call in CALLS:
            if call.name.startswith(options.only):
                _measure_call(site, floor, database, call, options)
    if "import".startswith(options.only) or not options.only:
        _measure_import(site, database, options)
    if "automation".startswith(options.only) or not options.only:
        _measure_automation(site, database, options)


def _measure_call(site: Site, floor: int, database: str, call: Call, options: Options) -> None:
    ours_request = call.ours(site.headers)
    raw_rate = raw.rate(database, raw.WORKS[call.name], options.seconds / 2) if call.name in raw.WORKS else 0.0
    for connections in (1, 8):
        ours: list[Load] = []
        floors: list[Load] = []
        for _ in range(options.repetitions):  # by turns, so that both meet the same weather
            ours.append(run(site.port, ours_request, connections=connections, seconds=options.seconds))
            floors.append(run(floor, call.floor, connections=connections, seconds=options.seconds))
        _print_row(call, connections, ours, floors, raw_rate)


def _print_row(call: Call, connections: int, ours: Sequence[Load], floors: Sequence[Load], raw_rate: float) -> None:
    middle = sorted(ours, key=lambda load: load.rate)[len(ours) // 2]
    rate, floor_rate = middle.rate * call.rows, median(load.rate for load in floors) * call.rows
    share = rate / floor_rate
    goal = f"{call.goal:.2f}" if connections == 8 else ""
    missed = " missed" if connections == 8 and share < call.goal else ""
    errors = sum(len(load.errors) for load in (*ours, *floors))
    print(
        f"{call.name:28}{connections:5}{rate:10.0f}{middle.percentile(0.5):8.2f}{middle.percentile(0.95):8.2f}"
        f"{floor_rate:10.0f}{raw_rate:11.0f}{share:8.2f}{goal:>7}{missed}{f' ({errors} errors)' if errors else ''}",
        flush=True,
    )


def _measure_import(site: Site, database: str, options: Options) -> None:
    rows = min(options.rows, 100_000)
    copied = raw.copy_rate(database, rows)
    done = jobs.import_rate(site, rows)
    share = done.rows_s / copied
    print(
        f"CSV import of {rows} rows: {done.rows_s:.0f} rows/s, COPY {copied:.0f} rows/s, share {share:.3f} (goal 0.080"
        f"{', missed' if share < 0.08 else ''}), memory grew by {done.memory_growth_mib:.0f} MiB",
        flush=True,
    )


def _measure_automation(site: Site, database: str, options: Options) -> None:
    found = jobs.automation_rate(site, database, options.seconds * 2)
    goal = 0.2 if os.environ.get("BENCH_REDIS_URL") else 0.5
    print(
        f"automation: {found.creates_s:.0f} creates/s, {found.effects_s:.0f} effects/s (goal 300"
        f"{', missed' if found.effects_s < 300 else ''}), drained {found.drain_s:.2f} s after the last save; "
        f"lag p50 {found.lag_p50_s * 1000:.0f} ms, p95 {found.lag_p95_s * 1000:.0f} ms (goal {goal * 1000:.0f}"
        f"{', missed' if found.lag_p95_s > goal else ''})",
        flush=True,
    )


if __name__ == "__main__":
    main()
