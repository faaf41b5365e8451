"""What a trigger or a step is to the builder: its name, its options and what can be wrong with them.

What it *does* is in `runtime/automations/`. One class per type, registered in `builder/automations/__init__.py`.
Options stand beside `type` (and `key` for steps) in the same JSON object.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from builder.errors import Problem
from builder.expressions.types import Scope, Type
from builder.model import Field

if TYPE_CHECKING:
    from builder.automations.scope import StepScope

Options = Mapping[str, Any]


class Surroundings(Protocol):
    """What a check must know about the apps around an automation. Entity names are `app.key`."""

    def fields(self, entity: str) -> Mapping[str, Field] | None:
        """All fields of an entity by key, system fields and extensions too; None when there is no such entity."""

    def scope(self, entity: str) -> Scope | None:
        """The fields of an entity for expressions; None when there is no such entity."""

    def target(self, entity: str, field: str) -> str | None:
        """The entity that a relation leads to; None for other fields."""

    def has_role(self, role: str) -> bool:
        """Whether `app.role` exists."""


def options_schema(properties: Mapping[str, Any], required: Sequence[str] = ()) -> dict[str, Any]:
    """JSON Schema of options; `$ref` may name the definitions of `builder/schemas/`."""
    return {"type": "object", "additionalProperties": False, "properties": dict(properties), "required": list(required)}


def is_on(step: Options) -> bool:
    """Whether a step is done; one that is switched off is skipped, with all steps inside it, and need not be complete."""
    return step.get("enabled") is not False


class TriggerType:
    """Base class of triggers."""

    name: ClassVar[str]
    title: ClassVar[str]
    """English words for the palette, translated by the web layer."""
    icon: ClassVar[str] = "bolt"
    options_schema: ClassVar[Mapping[str, Any]] = options_schema({})
    needs_entity: ClassVar[bool] = True
    has_ladder: ClassVar[bool] = False
    """Whether steps stand in `ladder` (a date trigger) and not in `steps`."""

    def check(self, options: Options, scope: StepScope) -> Iterable[Problem]:
        """What the schema cannot say; paths relative to the trigger."""
        return ()


class StepType:
    """Base class of steps."""

    name: ClassVar[str]
    title: ClassVar[str]
    icon: ClassVar[str] = "square"
    options_schema: ClassVar[Mapping[str, Any]] = options_schema({})
    needs_record: ClassVar[bool] = False
    """Whether it works on the automation's own record, so that a schedule cannot use it."""

    def check(self, options: Options, scope: StepScope) -> Iterable[Problem]:
        """What the schema cannot say about this step itself, not its inner steps; paths relative to the step."""
        return ()

    def outputs(self, options: Options, scope: StepScope) -> Mapping[str, Type]:
        """What later steps can read as `steps.<key>.<name>`."""
        return {}

    def inner(self, options: Options, scope: StepScope) -> Iterable[tuple[str, Sequence[Options], StepScope]]:
        """(path, steps, their scope) of each list of steps inside this one."""
        return ()
