from __future__ import annotations

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from sqlalchemy import Connection

from runtime import people
from runtime.errors import Invalid
from runtime.platform.people import User


def test_passwords_are_stored_as_argon2id(connection: Connection) -> None:
    user = people.create_user(connection, "Li@Example.com", password="correct horse 1")
    email, stored = connection.execute(sa.select(User.email, User.password).where(User.id == user)).one()
    assert email == "li@example.com"
    assert stored.startswith("$argon2id$")
    assert PasswordHasher().verify(stored, "correct horse 1")


@pytest.mark.parametrize("password", ["short", "password", "aaaaaaaaaaaa", "x" * 200, "li@example.com"])
def test_weak_passwords_are_refused(connection: Connection, password: str) -> None:
    with pytest.raises(Invalid) as caught:
        people.create_user(connection, "li@example.com", password=password)
    assert [each.path for each in caught.value.problems] == ["password"]


def test_an_address_belongs_to_one_person(connection: Connection) -> None:
    people.create_user(connection, "li@example.com")
    with pytest.raises(Invalid, match="already"):
        people.create_user(connection, "LI@example.com")
    with pytest.raises(Invalid, match="not an e-mail"):
        people.create_user(connection, "not an address")


def test_a_new_password_ends_the_sessions(connection: Connection) -> None:
    user = people.create_user(connection, "li@example.com", password="correct horse 1")
    before = connection.scalar(sa.select(User.fs_uniquifier).where(User.id == user))
    people.set_password(connection, user, "another horse 2")
    assert connection.scalar(sa.select(User.fs_uniquifier).where(User.id == user)) != before


def test_preferences_are_kept_beside_each_other(connection: Connection) -> None:
    user = people.create_user(connection, "li@example.com")
    people.update_user(connection, user, density="compact", theme="dark")
    people.update_user(connection, user, name="Li Wei", language="zh-Hant", theme=None)
    stored = sa.select(User.name, User.language, User.preferences).where(User.id == user)
    assert tuple(connection.execute(stored).one()) == ("Li Wei", "zh-Hant", {"density": "compact"})
