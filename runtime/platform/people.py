"""Workspaces and the people in them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from runtime.db import Base

_now = sa.func.now()


class Workspace(Base):
    """One customer organisation. Its records live in the PostgreSQL schema `ws_<key>`.

    `revision` grows with every change of apps, members, teams or role assignments: it is the version
    of everything that is cached about the workspace.
    """

    __tablename__ = "workspace"
    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    language: Mapped[str] = mapped_column(server_default="en")
    zone: Mapped[str] = mapped_column(server_default="UTC")
    country: Mapped[str] = mapped_column(server_default="CN")
    currency: Mapped[str] = mapped_column(server_default="CNY")
    revision: Mapped[int] = mapped_column(sa.BigInteger, server_default="1")
    settings: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    created_at: Mapped[datetime] = mapped_column(server_default=_now)


class User(Base):
    """A person who can sign in. The column names are those that Flask-Security expects."""

    __tablename__ = "user_account"
    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(server_default="")
    password: Mapped[str | None]
    active: Mapped[bool] = mapped_column(server_default=sa.true())
    fs_uniquifier: Mapped[str] = mapped_column(unique=True)
    language: Mapped[str | None]
    phone: Mapped[str | None]
    confirmed_at: Mapped[datetime | None]
    last_login_at: Mapped[datetime | None]
    current_login_at: Mapped[datetime | None]
    last_login_ip: Mapped[str | None]
    current_login_ip: Mapped[str | None]
    login_count: Mapped[int | None]
    tf_primary_method: Mapped[str | None]
    tf_totp_secret: Mapped[str | None]
    mf_recovery_codes: Mapped[list[Any] | None]
    preferences: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    created_at: Mapped[datetime] = mapped_column(server_default=_now)


class Member(Base):
    """A person's place in a workspace. `is_admin` opens everything in it."""

    __tablename__ = "member"
    workspace_id: Mapped[int] = mapped_column(sa.ForeignKey(Workspace.id), primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey(User.id), primary_key=True, index=True)
    is_admin: Mapped[bool] = mapped_column(server_default=sa.false())
    manager_id: Mapped[int | None] = mapped_column(sa.ForeignKey(User.id))
    active: Mapped[bool] = mapped_column(server_default=sa.true())
    joined_at: Mapped[datetime] = mapped_column(server_default=_now)


class RoleAssignment(Base):
    """A member holds a role of an app; `role` is `app.role`, such as `crm.sales`."""

    __tablename__ = "role_assignment"
    workspace_id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    __table_args__ = (
        sa.ForeignKeyConstraint(["workspace_id", "user_id"], [Member.workspace_id, Member.user_id], ondelete="CASCADE"),
    )


class Team(Base):
    """A node of the workspace's team tree."""

    __tablename__ = "team"
    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    workspace_id: Mapped[int] = mapped_column(sa.ForeignKey(Workspace.id), index=True)
    name: Mapped[str]
    parent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("formloom.team.id"))
    leader_id: Mapped[int | None] = mapped_column(sa.ForeignKey(User.id))


class TeamMember(Base):
    """Who belongs to a team."""

    __tablename__ = "team_member"
    team_id: Mapped[int] = mapped_column(sa.ForeignKey(Team.id, ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey(User.id), primary_key=True, index=True)


class ApiKey(Base):
    """A key that acts for a member, with all the member's roles or with one of them. Only its hash is kept."""

    __tablename__ = "api_key"
    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    workspace_id: Mapped[int] = mapped_column(sa.ForeignKey(Workspace.id), index=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey(User.id))
    role: Mapped[str | None]
    label: Mapped[str] = mapped_column(server_default="")
    prefix: Mapped[str]
    digest: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(server_default=_now)
    last_used_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class Look(Base):
    """An administrator has looked at the workspace with the eyes of a person or of a role; nothing can be written meanwhile."""

    __tablename__ = "look"
    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    workspace_id: Mapped[int] = mapped_column(sa.ForeignKey(Workspace.id), index=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey(User.id))
    """Who looked."""
    seen_id: Mapped[int | None] = mapped_column(sa.ForeignKey(User.id))
    """With whose eyes; with `role`, whose records count as the own ones."""
    role: Mapped[str | None]
    """`app.role`, when only this role counted."""
    begun_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Attempt(Base):
    """How often something was tried since `started_at`, such as signing in from one address. `key` is a digest."""

    __tablename__ = "attempt"
    key: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]
    started_at: Mapped[datetime]
