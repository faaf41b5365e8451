from __future__ import annotations

import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from runtime.errors import Invalid
from runtime.exchange.cells import ColumnPlan, _number, read_moment
from runtime.exchange.csv_read import CsvSheet
from runtime.exchange.encoding import guess_encoding
from runtime.exchange.guess import find_header
from runtime.exchange.sheet import ReadOptions, open_sheet
from runtime.exchange.synonyms import GROUPS, plain_name
from tests.runtime.exchange.conftest import workbook

SIMPLIFIED = "客户名称,手机,城市\n云帆科技有限公司,13800138000,上海\n金额,备注,王小明\n"
TRADITIONAL = "客戶名稱,手機,城市\n雲帆科技有限公司,0912345678,臺北\n金額,備註,王小明\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gbk", "gb18030"])
def test_simplified_chinese_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes(SIMPLIFIED.encode(encoding))
    assert file.read_text(encoding=guess_encoding(file)).lstrip("\ufeff") == SIMPLIFIED


@pytest.mark.parametrize("encoding", ["utf-8", "big5", "gb18030", "utf-16"])
def test_traditional_chinese_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes(TRADITIONAL.encode(encoding))
    assert file.read_text(encoding=guess_encoding(file)).lstrip("\ufeff") == TRADITIONAL


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "，"])
def test_separators(tmp_path: Path, delimiter: str) -> None:
    file = tmp_path / "x.csv"
    file.write_text(f'name{delimiter}note\r\n"a{delimiter}b"{delimiter}"two\nlines"\r\n', encoding="utf-8")
    sheet = open_sheet(file, "x.csv")
    assert list(sheet.rows()) == [(1, ["name", "note"]), (2, [f"a{delimiter}b", "two\nlines"])]


def test_a_quotation_mark_that_is_never_closed_names_the_row(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text('a,b\n1,"' + "x" * 600_000, encoding="utf-8")
    with pytest.raises(Invalid) as caught:
        list(CsvSheet(file, "utf-8", ",").rows())
    assert caught.value.problems[0].params == {"row": 2}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\xd0\xcf\x11\xe0old excel", "unknown_format"),
        (b"%PDF-1.7", "unknown_format"),
        (b"PK\x03\x04 no archive", "broken_file"),
        (b"a," * 2_000 + b"\n", "too_many_columns"),
    ],
)
def test_what_is_no_table(tmp_path: Path, content: bytes, code: str) -> None:
    file = tmp_path / "x"
    file.write_bytes(content)
    with pytest.raises(Invalid) as caught:
        list(open_sheet(file, "x").rows())
    assert caught.value.problems[0].code == code


def test_a_small_archive_that_unpacks_to_much_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 60_000_000)
    with pytest.raises(Invalid) as caught:
        open_sheet(file, "bomb.xlsx")
    assert caught.value.problems[0].code == "too_large"


def test_workbooks_keep_row_numbers_and_columns(tmp_path: Path) -> None:
    file = tmp_path / "x.xlsx"
    file.write_bytes(workbook([[], [None, "name", "day", "n"], [None, "a", date(2026, 3, 5), 1.5], [], [None, "b", None, True]]))
    sheet = open_sheet(file, "x.xlsx", ReadOptions())
    rows = [(number, cells) for number, cells in sheet.rows() if any(cell != "" for cell in cells)]
    assert rows == [(2, ["", "name", "day", "n"]), (3, ["", "a", date(2026, 3, 5), 1.5]), (5, ["", "b", "", True])]


@pytest.mark.parametrize(
    ("cell", "order", "expected"),
    [
        ("05/03/2026", "dmy", "2026-03-05"),
        ("05/03/2026", "mdy", "2026-05-03"),
        ("5.3.26", "dmy", "2026-03-05"),
        ("5-3-1975", "dmy", "1975-03-05"),
        ("２０２６年３月５日", "dmy", "2026年3月5日"),
        ("26/3/5", "ymd", "2026-03-05"),
        ("20260305", "dmy", "2026-03-05"),
        (20260305.0, "dmy", "2026-03-05"),
        (46086.0, "dmy", date(2026, 3, 5)),
        ("46086", "dmy", date(2026, 3, 5)),
        (46086.4375, "dmy", datetime(2026, 3, 5, 10, 30)),
        ("5 Mar 2026", "dmy", "2026-03-05"),
        ("March 5, 2026", "dmy", "2026-03-05"),
        ("2026/3/5 下午3:05", "dmy", "2026/3/5 15:05"),
        ("5/3/2026 3:05 PM", "dmy", "2026-03-05 15:05"),
        ("tomorrow", "dmy", "tomorrow"),
        (0.5, "dmy", "0.5"),
    ],
)
def test_days(cell: Any, order: str, expected: Any) -> None:
    assert read_moment(cell, order) == expected


@pytest.mark.parametrize(
    ("cell", "plan", "expected"),
    [
        (0.1 + 0.2, ColumnPlan("n"), Decimal("0.3")),
        ("1.200,50", ColumnPlan("n", decimal_comma=True), "1200.50"),
        ("1,200.50", ColumnPlan("n"), "1,200.50"),
        (0.25, ColumnPlan("n", shares=True), Decimal("25.00")),
        ("25%", ColumnPlan("n", shares=True), "25%"),
        (True, ColumnPlan("n"), 1),
    ],
)
def test_numbers(cell: Any, plan: ColumnPlan, expected: Any) -> None:
    assert _number(cell, plan) == expected


def test_the_heading_is_found_below_a_title_and_missing_where_there_is_none() -> None:
    names = {"name": "name", "phone": "phone"}
    assert find_header([(1, ["Customers 2026", "", ""]), (2, ["", "", ""]), (3, ["Name", "X", "Phone"])], names)[0] == 3
    assert find_header([(1, ["甲", "乙", "丙"]), (2, ["1", "2", "3"])], names)[0] == 1
    assert find_header([(1, ["Wang", "13800138000"]), (2, ["Li", "13900139000"])], names) == (0, ["A", "B"])


def test_names_that_mean_the_same() -> None:
    assert plain_name("＊手机 号码（必填）") == "手机号码"
    assert GROUPS[plain_name("手机号码")] == GROUPS[plain_name("Mobile")]
    assert GROUPS[plain_name("负责人")] == GROUPS[plain_name("負責人")] == GROUPS[plain_name("Sales Rep")]


def test_no_word_stands_in_two_groups() -> None:
    from runtime.exchange import synonyms

    lines = synonyms._GROUPS.replace("\n ", " ").strip().splitlines()
    groups = [{plain_name(word) for word in line.split("|")} for line in lines]
    assert sum(len(group) for group in groups) == len(set().union(*groups))
