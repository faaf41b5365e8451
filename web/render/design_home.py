"""What the designer of home pages shows: who sees which dashboard first, and who could not open it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builder.acts.base import find
from builder.keys import qualified
from runtime.context import Context
from runtime.drafts import Desk
from runtime.people import list_members
from web.i18n import gettext as _
from web.render.design import text_of


def board_choices(desk: Desk) -> list[tuple[str, str]]:
    """(reference, label) of the dashboards of the app, then of those of other apps."""
    own = [(each["key"], text_of(each.get("label"), each["key"])) for each in desk.document.get("dashboards") or ()]
    others = [
        (f"{app.key}.{board.key}", f"{text_of(app.label, app.key)} · {text_of(board.label, board.key)}")
        for app in desk.others.values()
        for board in app.dashboards
    ]
    return [*own, *others]


def role_homes(ctx: Context, desk: Desk) -> list[dict[str, Any]]:
    """A row for each role, in the order in which the first one decides, and one for everybody else."""
    members = list_members(ctx.connection, ctx.workspace.id)
    rows = []
    for role in desk.document.get("roles") or ():
        name = qualified(desk.app, role["key"])
        people = [each for each in members if each.active and name in each.roles]
        rows.append(
            {
                "key": role["key"],
                "item": f"roles/{role['key']}",
                "path": f"roles/{role['key']}/dashboards",
                "label": text_of(role.get("label"), role["key"]),
                "note": text_of(role.get("description")),
                "count": len(people),
                "role": name,
                "boards": [_board(desk, each, role["key"]) for each in role.get("dashboards") or ()],
            }
        )
    everybody = {
        "key": "",
        "item": "",
        "path": "home",
        "label": _("Everybody else"),
        "note": _("People whose roles say nothing here, administrators among them."),
        "count": None,
        "role": "",
        "boards": [_board(desk, each, None) for each in desk.document.get("home") or ()],
    }
    return [*rows, everybody]


def _board(desk: Desk, reference: str, role: str | None) -> dict[str, Any]:
    found = find(desk.document, f"dashboards/{reference}")
    board: Mapping[str, Any] = found if isinstance(found, dict) else {}
    only = list(board.get("roles") or ())
    closed = bool(only) and role not in only and role is not None
    return {
        "reference": reference,
        "label": text_of(board.get("label")) or dict(board_choices(desk)).get(reference, reference),
        "missing": not board and reference not in dict(board_choices(desk)),
        "closed": closed,
        "open_act": {"op": "set", "path": f"dashboards/{reference}/roles", "value": [*only, role]} if closed else None,
        "url": f"dashboards/{reference}" if board else "",
        "some_only": bool(only) and role is None,
    }
