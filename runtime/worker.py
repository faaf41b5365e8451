"""The background worker: Celery with a pool of threads."""

from __future__ import annotations

from celery import Celery

from runtime.broker import celery_options, prepare_broker
from runtime.settings import Settings


def make_celery(settings: Settings) -> Celery:
    """The Celery application for these settings (database_url must be set)."""
    app = Celery("formloom")
    app.conf.update(celery_options(settings))
    return app


def run_worker(settings: Settings) -> None:
    """Work until SIGTERM; tasks that have begun are finished first."""
    prepare_broker(settings)
    app = make_celery(settings)
    worker = app.Worker(
        pool="threads",
        concurrency=settings.worker_threads,
        loglevel=settings.log_level.upper(),
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        quiet=True,
    )
    worker.start()
