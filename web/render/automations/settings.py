"""The form of an automation's settings: one input for each, and what the browser sends back as values."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from werkzeug.datastructures import MultiDict

from builder.errors import Problem
from builder.model import Setting
from runtime.context import Context
from web.i18n import gettext as _
from web.i18n import mark
from web.render.automations.words import Speaker, label_text, length, listed
from web.render.controls import member_choices

UNITS = (("m", mark("minutes")), ("h", mark("hours")), ("d", mark("days")), ("wd", mark("working days")), ("w", mark("weeks")))
_DURATION = re.compile(r"(-?)(\d{1,5})(wd|w|d|h|m)")
_PERSON_TYPES = frozenset({"person", "created_by", "changed_by"})


@dataclass(frozen=True)
class SettingControl:
    """One input. `options` are (value, text), for people (group, ((value, text), …)); `chosen` those that are picked.

    `default` is the document's value in words; `changed` whether it is another one now.
    """

    key: str
    type: str
    label: str
    help: str
    default: str
    changed: bool
    value: Any = ""
    amount: str = ""
    unit: str = "d"
    before: bool = False
    may_be_before: bool = False
    options: Sequence[Any] = ()
    chosen: frozenset[str] = frozenset()


def controls_of(speaker: Speaker, form: MultiDict[str, str] | None = None) -> list[SettingControl]:
    """The inputs of the automation, with what was just sent when a form is given."""
    sent = read_form(speaker, form)[0] if form is not None else {}
    plan = speaker.plan
    kept = plan.state.settings or {}
    return [
        _control(speaker, each, sent.get(each.key, plan.settings.get(each.key)), each.key in kept)
        for each in plan.automation.settings
    ]


def read_form(speaker: Speaker, form: MultiDict[str, str]) -> tuple[dict[str, Any], list[Problem]]:
    """The values of a form, None where it is the document's default again; and what cannot be read."""
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for each in speaker.plan.automation.settings:
        value, problem = _read(each, form)
        values[each.key] = None if value == each.default else value
        if problem:
            problems.append(Problem(each.key, "bad_setting", problem))
    return values, problems


def _read(setting: Setting, form: MultiDict[str, str]) -> tuple[Any, str]:
    text = form.get(setting.key, "").strip()
    if setting.type == "duration":
        return _read_duration(setting, form)
    if setting.type == "number":
        return _read_number(text)
    if setting.type == "boolean":
        return text == "1", ""
    if setting.type == "people":
        return [_read_person(each) for each in form.getlist(setting.key) if each], ""
    return text, ""


def _read_duration(setting: Setting, form: MultiDict[str, str]) -> tuple[Any, str]:
    amount, unit = form.get(f"{setting.key}.amount", "").strip(), form.get(f"{setting.key}.unit", "")
    sign = "-" if form.get(f"{setting.key}.side") == "before" else ""
    whole = amount.isascii() and amount.isdigit() and len(amount) <= 5 and unit in dict(UNITS)
    return f"{sign}{amount}{unit}", "" if whole else mark("Enter a whole number.")


def _read_number(text: str) -> tuple[Any, str]:
    try:
        number = Decimal(text.replace(",", ""))
    except InvalidOperation:
        return text, mark("Enter a number.")
    if not number.is_finite():
        return text, mark("Enter a number.")
    return (int(number) if number == number.to_integral_value() else float(number)), ""


def _read_person(text: str) -> Any:
    kind, _colon, rest = text.partition(":")
    if kind == "user" and rest.isascii() and rest.isdigit():
        return {"user": int(rest)}
    return {"role": rest} if kind == "role" else rest


def _person_text(value: Any) -> str:
    if isinstance(value, Mapping) and "role" in value:
        return f"role:{value['role']}"
    number = value.get("user") if isinstance(value, Mapping) else value
    return f"user:{number}" if isinstance(number, int) else f"field:{value}"


def _control(speaker: Speaker, setting: Setting, value: Any, changed: bool) -> SettingControl:
    value = setting.default if value is None else value
    common = (setting.key, setting.type, label_text(setting.label) or setting.key, label_text(setting.help))
    default = default_text(speaker, setting)
    if setting.type == "duration":
        sign, amount, unit = _duration_parts(value)
        may_be_before = sign or str(setting.default).startswith("-")
        return SettingControl(*common, default, changed, value, amount, unit, sign, may_be_before, _units())
    if setting.type == "people":
        chosen = [_person_text(each) for each in value or ()]
        return SettingControl(*common, default, changed, value, options=people_options(speaker, chosen), chosen=frozenset(chosen))
    if setting.type == "role":
        return SettingControl(*common, default, changed, value or "", options=role_options(speaker.ctx))
    if setting.type == "choice":
        return SettingControl(*common, default, changed, value, options=_choices(setting))
    return SettingControl(*common, default, changed, "" if value is None else value)


def default_text(speaker: Speaker, setting: Setting) -> str:
    """The document's value in words."""
    value = setting.default
    if value in (None, "", []):
        return _("none")
    if setting.type == "duration":
        return f"{length(value)} {_('before')}" if str(value).startswith("-") else length(value)
    if setting.type == "people":
        return listed(speaker.recipients(value))
    if setting.type == "boolean":
        return _("yes") if value else _("no")
    if setting.type == "choice":
        return dict(_choices(setting)).get(value, str(value))
    return dict(role_options(speaker.ctx)).get(value, str(value)) if setting.type == "role" else str(value)


def people_options(speaker: Speaker, chosen: Sequence[str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Who can be picked, in groups: people of the record, roles, members."""
    picked = [int(each[5:]) for each in chosen if each.startswith("user:")]
    fields = _person_paths(speaker)
    known = {value for value, _text in fields}
    fields += [(each, each[6:]) for each in chosen if each.startswith("field:") and each not in known]
    members = [(f"user:{key}", name) for key, name in member_choices(speaker.ctx, picked)]
    roles = [(f"role:{key}", name) for key, name in role_options(speaker.ctx)]
    groups = [(_("People of the record"), fields), (_("Members"), members), (_("Everybody with the role"), roles)]
    return [group for group in groups if group[1]]


def role_options(ctx: Context) -> list[tuple[str, str]]:
    """All roles of the workspace."""
    return [(name, label_text(role.label) or name) for name, role in ctx.catalog.roles().items()]


def _person_paths(speaker: Speaker) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, definition in speaker.entity.fields.items() if speaker.entity else ():
        if definition.field.type in _PERSON_TYPES:
            found.append((f"field:{key}", speaker.path(key)))
            found.append((f"field:{key}.manager", _("manager of %(person)s", person=speaker.path(key))))
    return found


def _duration_parts(value: Any) -> tuple[bool, str, str]:
    found = _DURATION.fullmatch(str(value))
    return (found[1] == "-", found[2], found[3]) if found else (False, "", "d")


def _units() -> list[tuple[str, str]]:
    return [(key, _(text)) for key, text in UNITS]


def _choices(setting: Setting) -> list[tuple[str, str]]:
    return [(str(each["key"]), label_text(each.get("label")) or str(each["key"])) for each in setting.choices or ()]
