"""Apps and templates over HTTP."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from runtime.people import issue_api_key
from runtime.schema_drift import drift
from tests.everything_app import directory_app
from tests.factories import Place, make_place, make_user
from tests.web.api.conftest import Call, caller

FIELDS = "entities/company/fields"


@pytest.fixture
def empty(engine: sa.Engine) -> Place:
    """A workspace of its own without apps."""
    with engine.begin() as connection:
        return make_place(connection)


@pytest.fixture
def admin(app: Flask, engine: sa.Engine, empty: Place) -> Call:
    with engine.begin() as connection:
        return caller(app, issue_api_key(connection, empty.workspace.id, empty.admin_id).secret)


@pytest.fixture
def shop(admin: Call) -> Call:
    """The administrator of a workspace that has the directory app."""
    made = admin("PUT", "/apps/directory", json={"app": directory_app()})
    assert made.status_code == 201, made.text
    assert made.json is not None
    assert made.json["version"] == 1
    return admin


def no_drift(engine: sa.Engine, place: Place) -> bool:
    with engine.connect() as connection:
        return drift(place.context(connection)) == []


def test_an_app_is_read_changed_and_read_again(shop: Call, engine: sa.Engine, empty: Place) -> None:
    found = shop("GET", "/apps/directory").json
    assert found == {"app": directory_app(), "version": 1}
    document = directory_app()
    document["entities"][0]["fields"].append({"key": "fax", "type": "text"})
    planned = shop("POST", "/apps/directory/plan", json={"app": document, "base_version": 1})
    assert planned.status_code == 200
    assert [(each["path"], each["kind"]) for each in planned.json["items"]] == [
        ("directory/entities/company/fields/fax", "added")
    ]
    changed = shop("PUT", "/apps/directory", json={"app": document, "base_version": 1, "note": "Fax"})
    assert (changed.status_code, changed.json["version"]) == (200, 2)
    assert [each["version"] for each in shop("GET", "/apps/directory/versions").json["versions"]] == [2, 1]
    assert shop("GET", "/apps/directory?version=1").json["app"] == directory_app()
    back = shop("POST", "/apps/directory/versions/1/restore")
    assert (back.status_code, back.json["version"]) == (200, 3)
    assert no_drift(engine, empty)


def test_operations_losses_and_the_trash(shop: Call, engine: sa.Engine, empty: Place) -> None:
    made = shop("POST", "/records/directory.company", json={"name": "Yunfan", "city": "宁波"})
    assert made.status_code == 201
    change = {
        "operations": [
            {"op": "remove", "path": f"{FIELDS}/city"},
            {"op": "set", "path": "views/companies/columns", "value": [{"key": "name"}]},
        ]
    }
    planned = shop("POST", "/apps/directory/plan", json=change).json
    (loss,) = [each for each in planned["items"] if each["risk"] == "loss"]
    assert (loss["rows"], loss["samples"][0]["value"], loss["used_by"]) == (1, "宁波", ["directory/views/companies"])
    refused = shop("PUT", "/apps/directory", json=change)
    assert (refused.status_code, refused.json["errors"][0]["code"]) == (409, "data_loss")
    assert shop("PUT", "/apps/directory", json={**change, "accept_loss": planned["token"]}).status_code == 200
    (item,) = shop("GET", "/trash").json["items"]
    assert (item["entity"], item["field"]) == ("directory.company", "city")
    assert shop("POST", f"/trash/{item['id']}/restore").status_code == 200
    assert shop("GET", f"/records/directory.company/{made.json['id']}").json["city"] == "宁波"
    assert no_drift(engine, empty)


def test_two_programs_change_at_once(shop: Call) -> None:
    def renamed(text: str, key: str) -> dict[str, Any]:
        document = directory_app()
        document["entities"][0]["label"]["en"] = text
        document["entities"][0]["fields"].append({"key": key, "type": "text"})
        return {"app": document, "base_version": 1}

    assert shop("PUT", "/apps/directory", json=renamed("Firm", "one")).status_code == 200
    second = renamed("House", "two")
    clash = shop("PUT", "/apps/directory", json=second)
    assert clash.status_code == 409
    assert [each["path"] for each in clash.json["errors"]] == ["entities/company/label/en"]
    shown = shop("POST", "/apps/directory/plan", json=second).json["conflicts"]
    assert [(each["mine"], each["theirs"]) for each in shown] == [("House", "Firm")]
    done = shop("PUT", "/apps/directory", json={**second, "resolve": {"entities/company/label/en": "theirs"}})
    company = done.json["app"]["entities"][0]
    assert company["label"]["en"] == "Firm"
    assert {"one", "two"} <= {each["key"] for each in company["fields"]}


def test_all_problems_at_once_with_their_places(shop: Call) -> None:
    document = directory_app()
    document["entities"][0]["title_field"] = "nobody"
    document["views"][0]["columns"].append({"key": "nothing"})
    refused = shop("PUT", "/apps/directory", json={"app": document, "base_version": 1})
    assert refused.status_code == 422
    paths = " ".join(each["path"] for each in refused.json["errors"])
    assert "directory/entities/company" in paths
    assert "directory/views/companies" in paths
    assert shop("GET", "/apps/directory").json["version"] == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"app": {}, "operations": []}, 422),
        ({"app": directory_app()}, 422),
        ({"app": directory_app(), "base_version": 99}, 422),
        ({"app": 5, "base_version": 1}, 400),
        ({"operations": [{"op": "remove", "path": "entities/nobody"}]}, 422),
        ({"operations": [5]}, 400),
        ({"app": directory_app(), "base_version": "1"}, 400),
        ({"operations": [], "what": 1}, 400),
        ({"operations": [], "resolve": {"x": "both"}}, 400),
    ],
)
def test_malformed_changes(shop: Call, body: dict[str, Any], status: int) -> None:
    for method, path in (("POST", "/apps/directory/plan"), ("PUT", "/apps/directory")):
        got = shop(method, path, json=body)
        assert got.status_code == status, got.text
        assert got.json["errors"]


def test_unknown_apps_and_versions(admin: Call) -> None:
    for method, path in (
        ("GET", "/apps/none"),
        ("GET", "/apps/none/versions"),
        ("DELETE", "/apps/none"),
        ("GET", "/apps/none?version=3"),
    ):
        assert admin(method, path).status_code == 404
    assert admin("POST", "/apps/none/plan", json={"operations": []}).status_code == 404
    assert admin("POST", "/templates/none/plan").status_code == 404
    assert admin("POST", "/trash/1/restore").status_code == 404
    assert admin("POST", "/schema-jobs/0/cancel").status_code == 404


def test_uninstalling(shop: Call, engine: sa.Engine, empty: Place) -> None:
    shop("POST", "/records/directory.company", json={"name": "Yunfan"})
    assert shop("DELETE", "/apps/directory").status_code == 409
    token = shop("POST", "/apps/directory/plan-removal").json["token"]
    assert shop("DELETE", f"/apps/directory?accept_loss={token}").status_code == 204
    assert shop("GET", "/apps").json["apps"] == []
    assert shop("POST", "/apps/directory/versions/1/restore").status_code == 200
    assert len(shop("GET", "/records/directory.company").json["records"]) == 1
    assert no_drift(engine, empty)


def test_members_see_their_apps_and_no_documents(shop: Call, app: Flask, engine: sa.Engine, empty: Place) -> None:
    with engine.begin() as connection:
        people = [make_user(connection, empty.workspace, "Li", roles=roles) for roles in (("directory.clerk",), ())]
        keys = [issue_api_key(connection, empty.workspace.id, int(each.user_id or 0)).secret for each in people]
    clerk, nobody = (caller(app, key) for key in keys)
    assert [each["key"] for each in clerk("GET", "/apps").json["apps"]] == ["directory"]
    assert "version" not in clerk("GET", "/apps").json["apps"][0]
    assert nobody("GET", "/apps").json["apps"] == []
    closed: list[tuple[str, str, Any]] = [
        ("GET", "/apps/directory", None),
        ("GET", "/apps/directory/versions", None),
        ("PUT", "/apps/directory", {"operations": []}),
        ("POST", "/apps/directory/plan", {"operations": []}),
        ("POST", "/apps/directory/plan-removal", {}),
        ("DELETE", "/apps/directory", None),
        ("POST", "/apps/directory/versions/1/restore", {}),
        ("GET", "/templates", None),
        ("POST", "/templates/customers/plan", {}),
        ("POST", "/templates/customers/install", {}),
        ("POST", "/templates/customers/upgrade", {}),
        ("GET", "/trash", None),
        ("POST", "/trash/1/restore", {}),
        ("GET", "/schema-jobs", None),
        ("POST", "/schema-jobs/1/cancel", {}),
    ]
    for method, path, body in closed:
        assert clerk(method, path, json=body).status_code == 403, path


def test_a_template_is_planned_installed_and_planned_again(admin: Call, engine: sa.Engine, empty: Place) -> None:
    assert "customers" in {each["key"] for each in admin("GET", "/templates").json["templates"]}
    planned = admin("POST", "/templates/customers/plan").json
    assert ("customers", "added") in {(each["path"], each["kind"]) for each in planned["items"]}
    assert admin("GET", "/apps").json["apps"] == []
    done = admin("POST", "/templates/customers/install", json={"sample_data": True})
    assert (done.status_code, done.json["versions"]) == (201, {"customers": 1})
    assert done.json["records"] > 0
    assert admin("POST", "/templates/customers/install", json={}).status_code == 409
    again = admin("POST", "/templates/customers/plan").json
    assert (again["items"], again["conflicts"]) == ([], [])
    assert admin("POST", "/templates/customers/upgrade").json["version"] == 1
    listed = next(each for each in admin("GET", "/templates").json["templates"] if each["key"] == "customers")
    assert listed["upgrade"] is False
    assert no_drift(engine, empty)


def test_messages_are_in_the_callers_language_and_the_plan_changes_nothing(shop: Call) -> None:
    document = copy.deepcopy(directory_app())
    document["entities"][0]["fields"][1]["required"] = True
    shop("POST", "/records/directory.company", json={"name": "Yunfan"})
    body = {"app": document, "base_version": 1}
    first = shop("POST", "/apps/directory/plan", json=body)
    assert "1 records are empty here" in first.json["items"][0]["message"]
    assert shop("POST", "/apps/directory/plan", json=body).json == first.json
    assert shop("GET", "/apps/directory").json["version"] == 1
