"""Roles: who may do what."""

from __future__ import annotations

from dataclasses import dataclass

from builder.label import Label
from builder.model.base import Json


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
