"""Changes definitions of a table with a million rows while people read and write it, and tells what they noticed.

    python -m tests.proofs.type_change --rows 1000000

Everything goes over HTTP to a real site: readers and writers by the API, the changes by the designer. Nothing here passes or fails
by the clock; wrong data, a 5xx or a lost write ends it with status 1.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg

from tests.bench import data
from tests.bench.site import EMAIL, PASSWORD, Site, conninfo, running_site, set_up
from tests.proofs.admin import Admin
from tests.proofs.clients import Client, Reader, Writer, summary
from tests.proofs.locks import Watch

FIELDS = "entities/lead/fields"
DOCUMENT_FIELD = {"key": "code", "type": "text", "label": "Code"}


@dataclass
class Proof:
    """The site under load. wrong: what must not have happened."""

    site: Site
    database: str
    admin: Admin
    rows: int
    clients: list[Client] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def table(self) -> str:
        return f"ws_{self.value('SELECT key FROM formloom.workspace')}.bench__lead"

    def value(self, statement: str) -> Any:
        with psycopg.connect(self.database, autocommit=True) as connection:
            row = connection.execute(statement).fetchone()  # type: ignore[arg-type]
            return row[0] if row else None

    def quiet(self, seconds: float) -> None:
        """The same load without a change, to compare with."""
        begin = time.time()
        time.sleep(seconds)
        self.report("load alone", begin, time.time(), "")

    def step(self, name: str, work: Callable[[], None], middle: Callable[[], None] | None = None) -> None:
        """A change, until nothing is left to do; `middle` is done while the work is under way."""
        watch = Watch(self.database, "bench__lead")
        watch.start()
        begin = time.time()
        work()
        answered = time.time()
        if middle is not None:
            middle()
        self.wait_for_jobs()
        end = time.time()
        watch.stop()
        self.report(f"{name} (answer after {answered - begin:.1f} s, done after {end - begin:.1f} s)", begin, end, watch.text())

    def wait_for_jobs(self) -> None:
        """Until no job is open."""
        open_jobs = "SELECT count(*) FROM formloom.schema_job WHERE state IN ('waiting', 'running')"
        while self.value(open_jobs):
            time.sleep(0.2)
        failed = self.value("SELECT string_agg(kind || ': ' || error, '; ') FROM formloom.schema_job WHERE state = 'failed'")
        if failed:
            self.wrong.append(f"a job has failed: {failed}")

    def report(self, name: str, begin: float, end: float, more: str) -> None:
        readers = summary([each for each in self.clients if isinstance(each, Reader)], begin, end)
        writers = summary([each for each in self.clients if isinstance(each, Writer)], begin, end)
        load = os.getloadavg()[0]
        print(f"\n{name}; machine load {load:.1f}")
        for who, found in (("reads", readers), ("writes", writers)):
            print(
                f"  {who:7}{found.calls:7} calls  p50 {found.p50:6.1f}  p99 {found.p99:6.1f}  longest {found.longest:6.0f} ms  errors {found.errors}"
            )
        if more:
            print(f"  locks: {more}")
        sys.stdout.flush()

    def kill_worker(self) -> None:
        """kill -9 of the worker in the middle of the rows; the supervisor starts another one, which goes on."""
        share = (
            "SELECT coalesce(max(done::float / nullif(total, 0)), 1) FROM formloom.schema_job"
            " WHERE kind = 'convert' AND state IN ('waiting', 'running')"
        )
        while (found := self.value(share)) < 0.33:
            time.sleep(0.05)
        if found > 0.8:
            self.wrong.append(f"the worker was to be killed in the middle, and was at {found:.0%}")
        parts = [each for each in psutil.Process(self.site.process.pid).children() if each.name() == "formloom"]
        worker = max(parts, key=lambda each: each.pid)  # web is started first
        worker.kill()
        print(f"  (killed the worker, process {worker.pid}, at {found:.0%})")


def main() -> None:
    parser = argparse.ArgumentParser(prog="make proof")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--readers", type=int, default=4)
    parser.add_argument("--writers", type=int, default=2)
    parser.add_argument("--only", default="", help="steps whose name begins so, separated by commas")
    chosen = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="formloom-proof-"))
    folder.chmod(0o755)
    try:
        with prepared(folder, chosen.rows) as proof:
            go(proof, chosen)
            wrong = proof.wrong
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print("\n" + ("\n".join(f"WRONG: {each}" for each in wrong) or "Nothing was lost, no call failed."))
    sys.exit(bool(wrong))


@contextlib.contextmanager
def prepared(folder: Path, rows: int) -> Iterator[Proof]:
    """A site with the app and its rows."""
    with running_site(folder) as site:
        set_up(site)
        document = data.app_document()
        document["entities"] = [each for each in document["entities"] if each["key"] in ("lead", "task")]
        document["entities"][0]["fields"].append(DOCUMENT_FIELD)
        document["roles"][0]["grants"] = [each for each in document["roles"][0]["grants"] if each["entity"] in ("lead", "task")]
        status, answer = site.call("PUT", "/api/v1/apps/bench", data.json.dumps({"app": document, "base_version": 0}).encode())
        if status not in (200, 201):
            raise RuntimeError(f"the app was not accepted: {status} {answer[:2000]!r}")
        database = conninfo(folder)
        proof = Proof(site, database, Admin(site.port, EMAIL, PASSWORD), rows)
        with psycopg.connect(database, autocommit=True) as connection:
            data.fill(connection, proof.table, rows, 1)
            connection.execute(f"UPDATE {proof.table} SET code = id::text")  # type: ignore[arg-type]
            connection.execute(f"UPDATE {proof.table} SET code = 'none' WHERE id % 1000 = 0")  # type: ignore[arg-type]
            connection.execute(f"VACUUM ANALYZE {proof.table}")  # type: ignore[arg-type]
        print(f"{rows} rows, {os.cpu_count()} cores", flush=True)
        yield proof


def go(proof: Proof, chosen: argparse.Namespace) -> None:
    """Load alone, each change under load, load alone again."""
    headers = proof.site.headers
    own = proof.rows // 2
    readers = [Reader(proof.site.port, headers, number, proof.rows) for number in range(chosen.readers)]
    parts = [range(own + number * 1000, own + (number + 1) * 1000) for number in range(chosen.writers)]
    writers = [Writer(proof.site.port, headers, 100 + number, part) for number, part in enumerate(parts)]
    proof.clients = [*readers, *writers]
    for each in proof.clients:
        each.start()
    proof.quiet(5)  # everything is loaded once
    proof.quiet(20)
    for name, step in STEPS.items():
        if name.startswith(tuple(chosen.only.split(","))):
            step(proof)
    proof.quiet(15)
    for each in proof.clients:
        each.stop()
    for each in proof.clients:
        each.join()
        proof.wrong += [trouble for trouble in each.troubles if not trouble.split(": ")[1].startswith("404")]


def publish(proof: Proof, name: str, *acts: dict[str, Any], middle: Callable[[], None] | None = None) -> None:
    """Acts and their publication, as one step."""

    def work() -> None:
        proof.admin.change("bench", *acts)
        proof.admin.publish("bench")

    proof.step(name, work, middle)


def add_field(proof: Proof) -> None:
    value = {"key": "extra", "type": "text", "label": "Extra"}
    publish(proof, "add a field", {"op": "add", "path": FIELDS, "value": value})


def add_relation(proof: Proof) -> None:
    value = {"key": "task", "type": "relation", "label": "Task", "options": {"to": "task"}}
    publish(proof, "add a relation", {"op": "add", "path": FIELDS, "value": value})


def add_number(proof: Proof) -> None:
    value = {"key": "number", "type": "auto_number", "label": "Number", "options": {"pattern": "L-{0000000}"}}
    publish(proof, "add a running number", {"op": "add", "path": FIELDS, "value": value})


def add_formula(proof: Proof) -> None:
    value = {"key": "loud", "type": "formula", "label": "Loud", "options": {"expression": "UPPER({city})", "result": "text"}}
    publish(proof, "add a formula", {"op": "add", "path": FIELDS, "value": value})


def add_index(proof: Proof) -> None:
    value = {"key": "by_city", "fields": ["city", "closes_on"]}
    publish(proof, "add an index", {"op": "add", "path": "entities/lead/indexes", "value": value})


def change_type(proof: Proof) -> None:
    """text -> number, every value another one; the worker is killed on the way. Then back from the trash."""
    acts = [{"op": "set", "path": f"{FIELDS}/code/type", "value": "number"}]
    publish(proof, "change the type: text to number", *acts, middle=proof.kill_worker)
    kind = proof.value(f"SELECT pg_typeof(code)::text FROM {proof.table} LIMIT 1")
    if kind != "numeric":
        proof.wrong.append(f"the column is {kind}")
    lost = proof.value(f"SELECT count(*) FROM {proof.table} WHERE code IS NULL AND id % 1000 = 0 AND id <= {proof.rows}")
    print(f"  rows whose text was no number, now empty: {lost}")
    check(proof, "code::bigint::text")


def take_back(proof: Proof) -> None:
    item = proof.value("SELECT id FROM formloom.trash_item WHERE field = 'code' ORDER BY id DESC LIMIT 1")

    def work() -> None:
        for _ in range(20):
            status, answer = proof.site.call("POST", f"/api/v1/trash/{item}/restore")
            if status in (200, 202):
                return
        proof.wrong.append(f"restore: {status} {answer[:500]!r}")

    proof.step("take the old column back", work)
    kind = proof.value(f"SELECT pg_typeof(code)::text FROM {proof.table} LIMIT 1")
    if kind != "text":
        proof.wrong.append(f"the column is {kind}")
    check(proof, "code")


def remove_field(proof: Proof) -> None:
    publish(proof, "remove a field", {"op": "remove_field", "path": f"{FIELDS}/email"})


STEPS: dict[str, Callable[[Proof], None]] = {
    "add_field": add_field, "add_relation": add_relation, "add_number": add_number, "add_formula": add_formula, "add_index": add_index,
    "change_type": change_type, "take_back": take_back, "remove_field": remove_field,
}  # fmt: skip


def confirmed(writers: list[Writer]) -> dict[int, dict[str, str] | None]:
    """What the site has confirmed of each record so far."""
    return {
        identity: dict(values) if values else values
        for each in writers
        for identity, values in list(each.share.confirmed.items())
    }


def check(proof: Proof, shown: str) -> None:
    """Every write that was confirmed is there; all other rows hold what they held."""
    writers = [each for each in proof.clients if isinstance(each, Writer)]
    before = confirmed(writers)
    with psycopg.connect(proof.database, autocommit=True) as connection:
        statement = f"SELECT id, {shown}, city, deleted_at IS NOT NULL FROM {proof.table} WHERE id = ANY (%(ids)s)"
        rows = connection.execute(statement, {"ids": list(before)}).fetchall()  # type: ignore[arg-type]
        time.sleep(1)
        after = confirmed(writers)
        busy = {identity for each in writers for identity in list(each.share.doubtful)}
        wrong = 0
        for identity, code, city, is_gone in rows:
            values = before[identity]
            if identity in busy or after[identity] != values:
                continue  # written again meanwhile
            if (values is None) != is_gone or (values and (values.get("code", code) != code or values.get("city", city) != city)):
                wrong += 1
                proof.wrong.append(f"record {identity} holds {code!r}, {city!r}, confirmed was {values}")
        others = f"SELECT count(*) FROM {proof.table} WHERE id <= {proof.rows} AND id % 1000 <> 0 AND {shown} IS DISTINCT FROM id::text"
        changed = connection.execute(others + " AND version = 1").fetchone()  # type: ignore[arg-type]
    if changed and changed[0]:
        proof.wrong.append(f"{changed[0]} rows that nobody has touched hold something else")
    print(
        f"  {len(rows)} records written by clients looked at, {wrong} wrong; untouched rows wrong: {changed[0] if changed else '?'}"
    )


if __name__ == "__main__":
    main()
