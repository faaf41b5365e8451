"""The engine and the metadata of the platform tables (PostgreSQL schema `formloom`)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase

PLATFORM_SCHEMA = "formloom"

_NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of the platform tables' ORM classes."""

    metadata = sa.MetaData(schema=PLATFORM_SCHEMA, naming_convention=_NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        int: sa.BigInteger,
        datetime: sa.DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
        str: sa.Text,
    }


def make_engine(
    url: str, *, pool_size: int = 8, application_name: str = "formloom", reading: bool = False, statement_timeout_ms: int = 0
) -> sa.Engine:
    """An engine with the time zone fixed to UTC and JSON through orjson.

    reading: no transactions (AUTOCOMMIT), so that a query is one round trip. statement_timeout_ms: 0 for none.
    """
    more: dict[str, Any] = {"isolation_level": "AUTOCOMMIT"} if reading else {}
    return sa.create_engine(
        _with_driver(url),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_recycle=1800,
        json_serializer=lambda value: orjson.dumps(value).decode(),
        json_deserializer=orjson.loads,
        connect_args={
            "application_name": application_name,
            "options": "-c timezone=UTC -c search_path=public -c idle_in_transaction_session_timeout=60000"
            f" -c statement_timeout={statement_timeout_ms:d}",
        },
        **more,
    )


def _with_driver(url: str) -> sa.URL:
    parsed = sa.make_url(url)
    return parsed.set(drivername="postgresql+psycopg") if parsed.drivername in ("postgres", "postgresql") else parsed
