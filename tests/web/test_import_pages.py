"""Importing a file with a browser: what is shown on the way, and that nothing happens before it is asked for."""

from __future__ import annotations

import io
from typing import Any

import pytest
import sqlalchemy as sa

from runtime.exchange import job
from tests.everything_app import directory_app, studio_app
from tests.web.site import Browser, Site

GBK = "名称,城市,随便\n云帆,上海,1\n,北京,2\n天工,深圳,3\n".encode("gbk")


@pytest.fixture
def firm(site: Site) -> Site:
    site.install(directory_app(), studio_app())
    return site


def send(browser: Browser, content: bytes = GBK, name: str = "客户.csv") -> str:
    """Uploads a file; the address of its import."""
    answer = browser.post("/imports", {"entity": "directory.company", "file": (io.BytesIO(content), name)})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def work(site: Site) -> None:
    """All that waits is done: other tests of this database may have left imports behind."""
    assert job.work_once(site.engine)
    while job.work_once(site.engine):
        pass


def names(site: Site) -> list[str]:
    with site.engine.connect() as connection:
        statement = f'SELECT name FROM "ws_{site.workspace.key}".directory__company WHERE deleted_at IS NULL ORDER BY id'
        return list(connection.scalars(sa.text(statement)))


def columns(**more: Any) -> dict[str, Any]:
    return {"field_0": "name", "field_1": "city", "field_2": "", "mode": "create", "key": "", **more}


def test_from_the_file_to_the_list_and_back(firm: Site) -> None:
    browser = firm.browser()
    assert "Drop an Excel or CSV file here" in browser.get("/imports/new?entity=directory.company").text
    address = send(browser)
    page = browser.get(address).text
    assert "云帆" in page and "3 rows" in page
    assert '<option value="gb18030" selected>' in page
    assert '<option value="name" selected>' in page.replace("\n", "")
    browser.post(f"{address}/check", columns())
    assert "are being checked" in browser.get(address).text
    assert 'hx-trigger="every 700ms"' in browser.part(f"{address}/progress").text
    work(firm)
    assert browser.part(f"{address}/progress").headers["HX-Refresh"] == "true"
    checked = browser.get(address).text
    assert "Import 2 rows now" in checked and "would be new" in checked and "Please fill this in." in checked
    assert names(firm) == []
    workbook = browser.get(f"{address}/errors.xlsx")
    assert (
        workbook.data.startswith(b"PK")
        and f"import-{address.rsplit('/', 1)[1]}-errors.xlsx" in workbook.headers["Content-Disposition"]
    )
    browser.post(f"{address}/start")
    work(firm)
    assert names(firm) == ["云帆", "天工"]
    done = browser.get(address).text
    assert "/records/directory.company" in done and "Undo the import" in done
    assert "客户.csv" in browser.get("/imports").text
    browser.post(f"{address}/undo")
    work(firm)
    assert names(firm) == []
    assert "Moved to the recycle bin" in browser.get(address).text


def test_what_is_wrong_with_the_columns_is_said_with_labels(firm: Site) -> None:
    browser = firm.browser()
    address = send(browser)
    answer = browser.post(f"{address}/check", columns(field_0="", field_2="city"))
    assert answer.status_code == 422
    assert "The field “Name” must be filled in and has no column." in answer.text
    assert "Two columns belong to the field “City”." in answer.text
    assert '<option value="city" selected>' in answer.text.split('name="field_2"')[1].split("</select>")[0]
    again = browser.post(f"{address}/check", columns(mode="upsert", key="phone"))
    assert again.status_code == 422 and "Name the field by which records are found" in again.text
    assert '<option value="name" selected>' in browser.get(address).text, "what was refused is not kept"


def test_another_encoding_and_separator(firm: Site) -> None:
    browser = firm.browser()
    address = send(browser, "name|city\nMüller|Köln\n".encode("cp1252"), "a.csv")
    browser.post(f"{address}/read", {"encoding": "cp1252", "delimiter": "|"})
    page = browser.get(address).text
    assert "Müller" in page and "Köln" in page
    wrong = browser.post(f"{address}/read", {"encoding": "nonsense", "delimiter": "|"}, follow=True)
    assert "nonsense" in wrong.text and "is not known" in wrong.text


def test_dates_of_a_column_that_is_given_by_hand(firm: Site) -> None:
    browser = firm.browser()
    address = send(browser, b"name,thing\na,13/02/2026\n")
    answer = browser.part(f"{address}/columns/1?field_1=name")
    assert answer.status_code == 200 and "dates_1" not in answer.text
    assert browser.part(f"{address}/columns/1?field_1=nothing").text.strip() == ""


def test_what_is_no_table_is_refused_on_the_spot(firm: Site) -> None:
    browser = firm.browser()
    for content, name in ((b"%PDF-1.7", "a.pdf"), (b"", "a.csv"), (b"name\n", "a.csv")):
        answer = browser.post("/imports", {"entity": "directory.company", "file": (io.BytesIO(content), name)})
        assert answer.status_code == 422 and 'role="alert"' in answer.text
    assert browser.post("/imports", {"entity": "directory.company"}).status_code == 422
    assert browser.post("/imports", {"entity": "directory.nothing"}).status_code == 404


def test_imports_of_others_and_entities_that_are_closed(firm: Site) -> None:
    address = send(firm.browser())
    stranger = firm.browser("li")
    assert stranger.get(address).status_code == 404
    assert stranger.post(f"{address}/undo").status_code == 404
    assert stranger.get("/imports/new?entity=directory.company").status_code in (403, 404)
    assert "客户.csv" not in stranger.get("/imports").text


def test_a_started_import_is_not_started_again(firm: Site) -> None:
    browser = firm.browser()
    address = send(browser)
    browser.post(f"{address}/check", columns())
    assert browser.post(f"{address}/check", columns()).status_code == 409
    assert browser.post(f"{address}/read", {"encoding": "utf-8"}).status_code == 409
    work(firm)
