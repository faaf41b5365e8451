"""The usual schedules in words; the others are shown as they are written."""

from __future__ import annotations

from web.i18n import babel_locale, ngettext
from web.i18n import gettext as _


def cron_in_words(cron: str) -> str:
    """`0 9 * * 1` as "Every Monday at 09:00"."""
    parts = cron.split()
    if len(parts) != 5:
        return _("At the times %(cron)s", cron=cron)
    minute, hour, day, month, weekday = parts
    if minute.startswith("*/") and minute[2:].isdigit() and parts[1:] == ["*"] * 4:
        return ngettext("Every minute", "Every %(num)d minutes", int(minute[2:]))
    if minute.isdigit() and parts[1:] == ["*"] * 4:
        return _("Every hour, at minute %(minute)s", minute=int(minute))
    if not (minute.isdigit() and hour.isdigit()) or month != "*":
        return _("At the times %(cron)s", cron=cron)
    return _of_days(cron, f"{int(hour):02}:{int(minute):02}", day, weekday)


def _of_days(cron: str, clock: str, day: str, weekday: str) -> str:
    if day == "*" and weekday == "*":
        return _("Every day at %(time)s", time=clock)
    if day == "*" and weekday == "1-5":
        return _("Monday to Friday at %(time)s", time=clock)
    if day == "*" and all(each.isdigit() and int(each) <= 7 for each in weekday.split(",")):
        names = babel_locale().days["format"]["wide"]
        days = _(", ").join(names[(int(each) - 1) % 7] for each in weekday.split(","))
        return _("Every %(days)s at %(time)s", days=days, time=clock)
    if weekday == "*" and day.isdigit():
        return _("On day %(day)s of every month at %(time)s", day=day, time=clock)
    return _("At the times %(cron)s", cron=cron)
