"""The store for people who write rdflib: ``Store.as_rdflib`` gives a ``Dataset`` over this.

Single triples come from the engine through a cache of terms, and queries run in the
engine under the guards of ``kg.sparql``: what works on rdflib's own memory store works
here, on the same data as everything else (docs/decisions/0006-rdflib-store.md).

The engine keeps values, not spellings. What it gives back differently from rdflib's
memory store:

- numbers and booleans in their shortest form: ``"01"^^xsd:integer`` is ``1``,
  ``"1.50"^^xsd:decimal`` is ``1.5`` (doubles come back as rdflib writes them, ``1.0``);
  an ``xsd:float`` has 32 bits, and a ``dateTime`` of 24:00 is 00:00 of the next day;
- language tags in lower case (rdflib compares them without regard to case anyway);
- ``"x"^^xsd:string`` as the plain ``"x"``: one term in RDF 1.1, two in rdflib;
- a query over the union of graphs matches a triple once for each graph that holds it,
  where rdflib matches it once (``triples`` and ``len`` count it once in both).

What RDF does not know is refused when it is added and matches nothing when it is looked
for: an IRI that is relative or has spaces, a literal as subject, a formula.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import pyoxigraph as ox
import rdflib
from rdflib.graph import DATASET_DEFAULT_GRAPH_ID, Graph
from rdflib.query import Result as RdflibResult
from rdflib.term import BNode, Literal, Node, URIRef, Variable

from kg import results, sparql
from kg.errors import QueryError, RefusedError, UsageError
from kg.vocab import PREFIXES, XSD

#: Terms remembered in each direction: some 60 MB when both are full.
REMEMBERED = 200_000

#: Called with the quads that a change added and those it removed.
Changed = Callable[[list[ox.Quad], list[ox.Quad]], None]

_DEFAULT = ox.DefaultGraph()
_NOWHERE = ox.Quad(ox.BlankNode("nowhere"), ox.NamedNode("x:nothing"), ox.Literal(""), _DEFAULT)
# Up to so many graphs, a triple is looked for in one after the other.
_FEW = 4
_SPELLED_OUT = (XSD + "double", XSD + "float")


class _ToEngine(dict[Any, Any]):
    """The engine's terms by rdflib's; a miss converts, a full cache starts again."""

    def __missing__(self, term: Any) -> Any:
        if len(self) >= REMEMBERED:
            self.clear()
        found = self[term] = _DEFAULT if term == DATASET_DEFAULT_GRAPH_ID else to_engine(term)
        return found


class _FromEngine(dict[Any, Any]):
    """The other direction, keyed by terms and by the words of a TSV result."""

    def __missing__(self, term: Any) -> Any:
        if len(self) >= REMEMBERED:
            self.clear()
        found = self[term] = from_engine(_read(term) if isinstance(term, str) else term)
        return found


def to_engine(term: Node) -> ox.NamedNode | ox.BlankNode | ox.Literal:
    """Return the engine's term for an rdflib term.

    Raises ValueError for what is not a term of RDF, or not a valid one.
    """
    if isinstance(term, Literal):
        if term.language:
            return ox.Literal(str(term), language=term.language)
        datatype = ox.NamedNode(str(term.datatype)) if term.datatype is not None else None
        return ox.Literal(str(term), datatype=datatype)
    if isinstance(term, URIRef):
        return ox.NamedNode(str(term))
    if isinstance(term, BNode):
        return ox.BlankNode(str(term))
    raise ValueError(f"{term!r} is not a term of RDF")


def from_engine(
    term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple | ox.DefaultGraph,
) -> Node:
    """Return the rdflib term for one of the engine's.

    Raises RefusedError for a triple term: rdflib 7 has none.
    """
    if isinstance(term, ox.NamedNode):
        return URIRef(term.value)
    if isinstance(term, ox.Literal):
        if term.language:
            return Literal(term.value, lang=term.language)
        datatype = term.datatype.value
        if datatype == XSD + "string":
            return Literal(term.value)
        # The engine compares these by value, so rdflib's spelling finds them again; it
        # spells NaN and INF in a way that the standard does not know.
        usual = datatype in _SPELLED_OUT and not term.value.endswith(("NaN", "INF"))
        return Literal(term.value, datatype=URIRef(datatype), normalize=usual)
    if isinstance(term, ox.BlankNode):
        return BNode(term.value)
    if isinstance(term, ox.DefaultGraph):
        return DATASET_DEFAULT_GRAPH_ID
    raise RefusedError("rdflib has no triple terms", hint="select their parts")


def _read(word: str) -> Any:
    """Return the term that a cell of a TSV result writes."""
    if word.startswith("<") and not word.startswith("<<"):
        return ox.NamedNode(word[1:-1])
    if word.startswith("_:"):
        return ox.BlankNode(word[2:])
    (quad,) = ox.parse(f"<x:x> <x:x> {word} .", format=ox.RdfFormat.TURTLE)
    return quad.object


class EngineStore(rdflib.store.Store):
    """An rdflib store over a pyoxigraph store, with a cache of terms and a count of triples.

    ``changed`` hears of every change made through it. A change made past it has to be
    told with ``recount``. Writing raises RefusedError when the engine is read-only;
    ``rollback`` raises it always, because every change is kept at once.
    """

    context_aware = True
    graph_aware = True
    formula_aware = False
    transaction_aware = False

    def __init__(self, engine: ox.Store, *, changed: Changed | None = None) -> None:
        super().__init__()
        self.engine = engine
        self._changed = changed
        self._to = _ToEngine()
        self._from = _FromEngine()
        self._graphs: dict[Any, Graph] = {}
        self._namespaces: dict[str, URIRef] = {}
        self._prefixes: dict[URIRef, str] = {}
        self._census: _Census | None = None
        self._names: list[Any] | None = None

    # ------------------------------------------------------------ reading

    def triples(
        self, triple_pattern: Any, context: Any = None
    ) -> Iterator[tuple[Any, Iterator[Graph | None]]]:
        """Yield the matching triples, each once, with the graphs that hold it.

        They are those of the moment of the call: changing the store on the way is safe.
        """
        subject, predicate, value = triple_pattern
        to, known, holding = self._to, self._from, self._holding
        try:
            name = None if context is None else to[context.identifier]
            if subject is not None and predicate is not None and value is not None:
                if self._has(to[subject], to[predicate], to[value], name):
                    return iter(((triple_pattern, holding(triple_pattern)),))
                return iter(())
            quads = self.engine.quads_for_pattern(
                None if subject is None else to[subject],
                None if predicate is None else to[predicate],
                None if value is None else to[value],
                name,
            )
        except (TypeError, ValueError):  # not a term of RDF: no triple has it
            return iter(())
        if subject is None:
            return self._many(quads, predicate, value, one_graph=context is not None)
        found = list(quads)
        if len(found) > 1 and context is None:
            # A triple that stands in two graphs comes twice.
            found = list({quad.triple: quad for quad in found}.values())
        if predicate is None:
            matches = [(subject, known[q.predicate], known[q.object]) for q in found]
        else:
            matches = [(subject, predicate, known[q.object]) for q in found]
        return iter([(triple, holding(triple)) for triple in matches])

    def _has(self, subject: Any, predicate: Any, value: Any, name: Any) -> bool:
        # Asking for one quad takes a third of the time of reading a pattern's first.
        if name is not None:
            return ox.Quad(subject, predicate, value, name) in self.engine
        if self._names is None:
            self._names = [*self.engine.named_graphs(), _DEFAULT]
        if len(self._names) > _FEW:
            quads = self.engine.quads_for_pattern(subject, predicate, value, None)
            return next(quads, None) is not None
        for name in self._names:
            if ox.Quad(subject, predicate, value, name) in self.engine:
                if name is not self._names[0]:  # the next one is likely to be here too
                    self._names.remove(name)
                    self._names.insert(0, name)
                return True
        return False

    def _many(
        self, quads: Iterator[ox.Quad], predicate: Any, value: Any, *, one_graph: bool
    ) -> Iterator[tuple[Any, Iterator[Graph | None]]]:
        known, holding = self._from, self._holding
        # Remembering every triple would cost more than reading it. Few stand in two
        # graphs, and which those are is known from the census.
        shared = {} if one_graph else dict.fromkeys(self._counted().shared, False)
        if shared:
            quads = _once(quads, shared)
        if predicate is not None and value is not None:
            for quad in quads:
                triple = known[quad.subject], predicate, value
                yield triple, holding(triple)
        else:
            for quad in quads:
                triple = known[quad.subject], known[quad.predicate], known[quad.object]
                yield triple, holding(triple)

    def _holding(self, triple: Any) -> Iterator[Graph]:
        for quad in self._quads(triple):
            yield self._graph(quad.graph_name)

    def _quads(self, pattern: Any, context: Any = None) -> list[ox.Quad]:
        subject, predicate, value = (None if t is None else self._to[t] for t in pattern)
        name = None if context is None else self._to[context.identifier]
        return list(self.engine.quads_for_pattern(subject, predicate, value, name))

    def _graph(self, name: ox.NamedNode | ox.BlankNode | ox.DefaultGraph) -> Graph:
        found = self._graphs.get(name)
        if found is None:
            found = self._graphs[name] = Graph(store=self, identifier=self._from[name])
        return found

    def contexts(self, triple: Any = None) -> Iterator[Graph]:  # type: ignore[override]  # rdflib says Generator
        """Yield the graphs there are, or those that hold a triple."""
        if triple is not None and triple != (None, None, None):
            try:
                names = dict.fromkeys(quad.graph_name for quad in self._quads(triple))
            except (TypeError, ValueError):
                return
        else:
            names = dict.fromkeys(self.engine.named_graphs())
            if next(self.engine.quads_for_pattern(None, None, None, _DEFAULT), None):
                names[_DEFAULT] = None
        for name in names:
            yield self._graph(name)

    def __len__(self, context: Any = None) -> int:
        """Return how many triples there are, or how many a graph has.

        The first call counts; afterwards the number is kept up.
        """
        census = self._counted()
        if context is None:
            return census.distinct
        try:
            return census.sizes.get(self._to[context.identifier], 0)
        except (TypeError, ValueError):
            return 0

    def _counted(self) -> _Census:
        if self._census is None:
            self._census = _Census(self.engine)
        return self._census

    def recount(self) -> None:
        """Count again when next asked: the engine was changed by somebody else."""
        self._census = None
        self._names = None

    # ------------------------------------------------------------ writing

    def add(self, triple: Any, context: Any, quoted: bool = False) -> None:
        """Add a triple to a graph. Raises RefusedError for what is not RDF."""
        self.addN([(*triple, context)])

    def addN(self, quads: Iterable[Any]) -> None:  # noqa: N802  rdflib's name
        """Add triples to graphs, all of them or none. Raises RefusedError as ``add`` does."""
        given = list(quads)
        new: dict[ox.Quad, None] = {}
        for subject, predicate, value, context in given:
            to = self._to
            try:
                quad = ox.Quad(to[subject], to[predicate], to[value], to[context.identifier])
            except (TypeError, ValueError) as error:
                raise RefusedError(
                    f"not a triple of RDF: {subject!r} {predicate!r} {value!r}: {error}",
                    hint="subjects and properties are IRIs; an IRI is absolute and has no spaces",
                ) from error
            if quad not in self.engine:
                new[quad] = None
        self._require_writable()
        self.engine.extend(new)
        self._names = None
        if self._census is not None:
            for quad in new:
                self._census.added(quad)
        if new and self._changed:
            self._changed(list(new), [])
        for subject, predicate, value, context in given:
            super().add((subject, predicate, value), context)

    def remove(self, triple: Any, context: Any = None) -> None:
        """Remove the triples that match a pattern, from one graph or from all."""
        self._require_writable()
        try:
            quads = self._quads(triple, context)
        except (TypeError, ValueError):
            quads = []
        for quad in quads:
            self.engine.remove(quad)
            if self._census is not None:
                self._census.removed(quad)
        if quads and self._changed:
            self._changed([], quads)
        super().remove(triple, context)

    def add_graph(self, graph: Graph) -> None:
        """Make a graph exist, empty if need be."""
        name = self._to[graph.identifier]
        if name != _DEFAULT and not self.engine.contains_named_graph(name):
            self._require_writable(f"and has no graph {graph.identifier}")
            self.engine.add_graph(name)
            self._names = None

    def remove_graph(self, graph: Graph) -> None:
        """Remove a graph with all that is in it; the default graph is only emptied."""
        self.remove((None, None, None), graph)
        self.engine.remove_graph(self._to[graph.identifier])

    def _require_writable(self, detail: str = "") -> None:
        try:
            self.engine.remove(_NOWHERE)
        except (OSError, RuntimeError) as error:
            raise RefusedError(
                f"this store is compiled and read-only {detail}".rstrip(),
                hint="store.editable().as_rdflib() gives one that can be changed",
            ) from error

    def rollback(self) -> None:
        """Refuse: every change is kept at once. ``commit`` has nothing to do."""
        raise RefusedError(
            "changes cannot be rolled back", hint="wrap the store in rdflib's AuditableStore"
        )

    # ------------------------------------------------------------ SPARQL

    def query(
        self,
        query: Any,
        initNs: Mapping[str, Any],  # noqa: N803  rdflib's names
        initBindings: Mapping[str, Any],  # noqa: N803
        queryGraph: Any,  # noqa: N803
        **kwargs: Any,
    ) -> RdflibResult:
        """Run a query in the engine and return an ordinary rdflib result.

        A prepared query runs from its text. FROM may name graphs of this store. Raises
        RefusedError and QueryError as ``sparql.outline`` does, and UsageError for a
        binding that is no term or whose variable the query does not have.
        """
        text, prefixes, base = _request(query, initNs, kwargs)
        graphs = frozenset(str(graph.identifier) for graph in self.contexts())
        outline = sparql.outline(text, graphs, prefixes)
        bindings = _bindings(initBindings, outline.variables)
        blank: dict[ox.Variable, Any] = {
            ox.Variable(n): t for n, t in bindings.items() if isinstance(t, ox.BlankNode)
        }
        plain = {n: t for n, t in bindings.items() if not isinstance(t, ox.BlankNode)}
        bound = sparql.bind(text, plain)
        # The engine forgets FROM when it is told which graphs to read.
        union = queryGraph == "__UNION__" and not outline.graphs
        named = None if outline.graphs or union else self._to[queryGraph]
        try:
            answer = self.engine.query(
                bound,
                prefixes=prefixes,
                base_iri=base,
                use_default_graph_as_union=union,
                default_graph=named,
                substitutions=blank,
            )
            return self._result(answer, outline, bindings)
        except SyntaxError as error:
            if bound == text:
                raise sparql.engine_error(text, error) from error
            raise QueryError(  # the place in the error would be one of another text
                "it does not parse with these bindings", hint="a literal cannot be a property"
            ) from error
        except (OSError, RuntimeError, ValueError) as error:
            raise QueryError(f"the engine refuses it: {error}", hint="simplify it") from error

    def _result(
        self,
        answer: ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples,
        outline: sparql.Outline,
        bindings: Mapping[str, Any],
    ) -> RdflibResult:
        result = RdflibResult(outline.form.upper())
        if isinstance(answer, ox.QueryBoolean):
            result.askAnswer = bool(answer)
            return result
        if isinstance(answer, ox.QueryTriples):
            name = ox.BlankNode()
            store = EngineStore(ox.Store())
            store.engine.extend(ox.Quad(t.subject, t.predicate, t.object, name) for t in answer)
            store._from = self._from
            result.graph = Graph(store=store, identifier=BNode(name.value))
            for prefix, namespace in self._namespaces.items():
                result.graph.bind(prefix, namespace)
            return result
        rows = results.read(answer)
        names = [Variable(name) for name in rows.variables]
        # SELECT * has lost the variables that were given a value; rdflib shows them.
        lost = (
            {Variable(n): self._from[t] for n, t in bindings.items() if Variable(n) not in names}
            if outline.projected is None
            else {}
        )
        known = self._from
        result.vars = [*names, *lost]
        result.bindings = (
            {**lost, **{n: known[cell] for n, cell in zip(names, row, strict=True) if cell}}
            for row in rows.cells
        )
        return result

    def update(
        self,
        update: Any,
        initNs: Mapping[str, Any],  # noqa: N803  rdflib's names
        initBindings: Mapping[str, Any],  # noqa: N803
        queryGraph: Any,  # noqa: N803
        **kwargs: Any,
    ) -> None:
        """Run an update in the engine, whole or not at all.

        Asked of one graph it changes that graph. Asked of the dataset it follows the
        standard: outside GRAPH and WITH it reads and writes the default graph alone, not
        the union. Raises RefusedError for LOAD, SERVICE and a read-only store, and
        QueryError and UsageError as ``query`` does.
        """
        text, prefixes, base = _request(update, initNs, kwargs)
        bindings = _bindings(initBindings, sparql.update_variables(text, prefixes))
        for name, term in bindings.items():
            if isinstance(term, ox.BlankNode):  # in an update it would be another node
                raise UsageError(f"?{name} is given a blank node", hint="only queries take one")
        self._require_writable()
        graph = _DEFAULT if queryGraph == "__UNION__" else self._to[queryGraph]
        before = set(self.engine)
        # What the one graph holds is put into the default graph of a copy, and back.
        engine = self.engine if graph == _DEFAULT else ox.Store()
        if engine is not self.engine:
            engine.bulk_extend(
                _moved(q, graph, _DEFAULT) for q in before if q.graph_name != _DEFAULT
            )
        try:
            engine.update(sparql.bind(text, bindings), prefixes=prefixes, base_iri=base)
        except SyntaxError as error:
            raise QueryError(
                f"the update does not parse: {error.args[0]}",
                hint="a binding that is a literal cannot be a property" if bindings else None,
            ) from error
        except (OSError, RuntimeError, ValueError) as error:
            raise QueryError(f"the engine refuses it: {error}", hint="simplify it") from error
        if engine is self.engine:
            after = set(engine)
        else:
            after = {_moved(quad, _DEFAULT, graph) for quad in engine}
            after |= {quad for quad in before if quad.graph_name == _DEFAULT}
            for quad in before - after:
                self.engine.remove(quad)
            self.engine.extend(after - before)
        self.recount()
        if before != after and self._changed:
            self._changed(list(after - before), list(before - after))

    # ------------------------------------------------------------ prefixes

    def bind(self, prefix: str, namespace: URIRef, override: bool = True) -> None:
        """Give a namespace a prefix; without ``override`` only if both are free."""
        if not override and (prefix in self._namespaces or namespace in self._prefixes):
            return
        if prefix in self._namespaces:
            del self._prefixes[self._namespaces.pop(prefix)]
        if namespace in self._prefixes:
            del self._namespaces[self._prefixes.pop(namespace)]
        self._namespaces[prefix] = namespace
        self._prefixes[namespace] = prefix

    def prefix(self, namespace: URIRef) -> str | None:
        """Return the prefix of a namespace."""
        return self._prefixes.get(namespace)

    def namespace(self, prefix: str) -> URIRef | None:
        """Return the namespace of a prefix."""
        return self._namespaces.get(prefix)

    def namespaces(self) -> Iterator[tuple[str, URIRef]]:
        """Yield prefixes with their namespaces."""
        yield from self._namespaces.items()


def _once(quads: Iterator[ox.Quad], shared: dict[ox.Triple, bool]) -> Iterator[ox.Quad]:
    subjects = {triple.subject for triple in shared}
    for quad in quads:
        if quad.subject in subjects and quad.triple in shared:
            if shared[quad.triple]:
                continue
            shared[quad.triple] = True
        yield quad


def _moved(quad: ox.Quad, source: Any, target: Any) -> ox.Quad:
    graph = target if quad.graph_name == source else quad.graph_name
    return ox.Quad(quad.subject, quad.predicate, quad.object, graph)


class _Census:
    """How many triples each graph has, how many differ, and which stand in several graphs."""

    def __init__(self, engine: ox.Store) -> None:
        self._engine = engine
        count: Any = engine.query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
        self.sizes: dict[Any, int] = {_DEFAULT: int(next(count)[0].value)}
        counts: Any = engine.query(
            "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
        )
        self.sizes |= {row[0]: int(row[1].value) for row in counts}
        self.shared: set[ox.Triple] = set()
        # The largest graph is not read: its triples are looked up one by one.
        largest, *others = sorted(self.sizes, key=lambda name: -self.sizes[name])
        seen: set[ox.Triple] = set()
        for name in others:
            for quad in engine.quads_for_pattern(None, None, None, name):
                triple = quad.triple
                again = ox.Quad(triple.subject, triple.predicate, triple.object, largest)
                if triple in seen or again in engine:
                    self.shared.add(triple)
                seen.add(triple)
        self.distinct = self.sizes[largest] + sum(
            ox.Quad(t.subject, t.predicate, t.object, largest) not in engine for t in seen
        )

    def _places(self, quad: ox.Quad) -> int:
        pattern = quad.subject, quad.predicate, quad.object
        return sum(1 for _ in self._engine.quads_for_pattern(*pattern, None))

    def added(self, quad: ox.Quad) -> None:
        """Count a quad that has just been added."""
        self.sizes[quad.graph_name] = self.sizes.get(quad.graph_name, 0) + 1
        if self._places(quad) == 1:
            self.distinct += 1
        else:
            self.shared.add(quad.triple)

    def removed(self, quad: ox.Quad) -> None:
        """Count a quad that has just been removed."""
        self.sizes[quad.graph_name] -= 1
        left = self._places(quad)
        self.distinct -= left == 0
        if left < 2:
            self.shared.discard(quad.triple)


def _request(
    given: Any, namespaces: Mapping[str, Any], options: dict[str, Any]
) -> tuple[str, dict[str, str], str | None]:
    """Return the text of a query or update, its prefixes and its base IRI."""
    base = options.pop("base", None)
    options.pop("DEBUG", None)
    if options:
        raise UsageError(f"no such option: {', '.join(sorted(options))}", hint="base is one")
    prefixes = {**PREFIXES, **{p: str(n) for p, n in namespaces.items()}}
    if not isinstance(given, str):
        try:
            given, own, own_base = given._original_args
        except AttributeError:
            raise UsageError(
                f"a {type(given).__name__} is not a query", hint="give its text"
            ) from None
        prefixes |= {p: str(n) for p, n in (own or {}).items()}
        base = base or own_base
    return given, prefixes, base


def _bindings(given: Mapping[str, Any], variables: frozenset[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, term in given.items():
        name = str(key).lstrip("?$")
        if name not in variables:
            import difflib

            near = difflib.get_close_matches(name, sorted(variables), n=1)
            raise UsageError(
                f"the query has no variable ?{name}",
                hint=f"did you mean {near[0]}?"
                if near
                else "it has " + (", ".join(sorted(variables)) or "none"),
            )
        try:
            found[name] = to_engine(term)
        except ValueError as error:
            raise UsageError(
                f"?{name} is given what is not a term: {error}", hint="give a URIRef or a Literal"
            ) from None
    return found


def dataset(engine: EngineStore) -> rdflib.Dataset:
    """Return an rdflib dataset over the store: its default graph reads as the union of all."""
    found = rdflib.Dataset(store=engine, default_union=True)
    for prefix, namespace in PREFIXES.items():
        found.bind(prefix, namespace, override=True)
    return found
