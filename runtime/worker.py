"""The background worker: Celery with a pool of threads."""

from __future__ import annotations

import signal
import warnings

from celery import Celery
from celery.platforms import EX_OK, SecurityWarning
from celery.signals import worker_ready
from celery.worker import state

from runtime.broker import celery_options, prepare_broker
from runtime.settings import Settings


def make_celery(settings: Settings) -> Celery:
    """The Celery application for these settings (database_url must be set)."""
    app = Celery("formloom")
    app.conf.update(celery_options(settings))
    return app


def run_worker(settings: Settings) -> None:
    """Work until SIGTERM; tasks that have begun are finished first."""
    # Celery warns of root because of pickled messages; ours are JSON wake-ups without content.
    warnings.filterwarnings("ignore", category=SecurityWarning)
    prepare_broker(settings)
    app = make_celery(settings)
    worker_ready.connect(_stop_quietly)
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


def _stop_quietly(**_: object) -> None:
    """Stop like Celery's own handler, without its words on standard output."""

    def stop(*_: object) -> None:
        state.should_stop = EX_OK

    signal.signal(signal.SIGTERM, stop)
