"""Headers that every answer carries, errors and unknown paths included."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.client_address import ClientAddresses
from shared.settings import Settings

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
UNLESS_SET = {
    # what is told is about somebody unless the route knows better
    "Cache-Control": "no-store",
    # JSON loads nothing, runs nothing and belongs in no frame
    "Content-Security-Policy": (
        "default-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'none'; sandbox"
    ),
}
ONE_YEAR = "max-age=31536000; includeSubDomains"

BARE = [
    (name.lower().encode(), value.encode())
    for name, value in (ALWAYS | UNLESS_SET).items()
]
"""For an answer that no app gives, as ASGI has it."""

EXPOSED = (
    *("ETag", "Feed-Position", "Link", "Location", "RateLimit", "RateLimit-Policy"),
    *("Retry-After", "X-Request-Id"),
)
ACCEPTED = (
    *("Authorization", "Content-Type", "Feed-Position", "Idempotency-Key"),
    *("If-Match", "If-None-Match", "X-Request-Id"),
)


class SecurityHeaders:
    """ASGI middleware, outside of all others: also what they answer gets the headers.

    Strict-Transport-Security is told to whoever came by TLS, and to all where the
    settings say that TLS ends in front of us.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._addresses = ClientAddresses(settings)
        self._always_tls = settings.tls_terminated

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                message.setdefault("headers", [])
                self._add(MutableHeaders(scope=message), scope)
            await send(message)

        await self._app(scope, receive, answer)

    def _add(self, headers: MutableHeaders, scope: Scope) -> None:
        headers.update(ALWAYS)
        for name, value in UNLESS_SET.items():
            headers.setdefault(name, value)
        if self._always_tls or self._addresses.is_https(scope):
            headers["Strict-Transport-Security"] = ONE_YEAR


def with_cors(app: ASGIApp, settings: Settings) -> ASGIApp:
    """`app` open to the pages of the listed origins, closed while none is listed.

    Access tokens travel in a header that pages set themselves, so browsers are never
    told to send credentials of their own.
    """
    if not settings.cors_origins:
        return app
    return CORSMiddleware(
        app,
        allow_origins=settings.cors_origins,
        allow_methods=("GET", "POST", "PUT", "PATCH", "DELETE"),
        allow_headers=ACCEPTED,
        expose_headers=EXPOSED,
        allow_credentials=False,
        max_age=600,
    )
