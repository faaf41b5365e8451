"""The description of the API for one workspace: OpenAPI 3.1 made from its apps, and a plain page that shows it."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Response, current_app
from flask_smorest import Blueprint

from runtime.access.model import roles_key
from runtime.context import Context
from runtime.queries.statement import cache_of
from web.api.caller import caller
from web.api.openapi_entities import entity_paths, entity_schemas, shared_components
from web.auth import to_sign_in
from web.render import render
from web.request_context import current_or_none

blueprint = Blueprint("api_openapi", __name__, url_prefix="/api", description="The description of this API")

_GENERIC = ("/api/v1/records/{entity}", "/api/v1/exports/{entity}")


@blueprint.get("/v1/openapi.json")
def document() -> Response:
    """This document: the routes and the entities that the caller may use."""
    ctx = caller()
    key = ("openapi", roles_key(ctx.actor), ctx.actor.language)
    body = cache_of(ctx.catalog).get(key, lambda: orjson.dumps(describe(ctx)))
    return Response(body, mimetype="application/json")


@blueprint.get("/docs")
def page() -> Response:
    """The description as a page for the signed-in person."""
    ctx = current_or_none()
    if ctx is None:
        return to_sign_in()
    description = describe(ctx)
    return render("pages/api_docs.html", description=description, groups=_by_tag(description))


def describe(ctx: Context) -> dict[str, Any]:
    """The OpenAPI document for what the context's actor may see."""
    static: dict[str, Any] = current_app.extensions["api"].spec.to_dict()
    paths = {path: item for path, item in static.get("paths", {}).items() if not path.startswith(_GENERIC)}
    components = dict(static.get("components", {}))
    shared = shared_components()
    for name in ("parameters", "responses", "securitySchemes"):
        components[name] = {**components.get(name, {}), **shared[name]}
    schemas = {**components.get("schemas", {}), **shared["schemas"]}
    for entity in ctx.catalog.entities():
        paths.update(entity_paths(ctx, entity))
        schemas.update(entity_schemas(ctx, entity))
    return {
        "openapi": "3.1.0",
        "info": {"title": f"Formloom: {ctx.workspace.name or ctx.workspace.key}", "version": str(ctx.catalog.revision)},
        "servers": [{"url": "/"}],
        "security": [{"key": []}],
        "tags": static.get("tags", []),
        "paths": {path: _with_errors(item) for path, item in paths.items()},
        "components": {**components, "schemas": schemas},
    }


def _by_tag(description: dict[str, Any]) -> dict[str, list[tuple[str, str, dict[str, Any]]]]:
    """Operations as (method, path, operation) by the noun that they are about."""
    found: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}
    for path, item in description["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                found.setdefault((operation.get("tags") or [""])[0], []).append((method.upper(), path, operation))
    return found


def _with_errors(item: dict[str, Any]) -> dict[str, Any]:
    """Every operation may also answer with a problem."""
    found = {}
    for method, operation in item.items():
        if method == "parameters" or not isinstance(operation, dict):
            found[method] = operation
            continue
        responses = {code: answer for code, answer in operation.get("responses", {}).items() if code != "default"}
        responses = responses or {"200": {"description": "Done"}}
        found[method] = {**operation, "responses": {**responses, "default": {"$ref": "#/components/responses/Problem"}}}
    return found
