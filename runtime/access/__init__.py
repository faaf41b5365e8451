"""The only room that knows roles: which rows, which fields, and why.

Closed by default: what no role grants does not exist for the reader. Rights of several roles add up field by field.
"""

from __future__ import annotations

from runtime.access.explain import Explanation, Reason, explain
from runtime.access.explain_field import FieldReasons, explain_fields
from runtime.access.rights import Rights, export_rights, rights

__all__ = ["Explanation", "FieldReasons", "Reason", "Rights", "explain", "explain_fields", "export_rights", "rights"]
