"""What ``kg query`` adds to an answer: places, hints, explanations, and keeping the query."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Run

from kg import algebra, citing, hints, query, saved, sparql
from kg.errors import MissingError, QueryError, RefusedError, UsageError
from kg.store import Store
from kg.vocab import ID


def cited(store: Store, text: str) -> list[list[str]]:
    found = citing.backing(store, query.run(store, text), text)
    return [[store.passages[p].locator for p in row.passages] for row in found]


# ---------------------------------------------------------------- citing


def test_a_row_that_names_a_claim_rests_on_that_claim(example: Store) -> None:
    text = "SELECT ?c WHERE { VALUES ?c { claim:example-04 } ?c a kg:Claim }"
    claim = example.claims[f"{ID}claim/example-04"]
    assert cited(example, text) == [[example.passages[p].locator for p in claim.evidence]]


def test_a_row_that_names_the_end_of_an_edge_rests_on_the_claims_behind_it(example: Store) -> None:
    text = "SELECT ?p WHERE { agreement:amity-pact kg:hasParty ?p } ORDER BY ?p"
    by_claim = "SELECT ?c WHERE { VALUES ?c { claim:example-04 claim:example-05 } ?c a kg:Claim } ORDER BY ?c"
    assert cited(example, text) == cited(example, by_claim)


def test_only_properties_the_query_names_count(example: Store) -> None:
    both = "SELECT ?a ?b WHERE { VALUES (?a ?b) { (actor:arland actor:borland) } ?a a ?t }"
    one = both.replace("?a a ?t", "?a a ?t OPTIONAL { ?a kg:hasParty ?b }")
    assert cited(example, both)[0]
    assert cited(example, both) != cited(example, one) or not cited(example, one)[0]


def test_a_row_that_names_only_a_thing_cites_a_few_places_and_counts_the_rest(
    shipped: Store,
) -> None:
    text = "SELECT ?a WHERE { VALUES ?a { actor:dprk } ?a a ?t }"
    (row, *_) = citing.backing(shipped, query.run(shipped, text), text)
    assert len(row.passages) == citing.PLACES_OF_A_THING
    assert row.more > 10
    references = citing.References(shipped)
    assert references.mark(row) == f"[1][2][3] +{row.more}"
    assert len(references.lines()) == 3


def test_triples_are_cited_like_rows(example: Store) -> None:
    text = "CONSTRUCT WHERE { agreement:amity-pact kg:hasParty ?p }"
    rows = citing.backing(example, query.run(example, text), text)
    assert len(rows) == 2
    assert all(row.passages for row in rows)


def test_what_rests_on_nothing_cites_nothing(example: Store) -> None:
    text = 'SELECT ?x WHERE { VALUES ?x { "text" kg:hasParty UNDEF } }'
    assert [row.passages for row in citing.backing(example, query.run(example, text), text)] == [
        (),
        (),
        (),
    ]


def test_the_program_cites_in_markdown_and_html_too(kg: Run) -> None:
    text = "SELECT ?p WHERE { agreement:russia-dprk-treaty-2024 kg:hasParty ?p }"
    markdown = kg("query", text, "--cite", "--format", "markdown").stdout
    assert "| p | sources |" in markdown
    assert "Interfax" in markdown.rsplit("|", 1)[1]
    page = kg("query", text, "--cite", "--format", "html").stdout
    assert "Interfax" in page[page.index("</table>") :]


def test_results_of_the_python_interface_cite() -> None:
    import kg

    graph = kg.open()
    treaty = "agreement:russia-dprk-treaty-2024"
    cited = graph.query("agreement-parties", agreement=treaty, limit=1).cite()
    assert len(cited.marks) == 1
    assert cited.marks[0].startswith("[1]")
    assert cited.sources[0].startswith("[1] ")
    graph.close()


def test_all_columns_come_in_the_order_the_query_names_them(example: Store) -> None:
    text = "SELECT * WHERE { ?zebra kg:hasParty ?ant . ?ant a ?mouse }"
    for _ in range(5):
        assert query.run(example, text).variables == ("zebra", "ant", "mouse")
    counted = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c }"
    assert sparql.spelled_out(counted, ["n"]) == counted


# ---------------------------------------------------------------- hints


def test_a_misspelt_name_is_found_and_a_near_one_suggested(shipped: Store) -> None:
    text = "SELECT ?x { ?x kg:hasPary actor:drpk ; <http://elsewhere.example/p> kg:nothingLikeIt }"
    assert hints.unknown_names(shipped, text) == [
        ("kg:hasPary", "kg:hasParty"),
        ("actor:drpk", "actor:dprk"),
        ("kg:nothingLikeIt", ""),
    ]
    assert hints.why_empty(shipped, text)[0].endswith("did you mean kg:hasParty?")


def test_hedged_claims_explain_an_edge_that_is_not_there(shipped: Store) -> None:
    (cause,) = hints.why_empty(shipped, "SELECT ?x { event:deployment-2024 kg:leadsTo ?x }")
    assert "kg:leadsTo" in cause
    assert "behind no edge" in cause


def test_an_empty_answer_of_claims_tells_what_kind_each_thing_is(shipped: Store) -> None:
    text = "SELECT ?c { ?c rdf:subject source:bipss-gambit ; rdf:predicate kg:breaches }"
    (cause,) = hints.why_empty(shipped, text)
    assert "source:bipss-gambit: source document" in cause
    assert "edge" not in cause


def test_strings_and_comments_are_not_names() -> None:
    text = "PREFIX x: <http://x/> ASK { x:a <http://b> 'kg:no' } # kg:neither"
    assert list(sparql.iris(text)) == ["http://x/a", "http://b"]


def test_the_program_hints_at_a_misspelt_property(kg: Run) -> None:
    found = kg("query", "SELECT ?x { ?x kg:hasPary ?y }")
    assert found.returncode == 0
    assert "did you mean kg:hasParty?" in found.stderr
    fine = kg("query", "SELECT ?x { ?x kg:hasParty ?y }")
    assert fine.stderr == ""


# ---------------------------------------------------------------- explaining


def test_the_algebra_counts_what_each_pattern_matches(example: Store) -> None:
    text = """SELECT ?x (COUNT(?y) AS ?n) WHERE { ?x kg:hasParty ?y MINUS { ?x a kg:Treaty }
      OPTIONAL { ?x skos:prefLabel "No such name"@en } } GROUP BY ?x LIMIT 3"""
    found = algebra.explain(example, text)
    assert "Slice from 0, 3 at most" in found
    assert "?x kg:hasParty ?y   2 matches" in found
    assert '?x skos:prefLabel "No such name"@en   0 matches' in found
    assert "Minus" in found


def test_explaining_shows_the_parameters_in_place_and_answers_nothing(kg: Run) -> None:
    found = kg(
        "query",
        "agreement-parties",
        "-p",
        "agreement=agreement:russia-dprk-treaty-2024",
        "--explain",
    )
    assert f"<{ID}agreement/russia-dprk-treaty-2024>" in found.stdout
    assert "Russia" not in found.stdout
    broken = kg("query", "SELECT ?x {", "--explain")
    assert broken.returncode == 3


# ---------------------------------------------------------------- keeping


def test_a_query_is_kept_with_a_header_and_runs_by_its_name(kg: Run, tmp_path: Path) -> None:
    text = "SELECT ?party { ?agreement kg:hasParty ?party }"
    value = "agreement=agreement:russia-dprk-treaty-2024"
    kept = kg(
        *("query", text, "-p", value, "--save", "mine", "--queries", str(tmp_path)),
        *("--summary", "Parties: who"),
    )
    assert kept.returncode == 0
    found = saved.load_query("mine", tmp_path)
    assert found.summary == "Parties: who"
    assert [(p.name, p.type) for p in found.params] == [("agreement", "iri")]
    answer = kg("query", "mine", "--queries", str(tmp_path), "-p", value)
    assert "North Korea" in answer.stdout
    assert "Parties: who" in kg("queries", "--queries", str(tmp_path)).stdout
    again = kg("query", text, "--save", "mine", "--queries", str(tmp_path))
    assert again.returncode == 3


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("query", "ASK {}", "--save", "x"), 2),
        (("query", "ASK {}", "--save", "../x", "--queries", "."), 2),
        (("query", "ASK {", "--save", "x", "--queries", "."), 3),
        (("query", "ASK {}", "--save", "x", "--queries", "nowhere/at/all"), 4),
        (("query", "ASK {}", "--summary", "x"), 2),
        (("query", "SELECT ?x {}", "--cite", "--format", "json"), 2),
    ],
)
def test_mistakes_have_their_exit_codes(kg: Run, arguments: tuple[str, ...], code: int) -> None:
    failed = kg(*arguments)
    assert (failed.returncode, failed.stderr[:7]) == (code, "error: ")


def test_saving_says_what_is_wrong(tmp_path: Path) -> None:
    one = saved.parse_query("ASK {}", name="query", path=None)
    with pytest.raises(UsageError):
        saved.save(one, tmp_path, ".hidden", summary=None, given={})
    saved.save(one, tmp_path, "a", summary=None, given={"n": "5", "d": "2024-01-01", "s": "x y"})
    assert [p.type for p in saved.load_query("a", tmp_path).params] == ["integer", "date", "string"]
    with pytest.raises(RefusedError):
        saved.save(one, tmp_path, "a", summary=None, given={})
    with pytest.raises(MissingError):
        saved.save(one, tmp_path / "none", "a", summary=None, given={})


def test_what_cannot_be_parsed_is_not_explained() -> None:
    with pytest.raises(QueryError):
        query.check("SELECT ?x {")


def test_queries_are_listed_by_family_with_what_may_be_left_out(kg: Run) -> None:
    listed = kg("queries").stdout
    assert listed.startswith("agreements\n  agreement-parties")
    family = listed[listed.index("\nmotivations\n") :].split("\n\n")[0]
    assert "motivations-of" in family
    assert "benefits-of" not in family
    assert "day [actor]" in listed


def test_queries_are_found_by_what_they_speak_of(kg: Run) -> None:
    found = kg("queries", "Footnote").stdout
    assert "motivations-by-footnote" in found
    assert "without-footnote" in found
    assert "agreement-parties" not in found
    missing = kg("queries", "agreement-partys")
    assert (missing.returncode, "agreement-parties" in missing.stderr) == (4, True)


def test_an_empty_answer_points_to_what_the_query_covers(kg: Run) -> None:
    found = kg("query", "motivations-of", "-p", "actor=Japan")
    assert "kg queries motivations-of" in found.stderr


def test_a_graph_that_a_query_names_is_known(kg: Run) -> None:
    done = kg("query", "SELECT ?c { GRAPH graph:curated { ?c a kg:Claim } } LIMIT 1")
    assert done.returncode == 0
    assert "nothing is called" not in done.stderr
    wrong = kg("query", "SELECT ?c { GRAPH graph:curatde { ?c a kg:Claim } }")
    assert "nothing is called graph:curatde" in wrong.stderr
