"""The SPARQL 1.1 Graph Store HTTP Protocol at /graphs."""

from __future__ import annotations

from starlette.routing import Route

from kg.web.serving import Serving


def routes(serving: Serving) -> list[Route]:
    """Return the routes of the protocol."""
    del serving
    return []
