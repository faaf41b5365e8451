"""What people see first: for each role the dashboards of its home page, the first of them at once."""

from __future__ import annotations

from flask import Blueprint, Response

from runtime import drafts
from web.pages.guard import admin
from web.render import render
from web.render.design import design_of
from web.render.design_home import board_choices, role_homes

blueprint = Blueprint("design_first_page", __name__, url_prefix="/design/<app>/home")


@blueprint.get("")
def page(app: str) -> Response:
    """One row for each role, one for everybody else."""
    ctx = admin()
    desk = drafts.open_desk(ctx, app)
    return render(
        "pages/design/first_page.html",
        part="work",
        design=design_of(desk),
        homes=role_homes(ctx, desk),
        boards=board_choices(desk),
    )
