"""Forms: what a person sees of one record and fills in."""

from __future__ import annotations

from dataclasses import dataclass

from builder.label import Label
from builder.model.base import Json


@dataclass(frozen=True)
class RowColumn:
    """A column of a table of rows. key: the field of the row's entity. total: its sum stands below."""

    key: str
    total: bool = False
    read_only: bool = False


@dataclass(frozen=True)
class RowTable:
    """Records that belong to this one through `field`, edited inside its form. minimum, maximum: how many; 0 for any number."""

    entity: str = ""
    field: str = ""
    label: Label = Label()
    columns: tuple[RowColumn, ...] = ()
    minimum: int = 0
    maximum: int = 0


@dataclass(frozen=True)
class FillRule:
    """What an input that nobody has touched holds while `when` is so; nothing for always.

    value: a value, `{"var": …}` or `{"expr": …}`; nothing empties the input.
    """

    key: str
    when: Json = None
    value: Json = None


@dataclass(frozen=True)
class FormItem:
    """One place of a form: a field, a text (under an optional heading) or a table of rows. fill: the first rule that fits counts."""

    key: str
    field: str = ""
    text: Label = Label()
    heading: Label = Label()
    rows: RowTable = RowTable()
    span: int = 1
    show_when: Json = None
    require_when: Json = None
    read_only: bool = False
    read_only_when: Json = None
    fill: tuple[FillRule, ...] = ()


@dataclass(frozen=True)
class Section:
    """page: the page of the form on which it stands; empty: the first."""

    key: str
    label: Label = Label()
    page: str = ""
    columns: int = 2
    collapsed: bool = False
    show_when: Json = None
    items: tuple[FormItem, ...] = ()


@dataclass(frozen=True)
class FormPage:
    """Sections that are seen together: a tab, or a step while a record is made."""

    key: str
    label: Label = Label()
    show_when: Json = None


@dataclass(frozen=True)
class RelatedList:
    """Records of another entity that point at this one through `field`. limit: how many of them are shown.

    page: the tab on which it stands; empty: below all of them.
    """

    key: str
    entity: str
    field: str
    label: Label = Label()
    columns: tuple[str, ...] = ()
    sort: tuple[str, ...] = ()
    filter: Json = None
    limit: int = 10
    page: str = ""


@dataclass(frozen=True)
class Form:
    """layout: whether its pages are `tabs`, or `steps` while a record is made."""

    key: str
    entity: str
    label: Label = Label()
    layout: str = "tabs"
    pages: tuple[FormPage, ...] = ()
    sections: tuple[Section, ...] = ()
    related: tuple[RelatedList, ...] = ()
    roles: tuple[str, ...] = ()

    def page_of(self, section: Section) -> str:
        """The key of the page on which a section stands; empty without pages."""
        keys = [page.key for page in self.pages]
        return section.page if section.page in keys else next(iter(keys), "")
