from __future__ import annotations

import pytest
from sqlalchemy import Connection, text

from runtime import people
from runtime.context import WorkspaceInfo
from runtime.errors import Invalid, NotFound


def test_a_new_workspace_has_its_schema(connection: Connection, workspace: WorkspaceInfo) -> None:
    assert workspace.key == "yunfan_trading"
    assert str(workspace.zone) == "Asia/Shanghai"
    found = connection.scalar(text("SELECT count(*) FROM pg_namespace WHERE nspname = :name"), {"name": "ws_yunfan_trading"})
    assert found == 1


def test_a_chinese_name_gets_a_key_of_its_own(connection: Connection) -> None:
    first = people.create_workspace(connection, "云帆科技")
    second = people.create_workspace(connection, "云帆科技")
    assert first.key != second.key
    assert people.find_workspace(connection, second.key).id == second.id


def test_every_bad_value_is_named_at_once(connection: Connection) -> None:
    with pytest.raises(Invalid) as caught:
        people.create_workspace(connection, " ", key="9x", language="fr", zone="Mars/Olympus")
    assert {each.path for each in caught.value.problems} == {"name", "key", "language", "zone"}


def test_a_taken_key_is_refused(connection: Connection, workspace: WorkspaceInfo) -> None:
    with pytest.raises(Invalid, match="taken"):
        people.create_workspace(connection, "Other", key=workspace.key)


def test_a_change_bumps_the_revision(connection: Connection, workspace: WorkspaceInfo) -> None:
    people.update_workspace(connection, workspace.id, name="Yunfan", zone="UTC")
    now = people.load_workspace(connection, workspace.id)
    assert (now.name, str(now.zone)) == ("Yunfan", "UTC")
    assert now.revision > workspace.revision


def test_an_unknown_workspace_is_not_found(connection: Connection) -> None:
    with pytest.raises(NotFound):
        people.find_workspace(connection, "nowhere")
