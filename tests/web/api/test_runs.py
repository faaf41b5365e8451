"""Runs and automations over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from runtime.automations.pump import pump_once
from runtime.db import make_engine
from tests.web.api.conftest import Call

PROJECT = "/records/studio.project"


@pytest.fixture(scope="module")
def pump(database_url: str) -> Callable[[], None]:
    """Does what the worker would do."""
    engine: sa.Engine = make_engine(database_url)
    return lambda: pump_once(engine) and None


def create(call: Call, path: str, **values: Any) -> int:
    answer = call("POST", path, json=values)
    assert answer.status_code == 201, answer.text
    return int(answer.get_json()["id"])


@pytest.fixture(scope="module")
def reviewed(call: Call, pump: Callable[[], None]) -> int:
    """A project that went into review, with what its automation made of it."""
    project = create(
        call,
        PROJECT,
        name="Bridge",
        stage="draft",
        budget="5000",
        due="2030-01-01",
        company=create(call, "/records/directory.company", name="Acme"),
    )
    for stage in ("active", "review"):
        answer = call("POST", f"{PROJECT}/{project}/move", json={"to": stage})
        assert answer.status_code == 200, answer.text
    pump()
    return project


def test_runs_are_found_by_record_and_state_and_have_a_trace(call: Call, reviewed: int) -> None:
    answer = call("GET", f"/runs?automation=studio.on_review&record=studio.project:{reviewed}").get_json()
    (run,) = answer["runs"]
    assert (run["state"], run["reason"]) == ("stopped", "small project")
    assert call("GET", "/runs?automation=studio.on_review&state=failed").get_json()["runs"] == []
    one = call("GET", f"/runs/{run['id']}").get_json()
    assert [step["step"] for step in one["steps"]] == ["condition", "log", "size", "enough"]
    assert call("POST", f"/runs/{run['id']}/retry").status_code == 409


def test_explain_test_and_backtest(call: Call, reviewed: int) -> None:
    told = call("GET", f"/automations/studio.on_review/explain?record={reviewed}").get_json()
    assert told["condition"]["holds"] is True
    tried = call("POST", "/automations/studio.on_review/test", json={"record": reviewed}).get_json()
    assert (tried["state"], tried["changes"][0]["entity"]) == ("stopped", "directory.activity")
    assert call("POST", "/automations/studio.on_review/backtest", json={"days": 7}).get_json()["total"] == 1


def test_automations_tell_their_state_and_can_be_switched(call: Call) -> None:
    listed = {each["automation"]: each["state"] for each in call("GET", "/automations").get_json()["automations"]}
    assert listed["studio.overdue"] == "on"
    assert call("PATCH", "/automations/studio.overdue", json={"enabled": False}).get_json()["state"] == "off"
    changed = call("PATCH", "/automations/studio.overdue", json={"enabled": True, "settings": {"first": "5d"}}).get_json()
    assert (changed["state"], changed["settings"]["first"]) == ("on", "5d")
    refused = call("PATCH", "/automations/studio.overdue", json={"settings": {"first": "soon"}})
    assert (refused.status_code, refused.get_json()["errors"][0]["path"]) == (422, "settings/first")


def test_a_button_over_http(call: Call, reviewed: int) -> None:
    refused = call("POST", "/automations/studio.split/press", json={"record": reviewed, "inputs": {"hours": 3}})
    assert refused.status_code == 409
    missing = call("POST", "/automations/studio.split/press", json={"record": reviewed})
    assert missing.status_code == 422


def test_only_administrators_look_at_runs(call: Call, key_of: Callable[..., str], app: Any, reviewed: int) -> None:
    from tests.web.api.conftest import caller

    maker = caller(app, key_of("studio.maker"))
    for method, path in (("GET", "/runs"), ("GET", "/runs/1"), ("GET", "/automations"), ("PATCH", "/automations/studio.overdue")):
        assert maker(method, path, **({"json": {"enabled": False}} if method == "PATCH" else {})).status_code == 403
    assert call("GET", "/runs/999999999").status_code == 404
    assert call("GET", "/runs?record=nonsense").status_code == 400
