"""The list of view types: what a view may say beside its columns, filter and sort."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from builder.expressions.condition_values import CALENDAR_UNITS
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
                period={"enum": list(CALENDAR_UNITS), "default": "month", "title": "Period"},
                collapsed={"type": "boolean", "title": "Groups are folded at first"},
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
                title={"type": "string", "title": "Title of the card"},
                card={**_PATHS, "title": "Fields on the card"},
                sum={"type": "string", "title": "Sum shown above each column"},
                hidden={
                    "type": "array",
                    "title": "Columns that are not shown",
                    "items": {"type": "string", "maxLength": 40},
                    "maxItems": 500,
                },
                color_by={"type": "string", "title": "Colour by"},
            ),
            field_options={
                "group": ("select",),
                "title": ("text", "auto_number", "relation", "person", "email", "phone", "date", "formula"),
                "sum": ("number", "currency", "formula"),
                "color_by": ("select",),
            },
        ),
    ),
)
