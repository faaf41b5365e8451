"""Numbers in a series, such as `P-202603-0042`: unique and without gaps.

The counter is a row that is locked from the moment a number is taken until the transaction ends, so a rolled-back save gives its
number back; that is why a number is taken last, right before the record is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from builder.fields.computed import DEFAULT_PATTERN, number_period, number_text
from runtime.context import Context
from runtime.platform.work import NumberSeries
from runtime.records.draft import Draft
from runtime.records.plan import WritePlan

_TABLE: Any = NumberSeries.__table__
_COUNT = sa.bindparam("count", type_=sa.BigInteger)
_TAKE = (
    insert(_TABLE)
    .values(
        workspace_id=sa.bindparam("workspace_id"),
        entity=sa.bindparam("entity"),
        field=sa.bindparam("field"),
        period=sa.bindparam("period"),
        last=_COUNT,
    )
    .on_conflict_do_update(index_elements=["workspace_id", "entity", "field", "period"], set_={"last": _TABLE.c.last + _COUNT})
    .returning(_TABLE.c.last)
)


def give_numbers(ctx: Context, plan: WritePlan, drafts: Sequence[Draft]) -> None:
    """Puts the next numbers into these new records, in their order. One statement for each numbered field."""
    day = ctx.now.astimezone(ctx.workspace.zone)
    for definition in plan.numbers:  # always in the order of the document: two saves never wait for each other in a circle
        pattern = str(definition.field.options.get("pattern", DEFAULT_PATTERN))
        parameters = {
            "workspace_id": ctx.workspace.id,
            "entity": plan.name,
            "field": definition.key,
            "period": number_period(pattern, day),
            "count": len(drafts),
        }
        last = ctx.connection.execute(_TAKE, parameters).scalar_one()
        for number, draft in enumerate(drafts, last - len(drafts) + 1):
            draft.new[definition.key] = number_text(pattern, number, day)
