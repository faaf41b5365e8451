"""A small sales app into which tests put the automations that they are about."""

from __future__ import annotations

from typing import Any

Document = dict[str, Any]


def field(key: str, kind: str, **more: Any) -> Document:
    return {"key": key, "type": kind, "label": key.replace("_", " ").title(), **more}


def choices(*keys: str) -> Document:
    return {"choices": [{"key": key, "label": {"en": key.title(), "zh-Hans": f"«{key}»"}} for key in keys]}


def sales(*automations: Document) -> dict[str, Document]:
    """The documents of a workspace: leads with tasks, deals with lines."""
    return {
        "sales": {
            "format": 1,
            "key": "sales",
            "version": "1.0.0",
            "label": "Sales",
            "entities": [_lead(), _task(), _company()],
            "roles": [
                {
                    "key": "rep",
                    "label": "Rep",
                    "grants": [{"entity": "lead", "read": ["all"], "update": ["own"], "hidden": ["secret"]}],
                },
                {"key": "boss", "label": "Boss", "grants": [{"entity": "lead", "read": ["all"]}]},
            ],
            "automations": list(automations),
        }
    }


def _lead() -> Document:
    return {
        "key": "lead",
        "label": "Lead",
        "title_field": "name",
        "owner_field": "owner",
        "fields": [
            field("name", "text", required=True),
            field("stage", "select", options=choices("new", "working", "won", "lost")),
            field("amount", "currency"),
            field("score", "number"),
            field("next_at", "date"),
            field("call_at", "datetime"),
            field("owner", "person"),
            field("secret", "text"),
            field("done", "boolean"),
            field("company", "relation", options={"to": "company"}),
            field("tasks", "relation", options={"to": "task", "kind": "one_to_many", "inverse": "lead"}),
            field("half", "formula", options={"expression": "{amount} / 2", "result": "currency"}),
        ],
    }


def _task() -> Document:
    return {
        "key": "task",
        "label": "Task",
        "title_field": "title",
        "fields": [
            field("title", "text", required=True, options={"max_length": 60}),
            field("state", "select", options=choices("open", "closed")),
            field("number", "number", unique=True),
            field("lead", "relation", options={"to": "lead"}),
            field("due", "date"),
        ],
    }


def _company() -> Document:
    return {"key": "company", "label": "Company", "title_field": "name", "fields": [field("name", "text"), field("city", "text")]}


def rule(key: str, *steps: Document, **more: Any) -> Document:
    """An automation on leads that fires on changes."""
    return {"key": key, "label": key, "entity": "lead", "trigger": {"type": "change"}, "steps": list(steps), **more}


def dates(key: str, *rungs: tuple[str, str], late: str = "latest", field_key: str = "next_at", **more: Any) -> Document:
    """A date rule on leads whose rungs, (key, after), create a task each."""
    trigger = {"type": "date", "field": field_key, "at": "09:00", "late": late, **more.pop("trigger", {})}
    ladder = [{"key": rung, "after": after, "steps": [task(f"make_{rung}", rung + " {{name}}")]} for rung, after in rungs]
    return {"key": key, "label": key, "entity": "lead", "trigger": trigger, "ladder": ladder, **more}


def task(key: str, title: str, **values: Any) -> Document:
    """A step that creates a task for the lead."""
    return {
        "key": key,
        "type": "create",
        "entity": "task",
        "values": {"title": {"template": title}, "lead": {"expr": "{id}"}, **values},
    }
