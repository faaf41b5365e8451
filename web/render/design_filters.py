"""What the dashboard designer shows of filters: the bar, what can become one, and what can be set of the picked one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from builder.acts.base import find
from builder.acts.filter_tables import tables_of
from builder.board_filters import FILTER_KINDS, ME, MY_TEAMS, FilterKind
from builder.codec import decode
from builder.fields.choice import choices
from builder.keys import SYSTEM_FIELDS, qualified
from builder.model import BoardFilter
from runtime.context import Context
from runtime.drafts import Desk
from runtime.tables import MANY_TO_ONE, EntityDef, FieldDef
from web.i18n import gettext as _
from web.i18n import mark, translate
from web.render.design import entity_name, text_of, texts_of
from web.render.tiles.filters import Offered
from web.render.tiles.period_words import period_choices, period_words
from web.render.values import label_of, path_end, pill_of, shown_type

KIND_NAMES = {
    "period": mark("Date"),
    "person": mark("People"),
    "team": mark("Teams"),
    "choice": mark("Choices"),
    "relation": mark("Linked records"),
}


@dataclass(frozen=True)
class FilterChip:
    """A filter in the bar over the grid."""

    path: str
    key: str
    label: str
    icon: str
    start: str
    problems: tuple[str, ...] = ()


@dataclass
class Candidate:
    """A field that can become a filter, and the tables that have it."""

    kind: str
    entity: str
    path: str
    label: str
    icon: str
    tables: list[str] = field(default_factory=list)


def sound_filters(desk: Desk, path: str) -> list[BoardFilter]:
    """The filters of a dashboard of the draft that have no problem."""
    found = (find(desk.document, path) or {}).get("filters") or ()
    return [decode(BoardFilter, each) for each in found if not _problems(desk, f"{path}/filters/{each['key']}")]


def filter_chips(looked: Context, desk: Desk, path: str) -> list[FilterChip]:
    """The filters of a dashboard of the draft, in their order."""
    chips = []
    for each in (find(desk.document, path) or {}).get("filters") or ():
        place, kind = f"{path}/filters/{each['key']}", FILTER_KINDS.find(str(each.get("kind")))
        label = text_of(each.get("label")) or _first_label(looked, desk, each) or each["key"]
        icon = kind.icon if kind else "alert-triangle"
        chips.append(FilterChip(place, each["key"], label, icon, start_words(looked, desk.app, each), _problems(desk, place)))
    return chips


def start_words(looked: Context, app: str, document: Mapping[str, Any]) -> str:
    """With what a filter begins; empty for nothing."""
    names = {one.value: one.text for one in startable(looked, app, document)}
    is_period = document.get("kind") == "period"
    return _(", ").join(period_words(one) if is_period else names.get(one, one) for one in document.get("start") or ())


def _problems(desk: Desk, path: str) -> tuple[str, ...]:
    mine = (each for each in desk.problems if each.path == path or each.path.startswith(f"{path}/"))
    return tuple(dict.fromkeys(translate(each) for each in mine))


def _first_label(looked: Context, desk: Desk, document: Mapping[str, Any]) -> str:
    found = next(_ends(looked, desk.app, document), None)
    return found.label if found else ""


def _ends(looked: Context, app: str, document: Mapping[str, Any]) -> Iterator[Any]:
    for table in document.get("tables") or ():
        entity = looked.catalog.find(qualified(app, str(table.get("entity"))))
        end = path_end(looked, entity, str(table["field"])) if entity and table.get("field") else None
        if end is not None:
            yield end


def candidates(looked: Context, desk: Desk, path: str) -> list[tuple[str, list[Candidate]]]:
    """What of the tables on the dashboard can become a filter and is none yet, by kind; the same field of several tables is one."""
    board = find(desk.document, path) or {}
    taken = {
        (each.get("kind"), str(table.get("field"))) for each in board.get("filters") or () for table in each.get("tables") or ()
    }
    found: dict[tuple[str, str], Candidate] = {}
    for reference in tables_of(board):
        entity = looked.catalog.find(qualified(desk.app, reference))
        for one in _own(entity) if entity else ():
            kind = _kind_of(one)
            if kind is None or (kind.name, one.key) in taken:
                continue
            made = found.setdefault((kind.name, one.key), Candidate(kind.name, reference, one.key, label_of(one), kind.icon))
            made.tables.append(entity_name(desk, reference))
    by_kind = [(_(KIND_NAMES[kind]), [each for each in found.values() if each.kind == kind]) for kind in FILTER_KINDS.names()]
    return [
        (title, sorted(some, key=lambda each: (each.path in SYSTEM_FIELDS, -len(each.tables)))) for title, some in by_kind if some
    ]


def _own(entity: EntityDef) -> list[FieldDef]:
    return sorted(
        (each for each in entity.fields.values() if each.key not in ("id", "version")), key=lambda one: one.kind == "system"
    )


def _kind_of(definition: FieldDef) -> FilterKind | None:
    kind = definition.type.expression_type(definition.field)
    return next((each for each in FILTER_KINDS if kind in each.types), None)


def filter_panel(looked: Context, desk: Desk, path: str) -> dict[str, Any] | None:
    """What can be set of a filter; None when it is gone."""
    document = find(desk.document, path)
    kind = FILTER_KINDS.find(str(document.get("kind"))) if isinstance(document, dict) else None
    if not isinstance(document, dict) or kind is None:
        return None
    board = find(desk.document, path.partition("/filters/")[0]) or {}
    chosen = {str(each.get("entity")): str(each.get("field") or "") for each in document.get("tables") or ()}
    tables = list(dict.fromkeys([*tables_of(board), *(table for table, name in chosen.items() if name)]))
    tiles = [each for each in board.get("tiles") or () if chosen.get(str(each.get("entity", "")))]
    return {
        "path": path,
        "filter": document,
        "kind": kind,
        "kind_name": _(KIND_NAMES[kind.name]),
        "texts": texts_of(document.get("label")),
        "label": text_of(document.get("label")) or _first_label(looked, desk, document) or document["key"],
        "auto": _first_label(looked, desk, document),
        "tables": [
            (each, entity_name(desk, each), chosen.get(each, ""), _fields(looked, desk, kind, each, chosen)) for each in tables
        ],
        "startable": startable(looked, desk.app, document),
        "start": list(document.get("start") or ()),
        "tiles": [each["key"] for each in tiles],
        "skip": list(document.get("skip") or ()),
        "problems": _problems(desk, path),
    }


def _fields(looked: Context, desk: Desk, kind: FilterKind, reference: str, chosen: Mapping[str, str]) -> list[tuple[str, str]]:
    """(path, label) of the fields of a table, and of those one step away, that the filter can look at."""
    entity = looked.catalog.find(qualified(desk.app, reference))
    found = [(one.key, label_of(one)) for one in (_own(entity) if entity else ()) if _kind_of(one) is kind]
    for relation in _own(entity) if entity else ():
        other = looked.catalog.find(relation.target) if relation.target and relation.kind == MANY_TO_ONE else None
        steps = [each for each in _own(other) if each.kind != "system" and _kind_of(each) is kind] if other else []
        found += [(f"{relation.key}.{each.key}", f"{label_of(relation)} · {label_of(each)}") for each in steps]
    now = chosen.get(reference, "")
    return [*([(now, now)] if now and now not in dict(found) else []), *found]


def startable(looked: Context, app: str, document: Mapping[str, Any]) -> list[Offered]:
    """The values with which the filter can begin; those of people are only "me", since a document knows nobody by name."""
    kind = document.get("kind")
    if kind == "period":
        return [Offered(value, text) for value, text in period_choices()]
    if kind == "person":
        return [Offered(ME, _("Myself"))]
    if kind == "team":
        return [Offered(MY_TEAMS, _("My teams"))]
    found: dict[str, Offered] = {}
    for end in _ends(looked, app, document) if kind == "choice" else ():
        declared = shown_type(end.field)[1]
        if declared.type == "boolean":
            found |= {"true": Offered("true", _("Yes")), "false": Offered("false", _("No"))}
        for each in choices(declared):
            pill = pill_of(declared, each["key"])
            found.setdefault(each["key"], Offered(each["key"], pill.text, pill.colour))
    return list(found.values())
