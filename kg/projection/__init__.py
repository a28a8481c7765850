"""The graph that networkx, a page or an export sees: entities and what joins them.

A projection of the store, made new each time and never written back. Seven are
declared by name (``PROJECTIONS``), each saying what it joins and what it leaves out.
What a claim has not earned is marked ``materialised=0`` with its own modality, so that
nothing hedged can pass for a fact; what does not fit is counted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from pyoxigraph import Literal

from kg import columns
from kg import selection as selecting
from kg.claims import Claim, Edge, Kind, Polarity, Rank, edge_of, qualifies
from kg.columns import collector_paused
from kg.errors import NoError, UsageError
from kg.projection.attributes import Attributes, Earned
from kg.projection.attributes import Value as Value
from kg.selection import EVERYTHING, Selected, Selection, select
from kg.store import Store
from kg.turtle import natural
from kg.vocab import OWL

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import networkx as nx

    from kg.results import Result

#: Why something is not in a projection, in the words of its report.
REASONS = (
    *selecting.REASONS,
    "retracted",
    "deprecated",
    "identity link",
    "negated",
    *(str(kind) for kind in Kind if kind is not Kind.FACT),
    "hedged",
    "not an edge predicate",
    "contested without preferred",
    "another value preferred",
    "edge not written",
    "literal value",
    "kept as node attribute",
    "of another sign",
    "without sign",
    "not between actors",
    "too many in one thing",
    "not causal",
    "not about an instrument",
    "blank node",
    "edge without claim",
)


@dataclass(frozen=True, slots=True)
class Projection:
    """An ordinary ``networkx.MultiDiGraph``, and the count of what is not in it.

    ``name`` is one of ``PROJECTIONS``, or that of a query. Nodes are CURIEs. ``left_out``
    counts claims by the first of ``REASONS`` that keeps them from being an edge here
    ("edge without claim" counts edges). A date or another literal that a claim has earned
    is an attribute of its node, with the claims beside it (``signedOn``,
    ``signedOn_claims``) and ``signedOn_contested=1`` where another claim disputes it.
    ``whole`` is False for a part of a larger one (``around``). ``selection`` says in words
    what was asked for.
    """

    graph: nx.MultiDiGraph[str]
    name: str
    left_out: Mapping[str, int]
    whole: bool = True
    selection: str = ""
    #: How it shows itself in a notebook; ``kg.open().project`` gives it.
    display: Callable[[Projection], dict[str, str]] | None = field(
        default=None, compare=False, repr=False
    )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """Return its page in a sandboxed frame, or only its summary where nobody can draw it."""
        return self.display(self) if self.display else {"text/plain": self.summary()}

    def summary(self) -> str:
        """Return one sentence on what is in the projection and what is not.

        >>> import networkx as nx
        >>> Projection(nx.MultiDiGraph(), "edges", {"hedged": 2, "negated": 1}).summary()
        '0 nodes and 0 edges; left out: 2 hedged, 1 negated.'
        """
        size = f"{self.graph.number_of_nodes()} nodes and {self.graph.number_of_edges()} edges"
        if not self.left_out:
            return f"{size}; nothing left out."
        return f"{size}; left out: {counted(self.left_out)}."


# Reasons that are adjectives ("2 hedged") stay as they are.
_PLURALS = {
    "left-out source": "of left-out sources",
    "source without date": "of sources without date",
    "identity link": "identity links",
    "assessment": "assessments",
    "ascription": "ascriptions",
    "forecast": "forecasts",
    "recommendation": "recommendations",
    "literal value": "literal values",
    "blank node": "blank nodes",
    "edge without claim": "edges without claim",
    "graph name": "graph names",
    "comment line": "comment lines",
    "further name": "further names",
    "describing statement": "describing statements",
    "entity without edge": "entities without edge",
    "passage fingerprint": "passage fingerprints",
    "statement about no claim and none of its places": "statements about no claim and none "
    "of their places",
    "statement whose property XML cannot name": "statements whose property XML cannot name",
    "character not allowed in XML": "characters not allowed in XML",
    "control character replaced": "control characters replaced",
    "semicolon in a list replaced": "semicolons in lists replaced",
    "backslash replaced": "backslashes replaced",
    "apostrophe before what looks like a formula": "apostrophes before what looks like a formula",
    "time that is no date": "times that are no dates",
    "time that ends before it begins": "times that end before they begin",
    "date of a source that is no date": "dates of sources that are no dates",
    "footnote": "footnotes",
}


def counted(counts: Mapping[str, int]) -> str:
    """Return counts in words.

    >>> counted({"hedged": 2000, "forecast": 2, "literal value": 1})
    '2,000 hedged, 2 forecasts, 1 literal value'
    """
    return ", ".join(
        f"{count:,} {what if count == 1 else _PLURALS.get(what, what)}"
        for what, count in counts.items()
    )


class Drawn(NamedTuple):
    """A proposition between two nodes that some claims make, and whether it stands as a fact."""

    edge: Edge
    claims: tuple[str, ...]
    materialised: bool


class Line(NamedTuple):
    """An edge as networkx takes it: source IRI, target IRI, key, attributes."""

    source: str
    target: str
    key: str
    data: dict[str, Value]


class Layer(NamedTuple):
    """What a definition chooses from: propositions between nodes, with their attributes at hand."""

    drawn: list[Drawn]
    attributes: Attributes
    left_out: Counter[str]

    def line(self, drawn: Drawn) -> Line:
        """Return the edge of one proposition."""
        making, (edge, claims, materialised) = self.attributes, drawn
        first = making.curie(claims[0])
        key = first if len(claims) == 1 else f"{making.curie(edge[1])}|{first}"
        backing = [making.claims[iri] for iri in claims]
        return Line(edge[0], str(edge[2]), key, making.edge(edge, backing, materialised))

    def kept(self, wanted: Callable[[Drawn], bool], reason: str) -> list[Drawn]:
        """Return the propositions that are wanted; the claims of the others are counted."""
        found = []
        for drawn in self.drawn:
            if wanted(drawn):
                found.append(drawn)
            else:
                self.left_out[reason] += len(drawn.claims)
        return found


@dataclass(frozen=True, slots=True)
class Definition:
    """A projection declared by name: what it joins, what it leaves out, and how it is made.

    ``hedged`` says that it holds claims that are no facts unless told otherwise.
    """

    name: str
    summary: str
    leaves_out: str
    make: Callable[[Layer], list[Line]]
    hedged: bool = False


def _all(layer: Layer) -> list[Line]:
    return [layer.line(drawn) for drawn in layer.drawn]


def _causal(layer: Layer) -> list[Line]:
    terms = layer.attributes.store.vocabulary.terms
    causal = {iri for iri, term in terms.items() if term.effect is not None}
    return [layer.line(d) for d in layer.kept(lambda d: d.edge[1] in causal, "not causal")]


def _signed(layer: Layer) -> list[Line]:
    terms, family = layer.attributes.store.vocabulary.terms, layer.attributes.family

    def sign(drawn: Drawn) -> int | None:
        term = terms.get(drawn.edge[1])
        return term.sign if term else None

    signed = layer._replace(drawn=layer.kept(lambda d: bool(sign(d)), "without sign"))
    found = signed.kept(
        lambda d: family(d.edge[0]) == family(str(d.edge[2])) == "actor", "not between actors"
    )
    return [layer.line(drawn) for drawn in found]


def _agreements(layer: Layer) -> list[Line]:
    family = layer.attributes.family

    def joins(drawn: Drawn) -> bool:
        return family(drawn.edge[0]) in INSTRUMENTS and family(str(drawn.edge[2])) == "actor"

    return [layer.line(d) for d in layer.kept(joins, "not about an instrument")]


#: Families of nodes that bind or act on actors on paper.
INSTRUMENTS = ("agreement", "instrument")


def _actors(layer: Layer) -> list[Line]:
    from kg.projection.joint import actors

    return actors(layer)


def _sources(layer: Layer) -> list[Line]:
    from kg.projection.joint import sources

    return sources(layer)


#: Every projection, by name.
PROJECTIONS: Mapping[str, Definition] = {
    definition.name: definition
    for definition in (
        Definition(
            "edges",
            "what stands in the graph: each edge with every claim behind it",
            "claims that are no edge, counted by what keeps them out; dates and other literals "
            "are attributes of their nodes",
            _all,
        ),
        Definition(
            "claims",
            "the edges, and every other claim between two things as an edge of its own with its "
            "modality; a denial is among them",
            "withdrawn and deprecated claims, identity links, literals of claims that are no edge",
            _all,
            hedged=True,
        ),
        Definition(
            "actors",
            "actor to actor: relations, parties to one instrument, who acted on whom or took part "
            "in one event; each edge says by way of what",
            "what joins no two actors; denials",
            _actors,
        ),
        Definition(
            "signed",
            "actor to actor, relations that are friendly (+1) or hostile (-1) by the ontology",
            "relations without sign or with sign 0, and those of things that are no actors",
            _signed,
        ),
        Definition(
            "causal",
            "what is said to bring about, strengthen, weaken or prevent what: events, conditions, "
            "capabilities, benefits, implications",
            "every other relation. Hardly any of these claims is a fact: each carries its modality",
            _causal,
            hedged=True,
        ),
        Definition(
            "agreements",
            "instruments and the actors they bind, target or were adopted by; bipartite",
            "everything else",
            _agreements,
        ),
        Definition(
            "sources",
            "documents: who cites whom, who published them, with whom their information began; "
            "each edge with the claims that go that way",
            "what the documents say of the world",
            _sources,
            hedged=True,
        ),
    )
}


def project(
    store: Store,
    name: str = "edges",
    selection: Selection = EVERYTHING,
    *,
    include_hedged: bool | None = None,
) -> Projection:
    """Return one of ``PROJECTIONS`` of a store, of the claims that a selection lets through.

    An edge of the edge layer carries every claim behind it and ``materialised=1``. With
    ``include_hedged`` each other claim is an edge of its own (key: the claim) with
    ``materialised=0``; None leaves it to the projection. ``edges`` with hedged claims is
    ``claims``. Deprecated and retracted claims and identity links are never edges.

    Raises UsageError for a projection that does not exist, what ``kg.selection.select``
    raises, and RefusedError for a claim without proposition, kind or modality.
    """
    definition = _definition(name, include_hedged)
    hedged = definition.hedged if include_hedged is None else include_hedged
    if selection.signs and name == "sources":
        raise UsageError("documents have no sign", hint="leave --sign out")
    kept = None if selection else _kept(store, definition, hedged=hedged)
    if kept is not None and (found := _read(kept, definition.name)) is not None:
        return found
    with collector_paused():
        projection = _projected(store, definition, selection, hedged=hedged)
    if kept is not None:
        _keep(kept, projection)
    return projection


def _projected(
    store: Store, definition: Definition, selection: Selection, *, hedged: bool
) -> Projection:
    selected = select(store, selection)
    making = Attributes(store, selected.claims, selected.held)
    drawn, literals, left_out = _layer(store, selected, hedged=hedged)
    layer = Layer(drawn, making, left_out)
    if selection.signs:
        layer = layer._replace(drawn=_of_sign(layer, selection.signs))
    if store.working_copy is not None:  # what a thing is decides on its edges, too
        things = {end for d in layer.drawn for end in (d.edge[0], str(d.edge[2]))}
        store.read_ahead(nodes=things | literals.keys())
    lines = definition.make(layer)
    ends = {end for line in lines for end in line[:2]}
    if definition.make is _all:
        ends |= literals.keys()
    store.read_ahead(nodes=ends)
    curie = making.curie
    nodes = [
        (curie(iri), making.node(iri, literals.get(iri, {}))) for iri in sorted(ends, key=natural)
    ]
    if definition.name == "agreements":
        for _, data in nodes:
            data["bipartite"] = int(data["family"] in INSTRUMENTS)
    # In the order in which networkx walks over them, so that a table of it reads the same.
    order = {node: number for number, (node, _) in enumerate(nodes)}
    edges = [(curie(s), curie(t), key, data) for s, t, key, data in lines]
    edges.sort(key=lambda edge: order[edge[0]])
    graph = filled(definition.name, nodes, edges)
    counts = {reason: left_out[reason] for reason in REASONS if left_out[reason]}
    return Projection(graph, definition.name, counts, selection=selection.described())


def filled(
    name: str,
    nodes: Iterable[tuple[str, dict[str, Value]]],
    edges: Iterable[tuple[str, str, str, dict[str, Value]]],
) -> nx.MultiDiGraph[str]:
    """Return a graph of these nodes and edges; the ends of every edge are among the nodes.

    What ``add_nodes_from`` and ``add_edges_from`` would make of them, without their copies
    of every dictionary: the graph keeps those given.
    """
    import networkx as nx

    graph: Any = nx.MultiDiGraph(name=name)
    # The dictionaries that networkx documents as its data structure (since 1.0).
    said, out, into = graph._node, graph._succ, graph._pred
    for node, data in nodes:
        said[node] = data
        out[node] = {}
        into[node] = {}
    for source, target, key, data in edges:
        beside = out[source].get(target)
        if beside is None:
            out[source][target] = into[target][source] = {key: data}
        else:
            beside[key] = data
    made: nx.MultiDiGraph[str] = graph
    return made


# ---------------------------------------------------------------- kept tables

_CODE = (
    "claims.py",
    "columns.py",
    "corroboration.py",
    "dates.py",
    "selection.py",
    "store.py",
    "turtle.py",
    "vocab.py",
    "projection/__init__.py",
    "projection/attributes.py",
    "projection/joint.py",
)


def _kept(store: Store, definition: Definition, *, hedged: bool) -> tuple[Path, Path] | None:
    """Return where the nodes and the edges of a projection of everything are kept."""
    name = f"{definition.name}-{'hedged' if hedged else 'facts'}"
    nodes = store.table(f"nodes-{name}", *_CODE)
    edges = store.table(f"lines-{name}", *_CODE)
    return (nodes, edges) if nodes and edges else None


def _keep(kept: tuple[Path, Path], projection: Projection) -> None:
    graph = projection.graph
    facts = {"left out": dict(projection.left_out)}
    nodes = list(graph.nodes)
    _write(kept[0], {"": nodes}, [graph.nodes[node] for node in nodes], facts)
    lines = list(graph.edges(keys=True, data=True))
    ends: dict[str, list[str]] = {" source": [], " target": [], "": []}
    for source, target, key, _ in lines:
        ends[" source"].append(source)
        ends[" target"].append(target)
        ends[""].append(str(key))
    _write(kept[1], ends, [data for *_, data in lines], facts)


def _write(
    path: Path,
    ends: Mapping[str, list[str]],
    said: list[dict[str, Value]],
    facts: Mapping[str, object],
) -> None:
    # Names of attributes in the order they come up; None is "not said".
    names = dict.fromkeys(name for data in said for name in data)
    table: dict[str, Any] = {name: [data.get(name) for data in said] for name in names}
    usual = {}
    sparse = [name for name, values in table.items() if None in values]
    for name in table.keys() - set(sparse):
        (value, times), *_ = Counter(table[name]).most_common(1)
        if 2 * times >= len(said):
            usual[name] = value
    more = {"usual": usual, "sparse": sparse}
    columns.write(path, columns.Table({**ends, **table}, {**facts, **more}))


def _read(kept: tuple[Path, Path], name: str) -> Projection | None:
    with collector_paused():
        nodes, lines = columns.read(kept[0]), columns.read(kept[1])
        if nodes is None or lines is None:
            return None
        if not {"left out", "usual", "sparse"} <= nodes.facts.keys() & lines.facts.keys():
            return None
        left_out: Any = nodes.facts["left out"]
        said, told = dict(nodes.columns), dict(lines.columns)
        ends: Any = said.pop("")
        sources: Any = told.pop(" source")
        targets: Any = told.pop(" target")
        keys: Any = told.pop("")
        graph = filled(
            name,
            zip(ends, _dicts(said, nodes.facts, len(ends)), strict=True),
            zip(sources, targets, keys, _dicts(told, lines.facts, len(keys)), strict=True),
        )
    return Projection(graph, name, left_out)


def _dicts(
    table: Mapping[str, Sequence[Any]], facts: Mapping[str, Any], rows: int
) -> list[dict[str, Any]]:
    """Return the rows of columns as dictionaries, without what a row does not say.

    Each begins as a copy of what most rows say, so that only the rest has to be set.
    """
    usual, sparse = facts["usual"], set(facts["sparse"])
    start: dict[str, Any] = {name: usual.get(name) for name in table if name not in sparse}
    found = [start.copy() for _ in range(rows)]
    for name, values in table.items():
        most = start.get(name)  # None where there is nothing usual, or nothing said
        for data, value in zip(found, values, strict=True):
            if value != most:
                data[name] = value
    return found


def _definition(name: str, include_hedged: bool | None) -> Definition:
    if name not in PROJECTIONS:
        import difflib

        near = difflib.get_close_matches(name, PROJECTIONS, n=1)
        raise UsageError(
            f"there is no projection {name!r}",
            hint=f"did you mean {near[0]}?" if near else "one of " + ", ".join(PROJECTIONS),
        )
    if name in ("edges", "claims") and include_hedged is not None:
        name = "claims" if include_hedged else "edges"
    return PROJECTIONS[name]


def _layer(
    store: Store, selected: Selected, *, hedged: bool
) -> tuple[list[Drawn], dict[str, dict[str, list[Earned]]], Counter[str]]:
    """Return what can be drawn, what stands as a literal of its node, and what is left out."""
    drawn: list[Drawn] = []
    literals: dict[str, dict[str, list[Earned]]] = defaultdict(lambda: defaultdict(list))
    left_out = Counter(selected.left_out)
    backing: set[str] = set()
    edges = selected.edges(store)
    settled = {edge[:2] for edge, claims in edges.items() if claims}
    for edge, claims in edges.items():
        subject, predicate, value = edge
        if not claims:
            left_out["edge without claim"] += 1
            continue
        backing.update(claims)
        if predicate == OWL + "sameAs":
            left_out["identity link"] += len(claims)
        elif isinstance(value, Literal):
            left_out["kept as node attribute"] += len(claims)
            literals[subject][predicate].append((value.value, claims))
        else:
            drawn.append(Drawn(edge, claims, True))
    for iri, claim in selected.claims.items():
        if iri in backing:
            continue
        why = reason(claim, store, settled)
        if hedged and why not in ("retracted", "deprecated", "identity link"):
            if isinstance(claim.object, str):
                drawn.append(Drawn(edge_of(claim, store.vocabulary), (iri,), False))
                continue
            why = "literal value"
        left_out[why] += 1
    return drawn, literals, left_out


def _of_sign(layer: Layer, signs: tuple[int, ...]) -> list[Drawn]:
    terms = layer.attributes.store.vocabulary.terms

    def wanted(drawn: Drawn) -> bool:
        term = terms.get(drawn.edge[1])
        return term is not None and term.sign in signs

    return layer.kept(wanted, "of another sign")


def reason(claim: Claim, store: Store, settled: set[tuple[str, str]]) -> str:
    """Return the first thing that keeps a claim out of the edge layer.

    ``settled`` holds the subject and predicate of every edge: a date that is not
    there lost to another date, or nobody has chosen yet.
    """
    term = store.vocabulary.terms.get(claim.predicate)
    if claim.retracted_on:
        return "retracted"
    if claim.rank is Rank.DEPRECATED:
        return "deprecated"
    if claim.is_identity:
        return "identity link"
    if claim.polarity is Polarity.NEGATED:
        return "negated"
    if claim.kind is not Kind.FACT:
        return str(claim.kind)
    if term is None or not term.is_edge:
        return "not an edge predicate"
    if not qualifies(claim, store.vocabulary):
        return "hedged"
    if term.functional:
        chosen = (claim.subject, claim.predicate) in settled
        return "another value preferred" if chosen else "contested without preferred"
    return "edge not written"


def around(projection: Projection, node: str, *, depth: int = 1) -> Projection:
    """Return the part of a projection within so many steps of a node, in either direction.

    Claims on edges further off are counted as "outside the neighbourhood".
    Raises NoError when the node has no edge in the projection.
    """
    graph = projection.graph
    if node not in graph:
        raise NoError(f"{node} has no edge in this projection", hint=f"try: kg show {node}")
    near, frontier = {node}, {node}
    for _ in range(depth):
        beyond = {n for f in frontier for n in (*graph.successors(f), *graph.predecessors(f))}
        frontier = beyond - near
        near |= frontier
    return part(projection, near, reason="outside the neighbourhood")


def part(projection: Projection, nodes: Iterable[str], *, reason: str) -> Projection:
    """Return the part of a projection on some nodes, in its own order.

    The claims of the edges that are not in it are counted under ``reason``.
    """
    import networkx as nx

    graph, near = projection.graph, set(nodes)
    # Not graph.subgraph(): networkx 3.6 iterates over it in the order of a set.
    found: nx.MultiDiGraph[str] = nx.MultiDiGraph(name=graph.name)
    found.add_nodes_from((n, data) for n, data in graph.nodes(data=True) if n in near)
    outside = 0
    for source, target, key, data in graph.edges(keys=True, data=True):
        if source in near and target in near:
            found.add_edge(source, target, key, **data)
        else:
            outside += len(data["claims"].split())
    more = {reason: outside} if outside else {}
    return Projection(
        found,
        projection.name,
        {**projection.left_out, **more},
        whole=False,
        selection=projection.selection,
    )


def facts_of(projection: Projection) -> Projection:
    """Return the part of a projection whose edges are facts, and the ends of these."""
    graph = projection.graph
    lines = [line for line in graph.edges(keys=True, data=True) if line[3]["materialised"]]
    ends = {end for line in lines for end in line[:2]}
    found = filled(
        projection.name,
        [(node, dict(data)) for node, data in graph.nodes(data=True) if node in ends],
        [(source, target, str(key), dict(data)) for source, target, key, data in lines],
    )
    hedged = sum(
        len(data["claims"].split())
        for *_, data in graph.edges(data=True)
        if not data["materialised"]
    )
    counts = Counter(projection.left_out) + Counter({"hedged": hedged})
    return replace(projection, graph=found, left_out=dict(counts), whole=False)


def of_result(store: Store, result: Result, *, name: str = "query") -> Projection:
    """Return an answer as a projection: of CONSTRUCT its triples, of SELECT its rows.

    A row with ``?source`` and ``?target`` is an edge, named by ``?predicate`` (or
    ``?relation``, ``?property``) where there is one; the claims it names are its claims. A
    row without these two columns stands for the claims it names, each an edge between its
    own ends. A triple has the claims that make, hedge or deny it. An edge that no claim
    backs is kept and counted: the query made it, not a source.

    Raises UsageError for an answer that is neither (ASK), and for rows that name neither
    two ends nor a claim.
    """
    from kg.projection.joint import answer

    return answer(store, result, name)


def claims_of(store: Store, result: Result) -> tuple[str, ...]:
    """Return the claims an answer leads to, in natural order.

    Those it names; of a row with ``?source`` and ``?target``, and of a triple, those that
    make, hedge or deny it; else those behind the edges between the things of a row.
    Raises UsageError for yes or no.
    """
    from kg.projection.joint import named_claims

    return tuple(sorted(named_claims(store, result), key=natural))


def claims_between(graph: nx.MultiDiGraph[str], source: str, target: str) -> tuple[str, ...]:
    """Return the claims that put an edge from one node to another, in natural order.

    An empty tuple means that nothing is claimed; it does not mean that nothing
    is true.

    >>> import networkx as nx
    >>> graph = nx.MultiDiGraph()
    >>> _ = graph.add_edge("actor:kim", "event:summit", claims="claim:x-7 claim:x-10")
    >>> claims_between(graph, "actor:kim", "event:summit")
    ('claim:x-7', 'claim:x-10')
    >>> claims_between(graph, "event:summit", "actor:kim")
    ()
    """
    edges = (graph.get_edge_data(source, target) or {}).values()
    return tuple(sorted({c for edge in edges for c in edge["claims"].split()}, key=natural))
