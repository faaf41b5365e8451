"""The dashboard designer: tiles on the real grid with the real figures, dragged, resized and set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, redirect, request

from builder.acts.base import find
from builder.structure import MISSING
from runtime import drafts
from runtime.drafts import Desk
from runtime.errors import Invalid
from web.i18n import current_language, translate
from web.i18n import gettext as _
from web.links import app_url, dashboard_url
from web.pages.guard import admin
from web.render import redirect_to, render
from web.render.design import design_of, text_of, texts_of
from web.render.design_dashboard import draft_tiles, tile_panel, told_words, type_choices
from web.render.design_filters import candidates, filter_chips, filter_panel

blueprint = Blueprint("design_dashboard", __name__, url_prefix="/design/<app>/dashboards")


@blueprint.get("")
def page(app: str) -> Response:
    """All dashboards, in the order of their tabs."""
    desk = drafts.open_desk(admin(), app)
    boards = [_line(desk, each) for each in desk.document.get("dashboards") or ()]
    return render("pages/design/dashboards.html", part="work", design=design_of(desk), boards=boards)


@blueprint.get("/new")
def new(app: str) -> Response:
    """What it is called."""
    return _new_dialog(drafts.open_desk(admin(), app), {})


@blueprint.post("/new")
def create(app: str) -> Response:
    """An empty dashboard, with an entry of the menu if wanted."""
    ctx = admin()
    desk = drafts.open_desk(ctx, app)
    label = request.form.get("label", "").strip()
    if not label:
        return _new_dialog(desk, {"label": [_("Give it a name.")]})
    act = {"op": "new_dashboard", "label": {current_language(): label}, "menu": bool(request.form.get("menu"))}
    try:
        made = drafts.change(ctx, app, [act]).made
    except Invalid as error:
        return _new_dialog(desk, {"": [translate(each) for each in error.problems]})
    return redirect_to(f"{app_url(app)}/{made}")


@blueprint.get("/<key>")
def board(app: str, key: str) -> Response:
    """The grid; `?pick=dashboards/boss/tiles/won` opens what can be set of that tile."""
    ctx = admin()
    desk = drafts.open_desk(ctx, app)
    document = find(desk.document, f"dashboards/{key}")
    if document is MISSING:
        return redirect(f"{app_url(app)}/dashboards", 303)  # type: ignore[return-value]
    path, pick = f"dashboards/{key}", request.args.get("pick", "")
    looked = drafts.looking(ctx, desk)
    panel = tile_panel(looked, desk, pick) if pick.startswith(f"{path}/tiles/") else None
    tiles = draft_tiles(ctx, looked, desk, path)
    return render(
        "pages/design/dashboard.html",
        part="work",
        design=design_of(desk, pick),
        board=document,
        path=path,
        label=text_of(document.get("label"), key),
        texts=texts_of(document.get("label")),
        tiles=tiles,
        names={each.key: each.label for each in tiles},
        chips=filter_chips(looked, desk, path),
        candidates=candidates(looked, desk, path) if pick == f"{path}/filters" else None,
        filter=filter_panel(looked, desk, pick) if pick.startswith(f"{path}/filters/") else None,
        types=type_choices(),
        panel=panel,
        panel_texts=texts_of(panel["label"]) if panel else {},
        tile_text=texts_of((panel["tile"].get("options") or {}).get("text")) if panel else {},
        told=told_words(request.args.get("told", "")) if panel else [],
        roles=[(each["key"], text_of(each.get("label"), each["key"])) for each in desk.document.get("roles") or ()],
        open_url=dashboard_url(f"{app}.{key}") if find(desk.published, path) is not MISSING else "",
    )


def _line(desk: Desk, document: Mapping[str, Any]) -> dict[str, Any]:
    path = f"dashboards/{document['key']}"
    return {
        "path": path,
        "key": document["key"],
        "label": text_of(document.get("label"), document["key"]),
        "url": f"{app_url(desk.app)}/{path}",
        "tiles": len(document.get("tiles") or ()),
        "roles": [
            text_of((find(desk.document, f"roles/{each}") or {}).get("label"), each) for each in document.get("roles") or ()
        ],
        "is_new": find(desk.published, path) is MISSING,
        "problems": sum(each.path == path or each.path.startswith(f"{path}/") for each in desk.problems),
    }


def _new_dialog(desk: Desk, errors: dict[str, list[str]]) -> Response:
    return render(
        "pages/design/dashboard_new.html",
        status=422 if errors else 200,
        design=design_of(desk),
        errors=errors,
        values=request.form or {"menu": "1"},
    )
