"""Formats for graph programs: read back by the programs they are for, or by their rules."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import igraph
import networkx as nx
import pandas as pd
import pytest
from conftest import EXAMPLE, Run
from hypothesis import given
from hypothesis import strategies as st

from kg.claims import Claim
from kg.formats import FORMATS, Losses, LossReport, export
from kg.formats.flat import xml_text
from kg.formats.neo4j import Cells
from kg.formats.rows import row as written_row
from kg.projection import PROJECTIONS, project
from kg.store import Store
from kg.vocab import compress

GRAPHS = tuple(name for name, form in FORMATS.items() if form.projected)
HEDGE = 'could; or "would\\" , =1'
GEXF = "{http://gexf.net/1.3}"
HOSTILE = '=cmd|\'/c calc\'!A1, "North"\nland; \\"C:\\\\" 🇰🇵 ]]> <b>&amp;</b> \u0001\uffff`x` \\'


def opened(tmp_path: Path, text: str) -> Store:
    target = tmp_path / "data.ttl"
    target.write_text(text, encoding="utf-8")
    return Store.open(target)


def one(store: Store, name: str, **choice: Any) -> tuple[bytes, LossReport]:
    files, report = export(store, name, **choice)
    return files[""], report


def escaped(text: str) -> str:
    return "".join(f"\\U{ord(c):08X}" for c in text)


@pytest.fixture
def hostile(tmp_path: Path) -> Store:
    """The example with a name, a statement and a note that try to be something else."""
    text = EXAMPLE.read_text(encoding="utf-8")
    for plain in ("Arland", "The two are partners.", "The report stands nearer to the event."):
        text = text.replace(f'"{plain}"@en', f'"{escaped(HOSTILE)}"@en')
    text = text.replace('"could"', f'"{escaped(HEDGE)}"')
    return opened(tmp_path, text)


def timed(tmp_path: Path, *periods: str) -> Store:
    """The example, the partners being partners at these times, one claim each."""
    text = EXAMPLE.read_text(encoding="utf-8")
    start = text.index("claim:example-09 a")
    claim = text[start : text.index("claim:example-10 a")].rstrip().removesuffix(".")
    made = "\n".join(
        f"{claim.replace('example-09', f'time-{n}')} ; {period} .\n"
        for n, period in enumerate(periods)
    )
    return opened(tmp_path, text.replace(claim + ".", made))


# ---------------------------------------------------------------- all of them


@pytest.mark.parametrize("include_hedged", [False, True])
@pytest.mark.parametrize("name", GRAPHS)
def test_every_claim_is_accounted_for(name: str, include_hedged: bool, shipped: Store) -> None:
    _, report = export(shipped, name, include_hedged=include_hedged)
    assert report.claims.keys() == shipped.claims.keys()
    dropped = [iri for iri, found in report.claims.items() if not found["carried"]]
    assert report.carried + len(dropped) == len(shipped.claims)
    assert all(report.claims[iri]["reason"] for iri in dropped)
    fields = set(Claim._fields)
    assert all(set(found["lost"]) <= fields for found in report.claims.values())


@pytest.mark.parametrize("projection", PROJECTIONS)
@pytest.mark.parametrize("name", GRAPHS)
def test_every_projection_can_be_written(name: str, projection: str, shipped: Store) -> None:
    files, report = export(shipped, name, drawing=projection)
    assert all(files.values())
    assert report.claims.keys() == shipped.claims.keys()


@pytest.mark.parametrize("projection", PROJECTIONS)
def test_no_two_edges_have_one_id_and_none_that_of_a_node(projection: str, shipped: Store) -> None:
    elements = json.loads(one(shipped, "cytoscape", drawing=projection)[0])["elements"]
    ids = Counter(e["data"]["id"] for part in elements.values() for e in part)
    assert max(ids.values()) == 1
    gexf = ET.fromstring(one(shipped, "gexf", drawing=projection)[0])
    assert {e.get("id") for e in gexf.iter(f"{GEXF}edge")} == {
        e["data"]["id"] for e in elements["edges"]
    }


def lines_of(name: str, files: Mapping[str, bytes]) -> list[dict[str, Any]]:
    """Return the edges of an export, flags as texts."""
    if name == "cytoscape":
        return [e["data"] for e in json.loads(files[""])["elements"]["edges"]]
    if name == "gexf":
        return [d for *_, d in nx.read_gexf(BytesIO(files[""])).edges(data=True)]
    if name == "graphml":
        return [d for *_, d in nx.read_graphml(BytesIO(files[""])).edges(data=True)]
    return list(csv.DictReader(StringIO(files["edges.csv"].decode(), newline="")))


@pytest.mark.parametrize("name", ["gexf", "graphml", "cytoscape", "csv"])
def test_what_is_no_fact_goes_out_on_request_and_says_so(name: str, example: Store) -> None:
    facts = lines_of(name, export(example, name)[0])
    assert {str(line["hedged"]).lower() for line in facts} == {"false"}
    more = lines_of(name, export(example, name, include_hedged=True)[0])
    hedged = [line for line in more if str(line["hedged"]).lower() == "true"]
    assert len(more) == len(facts) + len(hedged)
    assert {"".join(line["claims"]): line["modality"] for line in hedged} == {
        "claim:example-06": "possible",
        "claim:example-07": "reported",
        "claim:example-08": "asserted",
        "claim:example-11": "asserted",
    }
    denied = next(line for line in hedged if "claim:example-08" in line["claims"])
    assert denied["polarity"] == "negated"
    assert {str(line["materialised"]) for line in hedged} == {"0"}


def test_a_report_says_why_each_claim_did_not_go(example: Store) -> None:
    _, report = one(example, "gexf")
    reasons = {compress(iri): c["reason"] for iri, c in report.claims.items() if c["reason"]}
    assert reasons == {
        "claim:example-06": "forecast",
        "claim:example-07": "ascription",
        "claim:example-08": "negated",
        "claim:example-10": "another value preferred",
        "claim:example-11": "assessment",
    }
    lost = {compress(iri): c["lost"] for iri, c in report.claims.items()}
    assert lost["claim:example-09"] == []
    assert lost["claim:example-04"] == ["citations", "citation_scope"]
    # The date of the march is an attribute of the march, with the claim's name beside it.
    assert {"kind", "modality", "statement", "holders", "conflicts_with"} <= set(
        lost["claim:example-03"]
    )


def test_what_the_claims_of_one_edge_say_apart_is_reported_claim_by_claim(tmp_path: Path) -> None:
    first = 'kg:validFrom "2001-01-01"^^xsd:date ; kg:editorNote "Only here."@en'
    second = 'kg:validFrom "2003-01-01"^^xsd:date'
    _, report = one(timed(tmp_path, first, second), "gexf")
    lost = {compress(iri): c["lost"] for iri, c in report.claims.items()}
    assert lost["claim:time-0"] == ["note"]
    assert lost["claim:time-1"] == ["valid_from"]


# csv: claim_kind, since Gephi has a kind of its own.
CARRIED = {
    "kind": "kind",
    "modality": "modality",
    "polarity": "polarity",
    "statement": "statement",
    "holders": "holders",
    "original_holders": "original_holders",
    "evidence": "evidence",
    "cited_sources": "cited_sources",
    "confidence": "confidence",
    "credibility": "credibility",
    "likelihood": "likelihood",
    "valid_from": "valid_from",
    "valid_to": "valid_to",
    "covered_to": "covered_to",
}


@pytest.mark.parametrize("name", ["gexf", "graphml", "cytoscape", "csv"])
def test_what_a_report_does_not_list_can_be_read_back(name: str, shipped: Store) -> None:
    files, report = export(shipped, name, include_hedged=True)
    by_claim: dict[str, list[dict[str, Any]]] = {}
    for line in lines_of(name, files):
        ids = line["claims"] if isinstance(line["claims"], list) else line["claims"].split()
        for claim in ids:
            by_claim.setdefault(claim, []).append(line)
    compared = 0
    for iri, found in report.claims.items():
        claim = shipped.claims[iri]
        for line in by_claim.get(compress(iri), []):
            for field, attribute in CARRIED.items():
                if field in found["lost"]:
                    continue
                value = getattr(claim, field)
                said = line.get("claim_kind" if (name, field) == ("csv", "kind") else attribute, "")
                if isinstance(value, tuple):
                    said = set(said if isinstance(said, list) else said.split())
                    assert said == set(map(compress, value)), (iri, field)
                else:
                    assert str(said) == ("" if value is None else str(value)), (iri, field)
                compared += 1
    assert compared > 3000


def test_the_identifiers_of_a_state_stand_on_its_node(shipped: Store) -> None:
    nodes = json.loads(one(shipped, "cytoscape")[0])["elements"]["nodes"]
    dprk = next(n["data"] for n in nodes if n["data"]["id"] == "actor:dprk")
    assert (dprk["id_wikidata"], dprk["id_iso3166_1_alpha3"], dprk["id_cow_number"]) == (
        "Q423",
        "PRK",
        "731",
    )
    assert dprk["id_wikidata_claims"] == ["claim:identity-dprk-wikidata"]


# ---------------------------------------------------------------- GraphML


@pytest.mark.parametrize("include_hedged", [False, True])
def test_igraph_reads_the_same_graph(include_hedged: bool, shipped: Store, tmp_path: Path) -> None:
    target = tmp_path / "g.graphml"
    target.write_bytes(one(shipped, "graphml", include_hedged=include_hedged)[0])
    read = igraph.Graph.Read_GraphML(str(target))
    wanted = project(shipped, include_hedged=include_hedged).graph
    assert read.is_directed()
    assert read.vs["id"] == list(wanted.nodes)
    assert read.vs["label"] == [label for _, label in wanted.nodes(data="label")]
    assert [
        # Not e["id"]: igraph 1.0 gives the ids of nodes there.
        (read.vs[e.source]["id"], read.vs[e.target]["id"], e["claims"], bool(e["hedged"]))
        for e in read.es
    ] == [
        (s, t, data["claims"], not data["materialised"]) for s, t, data in wanted.edges(data=True)
    ]


def test_igraph_and_networkx_read_hostile_labels(hostile: Store, tmp_path: Path) -> None:
    content = one(hostile, "graphml")[0]
    label = re.sub("[\x01\uffff]", "\ufffd", HOSTILE)
    assert nx.read_graphml(BytesIO(content)).nodes["actor:arland"]["label"] == label
    target = tmp_path / "g.graphml"
    target.write_bytes(content)
    read = igraph.Graph.Read_GraphML(str(target))
    assert read.vs.find(id="actor:arland")["label"] == label


def test_gephi_takes_no_attribute_for_another(shipped: Store) -> None:
    # By id or by name, whichever it knows first: d3 and d7 are yEd's for labels.
    special = {"d3", "d7", "x", "y", "z", "xpos", "ypos", "size", "r", "g", "b", "id", "edgeid"}
    keys = re.findall(
        r'<key id="([^"]+)" for="\w+" attr.name="([^"]+)"', one(shipped, "graphml")[0].decode()
    )
    assert len(keys) > 40
    assert not special & {name for key in keys for name in key}


# ---------------------------------------------------------------- GEXF


@pytest.mark.parametrize("include_hedged", [False, True])
def test_networkx_reads_the_same_graph_from_gexf(include_hedged: bool, shipped: Store) -> None:
    content, _ = one(shipped, "gexf", include_hedged=include_hedged)
    read = nx.read_gexf(BytesIO(content))
    wanted = project(shipped, include_hedged=include_hedged).graph
    assert set(read.nodes) == set(wanted.nodes)
    for node, data in wanted.nodes(data=True):
        assert {k: v for k, v in data.items() if v != ""}.items() <= read.nodes[node].items()
    edges = {(s, t, k): d for s, t, k, d in read.edges(keys=True, data=True)}
    assert edges.keys() == set(wanted.edges(keys=True))
    for end, data in edges.items():
        said = {k: v for k, v in wanted.edges[end].items() if v != ""}
        assert said.items() <= data.items()
        assert data["claim_id"] == data["claims"].split()[0]


def spells(content: bytes) -> list[tuple[str, str]] | None:
    """Return when the two partners are partners; None for always."""
    read = ET.fromstring(content)
    edges = read.iter(f"{GEXF}edge")
    edge = next(e for e in edges if (e.get("kind") or "").startswith("kg:partnerOf"))
    if found := edge.findall(f"{GEXF}spells/{GEXF}spell"):
        return [(spell.get("start", ""), spell.get("end", "")) for spell in found]
    if edge.get("start") is None and edge.get("end") is None:
        return None
    return [(edge.get("start", ""), edge.get("end", ""))]


FROM, TO, YEARS = "kg:validFrom", "kg:validTo", "kg:validPrecision kg:year"


@pytest.mark.parametrize(
    ("periods", "expected"),
    [
        ([f'{FROM} "2001-05-01"^^xsd:date'], [("2001-05-01", "")]),
        ([f'{TO} "2001-05-01"^^xsd:date'], [("", "2001-05-01")]),
        (
            [f'{FROM} "2001-01-01"^^xsd:date ; {TO} "2003-01-01"^^xsd:date ; {YEARS}'],
            [("2001-01-01", "2003-12-31")],
        ),
        (
            [
                f'{FROM} "2009-01-01"^^xsd:date',
                f'{FROM} "2001-01-01"^^xsd:date ; {TO} "2003-06-30"^^xsd:date',
                f'{FROM} "2003-07-01"^^xsd:date ; {TO} "2004-01-01"^^xsd:date',
            ],
            [("2001-01-01", "2004-01-01"), ("2009-01-01", "")],
        ),
        ([f'{FROM} "2001-01-01"^^xsd:date', 'kg:editorNote "At some time."@en'], None),
        ([f'{FROM} "2001-01-01"^^xsd:date', f'{TO} "2005-01-01"^^xsd:date'], None),
    ],
)
def test_an_edge_is_there_while_its_claims_say_it_held(
    periods: list[str], expected: list[tuple[str, str]] | None, tmp_path: Path
) -> None:
    content, _ = one(timed(tmp_path, *periods), "gexf")
    assert spells(content) == expected
    mode = ET.fromstring(content).find(f"{GEXF}graph").get("mode")  # type: ignore[union-attr]
    assert mode == ("dynamic" if expected else "static")
    assert nx.read_gexf(BytesIO(content)).number_of_nodes() == 6


def test_a_time_that_is_none_is_counted_and_leaves_the_edge_open(tmp_path: Path) -> None:
    backwards = f'{FROM} "2005-01-01"^^xsd:date ; {TO} "2001-01-01"^^xsd:date'
    content, report = one(timed(tmp_path, backwards), "gexf")
    assert spells(content) is None
    assert report.other["time that ends before it begins"] == 1
    content, report = one(timed(tmp_path, f'{FROM} "2005-02-31"^^xsd:date'), "gexf")
    assert spells(content) is None
    assert report.other["time that is no date"] == 1


GEXF_TYPES = {"string", "integer", "boolean"}


def test_gexf_keeps_to_the_rules_of_its_schema(hostile: Store) -> None:
    content, report = one(hostile, "gexf", include_hedged=True)
    root = ET.fromstring(content)
    assert (root.tag, root.get("version")) == (f"{GEXF}gexf", "1.3")
    (graph,) = root.findall(f"{GEXF}graph")
    assert [child.tag.removeprefix(GEXF) for child in graph] == [
        "attributes",
        "attributes",
        "nodes",
        "edges",
    ]
    for scope, element in (("node", "node"), ("edge", "edge")):
        (declared,) = [a for a in graph.findall(f"{GEXF}attributes") if a.get("class") == scope]
        names = [a.get("id") for a in declared]
        assert len(names) == len(set(names))
        assert {a.get("type") for a in declared} <= GEXF_TYPES
        for thing in graph.iter(f"{GEXF}{element}"):
            values = [v.get("for") for v in thing.iter(f"{GEXF}attvalue")]
            assert len(values) == len(set(values))
            assert set(values) <= set(names)
    nodes = {n.get("id"): n.get("label") for n in graph.iter(f"{GEXF}node")}
    assert all(
        {e.get("source"), e.get("target")} <= nodes.keys() for e in graph.iter(f"{GEXF}edge")
    )
    assert nodes["actor:arland"] == re.sub("[\x01\uffff]", "\ufffd", HOSTILE)
    assert report.other["character not allowed in XML"] >= 2


def test_gephi_cannot_merge_a_fact_with_what_is_none(example: Store) -> None:
    # It makes one edge of those between two nodes that are of one kind.
    root = ET.fromstring(one(example, "gexf", include_hedged=True)[0])
    kinds: dict[str, set[bool]] = {}
    for edge in root.iter(f"{GEXF}edge"):
        values = {v.get("for"): v.get("value") for v in edge.iter(f"{GEXF}attvalue")}
        kinds.setdefault(str(edge.get("kind")), set()).add(values["hedged"] == "true")
    assert all(len(hedged) == 1 for hedged in kinds.values())
    assert "kg:hasParty" in kinds
    assert "kg:hasParty (fact, asserted, negated)" in kinds


# ---------------------------------------------------------------- Cytoscape


def test_cytoscape_elements_have_data_and_classes(hostile: Store) -> None:
    document = json.loads(one(hostile, "cytoscape", include_hedged=True)[0])
    nodes = {n["data"]["id"]: n for n in document["elements"]["nodes"]}
    assert nodes["actor:arland"]["data"]["label"] == HOSTILE
    for edge in document["elements"]["edges"]:
        data = edge["data"]
        assert {data["source"], data["target"]} <= nodes.keys()
        assert isinstance(data["claims"], list)
        assert ("hedged" in edge["classes"].split()) is data["hedged"]
        assert ("fact" in edge["classes"].split()) is not data["hedged"]
    # Between them a compound graph would be made: Cytoscape reads "parent" so.
    assert not any("parent" in n["data"] for n in nodes.values())


# ---------------------------------------------------------------- CSV


def test_csv_can_be_read_by_pandas_and_names_what_gephi_looks_for(shipped: Store) -> None:
    files, _ = export(shipped, "csv")
    assert set(files) == {"nodes.csv", "edges.csv"}
    nodes = pd.read_csv(BytesIO(files["nodes.csv"]), dtype=str, keep_default_na=False)
    edges = pd.read_csv(BytesIO(files["edges.csv"]), dtype=str, keep_default_na=False)
    assert list(nodes.columns[:2]) == ["Id", "Label"]
    assert list(edges.columns[:5]) == ["Source", "Target", "Type", "Id", "Label"]
    for table in (nodes, edges):
        assert len({name.lower() for name in table.columns}) == len(table.columns)
    assert nodes["Id"].is_unique
    assert edges["Id"].is_unique
    assert set(edges["Source"]) | set(edges["Target"]) <= set(nodes["Id"])
    assert set(edges["Type"][edges["symmetric"] == "1"]) == {"Undirected"}
    assert set(edges["Type"][edges["symmetric"] == "0"]) == {"Directed"}
    graph = igraph.Graph.DataFrame(edges, vertices=nodes, use_vids=False)
    assert graph.ecount() == project(shipped).graph.number_of_edges()


def test_a_spreadsheet_runs_nothing_of_a_csv(hostile: Store) -> None:
    files, report = export(hostile, "csv", include_hedged=True)
    cells = [
        cell
        for content in files.values()
        for row in csv.reader(StringIO(content.decode(), newline=""), strict=True)
        for cell in row
    ]
    assert any(cell.startswith("'=cmd") for cell in cells)
    assert not any(re.match(r"[=@\t\r]|[+-](?!\d+$)", cell) for cell in cells)
    assert report.other["apostrophe before what looks like a formula"] >= 2


# ---------------------------------------------------------------- Neo4j, by the rules of its import

TYPES = frozenset(
    [
        "int",
        "long",
        "float",
        "double",
        "boolean",
        "byte",
        "short",
        "char",
        "string",
        "point",
        "date",
        "localtime",
        "time",
        "localdatetime",
        "datetime",
        "duration",
    ]
)


def seek(text: str, *, legacy: bool) -> Iterator[list[str | None]]:
    """Read a file as Neo4j's importers do; ``legacy`` as LOAD CSV, which knows a backslash.

    Quotes count at the beginning of a field only, and nothing may follow the closing one.
    """
    row: list[str | None] = []
    place = 0
    while place < len(text):
        if text[place] == '"':
            value, place = "", place + 1
            while True:
                char, after = text[place], text[place + 1 : place + 2]
                if (char == '"' and after == '"') or (
                    legacy and char == "\\" and after in ('"', "\\")
                ):
                    value, place = value + after, place + 2
                elif char == '"':
                    place += 1
                    break
                else:
                    value, place = value + char, place + 1
            assert text[place] in ",\n", "data after a quote"
            row.append(value)
        else:
            end = min(n for n in (text.find(",", place), text.find("\n", place)) if n >= 0)
            assert "\r" not in text[place:end]
            row.append(text[place:end] or None)
            place = end
        if text[place] == "\n":
            yield row
            row = []
        place += 1
    assert not row, "the last line does not end"


@given(st.lists(st.text(max_size=12), min_size=1, max_size=4))
def test_any_texts_are_read_alike_by_both_ways_to_import(texts: list[str]) -> None:
    making = Cells(Losses(()))
    line = written_row([making.text(text) for text in texts] + ["end"])
    (read,) = seek(line, legacy=False)
    assert [read] == list(seek(line, legacy=True))
    plain = [re.sub(r"\\|＼", "", cell or "") for cell in read[:-1]]
    assert plain == [re.sub(r"\\|＼", "", xml_text(text)) for text in texts]


@given(st.lists(st.text(max_size=12), min_size=1, max_size=4))
def test_any_texts_in_one_cell_are_as_many_as_they_were(texts: list[str]) -> None:
    making = Cells(Losses(()))
    (read,) = seek(written_row([making.many(texts), "end"]), legacy=False)
    assert len((read[0] or "").split(";")) == max(1, sum(map(bool, texts)))


def tables(files: Mapping[str, bytes]) -> dict[str, list[dict[str, str | None]]]:
    """Return the rows of each file, read by both of Neo4j's ways, which must agree."""
    found = {}
    for name, content in files.items():
        if not name.endswith(".csv"):
            continue
        text = content.decode("utf-8")
        rows = list(seek(text, legacy=False))
        assert rows == list(seek(text, legacy=True))
        python = csv.reader(io.StringIO(text, newline=""), strict=True)
        assert [[cell or "" for cell in row] for row in rows] == list(python)
        head, *body = rows
        assert all(len(row) == len(head) for row in body)
        found[name] = [dict(zip(map(str, head), row, strict=True)) for row in body]
        check_head([str(cell) for cell in head], node=":START_ID" not in head)
    return found


def check_head(head: list[str], *, node: bool) -> None:
    fields = [column.partition(":") for column in head]
    names = [name for name, _, _ in fields if name]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) for name in names)
    special = Counter(kind for _, _, kind in fields if kind.isupper())
    wanted = {"ID": 1, "LABEL": 1} if node else {"START_ID": 1, "END_ID": 1, "TYPE": 1}
    assert special == wanted
    rest = {kind.removesuffix("[]") for _, _, kind in fields if kind and not kind.isupper()}
    assert rest <= TYPES


def check_values(rows: list[dict[str, str | None]]) -> None:
    for row in rows:
        for column, value in row.items():
            kind = column.partition(":")[2]
            if value is None:
                assert kind not in ("ID", "LABEL", "START_ID", "END_ID", "TYPE")
            elif kind == "int":
                assert re.fullmatch(r"-?\d{1,9}", value)
            elif kind == "boolean":
                assert value in ("true", "false")
            elif kind == "date":
                assert date.fromisoformat(value).isoformat() == value
            elif kind == "TYPE":
                assert re.fullmatch(r"[A-Z_][A-Z0-9_]*", value)
            elif kind == "LABEL":
                assert all(re.fullmatch(r"[A-Za-z_]\w*", label) for label in value.split(";"))


@pytest.mark.parametrize("include_hedged", [False, True])
@pytest.mark.parametrize("name", ["shipped", "hostile", "example"])
def test_neo4j_can_import_the_folder(
    name: str, include_hedged: bool, request: pytest.FixtureRequest
) -> None:
    store = request.getfixturevalue(name)
    found = tables(export(store, "neo4j", include_hedged=include_hedged)[0])
    ids: list[str | None] = []
    for rows in found.values():
        check_values(rows)
        ids += [row["id:ID"] for row in rows if "id:ID" in row]
    assert len(ids) == len(set(ids))
    for file in ("edges.csv", "claim_links.csv"):
        assert all({row[":START_ID"], row[":END_ID"]} <= set(ids) for row in found[file])
    assert {row["id:ID"] for row in found["claims.csv"]} == set(map(compress, store.claims))


def test_nothing_hedged_is_a_relationship_between_entities(shipped: Store) -> None:
    for include_hedged in (False, True):
        found = tables(export(shipped, "neo4j", include_hedged=include_hedged)[0])
        backing = {compress(iri) for behind in shipped.edges.values() for iri in behind}
        drawn = {c for row in found["edges.csv"] for c in str(row["claim_ids:string[]"]).split(";")}
        assert drawn <= backing
        assert len(found["edges.csv"]) == project(shipped).graph.number_of_edges()
    labels = {row["id:ID"]: str(row[":LABEL"]).split(";") for row in found["claims.csv"]}
    assert "Hedged" in labels["claim:bipss-163"] or "claim:bipss-163" in backing
    assert not any("Hedged" in labels[claim] for claim in backing)
    negated = {compress(c.iri) for c in shipped.claims.values() if c.polarity == "negated"}
    assert {claim for claim, names in labels.items() if "Negated" in names} == negated


def test_claims_alone_make_no_relationship(example: Store) -> None:
    found = tables(export(example, "neo4j", what="claims")[0])
    assert found["edges.csv"] == []
    assert len(found["claims.csv"]) == len(example.claims)


LINKED = {
    "holders": "HELD_BY",
    "original_holders": "ORIGINALLY_HELD_BY",
    "evidence": "EVIDENCE",
    "cited_sources": "CITES",
    "conflicts_with": "CONFLICTS_WITH",
    "corroborates": "CORROBORATES",
    "in_tension_with": "IN_TENSION_WITH",
    "restates": "RESTATES",
}


def test_neo4j_gives_every_claim_back_whole(shipped: Store) -> None:
    files, report = export(shipped, "neo4j")
    assert not any(found["lost"] for found in report.claims.values())
    found = tables(files)
    links: dict[tuple[str | None, str | None], set[str | None]] = {}
    for row in found["claim_links.csv"]:
        links.setdefault((row[":START_ID"], row[":TYPE"]), set()).add(row[":END_ID"])
    for row in found["claims.csv"]:
        claim = shipped.claims[str(row["iri"])]
        key = row["id:ID"]
        assert links[key, "SUBJECT"] == {compress(claim.subject)}
        assert row["predicate"] == compress(claim.predicate)
        if isinstance(claim.object, str):
            assert links[key, "OBJECT"] == {compress(claim.object)}
        else:
            assert row["value"] == claim.object.value
            assert row["value_type"] == compress(claim.object.datatype.value)
            assert (row["value_language"] or None) == claim.object.language
        for field in Claim._fields:
            value = getattr(claim, field)
            if field in ("iri", "subject", "predicate", "object"):
                continue
            if field in LINKED:
                assert links.get((key, LINKED[field]), set()) == set(map(compress, value))
                continue
            column = next(name for name in row if name.partition(":")[0] == field)
            said = row[column] or ""
            if isinstance(value, tuple):
                assert said == ";".join(compress(v) if field == "citations" else v for v in value)
            else:
                assert said == ("" if value is None else str(value)), field


def test_every_claim_node_leads_to_its_source(shipped: Store) -> None:
    found = tables(export(shipped, "neo4j")[0])
    joined = [(r[":START_ID"], r[":TYPE"], r[":END_ID"]) for r in found["claim_links.csv"]]
    places = {end: start for start, kind, end in joined if kind == "EVIDENCE"}
    documents = {start for start, kind, _ in joined if kind == "IN_SOURCE"}
    claims = {start for start, kind, _ in joined if kind == "EVIDENCE"}
    assert claims == set(map(compress, shipped.claims))
    assert places.keys() <= documents


def test_names_that_neo4j_would_read_in_two_ways_are_changed_and_counted(hostile: Store) -> None:
    files, report = export(hostile, "neo4j")
    found = tables(files)
    arland = next(row for row in found["nodes.csv"] if row["id:ID"] == "actor:arland")
    label = str(arland["label"])
    assert label.startswith('=cmd|\'/c calc\'!A1, "North"\nland; ＼"C:＼')
    assert label.endswith("`x` ＼")
    assert report.other["backslash replaced"] >= 3
    assert report.other["semicolon in a list replaced"] == 1
    hedge = next(r for r in found["claims.csv"] if r["id:ID"] == "claim:example-06")
    assert hedge["hedges:string[]"] == 'could； or "would＼" , =1'


def statements(cypher: str) -> list[str]:
    lines = [line for line in cypher.splitlines() if not line.startswith("//")]
    text = "\n".join(lines)
    assert text.endswith(";")
    return text.removesuffix(";").split(";\n")


def test_the_cypher_beside_them_loads_every_file_label_and_type(hostile: Store) -> None:
    files, _ = export(hostile, "neo4j")
    found = tables(files)
    loads = statements(files["load.cypher"].decode())
    for statement in loads:
        assert statement.count("(") == statement.count(")")
        assert statement.count("{") == statement.count("}")
        assert statement.count("`") % 2 == statement.count("'") % 2 == 0
        if "LOAD CSV" in statement:
            (file,) = re.findall(r"FROM 'file:///([a-z_]+\.csv)' AS row", statement)
            assert set(re.findall(r"row\.`([^`]+)`", statement)) <= found[file][0].keys()
    text = "\n".join(loads)
    for rows in found.values():
        for row in rows:
            for label in str(row.get(":LABEL") or "").split(";"):
                assert not label or re.search(rf"\bn:{label}\b", text)
            assert ":TYPE" not in row or f"[r:{row[':TYPE']}" in text
    # Nothing that a stranger wrote is in a program.
    assert "cmd" not in text


ODD = "http://x.test/it's-(a):DELETE%20n"


@pytest.fixture
def odd(tmp_path: Path) -> Store:
    """The example with a property, a class and a thing that the ontology does not know."""
    text = EXAMPLE.read_text(encoding="utf-8")
    text = text.replace("rdf:predicate kg:leadsTo", f"rdf:predicate <{ODD}>")
    text = text.replace("event:border-clash a kg:Escalation", f"event:border-clash a <{ODD}>")
    return opened(tmp_path, text.replace("rdf:object event:border-clash", f"rdf:object <{ODD}/é>"))


def test_what_the_ontology_does_not_know_makes_plain_labels_and_types(odd: Store) -> None:
    files, _ = export(odd, "neo4j", include_hedged=True)
    found = tables(files)
    for rows in found.values():
        check_values(rows)
    assert "it's" not in files["load.cypher"].decode()
    assert {r["id:ID"] for r in found["nodes.csv"]} >= {f"{ODD}/é", "event:border-clash"}


@pytest.mark.parametrize("name", ["gexf", "graphml", "cytoscape", "csv"])
def test_what_the_ontology_does_not_know_is_drawn_too(name: str, odd: Store) -> None:
    lines = lines_of(name, export(odd, name, include_hedged=True)[0])
    line = next(line for line in lines if line["claim_id"] == "claim:example-06")
    assert line["predicate"] == ODD


def test_a_time_that_neo4j_cannot_take_is_reported_with_its_claim(tmp_path: Path) -> None:
    store = timed(tmp_path, f'{FROM} "2005-02-31"^^xsd:date', f'{TO} "2004-02-29"^^xsd:date')
    files, report = export(store, "neo4j")
    lost = {compress(iri): found["lost"] for iri, found in report.claims.items() if found["lost"]}
    assert lost == {"claim:time-0": ["valid_from"]}
    rows = {row["id:ID"]: row for row in tables(files)["claims.csv"]}
    assert rows["claim:time-0"]["valid_from:date"] is None
    assert rows["claim:time-1"]["valid_to:date"] == "2004-02-29"


def test_the_readme_names_every_file(shipped: Store) -> None:
    files, _ = export(shipped, "neo4j")
    readme = files["README.md"].decode()
    assert {name for name in files if name.endswith(".csv")} == set(
        re.findall(r"--(?:nodes|relationships)=(\S+\.csv)", readme)
    )
    assert "cypher-shell -f load.cypher" in readme


def test_a_folder_is_written_by_name_and_part_of_the_graph_has_its_claims(
    kg: Run, tmp_path: Path
) -> None:
    ran = kg("export", "neo4j", "--about", "North Korea", "--to", "n4j", "--report", "lost.json")
    assert ran.returncode == 0, ran.stderr
    found = tables({f.name: f.read_bytes() for f in (tmp_path / "n4j").iterdir()})
    report = json.loads((tmp_path / "lost.json").read_text(encoding="utf-8"))
    assert len(found["claims.csv"]) == report["claims_in_all"] == report["carried"]
    ids = {row["id:ID"] for rows in found.values() for row in rows if "id:ID" in row}
    ends = {e for f in ("edges.csv", "claim_links.csv") for r in found[f] for e in
            (r[":START_ID"], r[":END_ID"])}  # fmt: skip
    assert ends <= ids
