"""What imports are written as: the lines of a graph, and how a large one is loaded again."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph
import pytest
from pyoxigraph import Literal, NamedNode

from kg import claims, turtle
from kg.claims import Claim, Kind, Modality, Polarity, Rank
from kg.errors import UnreadableError
from kg.importing import DataSet, Sink
from kg.importing.lines import HEAD, SortedLines
from kg.importing.sink import node
from kg.store import Store
from kg.vocab import ID, KG

ODD = 'a "quoted" \\ text\twith\nlines and ünï \x00'


def sink(lines: SortedLines) -> Sink:
    dataset = DataSet("some-set", "Some set", f"{ID}actor/some", "Some", edition="2024.1 b")
    return Sink(dataset, lines, Store.open().vocabulary)


def test_a_claim_is_written_as_the_record_it_is() -> None:
    with SortedLines() as lines:
        into = sink(lines)
        iri = into.claim(
            "record ü", node("coded", "A b"), KG + "codedEvent", Literal(ODD, language="en"), ODD,
            kind=Kind.ASCRIPTION, modality=Modality.POSSIBLE, polarity=Polarity.NEGATED,
            rank=Rank.DEPRECATED, rank_reason=ODD, hedges=("might", "could"),
            holders=(f"{ID}actor/one",), original_holders=("http://example.org/two",),
            cited_sources=("http://example.org/b", "http://example.org/a"), confidence=40,
            credibility=3, valid_from="2024-01-01", valid_to="2024-12-31", valid_precision="year",
            covered_to="2025-01-01", retracted_on="2025-02-02", note=ODD, check_method=ODD,
        )  # fmt: skip
        text = b"".join(lines.pieces())
    found = {
        quad.triple
        for quad in pyoxigraph.parse(text, format=pyoxigraph.RdfFormat.TURTLE)
        if quad.subject == NamedNode(iri)
    }
    expected = Claim(
        iri, node("coded", "A b"), KG + "codedEvent", Literal(ODD, language="en"),
        Kind.ASCRIPTION, Modality.POSSIBLE, Polarity.NEGATED, " ".join(ODD.split()),
        hedges=("could", "might"), rank=Rank.DEPRECATED, rank_reason=ODD,
        holders=(f"{ID}actor/one",), original_holders=("http://example.org/two",),
        evidence=(into.passage("record ü"),),
        cited_sources=("http://example.org/a", "http://example.org/b"), confidence=40,
        credibility=3, valid_from="2024-01-01", valid_to="2024-12-31", covered_to="2025-01-01",
        valid_precision="year", retracted_on="2025-02-02", note=ODD, check_method=ODD,
    )  # fmt: skip
    assert found == set(claims.triples(expected))


def lines_of(path: Path, count: int) -> Path:
    said = b"".join(
        b'row:n%d rdfs:label "name %d" ;\tkg:cameoCode "010" .\n' % (n, n) for n in range(count)
    )
    path.write_bytes(HEAD + said)
    return path


def test_parts_of_a_file_say_together_what_it_says(tmp_path: Path) -> None:
    path = lines_of(tmp_path / "a.ttl", 500)
    parts = [*turtle.in_parts(path, 3_000)]
    assert len(parts) > 5
    together = {q for part in parts for q in turtle.parse_bytes(part, path)}
    assert together == set(turtle.parse_file(path))
    assert len(together) == 1_000


@pytest.mark.parametrize(
    "odd",
    [
        b'row:x rdfs:label "a" ;\n    rdfs:comment "b" .\n',
        b'_:b rdfs:label "a" .\n',
        b"row:x rdfs:seeAlso _:b .\n",
        b"@prefix row: <http://example.org/> .\n",
        b"# a remark\n",
        b'row:x rdfs:label "cut',
    ],
)
def test_a_file_of_another_form_is_not_taken_apart(tmp_path: Path, odd: bytes) -> None:
    path = lines_of(tmp_path / "a.ttl", 20)
    path.write_bytes(path.read_bytes() + odd)
    with pytest.raises(ValueError, match="one node a line"):
        [*turtle.in_parts(path, 200)]


def large(path: Path, more: bytes = b"") -> Path:
    lines_of(path, 300_000)
    with path.open("ab") as stream:
        stream.write(more)
    assert path.stat().st_size > 16_000_000
    return path


@pytest.mark.slow
def test_a_large_graph_is_loaded_whole_and_a_broken_one_says_where(tmp_path: Path) -> None:
    graph = NamedNode(f"{ID}graph/large")
    path = large(tmp_path / "a.ttl", b'row:z rdfs:label """last .\none""" .\n')
    store = Store.load({graph: path}, compiled=False, streamed=[graph])
    assert store.sizes()[graph] == 600_001
    large(path, b'row:z rdfs:label "broken .\n')
    with pytest.raises(UnreadableError, match=r"a\.ttl:3000\d\d"):
        Store.load({graph: path}, compiled=False, streamed=[graph])
