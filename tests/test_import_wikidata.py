"""Wikidata in: statements with rank, qualifiers and references, from JSON, RDF and plain triples."""

from __future__ import annotations

import bz2
import gzip
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from library import ask

from kg.claims import Claim, Polarity, Rank
from kg.errors import DataError, RefusedError, UnreadableError
from kg.importing import Imported, run
from kg.importing.lines import read_lines
from kg.importing.wikidata.wikibase import Time
from kg.store import Store
from kg.vocab import KG, OWL, PREFIXES, SKOS
from kg.workspace import Workspace

WD, WDT, PQ = PREFIXES["wd"], PREFIXES["wdt"], PREFIXES["pq"]

Import = Callable[..., Imported]


# ---------------------------------------------------------------- an invented entity


def time(text: str, precision: int = 11, calendar: str = "Q1985727") -> dict[str, Any]:
    value = {"time": text, "precision": precision, "calendarmodel": WD + calendar}
    return {"snaktype": "value", "datatype": "time", "datavalue": {"type": "time", "value": value}}


def item(name: str) -> dict[str, Any]:
    value = {"type": "wikibase-entityid", "value": {"entity-type": "item", "id": name}}
    return {"snaktype": "value", "datatype": "wikibase-item", "datavalue": value}


def text(value: str, datatype: str = "string") -> dict[str, Any]:
    found = {"type": "string", "value": value}
    return {"snaktype": "value", "datatype": datatype, "datavalue": found}


def no_value() -> dict[str, Any]:
    return {"snaktype": "novalue", "datatype": "wikibase-item"}


def some_value() -> dict[str, Any]:
    return {"snaktype": "somevalue", "datatype": "wikibase-item"}


def statement(
    number: int,
    name: str,
    snak: dict[str, Any],
    rank: str = "normal",
    references: tuple[dict[str, Any], ...] = (),
    **qualifiers: Any,
) -> dict[str, Any]:
    said = {
        key: [{**each, "property": key} for each in (found if isinstance(found, list) else [found])]
        for key, found in qualifiers.items()
    }
    return {
        "id": f"Q900$0000-{number}",
        "type": "statement",
        "rank": rank,
        "mainsnak": {**snak, "property": name},
        "qualifiers": said,
        "references": list(references),
    }


def entity(
    *statements: dict[str, Any], name: str = "Q900", label: str = "Ada Aland"
) -> dict[str, Any]:
    claims: dict[str, list[Any]] = {}
    for each in statements:
        claims.setdefault(each["mainsnak"]["property"], []).append(each)
    return {
        "id": name,
        "type": "item",
        "modified": "2025-01-02T00:00:00Z",
        "labels": {
            "en": {"language": "en", "value": label},
            "ko": {"language": "ko", "value": "아다"},
        },
        "descriptions": {"en": {"language": "en", "value": "a politician"}},
        "aliases": {"en": [{"language": "en", "value": "A. Aland"}]},
        "sitelinks": {"enwiki": {"site": "enwiki", "title": "Ada"}},
        "claims": claims,
    }


PRESIDENT, MINISTER = item("Q901"), item("Q902")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "work")


@pytest.fixture
def bring(workspace: Workspace, tmp_path: Path) -> Import:
    """Import contents, each as a file of the name given."""

    def bring(files: dict[str, Any], **options: str) -> Imported:
        paths = []
        for name, content in files.items():
            path = tmp_path / name
            if not isinstance(content, str | bytes):
                content = json.dumps(content)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
            paths.append(path)
        return run(workspace, "wikidata", paths, options=options, overrides={"name": "wikidata"})

    return bring


def api(*entities: dict[str, Any]) -> dict[str, Any]:
    return {"entities": {e["id"]: e for e in entities}, "success": 1}


def claims(workspace: Workspace) -> list[Claim]:
    found = workspace.open().claims.values()
    return sorted((c for c in found if "/claim/wikidata" in c.iri), key=lambda c: c.iri)


def one(workspace: Workspace) -> Claim:
    (claim,) = claims(workspace)
    return claim


def record_of(store: Store, claim: Claim) -> str:
    (passage,) = claim.evidence
    (record,) = values(store, passage, KG + "recordKey")
    return record


def values(store: Store, node: str, predicate: str) -> list[str]:
    query = f"SELECT ?o WHERE {{ GRAPH ?g {{ <{node}> <{predicate}> ?o }} }} ORDER BY ?o"
    return [row[0].value for row in store.engine.query(query)]  # type: ignore[union-attr, index]


def held(workspace: Workspace, **params: str) -> list[str]:
    return [row["value"] for row in ask(workspace.open(), "held-at", **params)]


# ---------------------------------------------------------------- statements


def test_a_statement_is_a_claim_whose_record_is_its_id(bring: Import, workspace: Workspace) -> None:
    bring({"a.json": api(entity(statement(1, "P39", PRESIDENT), name="Q900"), entity(name="Q901", label="President of Aland"))})  # fmt: skip
    claim, store = one(workspace), workspace.open()
    assert claim.triple == (WD + "Q900", WDT + "P39", WD + "Q901")
    assert claim.statement == "Ada Aland: position held President of Aland."
    assert record_of(store, claim) == "Q900$0000-1"
    assert (claim.modality, claim.credibility) == ("reported", 6)


def test_days_months_and_years_are_as_exact_as_they_are_known(
    bring: Import, workspace: Workspace
) -> None:
    bring(
        {
            "a.json": api(
                entity(
                    statement(1, "P39", PRESIDENT, P580=time("+1991-01-01T00:00:00Z", 9), P582=time("+1995-05-00T00:00:00Z", 10)),
                    statement(2, "P39", MINISTER, P580=time("+2012-05-07T00:00:00Z")),
                )
            )
        }
    )  # fmt: skip
    spans = {(c.valid_from, c.valid_to, c.valid_precision) for c in claims(workspace)}
    assert spans == {("1991-01-01", "1995-05-31", "year"), ("2012-05-07", "", "day")}
    store = workspace.open()
    first = next(c for c in claims(workspace) if c.valid_precision == "year")
    # never a day that nobody stated
    assert values(store, first.iri, PQ + "P580") == ["1991"]
    assert values(store, first.iri, PQ + "P582") == ["1995-05"]


def test_what_is_known_to_a_decade_or_bounded_is_a_bound_and_no_day(
    bring: Import, workspace: Workspace
) -> None:
    bring(
        {
            "a.json": api(
                entity(
                    statement(1, "P39", PRESIDENT, P580=time("+1990-00-00T00:00:00Z", 8)),
                    statement(2, "P39", MINISTER, P1319=time("+1980-01-02T00:00:00Z"), P1326=time("+1985-01-02T00:00:00Z")),
                )
            )
        }
    )  # fmt: skip
    assert {c.valid_from + c.valid_to + c.valid_precision for c in claims(workspace)} == {""}
    store = workspace.open()
    bounds = {
        (*values(store, c.iri, KG + "notBefore"), *values(store, c.iri, KG + "notAfter"))
        for c in claims(workspace)
    }
    assert bounds == {("1990-01-01",), ("1980-01-02", "1985-01-02")}
    where = {"entity": WD + "Q900", "property": WDT + "P39"}
    assert held(workspace, **where, date="1983-01-01") == ["wd:Q902"]
    assert held(workspace, **where, date="1995-01-01") == ["wd:Q901"]


def test_a_julian_day_is_given_as_the_gregorian_one_and_noted(
    bring: Import, workspace: Workspace
) -> None:
    julian = time("+1917-10-25T00:00:00Z", 11, "Q1985786")
    done = bring({"a.json": api(entity(statement(1, "P39", PRESIDENT, P580=julian)))})
    assert one(workspace).valid_from == "1917-11-07"
    assert any("Julian" in reason for reason in done.report.noted)


@pytest.mark.parametrize(
    ("stamp", "precision", "shown"),
    [
        ("-0500-00-00T00:00:00Z", 9, "-0500-00-00"),
        ("+13800000000-00-00T00:00:00Z", 3, "13800000000-00-00"),
        ("+1950-00-00T00:00:00Z", 7, "1901 to 2000"),
        ("+2024-02-30T00:00:00Z", 11, "2024-02-30"),
        ("+9999-12-31T00:00:00Z", 8, "9990 to 9999"),
        ("soon", 11, "soon"),
    ],
)
def test_a_time_beyond_the_calendar_says_no_day(stamp: str, precision: int, shown: str) -> None:
    found = Time.read(stamp, precision, julian=False)
    assert found.shown == shown
    assert found.precision == "" or found.days is None


def test_no_value_is_a_denial_and_unknown_is_neither_edge_nor_gap(
    workspace: Workspace, tmp_path: Path
) -> None:
    path = tmp_path / "a.json"
    path.write_text(
        json.dumps(
            api(entity(statement(1, "P463", no_value()), statement(2, "P463", some_value())))
        )
    )
    run(workspace, "wikidata", [path], overrides={"name": "wikidata", "credibility": 1})
    denial, unknown = sorted(claims(workspace), key=lambda c: c.polarity, reverse=True)
    assert (denial.predicate, denial.object, denial.polarity) == (
        KG + "memberOf",
        KG + "anyValue",
        Polarity.NEGATED,
    )
    assert (unknown.predicate, unknown.object) == (WDT + "P463", KG + "unknownValue")
    store = workspace.open()
    assert values(store, WD + "Q900", KG + "memberOf") == []
    assert values(store, denial.iri, KG + "valueStatus") == [KG + "noValue"]
    assert values(store, unknown.iri, KG + "valueStatus") == [KG + "unknownValue"]


def test_a_deprecated_statement_is_kept_as_such_with_its_reason(
    bring: Import, workspace: Workspace
) -> None:
    bring({"a.json": api(entity(statement(1, "P39", PRESIDENT, "deprecated", P2241=item("Q903"))), entity(name="Q903", label="hoax"))})  # fmt: skip
    claim = one(workspace)
    assert (claim.rank, claim.rank_reason) == (Rank.DEPRECATED, "Deprecated in Wikidata: hoax")
    assert held(workspace, entity=WD + "Q900", property=WDT + "P39", date="2020-01-01") == []


def test_a_preferred_statement_gives_its_reason(bring: Import, workspace: Workspace) -> None:
    bring(
        {
            "a.json": api(
                entity(
                    statement(1, "P39", PRESIDENT, "preferred", P7452=item("Q903")),
                    statement(2, "P39", MINISTER, "preferred"),
                ),
                entity(name="Q903", label="latest"),
            )
        }
    )
    assert {c.rank_reason for c in claims(workspace)} == {
        "Preferred in Wikidata: latest",
        "Preferred in Wikidata: no reason given",
    }


def test_the_best_rank_of_the_day_answers_and_a_preferred_denial_silences(
    bring: Import, workspace: Workspace
) -> None:
    bring(
        {
            "a.json": api(
                entity(
                    statement(1, "P39", PRESIDENT, "preferred", P580=time("+2012-05-07T00:00:00Z")),
                    statement(2, "P39", MINISTER, P580=time("+1999-05-07T00:00:00Z")),
                    statement(3, "P39", item("Q904"), "deprecated"),
                    statement(4, "P102", item("Q905")),
                    statement(5, "P102", no_value(), "preferred", P580=time("+2012-00-00T00:00:00Z", 9)),
                )
            )
        }
    )  # fmt: skip
    office = {"entity": WD + "Q900", "property": WDT + "P39"}
    assert held(workspace, **office, date="2024-06-19") == ["wd:Q901"]
    assert held(workspace, **office, date="2012-05-06") == ["wd:Q902"]
    assert held(workspace, **office, date="1990-01-01") == []
    party = {"entity": WD + "Q900", "property": WDT + "P102"}
    assert held(workspace, **party, date="2005-01-01") == ["wd:Q905"]
    assert held(workspace, **party, date="2024-06-19") == []


def test_a_property_of_ours_answers_beside_the_one_that_wikidata_states(
    bring: Import, workspace: Workspace
) -> None:
    bring({"a.json": api(entity(statement(1, "P27", item("Q905"))))})
    for name in (KG + "nationality", WDT + "P27"):
        asked = {"entity": WD + "Q900", "property": name, "date": "2024-06-19"}
        assert held(workspace, **asked) == ["wd:Q905"]
    assert values(workspace.open(), WDT + "P27", SKOS + "closeMatch") == [KG + "nationality"]


def test_references_are_sources_that_the_claim_cites(bring: Import, workspace: Workspace) -> None:
    reference = {
        "hash": "abc123",
        "snaks": {
            "P854": [{**text("https://e.org/a b", "url"), "property": "P854"}],
            "P248": [{**item("Q906"), "property": "P248"}],
            "P813": [{**time("+2020-02-02T00:00:00Z"), "property": "P813"}],
        },
    }
    bring({"a.json": api(entity(statement(1, "P39", PRESIDENT, references=(reference,))), entity(name="Q906", label="A Gazette"))})  # fmt: skip
    (cited,) = one(workspace).cited_sources
    store = workspace.open()
    assert store.sources[cited].title == "A Gazette"
    assert store.sources[cited].url == "https://e.org/a b"
    assert values(store, cited, PREFIXES["pr"] + "P813") == ["2020-02-02"]


def test_known_external_ids_are_identifiers_and_others_stay_claims(
    bring: Import, workspace: Workspace
) -> None:
    bring(
        {
            "a.json": api(
                entity(
                    statement(1, "P298", text("PRK", "external-id")),
                    statement(2, "P299", text("4", "external-id")),
                    statement(3, "P9999", text("x-1", "external-id")),
                    statement(4, "P298", text("no code", "external-id")),
                )
            )
        }
    )
    found = {(c.identity_scheme, getattr(c.object, "value", "")) for c in claims(workspace)}
    assert found == {
        ("iso3166-1-alpha3", "PRK"),
        ("iso3166-1-numeric", "004"),
        ("", "x-1"),
        ("", "no code"),
    }


def test_numbers_texts_and_places_keep_what_they_say(bring: Import, workspace: Workspace) -> None:
    def snak(kind: str, value: Any) -> dict[str, Any]:
        return {"snaktype": "value", "datavalue": {"type": kind, "value": value}}

    bring(
        {
            "a.json": api(
                entity(
                    statement(1, "P1082", snak("quantity", {"amount": "+25.50", "unit": WD + "Q11573", "upperBound": "+26"})),
                    statement(2, "P1476", snak("monolingualtext", {"text": "조선", "language": "ko"})),
                    statement(3, "P625", snak("globecoordinate", {"latitude": 39.0, "longitude": 125.7})),
                )
            )
        }
    )  # fmt: skip
    found = {str(c.object) for c in claims(workspace)}
    (graph,) = (workspace.folder / "graphs").glob("*.ttl")
    assert b'rdf:object "25.50"^^xsd:decimal' in graph.read_bytes()  # the engine drops the nought
    assert '"조선"@ko' in found
    assert any(text.startswith('"Point(125.7 39.0)"') for text in found)
    store = workspace.open()
    number = next(c for c in claims(workspace) if c.predicate == WDT + "P1082")
    assert values(store, number.iri, PREFIXES["wikibase"] + "quantityUnit") == [WD + "Q11573"]


def test_names_in_chosen_languages(bring: Import, workspace: Workspace) -> None:
    bring({"a.json": api(entity(statement(1, "P39", PRESIDENT)))}, languages="ko")
    assert values(workspace.open(), WD + "Q900", SKOS + "prefLabel") == ["아다"]
    bring({"a.json": api(entity(statement(1, "P39", PRESIDENT)))})
    assert set(values(workspace.open(), WD + "Q900", SKOS + "prefLabel")) == {"Ada Aland", "아다"}


def test_ids_that_nothing_names_are_counted_and_stay_ids(
    bring: Import, workspace: Workspace
) -> None:
    done = bring({"a.json": api(entity(statement(1, "P39", PRESIDENT)))})
    assert done.report.unresolved == {"an id that nothing in the files names": 1}
    assert one(workspace).statement == "Ada Aland: position held Q901."


# ---------------------------------------------------------------- forms of the file

TWO = (
    entity(statement(1, "P39", PRESIDENT)),
    entity(statement(2, "P39", MINISTER), name="Q907", label="Bo"),
)


def _dump() -> str:
    return "[\n" + ",\n".join(json.dumps(e) for e in TWO) + "\n]\n"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", json.dumps(api(*TWO))),
        ("a.json", json.dumps({"entities": {e["id"]: e for e in TWO}})),
        ("a.json", _dump()),
        ("a.json.gz", gzip.compress(_dump().encode())),
        ("a.json.bz2", bz2.compress(_dump().encode())),
        ("a.json", json.dumps(list(TWO))),
        ("a.jsonl", "\n".join(json.dumps(e) for e in TWO)),
        ("a.json", json.dumps(api(*TWO), indent=2)),
    ],
)
def test_every_form_of_entity_json_says_the_same(
    name: str, content: str | bytes, bring: Import, workspace: Workspace
) -> None:
    bring({name: content})
    assert {c.statement for c in claims(workspace)} == {
        "Ada Aland: position held Q901.",
        "Bo: position held Q902.",
    }


@pytest.mark.parametrize(
    "content",
    [
        _dump()[:-30],
        _dump().removesuffix("]\n"),
        json.dumps(api(*TWO))[:-40],
        "[" * 20_000,
        '{"error": {"code": "no-such-entity", "info": "no such id"}}',
        '{"hello": "world"}',
        "\x00\x01",
        "",
        "Q1\tP2\tQ3\nQ1\tP2",
    ],
)
def test_a_file_that_breaks_off_or_is_something_else_leaves_nothing(
    content: str, bring: Import, workspace: Workspace
) -> None:
    with pytest.raises(DataError) as caught:
        bring({"a.json": content})
    assert isinstance(caught.value, UnreadableError | RefusedError)
    assert not list((workspace.folder / "graphs").glob("*"))


def test_a_broken_statement_is_skipped_and_counted(bring: Import, workspace: Workspace) -> None:
    broken = {**statement(7, "P39", PRESIDENT), "mainsnak": {"snaktype": "value"}}
    whole = api(entity(statement(1, "P39", PRESIDENT)))
    whole["entities"]["Q900"]["claims"]["P40"] = [broken, "nonsense"]
    whole["entities"]["Q1"] = {"id": "Q1", "missing": ""}
    done = bring({"a.json": whole})
    assert done.report.skipped == {
        "a statement that cannot be read": 2,
        "an entity that Wikidata does not have": 1,
    }
    assert len(claims(workspace)) == 1


def test_two_files_in_the_other_order_give_the_same_graph(
    workspace: Workspace, tmp_path: Path
) -> None:
    paths = []
    for number, found in enumerate(TWO):
        paths.append(tmp_path / f"{number}.json")
        paths[-1].write_text(json.dumps(api(found)))
    run(workspace, "wikidata", paths)
    (file,) = (workspace.folder / "graphs").glob("*.ttl")
    first = file.read_bytes()
    assert "2025-01-02" in file.name
    run(workspace, "wikidata", paths[::-1])
    assert file.read_bytes() == first


TRIPLES = "Q423\tP530\tQ159\nQ159\tP530\tQ423\nnot a triple\nQ423\tP463\tQ1065\n"


def test_plain_triples_are_weak_claims_stated_in_their_direction(
    bring: Import, workspace: Workspace
) -> None:
    done = bring({"t.txt": TRIPLES, "relations.en.json": {"P463": {"label": "member of"}}})
    assert done.report.skipped == {"a line that is no triple of Wikidata ids": 1}
    ties = [c.triple for c in claims(workspace) if c.predicate == KG + "diplomaticRelationsWith"]
    assert sorted(ties) == [
        (WD + "Q159", KG + "diplomaticRelationsWith", WD + "Q423"),
        (WD + "Q423", KG + "diplomaticRelationsWith", WD + "Q159"),
    ]
    assert "North Korea: diplomatic relation Russia." in {c.statement for c in claims(workspace)}
    assert values(workspace.open(), WD + "Q423", KG + "diplomaticRelationsWith") == []


RDF_HEAD = "".join(
    f"@prefix {name}: <{iri}> .\n"
    for name, iri in {
        **{n: PREFIXES[n] for n in ("wd", "wdt", "pq", "pr", "wikibase", "rdfs", "prov", "xsd")},
        "wds": WD + "statement/",
        "wdv": "http://www.wikidata.org/value/",
        "ref": PREFIXES["wdref"],
        "p": "http://www.wikidata.org/prop/",
        "ps": "http://www.wikidata.org/prop/statement/",
        "pqv": PQ + "value/",
        "wdno": "http://www.wikidata.org/prop/novalue/",
    }.items()
)
FULL = """
wd:Q900 rdfs:label "Ada Aland"@en ; p:P39 wds:Q900-0000-1, wds:Q900-0000-2 ; wdt:P39 wd:Q901 ;
  p:P102 wds:q900-0000-3 ; a wdno:P102 .
wds:Q900-0000-1 wikibase:rank wikibase:PreferredRank ; ps:P39 wd:Q901 ;
  pq:P580 "1991-01-01T00:00:00Z"^^xsd:dateTime ; pqv:P580 wdv:t1 ; prov:wasDerivedFrom ref:abc .
wds:Q900-0000-2 wikibase:rank wikibase:DeprecatedRank ; ps:P39 wd:Q902 ; pq:P2241 wd:Q903 .
wds:q900-0000-3 a wdno:P102 ; wikibase:rank wikibase:NormalRank .
wds:Q900-0000-4 wikibase:rank wikibase:NormalRank ; ps:P26 _:genid1 .
wdv:t1 wikibase:timeValue "1991-01-01T00:00:00Z"^^xsd:dateTime ; wikibase:timePrecision 9 ;
  wikibase:timeCalendarModel wd:Q1985727 .
ref:abc pr:P854 <https://e.org/page> .
"""


def test_a_full_rdf_dump_says_what_entity_json_says(bring: Import, workspace: Workspace) -> None:
    bring({"a.ttl": RDF_HEAD + FULL})
    store = workspace.open()
    found = {record_of(store, c): c for c in claims(workspace)}
    assert sorted(found) == ["Q900$0000-1", "Q900$0000-2", "Q900$0000-4", "q900$0000-3"]
    first = found["Q900$0000-1"]
    assert (first.rank, first.valid_from, first.valid_precision) == (
        "preferred",
        "1991-01-01",
        "year",
    )
    assert first.cited_sources == (PREFIXES["wdref"] + "abc",)
    assert found["Q900$0000-2"].rank_reason == "Deprecated in Wikidata: Q903"
    assert found["q900$0000-3"].polarity is Polarity.NEGATED
    assert found["Q900$0000-4"].object == KG + "unknownValue"
    assert values(store, first.iri, PQ + "P580") == ["1991"]


def test_the_triples_of_a_full_dump_may_come_in_any_order(
    bring: Import, workspace: Workspace
) -> None:
    from pyoxigraph import RdfFormat, parse

    bring({"a.ttl": RDF_HEAD + FULL})
    before = claims(workspace)
    lines = [f"{q.triple} .\n" for q in parse(RDF_HEAD + FULL, format=RdfFormat.TURTLE)]
    bring({"a.nt": "".join(sorted(lines, key=lambda line: line[::-1]))})
    assert claims(workspace) == before


def test_truthy_triples_say_that_they_have_no_ranks(bring: Import, workspace: Workspace) -> None:
    lines = "".join(
        f"<{WD}Q900> {p} {o} .\n"
        for p, o in (
            (f"<{WDT}P530>", f"<{WD}Q159>"),
            (f"<{WDT}P569>", '"1952-10-07T00:00:00Z"^^<http://www.w3.org/2001/XMLSchema#dateTime>'),
            ("<http://www.w3.org/2000/01/rdf-schema#label>", '"Aland"@en'),
            (f"<{WDT}P26>", "_:b1"),
            (f"<{WDT}P40>", "<http://bad iri>"),
        )
    )
    done = bring({"truthy.nt.gz": gzip.compress(lines.encode())})
    assert any("no ranks" in reason for reason in done.report.noted)
    assert done.report.skipped == {"a statement with a bad IRI": 1}
    assert {c.statement for c in claims(workspace)} == {
        "Aland: diplomatic relation Russia.",
        "Aland: date of birth 1952-10-07T00:00:00Z.",
        "Aland: P26 has a value that is not known.",
    }


def test_rdf_without_statements_of_wikidata_is_refused(bring: Import) -> None:
    with pytest.raises(RefusedError):
        bring({"a.ttl": "<http://e.org/a> <http://e.org/b> <http://e.org/c> ."})


# ---------------------------------------------------------------- the team's data


@pytest.fixture(scope="module")
def putin(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Workspace:
    path = shared_data / "wikidata-entities" / "Q7747.json"
    workspace = Workspace.create(tmp_path_factory.mktemp("putin") / "w", shipped=False)
    run(workspace, "wikidata", [path], overrides={"name": "wikidata"})
    return workspace


@pytest.fixture(scope="module")
def putin_claims(putin: Workspace) -> dict[str, Claim]:
    store = putin.open()
    return {record_of(store, c): c for c in store.claims.values()}


def stated(store: Store, claim: Claim) -> str:
    found = values(store, claim.iri, KG + "recordedPredicate") or [claim.predicate]
    return found[0].removeprefix(WDT)


@pytest.mark.shared
def test_putin_has_every_statement_with_its_rank(
    putin: Workspace, putin_claims: dict[str, Claim]
) -> None:
    store = putin.open()
    assert len(putin_claims) == 608
    assert len({stated(store, c) for c in putin_claims.values()}) == 287
    ranks = Counter(c.rank for c in putin_claims.values())
    assert ranks == {"normal": 598, "preferred": 7, "deprecated": 3}
    assert sum(c.polarity is Polarity.NEGATED for c in putin_claims.values()) == 2


@pytest.mark.shared
def test_putin_has_every_reference_and_qualifier(
    putin: Workspace, putin_claims: dict[str, Claim]
) -> None:
    assert sum(len(c.cited_sources) for c in putin_claims.values()) == 188
    assert sum(not c.cited_sources for c in putin_claims.values()) == 452
    (graph,) = (putin.folder / "graphs").glob("*.ttl")
    said = [pair for _, pairs in read_lines(graph) for pair in pairs]
    assert sum(pair.startswith(b"pq:") for pair in said) == 533


@pytest.mark.shared
def test_putin_held_twenty_one_offices_one_of_them_deprecated(
    putin: Workspace, putin_claims: dict[str, Claim]
) -> None:
    offices = [c for c in putin_claims.values() if c.predicate == WDT + "P39"]
    assert len(offices) == 21
    president = {(c.rank, c.valid_from, c.valid_to) for c in offices if c.object == WD + "Q218295"}
    assert president == {("preferred", "2012-05-07", ""), ("normal", "2000-05-07", "2008-05-07")}
    assert [c.object for c in offices if c.rank is Rank.DEPRECATED] == [WD + "Q2350808"]


@pytest.mark.shared
def test_putin_changed_citizenship_in_a_year_not_on_a_day(putin_claims: dict[str, Claim]) -> None:
    found = {
        c.object: (c.rank, c.valid_from, c.valid_to, c.valid_precision)
        for c in putin_claims.values()
        if c.predicate == KG + "nationality"
    }
    assert found == {
        WD + "Q15180": ("normal", "", "1991-12-31", "year"),
        WD + "Q159": ("preferred", "1991-01-01", "", "year"),
    }


@pytest.mark.shared
def test_putin_has_no_party_which_is_a_statement(
    putin: Workspace, putin_claims: dict[str, Claim]
) -> None:
    party = [c for c in putin_claims.values() if c.predicate == WDT + "P102"]
    assert len(party) == 5
    denials = [c for c in party if c.polarity is Polarity.NEGATED]
    assert all(c.valid_from for c in denials)
    assert sorted(c.rank for c in denials) == ["normal", "preferred"]
    assert next(c for c in denials if c.rank is Rank.PREFERRED).valid_from == "2012-01-01"
    asked = {"entity": WD + "Q7747", "property": WDT + "P102", "date": "2024-06-19"}
    assert held(putin, **asked) == []


@pytest.mark.shared
def test_putins_office_on_a_day_with_the_id_of_its_statement(putin: Workspace) -> None:
    asked = {"entity": WD + "Q7747", "property": WDT + "P39", "date": "2024-06-19"}
    (row,) = ask(putin.open(), "held-at", **asked)
    assert row["value"] == "wd:Q218295"
    assert row["record"] == "q7747$6C005620-3B92-4FE7-9EA0-C66DD660B9EB"


@pytest.fixture(scope="module")
def codex(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> list[Claim]:
    folder = shared_data / "wikidata-codex"
    workspace = Workspace.create(tmp_path_factory.mktemp("codex") / "w", shipped=False)
    run(workspace, "wikidata", [*folder.glob("*.txt"), folder / "relations.en.json"])
    return list(workspace.open().claims.values())


def ends(codex: list[Claim], predicate: str, name: str) -> tuple[set[Any], set[str]]:
    out = {c.object for c in codex if c.predicate == predicate and c.subject == WD + name}
    into = {c.subject for c in codex if c.predicate == predicate and c.object == WD + name}
    return out, into


@pytest.mark.shared
def test_codex_has_its_triples_as_claims(codex: list[Claim]) -> None:
    assert len(codex) == len({c.triple for c in codex}) == 36_543
    things = {c.subject for c in codex} | {str(c.object) for c in codex}
    assert len(things) == 2034
    counts = Counter(c.predicate for c in codex)
    assert len(counts) == 42
    assert counts[WDT + "P106"] == 11_342
    assert counts[KG + "diplomaticRelationsWith"] == 6172
    assert counts[KG + "memberOf"] == 5539
    assert {c.modality for c in codex} == {"reported"}
    assert {c.credibility for c in codex} == {6}


@pytest.mark.shared
def test_codex_knows_the_partners_of_north_korea_and_russia(codex: list[Claim]) -> None:
    tie, member = KG + "diplomaticRelationsWith", KG + "memberOf"
    out, into = ends(codex, tie, "Q423")
    assert (len(out), len(into), len(out | into)) == (54, 53, 54)
    assert ends(codex, member, "Q423")[0] == {
        WD + name for name in ("Q1065", "Q17495", "Q233611", "Q376150", "Q7809")
    }
    out, into = ends(codex, tie, "Q159")
    assert (len(out), len(into), len(out | into)) == (145, 145, 148)
    assert len(ends(codex, member, "Q159")[0]) == 20
    assert WD + "Q159" in ends(codex, tie, "Q423")[0] & ends(codex, tie, "Q423")[1]


@pytest.mark.shared
def test_codex_ties_stay_as_stated_and_absence_denies_nothing(codex: list[Claim]) -> None:
    ties = {(c.subject, c.object) for c in codex if c.predicate == KG + "diplomaticRelationsWith"}
    assert sum((b, a) not in ties for a, b in ties) == 180
    assert {(WD + "Q17", WD + "Q423"), (WD + "Q423", WD + "Q17")} <= ties
    for other in ("Q30", "Q884"):
        pair = {WD + "Q423", WD + other}
        assert not [c for c in codex if {c.subject, c.object} == pair]
    assert not [c for c in codex if c.polarity is Polarity.NEGATED]


def test_no_claim_of_the_invented_entity_is_an_identity_link_to_ours(
    bring: Import, workspace: Workspace
) -> None:
    bring({"a.json": api(entity(statement(1, "P39", PRESIDENT)))})
    assert OWL + "sameAs" not in {c.predicate for c in claims(workspace)}
