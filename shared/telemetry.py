"""Structured logs and Prometheus metrics, the same in every process."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import structlog
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    Metric,
    generate_latest,
)
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.client_address import ClientAddresses
from shared.identity import Caller
from shared.values import new_id

log = structlog.get_logger(__name__)

REQUESTS = Counter(
    "rollcall_http_requests_total",
    "HTTP requests answered",
    ("service", "method", "route", "status"),
)
SECONDS = Histogram(
    "rollcall_http_request_seconds",
    "Time to answer an HTTP request",
    ("service", "method", "route"),
    buckets=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10),
)


REFUSED = frozenset({401, 403, 408, 413, 414, 422, 429, 431})
"""Answers to who may not, asks too much or sends what no client would: logged."""

# without local variables: a request's body is one of them
TRACEBACKS = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)


def set_up_logs(level: str = "INFO") -> None:
    """One JSON object a line on standard error; standard output belongs to results."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            TRACEBACKS,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level]
        ),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)


class _Families(Collector):
    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def metrics_page(more: Iterable[Metric] = ()) -> tuple[bytes, str]:
    """The metrics of this process, and `more` families that it read elsewhere."""
    read = CollectorRegistry()
    read.register(_Families(more))
    return generate_latest() + generate_latest(read), CONTENT_TYPE_LATEST


class Telemetry:
    """ASGI middleware: counts, times and names every request.

    Labels carry the route's template, never the path: ids would make one time series
    each. The request's id comes from `X-Request-Id` when that is a UUID, and is sent
    back. Of what was refused the log says by whom and from where, never what was sent.
    """

    def __init__(self, app: ASGIApp, service: str, addresses: ClientAddresses) -> None:
        self._app = app
        self._service = service
        self._addresses = addresses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        started = time.perf_counter()
        status = 500

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = message.setdefault("headers", [])
                headers.append((b"x-request-id", request_id.encode()))
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, answer)
            finally:
                self._count(scope, status, time.perf_counter() - started)
                if status in REFUSED:
                    self._tell(scope, status)

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        route: Any = scope.get("route")
        template = getattr(route, "path", None) or "unmatched"
        method = scope["method"] if route else "other"
        REQUESTS.labels(self._service, method, template, status).inc()
        SECONDS.labels(self._service, method, template).observe(seconds)

    def _tell(self, scope: Scope, status: int) -> None:
        known = scope.get("state", {})
        caller: Caller | None = known.get("caller")
        log.info(
            "request refused",
            service=self._service,
            status=status,
            problem=known.get("problem"),
            method=scope["method"],
            route=getattr(scope.get("route"), "path", None),
            client=self._addresses.limited_as(scope),
            role=None if caller is None else caller.role,
            subject=None if caller is None else str(caller.subject),
            hand=None if caller is None else str(caller.hand.subject),
        )


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            try:
                return str(UUID(value.decode("ascii")))
            except ValueError:
                break
    return str(new_id())
