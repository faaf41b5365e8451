"""Keys are identity: chosen once, never changed, and the physical names follow them."""

from __future__ import annotations

import re
from hashlib import blake2s

KEY_PATTERN = r"^[a-z][a-z0-9_]{0,39}$"
_KEY = re.compile(KEY_PATTERN)
_IDENTIFIER_BYTES = 63  # PostgreSQL cuts longer names silently

SYSTEM_FIELDS = ("id", "version", "created_at", "created_by", "changed_at", "changed_by")
RESERVED_FIELDS = frozenset((*SYSTEM_FIELDS, "deleted_at", "deleted_by", "record", "before", "steps", "item"))


def is_key(text: str) -> bool:
    """Whether this may be the key of an item."""
    return bool(_KEY.match(text)) and "__" not in text


def physical(*parts: str) -> str:
    """One readable identifier from several keys; over 63 bytes its tail becomes a digest."""
    name = "__".join(parts)
    if len(name) <= _IDENTIFIER_BYTES:
        return name
    digest = blake2s(name.encode(), digest_size=5).hexdigest()
    return f"{name[: _IDENTIFIER_BYTES - len(digest) - 1]}_{digest}"


def qualified(app: str, reference: str) -> str:
    """`lead` seen from app `crm` is `crm.lead`; a reference with a dot stays as it is."""
    return reference if "." in reference else f"{app}.{reference}"
