"""The measured calls: each as ours, as the floor's, and as the raw statement."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from tests.bench.data import STAGES, lead_json, lead_values
from tests.bench.loadgen import Request, http_request

BULK_ROWS = 1000
_RANDOM = random.Random(7)
HIGHEST_ID = 100_000
"""Ids are picked up to here; set to the number of rows before measuring."""
_JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Call:
    """One row of the table. `goal`: ours as a share of the floor at 8 connections."""

    name: str
    ours: Callable[[dict[str, str]], Request]
    floor: Request
    goal: float
    rows: int = 1


def _filter(number: int) -> tuple[str, int]:
    return STAGES[number % 6], 1000 + number % 50


def _list(entity: str, extra: str = "") -> Callable[[dict[str, str]], Request]:
    def build(headers: dict[str, str]) -> Request:
        def request(number: int) -> bytes:
            stage, amount = _filter(number)
            tree = {"all": [{"field": "stage", "op": "is", "value": stage}, {"field": "amount", "op": "gt", "value": amount}]}
            query = f"filter={quote(json.dumps(tree))}&sort=next_follow_up_at&limit=50{extra}"
            return http_request("GET", f"/api/v1/records/bench.{entity}?{query}", headers=headers)

        return request

    return build


def _floor_list(table: str, extra: str = "") -> Request:
    def request(number: int) -> bytes:
        stage, amount = _filter(number)
        return http_request("GET", f"/{table}?stage={stage}&amount={amount}{extra}")

    return request


def _get(path: str) -> Callable[[dict[str, str]], Request]:
    return lambda headers: lambda number: http_request("GET", path + str(_RANDOM.randrange(1, HIGHEST_ID)), headers=headers)


def _post(path: str, body: Callable[[int], bytes]) -> Callable[[dict[str, str]], Request]:
    return lambda headers: lambda number: http_request("POST", path, body=body(number), headers=headers)


def _patch(path: str) -> Callable[[dict[str, str]], Request]:
    def build(headers: dict[str, str]) -> Request:
        def request(number: int) -> bytes:
            body = json.dumps({"score": (number * 31) % 100_000}).encode()
            return http_request("PATCH", path + str(_RANDOM.randrange(1, HIGHEST_ID)), body=body, headers=headers)

        return request

    return build


def bulk_json(number: int) -> bytes:
    """A thousand leads in one body."""
    return json.dumps({"records": [lead_values(number * BULK_ROWS + each) for each in range(BULK_ROWS)]}).encode()


_AGGREGATE = json.dumps({"group": ["stage"], "measures": [{"op": "count"}, {"op": "sum", "field": "amount"}]}).encode()
_API = "/api/v1/records/bench."

CALLS = (
    Call("get", _get(f"{_API}lead/"), _get("/lead/")({}), 0.4),
    Call("list, index", _list("lead"), _floor_list("lead"), 0.5),
    Call("list, no index", _list("plain"), _floor_list("plain"), 0.5),
    Call("list with count, index", _list("lead", "&count=exact"), _floor_list("lead", "&count=1"), 0.85),
    Call("list with count, no index", _list("plain", "&count=exact"), _floor_list("plain", "&count=1"), 0.85),
    Call("aggregate", _post(f"{_API}lead/aggregate", lambda _: _AGGREGATE), _get("/aggregate?")({}), 0.9),
    Call("update", _patch(f"{_API}lead/"), _patch("/lead/")(_JSON), 0.25),
    Call("create", _post(f"{_API}lead", lead_json), _post("/lead", lead_json)(_JSON), 0.3),
    Call("bulk create", _post(f"{_API}plain", bulk_json), _post("/bulk", bulk_json)(_JSON), 0.5, BULK_ROWS),
)
