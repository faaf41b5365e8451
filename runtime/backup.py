"""A whole site in one file and back: a tar of pg_dump's archive, the stored files and the secret key."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

import sqlalchemy as sa

from runtime import clock, site
from runtime.broker import SCHEMA as QUEUE_SCHEMA
from runtime.db import PLATFORM_SCHEMA, make_engine
from runtime.postgres_files import find_binaries
from runtime.settings import Settings
from runtime.start_errors import CannotStart

FORMAT = 1
FILES = "files"
KEY = "secret.key"
DUMP = "database.dump"
MANIFEST = "formloom-backup.json"


class BackupProblem(CannotStart):
    """A backup cannot be made or restored; the message is one sentence."""


def write_backup(settings: Settings, url: str, target: Path) -> int:
    """Write everything of the site to `target` (mode 0600; replaced only when complete). Returns its size in bytes.

    url: SQLAlchemy URL of the site's database, which may be in use meanwhile: the dump is one snapshot
    """
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with tempfile.TemporaryDirectory() as folder:
            dump = Path(folder) / DUMP
            exclude = [f"--exclude-schema={QUEUE_SCHEMA}", "--exclude-schema=public"]
            options = ["--format=custom", "--no-owner", "--no-privileges", "--no-comments"]
            _run("pg_dump", url, *options, *exclude, f"--file={dump}")
            descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file, tarfile.open(fileobj=file, mode="w") as archive:
                _add_manifest(archive, url)
                archive.add(dump, DUMP)
                for name in (KEY, FILES):
                    if (settings.data_dir / name).exists():
                        archive.add(settings.data_dir / name, name)
        partial.replace(target)
    except OSError as error:
        raise BackupProblem(f"the backup cannot be written to {target}: {error.strerror or error}") from None
    finally:
        partial.unlink(missing_ok=True)
    return target.stat().st_size


def _add_manifest(archive: tarfile.TarFile, url: str) -> None:
    engine = make_engine(url)
    with engine.connect() as connection:
        revision = site.current_revision(connection)
    engine.dispose()
    content = json.dumps({"format": FORMAT, "revision": revision, "made_at": clock.now().isoformat()}).encode()
    entry = tarfile.TarInfo(MANIFEST)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))


def restore_backup(settings: Settings, url: str, source: Path) -> None:
    """Replace the site's data by that of the backup. The database is replaced in one transaction: all of it or nothing."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            with tarfile.open(source) as archive:
                archive.extractall(folder, filter="data")
            manifest = json.loads((folder / MANIFEST).read_text())
        except (OSError, tarfile.TarError, ValueError):
            raise BackupProblem(f"{source} is not a backup of Formloom") from None
        _refuse_newer(manifest)
        _replace_database(url, folder)
        _replace_files(settings, folder)
    site.migrate(url)


def _refuse_newer(manifest: dict[str, object]) -> None:
    if manifest.get("format") != FORMAT or str(manifest.get("revision") or "") > str(site.newest_revision() or ""):
        raise BackupProblem("the backup comes from a newer version of Formloom; update Formloom first")


def _replace_database(url: str, folder: Path) -> None:
    script = folder / "restore.sql"
    _run("pg_restore", None, "--no-owner", "--no-privileges", "--no-comments", f"--file={script}", str(folder / DUMP))
    drop = folder / "drop.sql"
    drop.write_text("".join(f"DROP SCHEMA {quoted} CASCADE;\n" for quoted in _schemas(url)))
    _run("psql", url, "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", "--output=/dev/null",
         f"--file={drop}", f"--file={script}")  # fmt: skip


def _schemas(url: str) -> list[str]:
    """The site's own schemas, quoted for SQL."""
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            quote = connection.dialect.identifier_preparer.quote_identifier
            names = sa.inspect(connection).get_schema_names()
            return [quote(name) for name in names if name == PLATFORM_SCHEMA or name.startswith("ws_")]
    finally:
        engine.dispose()


def _replace_files(settings: Settings, folder: Path) -> None:
    if (folder / FILES).exists():
        shutil.rmtree(settings.data_dir / FILES, ignore_errors=True)
        shutil.copytree(folder / FILES, settings.data_dir / FILES)
    if (folder / KEY).exists():
        partial = settings.data_dir / f"{KEY}.restored"
        shutil.copyfile(folder / KEY, partial)
        partial.chmod(0o600)
        partial.replace(settings.data_dir / KEY)


def _run(program: str, url: str | None, *arguments: str) -> None:
    """Run one of PostgreSQL's programs on the database at `url`; the password travels in its environment."""
    command = [str(find_binaries() / program), *arguments]
    environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C"}
    if url is not None:
        parsed = sa.make_url(url)
        environment["PGPASSWORD"] = parsed.password or ""
        plain = sa.URL.create("postgresql", parsed.username, None, parsed.host, parsed.port, parsed.database, parsed.query)
        command.append(f"--dbname={plain.render_as_string()}")
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment, check=False)
    if result.returncode:
        reason = (result.stderr.strip().splitlines() or ["no message"])[0]
        raise BackupProblem(f"{program} failed: {reason}")
