"""An entity from a file: its columns become fields, their types guessed from what stands in them. The rows wait for the entity.

fields = guess_fields(ctx, path, name)         before there is an entity
keep(ctx, "shop.orders", file, name)           the file waits as a batch
imports_waiting(ctx, "shop")                   after publishing: batches whose columns are matched now
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa

from builder.acts.base import free_key, slug
from builder.errors import Problem
from builder.fields import FIELD_TYPES
from builder.fields.choice import COLORS
from builder.fields.text import LongTextType
from builder.model import Field
from runtime.context import Context
from runtime.errors import Invalid
from runtime.exchange import batches
from runtime.exchange.batches import UPLOADED
from runtime.exchange.guess import find_header
from runtime.exchange.importing import guess
from runtime.exchange.sheet import is_blank, open_sheet

_SAMPLE, _HEADING_ROWS, _MAX_FIELDS = 500, 20, 200
_MOSTLY = 0.95
_MONEY = re.compile(
    r"price|amount|total|cost|budget|salary|revenue|fee|金额|金額|价|價|费|費|成本|工资|工資|预算|預算|收入", re.I
)
_PHONE = re.compile(r"phone|mobile|tel|电话|電話|手机|手機", re.I)
_DIGITS = re.compile(r"^[-+]?[\d,]+(\.\d+)?$")
_WORDS = frozenset(["yes", "no", "true", "false", "是", "否", "√", "×", "y", "n", "对", "错"])


@dataclass(frozen=True)
class Guessed:
    """What a file would become: fields as in a document, and how many rows it has."""

    fields: tuple[dict[str, Any], ...]
    rows: int


def guess_fields(ctx: Context, path: Path, file_name: str) -> Guessed:
    """One field for each column. Raises Invalid for a file that cannot be read or is empty."""
    sheet = open_sheet(path, file_name)
    try:
        first = list(islice(sheet.rows(), _HEADING_ROWS + _SAMPLE))
        number, header = find_header(first[:_HEADING_ROWS], {})
        sample = [cells for at, cells in first if at > number and not is_blank(cells)]
        rows = sum(1 for at, cells in sheet.rows() if at > number and not is_blank(cells))
    finally:
        sheet.close()
    if not header or not rows:
        raise Invalid([Problem("file", "no_rows", "There are no rows to import.")])
    fields: list[dict[str, Any]] = []
    for column, title in enumerate(header[:_MAX_FIELDS]):
        values = [cells[column] for cells in sample if column < len(cells) and cells[column] not in ("", None)]
        text = str(title).strip()[:100]
        if text or values:
            fields.append(_field(ctx, text or f"{column + 1}", values, [each["key"] for each in fields]))
    return Guessed(tuple(fields), rows)


def keep(ctx: Context, entity: str, file: IO[bytes], file_name: str) -> int:
    """Keeps the file until the entity is there; the id of the batch."""
    return batches.save_upload(ctx, entity, file, file_name, {"role": None, "waits": True})


def imports_waiting(ctx: Context, app: str) -> list[int]:
    """The kept files whose entity is there now, their columns matched; the ids of their batches."""
    table = batches.TABLE
    mine = (table.c.workspace_id == ctx.workspace.id, table.c.user_id == ctx.actor.user_id, table.c.state == UPLOADED)
    statement = sa.select(table.c.id, table.c.entity).where(*mine, table.c.options["waits"].as_boolean()).order_by(table.c.id)
    found = []
    for batch_id, name in ctx.connection.execute(statement).all():
        entity = ctx.catalog.find(name) if name.startswith(f"{app}.") else None
        if entity is not None:
            batches.set_batch(ctx.connection, batch_id, options={"role": None})
            guess(ctx, entity, batch_id, {})
            found.append(int(batch_id))
    return found


def _field(ctx: Context, title: str, values: Sequence[Any], taken: list[str]) -> dict[str, Any]:
    wanted = slug(title)
    key = free_key(wanted, taken) if wanted else free_key("field", taken, numbered=True)
    kind, options = _kind(ctx, title, values)
    return {"key": key, "type": kind, "label": {ctx.actor.language: title}, **({"options": options} if options else {})}


def _kind(ctx: Context, title: str, values: Sequence[Any]) -> tuple[str, dict[str, Any]]:
    texts = [str(each).strip() for each in values]
    if not values:
        return "text", {}
    if _most(values, lambda each: isinstance(each, bool) or str(each).strip().lower() in _WORDS):
        return "boolean", {}
    if _most(values, lambda each: isinstance(each, date | datetime) or bool(re.match(r"\d{4}[-/.年]\d", str(each)))):
        clock = any((isinstance(each, datetime) and (each.hour or each.minute)) or ":" in str(each) for each in values)
        return ("datetime" if clock else "date"), {}
    if _PHONE.search(title) and _most(values, lambda each: _reads(ctx, "phone", _plain(each))):
        return "phone", {}
    if _most(texts, lambda each: each.endswith("%") and bool(_DIGITS.match(each[:-1].strip()))):
        return "percent", {"decimals": 2}
    if _most(values, lambda each: isinstance(each, int | float) or bool(_DIGITS.match(str(each).strip()))):
        return _number(title, texts)
    for name in ("email", "url"):
        if _most(texts, lambda each, name=name: _reads(ctx, name, each) and (name == "email" or "://" in each)):  # type: ignore[misc]
            return name, {}
    return _words(texts)


def _number(title: str, texts: Sequence[str]) -> tuple[str, dict[str, Any]]:
    if any(re.match(r"^0\d", each) or len(re.sub(r"\D", "", each)) > 15 for each in texts):
        return "text", {}  # codes: a number would lose their zeros
    decimals = max(len(each.rpartition(".")[2]) if "." in each and not each.endswith(".0") else 0 for each in texts)
    if _MONEY.search(title):
        return "currency", {"decimals": max(2, min(decimals, 6))}
    return "number", ({"decimals": min(decimals, 6)} if decimals else {})


def _words(texts: Sequence[str]) -> tuple[str, dict[str, Any]]:
    different = list(dict.fromkeys(texts))
    if 2 <= len(different) <= 12 and len(texts) >= 2.5 * len(different) and max(map(len, different)) <= 30:
        taken: list[str] = []
        choices = []
        for number, text in enumerate(different):
            wanted = slug(text)
            taken.append(free_key(wanted, taken) if wanted else free_key("choice", taken, numbered=True))
            choices.append({"key": taken[-1], "label": text, "color": COLORS[number % len(COLORS)]})
        return "select", {"choices": choices}
    longest = max(map(len, texts))
    if longest > 200 or any("\n" in each for each in texts):
        return "long_text", ({"max_length": 200_000} if longest > LongTextType.default_length else {})
    return "text", {}


def _most(values: Sequence[Any], test: Callable[[Any], bool]) -> bool:
    return sum(test(each) for each in values) >= _MOSTLY * len(values)


def _plain(value: Any) -> str:
    return f"{value:.0f}" if isinstance(value, float) else str(value)


def _reads(ctx: Context, kind: str, text: str) -> bool:
    return not isinstance(FIELD_TYPES.get(kind).parse(Field("value", kind), text, ctx.locale), Problem)
