"""A projection in rows, as graph programs take it: plain attributes, ids of their own.

A program that draws graphs knows nodes, edges and their attributes, each a text, a
number or yes and no.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

from kg.claims import Claim, Polarity, Rank, qualifies
from kg.errors import UsageError
from kg.formats.record import Outgoing
from kg.projection import Projection
from kg.projection.attributes import Value, texts
from kg.turtle import natural
from kg.vocab import OWL, Vocabulary, compress, expand

#: Attributes that hold several ids in one string, separated by blanks.
LISTS = frozenset({"claims", "holders", "original_holders", "sources", "cited_sources", "evidence"})
#: What stands before the name of an identifier's scheme: ``id_wikidata``.
IDENTIFIER = "id_"

# In an attribute of an element, line feeds and tabs would become blanks.
_ENTITIES = {'"': "&quot;", "\n": "&#10;", "\t": "&#9;"}
_TO_ESCAPE = re.compile('[&<>"\n\t]')
# What XML 1.0 (section 2.2) cannot hold even escaped, and the carriage return,
# which every XML reader turns into a line feed.
_NOT_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Line:
    """An edge as graph programs take it: its id is that of nothing else in the graph.

    ``claims`` are the IRIs of the claims behind it, none where a query made it.
    """

    id: str
    source: str
    target: str
    claims: tuple[str, ...]
    data: Mapping[str, Value]

    @property
    def hedged(self) -> bool:
        """Whether it must not be taken for a fact."""
        return not self.data["materialised"]


@dataclass(frozen=True, slots=True)
class Flat:
    """A graph in plain rows, in the projection's order; what is empty is left out."""

    name: str
    nodes: Mapping[str, Mapping[str, Value]]
    lines: tuple[Line, ...]
    description: str


def drawn(out: Outgoing) -> Projection:
    """Return the projection that goes out; UsageError when none was made."""
    if out.projection is None:
        raise UsageError("a graph format draws a projection", hint="kg.formats.export makes one")
    return out.projection


def flat(out: Outgoing, *, bare: bool = False) -> Flat:
    """Return the projection of what goes out as rows, with the identifiers of its nodes.

    Beside the projection's own attributes an edge says ``hedged`` (yes unless it stands
    as a fact), its first claim in ``claim_id`` (programs number edges anew), the passages in ``evidence``, and what its claims agree on in
    ``likelihood``, ``rank``, ``covered_to`` and ``valid_precision``. ``bare``: without
    all that.
    """
    projection = drawn(out)
    graph = projection.graph
    names_elsewhere = {} if bare else identifiers(out)
    nodes = {
        node: _filled({**data, **names_elsewhere.get(node, {})})
        for node, data in graph.nodes(data=True)
    }
    lines = []
    taken: set[str] = set(nodes)
    all_claims = out.store.claims
    iris: dict[str, str] = {}
    for source, target, key, data in graph.edges(keys=True, data=True):
        names = str(data["claims"]).split()
        for name in names:
            if name not in iris:
                iris[name] = expand(name) or name
        claims = tuple([iris[name] for name in names])
        found = [all_claims[iri] for iri in claims if iri in all_claims]
        said = dict(data)
        if not bare:
            said["hedged"] = not data["materialised"]
            said["claim_id"] = names[0] if names else ""
            said.update({name: value(found) for name, value in _MORE.items()})
        own = _unique(str(key), target, taken)
        lines.append(Line(own, source, target, claims, _filled(said)))
    return Flat(projection.name, nodes, tuple(lines), projection.summary())


def _filled(data: Mapping[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in data.items() if value != ""}


def _unique(key: str, target: str, taken: set[str]) -> str:
    # A publisher of several papers has one key for all of them, which networkx takes;
    # Gephi drops the second edge of an id, Cytoscape refuses an edge with a node's.
    found = key
    if found in taken:
        found = f"{key}|{target}"
    number = 2
    while found in taken:
        found = f"{key}|{target}|{number}"
        number += 1
    taken.add(found)
    return found


def identifiers(out: Outgoing) -> dict[str, dict[str, Value]]:
    """Return what nodes are called elsewhere, as far as that stands as a fact."""
    vocabulary = out.store.vocabulary
    found: dict[str, dict[str, list[Claim]]] = defaultdict(lambda: defaultdict(list))
    for claim in out.claims.values():
        if claim.identity_scheme and stands(claim, vocabulary):
            name = IDENTIFIER + re.sub(r"\W", "_", claim.identity_scheme)
            found[compress(claim.subject)][name].append(claim)
    return {
        node: {
            key: value
            for name, claims in sorted(schemes.items())
            for key, value in (
                (name, texts(sorted({code(claim) for claim in claims}, key=natural))),
                (f"{name}_claims", joined(claim.iri for claim in claims)),
            )
        }
        for node, schemes in found.items()
    }


def stands(claim: Claim, vocabulary: Vocabulary) -> bool:
    """Return whether a claim counts as a fact by the rule for edges, whatever its property."""
    return qualifies(claim._replace(predicate=OWL + "sameAs"), vocabulary)


def code(claim: Claim) -> str:
    """Return the bare identifier that an identity claim gives: Q423, not its address."""
    if not isinstance(claim.object, str):
        return claim.object.value
    return claim.object.rpartition("/")[2] or claim.object


def joined(iris: Iterable[str]) -> str:
    """Return the CURIEs of some nodes, each once, in one string."""
    return " ".join(compress(iri) for iri in sorted(set(iris), key=natural))


def _agreed(name: str) -> Callable[[list[Claim]], Value]:
    def read(claims: list[Claim]) -> Value:
        said = {str(getattr(claim, name)) for claim in claims}
        return said.pop() if len(said) == 1 else ""

    return read


def _rank(claims: list[Claim]) -> Value:
    said = {claim.rank for claim in claims}
    return str(said.pop()) if len(said) == 1 and Rank.NORMAL not in said else ""


def _evidence(claims: list[Claim]) -> Value:
    if len(claims) == 1 and len(claims[0].evidence) == 1:  # nearly always
        return compress(claims[0].evidence[0])
    return joined(iri for claim in claims for iri in claim.evidence)


#: What an edge says beside the attributes of the projection.
_MORE: Mapping[str, Callable[[list[Claim]], Value]] = {
    "evidence": _evidence,
    "likelihood": _agreed("likelihood"),
    "rank": _rank,
    "covered_to": _agreed("covered_to"),
    "valid_precision": _agreed("valid_precision"),
}


# ---------------------------------------------------------------- texts from strangers


def xml_text(text: str) -> str:
    """Return a text with U+FFFD for each character that XML cannot hold."""
    return _NOT_XML.sub("\ufffd", text)


def xml_escaped(value: Value) -> str:
    """Return a value as it stands in XML, between tags or in double quotes.

    >>> xml_escaped('a < "b"'), xml_escaped(True)
    ('a &lt; &quot;b&quot;', 'true')
    """
    if isinstance(value, bool):
        return str(value).lower()
    text = xml_text(str(value))
    return escape(text, _ENTITIES) if _TO_ESCAPE.search(text) else text


def not_xml(values: Iterable[Value]) -> int:
    """Return how many characters in some values XML cannot hold."""
    return sum(len(_NOT_XML.findall(value)) for value in values if isinstance(value, str))


def column_types(rows: Iterable[Mapping[str, Value]]) -> dict[str, type]:
    """Return the type of each attribute: bool, int or str; str where rows differ."""
    found: dict[str, type] = {}
    for data in rows:
        for name, value in data.items():
            if found.setdefault(name, type(value)) is not type(value):
                found[name] = str
    return found


def all_values(graph: Flat) -> Iterable[Value]:
    """Yield every value of every node and edge."""
    for node in graph.nodes.values():
        yield from node.values()
    for line in graph.lines:
        yield from line.data.values()


def kind_of_line(line: Line) -> str:
    """Return what an edge is, in one word or two: a program may merge edges that are alike.

    A fact is named for its property alone; anything else says how it is put as well.
    """
    data = line.data
    if not line.hedged:
        return str(data["predicate"])
    put = [str(data["kind"]), str(data["modality"])]
    if data["polarity"] == Polarity.NEGATED:
        put.append(str(data["polarity"]))
    return f"{data['predicate']} ({', '.join(put)})"
