"""Filters at the top of a dashboard: what is chosen, what can be, and the tiles with only the records that fit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from builder.board_filters import FILTER_KINDS, ME, MY_TEAMS, NOTHING, condition, read_values
from builder.expressions.types import Type
from builder.fields.choice import choices
from builder.keys import qualified
from builder.model import BoardFilter, Tile
from runtime import access
from runtime.context import Context
from runtime.people import list_members, list_teams
from runtime.records.read import titles
from runtime.tables import EntityDef
from web.i18n import current_language
from web.i18n import gettext as _
from web.render.tiles.period_words import period_choices, period_words
from web.render.tiles.shown import both
from web.render.values import PathEnd, path_end, pill_of, shown_type

PREFIX = "f."
_DATES = "dates"
_FEW = 12


@dataclass(frozen=True)
class Offered:
    """A value that can be chosen."""

    value: str
    text: str
    colour: str = ""

    @property
    def pair(self) -> tuple[str, str]:
        """As choices of an input."""
        return self.value, self.text


@dataclass(frozen=True)
class OpenFilter:
    """A filter as the reader sees it. ends: the fields that it looks at, by the full name of their table, without those that are
    hidden from the reader; source: where further values come from."""

    filter: BoardFilter
    label: str
    ends: Mapping[str, PathEnd]
    values: tuple[str, ...] = ()
    start: tuple[str, ...] = ()
    offered: tuple[Offered, ...] = ()
    source: str = ""

    @property
    def name(self) -> str:
        """Its name in addresses."""
        return PREFIX + self.filter.key

    @property
    def icon(self) -> str:
        return FILTER_KINDS.get(self.filter.kind).icon

    @property
    def is_changed(self) -> bool:
        return self.values != self.start

    @property
    def is_long(self) -> bool:
        """Whether its values are too many to be seen at once."""
        return bool(self.source) or len(self.offered) > _FEW

    @property
    def dates(self) -> tuple[str, str]:
        """The first and last day that were chosen freely."""
        first, _dots, last = self.values[0].partition("..") if self.values and ".." in self.values[0] else ("", "", "")
        return first, last

    @property
    def chosen(self) -> str:
        """What is chosen, in a few words; empty for nothing."""
        if self.filter.kind == "period":
            return period_words(self.values[0]) if self.values else ""
        names = {each.value: each.text for each in self.offered}
        if len(self.values) > 2:
            return _("%(num)d chosen", num=len(self.values))
        return _(", ").join(names.get(each, each) for each in self.values)


def open_filters(
    ctx: Context, app: str, filters: Iterable[BoardFilter], args: MultiDict[str, str] | None = None
) -> list[OpenFilter]:
    """Those that are open to the reader, with what the address chooses, else with what they begin with."""
    return [found for each in filters if (found := _opened(ctx, app, each, args or MultiDict())) is not None]


def _opened(ctx: Context, app: str, board_filter: BoardFilter, args: MultiDict[str, str]) -> OpenFilter | None:
    ends = {}
    for table in board_filter.tables:
        name = qualified(app, table.entity)
        end = readable_end(ctx, ctx.catalog.find(name), table.field) if table.field else None
        if end is not None and (board_filter.kind != "relation" or _may_choose(ctx, end)):
            ends[name] = end
    if not ends:
        return None
    first = next(iter(ends.values()))
    label = board_filter.label.in_language(current_language()) or first.label
    found = OpenFilter(board_filter, label, ends)
    asked = tuple(_asked(found, args)) if found.name in args else board_filter.start
    values = read_values(board_filter.kind, asked)
    target = first.field.target if board_filter.kind == "relation" else None
    offered = tuple(_offered(ctx, board_filter.kind, ends.values(), str(target), values))
    known = {each.value for each in offered}
    values, start = (
        tuple(each for each in some if each in known or board_filter.kind == "period")
        for some in (values, read_values(board_filter.kind, board_filter.start))
    )
    return replace(found, values=values, start=start, offered=offered, source=f"/choices/{target}?q=" if target else "")


def _may_choose(ctx: Context, end: PathEnd) -> bool:
    """Whether the records of the table that a relation leads to are open to the reader."""
    target = ctx.catalog.find(end.field.target or "")
    return target is not None and access.rights(ctx, target).may_read


def _asked(found: OpenFilter, args: MultiDict[str, str]) -> list[str]:
    given = args.getlist(found.name)
    if found.filter.kind == "period" and given[-1:] == [_DATES]:
        return [f"{args.get(f'{found.name}.from', '')}..{args.get(f'{found.name}.to', '')}"]
    return given


def readable_end(ctx: Context, entity: EntityDef | None, path: str) -> PathEnd | None:
    """The field at the end of a path when all on the way is open to the reader."""
    here = entity
    for step in path.split("."):
        rights = access.rights(ctx, here) if here is not None else None
        if here is None or rights is None or not rights.may_read or step not in rights.readable_fields:
            return None
        found = here.fields.get(step)
        here = ctx.catalog.find(found.target) if found is not None and found.target else None
    return path_end(ctx, entity, path) if entity is not None else None


def _offered(ctx: Context, kind: str, ends: Iterable[PathEnd], target: str, values: tuple[str, ...]) -> list[Offered]:
    if kind == "period":
        return [Offered(value, text) for value, text in period_choices()]
    ids = [int(each) for each in values if each.isdigit()]
    nothing = Offered(NOTHING, _("empty"), "gray")
    if kind == "person":
        # Only members: an address may name anybody, and names of others are nobody's business.
        members = [each for each in list_members(ctx.connection, ctx.workspace.id) if each.active or each.user_id in ids]
        people = [Offered(str(each.user_id), each.name or each.email) for each in members]
        return [Offered(ME, _("Myself")), *people, nothing]
    if kind == "team":
        teams = list_teams(ctx.connection, ctx.workspace.id)
        return [Offered(MY_TEAMS, _("My teams")), *(Offered(str(each.id), each.name) for each in teams), nothing]
    if kind == "relation":
        return [*(Offered(str(key), title) for key, title in titles(ctx, target, ids).items()), nothing]
    found: dict[str, Offered] = {}
    for end in ends:
        declared = shown_type(end.field)[1]
        if end.field.type.expression_type(end.field.field) is Type.BOOLEAN:
            found |= {"true": Offered("true", _("Yes")), "false": Offered("false", _("No"))}
        for each in choices(declared):
            pill = pill_of(declared, each["key"])
            found.setdefault(each["key"], Offered(each["key"], pill.text, pill.colour))
    return [*found.values(), *(() if set(found) <= {"true", "false"} else (nothing,))]


def address_of(filters: Iterable[OpenFilter], **more: str) -> str:
    """The query that chooses the same again; empty when all is as it begins."""
    pairs = [(name, value) for name, value in more.items() if value]
    for each in filters:
        if each.is_changed:
            pairs += [(each.name, value) for value in each.values] or [(each.name, "")]
    return urlencode(pairs)


def narrowed(app: str, tile: Tile, filters: Iterable[OpenFilter]) -> tuple[Tile, tuple[str, ...]]:
    """The tile over the records that fit, and the labels of filters that the reader has set and that leave it alone."""
    left: list[str] = []
    for each in filters:
        end = each.ends.get(qualified(app, tile.entity)) if tile.entity else None
        if not each.values or not tile.entity:
            continue
        if end is None or tile.key in each.filter.skip or end.path in _own_fields(tile):
            left += [each.label] if each.is_changed else []  # as it begins, a dashboard is as it was meant
        elif each.filter.kind == "period" and tile.compare and tile.compare["field"] == end.path:
            # The tile compares periods of this very date: the chosen one takes the place of the current one.
            tile = replace(tile, compare={**tile.compare, "chosen": each.values[0]})
        else:
            tile = replace(tile, filter=both(tile.filter, _tree(each, end)))
    return tile, tuple(left)


def _own_fields(tile: Tile) -> set[Any]:
    """Fields by which "my day" chooses its records: the reader's, due today."""
    return {tile.options.get("date"), tile.options.get("person")} if tile.type == "my_day" else set()


def _tree(open_filter: OpenFilter, end: PathEnd) -> Mapping[str, Any]:
    kind = end.field.type.expression_type(end.field.field)
    known = [each["key"] for each in choices(shown_type(end.field)[1])]
    return condition(open_filter.filter.kind, end.path, kind, known, open_filter.values)
