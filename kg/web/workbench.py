"""The workbench: home, search with suggestions, the timeline, what is contested, and assets."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kg.claims import Modality
from kg.dates import FIRST_DAY, LAST_DAY, asked
from kg.errors import AmbiguousNameError, KgError, UnknownNameError
from kg.names import Hit
from kg.store import Store
from kg.vocab import compress, expand
from kg.web import addresses, linked, overview, reading, rendering, telling
from kg.web.answers import Kept
from kg.web.live import State
from kg.web.negotiation import Offer, preferred
from kg.web.problems import HttpError, status_of
from kg.web.rendering import Page, respond
from kg.web.serving import Serving
from kg.web.suggesting import names

#: So many hits a page has, and so many a list of suggestions.
HITS, SUGGESTED = 50, 8
#: Further hits than these are not listed: whoever wants them knows more of the name.
FOUND = 1_000
#: So many members of a class a page has, so many dates of a timeline, and so many disputes.
LISTED, DATES, DISPUTES = 200, 300, 100
_LONGEST = 200
_HOME = (
    Offer("html", ("text/html", "application/xhtml+xml")),
    *(offer for offer in addresses.FORMS if offer.name in addresses.RDF_FORMS),
)


def routes(serving: Serving) -> list[Route]:
    """Return the routes of the workbench."""

    async def home(request: Request) -> Response:
        offer = preferred(request.headers.get("accept", ""), _HOME)
        if request.query_params.get("format") or (offer is not None and offer.name != "html"):
            return await linked.described(serving, request)
        return await respond(serving, request, "home", make=_home)

    async def search(request: Request) -> Response:
        return await _search(serving, request)

    async def suggest(request: Request) -> Response:
        return await _suggest(serving, request)

    async def timeline(request: Request) -> Response:
        return await _timeline(serving, request)

    async def contested(request: Request) -> Response:
        return await _contested(serving, request)

    return [
        Route("/", home),
        Route("/search", search),
        Route("/suggest", suggest),
        Route("/timeline", timeline),
        Route("/contested", contested),
        Route("/assets/{name}", rendering.asset),
    ]


def values_of(request: Request, *known: str) -> dict[str, str]:
    """Return the parameters of a request, each given once; HttpError (400) for others."""
    found = reading.parameters(reading.pairs(request.scope["query_string"]), frozenset(known))
    return {name: values[0].strip() for name, values in found.items()}


def _home(state: State) -> Page:
    opened = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(state.opened))
    return Page(
        "home.html",
        {"one": overview.overview(state.store), "opened": opened},
        "What is in this graph",
        tuple(
            (f"/.well-known/void?format={offer.name}", offer.media_type, f"VoID, {offer.name}")
            for offer in _HOME[1:]
        ),
    )


# ---------------------------------------------------------------- search


def _words(text: str) -> str:
    if len(text) > _LONGEST:
        raise HttpError(400, "nothing has so long a name", hint=f"at most {_LONGEST} characters")
    return text


async def _search(serving: Serving, request: Request) -> Response:
    values = values_of(request, "q", "claims", "class", "from")
    text, claims = _words(values.get("q", "")), values.get("claims") == "1"
    if "class" in values:
        return await _members(serving, request, values["class"], values.get("from", "0"))

    start = _number("from", values.get("from", "0"))

    def make(state: State) -> Page:
        # (One more than is shown tells whether there are more.)
        hits = _found(state, text, start + HITS + 1, claims=claims) if text else []
        shown = {
            "q": text,
            "claims": claims,
            "hits": hits[start : start + HITS],
            "start": start,
            "next": start + HITS if len(hits) > start + HITS else 0,
        }
        return Page("search.html", shown, f"Found for {text}" if text else "Find")

    return await respond(serving, request, "search", text, str(claims), str(start), make=make)


def _found(state: State, text: str, most: int, *, claims: bool) -> list[Hit]:
    from kg.names import search

    most = min(most, FOUND)
    found = [] if claims else names(state).search(text, most)
    # An identifier, or a name that is not quite it.
    return found or search(state.store, text, limit=most, claims=claims)


async def _members(serving: Serving, request: Request, name: str, start: str) -> Response:
    """List what is in a class or one below it, what most is said of first."""
    cls, first = addresses.given(name), _number("from", start)

    def make(state: State) -> Page:
        found, count = overview.members(state.store, cls, first, LISTED)
        shown = {
            "cls": telling.thing(state.store, cls),
            "members": found,
            "count": count,
            "start": first,
            "next": first + LISTED,
        }
        return Page("members.html", shown, state.store.label(cls))

    return await respond(serving, request, "members", cls, start, make=make)


async def _suggest(serving: Serving, request: Request) -> Response:
    values = values_of(request, "q")
    text = _words(values.get("q", ""))

    def make(state: State) -> Kept:
        root = addresses.root(serving.settings.base)
        found = [
            {
                "id": compress(hit.iri),
                "label": hit.label,
                "matched": hit.matched if hit.matched != hit.label else "",
                "type": hit.type_label,
                "claims": hit.claims,
                "page": root + addresses.document(hit.iri),
            }
            for hit in names(state).search(text, SUGGESTED)
        ]
        return Kept(linked.as_json(found), "application/json")

    return await respond(serving, request, "suggest", text, make=make)


# ---------------------------------------------------------------- time


async def _timeline(serving: Serving, request: Request) -> Response:
    values = values_of(request, "about", "from", "to", "undated", "start")
    start = _number("start", values.pop("start", "0"))

    def make(state: State) -> Page:
        from kg.analysis.timeline import dates_in, timeline

        shown: dict[str, Any] = {
            "values": values,
            "problem": None,
            "about": None,
            "rows": [],
            "notes": (),
            "figures": {},
            "start": start,
            "count": 0,
            "next": "",
        }
        status = 200
        try:
            about = state.resolve(_words(values["about"])) if values.get("about") else ""
            undated = values.get("undated") == "1"
            found = timeline(
                state.store,
                about=about,
                since=values.get("from", ""),
                until=values.get("to", ""),
                undated=undated,
                part=slice(start, start + DATES),
            )
            shown["about"] = telling.thing(state.store, about) if about else None
            shown["rows"] = _dated(state.store, list(found))
            shown["notes"], shown["figures"] = found.notes, found.figures
            shown["count"] = dates_in(found, undated=undated)
            if start + DATES < shown["count"]:
                shown["next"] = urlencode({**values, "start": start + DATES})
        except KgError as error:
            shown["problem"] = error_of(error, "/timeline", values.items())
            status = status_of(error)
        return Page("timeline.html", shown, "Timeline", status=status)

    asked = repr((sorted(values.items()), start))
    return await respond(serving, request, "timeline", asked, make=make)


def _number(name: str, text: str) -> int:
    """Return how many items to pass over; HttpError (400) for what is no number."""
    if not (text.isascii() and text.isdecimal()) or len(text) > 9:
        raise HttpError(400, f"{name}={text[:20]!r} is no number", hint=f"{name}=0", parameter=name)
    return int(text)


def error_of(
    error: KgError, path: str = "", given: Iterable[tuple[str, str]] = ()
) -> dict[str, Any]:
    """Return what a form says of an error: what is wrong, what to do, and what may be meant.

    With the page's path and what was given, each thing that may be meant is a link that asks
    the same of it.
    """
    name = error.name if isinstance(error, UnknownNameError | AmbiguousNameError) else ""
    candidates = []
    for line in getattr(error, "candidates", ()):
        curie, _, label = line.partition("  ")
        meant = [(key, curie if text.strip() == name.strip() else text) for key, text in given]
        candidates.append((curie, label, f"{path}?{urlencode(meant)}" if path else ""))
    return {
        "message": error.message,
        # A page has a link where a command names another command.
        "hint": "" if (error.hint or "").startswith("kg search") and name else error.hint,
        "line": error.line,
        "column": error.column,
        "candidates": candidates,
        "sought": name if isinstance(error, UnknownNameError) else "",
    }


def _dated(store: Store, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows of a timeline with what they name, and where each date stands."""
    telling.place_in_time(rows, _days)
    for row in rows:
        row["thing"] = telling.thing(store, expand(row["thing"]) or row["thing"])
        row["claims"] = [telling.thing(store, expand(name) or name) for name in row["claims"]]
        row["against"] = [
            (words, iri if (iri := expand(words) or "") in store.claims else "")
            for words in re.split(r"([\w-]+:[^\s();,]+)", row["against"])
        ]
    return rows


def _days(row: dict[str, Any]) -> tuple[str, str] | None:
    try:
        found = asked(row["date"].split(" ")[0], "date") if row["date"] else None
    except KgError:
        return None
    return found and (max(found.first, FIRST_DAY), min(found.last, LAST_DAY))


async def _contested(serving: Serving, request: Request) -> Response:
    values = values_of(request, "about", "start")
    start = _number("start", values.pop("start", "0"))

    def make(state: State) -> Page:
        from kg.analysis.standing import contested

        shown: dict[str, Any] = {
            "values": values,
            "problem": None,
            "about": None,
            "disputes": [],
            "notes": (),
            "start": start,
            "count": 0,
            "next": "",
        }
        status = 200
        try:
            about = state.resolve(_words(values["about"])) if values.get("about") else ""
            found = contested(state.store, about=about)
            here = [row for row in found if start < row["dispute"] <= start + DISPUTES]
            shown["about"] = telling.thing(state.store, about) if about else None
            shown["disputes"] = _disputes(state.store, here)
            shown["notes"] = found.notes
            shown["count"] = found.figures["disputes"]
            if start + DISPUTES < shown["count"]:
                shown["next"] = urlencode({**values, "start": start + DISPUTES})
        except KgError as error:
            shown["problem"] = error_of(error, "/contested", values.items())
            status = status_of(error)
        return Page("contested.html", shown, "What sources disagree on", status=status)

    asked = repr((values.get("about", ""), start))
    return await respond(serving, request, "contested", asked, make=make)


def _disputes(store: Store, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return disputes, each with its sides, from the rows of the analysis."""
    found: dict[int, dict[str, Any]] = {}
    for row in rows:
        iris = [expand(name) or name for name in row["claims"]]
        claims = [store.claims[iri] for iri in iris if iri in store.claims]
        side = {
            **{key: value for key, value in row.items() if key != "claims"},
            "claims": [telling.claim(store, one) for one in claims],
            "flat": any(one.modality is Modality.ASSERTED for one in claims),
        }
        dispute = found.setdefault(row["dispute"], {"number": row["dispute"], "sides": []})
        if claims and "subject" not in dispute:
            dispute["subject"] = telling.thing(store, claims[0].subject)
            dispute["predicate"] = telling.thing(store, claims[0].predicate)
        dispute["sides"].append(side)
    return list(found.values())
