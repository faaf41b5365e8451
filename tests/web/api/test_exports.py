"""Exports over HTTP: formats, rights, formulas in cells, and a stream that does not grow."""

from __future__ import annotations

import csv
import io
import json
from typing import Any
from urllib.parse import quote

import pytest
from openpyxl import load_workbook

from runtime.exchange.exporting import safe_cell
from tests.web.api.conftest import Call

PROJECTS = "/records/studio.project"
EXPORT = "/exports/studio.project"
HOSTILE = ("=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "  =1+1", "＝1+1", "\u00a0=1")


def only(name: str) -> str:
    return "filter=" + quote(json.dumps({"field": "code", "op": "starts_with", "value": name}))


def table(response: Any) -> list[list[str]]:
    assert response.status_code == 200, response.text
    return list(csv.reader(io.StringIO(response.data.decode("utf-8-sig"))))


@pytest.fixture(scope="module")
def exported(call: Call) -> None:
    company = call("POST", "/records/directory.company", json={"name": "云帆"}).json["id"]
    for number, name in enumerate(HOSTILE):
        values = {
            "name": name,
            "code": f"ex{number}",
            "company": company,
            "budget": "1234.50",
            "phone": "13800138000",
            "channels": ["web", "fair"],
        }
        assert call("POST", PROJECTS, json=values).status_code == 201


@pytest.mark.usefixtures("exported")
def test_csv_has_labels_titles_and_no_formulas(call: Call) -> None:
    response = call("GET", f"{EXPORT}?format=csv&{only('ex')}&sort=code&fields=name,company,owner,budget,phone,channels,urgent")
    assert response.mimetype == "text/csv" and "project.csv" in response.headers["Content-Disposition"]
    heading, *rows = table(response)
    assert heading == ["ID", "Name", "Company", "Owner", "Budget", "Phone", "Channels", "Urgent"] or heading[1:] == [
        "Name",
        "Company",
        "Owner",
        "Budget",
        "Phone",
        "Channels",
        "Urgent",
    ]
    assert len(rows) == len(HOSTILE)
    for row in rows:
        assert row[1].startswith("'")
        assert row[2:] == ["云帆", "Admin", "1234.50", "+8613800138000", "Web, Fair", "no"]


@pytest.mark.usefixtures("exported")
def test_xlsx_keeps_numbers_and_texts_apart(call: Call) -> None:
    response = call("GET", f"{EXPORT}?format=xlsx&{only('ex')}&sort=code&fields=name,budget")
    sheet = load_workbook(io.BytesIO(response.data)).active
    rows = list(sheet.iter_rows(min_row=2))
    assert [row[1].value for row in rows] == [name.strip() if name.strip() else name for name in HOSTILE]
    assert all(row[1].data_type == "s" and row[2].value == 1234.5 for row in rows)


@pytest.mark.usefixtures("exported")
def test_json_lines_are_the_records_of_the_list(call: Call) -> None:
    response = call("GET", f"{EXPORT}?format=jsonl&{only('ex')}&sort=code")
    lines = [json.loads(line) for line in response.data.splitlines()]
    assert lines == call("GET", f"{PROJECTS}?{only('ex')}&sort=code").json["records"]


def test_an_empty_export_has_its_heading(call: Call) -> None:
    assert len(table(call("GET", f"{EXPORT}?{only('nobody')}&fields=name"))) == 1
    assert call("GET", f"{EXPORT}?format=jsonl&{only('nobody')}").data == b""


def test_malformed_exports_are_refused(call: Call) -> None:
    for query in ("format=pdf", "fields=nope", "filter=x", "limit=5", "q=%00"):
        assert call("GET", f"{EXPORT}?{query}").status_code == 400, query
    assert call("GET", "/exports/studio.nope").status_code == 404


@pytest.mark.parametrize("text", HOSTILE)
def test_what_looks_like_a_formula_is_quoted(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


def test_other_texts_stay() -> None:
    for text in ("", " ", "a=b", "+8613800138000", "1-2", "云帆"):
        assert safe_cell(text) == text
