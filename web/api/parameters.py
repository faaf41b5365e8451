"""Reading the query string of lists. Unknown parameters are refused: a typing mistake must not widen an answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from flask import request

from builder.errors import Problem
from runtime.errors import BadRequest
from runtime.queries.aggregate import AggregateQuery
from runtime.queries.listing import ListQuery
from runtime.queries.problems import refuse
from web.api.body import only

LIST_PARAMETERS = frozenset({"filter", "sort", "fields", "limit", "after", "count", "q", "trash"})
DEFAULT_LIMIT = 50
_MAX_FILTER = 200_000


def list_query() -> ListQuery:
    """The list that the query string asks for. Raises BadRequest."""
    return to_list_query(parameters(LIST_PARAMETERS))


def to_list_query(given: Mapping[str, str]) -> ListQuery:
    """The list that these parameters ask for. Raises BadRequest."""
    return ListQuery(
        filter=tree(given.get("filter")),
        sort=words(given.get("sort")) or (),
        fields=words(given.get("fields")),
        limit=whole(given, "limit", DEFAULT_LIMIT),
        after=given.get("after") or None,
        count=given.get("count", "none"),
        q=given.get("q", ""),
        trash=flag(given, "trash"),
    )


def parameters(known: Iterable[str]) -> dict[str, str]:
    """The parameters, each at most once. Raises BadRequest."""
    return single(request.args.items(multi=True), known)


def single(pairs: Iterable[tuple[str, str]], known: Iterable[str]) -> dict[str, str]:
    """Names and values, each name known and at most once. Raises BadRequest."""
    found: dict[str, str] = {}
    for name, value in pairs:
        if name not in known:
            raise BadRequest([Problem(name[:80], "unknown_parameter", "This parameter is not known here.")])
        if name in found:
            refuse(name, "repeated", "Give this parameter once.")
        found[name] = value
    return found


def tree(text: str | None) -> Any:
    """A filter from its JSON text."""
    if text is None or text == "":
        return None
    if len(text) > _MAX_FILTER:
        refuse("filter", "too_long", "The filter is too long.")
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        refuse("filter", "not_json", "The filter is not valid JSON.")
    if not isinstance(found, dict):
        refuse("filter", "not_an_object", "A condition must be an object.")
    return found


def words(text: str | None) -> tuple[str, ...] | None:
    """A comma-separated list; None when the parameter is missing or empty."""
    if not text:
        return None
    return tuple(word for part in text.split(",") if (word := part.strip()))


def whole(given: Mapping[str, str], name: str, default: int) -> int:
    """A whole number."""
    text = given.get(name)
    if text is None or text == "":
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        refuse(name, "not_a_number", "Give a whole number.")
    return int(text)


def flag(given: Mapping[str, str], name: str) -> bool:
    """true or false."""
    text = given.get(name, "false").lower()
    if text not in ("true", "false", "1", "0", ""):
        refuse(name, "not_a_boolean", "Give true or false.")
    return text in ("true", "1")


def aggregate_query(given: Mapping[str, Any]) -> AggregateQuery:
    """The question of an aggregate call. Raises BadRequest."""
    only(given, ("filter", "group", "measures", "sort", "limit", "q"))
    for name in ("group", "measures", "sort"):
        if not isinstance(given.get(name, []), list):
            raise BadRequest([Problem(name, "not_a_list", "Give a list.")])
    limit, sort, q = given.get("limit", 1000), given.get("sort", []), given.get("q", "")
    if type(limit) is not int or not all(isinstance(each, str) for each in sort) or not isinstance(q, str):
        raise BadRequest([Problem("limit", "bad_value", "The limit is a whole number, sort names and q are texts.")])
    measures = tuple(given.get("measures", ({"op": "count"},)))
    return AggregateQuery(given.get("filter"), tuple(given.get("group", ())), measures, tuple(sort), limit, q)
