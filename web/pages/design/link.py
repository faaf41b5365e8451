"""A form as a link for people without an account. Works on the published form, and at once: nothing here is a draft."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, g, request
from flask_babel import refresh

from builder.codec import decode
from builder.label import LANGUAGES
from runtime import drafts
from runtime.context import Context
from runtime.errors import Invalid, NotFound
from runtime.public_links import store
from runtime.public_links.names import form_name
from runtime.public_links.offer import first_settings, lost_fields
from runtime.public_links.place import Place, find_place
from runtime.public_links.settings import LinkSettings, settings_from_json
from runtime.public_links.store import Link
from runtime.records.read import titles
from web.i18n import current_language
from web.i18n import gettext as _
from web.links import app_url, entity_url
from web.pages.guard import admin
from web.render import public_link as view
from web.render import redirect_to, render, toast
from web.render.controls import member_choices
from web.render.design import design_of, languages

blueprint = Blueprint("design_link", __name__, url_prefix="/design/<app>/forms/<key>/link")
_SHOWN_ANSWERS = 20


@blueprint.get("")
def page(app: str, key: str) -> Response:
    """The link, its code, its settings and what came in."""
    ctx = admin()
    place = find_place(ctx.catalog, app, key)
    if place is None:
        return _unpublished(ctx, app, key)
    link = store.get_link(ctx, app, key)
    return _page(ctx, place, link, link.settings if link else first_settings(ctx.catalog, place))


@blueprint.post("")
def save(app: str, key: str) -> Response:
    """New settings."""
    ctx = admin()
    place = store.published(ctx, app, key)
    raw = view.read_settings(ctx, place, request.form)
    try:
        store.save_link(ctx, app, key, settings_from_json(raw))
    except Invalid as error:
        link = store.get_link(ctx, app, key)
        return _page(ctx, place, link, decode(LinkSettings, raw), view.errors_by_input(error.problems))
    toast(_("Saved. It is in force now."))
    return redirect_to(_here(app, key))


@blueprint.post("/switch")
def switch(app: str, key: str) -> Response:
    """Opens or closes the link."""
    enabled = request.form.get("enabled") == "1"
    store.switch_link(admin(), app, key, enabled=enabled)
    toast(_("The link is open.") if enabled else _("The link is closed."))
    return redirect_to(_here(app, key))


@blueprint.post("/renew")
def renew(app: str, key: str) -> Response:
    """Another link in place of the old one."""
    store.renew_link(admin(), app, key)
    toast(_("There is a new link now; the old one leads nowhere."))
    return redirect_to(_here(app, key))


@blueprint.get("/qr.<kind>")
def qr(app: str, key: str, kind: str) -> Response:
    """The code as a picture; with `?download` as a file."""
    link = _link(app, key)
    if kind not in ("png", "svg"):
        raise NotFound
    mimetype = "image/png" if kind == "png" else "image/svg+xml"
    response = Response(view.qr_code(view.public_url(link), kind), mimetype=mimetype)
    if "download" in request.args:
        response.headers["Content-Disposition"] = f'attachment; filename="{app}-{key}.{kind}"'
    return response


@blueprint.get("/poster")
def poster(app: str, key: str) -> Response:
    """A page for the printer: title, code, address."""
    ctx, link = admin(), _link(app, key)
    if request.args.get("lang") in LANGUAGES:
        g.language = request.args["lang"]
        refresh()
    language = current_language()
    reader = ctx.acting(replace(ctx.actor, language=language))
    title = link.settings.title.in_language(language) or form_name(reader, app, key)
    text = link.settings.intro.in_language(language)
    values: dict[str, Any] = {
        "firm": ctx.workspace.name,
        "title": title,
        "text": text,
        "url": view.public_url(link),
        "here": _here(app, key),
    }
    return render("pages/public/poster.html", **values)


def _link(app: str, key: str) -> Link:
    found = store.get_link(admin(), app, key)
    if found is None:
        raise NotFound
    return found


def _here(app: str, key: str) -> str:
    return f"{app_url(app)}/forms/{key}/link"


def _unpublished(ctx: Context, app: str, key: str) -> Response:
    """The form is only in a draft, or was taken away while its link goes on being known."""
    desk = drafts.open_desk(ctx, app)
    link = store.get_link(ctx, app, key)
    values: dict[str, Any] = {
        "design": design_of(desk),
        "form_url": f"{app_url(app)}/forms/{key}",
        "link": link,
        "here": _here(app, key),
    }
    return render("pages/design/link_unpublished.html", part="work", **values)


def _page(
    ctx: Context, place: Place, link: Link | None, settings: LinkSettings, errors: dict[str, list[str]] | None = None
) -> Response:
    desk = drafts.open_desk(ctx, place.app)
    rows = view.rows_of(ctx, place, settings, errors or {})
    url = view.public_url(link) if link else ""
    answers = store.last_answers(ctx, link, _SHOWN_ANSWERS) if link else []
    midnight = ctx.now.astimezone(ctx.workspace.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return render(
        "pages/design/link.html",
        part="work",
        status=422 if errors else 200,
        design=design_of(desk),
        here=_here(place.app, place.form.key),
        form_url=f"{app_url(place.app)}/forms/{place.form.key}",
        form_name=form_name(ctx, place.app, place.form.key),
        link=link,
        url=url,
        only_here=bool(url) and view.is_only_here(url),
        example=view.example_url(url, place, link.settings) if link else "",
        state=view.state_words(view.link_state(ctx, link, place)),
        troubles=view.trouble_lines(ctx, place, link, link.settings if link else settings),
        lost=lost_fields(ctx.catalog, place, link.settings) if link else [],
        settings=settings,
        texts={name: view.texts_by_language(getattr(settings, name)) for name in view.TEXTS},
        languages=languages(),
        times={name: view.local_time(ctx, getattr(settings, name)) for name in ("opens_at", "closes_at")},
        zone=ctx.workspace.zone.key,
        rows=[each for each in rows if each.uses and each.on_form],
        tables=view.tables_of(ctx, place, settings),
        extra=[each for each in rows if each.uses and not each.on_form],
        given=[each for each in rows if not each.uses],
        people=view.person_choices(ctx, place, settings),
        members=member_choices(ctx, [each for each in settings.notify if isinstance(each, int)]),
        answers=answers,
        answer_titles=titles(ctx, place.entity.name, [each.record_id for each in answers]),
        today=store.answers_since(ctx, link, midnight) if link else 0,
        entity_name=place.entity.name,
        list_url=entity_url(place.entity.name),
        errors=errors or {},
    )
