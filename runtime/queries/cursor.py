"""The opaque place in a list at which the next page begins.

It holds the sort values of the last record that was given out, tied to the entity and its order. Whoever changes one
only asks for another place in a list that he may read anyway; so it is checked, not signed.
"""

from __future__ import annotations

import binascii
import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

import orjson
import sqlalchemy as sa

from builder.expressions.limits import storable_text
from runtime.queries.problems import refuse
from runtime.queries.sorting import SortKey

_MAX_LENGTH = 20_000


def encode(order: str, values: Sequence[Any]) -> str:
    """A cursor. `order` names entity and sort; `values` are JSON values of the keys."""
    raw = orjson.dumps([_tie(order), list(values)])
    return urlsafe_b64encode(raw).decode().rstrip("=")


def decode(order: str, keys: Sequence[SortKey], text: str) -> list[Any]:
    """The values of the keys. Raises BadRequest for a broken cursor or one of another list."""
    try:
        raw = urlsafe_b64decode(text[:_MAX_LENGTH] + "=" * (-len(text) % 4))
        tie, values = orjson.loads(raw)
    except (ValueError, TypeError, binascii.Error):
        _broken()
    if tie != _tie(order) or not isinstance(values, list) or len(values) != len(keys):
        _broken()
    return [_read(key, value) for key, value in zip(keys, values, strict=True)]


def order_name(entity: str, keys: Sequence[SortKey]) -> str:
    """Names a list's order, so that a cursor fits only there."""
    return entity + "|" + ",".join(f"{'-' if key.descending else ''}{key.path}" for key in keys)


def _tie(order: str) -> str:
    return hashlib.blake2s(order.encode(), digest_size=6).hexdigest()


def _broken() -> NoReturn:
    refuse("after", "bad_cursor", "This cursor does not belong to this list.")


def _read(key: SortKey, value: Any) -> Any:
    """The Python value of a JSON value for the type of the key's column."""
    if value is None:
        return None if not key.required else _broken()
    kind = key.column.type
    try:
        if isinstance(kind, sa.Boolean):
            return value if isinstance(value, bool) else _broken()
        if isinstance(kind, sa.Numeric):
            number = Decimal(str(value))
            return number if number.is_finite() else _broken()
        if isinstance(kind, sa.Integer):
            return value if type(value) is int and abs(value) < 2**63 else _broken()
        if isinstance(kind, sa.DateTime):
            moment = datetime.fromisoformat(value)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        if isinstance(kind, sa.Date):
            return date.fromisoformat(value)
    except (ValueError, TypeError, InvalidOperation):
        _broken()
    return value if isinstance(value, str) and storable_text(value) else _broken()
