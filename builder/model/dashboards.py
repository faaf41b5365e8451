"""Dashboards: numbers and charts over records."""

from __future__ import annotations

from dataclasses import dataclass, field

from builder.label import Label
from builder.model.base import Json, Options


@dataclass(frozen=True)
class Tile:
    key: str
    type: str
    entity: str = ""
    label: Label = Label()
    filter: Json = None
    measure: Json = None
    group: tuple[Json, ...] = ()
    compare: Json = None
    columns: tuple[str, ...] = ()
    sort: tuple[str, ...] = ()
    limit: int = 0
    target: Json = None
    options: Options = field(default_factory=dict)
    x: int = 0
    y: int = 0
    w: int = 4
    h: int = 3


@dataclass(frozen=True)
class Dashboard:
    key: str
    label: Label = Label()
    roles: tuple[str, ...] = ()
    tiles: tuple[Tile, ...] = ()
