"""What the parts of the model share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Json = Any
"""JSON data with a grammar of its own; treated as immutable."""

Options = Mapping[str, Any]
