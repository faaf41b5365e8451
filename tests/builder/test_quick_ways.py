"""Ways of a pipeline from a short text."""

from __future__ import annotations

import pytest

from builder.quick_ways import end_kind, ends_of, read_ways

STAGES = {"requested": "r", "approved": "a", "lent": "l", "returned": "b", "已申请": "r", "已批准": "a", "in, out": "io"}


def way(origins: str, target: str, **label: str) -> dict[str, object]:
    return {"from": list(origins), "to": target, "label": label}


@pytest.mark.parametrize("arrow", ["→", "->", "=>", " > ", "—>", "⇒"])
def test_arrows(arrow: str) -> None:
    assert read_ways(f"Requested{arrow}approved: Approve", "en", STAGES).ways == (way("r", "a", en="Approve"),)


def test_several_origins_targets_and_arrows() -> None:
    found = read_ways("- Requested, Approved → Lent, Returned: Go\n\nRequested → Approved → Lent: Out", "en", STAGES)
    go = {"en": "Go"}
    assert found.ways == (way("ra", "l", **go), way("ra", "b", **go), way("r", "a"), way("a", "l", en="Out"))
    assert (found.lines, found.unknown) == ((), ())


def test_chinese_marks() -> None:
    assert read_ways("已申请 → 已批准：批准", "zh-Hans", STAGES).ways == (
        {"from": ["r"], "to": "a", "label": {"zh-Hans": "批准"}},
    )


def test_what_is_no_way_is_told() -> None:
    found = read_ways("Requested\nRequested →\nRequested → Gone, Away\nRequested → In, Out", "en", STAGES)
    assert found.lines == ("Requested", "Requested →")
    assert found.unknown == ("Gone", "Away")
    assert found.ways == ({"from": ["r"], "to": "io", "label": {}},)


def test_where_nothing_leads_on_is_an_end() -> None:
    labels = {"r": "Requested", "a": "Refused", "b": "Back", "l": "Lent"}
    assert ends_of([way("r", "a"), way("r", "b")], labels) == {"a": "lost", "b": "done"}  # nothing leads to "Lent" either


@pytest.mark.parametrize(
    ("label", "kind"),
    [("Won", "won"), ("Cancelled", "lost"), ("已拒绝", "lost"), ("赢单", "won"), ("已归还", "done"), ("Wonder", "done")],
)
def test_ends_by_their_name(label: str, kind: str) -> None:
    assert end_kind(label) == kind
