"""What an app document is made of. Every class mirrors one JSON object of the document.

A property is a plain value, a tuple of items, a `Label`, or `Json`: data with a grammar of its own
(conditions, options of a registered type, values of a step) which that grammar's owner checks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from builder.label import Label

Json = Any
"""JSON data with a grammar of its own; treated as immutable."""

Options = Mapping[str, Any]


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


@dataclass(frozen=True)
class FormItem:
    key: str
    field: str = ""
    text: Label = Label()
    span: int = 1
    show_when: Json = None
    require_when: Json = None
    read_only: bool = False
    read_only_when: Json = None


@dataclass(frozen=True)
class Section:
    key: str
    label: Label = Label()
    columns: int = 2
    collapsed: bool = False
    show_when: Json = None
    items: tuple[FormItem, ...] = ()


@dataclass(frozen=True)
class RelatedList:
    """Records of another entity that point at this one through `field`."""

    key: str
    entity: str
    field: str
    label: Label = Label()
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Form:
    key: str
    entity: str
    label: Label = Label()
    sections: tuple[Section, ...] = ()
    related: tuple[RelatedList, ...] = ()
    roles: tuple[str, ...] = ()


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


@dataclass(frozen=True)
class Stage:
    """Rules of one choice of the pipeline's field."""

    key: str
    kind: str = "open"
    probability: int | None = None
    require: tuple[str, ...] = ()


@dataclass(frozen=True)
class Transition:
    key: str
    to: str
    origins: tuple[str, ...] = field(default=(), metadata={"json": "from"})
    label: Label = Label()
    roles: tuple[str, ...] = ()
    guard: Json = None
    message: Label = Label()
    require: tuple[str, ...] = ()
    set: Options = field(default_factory=dict)


@dataclass(frozen=True)
class Pipeline:
    key: str
    entity: str
    field: str
    label: Label = Label()
    stages: tuple[Stage, ...] = ()
    transitions: tuple[Transition, ...] = ()


@dataclass(frozen=True)
class Setting:
    """A value of an automation that ops people change without changing the document."""

    key: str
    type: str
    label: Label = Label()
    help: Label = Label()
    default: Json = None
    choices: Json = None


@dataclass(frozen=True)
class Rung:
    """One step of a ladder: what happens so long before or after a date."""

    key: str
    after: Json
    label: Label = Label()
    steps: tuple[Json, ...] = ()


@dataclass(frozen=True)
class Automation:
    """`trigger` and each step are JSON objects with `type` and the options of that type."""

    key: str
    trigger: Json
    label: Label = Label()
    description: Label = Label()
    enabled: bool = True
    entity: str = ""
    mode: str = "queued"
    order: int = 100
    settings: tuple[Setting, ...] = ()
    condition: Json = None
    ladder: tuple[Rung, ...] = ()
    steps: tuple[Json, ...] = ()


@dataclass(frozen=True)
class Grant:
    """What a role may do with one entity. `read`, `update`, `delete` hold rules, any of which suffices."""

    entity: str
    read: tuple[Json, ...] = ()
    create: bool = False
    update: tuple[Json, ...] = ()
    delete: tuple[Json, ...] = ()
    export: bool = False
    hidden: tuple[str, ...] = ()
    read_only: tuple[str, ...] = ()


@dataclass(frozen=True)
class Role:
    key: str
    label: Label = Label()
    description: Label = Label()
    grants: tuple[Grant, ...] = ()
    dashboards: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tile:
    key: str
    type: str
    entity: str
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


@dataclass(frozen=True)
class MenuItem:
    key: str
    label: Label = Label()
    icon: str = ""
    entity: str = ""
    view: str = ""
    dashboard: str = ""
    items: tuple[MenuItem, ...] = ()


@dataclass(frozen=True)
class Need:
    app: str
    version: str = ""


@dataclass(frozen=True)
class App:
    key: str
    format: int = 1
    version: str = "0.1.0"
    label: Label = Label()
    description: Label = Label()
    icon: str = "apps"
    color: str = "blue"
    needs: tuple[Need, ...] = ()
    entities: tuple[Entity, ...] = ()
    extends: tuple[Extension, ...] = ()
    forms: tuple[Form, ...] = ()
    views: tuple[View, ...] = ()
    pipelines: tuple[Pipeline, ...] = ()
    automations: tuple[Automation, ...] = ()
    roles: tuple[Role, ...] = ()
    dashboards: tuple[Dashboard, ...] = ()
    menu: tuple[MenuItem, ...] = ()
