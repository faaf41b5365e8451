"""Parts of the designer of a table: who breaks a rule, another type for a field, fields for tables of other apps."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, request

from builder.acts.base import find
from builder.structure import MISSING
from runtime import drafts
from runtime.context import Context
from runtime.drafts import Desk
from runtime.errors import Invalid, NotFound
from runtime.queries.counting import CAP
from web.i18n import gettext as _
from web.i18n import ngettext, translate
from web.links import app_url
from web.pages.design.planning import for_plans
from web.pages.guard import admin
from web.render import redirect_to, render
from web.render.design import design_of, entity_name, part_url, text_of
from web.render.design_table import broken_by, conversion, field_rows, may_become, published_field, words_of
from web.render.field_panel import choice_colours, field_panel, palette

blueprint = Blueprint("design_table", __name__, url_prefix="/design/<app>")
_CHOICE_TYPES = ("select", "multi_select")


@blueprint.get("/entities/<key>/rules/<rule>/broken")
def broken(app: str, key: str, rule: str) -> Response:
    """How many records break a rule of the draft, with a link to them."""
    ctx = admin()
    found = find(drafts.open_desk(ctx, app).document, f"entities/{key}/rules/{rule}")
    if found is MISSING:
        raise NotFound
    counted = broken_by(ctx, f"{app}.{key}", found.get("condition"))
    text = ""
    if counted is not None:
        text = ngettext("%(num)d record breaks it", "%(num)d records break it", counted[0])
        if counted[0] >= CAP:
            text = _("more than 10,000 records break it")
    return render("pages/design/rule_broken.html", counted=counted, text=text)


@blueprint.get("/type")
def ask_type(app: str) -> Response:
    """The dialog of another type: `?field=entities/lead/fields/source&type=select`."""
    ctx = admin()
    return _type_dialog(ctx, drafts.open_desk(ctx, app), [])


@blueprint.post("/type")
def set_type(app: str) -> Response:
    """The field gets the type in the draft; its values are converted when it is published."""
    ctx = admin()
    desk = drafts.open_desk(ctx, app)
    act = _type_act(ctx, desk)
    try:
        drafts.change(ctx, app, [act])
    except Invalid as error:
        return _type_dialog(ctx, desk, [translate(each) for each in error.problems])
    return redirect_to(part_url(app, str(act["path"])))


def _type_act(ctx: Context, desk: Desk) -> dict[str, Any]:
    values, path = request.values, request.values.get("field", "")
    act: dict[str, Any] = {"op": "change_type", "path": path, "type": values.get("type", "")}
    act |= {name: values[name] for name in ("to", "kind") if values.get(name)}
    found = published_field(ctx, desk, path)
    if act["type"] in _CHOICE_TYPES and found is not None:
        act["choices"] = words_of(ctx, found, split=act["type"] == "multi_select")[0]
    return act


def _type_dialog(ctx: Context, desk: Desk, errors: list[str]) -> Response:
    path, kind = request.values.get("field", ""), request.values.get("type", "")
    field = find(desk.document, path)
    if not isinstance(field, dict) or "/fields/" not in path:
        raise NotFound
    found, item, more = published_field(ctx, desk, path), None, False
    wrong: list[str] = []
    words: list[str] = []
    differs = kind not in ("", field.get("type")) or any(request.values.get(name) for name in ("to", "kind"))
    if differs and found is not None:
        with for_plans(ctx) as inside:
            item, wrong = conversion(inside, desk, _type_act(ctx, desk))
            if kind in _CHOICE_TYPES and found[1].field.type not in _CHOICE_TYPES:
                words, more = words_of(inside, found, split=kind == "multi_select")
    return render(
        "pages/design/type_change.html",
        status=422 if errors else 200,
        design=design_of(desk),
        field=field,
        path=path,
        label=text_of(field.get("label"), field["key"]),
        types=may_become(ctx, desk, path),
        chosen=kind or field.get("type"),
        differs=differs,
        item=item,
        message=translate(item.message, item.params) if item else "",
        wrong=wrong,
        words=words,
        more=more,
        targets=_targets(desk),
        errors={"": errors} if errors else {},
    )


def _targets(desk: Desk) -> list[tuple[str, str]]:
    own = [(each["key"], text_of(each.get("label"), each["key"])) for each in desk.document.get("entities") or ()]
    return own + _foreign(desk)


def _foreign(desk: Desk) -> list[tuple[str, str]]:
    """Tables of other apps."""
    return [
        (f"{key}.{each.key}", entity_name(desk, f"{key}.{each.key}")) for key, app in desk.others.items() for each in app.entities
    ]


@blueprint.get("/extends/new")
def new_extension(app: str) -> Response:
    """Which table of another app shall get more fields."""
    desk = drafts.open_desk(admin(), app)
    return render("pages/design/extension_new.html", design=design_of(desk), tables=_foreign(desk), errors={})


@blueprint.post("/extends/new")
def extend(app: str) -> Response:
    """A place for the fields."""
    ctx = admin()
    name = request.form.get("entity", "")
    desk = drafts.open_desk(ctx, app)
    owner = desk.others.get(name.partition(".")[0])
    errors = [_("Choose a table.")]
    if owner is not None:
        try:
            made = drafts.change(ctx, app, [{"op": "new_extension", "entity": name, "version": f">={owner.version}"}]).made
            return redirect_to(f"{app_url(app)}/{made}")
        except Invalid as error:
            errors = [translate(each) for each in error.problems]
    return render(
        "pages/design/extension_new.html", status=422, design=design_of(desk), tables=_foreign(desk), errors={"entity": errors}
    )


@blueprint.get("/extends/<key>")
def extension(app: str, key: str) -> Response:
    """The fields that this app adds to a table of another one."""
    ctx = admin()
    desk = drafts.open_desk(ctx, app)
    item, path, pick = find(desk.document, f"extends/{key}"), f"extends/{key}", request.args.get("pick", "")
    if item is MISSING:
        return redirect(app_url(app), 303)  # type: ignore[return-value]
    owner, _dot, entity = str(item["entity"]).partition(".")
    return render(
        "pages/design/extension.html",
        part="work",
        design=design_of(desk, pick),
        path=path,
        label=entity_name(desk, str(item["entity"])),
        app_label=text_of(desk.document.get("label"), app),
        owner_url=f"{app_url(owner)}/entities/{entity}",
        fields=field_rows(desk, path),
        palette=palette(),
        panel=field_panel(drafts.looking(ctx, desk), desk, pick) if pick.startswith(f"{path}/") else None,
        colours=choice_colours(),
    )
