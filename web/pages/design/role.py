"""The role designer: what a role may do with each entity, who holds it, and why somebody sees a record."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, request

from builder.acts.base import find
from builder.keys import qualified
from builder.structure import MISSING
from runtime import drafts
from runtime.context import Context
from runtime.drafts import Desk
from runtime.errors import Invalid, NotFound
from web.i18n import current_language, translate
from web.i18n import gettext as _
from web.links import app_url
from web.pages.guard import admin
from web.render import redirect_to, render
from web.render.controls import member_choices
from web.render.design import design_of, text_of, texts_of
from web.render.design_role import (
    VERBS,
    dashboards_of,
    entity_choices,
    grant_rows,
    holders_of,
    rule_panel,
    start_choices,
)
from web.render.values import entity_label
from web.render.why import Answer, answer_for, field_choices

blueprint = Blueprint("design_role", __name__, url_prefix="/design/<app>/roles")


@blueprint.get("/new")
def new(app: str) -> Response:
    """What it is called."""
    return _new_dialog(drafts.open_desk(admin(), app), {})


@blueprint.post("/new")
def create(app: str) -> Response:
    """A role that begins with nothing, like another role, or with the same rights on all tables."""
    ctx = admin()
    label, like = request.form.get("label", "").strip(), request.form.get("like", "none")
    if not label:
        return _new_dialog(drafts.open_desk(ctx, app), {"label": [_("Give it a name.")]})
    try:
        made = drafts.change(ctx, app, [{"op": "new_role", "label": {current_language(): label}, "like": like}]).made
    except Invalid as error:
        return _new_dialog(drafts.open_desk(ctx, app), {"": [translate(each) for each in error.problems]})
    return redirect_to(f"{app_url(app)}/{made}")


@blueprint.get("/<key>")
def page(app: str, key: str) -> Response:
    """One role; `?pick=roles/sales/grants/lead` opens the rules for an entity."""
    ctx = admin()
    desk = drafts.open_desk(ctx, app)
    role = find(desk.document, f"roles/{key}")
    if role is MISSING:
        return redirect(app_url(app), 303)  # type: ignore[return-value]
    path, pick = f"roles/{key}", request.args.get("pick", "")
    looked = drafts.looking(ctx, desk)
    entities, others = entity_choices(looked, desk, role)
    picked = pick.removeprefix(f"{path}/grants/") if pick.startswith(f"{path}/grants/") else ""
    if picked and picked not in entities and picked in dict(others):
        entities.append(picked)
    return render(
        "pages/design/role.html",
        part="work",
        design=design_of(desk, pick),
        role=role,
        path=path,
        label=text_of(role.get("label"), key),
        verbs=[_(text) for text in VERBS.values()],
        rows=grant_rows(looked, desk, path, entities),
        others=others,
        panel=rule_panel(looked, desk, path, picked) if picked else None,
        holders=holders_of(ctx, f"{app}.{key}"),
        is_published=f"{app}.{key}" in ctx.catalog.roles(),
        dashboards=dashboards_of(desk),
        texts=texts_of(role.get("label")),
        description=texts_of(role.get("description")),
        **_asking(ctx, [qualified(app, one) for one in entities]),
    )


def _asking(ctx: Context, names: list[str], chosen: str = "") -> dict[str, Any]:
    """What the question "why?" can be about: published tables, people, fields of the chosen table."""
    known = [each for each in map(ctx.catalog.find, names) if each is not None]
    asked = next((each for each in known if each.name == chosen), known[0] if known else None)
    return {
        "known": [each.name for each in known],
        "names": {each.name: entity_label(each, plural=True) for each in known},
        "asked": asked,
        "asked_fields": field_choices(asked) if asked else [],
        "people": member_choices(ctx, []),
    }


@blueprint.get("/<key>/why-form")
def why_form(app: str, key: str) -> Response:
    """The question again, for another table."""
    ctx = admin()
    desk = drafts.open_desk(ctx, app)
    role = find(desk.document, f"roles/{key}")
    if role is MISSING:
        raise NotFound
    entities, _others = entity_choices(drafts.looking(ctx, desk), desk, role)
    values = _asking(ctx, [qualified(app, one) for one in entities], request.args.get("entity", ""))
    return render("pages/design/role_why_form.html", action=f"{app_url(app)}/roles/{key}/why", **values)


@blueprint.get("/<key>/why")
def why_page(**_place: str) -> Response:
    """`?entity=crm.lead&record=12&person=3`: whether and why the person may see the record, as things are in force."""
    ctx = admin()
    answer, error = None, ""
    try:
        answer = _why(ctx)
    except ValueError:
        error = _("Choose a table, a record and a person.")
    except NotFound:
        error = _("There is no such record or person.")
    return render("pages/design/role_why.html", answer=answer, error=error)


def _why(ctx: Context) -> Answer:
    record = request.args.get("record", "").strip().lstrip("#")
    person, field = int(request.args.get("person", "")), request.args.get("field", "")
    return answer_for(ctx, request.args.get("entity", ""), int(record), person, field)


def _new_dialog(desk: Desk, errors: dict[str, list[str]]) -> Response:
    return render(
        "pages/design/role_new.html",
        status=422 if errors else 200,
        design=design_of(desk),
        errors=errors,
        values=request.form,
        starts=start_choices(desk),
    )
