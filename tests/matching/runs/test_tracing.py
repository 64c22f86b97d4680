"""One trace: request → event → run → list, whoever does which."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import httpx
import pytest
import structlog
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import text
from structlog.testing import LogCapture
from structlog.typing import Processor

from services.matching.errors import PostingNotFound
from services.matching.runs import tracing
from shared.tracing import recording, span
from tests.matching.documents import a_posting, a_worker
from tests.matching.market import Market, until
from tests.matching.matches.conftest import OPERATOR, TENANT, Api, api

__all__ = ["api"]

TRACE = "0af7651916cd43dd8448eb211c80319c"
OUTSIDE = "b7ad6b7169203331"
TRACEPARENT = f"00-{TRACE}-{OUTSIDE}-01"


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    with recording("test", SimpleSpanProcessor(exporter)):
        yield exporter


def ids(found: ReadableSpan) -> tuple[str, str, str]:
    """Trace, parent and own id in hexadecimal."""
    assert found.context is not None
    assert found.parent is not None
    return (
        f"{found.context.trace_id:032x}",
        f"{found.parent.span_id:016x}",
        f"{found.context.span_id:016x}",
    )


def named(found: Sequence[ReadableSpan], name: str) -> ReadableSpan:
    [only] = [each for each in found if each.name == name]
    return only


async def test_a_run_asked_for_is_in_its_request_s_trace(
    market: Market,
    api: Api,
    spans: InMemorySpanExporter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    posting = a_posting(organisation=str(TENANT))
    await market.knows(a_worker())
    await market.knows(posting)
    await execute(market, "DELETE FROM matching.match_run")
    await api.in_step(market)
    told = {"traceparent": TRACEPARENT}
    body = {"posting": posting["id"]}
    answer = await api.post("/v1/runs", OPERATOR, body, headers=told)
    assert answer.status_code == 202, answer.text
    logs = LogCapture()
    processors: list[Processor] = [structlog.contextvars.merge_contextvars, logs]
    log = structlog.wrap_logger(None, processors=processors)
    monkeypatch.setattr(tracing, "log", log)
    market.start("index", "claims")
    await market.ended(1)
    await until(lambda: finished(spans, "run"))

    found = spans.get_finished_spans()
    request = named(found, "POST /v1/runs")
    run, rank = named(found, "run"), named(found, "rank")
    store = named(found, "store")
    assert ids(request)[:2] == (TRACE, OUTSIDE)
    assert ids(run)[:2] == (TRACE, ids(request)[2])
    assert ids(rank)[:2] == ids(store)[:2] == (TRACE, ids(run)[2])
    assert run.attributes is not None
    assert run.attributes["rollcall.outcome"] == "done"
    assert run.attributes["rollcall.run"] == answer.json()["id"]
    assert request.attributes is not None
    assert request.attributes["http.response.status_code"] == 202
    [line] = [each for each in logs.entries if each["event"] == "run ended"]
    assert (line["trace_id"], line["span_id"]) == (TRACE, ids(run)[2])
    assert (line["run"], line["posting"]) == (answer.json()["id"], posting["id"])


async def test_an_event_s_run_is_in_the_trace_of_what_caused_the_event(
    market: Market, spans: InMemorySpanExporter
) -> None:
    market.start("profiles", "postings", "index", "claims")
    await market.follows()
    with span("the request", TRACEPARENT):
        await market.postings.publish("PostingOpened", a_posting())
    await market.ended(1)
    await until(lambda: finished(spans, "run"))
    found = spans.get_finished_spans()
    chain = [named(found, name) for name in ("the request", "queue run", "run")]
    parent = OUTSIDE
    for each in chain:
        assert ids(each)[:2] == (TRACE, parent)
        parent = ids(each)[2]
    for step in ("rank", "store"):
        assert ids(named(found, step))[:2] == (TRACE, parent)


async def test_what_is_ranked_anew_is_in_the_trace_of_who_asked(
    market: Market, api: Api
) -> None:
    await market.knows(a_worker())
    await market.knows(a_posting(organisation=str(TENANT)))
    market.start("index", "claims")
    await market.ended(1)
    [done] = await market.runs()
    await api.in_step(market)
    told = {"traceparent": TRACEPARENT}
    for path, body in (
        (f"/v1/runs/{done['id']}/rerun", None),
        ("/v1/runs/all", {"postings": 10}),
        ("/v1/runs/bulk", {"verb": "rerun", "filter": {"state": "done"}}),
    ):
        before = {run["id"] for run in await market.runs()}
        answer = await api.post(path, OPERATOR, body, headers=told)
        assert answer.status_code < 300, answer.text
        [new] = [run for run in await market.runs() if run["id"] not in before]
        assert new["traceparent"].startswith(f"00-{TRACE}-")
        await market.ended(len(before) + 1)


async def test_trace_ids_flow_with_nobody_collecting_spans(market: Market) -> None:
    market.start("profiles", "postings", "index", "claims")
    await market.follows()
    with span("the request", TRACEPARENT):
        await market.postings.publish("PostingOpened", a_posting())
    await market.postings.publish("PostingOpened", a_posting())
    await market.ended(2)
    traced, untraced = await market.runs()
    version, trace, parent, _ = traced["traceparent"].split("-")
    assert (version, trace) == ("00", TRACE)
    assert parent != OUTSIDE, "of the step in between"
    assert untraced["traceparent"].split("-")[1] != TRACE, "begins a trace of its own"


async def test_a_failed_run_s_span_says_so_and_quotes_nothing(
    market: Market, spans: InMemorySpanExporter
) -> None:
    async def refuse(*_: object) -> object:
        raise PostingNotFound("somebody's secret")

    market.runner._rank = refuse  # type: ignore[assignment]
    await market.knows(a_posting())
    market.start("index", "claims")
    await until(lambda: finished(spans, "run"))
    run = named(spans.get_finished_spans(), "run")
    assert not run.status.is_ok
    assert run.attributes is not None
    assert run.attributes["error.type"] == "PostingNotFound"
    assert "secret" not in "".join(
        each.to_json() for each in spans.get_finished_spans()
    )


@pytest.mark.parametrize(
    "told", ["", "nonsense", f"00-{'0' * 32}-{OUTSIDE}-01", f"ff-{TRACE}-{OUTSIDE}-01"]
)
async def test_a_malformed_traceparent_begins_a_trace_of_its_own(
    market: Market, spans: InMemorySpanExporter, told: str
) -> None:
    http = httpx.AsyncClient(
        transport=httpx.ASGITransport(market.postings.app), base_url="http://postings"
    )
    async with http:
        answer = await http.get("/v1/nothing", headers={"traceparent": told})
    assert answer.status_code == 404
    [request] = spans.get_finished_spans()
    assert request.parent is None
    assert request.name == "GET", "a path nobody serves names no span"


async def finished(spans: InMemorySpanExporter, name: str) -> bool:
    return any(each.name == name for each in spans.get_finished_spans())


async def execute(market: Market, statement: str) -> None:
    async with market.database.as_system() as session:
        await session.execute(text(statement))
