"""The HTTP API: one blueprint per noun, one line here for each."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from flask import Flask, Response
from flask_smorest import Api
from werkzeug.exceptions import HTTPException

from web import errors
from web.again import Again
from web.api.rate import RateLimit

# Modules whose attribute `blueprint` is registered.
BLUEPRINTS = [
    "web.api.records",
    "web.api.exports",
    "web.api.imports",
    "web.api.runs",
    "web.api.apps",
    "web.api.forms",
    "web.api.templates",
    "web.api.trash",
    "web.api.openapi",
]


class _Api(Api):  # type: ignore[misc]
    """flask-smorest with this site's own answer for errors."""

    def _register_error_handlers(self) -> None:
        pass

    def handle_http_exception(self, error: HTTPException) -> Response:
        return errors.handle(error)


def init_app(app: Flask) -> None:
    """Registers all blueprints; `FORMLOOM_API_RATE` limits how fast each caller may call."""
    config: dict[str, Any] = {
        "API_TITLE": "Formloom",
        "API_VERSION": "v1",
        "OPENAPI_VERSION": "3.1.0",
        "API_SPEC_OPTIONS": {"servers": [{"url": "/"}]},
    }
    for name, value in config.items():
        app.config.setdefault(name, value)
    api = _Api(app)
    app.extensions["api"] = api
    rate = app.config["SETTINGS"].api_rate
    app.extensions["api_rate"] = RateLimit(rate, 2 * rate) if rate > 0 else None
    for module in BLUEPRINTS:
        api.register_blueprint(import_module(module).blueprint)
    from web.api.lane import FastLane

    app.wsgi_app = Again(app.wsgi_app)  # type: ignore[method-assign]
    app.wsgi_app = FastLane(app)  # type: ignore[method-assign]
