"""What the formats that draw a projection share: what became of each claim in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from kg.claims import Claim, Rank
from kg.formats.flat import Flat, Line, drawn, joined
from kg.formats.record import Losses, Outgoing
from kg.projection import reason
from kg.projection.attributes import Value, texts
from kg.store import Store
from kg.turtle import natural
from kg.vocab import KG, RDF, SKOS, compress, expand

#: What a format that draws a graph cannot carry.
LOSSES = (
    "hedged claims unless asked for, denials likewise, what a claim says beyond the attributes of "
    "an edge, passages' fingerprints, further names, statements that describe a node, and "
    "everything without an edge"
)
# Fields that need no attribute, an edge being what it is.
_ENDS = frozenset({"iri", "subject", "predicate", "object"})
# By field of a claim: the attribute of an edge, and what the claim alone would say there.
_SAID: Mapping[str, tuple[str, Callable[[Claim], Value]]] = {
    "kind": ("kind", lambda c: str(c.kind)),
    "modality": ("modality", lambda c: str(c.modality)),
    "polarity": ("polarity", lambda c: str(c.polarity)),
    "statement": ("statement", lambda c: c.statement),
    "hedges": ("hedge", lambda c: texts(c.hedges)),
    "rank": ("rank", lambda c: "" if c.rank is Rank.NORMAL else str(c.rank)),
    "holders": ("holders", lambda c: joined(c.holders)),
    "original_holders": ("original_holders", lambda c: joined(c.original_holders)),
    "evidence": ("evidence", lambda c: joined(c.evidence)),
    "markers": ("markers", lambda c: texts(sorted(c.markers, key=natural))),
    "cited_sources": ("cited_sources", lambda c: joined(c.cited_sources)),
    "confidence": ("confidence", lambda c: "" if c.confidence is None else c.confidence),
    "credibility": ("credibility", lambda c: "" if c.credibility is None else c.credibility),
    "likelihood": ("likelihood", lambda c: c.likelihood),
    "valid_from": ("valid_from", lambda c: c.valid_from),
    "valid_to": ("valid_to", lambda c: c.valid_to),
    "covered_to": ("covered_to", lambda c: c.covered_to),
    "valid_precision": ("valid_precision", lambda c: c.valid_precision),
}


def account(out: Outgoing, graph: Flat, losses: Losses) -> None:
    """Say what became of each claim, of names and of descriptions in a graph that is drawn.

    A claim on an edge of several loses what the edge says for all of them together; one
    that a node has as an attribute keeps no more than its proposition.
    """
    on_lines: dict[str, list[Line]] = defaultdict(list)
    for line in graph.lines:
        for iri in line.claims:
            on_lines[iri].append(line)
    on_nodes = {
        expand(name) or name
        for data in graph.nodes.values()
        for attribute, value in data.items()
        if attribute.endswith("_claims")
        for name in str(value).split()
    }
    standing = {edge: claims for edge, claims in out.store.edges.items() if claims}
    settled = {edge[:2] for edge in standing}
    backing = {iri for claims in standing.values() for iri in claims}
    carried = {attribute for line in graph.lines for attribute in line.data}
    for iri, claim in out.claims.items():
        if iri in on_lines:
            losses.reduced(iri, *_lost(claim, on_lines[iri], carried))
        elif iri in on_nodes:
            # A value on a node says what, and by which claims; an identifier its scheme, too.
            losses.reduced(
                iri, *(name for name in said(claim) if name not in {*_ENDS, "identity_scheme"})
            )
        else:
            losses.dropped(iri, _reason(out, claim, settled, backing))
    _account_nodes(out, graph, losses)


def said(claim: Claim) -> list[str]:
    """Return the names of the fields in which a claim says something."""
    usual = claim._field_defaults
    return [name for name, value in claim._asdict().items() if value != usual.get(name)]


def _lost(claim: Claim, lines: list[Line], carried: set[str]) -> Iterable[str]:
    alone = len(lines) == 1 and len(lines[0].claims) == 1 and "path" not in lines[0].data
    predicate = compress(claim.predicate)
    if not any("path" in line.data or line.data["predicate"] == predicate for line in lines):
        yield from ("subject", "predicate", "object")  # behind an edge about its document
    says = set(said(claim))
    for name in Claim._fields:
        attribute, value = _SAID.get(name, ("", None))
        if name in _ENDS or value is None or attribute not in carried:
            if name in says - _ENDS:
                yield name
        # What it does not say counts, too: a holder of another claim is none of its own.
        elif not alone and not any(line.data.get(attribute, "") == value(claim) for line in lines):
            yield name


def _reason(out: Outgoing, claim: Claim, settled: set[tuple[str, str]], backing: set[str]) -> str:
    name = drawn(out).name
    found = reason(claim, out.store, settled)
    if found in ("retracted", "deprecated", "identity link"):
        return found
    if not isinstance(claim.object, str) and name != "edges":
        return "literal value"
    return (
        found if name == "edges" and claim.iri not in backing else f"not in the projection {name}"
    )


def _account_nodes(out: Outgoing, graph: Flat, losses: Losses) -> None:
    store = out.store
    for name in ("blank node", "edge without claim"):
        losses.other(name, drawn(out).left_out.get(name, 0))
    for node, data in graph.nodes.items():
        names = {name.text for name in store.labels.get(expand(node) or node, ())}
        losses.other("further name", len(names - {data.get("label")}))
    losses.other("describing statement", describing(store, graph.nodes))
    things = store.labels.keys() if out.whole else {*out.entities, *out.sources}
    unseen = {compress(iri) for iri in things if iri not in store.claims}
    losses.other("entity without edge", len(unseen - graph.nodes.keys()))
    passages = (
        store.passages.keys()
        if out.whole
        else {iri for claim in out.claims.values() for iri in claim.evidence}
    )
    losses.other(
        "passage fingerprint",
        sum(bool(store.passages[iri].fingerprint) for iri in passages if iri in store.passages),
    )


def describing(store: Store, nodes: Iterable[str]) -> int:
    """Return how many statements the data make of some nodes that no graph program gets."""
    carried = {RDF + "type", SKOS + "prefLabel", SKOS + "altLabel", SKOS + "definition"}
    carried |= {KG + "eventStatus", *store.vocabulary.edge_predicates}
    return sum(
        len(values)
        for node in nodes
        for predicate, values in store.describe(expand(node) or node).items()
        if predicate not in carried
    )
