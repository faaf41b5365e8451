"""The first page: what the person's roles put there, what waits for the person, the apps."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Blueprint, Response, current_app, redirect, request

from runtime.platform.people import User
from web import request_context
from web.auth import to_sign_in
from web.pages.dashboards import with_address
from web.render import render
from web.render.homes import home_boards
from web.render.shell import creatable
from web.render.tiles import address_of, laid_out, open_filters, tile_label
from web.render.tiles.plain import inbox

blueprint = Blueprint("home", __name__)
_SHOWN, _BESIDE = 6, 3


@blueprint.get("/")
def home() -> Response:
    """The dashboard of the person's role (`?board=app.key` another one of them), notifications, apps."""
    ctx = request_context.current_or_none()
    if ctx is None:
        return _stranger()
    boards = home_boards(ctx)
    asked = request.args.get("board", "")
    board = next((each for each in boards if each.name == asked), boards[0] if boards else None)
    filters = open_filters(ctx, board.app.key, board.board.filters, request.args) if board else []
    has_inbox = board is not None and any(tile.type == "inbox" for tile in board.board.tiles)
    response = render(
        "pages/home.html",
        ctx=ctx,
        waiting=[] if has_inbox else inbox(ctx, _BESIDE if board else _SHOWN),
        new=creatable(),
        board=board,
        tiles=laid_out(board.board.tiles) if board else [],
        names={each.key: tile_label(ctx, board.app.key, each) for each in board.board.tiles} if board else {},
        tabs=[(f"/?board={each.name}", each.label, each is board) for each in boards],
        filters=filters,
        asked=asked if board and asked == board.name else "",
        query=address_of(filters),
    )
    return with_address(response, "/", address_of(filters, board=asked))


def _stranger() -> Response:
    if request_context.person() is not None:
        return render("pages/no_workspace.html", status=403)
    connection = request_context.connection()
    if connection.scalar(sa.select(User.id).limit(1)) is None:
        return redirect("/setup")  # type: ignore[return-value]
    return to_sign_in()


@blueprint.get("/create")
def create() -> Response:
    """The phone's ⊕: what shall it be?"""
    request_context.current()
    return render("pages/create.html", entries=creatable())


@blueprint.get("/favicon.svg")
def favicon() -> Response:
    """The mark of the site."""
    from flask import send_from_directory

    response = send_from_directory(f"{current_app.root_path}/static", "favicon.svg")
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response
