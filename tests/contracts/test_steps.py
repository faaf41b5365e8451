"""Every trigger and step: described, documented, runnable, and used by the everything app."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from builder.automations import STEP_TYPES, TRIGGER_TYPES
from runtime.automations.steps import STEP_RUNNERS
from tests.everything_app import everything

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "developer" / "app-document.md").read_text()


def steps_of(value: Any) -> Iterator[str]:
    """Types of all steps anywhere in a document."""
    if isinstance(value, dict):
        if "key" in value and value.get("type") in STEP_TYPES.names() and "fields" not in value:
            yield value["type"]
        for each in value.values():
            yield from steps_of(each)
    elif isinstance(value, list):
        for each in value:
            yield from steps_of(each)


def test_every_step_that_is_described_can_be_done() -> None:
    assert STEP_RUNNERS.names() == STEP_TYPES.names()


@pytest.mark.parametrize("member", [*STEP_TYPES, *TRIGGER_TYPES], ids=lambda member: f"{type(member).__name__}")
def test_descriptions_are_complete(member: Any) -> None:
    assert member.title
    assert member.icon
    Draft202012Validator.check_schema(member.options_schema)
    assert member.options_schema["additionalProperties"] is False
    for name in member.options_schema["properties"]:
        assert f"`{name}" in DOCUMENT or f'"{name}"' in DOCUMENT, f"the option {name} of {member.name} is not in app-document.md"
    assert f"| `{member.name}` |" in DOCUMENT


def test_the_everything_app_uses_every_trigger_and_step() -> None:
    automations = [each for document in everything().values() for each in document.get("automations", [])]
    assert {each["trigger"]["type"] for each in automations} == set(TRIGGER_TYPES.names())
    used = {
        kind
        for each in automations
        for kind in steps_of([each.get("steps", []), [rung["steps"] for rung in each.get("ladder", [])]])
    }
    assert used == set(STEP_TYPES.names())
