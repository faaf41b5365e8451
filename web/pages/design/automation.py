"""The automation designer: the list of an app's automations, and one of them as cards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, redirect, request

from builder.acts.base import find
from builder.automations import TRIGGER_TYPES
from builder.structure import MISSING
from runtime import drafts
from runtime.drafts import Desk
from runtime.errors import Invalid
from web.i18n import current_language, translate
from web.i18n import gettext as _
from web.links import app_url
from web.pages.guard import admin
from web.render import redirect_to, render
from web.render.automations import design_words as words
from web.render.automations.draft import FlowDrawer, draft_plan, step_types
from web.render.automations.panel import panel_of
from web.render.automations.panel_place import Place, entity_options
from web.render.automations.words import Speaker
from web.render.design import design_of, text_of

blueprint = Blueprint("design_automation", __name__, url_prefix="/design/<app>/automations")


@blueprint.get("")
def listing(app: str) -> Response:
    """All automations of the draft, each as a sentence."""
    ctx = admin()
    desk = drafts.open_desk(ctx, app)
    looked = drafts.looking(ctx, desk)
    rows = [_row(looked, desk, each) for each in desk.document.get("automations") or ()]
    return render("pages/design/automations.html", part="work", design=design_of(desk), rows=rows)


@blueprint.get("/new")
def new(app: str) -> Response:
    """A name, what sets it off, and for which table."""
    return _new_dialog(app, {})


@blueprint.post("/new")
def create(app: str) -> Response:
    """Makes an automation without steps."""
    ctx = admin()
    label, kind = request.form.get("label", "").strip(), request.form.get("type", "")
    errors = {"label": [_("Give it a name.")]} if not label else {}
    if kind not in TRIGGER_TYPES.names():
        errors["type"] = [_("Choose one.")]
    if errors:
        return _new_dialog(app, errors)
    act = {"op": "new_automation", "label": {current_language(): label}, "type": kind, "entity": request.form.get("entity", "")}
    try:
        made = drafts.change(ctx, app, [act]).made
    except Invalid as error:
        return _new_dialog(app, {"": [translate(each) for each in error.problems]})
    # What sets it off is what has to be said next.
    return redirect_to(f"{app_url(app)}/{made}?pick={made}/trigger")


@blueprint.get("/<key>")
def page(app: str, key: str) -> Response:
    """The cards; `?pick=automations/overdue/ladder/remind/steps/tell` opens what can be set of one."""
    ctx = admin()
    desk = drafts.open_desk(ctx, app)
    path = f"automations/{key}"
    raw = find(desk.document, path)
    if raw is MISSING:
        return redirect(f"{app_url(app)}/automations", 303)  # type: ignore[return-value]
    looked = drafts.looking(ctx, desk)
    pick = _nearest(desk, path, request.args.get("pick", ""))
    drawer = FlowDrawer(looked, desk, raw, path, pick)
    return render(
        "pages/design/automation.html",
        part="work",
        design=design_of(desk, pick),
        raw=raw,
        path=path,
        key=key,
        label=text_of(raw.get("label"), key),
        flow=drawer.flow(),
        problems=drawer.places,
        panel=panel_of(Place(looked, desk, raw, path, pick)),
        step_types=step_types(),
        is_published=find(desk.published, path) is not MISSING,
        is_changed=find(desk.published, path) != raw,
        entity_name=drawer.speaker.plan.entity,
    )


def _row(ctx: Any, desk: Desk, raw: Mapping[str, Any]) -> dict[str, Any]:
    path = f"automations/{raw['key']}"
    kind = str((raw.get("trigger") or {}).get("type"))
    found = TRIGGER_TYPES.find(kind)
    try:
        sentence = Speaker(ctx, draft_plan(desk.app, raw)).trigger_sentence()
    except (LookupError, TypeError, ValueError, AttributeError):
        sentence = ""
    return {
        "path": path,
        "key": raw["key"],
        "label": text_of(raw.get("label"), raw["key"]),
        "kind": kind,
        "icon": found.icon if found else "bolt",
        "sentence": sentence,
        "enabled": raw.get("enabled", True),
        "is_new": find(desk.published, path) is MISSING,
        "problems": sum(each.path == path or each.path.startswith(f"{path}/") for each in desk.problems),
    }


def _nearest(desk: Desk, path: str, pick: str) -> str:
    """The picked card; the card around it when it is a property, or gone."""
    if not pick.startswith(f"{path}/"):
        return ""
    if pick in (f"{path}/trigger", f"{path}/condition"):
        return pick
    parts = pick.split("/")
    if parts[2] in ("trigger", "condition", "entity"):
        return f"{path}/{'trigger' if parts[2] == 'entity' else parts[2]}"
    while len(parts) > 3:
        item = find(desk.document, "/".join(parts))
        if parts[-2] in ("steps", "else", "arms", "ladder", "settings") and isinstance(item, Mapping):
            return "/".join(parts)
        parts.pop()
    return ""


def _new_dialog(app: str, errors: dict[str, list[str]]) -> Response:
    ctx = admin()
    desk = drafts.open_desk(ctx, app)
    entities = entity_options(Place(drafts.looking(ctx, desk), desk, {}, "", ""))
    types = [
        (each.name, _(words.TRIGGERS[each.name][0]) if each.name in words.TRIGGERS else each.title) for each in TRIGGER_TYPES
    ]
    status = 422 if errors else 200
    return render(
        "pages/design/automation_new.html",
        status=status,
        design=design_of(desk),
        entities=entities,
        types=types,
        errors=errors,
        values=request.form,
    )
