"""Workspaces, the people in them, their teams, roles and API keys.

Every verb that changes who may do what also bumps the workspace's revision, so that nothing cached survives it.
"""

from __future__ import annotations

from runtime.people.actors import forget_actors, load_actor, subordinates_of
from runtime.people.keys import (
    IssuedKey,
    KeyIdentity,
    KeyInfo,
    authenticate_key,
    issue_api_key,
    list_api_keys,
    revoke_api_key,
)
from runtime.people.looks import LookInfo, actor_seen, begin_look, end_look, list_looks
from runtime.people.members import (
    MemberInfo,
    activate_member,
    add_member,
    assign_role,
    deactivate_member,
    list_members,
    member_info,
    set_admin,
    set_manager,
    set_roles,
)
from runtime.people.passwords import check_password, hash_password
from runtime.people.teams import TeamInfo, create_team, delete_team, list_teams, set_team_members, update_team
from runtime.people.users import create_user, find_user, set_password, update_user
from runtime.people.workspaces import (
    bump_revision,
    create_workspace,
    find_workspace,
    load_workspace,
    update_workspace,
    workspaces_of,
)

__all__ = [
    "IssuedKey",
    "KeyIdentity",
    "KeyInfo",
    "LookInfo",
    "MemberInfo",
    "TeamInfo",
    "activate_member",
    "actor_seen",
    "add_member",
    "assign_role",
    "authenticate_key",
    "begin_look",
    "bump_revision",
    "check_password",
    "create_team",
    "create_user",
    "create_workspace",
    "deactivate_member",
    "delete_team",
    "end_look",
    "find_user",
    "find_workspace",
    "forget_actors",
    "hash_password",
    "issue_api_key",
    "list_api_keys",
    "list_looks",
    "list_members",
    "list_teams",
    "load_actor",
    "load_workspace",
    "member_info",
    "revoke_api_key",
    "set_admin",
    "set_manager",
    "set_password",
    "set_roles",
    "set_team_members",
    "subordinates_of",
    "update_team",
    "update_user",
    "update_workspace",
    "workspaces_of",
]
