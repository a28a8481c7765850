"""The store: open data, read claims and edges from it, add claims, save.

Data sits in named graphs (the ontology in one, each file in its own) and
queries see their union. A large input is compiled once into an on-disk store
whose name is the hash of every input, so a compiled store is never stale: other
content has another name.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode, Quad

from kg import columns, files, joining, turtle
from kg import compiled as compiling
from kg.errors import MissingError, RefusedError, UsageError
from kg.joining import LINKS_GRAPH as LINKS_GRAPH
from kg.once import Made, once
from kg.turtle import natural
from kg.vocab import CURATED_GRAPH as CURATED_GRAPH
from kg.vocab import DCTERMS, ID, KG, RDF, SKOS, XSD, Vocabulary, compress
from kg.vocab import ONTOLOGY_GRAPH as ONTOLOGY_GRAPH

if TYPE_CHECKING:
    from rdflib import Dataset, Graph
    from rdflib.term import Node

    from kg.claims import Citation, Claim, Edge, Passage, Source, Values
    from kg.node_lines import Said
    from kg.rdf import EngineStore
    from kg.remote import WorkingCopy

_R = TypeVar("_R")

# Fewer records than these are read from the engine: going through a large file costs
# about 3 microseconds a line, whatever is looked for.
_LINES_FROM = 2_000


class Label(NamedTuple):
    """One name of a node; ``preferred`` tells a prefLabel from an altLabel."""

    text: str
    language: str
    preferred: bool


class Store:
    """A graph of claims, opened from Turtle files or on a server.

    Reading is lazy: a query touches the engine alone, and claims become objects
    (and ``kg.claims`` is imported) only when somebody asks for them.
    """

    def __init__(
        self,
        engine: ox.Store,
        inputs: Mapping[NamedNode, Path],
        key: str,
        place: Path | None = None,
        working_copy: WorkingCopy | None = None,
        *,
        joined: bool = False,
        lines: Mapping[NamedNode, compiling.Seen] | None = None,
    ) -> None:
        #: The data; of a data set on a server what has been read so far (see ``quads``).
        self.engine = engine
        #: The folder of the compiled, read-only store; None for one in memory.
        self.place = place
        self.inputs = dict(inputs)
        #: SHA-256 of the content of every input: equal data, equal key. Empty for a server.
        self.key = key
        #: Where the data comes from when it is on a server.
        self.working_copy = working_copy
        #: Whether linked nodes are seen as one, and not as the files have them.
        self.joined = joined
        # Large files that a compiled store was made from, as they were then.
        self._lines = dict(lines or {})
        self._has_ontology = False
        self._made = Made()
        self._added: dict[NamedNode, set[ox.Triple]] = defaultdict(set)
        self._removed: dict[NamedNode, set[ox.Triple]] = defaultdict(set)

    # ------------------------------------------------------------ opening

    @classmethod
    def open(
        cls,
        *paths: Path | str,
        ontology: Path | str | None = None,
        compiled: bool | None = None,
    ) -> Store:
        """Open Turtle files, or the shipped data when none is named.

        ``compiled`` forces the on-disk store on or off; None lets the size decide.
        Raises what ``files.read_bytes`` raises, and UnreadableError for broken
        Turtle. A failure leaves compiled stores as they were.
        """
        inputs = {ONTOLOGY_GRAPH: Path(ontology) if ontology else files.ontology_path()}
        if paths:
            for path in paths:
                inputs[_graph_name(Path(path), inputs)] = Path(path)
        else:
            inputs[CURATED_GRAPH] = files.triples_path()
        return cls.load(inputs, compiled=compiled)

    @classmethod
    def load(
        cls,
        inputs: Mapping[NamedNode, Path],
        *,
        compiled: bool | None = None,
        streamed: Collection[NamedNode] = (),
        joined: bool = False,
    ) -> Store:
        """Open named graphs from the file of each; otherwise as ``open``.

        The files of the ``streamed`` graphs may be of any size: they are read piece by
        piece, and what they say of one node has to stand together. ``joined`` shows
        linked nodes as one (``kg.joining``), by the graph of the links among the inputs.
        """
        content = {
            graph: compiling.content_of(path, graph in streamed) for graph, path in inputs.items()
        }
        lines = {
            g: compiling.seen(found) for g, found in content.items() if isinstance(found, Path)
        }
        joined = joined and LINKS_GRAPH in content
        settled = bool(streamed)
        key = compiling.key_of(content, "joined" if joined else "settled" if settled else "")
        size = sum(c.stat().st_size if isinstance(c, Path) else len(c) for c in content.values())
        if compiled or (compiled is None and size >= compiling.COMPILE_FROM_BYTES):
            place = files.cache_dir() / "compiled" / key[:32]
            engine = compiling.opened(place) or compiling.build(
                place, content, inputs, joined, settled
            )
            if engine is not None:
                return cls(engine, inputs, key, place, joined=joined, lines=lines)
        engine = ox.Store()
        compiling.load(engine, content, inputs, joined, settled)
        return cls(engine, inputs, key, joined=joined)

    @classmethod
    def remote(cls, url: str, *, ontology: Path | str | None = None) -> Store:
        """Open the data set on a SPARQL server; nothing is asked before something is read.

        The ontology is the file named, else the server's, else the shipped one. Reading
        raises what ``kg.endpoint.Endpoint`` raises. Changes are refused.
        """
        from kg.endpoint import Endpoint
        from kg.remote import WorkingCopy

        inputs = {ONTOLOGY_GRAPH: Path(ontology)} if ontology else {}
        working_copy = WorkingCopy(Endpoint(url))
        return cls(working_copy.engine, inputs, "", working_copy=working_copy)

    def editable(self) -> Store:
        """Return this store, or an in-memory copy of it when it is a compiled, read-only one."""
        try:
            self.engine.add(_PROBE)
            self.engine.remove(_PROBE)
            return self
        except (OSError, RuntimeError):
            return self.in_memory()

    def in_memory(self) -> Store:
        """Return a copy held in memory: half a kilobyte a quad, and read two to four times as fast.

        What is asked of it comes in the same order as here.
        """
        engine = ox.Store()
        engine.extend(reversed(list(self.engine)))  # (in memory the latest comes first)
        return Store(engine, self.inputs, self.key, joined=self.joined)

    # ------------------------------------------------------------ reading

    @once
    def vocabulary(self) -> Vocabulary:
        """What the ontology says about its terms."""
        self._read_ontology()
        return Vocabulary.read(self.engine.quads_for_pattern(None, None, None, ONTOLOGY_GRAPH))

    def _read_ontology(self) -> None:
        if self.working_copy is None or self._has_ontology:
            return
        self._has_ontology = True
        if ONTOLOGY_GRAPH not in self.inputs:
            if self.working_copy.ontology():
                return
            self.inputs[ONTOLOGY_GRAPH] = files.ontology_path()
        path = self.inputs[ONTOLOGY_GRAPH]
        compiling.load(self.engine, {ONTOLOGY_GRAPH: files.read_raw(path)}, {ONTOLOGY_GRAPH: path})

    def quads(
        self,
        subject: NamedNode | None = None,
        predicate: NamedNode | None = None,
        value: NamedNode | None = None,
    ) -> Iterator[Quad]:
        """Yield what matches a pattern in any graph, the ontology's included.

        From a server each new pattern is a request: ``read_ahead`` before a loop.
        """
        if self.working_copy is not None:
            self._read_ontology()
            self.working_copy.pattern(subject, predicate, value)
        return self.engine.quads_for_pattern(subject, predicate, value)

    def read_ahead(
        self,
        *,
        nodes: Iterable[str] = (),
        classes: Iterable[str] = (),
        predicates: Iterable[str] = (),
    ) -> None:
        """Say what is about to be read, so that it comes from a server in a few requests.

        Files need none of this. ``classes`` stands for everything their instances say
        of themselves.
        """
        if self.working_copy is not None:
            self.working_copy.nodes(nodes)
            self.working_copy.classes(*classes)
            self.working_copy.predicates(predicates)

    def graphs(self) -> dict[NamedNode, str]:
        """Return the named graphs and where each comes from: a file, or an address."""
        if self.working_copy is None:
            return {graph: str(path) for graph, path in self.inputs.items()}
        self._read_ontology()
        name = self.working_copy.endpoint.name
        ontology = str(self.inputs.get(ONTOLOGY_GRAPH, name))
        found = dict.fromkeys(map(NamedNode, self.working_copy.data_graphs or ()), name)
        return {ONTOLOGY_GRAPH: ontology, **(found or {CURATED_GRAPH: name})}

    def sizes(self) -> dict[NamedNode, int]:
        """Return how many triples each named graph holds."""
        if self.working_copy is None:
            return self.made(Store._sizes)
        # (What is here is a part of what the server has.)
        ours = {g: n for g, n in self._sizes().items() if g == ONTOLOGY_GRAPH}
        return {**ours, **self.working_copy.sizes()}

    def _sizes(self) -> dict[NamedNode, int]:
        # Counted by the engine: going through a million triples here takes ten seconds.
        of_each = "SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
        answer = self.engine.query(of_each)
        assert isinstance(answer, ox.QuerySolutions)
        return {row["g"]: int(row["n"].value) for row in answer}

    def objects(self, subject: str, predicate: str) -> list[NamedNode | Literal]:
        """Return the values of a property in any graph, sorted, each once."""
        found = {
            quad.object
            for quad in self.quads(NamedNode(subject), NamedNode(predicate))
            if isinstance(quad.object, NamedNode | Literal)
        }
        return _sorted(found)

    def values(self, predicate: str) -> dict[str, str]:
        """Return for each node that has a property the first of its values, as text."""
        found: dict[str, list[NamedNode | Literal]] = defaultdict(list)
        for quad in self.quads(predicate=NamedNode(predicate)):
            if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode | Literal):
                found[quad.subject.value].append(quad.object)
        return {node: _sorted(terms)[0].value for node, terms in found.items()}

    def types(self, iri: str) -> tuple[str, ...]:
        """Return the classes a node is stated to be in."""
        return tuple(term.value for term in self.objects(iri, RDF + "type"))

    def stands_for(self, iri: str) -> tuple[str, ...]:
        """Return the nodes of data sets that a node stands for by the workspace's links."""
        # A data set may say so, too: only the workspace's own links count.
        found = self.quads(None, NamedNode(KG + "linkedTo"), NamedNode(iri))
        return tuple(
            sorted(
                (
                    q.subject.value
                    for q in found
                    if isinstance(q.subject, NamedNode) and q.graph_name == LINKS_GRAPH
                ),
                key=natural,
            )
        )

    def standing(self, iri: str) -> str:
        """Return the node that stands for a node by the workspace's links, else the node itself."""
        found = self.quads(NamedNode(iri), NamedNode(KG + "linkedTo")) if self.joined else ()
        return next(
            (
                q.object.value
                for q in found
                if q.graph_name == LINKS_GRAPH and isinstance(q.object, NamedNode)
            ),
            iri,
        )

    def describe(self, iri: str) -> dict[str, list[NamedNode | Literal]]:
        """Return what a node says of itself: every property with its sorted values."""
        found: dict[str, set[NamedNode | Literal]] = defaultdict(set)
        for quad in self.quads(NamedNode(iri)):
            if isinstance(quad.object, NamedNode | Literal):
                found[quad.predicate.value].add(quad.object)
        return {predicate: _sorted(values) for predicate, values in sorted(found.items())}

    def exists(self, iri: str) -> bool:
        """Return whether anything is said about a node, or with it."""
        node = NamedNode(iri)
        return any(True for _ in self.quads(node)) or any(True for _ in self.quads(value=node))

    @once
    def labels(self) -> Mapping[str, tuple[Label, ...]]:
        """Every named node of the data with its names: preferred first, then by language.

        A document is known by its title.
        """
        found: dict[str, set[Label]] = defaultdict(set)
        naming = ((SKOS + "prefLabel", True), (DCTERMS + "title", True), (SKOS + "altLabel", False))
        self.read_ahead(predicates=[predicate for predicate, _ in naming])
        for predicate, preferred in naming:
            for quad in self.quads(predicate=NamedNode(predicate)):
                if (
                    quad.graph_name != ONTOLOGY_GRAPH
                    and isinstance(quad.subject, NamedNode)
                    and isinstance(quad.object, Literal)
                ):
                    label = Label(quad.object.value, quad.object.language or "", preferred)
                    found[quad.subject.value].add(label)
        return {
            iri: tuple(
                sorted(
                    # What linked data sets call it may be what it is called already.
                    (n for n in names if n.preferred or n._replace(preferred=True) not in names),
                    key=lambda n: (not n.preferred, n.language, n.text),
                )
            )
            for iri, names in sorted(found.items())
        }

    def label(self, iri: str, language: str = "en") -> str:
        """Return a node's preferred label in a language, else in English, else any, else its CURIE.

        Ontology terms answer with their own label.
        """
        known = self.labels.get(iri, ())
        names = [name for name in known if name.preferred] or known
        for wanted in (language, "en", ""):
            for name in names:
                if name.language == wanted:
                    return name.text
        return names[0].text if names else self.vocabulary.label(iri)

    @once
    def claims(self) -> Mapping[str, Claim]:
        """Every claim by IRI, in natural order of the IRIs.

        Raises RefusedError for a claim that lacks its proposition, kind or modality.
        """
        from kg import claims as model

        return self._kept("claims", model.Claim, model.read_claim, "Claim", "IdentityLink")

    @once
    def passages(self) -> Mapping[str, Passage]:
        """Every passage by IRI."""
        from kg import claims as model

        return self._kept("passages", model.Passage, model.read_passage, "Passage")

    @once
    def sources(self) -> Mapping[str, Source]:
        """Every source document by IRI."""
        from kg import claims as model

        return self._kept("sources", model.Source, model.read_source, "SourceDocument")

    @once
    def citations(self) -> Mapping[str, Citation]:
        """Every citation (footnote) by IRI."""
        from kg import claims as model

        return self._kept("citations", model.Citation, model.read_citation, "Citation")

    def _kept(
        self, name: str, record: type[_R], read: Callable[[str, Values], _R], *classes: str
    ) -> dict[str, _R]:
        """Return records from the table kept of them, or from the engine, and keep a table."""
        from kg import claims as model

        path = self.table(name, "claims.py", "store.py", "node_lines.py", "turtle.py", "vocab.py")
        table = columns.read(path) if path else None
        with columns.collector_paused():
            if table is not None and table.columns.keys() == set(record._fields):  # type: ignore[attr-defined]
                with suppress(KeyError):  # a kind or modality that there is not: made anew
                    return model.from_columns(record, table.columns)
            found = {
                iri: read(iri, values)
                for iri, values in self._records(
                    model.predicates(record), *(KG + name for name in classes)
                )
            }
        if path is not None:
            rows = columns.records(found.values(), record._fields)  # type: ignore[attr-defined,arg-type]
            columns.write(path, columns.Table(rows, {}))
        return found

    def table(self, name: str, *code: str) -> Path | None:
        """Return where a table made from this content, by these files of code, is kept.

        None for a store that is not compiled: it may change.
        """
        if self.place is None:
            return None
        digest = columns.code("columns.py", *code)
        return self.place.with_name(f"{self.place.name}.tables") / f"{name}-{digest}.columns"

    def _records(self, predicates: tuple[str, ...], *classes: str) -> Iterator[tuple[str, Values]]:
        """Yield the instances of some classes in natural order, each with what it says by some properties."""
        self.read_ahead(classes=classes)
        kind = NamedNode(RDF + "type")
        nodes = {
            quad.subject.value
            for cls in classes
            for quad in self.quads(None, kind, NamedNode(cls))
            if isinstance(quad.subject, NamedNode)
        }
        # Property by property: asking for one node after the other takes the engine ten
        # times as long. What came from a server is in the engine now, too.
        found: dict[str, Said] = {iri: {} for iri in nodes}
        graphs: list[NamedNode | None] = [None]
        if len(nodes) >= _LINES_FROM and self._lines and self._gather_lines(predicates, found):
            graphs = [graph for graph in self.inputs if graph not in self._lines]
        else:
            found = {iri: {} for iri in nodes}
        for predicate in dict.fromkeys(predicates):
            for graph in graphs:
                for quad in self.engine.quads_for_pattern(None, NamedNode(predicate), None, graph):
                    said = (
                        found.get(quad.subject.value)
                        if isinstance(quad.subject, NamedNode)
                        else None
                    )
                    if said is not None and isinstance(quad.object, NamedNode | Literal):
                        said.setdefault(predicate, []).append(quad.object)
        for iri in sorted(nodes, key=natural):
            yield iri, {p: _sorted(values) for p, values in found.pop(iri).items()}

    def _gather_lines(self, predicates: tuple[str, ...], found: dict[str, Said]) -> bool:
        """Read what the large files say of some nodes; False where only the engine can tell."""
        from kg import node_lines

        links = self.engine.quads_for_pattern(None, None, None, LINKS_GRAPH) if self.joined else ()
        joined = joining.read(links)
        symmetric = compiling.symmetric_in(self.engine) if joined else frozenset()
        try:
            for seen in self._lines.values():
                node_lines.gather(seen.path, predicates, found, joined, symmetric)
            # A file replaced meanwhile is not what the store was compiled from.
            return all(compiling.seen(seen.path) == seen for seen in self._lines.values())
        except (OSError, ValueError):
            return False

    @once
    def edges(self) -> Mapping[Edge, tuple[str, ...]]:
        """The edge layer as it stands in the data: each edge with the claims behind it.

        An edge without a qualifying claim has an empty tuple; ``kg validate``
        reports it. A view must not draw it.
        """
        path = self.table(
            "edges", "claims.py", "store.py", "node_lines.py", "turtle.py", "vocab.py"
        )
        table = columns.read(path) if path else None
        if table is not None and list(table.columns) == ["s", "p", "o", "claims"]:
            rows = zip(*table.columns.values(), strict=True)
            return {(s, p, o): tuple(claims) for s, p, o, claims in rows}
        with columns.collector_paused():
            found = self._edges()
        if path is not None:
            kept = columns.records(
                ((*edge, claims) for edge, claims in found.items()), ("s", "p", "o", "claims")
            )
            columns.write(path, columns.Table(kept, {}))
        return found

    def _edges(self) -> dict[Edge, tuple[str, ...]]:
        from kg import claims as model

        backing = model.edges(self.claims.values(), self.vocabulary)
        found: dict[Edge, tuple[str, ...]] = {}
        self.read_ahead(predicates=self.vocabulary.edge_predicates)
        for predicate in sorted(self.vocabulary.edge_predicates):
            for quad in self.quads(predicate=NamedNode(predicate)):
                if quad.graph_name == ONTOLOGY_GRAPH or not (
                    isinstance(quad.subject, NamedNode)
                    and isinstance(quad.object, NamedNode | Literal)
                ):
                    continue
                value = quad.object if isinstance(quad.object, Literal) else quad.object.value
                edge = (quad.subject.value, predicate, value)
                found[edge] = backing.get(edge, ())
        return dict(sorted(found.items(), key=lambda item: [natural(str(t)) for t in item[0]]))

    @once
    def claims_about(self) -> Mapping[str, tuple[str, ...]]:
        """For each node, the claims whose subject or object it is, in order."""
        found: dict[str, list[str]] = defaultdict(list)
        for iri, claim in self.claims.items():
            for node in dict.fromkeys((claim.subject, claim.object)):
                if isinstance(node, str):
                    found[node].append(iri)
        return {node: tuple(iris) for node, iris in found.items()}

    @once
    def disputes(self) -> Mapping[str, tuple[str, ...]]:
        """Every disputed claim with those that dispute it (``kg.claims.disputes``)."""
        from kg import claims as model

        return model.disputes(self.claims.values(), self.vocabulary)

    def made(self, make: Callable[[Store], _R]) -> _R:
        """Return what a function makes of the whole store: made once, until the store changes.

        For indexes that only some need; whoever asks while it is made waits for it.
        """
        return self._made.of(self, make)

    def claims_for(self, subject: str, predicate: str, value: str | Literal) -> tuple[Claim, ...]:
        """Return every claim that makes, hedges or denies this proposition."""
        symmetric = predicate in self.vocabulary.terms and (
            self.vocabulary.terms[predicate].symmetric
        )
        wanted = {(subject, predicate, value)}
        if symmetric and isinstance(value, str):
            wanted.add((value, predicate, subject))
        about = (self.claims[iri] for iri in self.claims_about.get(subject, ()))
        return tuple(claim for claim in about if claim.triple in wanted)

    # ------------------------------------------------------------ writing

    def add(
        self,
        records: Iterable[Claim | Passage | Source | Citation],
        *,
        graph: NamedNode = CURATED_GRAPH,
    ) -> None:
        """Add claims (and what they rest on), and bring the edge layer up to date.

        A claim without evidence or holder, or one whose IRI is taken by another
        claim, is refused (RefusedError) and nothing is added.
        """
        from kg import claims as model

        batch = tuple(records)
        for record in batch:
            if isinstance(record, model.Claim):
                self._check(record)
        for record in batch:
            self.add_triples(model.triples(record), graph=graph)
        self.forget()
        self.update_edges(graph=graph)

    def _check(self, claim: Claim) -> None:
        name = compress(claim.iri)
        if not claim.evidence:
            raise RefusedError(f"claim {name} has no evidence", hint="name a passage")
        if not claim.holders:
            raise RefusedError(f"claim {name} has no holder", hint="say whose assertion it is")
        if claim.iri in self.claims and self.claims[claim.iri] != claim:
            raise RefusedError(
                f"claim {name} exists and says something else",
                hint="give the new claim its own IRI",
            )

    def add_triples(self, triples: Iterable[ox.Triple], *, graph: NamedNode) -> None:
        """Add plain triples (names, types, descriptions) to a graph; edges need ``add``.

        Raises UsageError for a data set on a server.
        """
        if self.working_copy is not None:
            raise UsageError(
                "a data set on a server is only read here",
                hint="kg pull it, change the file, kg push it",
            )
        for triple in triples:
            quad = Quad(triple.subject, triple.predicate, triple.object, graph)
            if quad not in self.engine:
                self.engine.add(quad)
                self._added[graph].add(triple)
                self._removed[graph].discard(triple)
        self.forget()

    def update_edges(self, *, graph: NamedNode = CURATED_GRAPH) -> tuple[int, int]:
        """Make the edge layer what the claims back; return how many were added and removed."""
        new, stale = self.edge_changes()
        for name, triple in stale:
            self.engine.remove(Quad(triple.subject, triple.predicate, triple.object, name))
            self.note(name, (), (triple,))
        self.add_triples(new, graph=graph)
        self.forget()
        return len(new), len({triple for _, triple in stale})

    def edge_changes(self) -> tuple[list[ox.Triple], list[tuple[NamedNode, ox.Triple]]]:
        """Return the edges that claims back and no graph has, and those in a graph unbacked."""
        from kg import claims as model

        backed = model.edges(self.claims.values(), self.vocabulary)
        new = [ox.Triple(*edge_terms(edge)) for edge in backed if edge not in self.edges]
        stale = [
            (quad.graph_name, quad.triple)
            for edge in self.edges
            if edge not in backed
            for quad in self.engine.quads_for_pattern(*edge_terms(edge))
            if isinstance(quad.graph_name, NamedNode) and quad.graph_name != ONTOLOGY_GRAPH
        ]
        return new, stale

    def note(
        self, graph: NamedNode, added: Iterable[ox.Triple], removed: Iterable[ox.Triple]
    ) -> None:
        """Remember what the engine's graph gained and lost since its file was read."""
        for triple in added:
            self._added[graph].add(triple)
            self._removed[graph].discard(triple)
        for triple in removed:
            self._removed[graph].add(triple)
            self._added[graph].discard(triple)

    def forget(self, *, counted: bool = False) -> None:
        """Drop what was read from the engine, after the engine was changed from outside."""
        if not counted and "_rdflib_store" in self.__dict__:
            self._rdflib_store.recount()
        cached = ("vocabulary", "labels", "claims", "passages", "sources", "citations")
        for name in (*cached, "edges", "claims_about", "disputes"):
            self.__dict__.pop(name, None)
        self._made.forget()

    def save(self, path: Path | str, *, graph: NamedNode = CURATED_GRAPH) -> None:
        """Write one graph as Turtle in the canonical order, whole or not at all.

        Literals that came from the graph's own file keep the form they have
        there: the engine rewrites some (``01`` becomes ``1``).
        """
        files.write_bytes(Path(path), turtle.canonical(self.graph(graph)))

    def graph(self, graph: NamedNode = CURATED_GRAPH) -> Graph:
        """Return one graph as a new, in-memory rdflib graph, changes of this session included."""
        import rdflib

        if self.working_copy is not None or self.joined:
            self.quads()
            result = rdflib.Graph(bind_namespaces="none")
            for quad in self.engine.quads_for_pattern(None, None, None, graph):
                result.add(rdflib_triple(quad.triple))
            return result
        source = self.inputs.get(graph)
        result = (
            turtle.read_graph(source)
            if source is not None and source.exists()
            else rdflib.Graph(bind_namespaces="none")
        )
        for triple in self._removed[graph]:
            result.remove(rdflib_triple(triple))
        for triple in self._added[graph]:
            result.add(rdflib_triple(triple))
        return result

    def as_rdflib(self) -> Dataset:
        """Return an rdflib Dataset over the same data; its queries run in the same engine.

        ``kg.rdf`` says what the engine gives back otherwise than rdflib's own store. What
        is added to or removed from a named graph through it is kept by ``save``.
        """
        from kg import rdf

        if self.working_copy is not None:
            self.quads()  # all of it: rdflib asks the engine, not us
        return rdf.dataset(self._rdflib_store)

    @once
    def _rdflib_store(self) -> EngineStore:
        from kg import rdf

        return rdf.EngineStore(self.engine, changed=self._changed)

    def _changed(self, added: list[Quad], removed: list[Quad]) -> None:
        """Take note of a change made through rdflib, whose store has counted it already."""
        for quad in added:
            if isinstance(quad.graph_name, NamedNode):
                self.note(quad.graph_name, (quad.triple,), ())
        for quad in removed:
            if isinstance(quad.graph_name, NamedNode):
                self.note(quad.graph_name, (), (quad.triple,))
        self.forget(counted=True)


_PROBE = Quad(NamedNode(ID + "probe"), NamedNode(ID + "probe"), NamedNode(ID + "probe"))


def _sorted(values: Iterable[NamedNode | Literal]) -> list[NamedNode | Literal]:
    """Return terms in natural order, each once."""
    unique = set(values)
    if len(unique) == 1:
        return [*unique]
    return sorted(unique, key=lambda term: natural(str(term)))


def edge_terms(edge: Edge) -> tuple[NamedNode, NamedNode, NamedNode | Literal]:
    """Return the subject, predicate and object of an edge as terms."""
    subject, predicate, value = edge
    node = value if isinstance(value, Literal) else NamedNode(value)
    return NamedNode(subject), NamedNode(predicate), node


def rdflib_triple(triple: ox.Triple) -> tuple[Node, Node, Node]:
    """Return a triple as rdflib has it, literals in the form they have."""
    import rdflib

    def convert(term: object) -> Node:
        if isinstance(term, Literal):
            plain = term.language or term.datatype.value == XSD + "string"
            return rdflib.Literal(
                term.value,
                lang=term.language or None,
                datatype=None if plain else rdflib.URIRef(term.datatype.value),
                normalize=False,
            )
        if isinstance(term, NamedNode):
            return rdflib.URIRef(term.value)
        raise RefusedError("blank nodes cannot be saved", hint="give the node an IRI")

    return convert(triple.subject), convert(triple.predicate), convert(triple.object)


def _graph_name(path: Path, taken: Mapping[NamedNode, Path]) -> NamedNode:
    with suppress(MissingError):  # files of one's own need no shipped data
        if path.resolve() == files.triples_path().resolve():
            return CURATED_GRAPH
    slug = re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-") or "data"
    name, count = NamedNode(f"{ID}graph/{slug}"), 2
    while name in taken:
        name, count = NamedNode(f"{ID}graph/{slug}-{count}"), count + 1
    return name
