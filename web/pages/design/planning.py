"""Plans look at many records through cursors, which need a transaction; pages that only show have none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from flask import request

from runtime.context import Context
from runtime.unit_of_work import transaction
from web.request_context import engine


@contextmanager
def for_plans(ctx: Context) -> Iterator[Context]:
    """The context inside a transaction: that of the request when it has one, else one of its own."""
    if request.method not in ("GET", "HEAD"):
        yield ctx
        return
    with transaction(engine()) as connection:
        yield replace(ctx, connection=connection)
