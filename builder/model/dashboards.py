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
class FilterTable:
    """The field by which a filter chooses records of one table; without one, tiles of this table show everything."""

    entity: str
    field: str = ""


@dataclass(frozen=True)
class BoardFilter:
    """A choice at the top that acts on all tiles. start: values as the address has them; skip: tiles that it leaves alone."""

    key: str
    kind: str
    label: Label = Label()
    tables: tuple[FilterTable, ...] = ()
    start: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()


@dataclass(frozen=True)
class Dashboard:
    key: str
    label: Label = Label()
    roles: tuple[str, ...] = ()
    filters: tuple[BoardFilter, ...] = ()
    tiles: tuple[Tile, ...] = ()
