"""The hand that does acts at random: it looks at the document, so that most of what it does makes sense."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from builder.acts.base import find
from builder.structure import by_key, is_keyed

Act = dict[str, Any]
T = TypeVar("T")
_WORDS = (
    "Amount",
    "Due date",
    "客户",
    "Größe",
    "Name",
    "A/B",
    "x",
    "2nd choice",
    "Ünïcödé 字",
    "select",
    "id",
    "Note",
    "{{name}}",
    "",
)


class NothingToDo(Exception):
    """The document has nothing that this act could be done to."""


@dataclass
class Hand:
    """Chance, and the documents that it looks at. `published`: what is in force."""

    chance: random.Random
    document: Mapping[str, Any]
    published: Mapping[str, Any]

    def pick(self, things: Sequence[T]) -> T:
        """One of these; ends the act when there is none."""
        if not things:
            raise NothingToDo
        return self.chance.choice(list(things))

    def maybe(self, probability: float = 0.5) -> bool:
        return self.chance.random() < probability

    def label(self) -> Any:
        """A text in one language, or by language, as designers send it."""
        word = self.chance.choice(_WORDS)
        kinds: tuple[Any, ...] = (word, {"en": word}, {"zh-Hans": word}, {"en": word, "zh-Hans": "名称", "zh-Hant": "名稱"})
        return self.chance.choice(kinds)

    def items(self, path: str) -> list[dict[str, Any]]:
        """The items of a list of the document."""
        found = find(self.document, path)
        return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []

    def item(self, path: str) -> dict[str, Any]:
        return self.pick(self.items(path))

    def path_in(self, path: str) -> str:
        """The path of one of the items of a list that have a key."""
        return f"{path}/{self.pick([str(each['key']) for each in self.items(path) if isinstance(each.get('key'), str)])}"

    def after(self, path: str) -> Act:
        """Where in a list something new stands: nowhere said, first, or behind an item."""
        keys = [each["key"] for each in self.items(path) if isinstance(each.get("key"), str)]
        kind = self.chance.randrange(3)
        return {} if kind == 0 else {"after": None} if kind == 1 or not keys else {"after": self.chance.choice(keys)}

    def entity(self) -> str:
        return str(self.item("entities")["key"])

    def fields(self, entity: str, *types: str) -> list[str]:
        """Keys of an entity's fields, of these types only if any are given."""
        found = self.items(f"entities/{entity}/fields")
        return [str(each["key"]) for each in found if not types or each.get("type") in types]

    def field_path(self, *types: str) -> str:
        """The path of a field."""
        paths = [
            f"entities/{each['key']}/fields/{key}" for each in self.items("entities") for key in self.fields(each["key"], *types)
        ]
        return self.pick(paths)

    def rule(self, entity: str) -> Any:
        """A condition about a field of the entity."""
        key = self.pick(self.fields(entity))
        kind = next(str(each.get("type")) for each in self.items(f"entities/{entity}/fields") if each["key"] == key)
        if self.maybe() or kind not in ("text", "number", "currency"):
            return {"field": key, "op": self.chance.choice(("is_empty", "is_not_empty"))}
        return {"field": key, "op": "is", "value": "x" if kind == "text" else 3}

    def lists(self) -> list[str]:
        """The paths of all lists of items."""
        return [path for path, value in walk(self.document) if isinstance(value, list) and value and is_keyed(_name(path), value)]

    def movable(self) -> str:
        """The path of any item of any list."""
        return self.path_in(self.pick([path for path in self.lists() if "key" in find(self.document, path)[0]]))

    def steps(self) -> list[str]:
        """The paths of all steps of automations."""
        return [path for path, value in walk(self.document) if _is_step(path, value)]

    def step_lists(self) -> list[str]:
        """The paths of all lists of steps, also of those that are not there yet."""
        found = {path.rpartition("/")[0] for path in self.steps()}
        found |= {path for path, value in walk(self.document) if path.startswith("automations/") and path.endswith("/steps")}
        return sorted(found)


def walk(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every place that can be named by keys, with its value."""
    if path:
        yield path, value
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from walk(each, f"{path}/{name}" if path else str(name))
    elif isinstance(value, list) and value and is_keyed(_name(path), value):
        for key, each in by_key(_name(path), value).items():
            yield from walk(each, f"{path}/{key}")


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _is_step(path: str, value: Any) -> bool:
    place = path.split("/")[-2:-1]
    return path.startswith("automations/") and place in (["steps"], ["else"]) and isinstance(value, Mapping)
