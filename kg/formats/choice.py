"""Choosing what goes out: claims by filters, by what they are about, or by an answer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from pyoxigraph import NamedNode

from kg.claims import Claim, Edge
from kg.errors import UsageError
from kg.formats.record import Outgoing
from kg.projection import Projection, Value
from kg.selection import EVERYTHING, Selection, select
from kg.store import ONTOLOGY_GRAPH, Store
from kg.turtle import natural
from kg.vocab import expand

#: What may go out: the edges with the claims behind them, claims alone, or both.
WHAT = ("edges", "claims", "all")


def outgoing(
    store: Store,
    *,
    what: str = "all",
    selection: Selection = EVERYTHING,
    about: Collection[str] = (),
    named: Collection[str] | None = None,
    projection: Projection | None = None,
    options: Mapping[str, str] | None = None,
) -> Outgoing:
    """Return what goes out of a store.

    ``selection`` filters; ``about`` keeps the claims that have one of these things at an
    end; ``named`` keeps those of an answer. All are IRIs, and what is given narrows
    together. An edge of the rest stands if the filters let it stand: that only one of two
    rival dates was asked for settles no dispute. A ``projection`` given keeps the edges
    that these claims make. Raises UsageError for an unknown ``what``, and what
    ``kg.selection.select`` raises.
    """
    if what not in WHAT:
        raise UsageError(f"there is no {what!r} to export", hint="one of " + ", ".join(WHAT))
    selected = select(store, selection)
    narrowed = bool(selection or about) or named is not None
    claims = _narrowed(store, selected.claims, selection, about, named)
    edges: dict[Edge, tuple[str, ...]] = {}
    if what != "claims":
        for edge, behind in selected.edges(store).items():
            if kept := tuple(iri for iri in behind if iri in claims):
                edges[edge] = kept
    if what == "edges":
        backing = {iri for behind in edges.values() for iri in behind}
        claims = {iri: claim for iri, claim in claims.items() if iri in backing}
    whole = what == "all" and not narrowed
    if projection is not None and (about or named is not None or what == "edges"):
        projection = _only(projection, claims, about, bare=what != "edges")
    return Outgoing(
        store=store,
        what=what,
        claims=claims,
        edges=edges,
        entities=_entities(store, claims.values(), whole=whole),
        sources=_sources(store, claims.values()),
        projection=projection,
        whole=whole,
        options=dict(options or {}),
    )


def _narrowed(
    store: Store,
    claims: Mapping[str, Claim],
    selection: Selection,
    about: Collection[str],
    named: Collection[str] | None,
) -> Mapping[str, Claim]:
    if about:
        near = {iri for thing in about for iri in store.claims_about.get(thing, ())}
        claims = {iri: claim for iri, claim in claims.items() if iri in near}
    if named is not None:
        wanted = set(named)
        claims = {iri: claim for iri, claim in claims.items() if iri in wanted}
    if selection.signs:
        terms = store.vocabulary.terms
        claims = {
            iri: claim
            for iri, claim in claims.items()
            if claim.predicate in terms and terms[claim.predicate].sign in selection.signs
        }
    return claims


def _entities(store: Store, claims: Iterable[Claim], *, whole: bool) -> tuple[str, ...]:
    found: set[str] = set()
    for claim in claims:
        found.update((claim.subject, *claim.holders, *claim.original_holders))
        if isinstance(claim.object, str):
            found.add(claim.object)
    if whole:
        found.update(
            quad.subject.value
            for quad in store.quads()
            if quad.graph_name != ONTOLOGY_GRAPH and isinstance(quad.subject, NamedNode)
        )
        found -= store.claims.keys()
    found -= store.passages.keys() | store.citations.keys() | store.sources.keys()
    return tuple(sorted(found, key=natural))


def _sources(store: Store, claims: Iterable[Claim]) -> tuple[str, ...]:
    found: set[str] = set()
    for claim in claims:
        found.update(claim.cited_sources)
        ends = (claim.subject, claim.object)
        found.update(node for node in ends if isinstance(node, str) and node in store.sources)
        found.update(store.passages[p].source for p in claim.evidence if p in store.passages)
        found.update(store.citations[c].cited for c in claim.citations if c in store.citations)
    for iri in list(found):
        if iri in store.sources:
            found.update(store.sources[iri].origins)
    return tuple(sorted(found - {""}, key=natural))


def _only(
    projection: Projection, claims: Mapping[str, Claim], about: Collection[str], *, bare: bool
) -> Projection:
    """Return the part of a projection that some claims make, and the things asked about.

    ``bare``: with the edges that a query made and no claim backs.
    """
    from kg.projection import filled

    def made(text: object) -> bool:
        return any((expand(curie) or curie) in claims for curie in str(text).split())

    graph = projection.graph
    lines = [
        line
        for line in graph.edges(keys=True, data=True)
        if made(line[3]["claims"]) or (bare and not line[3]["claims"])
    ]
    ends = {end for line in lines for end in line[:2]}
    nodes: list[tuple[str, dict[str, Value]]] = []
    for node, data in graph.nodes(data=True):
        kept = dict(data)
        earned = [name for name in data if name.endswith("_claims")]
        for name in earned:
            if not made(data[name]):
                stem = name.removesuffix("_claims")
                for one in (stem, name, f"{stem}_contested"):
                    kept.pop(one, None)
        if node in ends or (expand(node) or node) in about or any(n in kept for n in earned):
            nodes.append((node, kept))
    found = filled(projection.name, nodes, ((s, t, str(k), data) for s, t, k, data in lines))
    return replace(projection, graph=found, whole=False)
