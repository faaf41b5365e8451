"""The message catalogues: texts from the sources into .po files, and those into what the site reads."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from builder.expressions.problems import MESSAGES
from builder.schema import SENTENCES
from web.i18n import TRANSLATIONS

ROOT = Path(__file__).resolve().parent.parent
LOCALES = ("zh_Hans", "zh_Hant")
METHODS = [
    ("web/templates/**.html", "jinja2"),
    ("web/templates/**.txt", "jinja2"),
    ("web/islands/**.ts", "javascript"),
    ("**.py", "python"),
]
OPTIONS = {"web/templates/**.html": {"encoding": "utf-8"}, "web/islands/**.ts": {"encoding": "utf-8"}}
FOLDERS = ("web", "runtime", "builder", "templates_library")
# What else than gettext holds a text for people: (name of the call, place of the text).
KEYWORDS = {
    "_": None,
    "_l": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "mark": None,
    "t": None,
    "Problem": (3,),
    "PlanItem": (3,),
    "Conflict": (1,),
    "Forbidden": (1,),
    "fail": (3,),
    "_fail": (3,),
    "unreadable": (2,),
    "problem": (3,),
    "refuse": (3,),
}


def po_path(locale: str) -> Path:
    """The catalogue of a locale."""
    return TRANSLATIONS / locale / "LC_MESSAGES" / "messages.po"


def read_catalogue(locale: str) -> Catalog:
    """The stored catalogue; an empty one when there is none."""
    path = po_path(locale)
    if not path.exists():
        return Catalog(locale=locale, project="Formloom")
    with path.open("rb") as file:
        return read_po(file, locale=locale)


def collect() -> Catalog:
    """All texts in the sources."""
    found = Catalog(project="Formloom", fuzzy=False)
    for folder in FOLDERS:
        for name, line, text, comments, _context in _texts(folder):
            if text and text != ("", ""):
                found.add(text, locations=[(name, line)], auto_comments=comments)
    for name, sentences in (("builder/expressions/problems.py", MESSAGES), ("builder/schema.py", SENTENCES)):
        for sentence in sentences.values():
            found.add(sentence, locations=[(name, 0)])
    return found


def _texts(folder: str) -> Iterator[tuple[str, int, str | tuple[str, ...], list[str], str | None]]:
    methods = [(pattern.removeprefix(f"{folder}/"), method) for pattern, method in METHODS]
    options = {pattern.removeprefix(f"{folder}/"): value for pattern, value in OPTIONS.items()}

    def wanted(path: str | Path) -> bool:
        return Path(path).name not in ("node_modules", "dist", "__pycache__", "translations")

    rows = extract_from_dir(str(ROOT / folder), methods, options, KEYWORDS, directory_filter=wanted)
    for name, line, text, comments, context in rows:
        yield f"{folder}/{name}", line, text, comments, context


def extract() -> None:
    """Bring the catalogues up to date with the sources; texts that are gone leave them."""
    template = collect()
    for locale in LOCALES:
        catalogue = read_catalogue(locale)
        catalogue.update(template, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        catalogue.revision_date = catalogue.creation_date
        path = po_path(locale)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = BytesIO()
        write_po(text, catalogue, width=110, sort_output=True, omit_header=False, include_lineno=False, ignore_obsolete=True)
        path.write_bytes(text.getvalue())


def missing(locale: str) -> list[str]:
    """Texts of the sources that this catalogue does not translate."""
    catalogue = read_catalogue(locale)
    return sorted(_first(message) for message in collect() if message.id and not _is_translated(catalogue, message))


def print_missing() -> None:
    """Write the missing texts to standard output, one a line, by locale."""
    for locale in LOCALES:
        sys.stdout.writelines(f"{locale}: {text}\n" for text in missing(locale))


def _first(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _is_translated(catalogue: Catalog, message: Message) -> bool:
    found = catalogue.get(message.id)
    if found is None or found.fuzzy or not found.string:
        return False
    return all(found.string) if isinstance(found.string, tuple) else True


def compile_all() -> None:
    """Write messages.mo beside each catalogue, and islands.js with the texts of the TypeScript modules."""
    for locale in LOCALES:
        catalogue = read_catalogue(locale)
        folder = po_path(locale).parent
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "messages.mo").open("wb") as file:
            write_mo(file, catalogue)
        texts = {
            _first(message): message.string
            for message in catalogue
            if message.id and message.string and any(name.endswith(".ts") for name, _ in message.locations)
        }
        (folder / "islands.js").write_text(f"window.formloomTexts={json.dumps(texts, ensure_ascii=False)};\n")
