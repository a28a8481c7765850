"""Edges that several claims make together: actors through what they share, documents, answers."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode

from kg import selection as selecting
from kg.claims import Claim, Polarity
from kg.errors import UsageError
from kg.projection import INSTRUMENTS, Drawn, Layer, Line, Projection
from kg.projection.attributes import Attributes, Value
from kg.turtle import natural
from kg.vocab import KG, RDF, compress, expand

if TYPE_CHECKING:
    from kg.results import Result
    from kg.store import Store

_ACTING = (KG + "initiator", KG + "adoptedBy")
_ACTED_ON = (KG + "recipient", KG + "targets")
_TAKING_PART = (KG + "hasParty", KG + "participant", KG + "initiator", KG + "recipient")


def actors(layer: Layer) -> list[Line]:
    """Return the edges from actor to actor, direct ones and those by way of something shared.

    Through an agreement two parties are joined both ways ("is party with"). Through an event
    or a resolution who began it acts on whom it is directed at ("acts on"), and all who
    took part are joined both ways ("is in one event with", be it as enemies), unless one acts on the other. A
    denial joins nobody.
    """
    family = layer.attributes.family
    lines: list[Line] = []
    through: dict[str, list[Drawn]] = defaultdict(list)
    used: set[str] = set()
    affirmed = [
        d for d in layer.drawn if layer.attributes.claims[d.claims[0]].polarity != Polarity.NEGATED
    ]
    for drawn in affirmed:
        subject, predicate, value = drawn.edge
        if family(str(value)) != "actor":
            continue
        if family(subject) == "actor":
            lines.append(layer.line(drawn))
            used.update(drawn.claims)
        elif predicate in (*_ACTING, *_ACTED_ON, *_TAKING_PART):
            through[subject].append(drawn)
    for shared, drawn_here in through.items():
        for line, claims in _through(layer, shared, drawn_here):
            lines.append(line)
            used.update(claims)
    rest = {claim for d in layer.drawn for claim in d.claims} - used
    layer.left_out["negated"] += sum(
        layer.attributes.claims[c].polarity == Polarity.NEGATED for c in rest
    )
    layer.left_out["not between actors"] += sum(
        layer.attributes.claims[c].polarity != Polarity.NEGATED for c in rest
    )
    return lines


def _through(layer: Layer, shared: str, drawn: list[Drawn]) -> list[tuple[Line, tuple[str, ...]]]:
    """Return the edges between actors by way of one thing, each with its claims."""
    making = layer.attributes
    data = {id(d): layer.line(d).data for d in drawn}
    found: list[tuple[Line, tuple[str, ...]]] = []
    acting: set[frozenset[str]] = set()
    instrument = making.family(shared) in INSTRUMENTS

    def add(one: Drawn, other: Drawn, word: str, label: str, symmetric: bool) -> None:
        a, b = str(one.edge[2]), str(other.edge[2])
        via, p, q = making.curie(shared), making.curie(one.edge[1]), making.curie(other.edge[1])
        attributes = making.shared(
            (data[id(one)], data[id(other)]),
            predicate=word,
            label=label,
            family="relation",
            symmetric=symmetric,
            via=via,
            path=f"{making.curie(a)} ←{p}— {via} —{q}→ {making.curie(b)}",
        )
        # Two claims of one role make two edges; their claims tell them apart.
        key = f"{word}|{'+'.join(str(attributes['claims']).split())}"
        found.append((Line(a, b, key, attributes), (*one.claims, *other.claims)))

    for one in drawn:
        for other in drawn:
            pair = frozenset((str(one.edge[2]), str(other.edge[2])))
            if one.edge[1] in _ACTING and other.edge[1] in _ACTED_ON and len(pair) == 2:
                acting.add(pair)
                add(one, other, "acts-on", "acts on", symmetric=False)
    role: dict[str, Drawn] = {}
    for one in drawn:  # facts come first: of several roles of one actor the firmest counts
        if one.edge[1] in _TAKING_PART:
            role.setdefault(str(one.edge[2]), one)
    for a, b in combinations(sorted(role, key=natural), 2):
        if frozenset((a, b)) in acting:
            continue
        if instrument:
            add(role[a], role[b], "party-with", "is party with", symmetric=True)
        else:
            add(role[a], role[b], "same-event", "is in one event with", symmetric=True)
    return found


def sources(layer: Layer) -> list[Line]:
    """Return who cites whom, who published what, and where its information began.

    The claims of a citation are those whose footnotes name it; those of the other edges
    are read in the document, or cite it. Only documents that stand behind a claim are here.
    """
    making, store = layer.attributes, layer.attributes.store
    for reason in tuple(layer.left_out):
        if reason not in selecting.REASONS:
            del layer.left_out[reason]
    read: dict[str, list[Claim]] = defaultdict(list)
    citing: dict[tuple[str, str], list[Claim]] = defaultdict(list)
    for claim in making.claims.values():
        documents = {
            store.passages[iri].source for iri in claim.evidence if iri in store.passages
        } & store.sources.keys()
        for document in documents:
            read[document].append(claim)
            for cited in claim.cited_sources:
                if cited != document:
                    citing[document, cited].append(claim)
    behind: dict[str, list[Claim]] = defaultdict(list, {d: list(c) for d, c in read.items()})
    for (_, cited), claims in citing.items():
        behind[cited] += claims
    lines = [
        _document_line(making, pair, "cites", "cites", "is cited by", claims)
        for pair, claims in citing.items()
    ]
    for document, claims in behind.items():
        source = store.sources.get(document)
        if source is None:
            continue
        unique = list({claim.iri: claim for claim in claims}.values())
        for origin in source.origins:
            words = ("originatesFrom", "originates from", "is the origin of")
            lines.append(_document_line(making, (document, origin), *words, unique))
        if source.publisher:
            words = ("publisher", "published by", "published")
            lines.append(_document_line(making, (document, source.publisher), *words, unique))
    lines.sort(key=lambda line: (natural(line.source), natural(line.target), line.key))
    return lines


_WORDS = {
    "cites": "cito:cites",
    "originatesFrom": "kg:originatesFrom",
    "publisher": "dcterms:publisher",
}


def _document_line(
    making: Attributes,
    ends: tuple[str, str],
    word: str,
    label: str,
    inverse: str,
    claims: list[Claim],
) -> Line:
    """Return an edge about a document itself: a plain fact of its record, whatever it says."""
    data: dict[str, Value] = {
        "predicate": _WORDS[word],
        "label": label,
        "inverse": inverse,
        "family": "source",
        "symmetric": 0,
        "materialised": 1,
        **making.evidence(claims),
        "statement": "",
        "kind": "fact",
        "modality": "asserted",
        "polarity": "affirmative",
        "hedge": "",
        "contested": 0,
        "weight": len(claims),
    }
    # How sure the claims are says nothing of the citation.
    for name in ("confidence", "credibility", "held"):
        data.pop(name, None)
    return Line(*ends, f"{_WORDS[word]}|{making.curie(ends[0])}", data)


# ---------------------------------------------------------------- answers of queries


def answer(store: Store, result: Result, name: str) -> Projection:
    """Return an answer as a projection; see ``kg.projection.of_result``."""
    import networkx as nx

    if result.kind == "ask":
        raise UsageError("yes or no makes no graph", hint="use SELECT or CONSTRUCT")
    making = Attributes(store, store.claims)
    lines = _triples(making, result) if result.kind == "construct" else _rows(making, result)
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(name=name)
    for iri in sorted({end for line in lines for end in line[:2]}, key=natural):
        graph.add_node(making.curie(iri), **making.node(iri, {}))
    for source, target, key, data in lines:
        graph.add_edge(making.curie(source), making.curie(target), key, **data)
    bare = sum(not line.data["claims"] for line in lines)
    left_out = {"edge without claim": bare} if bare else {}
    return Projection(graph, name, left_out, whole=False)


def _triples(making: Attributes, result: Result) -> list[Line]:
    lines: list[Line] = []
    for triple in result.triples:
        subject, predicate, value = triple.subject, triple.predicate, triple.object
        if not (isinstance(subject, NamedNode) and isinstance(value, NamedNode)):
            continue  # a literal describes its node, a blank node has no name
        if predicate.value == RDF + "type":
            continue
        edge = (subject.value, predicate.value, value.value)
        lines += _lines_of(making, edge, making.store.claims_for(*edge))
    return lines


def _lines_of(
    making: Attributes, edge: tuple[str, str, str], claims: tuple[Claim, ...]
) -> list[Line]:
    """Return the edges of one proposition: the fact with its claims, and each other claim alone."""
    backing = set(making.store.edges.get(edge, ()))
    facts = [claim for claim in claims if claim.iri in backing]
    lines = []
    if facts:
        names = [making.curie(claim.iri) for claim in facts]
        key = names[0] if len(names) == 1 else f"{making.curie(edge[1])}|{names[0]}"
        lines.append(Line(edge[0], edge[2], key, making.edge(edge, facts, True)))
    for claim in claims:
        if claim.iri not in backing:
            data = making.edge(edge, [claim], False)
            lines.append(Line(edge[0], edge[2], making.curie(claim.iri), data))
    return lines or [Line(edge[0], edge[2], f"{making.curie(edge[1])}|", _bare(making, edge[1]))]


def _bare(making: Attributes, predicate: str) -> dict[str, Value]:
    """Return the attributes of an edge that a query made and no claim backs: never a fact."""
    term = making.store.vocabulary.terms.get(predicate)
    return {
        "predicate": making.curie(predicate),
        "label": making.store.vocabulary.label(predicate),
        "inverse": term.inverse_phrase if term else "",
        "family": making.store.vocabulary.family(predicate),
        "symmetric": int(term.symmetric) if term else 0,
        "materialised": 0,
        "claims": "",
        "statement": "",
        "kind": "assessment",
        "modality": "possible",
        "polarity": "affirmative",
        "hedge": "",
        "contested": 0,
        "holders": "",
        "original_holders": "",
        "sources": "",
        "origins": 0,
        "locators": "",
        "cited_sources": "",
        "markers": "",
        "valid_from": "",
        "valid_to": "",
        "by_query": 1,
    }


_PREDICATE_COLUMNS = ("predicate", "relation", "property")


def _rows(making: Attributes, result: Result) -> list[Line]:
    columns = result.variables
    lines: dict[tuple[str, str, str], Line] = {}
    for number, row in enumerate(result.rows, 1):
        named = dict(zip(columns, row, strict=True))
        nodes = {name: term.value for name, term in named.items() if isinstance(term, NamedNode)}
        claims = [making.claims[iri] for iri in nodes.values() if iri in making.claims]
        for word, term in named.items():  # "claims": several in one cell
            if isinstance(term, Literal) and word.startswith("claim"):
                iris = (expand(name) or "" for name in term.value.split())
                claims += [making.claims[iri] for iri in iris if iri in making.claims]
        if {"source", "target"} <= nodes.keys():
            predicate = next((nodes[c] for c in _PREDICATE_COLUMNS if c in nodes), KG + "relatedTo")
            edge = (nodes["source"], predicate, nodes["target"])
            made = (
                [Line(edge[0], edge[2], _key(making, edge[1], claims), _told(making, edge, claims))]
                if claims
                else _lines_of(making, edge, making.store.claims_for(*edge))
            )
        elif claims:
            made = [
                line
                for claim in claims
                if isinstance(claim.object, str)
                for line in _lines_of(
                    making, (claim.subject, claim.predicate, claim.object), (claim,)
                )
            ]
        else:
            raise UsageError(
                f"row {number} makes no edge: it names neither ?source and ?target nor a claim",
                hint="name the ends so, name ?claim, or use CONSTRUCT",
            )
        for line in made:
            lines.setdefault((line.source, line.target, line.key), line)
    return list(lines.values())


def _key(making: Attributes, predicate: str, claims: list[Claim]) -> str:
    first = making.curie(claims[0].iri)
    return first if len(claims) == 1 else f"{making.curie(predicate)}|{first}"


def _told(making: Attributes, edge: tuple[str, str, str], claims: list[Claim]) -> dict[str, Value]:
    """Return the attributes of a row's edge: a fact only if its claims back that very edge."""
    backing = making.store.edges.get(edge, ())
    data = making.edge(edge, claims, all(claim.iri in backing for claim in claims))
    return data | {"label": making.store.label(edge[1]) or compress(edge[1])}
