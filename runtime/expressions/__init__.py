"""Computes expressions: in Python over one record, in PostgreSQL over many. Both give the same."""

from __future__ import annotations
