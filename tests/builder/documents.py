"""Random documents for the laws of diff, operations and merge: shaped like apps, small, and alike often enough to clash."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

KEYS = st.sampled_from(["a", "b", "c", "d", "e"])
WORDS = st.sampled_from(["x", "y", "z"])
LABELS = st.one_of(WORDS, st.dictionaries(st.sampled_from(["en", "zh-Hans"]), WORDS, max_size=2))
CONDITIONS = st.one_of(
    st.none(),
    st.fixed_dictionaries({"field": KEYS, "op": st.just("is"), "value": st.sampled_from([0, 1, 1.0, True, None, "x"])}),
    st.fixed_dictionaries({"all": st.lists(st.fixed_dictionaries({"field": KEYS, "op": WORDS}), max_size=2)}),
)


def keyed(item: st.SearchStrategy[dict[str, Any]], name: str = "key") -> st.SearchStrategy[list[dict[str, Any]]]:
    """A list of items with different keys."""
    return st.lists(item, max_size=4, unique_by=lambda each: each[name])


FIELDS = st.fixed_dictionaries(
    {"key": KEYS, "type": st.sampled_from(["text", "number"])},
    optional={"label": LABELS, "required": st.booleans(), "options": st.dictionaries(WORDS, st.integers(0, 2), max_size=2)},
)
ENTITIES = st.fixed_dictionaries(
    {"key": KEYS}, optional={"label": LABELS, "fields": keyed(FIELDS), "search_fields": st.lists(KEYS, max_size=3)}
)
VIEWS = st.fixed_dictionaries(
    {"key": KEYS, "type": WORDS}, optional={"columns": keyed(st.fixed_dictionaries({"key": KEYS})), "filter": CONDITIONS}
)
GRANTS = st.fixed_dictionaries({"entity": KEYS}, optional={"read": st.lists(WORDS, max_size=2), "create": st.booleans()})
ROLES = st.fixed_dictionaries({"key": KEYS}, optional={"label": LABELS, "grants": keyed(GRANTS, "entity")})
DOCUMENTS = st.fixed_dictionaries(
    {"format": st.just(1), "key": st.just("app")},
    optional={
        "version": WORDS,
        "label": LABELS,
        "entities": keyed(ENTITIES),
        "views": keyed(VIEWS),
        "roles": keyed(ROLES),
        "menu": keyed(st.fixed_dictionaries({"key": KEYS}, optional={"items": keyed(st.fixed_dictionaries({"key": KEYS}))})),
    },
)
