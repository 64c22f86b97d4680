"""From a request to the list that it led to: one trace, over all processes."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)

from infra.onebox import running
from shared.settings import Settings
from tests.journeys.conftest import environment_of
from tests.journeys.people import (
    PATIENCE,
    a_posting,
    a_profile,
    an_employer,
    client_of,
    publish,
    register,
)

TRACE = "0af7651916cd43dd8448eb211c80319c"
OUTSIDE = "b7ad6b7169203331"
TRACEPARENT = f"00-{TRACE}-{OUTSIDE}-01"

Told = tuple[str, str]
"""The name of a span, and the process that it is of."""


@dataclass
class Collector:
    """Takes in spans by OTLP over HTTP, as any collector does."""

    url: str = ""
    spans: dict[str, tuple[Told, str]] = field(default_factory=dict)
    """Those of TRACE by their ids, with their parents'."""

    def take(self, body: bytes) -> None:
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            [service] = (
                each.value.string_value
                for each in resource.resource.attributes
                if each.key == "service.name"
            )
            self.spans |= {
                span.span_id.hex(): ((span.name, service), span.parent_span_id.hex())
                for scope in resource.scope_spans
                for span in scope.spans
                if span.trace_id.hex() == TRACE
            }

    def chain_to(self, name: str) -> tuple[str, list[Told]]:
        """The outermost parent's id, and what lies between it and this name's span."""
        chain: list[Told] = []
        at = next((id for id, (told, _) in self.spans.items() if told[0] == name), "")
        while at in self.spans:
            told, at = self.spans[at]
            chain.append(told)
        return at, chain[::-1]


@contextmanager
def collecting() -> Iterator[Collector]:
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            collector.take(body)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        collector.url = f"http://127.0.0.1:{server.server_port}/v1/traces"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield collector
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.slow
def test_a_list_is_in_the_trace_of_the_request_that_led_to_it(
    module_settings: Settings,
) -> None:
    with collecting() as collector:
        told = environment_of(module_settings) | {"ROLLCALL_TRACES_URL": collector.url}
        with running(told) as box:
            register(box, a_profile())
            with client_of(box, an_employer()) as client:
                client.headers["traceparent"] = TRACEPARENT
                publish(client, a_posting())
            deadline = time.monotonic() + PATIENCE
            # each process sends its spans when it likes
            while (found := collector.chain_to("store"))[0] != OUTSIDE:
                assert time.monotonic() < deadline, collector.spans
                time.sleep(0.2)
    _, chain = found
    names = [name for name, _ in chain]
    assert names == ["POST /v1/postings", "queue run", "run", "store"]
    processes = dict(chain)
    assert processes["POST /v1/postings"] != processes["store"]
