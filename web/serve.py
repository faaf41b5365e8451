"""Serves the web application with granian: one process that accepts nothing itself, and `web_workers` forks of it."""

from __future__ import annotations

import gc
import multiprocessing
import socket
from collections.abc import Callable
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from runtime.orphan import end_with_parent
from runtime.settings import Settings
from runtime.start_errors import PortInUse
from runtime.tasks import set_senders

# How long a web process may take to answer what it has begun when it is told to stop.
STOP_GRACE_S = 15
# Connections waiting beyond those being answered.
BACKLOG = 1024
BACKPRESSURE = 128


def check_port(settings: Settings) -> None:
    """Refuse a port that somebody listens on. The server itself would not notice: its processes share their port."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise PortInUse(
                f"cannot listen on {settings.host}:{settings.port}: {error.strerror}; choose another with PORT=8001"
            ) from None


def serve(settings: Settings, load: Callable[[], Any]) -> None:
    """Serve until SIGTERM. `load` makes the WSGI application once, before the processes fork, and must not connect."""
    multiprocessing.set_start_method("fork", force=True)
    application = load()
    gc.freeze()

    def in_worker() -> Any:
        set_senders(settings)
        end_with_parent()
        return application

    server = Granian(
        "web.wsgi:app",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.web_workers,
        blocking_threads=settings.web_threads,
        backlog=BACKLOG,
        backpressure=BACKPRESSURE,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_GRACE_S,
        log_level=LogLevels.warning,
        log_dictconfig=_log_through_root(),
    )
    server.serve(target_loader=in_worker, wrap_loader=False)


def _log_through_root() -> dict[str, Any]:
    """Granian's log configuration, without handlers of its own."""
    loggers = {name: {"handlers": [], "level": "WARNING", "propagate": True} for name in ("_granian", "granian.access")}
    return {"formatters": {}, "handlers": {}, "loggers": loggers}
