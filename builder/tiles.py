"""The list of tile types: what a tile of a dashboard may say beside its name and place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from builder.expressions.types import MOMENTS, Type
from builder.registry import Registry

PEOPLE = frozenset({Type.PERSON})


def _options(required: tuple[str, ...] = (), **properties: Any) -> Mapping[str, Any]:
    return {"type": "object", "additionalProperties": False, "required": list(required), "properties": properties}


def _one_of(title: str, default: str, *values: str) -> dict[str, Any]:
    return {"enum": list(values), "default": default, "title": title}


@dataclass(frozen=True)
class TileType:
    """One way to show something on a dashboard.

    size: columns and rows of a new one. has_data: it is about the records of an entity. groups: how many groups it can
    show. `field_options` name options that hold field keys, with the kinds of values allowed there; those that are
    required are found by themselves for a new tile.
    """

    name: str
    icon: str
    size: tuple[int, int] = (4, 4)
    options_schema: Mapping[str, Any] = field(default_factory=_options)
    field_options: Mapping[str, frozenset[Type]] = field(default_factory=dict)
    has_data: bool = True
    has_measure: bool = False
    groups: int = 0
    has_compare: bool = False
    has_columns: bool = False

    @property
    def has_sort(self) -> bool:
        return self.has_columns

    @property
    def has_limit(self) -> bool:
        return self.has_columns or self.groups > 0


_ORDER = _one_of("Order", "natural", "natural", "biggest", "smallest", "name")
_LINK = {
    "type": "object",
    "additionalProperties": False,
    "required": ["key"],
    "properties": {
        "key": {"$ref": "#/$defs/key"},
        "label": {"$ref": "#/$defs/label"},
        "icon": {"$ref": "#/$defs/icon"},
        "entity": {"$ref": "#/$defs/reference"},
        "create": {"type": "boolean"},
        "view": {"$ref": "#/$defs/reference"},
        "dashboard": {"$ref": "#/$defs/reference"},
    },
}

TILE_TYPES: Registry[TileType] = Registry(
    "tile type",
    (
        TileType("number", "number-123", (3, 2), has_measure=True, has_compare=True),
        TileType(
            "bar",
            "chart-bar",
            has_measure=True,
            groups=2,
            options_schema=_options(
                order=_ORDER,
                lying={"type": "boolean", "default": False, "title": "Lying bars"},
                series=_one_of("Several series", "stacked", "stacked", "beside"),
            ),
        ),
        TileType("line", "chart-line", (6, 4), has_measure=True, groups=2, options_schema=_options(order=_ORDER)),
        TileType(
            "pie",
            "chart-pie",
            has_measure=True,
            groups=1,
            options_schema=_options(order=_ORDER, shape=_one_of("Shape", "ring", "ring", "pie")),
        ),
        TileType("funnel", "filter", has_measure=True, groups=1, options_schema=_options(order=_ORDER)),
        TileType(
            "ageing",
            "hourglass",
            has_measure=True,
            options_schema=_options(
                ("field",),
                field={"type": "string", "title": "Date"},
                steps={
                    "type": "string",
                    "pattern": r"^\s*\d{1,4}(\s*[,，]\s*\d{1,4}){0,7}\s*$",
                    "default": "30, 60, 90",
                    "title": "Steps in days",
                },
            ),
            field_options={"field": MOMENTS},
        ),
        TileType("list", "list", (6, 4), has_columns=True),
        TileType(
            "my_day",
            "checklist",
            (6, 4),
            has_columns=True,
            options_schema=_options(
                ("date",),
                date={"type": "string", "title": "Due on"},
                person={"type": "string", "title": "Person"},
                days={"type": "integer", "minimum": 0, "maximum": 366, "default": 0, "title": "Days ahead"},
            ),
            field_options={"date": MOMENTS, "person": PEOPLE},
        ),
        TileType(
            "text",
            "typography",
            (4, 2),
            has_data=False,
            options_schema=_options(text={"$ref": "#/$defs/label", "title": "Text"}),
        ),
        TileType(
            "shortcuts",
            "link",
            (3, 4),
            has_data=False,
            options_schema=_options(links={"type": "array", "items": _LINK, "maxItems": 30, "title": "Shortcuts"}),
        ),
        TileType("inbox", "bell", (4, 4), has_data=False),
    ),
)
