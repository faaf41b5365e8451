"""A migrated database, a workspace whose automations write a ledger, a mail server that counts."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller

from runtime.db import make_engine
from runtime.people import issue_api_key
from tests.conftest import _create_statement, migrate
from tests.factories import Place, install, make_place
from tests.faults.processes import free_port
from tests.runtime.automations.sales_app import sales


@dataclass
class Ledger:
    """The database of the site under test, an API key, and what its automations must have done."""

    url: str
    engine: sa.Engine
    place: Place
    key: str

    def scalars(self, text: str, **values: Any) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.scalars(sa.text(text.replace("WS", self.place.workspace.schema)), values))


@dataclass
class Mailbox:
    """Mails by Message-ID with how often each came."""

    port: int
    received: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:
        from email import message_from_bytes

        with self._lock:
            self.received[str(message_from_bytes(envelope.content)["Message-ID"])] += 1
        return "250 OK"


def ledger_automations() -> list[dict[str, Any]]:
    """For each new lead: a task with the lead's number (unique, so a second one would fail), a mark, a message; some mails."""
    number = {"expr": "{score}"}
    task = {"title": {"template": "T{{score}}"}, "number": number, "lead": {"expr": "{id}"}, "due": {"expr": "TODAY()"}}
    mail = {"key": "mail", "type": "notify", "to": ["owner"], "channels": ["email"], "title": "M{{score}}", "body": "{{name}}"}
    tenth = {"key": "tenth", "condition": {"expr": "MOD({score}, 10) = 0"}, "steps": [mail]}
    return [
        {
            "key": "book",
            "label": "book",
            "entity": "lead",
            "trigger": {"type": "change", "on": ["create"]},
            "steps": [
                {"key": "task", "type": "create", "entity": "task", "values": task},
                {"key": "mark", "type": "set", "values": {"done": True}},
                {"key": "tell", "type": "notify", "to": ["owner"], "title": "N{{score}}"},
                {"key": "some", "type": "branch", "arms": [tenth]},
            ],
        },
        {
            "key": "chain",
            "label": "chain",
            "entity": "task",
            "trigger": {"type": "change"},
            "condition": {"field": "state", "op": "is_empty"},
            "steps": [{"key": "close", "type": "set", "values": {"state": "closed"}}],
        },
    ]


@pytest.fixture
def ledger(server_url: str) -> Iterator[Ledger]:
    """A database of its own: processes of the site commit in it, and it goes with them."""
    name = f"formloom_faults_{os.getpid()}"
    maintenance = sa.create_engine(server_url, isolation_level="AUTOCOMMIT")
    with maintenance.connect() as connection:
        connection.execute(sa.text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        connection.execute(sa.text(_create_statement(connection, name)))
    url = sa.make_url(server_url).set(database=name).render_as_string(hide_password=False)
    migrate(url)
    engine = make_engine(url)
    with engine.begin() as connection:
        place = make_place(connection)
        install(connection, place, sales(*ledger_automations()))
        key = issue_api_key(connection, place.workspace.id, place.admin_id).secret
    yield Ledger(url, engine, place, key)
    engine.dispose()
    with maintenance.connect() as connection:
        connection.execute(sa.text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
    maintenance.dispose()


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox(free_port())
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    yield box
    controller.stop()
