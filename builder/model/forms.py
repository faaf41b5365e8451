"""Forms: what a person sees of one record and fills in."""

from __future__ import annotations

from dataclasses import dataclass

from builder.label import Label
from builder.model.base import Json


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
