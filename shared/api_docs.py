"""A page to read and try a service's API, which loads nothing from elsewhere.

Swagger UI comes from the installed `fastapi-offline` package: its files only, since
its own pages carry scripts inline, which the content policy forbids.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import orjson
from fastapi import APIRouter, Response
from fastapi.responses import FileResponse, HTMLResponse

from shared.access import EVERYONE, Own, allow
from shared.problems import NotFound

# the viewer sets styles on elements and shows icons from data: URLs
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'"
)
FILES = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon.png": "image/png",
}

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Rollcall {service}</title>
<link rel="stylesheet" href="{path}/swagger-ui.css">
<link rel="icon" href="{path}/favicon.png">
</head>
<body>
<div id="api"></div>
<script src="{path}/swagger-ui-bundle.js"></script>
<script src="{path}/start.js"></script>
</body>
</html>
"""
START = """SwaggerUIBundle({
  url: %s,
  dom_id: "#api",
  deepLinking: true,
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis],
});
"""


def docs_path(service: str) -> str:
    return f"/docs/{service}"


def docs_router(service: str, openapi_url: str) -> APIRouter:
    """The page, its script and the viewer's files."""
    router = APIRouter(include_in_schema=False)
    path = docs_path(service)
    start = START % orjson.dumps(openapi_url).decode()
    page = PAGE.format(service=service, path=path)

    @router.get(path, dependencies=[allow(EVERYONE, own=Own.PUBLIC)])
    async def read_docs() -> Response:
        return HTMLResponse(page, headers={"Content-Security-Policy": POLICY})

    @router.get(f"{path}/start.js", dependencies=[allow(EVERYONE, own=Own.PUBLIC)])
    async def read_docs_script() -> Response:
        return Response(start, media_type="text/javascript")

    @router.get(f"{path}/{{file}}", dependencies=[allow(EVERYONE, own=Own.PUBLIC)])
    async def read_docs_file(file: str) -> Response:
        if file not in FILES:
            raise NotFound
        kept = {"Cache-Control": "public, max-age=86400"}
        return FileResponse(_viewer() / file, headers=kept, media_type=FILES[file])

    return router


def _viewer() -> Path:
    """Where the package keeps the files; importing it would patch nothing we use."""
    package = find_spec("fastapi_offline")
    if package is None or package.origin is None:
        raise NotFound("The viewer (fastapi-offline) is not installed.")
    return Path(package.origin).parent / "static"
