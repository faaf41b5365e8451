"""Text in several languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LANGUAGES = ("en", "zh-Hans", "zh-Hant")
_FALLBACKS = {"zh-Hant": ("zh-Hans", "en"), "zh-Hans": ("zh-Hant", "en"), "en": ("zh-Hans", "zh-Hant")}


@dataclass(frozen=True)
class Label:
    """A text by language; made from one plain string it is the same in every language."""

    texts: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, value: object) -> Label:
        """A label from its JSON shape: a string, an object by language, or nothing."""
        if isinstance(value, Label):
            return value
        if isinstance(value, Mapping):
            return cls(tuple((str(language), str(text)) for language, text in value.items()))
        return cls((("", str(value)),)) if value not in (None, "") else cls()

    def in_language(self, language: str) -> str:
        """The text in this language, or in the nearest one there is; empty when there is none."""
        texts = dict(self.texts)
        for candidate in (language, "", *_FALLBACKS.get(language, ("en",))):
            if texts.get(candidate):
                return texts[candidate]
        return next((text for text in texts.values() if text), "")

    def to_json(self) -> str | dict[str, str]:
        """The JSON shape that `of` reads back to an equal label."""
        if len(self.texts) == 1 and self.texts[0][0] == "":
            return self.texts[0][1]
        return dict(self.texts)

    def __bool__(self) -> bool:
        return any(text for _, text in self.texts)
