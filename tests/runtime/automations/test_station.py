"""The clockwork of a worker: it finds work without any wake-up, and a busy pump looks again when it was called."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from runtime.automations import station as stations
from runtime.automations.effects import Outgoing
from runtime.automations.pump import Report, what_is_due
from runtime.automations.station import Station
from tests.runtime.automations.conftest import Rig
from tests.runtime.automations.sales_app import rule, task

Make = Callable[..., Rig]
TELL = {"key": "n", "type": "notify", "to": ["owner"], "channels": ["email"], "title": "{{name}}"}


def wait_for(holds: Callable[[], bool]) -> None:
    """Until it holds; a minute is far more than it takes."""
    deadline = time.monotonic() + 60
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert holds()


def test_work_is_found_without_a_wake_up(rig: Make) -> None:
    place = rig(rule("r", task("t", "t"), TELL))
    sent: list[Outgoing] = []
    station = Station(place.engine, sent.append)
    station.start()
    try:
        place.lead(owner=place.place.admin_id)
        wait_for(lambda: [each["state"] for each in place.effects()] == ["sent"])
    finally:
        station.stop()
    assert place.titles() == ["t"]
    assert len(sent) == 1


def test_what_is_due(rig: Make) -> None:
    place = rig(rule("r", task("t", "t")))
    place.pump()
    assert not what_is_due(place.engine).work
    place.lead()
    assert what_is_due(place.engine).work


def test_a_call_while_all_are_busy_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    inside, go_on = threading.Event(), threading.Event()
    turns: list[int] = []

    def pump(engine: object, seconds: float) -> Report:
        turns.append(1)
        if len(turns) == 1:
            inside.set()
            go_on.wait(30)
        return Report()

    monkeypatch.setattr(stations, "pump_once", pump)
    station = Station(None, lambda outgoing: None, turns=1)  # type: ignore[arg-type]
    first = threading.Thread(target=station.turn)
    first.start()
    inside.wait(30)
    station.turn()
    station.turn()
    assert len(turns) == 1
    go_on.set()
    first.join(30)
    assert len(turns) == 2
