"""One entity in OpenAPI: its schema, and the paths under which its records are read and written."""

from __future__ import annotations

from typing import Any

from builder.fields.link import relation_kind
from runtime.access import Rights, rights
from runtime.context import Context
from runtime.records.rows import MOST_ROWS
from runtime.tables import ONE_TO_MANY, EntityDef, FieldDef

_LIST_PARAMETERS = ("filter", "sort", "fields", "limit", "after", "count", "q")
_JSON = "application/json"


def entity_schemas(ctx: Context, entity: EntityDef) -> dict[str, Any]:
    """`crm.lead` as it is read, and `crm.lead.input` as it is written, for what the actor may see."""
    granted = rights(ctx, entity)
    found: dict[str, Any] = {}
    if granted.may_read:
        keys = [key for key in entity.fields if key in granted.readable_fields]
        found[entity.name] = {
            "type": "object",
            "properties": {key: _property(ctx, entity.fields[key], read=True) for key in keys},
        }
    inputs = _inputs(entity, granted)
    rows = _row_lists(ctx, entity, granted)
    if inputs:
        required = [each.key for each in inputs if each.field.required and each.field.default is None]
        schema = {
            "type": "object",
            "additionalProperties": False,
            "properties": {**{each.key: _property(ctx, each) for each in inputs}, **rows},
        }
        found[f"{entity.name}.input"] = {**schema, "required": required} if required else schema
        found[f"{entity.name}.change"] = schema
    return found


def entity_paths(ctx: Context, entity: EntityDef) -> dict[str, Any]:
    """The paths of an entity, with the verbs that the actor has on some record."""
    granted = rights(ctx, entity)
    base = f"/api/v1/records/{entity.name}"
    record = {"$ref": f"#/components/schemas/{entity.name}"} if granted.may_read else {"type": "object"}
    maker = _Operations(entity, entity.entity.label.in_language(ctx.actor.language) or entity.name, record)
    paths: dict[str, dict[str, Any]] = {base: {}, f"{base}/{{id}}": {"parameters": [_ID]}}
    one, many = paths[f"{base}/{{id}}"], paths[base]
    if granted.may_read:
        many["get"] = maker.listing()
        one["get"] = maker.operation("get", "One record", {"200": _answer(record)})
        paths[f"{base}/{{id}}/history"] = {
            "parameters": [_ID],
            "get": maker.operation("history", "The changes of a record", {"200": _answer({"type": "object"})}),
        }
        paths[f"{base}/aggregate"] = {
            "post": maker.operation(
                "aggregate",
                "Figures, by groups",
                {"200": _answer({"type": "object"})},
                {"$ref": "#/components/schemas/Aggregate"},
            )
        }
    if granted.may_create:
        many["post"] = maker.creation()
    if granted.may_update:
        one["patch"] = maker.operation(
            "change", "Changes the given fields", {"200": _answer(record)}, maker.ref("change"), [_IF_MATCH]
        )
        if ctx.catalog.pipelines_of(entity.name):
            paths[f"{base}/{{id}}/move"] = {
                "parameters": [_ID],
                "post": maker.operation("move", "To another stage", {"200": _answer(record)}, _MOVE),
            }
    if granted.may_delete:
        one["delete"] = maker.operation("remove", "Into the recycle bin", {"204": {"description": "Done"}}, None, [_IF_MATCH])
        paths[f"{base}/{{id}}/restore"] = {
            "parameters": [_ID],
            "post": maker.operation("restore", "Back out of the bin", {"200": _answer(record)}),
        }
    if granted.may_export:
        paths[f"/api/v1/exports/{entity.name}"] = {"get": maker.export()}
    return {path: item for path, item in paths.items() if set(item) - {"parameters"}}


class _Operations:
    """Makes the operations of one entity."""

    def __init__(self, entity: EntityDef, label: str, record: dict[str, Any]) -> None:
        self.entity, self.label, self.record = entity, label, record

    def ref(self, part: str) -> dict[str, Any]:
        return {"$ref": f"#/components/schemas/{self.entity.name}.{part}"}

    def operation(
        self,
        verb: str,
        summary: str,
        responses: dict[str, Any],
        body: dict[str, Any] | None = None,
        parameters: list[Any] | None = None,
    ) -> dict[str, Any]:
        found: dict[str, Any] = {
            "operationId": f"{self.entity.name}.{verb}",
            "summary": f"{self.label}: {summary}",
            "tags": [self.entity.name],
            "responses": responses,
        }
        if body is not None:
            found["requestBody"] = {"required": True, "content": {_JSON: {"schema": body}}}
        if parameters:
            found["parameters"] = parameters
        return found

    def listing(self) -> dict[str, Any]:
        page = {
            "type": "object",
            "properties": {
                "records": {"type": "array", "items": self.record},
                "next": {"type": ["string", "null"], "description": "Cursor of the next page"},
                "count": {"type": ["integer", "null"]},
            },
        }
        parameters = [{"$ref": f"#/components/parameters/{name}"} for name in _LIST_PARAMETERS]
        return self.operation("list", "A page of records", {"200": _answer(page)}, None, parameters)

    def creation(self) -> dict[str, Any]:
        many = {
            "type": "object",
            "required": ["records"],
            "properties": {"records": {"type": "array", "maxItems": 10_000, "items": self.ref("input")}},
        }
        ids = {"type": "object", "properties": {"records": {"type": "array", "items": {"type": "integer"}}}}
        upsert = {
            "name": "upsert",
            "in": "query",
            "schema": {"type": "string"},
            "description": "Change the records that have this field's value already",
        }
        responses = {"201": _answer({"oneOf": [self.record, ids]})}
        parameters = [upsert, {"$ref": "#/components/parameters/IdempotencyKey"}]
        return self.operation("create", "One new record or many", responses, {"oneOf": [self.ref("input"), many]}, parameters)

    def export(self) -> dict[str, Any]:
        file_format = {"name": "format", "in": "query", "schema": {"enum": ["csv", "xlsx", "jsonl"], "default": "csv"}}
        parameters = [file_format, *({"$ref": f"#/components/parameters/{name}"} for name in ("filter", "sort", "fields", "q"))]
        content: dict[str, Any] = {
            "text/csv": {},
            "application/x-ndjson": {},
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {},
        }
        return self.operation(
            "export", "All records as a file", {"200": {"description": "The file", "content": content}}, None, parameters
        )


def _inputs(entity: EntityDef, granted: Rights) -> list[FieldDef]:
    allowed = (granted.creatable_fields if granted.may_create else frozenset()) | (
        granted.writable_fields if granted.may_update else frozenset()
    )
    return [each for each in entity.fields.values() if each.is_writable and each.key in allowed]


def _row_lists(ctx: Context, entity: EntityDef, granted: Rights) -> dict[str, Any]:
    """Lists of rows that can be saved together with a record, by the keys of its one-to-many fields."""
    found = {}
    for each in entity.fields.values():
        other = ctx.catalog.find(str(each.target)) if each.kind == ONE_TO_MANY and each.key in granted.readable_fields else None
        inputs = [one for one in _inputs(other, rights(ctx, other)) if one.key != each.inverse] if other else []
        if not inputs or other is None:
            continue
        known = {
            "id": {"type": "integer", "description": "A row that is there already"},
            "version": {"type": "integer", "description": "Refuses the row when somebody else changed it meanwhile"},
            "_delete": {"type": "boolean", "description": "Takes the row into the recycle bin"},
        }
        rows = {"type": "object", "properties": {**known, **{one.key: _property(ctx, one) for one in inputs}}}
        text = f"Rows of {other.name}, saved together with the record; those that are not named stay as they are"
        found[each.key] = {"type": "array", "maxItems": MOST_ROWS, "items": rows, "description": text}
    return found


def _property(ctx: Context, field: FieldDef, *, read: bool = False) -> dict[str, Any]:
    schema = dict(field.type.json_schema(field.field))
    label = field.field.label.in_language(ctx.actor.language)
    if label:
        schema["title"] = label
    if field.target is not None:
        schema["description"] = f"{relation_kind(field.field)}: ids of {field.target}"
    if read:
        schema["readOnly"] = not field.is_writable
    nullable = read or not field.field.required
    if nullable and isinstance(schema.get("type"), str):
        schema["type"] = [schema["type"], "null"]
        if "enum" in schema:
            schema["enum"] = [*schema["enum"], None]
    return schema


def _answer(schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": "Done", "content": {_JSON: {"schema": schema}}}


_ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1}}
_IF_MATCH = {"$ref": "#/components/parameters/IfMatch"}
_MOVE = {
    "type": "object",
    "required": ["to"],
    "properties": {"to": {"type": "string"}, "values": {"type": "object"}, "field": {"type": "string"}},
}


def shared_components() -> dict[str, dict[str, Any]]:
    """What all paths refer to."""
    return {"parameters": _PARAMETERS, "schemas": _SCHEMAS, "responses": _RESPONSES, "securitySchemes": _SECURITY}


def _query(name: str, schema: dict[str, Any], text: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema, "description": text}


_PARAMETERS: dict[str, Any] = {
    "filter": {
        "name": "filter",
        "in": "query",
        "description": "A condition tree",
        "content": {_JSON: {"schema": {"$ref": "#/components/schemas/Condition"}}},
    },
    "sort": _query("sort", {"type": "string"}, "Field paths, comma-separated; - for descending"),
    "fields": _query("fields", {"type": "string"}, "Field paths, comma-separated, such as name,owner.name"),
    "limit": _query("limit", {"type": "integer", "minimum": 1, "maximum": 500, "default": 50}, "Records of a page"),
    "after": _query("after", {"type": "string"}, "Cursor of the page before"),
    "count": _query("count", {"enum": ["none", "exact", "estimate"], "default": "none"}, "estimate stops at 10,001"),
    "q": _query("q", {"type": "string", "maxLength": 200}, "Search text"),
    "IfMatch": {"name": "If-Match", "in": "header", "schema": {"type": "string"}, "description": "ETag of the version to change"},
    "IdempotencyKey": {"name": "Idempotency-Key", "in": "header", "schema": {"type": "string", "maxLength": 255}},
}
_SCHEMAS: dict[str, Any] = {
    "Condition": {
        "type": "object",
        "description": "all, any, not, or a leaf with field, op and value",
        "properties": {
            "all": {"type": "array"},
            "any": {"type": "array"},
            "not": {"type": "object"},
            "field": {"type": "string"},
            "op": {"type": "string"},
            "value": {},
        },
    },
    "Aggregate": {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "filter": {"$ref": "#/components/schemas/Condition"},
            "group": {"type": "array", "maxItems": 4, "items": {"type": ["string", "object"]}},
            "measures": {"type": "array", "maxItems": 20, "items": {"type": "object"}},
            "sort": {"type": "array", "items": {"type": "string"}},
            "limit": {"type": "integer", "maximum": 10_000, "default": 1000},
            "q": {"type": "string"},
        },
    },
    "Problem": {
        "type": "object",
        "required": ["type", "title", "status"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "errors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"path": {"type": "string"}, "code": {"type": "string"}, "message": {"type": "string"}},
                },
            },
        },
    },
}
_RESPONSES: dict[str, Any] = {
    "Problem": {
        "description": "What went wrong",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}
_SECURITY: dict[str, Any] = {"key": {"type": "http", "scheme": "bearer"}}
