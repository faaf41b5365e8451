"""People who can sign in."""

from __future__ import annotations

import secrets
import uuid
from typing import Any

import sqlalchemy as sa

from builder.errors import Problem
from builder.label import LANGUAGES
from runtime.errors import Invalid, NotFound
from runtime.people.passwords import check_password, hash_password
from runtime.people.workspaces import bump_revision, workspaces_of
from runtime.platform.people import User


def normal_email(text: str) -> str | None:
    """The address in the form that is stored and compared, None when it is no address."""
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(text.strip(), check_deliverability=False, test_environment=True).normalized.lower()
    except EmailNotValidError:
        return None


def create_user(
    connection: sa.Connection, email: str, *, name: str = "", password: str | None = None, language: str | None = None
) -> int:
    """A new person; without a password they can sign in only after setting one by mail. Returns the id.

    Raises Invalid for an address that is none or is taken, and for a weak password.
    """
    address = normal_email(email)
    problems: list[Problem] = []
    if address is None:
        problems.append(Problem("email", "email", "This is not an e-mail address."))
    elif find_user(connection, address) is not None:
        problems.append(Problem("email", "taken", "Somebody has this e-mail address already."))
    if password is not None:
        problems += check_password(password, email=email)
    if language is not None and language not in LANGUAGES:
        problems.append(Problem("language", "choice", "Choose one of the languages."))
    if problems or address is None:
        raise Invalid(problems)
    values = {
        "email": address,
        "name": name.strip() or address.split("@")[0],
        "password": hash_password(password if password is not None else secrets.token_urlsafe(32)),
        "fs_uniquifier": uuid.uuid4().hex,
        "language": language,
    }
    return connection.execute(sa.insert(User).values(**values).returning(User.id)).scalar_one()


def find_user(connection: sa.Connection, email: str) -> int | None:
    """The id of the person with this address."""
    address = normal_email(email)
    return connection.scalar(sa.select(User.id).where(User.email == address)) if address else None


def update_user(
    connection: sa.Connection, user_id: int, *, name: str | None = None, language: str | None = None, **preferences: Any
) -> None:
    """Change name and language; other keywords become preferences of the person (None removes one)."""
    problems = []
    if name is not None and not name.strip():
        problems.append(Problem("name", "required", "Please fill this in."))
    if language is not None and language not in LANGUAGES:
        problems.append(Problem("language", "choice", "Choose one of the languages."))
    if problems:
        raise Invalid(problems)
    values: dict[str, Any] = {}
    if name is not None:
        values["name"] = name.strip()
    if language is not None:
        values["language"] = language
    if preferences:
        stored = connection.scalar(sa.select(User.preferences).where(User.id == user_id).with_for_update()) or {}
        values["preferences"] = {key: value for key, value in (stored | preferences).items() if value is not None}
    if values:
        connection.execute(sa.update(User).where(User.id == user_id).values(**values))
    if name is not None or language is not None:
        for workspace in workspaces_of(connection, user_id):
            bump_revision(connection, workspace.id)


def set_password(connection: sa.Connection, user_id: int, password: str) -> None:
    """Set a new password and end all sessions of this person. Raises Invalid, NotFound."""
    email = connection.scalar(sa.select(User.email).where(User.id == user_id))
    if email is None:
        raise NotFound
    problems = check_password(password, email=email)
    if problems:
        raise Invalid(problems)
    fresh = {"password": hash_password(password), "fs_uniquifier": uuid.uuid4().hex}
    connection.execute(sa.update(User).where(User.id == user_id).values(**fresh))
