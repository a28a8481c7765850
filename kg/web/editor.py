"""The SPARQL page: an editor over /sparql, and what it completes while one types."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kg import cells, sparql
from kg.errors import KgError, UnknownNameError
from kg.sandbox import Limits
from kg.vocab import KG, PREFIXES, compress
from kg.web.answers import Kept
from kg.web.linked import as_json
from kg.web.live import State
from kg.web.problems import HttpError
from kg.web.rendering import Page, respond
from kg.web.serving import Serving
from kg.web.workbench import values_of

_FIRST = """\
# Every prefix of ours is known already. Ctrl-Enter asks.
SELECT ?actor ?motive ?modality ?claim WHERE {
  ?claim rdf:predicate kg:motivatedBy ; rdf:object ?motive ; kg:modality ?modality .
  ?motive kg:motivatedActor ?actor .
}
ORDER BY ?actor ?motive
LIMIT 100
"""
#: Which class has which properties is found out within these limits, or left open.
_LIMITS = Limits(timeout_s=5.0, rows=5_000)
_USED = "SELECT ?class ?property (COUNT(*) AS ?n) WHERE { ?s a ?class ; ?property ?o } GROUP BY ?class ?property"


def routes(serving: Serving) -> list[Route]:
    """Return the routes of the SPARQL page."""

    async def page(request: Request) -> Response:
        values = values_of(request, "query", "saved")
        text, saved = values.get("query", ""), values.get("saved", "")
        if len(text.encode("utf-8", "replace")) > sparql.MAX_BYTES:
            raise HttpError(413, "the query is too long", hint="ask several queries")
        return await respond(
            serving, request, "editor", text, saved, make=lambda state: _page(state, text, saved)
        )

    async def terms(request: Request) -> Response:
        return await respond(serving, request, "terms", make=_terms, bounded=False)

    return [Route("/query", page), Route("/query/terms.json", terms)]


def _page(state: State, text: str, saved: str) -> Page:
    if saved:
        found = state.queries.get(saved)
        if found is None:
            raise UnknownNameError(
                f"no saved query is called {saved[:100]!r}", hint="/queries lists them"
            )
        text = text or found.text
    shown = {
        "text": text or _FIRST,
        "queries": list(state.queries.values()),
        "run": "yes" if text and not saved else "",
    }
    scripts = ("codemirror.js", "web.js", "editor.js")
    return Page("editor.html", shown, "SPARQL", scripts=scripts, styles="'self' 'unsafe-inline'")


def _terms(state: State) -> Kept:
    vocabulary = state.store.vocabulary
    used = _used(state)
    classes: list[dict[str, str]] = []
    properties: list[dict[str, str]] = []
    for iri, term in vocabulary.terms.items():
        if not iri.startswith(KG) or term.scheme:
            continue
        one = {"id": compress(iri), "label": term.label, "about": term.definition}
        local = iri[len(KG) :]
        (classes if local[:1].isupper() else properties).append(one)
    known = {one["id"] for one in properties}
    others = sorted({name for names in used.values() for name in names} - known)
    found: dict[str, Any] = {
        "prefixes": PREFIXES,
        "classes": classes,
        "properties": properties + [{"id": name, "label": "", "about": ""} for name in others],
        "of": used,
        "queries": {name: one.text for name, one in state.queries.items()},
    }
    return Kept(as_json(found), "application/json")


def _used(state: State) -> dict[str, list[str]]:
    """Return which properties things of each class have here, the most frequent first."""
    try:
        rows = state.run(_USED, limits=_LIMITS).cells
    except KgError:
        return {}
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for cls, name, number in rows:
        counts[compress(cells.text(cls))][compress(cells.text(name))] = int(cells.text(number))
    return {
        cls: sorted(names, key=lambda name: (-names[name], name))
        for cls, names in sorted(counts.items())
    }
