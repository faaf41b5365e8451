"""Reads the bundled templates: app documents with sample records, a read-me and facts for the gallery."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from builder.folder import FolderError, read_folder
from builder.keys import is_key

_LIBRARY = Path(__file__).parent
_META = "template.json"


class NoSuchTemplate(LookupError):
    """The library has no template of this key."""


@dataclass(frozen=True)
class Template:
    """One template. `samples` are sample sets in the order of loading: `{"entity", "records": [...]}`."""

    key: str
    app: Mapping[str, Any]
    meta: Mapping[str, Any]
    samples: tuple[Mapping[str, Any], ...] = ()
    readme: Mapping[str, str] = field(default_factory=dict)

    @property
    def needs(self) -> tuple[str, ...]:
        """Keys of the apps that must be there first."""
        return tuple(need["app"] for need in self.app.get("needs", ()))


def names() -> tuple[str, ...]:
    """Keys of all bundled templates, those that others need first."""
    found = sorted(folder.name for folder in _LIBRARY.iterdir() if (folder / _META).is_file())
    ordered: list[str] = []
    for key in found:
        _place(key, ordered)
    return tuple(ordered)


@cache
def read(key: str) -> Template:
    """The template of this key. Raises NoSuchTemplate. Treat the result as immutable."""
    if not is_key(key) or not (_LIBRARY / key / _META).is_file():
        raise NoSuchTemplate(key)
    return read_from(_LIBRARY / key)


@cache
def summary(key: str) -> Mapping[str, Any]:
    """Label, description, icon, colour and needs of a template, without reading all of it. Raises NoSuchTemplate."""
    if not is_key(key) or not (_LIBRARY / key / _META).is_file():
        raise NoSuchTemplate(key)
    head = _json(_LIBRARY / key / "app.json")
    return {name: head[name] for name in ("key", "version", "label", "description", "icon", "color", "needs") if name in head}


def read_from(folder: Path) -> Template:
    """The template in any folder of the same shape. Raises FolderError."""
    app = read_folder(folder)
    meta = _json(folder / _META)
    if meta.get("key") != app.get("key"):
        raise FolderError(f"{_META}: its key must be that of the app, {app.get('key')!r}")
    samples = tuple(_json(file) for file in sorted((folder / "sample").glob("*.json")))
    return Template(str(meta["key"]), app, meta, samples, _readmes(folder))


def _place(key: str, ordered: list[str]) -> None:
    if key in ordered or not (_LIBRARY / key / _META).is_file():
        return
    for need in read(key).needs:
        _place(need, ordered)
    ordered.append(key)


def _readmes(folder: Path) -> dict[str, str]:
    """`README.md` is English, `README.zh-Hans.md` and its like are the other languages."""
    texts = {}
    for file in sorted(folder.glob("README*.md")):
        language = file.name.removeprefix("README").removesuffix(".md").lstrip(".") or "en"
        texts[language] = file.read_text(encoding="utf-8")
    return texts


def _json(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise FolderError(f"{file.name}: {error}") from None
