"""Tables of rows in public forms: which of a form's may be shown to strangers, and with which columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from builder.keys import qualified
from builder.model import FormItem, Grant
from runtime.catalog import Catalog
from runtime.public_links.place import Place, has_default, is_harmless, needed_fields
from runtime.records.plan import plan_of
from runtime.tables import EntityDef, FieldDef

_MOST_INPUTS = 400
"""Inputs of all tables of a page together; less than the page's guard reads."""


@dataclass(frozen=True)
class TableOffer:
    """A table of rows of the form. item: with those columns alone that may be asked for. lacking: fields that its rows need and
    nothing fills in."""

    item: FormItem
    entity: EntityDef
    lacking: tuple[FieldDef, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(each.key for each in self.item.rows.columns)

    @property
    def may_ask(self) -> bool:
        return bool(self.columns) and not self.lacking


def table_offers(catalog: Catalog, place: Place) -> dict[str, TableOffer]:
    """The tables of rows on the form, by the key of their place on it."""
    items = [item for section in place.form.sections for item in section.items if item.rows.entity]
    return {item.key: offer for item in items if (offer := _offer(catalog, place, item)) is not None}


def _offer(catalog: Catalog, place: Place, item: FormItem) -> TableOffer | None:
    entity = catalog.find(qualified(place.app, item.rows.entity))
    if entity is None or item.rows.field not in entity.fields:
        return None
    plan = plan_of(catalog, entity.name)
    columns = tuple(each for each in item.rows.columns if not each.read_only and is_harmless(plan, each.key))
    filled = {item.rows.field, *(each.key for each in columns)}
    lacking = [key for key in needed_fields(plan) if key not in filled and not has_default(plan, key)]
    rows = replace(item.rows, columns=columns)
    return TableOffer(replace(item, rows=rows), entity, tuple(plan.writable[key] for key in lacking))


def asked_tables(catalog: Catalog, place: Place, keys: Iterable[str]) -> dict[str, TableOffer]:
    """Of these tables those that may be public, with no more rows than a page can send."""
    there = table_offers(catalog, place)
    asked = {key: there[key] for key in dict.fromkeys(keys) if key in there and there[key].may_ask}
    return {key: replace(each, item=_limited(each.item, len(asked))) for key, each in asked.items()}


def _limited(item: FormItem, tables: int) -> FormItem:
    rows = item.rows
    most = max(1, rows.minimum, _MOST_INPUTS // tables // (len(rows.columns) + 2))
    return replace(item, rows=replace(rows, maximum=min(rows.maximum or most, most)))


def table_grants(offers: Iterable[TableOffer]) -> Iterator[Grant]:
    """To make rows with the columns of these tables, and nothing else."""
    for each in offers:
        open_keys = {*each.columns, each.item.rows.field}
        closed = tuple(sorted(key for key in each.entity.fields if key not in open_keys))
        yield Grant(each.entity.name, create=True, read_only=closed)
