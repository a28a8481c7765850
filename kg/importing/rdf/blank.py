"""Names for blank nodes, from what is said of them alone.

The same description gives the same name, in whatever file, order or spelling it comes.
Nodes that RDF cannot tell apart (two with the same description in the same place)
become one, which says the same. What needs it is canonicalised by RDFC-1.0, the rest
by two passes over the tree that most anonymous nodes are.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from pyoxigraph import BlankNode, CanonicalizationAlgorithm, Dataset, Literal, NamedNode, Quad

from kg.vocab import ID

#: So many nodes alike that only trying all orders tells apart are tried; it takes n! steps.
ALIKE = 6
#: A knot of nodes that lead back to themselves is looked at up to this size.
KNOT = 2000
_MARK = NamedNode("urn:x-gambit:marked")


class Link(NamedTuple):
    """One quad that names blank nodes, each term as text; ``nodes`` are those it names."""

    terms: tuple[str, str, str, str]
    nodes: tuple[str, ...]

    @classmethod
    def of(cls, quad: Quad) -> Link:
        """Return the link that a quad is."""
        terms = (quad.subject, quad.predicate, quad.object, quad.graph_name)
        texts = (str(terms[0]), str(terms[1]), str(terms[2]), str(terms[3]))
        found = {t for t, term in zip(texts, terms, strict=True) if isinstance(term, BlankNode)}
        return cls(texts, tuple(sorted(found)))


def names(quads: Iterable[Quad]) -> dict[str, str]:
    """Return the IRI of each blank node, by its label (``_:b0``); one that has no name is left out.

    Left out are nodes of knots that only a search without bound would tell apart.
    """
    by_node: dict[str, list[tuple[Link, Quad]]] = defaultdict(list)
    for quad in quads:
        link = Link.of(quad)
        for node in link.nodes:
            by_node[node].append((link, quad))
    found: dict[str, str] = {}
    for group in _groups(by_node):
        links = {link: quad for node in group for link, quad in by_node[node]}
        for node, mark in _marks(group, links).items():
            found[node] = f"{ID}blank/{mark}"
    return found


def _groups(by_node: Mapping[str, list[tuple[Link, Quad]]]) -> Iterator[list[str]]:
    """Yield the blank nodes that hang together."""
    seen: set[str] = set()
    for first in by_node:
        if first in seen:
            continue
        seen.add(first)
        group = [first]
        for node in group:  # it grows while it is read
            for link, _ in by_node[node]:
                for other in link.nodes:
                    if other not in seen:
                        seen.add(other)
                        group.append(other)
        yield group


def _marks(group: list[str], links: Mapping[Link, Quad]) -> dict[str, str]:
    tree = _tree(group, links)
    if tree is not None:
        return tree
    if len(group) > KNOT:
        return {}
    colours = _refined(dict.fromkeys(group, ""), links)
    if len(group) - len(set(colours.values())) >= ALIKE:
        return {}
    while len(set(colours.values())) < len(group):
        # Which of those alike goes first is all that is left to say; where it matters, the
        # canonical form decides, and where it does not, they are mirror images.
        times = Counter(colours.values())
        alike = min(colour for colour, n in times.items() if n > 1)
        one = min(
            (node for node in group if colours[node] == alike),
            key=lambda node: _marked(node, links.values()),
        )
        colours = _refined({**colours, one: colours[one] + "!"}, links)
    # One digest of all that is said makes the names of this knot its own.
    whole = _digest("\n".join(sorted(" ".join(_with(link, colours)) for link in links)))
    return {node: _digest(f"{whole} {colour}") for node, colour in colours.items()}


def _tree(group: list[str], links: Iterable[Link]) -> dict[str, str] | None:
    """Return the marks of blank nodes each reached from at most one other; None if they are not so."""
    inside: dict[str, list[Link]] = defaultdict(list)
    parent: dict[str, Link] = {}
    outside: dict[str, list[Link]] = defaultdict(list)
    for link in links:
        subject, _, value, graph = link.terms
        if graph.startswith("_:") or link.nodes == (subject,) == (value,):
            return None
        if subject.startswith("_:"):
            inside[subject].append(link)
        if value.startswith("_:"):
            if not subject.startswith("_:"):
                outside[value].append(link)
            elif value in parent:
                return None
            else:
                parent[value] = link
    order = [node for node in group if node not in parent]
    for node in order:  # it grows while it is read: parents before children
        order += [link.terms[2] for link in inside[node] if link.terms[2].startswith("_:")]
    if len(order) != len(group):
        return None  # a ring
    below: dict[str, str] = {}
    for node in reversed(order):
        said = sorted(
            f"{p} {below.get(o, o)} {g}" for (_, p, o, g) in (link.terms for link in inside[node])
        )
        below[node] = _digest("\n".join(said))
    marks: dict[str, str] = {}
    for node in order:
        led = [f"{s} {p} {g}" for (s, p, _, g) in (link.terms for link in outside[node])]
        if node in parent:
            s, p, _, g = parent[node].terms
            led.append(f"{marks[s]} {p} {g}")
        marks[node] = _digest("\n".join([below[node], *sorted(led)]))
    return marks


def _refined(colours: dict[str, str], links: Iterable[Link]) -> dict[str, str]:
    """Return a colour for each node, finer than the one it has, by how it hangs together with others."""
    group = list(colours)
    of_node: dict[str, list[Link]] = defaultdict(list)
    for link in links:
        for node in link.nodes:
            of_node[node].append(link)
    count = 0
    while True:
        colours = {
            node: _digest(
                colours[node]
                + "\n"
                + "\n".join(
                    sorted(
                        " ".join("@" if t == node else colours.get(t, t) for t in link.terms)
                        for link in of_node[node]
                    )
                )
            )
            for node in group
        }
        if (now := len(set(colours.values()))) in (count, len(group)):
            return colours
        count = now


def _marked(label: str, quads: Iterable[Quad]) -> str:
    """Return a digest of the canonical form (RDFC-1.0) in which one blank node is marked."""
    mark = Quad(BlankNode(label.removeprefix("_:")), _MARK, Literal(""))
    dataset = Dataset([*quads, mark])
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return _digest("\n".join(sorted(map(str, dataset))))


def _with(link: Link, colours: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(colours.get(term, term) for term in link.terms)


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
