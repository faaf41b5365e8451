"""Triggers, steps, settings and their options for people who build automations. A new type gets a line here."""

from __future__ import annotations

from web.i18n import gettext as _
from web.i18n import mark

TRIGGERS: dict[str, tuple[str, str]] = {
    "change": (mark("A record changes"), mark("Created, changed or deleted, by anybody or anything")),
    "date": (mark("A date comes or has passed"), mark("A ladder: so many days before or after, step by step")),
    "schedule": (mark("At fixed times"), mark("Every morning, every Monday, on the first of the month")),
    "button": (mark("Somebody presses a button"), mark("A button on the record, for those who may")),
}
STEPS: dict[str, str] = {
    "set": mark("Change the record"),
    "create": mark("Create a record"),
    "update": mark("Change other records"),
    "find": mark("Find records"),
    "notify": mark("Tell people"),
    "wait": mark("Wait"),
    "branch": mark("Branch"),
    "each": mark("Repeat for each"),
    "stop": mark("Stop"),
}
SETTINGS: dict[str, str] = {
    "duration": mark("Length of time"),
    "number": mark("Number"),
    "text": mark("Text"),
    "boolean": mark("Yes or no"),
    "people": mark("People"),
    "role": mark("Role"),
    "choice": mark("Choice"),
}
MODES: dict[str, str] = {
    "queued": mark("One after the other"),
    "parallel": mark("At the same time"),
    "restart": mark("The newer one takes the place of the older"),
    "single": mark("Not while one is going on"),
}
OPERATIONS: dict[str, str] = {"create": mark("created"), "update": mark("edited"), "delete": mark("deleted")}
CALENDARS: dict[str, str] = {"days": mark("All days count."), "working_days": mark("Only working days count.")}
LATE: dict[str, str] = {
    "latest": mark("Only the newest step that is due"),
    "all": mark("Every step that is due"),
    "skip": mark("What was due more than an hour ago is left out"),
}
CRONS: dict[str, str] = {
    "0 9 * * *": mark("Every day at 9"),
    "0 9 * * 1-5": mark("Monday to Friday at 9"),
    "0 9 * * 1": mark("Every Monday at 9"),
    "0 8 1 * *": mark("On the first of the month at 8"),
    "0 * * * *": mark("Every hour"),
}
UNITS: dict[str, str] = {
    "m": mark("minutes"),
    "h": mark("hours"),
    "d": mark("days"),
    "wd": mark("working days"),
    "w": mark("weeks"),
}


def step_name(kind: str) -> str:
    """A type of step in the reader's language."""
    return _(STEPS[kind]) if kind in STEPS else kind


def options(words: dict[str, str]) -> list[tuple[str, str]]:
    """Options of a select in the reader's language."""
    return [(key, _(text)) for key, text in words.items()]
