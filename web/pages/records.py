"""The list of an entity's records: views, filter, sort, search, pages, what is done with several at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, jsonify, request

from runtime import access
from runtime.context import Context
from runtime.errors import Conflict, Forbidden, Invalid, NotFound
from runtime.records import write
from runtime.records.read import titles
from runtime.saved_views import change_view, delete_view, save_view
from runtime.tables import EntityDef
from web import links
from web.i18n import gettext as _
from web.i18n import ngettext, translate
from web.pages.record import entity_or_404
from web.pages.table import drawn, first_column, paths_of
from web.pages.view_screens import screen_of
from web.render import redirect_to, refresh_page, render, toast
from web.render.condition_fields import condition_fields
from web.render.controls import control, submitted
from web.render.forms import errors_of
from web.render.open_view import OpenView, open_view, shown_columns, tabs_of
from web.render.page import trigger
from web.render.row_colours import colour_field, known_option
from web.render.row_groups import group_rows, group_value
from web.render.sentences import condition_as_sentence
from web.render.values import entity_label, label_of, path_end
from web.request_context import current

blueprint = Blueprint("record_list", __name__, url_prefix="/records/<entity_name>")

_MOST_AT_ONCE = 1000


@blueprint.get("")
def page(entity_name: str) -> Response:
    """The list; htmx gets its rows alone."""
    ctx = current()
    entity = entity_or_404(ctx, entity_name)
    tabs = tabs_of(ctx, entity)
    view = open_view(ctx, entity, tabs, request.args)
    screen = screen_of(view)
    shared = {**_frame(ctx, entity, view), "tabs": tabs, "screen": screen, "lane_url": _lane_url(ctx, entity, view)}
    return render(screen.template, part="rows", **shared, **screen.data(ctx, entity, view))


@blueprint.get("/fields.json")
def fields(entity_name: str) -> Response:
    """The fields for the rule builder."""
    ctx = current()
    return jsonify(condition_fields(ctx, entity_or_404(ctx, entity_name)))


def _frame(ctx: Context, entity: EntityDef, view: OpenView) -> dict[str, Any]:
    rights = access.rights(ctx, entity)
    return {
        "entity": entity,
        "entity_text": entity_label(entity),
        "plural_text": entity_label(entity, plural=True),
        "view": view,
        "rights": rights,
        "chips": _chips(ctx, entity, view),
        "sort_fields": [
            (key, label_of(each))
            for key, each in entity.fields.items()
            if key in rights.readable_fields and each.type.sortable and each.column is not None
        ],
        "all_columns": [
            (key, label_of(each)) for key, each in entity.fields.items() if key in rights.readable_fields and key != "version"
        ],
        "address": _address,
    }


def _address(**changes: str | None) -> str:
    """This list's address with some parameters changed; None takes one away. Another page is a new start."""
    kept = {key: value for key, value in request.args.items() if key not in ("after", "of", "groups")} | changes
    view = kept.pop("view", None)
    return links.entity_url(request.view_args["entity_name"], view, **{k: v for k, v in kept.items() if v is not None})  # type: ignore[index]


@blueprint.get("/group")
def group(entity_name: str) -> Response:
    """`of=<value as JSON>` and the list's own parameters: further rows of one group, as rows of the table."""
    ctx = current()
    entity = entity_or_404(ctx, entity_name)
    view = open_view(ctx, entity, tabs_of(ctx, entity), request.args)
    key, colour = known_option(ctx, entity, view, "group"), colour_field(ctx, entity, view)
    if not key:
        raise NotFound
    ends = shown_columns(ctx, entity, view.columns) or [end for end in [path_end(ctx, entity, "id")] if end]
    paths, of = paths_of(ends, key, colour), request.args.get("of", "null")
    found = group_rows(ctx, entity, view, key, group_value(of), paths, view.after)
    return render(
        "pages/records_group.html",
        entity=entity,
        view=view,
        ends=ends,
        first_column=first_column(ends, entity),
        page=found,
        of=of,
        address=_address,
        **drawn(ctx, entity, view, found, paths, colour),
    )


def _lane_url(ctx: Context, entity: EntityDef, view: OpenView) -> Callable[[str], str]:
    """The list of all records of one column of a board."""
    table = next((each.key for _app, each in ctx.catalog.views_of(entity.name) if each.type == "table"), None)
    group = str(view.options.get("group", ""))

    def address(key: str) -> str:
        leaf: Any = {"field": group, "op": "is", "value": key} if key else {"field": group, "op": "is_empty"}
        tree = {"all": [view.filter, leaf]} if view.filter else leaf
        more = {"q": view.q} if view.q else {}
        return links.entity_url(entity.name, table, filter=json.dumps(tree, ensure_ascii=False), **more)

    return address


def _chips(ctx: Context, entity: EntityDef, view: OpenView) -> list[tuple[str, str]]:
    """(sentence, address without it) of each part of the filter."""
    tree = view.filter
    if not isinstance(tree, dict):
        return []
    parts = tree["all"] if isinstance(tree.get("all"), list) else [tree]
    chips = []
    for number, part in enumerate(parts):
        rest = [each for position, each in enumerate(parts) if position != number]
        chips.append(
            (
                condition_as_sentence(ctx, entity, part),
                _address(filter=json.dumps({"all": rest} if rest else {}, ensure_ascii=False)),
            )
        )
    return chips


def _chosen() -> list[int]:
    return [int(each) for each in request.form.getlist("id") if each.isascii() and each.isdigit() and len(each) < 19][
        :_MOST_AT_ONCE
    ]


@blueprint.post("/bulk/delete")
def bulk_delete(entity_name: str) -> Response:
    """Several records into the recycle bin."""
    try:
        gone = write.delete_many(current(), entity_name, _chosen())
    except (Conflict, Forbidden) as error:
        toast(translate(error.message), "error")
        return refresh_page()
    toast(ngettext("%(num)d record is in the recycle bin.", "%(num)d records are in the recycle bin.", len(gone)))
    return refresh_page()


@blueprint.post("/bulk/restore")
def bulk_restore(entity_name: str) -> Response:
    """Several records out of the recycle bin."""
    ctx = current()
    for each in _chosen():
        write.restore(ctx, entity_name, each)
    toast(_("Restored."))
    return refresh_page()


@blueprint.get("/bulk/change")
def ask_bulk_change(entity_name: str) -> Response:
    """The dialog to change one field of several records."""
    ctx = current()
    return _bulk_dialog(ctx, entity_or_404(ctx, entity_name), request.args.getlist("id"), request.args.get("field", ""))


@blueprint.post("/bulk/change")
def bulk_change(entity_name: str) -> Response:
    """One field of several records, all or none."""
    ctx = current()
    entity = entity_or_404(ctx, entity_name)
    key = request.form.get("field", "")
    if key not in entity.fields:
        return _bulk_dialog(ctx, entity, request.form.getlist("id"), "")
    raw = submitted(request.form, {key: entity.fields[key]})
    try:
        changed = write.update_many(ctx, entity_name, _chosen(), raw)
    except Invalid as error:
        return _bulk_dialog(ctx, entity, request.form.getlist("id"), key, _bulk_errors(ctx, entity, error))
    toast(ngettext("%(num)d record was changed.", "%(num)d records were changed.", len(changed)))
    trigger("records-changed")
    return refresh_page()


def _bulk_errors(ctx: Context, entity: EntityDef, error: Invalid) -> list[str]:
    """The problems with the titles of the records that they are about; the first few."""
    lines = []
    for problem in error.problems[:5]:
        _head, _sep, rest = problem.path.partition("/")
        identity = rest.partition("/")[0]
        name = titles(ctx, entity.name, [int(identity)]).get(int(identity), f"#{identity}") if identity.isdigit() else ""
        lines.append(f"{name}: {translate(problem)}" if name else translate(problem))
    if len(error.problems) > 5:
        lines.append(ngettext("and %(num)d more", "and %(num)d more", len(error.problems) - 5))
    return lines


def _bulk_dialog(ctx: Context, entity: EntityDef, ids: list[str], key: str, errors: list[str] | None = None) -> Response:
    rights = access.rights(ctx, entity)
    usable = [
        (name, label_of(each))
        for name, each in entity.fields.items()
        if name in rights.writable_fields and each.is_writable and each.kind != "one_to_many"
    ]
    chosen = key if key in dict(usable) else (usable[0][0] if usable else "")
    shown = control(ctx, entity.fields[chosen], None, errors=tuple(errors or ())) if chosen else None
    return render(
        "pages/bulk_change.html",
        status=422 if errors else 200,
        ids=ids,
        fields=usable,
        chosen=chosen,
        control=shown,
        url=links.entity_url(entity.name),
    )


@blueprint.get("/views/new")
def ask_view(entity_name: str) -> Response:
    """The dialog to keep the open view under a name."""
    entity_or_404(current(), entity_name)
    return render(
        "pages/view_save.html", errors={}, name="", query=request.query_string.decode(), url=links.entity_url(entity_name)
    )


@blueprint.post("/views/new")
def add_view(entity_name: str) -> Response:
    """Keep the open view."""
    ctx = current()
    entity = entity_or_404(ctx, entity_name)
    view = open_view(ctx, entity, tabs_of(ctx, entity), request.args)
    try:
        number = save_view(ctx, entity.name, request.form.get("name", ""), view.definition(), shared="shared" in request.form)
    except Invalid as error:
        return render(
            "pages/view_save.html",
            status=422,
            errors=errors_of(error.problems),
            name=request.form.get("name", ""),
            query=request.query_string.decode(),
            url=links.entity_url(entity_name),
        )
    toast(_("The view is kept."))
    return redirect_to(links.entity_url(entity.name, f"saved_{number}"))


@blueprint.post("/views/<int:view_id>/update")
def update_view(entity_name: str, view_id: int) -> Response:
    """Keep the changes of a saved view."""
    ctx = current()
    entity = entity_or_404(ctx, entity_name)
    change_view(ctx, view_id, definition=open_view(ctx, entity, tabs_of(ctx, entity), request.args).definition())
    toast(_("Saved."))
    return redirect_to(links.entity_url(entity.name, f"saved_{view_id}"))


@blueprint.post("/views/<int:view_id>/delete")
def remove_view(entity_name: str, view_id: int) -> Response:
    """Forget a saved view."""
    delete_view(current(), view_id)
    toast(_("The view is gone; its records are all still there."))
    return redirect_to(links.entity_url(entity_name))
