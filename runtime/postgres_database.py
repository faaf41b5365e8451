"""Creating the application's database with a locale in which Chinese text can be searched."""

from __future__ import annotations

import psycopg
from psycopg import sql

# Best first. Under a ctype of plain C `lower('Ä')` does nothing and pg_trgm sees no Chinese at all. The builtin
# provider (PostgreSQL 17) behaves the same everywhere; C.UTF-8 is missing from the C library of older macOS.
LOCALES = (
    "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'",
    "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LC_COLLATE 'C' LC_CTYPE 'en_US.UTF-8'",
    "LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'",
    "LC_COLLATE 'C' LC_CTYPE 'en_US.UTF-8'",
)


def create_database(conninfo: str, name: str, owner: str) -> None:
    """Create database `name` and its owner (a role without superuser rights), unless they are there.

    conninfo: a superuser's connection to any other database of the server
    """
    with psycopg.connect(conninfo, autocommit=True) as connection:
        if not _exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", owner):
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(sql.Identifier(owner)))
        if not _exists(connection, "SELECT 1 FROM pg_database WHERE datname = %s", name):
            _create(connection, name, owner)


def _exists(connection: psycopg.Connection[tuple[object, ...]], query: str, value: str) -> bool:
    return connection.execute(query, [value]).fetchone() is not None


def _create(connection: psycopg.Connection[tuple[object, ...]], name: str, owner: str) -> None:
    statement = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8' {}")
    for locale in LOCALES:
        try:
            connection.execute(statement.format(sql.Identifier(name), sql.Identifier(owner), sql.SQL(locale)))
            return
        except (psycopg.errors.WrongObjectType, psycopg.errors.InvalidParameterValue, psycopg.errors.SyntaxError) as error:
            refused = error
    raise refused
