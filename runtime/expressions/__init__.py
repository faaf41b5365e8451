"""Computes expressions: in Python over one record, in PostgreSQL over many. Both give the same."""

from __future__ import annotations

from runtime.expressions.environment import Environment
from runtime.expressions.python_backend import evaluate
from runtime.expressions.sql_backend import NotInSql, compile_filter, compile_value, is_sql_able, matches
from runtime.expressions.trace import LeafResult, trace_condition
from runtime.expressions.values import ErrorValue

__all__ = [
    "Environment",
    "ErrorValue",
    "LeafResult",
    "NotInSql",
    "compile_filter",
    "compile_value",
    "evaluate",
    "is_sql_able",
    "matches",
    "trace_condition",
]
