"""The web application's factory."""

from __future__ import annotations

from importlib import import_module

from flask import Flask

from runtime.db import make_engine
from runtime.settings import Settings
from web import api, assets, auth, i18n, looking, request_context, security
from web.pages import PAGES
from web.render import components, formats, shell

# Nobody waits longer for a list; a filter that needs more is refused.
READING_TIMEOUT_MS = 15_000


def create_app(settings: Settings) -> Flask:
    """The application. Opens no connection: it is made before the web processes fork."""
    app = Flask(__name__, static_folder=None)
    app.config["SECRET_KEY"] = settings.secret_key
    app.config["SETTINGS"] = settings
    app.extensions["engine"] = make_engine(str(settings.database_url), pool_size=settings.database_pool)
    app.extensions["reading_engine"] = make_engine(
        str(settings.database_url), pool_size=settings.web_threads, reading=True, statement_timeout_ms=READING_TIMEOUT_MS
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    # After-request functions run last to first: the transaction ends before the headers are added.
    security.init_app(app, settings)
    request_context.init_app(app)
    i18n.init_app(app)
    auth.init_app(app, settings)
    looking.init_app(app)
    for part in (assets, formats, components, shell):
        part.init_app(app)
    for place in PAGES:
        module, _, name = place.partition(":")
        app.register_blueprint(getattr(import_module(module), name or "blueprint"))
    api.init_app(app)
    return app
