"""Dashboards: tiles that load one by one, each a way to the records behind it."""

from __future__ import annotations

from flask import Blueprint, Response

from builder.model import App, Dashboard
from runtime.context import Context
from runtime.errors import NotFound
from web import links
from web.i18n import current_language
from web.render import render
from web.render.shell import may_use
from web.render.tiles import laid_out, shown_tile, tile_label
from web.request_context import current

blueprint = Blueprint("dashboard_pages", __name__, url_prefix="/dashboards")


@blueprint.get("/<name>")
def page(name: str) -> Response:
    """The frame with its places; what is in them follows."""
    ctx = current()
    app, board = _find(ctx, name)
    boards = [each for each in app.dashboards if may_use(ctx, app.key, each.roles)]
    return render(
        "pages/dashboard.html",
        app=app,
        board=board,
        title=board.label.in_language(current_language()) or board.key,
        tiles=laid_out(board.tiles),
        names={each.key: tile_label(ctx, app.key, each) for each in board.tiles},
        edit_url=f"{links.app_url(app.key)}/dashboards/{board.key}",
        tabs=[
            (links.dashboard_url(f"{app.key}.{each.key}"), each.label.in_language(current_language()), each is board)
            for each in boards
        ],
        url=links.dashboard_url(name),
    )


@blueprint.get("/<name>/<key>")
def tile(name: str, key: str) -> Response:
    """The content of one tile."""
    ctx = current()
    app, board = _find(ctx, name)
    found = next((each for each in board.tiles if each.key == key), None)
    if found is None:
        raise NotFound
    mend = f"{links.app_url(app.key)}/dashboards/{board.key}?pick=dashboards/{board.key}/tiles/{key}"
    return render("pages/dashboard_tile.html", shown=shown_tile(ctx, app.key, found), app=mend)


def _find(ctx: Context, name: str) -> tuple[App, Dashboard]:
    app_key, _dot, key = name.partition(".")
    app = ctx.catalog.apps.get(app_key)
    board = next((each for each in app.dashboards if each.key == key), None) if app else None
    if app is None or board is None or not may_use(ctx, app_key, board.roles):
        raise NotFound
    return app, board
