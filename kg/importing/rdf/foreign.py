"""RDF of any vocabulary: Turtle, N-Triples, N-Quads, TriG, RDF/XML and JSON-LD.

What describes a thing or a term (its type, its names, its definition, schema vocabulary)
stays as it stands; each statement about the world becomes a claim of the data set
(docs/decisions/0012-foreign-rdf.md). Claims in our own terms are read as claims.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad

from kg import claims as model
from kg.errors import RefusedError, UsageError
from kg.importing.rdf import blank
from kg.importing.rdf.files import contexts, quads, syntax_of
from kg.importing.record import DataSet, Importer, slug
from kg.importing.sink import Sink
from kg.store import Store
from kg.vocab import DCTERMS, ID, KG, ONTOLOGY_GRAPH, OWL, RDF, RDFS, SCHEMA, SKOS, compress

#: Up to so many triples, statements become claims unless somebody says otherwise.
MOST_CLAIMS = 200_000
#: So many quads that name blank nodes are held in memory to name them.
MOST_BLANK = 2_000_000
_LABELS = (
    SKOS + "prefLabel",
    RDFS + "label",
    "http://xmlns.com/foaf/0.1/name",
    SCHEMA + "name",
    "http://schema.org/name",
)
_ALIASES = (SKOS + "altLabel", SCHEMA + "alternateName", "http://schema.org/alternateName")
_DESCRIPTIONS = (
    RDF + "type",
    DCTERMS + "description",
    "http://purl.org/dc/elements/1.1/description",
    SCHEMA + "description",
    "http://schema.org/description",
)
#: Vocabularies that say what terms mean, not how the world is.
_TERMINOLOGY = (RDF, RDFS, OWL, SKOS, "http://www.w3.org/ns/shacl#")
_SAME = (OWL + "sameAs", SKOS + "exactMatch")
_SAYS = (RDF + "subject", RDF + "predicate", RDF + "object")
#: What a claim has one of: two would let a hedged claim pass for a firm one.
_ONE = (
    *_SAYS,
    *(KG + n for n in ("claimKind", "modality", "polarity", "rank", "credibility", "confidence")),
)
_DAYS = tuple(KG + n for n in ("validFrom", "validTo", "coveredTo", "retractedOn"))
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_CLAIM_TYPES = (KG + "Claim", KG + "IdentityLink")
_RECORDS = (*_CLAIM_TYPES, KG + "Passage", KG + "SourceDocument", KG + "Citation")
_NAMED_GRAPH = KG + "namedGraph"

Value = NamedNode | Literal


@dataclass(slots=True)
class _Found:
    """What a first look at the files found."""

    count: int = 0
    labels: dict[str, str] = field(default_factory=dict)
    preferred: set[int] = field(default_factory=set)  # hashes: a label each may be millions
    claims: set[str] = field(default_factory=set)
    blank: list[Quad] = field(default_factory=list)
    bad: dict[str, int] = field(default_factory=dict)


def _dataset(paths: Sequence[Path]) -> DataSet:
    first = paths[0]
    stem = first.name.partition(".")[0]
    name = slug(stem).replace(".", "-") or "rdf"
    return DataSet(
        name=name,
        title=stem,
        publisher=f"{ID}actor/publisher-of-{name}",
        publisher_name=f"Publisher of {stem}",
    )


def _read(paths: Sequence[Path], sink: Sink, options: Mapping[str, str]) -> None:
    wanted = options.get("statements", "auto")
    if wanted not in ("auto", "claims", "triples"):
        raise UsageError(f"-o statements={wanted}", hint="auto, claims or triples")
    files = _Files(paths, options)
    most = {"auto": MOST_CLAIMS, "claims": sys.maxsize, "triples": 0}[wanted]
    found = _look(files, sink, most)
    as_claims = found.count <= most
    if not as_claims and wanted == "auto":
        sink.note(
            f"over {MOST_CLAIMS:,} triples, so they stay triples, not claims (-o statements=claims)"
        )
    keeper = _Keeper(sink, found, as_claims)
    named = blank.names(found.blank)
    for quad in files.quads(found.bad):
        if isinstance(quad.object, NamedNode | Literal) and not _is_anonymous(quad):
            keeper.take(
                _text(quad.subject), quad.predicate.value, quad.object, _text(quad.graph_name)
            )
    for quad in found.blank:
        s, o, g = (_named(t, named) for t in (quad.subject, quad.object, quad.graph_name))
        if not (s and g and isinstance(o, NamedNode | Literal)):
            sink.skip("a blank node that only a search without bound would tell from others")
            continue
        keeper.take(_text(s), quad.predicate.value, o, _text(g))
    keeper.finish()
    files.report(found.bad, sink)


class _Files:
    """The files of an import, to be gone through twice."""

    def __init__(self, paths: Sequence[Path], options: Mapping[str, str]) -> None:
        self._base = options.get("base", "")
        self._fetch = contexts(options.get("context", ""), options.get("allow-context", ""))
        self._files = [(path, syntax_of(path, options.get("syntax", ""))) for path in paths]

    def quads(self, bad: dict[str, int]) -> Iterator[Quad]:
        """Yield the quads of all files; count bad IRIs."""

        def count(iri: str) -> None:
            bad[iri] = bad.get(iri, 0) + 1

        for number, (path, syntax) in enumerate(self._files):
            for quad in quads(path, syntax, base=self._base, fetch=self._fetch, bad=count):
                # A label of a blank node is one file's own.
                yield _apart(quad, number) if number and _is_anonymous(quad) else quad

    def report(self, bad: Mapping[str, int], sink: Sink) -> None:
        """Report the bad IRIs, the first of them with their lines."""
        places = self._lines({iri for iri in bad if iri})
        for iri, n in sorted(bad.items()):
            if not iri:
                reason = "a triple term of RDF 1.2"
            elif iri.startswith("@"):
                reason = "a statement with a bad language tag"
            elif ":" in iri.partition("/")[0]:
                reason = "a statement with a bad IRI"
            else:
                reason = "a statement with a relative IRI (-o base=IRI)"
            for _ in range(n):
                sink.skip(reason, places.pop(iri, ""))

    def _lines(self, wanted: set[str]) -> dict[str, str]:
        from kg.importing.reading import open_bytes

        left = {iri.encode(): iri for iri in sorted(wanted)[:20]}
        found: dict[str, str] = {}
        for path, _ in self._files if left else ():
            with open_bytes(path) as stream:
                for number, line in enumerate(stream, 1):
                    for text in [text for text in left if text in line]:
                        found[left.pop(text)] = f"{path.name}:{number}"
                    if not left:
                        return found
        return found


def _look(files: _Files, sink: Sink, most: int) -> _Found:
    """Go through the files once: labels, claims in our terms, what names blank nodes.

    Labels are for the statements of claims, so that beyond ``most`` triples none are kept.
    """
    found = _Found()
    bad: dict[str, int] = {}
    for quad in files.quads(bad):
        sink.read()
        found.count += 1
        if _is_anonymous(quad):
            found.blank.append(quad)
            if len(found.blank) > MOST_BLANK:
                raise RefusedError(
                    f"more than {MOST_BLANK:,} statements name blank nodes",
                    hint="give the nodes IRIs, or split the data",
                )
        predicate, value = quad.predicate.value, quad.object
        if predicate == RDF + "type":
            if isinstance(value, NamedNode) and value.value in _CLAIM_TYPES:
                found.claims.add(_text(quad.subject))
        elif predicate in _LABELS and isinstance(value, Literal):
            subject = _text(quad.subject)
            if predicate == _LABELS[0]:
                found.preferred.add(hash((subject, value.language or "")))
            if found.count <= most:
                mine = _choice(predicate, value)
                found.labels[subject] = min(mine, found.labels.get(subject, mine))
    if found.count > most:
        found.labels.clear()
    return found


def _choice(predicate: str, label: Literal) -> str:
    """Return a label so written that the best of a thing's sorts first: English, then without language."""
    language = (label.language or "").partition("-")[0]
    order = "0" if language == "en" else "1" if not language else "2"
    return f"{order}{_LABELS.index(predicate)}{label.value}"


class _Keeper:
    """Decides of each statement whether it describes, claims, or is one of our own."""

    def __init__(self, sink: Sink, found: _Found, as_claims: bool) -> None:
        self._sink = sink
        self._found = found
        self._as_claims = as_claims
        self._ours: dict[str, dict[str, list[Value]]] = defaultdict(lambda: defaultdict(list))
        self._edges: list[tuple[str, str, Value, str]] = []

    def take(self, s: str, p: str, o: Value, graph: str) -> None:
        """Keep one statement."""
        sink = self._sink
        if s.startswith(KG) or s == ONTOLOGY_GRAPH.value:
            if (p, str(o)) in _shipped(s):
                sink.note("what our ontology says itself")
            else:
                sink.skip("says something of a term of our own ontology", compress(s))
        elif s in self._found.claims:
            self._ours[s][p].append(o)
        elif sink.is_edge_predicate(p) and p not in _SAME:
            self._edges.append((s, p, o, graph))
        elif s.startswith(ID) and not s.startswith(f"{ID}blank/"):
            self._of_ours(s, p, o, graph)
        elif p in _SAME and isinstance(o, NamedNode):
            self._same(s, p, o.value, graph)
        elif self._describes(p, o) or (
            not self._as_claims and not p.startswith(KG) and p not in _SAYS
        ):
            self._describe(s, p, o, graph)
        else:
            self._claim(s, p, o, graph)

    def finish(self) -> None:
        """Keep the claims in our own terms, then the edges that none of them makes, as claims."""
        for iri, said in sorted(self._ours.items()):
            try:
                claim = model.read_claim(iri, said)
            except RefusedError as error:
                self._sink.skip("a claim in our terms that is not whole", str(error))
                continue
            if fault := _fault(said):
                self._sink.skip(f"a claim in our terms {fault}", compress(iri))
                continue
            told = {(p, str(o)) for p, values in said.items() for o in values}
            if (known := _shipped(iri)) and known != told:
                self._sink.skip("says otherwise of a record of the shipped graph", compress(iri))
                continue
            self._sink.relay(
                claim, [(p, _term(o)) for p in sorted(said) for o in sorted(said[p], key=str)]
            )
        earned = self._sink.edges()
        for s, p, o, graph in self._edges:
            if (s, p, _term(o)) not in earned:
                self._sink.note(
                    "a bare edge of ours, which no claim in the file makes: now a claim"
                )
                self._claim(s, p, o, graph)

    def _describes(self, p: str, o: Value) -> bool:
        if p in _SAYS:
            return False
        return p in _DESCRIPTIONS or p in _LABELS or p in _ALIASES or p.startswith(_TERMINOLOGY)

    def _describe(self, s: str, p: str, o: Value, graph: str) -> None:
        sink = self._sink
        if graph:
            sink.note("a description in a named graph of the file, which it no longer tells")
        if isinstance(o, Literal) and p != _LABELS[0]:
            language = o.language or ""
            if p in _ALIASES:
                sink.entity(s, aliases=[(o.value, language)])
            elif p in _LABELS:
                if hash((s, language)) in self._found.preferred:
                    sink.entity(s, aliases=[(o.value, language)])
                else:
                    sink.entity(s, label=o.value, language=language)
        sink.triple(s, p, _term(o))

    def _of_ours(self, s: str, p: str, o: Value, graph: str) -> None:
        """Keep what is said of a thing with a name of ours, unless the shipped graph would differ."""
        known = _shipped(s)
        if not known or (p, str(o)) in known:
            self._sink.triple(s, p, _term(o))
        elif any((RDF + "type", f"<{kind}>") in known for kind in _RECORDS):
            self._sink.skip("says otherwise of a record of the shipped graph", compress(s))
        else:
            self._claim(s, p, o, graph)

    def _same(self, s: str, p: str, o: str, graph: str) -> None:
        sink, wikidata = self._sink, "http://www.wikidata.org/entity/Q"
        for one, other in ((s, o), (o, s)):
            if other.startswith(wikidata) and p == _SAME[0]:
                sink.identifier(one, one, "wikidata", other, method=f"{compress(p)} in the file")
                return
        self._claim(s, p, NamedNode(o), graph)

    def _claim(self, s: str, p: str, o: Value, graph: str) -> None:
        self._sink.claim(
            s,
            s,
            p,
            _term(o),
            f"{self._name(s)}: {self._name(p)} {self._shown(o)}.",
            discriminator=f"{graph}{chr(31)}{o}",
            extra=[(_NAMED_GRAPH, graph)] if graph else (),
        )

    def _shown(self, o: Value) -> str:
        if isinstance(o, NamedNode):
            return self._name(o.value)
        text = " ".join(o.value.split())
        return f"“{text}”" if len(text) <= 120 else f"“{text[:119]}…”"

    def _name(self, iri: str) -> str:
        label = self._found.labels.get(iri)
        if label is not None:
            return " ".join(label[2:].split())[:120]
        if known := self._sink.term_label(iri):
            return known
        if iri.startswith(f"{ID}blank/"):
            return "something unnamed"
        if iri.startswith(ID):
            return _shipped_store().label(iri)
        short = compress(iri)
        return short if short != iri else iri.rstrip("/#").rpartition("#")[2].rpartition("/")[2]


def _fault(said: Mapping[str, Sequence[Value]]) -> str:
    """Return what is wrong with what is said of a claim, beyond that something is missing."""
    for p in (*_ONE, *_DAYS):
        values = {str(value) for value in said.get(p, ())}
        if len(values) > 1:
            return f"with two values of {compress(p)}"
    for p in _DAYS:
        if not all(_DAY.fullmatch(value.value) for value in said.get(p, ())):
            return f"whose {compress(p)} is no day"
    return ""


@cache
def _shipped_store() -> Store:
    return Store.open()


def _shipped(iri: str) -> frozenset[tuple[str, str]]:
    """Return what the ontology and the shipped graph say of a node, each object as N-Triples has it."""
    engine = _shipped_store().engine
    return frozenset(
        (quad.predicate.value, str(quad.object))
        for quad in engine.quads_for_pattern(NamedNode(iri), None, None, None)
    )


def _is_anonymous(quad: Quad) -> bool:
    return (
        isinstance(quad.subject, BlankNode)
        or isinstance(quad.object, BlankNode)
        or isinstance(quad.graph_name, BlankNode)
    )


def _apart(quad: Quad, number: int) -> Quad:
    def mine(term: object) -> object:
        return BlankNode(f"f{number}x{term.value}") if isinstance(term, BlankNode) else term

    return Quad(mine(quad.subject), quad.predicate, mine(quad.object), mine(quad.graph_name))  # type: ignore[arg-type]  # as it was


def _named(term: object, named: Mapping[str, str]) -> object:
    if isinstance(term, BlankNode):
        iri = named.get(str(term))
        return NamedNode(iri) if iri else None
    return term


def _text(term: object) -> str:
    if isinstance(term, NamedNode):
        return term.value
    return "" if isinstance(term, DefaultGraph) else str(term)


def _term(value: Value) -> str | Literal:
    return value.value if isinstance(value, NamedNode) else value


IMPORTERS = {
    "rdf": Importer(
        name="rdf",
        description="RDF of any vocabulary: descriptions stay, statements become claims",
        reads="Turtle, N-Triples, N-Quads, TriG, RDF/XML, JSON-LD; also gzip and bzip2",
        loses="names of blank nodes, triple terms of RDF 1.2, named graphs of descriptions",
        dataset=_dataset,
        read=_read,
        options={
            "statements": "claims or triples: what statements become (auto: claims up to 200,000 triples)",
            "syntax": "nt, nq, ttl, trig, xml or jsonld, where name and content do not tell",
            "base": "IRI that relative ones are resolved against",
            "context": "file that answers for every JSON-LD context named elsewhere",
            "allow-context": "addresses of JSON-LD contexts that may be fetched",
        },
        example="vocabulary.ttl --name vocabulary",
    )
}
