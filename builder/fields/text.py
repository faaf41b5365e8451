"""Text in one line or many, and the texts with a shape: e-mail, address of a page, phone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit

from builder.errors import Problem
from builder.fields.base import FieldType, Locale, problem
from builder.model import Field

TEXT_OPERATORS = ("is", "is_not", "contains", "starts_with", "in", "not_in", "is_empty", "is_not_empty")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# What nearly every address and Chinese mobile number looks like: the libraries, which take 50 times as long, would say the same.
_PLAIN_EMAIL = re.compile(
    r"(?=.{6,200}$)(?=[^@]{1,64}@)[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@(?:[a-z0-9](?:[a-z0-9]|-(?!-)){0,60}[a-z0-9]\.)+"
    r"(?:com|cn|net|org|hk|tw|io|de|edu|gov|info|biz|co|jp|sg|uk|fr|eu)"
)
_CHINESE_MOBILE = re.compile(r"(?:\+?86)?(1(?!79)[3-9]\d{9})", re.ASCII)
_URL_SCHEMES = frozenset({"http", "https", "mailto", "tel"})


def clean_text(field: Field, raw: Any, max_length: int, *, lines: bool = False) -> str | Problem | None:
    """Trimmed text, None when empty, or a Problem: not text, too long, characters that cannot be stored."""
    if raw is None:
        return None
    if type(raw) is str and len(raw) <= max_length and raw.isprintable():  # nearly always; nothing in it can be wrong
        return raw.strip() or None
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        return problem(field, "not_text", "Enter text.")
    text = str(raw)
    if _UNSTORABLE.search(text):
        return problem(field, "bad_character", "The text holds a character that cannot be stored.")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text.strip()
    if not lines and "\n" in text:
        text = re.sub(r"\s*\n\s*", " ", text)
    if len(text) > max_length:
        return problem(field, "too_long", "Use at most {max} characters; this has {length}.", max=max_length, length=len(text))
    return text or None


class TextType(FieldType):
    """One line of text."""

    name = "text"
    icon = "letter-case"
    operators = TEXT_OPERATORS
    searchable = True
    default_length = 255
    options_schema: ClassVar[Mapping[str, Any]] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {"max_length": {"type": "integer", "minimum": 1, "maximum": 4000, "default": 255, "title": "Longest text"}},
    }

    def parse(self, field: Field, raw: Any, locale: Locale) -> Any | Problem:
        return clean_text(field, raw, field.options.get("max_length", self.default_length))

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "string", "maxLength": field.options.get("max_length", self.default_length)}


class LongTextType(TextType):
    """Text of several lines."""

    name = "long_text"
    icon = "align-left"
    widget = "textarea"
    display = "lines"
    sortable = False
    default_length = 20_000
    options_schema: ClassVar[Mapping[str, Any]] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "max_length": {"type": "integer", "minimum": 1, "maximum": 200_000, "default": 20_000, "title": "Longest text"}
        },
    }

    def parse(self, field: Field, raw: Any, locale: Locale) -> Any | Problem:
        return clean_text(field, raw, field.options.get("max_length", self.default_length), lines=True)


class EmailType(FieldType):
    """An e-mail address, kept in lower case so that equal addresses are equal."""

    name = "email"
    icon = "mail"
    widget = "email"
    display = "email"
    operators = TEXT_OPERATORS
    searchable = True

    def parse(self, field: Field, raw: Any, locale: Locale) -> Any | Problem:
        text = clean_text(field, raw, 254)
        if not isinstance(text, str):
            return text
        if _PLAIN_EMAIL.fullmatch(text):
            return text
        from email_validator import EmailNotValidError, validate_email  # slow to import, rarely needed

        try:
            checked = validate_email(unicodedata.normalize("NFKC", text), check_deliverability=False, test_environment=True)
        except EmailNotValidError:
            return problem(field, "email", "This is not an e-mail address.")
        return checked.normalized.lower()

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "string", "format": "email", "maxLength": 254}


class UrlType(FieldType):
    """The address of a page; only schemes that are safe to click."""

    name = "url"
    icon = "link"
    widget = "url"
    display = "url"
    operators = TEXT_OPERATORS

    def parse(self, field: Field, raw: Any, locale: Locale) -> Any | Problem:
        text = clean_text(field, raw, 2000)
        if not isinstance(text, str):
            return text
        if not re.match(r"^[A-Za-z][A-Za-z0-9+.-]*:", text) or re.match(r"^[^/:]+\.[^/:]+:\d+", text):
            text = f"https://{text}"
        try:
            parts = urlsplit(text)
            host = parts.hostname or (parts.path if parts.scheme in ("mailto", "tel") else "")
        except ValueError:
            host = ""
        if not host or parts.scheme.lower() not in _URL_SCHEMES or re.search(r"[\s<>\"]", text):
            return problem(field, "url", "This is not a web address.")
        return text

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "string", "format": "uri", "maxLength": 2000}


class PhoneType(FieldType):
    """A phone number, kept as E.164 (+8613800138000) where it can be understood, else as typed."""

    name = "phone"
    icon = "phone"
    widget = "phone"
    display = "phone"
    operators = TEXT_OPERATORS
    searchable = True
    options_schema: ClassVar[Mapping[str, Any]] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {"country": {"type": "string", "pattern": "^[A-Z]{2}$", "title": "Country of numbers without a prefix"}},
    }

    def parse(self, field: Field, raw: Any, locale: Locale) -> Any | Problem:
        text = clean_text(field, raw, 50)
        if not isinstance(text, str):
            return text
        country = field.options.get("country") or locale.country
        plain = _CHINESE_MOBILE.fullmatch(text)
        if plain and (country == "CN" or text.startswith("+86")):
            return f"+86{plain[1]}"
        import phonenumbers  # large tables, loaded on first use

        text = unicodedata.normalize("NFKC", text)
        digits = re.sub(r"\D", "", text)
        if not 5 <= len(digits) <= 20 or re.search(r"[^\d\s()+./#*x;=extEXT-]", text):
            return problem(field, "phone", "This is not a phone number.")
        try:
            number = phonenumbers.parse(text, country)
        except phonenumbers.NumberParseException:
            return text
        if not phonenumbers.is_possible_number(number) or number.extension:
            return text
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

    def validate(self, field: Field, value: Any) -> Iterable[Problem]:
        return ()

    def to_text(self, field: Field, value: Any, locale: Locale) -> str:
        return "" if value is None else str(value)
