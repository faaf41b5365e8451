"""Structured logs: one line an event on standard error, from our code and from the libraries alike."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

from runtime.settings import Settings

_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]

# Without local variables: they hold passwords, keys and what people wrote.
_TRACEBACKS = structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False))


def configure_logs(settings: Settings, part: str) -> None:
    """Send all logging of this process to standard error. `part` is the name of the process: web, worker, run."""

    def add_part(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        event["part"] = part
        return event

    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_SHARED,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, add_part, *_renderers(settings.log_format)],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    # These tell at "info" what only their authors want to know.
    for noisy in ("alembic", "kombu", "celery.redirected", "amqp", "_granian", "granian.access"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))


def _renderers(log_format: str) -> list[Any]:
    if log_format == "text" or (log_format == "auto" and sys.stderr.isatty()):
        return [structlog.processors.format_exc_info, _text_line]
    return [_TRACEBACKS, structlog.processors.JSONRenderer(ensure_ascii=False)]


def _text_line(_logger: object, _method: str, event: structlog.typing.EventDict) -> str:
    """`12:00:01 warning worker  message key=value`; a traceback stays on the same line with escaped line ends."""
    time = str(event.pop("timestamp", ""))[11:19]
    level, part, message = event.pop("level", ""), event.pop("part", ""), event.pop("event", "")
    event.pop("logger", None)
    rest = " ".join(f"{key}={value!r}" for key, value in event.items())
    return f"{time} {level:7} {part:6} {message} {rest}".rstrip().replace("\n", "\\n")
