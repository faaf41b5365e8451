"""What every designer page shows around its work: the app, its parts, the state of the draft, its problems."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import request

from builder.acts.base import find
from builder.errors import Problem
from builder.label import LANGUAGES, Label
from runtime.drafts import Desk
from web.i18n import current_language, gettext
from web.links import app_url
from web.render.automations.design_words import step_name
from web.render.design_nav import SECTIONS, Section
from web.render.problem_words import problem_text

ALL_UNFOLDED = 20
"""An app with no more parts than this has the whole list of them open."""


@dataclass(frozen=True)
class Part:
    """One line of the list of parts. problems: how many there are in it."""

    key: str
    label: str
    icon: str
    url: str
    active: bool
    problems: int = 0


@dataclass(frozen=True)
class PartGroup:
    """Parts of one kind; `add` is the address of a dialog that makes one. is_open: shown unfolded at first."""

    key: str
    title: str
    parts: tuple[Part, ...]
    add: str = ""
    url: str = ""
    icon: str = ""
    is_open: bool = True

    @property
    def is_here(self) -> bool:
        """Whether the page belongs to this kind."""
        return any(each.active for each in self.parts) or request.path == self.url

    @property
    def wrong(self) -> int:
        """How many problems its parts have."""
        return sum(each.problems for each in self.parts)


@dataclass(frozen=True)
class ShownProblem:
    """A problem with the page where it can be mended."""

    text: str
    place: str
    url: str


@dataclass(frozen=True)
class Design:
    """The frame of a designer page. here: the address that draws it again."""

    app: str
    label: str
    icon: str
    colour: str
    desk: Desk
    groups: tuple[PartGroup, ...]
    problems: tuple[ShownProblem, ...]
    here: str
    pick: str = ""

    @property
    def url(self) -> str:
        return app_url(self.app)

    @property
    def preview_url(self) -> str:
        return f"{self.url}/preview"


def text_of(value: Any, fallback: str = "") -> str:
    """A label of a document in the reader's language."""
    return Label.of(value).in_language(current_language()) or fallback


def languages() -> list[str]:
    """All languages of labels, the reader's first."""
    mine = current_language()
    return [mine, *(each for each in LANGUAGES if each != mine)]


def texts_of(value: Any) -> dict[str, str]:
    """A label by language; a plain string is English."""
    if isinstance(value, Mapping):
        return {str(key): str(text) for key, text in value.items()}
    return {"en": str(value)} if value else {}


def design_of(desk: Desk, pick: str = "") -> Design:
    """The frame of the page that is asked for now."""
    document = desk.document
    problems = tuple(_shown(desk, each) for each in desk.problems)
    is_small = sum(len(document.get(each.key) or ()) for each in SECTIONS if each.pages) <= ALL_UNFOLDED
    groups = tuple(_group(desk, section, is_small) for section in SECTIONS)
    here = request.full_path.rstrip("?") if request.method == "GET" else app_url(desk.app)
    label = text_of(document.get("label"), desk.app)
    icon, colour = str(document.get("icon", "apps")), str(document.get("color", "blue"))
    return Design(desk.app, label, icon, colour, desk, groups, problems, here, pick)


def part_url(app: str, path: str) -> str:
    """The designer page for a place in an app's document, with that place picked."""
    parts = path.split("/")
    section = next((each for each in SECTIONS if each.key == parts[0]), None)
    if section is None or len(parts) < 2:
        return app_url(app)
    address = f"{app_url(app)}/{section.address}" + (f"/{parts[1]}" if section.pages else "")
    deep = {"entities": 4, "forms": 6, "automations": 24}.get(parts[0], 4)
    return address + (f"?pick={'/'.join(parts[:deep])}" if len(parts) > 3 else "")


def place_name(document: Mapping[str, Any], path: str) -> str:
    """A place in words: labels of the things on the way, as `Lead › Amount`."""
    names: list[str] = []
    current: Any = document
    before = ""
    for part in path.split("/"):
        if isinstance(current, Mapping):
            current = current.get(part)
        elif isinstance(current, list):
            current = next(
                (each for each in current if isinstance(each, Mapping) and part in (each.get("key"), each.get("entity"))), None
            )
            if current is not None and before != "fill":  # those rules have no name
                names.append(
                    (_field_name(document, path, current) if before == "items" else "") or _name_of(document, current, part)
                )
        else:
            break
        before = part
    return " › ".join(names)


def _field_name(document: Mapping[str, Any], path: str, item: Mapping[str, Any]) -> str:
    """What people call the field that stands at a place of a form."""
    form = find(document, "/".join(path.split("/")[:2]))
    entity = form.get("entity") if isinstance(form, Mapping) else ""
    field = find(document, f"entities/{entity}/fields/{item.get('field')}")
    return text_of(field.get("label")) if isinstance(field, Mapping) else ""


def _name_of(document: Mapping[str, Any], item: Mapping[str, Any], key: str) -> str:
    """What people call an item: its label or message, the table it is about, what kind of step it is; else its key."""
    if item.get("label") or item.get("message"):
        return text_of(item.get("label") or item.get("message"), key)
    entity = find(document, f"entities/{item.get('entity')}")
    return text_of(entity.get("label") if isinstance(entity, Mapping) else None) or step_name(str(item.get("type") or key))


def entity_name(desk: Desk, reference: str) -> str:
    """What an entity is called; of another app with the app's name."""
    app, dot, key = reference.rpartition(".")
    if dot and app != desk.app:
        other = desk.others.get(app)
        entity = next((each for each in other.entities if each.key == key), None) if other else None
        return f"{text_of(other.label)} › {text_of(entity.label)}" if other and entity else reference
    items = desk.document.get("entities") or ()
    return next((text_of(each.get("label"), key) for each in items if each.get("key") == key), reference)


def _shown(desk: Desk, problem: Problem) -> ShownProblem:
    return ShownProblem(
        problem_text(problem, desk.published), place_name(desk.document, problem.path), part_url(desk.app, problem.path)
    )


def _group(desk: Desk, section: Section, is_small: bool) -> PartGroup:
    parts = []
    items = [each for each in desk.document.get(section.key) or () if section.pages]
    named = Counter(text_of(each.get("label"), each["key"]) for each in items)
    for item in items:
        prefix = f"{section.key}/{item['key']}"
        address = f"{app_url(desk.app)}/{section.address}/{item['key']}"
        wrong = sum(each.path == prefix or each.path.startswith(f"{prefix}/") for each in desk.problems)
        label = text_of(item.get("label"), item["key"])
        if section.key == "extends":
            label = entity_name(desk, str(item["entity"]))
        elif item.get("entity") and named[label] > 1:
            label = f"{entity_name(desk, str(item['entity']))} · {label}"
        parts.append(Part(item["key"], label, str(item.get("icon") or section.icon), address, request.path == address, wrong))
    add = f"{app_url(desk.app)}/{section.address}/new" if section.pages else ""
    url = f"{app_url(desk.app)}/{section.address}" if section.has_list or not section.pages else ""
    is_open = is_small or section.key == SECTIONS[0].key
    return PartGroup(section.key, gettext(section.title), tuple(parts), add, url, section.icon, is_open)
