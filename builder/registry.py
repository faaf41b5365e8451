"""A named set of classes: field types, triggers, steps, view types, tile types.

Members are listed by hand in the package that owns them; installed plug-ins add to a registry
through the entry-point group `formloom.plugins` (a callable that receives all registries by name).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Generic, Protocol, TypeVar


class Named(Protocol):
    """Anything with a `name`, the word that documents use for it."""

    @property
    def name(self) -> str: ...


Member = TypeVar("Member", bound=Named)


class Registry(Generic[Member]):
    """Members by name, in the order of their registration."""

    def __init__(self, kind: str, members: Iterable[Member] = ()) -> None:
        self.kind = kind
        self._members: dict[str, Member] = {}
        for member in members:
            self.add(member)

    def add(self, member: Member) -> None:
        """Registers a member. ValueError when its name is taken: two plug-ins must not hide each other."""
        if member.name in self._members:
            raise ValueError(f"the {self.kind} {member.name!r} is registered twice")
        self._members[member.name] = member

    def get(self, name: str) -> Member:
        """The member of this name; KeyError (with the known names) when there is none."""
        try:
            return self._members[name]
        except KeyError:
            raise KeyError(f"no {self.kind} {name!r}; known: {', '.join(self._members)}") from None

    def find(self, name: str) -> Member | None:
        """The member of this name or None."""
        return self._members.get(name)

    def names(self) -> tuple[str, ...]:
        """All names in the order of registration."""
        return tuple(self._members)

    def __iter__(self) -> Iterator[Member]:
        return iter(self._members.values())

    def __contains__(self, name: str) -> bool:
        return name in self._members
