"""Who decides about what when a template is upgraded."""

from __future__ import annotations

from collections.abc import Callable

from builder.merge import KEPT, LOCAL, MERGE, OWNED, Policy

# Identity and meaning of the data belong to the template: two type systems for one field cannot both be right.
_OWNED = frozenset({"format", "key", "version", "needs"})
_OWNED_ENDINGS = ("/type", "/options/to", "/options/kind", "/options/inverse")
# Words and looks belong to the firm once it has changed them.
_LOCAL = frozenset(
    {"label", "plural", "description", "help", "icon", "color", "width", "message", "title", "body", "menu", "home"}
)


def upgrade_policy(keeps: Callable[[str], bool] = lambda _: False) -> Policy:
    """The policy of template upgrades. `keeps` says which removed items stay because data or people use them."""
    return Policy(classify, keeps)


def classify(path: str) -> str:
    """The class of one place of a document."""
    parts = path.split("/")
    if path in _OWNED or (path.endswith(_OWNED_ENDINGS) and parts[0] in ("entities", "extends")):
        return OWNED
    if _is_kept(parts):
        return KEPT
    if any(part in _LOCAL for part in parts[2:] or parts):
        return LOCAL
    return MERGE


def _is_kept(parts: list[str]) -> bool:
    if parts[0] == "roles":
        # New roles and grants for new entities come; grants that are there stay as they are.
        return (len(parts) >= 4 and parts[2] == "grants") or (len(parts) == 3 and parts[2] == "dashboards")
    if parts[0] == "automations":
        return parts[-1] in ("enabled", "to", "channels") or (
            len(parts) == 5 and parts[2] == "settings" and parts[4] == "default"
        )
    return parts[-1] in ("roles", "opens_for") and len(parts) >= 3
