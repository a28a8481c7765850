"""Content negotiation by the rules of RFC 9110."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.web import forms
from kg.web.negotiation import Offer, accepted, accepts_gzip, choose, preferred
from kg.web.problems import HttpError

JSON = Offer("json", ("application/sparql-results+json", "application/json"), ("srj",))
CSV = Offer("csv", ("text/csv",))
HTML = Offer("html", ("text/html",))
OFFERS = (JSON, CSV, HTML)


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("", "json"),
        ("*/*", "json"),
        ("*", "json"),
        ("text/*", "csv"),
        ("text/csv;q=0.5, text/html", "html"),
        ("text/csv, text/html", "csv"),
        ("text/*;q=0.9, text/csv;q=0.1", "html"),
        ("*/*, application/json;q=0.1, application/sparql-results+json;q=0", "csv"),
        ("TEXT/HTML", "html"),
        ("text/html;level=1;q=1", "html"),
        ("text/csv;q=nonsense, text/html;q=0.1", "html"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "html"),
        ("image/png", None),
        ("text/csv;q=0", None),
        ("garbage", "json"),
    ],
)
def test_the_offer_that_is_liked_best_is_given(field: str, name: str | None) -> None:
    found = preferred(field, OFFERS)
    assert (found.name if found else None) == name


def test_the_answer_has_the_media_type_that_was_asked_for() -> None:
    found = preferred("application/json", OFFERS)
    assert found is not None
    assert found.media_type == "application/json"


@pytest.mark.parametrize("override", ["csv", "text/csv", " CSV "])
def test_a_name_or_a_media_type_overrides_the_field(override: str) -> None:
    assert choose("text/html", override, OFFERS).name == "csv"
    assert choose("image/png", "srj", OFFERS).name == "json"


def test_what_there_is_not_is_refused_with_what_there_is() -> None:
    with pytest.raises(HttpError) as caught:
        choose("*/*", "yaml", OFFERS)
    assert caught.value.status == 406
    assert [one["format"] for one in caught.value.more["available"]] == ["json", "csv", "html"]


@given(st.text(max_size=200))
def test_no_field_breaks_it(field: str) -> None:
    assert all(0 <= one.quality <= 1 for one in accepted(field))
    preferred(field, OFFERS)
    accepts_gzip(field)


@pytest.mark.parametrize(
    ("field", "taken"),
    [("", False), ("gzip", True), ("br, gzip;q=0.1", True), ("gzip;q=0", False), ("*", True),
     ("*;q=0", False), ("gzip;q=0, *", False), ("identity", False), ("x-gzip", True)],
)  # fmt: skip
def test_compression_is_for_those_who_take_it(field: str, taken: bool) -> None:
    assert accepts_gzip(field) is taken


def test_a_form_may_be_named_in_several_ways_but_is_one() -> None:
    assert forms.named([]) is None
    assert forms.named(["csv"]) == "csv"
    assert forms.named(["tsv", "text/tab-separated-values"]) == "tsv"
    assert forms.named(["xml", "application/rdf+xml"]) == "application/rdf+xml"
    assert forms.named(["nonsense", "text/csv"]) == "text/csv"
    with pytest.raises(HttpError, match="each time another"):
        forms.named(["csv", "json"])
