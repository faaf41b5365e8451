"""Ranges of versions in `needs`."""

from __future__ import annotations

import pytest

from builder.versions import satisfies


@pytest.mark.parametrize(
    ("version", "wanted", "expected"),
    [
        ("1.0.0", "", True),
        ("1.0.0", ">=1.0", True),
        ("1.10", ">=1.9", True),
        ("0.9", ">=1.0", False),
        ("2.0", ">=1.0, <2", False),
        ("1.5", ">=1.0,<2", True),
        ("1.5", "~1.2", True),
        ("2.0", "~1.2", False),
        ("1.2.0", "1.2", True),
        ("1.2", "newest", False),
    ],
)
def test_ranges(version: str, wanted: str, expected: bool) -> None:
    assert satisfies(version, wanted) is expected
