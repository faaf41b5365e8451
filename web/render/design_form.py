"""The form designer: the canvas with its pages, and what can be added."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from builder.acts.base import find
from builder.keys import qualified
from builder.model import Form
from runtime.context import Context
from runtime.drafts import Desk
from runtime.tables import MANY_TO_ONE, EntityDef
from web.render.controls import Control, control
from web.render.design import text_of
from web.render.row_inputs import NUMERIC, ShownRows, shown_rows
from web.render.row_tables import Row, RowSource, row_sources
from web.render.values import entity_label, label_of, shown_type

Document = Mapping[str, Any]
_COLUMNS = 5


class Canvas:
    """Draws the draft of a form; what is broken in it stays visible, with its problem."""

    def __init__(self, looked: Context, desk: Desk, form: Document) -> None:
        self._looked, self._desk, self._form = looked, desk, form
        self._path = f"forms/{form['key']}"
        self.entity = looked.catalog.find(qualified(desk.app, str(form.get("entity"))))
        self.model = form_model(looked, desk.app, str(form["key"]))
        self._sources: Mapping[str, RowSource] = row_sources(looked, desk.app, self.model) if self.model else {}

    def pages(self) -> list[dict[str, Any]]:
        """The pages with their sections; one without a key where the form has none."""
        sections = [self._section(each) for each in self._form.get("sections") or ()]
        pages = self._form.get("pages") or ()
        keys = [each["key"] for each in pages]
        if not keys:
            return [{"key": "", "path": "", "label": "", "rule": False, "problems": 0, "sections": sections}]
        for section in sections:
            section["page"] = section["page"] if section["page"] in keys else keys[0]
        return [
            {
                "key": each["key"],
                "path": f"{self._path}/pages/{each['key']}",
                "label": text_of(each.get("label"), each["key"]),
                "rule": bool(each.get("show_when")),
                "problems": self._problems(f"{self._path}/pages/{each['key']}"),
                "sections": [section for section in sections if section["page"] == each["key"]],
            }
            for each in pages
        ]

    def related(self) -> list[dict[str, Any]]:
        """The related lists of the form, with the labels of their columns. tab: on which they stand; empty: below all."""
        found = []
        tabs = {str(each["key"]): text_of(each.get("label"), each["key"]) for each in self._form.get("pages") or ()}
        for each in self._form.get("related") or ():
            other = self._looked.catalog.find(qualified(self._desk.app, str(each.get("entity"))))
            path = f"{self._path}/related/{each['key']}"
            columns = [column_label(other, str(key)) for key in each.get("columns") or ()]
            label = text_of(each.get("label")) or (entity_label(other, plural=True) if other else str(each.get("entity")))
            shown = {"label": label, "columns": columns, "tab": tabs.get(str(each.get("page", "")), "")}
            found.append({"path": path, "key": each["key"], "problems": self._problems(path), **shown})
        return found

    def _section(self, section: Document) -> dict[str, Any]:
        here = f"{self._path}/sections/{section['key']}"
        return {
            "path": here,
            "key": section["key"],
            "page": section.get("page", ""),
            "label": text_of(section.get("label")),
            "columns": max(1, int(section.get("columns", 2) or 2)),
            "collapsed": bool(section.get("collapsed")),
            "rule": bool(section.get("show_when")),
            "places": [self._item(here, each) for each in section.get("items") or ()],
        }

    def _item(self, place: str, item: Document) -> dict[str, Any]:
        path = f"{place}/items/{item['key']}"
        definition = self.entity.fields.get(str(item.get("field"))) if self.entity and item.get("field") else None
        shown: Control | None = None
        if definition is not None:
            read_only = bool(item.get("read_only"))
            shown = control(self._looked, definition, None, required=definition.field.required, read_only=read_only)
        rows, table = item.get("rows"), self._rows(str(item["key"]))
        label = shown.label if shown else (table.label if table else "")
        named = (
            text_of(item.get("heading")) or text_of(item.get("text")) or str(item.get("field") or (rows or {}).get("entity", ""))
        )
        return {
            "path": path,
            "key": item["key"],
            "field": item.get("field"),
            "control": shown,
            "text": text_of(item.get("text")),
            "heading": text_of(item.get("heading")),
            "rows": table,
            "is_rows": rows is not None,
            "name": label or named,
            "span": int(item.get("span", 1) or 1),
            "rules": [name for name in ("show_when", "require_when", "read_only_when", "fill") if item.get(name)],
            "problems": self._problems(path),
        }

    def _rows(self, key: str) -> ShownRows | None:
        source = self._sources.get(key)
        return shown_rows(self._looked, source, [Row(0, 0, {})], {}) if source else None

    def _problems(self, path: str) -> int:
        return sum(each.path == path or each.path.startswith(f"{path}/") for each in self._desk.problems)


def form_model(looked: Context, app: str, key: str) -> Form | None:
    """The form of the draft as the runtime would have it."""
    found = looked.catalog.apps.get(app)
    return next((each for each in found.forms if each.key == key), None) if found else None


def column_label(entity: EntityDef | None, key: str) -> str:
    """What a column is called."""
    definition = entity.fields.get(key) if entity else None
    return label_of(definition) if definition else key


def column_choices(entity: EntityDef | None, *, without: Iterator[str] | set[str], inputs: bool = False) -> list[tuple[str, str]]:
    """Fields that can become columns; with `inputs` only those that a table of rows can have."""
    gone = set(without)
    return [
        (key, label_of(each))
        for key, each in (entity.fields.items() if entity else ())
        if key not in gone and each.kind != "one_to_many" and not (inputs and each.kind == "system") and key != "version"
    ]


def is_numeric(entity: EntityDef | None, key: str) -> bool:
    """Whether a column can be added up."""
    definition = entity.fields.get(key) if entity else None
    return definition is not None and shown_type(definition)[0].display in NUMERIC


def spare_fields(desk: Desk, form: Document) -> list[dict[str, str]]:
    """Fields of the entity that are not on the form."""
    from builder.fields import FIELD_TYPES

    used = {item.get("field") for section in form.get("sections") or () for item in section.get("items") or ()}
    entity = find(desk.document, f"entities/{form.get('entity')}")
    fields = entity.get("fields") or () if isinstance(entity, dict) else ()
    icons = {each.name: each.icon for each in FIELD_TYPES}
    return [
        {"key": each["key"], "label": text_of(each.get("label"), each["key"]), "icon": icons.get(each.get("type"), "forms")}
        for each in fields
        if each["key"] not in used
    ]


def pointing(looked: Context, desk: Desk, entity: EntityDef | None) -> list[dict[str, Any]]:
    """What can be shown of the records that lead here, from any app: `{"name", "entity", "field", "label", "columns"}`."""
    found = []
    for other, definition in looked.catalog.references_to(entity.name) if entity else ():
        if definition.kind != MANY_TO_ONE:
            continue
        keys = [
            key for key, each in other.fields.items() if each.kind in ("value", MANY_TO_ONE, "stored") and key != definition.key
        ]
        ordered = sorted(keys, key=lambda key, title=other.title_field: key != title)  # type: ignore[misc]
        own = other.app == desk.app
        app = looked.catalog.apps[other.app]
        label = (other.entity.plural or other.entity.label).to_json() or {}
        name = entity_label(other, plural=True)
        found.append(
            {
                "name": f"{name} · {label_of(definition)}"
                if own
                else f"{text_of(app.label, other.app)} › {name} · {label_of(definition)}",
                "entity": other.entity.key if own else other.name,
                "field": definition.key,
                "label": label,
                "columns": ordered[:_COLUMNS],
                "numeric": [key for key in ordered[:_COLUMNS] if is_numeric(other, key) and _adds_up(other, key)],
            }
        )
    return found


def _adds_up(entity: EntityDef, key: str) -> bool:
    """Sums of unit prices and percentages say nothing; those of results and quantities do."""
    kind = shown_type(entity.fields[key])[0].name
    return entity.fields[key].is_formula or kind == "number"
