"""The report: what it counts, where it points, and what it refuses to read."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
from conftest import DATA, EXAMPLE, TOP

from kg import files
from kg.errors import MissingError, UnreadableError
from kg.validation import SEVERITIES, validate
from kg.vocab import KG, RDFS

BAD = EXAMPLE.read_text(encoding="utf-8") + "\nactor:arland kg:likes actor:corvia .\n"


def bad(tmp_path: Path) -> Path:
    path = tmp_path / "bad.ttl"
    path.write_text(BAD, encoding="utf-8")
    return path


def test_the_shipped_data_conforms() -> None:
    report = validate()
    assert report.conforms, report.findings[:5]
    assert "claims" in report.checked
    assert report.checked.endswith("data/triples.ttl")


def test_a_finding_names_the_file_and_the_line_where_its_node_begins(tmp_path: Path) -> None:
    path = bad(tmp_path)
    finding = next(f for f in validate(path).findings if f.rule == "undeclared-term")
    assert finding.file == str(path)
    assert finding.line is not None
    assert BAD.splitlines()[finding.line - 1].startswith("actor:arland a kg:State")
    assert finding.path == "kg:likes"


def test_a_file_out_of_canonical_order_is_told_how_to_mend_it(tmp_path: Path) -> None:
    path = tmp_path / "loose.ttl"
    path.write_text("# loose\n" + EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    wrong = [f for f in validate(path).findings if f.severity == "violation"]
    assert [f.rule for f in wrong] == ["canonical-form"]
    assert "kg fmt" in wrong[0].message


def test_the_report_is_plain_data_sorted_by_severity(tmp_path: Path) -> None:
    report = validate(bad(tmp_path))
    plain = json.loads(json.dumps(report.as_dict()))
    assert plain["conforms"] is False
    assert plain["counts"] == report.counts
    order = [SEVERITIES.index(f.severity) for f in report.findings]
    assert order == sorted(order)


def test_the_same_data_gives_the_same_report(tmp_path: Path) -> None:
    path = bad(tmp_path)
    assert validate(path) == validate(path)


def test_warnings_alone_conform() -> None:
    report = validate(EXAMPLE)
    assert report.conforms
    assert report.counts["warning"] == 1


def test_several_files_are_checked_together(tmp_path: Path) -> None:
    extra = tmp_path / "extra.ttl"
    extra.write_text(
        "@prefix kg: <https://w3id.org/gambit/ontology#> .\n"
        "<https://w3id.org/gambit/id/agreement/old-pact> kg:hasParty"
        " <https://w3id.org/gambit/id/actor/corvia> .\n",
        encoding="utf-8",
    )
    found = {(f.focus, f.rule) for f in validate(EXAMPLE, extra).findings}
    assert ("agreement:old-pact", "edge-without-claim") in found


def test_passages_are_looked_for_in_local_copies(tmp_path: Path) -> None:
    assert validate(EXAMPLE, sources=DATA / "sources").conforms
    copy = (DATA / "sources" / "daily-1.txt").read_text(encoding="utf-8")
    (tmp_path / "daily-1.txt").write_text(copy.replace("Corvia", "Dorvia"), encoding="utf-8")
    report = validate(EXAMPLE, sources=tmp_path)
    assert ("passage:daily-1-p1-s5", "passage-found") in {
        (f.focus, f.rule) for f in report.findings
    }


def test_broken_turtle_and_missing_files_are_errors_not_findings(tmp_path: Path) -> None:
    broken = tmp_path / "broken.ttl"
    broken.write_text("actor:arland a", encoding="utf-8")
    with pytest.raises(UnreadableError):
        validate(broken)
    with pytest.raises(MissingError):
        validate(tmp_path / "none.ttl")


def test_a_date_that_does_not_exist_leaves_no_traceback_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "date.ttl"
    path.write_text(
        EXAMPLE.read_text(encoding="utf-8").replace("2020-06-01", "2020-06-31"), encoding="utf-8"
    )
    with caplog.at_level(logging.WARNING):
        report = validate(path)
    assert not report.conforms
    assert not caplog.records


def shapes() -> object:
    import rdflib

    graph = rdflib.Graph()
    for path in sorted(files.shapes_dir().glob("*.ttl")):
        graph.parse(path, format="turtle")
    return graph


def test_every_constraint_has_a_rule_name_and_a_message() -> None:
    import rdflib
    from rdflib import SH

    graph = shapes()
    assert isinstance(graph, rdflib.Graph)
    constraints = set(graph.subjects(SH.path)) - set(graph.objects(None, SH["not"]))
    nested = {
        member
        for head in graph.objects(None, SH["or"])
        for item in rdflib.collection.Collection(graph, head)
        for member in [item, *graph.objects(item, SH.property)]
    }
    for node in graph.objects(None, SH.qualifiedValueShape):
        nested |= set(graph.objects(node, SH.property))
    nested |= {p for n in graph.objects(None, SH["not"]) for p in graph.objects(n, SH.property)}
    for node in constraints - nested:
        assert graph.value(node, SH.name), graph.value(node, SH.path)
        assert graph.value(node, SH.message), graph.value(node, SH.path)


def test_shapes_speak_of_declared_terms_only() -> None:
    import rdflib

    graph = shapes()
    assert isinstance(graph, rdflib.Graph)
    ontology = rdflib.Graph().parse(TOP / "ontology.ttl", format="turtle")
    declared = {str(s) for s in ontology.subjects(rdflib.URIRef(RDFS + "label"))}
    used = {str(t) for triple in graph for t in triple if str(t).startswith(KG)}
    assert used <= declared
