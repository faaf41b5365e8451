"""Where the stages of a pipeline stand when they are drawn as a graph."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from web.render.design_pipeline import graph_places


def pipeline(stages: list[str], ways: list[tuple[str, str]], ends: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "stages": [{"key": each, "kind": "won" if each in ends else "open"} for each in stages],
        "transitions": [{"key": f"t{number}", "from": [one], "to": other} for number, (one, other) in enumerate(ways)],
    }


def test_open_stages_go_on_to_the_right_and_ends_stand_below() -> None:
    ways = [("a", "b"), ("b", "c"), ("a", "c"), ("c", "a"), ("c", "won"), ("a", "lost"), ("b", "lost")]
    places = graph_places(pipeline(["a", "b", "c", "won", "lost"], ways, ("won", "lost")))
    assert places == {"a": (1, 1), "b": (2, 1), "c": (3, 1), "won": (3, 2), "lost": (2, 2)}


def test_without_ways_all_stand_side_by_side() -> None:
    assert graph_places(pipeline(["a", "b", "c"], [])) == {"a": (1, 1), "b": (2, 1), "c": (3, 1)}


_keys = st.lists(st.sampled_from("abcdefghijkl"), min_size=1, max_size=12, unique=True)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_every_stage_has_a_place_of_its_own_within_the_grid(data: st.DataObject) -> None:
    stages = data.draw(_keys)
    ends = data.draw(st.sets(st.sampled_from(stages)))
    ways = data.draw(st.lists(st.tuples(st.sampled_from(stages), st.sampled_from(stages)), max_size=30))
    places = graph_places(pipeline(stages, ways, tuple(ends)))
    assert set(places) == set(stages)
    assert len(set(places.values())) == len(stages)
    assert all(1 <= column <= 12 and 1 <= row <= 12 for column, row in places.values())
