"""Automations: when something happens, do this."""

from __future__ import annotations

from dataclasses import dataclass

from builder.label import Label
from builder.model.base import Json


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
