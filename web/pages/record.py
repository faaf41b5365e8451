"""The page of one record: stages, fields, related lists, life-line; as a side panel when htmx asks for it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from runtime import access
from runtime.context import Context
from runtime.errors import NotFound
from runtime.records import read, write
from runtime.records.history import timeline
from runtime.tables import EntityDef
from web import links
from web.i18n import gettext as _
from web.render import redirect_to, render, toast
from web.render.filled_form import TAB
from web.render.record_form import form_with_app, states_of
from web.render.record_page import buttons, differences_text, stage_bars
from web.render.related_lists import related_lists, related_rows
from web.render.row_lists import detail_pages, row_list
from web.render.row_tables import row_sources
from web.render.values import Values, entity_label, label_of
from web.request_context import current

blueprint = Blueprint("record", __name__, url_prefix="/records/<entity_name>/<int:record_id>")

_EVENTS = 60


def entity_or_404(ctx: Context, name: str) -> EntityDef:
    """The entity if any of its records may be open to the actor. Raises NotFound."""
    entity = ctx.catalog.find(name)
    if entity is None or not access.rights(ctx, entity).may_read:
        raise NotFound
    return entity


@blueprint.get("")
def page(entity_name: str, record_id: int) -> Response:
    """The whole page, or the same in the side panel."""
    ctx = current()
    entity = entity_or_404(ctx, entity_name)
    values = _shown(ctx, entity, read.get(ctx, entity_name, record_id))
    if request.headers.get("HX-Target") == "panel":
        return render("pages/record_panel.html", **values)
    return render("pages/record.html", **values)


@blueprint.get("/head")
def head(entity_name: str, record_id: int) -> Response:
    """Title, buttons and stages again, after something changed."""
    ctx = current()
    entity = entity_or_404(ctx, entity_name)
    return render("pages/record_head.html", **_shown(ctx, entity, read.get(ctx, entity_name, record_id)))


@blueprint.get("/details")
def details(entity_name: str, record_id: int) -> Response:
    """The fields again, after something else than in-place editing changed them."""
    ctx = current()
    entity = entity_or_404(ctx, entity_name)
    return render("pages/record_details.html", **_shown(ctx, entity, read.get(ctx, entity_name, record_id)))


@blueprint.get("/life")
def life(entity_name: str, record_id: int) -> Response:
    """The life-line."""
    ctx = current()
    entity = entity_or_404(ctx, entity_name)
    events = timeline(ctx, entity_name, record_id, limit=_EVENTS)
    named = {each.name: entity_label(each) for each in ctx.catalog.entities()}
    automations = {f"{app.key}.{each.key}": each.label for app in ctx.catalog.apps.values() for each in app.automations}
    return render(
        "pages/record_life.html",
        events=events,
        entity=entity,
        entity_names=named,
        automations=automations,
        field_label=lambda key: differences_text(entity, key),
    )


@blueprint.get("/related/<key>")
def related(entity_name: str, record_id: int, key: str) -> Response:
    """The rows of one related list."""
    ctx = current()
    entity = entity_or_404(ctx, entity_name)
    read.get(ctx, entity_name, record_id, ("id",))
    app, form = form_with_app(ctx, entity)
    found = next((each for each in related_lists(ctx, entity, form, app) if each.key == key), None)
    if found is None:
        raise NotFound
    return render("pages/record_related.html", rows=related_rows(ctx, found, record_id), record_id=record_id)


@blueprint.post("/delete")
def delete(entity_name: str, record_id: int) -> Response:
    """Into the recycle bin, with a way back."""
    ctx = current()
    write.delete(ctx, entity_name, record_id)
    toast(_("Moved to the recycle bin."), undo=f"{links.record_url(entity_name, record_id)}/restore")
    return redirect_to(links.entity_url(entity_name))


@blueprint.post("/restore")
def restore(entity_name: str, record_id: int) -> Response:
    """Out of the recycle bin."""
    write.restore(current(), entity_name, record_id)
    toast(_("Restored."))
    return redirect_to(links.record_url(entity_name, record_id))


def _shown(ctx: Context, entity: EntityDef, record: dict[str, Any]) -> dict[str, Any]:
    app, form = form_with_app(ctx, entity)
    rights = access.rights(ctx, entity)
    allowed = _permitted(ctx, entity, record["id"])
    keys = [item.field for section in form.sections for item in section.items if item.field in rights.readable_fields]
    values = Values(ctx, entity, [record], [*keys, entity.owner_field, entity.title_field])
    title = record.get(entity.title_field)
    states = states_of(ctx, entity, form, record, record["id"])
    sources = row_sources(ctx, app, form)
    lists = {key: row_list(ctx, each, record["id"], may_update="update" in allowed) for key, each in sources.items()}
    related = related_lists(ctx, entity, form, app)
    tabs = [each.page for each in related]
    hidden = {page.key for page in form.pages if not states[f"/{page.key}"].shown}
    pages = detail_pages(form, states, rights.readable_fields, lists, request.args.get(TAB, ""), tabs)
    return {
        "entity": entity,
        "entity_text": entity_label(entity, plural=True),
        "record": record,
        "title": str(title) if title not in (None, "") else f"#{record['id']}",
        "form": form,
        "states": states,
        "row_lists": lists,
        "pages": pages,
        "values": values,
        "labels": {key: label_of(each) for key, each in entity.fields.items()},
        "readable": rights.readable_fields,
        "writable": rights.writable_fields if "update" in allowed else frozenset(),
        "allowed": allowed,
        "stages": stage_bars(ctx, entity, record),
        "buttons": buttons(ctx, entity, record["id"]),
        "related": related,
        "below": [each for each in related if each.page not in {*hidden, *(page.key for page in pages)}],
        "url": links.record_url(entity.name, record["id"]),
    }


def _permitted(ctx: Context, entity: EntityDef, record_id: int) -> set[str]:
    """Which of update and delete the actor may do with this record."""
    import sqlalchemy as sa

    rights = access.rights(ctx, entity)
    verbs = [verb for verb, open_ in (("update", rights.may_update), ("delete", rights.may_delete)) if open_]
    if not verbs:
        return set()
    columns = [rights.row_filter(verb).label(verb) for verb in verbs]
    row = ctx.connection.execute(sa.select(*columns).where(entity.table.c.id == record_id)).mappings().one()
    return {verb for verb in verbs if row[verb]}
