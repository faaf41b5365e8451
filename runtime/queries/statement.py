"""A query that has been turned into SQL text once and is then only executed.

SQLAlchemy builds and compiles; execution goes straight to psycopg on the same connection. The values of the person,
of the moment and of the request are exchanged at every execution, so one text serves everybody with the same roles.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from threading import Lock
from typing import Any, TypeVar

import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from runtime.access.actor_values import current_value, is_dynamic
from runtime.catalog import Catalog
from runtime.context import Context

_DIALECT = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
_CAPACITY = 512
# "cached plan must not change result type": the type of a column has changed. The connection forgets its plans when it is opened anew.
_PLAN_IS_OLD = "0A000"

Made = TypeVar("Made")


class Statement:
    """SQL text with its parameters. `values` given to `rows` replace the defaults of the same name.

    exchanged: parameters of the query without names of their own, whose values `rows` may be given in the same order.
    """

    __slots__ = ("_defaults", "_dynamic", "_exchanged", "_places", "names", "sql")

    def __init__(self, query: sa.Executable, exchanged: Sequence[sa.BindParameter[Any]] = ()) -> None:
        compiled = query.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})  # type: ignore[attr-defined]
        self.sql: str = str(compiled)
        values = compiled.construct_params(_check=False)
        processors = compiled._bind_processors
        self.names: tuple[str, ...] = tuple(compiled.positiontup or ())
        self._defaults = [processors[name](values[name]) if name in processors else values[name] for name in self.names]
        self._dynamic = tuple((place, name) for place, name in enumerate(self.names) if is_dynamic(name))
        self._places = {name: place for place, name in enumerate(self.names)}
        known = [compiled.bind_names.get(each, "") for each in exchanged]
        self._exchanged = [(self._places.get(name, -1), processors.get(name)) for name in known]

    def parameters(self, ctx: Context, values: Mapping[str, Any], exchanged: Sequence[Any] = ()) -> list[Any]:
        """The parameters in the order of their places."""
        found = self._defaults.copy()
        for (place, process), value in zip(self._exchanged, exchanged, strict=False):
            if place >= 0:
                found[place] = value if process is None else process(value)
        for place, name in self._dynamic:
            found[place] = current_value(ctx, name)
        for name, value in values.items():
            if name in self._places:
                found[self._places[name]] = value
        return found

    def rows(self, ctx: Context, values: Mapping[str, Any], exchanged: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows. Database errors are raised as SQLAlchemy's."""
        return self._fetch(ctx.connection, self.parameters(ctx, values, exchanged))

    def fetch(self, connection: sa.Connection, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """All rows of a statement that has no parameters of the person or the moment."""
        found = self._defaults.copy()
        for name, value in values.items():
            found[self._places[name]] = value
        return self._fetch(connection, found)

    def _fetch(self, connection: sa.Connection, parameters: list[Any]) -> list[tuple[Any, ...]]:
        raw: Any = connection.connection.driver_connection
        cursor = psycopg.RawCursor(raw)
        try:
            cursor.execute(self.sql, parameters)
            return cursor.fetchall()
        except psycopg.Error as error:
            if error.sqlstate == _PLAN_IS_OLD:
                connection.connection.invalidate(soft=True)
            raise as_sqlalchemy(self.sql, error) from error
        finally:
            cursor.close()


def written_limit(count: int) -> sa.ColumnElement[int]:
    """A LIMIT that stands in the SQL: with a parameter there, the plan that PostgreSQL keeps sorts whole tables."""
    return sa.literal_column(str(int(count)), sa.Integer())


def as_sqlalchemy(sql: str, error: psycopg.Error) -> Exception:
    """The SQLAlchemy exception for an error of the driver, so that callers know one family only."""
    made = sa.exc.DBAPIError.instance(sql, None, error, psycopg.Error, dialect=_DIALECT)
    return made if isinstance(made, Exception) else error


class Cache:
    """Things made once per catalog and shape, the least recently used ones forgotten. Lives in the catalog."""

    def __init__(self) -> None:
        self._made: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What was made for this key, made now if it is not there."""
        with self._lock:
            found = self._made.get(key)
            if found is not None:
                self._made.move_to_end(key)
                return found  # type: ignore[no-any-return]
        made = make()
        with self._lock:
            self._made[key] = made
            while len(self._made) > _CAPACITY:
                self._made.popitem(last=False)
        return made


def cache_of(catalog: Catalog, name: str = "statements") -> Cache:
    """A cache of a catalog; gone with it, so never out of date."""
    found = catalog.__dict__.get(f"_{name}")
    if found is None:
        found = catalog.__dict__.setdefault(f"_{name}", Cache())
    return found  # type: ignore[no-any-return]
