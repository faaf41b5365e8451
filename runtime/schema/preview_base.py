"""What a plan is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from runtime.tables import EntityDef, FieldDef

NONE, WARN, LOSS = "none", "warn", "loss"


@dataclass(frozen=True)
class PlanItem:
    """One consequence of a change.

    path: `crm/entities/lead/fields/amount`. kind: added, removed, changed, moved or converted. risk: none, warn, or loss.
    rows: records that it touches; for a loss those whose value would go. samples: at most 20 of them.
    message: an English sentence with placeholders, filled from params.
    """

    path: str
    kind: str
    message: str = ""
    params: Mapping[str, object] = field(default_factory=dict)
    risk: str = NONE
    rows: int = 0
    samples: Sequence[Mapping[str, Any]] = ()
    used_by: Sequence[str] = ()

    @property
    def loses(self) -> bool:
        return self.risk == LOSS and self.rows > 0

    def to_json(self, translate: Callable[[str], str] = lambda text: text) -> dict[str, Any]:
        """The item as the API shows it, its sentence translated."""
        return {
            "path": self.path,
            "kind": self.kind,
            "risk": self.risk,
            "rows": self.rows,
            "samples": list(self.samples),
            "used_by": list(self.used_by),
            "message": translate(self.message).format_map(dict(self.params)) if self.message else "",
        }


def field_path(entity: EntityDef, definition: FieldDef | None = None) -> str:
    """Where an entity or a field of it stands in the documents, the app first."""
    app, key = entity.name.split(".")
    if definition is None:
        return f"{app}/entities/{key}"
    if definition.app != app:
        return f"{definition.app}/extends/{entity.name}/fields/{definition.key.removeprefix(definition.app + '_')}"
    return f"{app}/entities/{key}/fields/{definition.key}"
