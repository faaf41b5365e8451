"""Tables and their fields."""

from __future__ import annotations

from dataclasses import dataclass, field

from builder.label import Label
from builder.model.base import Json, Options


@dataclass(frozen=True)
class Field:
    key: str
    type: str
    label: Label = Label()
    help: Label = Label()
    required: bool = False
    unique: bool = False
    default: Json = None
    options: Options = field(default_factory=dict)


@dataclass(frozen=True)
class Index:
    key: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """A condition that every saved record must meet."""

    key: str
    condition: Json
    message: Label = Label()
    field: str = ""


@dataclass(frozen=True)
class Entity:
    key: str
    label: Label = Label()
    plural: Label = Label()
    description: Label = Label()
    icon: str = "table"
    title_field: str = ""
    owner_field: str = ""
    search_fields: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    indexes: tuple[Index, ...] = ()
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True)
class Extension:
    """Fields that this app adds to an entity of another app; their keys there are `<app>_<key>`."""

    key: str
    entity: str
    fields: tuple[Field, ...] = ()
