"""Dashboards: tiles that load one by one, each a way to the records behind it."""

from __future__ import annotations

from flask import Blueprint, Response, request

from builder.model import App, Dashboard
from runtime.context import Context
from runtime.errors import NotFound
from web import links
from web.i18n import current_language
from web.render import is_fragment, render
from web.render.shell import may_use
from web.render.tiles import address_of, laid_out, open_filters, shown_tile, tile_label
from web.request_context import current

blueprint = Blueprint("dashboard_pages", __name__, url_prefix="/dashboards")


@blueprint.get("/<name>")
def page(name: str) -> Response:
    """The frame with its places; what is in them follows."""
    ctx = current()
    app, board = _find(ctx, name)
    filters = open_filters(ctx, app.key, board.filters, request.args)
    query = address_of(filters)
    boards = [each for each in app.dashboards if may_use(ctx, app.key, each.roles)]
    response = render(
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
        filters=filters,
        query=query,
    )
    return with_address(response, links.dashboard_url(name), query)


@blueprint.get("/<name>/<key>")
def tile(name: str, key: str) -> Response:
    """The content of one tile."""
    ctx = current()
    app, board = _find(ctx, name)
    found = next((each for each in board.tiles if each.key == key), None)
    if found is None:
        raise NotFound
    filters = open_filters(ctx, app.key, board.filters, request.args)
    mend = f"{links.app_url(app.key)}/dashboards/{board.key}?pick=dashboards/{board.key}/tiles/{key}"
    return render("pages/dashboard_tile.html", shown=shown_tile(ctx, app.key, found, filters), app=mend)


def with_address(response: Response, url: str, query: str) -> Response:
    """After a choice the browser shows the shortest address that chooses the same."""
    if is_fragment():
        response.headers["HX-Push-Url"] = f"{url}?{query}" if query else url
    return response


def _find(ctx: Context, name: str) -> tuple[App, Dashboard]:
    app_key, _dot, key = name.partition(".")
    app = ctx.catalog.apps.get(app_key)
    board = next((each for each in app.dashboards if each.key == key), None) if app else None
    if app is None or board is None or not may_use(ctx, app_key, board.roles):
        raise NotFound
    return app, board
