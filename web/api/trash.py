"""What has left the definitions, and long work on tables: to be seen, taken back, or given up."""

from __future__ import annotations

from flask import Response
from flask_babel import gettext
from flask_smorest import Blueprint

from runtime.schema import jobs
from runtime.schema.trash import trash_of
from runtime.schema_restore import restore_from_trash
from web.api.apps import administrator, answer
from web.api.idempotency import idempotent

blueprint = Blueprint("trash", __name__, url_prefix="/api/v1", description="Removed fields and entities; conversions at work")


@blueprint.get("/trash")
def list_of() -> Response:
    """Removed fields and entities that can still be taken back."""
    rows = [
        {
            "id": each.id,
            "app": each.app,
            "entity": each.entity,
            "field": each.field,
            "kind": each.kind,
            "reason": each.reason,
            "definition": each.definition,
            "dropped_at": each.dropped_at,
        }
        for each in trash_of(administrator())
    ]
    return answer({"items": rows})


@blueprint.post("/trash/<int:item>/restore")
@idempotent
def restore(item: int) -> Response:
    """Takes one thing back with its values. 202 with a job when a big table has to be converted for it first."""
    applied = restore_from_trash(administrator(), item, gettext("Taken back from the trash"))
    answered = {"versions": applied.versions, "plan": applied.plan.to_json(gettext), "job": applied.job}
    return answer(answered, 200 if applied.job is None else 202)


@blueprint.get("/schema-jobs")
def at_work() -> Response:
    """Conversions, indexes, numbers and formulas of big tables that are not finished, or failed."""
    shown = (
        "id",
        "kind",
        "entity",
        "field",
        "state",
        "total",
        "done",
        "lost",
        "error",
        "created_at",
        "changed_at",
        "finished_at",
    )
    return answer({"jobs": [{name: job[name] for name in shown} for job in jobs.jobs(administrator())]})


@blueprint.post("/schema-jobs/<int:job>/cancel")
@idempotent
def cancel(job: int) -> Response:
    """Gives up a conversion; the definition stays as it was."""
    jobs.cancel(administrator(), job)
    return Response(status=204)
