from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from python_calamine import CalamineWorkbook

from runtime.context import Actor
from runtime.errors import Conflict, Forbidden, Invalid, NotFound
from runtime.exchange import batches, importing, job, undo
from runtime.exchange.error_sheet import error_workbook
from runtime.records import write
from tests.runtime.exchange.conftest import Site, workbook

PROJECT = "studio.project"
COMPANY = "directory.company"
TAG = "studio.tag"


def codes(batch: Any) -> list[tuple[int, str, str]]:
    return [(each["row"], each["field"], each["code"]) for each in batch.errors]


def test_a_chinese_table_finds_its_fields_by_itself(site: Site) -> None:
    owner = site.person("王小明")
    with site.context() as ctx:
        company = write.create(ctx, COMPANY, {"name": "云帆科技"}).id
        write.create_many(ctx, TAG, [{"name": "大客户"}, {"name": "新"}])
    text = (
        "2026年项目清单,,,,,,,,,\n"
        "名称*,预算（元）,截止日期,加急,阶段,渠道,负责人,公司,标签,联系电话\n"
        "展厅,\"￥1,200.50\",2030年3月5日,是,草稿,网站、展会,王小明,云帆科技,大客户;新,１３８００１３８０００\n"
        f"官网,3.5万,2030/12/31,否,draft,fair,Admin,{company},新,\n"
    )  # fmt: skip
    batch_id = site.upload(PROJECT, text.encode("gb18030"), "项目.csv")
    with site.context() as ctx:
        shown = importing.preview(ctx, batch_id)
    assert shown.header_row == 2
    assert shown.problems == ()
    assert {each.header: each.field for each in shown.columns} == {
        "名称*": "name", "预算（元）": "budget", "截止日期": "due", "加急": "urgent", "阶段": "stage", "渠道": "channels",
        "负责人": "owner", "公司": "company", "标签": "tags", "联系电话": "phone",
    }  # fmt: skip
    batch = site.run(batch_id)
    assert (batch.state, batch.created, batch.failed, batch.total) == ("done", 2, 0, 2), batch.errors
    (first, second) = site.rows(PROJECT, "name", "budget", "due", "urgent", "stage", "channels", "owner", "phone", "number")
    assert first[:6] == ("展厅", Decimal("1200.50"), date(2030, 3, 5), True, "draft", ["web", "fair"])
    assert first[6:8] == (owner.user_id, "+8613800138000")
    assert second[1] == Decimal("35000.00")
    assert second[6] == site.place.admin_id
    with site.context() as ctx:
        link = ctx.catalog.entity(PROJECT).fields["tags"].link
        assert link is not None
        assert len(ctx.connection.execute(link.select()).all()) == 3


def test_errors_name_row_column_and_value_and_the_rest_is_saved(site: Site) -> None:
    site.person("Twin")
    site.person("Twin")
    text = "Name,Budget,Owner,Company,Code\nok,1,,,\n,2,,,\nbad,x,Nobody,Nowhere,\ntwin,,Twin,,c\nsame,,,,c\nok2,3,,,d\n"
    batch = site.run(site.upload(PROJECT, text))
    assert (batch.state, batch.created, batch.failed, batch.done) == ("done", 3, 3, 6)
    assert codes(batch) == [
        (3, "name", "required"), (4, "owner", "not_found"), (4, "company", "not_found"),
        (4, "budget", "not_a_number"), (5, "owner", "ambiguous"),
    ]  # fmt: skip
    assert batch.errors[1]["column"] == "Owner"
    assert batch.errors[1]["value"] == "Nobody"
    with site.context() as ctx:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(error_workbook(ctx, batch.id))).get_sheet_by_index(0).to_python()
    assert sheet[0] == ["Name", "Budget", "Owner", "Company", "Code", "What is wrong"]
    assert [row[0] for row in sheet[1:]] == ["", "bad", "twin"]
    assert "Nobody" in sheet[2][5]


def test_a_dry_run_finds_everything_and_keeps_nothing(site: Site) -> None:
    with site.context() as ctx:
        before = write.create(ctx, PROJECT, {"name": "before"}).id
    text = "Name,Budget,Code\na,1,x\nb,zz,y\nc,2,x\n"
    batch_id = site.upload(PROJECT, text)
    batch = site.run(batch_id, dry_run=True)
    assert (batch.state, batch.created, batch.failed) == ("ready", 1, 2)
    assert codes(batch) == [(3, "budget", "not_a_number"), (4, "code", "unique")]
    assert site.rows(PROJECT, "id") == [(before,)]
    batch = site.run(batch_id)
    assert (batch.state, batch.created, batch.failed) == ("done", 1, 2)
    first, second = (int(number[-4:]) for (number,) in site.rows(PROJECT, "number"))
    assert second == first + 1  # the dry run took no number


def test_repeats_across_the_batches_of_a_dry_run(site: Site) -> None:
    lines = [f"n{number}" for number in range(1_500)] + ["n3"]
    batch = site.run(site.upload(TAG, "name,x\n" + "".join(f"{line},1\n" for line in lines)), dry_run=True)
    assert (batch.created, batch.failed) == (1_500, 1)
    assert codes(batch) == [(1_502, "name", "unique")]


def test_upsert_and_update_by_key(site: Site) -> None:
    with site.context() as ctx:
        write.create(ctx, PROJECT, {"name": "old", "code": "a", "hours": 5})
    text = "Name,Code,Hours\nnew,a,\nmade,b,2\n"
    batch = site.run(site.upload(PROJECT, text), mode="upsert", key="code")
    assert (batch.created, batch.updated, batch.failed) == (1, 1, 0), batch.errors
    assert site.rows(PROJECT, "name", "hours") == [("new", Decimal("5.0")), ("made", Decimal("2.0"))]
    batch = site.run(site.upload(PROJECT, text), mode="update", key="code", clear_blank=True)
    assert (batch.updated, batch.skipped) == (1, 1)
    assert site.rows(PROJECT, "hours")[0] == (None,)
    batch = site.run(site.upload(PROJECT, "Name,Code\nx,nope\n"), mode="update", key="code")
    assert codes(batch) == [(2, "code", "not_found")]


def test_the_order_of_dates_is_told_by_the_whole_column(site: Site) -> None:
    text = "Name,Due\n" + "".join(f"p{number},0{number}/02/2030\n" for number in range(1, 10)) + "last,01/25/2030\n"
    batch_id = site.upload(PROJECT, text)
    batch = site.run(batch_id)
    assert batch.columns[1]["date_order"] == "mdy"
    assert site.rows(PROJECT, "due")[0] == (date(2030, 1, 2),)
    with site.context() as ctx:
        unclear = importing.upload(ctx, PROJECT, io.BytesIO(b"Name,Due\na,01/02/2030\n"), "x.csv")
        assert importing.preview(ctx, unclear).columns[1].ambiguous_dates
    site.run(unclear, mapping={"Due": {"field": "due", "date_order": "mdy"}})
    assert site.rows(PROJECT, "due")[-1] == (date(2030, 1, 2),)


def test_workbooks(site: Site) -> None:
    rows = [
        ["Name", "Due", "Phone", "Progress", "Budget"],
        ["a", 47547.0, 13800138000, 0.25, 0.1 + 0.2],
        ["b", "05.03.2030", "139 0013 9000", 1, 7],
    ]
    batch = site.run(site.upload(PROJECT, workbook(rows, {1: "yyyy-mm-dd"}), "x.xlsx"))
    assert (batch.created, batch.failed) == (2, 0), batch.errors
    assert site.rows(PROJECT, "due", "phone", "progress", "budget") == [
        (date(2030, 3, 5), "+8613800138000", Decimal(25), Decimal("0.30")),
        (date(2030, 3, 5), "+8613900139000", Decimal(100), Decimal("7.00")),
    ]


def test_columns_without_a_telling_name_are_known_by_their_values(site: Site) -> None:
    text = "Name,c1,c2,c3\n" + "".join(f"p{n},1380013800{n},p{n}@example.com,{'网站' if n % 2 else 'fair'}\n" for n in range(5))
    with site.context() as ctx:
        columns = importing.preview(ctx, site.upload(PROJECT, text)).columns
    assert [(each.field, each.reason) for each in columns] == [
        ("name", "name"), ("phone", "values"), ("email", "values"), ("channels", "values"),
    ]  # fmt: skip


def test_mapping_by_a_person(site: Site) -> None:
    batch_id = site.upload(PROJECT, "Name,What\na,b\n")
    with pytest.raises(Invalid) as caught:
        site.run(batch_id, mapping={"What": "nothing", "Where": "name"})
    assert {each.code for each in caught.value.problems} == {"unknown_field", "unknown_column"}
    site.run(batch_id, mapping={"Name": None, "B": "name"})
    assert site.rows(PROJECT, "name") == [("b",)]


@pytest.mark.parametrize(
    ("text", "options", "code"),
    [
        ("Budget,Hours\n1,2\n", {}, "required"),
        ("Name,Hours\n1,2\n", {"mode": "upsert"}, "required"),
        ("Name,Hours\n1,2\n", {"mode": "replace"}, "not_a_choice"),
        ("x1,x2\n1,2\n", {}, "nothing_mapped"),
        ("Name,Number\n1,2\n", {}, "read_only"),
    ],
)
def test_what_cannot_start(site: Site, text: str, options: dict[str, Any], code: str) -> None:
    batch_id = site.upload(PROJECT, text)
    with pytest.raises(Invalid) as caught:
        site.run(batch_id, **options)
    assert code in {each.code for each in caught.value.problems}


def test_rights(site: Site) -> None:
    maker, nobody = site.person("M", "studio.maker"), site.person("N")
    text = "Name,Budget,Cost\na,1,2\n"
    with pytest.raises(NotFound):
        site.upload(PROJECT, text, actor=nobody)
    with pytest.raises(Forbidden):
        site.upload(COMPANY, "name,city\na,b\n", actor=maker)
    batch_id = site.upload(PROJECT, text, actor=maker)
    with site.context(maker) as ctx:
        assert [each.field for each in importing.preview(ctx, batch_id).columns] == ["name", "", ""]
    with site.context(site.person("O", "studio.maker")) as ctx, pytest.raises(NotFound):
        importing.preview(ctx, batch_id)
    batch = site.run(batch_id, actor=maker)
    assert batch.created == 1
    assert site.rows(PROJECT, "created_by", "owner", "budget") == [(maker.user_id, maker.user_id, None)]


def test_a_started_import_does_not_start_again(site: Site) -> None:
    batch_id = site.upload(PROJECT, "Name,Hours\na,1\n")
    site.run(batch_id)
    with pytest.raises(Conflict):
        site.run(batch_id)


def everything_waiting(site: Site) -> None:
    """Works on all that waits: other tests of this database may have left imports behind."""
    assert job.work_once(site.engine)
    while job.work_once(site.engine):
        pass


def test_undo(site: Site) -> None:
    with site.context() as ctx:
        write.create_many(ctx, PROJECT, [{"name": "one", "code": "1", "hours": 1}, {"name": "two", "code": "2", "hours": 2}])
    text = "Name,Code,Hours\nONE,1,10\nTWO,2,20\nthree,3,3\nfour,4,4\n"
    batch = site.run(site.upload(PROJECT, text), mode="upsert", key="code")
    ids = [identity for (identity,) in site.rows(PROJECT, "id")]
    with site.context() as ctx:
        write.update(ctx, PROJECT, ids[1], {"hours": 21})
        write.update(ctx, PROJECT, ids[3], {"notes": "mine"})
        undo.start_undo(ctx, batch.id)
    everything_waiting(site)
    done = site.batch(batch.id)
    assert done.state == "undone"
    assert site.rows(PROJECT, "name", "hours") == [("one", Decimal("1.0")), ("two", Decimal("21.0")), ("four", Decimal("4.0"))]
    report = done.options["undo"]
    assert (report["deleted"], report["reverted"]) == (1, 2)
    assert report["kept"] == [{"id": ids[3], "reason": "changed_since"}]
    with site.context() as ctx, pytest.raises(Conflict):
        undo.start_undo(ctx, batch.id)


def test_what_automations_did_does_not_hold_up_an_undo(site: Site) -> None:
    batch = site.run(site.upload(PROJECT, "Name,Hours\none,1\ntwo,2\n"))
    first = site.rows(PROJECT, "id")[0][0]
    with site.context(Actor("automation", name="Rating", is_admin=True)) as ctx:
        write.update(ctx, PROJECT, first, {"notes": "rated"})
    with site.context() as ctx:
        undo.start_undo(ctx, batch.id)
    everything_waiting(site)
    assert site.rows(PROJECT, "id") == []
    assert site.batch(batch.id).options["undo"]["kept"] == []


def test_a_killed_run_goes_on_where_it_stood(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "name,x\n" + "".join(f"t{number},1\n" for number in range(3_500))
    batch_id = site.upload(TAG, text)
    with site.context() as ctx:
        importing.start(ctx, batch_id)

    class Killed(BaseException):
        pass

    real = job.batches.set_batch
    steps = []

    def dies_in_the_third(*args: Any, **values: Any) -> None:
        real(*args, **values)
        if "cursor" in values:
            steps.append(values["cursor"])
            if len(steps) == 3:
                raise Killed

    monkeypatch.setattr(job.batches, "set_batch", dies_in_the_third)
    with pytest.raises(Killed):
        job.run_batch(site.engine, batch_id)
    monkeypatch.undo()
    assert len(site.rows(TAG, "id")) == 2_000
    everything_waiting(site)
    batch = site.batch(batch_id)
    assert (batch.state, batch.created, batch.done) == ("done", 3_500, 3_500)
    assert [name for (name,) in site.rows(TAG, "name")] == [f"t{number}" for number in range(3_500)]


def test_two_workers_do_not_double_a_row(site: Site) -> None:
    batch_id = site.upload(TAG, "name,x\n" + "".join(f"t{number},1\n" for number in range(2_500)))
    with site.context() as ctx:
        importing.start(ctx, batch_id)
    seen: list[int] = []

    def second_worker(done: int) -> None:
        seen.append(done)
        if done == 1_000:
            job.run_batch(site.engine, batch_id)

    job.run_batch(site.engine, batch_id, second_worker)
    assert seen == [1_000]
    assert site.batch(batch_id).created == len(site.rows(TAG, "id")) == 2_500


def test_hostile_cells_are_errors(site: Site) -> None:
    text = (
        "Name\x00,Owner,Code,Hours,Due\na\x00b,c\x00d,x\x00,NaN,10000-01-01\n" + "y" * 300 + ",,=1+1,1e400,99999999999\nok,,,,\n"
    )
    batch = site.run(site.upload(PROJECT, text), mapping={"A": "name"})
    assert (batch.state, batch.created, batch.failed) == ("done", 1, 2), batch.reason
    assert {(each["row"], each["field"]) for each in batch.errors} == {
        (2, "name"), (2, "owner"), (2, "code"), (2, "hours"), (2, "due"), (3, "name"), (3, "hours"), (3, "due"),
    }  # fmt: skip
    with site.context() as ctx:
        assert error_workbook(ctx, batch.id).startswith(b"PK")


def test_a_file_that_breaks_half_way_keeps_what_was_saved_and_goes_on(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    batch_id = site.upload(TAG, "name,x\n" + "".join(f"t{number},1\n" for number in range(1_200)))
    real = write.save_rows

    def breaks(*args: Any, **options: Any) -> Any:
        if len(args[2]) == 200:
            raise RuntimeError("broken")
        return real(*args, **options)

    monkeypatch.setattr(job.write, "save_rows", breaks)
    batch = site.run(batch_id)
    assert (batch.state, batch.reason, batch.created) == ("failed", "Internal error: RuntimeError", 1_000)
    monkeypatch.undo()
    with site.context() as ctx, pytest.raises(Conflict):
        importing.start(ctx, batch_id, dry_run=True)
    batch = site.run(batch_id)
    assert (batch.state, batch.created, len(site.rows(TAG, "id"))) == ("done", 1_200, 1_200)


def test_somebody_who_left_imports_nothing(site: Site) -> None:
    maker = site.person("M", "studio.maker")
    batch_id = site.upload(PROJECT, "Name,Hours\na,1\n", actor=maker)
    with site.context(maker) as ctx:
        importing.start(ctx, batch_id)
        ctx.connection.execute(sa.text("UPDATE formloom.member SET active = false WHERE user_id = :id"), {"id": maker.user_id})
        ctx.connection.execute(
            sa.text("UPDATE formloom.workspace SET revision = revision + 1 WHERE id = :id"), {"id": ctx.workspace.id}
        )
    job.run_batch(site.engine, batch_id)
    batch = site.batch(batch_id)
    assert batch.state == "failed"
    assert "no longer there" in str(batch.reason)
    assert site.rows(PROJECT, "id") == []


def test_files_of_ended_imports_are_forgotten(site: Site) -> None:
    kept = site.upload(PROJECT, "Name,Hours\na,1\n")
    gone = site.upload(PROJECT, "Name,Hours\n,1\n")
    site.run(gone)
    with site.context() as ctx:
        importing.start(ctx, kept)
        assert batches.forget_old_files(ctx.connection, ctx.now) == 1
        with pytest.raises(NotFound):
            error_workbook(ctx, gone)
    job.run_batch(site.engine, kept)
    assert site.batch(kept).created == 1
