"""The app, the table and the rows that all contestants work on: `lead`, 14 fields."""

from __future__ import annotations

import json
from typing import Any

import psycopg

STAGES = ("new", "contacted", "qualified", "proposal", "won", "lost")
SOURCES = ("web", "fair", "call", "referral")


def app_document(*, with_automation: bool = False) -> dict[str, Any]:
    """Entities `lead` (with the fitting index), `plain` (the same without) and `task`."""
    entities = [_lead("lead", indexed=True), _lead("plain", indexed=False), _lead("watched", indexed=False), _task()]
    automation = {
        "key": "follow",
        "label": "Task for a new lead",
        "entity": "watched",
        "mode": "parallel",
        "trigger": {"type": "change", "on": ["create"], "fire": "every"},
        "steps": [
            {"key": "make", "type": "create", "entity": "task", "values": {"name": {"expr": "{name}"}, "lead": {"expr": "{id}"}}}
        ],
    }
    return {
        "format": 1,
        "key": "bench",
        "label": "Bench",
        "entities": entities,
        "automations": [automation] if with_automation else [],
        "roles": [
            {
                "key": "rep",
                "label": "Rep",
                "grants": [
                    {"entity": name, "read": ["all"], "create": True, "update": ["all"], "delete": ["all"]}
                    for name in ("lead", "plain", "watched", "task")
                ],
            }
        ],
    }


def _lead(key: str, *, indexed: bool) -> dict[str, Any]:
    def choices(keys: tuple[str, ...]) -> dict[str, Any]:
        return {"choices": [{"key": each, "label": each.title()} for each in keys]}

    fields: list[dict[str, Any]] = [
        {"key": "name", "type": "text", "required": True},
        {"key": "company", "type": "text"},
        {"key": "phone", "type": "text"},
        {"key": "email", "type": "text"},
        {"key": "city", "type": "text"},
        {"key": "source", "type": "select", "options": choices(SOURCES)},
        {"key": "stage", "type": "select", "options": choices(STAGES)},
        {"key": "amount", "type": "currency"},
        {"key": "score", "type": "number"},
        {"key": "hot", "type": "boolean"},
        {"key": "next_follow_up_at", "type": "datetime"},
        {"key": "closes_on", "type": "date"},
        {"key": "owner", "type": "person"},
        {"key": "note", "type": "long_text"},
    ]
    indexes = [{"key": "by_stage", "fields": ["stage", "next_follow_up_at"]}] if indexed else []
    return {
        "key": key,
        "label": key.title(),
        "title_field": "name",
        "search_fields": ["name"],
        "fields": fields,
        "indexes": indexes,
    }


def _task() -> dict[str, Any]:
    fields = [{"key": "name", "type": "text"}, {"key": "lead", "type": "number"}]
    return {"key": "task", "label": "Task", "title_field": "name", "fields": fields}


def lead_values(number: int) -> dict[str, Any]:
    """One lead as the API takes it."""
    return {
        "name": f"Lead {number}",
        "company": f"Company {number % 977}",
        "phone": f"+86138{number % 10**8:08d}",
        "email": f"lead{number}@example.com",
        "city": f"City {number % 60}",
        "source": SOURCES[number % 4],
        "stage": STAGES[number % 6],
        "amount": f"{number % 5000}.50",
        "score": number % 100,
        "hot": number % 3 == 0,
        "next_follow_up_at": f"2026-{number % 12 + 1:02d}-{number % 28 + 1:02d}T08:00:00+00:00",
        "closes_on": f"2027-{number % 12 + 1:02d}-15",
        "note": "A note of a sentence or two, as people write them.",
    }


COLUMNS = tuple(lead_values(0))


def lead_json(number: int) -> bytes:
    """The same as a request body."""
    return json.dumps(lead_values(number)).encode()


FILL = """
INSERT INTO {table} (name, company, phone, email, city, source, stage, amount, score, hot, next_follow_up_at, closes_on,
                     owner, note, version, created_at, created_by, changed_at, changed_by)
SELECT 'Lead ' || n, 'Company ' || n %% 977, '+86138' || lpad(n::text, 8, '0'), 'lead' || n || '@example.com',
       'City ' || n %% 60, (array['web','fair','call','referral'])[n %% 4 + 1],
       (array['new','contacted','qualified','proposal','won','lost'])[(n * 7) %% 6 + 1], (n %% 5000) + 0.5, n %% 100, n %% 3 = 0,
       timestamptz '2026-01-01' + ((n::bigint * 7919) %% 525600) * interval '1 minute', date '2027-01-01' + (n %% 365)::int,
       %(user)s, 'A note of a sentence or two, as people write them.', 1, now(), %(user)s, now(), %(user)s
FROM generate_series(1, %(rows)s) n
"""


def fill(connection: psycopg.Connection[Any], table: str, rows: int, user: int) -> None:
    """Puts `rows` leads into an empty table of ours or of the floor."""
    connection.execute(FILL.format(table=table), {"rows": rows, "user": user})  # type: ignore[arg-type]
    connection.execute(f"VACUUM ANALYZE {table}")  # type: ignore[arg-type]


FLOOR_TABLE = """
CREATE SCHEMA IF NOT EXISTS floor;
CREATE TABLE floor.{name} (
  id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, name text, company text, phone text, email text, city text,
  source text, stage text, amount numeric, score numeric, hot boolean, next_follow_up_at timestamptz, closes_on date,
  owner bigint, note text, version bigint DEFAULT 1, created_at timestamptz DEFAULT now(), created_by bigint,
  changed_at timestamptz DEFAULT now(), changed_by bigint);
"""
FLOOR_INDEX = "CREATE INDEX ON floor.lead (stage, next_follow_up_at)"
