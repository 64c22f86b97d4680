"""One trace from a request through its event and its run to the result.

Trace ids flow whether or not anybody collects spans: each step has a W3C `traceparent`
that the next one is told. Without a collector a span is just such a context, made in
microseconds; with one (`recording`) it is recorded by OpenTelemetry's SDK, which is
imported only then.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

import structlog
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    Tracer,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor

TRACEPARENT = "traceparent"
TRACESTATE = "tracestate"
UNTRACED = frozenset({"/healthz", "/readyz", "/metrics"})
"""Paths that machines ask again and again; they would drown everything else."""

Attributes = Mapping[str, str | int | float | bool]

_W3C = TraceContextTextMapPropagator()


class _Recorder:
    """Where the spans of this process go; None: nowhere."""

    tracer: Tracer | None = None


@contextmanager
def recording(name: str, processor: SpanProcessor) -> Iterator[None]:
    """Record the spans of this process, which is shown as `name`, with a processor of
    OpenTelemetry's SDK; what is left is sent on at the end."""
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider

    resource = Resource.create({"service.name": name})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(processor)
    before, _Recorder.tracer = _Recorder.tracer, provider.get_tracer("rollcall")
    try:
        yield
    finally:
        _Recorder.tracer = before
        provider.shutdown()


@contextmanager
def exporting(settings: Settings, name: str) -> Iterator[None]:
    """`recording` to the collector that the settings name; nothing if they name none.

    Spans are sent by a thread of their own, and dropped while the collector is away.
    """
    if settings.traces_url is None:
        yield
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    exporter = OTLPSpanExporter(settings.traces_url, timeout=5)
    with recording(name, BatchSpanProcessor(exporter)):
        yield


def start_span(
    name: str,
    parent: str | None = None,
    attributes: Attributes | None = None,
    *,
    kind: SpanKind = SpanKind.INTERNAL,
    tracestate: str | None = None,
    started_at: datetime | None = None,
) -> Span:
    """A span, not yet the current one: under `parent` (a traceparent) or under the
    current span; where there is neither, or no valid one, it begins a trace. End it."""
    context = None if parent is None else _context(parent, tracestate)
    if _Recorder.tracer is None:
        return NonRecordingSpan(_child(trace.get_current_span(context)))
    nanoseconds = None if started_at is None else int(started_at.timestamp() * 1e9)
    return _Recorder.tracer.start_span(
        name, context, kind, attributes, start_time=nanoseconds
    )


@contextmanager
def current(span: Span) -> Iterator[Span]:
    """Make a span the current one, for what it causes and for the logs."""
    with (
        trace.use_span(span, record_exception=False, set_status_on_exception=False),
        structlog.contextvars.bound_contextvars(**ids_of(span)),
    ):
        yield span


def ids_of(span: Span) -> dict[str, str]:
    """How the logs name a span."""
    context = span.get_span_context()
    return {
        "trace_id": trace.format_trace_id(context.trace_id),
        "span_id": trace.format_span_id(context.span_id),
    }


@contextmanager
def span(
    name: str, parent: str | None = None, attributes: Attributes | None = None
) -> Iterator[Span]:
    """A current span around some work; it ends with it, with the error of one that
    fails. See `start_span`."""
    started = start_span(name, parent, attributes)
    try:
        with current(started):
            yield started
    except Exception as error:
        failed(started, error)
        raise
    finally:
        started.end()


def failed(span: Span, error: BaseException) -> None:
    """Mark a span as failed. Only the kind of error is told: a message may quote."""
    span.set_attribute("error.type", type(error).__qualname__)
    span.set_status(Status(StatusCode.ERROR))


def current_traceparent() -> str | None:
    """The W3C traceparent of the current span, if there is one."""
    return traceparent_of(trace.get_current_span())


def traceparent_of(span: Span) -> str | None:
    told: dict[str, str] = {}
    _W3C.inject(told, trace.set_span_in_context(span, Context()))
    return told.get(TRACEPARENT)


def headers_to_send() -> dict[str, str]:
    """What a request to another process tells of the current span."""
    told: dict[str, str] = {}
    _W3C.inject(told)
    return told


class Tracing:
    """ASGI middleware: a span for each request, under the traceparent it came with."""

    def __init__(self, app: ASGIApp, service: str) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in UNTRACED:
            await self._app(scope, receive, send)
            return
        told = dict(scope["headers"])
        started = start_span(
            scope["method"],
            told.get(TRACEPARENT.encode(), b"").decode("latin-1"),
            {"http.request.method": scope["method"], "rollcall.service": self._service},
            kind=SpanKind.SERVER,
            tracestate=told.get(TRACESTATE.encode(), b"").decode("latin-1"),
        )

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                status: int = message["status"]
                started.set_attribute("http.response.status_code", status)
                if status >= 500:
                    started.set_status(Status(StatusCode.ERROR))
            await send(message)

        try:
            with current(started):
                await self._app(scope, receive, answer)
        except Exception as error:
            failed(started, error)
            raise
        finally:
            # the template, never the path: ids would make a name each
            route = getattr(scope.get("route"), "path", None)
            if route is not None:
                started.update_name(f"{scope['method']} {route}")
                started.set_attribute("http.route", route)
            started.end()


def _context(parent: str, tracestate: str | None) -> Context:
    told = {TRACEPARENT: parent} | ({TRACESTATE: tracestate} if tracestate else {})
    return _W3C.extract(told, Context())


def _child(parent: Span) -> SpanContext:
    held = parent.get_span_context()
    span_id = secrets.randbits(64) or 1
    if held.is_valid:
        return SpanContext(
            held.trace_id, span_id, False, held.trace_flags, held.trace_state
        )
    return SpanContext(secrets.randbits(128) or 1, span_id, False)
