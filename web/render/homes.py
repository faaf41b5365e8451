"""What a person sees first: the dashboards that their roles, or else the apps, put on the home page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from builder.keys import qualified
from builder.model import App, Dashboard
from runtime.context import Context
from web import links
from web.i18n import current_language
from web.render.shell import may_use


@dataclass(frozen=True)
class HomeBoard:
    """A dashboard of the home page; `name` is `app.key`."""

    name: str
    app: App
    board: Dashboard
    label: str

    @property
    def url(self) -> str:
        """The dashboard's own address, beneath which its tiles are."""
        return links.dashboard_url(self.name)


def home_boards(ctx: Context) -> list[HomeBoard]:
    """The dashboards of the actor's home page, the one that opens at once first.

    In each app the roles decide, the upper one first; the app's own choice is for those whose roles say nothing.
    """
    names = dict.fromkeys(name for app in ctx.catalog.apps.values() for name in _names(ctx, app))
    return [each for name in names if (each := _open(ctx, name)) is not None]


def _names(ctx: Context, app: App) -> Iterator[str]:
    chosen = [board for role in app.roles if f"{app.key}.{role.key}" in ctx.actor.roles for board in role.dashboards]
    for reference in chosen or app.home:
        yield qualified(app.key, reference)


def _open(ctx: Context, name: str) -> HomeBoard | None:
    app = ctx.catalog.apps.get(name.partition(".")[0])
    board = next((each for each in app.dashboards if f"{app.key}.{each.key}" == name), None) if app else None
    if app is None or board is None or not may_use(ctx, app.key, board.roles):
        return None
    return HomeBoard(name, app, board, board.label.in_language(current_language()) or board.key)
