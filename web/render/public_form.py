"""A public form as its page shows it: questions with their answers so far, texts in the visitor's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request

from builder.errors import Problem
from builder.label import Label
from builder.model import Form
from runtime.public_links.names import form_name
from runtime.public_links.offer import Place, public_form
from runtime.public_links.settings import ADDRESS, ASK, FIXED
from runtime.public_links.visitor import Visit
from runtime.records.defaults import default_values
from runtime.tables import FieldDef
from web.i18n import current_language
from web.render.controls import widget_of
from web.render.forms import errors_of
from web.render.record_form import ItemState, ShownSection, missing, off_form, readable_values, shown_form, states_of

MOST_ADDRESS_TEXT = 2000
_MANY = frozenset({"multi_select", "relation_many"})


@dataclass(frozen=True)
class Questions:
    """What a link asks for. hidden: parsed values of fields that are not shown, for the rules of the form."""

    visit: Visit
    place: Place
    form: Form
    fields: dict[str, FieldDef]
    hidden: Mapping[str, Any]

    @property
    def has_rules(self) -> bool:
        """Whether what is entered may change what is shown or required."""
        items = [each for section in self.form.sections for each in (section, *section.items)]
        rules = ("show_when", "require_when", "read_only_when")
        return any(getattr(each, rule, None) is not None for each in items for rule in rules)

    def states(self, raw: Mapping[str, Any]) -> dict[str, ItemState]:
        """What the form's rules say for these values."""
        return states_of(self.visit.ctx, self.place.entity, self.form, {**self.hidden, **self.read(raw)})

    def read(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """What can be read of the asked values."""
        asked = {key: value for key, value in raw.items() if key in self.fields}
        return readable_values(self.visit.ctx, self.place.entity, asked, "create")

    def counted(self, raw: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
        """The values that count: those of questions that are shown and open. And what a rule requires and is missing."""
        states = self.states(raw)
        off = off_form(self.form, states)
        counted = {key: value for key, value in raw.items() if key in self.fields and key not in off}
        return counted, missing(self.form, states, self.read(counted))

    def visible(self, raw: Mapping[str, Any]) -> set[str]:
        """Keys of the questions that the visitor sees and can answer."""
        return set(self.fields) - off_form(self.form, self.states(raw))

    def sections(self, values: Mapping[str, Any], errors: Mapping[str, list[str]]) -> list[ShownSection]:
        """The sections with inputs that hold these values, parsed or as they came."""
        return shown_form(self.visit.ctx, self.place.entity, self.form, self.states(values), values, self.fields, errors)


def questions_of(visit: Visit, address: Mapping[str, Any]) -> Questions:
    """The questions of a link whose form is there. `address`: raw values of hidden fields that came with the address."""
    place, settings, ctx = visit.place, visit.settings, visit.ctx
    assert place is not None
    form = public_form(place, settings)
    keys = [item.field for section in form.sections for item in section.items if item.field]
    fields = {key: place.entity.fields[key] for key in dict.fromkeys(keys)}
    fixed = {each.field: each.value for each in settings.using(FIXED)}
    given = readable_values(ctx, place.entity, {**address, **fixed}, "create")
    defaults = {key: value for key, value in default_values(ctx, place.entity).items() if key not in fields}
    return Questions(visit, place, form, fields, {**defaults, **given})


def beginning(visit: Visit, questions: Questions) -> dict[str, Any]:
    """What the inputs hold at first: defaults, and what the address may fill in."""
    prefill = {each.field for each in visit.settings.using(ASK) if each.prefill}
    defaults = {key: value for key, value in default_values(visit.ctx, questions.place.entity).items() if key in questions.fields}
    return {**defaults, **questions.read({key: value for key, value in given_by_address(visit).items() if key in prefill})}


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
        found[key] = texts if widget_of(entity.fields[key]) in _MANY else texts[-1]
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


def told(problems: Sequence[Problem], visible: set[str]) -> tuple[dict[str, list[str]], Problem | None]:
    """Sentences by question, those of the form as a whole under "". And a problem that the visitor cannot mend, if any.

    A rule speaks in the words of who made the app; everything else about fields that are not shown is not for visitors.
    """
    mine = [each for each in problems if each.path in visible]
    rules = [each for each in problems if each.path not in visible and each.code == "rule"]
    others = [each for each in problems if each.path not in visible and each.code != "rule"]
    return errors_of([*mine, *rules], visible), next(iter(others), None)
