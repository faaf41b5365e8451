"""Passwords: what is good enough, and argon2id."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from builder.errors import Problem

if TYPE_CHECKING:
    from argon2 import PasswordHasher

MIN_LENGTH = 8
MAX_LENGTH = 128
# What a guesser tries first.
_COMMON_TEXT = """
password password1 passw0rd 12345678 123456789 1234567890 11111111 00000000 88888888 66666666 qwertyui qwerty123
abc12345 abcd1234 iloveyou 1qaz2wsx admin123 administrator letmein1 welcome1 a1234567 woaini1314 5201314520
changeme formloom formloom1 asdfghjk 87654321 123123123 q1w2e3r4 1q2w3e4r
"""
_COMMON = frozenset(_COMMON_TEXT.split())


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def normalised(password: str) -> str:
    """The same password typed on another keyboard gives the same text."""
    return unicodedata.normalize("NFKD", password)


def hash_password(password: str) -> str:
    """The argon2id hash to store."""
    return _hasher().hash(normalised(password))


def check_password(password: str, *, email: str = "", path: str = "password") -> list[Problem]:
    """What is wrong with a new password; an empty list when it will do."""
    text = normalised(password)
    if len(text) < MIN_LENGTH:
        return [Problem(path, "too_short", "Use at least {count} characters.", {"count": MIN_LENGTH})]
    if len(text) > MAX_LENGTH:
        return [Problem(path, "too_long", "Use at most {count} characters.", {"count": MAX_LENGTH})]
    if text.lower() in _COMMON or len(set(text)) < 4:
        return [Problem(path, "common", "This password is among the first that others would try.")]
    if email and text.lower() in (email.lower(), email.lower().split("@")[0]):
        return [Problem(path, "common", "The password must not be your e-mail address.")]
    return []
