"""What a query asks for, as SPARQL algebra with the matches of each pattern.

Imports rdflib at the top: load it only for ``kg query --explain``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyoxigraph import Literal, NamedNode
from rdflib import Literal as RdflibLiteral  # noqa: TID253
from rdflib import URIRef, Variable  # noqa: TID253
from rdflib.plugins.sparql.algebra import translateQuery  # noqa: TID253
from rdflib.plugins.sparql.parser import parseQuery  # noqa: TID253
from rdflib.plugins.sparql.parserutils import CompValue  # noqa: TID253

from kg.store import Store
from kg.vocab import PREFIXES, compress


def explain(store: Store, text: str) -> str:
    """Return the algebra of a query, each triple pattern with the number of its matches.

    The algebra is that of SPARQL 1.1 section 18.2, as rdflib translates it. The engine
    starts where it expects fewest matches; the order it takes is its own.
    """
    algebra = translateQuery(parseQuery(text), initNs=PREFIXES).algebra
    return "\n".join(_tree(store, algebra, 0))


def _tree(store: Store, node: CompValue, depth: int) -> Iterator[str]:
    # (rdflib's own get() answers with the name asked for when there is none.)
    parts: dict[str, Any] = dict(node)
    indent = "  " * depth
    shown = [f"?{name}" for name in parts.get("PV", ()) if node.name == "Project"]
    if node.name == "Extend":
        shown.append(f"?{parts['var']}")
    if node.name == "Slice":
        shown.append(f"from {parts['start']}, {parts['length']} at most")
    if isinstance(parts.get("term"), Variable | URIRef):
        shown.append(_term(parts["term"]))
    yield " ".join([indent + node.name, *shown])
    for triple in parts.get("triples") or ():
        yield f"{indent}  {' '.join(map(_term, triple))}   {_matches(store, triple)}"
    for name in ("p", "p1", "p2"):
        if isinstance(parts.get(name), dict):
            yield from _tree(store, parts[name], depth + 1)
    if isinstance(parts.get("expr"), dict) and "graph" in dict(parts["expr"]):
        yield f"{indent}  {parts['expr'].name}"


def _term(term: object) -> str:
    if isinstance(term, Variable):
        return f"?{term}"
    if isinstance(term, URIRef):
        return compress(str(term))
    if isinstance(term, RdflibLiteral):
        return term.n3()
    return str(term)


def _matches(store: Store, triple: tuple[object, object, object]) -> str:
    pattern: list[NamedNode | Literal | None] = []
    for term in triple:
        if isinstance(term, URIRef):
            pattern.append(NamedNode(str(term)))
        elif isinstance(term, RdflibLiteral):
            datatype = NamedNode(str(term.datatype)) if term.datatype else None
            pattern.append(
                Literal(str(term), language=term.language)
                if term.language
                else Literal(str(term), datatype=datatype)
            )
        else:
            pattern.append(None)
    subject, predicate, value = pattern
    if isinstance(subject, Literal) or isinstance(predicate, Literal):
        return "0 matches"
    if not isinstance(triple[1], URIRef) and predicate is None and "?" not in _term(triple[1]):
        return "a path"
    limit = 1_000_000
    count = 0
    for _ in store.engine.quads_for_pattern(subject, predicate, value):
        count += 1
        if count == limit:
            return f"more than {limit:,} matches"
    return f"{count:,} match{'es' if count != 1 else ''}"
