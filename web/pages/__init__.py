"""The pages: one blueprint per noun, one line here for each."""

from __future__ import annotations

# `module`, whose attribute `blueprint` is registered, or `module:attribute`.
PAGES = [
    "web.pages.health",
    "web.pages.errors",
    "web.pages.setup",
    "web.pages.home",
    "web.pages.language",
    "web.pages.profile",
    "web.pages.api_keys",
    "web.pages.members",
    "web.pages.teams",
    "web.pages.roles",
    "web.pages.workspace",
    "web.pages.notifications",
    "web.pages.palette",
    "web.pages.records",
    "web.pages.dashboards",
    "web.pages.record",
    "web.pages.record_edit",
    "web.pages.record_moves",
    "web.pages.choices",
    "web.pages.imports",
    "web.pages.exports",
    "web.pages.automations.overview",
    "web.pages.automations.runs",
    "web.pages.automations.why",
    "web.pages.templates",
    "web.pages.design.home",
    "web.pages.design.app",
    "web.pages.design.entity",
    "web.pages.design.form",
    "web.pages.design.publish",
    "web.pages.design.versions",
    "web.pages.design.operations",
]
