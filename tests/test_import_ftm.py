"""FollowTheMoney: relations as claims, sources as citations, deltas over an edition."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from importing import ask

from kg.errors import DataError, MissingError, RefusedError
from kg.importing import Imported, run
from kg.importing.lines import iri_text
from kg.store import Store
from kg.workspace import Workspace

Import = Callable[..., Imported]
Item = Mapping[str, object]


def entity(key: str, schema: str, **properties: object) -> dict[str, object]:
    """Return an entity as its files write it; ``datasets`` and the like stand beside properties."""
    beside = ("caption", "datasets", "referents", "first_seen", "last_seen")
    return {
        "id": key,
        "schema": schema,
        **{k: properties.pop(k) for k in beside if k in properties},
        "properties": {k: v if isinstance(v, list) else [v] for k, v in properties.items()},
    }


PERSON = entity("p", "Person", name=["Ann Example", "Энн"], weakAlias="Annie", nationality="ru", taxNumber="77", topics="sanction", birthDate="1978-08", datasets=["a_list", "b_list"], referents=["ofac-46001", "Q42"], first_seen="2023-01-02T03:04:05")  # fmt: skip
COMPANY = entity("c", "Company", name="Example LLC", jurisdiction="ru", addressEntity="gone")
OWNERSHIP = entity("o", "Ownership", owner="p", asset="c", percentage=["51", "50"], startDate="2015-11", endDate="2019")  # fmt: skip
SANCTION = entity("s", "Sanction", entity="p", authority=["Treasury", "Trésor"], country="us", programId="US-X", listingDate="2023-02-24", reason="Because.", provisions=["Freeze", "Ban"], datasets=["a_list"])  # fmt: skip
ALL: tuple[Item, ...] = (PERSON, COMPANY, OWNERSHIP, SANCTION)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "work", shipped=False)


@pytest.fixture
def bring(workspace: Workspace, tmp_path: Path) -> Import:
    """Import items as the lines of files, or whole texts."""

    def bring(*items: Item, edition: str = "", **files: tuple[Item, ...] | str) -> Imported:
        paths = []
        for name, content in ({"entities": items} if items else {} | files).items():
            path = (
                tmp_path / f"{name}.json" if not name.endswith("_csv") else tmp_path / f"{name}.csv"
            )
            text = content if isinstance(content, str) else "\n".join(map(json.dumps, content))
            path.write_text(text, "utf-8")
            paths.append(path)
        return run(workspace, "ftm", paths, overrides={"edition": edition})

    return bring


def count(store: Store, pattern: str) -> int:
    return int(ask(store, f"SELECT (COUNT(DISTINCT ?x) AS ?n) WHERE {{ {pattern} }}")[0][0])


def said(store: Store, subject: str, predicate: str) -> set[str]:
    text = f"SELECT DISTINCT ?o WHERE {{ ?c rdf:subject {subject} ; rdf:predicate {predicate} ; rdf:object ?o }}"
    return {row[0] for row in ask(store, text)}


def of(store: Store, record: str, prop: str) -> set[str]:
    """Return what the claims of a record say of themselves."""
    text = f"SELECT DISTINCT ?v WHERE {{ ?c kg:evidence/kg:recordKey '{record}' ; {prop} ?v }}"
    return {row[0] for row in ask(store, text)}


def test_a_relation_is_one_claim_with_its_dates_and_every_share(
    workspace: Workspace, bring: Import
) -> None:
    bring(*ALL)
    store = workspace.open()
    assert said(store, "ftm:p", "kg:owns") == {"Example LLC"}
    assert of(store, "o", "kg:sharePercentage") == {"51", "50"}
    assert of(store, "o", "kg:validFrom") == {"2015-11-01"}
    assert of(store, "o", "kg:validTo") == {"2019-12-31"}
    assert of(store, "o", "kg:validPrecision") == {"year"}
    assert count(store, "?x ?p ?o FILTER(?x = ftm:o)") == 0


def test_a_sanction_is_a_designation_by_its_authority(workspace: Workspace, bring: Import) -> None:
    bring(*ALL)
    store = workspace.open()
    assert said(store, "ftm:p", "kg:designatedUnder") == {"US-X"}
    assert of(store, "s", "kg:originalHolder") == {"Treasury", "Trésor"}
    assert of(store, "s", "kg:authorityCountry") == {"United States"}
    assert of(store, "s", "kg:measureImposed") == {"Freeze", "Ban"}
    assert of(store, "s", "kg:validFrom") == {"2023-02-24"}
    reason = "?x rdf:predicate kg:designationReason ; kg:claimKind kg:ascription"
    assert count(store, reason) == 1


def test_every_value_keeps_the_datasets_it_comes_from(workspace: Workspace, bring: Import) -> None:
    bring(*ALL)
    store = workspace.open()
    assert of(store, "p", "kg:citedSource") == {"Source dataset a_list", "Source dataset b_list"}
    assert of(store, "p", "kg:evidence/kg:recordFirstSeen") == {"2023-01-02T03:04:05"}
    assert said(store, "ftm:p", "kg:alias") == {"Ann Example", "Энн", "Annie"}
    assert said(store, "ftm:p", "kg:topic") == {"sanction"}
    assert said(store, "ftm:p", "kg:birthDate") == {"1978-08"}
    assert count(store, "ftm:p skos:hiddenLabel ?x") == 1


def test_referents_are_other_ids_of_the_same_entity(workspace: Workspace, bring: Import) -> None:
    bring(*ALL)
    rows = ask(workspace.open(), "SELECT ?s ?v WHERE { ?c rdf:subject ftm:p ; kg:identityScheme ?s ; rdf:object ?v }")  # fmt: skip
    found = {(scheme, value.removeprefix("wd:")) for scheme, value in rows}
    assert found == {
        ("opensanctions", "p"), ("opensanctions", "ofac-46001"), ("opensanctions", "Q42"),
        ("ofac", "46001"), ("wikidata", "Q42"), ("tax-number", "77"),
    }  # fmt: skip


def test_what_is_not_in_the_file_is_counted_and_kept(workspace: Workspace, bring: Import) -> None:
    done = bring(*ALL)
    assert done.report.unresolved == {"a reference to an entity that is not in the file": 1}
    assert said(workspace.open(), "ftm:c", "kg:atAddress") == {"gone (not in the file)"}


def test_an_unknown_schema_and_an_unknown_property_lose_nothing(
    workspace: Workspace, bring: Import
) -> None:
    done = bring(entity("n", "Newfangled <thing>", name="New", odd_property=["a", "b"]))
    assert sum(n for why, n in done.report.noted.items() if "unknown schema" in why) == 1
    store = workspace.open()
    assert said(store, "ftm:n", "<https://schema.followthemoney.tech/#odd_property>") == {"a", "b"}


def test_a_relation_without_one_of_its_ends_keeps_what_it_says(
    workspace: Workspace, bring: Import
) -> None:
    bring(entity("half", "Ownership", owner="p", percentage="7"), PERSON)
    store = workspace.open()
    assert said(store, "ftm:half", "<https://schema.followthemoney.tech/#percentage>") == {"7"}
    assert said(store, "ftm:half", "<https://schema.followthemoney.tech/#owner>") == {"Ann Example"}


def test_nested_entities_are_entities(workspace: Workspace, bring: Import) -> None:
    nested = entity("c", "Company", name="Example LLC", addressEntity=entity("a", "Address", full="1 Street"))  # fmt: skip
    done = bring(nested)
    assert not done.report.unresolved
    assert said(workspace.open(), "ftm:c", "kg:atAddress") == {"1 Street"}


STATEMENT = {"canonical_id": "c", "schema": "Company", "first_seen": "2023", "last_seen": "2024"}
STATEMENTS: tuple[Item, ...] = (
    {**STATEMENT, "entity_id": "old", "prop": "name", "value": "One", "dataset": "x_list"},
    {**STATEMENT, "entity_id": "c", "prop": "name", "value": "One", "dataset": "y_list"},
    {**STATEMENT, "entity_id": "c", "prop": "email", "value": "a@b", "dataset": "y_list"},
)


@pytest.mark.parametrize("form", ["lines", "csv", "nested"])
def test_a_statement_keeps_its_own_dataset(workspace: Workspace, bring: Import, form: str) -> None:
    if form == "lines":
        bring(*STATEMENTS)
    elif form == "csv":
        columns = list(STATEMENTS[0])
        rows = [",".join(str(row[c]) for c in columns) for row in STATEMENTS]
        bring(statements_csv="\n".join([",".join(columns), *rows]))
    else:
        bring({"id": "c", "schema": "Company", "statements": STATEMENTS})
    store = workspace.open()
    text = "SELECT ?v ?d WHERE {{ ?c rdf:subject ftm:c ; rdf:predicate kg:{} ; rdf:object ?v ; kg:citedSource/dcterms:title ?d }} ORDER BY ?d"
    assert ask(store, text.format("alias")) == [["One", "x_list"], ["One", "y_list"]]
    assert ask(store, text.format("email")) == [["a@b", "y_list"]]
    assert of(store, "c", "kg:recordLastSeen") == {"2024"}
    assert count(store, "?c kg:identityScheme 'opensanctions' ; rdf:object ?x") == 2


# ---------------------------------------------------------------- deltas

DELTA: tuple[Item, ...] = (
    {"op": "MOD", "entity": entity("p", "Person", name="Ann Changed", datasets=["c_list"])},
    {"op": "ADD", "entity": entity("q", "Person", name="Added")},
    {"op": "DEL", "entity": {"id": "s"}},
)


def test_a_delta_changes_the_edition_before_and_erases_nothing(
    workspace: Workspace, bring: Import
) -> None:
    bring(*ALL, edition="2026-01-01")
    done = bring(*DELTA, edition="2026-01-02")
    store = workspace.open()
    current = "GRAPH graph:ftm {{ ?x rdf:predicate kg:{} }}"
    gone = "GRAPH graph:ftm-departed {{ ?x rdf:predicate kg:{} ; kg:lastEdition '2026-01-01' }}"
    assert count(store, current.format("designatedUnder")) == 0
    assert count(store, gone.format("designatedUnder")) == 1
    assert count(store, current.format("owns")) == 1
    assert count(store, gone.format("owns")) == 0
    assert store.label("https://w3id.org/gambit/id/ftm/p") == "Ann Changed"
    assert count(store, "?x skos:prefLabel 'Added'") == 1
    assert done.report.noted["an entity that a delta deletes"] == 1


def test_a_delta_beside_its_base_gives_what_it_gives_over_it(
    workspace: Workspace, bring: Import
) -> None:
    bring(base=ALL, changes=DELTA, edition="2026-01-02")
    store = workspace.open()
    assert said(store, "ftm:p", "kg:alias") == {"Ann Changed"}
    assert said(store, "ftm:p", "kg:designatedUnder") == set()
    assert said(store, "ftm:p", "kg:owns") == {"Example LLC"}


def test_the_last_operation_on_an_entity_counts(workspace: Workspace, bring: Import) -> None:
    again: Item = {"op": "ADD", "entity": SANCTION}
    bring(a=ALL, b=DELTA, c=(again,), edition="2026-01-03")
    assert said(workspace.open(), "ftm:p", "kg:designatedUnder") == {"US-X"}


def test_a_delta_over_nothing_is_refused(workspace: Workspace, bring: Import) -> None:
    with pytest.raises(MissingError, match="no edition that it changes"):
        bring(*DELTA)
    assert not list(workspace.folder.glob("graphs/*"))


def test_a_delta_that_deletes_an_end_keeps_the_relation(
    workspace: Workspace, bring: Import
) -> None:
    bring(*ALL, edition="1")
    done = bring({"op": "DEL", "entity": {"id": "c"}}, edition="2")
    assert done.report.unresolved["a reference to an entity that the delta deletes"] == 1
    store = workspace.open()
    assert said(store, "ftm:p", "kg:owns") == {"Example LLC"}
    assert count(store, "GRAPH graph:ftm { ?x rdf:subject ftm:c }") == 0


def test_a_delta_takes_back_the_edges_of_what_it_deletes(
    workspace: Workspace, tmp_path: Path
) -> None:
    edges = "ftm:p ?p ?x FILTER(?p IN (kg:owns, kg:designatedUnder))"
    for edition, items, number in (("1", ALL, 2), ("2", DELTA, 1)):
        path = tmp_path / "entities.json"
        path.write_text("\n".join(map(json.dumps, items)), "utf-8")
        run(workspace, "ftm", [path], overrides={"edition": edition, "credibility": 1})
        assert count(workspace.open(), edges) == number


# ---------------------------------------------------------------- bad input


def test_what_is_no_entity_is_skipped_with_its_line(bring: Import) -> None:
    done = bring(PERSON, {"schema": "Person"}, {"id": "x"}, [1, 2], {"op": "NEW", "entity": {}})  # type: ignore[arg-type]
    assert done.report.skipped == {
        "an entity without an id": 1,
        "an entity without a schema": 1,
        "a line that is no entity": 2,
    }


def test_an_id_that_is_no_part_of_an_iri_is_encoded(workspace: Workspace, bring: Import) -> None:
    bring(entity('a b"<>%é', "Person", name="Odd\x00\ud800", country="a b c", wikidataId="x y"))
    assert count(workspace.open(), "?x a kg:Person") == 1


@pytest.mark.parametrize("iri", ["http://a/%B", "http://a/100%", "http://a/ b"])
def test_an_iri_that_no_store_could_read_is_refused_before_it_is_written(iri: str) -> None:
    with pytest.raises(RefusedError):
        iri_text(iri)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('{"id": "p", "schema": "Person", "prop', DataError),
        ("[" * 10_000, RefusedError),
        ("", RefusedError),
        ('{"type": "bundle"}', RefusedError),
    ],
    ids=["cut short", "too deep", "empty", "another format"],
)
def test_a_broken_file_is_refused_and_leaves_everything_as_it_was(
    workspace: Workspace, bring: Import, text: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        bring(good=ALL, bad=text) if text and "bundle" not in text else bring(bad=text)
    assert not list(workspace.folder.glob("graphs/*"))


def test_the_order_of_lines_and_files_changes_nothing(workspace: Workspace, bring: Import) -> None:
    bring(*ALL)
    graph = workspace.folder / "graphs" / "ftm.ttl"
    before = [line for line in graph.read_bytes().splitlines() if b"fileDigest" not in line]
    bring(*reversed(ALL))
    assert [line for line in graph.read_bytes().splitlines() if b"fileDigest" not in line] == before


# ---------------------------------------------------------------- the shared network


@pytest.fixture(scope="module")
def zala(
    tmp_path_factory: pytest.TempPathFactory, shared_data: Path
) -> tuple[Store, Imported, list[Item]]:
    """The shared entities, imported, and as they stand in the file."""
    path = shared_data / "ftm-zala" / "entities.ftm.json"
    workspace = Workspace.create(tmp_path_factory.mktemp("zala") / "work", shipped=False)
    done = run(workspace, "ftm", [path])
    items = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return workspace.open(), done, items


Zala = tuple[Store, Imported, list[Item]]
_CST, _ZAKHAROV = "ftm:NK-abdzbEBkqyT29GyREbiURZ", "ftm:NK-aU5ybkbRFJucf8YMwsJvDw"


@pytest.mark.shared
def test_zala_1_every_entity_is_there(zala: Zala) -> None:
    store, done, items = zala
    assert done.report.read == 91
    of_schema = Counter(str(item["schema"]) for item in items)
    assert count(store, "?x a kg:Company") == of_schema["Company"] == 11
    assert count(store, "?x a kg:Person") == of_schema["Person"] == 6
    assert count(store, "?x a kg:PostalAddress") == of_schema["Address"] == 11
    assert count(store, "?x a <https://schema.followthemoney.tech/#Passport>") == 1
    for predicate, number in (("owns", 14), ("relativeOf", 4), ("directs", 3)):
        assert count(store, f"?c rdf:predicate kg:{predicate} ; kg:evidence ?x") == number
    assert count(store, "?c rdf:predicate kg:designatedUnder ; kg:evidence ?x") == 41


@pytest.mark.shared
def test_zala_2_shares_that_conflict_stay_apart(zala: Zala) -> None:
    store, *_ = zala
    rows = ask(
        store,
        f"SELECT ?o (GROUP_CONCAT(?p) AS ?s) WHERE {{ ?c rdf:predicate kg:owns ; rdf:object {_CST} ;"
        " rdf:subject ?o OPTIONAL { ?c kg:sharePercentage ?p } } GROUP BY ?c ?o ORDER BY ?s",
    )
    shares: dict[str, list[str]] = {}
    for owner, share in rows:
        shares.setdefault(owner.split()[-1].strip('"').casefold(), []).append(share)
    assert len(rows) == 7
    assert shares == {
        "zakharov": ["48", "50", "51"],
        "concern": ["", "49"],
        "транскомплектхолдинг": ["2"],
        "zakharova": ["1"],
    }


@pytest.mark.shared
def test_zala_3_the_owner_of_ten(zala: Zala) -> None:
    store, _, items = zala
    assert (
        count(store, f"?c rdf:predicate kg:owns ; rdf:subject {_ZAKHAROV} ; kg:evidence ?x") == 10
    )
    names = f"?c rdf:predicate kg:alias ; rdf:subject {_ZAKHAROV} ; rdf:object ?x ; kg:aliasType 'name'"  # fmt: skip
    assert count(store, names) == 11
    tax = f"?x kg:identityScheme 'tax-number' ; rdf:subject {_ZAKHAROV} ; rdf:object '183111242406'"
    assert count(store, tax) == 1
    written = next(i for i in items if i["id"] == _ZAKHAROV.removeprefix("ftm:"))
    assert len(written["properties"]["name"]) == 11  # type: ignore[call-overload,index]


@pytest.mark.shared
def test_zala_4_ownership_without_an_end(zala: Zala) -> None:
    store, *_ = zala
    assert count(store, "?x rdf:predicate kg:owns FILTER NOT EXISTS { ?x kg:validTo ?t }") == 3


@pytest.mark.shared
def test_zala_5_sanctions_by_country_and_party(zala: Zala) -> None:
    store, *_ = zala
    by = "?c rdf:predicate kg:designatedUnder ; kg:authorityCountry territory:{} ; kg:evidence ?x"
    expected = {"us": 9, "ua": 5, "ch": 4, "gb": 4, "nz": 4, "eu": 3, "fr": 3, "mc": 3, "be": 2, "jp": 2, "au": 1, "ca": 1}  # fmt: skip
    assert {code: count(store, by.format(code)) for code in expected} == expected
    of_party = "?c rdf:predicate kg:designatedUnder ; rdf:subject {} ; kg:evidence ?x"
    concern = "ftm:NK-nR5AXM9AVPq4pQaSPSaVam"
    assert [count(store, of_party.format(p)) for p in (_CST, _ZAKHAROV, concern)] == [28, 13, 0]
    assert "sanction" in said(store, concern, "kg:topic")


@pytest.mark.shared
def test_zala_6_references_out_of_the_file(zala: Zala) -> None:
    store, done, _ = zala
    assert done.report.unresolved["a reference to an entity that is not in the file"] == 16
    missing = "?c rdf:object ?x . ?x skos:prefLabel ?l FILTER(STRENDS(?l, '(not in the file)'))"
    assert count(store, missing) == 16


@pytest.mark.shared
def test_zala_7_every_source_dataset_is_cited(zala: Zala) -> None:
    store, _, items = zala
    named = {name for item in items for name in item["datasets"]}  # type: ignore[attr-defined]
    rows = ask(store, "SELECT DISTINCT ?t WHERE { ?c kg:citedSource/dcterms:title ?t }")
    assert {row[0] for row in rows} == named
    assert len(named) == 27
