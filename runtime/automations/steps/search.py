"""Looks records up with the one query path."""

from __future__ import annotations

from runtime.automations.flow import Done, Outcome
from runtime.automations.steps.base import Move, StepRunner
from runtime.automations.values import filled_tree
from runtime.queries.listing import ListQuery, list_records
from runtime.tables import EntityDef

_PAGE = 500


class FindRunner(StepRunner):
    """Finds records for later steps."""

    name = "find"

    def run(self, move: Move) -> Outcome:
        entity = move.entity()
        ids = matching_ids(move, entity, int(move.option("limit", 100)))
        output = {"entity": entity.name, "ids": ids, "count": len(ids), "first": ids[0] if ids else None}
        return Done(output, {"entity": entity.name, "count": len(ids), "ids": ids})


def matching_ids(move: Move, entity: EntityDef, limit: int) -> list[int]:
    """Ids of the records that the step's `where` means, in the order of its `sort`."""
    tree = filled_tree(move.option("where"), move.names)
    sort = tuple(move.option("sort") or ())
    found: list[int] = []
    after = None
    while len(found) < limit:
        query = ListQuery(filter=tree, sort=sort, fields=("id",), limit=min(_PAGE, limit - len(found)), after=after)
        page = list_records(move.ctx, entity.name, query)
        found += [int(record["id"]) for record in page.records]
        after = page.next
        if after is None:
            break
    return found
