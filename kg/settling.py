"""Edges of several graphs together: where each is right by itself and they disagree.

Importers and the curated file keep the edge layer of their own claims; what one graph's
claim makes of another graph's edge shows only when both are loaded.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress

from pyoxigraph import BlankNode, Literal, NamedNode, Store, Triple

from kg import claims as model
from kg.claims import Claim
from kg.errors import RefusedError
from kg.vocab import ONTOLOGY_GRAPH, RDF, Vocabulary

_SUBJECT = NamedNode(RDF + "subject")
Node = NamedNode | BlankNode | Triple


def settle(engine: Store) -> None:
    """Take away the edges on which graphs, each right by itself, disagree.

    A property that takes one value has an edge only where the claims agree, or prefer
    one. Each file keeps that for its own claims; two files may not, and links may make
    the subjects of two files one.
    """
    vocabulary = Vocabulary.read(engine.quads_for_pattern(None, None, None, ONTOLOGY_GRAPH))
    for predicate in sorted(vocabulary.edge_predicates):
        if not vocabulary.terms[predicate].functional:
            continue
        node = NamedNode(predicate)
        values: dict[Node, set[Node | Literal]] = defaultdict(set)
        for quad in engine.quads_for_pattern(None, node, None):
            values[quad.subject].add(quad.object)
        for subject in [s for s, found in values.items() if len(found) > 1]:
            backed = model.edges(_claims(engine, subject, node), vocabulary)
            objects = {
                o if isinstance(o, Literal) else NamedNode(o)
                for s, p, o in backed
                if p == predicate and NamedNode(s) == subject
            }
            for quad in list(engine.quads_for_pattern(subject, node, None)):
                if quad.object not in objects:
                    engine.remove(quad)


def _claims(engine: Store, subject: Node, predicate: NamedNode) -> Iterator[Claim]:
    for about in engine.quads_for_pattern(None, _SUBJECT, subject):
        said: dict[str, list[NamedNode | Literal]] = defaultdict(list)
        for quad in engine.quads_for_pattern(about.subject, None, None):
            if isinstance(quad.object, NamedNode | Literal):
                said[quad.predicate.value].append(quad.object)
        if predicate in said[RDF + "predicate"] and isinstance(about.subject, NamedNode):
            with suppress(RefusedError):  # what is no whole claim backs nothing
                yield model.read_claim(about.subject.value, said)
