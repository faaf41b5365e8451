"""Which records would be stuck if the rules of a pipeline were these: asked of the records that are there, changing nothing.

The pipeline is one of a draft, as JSON, and need not be sound; what names a field that is not published yet cannot be counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from runtime.context import Context
from runtime.errors import BadRequest
from runtime.queries.aggregate import AggregateQuery, aggregate
from runtime.tables import EntityDef

Tree = Mapping[str, Any]


@dataclass(frozen=True)
class Counted:
    """A number of records and the condition that finds them; count None: it cannot be known before publishing."""

    count: int | None = 0
    tree: Tree = field(default_factory=dict)


@dataclass(frozen=True)
class StageReport:
    """One stage. lacking: records without a field that the stage requires. closed: records that no move lets on.

    dead_end: an open stage without ways out. unreachable: no chain of moves leads here from the first stage.
    """

    key: str
    here: Counted
    lacking: Counted
    closed: Counted
    dead_end: bool = False
    unreachable: bool = False

    @property
    def is_fine(self) -> bool:
        return not (self.lacking.count or self.closed.count or self.unreachable or (self.dead_end and self.here.count))


@dataclass(frozen=True)
class Simulation:
    """All stages in order. outside: records that stand in none of them. is_published: whether there is anything to count."""

    stages: tuple[StageReport, ...]
    outside: Counted
    is_published: bool = True

    @property
    def is_fine(self) -> bool:
        return all(each.is_fine for each in self.stages) and not self.outside.count

    @property
    def is_empty(self) -> bool:
        """Whether there is no record that could be stuck."""
        return not self.outside.count and not any(each.here.count for each in self.stages)


def simulate(ctx: Context, entity: EntityDef | None, pipeline: Tree) -> Simulation:
    """What the draft's pipeline would mean for the published records. entity: as published; None when it is new."""
    stages, key = list(pipeline.get("stages") or ()), str(pipeline.get("field"))
    asking = _Asking(ctx, entity if entity is not None and key in entity.fields else None, key)
    totals = asking.by_stage({})
    known = [str(each["key"]) for each in stages]
    lacking = asking.each({str(each["key"]): _lacks(each) for each in stages})
    closed = asking.each({stage: _closed(pipeline, stage) for stage in known})
    reached = _reached(pipeline, known)
    reports = tuple(
        StageReport(
            stage,
            Counted(totals.get(stage, 0), {"field": key, "op": "is", "value": stage}),
            lacking[stage],
            closed[stage],
            _is_dead_end(pipeline, each),
            stage not in reached,
        )
        for stage, each in zip(known, stages, strict=True)
    )
    gone = sum(number for stage, number in totals.items() if stage not in known)
    outside = {"any": [{"field": key, "op": "is_empty"}, {"field": key, "op": "not_in", "value": known}]}
    return Simulation(reports, Counted(gone, outside), asking.entity is not None)


def ways_out(pipeline: Tree, stage: str) -> list[Tree]:
    """The transitions that lead from a stage to another one."""
    return [
        each
        for each in pipeline.get("transitions") or ()
        if each.get("to") != stage and (not each.get("from") or stage in each["from"])
    ]


def _lacks(stage: Tree) -> Tree | None:
    """The condition of records that lack a required field; values that the stage gives itself are not asked for."""
    needed = [each for each in stage.get("require") or () if each not in (stage.get("set") or {})]
    return {"any": [{"field": each, "op": "is_empty"} for each in needed]} if needed else None


def _closed(pipeline: Tree, stage: str) -> Tree | None:
    """The condition of records that fail the rules of all ways out; None when one is open to all, or there is none."""
    guards = [each.get("guard") for each in ways_out(pipeline, stage)]
    return {"not": {"any": guards}} if guards and all(guards) else None


def _is_dead_end(pipeline: Tree, stage: Tree) -> bool:
    is_open = str(stage.get("kind") or "open") == "open"
    return is_open and bool(pipeline.get("transitions")) and not ways_out(pipeline, str(stage["key"]))


def _reached(pipeline: Tree, stages: Sequence[str]) -> set[str]:
    """The stages to which moves lead from the first one; all, when every move is allowed."""
    if not pipeline.get("transitions"):
        return set(stages)
    found = set(stages[:1])
    rest = list(found)
    while rest:
        for each in ways_out(pipeline, rest.pop()):
            target = str(each.get("to"))
            if target not in found:
                found.add(target)
                rest.append(target)
    return found


class _Asking:
    """Counts by stage, with as few questions as possible."""

    def __init__(self, ctx: Context, entity: EntityDef | None, key: str) -> None:
        self.ctx, self.entity, self.key = ctx, entity, key

    def each(self, conditions: Mapping[str, Tree | None]) -> dict[str, Counted]:
        """The records of each stage for which its condition holds."""
        trees = {
            stage: {"all": [{"field": self.key, "op": "is", "value": stage}, tree]}
            for stage, tree in conditions.items()
            if tree is not None
        }
        counts = self._counts(trees.values(), trees) if trees else {}
        return {stage: Counted(counts.get(stage, 0), trees[stage]) if stage in trees else Counted() for stage in conditions}

    def _counts(self, together: Iterable[Tree], trees: Mapping[str, Tree]) -> Mapping[str, int | None]:
        try:
            return self.by_stage({"any": list(together)}, strict=True)
        except BadRequest:  # one of them cannot be asked: which?
            return {stage: self._alone(stage, tree) for stage, tree in trees.items()}

    def _alone(self, stage: str, tree: Tree) -> int | None:
        try:
            return self.by_stage(tree, strict=True).get(stage, 0)
        except BadRequest:
            return None

    def by_stage(self, tree: Tree, *, strict: bool = False) -> dict[str, int]:
        """Numbers of records by stage. strict: raises BadRequest where the condition cannot be asked."""
        if self.entity is None:
            return {}
        group = ({"field": self.key, "as": "stage"},)
        query = AggregateQuery(filter=dict(tree) or None, group=group, measures=({"op": "count", "as": "n"},))
        try:
            rows = aggregate(self.ctx, self.entity.name, query)
        except BadRequest:
            if strict:
                raise
            return {}
        return {str(row["stage"]) if row["stage"] is not None else "": int(row["n"]) for row in rows}
