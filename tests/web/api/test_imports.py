from __future__ import annotations

import io
import json
from typing import Any

import pytest
from flask import Flask
from python_calamine import CalamineWorkbook
from werkzeug.test import TestResponse

from runtime.exchange import job
from tests.everything_app import directory_app, studio_app
from tests.web.site import Site, make_site

PROJECT = "studio.project"


@pytest.fixture(scope="module")
def studio(app: Flask) -> Site:
    site = make_site(app)
    site.install(directory_app(), studio_app())
    return site


def listed(site: Site) -> list[int]:
    return [each["id"] for each in get(site, "").json["imports"]]  # type: ignore[index]


def upload(site: Site, text: str | bytes, who: str = "admin", headers: dict[str, str] | None = None, **form: str) -> TestResponse:
    raw = text.encode() if isinstance(text, str) else text
    data: dict[str, Any] = {"entity": PROJECT, **form, "file": (io.BytesIO(raw), "table.csv")}
    return site.app.test_client().post("/api/v1/imports", data=data, headers={**site.key(who), **(headers or {})})


def get(site: Site, path: str, who: str = "admin") -> TestResponse:
    return site.app.test_client().get(f"/api/v1/imports{path}", headers=site.key(who))


def work(site: Site) -> None:
    while job.work_once(site.engine):
        pass


def test_from_upload_to_undo(studio: Site) -> None:
    answer = upload(studio, "Name,Budget\nok,1\nbad,x\n")
    assert answer.status_code == 202
    batch = answer.json
    assert batch is not None
    assert (batch["state"], batch["total"], batch["mapping"]) == ("running", 2, {"Name": "name", "Budget": "budget"})
    assert answer.headers["Location"].endswith(f"/api/v1/imports/{batch['id']}")
    work(studio)
    done = get(studio, f"/{batch['id']}").json
    assert done is not None
    assert (done["state"], done["created"], done["failed"]) == ("done", 1, 1)
    assert done["errors"] == [
        {"row": 3, "column": "Budget", "field": "budget", "value": "x", "code": "not_a_number", "message": "Enter a number."}
    ]
    sheet = get(studio, f"/{batch['id']}/errors.xlsx")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(sheet.data)).get_sheet_by_index(0).to_python()
    assert rows == [["Name", "Budget", "What is wrong"], ["bad", "x", "Budget: Enter a number."]]
    undone = studio.app.test_client().post(f"/api/v1/imports/{batch['id']}/undo", headers=studio.key())
    assert (undone.status_code, undone.json["state"]) == (202, "undoing")  # type: ignore[index]
    work(studio)
    assert get(studio, f"/{batch['id']}").json["undo"]["deleted"] == 1  # type: ignore[index]
    assert listed(studio)[0] == batch["id"]


def test_look_first_start_later(studio: Site) -> None:
    batch_id = upload(studio, "Name,What\na,2\n", start="0").json["id"]  # type: ignore[index]
    shown = get(studio, f"/{batch_id}/preview").json
    assert shown is not None
    assert [(each["header"], each["field"]) for each in shown["columns"]] == [("Name", "name"), ("What", "")]
    assert (shown["state"], shown["rows"], shown["problems"]) == ("uploaded", [{"row": 2, "cells": ["a", "2"]}], [])
    client = studio.app.test_client()
    path = f"/api/v1/imports/{batch_id}/start"
    assert client.post(path, json={"mapping": {"What": "hours"}, "dry_run": True}, headers=studio.key()).status_code == 202
    work(studio)
    assert get(studio, f"/{batch_id}").json["state"] == "ready"  # type: ignore[index]
    assert client.post(path, json={}, headers=studio.key()).json["mapping"] == {"Name": "name", "What": "hours"}  # type: ignore[index]
    assert client.post(path, json={}, headers=studio.key()).status_code == 409


@pytest.mark.parametrize(
    ("form", "status", "path"),
    [
        ({"entity": ""}, 422, "entity"),
        ({"entity": "studio.nothing"}, 404, None),
        ({"mode": "replace"}, 422, "mode"),
        ({"mapping": "{"}, 400, "mapping"),
        ({"mapping": '{"Nope": "name"}'}, 422, "mapping/Nope"),
        ({"mapping": "[]"}, 422, "mapping"),
        ({"dry_run": "perhaps"}, 400, "dry_run"),
        ({"encoding": "klingon"}, 422, "file"),
        ({"what": "1"}, 400, "what"),
    ],
)
def test_refusals_have_one_shape(studio: Site, form: dict[str, str], status: int, path: str | None) -> None:
    before = listed(studio)
    answer = upload(studio, "Name,Budget\nok,1\n", **form)
    assert answer.status_code == status, answer.text
    if path is not None:
        assert json.loads(answer.data)["errors"][0]["path"] == path
    assert listed(studio) == before


def test_without_file_and_without_right(studio: Site) -> None:
    headers = studio.key()
    assert studio.app.test_client().post("/api/v1/imports", data={"entity": PROJECT}, headers=headers).status_code == 422
    assert studio.app.test_client().post("/api/v1/imports", data={"entity": PROJECT}).status_code == 401
    studio.member("maker", roles=["studio.maker"])
    studio.member("other", roles=["studio.maker"])
    batch_id = upload(studio, "Name,Cost\na,1\n", "maker").json["id"]  # type: ignore[index]
    assert get(studio, f"/{batch_id}", "other").status_code == 404
    assert get(studio, f"/{batch_id}/errors.xlsx", "maker").status_code == 404
    assert upload(studio, "Name,City\na,b\n", "maker", entity="directory.company").status_code == 403


def test_the_same_upload_twice_is_one(studio: Site) -> None:
    first = upload(studio, "Name,Hours\na,1\n", headers={"Idempotency-Key": "k1"})
    second = upload(studio, "Name,Hours\na,1\n", headers={"Idempotency-Key": "k1"})
    assert first.json["id"] == second.json["id"]  # type: ignore[index]
    assert listed(studio).count(first.json["id"]) == 1  # type: ignore[index]
