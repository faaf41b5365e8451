"""Which page of a form comes next, and whether it is complete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from builder.errors import Problem
from runtime.context import Context
from runtime.errors import Forbidden, NotFound
from runtime.records.plan import plan_of
from runtime.records.rows import check
from runtime.records.values import readers_of
from web.render.filled_form import Filled, hidden_rows, own_problems
from web.render.record_form import off_form


@dataclass(frozen=True)
class Turn:
    """What comes after a form was sent. save: it is complete, as far as the form can tell; else the page to show."""

    save: bool
    page: str = ""
    problems: Sequence[Problem] = ()


def next_turn(ctx: Context, filled: Filled) -> Turn:
    """Which step comes next. Going on asks for what the steps so far need; going back asks for nothing."""
    if not filled.has_steps:
        return Turn(save=True)
    pages = filled.pages
    here = pages.index(filled.step) if filled.step in pages else 0
    if filled.go == "back":
        return Turn(False, pages[max(0, here - 1)])
    wanted = filled.go.removeprefix("to:")
    if filled.go.startswith("to:") and wanted in pages[: here + 1]:
        return Turn(False, wanted)
    problems = _problems_of(ctx, filled, pages[: here + 1])
    if problems:
        return Turn(False, pages[here], problems)
    if filled.go and here + 1 < len(pages):
        return Turn(False, pages[here + 1])
    return Turn(save=True)


def trial_turn(ctx: Context, filled: Filled) -> Turn:
    """As `next_turn`, for a form whose fields may not exist yet: what only the tables could tell is not asked."""
    if not filled.go:
        filled = replace(filled, go="next")
    savepoint = ctx.connection.begin_nested()
    try:
        turn = next_turn(ctx, filled)
        if turn.save:
            pages = filled.pages or [""]
            problems = _problems_of(ctx, filled, pages)
            turn = Turn(False, pages[0], problems) if problems else turn
    except (sa.exc.DBAPIError, Forbidden, NotFound):
        parsed = readers_of(ctx, plan_of(ctx.catalog, filled.entity.name), "create").read(filled.values)
        known = {each.path for each in parsed[1]}
        problems = [*parsed[1], *(each for each in own_problems(ctx, filled) if each.path not in known)]
        here = filled.step if filled.step in filled.pages else ""
        turn = Turn(not problems, here, problems)
    finally:
        savepoint.rollback()
    return turn


def _problems_of(ctx: Context, filled: Filled, pages: Sequence[str]) -> list[Problem]:
    """The problems of the entries on these pages."""
    keys = _keys_on(filled, pages)
    problems = check(ctx, filled.entity.name, filled.values, filled.sets, only=keys)
    known = {each.path for each in problems}
    return problems + [each for each in own_problems(ctx, filled) if each.path in keys and each.path not in known]


def _keys_on(filled: Filled, pages: Sequence[str]) -> set[str]:
    form, off = filled.form, off_form(filled.form, filled.states) | hidden_rows(filled)
    items = [item for section in form.sections if form.page_of(section) in pages for item in section.items]
    return {key for item in items if (key := item.field or (item.key if item.rows.entity else "")) and key not in off}
