"""Why a run began, and when one that waits goes on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from web.i18n import gettext as _
from web.i18n import ngettext
from web.render.automations.facts import moment_text
from web.render.automations.words import Speaker, label_text
from web.render.formats import exact_time, relative


def cause_sentence(speaker: Speaker, run: Mapping[str, Any], names: Mapping[int, str]) -> str:
    """Why the run began. names: of people."""
    cause: Mapping[str, Any] = run["cause"]
    kind = cause.get("kind")
    who = names.get(cause.get("actor") or 0, "")
    if kind == "date":
        rung = next((each for each in speaker.plan.automation.ladder if each.key == cause.get("rung")), None)
        title = (label_text(rung.label) if rung else "") or str(cause.get("rung"))
        return _("“%(step)s” was due at %(moment)s", step=title, moment=moment_text(cause.get("due")))
    if kind == "schedule":
        return _("It was time: %(moment)s", moment=moment_text(cause.get("nominal")))
    if kind == "button":
        return _("%(person)s pressed the button", person=who or _("Somebody"))
    if kind == "test":
        return _("Tried out")
    return _change_sentence(str(cause.get("op")), who)


def _change_sentence(operation: str, who: str) -> str:
    name = who or _("The system")
    if operation == "create":
        return _("%(person)s created the record", person=name)
    if operation == "delete":
        return _("%(person)s deleted the record", person=name)
    if operation == "restore":
        return _("%(person)s restored the record", person=name)
    return _("%(person)s changed the record", person=name)


def waiting_text(run: Mapping[str, Any]) -> str:
    """When a run that waits goes on."""
    if run["state"] == "waiting" and run.get("due_at"):
        return _("Goes on %(when)s: %(moment)s", when=relative(run["due_at"]), moment=str(exact_time(run["due_at"])))
    if run["state"] == "held":
        return _("Held until the automation is switched on or goes on.")
    return ""


def records_text(count: int) -> str:
    """A number of records."""
    return ngettext("%(num)d record", "%(num)d records", count)
