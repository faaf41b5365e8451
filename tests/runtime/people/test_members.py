from __future__ import annotations

import pytest
from sqlalchemy import Connection

from runtime import people
from runtime.errors import Conflict, Invalid, NotFound
from tests.runtime.people.conftest import Staff


def test_roles_are_exactly_those_that_were_set(connection: Connection, staff: Staff) -> None:
    li = staff.hire("li", roles=["crm.sales", "crm.finance"])
    people.assign_role(connection, staff.workspace.id, li, "crm.sales")
    people.set_roles(connection, staff.workspace.id, li, ["crm.boss"])
    assert people.member_info(connection, staff.workspace.id, li).roles == ("crm.boss",)


def test_an_actor_follows_every_change(connection: Connection, staff: Staff) -> None:
    li = staff.hire("li", roles=["crm.sales"])
    assert people.load_actor(connection, staff.now(), li).roles == ("crm.sales",)
    people.set_roles(connection, staff.workspace.id, li, [])
    people.set_admin(connection, staff.workspace.id, li, True)
    people.update_user(connection, li, name="Li Wei", language="en")
    actor = people.load_actor(connection, staff.now(), li)
    assert (actor.roles, actor.is_admin, actor.name, actor.language) == ((), True, "Li Wei", "en")


def test_the_workspace_gives_the_language_of_people_without_one(connection: Connection, staff: Staff) -> None:
    assert people.load_actor(connection, staff.now(), staff.hire("li")).language == "zh-Hans"


def test_a_deactivated_member_is_nobody(connection: Connection, staff: Staff) -> None:
    staff.hire("boss", is_admin=True)
    li = staff.hire("li")
    people.deactivate_member(connection, staff.workspace.id, li)
    with pytest.raises(NotFound):
        people.load_actor(connection, staff.now(), li)
    assert people.workspaces_of(connection, li) == []
    people.activate_member(connection, staff.workspace.id, li)
    assert people.load_actor(connection, staff.now(), li).user_id == li


def test_the_last_administrator_stays(connection: Connection, staff: Staff) -> None:
    boss = staff.hire("boss", is_admin=True)
    with pytest.raises(Conflict):
        people.deactivate_member(connection, staff.workspace.id, boss)
    with pytest.raises(Conflict):
        people.set_admin(connection, staff.workspace.id, boss, False)
    staff.hire("second", is_admin=True)
    people.set_admin(connection, staff.workspace.id, boss, False)
    assert not people.member_info(connection, staff.workspace.id, boss).is_admin


def test_managers_never_form_a_circle(connection: Connection, staff: Staff) -> None:
    boss, li = staff.hire("boss"), staff.hire("li")
    people.set_manager(connection, staff.workspace.id, li, boss)
    for above in (li, boss):
        with pytest.raises(Invalid):
            people.set_manager(connection, staff.workspace.id, boss, above)
    stranger = people.create_user(connection, "stranger@example.com")
    with pytest.raises(Invalid):
        people.set_manager(connection, staff.workspace.id, li, stranger)


def test_an_actor_with_one_role_has_no_more(connection: Connection, staff: Staff) -> None:
    boss = staff.hire("boss", is_admin=True, roles=["crm.boss", "crm.sales"])
    actor = people.load_actor(connection, staff.now(), boss, kind="key", role="crm.sales")
    assert (actor.kind, actor.roles, actor.is_admin) == ("key", ("crm.sales",), False)
    li = staff.hire("li", roles=["crm.sales"])
    with pytest.raises(NotFound):
        people.load_actor(connection, staff.now(), li, role="crm.boss")
