"""What the formats that draw a projection share: what became of each claim in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kg.claims import Claim
from kg.errors import UsageError
from kg.formats.record import Losses, Outgoing
from kg.projection import Projection, Value, reason
from kg.vocab import KG, RDF, SKOS, compress, expand

#: The fields of a claim that an edge of a projection has, each with its attribute.
_CARRIED: Mapping[str, str] = {
    "kind": "kind",
    "modality": "modality",
    "polarity": "polarity",
    "statement": "statement",
    "hedges": "hedge",
    "holders": "holders",
    "original_holders": "original_holders",
    "markers": "markers",
    "cited_sources": "cited_sources",
    "confidence": "confidence",
    "credibility": "credibility",
    "valid_from": "valid_from",
    "valid_to": "valid_to",
}
_ENDS = frozenset({"iri", "subject", "predicate", "object"})


def drawn(out: Outgoing) -> Projection:
    """Return the projection that goes out; UsageError when none was made."""
    if out.projection is None:
        raise UsageError("a graph format draws a projection", hint="kg.formats.export makes one")
    return out.projection


def account(out: Outgoing, losses: Losses) -> None:
    """Say what became of each claim, of names and of descriptions in a drawn projection.

    A claim on an edge of several loses what the edge says for all of them together;
    one that a node has as an attribute keeps no more than its proposition.
    """
    graph = drawn(out).graph
    on_edges: dict[str, Mapping[str, Value]] = {}
    for *_, data in graph.edges(data=True):
        for iri in _claims(data["claims"]):
            on_edges.setdefault(iri, data)
    on_nodes = {
        iri
        for _, data in graph.nodes(data=True)
        for name, value in data.items()
        if name.endswith("_claims")
        for iri in _claims(value)
    }
    settled = {edge[:2] for edge, behind in out.store.edges.items() if behind}
    for iri, claim in out.claims.items():
        if iri in on_edges:
            losses.reduced(iri, *_lost(claim, on_edges[iri]))
        elif iri in on_nodes:
            losses.reduced(iri, *(name for name in _said(claim) if name not in _ENDS))
        else:
            losses.dropped(iri, _reason(out, claim, settled))
    _account_nodes(out, losses)


def _claims(text: object) -> list[str]:
    return [expand(curie) or curie for curie in str(text).split()]


def _said(claim: Claim) -> list[str]:
    """Return the names of the fields in which a claim says something."""
    usual = claim._field_defaults
    return [name for name, value in claim._asdict().items() if value != usual.get(name)]


def _lost(claim: Claim, data: Mapping[str, Value]) -> Iterable[str]:
    alone = len(str(data["claims"]).split()) == 1 and "via" not in data
    for name in _said(claim):
        if name in _ENDS:
            continue
        attribute = _CARRIED.get(name)
        if not attribute or (not alone and str(data.get(attribute, "")) != _text(claim, name)):
            yield name


def _text(claim: Claim, name: str) -> str:
    value = getattr(claim, name)
    if not isinstance(value, tuple):
        return str(value)
    if name in ("hedges", "markers"):
        return "; ".join(value)
    return " ".join(map(compress, value))


def _reason(out: Outgoing, claim: Claim, settled: set[tuple[str, str]]) -> str:
    name = drawn(out).name
    found = reason(claim, out.store, settled)
    if found in ("retracted", "deprecated", "identity link"):
        return found
    if not isinstance(claim.object, str) and name != "edges":
        return "literal value"
    return found if name == "edges" else f"not in the projection {name}"


def _account_nodes(out: Outgoing, losses: Losses) -> None:
    store, projection = out.store, drawn(out)
    carried = {RDF + "type", SKOS + "prefLabel", SKOS + "altLabel", SKOS + "definition"}
    carried |= {KG + "eventStatus", *store.vocabulary.edge_predicates}
    for name in ("blank node", "edge without claim"):
        losses.other(name, projection.left_out.get(name, 0))
    for node, data in projection.graph.nodes(data=True):
        iri = expand(node) or node
        names = {name.text for name in store.labels.get(iri, ())}
        losses.other("further name", len(names - {data["label"]}))
        said = store.describe(iri).items()
        losses.other("describing statement", sum(len(v) for p, v in said if p not in carried))
    things = store.labels.keys() if out.whole else {*out.entities, *out.sources}
    unseen = {compress(iri) for iri in things if iri not in store.claims}
    losses.other("entity without edge", len(unseen - set(projection.graph)))
    passages = (
        store.passages.keys()
        if out.whole
        else {iri for claim in out.claims.values() for iri in claim.evidence}
    )
    losses.other(
        "passage fingerprint",
        sum(bool(store.passages[iri].fingerprint) for iri in passages if iri in store.passages),
    )
