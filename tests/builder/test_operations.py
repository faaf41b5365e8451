"""Operations turn one document into another, exactly, and say what does not fit."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from builder.diff import diff, same
from builder.operations import BadOperation, apply_operations, operations_between
from tests.builder.documents import DOCUMENTS
from tests.everything_app import studio_app


@settings(max_examples=120, deadline=None)
@given(DOCUMENTS, DOCUMENTS)
def test_operations_between_two_documents_lead_from_one_to_the_other(old: Any, new: Any) -> None:
    operations = operations_between(old, new)
    assert same(apply_operations(old, operations), new)
    assert (operations == []) == (diff(old, new) == [])


def test_each_operation() -> None:
    document = studio_app()
    changed = apply_operations(
        document,
        [
            {"op": "add", "path": "entities/tag/fields", "value": {"key": "color", "type": "text"}, "after": None},
            {"op": "set", "path": "entities/tag/label/en", "value": "Keyword"},
            {"op": "remove", "path": "entities/project/fields/website"},
            {"op": "move", "path": "entities/project/fields/email", "after": "name"},
            {"op": "add", "path": "dashboards", "value": {"key": "empty"}},
        ],
    )
    assert [each["key"] for each in changed["entities"][2]["fields"]] == ["color", "name"]
    assert changed["entities"][2]["label"]["en"] == "Keyword"
    keys = [each["key"] for each in changed["entities"][0]["fields"]]
    assert "website" not in keys and keys[:2] == ["name", "email"]
    assert changed["dashboards"][-1] == {"key": "empty"}
    assert document == studio_app()


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "set"},
        {"op": "set", "path": "entities/nobody/label", "value": "x"},
        {"op": "remove", "path": "entities/nobody"},
        {"op": "add", "path": "entities", "value": {"label": "no key"}},
        {"op": "add", "path": "entities", "value": {"key": "tag"}},
        {"op": "add", "path": "label", "value": {"key": "tag"}},
        {"op": "move", "path": "entities/tag", "after": "nobody"},
        {"op": "set", "path": "label"},
        {"op": "drop", "path": "entities"},
        {"op": "remove", "path": "label/en/deeper"},
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(operation: dict[str, Any]) -> None:
    with pytest.raises(BadOperation) as caught:
        apply_operations(studio_app(), [operation])
    assert caught.value.problem.path == "operations/0"


def test_what_was_sent_is_quoted_as_it_is() -> None:
    document = {"key": "a", "views": [{"key": "one"}]}
    with pytest.raises(BadOperation) as raised:
        apply_operations(document, [{"op": "add", "path": "views", "value": {"key": "two"}, "after": "{}"}])
    assert "{}" in raised.value.problem.text
