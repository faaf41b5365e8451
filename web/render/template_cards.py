"""Templates as the gallery shows them: what they hold, their read-me, plans and conflicts in words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from markupsafe import Markup

from builder.label import Label
from builder.merge import MergeConflict
from builder.versions import version_key
from runtime.install import Template as AnyTemplate
from runtime.schema.preview import PlanItem
from templates_library import loader
from templates_library.loader import NoSuchTemplate, Template
from web.i18n import LANGUAGE_NAMES, current_language, translate
from web.i18n import gettext as _

_LONGEST = 2_000
_HEADING = re.compile(r"\A\s*#[^#].*\n+")
# What is counted and listed, in this order: section of the document, icon.
SECTIONS = (
    ("entities", "database"),
    ("forms", "forms"),
    ("views", "list-details"),
    ("pipelines", "layout-kanban"),
    ("automations", "bolt"),
    ("dashboards", "chart-bar"),
    ("roles", "shield-lock"),
)


@dataclass(frozen=True)
class Card:
    """A template in the gallery. counts: (section, icon, number). installed: its version here, empty when it is not there."""

    key: str
    label: str
    description: str
    icon: str
    colour: str
    version: str
    picture: str
    counts: tuple[tuple[str, str, int], ...]
    needs: tuple[str, ...]
    languages: tuple[str, ...]
    samples: int
    installed: str = ""

    @property
    def is_newer(self) -> bool:
        return bool(self.installed) and version_key(self.version) > version_key(self.installed)


@dataclass(frozen=True)
class Group:
    """Parts of a plan that belong together. lines: (text, note, whether values would be lost)."""

    title: str
    icon: str
    lines: tuple[tuple[str, str, bool], ...]


@dataclass(frozen=True)
class Choice:
    """A place that both sides changed."""

    path: str
    place: str
    mine: str
    theirs: str
    chosen: str


def card(key: str, installed: Mapping[str, tuple[str, str]]) -> Card:
    """The card of one template."""
    template = loader.read(key)
    app = template.app
    return Card(
        key=key,
        label=label_text(app.get("label")) or key,
        description=label_text(app.get("description")),
        icon=str(app.get("icon", "apps")),
        colour=str(app.get("color", "blue")),
        version=str(app.get("version", "")),
        picture=f"/templates/{key}/picture" if template.meta.get("picture") else "",
        counts=tuple((section, icon, len(app.get(section, ()))) for section, icon in SECTIONS if app.get(section)),
        needs=tuple(_app_text(need) for need in template.needs),
        languages=tuple(LANGUAGE_NAMES.get(each, each) for each in template.meta.get("languages", ("en",))),
        samples=sum(len(each["records"]) for each in template.samples),
        installed=installed.get(key, ("", ""))[1],
    )


def label_text(value: Any) -> str:
    """A label of a document in the reader's language."""
    return Label.of(value).in_language(current_language()) if value else ""


def section_text(section: str) -> str:
    """What a section of an app document, or a part of an item, is called; its key where there is no word for it."""
    return {
        "entities": _("Kinds of records"),
        "extends": _("More fields for other apps"),
        "forms": _("Forms"),
        "views": _("Views"),
        "pipelines": _("Pipelines"),
        "automations": _("Automations"),
        "dashboards": _("Dashboards"),
        "roles": _("Roles"),
        "menu": _("Menu"),
        "fields": _("Fields"),
        "label": _("Name"),
        "filter": _("Filter"),
        "sort": _("Sort"),
        "columns": _("Columns"),
        "options": _("Options"),
        "required": _("Required"),
        "default": _("Default value"),
        "trigger": _("Trigger"),
        "condition": _("Condition"),
        "steps": _("Steps"),
        "version": _("Version"),
    }.get(section, section)


def readme(template: Template) -> Markup:
    """The read-me in the reader's language as safe HTML, without its first heading, which the page has itself."""
    language = current_language()
    return _html(template.readme.get(language) or template.readme.get("en", ""))


@cache
def _html(text: str) -> Markup:
    import nh3
    from markdown_it import MarkdownIt

    html = MarkdownIt("commonmark", {"html": False}).enable("table").render(_HEADING.sub("", text, count=1))
    return Markup(nh3.clean(html))  # noqa: S704  sanitised


def installed_parts(templates: Iterable[AnyTemplate]) -> list[tuple[str, list[Group]]]:
    """For each app that an installation brings: its name and everything in it by name."""
    found = []
    for template in templates:
        groups = []
        for section, icon in (*SECTIONS[:1], ("extends", "puzzle"), *SECTIONS[1:]):
            lines = tuple((_item_text(each), _note(section, each), False) for each in template.app.get(section, ()))
            if lines:
                groups.append(Group(section_text(section), icon, lines))
        found.append((label_text(template.app.get("label")) or template.key, groups))
    return found


def _note(section: str, item: Mapping[str, Any]) -> str:
    if section in ("entities", "extends"):
        return _("%(count)d fields", count=len(item.get("fields", ())))
    return ""


def _item_text(item: Mapping[str, Any]) -> str:
    if "label" in item:
        return label_text(item["label"]) or str(item.get("key", ""))
    return str(item.get("key") or "") or _entity_text(str(item.get("entity", "")))


def _is_item(value: Mapping[str, Any]) -> bool:
    return "key" in value or ("entity" in value and "fields" in value)


def _entity_text(name: str) -> str:
    """The label of an entity of a bundled template that another one adds fields to."""
    app, _dot, key = name.partition(".")
    try:
        entities = loader.read(app).app.get("entities", ())
    except NoSuchTemplate:
        return name
    return next((label_text(each.get("label")) for each in entities if each["key"] == key), name)


def plan_groups(items: Iterable[PlanItem], *documents: Mapping[str, Any]) -> list[Group]:
    """A plan as lines, those that take values away first. Places are named by the labels of these documents."""
    losing: list[tuple[str, str, bool]] = []
    by_kind: dict[str, list[tuple[str, str, bool]]] = {"added": [], "changed": [], "removed": []}
    for item in items:
        message = translate(item.message).format_map(dict(item.params)) if item.message else ""
        line = (place_text(item.path, *documents), message, item.loses)
        if item.loses:
            losing.append(line)
        elif item.path.count("/") > 0:
            by_kind.get(item.kind, by_kind["changed"]).append(line)
    titles = (
        (_("Values would be lost"), "alert-triangle", losing),
        (_("Added"), "plus", by_kind["added"]),
        (_("Changed"), "pencil", by_kind["changed"]),
        (_("Removed"), "minus", by_kind["removed"]),
    )
    return [Group(title, icon, tuple(lines)) for title, icon, lines in titles if lines]


def place_text(path: str, *documents: Mapping[str, Any], section: bool = True) -> str:
    """`crm/entities/lead/fields/amount` as people say it: the labels on the way, with or without that of the section."""
    parts = path.split("/")
    for document in documents:
        if parts and parts[0] == document.get("key"):
            parts = parts[1:]
            break
    words: list[str] = []
    places: list[Any] = list(documents)
    for number, part in enumerate(parts):
        places = [step for place in places for step in _step(place, part)]
        named = next((_item_text(each) for each in places if isinstance(each, Mapping) and _is_item(each)), "")
        if number == 0:
            words += [section_text(part)] if section else []
        elif named:
            words.append(named)
        elif part not in ("fields", "items"):
            words.append(section_text(part))
    return " › ".join(words)


def _step(place: Any, part: str) -> Iterable[Any]:
    if isinstance(place, Mapping):
        if part in place:
            yield place[part]
    elif isinstance(place, list | tuple):
        for number, each in enumerate(place):
            keys = (each.get("key"), each.get("entity")) if isinstance(each, Mapping) else (str(number),)
            if part in keys:
                yield each
                return


def choices_of(conflicts: Iterable[MergeConflict], *documents: Mapping[str, Any]) -> list[Choice]:
    """The conflicts of an upgrade, both sides as text."""
    return [
        Choice(
            each.path,
            place_text(each.path, *documents),
            _value_text(each.mine, absent="mine" in each.absent),
            _value_text(each.theirs, absent="theirs" in each.absent),
            each.chosen,
        )
        for each in conflicts
    ]


def _value_text(value: Any, *, absent: bool) -> str:
    if absent:
        return _("(not there)")
    if isinstance(value, str):
        return value[:_LONGEST]
    if isinstance(value, Mapping) and set(value) <= set(LANGUAGE_NAMES) and value:
        return label_text(value)[:_LONGEST]
    if isinstance(value, list | tuple) and all(isinstance(each, str) for each in value):
        return ", ".join(value)[:_LONGEST]
    return json.dumps(value, ensure_ascii=False, indent=1)[:_LONGEST]


def _app_text(key: str) -> str:
    try:
        return label_text(loader.summary(key).get("label")) or key
    except NoSuchTemplate:
        return key
