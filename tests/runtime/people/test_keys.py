from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from runtime import clock, people
from runtime.errors import Invalid, NotFound
from runtime.platform.people import ApiKey, User
from tests.runtime.people.conftest import Staff


def test_a_key_names_workspace_and_person(connection: Connection, staff: Staff) -> None:
    li = staff.hire("li", roles=["crm.sales"])
    key = people.issue_api_key(connection, staff.workspace.id, li, label="web shop")
    identity = people.authenticate_key(connection, key.secret)
    assert identity is not None
    assert (identity.workspace.key, identity.actor.user_id, identity.actor.kind) == (staff.workspace.key, li, "key")
    assert identity.actor.roles == ("crm.sales",)
    listed = people.list_api_keys(connection, staff.workspace.id, li)
    assert [(each.label, key.secret.startswith(each.prefix)) for each in listed] == [("web shop", True)]
    assert listed[0].last_used_at is not None


def test_the_secret_is_stored_nowhere(connection: Connection, staff: Staff) -> None:
    key = people.issue_api_key(connection, staff.workspace.id, staff.hire("li"))
    row = connection.execute(sa.select(ApiKey.__table__).where(ApiKey.id == key.id)).one()
    assert not any(key.secret in str(value) for value in row)


def test_keys_that_open_nothing(connection: Connection, staff: Staff) -> None:
    here = staff.workspace.id
    staff.hire("boss", is_admin=True)
    li, wang = staff.hire("li"), staff.hire("wang")
    revoked, old, shut = (people.issue_api_key(connection, here, user) for user in (li, li, wang))
    people.revoke_api_key(connection, here, revoked.id, user_id=li)
    connection.execute(sa.update(ApiKey).where(ApiKey.id == old.id).values(expires_at=clock.now() - timedelta(seconds=1)))
    people.deactivate_member(connection, here, wang)
    for secret in (revoked.secret, old.secret, shut.secret, "flm_" + "a" * 43, "", "nonsense"):
        assert people.authenticate_key(connection, secret) is None


def test_a_locked_account_shuts_its_keys(connection: Connection, staff: Staff) -> None:
    li = staff.hire("li")
    key = people.issue_api_key(connection, staff.workspace.id, li)
    assert people.authenticate_key(connection, key.secret)
    connection.execute(sa.update(User).where(User.id == li).values(active=False))
    assert people.authenticate_key(connection, key.secret) is None


def test_a_key_is_revoked_only_by_its_owner(connection: Connection, staff: Staff) -> None:
    li, wang = staff.hire("li"), staff.hire("wang")
    key = people.issue_api_key(connection, staff.workspace.id, li)
    with pytest.raises(NotFound):
        people.revoke_api_key(connection, staff.workspace.id, key.id, user_id=wang)
    assert people.authenticate_key(connection, key.secret)


def test_a_key_may_be_narrowed_to_one_role(connection: Connection, staff: Staff) -> None:
    boss = staff.hire("boss", is_admin=True)
    key = people.issue_api_key(connection, staff.workspace.id, boss, role="crm.sales")
    identity = people.authenticate_key(connection, key.secret)
    assert identity is not None
    assert (identity.actor.roles, identity.actor.is_admin) == (("crm.sales",), False)
    with pytest.raises(Invalid):
        people.issue_api_key(connection, staff.workspace.id, staff.hire("li"), role="crm.boss")
