"""The template library over HTTP: what there is, what installing or upgrading would do, and doing it."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_babel import gettext
from flask_smorest import Blueprint

from builder.versions import version_key
from runtime.errors import NotFound
from runtime.install import install, installed_from, plan_install, plan_upgrade, upgrade
from templates_library import loader
from templates_library.loader import NoSuchTemplate, Template
from web.api.app_bodies import Choices, InstallBody, PlanAnswer, conflicts_json, read_body
from web.api.apps import JSON, administrator, answer, applied_answer
from web.api.idempotency import idempotent

blueprint = Blueprint("templates", __name__, url_prefix="/api/v1/templates", description="Templates to install and upgrade")


@blueprint.get("")
def list_of() -> Response:
    """The templates of the library; of those installed, the version and whether there is a newer one."""
    installed = installed_from(administrator())
    return answer({"templates": [_summary(key, installed) for key in loader.names()]})


@blueprint.post("/<key>/plan")
@blueprint.doc(requestBody={"content": {JSON: {"schema": Choices}}})
@blueprint.alt_response(200, schema=PlanAnswer, success=True)
def plan(key: str) -> Response:
    """What installing would do, or upgrading when the app is there. Changes nothing."""
    ctx = administrator()
    template = _template(key)
    body = read_body(Choices, empty=True)
    if key not in ctx.catalog.apps:
        return answer({**plan_install(ctx, template).to_json(gettext), "conflicts": []})
    found = plan_upgrade(ctx, template, body["resolve"])
    more = {"conflicts": conflicts_json(found.conflicts), "from_version": found.from_version, "to_version": found.to_version}
    return answer({**found.plan.to_json(gettext), **more})


@blueprint.post("/<key>/install")
@blueprint.doc(requestBody={"content": {JSON: {"schema": InstallBody}}})
@idempotent
def install_one(key: str) -> Response:
    """Installs a template and the ones that it needs; `{"sample_data": true}` with sample records."""
    ctx = administrator()
    body = read_body(InstallBody, empty=True)
    done = install(ctx, _template(key), sample_data=body["sample_data"], language=body["language"])
    return answer({"versions": done.versions, "records": done.records}, 201)


@blueprint.post("/<key>/upgrade")
@blueprint.doc(requestBody={"content": {JSON: {"schema": Choices}}})
@idempotent
def upgrade_one(key: str) -> Response:
    """Upgrades an installed template. 409 with the conflicts, until `resolve` is sent; what it does not name stays mine."""
    ctx = administrator()
    body = read_body(Choices, empty=True)
    applied = upgrade(ctx, _template(key), resolve=body["resolve"], accept_loss=body["accept_loss"])
    return applied_answer(applied, key, 200)


def _template(key: str) -> Template:
    try:
        return loader.read(key)
    except NoSuchTemplate:
        raise NotFound from None


def _summary(key: str, installed: dict[str, tuple[str, str]]) -> dict[str, Any]:
    found = dict(loader.summary(key))
    if key in installed:
        version = installed[key][1]
        found |= {"installed": version, "upgrade": version_key(str(found.get("version", ""))) > version_key(version)}
    return found
