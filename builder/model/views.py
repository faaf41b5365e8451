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
class ColorRule:
    """Records for which `when` holds have this colour; the first rule that holds wins."""

    key: str
    color: str
    when: Json = None


@dataclass(frozen=True)
class View:
    """roles: who sees it (empty: everybody). opens_for: roles for whom it is the first one that opens."""

    key: str
    entity: str
    type: str = "table"
    label: Label = Label()
    columns: tuple[Column, ...] = ()
    filter: Json = None
    sort: tuple[str, ...] = ()
    colors: tuple[ColorRule, ...] = ()
    roles: tuple[str, ...] = ()
    opens_for: tuple[str, ...] = ()
    options: Options = field(default_factory=dict)
