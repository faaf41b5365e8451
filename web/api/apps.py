"""Apps over HTTP: their documents, what a change would do, the change, their versions. For workspace administrators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from flask import Response
from flask_babel import gettext
from flask_smorest import Blueprint

from builder.errors import Problem
from runtime import access, store
from runtime.context import Context
from runtime.errors import Forbidden, Invalid, NotFound
from runtime.install import installed_from, uninstall
from runtime.schema_apply import Applied, apply
from runtime.schema_plan import plan
from runtime.schema_restore import restore_version
from web.api.app_bodies import ChangeBody, Choices, PlanAnswer, conflicts_json, read_body
from web.api.caller import caller
from web.api.idempotency import idempotent
from web.api.parameters import parameters, whole

blueprint = Blueprint("apps", __name__, url_prefix="/api/v1/apps", description="Apps: documents, plans, versions")

JSON = "application/json"


@blueprint.get("")
def list_of() -> Response:
    """The apps of the workspace; for members those in which they may read something."""
    ctx = caller()
    origin = installed_from(ctx) if ctx.actor.is_admin else {}
    return answer({"apps": [_summary(ctx, key, origin) for key in ctx.catalog.apps if _is_visible(ctx, key)]})


@blueprint.get("/<app>")
def get(app: str) -> Response:
    """The document of an app, the current one or that of `?version=`."""
    ctx = administrator()
    number = whole(parameters(("version",)), "version", 0)
    if number:
        found = store.version(ctx, app, number)
        return answer({"app": found.document, "version": found.number})
    if app not in ctx.catalog.documents:
        raise NotFound
    return answer({"app": ctx.catalog.documents[app], "version": ctx.catalog.versions[app]})


@blueprint.get("/<app>/versions")
def versions(app: str) -> Response:
    """The versions of an app, the newest first."""
    found = store.history(administrator(), app)
    if not found:
        raise NotFound
    rows = [{"version": each.number, "note": each.note, "author": each.author, "created_at": each.created_at} for each in found]
    return answer({"versions": rows})


@blueprint.post("/<app>/plan")
@blueprint.doc(requestBody={"content": {JSON: {"schema": ChangeBody}}})
@blueprint.alt_response(200, schema=PlanAnswer, success=True)
def plan_change(app: str) -> Response:
    """What a change would do: added, changed, removed, risks, values that would go. Changes nothing."""
    ctx = administrator()
    body = read_body(ChangeBody)
    document, conflicts = _document(ctx, app, body)
    found = plan(ctx, {app: document})
    return answer({**found.to_json(gettext), "conflicts": conflicts_json(conflicts)})


@blueprint.put("/<app>")
@blueprint.doc(requestBody={"content": {JSON: {"schema": ChangeBody}}})
def put(app: str) -> Response:
    """Changes an app or makes a new one; merges with what others have published since `base_version`.

    202 with a job when a big table has to be converted first.
    """
    ctx = administrator()
    body = read_body(ChangeBody)
    is_new = app not in ctx.catalog.apps
    document, conflicts = _document(ctx, app, body)
    unresolved = [each for each in conflicts if each.path not in (body["resolve"] or {})]
    if unresolved:
        raise store.MergeNeeded(unresolved)
    base = {app: ctx.catalog.versions.get(app)}
    applied = apply(ctx, {app: document}, base_versions=base, note=body["note"], accept_loss=body["accept_loss"])
    return applied_answer(applied, app, 201 if is_new else 200)


@blueprint.delete("/<app>")
def remove(app: str) -> Response:
    """Uninstalls an app into the trash; `?accept_loss=` takes the token of its plan (`plan-removal`)."""
    ctx = administrator()
    uninstall(ctx, app, accept_loss=parameters(("accept_loss",)).get("accept_loss"))
    return Response(status=204)


@blueprint.post("/<app>/plan-removal")
def plan_removal(app: str) -> Response:
    """What uninstalling the app would do. Changes nothing."""
    ctx = administrator()
    if app not in ctx.catalog.apps:
        raise NotFound
    return answer(plan(ctx, {app: None}).to_json(gettext))


@blueprint.post("/<app>/versions/<int:number>/restore")
@idempotent
def restore(app: str, number: int) -> Response:
    """Applies an older version again; values that the trash still has come back."""
    body = read_body(Choices, empty=True)
    note = gettext("Back to version %(number)s", number=number)
    applied = restore_version(administrator(), app, number, note=note, accept_loss=body["accept_loss"])
    return applied_answer(applied, app, 200)


def administrator() -> Context:
    """The caller, who must be an administrator; for others there is nothing here."""
    ctx = caller()
    if not ctx.actor.is_admin:
        raise Forbidden
    return ctx


def applied_answer(applied: Applied, app: str, status: int) -> Response:
    """The answer to a change: the document and its version, or the job that has to be done first."""
    body: dict[str, Any] = {"plan": applied.plan.to_json(gettext)}
    if applied.job is not None:
        return answer({**body, "job": applied.job}, 202)
    body |= {"app": applied.ctx.catalog.documents[app], "version": applied.versions[app]}
    return answer(body, status)


def answer(body: Mapping[str, Any], status: int = 200) -> Response:
    """A JSON response."""
    return Response(orjson.dumps(body, default=str), status, mimetype=JSON)


def _document(ctx: Context, app: str, body: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[Any, ...]]:
    """The document that the body asks for, on top of the current version, and the conflicts of the merge."""
    if (body["app"] is None) == (body["operations"] is None):
        raise Invalid([Problem("app", "required", "Send either the document as “app” or “operations”.")])
    current, base = ctx.catalog.versions.get(app), body["base_version"]
    if current is None:
        if body["app"] is None:
            raise NotFound
        return body["app"], ()
    if base is None and body["app"] is not None:
        raise Invalid([Problem("base_version", "required", "Name the version that the document was made from.")])
    if base is not None and base > current:
        raise Invalid([Problem("base_version", "unknown_version", "There is no such version.")])
    start = store.version(ctx, app, base).document or {} if base else ctx.catalog.documents[app]
    document = body["app"] if body["app"] is not None else store.operated(start, body["operations"])
    if base is None or base == current:
        return dict(document), ()
    return store.merge_onto_current(ctx, app, base, document, body["resolve"])


def _summary(ctx: Context, key: str, origin: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    document = ctx.catalog.documents[key]
    found = {name: document[name] for name in ("key", "label", "description", "icon", "color") if name in document}
    if ctx.actor.is_admin:
        found |= {"version": ctx.catalog.versions[key], "app_version": document.get("version", "")}
        if key in origin:
            found["template"] = {"key": origin[key][0], "version": origin[key][1]}
    return found


def _is_visible(ctx: Context, key: str) -> bool:
    if ctx.actor.is_admin:
        return True
    return any(access.rights(ctx, each).may_read for each in ctx.catalog.entities() if each.app == key)
