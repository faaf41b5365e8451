"""The documentation speaks of what exists: links, files, functions, commands, chapters in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from web.cli import cli

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "CHANGELOG.md"])
TRAVELS = DOCS / "developer" / "travels.md"
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
FILE = re.compile(r"(?:\w+/)+\w+\.py")
NAME = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)?")
COMMAND = re.compile(r"(?<![\w/.-])formloom ((?:[a-z][a-z-]+ ?)+)")
MOST_BYTES = 200_000


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def without_code(text: str) -> str:
    """The text without its blocks and spans of code, in which brackets are no links."""
    return CODE.sub("", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_to_files(page: Path) -> None:
    links = [each.partition("#")[0] for each in LINK.findall(without_code(page.read_text()))]
    inside = [each for each in links if each and not re.match(r"[a-z]+:", each)]
    missing = [each for each in inside if not (page.parent / each).resolve().exists()]
    assert missing == []


def travels() -> Iterator[tuple[str, str]]:
    """(heading, text) of each journey."""
    for part in TRAVELS.read_text().split("\n## ")[1:]:
        heading, _, text = part.partition("\n")
        yield heading, text


def test_the_travels_name_files_that_exist() -> None:
    named = {each for _, text in travels() for each in CODE.findall(text) if each.endswith(".py")}
    assert len(named) > 40
    assert [each for each in sorted(named) if not (ROOT / each).is_file()] == []


@pytest.mark.parametrize(("heading", "text"), list(travels()), ids=lambda part: part[:20])
def test_the_travels_name_functions_of_those_files(heading: str, text: str) -> None:
    known: set[str] = set()
    unknown = []
    for path in FILE.findall(TRAVELS.read_text()):
        known |= set(re.findall(r"\w+", (ROOT / path).read_text()))
    for name, path in re.findall(r"`(?:\w+\.)?(\w+)` of\s+`((?:\w+/)+\w+\.py)`", text):
        if not re.search(rf"^\s*(?:def|class) {name}\b|^{name}\b.*=", (ROOT / path).read_text(), re.MULTILINE):
            unknown.append(f"{name} of {path}")
    names = [each for each in CODE.findall(text) if NAME.fullmatch(each) and not each.startswith("formloom.")]
    unknown += [each for each in names if not set(each.split(".")) <= known]
    assert unknown == [], heading


def chapters(language: str) -> list[str]:
    return sorted(each.name for each in (DOCS / "guide" / language).glob("*.md"))


def test_the_guide_has_the_same_chapters_in_both_languages() -> None:
    assert chapters("en") == chapters("zh-Hans")
    assert len(chapters("en")) >= 8
    for index, language in (("README.md", "en"), ("README.zh-Hans.md", "zh-Hans")):
        linked = LINK.findall((DOCS / "guide" / index).read_text())
        assert {f"{language}/{each}" for each in chapters(language)} <= set(linked), index


def test_chapters_show_the_same_number_of_sections() -> None:
    for chapter in chapters("en"):
        counts = {language: (DOCS / "guide" / language / chapter).read_text().count("\n## ") for language in ("en", "zh-Hans")}
        assert len(set(counts.values())) == 1, f"{chapter}: {counts}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_exist(page: Path) -> None:
    unknown = []
    for words in COMMAND.findall(" ".join(re.findall(r"```sh.*?```|`[^`]+`", page.read_text(), re.DOTALL))):
        command: click.Command | None = cli
        for word in words.split():
            if not isinstance(command, click.Group):
                break  # what follows is an argument
            command = command.get_command(click.Context(command), word)
            if command is None:
                unknown.append(words)
                break
    assert unknown == []


def test_pictures_are_small() -> None:
    assert [each.name for each in (DOCS / "images").glob("*.png") if each.stat().st_size > MOST_BYTES] == []
