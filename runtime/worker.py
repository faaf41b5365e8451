"""The background worker: Celery with a pool of threads for the wake-ups, and the station that does the work."""

from __future__ import annotations

import signal
import time
import warnings
from collections.abc import Callable

import sqlalchemy as sa
from celery import Celery
from celery.platforms import EX_OK, SecurityWarning
from celery.signals import worker_ready
from celery.worker import state

from runtime import tasks
from runtime.automations.station import Station, set_station
from runtime.broker import celery_options, forget_delivered, prepare_broker
from runtime.db import make_engine
from runtime.exchange.desk import ImportDesk, set_desk
from runtime.housekeeping import HourlyHouse
from runtime.mail import mail_sender
from runtime.schema.desk import SchemaDesk
from runtime.settings import Settings

_FORGET_EVERY_S = 20.0


def make_celery(settings: Settings) -> Celery:
    """The Celery application for these settings (database_url must be set). It knows the tasks of `runtime.tasks`."""
    app = Celery("formloom", include=[tasks.__name__])
    app.conf.update(celery_options(settings))
    return app


def run_worker(settings: Settings) -> None:
    """Work until SIGTERM; what has begun is finished first."""
    # Celery warns of root because of pickled messages; ours are JSON wake-ups without content.
    warnings.filterwarnings("ignore", category=SecurityWarning)
    prepare_broker(settings)
    # Two turns of the pump, the poller's own and the senders need a connection each.
    engine = make_engine(str(settings.database_url), pool_size=settings.database_pool, application_name="formloom-worker")
    station = Station(engine, mail_sender(settings), chores=_chores(settings, engine))
    set_station(station)
    station.start()
    desk = ImportDesk(engine)
    set_desk(desk)
    desk.start()
    tables = SchemaDesk(engine)
    tables.start()
    worker_ready.connect(_stop_quietly)
    worker = make_celery(settings).Worker(
        pool="threads",
        concurrency=settings.worker_threads,
        loglevel=settings.log_level.upper(),
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        quiet=True,
    )
    try:
        worker.start()
    finally:
        desk.stop()
        tables.stop()
        station.stop()
        engine.dispose()


def _stop_quietly(**_: object) -> None:
    """Stop like Celery's own handler, without its words on standard output."""

    def stop(*_: object) -> None:
        state.should_stop = EX_OK

    signal.signal(signal.SIGTERM, stop)


def _chores(settings: Settings, engine: sa.Engine) -> Callable[[], None]:
    """What the poller does beside the pump: housekeeping; and kombu keeps delivered messages in the database until somebody deletes them."""
    done_at = time.monotonic()
    house = HourlyHouse(engine)

    def chores() -> None:
        nonlocal done_at
        house()
        if settings.redis_url is None and time.monotonic() - done_at >= _FORGET_EVERY_S:
            done_at = time.monotonic()
            forget_delivered(engine)

    return chores
