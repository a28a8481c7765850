"""Validation: the SHACL shapes, and the house rules that SHACL cannot say, in one report.

Shapes run on an in-memory rdflib graph: on an Oxigraph-backed one pySHACL has been
seen to report a wrong "conforms". The rules that need joins over all claims (the
edge rule, disagreement, identity) are functions here, on the same claims that the
rest of the program reads.
"""

from __future__ import annotations

import datetime
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Set
from dataclasses import dataclass
from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from kg import claims as model
from kg import files, turtle
from kg.claims import Claim, Kind, Modality, Polarity, Rank
from kg.corroboration import Corroboration
from kg.dates import day
from kg.errors import RefusedError
from kg.identity import SCHEMES
from kg.store import ONTOLOGY_GRAPH, Store
from kg.turtle import natural
from kg.verification import find_passages
from kg.vocab import ID, KG, OWL, RDF, RDFS, SKOS, XSD, compress

if TYPE_CHECKING:
    from rdflib import Graph

SEVERITIES = ("violation", "warning", "info")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: where, which rule, and what a curator should do."""

    severity: str
    rule: str
    focus: str
    path: str
    value: str
    message: str
    file: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """All findings, in order of severity and place."""

    findings: tuple[Finding, ...]
    checked: str

    @property
    def counts(self) -> dict[str, int]:
        """How many findings there are of each severity."""
        found = Counter(finding.severity for finding in self.findings)
        return {severity: found[severity] for severity in SEVERITIES}

    @property
    def conforms(self) -> bool:
        """Whether there is no violation; warnings do not count."""
        return not self.counts["violation"]

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain values."""
        names = ("severity", "rule", "focus", "path", "value", "message", "file", "line")
        return {
            "conforms": self.conforms,
            "checked": self.checked,
            "counts": self.counts,
            "findings": [{n: getattr(finding, n) for n in names} for finding in self.findings],
        }


@dataclass(frozen=True, slots=True)
class _Data:
    """What the rules look at: the store, and the claims that can be read at all."""

    store: Store
    claims: dict[str, Claim]
    #: The nodes of other data that stand beside it, by CURIE.
    foreign: Collection[str] = ()


def validate(
    *paths: Path | str,
    ontology: Path | str | None = None,
    sources: Path | None = None,
    beside: Store | None = None,
) -> Report:
    """Check Turtle files, or the shipped data when none is named.

    With ``sources`` the passages are looked for in local copies as well. ``beside`` is
    data that the files may refer to and that are not checked themselves. Every
    fault is reported, not only the first. Raises what reading a file raises.
    """
    chosen = [Path(path) for path in paths] or [files.triples_path()]
    store = Store.open(*chosen, ontology=ontology, compiled=False)
    graph = _merged([turtle.read_graph(path) for path in chosen])
    triples = len(graph)
    foreign = _referred(store, beside) if beside is not None else {}
    for triple in {triple for found in foreign.values() for triple in found}:
        store.engine.add(Quad(triple.subject, triple.predicate, triple.object, _BESIDE))
    store.forget()
    for said in store.graph(_BESIDE) if foreign else ():
        graph.add(said)
    data = _Data(store, _readable(store), foreign.keys())
    findings = [
        finding
        for finding in (*_shacl(graph, store), *_house(data))
        if finding.focus not in foreign
    ]
    for path in chosen:
        findings += _canonical(path)
    if sources is not None:
        findings += _verified(store, sources)
    places = _places(chosen)
    placed = [
        Finding(
            f.severity,
            f.rule,
            f.focus,
            f.path,
            f.value,
            f.message,
            *places.get(f.focus, ("", None)),
        )
        if not f.file
        else f
        for f in dict.fromkeys(findings)
    ]
    placed.sort(
        key=lambda f: (SEVERITIES.index(f.severity), natural(f.focus), f.rule, f.path, f.value)
    )
    names = ", ".join(str(path) for path in chosen)
    checked = sum(compress(iri) not in foreign for iri in data.claims)
    return Report(tuple(placed), f"{checked} claims, {triples:,} triples in {names}")


#: Where what the checked files refer to stands while they are checked.
_BESIDE = NamedNode(ID + "graph/beside")


def _referred(store: Store, beside: Store) -> dict[str, set[Triple]]:
    """Return what other data say of the nodes that a store names without describing, by CURIE.

    And the edges there that claims of the store have earned: they need no second one.
    """
    own = {q.subject for q in store.engine}
    named = {q.object for q in store.engine if isinstance(q.object, NamedNode)}
    found: dict[str, set[Triple]] = {}
    for node in named - own:
        said = {q.triple for q in beside.engine.quads_for_pattern(node, None, None)}
        if said:
            found[compress(node.value)] = said
    edges = set()
    for claim in store.claims.values():
        subject, predicate, value = model.edge_of(claim, store.vocabulary)
        pattern = (
            NamedNode(subject),
            NamedNode(predicate),
            value if isinstance(value, Literal) else NamedNode(value),
        )
        edges |= {q.triple for q in beside.engine.quads_for_pattern(*pattern)}
    if edges:
        found[""] = edges
    return found


def _merged(graphs: list[Graph]) -> Graph:
    for other in graphs[1:]:
        for triple in other:
            graphs[0].add(triple)
    return graphs[0]


def _readable(store: Store) -> dict[str, Claim]:
    kind = NamedNode(RDF + "type")
    found: dict[str, Claim] = {}
    for cls in ("Claim", "IdentityLink"):
        for quad in store.engine.quads_for_pattern(None, kind, NamedNode(KG + cls)):
            if isinstance(quad.subject, NamedNode):
                iri = quad.subject.value
                try:
                    found[iri] = model.read_claim(iri, store.describe(iri))
                except RefusedError:
                    continue  # the shapes report what is missing
    return dict(sorted(found.items(), key=lambda item: natural(item[0])))


def _places(paths: list[Path]) -> dict[str, tuple[str, int]]:
    """Return where each node's block begins: file and line."""
    found: dict[str, tuple[str, int]] = {}
    for path in paths:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if match := re.match(r"(?:([a-z]+:[\w.\-]+)|<([^>]+)>)\s", line):
                name = match[1] or compress(match[2])
                found.setdefault(name, (str(path), number))
    return found


# ---------------------------------------------------------------- SHACL


@cache
def _shapes() -> Graph:
    import rdflib

    graph = rdflib.Graph()
    for path in sorted(files.shapes_dir().glob("*.ttl")):
        graph.parse(path, format="turtle")
    return graph


def _shacl(graph: Graph, store: Store) -> Iterator[Finding]:
    import pyshacl
    import rdflib
    from rdflib import SH

    # The shapes need the class tree and nothing else of the ontology.
    mixed = rdflib.Graph(bind_namespaces="none")
    for triple in graph:
        mixed.add(triple)
    for iri, term in store.vocabulary.terms.items():
        for parent in term.parents:
            mixed.add((rdflib.URIRef(iri), rdflib.RDFS.subClassOf, rdflib.URIRef(parent)))
    shapes = _shapes()
    _, results, _ = pyshacl.validate(mixed, shacl_graph=shapes, inference="none")
    severities = {SH.Violation: "violation", SH.Warning: "warning", SH.Info: "info"}
    for result in results.subjects(rdflib.RDF.type, SH.ValidationResult):
        value = {
            name: results.value(result, SH[name])
            for name in ("focusNode", "resultPath", "value", "resultMessage", "sourceShape")
        }
        severity = results.value(result, SH.resultSeverity)
        rule = shapes.value(value["sourceShape"], SH.name) or results.value(
            value["sourceShape"], SH.name
        )
        yield Finding(
            severities.get(severity, "violation"),
            str(rule or "shape"),
            compress(str(value["focusNode"])),
            compress(str(value["resultPath"] or "")),
            compress(str(value["value"] if value["value"] is not None else "")),
            str(value["resultMessage"]),
        )


# ---------------------------------------------------------------- house rules


def _house(data: _Data) -> Iterator[Finding]:
    for rule in (
        _epistemics,
        _edge_layer,
        _disagreement,
        _dates,
        _foreknown,
        _values,
        _types,
        _relations,
        _loops,
        _agreements,
        _alliances,
        _motives,
        _headings,
        _corroboration,
        _footnotes,
        _coverage,
        _closed,
        _disguised,
        _labels,
        _identity,
        _hygiene,
    ):
        yield from rule(data)


def _wrong(
    rule: str,
    focus: str,
    message: str,
    *,
    path: str = "",
    value: str = "",
    severity: str = "violation",
) -> Finding:
    return Finding(severity, rule, compress(focus), compress(path), compress(value), message)


def _epistemics(data: _Data) -> Iterator[Finding]:
    for claim in data.claims.values():
        here = claim.iri
        exact = any(
            p in data.store.passages and data.store.passages[p].fingerprint for p in claim.evidence
        )
        by_editor = any(h.endswith("/gambit-editors") for h in claim.holders)
        if claim.hedged and not claim.hedges and exact and not by_editor:
            yield _wrong(
                "claim-hedge",
                here,
                f"it is {claim.modality}: add the words that show it (kg:hedgeText)",
                path=KG + "hedgeText",
            )
        if (claim.confidence is None) != (claim.credibility == 6):
            yield _wrong(
                "claim-confidence",
                here,
                "confidence is absent exactly when credibility is 6 (cannot be judged)",
                path=KG + "confidence",
            )
        if claim.rank is not Rank.NORMAL and not claim.rank_reason:
            yield _wrong(
                "rank-reason", here, f"it is {claim.rank}: give the reason", path=KG + "rankReason"
            )
        if (claim.valid_from or claim.valid_to) and not claim.valid_precision:
            yield _wrong(
                "date-precision",
                here,
                "say how precise its validity is",
                path=KG + "validPrecision",
            )


def _edge_layer(data: _Data) -> Iterator[Finding]:
    """No edge without a qualifying claim, no qualifying claim without its edge."""
    vocabulary = data.store.vocabulary
    backed = model.edges(data.claims.values(), vocabulary)
    by_triple: dict[model.Edge, list[Claim]] = defaultdict(list)
    for claim in data.claims.values():
        by_triple[model.edge_of(claim, vocabulary)].append(claim)
    present: set[model.Edge] = set()
    for predicate in sorted(vocabulary.edge_predicates):
        term = vocabulary.terms[predicate]
        for quad in data.store.engine.quads_for_pattern(None, NamedNode(predicate), None):
            if quad.graph_name == ONTOLOGY_GRAPH or not (
                isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode | Literal)
            ):
                continue
            value = quad.object if isinstance(quad.object, Literal) else quad.object.value
            edge: model.Edge = (quad.subject.value, predicate, value)
            present.add(edge)
            if edge in backed:
                continue
            mirror = (value, predicate, edge[0]) if isinstance(value, str) else None
            if term.symmetric and mirror in backed:
                yield _wrong(
                    "symmetric-once",
                    edge[0],
                    "a symmetric relation is written once, from the node that sorts first",
                    path=predicate,
                    value=_text(value),
                )
                continue
            yield _unbacked(data, edge, by_triple.get(edge, []))
    for edge, claims in backed.items():
        if edge not in present:
            for iri in claims:
                yield _wrong(
                    "missing-edge",
                    iri,
                    f"it qualifies, but its edge {compress(edge[0])} {compress(edge[1])} "
                    f"{compress(_text(edge[2]))} is not written: kg fmt FILE --edges",
                    path=edge[1],
                    value=_text(edge[2]),
                )


def _unbacked(data: _Data, edge: model.Edge, claims: list[Claim]) -> Finding:
    vocabulary = data.store.vocabulary
    if not claims:
        rule, reason = "edge-without-claim", "no claim makes it"
    elif any(model.qualifies(claim, vocabulary) for claim in claims):
        rule, reason = (
            "functional-edge",
            "claims disagree on the value and it is not the one preferred",
        )
    else:
        rule = "hedged-is-not-edge"
        reason = "; ".join(
            f"{compress(claim.iri)}: {', '.join(model.obstacles(claim, vocabulary))}"
            for claim in claims
        )
    return _wrong(
        rule,
        edge[0],
        f"this edge may not stand: {reason}",
        path=edge[1],
        value=_text(edge[2]),
    )


def _text(value: str | Literal) -> str:
    return value if isinstance(value, str) else value.value


def _disagreement(data: _Data) -> Iterator[Finding]:
    vocabulary = data.store.vocabulary
    groups: dict[tuple[str, str], list[Claim]] = defaultdict(list)
    for claim in data.claims.values():
        for iri in claim.conflicts_with:
            if iri in data.claims and claim.iri not in data.claims[iri].conflicts_with:
                yield _wrong(
                    "conflict-both-ways",
                    iri,
                    f"{compress(claim.iri)} conflicts with it, but not the other way round",
                    path=KG + "conflictsWith",
                    value=claim.iri,
                )
        term = vocabulary.terms.get(claim.predicate)
        if (
            term
            and term.functional
            and claim.kind is Kind.FACT
            and claim.polarity is Polarity.AFFIRMATIVE
            and not claim.retracted_on
        ):
            groups[claim.subject, claim.predicate].append(claim)
    for claims in groups.values():
        for one in claims:
            for other in claims:
                if one.iri < other.iri and one.object != other.object:
                    linked = {*one.conflicts_with, *one.in_tension_with, *one.restates}
                    if other.iri not in linked:
                        yield _wrong(
                            "conflict-linked",
                            one.iri,
                            f"it and {compress(other.iri)} give different values: "
                            "link them with kg:conflictsWith",
                            path=KG + "conflictsWith",
                            value=other.iri,
                        )
        preferred = {_text(c.object) for c in claims if c.rank is Rank.PREFERRED}
        if len(preferred) > 1:
            for claim in claims:
                if claim.rank is Rank.PREFERRED:
                    yield _wrong(
                        "preferred-once",
                        claim.iri,
                        "several values are preferred for a property that takes one",
                        path=KG + "rank",
                    )


_NO_DATES = {XSD + name for name in ("gYear", "gYearMonth", "gMonth", "gDay")}


def _dates(data: _Data) -> Iterator[Finding]:
    for quad in data.store.engine:
        if quad.graph_name == ONTOLOGY_GRAPH or not isinstance(quad.object, Literal):
            continue
        datatype = quad.object.datatype.value
        if datatype in _NO_DATES:
            yield _wrong(
                "date-type",
                _name(quad.subject),
                "write an xsd:date with kg:datePrecision: engines compare years wrongly",
                path=quad.predicate.value,
                value=quad.object.value,
            )
        elif datatype == XSD + "date" and day(quad.object.value) is None:
            yield _wrong(
                "date-type",
                _name(quad.subject),
                "there is no such day",
                path=quad.predicate.value,
                value=quad.object.value,
            )
    # Order among claims of one holder: a disputed date may well lie out of order.
    steps = [KG + name for name in ("signedOn", "ratifiedOn", "inForceOn", "terminatedOn")]
    by_holder: dict[tuple[str, tuple[str, ...]], list[Claim]] = defaultdict(list)
    for claim in data.claims.values():
        if claim.predicate in steps and claim.polarity is Polarity.AFFIRMATIVE:
            by_holder[claim.subject, claim.holders].append(claim)
    for claims in by_holder.values():
        for one in claims:
            for other in claims:
                if steps.index(one.predicate) < steps.index(other.predicate) and _text(
                    one.object
                ) > _text(other.object):
                    yield _wrong(
                        "date-order",
                        one.iri,
                        f"it dates {compress(one.predicate)} after {compress(other.predicate)} of "
                        f"{compress(other.iri)}, by the same holder",
                        path=one.predicate,
                        value=_text(one.object),
                    )


#: Days on which something has happened. Ends and entries into force are often set ahead.
_HAPPENED = tuple(
    KG + name for name in ("date", "startDate", "signedOn", "ratifiedOn", "adoptedOn")
)
_NOT_YET = {KG + "planned", KG + "potential", KG + "notHappened"}
_CUTS = {KG + "year": 4, KG + "month": 7}


def _foreknown(data: _Data) -> Iterator[Finding]:
    """No source tells as fact what happened after it came out."""
    store = data.store

    def cut(node: str) -> int:
        """Return how many characters of a node's dates count."""
        return min(
            (_CUTS.get(t.value, 10) for t in store.objects(node, KG + "datePrecision")), default=10
        )

    for claim in data.claims.values():
        if (
            claim.kind in (Kind.FORECAST, Kind.RECOMMENDATION)
            or claim.modality not in (Modality.ASSERTED, Modality.REPORTED)
            or claim.polarity is Polarity.NEGATED
            or any(s.value in _NOT_YET for s in store.objects(claim.subject, KG + "eventStatus"))
        ):
            continue
        if claim.predicate in _HAPPENED:
            days = [_text(claim.object)]
        elif _is_a(store, claim.subject, KG + "Event"):
            says = ("date", "startDate", "notBefore")
            days = [t.value for name in says for t in store.objects(claim.subject, KG + name)]
        else:
            continue
        days = [found for found in days if day(found)]
        for iri in sorted(
            {store.passages[p].source for p in claim.evidence if p in store.passages}
        ):
            source = store.sources.get(iri)
            issued = day(source.issued) if source else None
            if issued is None or not days:
                continue
            # The day may be another one where the source was written.
            latest = str(issued + datetime.timedelta(days=1))
            exact = min(cut(claim.subject), cut(iri))
            if min(days)[:exact] > latest[:exact]:
                yield _wrong(
                    "date-after-source",
                    claim.iri,
                    f"it tells of {min(days)}, and {compress(iri)} came out on {issued}: mend a "
                    "date, the modality, or the kg:eventStatus of what is yet to come",
                    path=claim.predicate,
                    value=min(days),
                )


def _name(node: object) -> str:
    return node.value if isinstance(node, NamedNode) else str(node)


def _values(data: _Data) -> Iterator[Finding]:
    """Entities where entities belong, literals where literals do."""
    engine, kind = data.store.engine, NamedNode(RDF + "type")
    of_kind = {
        name: {
            quad.subject.value
            for quad in engine.quads_for_pattern(None, kind, NamedNode(OWL + name), ONTOLOGY_GRAPH)
            if isinstance(quad.subject, NamedNode)
        }
        for name in ("ObjectProperty", "DatatypeProperty")
    }

    def fault(predicate: str, value: object) -> str:
        if predicate in of_kind["ObjectProperty"] and isinstance(value, Literal):
            return "an entity belongs here, not a literal"
        if predicate in of_kind["DatatypeProperty"] and not isinstance(value, Literal):
            return "a literal belongs here, not an entity"
        return ""

    for claim in data.claims.values():
        if why := fault(claim.predicate, claim.object):
            yield _wrong(
                "value-kind", claim.iri, why, path=RDF + "object", value=_text(claim.object)
            )
    for quad in engine:
        if quad.graph_name == ONTOLOGY_GRAPH or not isinstance(quad.subject, NamedNode):
            continue
        if why := fault(quad.predicate.value, quad.object):
            yield _wrong(
                "value-kind",
                quad.subject.value,
                why,
                path=quad.predicate.value,
                value=_text_of(quad.object),
            )


def _types(data: _Data) -> Iterator[Finding]:
    """Hold subjects and objects of claims against the domain and range the ontology declares."""
    store = data.store
    declared = cache(partial(_declared, store))
    for claim in data.claims.values():
        if claim.identity_scheme:
            continue  # an identifier is said of whatever it identifies
        for end, name, node in (
            ("subject", "domain", claim.subject),
            ("object", "range", claim.object),
        ):
            wanted = declared(claim.predicate, RDFS + name)
            literal = isinstance(node, Literal)
            found = (node.datatype.value,) if isinstance(node, Literal) else store.types(node)
            if (
                wanted
                and found  # else nothing says what it is, and another rule says so
                and literal == any(kind.startswith((XSD, RDF)) for kind in wanted)
                and not set(found) & _NO_DATES
                and wanted.isdisjoint(a for kind in found for a in store.vocabulary.ancestors(kind))
            ):
                yield _wrong(
                    "value-type",
                    claim.iri,
                    f"the {end} of {compress(claim.predicate)} is "
                    f"{' or '.join(sorted(map(compress, wanted)))}, not "
                    f"{' and '.join(map(compress, found))}",
                    path=RDF + end,
                    value=_text(node),
                )


def _declared(store: Store, predicate: str, link: str) -> set[str]:
    """Return the classes or datatypes of a property's domain or range; a union by its members."""

    def objects(node: NamedNode | BlankNode, iri: str) -> list[Any]:
        found = store.engine.quads_for_pattern(node, NamedNode(iri), None, ONTOLOGY_GRAPH)
        return [quad.object for quad in found]

    wanted: set[str] = set()
    for term in objects(NamedNode(predicate), link):
        if isinstance(term, NamedNode):
            wanted.add(term.value)
            continue
        rest = objects(term, OWL + "unionOf")
        while rest and isinstance(rest[0], BlankNode):
            wanted.update(_name(first) for first in objects(rest[0], RDF + "first"))
            rest = objects(rest[0], RDF + "rest")
    return wanted


def _text_of(term: object) -> str:
    return term.value if isinstance(term, NamedNode | Literal) else str(term)


def _relations(data: _Data) -> Iterator[Finding]:
    vocabulary = data.store.vocabulary
    for claim in data.claims.values():
        above = set(vocabulary.ancestors(claim.predicate))
        causal = KG + "causallyRelatedTo" in above
        if claim.predicate in vocabulary.edge_predicates and claim.subject == claim.object:
            yield _wrong(
                "self-loop", claim.iri, "it relates a thing to itself", path=claim.predicate
            )
        if causal:
            for end, node in (("subject", claim.subject), ("object", claim.object)):
                if isinstance(node, str) and _is_a(data.store, node, KG + "Actor"):
                    yield _wrong(
                        "causal-ends",
                        claim.iri,
                        f"{compress(claim.predicate)} holds between events, conditions and the "
                        f"like; its {end} is an actor: name what it does",
                        path=RDF + end,
                        value=node,
                    )
        elif KG + "actorRelation" in above:
            for end, node in (("subject", claim.subject), ("object", claim.object)):
                if isinstance(node, str) and not _is_a(data.store, node, KG + "Actor"):
                    yield _wrong(
                        "relation-ends",
                        claim.iri,
                        f"{compress(claim.predicate)} holds between actors; its {end} is none",
                        path=RDF + end,
                        value=node,
                    )


def _loops(data: _Data) -> Iterator[Finding]:
    """List the things that, by the claims taken together, bring themselves about.

    Such a loop may be true (a security dilemma is one); but no one source may have
    drawn it, so whoever walks the causes should know that it is there.
    """
    vocabulary = data.store.vocabulary
    steps: dict[str, dict[str, str]] = defaultdict(dict)
    back: dict[str, dict[str, str]] = defaultdict(dict)
    for claim in data.claims.values():
        if (
            isinstance(claim.object, str)
            and claim.subject != claim.object
            and claim.polarity is Polarity.AFFIRMATIVE
            and claim.rank is not Rank.DEPRECATED
            and not claim.retracted_on
            and KG + "causallyRelatedTo" in vocabulary.ancestors(claim.predicate)
        ):
            steps[claim.subject].setdefault(claim.object, claim.iri)
            back[claim.object].setdefault(claim.subject, claim.iri)
    # What has no cause or no effect is in no loop.
    core = steps.keys() & back.keys()
    while bare := {n for n in core if not (steps[n].keys() & core and back[n].keys() & core)}:
        core -= bare
    while core:
        start = min(core, key=natural)
        knot = _reached(start, steps, core).keys() & _reached(start, back, core).keys()
        core -= knot | {start}
        if len(knot) < 2:
            continue
        before = _reached(start, steps, knot)
        chain = [before[start]]
        while chain[0] != start:
            chain.insert(0, before[chain[0]])
        chain.append(start)
        behind = ", ".join(compress(steps[one][other]) for one, other in pairwise(chain))
        yield _wrong(
            "causal-loop",
            start,
            f"{len(knot)} things bring each other about in a loop, if all the claims hold; "
            f"the shortest from here: {behind}",
            path=KG + "causallyRelatedTo",
            value=" → ".join(compress(node) for node in chain),
            severity="info",
        )


def _reached(start: str, steps: dict[str, dict[str, str]], within: Set[str]) -> dict[str, str]:
    """Return what can be reached from a node, each with the node before it, nearest first."""
    before: dict[str, str] = {}
    queue = [start]
    for node in queue:
        for other in sorted(steps[node].keys() & within, key=natural):
            if other not in before:
                before[other] = node
                queue.append(other)
    return before


def _instances(store: Store, cls: str) -> list[str]:
    kind = NamedNode(RDF + "type")
    nodes = {
        quad.subject.value
        for quad in store.engine.quads_for_pattern(None, kind, None)
        if quad.graph_name != ONTOLOGY_GRAPH and isinstance(quad.subject, NamedNode)
    }
    return [node for node in sorted(nodes, key=natural) if _is_a(store, node, cls)]


def _is_a(store: Store, node: str, cls: str) -> bool:
    return any(cls in store.vocabulary.ancestors(kind) for kind in store.types(node))


def _agreements(data: _Data) -> Iterator[Finding]:
    parties: dict[str, set[str]] = defaultdict(set)
    for claim in data.claims.values():
        if claim.predicate == KG + "hasParty" and claim.polarity is Polarity.AFFIRMATIVE:
            parties[claim.subject].add(_text(claim.object))
    for agreement, found in parties.items():
        if len(found) < 2:
            yield _wrong(
                "agreement-parties",
                agreement,
                "an agreement has at least two parties",
                path=KG + "hasParty",
            )
    for node in _instances(data.store, KG + "Agreement"):
        if node not in parties:
            yield _wrong(
                "agreement-parties",
                node,
                "no claim names a party: add kg:hasParty claims, or leave it if the source names none",
                path=KG + "hasParty",
                severity="warning",
            )
    statuses: dict[tuple[str, str], list[str]] = defaultdict(list)
    for quad in data.store.engine.quads_for_pattern(None, NamedNode(KG + "partyTo"), None):
        if quad.graph_name != ONTOLOGY_GRAPH:
            for term in data.store.objects(_name(quad.subject), KG + "party"):
                statuses[term.value, _name(quad.object)].append(_name(quad.subject))
    for (party, _), nodes in statuses.items():
        for node in sorted(set(nodes))[1:]:
            yield _wrong(
                "party-status", node, f"{compress(party)} has another status for the same agreement"
            )
    for provision, instruments in _said(data, KG + "hasProvision", inverse=True).items():
        if len(instruments) > 1:
            yield _wrong(
                "provision-once",
                provision,
                "a provision belongs to one instrument, and claims place it in "
                + ", ".join(compress(node) for node in sorted(instruments)),
                path=KG + "hasProvision",
            )


def _said(data: _Data, predicate: str, *, inverse: bool = False) -> dict[str, set[str]]:
    """Return what standing claims say with a predicate: subject to values, or the other way."""
    found: dict[str, set[str]] = defaultdict(set)
    for claim in data.claims.values():
        if (
            claim.predicate == predicate
            and claim.polarity is Polarity.AFFIRMATIVE
            and claim.rank is not Rank.DEPRECATED
            and not claim.retracted_on
        ):
            ends = (claim.subject, _text(claim.object))
            found[ends[inverse]].add(ends[not inverse])
    return found


def _alliances(data: _Data) -> Iterator[Finding]:
    """Ask that an alliance which counts as fact rest on a duty of defence in force at the time.

    What somebody judges to be an alliance is theirs to call so.
    """
    allied = [
        claim
        for claim in data.claims.values()
        if claim.predicate == KG + "alliedWith" and model.qualifies(claim, data.store.vocabulary)
    ]
    if not allied:
        return
    instruments = _said(data, KG + "imposes", inverse=True)
    parents = _said(data, KG + "hasProvision", inverse=True)
    begins = [_said(data, KG + name) for name in ("inForceOn", "signedOn")]
    ends = _said(data, KG + "terminatedOn")
    # Who owes defence to whom, and between which days: "" where nothing is said of the day.
    duties: dict[frozenset[str], list[tuple[str, str]]] = defaultdict(list)
    for duty in _instances(data.store, KG + "Obligation"):
        says = data.store.describe(duty)
        if NamedNode(KG + "defense") not in says.get(KG + "obligationType", ()):
            continue
        spans = [
            (
                min(next((b[node] for b in begins if node in b), ()), default=""),
                max(ends.get(node, ()), default=""),
            )
            for instrument in instruments.get(duty, ())
            for node in parents.get(instrument, {instrument})
        ]
        for obliged in says.get(KG + "obliges", ()):
            for owed in says.get(KG + "owedTo", ()):
                duties[frozenset((obliged.value, owed.value))] += spans
    for claim in allied:
        if not any(
            # Without an end of its own the claim says that they are allied still.
            (not ended or (claim.valid_to and claim.valid_from <= ended))
            and (not claim.valid_to or begun <= claim.valid_to)
            for begun, ended in duties.get(frozenset((claim.subject, _text(claim.object))), ())
        ):
            yield _wrong(
                "alliance-duty",
                claim.iri,
                "no agreement in force at the time, as far as the data go, obliges one to defend "
                "the other: add it (kg:imposes), bound the claim (kg:validTo), or use kg:partnerOf",
                path=claim.predicate,
                severity="warning",
            )


def _motives(data: _Data) -> Iterator[Finding]:
    for claim in data.claims.values():
        if claim.predicate != KG + "motivatedBy" or not isinstance(claim.object, str):
            continue
        source = {term.value for term in data.store.objects(claim.object, KG + "motivationSource")}
        actors = {term.value for term in data.store.objects(claim.object, KG + "motivatedActor")}
        if KG + "attributedByAnalyst" in source and set(claim.holders) <= actors:
            yield _wrong(
                "motivation-holder",
                claim.iri,
                "a motive attributed by an analyst is not held by the motivated actor",
            )


#: Headings that promise somebody a gain.
_GAINS = re.compile(r"\b(?:benefit|gain|advantage|profit)s?\b", re.IGNORECASE)


def _headings(data: _Data) -> Iterator[Finding]:
    """Find benefits under headings that promise them to others: the sentence decides, not they."""
    store = data.store
    named: dict[str, set[str]] = {}
    standing: dict[tuple[str, str], list[Claim]] = defaultdict(list)
    for claim in data.claims.values():
        if claim.predicate == KG + "yieldsBenefit" and isinstance(claim.object, str):
            for heading in {
                store.passages[p].section for p in claim.evidence if p in store.passages
            }:
                if _GAINS.search(heading):
                    standing[claim.object, heading].append(claim)
                    named.setdefault(heading, set())
    if not named:
        return
    for actor in _instances(store, KG + "Actor"):
        for name in store.labels.get(actor, ()):
            for heading, actors in named.items():
                if re.search(rf"(?<!\w){re.escape(name.text)}(?!\w)", heading):
                    actors.add(actor)
    for (benefit, heading), claims in standing.items():
        gaining = {term.value for term in store.objects(benefit, KG + "beneficiary")}
        if gaining and named[heading] and not gaining & named[heading]:
            noted = any(claim.note for claim in claims) or store.objects(benefit, KG + "editorNote")
            yield _wrong(
                "benefit-heading",
                benefit,
                f"it stands under {heading!r} and is a gain of "
                f"{', '.join(sorted(map(compress, gaining)))}"
                + (
                    "; a note is there" if noted else ": read it again, and say so in kg:editorNote"
                ),
                path=KG + "beneficiary",
                value=", ".join(compress(claim.iri) for claim in claims),
                severity="info" if noted else "warning",
            )


def _corroboration(data: _Data) -> Iterator[Finding]:
    behind = Corroboration(data.store, data.claims)
    for claim in data.claims.values():
        if claim.credibility == 1:
            same = [
                c
                for c in data.claims.values()
                if c.triple == claim.triple and c.polarity == claim.polarity
            ]
            if len(behind.lineage(same).origins) < 2:
                yield _wrong(
                    "corroboration",
                    claim.iri,
                    "credibility 1 (confirmed) needs two sources of independent origin",
                    path=KG + "credibility",
                )
        for iri in claim.corroborates:
            other = data.claims.get(iri)
            if other is None or (claim.iri in other.corroborates and other.iri < claim.iri):
                continue  # the shapes report the one, the other claim the other
            if (
                model.edge_of(claim, data.store.vocabulary)
                != model.edge_of(other, data.store.vocabulary)
                or claim.polarity is not other.polarity
            ):
                yield _wrong(
                    "corroborates-same",
                    claim.iri,
                    f"{compress(iri)} says something else: what it supports without saying it "
                    "is no corroboration",
                    path=KG + "corroborates",
                    value=iri,
                    severity="warning",
                )
            mine, theirs = (behind.lineage([c]).origins for c in (claim, other))
            if mine <= theirs or theirs <= mine:
                names = ", ".join(compress(origin) for origin in sorted(mine & theirs))
                yield _wrong(
                    "corroborates-origin",
                    claim.iri,
                    f"it and {compress(iri)} go back to {names or 'no source'}: drop the link, "
                    "or name the origins of their sources (kg:originatesFrom)",
                    path=KG + "corroborates",
                    value=iri,
                    severity="warning",
                )


def _footnotes(data: _Data) -> Iterator[Finding]:
    store = data.store
    for claim in data.claims.values():
        printed = {store.citations[c].marker for c in claim.citations if c in store.citations}
        for marker in claim.markers:
            if marker not in printed:
                yield _wrong(
                    "marker-citation",
                    claim.iri,
                    f"marker {marker} has no citation on this claim",
                    path=KG + "citationMarker",
                    value=marker,
                )
        if claim.markers and not claim.citation_scope:
            yield _wrong(
                "citation-scope",
                claim.iri,
                "say how far the footnote reaches",
                path=KG + "citationScope",
            )
    first: dict[tuple[str, str], str] = {}
    for iri, citation in sorted(store.citations.items()):
        taken = first.setdefault((citation.citing, citation.marker), iri)
        if taken != iri:
            yield _wrong(
                "citation-marker",
                iri,
                f"{compress(taken)} has this marker of the same source: one citation for each",
                path=KG + "marker",
                value=citation.marker,
            )
    for citation in store.citations.values():
        again = store.citations.get(citation.duplicate_of)
        if again is not None and again.cited != citation.cited:
            yield _wrong(
                "citation-duplicate",
                citation.iri,
                f"it repeats note {again.marker} but leads to another source",
                path=KG + "citedSource",
            )


def _coverage(data: _Data) -> Iterator[Finding]:
    store = data.store
    # From the triples: a claim that cannot be read for another fault still covers its passage.
    read = {
        _name(quad.object)
        for quad in store.engine.quads_for_pattern(None, NamedNode(KG + "evidence"), None)
    }
    for passage in store.passages.values():
        source = store.sources.get(passage.source)
        if source is None or not source.completely_encoded:
            continue
        if not passage.fingerprint or not passage.length:
            yield _wrong(
                "passage-fingerprint",
                passage.iri,
                "its source is completely encoded: a fingerprint and its length are needed",
                path=KG + "fingerprint",
            )
        if passage.iri in read and passage.no_claim_reason:
            yield _wrong(
                "coverage",
                passage.iri,
                "claims are read from it, and it says why there is none",
                path=KG + "noClaimReason",
            )
        if passage.iri not in read and not passage.no_claim_reason:
            yield _wrong(
                "coverage",
                passage.iri,
                "no claim is read from it: encode it, or say why not (kg:noClaimReason)",
                path=KG + "noClaimReason",
            )


def _closed(data: _Data) -> Iterator[Finding]:
    """Values from the list that the ontology names, for properties no shape lists them for."""
    from rdflib import SH

    listed = {
        str(path)
        for node in _shapes().subjects(SH["in"])
        for path in _shapes().objects(node, SH.path)
    }
    for quad in list(
        data.store.engine.quads_for_pattern(None, NamedNode(KG + "valueScheme"), None)
    ):
        predicate, scheme = _name(quad.subject), _name(quad.object)
        if predicate in listed:
            continue
        for found in data.store.engine.quads_for_pattern(None, NamedNode(predicate), None):
            term = data.store.vocabulary.terms.get(_text_of(found.object))
            if found.graph_name != ONTOLOGY_GRAPH and (term is None or term.scheme != scheme):
                yield _wrong(
                    "closed-list",
                    _name(found.subject),
                    f"{compress(predicate)} takes a value of {compress(scheme)}",
                    path=predicate,
                    value=_text_of(found.object),
                )


def _disguised(data: _Data) -> Iterator[Finding]:
    """Find parents of edge predicates used directly: they say what only a claim may."""
    vocabulary = data.store.vocabulary
    parents = {
        parent for edge in vocabulary.edge_predicates for parent in vocabulary.ancestors(edge)
    } - vocabulary.edge_predicates
    unwritten = {claim.predicate for claim in data.claims.values() if not claim.identity_scheme}
    for predicate in sorted((parents | unwritten) - vocabulary.edge_predicates):
        if not predicate.startswith(KG):
            continue
        for quad in data.store.engine.quads_for_pattern(None, NamedNode(predicate), None):
            if quad.graph_name != ONTOLOGY_GRAPH:
                yield _wrong(
                    "edge-in-disguise",
                    _name(quad.subject),
                    f"{compress(predicate)} is said in claims only: make it a claim",
                    path=predicate,
                    value=_text_of(quad.object),
                )


def _labels(data: _Data) -> Iterator[Finding]:
    taken: dict[tuple[str, str], list[str]] = defaultdict(list)
    for node, names in data.store.labels.items():
        if compress(node) in data.foreign:
            continue
        for name in names:
            if name.preferred and name.language == "en":
                for kind in data.store.types(node):
                    taken[kind, name.text].append(node)
    for (_, text), nodes in taken.items():
        for node in sorted(nodes)[1:]:
            yield _wrong(
                "label-taken",
                node,
                f"{compress(sorted(nodes)[0])} of the same class has this preferred label too",
                path=SKOS + "prefLabel",
                value=text,
            )


def _identity(data: _Data) -> Iterator[Finding]:
    links = [claim for claim in data.claims.values() if claim.identity_scheme]
    backed = {(c.subject, _text(c.object)) for c in links if c.predicate == OWL + "sameAs"}
    for link in links:
        known = SCHEMES.get(link.identity_scheme)
        value = _text(link.object)
        if known and not re.fullmatch(known.pattern, value):
            yield _wrong(
                "identity-code",
                link.iri,
                f"{value!r} is no {link.identity_scheme} identifier",
                path=RDF + "object",
                value=value,
            )
    owners: dict[tuple[str, str], set[str]] = defaultdict(set)
    schemes: dict[tuple[str, str], list[str]] = defaultdict(list)
    for link in links:
        owners[link.identity_scheme, _text(link.object)].add(link.subject)
        schemes[link.subject, link.identity_scheme].append(link.iri)
    for (scheme, value), nodes in owners.items():
        if scheme == "wikidata" and len(nodes) > 1:
            for node in sorted(nodes)[1:]:
                yield _wrong(
                    "identity-shared", node, f"another node has {compress(value)} too", value=value
                )
    for iris in schemes.values():
        for iri in sorted(iris)[1:]:
            yield _wrong("identity-once", iri, "the entity has another identifier of this scheme")
    for quad in data.store.engine.quads_for_pattern(None, NamedNode(OWL + "sameAs"), None):
        if quad.graph_name == ONTOLOGY_GRAPH:
            continue
        pair = (_name(quad.subject), _name(quad.object))
        if not re.fullmatch(SCHEMES["wikidata"].pattern, pair[1]):
            yield _wrong(
                "same-as", pair[0], "owl:sameAs leads to Wikidata entities only", value=pair[1]
            )
        elif pair not in backed:
            yield _wrong(
                "same-as",
                pair[0],
                "no identity link says how this was checked",
                path=OWL + "sameAs",
                value=pair[1],
            )


def _hygiene(data: _Data) -> Iterator[Finding]:
    store = data.store
    terms = store.vocabulary.terms
    described: set[str] = set()
    used: dict[str, tuple[str, str]] = {}
    for quad in store.engine:
        if quad.graph_name == ONTOLOGY_GRAPH:
            continue
        subject = _name(quad.subject)
        if isinstance(quad.subject, BlankNode) or isinstance(quad.object, BlankNode):
            yield _wrong(
                "blank-node",
                subject if isinstance(quad.subject, NamedNode) else "a blank node",
                "blank nodes cannot be cited: give it an IRI",
                path=quad.predicate.value,
            )
        if quad.predicate.value == RDF + "type":
            described.add(subject)
        for node in (quad.predicate, quad.object):
            if not isinstance(node, NamedNode):
                continue
            if node.value.startswith(KG) and node.value not in terms:
                yield _wrong(
                    "undeclared-term",
                    subject,
                    f"{compress(node.value)} is not in the ontology",
                    path=quad.predicate.value,
                    value=node.value,
                )
            elif node.value.startswith(ID):
                used.setdefault(node.value, (subject, quad.predicate.value))
        if subject.startswith(ID):
            used.setdefault(subject, (subject, ""))
        if quad.predicate.value == SKOS + "exactMatch":
            yield _wrong(
                "exact-match",
                subject,
                "skos:exactMatch makes its ends concepts: use an identity link",
            )
    for node in sorted(set(used) - described, key=natural):
        yield _wrong(
            "undescribed",
            node,
            f"nothing says what it is; {compress(used[node][0])} uses it",
            path=RDF + "type",
        )


# ---------------------------------------------------------------- files and copies


def _canonical(path: Path) -> Iterator[Finding]:
    try:
        content = turtle.canonical(turtle.read_graph(path))
    except RefusedError:
        return  # blank nodes: reported with their subject
    if content != files.read_bytes(path):
        yield Finding(
            "violation",
            "canonical-form",
            path.name,
            "",
            "",
            f"not in the canonical form: kg fmt {path}",
            str(path),
            1,
        )


def _verified(store: Store, sources: Path) -> Iterator[Finding]:
    for iri in find_passages(store, sources).missing:
        yield _wrong(
            "passage-found",
            iri,
            "the local copy does not hold this passage",
            path=KG + "fingerprint",
        )
