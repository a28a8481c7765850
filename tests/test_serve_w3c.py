"""The W3C's own tests of the protocol and the service description, against a real server.

The suite is not ours and not in this repository: set RDF_TESTS to a checkout of
github.com/w3c/rdf-tests. Tests that change data are left out, as the server they run
against is read-only; those of changes that must be refused are not.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import rdflib
from rdflib import Namespace
from rdflib.collection import Collection
from served import TIGHT, Server, serving

from kg.web.live import Source
from kg.workspace import Workspace

SUITE = Path(os.environ.get("RDF_TESTS", "absent")) / "sparql" / "sparql11"
MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
HT = Namespace("http://www.w3.org/2011/http#")
CNT = Namespace("http://www.w3.org/2011/content#")
DATA = "http://kasei.us/2009/09/sparql/data/"
SD = Namespace("http://www.w3.org/ns/sparql-service-description#")

pytestmark = pytest.mark.skipif(
    not SUITE.is_dir(), reason="RDF_TESTS names no checkout of w3c/rdf-tests"
)


def _tests() -> dict[str, list[dict[str, Any]]]:
    """Return the requests of each protocol test by its name."""
    if not SUITE.is_dir():
        return {}
    graph = rdflib.Graph().parse(SUITE / "protocol" / "manifest.ttl")
    found = {}
    for test in graph.subjects(rdflib.RDF.type, MF.ProtocolTest):
        action = graph.value(test, MF.action)
        requests = Collection(graph, graph.value(action, HT.requests))
        found[str(test).rpartition("#")[2]] = [_request(graph, one) for one in requests]
    return found


def _request(graph: rdflib.Graph, node: Any) -> dict[str, Any]:
    body = graph.value(node, HT.body)
    text = graph.value(body, CNT.chars) if body else None
    encoding = str(graph.value(body, CNT.characterEncoding) or "utf-8") if body else "utf-8"
    listed = graph.value(node, HT.headers)
    response = graph.value(node, HT.resp)
    return {
        "method": str(graph.value(node, HT.methodName)),
        "path": str(graph.value(node, HT.absolutePath)),
        "body": None if text is None else str(text).encode(encoding),
        "headers": {
            str(graph.value(field, HT.fieldName)): str(graph.value(field, HT.fieldValue))
            for field in (Collection(graph, listed) if listed else ())
        },
        "statuses": {str(s)[-3] for s in graph.objects(response, MF.expectedStatus)},
        "boolean": graph.value(response, MF.expectedBoolean),
        "format": str(graph.value(response, MF.expectedFormat) or ""),
    }


TESTS = _tests()
CHANGES = {name for name in TESTS if name.startswith("update_")}
READING = sorted(TESTS.keys() - CHANGES)
#: What counts as each of the suite's formats, of what we offer.
TYPES = {
    "boolean": {"application/sparql-results+json", "application/sparql-results+xml"},
    "tabular": {
        "application/sparql-results+json",
        "application/sparql-results+xml",
        "text/csv",
        "text/tab-separated-values",
    },
    "RDF": {"text/turtle", "application/n-triples", "application/rdf+xml"},
}


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("protocol")
    made = Workspace.create(folder, shipped=False)
    graphs = {}
    for number in range(4):
        # The suite names data0.rdf and has no such file: a graph with nothing in it.
        file = SUITE / "protocol" / f"data{number}.nt"
        content = file.read_bytes() if file.exists() else b""
        (folder / "graphs" / f"data{number}.ttl").write_bytes(content)
        graphs[f"{DATA}data{number}.rdf"] = {"file": f"graphs/data{number}.ttl"}
    (folder / "gambit.json").write_text(json.dumps({"format": 1, "graphs": graphs}))
    with serving(Source(workspace=made), TIGHT) as server:
        yield server


@pytest.mark.parametrize("name", READING)
def test_the_protocol_test_passes(suite: Server, name: str) -> None:
    for request in TESTS[name]:
        reply = suite.ask(request["path"], request["method"], request["body"], **request["headers"])
        assert str(reply.status)[0] in request["statuses"], reply.body
        if request["boolean"] is not None:
            assert reply.json["boolean"] is request["boolean"].toPython()
        if request["format"]:
            assert reply.type in TYPES[request["format"]]


def test_the_suite_has_the_tests_it_had() -> None:
    assert (len(READING), len(CHANGES)) == (27, 7)


def test_the_description_is_rdf_names_its_endpoint_and_follows_the_schema(suite: Server) -> None:
    for media_type, form in (
        ("text/turtle", "turtle"),
        ("application/rdf+xml", "xml"),
        ("application/n-triples", "nt"),
        ("application/ld+json", "json-ld"),
    ):
        reply = suite.ask("/sparql", accept=media_type)
        assert reply.type == media_type
        graph = rdflib.Graph().parse(data=reply.body, format=form)
        endpoint = rdflib.URIRef(f"{suite.address}/sparql")
        services = list(graph.subjects(SD.endpoint, endpoint))
        assert len(services) == 1
        # The suite's schema: a service has an endpoint, and its data set a default graph.
        dataset = graph.value(services[0], SD.defaultDataset)
        assert (dataset, rdflib.RDF.type, SD.Dataset) in graph
        assert (graph.value(dataset, SD.defaultGraph), rdflib.RDF.type, SD.Graph) in graph
        named = {str(graph.value(n, SD.name)) for n in graph.objects(dataset, SD.namedGraph)}
        assert f"{DATA}data3.rdf" in named
