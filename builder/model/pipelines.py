"""Pipelines: the stages of a select field and the ways between them."""

from __future__ import annotations

from dataclasses import dataclass, field

from builder.label import Label
from builder.model.base import Json, Options


@dataclass(frozen=True)
class Stage:
    """Rules of one choice of the pipeline's field. set: values that a record gets when it comes here."""

    key: str
    kind: str = "open"
    probability: int | None = None
    require: tuple[str, ...] = ()
    set: Options = field(default_factory=dict)


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
