"""The list of view types: what a view may say beside its columns, filter and sort."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from builder.registry import Registry


@dataclass(frozen=True)
class ViewType:
    """One way to look at many records. `field_options` name options that hold field keys, with the types allowed there."""

    name: str
    icon: str
    options_schema: Mapping[str, Any]
    field_options: Mapping[str, tuple[str, ...]]


_PATHS = {"type": "array", "items": {"type": "string", "maxLength": 170}, "maxItems": 20}


def _options(required: list[str], **properties: Any) -> Mapping[str, Any]:
    return {"type": "object", "additionalProperties": False, "required": required, "properties": properties}


VIEW_TYPES: Registry[ViewType] = Registry(
    "view type",
    (
        ViewType(
            name="table",
            icon="table",
            options_schema=_options(
                [],
                group={"type": "string", "title": "Group by"},
                color_by={"type": "string", "title": "Colour by"},
            ),
            field_options={"group": (), "color_by": ("select",)},
        ),
        ViewType(
            name="kanban",
            icon="layout-kanban",
            options_schema=_options(
                ["group"],
                group={"type": "string", "title": "Columns are the choices of"},
                card={**_PATHS, "title": "Fields on the card"},
                sum={"type": "string", "title": "Sum shown above each column"},
            ),
            field_options={"group": ("select",), "sum": ("number", "currency", "formula")},
        ),
    ),
)
