"""The trace of a run: what each step did, with values and times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from runtime.automations.values import plain

MAX_TEXT = 500
"""Longer texts are cut in the trace."""
MAX_ITEMS = 50


@dataclass
class Trace:
    """Rows to be written; `number` goes on counting over transactions."""

    run_id: int
    number: int = 0
    rows: list[dict[str, Any]] = field(default_factory=list)

    def add(self, step: str, kind: str, state: str, detail: Mapping[str, Any] | None, at: datetime) -> None:
        """One row."""
        self.number += 1
        shown = shorten(plain(dict(detail or {})))
        self.rows.append(
            {"run_id": self.run_id, "number": self.number, "step": step, "type": kind, "state": state, "detail": shown, "at": at}
        )


def shorten(value: Any) -> Any:
    """JSON with long texts and lists cut."""
    if isinstance(value, str) and len(value) > MAX_TEXT:
        return value[:MAX_TEXT] + "…"
    if isinstance(value, list):
        return [shorten(each) for each in value[:MAX_ITEMS]] + (["…"] if len(value) > MAX_ITEMS else [])
    if isinstance(value, dict):
        return {key: shorten(each) for key, each in value.items()}
    return value
