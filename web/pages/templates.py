"""The template gallery: what there is, what it would bring, installing, upgrading, taking away, the first day."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Blueprint, Response, request, send_file

from runtime import people
from runtime.context import Context
from runtime.errors import Conflict, Forbidden, Invalid, NotFound
from runtime.install import install, installed_from, plan_install, plan_upgrade, uninstall, upgrade, with_needs
from runtime.samples import remove_samples, sample_records
from runtime.schema_plan import plan
from templates_library import loader
from templates_library.loader import NoSuchTemplate, Template
from web.i18n import gettext as _
from web.i18n import ngettext, translate
from web.pages.guard import admin, signed_in
from web.render import redirect_to, refresh_page, render, toast
from web.render import template_cards as cards
from web.render.first_day import PREFERENCE, first_steps, with_tick
from web.render.forms import errors_of

blueprint = Blueprint("template_pages", __name__, url_prefix="/templates")

_PICTURES = Path(loader.__file__).parent
_NAMED = 20


@blueprint.get("")
def page() -> Response:
    """All templates as cards."""
    installed = installed_from(admin())
    found = [cards.card(key, installed) for key in reversed(loader.names())]
    return render("pages/templates.html", cards=found, section_text=cards.section_text)


@blueprint.get("/<key>/picture")
def picture(key: str) -> Response:
    """The picture of a template."""
    name = str(_template(key).meta.get("picture", ""))
    if not name or Path(name).name != name or not (_PICTURES / key / name).is_file():
        raise NotFound
    response = send_file(_PICTURES / key / name, max_age=3600)
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    return response


@blueprint.get("/<key>")
def one(key: str) -> Response:
    """A template: its read-me, what it brings, and what can be done with it."""
    ctx = admin()
    template = _template(key)
    return render(
        "pages/template.html",
        card=cards.card(key, installed_from(ctx)),
        readme=cards.readme(template),
        section_text=cards.section_text,
        is_there=key in ctx.catalog.apps,
        samples=sum(len(ids) for ids in sample_records(ctx, key).values()),
    )


@blueprint.get("/<key>/plan")
def install_plan(key: str) -> Response:
    """What installing would add, or why it cannot be; a part of the template's page."""
    ctx = admin()
    template = _template(key)
    if key in ctx.catalog.apps:
        raise Conflict("This app is installed already.")
    problems = [translate(each) for each in plan_install(ctx, template).problems]
    parts = cards.installed_parts(with_needs(ctx, template))
    return render("pages/template_plan.html", parts=parts, problems=problems, card=cards.card(key, {}))


@blueprint.post("/<key>/install")
def install_one(key: str) -> Response:
    """Install the template and those that it needs."""
    ctx = admin()
    try:
        done = install(ctx, _template(key), sample_data="sample_data" in request.form, language=ctx.actor.language)
    except Invalid as error:
        problems = [translate(each) for each in error.problems]
        return render("pages/template_plan.html", status=422, parts=[], problems=problems, card=cards.card(key, {}))
    if done.records:
        toast(ngettext("Installed, with %(num)d sample record.", "Installed, with %(num)d sample records.", done.records))
    else:
        toast(_("Installed."))
    return redirect_to(f"/templates/{key}/first-day")


@blueprint.get("/<key>/first-day")
def first_day(key: str) -> Response:
    """What to do now: the checklist of a template."""
    ctx = signed_in()
    if key not in ctx.catalog.apps:
        raise NotFound
    template = _template(key)
    return render("pages/first_day.html", card=cards.card(key, {}), steps=first_steps(ctx, template))


@blueprint.post("/<key>/first-day")
def tick(key: str) -> Response:
    """Tick a line of the checklist, or take the tick away."""
    ctx = signed_in()
    template = _template(key)
    step = request.form.get("step", "")
    if step not in {each["key"] for each in template.meta.get("first_day", ())}:
        raise NotFound
    kept = with_tick(ctx, key, step, done="done" in request.form)
    preference: dict[str, Any] = {PREFERENCE: kept}
    people.update_user(ctx.connection, int(ctx.actor.user_id or 0), **preference)
    if "HX-Request" not in request.headers:
        return redirect_to(f"/templates/{key}/first-day")
    return render("pages/first_day.html", part="steps", card=cards.card(key, {}), steps=first_steps(ctx, template, kept))


@blueprint.get("/<key>/upgrade")
def upgrade_page(key: str) -> Response:
    """What an upgrade would do, and where both sides have changed the same."""
    return _upgrade_page(admin(), key)


@blueprint.post("/<key>/upgrade")
def upgrade_one(key: str) -> Response:
    """Upgrade, each conflict as chosen."""
    ctx = admin()
    form = request.form
    paths = form.getlist("path")
    resolve = {path: form.get(f"side_{number}", "mine") for number, path in enumerate(paths)}
    try:
        upgrade(ctx, _template(key), resolve=resolve, accept_loss=form.get("accept_loss"))
    except Invalid as error:
        return _upgrade_page(ctx, key, [translate(each) for each in error.problems])
    except Conflict as error:
        return _upgrade_page(ctx, key, [translate(error.message)])
    toast(_("The app is up to date."))
    return redirect_to(f"/templates/{key}")


@blueprint.get("/<key>/uninstall")
def ask_uninstall(key: str) -> Response:
    """The dialog that says what goes, and asks for the name."""
    return _uninstall_dialog(admin(), key)


@blueprint.post("/<key>/uninstall")
def uninstall_one(key: str) -> Response:
    """Take an app away; its tables go to the trash."""
    ctx = admin()
    if request.form.get("name", "").strip() != key:
        return _uninstall_dialog(ctx, key, {"name": [_("Type %(name)s to confirm.", name=key)]})
    try:
        uninstall(ctx, key, accept_loss=request.form.get("accept_loss"))
    except Invalid as error:
        return _uninstall_dialog(ctx, key, errors_of(error.problems, ()))
    toast(_("The app is in the trash. Its data is kept for 30 days."))
    return redirect_to("/templates")


@blueprint.post("/<key>/samples/remove")
def remove_sample_data(key: str) -> Response:
    """Put the sample records into the recycle bin."""
    ctx = admin()
    left = sum(len(ids) for ids in sample_records(ctx, key).values())
    gone = remove_samples(ctx, key)
    toast(ngettext("%(num)d sample record is in the recycle bin.", "%(num)d sample records are in the recycle bin.", gone))
    if gone < left:
        toast(_("Samples that other records need were kept."), "info")
    return refresh_page()


def _template(key: str) -> Template:
    try:
        return loader.read(key)
    except NoSuchTemplate:
        raise NotFound from None


def _upgrade_page(ctx: Context, key: str, problems: list[str] | None = None) -> Response:
    template = _template(key)
    if key not in ctx.catalog.apps:
        raise NotFound
    found = plan_upgrade(ctx, template)
    mine = ctx.catalog.documents[key]
    values: dict[str, Any] = {
        "groups": cards.plan_groups(found.plan.items, found.document, mine),
        "choices": cards.choices_of(found.conflicts, template.app, mine),
        "problems": [*(problems or ()), *(translate(each) for each in found.plan.problems)],
        "losses": bool(found.plan.losses),
        "found": found,
    }
    return render(
        "pages/template_upgrade.html", status=422 if problems else 200, card=cards.card(key, installed_from(ctx)), **values
    )


def _uninstall_dialog(ctx: Context, key: str, errors: dict[str, list[str]] | None = None) -> Response:
    app = ctx.catalog.apps.get(key)
    if app is None:
        raise NotFound
    if not ctx.actor.is_admin:
        raise Forbidden
    planned = plan(ctx, {key: None})
    document = ctx.catalog.documents[key]
    return render(
        "pages/template_uninstall.html",
        status=422 if errors else 200,
        key=key,
        label=cards.label_text(document.get("label")) or key,
        lines=[
            (cards.place_text(each.path, document, section=False), each.rows)
            for each in planned.items
            if each.rows and each.kind == "removed"
        ][:_NAMED],
        problems=[translate(each) for each in planned.problems],
        token=planned.token,
        errors=errors or {},
    )
