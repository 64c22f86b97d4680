"""Idempotency-Key: a POST that is sent again has its effect once.

The answer is stored in the transaction of the effect, so there is never one without the
other, whenever the process dies. Whoever repeats the request gets the stored answer;
whoever repeats it while the first is at work is told to come back. A request that is
refused rolls its transaction back and leaves no trace: the key is free again, for the
corrected request too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Annotated, Any

from fastapi import Depends, Header, HTTPException, Request, Response
from fastapi.params import Depends as DependsParam
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect

from shared.openapi import Responses, with_problems
from shared.stored_answers import (
    REPLAYED_HEADER,
    Answer,
    IdempotencyInFlight,
    IdempotencyKeyReused,
    Replayed,
    StoredAnswers,
    fingerprint,
)

HEADER = "Idempotency-Key"

KEY = re.compile(r"[\x21-\x7e]{1,255}")

KeyHeader = Annotated[
    str | None,
    Header(
        alias=HEADER,
        min_length=1,
        max_length=255,
        pattern=r"^[!-~]*$",
        description="Names this request, for 24 hours: sent again with the same key"
        " it has no second effect and gets the first answer. Visible ASCII.",
        examples=["01938a5e-7d1b-7c6e-8f0a-3b2c1d0e9f8a"],
    ),
]

REPLAYED: Mapping[str, Any] = {
    REPLAYED_HEADER: {
        "description": "On a stored answer: `true`.",
        "schema": {"type": "string", "const": "true"},
    }
}


class WithoutKey:
    """A route's declaration that its POST takes no Idempotency-Key, and why."""

    def __init__(self, reason: str) -> None:
        self.reason = reason

    async def __call__(self) -> None:
        return None


def without_key(reason: str) -> DependsParam:
    """For `dependencies=[…]` of a POST that needs no key, or whose answer must not be
    stored because it is a secret."""
    if not reason:
        raise ValueError("say why")
    declared: DependsParam = Depends(WithoutKey(reason))
    return declared


ONLY_ASKS = without_key("it asks and changes nothing")


async def _declare_key(key: KeyHeader = None) -> None:
    """Puts the header among the operation's parameters and its faults among others."""


class KeyedRoute(APIRoute):
    """A route whose POST honours Idempotency-Key, unless it is declared without.

    FastAPI ends a function-scoped session only after the handler below has returned:
    what it writes through `request.state.session` commits with the effect.
    """

    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        methods: set[str] | list[str] | None = None,
        dependencies: Sequence[DependsParam] | None = None,
        responses: Responses | None = None,
        status_code: int | None = None,
        **rest: Any,
    ) -> None:
        declared = list(dependencies or ())
        self.without_key = next(
            (
                item.dependency.reason
                for item in declared
                if isinstance(item.dependency, WithoutKey)
            ),
            None,
        )
        self.keyed = "POST" in (methods or ()) and self.without_key is None
        if self.without_key is not None:
            rest["openapi_extra"] = (rest.get("openapi_extra") or {}) | {
                "x-without-idempotency-key": self.without_key
            }
        if self.keyed:
            declared.append(Depends(_declare_key))
            responses = with_problems(
                responses or {}, IdempotencyInFlight, IdempotencyKeyReused
            )
            responses.setdefault(status_code or 200, {})
            for status, done in responses.items():
                if int(status) < 300:
                    done["headers"] = done.get("headers", {}) | REPLAYED
        super().__init__(
            path,
            endpoint,
            methods=methods,
            dependencies=declared,
            responses=responses,
            status_code=status_code,
            **rest,
        )

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()
        if not self.keyed:
            return answer

        async def once(request: Request) -> Response:
            key = request.headers.get(HEADER)
            if key is None or not KEY.fullmatch(key):
                # a malformed one is a fault, told with the others of the request
                return await answer(request)
            request.state.idempotency = (key, await _fingerprint(request))
            try:
                response = await answer(request)
            except Replayed as replayed:
                return replayed.response()
            answers: StoredAnswers = request.app.state.stored_answers
            await answers.keep(
                request.state.session, request.state.keyed, Answer.of(response)
            )
            return response

        return once


async def _fingerprint(request: Request) -> bytes:
    try:
        body = await request.body()
    except ClientDisconnect:
        raise HTTPException(400, "The body broke off.") from None
    query: bytes = request.scope["query_string"]
    return fingerprint(request.method, request.url.path, query, body)
