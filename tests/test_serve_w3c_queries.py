"""The W3C's tests of evaluation and syntax, asked over HTTP and of the engine in this process.

Over HTTP no test may fail that passes here. All data is served as graphs of one workspace;
each test chooses its own by the protocol's parameters. RDF_TESTS names the suite, as in
test_serve_w3c.py. Left out: federation, entailment regimes and updates.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pyoxigraph as ox
import pytest
import rdflib
from rdflib import Namespace
from rdflib.collection import Collection
from served import TIGHT, Reply, Server, serving

from kg.vocab import PREFIXES
from kg.web.live import Source
from kg.workspace import Workspace

SUITE = Path(os.environ.get("RDF_TESTS", "absent")).absolute() / "sparql" / "sparql11"
MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
QT = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
RS = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
BASE = "http://suite.example/"
#: A graph with nothing in it, for tests without data.
NOTHING = BASE + "nothing"
#: Right syntax that is refused all the same, and why.
REFUSED = {
    "syntax-query/syntax-construct-where-02.rq": "FROM names a graph outside the data: 403",
    "syntax-query/syntax-select-expr-04.rq": "the engine knows no such function",
}
FOLDERS = [
    "aggregates",
    "bind",
    "bindings",
    "cast",
    "construct",
    "csv-tsv-res",
    "exists",
    "functions",
    "grouping",
    "json-res",
    "negation",
    "project-expression",
    "property-path",
    "subquery",
    "syntax-query",
]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SUITE.is_dir(), reason="RDF_TESTS names no checkout of w3c/rdf-tests"),
]


class Case(NamedTuple):
    """One test of the suite; files by their IRIs under BASE."""

    name: str
    kind: str
    query: str
    data: tuple[str, ...]
    named: tuple[str, ...]
    result: str


def _cases() -> list[Case]:
    found = []
    for folder in FOLDERS if SUITE.is_dir() else ():
        graph = rdflib.Graph().parse(
            SUITE / folder / "manifest.ttl", publicID=f"{BASE}{folder}/manifest.ttl"
        )
        for entries in graph.objects(None, MF.entries):
            for test in Collection(graph, entries):
                kind = str(graph.value(test, rdflib.RDF.type)).rpartition("#")[2]
                action = graph.value(test, MF.action)
                query = graph.value(action, QT.query) or action
                found.append(
                    Case(
                        f"{folder}/{graph.value(test, MF.name)}",
                        kind,
                        str(query),
                        tuple(map(str, graph.objects(action, QT.data))),
                        tuple(map(str, graph.objects(action, QT.graphData))),
                        str(graph.value(test, MF.result) or ""),
                    )
                )
    return found


CASES = [c for c in _cases() if "Update" not in c.kind]
EVALUATION = [c for c in CASES if "Syntax" not in c.kind]
SYNTAX = [c for c in CASES if "Syntax" in c.kind]


def _path(iri: str) -> Path:
    return SUITE / iri.removeprefix(BASE)


def _text(case: Case) -> str:
    return f"BASE <{case.query}>\n{_path(case.query).read_text(encoding='utf-8')}"


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, ox.Store]]:
    folder = tmp_path_factory.mktemp("queries")
    made = Workspace.create(folder, shipped=False)
    engine, graphs = ox.Store(), {}
    for number, iri in enumerate(sorted({i for c in EVALUATION for i in (*c.data, *c.named)})):
        form = ox.RdfFormat.RDF_XML if iri.endswith(".rdf") else ox.RdfFormat.TURTLE
        triples = [q.triple for q in ox.parse(_path(iri).read_bytes(), form, base_iri=iri)]
        name = f"graphs/g{number}.ttl"
        (folder / name).write_bytes(ox.serialize(triples, format=ox.RdfFormat.TURTLE) or b"")
        graphs[iri] = {"file": name}
        engine.extend(ox.Quad(*triple, ox.NamedNode(iri)) for triple in triples)
    (folder / "graphs" / "nothing.ttl").write_bytes(b"")
    graphs[NOTHING] = {"file": "graphs/nothing.ttl"}
    (folder / "gambit.json").write_text(json.dumps({"format": 1, "graphs": graphs}))
    with serving(Source(workspace=made), TIGHT) as server:
        yield server, engine


def _rows(solutions: Any) -> str:
    """Return rows as text that is equal for equal rows, whatever blank nodes are called."""
    dataset = ox.Store()
    variables = [v.value for v in solutions.variables]
    for row in solutions:
        node = ox.BlankNode()
        dataset.add(ox.Quad(node, ox.NamedNode(RS + "row"), ox.Literal("")))
        for name in variables:
            if row[name] is not None:
                dataset.add(ox.Quad(node, ox.NamedNode(RS + name), row[name]))
    return f"{sorted(variables)} {_canonical(dataset)}"


def _triples(triples: Any) -> str:
    dataset = ox.Store()
    dataset.extend(ox.Quad(*t) for t in triples)
    return _canonical(dataset)


def _canonical(store: ox.Store) -> str:
    # (A store writes equal numbers alike.)
    dataset = ox.Dataset(store)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return "\n".join(sorted(map(str, dataset)))


def _comparable(answer: Any) -> str:
    if isinstance(answer, ox.QueryBoolean):
        return str(bool(answer))
    return _rows(answer) if isinstance(answer, ox.QuerySolutions) else _triples(answer)


def _here(engine: ox.Store, case: Case) -> str:
    return _comparable(
        engine.query(
            _text(case),
            prefixes=PREFIXES,
            default_graph=[ox.NamedNode(i) for i in case.data],
            named_graphs=[ox.NamedNode(i) for i in case.named],
        )
    )


def _there(server: Server, case: Case) -> str:
    given = [
        *(("default-graph-uri", i) for i in case.data or (NOTHING,)),
        *(("named-graph-uri", i) for i in case.named),
    ]
    reply = _ask(server, case, "?" + urlencode(given))
    assert reply.status == 200, reply.body
    if reply.type == "application/n-triples":
        found = ox.parse(reply.body, ox.RdfFormat.N_TRIPLES)
        return _triples(q.triple for q in found)
    return _comparable(
        ox.parse_query_results(reply.body, format=ox.QueryResultsFormat.from_media_type(reply.type))  # type: ignore[arg-type]
    )


def _ask(server: Server, case: Case, address: str = "") -> Reply:
    return server.ask(
        f"/sparql{address}",
        "POST",
        _text(case).encode(),
        content_type="application/sparql-query",
        accept="application/sparql-results+json, application/n-triples",
    )


def _wanted(case: Case) -> str:
    path = _path(case.result)
    if path.suffix in (".ttl", ".rdf"):
        form = ox.RdfFormat.from_extension(path.suffix[1:])
        return _triples(q.triple for q in ox.parse(path.read_bytes(), form, base_iri=case.result))
    forms = {
        ".srx": ox.QueryResultsFormat.XML,
        ".srj": ox.QueryResultsFormat.JSON,
        ".tsv": ox.QueryResultsFormat.TSV,
    }
    return _comparable(ox.parse_query_results(path.read_bytes(), format=forms[path.suffix]))


def test_no_test_fails_over_http_that_passes_here(suite: tuple[Server, ox.Store]) -> None:
    server, engine = suite
    passed = {"here": set[str](), "there": set[str]()}
    said = {}
    for case in EVALUATION:
        if case.result.endswith(".csv"):  # it has no types: what is read back is compared elsewhere
            continue
        wanted = _wanted(case)
        if _here(engine, case) == wanted:
            passed["here"].add(case.name)
        try:
            found = _there(server, case)
        except AssertionError as error:
            said[case.name] = str(error)[:300]
            continue
        if found == wanted:
            passed["there"].add(case.name)
    lost = {name: said.get(name, "another answer") for name in passed["here"] - passed["there"]}
    print({where: len(names) for where, names in passed.items()}, "of", len(EVALUATION))
    assert lost == {}
    assert len(passed["there"]) > 180


def test_wrong_syntax_is_refused_and_right_syntax_is_not(suite: tuple[Server, ox.Store]) -> None:
    server, _ = suite
    odd = {}
    for case in SYNTAX:
        reply = _ask(server, case)
        wrong = reply.status in (400, 403)
        if wrong is not case.kind.startswith("Negative") and case.name not in REFUSED:
            odd[case.name] = (case.kind, reply.status, reply.body[:200])
    assert odd == {}
    assert len(SYNTAX) > 80
