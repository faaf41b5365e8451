"""What is hidden never shows through: two databases that differ only there give the same answers, byte for byte."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from runtime.context import Actor, Context
from runtime.platform.changes import Change
from tests.runtime.access.vault import BOX, ITEM, NEW, answers


def change_hidden(ctx: Context, *, items: Any, member: Actor) -> None:
    """Other values in hidden fields of these items, in hidden fields of all boxes, and in all fields of foreign boxes."""
    item, box = ctx.catalog.entity(ITEM).table, ctx.catalog.entity(BOX).table
    values = {
        "secret": NEW,
        "amount": sa.literal(77) - item.c.id,
        "kind": "y",
        "tags": ["y"],
        "at": sa.text("date '2031-05-05' - id::int"),
    }
    done = ctx.connection.execute(sa.update(item).where(items).values({**values, "double": 154, "quadruple": 308}))
    assert done.rowcount > 0
    changed = sa.select(item.c.id).where(items)
    noted = sa.literal({"secret": NEW, "amount": "99.00", "kind": "y", "tags": ["y"], "at": "2031-01-01", "double": 198}, JSONB)
    past = sa.update(Change).where(Change.workspace_id == ctx.workspace.id, Change.entity == ITEM, Change.record_id.in_(changed))
    ctx.connection.execute(past.values(after=Change.after.op("||")(noted)))
    ctx.connection.execute(sa.update(box).values(secret_code=NEW))
    ctx.connection.execute(sa.update(box).where(box.c.keeper != member.user_id).values(code="zzz"))


@pytest.mark.parametrize(("roles", "also_bees"), [(("vault.plain",), True), (("vault.plain", "vault.bees"), False)])
def test_answers_do_not_depend_on_hidden_values(ctx: Context, member: Actor, roles: tuple[str, ...], also_bees: bool) -> None:
    table = ctx.catalog.entity(ITEM).table
    reader = ctx.acting(replace(member, roles=roles))
    before = dict(answers(reader))
    hidden = sa.true() if also_bees else table.c.name.not_like("B%")
    change_hidden(ctx, items=hidden, member=member)
    after = dict(answers(reader))
    assert len(before) > 350
    if roles == ("vault.plain",):
        assert_same_words_for_hidden_and_absent(before)
    assert {question: (before[question], after[question]) for question in before if before[question] != after[question]} == {}


def test_the_same_change_shows_to_who_may_see_it(ctx: Context, member: Actor) -> None:
    before = dict(answers(ctx))
    change_hidden(ctx, items=sa.true(), member=member)
    after = dict(answers(ctx))
    changed = {question for question in before if before[question] != after[question]}
    for door in (
        "list",
        "get",
        "field",
        "sort",
        "filter",
        "formula",
        "group",
        "min",
        "sum",
        "search",
        "export",
        "titles",
        "history",
    ):
        assert any(question.startswith(door) for question in changed), door


def assert_same_words_for_hidden_and_absent(found: dict[str, Any]) -> None:
    """Questions about closed fields are refused in the words in which those about absent ones are."""
    for question, answer in found.items():
        for key in ("secret", "amount", "late", "box.secret_code"):
            hidden = isinstance(answer, tuple) and answer[0] == "BadRequest"
            if hidden and question.endswith(f"{ITEM} {key}"):
                absent = found[question.replace(f"{ITEM} {key}", f"{ITEM} nothing").replace(f"-{key} ", "-nothing ")]
                assert _words(answer, key) == _words(absent, "nothing"), question


def _words(answer: Any, name: str) -> Any:
    kind, problems = answer
    return kind, [(path, code, text.replace(name, "…")) for path, code, text in problems]
