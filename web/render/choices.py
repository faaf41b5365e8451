"""Long lists to choose from: zones, countries, currencies, in the reader's language."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from runtime import clock
from web.i18n import babel_locale

_NOT_PLACES = ("Etc/", "SystemV/", "US/", "posix", "right", "localtime", "Factory")
_COMMON_CURRENCIES = (
    "CNY",
    "USD",
    "EUR",
    "HKD",
    "TWD",
    "JPY",
    "GBP",
    "SGD",
    "MOP",
    "KRW",
    "THB",
    "VND",
    "MYR",
    "IDR",
    "PHP",
    "INR",
    "AUD",
    "CAD",
    "NZD",
    "CHF",
    "SEK",
    "NOK",
    "DKK",
    "PLN",
    "CZK",
    "HUF",
    "RUB",
    "TRY",
    "AED",
    "SAR",
    "ZAR",
    "BRL",
    "MXN",
    "ARS",
    "CLP",
)


def zones() -> list[tuple[str, str]]:
    """All IANA zones with their distance from UTC now: `("Asia/Shanghai", "Asia/Shanghai (UTC+08:00)")`."""
    now = clock.now()
    return [(name, f"{name.replace('_', ' ')} (UTC{_offset(name, now)})") for name in zone_names()]


@lru_cache(1)
def zone_names() -> tuple[str, ...]:
    """Names of places and UTC, sorted."""
    places = {name for name in available_timezones() if "/" in name and not name.startswith(_NOT_PLACES)}
    return ("UTC", *sorted(places))


def _offset(name: str, now: datetime) -> str:
    minutes = int((now.astimezone(ZoneInfo(name)).utcoffset() or now.utcoffset()).total_seconds() // 60)  # type: ignore[union-attr]
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def countries() -> list[tuple[str, str]]:
    """Countries and regions by their two letters, by name."""
    territories = babel_locale().territories
    found = [
        (code, name)
        for code, name in territories.items()
        if len(code) == 2 and code.isalpha() and code not in ("EU", "EZ", "UN", "ZZ", "QO", "XA", "XB")
    ]
    return sorted(found, key=lambda entry: entry[1])


def currencies() -> list[tuple[str, str]]:
    """Currencies by their three letters, the common ones."""
    names = babel_locale().currencies
    return [(code, f"{code} · {names.get(code, code)}") for code in _COMMON_CURRENCIES]
