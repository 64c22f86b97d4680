"""The span of a run: from its claim to its list, under whatever caused it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from opentelemetry.trace import SpanKind

from services.matching.runs.claiming import Claim
from services.matching.runs.lanes import BULK
from shared.tracing import current, failed, ids_of, span, start_span

log = structlog.get_logger(__name__)


class RunTrace:
    """One attempt at a run; each of its steps has a span of its own in the run's.

    What is logged meanwhile names run, posting and trace.
    """

    def __init__(self, held: Claim) -> None:
        self._tell = log.debug if held.lane == BULK else log.info
        self._span = start_span(
            "run",
            held.traceparent,
            {
                "rollcall.run": str(held.id),
                "rollcall.posting": str(held.posting_id),
                "rollcall.lane": held.lane,
                "rollcall.attempt": held.attempts,
            },
            kind=SpanKind.CONSUMER,
            started_at=held.claimed_at,
        )
        self._ids = {
            "run": str(held.id),
            "posting": str(held.posting_id),
            **ids_of(self._span),
        }

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        if not self._span.is_recording():
            # nobody sees a step of its own: the logs name the run
            with structlog.contextvars.bound_contextvars(**self._ids):
                yield
            return
        with (
            current(self._span),
            structlog.contextvars.bound_contextvars(**self._ids),
            span(name),
        ):
            yield

    def failed(self, error: BaseException) -> None:
        failed(self._span, error)

    def end(self, outcome: str) -> None:
        """The attempt has ended so; of a bulk run only the debug log is told."""
        self._span.set_attribute("rollcall.outcome", outcome)
        self._span.end()
        self._tell("run ended", outcome=outcome, **self._ids)
