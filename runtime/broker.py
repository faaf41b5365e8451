"""Where Celery's messages travel: Redis when there is one, otherwise the site's own PostgreSQL.

Messages are wake-ups only (the truth is in rows), so the broker is tuned for little work and nothing is kept.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from runtime.settings import Settings

SCHEMA = "formloom_queue"
# How often a worker asks the database for messages while there are none; with Redis it is told at once.
POLLING_INTERVAL_S = 0.1


def broker_url(settings: Settings) -> str:
    """The URL for Celery. On PostgreSQL the messages live in a schema of their own."""
    if settings.redis_url:
        return settings.redis_url
    url = sa.make_url(str(settings.database_url)).update_query_dict({"options": f"-csearch_path={SCHEMA}"})
    return f"sqla+{url.render_as_string(hide_password=False)}"


def celery_options(settings: Settings) -> dict[str, Any]:
    """Celery settings shared by those who send and those who work."""
    if not settings.redis_url:
        _poll_gently()
    return {
        "broker_url": broker_url(settings),
        "broker_connection_retry_on_startup": True,
        # A web request must not wait for a broker that is away: the worker looks at the rows by itself as well.
        "broker_transport_options": {"socket_timeout": 5, "socket_connect_timeout": 2}
        if settings.redis_url
        else {"pool_size": 2},
        "task_ignore_result": True,
        "task_store_errors_even_if_ignored": False,
        "task_publish_retry": False,
        "worker_prefetch_multiplier": 1,
        "worker_enable_remote_control": False,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        "task_serializer": "json",
        "accept_content": ["json"],
        "timezone": "UTC",
    }


def _poll_gently() -> None:
    from kombu.transport.sqlalchemy import Transport

    # Not a transport option: kombu hands unknown options to create_engine, which refuses them.
    Transport.polling_interval = POLLING_INTERVAL_S


def prepare_broker(settings: Settings) -> None:
    """Make the schema of the messages and drop what was delivered; kombu keeps delivered messages for ever."""
    if settings.redis_url:
        return
    engine = sa.create_engine(str(settings.database_url), poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.schema.CreateSchema(SCHEMA, if_not_exists=True))
    forget_delivered(engine)


def forget_delivered(engine: sa.Engine) -> None:
    """Delete messages that were delivered; to be called now and then by the worker."""
    message = sa.table("kombu_message", sa.column("visible"), schema=SCHEMA)
    with engine.begin() as connection:
        if connection.scalar(sa.select(sa.func.to_regclass(f"{SCHEMA}.kombu_message"))) is not None:
            connection.execute(sa.delete(message).where(message.c.visible.is_(False)))
