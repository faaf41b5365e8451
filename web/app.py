"""The web application's factory."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Flask, Response, jsonify

from runtime.db import make_engine
from runtime.settings import Settings


def create_app(settings: Settings) -> Flask:
    """The application. Opens no connection: it is made before the web processes fork."""
    app = Flask(__name__)
    app.config["SECRET_KEY"] = settings.secret_key
    app.config["SETTINGS"] = settings
    app.extensions["engine"] = make_engine(str(settings.database_url), pool_size=settings.database_pool)
    _add_health(app)
    return app


def _add_health(app: Flask) -> None:
    """`/healthz`: this process answers. `/readyz`: the database answers too."""
    engine: sa.Engine = app.extensions["engine"]

    @app.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="ok")

    @app.get("/readyz")
    def readyz() -> tuple[Response, int]:
        try:
            with engine.connect() as connection:
                connection.execute(sa.select(1))
        except sa.exc.OperationalError:
            return jsonify(status="database unavailable"), 503
        return jsonify(status="ok"), 200
