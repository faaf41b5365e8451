"""An app document as a folder of files, one file per item, and back.

The folder: `app.json` (the head), `<section>/<key>.json` for each item of each section, `menu.json`.
In `app.json` a section is the list of its keys, which keeps the order of the document. A file that the list
does not name is appended in the order of its name, so adding an item by hand is adding one file; a list may
also hold whole items instead of keys. Other files of the folder are left alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from builder.keys import is_key

SECTIONS = ("entities", "extends", "forms", "views", "pipelines", "automations", "roles", "dashboards")
"""Sections that are folders with one file per item."""

MENU = "menu"
HEAD = "app.json"

_FIRST = (
    "format", "key", "version", "type", "entity", "field", "label", "plural", "description", "help", "icon", "color",
    "needs", "required", "unique", "enabled", "mode", "order", "title_field", "owner_field", "search_fields",
    "settings", "trigger", "condition", "name", "en", "zh-Hans", "zh-Hant",
)  # fmt: skip
_RANK = {name: rank for rank, name in enumerate(_FIRST)}
_LAST = ("fields", "items", "sections", "columns", "tiles", "steps", "ladder", *SECTIONS, MENU)
_RANK |= {name: len(_FIRST) + 1 + rank for rank, name in enumerate(_LAST)}


class FolderError(ValueError):
    """A folder that holds no readable app; the text names the file."""


def read_folder(path: Path | str) -> dict[str, Any]:
    """The document that a folder holds. Raises FolderError; the document itself is not checked."""
    folder = Path(path)
    document = _read(folder / HEAD)
    if not isinstance(document, dict):
        raise FolderError(f"{HEAD}: expected an object")
    for section in SECTIONS:
        items = _read_section(folder, section, document.pop(section, []))
        if items:
            document[section] = items
    if (folder / f"{MENU}.json").exists():
        document[MENU] = _read(folder / f"{MENU}.json")
    return document


def write_folder(document: Mapping[str, Any], path: Path | str) -> None:
    """Write a document as a folder; files of items that it no longer has are removed.

    The same document always gives the same bytes: properties have one order, items keep theirs.
    """
    folder = Path(path)
    head = {name: value for name, value in document.items() if name not in (*SECTIONS, MENU)}
    for section in SECTIONS:
        items = document.get(section) or []
        if items:
            head[section] = [item["key"] for item in items]
        _write_section(folder / section, items)
    _write(folder / HEAD, head)
    menu = folder / f"{MENU}.json"
    if document.get(MENU):
        _write(menu, document[MENU])
    else:
        menu.unlink(missing_ok=True)


def to_text(value: Any) -> str:
    """JSON with properties in a fixed, readable order and a newline at its end."""
    return _render(_ordered(value), 0) + "\n"


def _read_section(folder: Path, section: str, listed: Any) -> list[Any]:
    if not isinstance(listed, list):
        raise FolderError(f"{HEAD}: {section} must be a list")
    files = {file.stem: file for file in sorted((folder / section).glob("*.json"))}
    items = []
    for entry in listed:
        if isinstance(entry, str):
            if entry not in files:
                raise FolderError(f"{section}/{entry}.json: named in {HEAD}, but missing")
            entry = _read_item(files.pop(entry))
        items.append(entry)
    return items + [_read_item(file) for file in files.values()]


def _read_item(file: Path) -> Any:
    item = _read(file)
    if not isinstance(item, dict) or item.get("key") != file.stem:
        raise FolderError(f"{file.parent.name}/{file.name}: its key must be {file.stem!r}, like the name of the file")
    return item


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise FolderError(f"{file.name}: no such file") from None
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise FolderError(f"{file.name}: {error}") from None


def _write_section(folder: Path, items: Iterable[Mapping[str, Any]]) -> None:
    written = set()
    for item in items:
        if not is_key(str(item["key"])):  # the key becomes a file name
            raise FolderError(f"{folder.name}: {item['key']!r} is not a key")
        written.add(f"{item['key']}.json")
        _write(folder / f"{item['key']}.json", item)
    if not folder.is_dir():
        return
    for file in folder.glob("*.json"):
        if file.name not in written:
            file.unlink()
    if not any(folder.iterdir()):
        folder.rmdir()


def _write(file: Path, value: Any) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(to_text(value), encoding="utf-8", newline="\n")


def _ordered(value: Any) -> Any:
    if isinstance(value, Mapping):
        names = sorted(value, key=lambda name: (_RANK.get(name, len(_FIRST)), name))
        return {name: _ordered(value[name]) for name in names}
    if isinstance(value, list | tuple):
        return [_ordered(each) for each in value]
    return value


def _render(value: Any, depth: int) -> str:
    """One line where it fits in 110 characters, else one entry a line."""
    flat = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or not value or (len(flat) + 2 * depth <= 110 and depth > 0):
        return flat
    inner = "  " * (depth + 1)
    if isinstance(value, dict):
        lines = [f"{inner}{json.dumps(name, ensure_ascii=False)}: {_render(value[name], depth + 1)}" for name in value]
        opened, closed = "{}"
    else:
        lines = [inner + _render(each, depth + 1) for each in value]
        opened, closed = "[]"
    return f"{opened}\n" + ",\n".join(lines) + f"\n{'  ' * depth}{closed}"
