"""Values of records as templates show them: names of people, teams and linked records looked up once for all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from builder.fields.base import FieldType
from builder.fields.choice import choices
from builder.fields.computed import FormulaType
from builder.label import Label
from builder.model import Field
from runtime.context import Context
from runtime.people import list_teams
from runtime.queries.people import platform_target
from runtime.records.history import people_names
from runtime.records.read import titles
from runtime.tables import EntityDef, FieldDef
from web import links
from web.i18n import current_language


@dataclass(frozen=True)
class Pill:
    """A choice as it is shown."""

    text: str
    colour: str


@dataclass(frozen=True)
class Link:
    """A linked record; `title` is empty when the reader may not see it."""

    id: int
    title: str
    url: str


@dataclass(frozen=True)
class Cell:
    """One value for the macro `ui.value`. `extra` is what the display needs beside the value: pills, links, a name."""

    display: str
    value: Any
    extra: Any = None
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return self.value is None or self.value in ("", (), [])

    @property
    def is_numeric(self) -> bool:
        return self.display in ("number", "money", "percent")


@dataclass(frozen=True)
class PathEnd:
    """The field at the end of a path, as a list's column needs it."""

    path: str
    entity: EntityDef
    field: FieldDef
    label: str

    @property
    def display(self) -> str:
        return shown_type(self.field)[0].display

    @property
    def is_numeric(self) -> bool:
        return self.display in ("number", "money", "percent")


def path_end(ctx: Context, entity: EntityDef, path: str) -> PathEnd | None:
    """Where a dotted path over many-to-one relations, people and teams ends; None when it leads nowhere."""
    *steps, last = path.split(".")
    here: EntityDef | None = entity
    names = []
    for step in steps:
        found = here.fields.get(step) if here else None
        if found is None:
            return None
        names.append(label_of(found))
        here = ctx.catalog.find(found.target) if found.target else platform_target(found)
    end = here.fields.get(last) if here else None
    if here is None or end is None:
        return None
    return PathEnd(path, here, end, " · ".join([*names, label_of(end)]))


def label_of(definition: FieldDef) -> str:
    """A field's label in the reader's language."""
    return definition.field.label.in_language(current_language()) or definition.key


def entity_label(entity: EntityDef, *, plural: bool = False) -> str:
    """An entity's label, for one record or for many."""
    language = current_language()
    one = entity.entity.label.in_language(language) or entity.key
    return (entity.entity.plural.in_language(language) or one) if plural else one


def shown_type(definition: FieldDef) -> tuple[FieldType, Field]:
    """The type and field whose values are shown: for a formula those of its result."""
    if definition.is_formula:
        kind = cast("FormulaType", definition.type)
        return kind.result_type(definition.field), kind.result_field(definition.field)
    return definition.type, definition.field


def pill_of(declared: Field, key: Any) -> Pill:
    """A choice in the reader's language; a key that is no choice any more is shown as it is."""
    for choice in choices(declared):
        if choice["key"] == key:
            return Pill(Label.of(choice.get("label")).in_language(current_language()) or str(key), choice.get("color", "gray"))
    return Pill(str(key), "gray")


class Values:
    """The cells of some records of an entity."""

    def __init__(self, ctx: Context, entity: EntityDef, records: Sequence[Mapping[str, Any]], paths: Iterable[str]) -> None:
        ends = {path: path_end(ctx, entity, path) for path in paths}
        self._ends = {path: end for path, end in ends.items() if end is not None}
        self._people: dict[int, str] = {}
        self._teams: dict[int, str] = {}
        self._titles: dict[str, dict[int, str]] = {}
        self._look_up(ctx, records)

    def cell(self, record: Mapping[str, Any], path: str) -> Cell:
        """One value; a path that leads nowhere, or is hidden from the reader, is empty."""
        end = self._ends.get(path)
        value = record.get(path)
        if end is None or value is None:
            return Cell("text", None)
        kind, declared = shown_type(end.field)
        return Cell(kind.display, value, self._extra(end.field, kind.display, declared, value), declared.options)

    def _extra(self, definition: FieldDef, display: str, declared: Field, value: Any) -> Any:
        if display == "choice":
            return pill_of(declared, value)
        if display == "choices":
            return [pill_of(declared, key) for key in value]
        if display == "person":
            return self._people.get(value, "")
        if display == "team":
            return self._teams.get(value, "")
        if display == "relation":
            names = self._titles.get(str(definition.target), {})
            ids = value if isinstance(value, tuple | list) else (value,)
            return [Link(each, names.get(each, ""), links.record_url(str(definition.target), each)) for each in ids]
        return None

    def _look_up(self, ctx: Context, records: Sequence[Mapping[str, Any]]) -> None:
        people: set[int] = set()
        linked: dict[str, set[int]] = {}
        for path, end in self._ends.items():
            display = end.display
            found = {
                record[path] for record in records if record.get(path) is not None and display in ("person", "relation", "team")
            }
            if display == "person":
                people |= found
            elif display == "relation":
                ids = {each for one in found for each in (one if isinstance(one, tuple) else (one,))}
                linked.setdefault(str(end.field.target), set()).update(ids)
            elif display == "team" and found:
                self._teams = {team.id: team.name for team in list_teams(ctx.connection, ctx.workspace.id)}
        self._people = people_names(ctx, people)
        self._titles = {target: titles(ctx, target, ids) for target, ids in linked.items()}
