"""The page on which an administrator opens a form to the public: what it shows of a link, and what it reads back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import segno
from flask import current_app, request
from werkzeug.datastructures import MultiDict

from builder.errors import Problem
from builder.label import LANGUAGES, Label
from runtime.context import Context
from runtime.public_links.offer import Offer, offers, people_fields, troubles
from runtime.public_links.place import Place
from runtime.public_links.settings import ADDRESS, ASK, BROWSER, FIXED, LinkField, LinkSettings
from runtime.public_links.store import Link
from runtime.public_links.tables import TableOffer, table_offers
from runtime.public_links.visitor import BROKEN, CLOSED, EARLY, FULL, OFF, OPEN, state_of
from runtime.settings import Settings
from runtime.tables import FieldDef
from web.i18n import current_language, translate
from web.i18n import gettext as _
from web.render.controls import Control, control, submitted
from web.render.values import entity_label, label_of

ASK_PREFILL = "prefill"
TEXTS = ("title", "intro", "thanks", "early", "closed", "full")
VALUE = "value__"
USE = "use__"


@dataclass(frozen=True)
class Row:
    """One field on the page. uses: (value, text) of what may become of it; empty when it can only be given a value."""

    key: str
    label: str
    icon: str
    required: bool
    on_form: bool
    uses: tuple[tuple[str, str], ...]
    use: str
    value: Control


def rows_of(ctx: Context, place: Place, settings: LinkSettings, errors: Mapping[str, list[str]]) -> list[Row]:
    """The fields that the link may speak of, those on the form first."""
    chosen = {each.field: each for each in settings.fields}
    return [_row(ctx, each, chosen.get(key), errors) for key, each in offers(ctx.catalog, place).items()]


@dataclass(frozen=True)
class TableRow:
    """A table of rows of the form. why_not: why it cannot be public; empty when it can."""

    key: str
    label: str
    columns: str
    asked: bool
    why_not: str = ""


def tables_of(ctx: Context, place: Place, settings: LinkSettings) -> list[TableRow]:
    """The tables of rows that the link may speak of."""
    return [_table(key, each, key in settings.tables) for key, each in table_offers(ctx.catalog, place).items()]


def _table(key: str, offer: TableOffer, asked: bool) -> TableRow:
    label = offer.item.rows.label.in_language(current_language()) or entity_label(offer.entity, plural=True)
    columns = " · ".join(label_of(offer.entity.fields[each]) for each in offer.columns)
    why_not = ""
    if offer.lacking:
        names = _(", ").join(label_of(each) for each in offer.lacking)
        why_not = _("Not for visitors: its rows need %(fields)s, which they cannot fill in.", fields=names)
    elif not offer.may_ask:
        why_not = _("Not for visitors: none of its columns can be asked for in public.")
    return TableRow(key, label, columns, asked and offer.may_ask, why_not)


def _row(ctx: Context, offer: Offer, chosen: LinkField | None, errors: Mapping[str, list[str]]) -> Row:
    definition = offer.field
    name = VALUE + definition.key
    made = control(ctx, definition, chosen.value if chosen else None, errors=tuple(errors.get(name, ())))
    label = label_of(definition)
    use = "" if chosen is None else ASK_PREFILL if chosen.use == ASK and chosen.prefill else chosen.use
    icon = str(definition.type.icon)
    value = replace(made, key=name, label=_("Value of %(field)s", field=label) if offer.may_prefill else label, help="")
    return Row(definition.key, label, icon, definition.field.required, offer.on_form, _uses(offer), use, value)


def _uses(offer: Offer) -> tuple[tuple[str, str], ...]:
    if not offer.may_prefill:
        return ()
    asked = ((ASK, _("Asked")), (ASK_PREFILL, _("Asked, and the address may fill it in"))) if offer.may_ask else ()
    return (
        *asked,
        (ADDRESS, _("Not shown, the address fills it in")),
        (FIXED, _("Not shown, always this value:")),
        ("", _("Left out")),
    )


def read_settings(ctx: Context, place: Place, form: MultiDict[str, str]) -> dict[str, Any]:
    """The JSON of the settings from the page's form; what cannot be read stays as it came, for the check to refuse."""
    found: dict[str, Any] = {name: texts for name in TEXTS if (texts := _texts(form, name))}
    found["fields"] = list(_fields(place, ctx, form))
    found["tables"] = list(dict.fromkeys(form.getlist("tables")))
    for name in ("opens_at", "closes_at"):
        if form.get(name):
            found[name] = _moment(form[name], ctx)
    for name in ("limit", "per_person"):
        if form.get(name, "").strip():
            found[name] = _number(form[name].strip())
    found |= {name: form.get(name, "").strip() for name in ("name", "thanks_url") if form.get(name, "").strip()}
    person_by = form.get("person_by", BROWSER)
    if person_by != BROWSER:
        found["person_by"] = person_by
    if form.get("another") != "1":
        found["another"] = False
    found["notify"] = [_number(each) for each in form.getlist("notify") if each]
    return found


def _fields(place: Place, ctx: Context, form: MultiDict[str, str]) -> Sequence[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for key, offer in offers(ctx.catalog, place).items():
        value = submitted(form, {VALUE + key: offer.field}).get(VALUE + key)
        use = form.get(USE + key, "") if offer.may_prefill else (FIXED if value not in (None, "", []) else "")
        if use in (ASK, ADDRESS):
            found.append({"field": key, "use": use})
        elif use == ASK_PREFILL:
            found.append({"field": key, "use": ASK, "prefill": True})
        elif use == FIXED:
            found.append({"field": key, "use": FIXED, "value": value})
    return found


def _texts(form: MultiDict[str, str], name: str) -> dict[str, str]:
    texts = {language: form.get(f"{name}__{language}", "").strip() for language in LANGUAGES}
    return {language: text for language, text in texts.items() if text}


def _moment(text: str, ctx: Context) -> str:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return text
    return (found if found.tzinfo else found.replace(tzinfo=ctx.workspace.zone)).isoformat()


def _number(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else text


def errors_by_input(problems: Sequence[Problem]) -> dict[str, list[str]]:
    """Sentences by the name of the input; those of no input under ""."""
    found: dict[str, list[str]] = {}
    for each in problems:
        head, _slash, rest = each.path.partition("/")
        key = VALUE + rest.partition("/")[0] if head == "fields" and rest else head
        found.setdefault(key, []).append(translate(each))
    return found


def local_time(ctx: Context, text: str) -> str:
    """A stored time as an input of the browser holds it, in the workspace's zone."""
    try:
        return datetime.fromisoformat(text).astimezone(ctx.workspace.zone).strftime("%Y-%m-%dT%H:%M") if text else ""
    except ValueError:
        return text


def texts_by_language(label: Label) -> dict[str, str]:
    """The texts of a label for inputs; one plain text is the reader's."""
    texts = dict(label.texts)
    return {current_language(): texts[""]} if "" in texts else texts


def state_words(state: str) -> tuple[str, str]:
    """(text, colour) of the link's state."""
    return {
        OPEN: (_("Takes answers"), "green"),
        OFF: (_("Switched off"), "gray"),
        EARLY: (_("Not open yet"), "yellow"),
        CLOSED: (_("Over"), "gray"),
        FULL: (_("Full"), "yellow"),
        BROKEN: (_("Cannot take answers"), "red"),
    }[state]


def trouble_lines(ctx: Context, place: Place, link: Link | None, settings: LinkSettings) -> list[str]:
    """What keeps the form closed, and what went wrong last, in words."""
    found = []
    for each in troubles(ctx.catalog, place, settings):
        field = place.entity.fields.get(each.path.partition("/")[2])
        found.append(f"{label_of(field)}: {translate(each)}" if field else translate(each))
    if link is not None and link.trouble:
        field = place.entity.fields.get(str(link.trouble.get("field")))
        name = label_of(field) if field else _("the form")
        found.append(
            _("The last answer could not be saved: something is wrong with %(field)s, which visitors cannot change.", field=name)
        )
    return found


def link_state(ctx: Context, link: Link | None, place: Place) -> str:
    """The state as visitors meet it."""
    return state_of(ctx, link, place) if link is not None else OFF


def person_choices(ctx: Context, place: Place, settings: LinkSettings) -> list[tuple[str, str]]:
    """How people may be told apart."""
    fields = people_fields(ctx.catalog, place, settings)
    return [(BROWSER, _("by browser")), *((each.key, _("by %(field)s", field=label_of(each))) for each in fields)]


def public_url(link: Link) -> str:
    """The whole address of a link."""
    settings: Settings = current_app.config["SETTINGS"]
    return f"{settings.base_url or request.host_url.rstrip('/')}/f/{link.token}"


def is_only_here(url: str) -> bool:
    """Whether an address leads nowhere on other machines."""
    return (urlsplit(url).hostname or "") in ("localhost", "127.0.0.1", "::1", "0.0.0.0")


def example_url(url: str, place: Place, settings: LinkSettings) -> str:
    """The address with examples of what it may fill in; empty when it may not."""
    fields = place.entity.fields
    keys = [each.field for each in settings.fields if each.field in settings.from_address and each.field in fields]
    return f"{url}?" + "&".join(f"{key}={_example(fields[key])}" for key in keys) if keys else ""


def _example(definition: FieldDef) -> str:
    """A value as it can stand in an address; a point where any text will do."""
    words = definition.field.options.get("choices") or ()
    if words:
        return str(words[0]["key"])
    return {"date": "2026-05-01", "datetime": "2026-05-01T09:00", "boolean": "true"}.get(definition.field.type, "…")


def qr_code(url: str, kind: str) -> bytes:
    """The address as a QR code, `png` or `svg`, with the quiet margin that readers need."""
    target = BytesIO()
    options: dict[str, Any] = {"scale": 16} if kind == "png" else {"scale": 10, "omitsize": False}
    segno.make(url, error="m", micro=False).save(target, kind=kind, border=4, **options)
    return target.getvalue()
