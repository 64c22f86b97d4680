"""Bounds on the target and header of a request, told like every other error."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from shared.problems import Fault, InvalidRequest, Problem, problem_response

MOST_URL_BYTES = 8_192
MOST_PARAMETERS = 100
MOST_HEADERS = 100
MOST_HEADER_BYTES = 16_384


class UrlTooLong(Problem):
    """The path and query are longer than is taken."""

    status = 414
    kind = "url-too-long"


class HeadersTooLarge(Problem):
    """The request has more or longer header fields than are taken."""

    status = 431
    kind = "headers-too-large"


class RequestBounds:
    """ASGI middleware: the target and the header fields, before anything is read."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (problem := out_of_bounds(scope)):
            await problem_response(problem)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def out_of_bounds(scope: Scope) -> Problem | None:
    query = scope["query_string"]
    if len(scope.get("raw_path") or b"") + len(query) > MOST_URL_BYTES:
        return UrlTooLong(f"A URL holds at most {MOST_URL_BYTES} bytes.")
    if query.count(b"&") >= MOST_PARAMETERS:
        rule = f"a query has at most {MOST_PARAMETERS} parameters"
        return InvalidRequest(faults=[Fault("", "too_many", rule, "query")])
    headers = scope["headers"]
    size = sum(len(name) + len(value) for name, value in headers)
    if len(headers) > MOST_HEADERS or size > MOST_HEADER_BYTES:
        return HeadersTooLarge(
            f"A request has at most {MOST_HEADERS} header fields"
            f" and {MOST_HEADER_BYTES} bytes of them."
        )
    return None
