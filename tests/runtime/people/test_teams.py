from __future__ import annotations

import pytest
from sqlalchemy import Connection

from runtime import people
from runtime.errors import Conflict, Invalid, NotFound
from tests.runtime.people.conftest import Staff


def test_a_leader_has_everybody_below(connection: Connection, staff: Staff) -> None:
    here = staff.workspace.id
    boss, east, li, wang = (staff.hire(name) for name in ("boss", "east", "li", "wang"))
    sales = people.create_team(connection, here, "Sales", leader_id=boss)
    below = people.create_team(connection, here, "Sales East", parent_id=sales, leader_id=east, member_ids=[li])
    people.create_team(connection, here, "Finance", member_ids=[wang])
    actor = people.load_actor(connection, staff.now(), boss)
    assert actor.team_ids == (sales, below)
    assert actor.subordinate_ids == (boss, east, li)
    assert people.load_actor(connection, staff.now(), li).subordinate_ids == (east, li)
    assert people.load_actor(connection, staff.now(), wang).subordinate_ids == (wang,)


def test_the_tree_is_listed_parent_first(connection: Connection, staff: Staff) -> None:
    here = staff.workspace.id
    sales = people.create_team(connection, here, "Sales")
    people.create_team(connection, here, "Finance")
    people.create_team(connection, here, "West", parent_id=sales)
    people.create_team(connection, here, "East", parent_id=sales)
    assert [(team.name, team.depth) for team in people.list_teams(connection, here)] == [
        ("Finance", 0),
        ("Sales", 0),
        ("East", 1),
        ("West", 1),
    ]


def test_a_team_never_lies_below_itself(connection: Connection, staff: Staff) -> None:
    here = staff.workspace.id
    sales = people.create_team(connection, here, "Sales")
    east = people.create_team(connection, here, "East", parent_id=sales)
    with pytest.raises(Invalid):
        people.update_team(connection, here, sales, name="Sales", parent_id=east, leader_id=None)
    with pytest.raises(Conflict):
        people.delete_team(connection, here, sales)
    people.delete_team(connection, here, east)
    people.delete_team(connection, here, sales)
    assert people.list_teams(connection, here) == []


def test_workspaces_do_not_touch_each_other(connection: Connection, staff: Staff) -> None:
    other = people.create_workspace(connection, "Other")
    li = staff.hire("li")
    team = people.create_team(connection, staff.workspace.id, "Sales")
    with pytest.raises(NotFound):
        people.delete_team(connection, other.id, team)
    with pytest.raises(NotFound):
        people.set_team_members(connection, other.id, team, [])
    with pytest.raises(Invalid):
        people.create_team(connection, other.id, "X", parent_id=team)
    with pytest.raises(Invalid):
        people.create_team(connection, other.id, "X", member_ids=[li])
    with pytest.raises(Invalid):
        people.create_team(connection, other.id, "X", leader_id=li)
