"""Coded events as leads: each layout, what is said of a row, what is skipped and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from kg import importing
from kg.claims import Modality
from kg.errors import KgError, RefusedError, UnreadableError, UsageError
from kg.importing import Imported
from kg.importing.events.event_tables import GDELT_HEADERS
from kg.store import Store
from kg.validation import validate
from kg.vocab import ID, KG, compress
from kg.workspace import Workspace

ICEWS_HEADER = (
    "Event ID\tEvent Date\tSource Name\tSource Sectors\tSource Country\tEvent Text\tCAMEO Code\t"
    "Intensity\tTarget Name\tTarget Sectors\tTarget Country\tStory ID\tSentence Number\tPublisher\t"
    "City\tDistrict\tProvince\tCountry\tLatitude\tLongitude"
)
ICEWS_ROWS = (
    "71\t2014-05-13\tKim Something\tExecutive\tNorth Korea\tMake statement\t010\t0.0\tJapan\t\tJapan\t"
    "9001\t2\tThe Paper\tPyongyang\t\t\tNorth Korea\t39.0\t125.7",
    "72\t2014-05-14\tNorth Korea\t\tNorth Korea\tUse conventional military force\t190\t-10.0\t"
    "South Korea\t\tSouth Korea\t9002\t1\tThe Wire\t\t\t\tSouth Korea\t\t",
    "73\t2014-05-15\tJapan\t\tJapan\tConsult\t040\t1.0\t\t\t\t9003\t1\tThe Wire\t\t\t\tJapan\t\t",
    "74\t\tJapan\t\tJapan\tConsult\t040\t1.0\tChina\t\tChina\t9003\t1\tThe Wire\t\t\t\tJapan\t\t",
    "75\t2014-02-30\tJapan\t\tJapan\tConsult\t040\t1.0\tChina\t\tChina\t9\t1\tThe Wire\t\t\t\tJapan\t\t",
    "76\t2014-05-15\tJapan\t\tJapan\tMake statement\t10x\t0\tChina\t\tChina\t9\t1\tThe Wire\t\t\t\tJapan\t\t",
    "77\t2014-05-15\tJapan\t\tJapan\tCons",
)


def gdelt(width: int, **said: str) -> str:
    names = GDELT_HEADERS[width]
    assert not said.keys() - set(names)
    return "\t".join(said.get(name, "") for name in names)


GDELT_ROW: Mapping[str, str] = {
    "GLOBALEVENTID": "410001",
    "SQLDATE": "20150218",
    "Actor1Code": "RUSGOV",
    "Actor1Name": "MOSCOW",
    "Actor1CountryCode": "RUS",
    "Actor2Code": "PRK",
    "Actor2Name": "NORTH KOREA",
    "Actor2CountryCode": "PRK",
    "EventCode": "057",
    "QuadClass": "1",
    "GoldsteinScale": "8.0",
    "NumMentions": "12",
    "NumSources": "3",
    "ActionGeo_FullName": "Pyongyang, P'yongyang-si, North Korea",
    "ActionGeo_CountryCode": "KN",
}

Read = Callable[..., tuple[Imported, Store]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Write files, import them into a workspace of their own, and open its store."""

    def done(*contents: str | tuple[str, str], **options: str) -> tuple[Imported, Store]:
        paths = []
        for number, content in enumerate(contents):
            name, text = content if isinstance(content, tuple) else (f"e{number}.tab", content)
            paths.append(tmp_path / name)
            paths[-1].write_text(text, "utf-8")
        overrides = {"credibility": 1} if options.pop("firm", "") else {}
        place = tmp_path / "ws"
        number = len(list(tmp_path.glob("ws*")))
        workspace = Workspace.create(place.with_name(f"ws{number}"), shipped=False)
        given = {name.replace("_", "-"): value for name, value in options.items()}
        made = importing.run(workspace, "events", paths, overrides=overrides, options=given)
        return made, workspace.open()

    return done


def icews(*rows: str) -> str:
    return "\n".join([ICEWS_HEADER, *(rows or ICEWS_ROWS)]) + "\n"


def rows(store: Store) -> list[tuple[str, str, str, str]]:
    """The events of a store: who, to whom, when, and the CAMEO code."""
    return sorted(
        (
            compress(c.subject),
            compress(str(c.object)),
            c.valid_from,
            ",".join(t.value for t in store.objects(c.iri, KG + "cameoCode")),
        )
        for c in store.claims.values()
        if c.predicate == KG + "codedEvent"
    )


def said(store: Store, term: str) -> list[str]:
    return sorted(
        v.value
        for c in store.claims.values()
        if c.predicate == KG + "codedEvent"
        for v in store.objects(c.iri, KG + term)
    )


def test_each_icews_row_is_one_machine_coded_lead_with_its_code_as_text(read: Read) -> None:
    made, store = read(icews())
    assert rows(store) == [
        (
            "coded:Kim%20Something",
            "coded:Japan",
            "2014-05-13",
            "010",
        ),
        ("coded:North%20Korea", "coded:South%20Korea", "2014-05-14", "190"),
    ]
    assert said(store, "machineCoded") == ["true", "true"]
    assert said(store, "goldsteinValue") == ["-10", "0"]
    assert said(store, "storyPublisher") == ["The Paper", "The Wire"]
    assert said(store, "storyKey") == ["9001", "9002"]
    assert made.report.read == 6


def test_rows_without_target_date_or_code_are_counted_by_reason(read: Read) -> None:
    made, _ = read(icews())
    assert dict(made.report.skipped) == {
        "a row without a target actor": 1,
        "a row without a date": 1,
        "a row whose date is none": 1,
        "an event code that CAMEO has not (a spreadsheet may have taken its zero)": 1,
        "a row with fewer or more cells than columns": 1,
    }


def test_a_lead_is_no_edge_however_credible_somebody_holds_the_set(read: Read) -> None:
    made, store = read(icews(), firm="1")
    assert not store.edges
    assert "edges" not in made.report.kept
    events = [c for c in store.claims.values() if c.predicate == KG + "codedEvent"]
    assert {(c.modality, c.credibility, c.confidence) for c in events} == {
        (Modality.REPORTED, 6, None)
    }
    assert made.report.noted["leads stay at credibility 6, whatever the set is given"] == 1


def test_each_lead_leads_to_the_row_it_stands_in(read: Read) -> None:
    _, store = read(icews())
    (claim,) = (c for c in store.claims.values() if c.valid_from == "2014-05-13")
    passage = store.passages[claim.evidence[0]]
    assert passage.locator == "event 71, story 9001, sentence 2"
    assert [v.value for v in store.objects(passage.iri, KG + "recordKey")] == ["71"]


def test_an_actor_is_filed_under_its_country_in_a_claim(read: Read) -> None:
    _, store = read(icews())
    (claim,) = (c for c in store.claims.values() if c.predicate == KG + "codedCountry")
    assert (store.label(claim.subject), store.label(str(claim.object))) == (
        "Kim Something",
        "North Korea",
    )


def test_the_imported_graph_keeps_every_rule_of_the_house(read: Read, tmp_path: Path) -> None:
    made, _ = read(icews())
    assert made.change is not None
    report = validate(tmp_path / "ws0" / "graphs" / "icews.ttl")
    faults = {f.rule for f in report.findings if f.severity == "violation"}
    assert faults <= {"canonical-form"}  # imports have an order of their own: a node a line


@pytest.mark.parametrize("width", sorted(GDELT_HEADERS))
def test_gdelt_exports_are_known_by_their_number_of_columns(read: Read, width: int) -> None:
    more = {"SOURCEURL": "http://example.org/a?b=1"} if width > 57 else {}
    made, store = read(gdelt(width, **GDELT_ROW, **more) + "\n")
    assert made.dataset.name == "gdelt"
    assert rows(store) == [("coded:cameo-RUSGOV", "coded:cameo-PRK", "2015-02-18", "057")]
    assert said(store, "mentionCount") == ["12"]
    assert said(store, "reportingSourceCount") == ["3"]
    assert said(store, "quadClass") == ["1"]


def test_codes_of_actors_and_of_places_keep_their_schemes(read: Read) -> None:
    _, store = read(gdelt(58, **GDELT_ROW) + "\n")
    found = {
        (c.identity_scheme, getattr(c.object, "value", "")): compress(c.subject)
        for c in store.claims.values()
        if c.identity_scheme
    }
    assert found == {
        ("cameo", "RUSGOV"): "coded:cameo-RUSGOV",
        ("cameo", "RUS"): "coded:cameo-RUS",
        ("cameo", "PRK"): "coded:cameo-PRK",
        ("fips10-4", "KN"): "coded:fips10-4-KN",
    }


def test_names_that_a_report_used_only_help_to_find_an_actor(read: Read) -> None:
    _, store = read(gdelt(58, **GDELT_ROW) + "\n")
    assert store.label(f"{ID}coded/cameo-RUSGOV") == "RUSGOV (CAMEO actor code)"
    hidden = store.objects(
        f"{ID}coded/cameo-RUSGOV", "http://www.w3.org/2004/02/skos/core#hiddenLabel"
    )
    assert [v.value for v in hidden] == ["MOSCOW"]


def test_polecat_rows_keep_type_mode_and_contexts(read: Read) -> None:
    header = (
        "Event ID\tEvent Date\tEvent Type\tEvent Mode\tIntensity\tQuad Code\tContexts\tActor Name\t"
        "Actor Country\tActor COW\tRecipient Name\tRecipient Country\tRecipient COW\tSource"
    )
    row = (
        "p1\t2023-09-13\tCONSULT\tvisit\t2.0\tVERBAL COOPERATION\tmilitary;diplomatic\tA Minister\t"
        "Russia\t365\tNorth Korea\tNorth Korea\t731\tA Wire"
    )
    _, store = read(
        f"{header}\n{row}\np2\t2023-09-13\tAID\tNone\tNone\t\t\tRussia\tRussia\t365\tNone\t\t\t\n"
    )
    assert len(rows(store)) == 1
    assert said(store, "ploverType") == ["CONSULT"]
    assert said(store, "ploverMode") == ["visit"]
    assert said(store, "ploverContext") == ["diplomatic", "military"]
    cow = {
        c.subject: (c.valid_from, c.valid_to)
        for c in store.claims.values()
        if c.identity_scheme == "cow-number"
    }
    # 365 was the Soviet Union's until 1991; in 2023 it is Russia's.
    assert [d for s, d in cow.items() if "365" in s] == [("1991-12-26", "")]


def test_quadruples_of_names_need_no_scheme(read: Read) -> None:
    made, store = read(
        "North_Korea\tMake_statement\tJapan\t2014-05-13\nJapan\tConsult\tChina\t20140514\n"
    )
    assert [r[2] for r in rows(store)] == ["2014-05-14", "2014-05-13"]
    assert store.label(f"{ID}coded/North%20Korea") == "North Korea"
    assert said(store, "eventName") == ["Consult", "Make statement"]
    assert not made.report.skipped


def test_a_bare_code_is_refused_until_its_scheme_is_named(read: Read) -> None:
    table = "PRK\t010\tRUS\t2014-05-13\n"
    with pytest.raises(RefusedError) as refused:
        read(table)
    assert (
        "a number for an event" in f"{refused.value.hint}" or "bare code" in f"{refused.value.hint}"
    )
    _, store = read(table, actor_scheme="cameo", event_scheme="cameo")
    assert rows(store) == [("coded:cameo-PRK", "coded:cameo-RUS", "2014-05-13", "010")]
    _, store = read(table, actor_scheme="iso3166-1-alpha3", event_scheme="cameo")
    assert rows(store) == [("country:PRK", "country:RUS", "2014-05-13", "010")]


def test_a_code_that_changed_hands_goes_by_the_day_of_the_event(read: Read) -> None:
    _, store = read(
        "365\t057\t731\t1961-07-06\n365\t057\t731\t2024-06-19\n",
        actor_scheme="cow-number",
        event_scheme="cameo",
    )
    assert [r[0] for r in rows(store)] == ["cow:365-from-1991-12-26", "cow:365-until-1991-12-25"]


def test_numbers_stand_for_what_the_dictionaries_say(read: Read) -> None:
    made, store = read(
        ("train.txt", "0\t1\t1\t0\t0\n1\t0\t0\t365\t0\n1\t0\t9\t365\t0\n"),
        ("entity2id.txt", "2\nNorth Korea\t0\nJapan\t1\n"),
        ("relation2id.txt", "Consult\t0\nMake statement\t1\n"),
        ("stat.txt", "2 2\n"),
        start="2014-01-01",
        step="24h",
    )
    assert [r[2] for r in rows(store)] == ["2015-01-01", "2014-01-01"]
    assert said(store, "eventName") == ["Consult", "Make statement"]
    assert made.report.skipped["a number that the dictionary of entities lacks"] == 1


def test_steps_without_their_start_are_asked_for(read: Read) -> None:
    with pytest.raises(UsageError, match="time 24 is a step") as refused:
        read("North Korea\tConsult\tJapan\t24\n")
    assert "start=2014-01-01" in f"{refused.value.hint}"


def test_the_order_of_files_and_repeats_change_nothing(read: Read, tmp_path: Path) -> None:
    first, second = icews(*ICEWS_ROWS[:1]), icews(*ICEWS_ROWS[1:2])
    read(("a.tab", first), ("b.tab", second))
    read(("a.tab", second), ("b.tab", first))
    one, other = (tmp_path / ws / "graphs" / "icews.ttl" for ws in ("ws0", "ws1"))

    def without_digests(path: Path) -> list[str]:
        return [
            line for line in path.read_text("utf-8").splitlines() if "kg:fileDigest" not in line
        ]

    assert without_digests(one) == without_digests(other)
    assert len(without_digests(one)) > 40


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        ("just words\n", RefusedError, "no event table known"),
        ("", RefusedError, "no event table known"),
        ("PK\x03\x04 packed", UnreadableError, "packed"),
        (ICEWS_HEADER + "\n", RefusedError, "nothing in it could be read"),
    ],
)
def test_what_is_no_event_table_is_refused_in_one_line(
    read: Read, content: str, error: type[KgError], words: str
) -> None:
    with pytest.raises(error, match=words):
        read(content)


def test_another_encoding_is_named_with_the_byte_and_can_be_given(tmp_path: Path) -> None:
    path = tmp_path / "e.tab"
    path.write_bytes(icews(ICEWS_ROWS[0].replace("Kim Something", "Peña")).encode("cp1252"))
    with pytest.raises(UnreadableError, match="byte 0xf1 at offset"):
        importing.run(None, "events", [path])
    done = importing.run(None, "events", [path], options={"encoding": "windows-1252"})
    assert done.report.kept["claims"] == 2


@pytest.mark.parametrize(
    "options",
    [
        {"actor-scheme": "fifa"},
        {"layout": "gdelt3"},
        {"step": "24h"},
        {"start": "2014"},
        {"x": "y"},
    ],
)
def test_an_option_that_makes_no_sense_is_a_usage_error(
    tmp_path: Path, options: Mapping[str, str]
) -> None:
    path = tmp_path / "q.txt"
    path.write_text("North Korea\tConsult\tJapan\t2014-05-13\n", "utf-8")
    with pytest.raises(UsageError):
        importing.run(None, "events", [path], options=options)
