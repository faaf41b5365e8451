"""The table of people as Flask-Security sees it, and where it keeps its session."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Flask, current_app, g
from flask_security import RoleMixin, SQLAlchemySessionUserDatastore, UserMixin
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import Session, registry, scoped_session

from runtime.platform.people import User


class Account(UserMixin):
    """A person who signs in. The same row as `User`, which stays free of the web."""

    def verify_and_update_password(self, password: str) -> bool:
        """Whether this is the password; a hash of an older strength is renewed."""
        return bool(super().verify_and_update_password(password))


class _NoRole(RoleMixin):
    """Roles belong to members of a workspace, not to accounts."""


registry().map_imperatively(Account, User.__table__)
# A used recovery code is taken out of the list in place; without this it would come back.
MutableList.associate_with_attribute(Account.mf_recovery_codes)  # type: ignore[arg-type]


def _session() -> Session:
    if "account_session" not in g:
        g.account_session = Session(current_app.extensions["engine"], expire_on_commit=False)
    found: Session = g.account_session
    return found


class _RequestSession:
    """The session of the running request; Flask-Security holds this for its whole life."""

    def __getattr__(self, name: str) -> Any:
        return getattr(_session(), name)


def datastore() -> SQLAlchemySessionUserDatastore:
    """What Flask-Security reads and writes people with."""
    session: scoped_session[Session] = _RequestSession()  # type: ignore[assignment]
    return SQLAlchemySessionUserDatastore(session, Account, _NoRole)


def account_of(user_id: int) -> Account:
    """The account of a person who exists."""
    found: Account = _session().scalars(sa.select(Account).where(User.__table__.c.id == user_id)).one()
    return found


def release() -> None:
    """Give the connection back; what has been read stays readable."""
    _session().commit()


def init_app(app: Flask) -> None:
    """Close the session at the end of each request."""

    @app.teardown_request
    def close(_error: BaseException | None) -> None:
        session: Session | None = g.pop("account_session", None)
        if session is not None:
            session.close()
