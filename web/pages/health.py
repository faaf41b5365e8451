"""Answers for machines: is this process alive, can it work, what has it done."""

from __future__ import annotations

import time

import sqlalchemy as sa
from flask import Blueprint, Response, g, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from web import request_context

blueprint = Blueprint("health", __name__)
QUIET = frozenset({"health.healthz", "health.readyz", "health.metrics", "assets.built", "assets.texts"})

registry = CollectorRegistry()
ProcessCollector(registry=registry)
PlatformCollector(registry=registry)
_requests = Counter(
    "formloom_http_requests", "Answered requests of this process", ["method", "endpoint", "status"], registry=registry
)
_seconds = Histogram(
    "formloom_http_request_seconds",
    "Time until the answer was made, of this process",
    ["endpoint"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
    registry=registry,
)


@blueprint.get("/healthz")
def healthz() -> Response:
    """This process answers."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
def readyz() -> tuple[Response, int]:
    """The database answers too."""
    try:
        request_context.connection().execute(sa.select(1))
    except sa.exc.SQLAlchemyError:
        return jsonify(status="database unavailable"), 503
    return jsonify(status="ok"), 200


@blueprint.get("/metrics")
def metrics() -> Response:
    """Counters of the process that happens to answer, for Prometheus."""
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


@blueprint.before_app_request
def _start() -> None:
    g.started = time.perf_counter()


@blueprint.after_app_request
def _count(response: Response) -> Response:
    endpoint = request.endpoint or "none"
    if endpoint not in QUIET:
        observe(request.method, endpoint, response.status_code, time.perf_counter() - g.get("started", time.perf_counter()))
    return response


def observe(method: str, endpoint: str, status: int, seconds: float) -> None:
    """Counts one answered request."""
    _requests.labels(method, endpoint, str(status)).inc()
    _seconds.labels(endpoint).observe(seconds)
