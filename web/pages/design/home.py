"""All apps of the workspace, and new ones: from nothing, or from a table in a file."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, request

from builder.acts import perform
from builder.acts.base import free_key, slug
from builder.fields.choice import COLORS
from runtime import drafts
from runtime.context import Context
from runtime.errors import Invalid
from runtime.exchange.first_import import guess_fields, keep
from runtime.install import installed_from
from web.i18n import current_language, translate
from web.i18n import gettext as _
from web.links import app_url
from web.pages.design.removal import removed_apps
from web.pages.guard import admin
from web.render import redirect_to, render, toast
from web.render.design import languages, text_of
from web.render.design_words import value_name
from web.render.icons import choosable_icons

blueprint = Blueprint("design", __name__, url_prefix="/design")


@blueprint.record_once
def _prepare(state: Any) -> None:
    """Macros have no context: what they need is global."""
    state.app.jinja_env.globals.update(label_languages=languages)
    state.app.jinja_env.filters["pair"] = lambda value: (value, value_name(value))


@blueprint.get("")
def page() -> Response:
    """The apps, and drafts of apps that are not published yet."""
    ctx = admin()
    mine, origin = drafts.drafts_of(ctx), installed_from(ctx)
    apps = [_card(ctx, document, mine, key in origin) for key, document in ctx.catalog.documents.items()]
    apps += [_card(ctx, document, mine, False) for document in drafts.new_apps(ctx)]
    return render("pages/design/home.html", apps=apps, removed=removed_apps(ctx))


@blueprint.get("/new")
def new() -> Response:
    """What the app is called."""
    admin()
    return _dialog({})


@blueprint.post("/new")
def create() -> Response:
    """A draft of a new app with one table; with a file, that table's."""
    ctx = admin()
    file = request.files.get("file")
    label = request.form.get("label", "").strip()[:100]
    has_file = file is not None and bool(file.filename)
    if not label and has_file:
        label = Path(str(file.filename)).stem[:60]  # type: ignore[union-attr]
    if not label:
        return _dialog({"label": [_("Give it a name.")]})
    try:
        document = _document(ctx, label)
        if has_file:
            return _from_file(ctx, document, file, label)
        drafts.begin_app(ctx, document)
    except Invalid as error:
        return _dialog({"file" if has_file else "": [translate(each) for each in error.problems]})
    return redirect_to(app_url(document["key"]))


def _from_file(ctx: Context, document: dict[str, Any], file: Any, label: str) -> Response:
    with tempfile.NamedTemporaryFile(prefix="formloom-design-") as target:
        file.save(target.name)
        guessed = guess_fields(ctx, Path(target.name), file.filename)
        act = {"op": "new_entity", "label": {current_language(): label}, "fields": list(guessed.fields)}
        outcome = perform(document, [act])
        drafts.begin_app(ctx, outcome.document)
        target.seek(0)
        with Path(target.name).open("rb") as again:
            keep(ctx, f"{document['key']}.{outcome.made.rpartition('/')[2]}", again, file.filename)
    toast(_("Look at the fields; the %(count)s rows are imported after publishing.", count=guessed.rows), "info")
    return redirect_to(f"{app_url(document['key'])}/{outcome.made}")


def _document(ctx: Context, label: str) -> dict[str, Any]:
    taken = {*ctx.catalog.apps, *(str(each["key"]) for each in drafts.new_apps(ctx))}
    wanted = slug(label)
    key = free_key(wanted, taken) if wanted else free_key("app", taken, numbered=True)
    icon, colour = request.form.get("icon", "apps"), request.form.get("color", "blue")
    return {
        "format": 1,
        "key": key,
        "version": "0.1.0",
        "label": {current_language(): label},
        "icon": icon if icon in choosable_icons() else "apps",
        "color": colour if colour in COLORS else "blue",
    }


def _dialog(errors: dict[str, list[str]]) -> Response:
    values = request.form or request.args
    return render(
        "pages/design/new_app.html", status=422 if errors else 200, errors=errors, values=values, icons=choosable_icons()
    )


def _card(ctx: Context, document: Any, mine: set[str], is_template: bool) -> dict[str, Any]:
    key = str(document["key"])
    return {
        "key": key,
        "label": text_of(document.get("label"), key),
        "description": text_of(document.get("description")),
        "icon": document.get("icon", "apps"),
        "colour": document.get("color", "blue"),
        "version": ctx.catalog.versions.get(key),
        "tables": len(document.get("entities") or ()),
        "has_draft": key in mine,
        "is_template": is_template,
        "url": app_url(key),
    }
