"""BibTeX and CSL-JSON: read by a BibTeX parser, held against the shape of the CSL schema."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from foreign_store import BRACES, write_store
from hypothesis import given
from hypothesis import strategies as st

from kg import formats
from kg.formats.bibliography import key
from kg.formats.bibtex import escape
from kg.store import Store
from kg.vocab import DCTERMS, ID, RDF

#: The fields of csl-data.json (CSL 1.0.2) that this program writes, with what they hold.
CSL_TEXTS = {
    "id", "citation-key", "title", "container-title", "publisher", "URL", "language", "number",
    "note", "keyword",
}  # fmt: skip
CSL_TYPES = {"webpage", "report", "document", "treaty", "legislation"}
NAME_FIELDS = {"family", "given", "literal"}


@cache
def whole(store: Store, name: str) -> bytes:
    return formats.export(store, name)[0][""]


def items(store: Store, **choice: Any) -> list[dict[str, Any]]:
    content = formats.export(store, "csl", **choice)[0][""] if choice else whole(store, "csl")
    found: list[dict[str, Any]] = json.loads(content)
    return found


def bib(store: Store) -> str:
    return whole(store, "bibtex").decode()


def check_csl(found: list[dict[str, Any]]) -> None:
    """Fail unless every item has the shape that the schema of CSL data gives it."""
    for item in found:
        assert item["type"] in CSL_TYPES
        assert item.keys() <= CSL_TEXTS | {"type", "author", "issued", "accessed"}
        assert {"id", "type", "title"} <= item.keys()
        for field in CSL_TEXTS & item.keys():
            assert isinstance(item[field], str)
            assert item[field]
        for name in item.get("author", ()):
            assert name
            assert name.keys() <= NAME_FIELDS
        for field in {"issued", "accessed"} & item.keys():
            assert item[field].keys() == {"date-parts"}
            (parts,) = item[field]["date-parts"]
            assert 1 <= len(parts) <= 3
            assert all(isinstance(part, int) for part in parts)


def parsed(text: str) -> dict[str, Any]:
    """Return the entries as pybtex reads them: it refuses a repeated key or a loose brace."""
    database = pytest.importorskip(
        "pybtex.database", reason="test dependency pybtex is not installed"
    )
    return dict(database.parse_string(text, "bibtex").entries)


def test_every_source_of_a_claim_is_in_both_bibliographies(shipped: Store) -> None:
    sources = {iri for iri in formats.outgoing(shipped).sources if iri in shipped.sources}
    assert len(sources) > 40
    keys = {key(iri) for iri in sources}
    assert keys <= {item["id"] for item in items(shipped)}
    assert keys <= parsed(bib(shipped)).keys()
    for claim in shipped.claims.values():
        for passage in claim.evidence:
            assert key(shipped.passages[passage].source) in keys


def test_csl_items_have_the_shape_of_the_schema(shipped: Store, tmp_path: Path) -> None:
    check_csl(items(shipped))
    check_csl(items(write_store(tmp_path)))


def test_the_entries_are_read_back_from_bibtex(shipped: Store) -> None:
    entries = parsed(bib(shipped))
    assert len(entries) == len(items(shipped))
    report = entries["dw-20241112"].fields
    assert report["title"] == "{North Korea Ratifies Defense Treaty with Russia – DW – 11/12/2024}"
    assert report["date"] == "2024-11-12"
    assert report["year"] == "2024"
    assert report["month"] == "November"
    assert report["howpublished"] == "Deutsche Welle"
    assert report["url"] == shipped.sources[ID + "source/dw-20241112"].url


def test_persons_are_authors_and_no_name_is_split(shipped: Store) -> None:
    (story,) = [item for item in items(shipped) if item["id"] == "bbc-20240417"]
    assert {name["literal"] for name in story["author"]} >= {"Olga Ivshina", "Becky Dale"}
    people = parsed(bib(shipped))["bbc-20240417"].persons["author"]
    assert len(people) == 3
    assert str(people[0]) == "{Becky Dale}"


def test_a_name_that_the_data_splits_is_split(tmp_path: Path) -> None:
    from pyoxigraph import Literal, NamedNode, Triple

    store = write_store(tmp_path)
    graph = next(graph for graph in store.inputs if graph.value.endswith("/naughty"))
    writer = NamedNode(ID + "actor/writer")
    foaf = "http://xmlns.com/foaf/0.1/"
    store.add_triples(
        [
            Triple(writer, NamedNode(foaf + "familyName"), Literal("O'Neil {and} Sons")),
            Triple(writer, NamedNode(foaf + "givenName"), Literal("A, B")),
        ],
        graph=graph,
    )
    (item,) = [item for item in items(store) if item["id"] == "one"]
    assert item["author"] == [{"family": "O'Neil {and} Sons", "given": "A, B"}]
    assert len(parsed(bib(store))["one"].persons["author"]) == 1


def test_the_day_a_page_was_visited_goes_along(shipped: Store) -> None:
    (page,) = [item for item in items(shipped) if item["id"] == "isw-backgrounder"]
    assert page["accessed"] == {"date-parts": [[2025, 1, 5]]}
    assert parsed(bib(shipped))["isw-backgrounder"].fields["urldate"] == "2025-01-05"


def test_treaties_and_resolutions_are_works_with_dates_that_stand(shipped: Store) -> None:
    works = {item["id"]: item for item in items(shipped)}
    treaty = works["agreement:russia-dprk-treaty-2024"]
    assert treaty["type"] == "treaty"
    assert treaty["issued"] == {"date-parts": [[2024, 6, 19]]}
    assert treaty["note"].startswith("Parties: North Korea, Russia.")
    resolution = works["resolution:unscr-1718"]
    assert resolution["type"] == "legislation"
    assert resolution["number"] == "S/RES/1718(2006)"
    entry = parsed(bib(shipped))["resolution:unscr-1718"].fields
    assert entry["date"] == "2006-10-14"


def test_texts_that_break_bibtex_are_escaped(tmp_path: Path) -> None:
    entries = parsed(bib(write_store(tmp_path)))
    assert {"one", "two", "agreement:pact"} < entries.keys()
    title = entries["one"].fields["title"]
    assert r"100\% \#1 \& \$" in title
    assert r"\_" in title
    assert r"\textbackslash{}" in title
    assert "北" in title
    braces = entries["two"].fields["title"]
    assert braces == "{" + escape(BRACES) + "}"
    assert "{" not in re.sub(r"\\text\w+\{\}", "", escape(BRACES))
    assert entries["one"].fields["url"] == "https://example.org/a%7Bb%7Dc?d=%41&e=#f%5Cg"
    assert "url" not in entries["two"].fields  # a script is no address


def test_a_date_that_does_not_exist_is_left_out(tmp_path: Path) -> None:
    works = {item["id"]: item for item in items(write_store(tmp_path))}
    assert works["one"]["issued"] == {"date-parts": [[2024, 2, 29]]}
    foreign = key("http://example.org/a%20report?x=1&y=%7B")
    assert "issued" not in works[foreign]


def test_keys_are_unique_and_do_not_depend_on_what_else_goes_out(shipped: Store) -> None:
    keys = re.findall(r"^@\w+\{([^,\s]+),$", bib(shipped), re.MULTILINE)
    assert len(keys) == len(set(keys)) == len(items(shipped))
    some = {item["id"] for item in items(shipped, about=[f"{ID}actor/nato"])}
    assert some
    assert some < set(keys)
    assert key("http://a.example/x/report") != key("http://b.example/x/report")


def test_every_claim_is_accounted_for_as_no_work(shipped: Store) -> None:
    for name in ("bibtex", "csl"):
        _, report = formats.export(shipped, name)
        assert report.claims.keys() == shipped.claims.keys()
        assert not report.carried
        assert {found["reason"] for found in report.claims.values()} == {"not a work"}


def test_a_document_that_is_a_treaty_is_cited_as_one(tmp_path: Path) -> None:
    from pyoxigraph import Literal, NamedNode, Triple

    store = write_store(tmp_path)
    graph = next(graph for graph in store.inputs if graph.value.endswith("/naughty"))
    source = NamedNode(ID + "source/one")
    store.add_triples(
        [
            Triple(
                source,
                NamedNode(RDF + "type"),
                NamedNode("https://w3id.org/gambit/ontology#Treaty"),
            ),
            Triple(source, NamedNode(DCTERMS + "alternative"), Literal("x")),
        ],
        graph=graph,
    )
    assert {item["id"]: item["type"] for item in items(store)}["one"] == "treaty"


def test_two_exports_are_the_same_bytes(shipped: Store) -> None:
    for name in ("bibtex", "csl"):
        assert formats.export(shipped, name)[0] == formats.export(Store.open(), name)[0]


@given(st.text(max_size=60))
def test_any_text_is_escaped_with_balanced_braces_and_can_be_read_again(text: str) -> None:
    escaped = escape(text)
    depth = 0
    for char in escaped:
        depth += {"{": 1, "}": -1}.get(char, 0)
        assert depth >= 0
    assert depth == 0
    commands = {
        r"\textbackslash{}": "\\",
        r"\textbraceleft{}": "{",
        r"\textbraceright{}": "}",
        r"\textasciitilde{}": "~",
        r"\textasciicircum{}": "^",
        **{"\\" + char: char for char in "%#&$_"},
    }
    back = re.sub("|".join(map(re.escape, commands)), lambda found: commands[found[0]], escaped)
    assert back == text


def test_data_without_a_claim_makes_empty_bibliographies(tmp_path: Path) -> None:
    path = tmp_path / "none.ttl"
    path.write_text("", "utf-8")
    assert items(Store.open(path)) == []
    assert bib(Store.open(path)) == ""
