"""A public form as its page shows it: questions with their answers so far, texts in the visitor's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import request

from builder.errors import Problem
from builder.label import Label
from builder.model import Form
from runtime.public_links.names import form_name
from runtime.public_links.offer import public_form
from runtime.public_links.place import Place
from runtime.public_links.settings import ADDRESS, ASK, FIXED
from runtime.public_links.visitor import Visit
from runtime.records.defaults import default_values
from runtime.tables import FieldDef
from web.i18n import current_language
from web.render.controls import widget_of
from web.render.filled_form import Filled, judged
from web.render.form_fill import fill_items
from web.render.record_form import off_form, readable_values
from web.render.row_tables import Row, RowSource, row_sources

MOST_ADDRESS_TEXT = 2000
_MANY = frozenset({"multi_select", "relation_many"})


@dataclass(frozen=True)
class Questions:
    """What a link asks for. sources: its tables of rows. given: raw values of fields that are not shown; hidden: what is known of
    all of these, parsed."""

    visit: Visit
    place: Place
    form: Form
    fields: dict[str, FieldDef]
    sources: dict[str, RowSource]
    given: Mapping[str, Any]
    hidden: Mapping[str, Any]

    @property
    def has_rules(self) -> bool:
        """Whether what is entered may change what is shown or required."""
        items = [each for section in self.form.sections for each in (section, *section.items)]
        rules = ("show_when", "require_when", "read_only_when", "fill")
        return any(getattr(each, rule, None) for each in [*items, *self.form.pages] for rule in rules)

    def filled(self, raw: Mapping[str, Any], *, rows: Mapping[str, Sequence[Row]], step: str = "", go: str = "") -> Filled:
        """The form with these values of the questions, parsed or as they came."""
        place, asked = self.place, {key: value for key, value in raw.items() if key in self.fields}
        values = {**asked, **self.given}
        filled = Filled(place.entity, place.app, self.form, "create", self.fields, self.sources, values, {}, rows)
        return judged(self.visit.ctx, replace(filled, step=step, go=go, around=self.hidden))

    def told(self, filled: Filled, problems: Sequence[Problem]) -> tuple[list[Problem], Problem | None]:
        """What of these problems is the visitor's to mend, and one that is not, if any.

        A rule speaks in the words of who made the app; everything else about fields that are not shown is not for visitors.
        """
        visible = set(self.fields) - off_form(self.form, filled.states)
        mine = [each for each in problems if each.path in visible or each.code == "rule" or self._in_row(each.path)]
        others = [each for each in problems if each not in mine]
        return mine, next(iter(others), None)

    def _in_row(self, path: str) -> bool:
        """Whether a problem is about a table of rows as a whole, or about one of its inputs."""
        table, _, place = path.partition(".")
        source = self.sources.get(table)
        return source is not None and (not place or place.rpartition(".")[2] in source.inputs(new=True))


def questions_of(visit: Visit, address: Mapping[str, Any]) -> Questions:
    """The questions of a link whose form is there. `address`: raw values of hidden fields that came with the address."""
    place, settings, ctx = visit.place, visit.settings, visit.ctx
    assert place is not None
    form = public_form(ctx.catalog, place, settings)
    keys = [item.field for section in form.sections for item in section.items if item.field]
    fields = {key: place.entity.fields[key] for key in dict.fromkeys(keys)}
    given = {**address, **{each.field: each.value for each in settings.using(FIXED)}}
    defaults = {key: value for key, value in default_values(ctx, place.entity).items() if key not in fields}
    sources = row_sources(ctx, place.app, form)
    return Questions(
        visit, place, form, fields, sources, given, {**defaults, **readable_values(ctx, place.entity, given, "create")}
    )


def beginning(visit: Visit, questions: Questions) -> Filled:
    """The form at first: with defaults, and what the address may fill in."""
    prefill = {each.field for each in visit.settings.using(ASK) if each.prefill}
    defaults = {key: value for key, value in default_values(visit.ctx, questions.place.entity).items() if key in questions.fields}
    given = {key: value for key, value in given_by_address(visit).items() if key in prefill}
    values = {**defaults, **readable_values(visit.ctx, questions.place.entity, given, "create")}
    filled = questions.filled(values, rows=first_rows(questions))
    return replace(filled, untouched=frozenset(fill_items(questions.form, questions.fields)) - set(given))


def first_rows(questions: Questions) -> dict[str, list[Row]]:
    """The rows that stand in the tables at first: as many as there have to be."""
    ctx = questions.visit.ctx
    return {
        key: [Row(0, 0, default_values(ctx, source.entity), number=number) for number in range(source.item.rows.minimum)]
        for key, source in questions.sources.items()
    }


def hidden_address(visit: Visit) -> dict[str, Any]:
    """Raw values in the address for fields that are not shown."""
    hidden = {each.field for each in visit.settings.using(ADDRESS)}
    return {key: value for key, value in given_by_address(visit).items() if key in hidden}


def given_by_address(visit: Visit) -> dict[str, Any]:
    """What the address says about the fields that it may fill in, as far as it can be read; the rest is not heard."""
    entity = visit.place.entity if visit.place else None
    found: dict[str, Any] = {}
    for key in visit.settings.from_address:
        if entity is None or key not in request.args:
            continue
        texts = [text for text in request.args.getlist(key)[:50] if text and "\x00" not in text]
        if not texts or sum(map(len, texts)) > MOST_ADDRESS_TEXT:
            continue
        several = widget_of(entity.fields[key]) in _MANY and len(texts) > 1  # one text may name several, with commas
        found[key] = texts if several else texts[-1]
    readable = readable_values(visit.ctx, entity, found, "create") if entity else {}
    return {key: value for key, value in found.items() if readable.get(key) is not None}


def kept_query(visit: Visit, language: str | None = None) -> dict[str, Any]:
    """The parameters of the address that stay when the page is drawn again."""
    query: dict[str, Any] = dict(given_by_address(visit))
    if language or "lang" in request.args:
        query["lang"] = language or current_language()
    return query


def text_of(visit: Visit, name: str, fallback: str = "") -> str:
    """A text of the settings in the visitor's language."""
    label: Label = getattr(visit.settings, name)
    return label.in_language(current_language()) or fallback


def title_of(visit: Visit) -> str:
    """What the form is called to visitors."""
    return text_of(visit, "title") or form_name(visit.ctx, visit.link.app, visit.link.form)
