"""The open list as a file."""

from __future__ import annotations

import io
import json
from urllib.parse import unquote

import pytest
from openpyxl import load_workbook

from tests.everything_app import directory_app, studio_app
from tests.web.site import Site


@pytest.fixture
def firm(site: Site) -> Site:
    site.install(directory_app(), studio_app())
    browser = site.browser()
    rows = [{"name": f"Firm {number}", "city": "Beijing" if number % 2 else "Shanghai"} for number in range(70)]
    answer = browser.client.post("/api/v1/records/directory.company", json={"records": rows}, headers=site.key())
    assert answer.status_code == 201, answer.text
    return site


def test_the_file_holds_what_the_list_shows_on_all_pages(firm: Site) -> None:
    tree = json.dumps({"field": "city", "op": "is", "value": "Beijing"})
    query = {"format": "csv", "filter": tree, "sort": "-name", "columns": "name,city"}
    answer = firm.browser().get("/exports/directory.company", query_string=query)
    lines = [line.partition(",") for line in answer.data.decode("utf-8-sig").splitlines()]
    assert lines[0][0] == "ID" and lines[0][2] == "Name,City", "the ID lets a changed file be imported again"
    assert [rest for _, _, rest in lines[1:]] == sorted((f"Firm {number},Beijing" for number in range(1, 70, 2)), reverse=True)
    disposition = unquote(answer.headers["Content-Disposition"])
    assert "attachment" in disposition and "Companies 2" in disposition and disposition.endswith(".csv")


def test_a_workbook_and_the_search(firm: Site) -> None:
    answer = firm.browser().get("/exports/directory.company?format=xlsx&columns=name&q=Firm+69")
    sheet = load_workbook(io.BytesIO(answer.data)).active
    assert [row[1].value for row in sheet.iter_rows()] == ["Name", "Firm 69"]


def test_who_may_not_read_gets_nothing(firm: Site) -> None:
    assert firm.browser("li").get("/exports/directory.company").status_code == 404
    assert firm.browser().get("/exports/directory.nothing").status_code == 404
    assert firm.browser().get("/exports/directory.company?format=pdf").status_code == 400
    assert firm.stranger().get("/exports/directory.company").status_code in (302, 303, 401)
