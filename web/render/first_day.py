"""The first day with a template: what to do, where, and what is done already."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import RequestRedirect

from builder.keys import qualified
from runtime.context import Context
from templates_library.loader import Template
from web import links
from web.render.shell import preferences
from web.render.template_cards import label_text

PREFERENCE = "first_day"
Ticks = dict[str, list[str]]
_PLACES = {"people": "/settings/members", "teams": "/settings/teams", "roles": "/settings/roles"}


@dataclass(frozen=True)
class FirstStep:
    """One thing to do. url is None while there is no page for it."""

    key: str
    text: str
    url: str | None
    done: bool


def first_steps(ctx: Context, template: Template, ticks: Ticks | None = None) -> list[FirstStep]:
    """The checklist of a template for the signed-in person; `ticks` when they have just changed."""
    ticked = ticked_steps(ctx, template.key, ticks)
    return [
        FirstStep(each["key"], label_text(each.get("label")), _address(ctx, str(each.get("link", ""))), each["key"] in ticked)
        for each in template.meta.get("first_day", ())
    ]


def ticked_steps(ctx: Context, template: str, ticks: Ticks | None = None) -> frozenset[str]:
    """What the person has ticked in this workspace."""
    known = ticks if ticks is not None else preferences().get(PREFERENCE) or {}
    return frozenset(known.get(f"{ctx.workspace.key}/{template}", ()))


def with_tick(ctx: Context, template: str, step: str, *, done: bool) -> Ticks:
    """All ticks of the person with this one changed, as the preference keeps them."""
    kept = dict(preferences().get(PREFERENCE) or {})
    ticked = ticked_steps(ctx, template)
    kept[f"{ctx.workspace.key}/{template}"] = sorted(ticked | {step} if done else ticked - {step})
    return kept


def _address(ctx: Context, link: str) -> str | None:
    kind, _, name = link.partition(":")
    if kind in _PLACES:
        return _PLACES[kind]
    app, _, key = name.partition(".")
    if kind == "entity" and ctx.catalog.find(name) is not None:
        return links.entity_url(name)
    if kind == "view" and app in ctx.catalog.apps:
        view = next((each for each in ctx.catalog.apps[app].views if each.key == key), None)
        return links.entity_url(qualified(app, view.entity), key) if view else None
    designed = {"dashboard": links.dashboard_url, "automation": links.automation_url, "pipeline": links.pipeline_url}
    if kind not in designed:
        return None
    address = designed[kind](name)
    return address if _leads_somewhere(address) else None


def _leads_somewhere(address: str) -> bool:
    """Whether this site has a page there."""
    try:
        current_app.url_map.bind("").match(address, method="GET")
    except (RequestRedirect, MethodNotAllowed):
        return True
    except HTTPException:
        return False
    return True
