"""The kinds of parts of an app that have a designer: one line each."""

from __future__ import annotations

from dataclasses import dataclass

from web.i18n import mark


@dataclass(frozen=True)
class Section:
    """A list of the document. address: of its pages below `/design/<app>`. pages: one page for each item, else one for all.

    `<address>/new` gives the dialog that makes one.
    """

    key: str
    title: str
    icon: str
    address: str
    pages: bool = True
    has_list: bool = False
    """Whether `<address>` itself is a page that shows all of them."""


SECTIONS: list[Section] = [
    Section("entities", mark("Tables"), "table", "entities"),
    Section("extends", mark("Added fields"), "puzzle", "extends"),
    Section("forms", mark("Forms"), "forms", "forms"),
    Section("views", mark("Views"), "table", "views", has_list=True),
    Section("pipelines", mark("Pipelines"), "arrows-right-left", "pipelines"),
    Section("dashboards", mark("Dashboards"), "chart-bar", "dashboards", has_list=True),
    Section("home", mark("Home page"), "home", "home", pages=False),
    Section("roles", mark("Roles"), "shield-lock", "roles"),
    Section("menu", mark("Menu"), "menu-2", "menu", pages=False),
    Section("automations", mark("Automations"), "bolt", "automations", has_list=True),
]
