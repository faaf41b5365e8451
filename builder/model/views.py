"""Views: the records of an entity as a table, a board, …"""

from __future__ import annotations

from dataclasses import dataclass, field

from builder.label import Label
from builder.model.base import Json, Options


@dataclass(frozen=True)
class Column:
    """One column of a view; its key is the field path."""

    key: str
    width: int = 0
    summary: str = ""


@dataclass(frozen=True)
class View:
    key: str
    entity: str
    type: str = "table"
    label: Label = Label()
    columns: tuple[Column, ...] = ()
    filter: Json = None
    sort: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    options: Options = field(default_factory=dict)
