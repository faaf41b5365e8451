"""A filled form as it is drawn: its pages as tabs or steps, sections, tables of rows, with its problems in their places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from builder.errors import Problem
from runtime.context import Context
from web.i18n import current_language, translate
from web.render.filled_form import Filled
from web.render.record_form import ShownSection, shown_form
from web.render.row_inputs import ShownRows, shown_rows
from web.render.row_tables import RowSource, saved_rows


@dataclass(frozen=True)
class ShownPage:
    """A tab or step. number: among the shown ones, from 1; errors: how many entries in it need attention."""

    key: str
    label: str
    number: int
    hidden: bool
    is_open: bool
    is_done: bool
    errors: int
    sections: tuple[ShownSection, ...]


@dataclass(frozen=True)
class FormView:
    """A form as the macros `ui.form_body` and `ui.form_buttons` draw it. layout: plain, tabs or steps."""

    layout: str
    pages: tuple[ShownPage, ...]
    errors: Mapping[str, list[str]]
    name: str = "form"
    prefix: str = ""
    turned: bool = False

    @property
    def shown_pages(self) -> list[ShownPage]:
        return [page for page in self.pages if not page.hidden]

    @property
    def open_page(self) -> ShownPage:
        return next((page for page in self.pages if page.is_open), self.pages[0])

    @property
    def has_tables(self) -> bool:
        """Whether a table of rows asks for a wide page."""
        return any(item.rows for page in self.pages for section in page.sections for item in section.items)

    @property
    def is_last(self) -> bool:
        return self.layout != "steps" or self.open_page.number >= len(self.shown_pages)


def form_view(
    ctx: Context,
    filled: Filled,
    problems: Iterable[Problem] = (),
    *,
    open_page: str = "",
    name: str = "form",
    turned: bool = False,
) -> FormView:
    """The form to be drawn. open_page: the tab or step to show; the first one with problems comes before it;
    name: before the ids of its pages; turned: somebody has gone to this step, so that the focus goes there."""
    errors = _errors(filled, problems)
    tables = {key: _table(ctx, filled, source, errors) for key, source in filled.sources.items()}
    sections = shown_form(
        ctx,
        filled.entity,
        filled.form,
        filled.states,
        filled.raw,
        filled.fields,
        errors,
        tables,
        filled.prefix,
        filled.untouched,
    )
    form = filled.form
    if len(form.pages) < 2:
        page = ShownPage("", "", 1, False, True, False, 0, tuple(sections))
        return FormView("plain", (page,), errors, name, filled.prefix, turned)
    layout = "steps" if filled.has_steps else "tabs"
    pages = _pages(filled, sections, errors, open_page)
    return FormView(layout, pages, errors, name, filled.prefix, turned)


def _pages(
    filled: Filled, sections: Sequence[ShownSection], errors: Mapping[str, list[str]], open_page: str
) -> tuple[ShownPage, ...]:
    shown = filled.pages
    if not filled.has_steps:  # a tab with nothing to see in it is none
        shown = [key for key in shown if any(each.page == key and not each.hidden for each in sections)] or shown[:1]
    counts = {page.key: _error_count(filled, page.key, errors) for page in filled.form.pages}
    wrong = next((key for key in shown if counts[key]), "")
    wanted = wrong or (open_page if open_page in shown else next(iter(shown), ""))
    place = shown.index(wanted) if wanted in shown else 0
    found = []
    for page in filled.form.pages:
        here = tuple(each for each in sections if each.page == page.key)
        number = shown.index(page.key) + 1 if page.key in shown else 0
        label = page.label.in_language(current_language()) or page.key
        is_done = 0 < number <= place
        hidden = page.key not in shown
        found.append(ShownPage(page.key, label, number, hidden, page.key == wanted, is_done, counts[page.key], here))
    return tuple(found)


def _error_count(filled: Filled, page: str, errors: Mapping[str, list[str]]) -> int:
    form = filled.form
    items = [item for section in form.sections if form.page_of(section) == page for item in section.items]
    keys = {item.field for item in items if item.field} | {item.key for item in items if item.rows.entity}
    return sum(path.partition(".")[0] in keys for path in errors)


def _errors(filled: Filled, problems: Iterable[Problem]) -> dict[str, list[str]]:
    """Sentences by path; what has no place on the form stands above it."""
    fields = {item.field for section in filled.form.sections for item in section.items if item.field}
    found: dict[str, list[str]] = {}
    for problem in problems:
        root = problem.path.partition(".")[0]
        key = problem.path if root in filled.sources or problem.path in fields else ""
        found.setdefault(key, []).append(translate(problem))
    return found


def _table(ctx: Context, filled: Filled, source: RowSource, errors: Mapping[str, list[str]]) -> ShownRows:
    saved, more = saved_rows(ctx, source, filled.record_id)
    rows = filled.rows.get(source.key, saved)
    return shown_rows(ctx, source, rows, errors, saved=saved, more=more, prefix=filled.prefix)
