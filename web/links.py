"""The addresses of the pages, in one place, for screens, notifications and placeholders alike."""

from __future__ import annotations

from urllib.parse import quote, urlencode


def entity_url(name: str, view: str | None = None, **query: str) -> str:
    """The list of an entity `app.key`, with one of its views and further query parameters."""
    parameters = ({"view": view} if view else {}) | query
    return f"/records/{quote(name)}" + (f"?{urlencode(parameters)}" if parameters else "")


def new_record_url(name: str) -> str:
    """The empty form of an entity."""
    return f"/records/{quote(name)}/new"


def record_url(name: str, record_id: int) -> str:
    """The page of one record."""
    return f"/records/{quote(name)}/{record_id}"


def dashboard_url(name: str) -> str:
    """A dashboard `app.key`."""
    return f"/dashboards/{quote(name)}"


def app_url(key: str) -> str:
    """Where an administrator edits an app."""
    return f"/design/{quote(key)}"


def automation_url(name: str) -> str:
    """An automation `app.key`: its settings and runs."""
    return f"/automations/{quote(name)}"


def pipeline_url(name: str) -> str:
    """Where an administrator edits a pipeline `app.key`."""
    app, _, key = name.partition(".")
    return f"/design/{quote(app)}/pipelines/{quote(key)}"


def notification_url(entity: str | None, record_id: int | None) -> str:
    """Where a notification leads."""
    return record_url(entity, record_id) if entity and record_id else "/notifications"
