"""Every text of the interface exists in all languages, with the same places to fill."""

from __future__ import annotations

import json
import re

import pytest
from babel.messages.catalog import Message

from builder.errors import Problem
from tests.web.site import Site
from web import catalogues
from web.i18n import translate

PLACES = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


@pytest.mark.parametrize("locale", catalogues.LOCALES)
def test_every_text_is_translated(locale: str) -> None:
    assert catalogues.missing(locale) == [], "run `python -m web.i18n extract` and fill in the empty texts"


@pytest.mark.parametrize("locale", catalogues.LOCALES)
def test_translations_fill_the_same_places(locale: str) -> None:
    wrong = [
        message.id for message in catalogues.read_catalogue(locale) if message.id and message.string and not _same_places(message)
    ]
    assert wrong == []


def _same_places(message: Message) -> bool:
    sources = (message.id,) if isinstance(message.id, str) else message.id
    texts = (message.string,) if isinstance(message.string, str) else message.string
    wanted = {place for source in sources for place in PLACES.findall(source)}
    return all(set(PLACES.findall(text)) <= wanted and _positional(wanted) <= set(PLACES.findall(text)) for text in texts)


def _positional(places: set[str]) -> set[str]:
    # "%(num)d" may be left out where the language says the number in another way; everything else must be there.
    return {place for place in places if place != "%(num)d"}


def test_catalogues_are_compiled_for_pages_and_islands(site: Site) -> None:
    catalogues.compile_all()
    for locale in catalogues.LOCALES:
        folder = catalogues.po_path(locale).parent
        assert (folder / "messages.mo").stat().st_size > 1000
        text = (folder / "islands.js").read_text()
        texts = json.loads(text.removeprefix("window.formloomTexts=").rstrip().rstrip(";"))
        assert texts["Undo"] in ("撤销", "復原", "撤銷")


def test_sentences_of_the_runtime_are_translated_before_they_are_filled(site: Site) -> None:
    problem = Problem("name", "too_short", "Use at least {count} characters.", {"count": 8})
    with site.app.test_request_context(headers={"Accept-Language": "zh-CN"}):
        assert translate(problem) == "至少需要 8 个字符。"
        assert translate("100% {of} nothing that is known") == "100% {of} nothing that is known"
    with site.app.test_request_context():
        assert translate(problem) == "Use at least 8 characters."


def test_traditional_chinese_is_not_simplified() -> None:
    texts = [message.string for message in catalogues.read_catalogue("zh_Hant") if message.id and isinstance(message.string, str)]
    found = [text for text in texts if re.search(r"[们这说时为网页设录钥应获击确认记关闭]", re.sub("[记]", "", text))]
    assert found == []
