"""Linked nodes as one: what a graph says, said of the nodes that stand for its own.

The files stay as they are. While a graph is loaded, each node that the workspace's links
join to another (``kg:linkedTo``) gives way to it, in claims and in edges, and the claim
notes which node its data set named. Without the link, the graph loads as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from kg.vocab import ID, KG, OWL, RDF, SKOS

#: The graph of the links between nodes, and of the judgements they rest on.
LINKS_GRAPH = NamedNode(ID + "graph/links")

_LINKED_TO = NamedNode(KG + "linkedTo")
_TYPE = NamedNode(RDF + "type")
_SUBJECT, _PREDICATE, _OBJECT = (NamedNode(RDF + n) for n in ("subject", "predicate", "object"))
_SAME_AS = NamedNode(OWL + "sameAs")
_RECORDED = {
    _SUBJECT: NamedNode(KG + "recordedSubject"),
    _OBJECT: NamedNode(KG + "recordedObject"),
}
_PREFERRED, _OTHER = NamedNode(SKOS + "prefLabel"), NamedNode(SKOS + "altLabel")
_DEFINITION = NamedNode(SKOS + "definition")

Node = NamedNode | BlankNode | Triple
#: Which node stands for which.
Joined = Mapping[NamedNode, NamedNode]


def read(quads: Iterable[Quad]) -> dict[NamedNode, NamedNode]:
    """Return which node stands for which, as the graph of the links has it."""
    return {
        quad.subject: quad.object
        for quad in quads
        if quad.predicate == _LINKED_TO
        and isinstance(quad.subject, NamedNode)
        and isinstance(quad.object, NamedNode)
    }


def rewrite(
    quads: Iterable[Quad], joined: Joined, graph: NamedNode, symmetric: frozenset[NamedNode]
) -> Iterator[Quad]:
    """Yield what a graph says with the nodes that stand for its own.

    What is said of one node has to come together, as in every file we write. A name that
    a node preferred is another name of the node that stands for it, and its class and
    definition give way. Edges of ``symmetric`` properties keep their one direction; one
    that would join a node with itself is left out.
    """
    for subject, said in groupby(quads, key=lambda quad: quad.subject):
        node = joined.get(subject) if isinstance(subject, NamedNode) else None
        mine = list(said)
        if node is not None:
            yield from _of_joined(node, mine, joined, graph, symmetric)
        elif any(quad.object in joined for quad in mine):
            yield from _of_other(mine, joined, graph, symmetric)
        else:
            for quad in mine:
                yield Quad(quad.subject, quad.predicate, quad.object, graph)


def _of_joined(
    node: NamedNode,
    said: list[Quad],
    joined: Joined,
    graph: NamedNode,
    symmetric: frozenset[NamedNode],
) -> Iterator[Quad]:
    for quad in said:
        predicate = quad.predicate
        if predicate == _DEFINITION or (
            predicate == _TYPE
            and isinstance(quad.object, NamedNode)
            and quad.object.value.startswith(KG)
        ):
            continue
        if predicate == _PREFERRED:
            predicate = _OTHER
        yield from _edge(node, predicate, quad.object, joined, graph, symmetric)


def _of_other(
    said: list[Quad], joined: Joined, graph: NamedNode, symmetric: frozenset[NamedNode]
) -> Iterator[Quad]:
    # An identity claim names an identifier, which stays what it is.
    identity = any(q.predicate == _PREDICATE and q.object == _SAME_AS for q in said)
    for quad in said:
        noted = _RECORDED.get(quad.predicate)
        target = joined.get(quad.object) if isinstance(quad.object, NamedNode) else None
        if target is None or (identity and quad.predicate == _OBJECT):
            yield Quad(quad.subject, quad.predicate, quad.object, graph)
        elif noted is not None:
            yield Quad(quad.subject, quad.predicate, target, graph)
            yield Quad(quad.subject, noted, quad.object, graph)
        else:
            yield from _edge(quad.subject, quad.predicate, quad.object, joined, graph, symmetric)


def _edge(
    subject: Node,
    predicate: NamedNode,
    value: Node | Literal,
    joined: Joined,
    graph: NamedNode,
    symmetric: frozenset[NamedNode],
) -> Iterator[Quad]:
    if isinstance(value, NamedNode) and predicate not in (_SAME_AS, _TYPE):
        value = joined.get(value, value)
        if value == subject:
            return
        if (
            predicate in symmetric
            and isinstance(subject, NamedNode)
            and value.value < subject.value
        ):
            subject, value = value, subject
    yield Quad(subject, predicate, value, graph)
