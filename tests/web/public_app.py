"""A small app with a form that may be made public, and what a visitor does with it."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from werkzeug.test import Client, TestResponse

from runtime.public_links import store
from runtime.public_links.settings import LinkField, LinkSettings
from runtime.public_links.store import Link
from tests.web.site import Site

LEAD = "fair.lead"


def document() -> dict[str, Any]:
    """Leads with all that makes a public form hard: rules, required and unique fields, a pipeline, people, relations."""
    stages = [{"key": "new", "label": "New"}, {"key": "called", "label": "Called"}]
    sources = [{"key": "web", "label": {"en": "Web form", "zh-Hans": "网页表单"}}, {"key": "wechat", "label": "WeChat"}]
    company = {"key": "company", "title_field": "name", "fields": [{"key": "name", "type": "text", "required": True}]}
    lead = {
        "key": "lead",
        "label": {"en": "Lead", "zh-Hans": "线索"},
        "title_field": "name",
        "owner_field": "owner",
        "fields": [
            {"key": "name", "type": "text", "label": {"en": "Name", "zh-Hans": "姓名"}, "required": True},
            {"key": "phone", "type": "phone", "label": {"en": "Phone", "zh-Hans": "电话"}, "unique": True},
            {"key": "size", "type": "number", "label": {"en": "People", "zh-Hans": "人数"}},
            {"key": "reason", "type": "long_text", "label": {"en": "Why so many", "zh-Hans": "人数说明"}},
            {
                "key": "topics",
                "type": "multi_select",
                "options": {"choices": [{"key": "a", "label": "A"}, {"key": "b", "label": "B"}]},
            },
            {"key": "source", "type": "select", "label": {"en": "Source", "zh-Hans": "来源"}, "options": {"choices": sources}},
            {"key": "campaign", "type": "text", "label": "Campaign"},
            {"key": "score", "type": "number", "label": "Score"},
            {"key": "stage", "type": "select", "label": "Stage", "options": {"choices": stages}},
            {"key": "company", "type": "relation", "label": "Company", "options": {"to": "company"}},
            {"key": "owner", "type": "person", "label": "Owner", "default": {"var": "me"}},
        ],
        "rules": [
            {
                "key": "sane",
                "field": "size",
                "condition": {"field": "size", "op": "not_in", "value": [13]},
                "message": {"en": "Thirteen is unlucky.", "zh-Hans": "十三不吉利。"},
            }
        ],
    }
    many = {"field": "size", "op": "gt", "value": 10}
    items = [{"key": key, "field": key} for key in ("name", "phone", "size", "topics", "source", "stage", "company", "owner")]
    items.insert(3, {"key": "reason", "field": "reason", "show_when": many, "require_when": many})
    form = {
        "key": "lead_form",
        "entity": "lead",
        "label": {"en": "Register", "zh-Hans": "活动报名"},
        "sections": [{"key": "all", "label": {"en": "About you", "zh-Hans": "关于您"}, "items": items}],
    }
    automation = {
        "key": "call",
        "label": "Call",
        "entity": "lead",
        "trigger": {"type": "change", "on": ["create"]},
        "steps": [{"key": "score", "type": "set", "values": {"score": 5}}],
    }
    return {
        "format": 1,
        "key": "fair",
        "label": {"en": "Fair", "zh-Hans": "展会"},
        "entities": [company, lead],
        "forms": [form],
        "pipelines": [{"key": "stages", "entity": "lead", "field": "stage", "stages": [{"key": "new"}, {"key": "called"}]}],
        "automations": [automation],
        "menu": [{"key": "leads", "entity": "lead"}],
    }


ASKED = tuple(LinkField(key) for key in ("name", "phone", "size", "reason", "topics"))


def share(site: Site, *, enabled: bool = True, **settings: Any) -> Link:
    """The form of `document()` as a link with these settings."""
    wanted = LinkSettings(**{"fields": ASKED, **settings})
    with site.engine.begin() as connection:
        ctx = site.context(connection)
        store.save_link(ctx, "fair", "lead_form", wanted)
        return store.switch_link(ctx, "fair", "lead_form", enabled=enabled)


def link_now(site: Site) -> Link:
    with site.engine.begin() as connection:
        found = store.get_link(site.context(connection), "fair", "lead_form")
        assert found is not None
        return found


def leads(site: Site) -> list[dict[str, Any]]:
    """All records, the oldest first."""
    with site.engine.connect() as connection:
        table = site.context(connection).catalog.entity(LEAD).table
        return [dict(row) for row in connection.execute(sa.select(table).order_by(table.c.id)).mappings()]


class Watch:
    """The clock of the site, which a test moves."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._seconds = 0.0
        self.wait(0)

    def wait(self, seconds: float) -> None:
        self._seconds += seconds
        self._file.write_text(str(self._seconds))


class Visitor:
    """Somebody without an account at a public form."""

    def __init__(self, site: Site, watch: Watch, link: Link) -> None:
        self.client = Client(site.app)
        self.watch = watch
        self.path = f"/f/{link.token}"
        self.ticket = ""
        self.action = self.path

    def open(self, query: str = "", **options: Any) -> TestResponse:
        return self.read(self.client.get(self.path + query, **options))

    def send(self, *, after: float = 5, **values: Any) -> TestResponse:
        self.watch.wait(after)
        return self.read(self.client.post(self.action, data={"fl_ticket": self.ticket, "fl_homepage": "", **values}))

    def read(self, response: TestResponse) -> TestResponse:
        found = re.search(r'name="fl_ticket" value="([^"]*)"', response.text)
        action = re.search(r'<form class="record-form public-form"[^>]* action="([^"]*)"', response.text)
        if found and action:
            self.ticket, self.action = unescape(found[1]), unescape(action[1])
        return response
