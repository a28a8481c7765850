"""The application: every route, and what stands around all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from kg.errors import KgError
from kg.web import (
    agents,
    api,
    asking,
    editor,
    exploring,
    graphs,
    linked,
    observing,
    problems,
    reconcile,
    sparql,
    workbench,
)
from kg.web.guarding import Guarded
from kg.web.live import Live
from kg.web.observing import Observed
from kg.web.serving import Serving

#: The modules that have routes, in the order they are looked at.
MODULES = (
    asking,
    editor,
    exploring,
    sparql,
    graphs,
    api,
    reconcile,
    agents,
    linked,
    observing,
    workbench,
)


def application(live: Live) -> Starlette:
    """Return the application that serves what is live; it closes that when it ends."""
    serving = Serving(live)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        serving.stopping = True
        for end in serving.at_end:
            await end()
        live.close()

    routes: list[BaseRoute] = [route for module in MODULES for route in module.routes(serving)]
    app = Starlette(
        routes=routes,
        lifespan=lifespan,
        middleware=[
            Middleware(Observed, serving=serving),
            Middleware(Guarded, serving=serving),
        ],
        exception_handlers={
            KgError: problems.on_kg_error,
            HTTPException: problems.on_http_exception,
            Exception: problems.on_bug,
        },
    )
    app.state.serving = serving
    # /sparql and /sparql/ are two routes; any other path is what it is.
    app.router.redirect_slashes = False
    return app
