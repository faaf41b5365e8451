"""What programs send about apps and templates, and the answers' shapes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from builder.errors import Problem
from builder.merge import MergeConflict
from runtime.errors import BadRequest
from web.api.body import json_object


class _Body(Schema):
    class Meta:
        unknown = RAISE


class Choices(_Body):
    resolve = fields.Dict(
        keys=fields.String(),
        values=fields.String(validate=validate.OneOf(("mine", "theirs"))),
        load_default=None,
        allow_none=True,
        metadata={"description": "For each conflict's path the side that is taken."},
    )
    accept_loss = fields.String(load_default=None, metadata={"description": "The token of the plan, when it takes values away."})


class ChangeBody(Choices):
    app = fields.Dict(load_default=None, metadata={"description": "The whole document."})
    operations = fields.List(
        fields.Dict(), load_default=None, metadata={"description": "Or small changes: add, set, remove, move."}
    )
    base_version = fields.Integer(strict=True, load_default=None, allow_none=True, validate=validate.Range(min=0))
    note = fields.String(load_default="", validate=validate.Length(max=500))


class InstallBody(_Body):
    sample_data = fields.Boolean(load_default=False, truthy={True}, falsy={False})
    language = fields.String(load_default=None, validate=validate.OneOf(("en", "zh-Hans", "zh-Hant")))


class PlanItemAnswer(Schema):
    path = fields.String()
    kind = fields.String(validate=validate.OneOf(("added", "removed", "changed", "moved", "converted")))
    risk = fields.String(validate=validate.OneOf(("none", "warn", "loss")))
    rows = fields.Integer()
    samples = fields.List(fields.Dict())
    used_by = fields.List(fields.String())
    message = fields.String()


class ConflictAnswer(Schema):
    path = fields.String()
    base = fields.Raw()
    mine = fields.Raw()
    theirs = fields.Raw()
    chosen = fields.String()
    absent = fields.List(fields.String())


class PlanAnswer(Schema):
    items = fields.List(fields.Nested(PlanItemAnswer))
    problems = fields.List(fields.Dict())
    token = fields.String()
    conflicts = fields.List(fields.Nested(ConflictAnswer))


def read_body(schema: type[Schema], *, empty: bool = False) -> dict[str, Any]:
    """The request's JSON object by this schema. empty: a request without a body will do. Raises BadRequest."""
    from flask import request

    given = {} if empty and not request.content_length else json_object()
    try:
        loaded: dict[str, Any] = schema().load(given)
    except ValidationError as error:
        raise BadRequest(list(_problems("", error.messages))) from None
    return loaded


def conflicts_json(conflicts: Iterable[MergeConflict]) -> list[dict[str, Any]]:
    """Conflicts as the API shows them."""
    return [
        {
            "path": each.path,
            "base": each.base,
            "mine": each.mine,
            "theirs": each.theirs,
            "chosen": each.chosen,
            "absent": list(each.absent),
        }
        for each in conflicts
    ]


def _problems(path: str, messages: Any) -> Iterable[Problem]:
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            place = path if name == "_schema" else f"{path}/{name}" if path else str(name)
            yield from _problems(place, inner)
    else:
        for message in messages:
            yield Problem(path[:200], "bad_value", "{message}", {"message": str(message)})
