"""RFC 9457 problem+json: one error type per situation, all faults of a request at once.

An error class is its own documentation: `status`, a stable `kind` (the last part of the
problem's `type`), and its docstring as the title.
"""

from __future__ import annotations

import http
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import orjson
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException

log = structlog.get_logger(__name__)

TYPE_PREFIX = "urn:rollcall:problem:"

# the standard library renamed some phrases between Python 3.11 and 3.13
HTTP_TITLES = {413: "Body too large", 422: "Invalid request"}

# pydantic's word that a default depends on another field, which it refused already
FOLLOWS_FROM_ANOTHER = "default_factory_not_called"


@dataclass(frozen=True, slots=True)
class Fault:
    """One broken rule. `pointer` is a JSON pointer into the body, or the name of a
    query, path or header parameter where `place` says so."""

    pointer: str
    rule: str
    message: str
    place: str = "body"

    def as_json(self) -> dict[str, str]:
        key = "pointer" if self.place == "body" else "parameter"
        shown = {key: self.pointer, "rule": self.rule, "message": self.message}
        return shown if self.place == "body" else {"in": self.place, **shown}


class Problem(Exception):
    """The request cannot be answered."""

    status: ClassVar[int] = 400
    kind: ClassVar[str] = "bad-request"

    def __init__(
        self,
        detail: str | None = None,
        *,
        faults: Sequence[Fault] = (),
        headers: dict[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(detail or type(self).__doc__)
        self.detail = detail
        self.faults = tuple(faults)
        self.headers = headers or {}
        self.extra = extra

    def as_json(self) -> dict[str, Any]:
        title = (type(self).__doc__ or "").strip().splitlines()[0].rstrip(".")
        body: dict[str, Any] = {
            "type": TYPE_PREFIX + self.kind,
            "title": title,
            "status": self.status,
        }
        if self.detail:
            body["detail"] = self.detail
        if self.faults:
            body["errors"] = [fault.as_json() for fault in self.faults]
        return body | self.extra


class InvalidRequest(Problem):
    """The request breaks the rules listed under errors."""

    status = 422
    kind = "invalid-request"


class NotSignedIn(Problem):
    """This needs a valid access token."""

    status = 401
    kind = "not-signed-in"


class NotAllowed(Problem):
    """The caller may not do this."""

    status = 403
    kind = "not-allowed"


class NotFound(Problem):
    """There is no such thing, or the caller may not see it."""

    status = 404
    kind = "not-found"


class Conflict(Problem):
    """The state of the thing does not allow this."""

    status = 409
    kind = "conflict"


class VersionMismatch(Problem):
    """Somebody changed it since; read it again and send its ETag as If-Match."""

    status = 412
    kind = "version-mismatch"


class Overloaded(Problem):
    """Too much is waiting already; come back after Retry-After seconds."""

    status = 503
    kind = "overloaded"


LateCheck = Callable[[Request, Any], Awaitable[Sequence[Fault]]]
"""Finds faults that need more than the schema (unknown skills, say) in a raw body of
any shape, so that they are told together with the schema's."""


def problem_response(problem: Problem) -> Response:
    return Response(
        orjson.dumps(problem.as_json()),
        problem.status,
        headers=problem.headers,
        media_type="application/problem+json",
    )


def schema_faults(error: RequestValidationError) -> list[Fault]:
    """What pydantic says of a request, each once, in the order of the document."""
    faults: dict[Fault, None] = {}
    for item in error.errors():
        place, *path = item["loc"]
        if item["type"] == "json_invalid":
            reason = item.get("ctx", {}).get("error", "")
            faults[Fault("", "json", f"is not JSON: {reason}")] = None
        elif item["type"] == FOLLOWS_FROM_ANOTHER:
            continue
        elif place == "body":
            path = _in_document(error.body, path, item["type"])
            faults[Fault(pointer_to(path), item["type"], item["msg"])] = None
        else:
            name = ".".join(str(part) for part in path)
            faults[Fault(name, item["type"], item["msg"], str(place))] = None
    return list(faults)


def _in_document(node: Any, path: Sequence[Any], rule: str) -> tuple[Any, ...]:
    """The path without the branches of unions that pydantic names in it: they are no
    part of the document."""
    if not path:
        return ()
    part, *rest = path
    taken: tuple[Any, ...] = ()
    if isinstance(node, dict) and (part in node or (rule == "missing" and not rest)):
        taken = (part, *_in_document(node.get(part), rest, rule))
    elif isinstance(node, list) and isinstance(part, int) and part < len(node):
        taken = (part, *_in_document(node[part], rest, rule))
    if len(taken) == len(path):
        return taken
    # as far as it leads; a field may be called as a branch is
    return max(_in_document(node, rest, rule), taken, key=len)


def field_faults(error: ValidationError) -> list[Fault]:
    """What pydantic says of one document, each once, in its order."""
    found = (
        Fault(pointer_to(item["loc"]), item["type"], item["msg"])
        for item in error.errors(include_url=False, include_input=False)
        if item["type"] != FOLLOWS_FROM_ANOTHER
    )
    return list(dict.fromkeys(found))


def pointer_to(path: Iterable[object]) -> str:
    """The JSON pointer of a path (RFC 6901)."""
    return "".join("/" + escape(part) for part in path)


def escape(part: object) -> str:
    """One reference token of a JSON pointer."""
    return str(part).replace("~", "~0").replace("/", "~1")


def answer_with_problems(app: FastAPI, late_check: LateCheck | None = None) -> None:
    """Make every error of `app` a problem document."""

    async def own(request: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)
        request.state.problem = error.kind
        return problem_response(error)

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        faults = schema_faults(error)
        request.state.problem = InvalidRequest.kind
        if late_check is not None and isinstance(error.body, dict | list):
            faults += await late_check(request, error.body)
        return problem_response(InvalidRequest(faults=faults))

    async def http_error(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if isinstance(error.__cause__, RecursionError):
            fault = Fault("", "json", "is nested too deeply")
            return problem_response(InvalidRequest(faults=[fault]))
        if isinstance(error.__cause__, UnicodeDecodeError):
            fault = Fault("", "json", "is not UTF-8")
            return problem_response(InvalidRequest(faults=[fault]))
        phrase = HTTP_TITLES.get(error.status_code) or (
            http.HTTPStatus(error.status_code).phrase
        )
        body = {
            "type": TYPE_PREFIX + phrase.lower().replace(" ", "-"),
            "title": phrase,
            "status": error.status_code,
        }
        if error.detail and error.detail != phrase:
            body["detail"] = error.detail
        return Response(
            orjson.dumps(body),
            error.status_code,
            headers=dict(error.headers or {}),
            media_type="application/problem+json",
        )

    async def unexpected(request: Request, error: Exception) -> Response:
        log.exception("unexpected error", path=request.url.path, exc_info=error)
        body = {
            "type": TYPE_PREFIX + "internal-error",
            "title": "Something went wrong here; nothing was changed",
            "status": 500,
        }
        return Response(orjson.dumps(body), 500, media_type="application/problem+json")

    app.add_exception_handler(Problem, own)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http_error)
    app.add_exception_handler(Exception, unexpected)
