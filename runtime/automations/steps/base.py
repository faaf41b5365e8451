"""What a step does. One class per type in a file of its own, listed in `runtime/automations/steps/__init__.py`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from builder.automations.scope import ExpressionScope, NumberItem
from builder.expressions.types import Scope, Type
from runtime.automations.flow import Flow, Outcome, Step
from runtime.automations.names import Names, StepFailure
from runtime.automations.plans import Plan, surroundings
from runtime.context import Context
from runtime.tables import EntityDef

_OUTPUTS = {"id": Type.REF, "first": Type.REF, "ids": Type.REFS, "count": Type.NUMBER, "failed": Type.NUMBER}


@dataclass(frozen=True)
class Move:
    """One step about to be done.

    ctx: acts as the automation, its changes are marked with the run. key: names this step of this run (and of this
    item), so that what it does outside or in people's bells happens once.
    """

    ctx: Context
    plan: Plan
    run_id: int
    step: Step
    names: Names
    key: str
    flow: Flow

    @property
    def record(self) -> tuple[EntityDef, int]:
        """The automation's own record."""
        if self.names.entity is None or self.names.row is None:
            raise StepFailure("There is no record.")
        return self.names.entity, int(self.names.row["id"])

    def entity(self) -> EntityDef:
        """The entity that the step's options name."""
        from builder.keys import qualified

        name = qualified(self.plan.app, str(self.step["entity"]))
        found = self.ctx.catalog.find(name)
        if found is None:
            raise StepFailure(f"There is no entity {name}.")
        return found

    def scope(self) -> ExpressionScope:
        """What conditions inside the step may name."""
        around = surroundings(self.ctx.catalog)
        record = around.scope(self.plan.entity) if self.plan.entity else None
        item: Scope | None = None
        if self.names.item is not None:
            item = around.scope(self.names.item_entity.name) if self.names.item_entity else NumberItem()
        outputs = {key: {name: _OUTPUTS.get(name, Type.ANY) for name in output} for key, output in self.names.outputs.items()}
        found = {key: around.scope(output["entity"]) for key, output in self.names.outputs.items() if "entity" in output}
        records = {key: scope for key, scope in found.items() if scope is not None}
        return ExpressionScope(record, record, item, outputs, records)

    def option(self, name: str, default: Any = None) -> Any:
        return self.step.get(name, default)


class StepRunner:
    """Base class. `run` raises StepFailure, or what the write path raises; then nothing of the step remains."""

    name: ClassVar[str]
    uses_database: ClassVar[bool] = True
    """Whether it needs a savepoint of its own."""

    def run(self, move: Move) -> Outcome:
        raise NotImplementedError
