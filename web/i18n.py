"""The languages of the interface: which one a request speaks, and the catalogues.

python -m web.i18n extract     texts of the sources into the catalogues; new ones stay empty until translated
python -m web.i18n missing     texts that a catalogue does not translate yet
python -m web.i18n compile     catalogues into what the pages read
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo

import flask_babel
from flask import Flask, g, has_request_context, request, session
from flask_babel import Babel

from builder.errors import Problem
from builder.label import LANGUAGES

if TYPE_CHECKING:
    from babel import Locale

__all__ = [
    "LANGUAGE_NAMES",
    "current_language",
    "gettext",
    "init_app",
    "lazy_gettext",
    "mark",
    "ngettext",
    "translate",
]

TRANSLATIONS = Path(__file__).parent / "translations"
LANGUAGE_NAMES = {"en": "English", "zh-Hans": "简体中文", "zh-Hant": "繁體中文"}
_ACCEPTED = {
    "zh-hant": "zh-Hant",
    "zh-tw": "zh-Hant",
    "zh-hk": "zh-Hant",
    "zh-mo": "zh-Hant",
    "zh": "zh-Hans",
    "en": "en",
}


def init_app(app: Flask) -> None:
    """Make `_()` and the formats of dates and numbers speak the reader's language and zone."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(TRANSLATIONS)
    Babel(app, locale_selector=lambda: current_language().replace("-", "_"), timezone_selector=lambda: str(current_zone()))
    app.jinja_env.globals.update(language_names=LANGUAGE_NAMES, current_language=current_language)


def current_language() -> str:
    """The language of the person, else the one picked on the sign-in page, else the browser's, else English."""
    if not has_request_context():
        return str(getattr(g, "language", "en")) if g else "en"
    known = getattr(g, "language", None) or session.get("language")
    return known if known in LANGUAGES else accepted_language(request.headers.get("Accept-Language", ""))


def accepted_language(header: str) -> str:
    """The best of our languages for an Accept-Language header."""
    from werkzeug.datastructures import LanguageAccept
    from werkzeug.http import parse_accept_header

    for wanted, _quality in parse_accept_header(header, LanguageAccept):
        text = wanted.lower().replace("_", "-")
        for prefix, language in _ACCEPTED.items():
            if text == prefix or text.startswith(prefix + "-"):
                return language
    return "en"


def current_zone() -> ZoneInfo:
    """The zone of the workspace; UTC before there is one."""
    zone = getattr(g, "zone", None)
    return zone if isinstance(zone, ZoneInfo) else ZoneInfo("UTC")


def gettext(text: str, **values: object) -> str:
    """The text in the reader's language; `%(name)s` is filled from `values`."""
    return str(flask_babel.gettext(text, **values))


def ngettext(one: str, many: str, num: int, **values: object) -> str:
    """The text for this number of things; `%(num)d` is the number."""
    return str(flask_babel.ngettext(one, many, num, **values))


def lazy_gettext(text: str, **values: object) -> Any:
    """A text that is translated only when it is shown; for constants of modules."""
    return flask_babel.lazy_gettext(text, **values)


def mark(text: str) -> str:
    """Marks a text for extraction that is translated later, by `translate`."""
    return text


def translate(message: str | Problem, params: Mapping[str, object] | None = None) -> str:
    """A sentence of builder or runtime in the reader's language: translated first, then its `{places}` are filled."""
    sentence = message.message if isinstance(message, Problem) else message
    values = dict(message.params if isinstance(message, Problem) else params or {})
    text = gettext(sentence)
    if not values:
        return text
    from web.render.expression_words import in_words

    values = in_words(sentence, values)
    try:
        return text.format_map(values)
    except (KeyError, IndexError, ValueError):
        return sentence.format_map(values)


def babel_locale() -> Locale:
    """The Babel locale of this request."""
    return cast("Locale", flask_babel.get_locale())


def main(arguments: list[str]) -> int:
    """The command line of this module."""
    from web import catalogues

    verbs = {"extract": catalogues.extract, "missing": catalogues.print_missing, "compile": catalogues.compile_all}
    if len(arguments) != 1 or arguments[0] not in verbs:
        sys.stderr.write("usage: python -m web.i18n extract|missing|compile\n")
        return 2
    verbs[arguments[0]]()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
