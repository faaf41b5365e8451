"""`formloom run` as people use it: real processes, signals, crashes."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import sqlalchemy as sa

from runtime import setup_token, site
from runtime.db import make_engine
from runtime.settings import Settings
from tests.infra.site_process import SiteProcess, free_port, name_of, run_command, wait_until

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A data folder that the database's own account can reach."""
    made = Path(tempfile.mkdtemp(prefix="formloom-site-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def running(folder: Path) -> Iterator[SiteProcess]:
    """A running site, shared by the tests of this file; those that end it start it again."""
    process = SiteProcess(folder, free_port()).start()
    yield process
    process.stop()


def query(folder: Path, statement: sa.Executable) -> list[sa.Row[tuple[object, ...]]]:
    """Run a statement in the running site's database."""
    engine = make_engine(site.running_database(Settings(data_dir=folder)))
    try:
        with engine.begin() as connection:
            result = connection.execute(statement)
            return list(result) if result.returns_rows else []
    finally:
        engine.dispose()


def test_the_first_start_prints_a_set_up_link(running: SiteProcess) -> None:
    wait_until(lambda: "/setup/" in running.output, "the link is printed")
    link = re.search(rf"http://127\.0\.0\.1:{running.port}/setup/(\S+)", running.output)
    assert link
    assert setup_token.verify(running.folder, link[1])
    assert link[1] not in (running.folder / setup_token.FILE).read_text()


def test_the_secret_key_is_for_the_owner_only(running: SiteProcess) -> None:
    assert (running.folder / "secret.key").stat().st_mode & 0o777 == 0o600


def test_a_second_start_on_the_same_data_is_refused(running: SiteProcess) -> None:
    second = run_command(running.folder, "run", PORT=str(free_port()))
    assert second.returncode == 2
    assert second.stderr.count("\n") == 1
    assert "already running" in second.stderr
    assert running.answers()


def test_a_busy_port_is_one_clear_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        refused = run_command(tmp_path, "run", PORT=port)
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert port in refused.stderr
    assert refused.stdout == ""


def test_crashed_parts_are_started_again(running: SiteProcess) -> None:
    web, worker = running.parts()
    web_processes = web.children()
    for victim in (web, worker):
        victim.send_signal(signal.SIGKILL)
    wait_until(lambda: len(running.parts()) == 2 and not {web, worker} & set(running.parts()), "both parts are new")
    wait_until(running.answers, "the site answers again")
    # The processes of the killed web part notice that they are alone.
    psutil.wait_procs(web_processes, timeout=60)
    assert not any(each.is_running() for each in web_processes)


def test_a_crashed_database_is_started_again(running: SiteProcess) -> None:
    database = running.database()
    database.send_signal(signal.SIGKILL)
    wait_until(lambda: any(name_of(each) == "postgres" and each != database for each in running.family()), "a new server")
    wait_until(running.answers, "the site answers again")


def test_data_survive_a_killed_supervisor_whose_parts_end(running: SiteProcess) -> None:
    values = sa.table("site", sa.column("key"), sa.column("value", sa.JSON), schema="formloom")
    query(running.folder, sa.insert(values).values(key="probe", value="kept"))
    family = running.family()
    assert running.stop(signal.SIGKILL) == -signal.SIGKILL
    # At once, while the parts of the killed one may still be ending.
    running.start()
    assert query(running.folder, sa.select(values.c.value).where(values.c.key == "probe")) == [("kept",)]
    psutil.wait_procs(family, timeout=60)
    assert not any(each.is_running() for each in family)


def test_a_backup_of_the_running_site_can_be_restored_when_it_is_stopped(running: SiteProcess, tmp_path: Path) -> None:
    values = sa.table("site", sa.column("key"), sa.column("value", sa.JSON), schema="formloom")
    query(running.folder, sa.insert(values).values(key="before", value="backup"))
    made = run_command(running.folder, "backup", str(tmp_path / "site.tar"))
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "site.tar").stat().st_mode & 0o777 == 0o600
    query(running.folder, sa.delete(values))
    refused = run_command(running.folder, "restore", str(tmp_path / "site.tar"))
    assert refused.returncode == 2
    assert "running" in refused.stderr
    running.stop()
    restored = run_command(running.folder, "restore", str(tmp_path / "site.tar"))
    assert restored.returncode == 0, restored.stderr
    running.start()
    assert query(running.folder, sa.select(values.c.value).where(values.c.key == "before")) == [("backup",)]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_ends_every_process(running: SiteProcess, number: int) -> None:
    if running.process is None or running.process.poll() is not None:
        running.start()
    family = running.family()
    assert running.stop(number) == 0
    assert not any(each.is_running() for each in family)
    assert "Formloom has stopped" in running.output
