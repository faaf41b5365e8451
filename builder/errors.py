"""Expected problems are values: a list of `Problem`, never an exception."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong at one place.

    `path` is the place: a field key for a record (`amount`), a slash path for a document
    (`entities/lead/fields/amount`). `code` is stable and machine-readable; `message` is an English
    sentence with `{name}` placeholders filled from `params`, so that the web layer can translate
    the sentence before filling it.
    """

    path: str
    code: str
    message: str
    params: Mapping[str, object] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The English sentence with its values filled in."""
        return self.message.format_map(dict(self.params)) if self.params else self.message

    def under(self, prefix: str) -> Problem:
        """The same problem seen from one level further out."""
        joined = f"{prefix}/{self.path}" if self.path else prefix
        return replace(self, path=joined)
