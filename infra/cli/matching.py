"""Asking a service, with patience where it is still catching up."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from infra.cli.output import CommandFailed

if TYPE_CHECKING:
    import httpx

# busy, not there yet, or still loading: all pass by themselves
PASSING = frozenset({404, 429, 503})


def ask(
    client: httpx.Client,
    method: str,
    path: str,
    *,
    patience: float = 0.0,
    headers: Mapping[str, str] | None = None,
    **request: Any,
) -> httpx.Response:
    """Answers of success only; what passes by itself is tried again for `patience`
    seconds. A POST is tried again under one key, and has its effect once. Raises
    CommandFailed with what the service said."""
    import httpx

    from shared.values import new_id

    sent = {"Idempotency-Key": str(new_id())} if method == "POST" else {}
    sent |= headers or {}
    deadline = time.monotonic() + patience
    while True:
        try:
            answer = client.request(method, path, headers=sent, **request)
        except httpx.TransportError as fault:
            if time.monotonic() < deadline:
                time.sleep(0.1)
                continue
            raise CommandFailed(f"{client.base_url}: {fault}") from None
        if answer.is_success:
            return answer
        if not _passes(answer) or time.monotonic() >= deadline:
            raise CommandFailed(told(answer))
        time.sleep(0.02)


def _passes(answer: httpx.Response) -> bool:
    return answer.status_code in PASSING or (
        answer.status_code == 409 and "idempotency-in-flight" in answer.text
    )


def told(answer: httpx.Response) -> str:
    """A problem document in one line."""
    try:
        problem = answer.json()
    except ValueError:
        problem = None
    if not isinstance(problem, dict):
        problem = {}
    parts = [problem.get("title"), problem.get("detail")]
    for error in problem.get("errors", []):
        where = error.get("pointer") or error.get("parameter") or ""
        parts.append(f"{where} {error.get('message')}")
    said = "; ".join(str(part) for part in parts if part)
    request = answer.request
    return f"{request.method} {request.url.path} answered {answer.status_code}: {said}"
