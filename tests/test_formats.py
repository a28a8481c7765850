from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any

import networkx as nx
import pyoxigraph as ox
import pytest
import rdflib
from conftest import EXAMPLE, TOP

from kg import turtle
from kg.errors import RefusedError, UsageError
from kg.formats import FORMATS, LossReport
from kg.formats import export as export_files
from kg.projection import Projection, project
from kg.store import CURATED_GRAPH, ONTOLOGY_GRAPH, Store
from kg.vocab import ID

RDF_FORMATS = ("turtle", "ntriples", "trig", "jsonld")
HEAD = "".join(
    line + "\n"
    for line in EXAMPLE.read_text(encoding="utf-8").splitlines()
    if line.startswith("@prefix")
)
# Control characters, long quotes, a line that looks like a prefix, characters
# beyond the first plane, unusual forms of numbers, an invalid date.
AWKWARD = (
    HEAD
    + r'''
actor:x a kg:State ;
    skos:prefLabel "North\tof \"X\" \\ \u0001\u0008\r\nnext"@en, "Икс"@ru, "叉"@zh-Hans ;
    skos:altLabel """@prefix fake: <http://fake.test/> .
}"""@en , "𝔛 \uFFFF"@en ;
    kg:numericValue 007 , "008"^^xsd:integer , 8 , +3 , -05 , 1.50 , 5 , 1e0 , 1.23456789012e0 ,
        "1"^^xsd:boolean , true , "2"^^xsd:decimal , "x"^^xsd:double , "2020-1-1"^^xsd:date ;
    skos:seeAlso <http://x.test/a%20b?c=d&e=f> .
'''
)


def opened(tmp_path: Path, text: str, name: str = "data.ttl") -> Store:
    target = tmp_path / name
    target.write_text(text, encoding="utf-8")
    return Store.open(target)


def export(store: Store, name: str, **choice: Any) -> tuple[bytes, LossReport]:
    """Return the one file of a format."""
    files, report = export_files(store, name, **choice)
    assert list(files) == [""]
    return files[""], report


def triples_of(store: Store) -> set[tuple[str, ...]]:
    """Return what the files say, literals in the form they have there."""
    return {
        (str(q.subject), str(q.predicate), str(q.object))
        for graph, path in store.inputs.items()
        if graph != ONTOLOGY_GRAPH
        for q in turtle.parse_file(path)
    }


def read_back(name: str, content: bytes) -> set[tuple[str, ...]]:
    """Return the triples of an export, read by a program that did not write it."""
    if name == "jsonld":
        before, rdflib.NORMALIZE_LITERALS = rdflib.NORMALIZE_LITERALS, False
        try:
            graph = rdflib.Graph().parse(data=content, format="json-ld")
        finally:
            rdflib.NORMALIZE_LITERALS = before
        content = graph.serialize(format="nt", encoding="utf-8")
        name = "ntriples"
    form = {
        "turtle": ox.RdfFormat.TURTLE,
        "ntriples": ox.RdfFormat.N_TRIPLES,
        "trig": ox.RdfFormat.TRIG,
    }[name]
    return {
        (str(q.subject), str(q.predicate), str(q.object)) for q in ox.parse(content, format=form)
    }


def read_graphml(content: bytes) -> nx.MultiDiGraph[str]:
    graph = nx.read_graphml(BytesIO(content), force_multigraph=True)
    assert isinstance(graph, nx.MultiDiGraph)
    return graph


def same_graph(read: nx.MultiDiGraph[str], projection: Projection) -> None:
    wanted = projection.graph

    def filled(data: dict[str, object]) -> dict[str, object]:
        return {name: value for name, value in data.items() if value != ""}

    assert dict(read.nodes(data=True)) == {n: filled(d) for n, d in wanted.nodes(data=True)}
    assert {(u, v, k): d for u, v, k, d in read.edges(keys=True, data=True)} == {
        (u, v, k): filled(d) for u, v, k, d in wanted.edges(keys=True, data=True)
    }


def test_the_table_is_complete_and_says_what_each_format_loses() -> None:
    modules = {path.stem for path in (TOP / "kg" / "formats").glob("*.py")} - {"__init__"}
    found = [import_module(f"kg.formats.{name}") for name in modules]
    assert {m.FORMAT.name for m in found if hasattr(m, "FORMAT")} == set(FORMATS)
    for name, form in FORMATS.items():
        assert form.name == name
        assert form.suffix == "" or form.suffix.startswith(".")
        assert "/" in form.media_type
        assert form.description
        assert form.losses
    drawn = [form.suffix for form in FORMATS.values() if form.projected and form.suffix]
    assert len(set(drawn)) == len(drawn)


@pytest.mark.parametrize("name", RDF_FORMATS)
def test_rdf_that_is_written_can_be_read_back(name: str, shipped: Store) -> None:
    content, report = export(shipped, name)
    assert read_back(name, content) == triples_of(shipped)
    assert report.counts == {}


@pytest.mark.parametrize("name", RDF_FORMATS)
def test_awkward_literals_survive(name: str, tmp_path: Path) -> None:
    store = opened(tmp_path, AWKWARD)
    content, _ = export(store, name)
    # pyoxigraph, which compares here, lower-cases language tags; the export does not.
    assert read_back(name, content) == triples_of(store)
    assert b"zh-Hans" in content


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("include_hedged", [False, True])
def test_written_twice_is_written_the_same(name: str, include_hedged: bool) -> None:
    first, second = (
        export(Store.open(EXAMPLE), name, include_hedged=include_hedged) for _ in range(2)
    )
    assert first == second
    assert first[0].endswith(b"\n")
    assert b"\r" not in first[0]


def test_the_hash_seed_changes_nothing(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from kg.store import Store\n"
        "from kg.formats import FORMATS, export\n"
        "from kg.projection import around, project\n"
        "from kg.analysis import neighbors, paths\n"
        "store = Store.open()\n"
        "for name in FORMATS:\n"
        "    content, report = export(store, name, include_hedged=True)\n"
        "    sys.stdout.buffer.write(repr((content, report.as_json())).encode())\n"
        "whole = project(store, include_hedged=True)\n"
        "part = around(whole, 'actor:dprk')\n"
        "said = [list(part.graph.edges(keys=True)), neighbors(whole, 'actor:dprk', 2)]\n"
        "said.append(paths(whole, 'actor:dprk', 'actor:japan', k=9))\n"
        "sys.stdout.buffer.write(repr(said).encode())\n"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True,
            check=True,
            cwd=TOP,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONUTF8": "1"},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


def test_the_shipped_file_is_its_own_turtle_export(shipped: Store) -> None:
    assert export(shipped, "turtle")[0] == shipped.inputs[CURATED_GRAPH].read_bytes()


def test_several_files_make_one_graph_or_keep_their_names(tmp_path: Path) -> None:
    other = tmp_path / "other.ttl"
    other.write_text(HEAD + "# a remark\nactor:y a kg:State .\n", encoding="utf-8")
    store = Store.open(EXAMPLE, other)
    for name in RDF_FORMATS:
        content, report = export(store, name)
        assert read_back(name, content) == triples_of(store)
        assert report.counts["comment line"] == 1
        assert report.counts.get("graph name", 0) == (0 if name == "trig" else 2)
    quads = ox.parse(export(store, "trig")[0], format=ox.RdfFormat.TRIG)
    assert {q.graph_name for q in quads} == {
        ox.NamedNode(ID + "graph/example"),
        ox.NamedNode(ID + "graph/other"),
    }


def test_changes_of_the_session_are_exported() -> None:
    store = Store.open(EXAMPLE)
    triple = ox.Triple(*(ox.NamedNode(ID + "actor/" + name) for name in "spo"))
    store.add_triples([triple], graph=CURATED_GRAPH)
    for name in RDF_FORMATS:
        content, _ = export(store, name)
        assert read_back(name, content) == {
            *triples_of(store),
            tuple(map(str, (triple.subject, triple.predicate, triple.object))),
        }


def test_ntriples_are_sorted_lines(example: Store) -> None:
    lines = export(example, "ntriples")[0].decode("utf-8").splitlines()
    assert lines == sorted(set(lines))
    assert len(lines) == len(triples_of(example))


def test_jsonld_needs_no_network_and_names_each_node_once(example: Store) -> None:
    document = json.loads(export(example, "jsonld")[0])
    assert isinstance(document["@context"], dict)
    names = [node["@id"] for node in document["@graph"]]
    assert len(names) == len(set(names))
    assert "claim:example-06" in names


@pytest.mark.parametrize("name", RDF_FORMATS)
def test_blank_nodes_are_refused_for_want_of_an_order(name: str, tmp_path: Path) -> None:
    store = opened(tmp_path, HEAD + "actor:x kg:owedTo [] .\n")
    with pytest.raises(RefusedError, match="blank nodes"):
        export(store, name)


@pytest.mark.parametrize("include_hedged", [False, True])
def test_graphml_that_is_written_can_be_read_back(shipped: Store, include_hedged: bool) -> None:
    content, report = export(shipped, "graphml", include_hedged=include_hedged)
    projection = project(shipped, include_hedged=include_hedged)
    same_graph(read_graphml(content), projection)
    kept = {what: n for what, n in projection.left_out.items() if what != "kept as node attribute"}
    assert kept.items() <= report.counts.items()


def test_graphml_holds_facts_unless_asked_for_more(example: Store) -> None:
    facts = read_graphml(export(example, "graphml")[0])
    assert {d["materialised"] for *_, d in facts.edges(data=True)} == {1}
    more = read_graphml(export(example, "graphml", include_hedged=True)[0])
    hedged = {k: d for *_, k, d in more.edges(keys=True, data=True) if not d["materialised"]}
    assert set(hedged) == {f"claim:example-{n}" for n in ("06", "07", "08", "11")}
    assert hedged["claim:example-06"]["modality"] == "possible"
    assert hedged["claim:example-08"]["polarity"] == "negated"


def test_graphml_counts_what_it_leaves_behind(example: Store) -> None:
    _, report = export(example, "graphml")
    assert report.counts["forecast"] == 1
    assert report.counts["passage fingerprint"] == 6
    assert report.counts["further name"] == 3
    assert report.counts["entity without edge"] == 7
    assert report.lines()[0] == report.summary()
    assert "1 forecast, " in report.summary()


def test_graphml_names_its_keys_in_order(example: Store) -> None:
    content = export(example, "graphml")[0].decode("utf-8")
    keys = [line.split('"') for line in content.splitlines() if "<key " in line]
    assert [key[1] for key in keys] == [f"d{n}" for n in range(len(keys))]
    assert [(key[3], key[5]) for key in keys] == sorted((key[3], key[5]) for key in keys)


def test_characters_that_xml_cannot_hold_are_replaced_and_counted(tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    store = opened(tmp_path, text.replace('"Arland"@en', r'"A\u0001r\u001Bl & <b>\uFFFF\r"@en'))
    content, report = export(store, "graphml")
    read = read_graphml(content)
    assert read.nodes["actor:arland"]["label"] == "A\ufffdr\ufffdl & <b>\ufffd\ufffd"
    assert report.counts["character not allowed in XML"] == 4


def test_an_empty_file_exports_to_nothing(tmp_path: Path) -> None:
    store = opened(tmp_path, HEAD)
    for name in RDF_FORMATS:
        assert read_back(name, export(store, name)[0]) == set()
    assert len(read_graphml(export(store, "graphml")[0])) == 0


def test_an_unknown_format_is_a_mistake_with_a_hint(example: Store) -> None:
    with pytest.raises(UsageError) as caught:
        export(example, "graphmll")
    assert caught.value.hint == "did you mean graphml?"


def test_a_report_of_nothing_lost_says_so() -> None:
    assert LossReport("trig", {}).summary() == "trig leaves out nothing."


@pytest.mark.parametrize("include_hedged", [False, True])
def test_node_link_json_can_be_read_back(shipped: Store, include_hedged: bool) -> None:
    content, _ = export(shipped, "nodelink", include_hedged=include_hedged)
    found = nx.node_link_graph(json.loads(content), edges="links")
    projection = project(shipped, include_hedged=include_hedged)
    assert nx.utils.graphs_equal(found, projection.graph)
