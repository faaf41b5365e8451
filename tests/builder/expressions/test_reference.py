from __future__ import annotations

from pathlib import Path

from builder.expressions.reference import pages

FOLDER = Path(__file__).parents[3] / "docs" / "reference"


def test_the_committed_reference_is_up_to_date() -> None:
    for name, content in pages().items():
        assert (FOLDER / name).read_text(encoding="utf-8") == content, (
            "run python -m builder.expressions.reference docs/reference"
        )
