"""The physical limit: hand-written Flask routes with psycopg and orjson, no rights, no checks, no history.

Run as `python -m tests.bench.floor PORT CONNINFO WORKERS THREADS`; served by the same server as ours.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any

import orjson
import psycopg
from flask import Flask, Response, request
from psycopg.rows import dict_row

from runtime.settings import Settings
from web.serve import serve

COLUMNS = (
    "id, name, company, phone, email, city, source, stage, amount, score, hot, next_follow_up_at, closes_on, owner, note, "
    "version, created_at, created_by, changed_at, changed_by"
)
FIELDS = [
    "name",
    "company",
    "phone",
    "email",
    "city",
    "source",
    "stage",
    "amount",
    "score",
    "hot",
    "next_follow_up_at",
    "closes_on",
    "note",
]
LIST = f"SELECT {COLUMNS} FROM floor.{{table}} WHERE stage = %s AND amount > %s ORDER BY next_follow_up_at, id LIMIT 50"
COUNT = "SELECT count(*) AS n FROM floor.{table} WHERE stage = %s AND amount > %s"
AGGREGATE = "SELECT stage, count(*) AS count, sum(amount) AS sum FROM floor.lead GROUP BY stage"
INSERT = f"INSERT INTO floor.{{table}} ({', '.join(FIELDS)}) VALUES ({', '.join(['%s'] * len(FIELDS))}) RETURNING {COLUMNS}"
UPDATE = f"UPDATE floor.lead SET score = %s, version = version + 1, changed_at = now() WHERE id = %s RETURNING {COLUMNS}"


def answer(value: object, status: int = 200) -> Response:
    return Response(orjson.dumps(value, default=str), status, mimetype="application/json")


def create_app(conninfo: str) -> Flask:
    """The routes; each thread opens a connection of its own, after the fork."""
    app = Flask(__name__)
    mine = threading.local()

    def query(sql: str, values: Any) -> list[dict[str, Any]]:
        if not hasattr(mine, "connection"):
            mine.connection = psycopg.connect(conninfo, row_factory=dict_row, autocommit=True)
        return mine.connection.execute(sql, values).fetchall()  # type: ignore[no-any-return]

    @app.get("/lead/<int:record>")
    def get(record: int) -> Response:
        return answer(query(f"SELECT {COLUMNS} FROM floor.lead WHERE id = %s", (record,))[0])

    @app.get("/<any(lead, plain):table>")
    def listing(table: str) -> Response:
        values = (request.args["stage"], request.args["amount"])
        found: dict[str, Any] = {"records": query(LIST.format(table=table), values)}
        if "count" in request.args:
            found["count"] = query(COUNT.format(table=table), values)[0]["n"]
        return answer(found)

    @app.get("/aggregate")
    def aggregate() -> Response:
        return answer(query(AGGREGATE, ()))

    @app.post("/<any(lead, plain):table>")
    def create(table: str) -> Response:
        body = orjson.loads(request.get_data())
        return answer(query(INSERT.format(table=table), [body[name] for name in FIELDS])[0], 201)

    @app.post("/bulk")
    def bulk() -> Response:
        rows = orjson.loads(request.get_data())["records"]
        row = f"({', '.join(['%s'] * len(FIELDS))})"
        sql = f"INSERT INTO floor.plain ({', '.join(FIELDS)}) VALUES {', '.join([row] * len(rows))} RETURNING id"
        found = query(sql, [each[name] for each in rows for name in FIELDS])
        return answer({"records": [each["id"] for each in found]}, 201)

    @app.patch("/lead/<int:record>")
    def update(record: int) -> Response:
        body = orjson.loads(request.get_data())
        return answer(query(UPDATE, (body["score"], record))[0])

    return app


def main() -> None:
    port, conninfo, workers, threads = sys.argv[1:5]
    settings = Settings(data_dir=Path(), port=int(port), web_workers=int(workers), web_threads=int(threads))
    serve(settings, lambda: create_app(conninfo))


if __name__ == "__main__":
    main()
