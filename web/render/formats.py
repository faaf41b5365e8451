"""Template filters: dates, times, numbers, money, initials, colours of avatars."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from flask import Flask
from markupsafe import Markup

from builder.label import Label
from web.i18n import babel_locale, current_language, current_zone, translate

_DASH = Markup('<span class="empty-value" aria-hidden="true">–</span>')
_AVATAR_COLOURS = ("blue", "azure", "indigo", "purple", "pink", "red", "orange", "yellow", "lime", "green", "teal", "cyan")


def local_time(value: datetime | None) -> Markup:
    """A moment as a `<time>` element: relative text that the browser keeps fresh, exact time on hover."""
    if value is None:
        return _DASH
    from babel.dates import format_datetime

    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    exact = format_datetime(aware, "medium", tzinfo=current_zone(), locale=babel_locale())
    return Markup('<time datetime="{}" title="{}" data-relative>{}</time>').format(aware.isoformat(), exact, relative(aware))


def relative(value: datetime) -> str:
    """A distance from now in words, such as "3 days ago"."""
    from babel.dates import format_timedelta

    from runtime import clock

    return format_timedelta(value - clock.now(), add_direction=True, locale=babel_locale())


def exact_time(value: datetime | None) -> str | Markup:
    """A moment in the workspace's zone."""
    if value is None:
        return _DASH
    from babel.dates import format_datetime

    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    return format_datetime(aware, "medium", tzinfo=current_zone(), locale=babel_locale())


def clock_time(value: datetime | None) -> str | Markup:
    """The time of day of a moment, to the second, in the workspace's zone."""
    if value is None:
        return _DASH
    from babel.dates import format_time

    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    return format_time(aware, "medium", tzinfo=current_zone(), locale=babel_locale())


def local_date(value: date | None) -> str | Markup:
    """A day, in the reader's way of writing."""
    if value is None:
        return _DASH
    from babel.dates import format_date

    return format_date(value, "medium", locale=babel_locale())


def number(value: Decimal | float | None, decimals: int | None = None) -> str | Markup:
    """A number with group separators; all decimals it has, or as many as are named."""
    if value is None:
        return _DASH
    from babel.numbers import format_decimal

    pattern = "#,##0" + ("." + "0" * decimals if decimals else "") if decimals is not None else "#,##0.######"
    return format_decimal(value, format=pattern, locale=babel_locale())


def money(value: Decimal | float | None, currency: str = "CNY", decimals: int = 2) -> str | Markup:
    """An amount with the sign of its currency."""
    if value is None:
        return _DASH
    from babel.numbers import format_currency

    pattern = "¤#,##0" + ("." + "0" * decimals if decimals else "")
    return format_currency(value, currency, format=pattern, locale=babel_locale(), currency_digits=False)


def initials(name: str) -> str:
    """What stands in an avatar: the last two characters of a Chinese name, the first letters of others."""
    text = name.strip()
    if re.search(r"[一-鿿]", text):
        compact = re.sub(r"\s+", "", text)
        return compact[-2:] if len(compact) > 2 else compact
    words = [word for word in re.split(r"[\s._-]+", text) if word]
    if not words:
        return "?"
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


def avatar_colour(identity: int | str) -> str:
    """The same person has the same colour everywhere."""
    seed = identity if isinstance(identity, int) else sum(map(ord, identity))
    return _AVATAR_COLOURS[seed % len(_AVATAR_COLOURS)]


def without_links(text: str) -> str:
    """The text without addresses, for places that are a link themselves."""
    return re.sub(r"\s*https?://\S+", "", text or "").strip()


def label(value: Any) -> str:
    """A label of an app document in the reader's language."""
    return value.in_language(current_language()) if isinstance(value, Label) else Label.of(value).in_language(current_language())


def init_app(app: Flask) -> None:
    """Register the filters."""
    app.jinja_env.filters.update(
        relative=local_time,
        exact=exact_time,
        clock_time=clock_time,
        day=local_date,
        number=number,
        money=money,
        initials=initials,
        avatar_colour=avatar_colour,
        label=label,
        without_links=without_links,
        translated=translate,
    )
    app.jinja_env.globals["dash"] = _DASH
