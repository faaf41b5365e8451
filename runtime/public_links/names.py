"""What public forms are called, for the histories of records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from builder.label import Label
from runtime.context import Context
from runtime.platform.forms import FormLink


def link_names(ctx: Context, ids: Iterable[int | None]) -> dict[int, str]:
    """The names of links of this workspace by id."""
    wanted = sorted({each for each in ids if each is not None})
    if not wanted:
        return {}
    columns = sa.select(FormLink.id, FormLink.app, FormLink.form, FormLink.settings)
    rows = ctx.connection.execute(columns.where(FormLink.workspace_id == ctx.workspace.id, FormLink.id.in_(wanted)))
    return {row.id: link_name(ctx, row.app, row.form, row.settings) for row in rows}


def link_name(ctx: Context, app: str, form: str, settings: Mapping[str, Any]) -> str:
    """The name that an administrator gave it, else the title that visitors see, else what the form is called."""
    language = ctx.actor.language
    if settings.get("name"):
        return str(settings["name"])
    return Label.of(settings.get("title")).in_language(language) or form_name(ctx, app, form)


def form_name(ctx: Context, app: str, form: str) -> str:
    """What a form is called in the actor's language; its key when it is gone or has no name."""
    found = ctx.catalog.apps.get(app)
    definition = next((each for each in found.forms if each.key == form), None) if found else None
    return (definition.label.in_language(ctx.actor.language) if definition else "") or form
