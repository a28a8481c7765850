"""The program as a person runs it: answers on stdout, one line and a hint when it cannot."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import EXAMPLE, TOP, Run

from kg.store import Store


def refused(result: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    """One error, one hint, the documented exit code, no traceback."""
    assert result.returncode == code, result.stderr
    assert "Traceback" not in result.stderr
    assert result.stderr.count("error: ") == 1
    assert "hint: " in result.stderr
    for word in words:
        assert word in result.stderr


def test_help_lists_every_verb(kg: Run) -> None:
    text = kg("--help").stdout
    for verb in ("info", "search", "show", "why", "neighbors", "path", "query", "queries",
                 "validate", "verify", "fmt", "view", "export"):  # fmt: skip
        assert f"\n  {verb} " in text
        assert "kg " + verb in kg(verb, "--help").stdout


def test_info_counts_what_is_loaded(kg: Run) -> None:
    found = json.loads(kg("-d", str(EXAMPLE), "info", "--json").stdout)
    assert found["claims"] == 12
    assert found["edges"] == 7
    assert found["claims_by_modality"] == {"asserted": 10, "possible": 1, "reported": 1}


def test_the_coverage_report_accounts_for_every_unit_of_the_article(kg: Run) -> None:
    result = kg("info", "--coverage", "--json")
    assert result.returncode == 0
    (report,) = json.loads(result.stdout)
    assert report["units"] == 129
    assert report["unaccounted"] == 0
    assert report["with_claims"] + report["without_claim_for_a_reason"] == 129
    assert all(unit["claims"] or unit["reason"] for unit in report["report"])


def test_show_groups_by_firmness_and_numbers_its_sources(kg: Run) -> None:
    text = kg("-d", str(EXAMPLE), "show", "March of the guards").stdout
    assert "Stands in the graph" in text
    assert "Possible (1)" in text
    assert "example-06: The march might bring a clash at the border. [" in text
    assert "(could”)" not in text
    assert "“could”" in text
    assert "\nSources\n  [1] " in text


def test_why_explains_an_edge_with_place_and_holder(kg: Run) -> None:
    text = kg("why", "event:deployment-2024", "kg:recipient", "Russia").stdout
    assert "Nabib Bin Zahid" in text
    assert "Introduction, paragraph 1, sentence 1" in text
    assert "yes: it stands as an edge" in text


def test_why_says_why_a_hedged_claim_is_no_edge(kg: Run) -> None:
    text = kg("-d", str(EXAMPLE), "why", "example-06").stdout
    assert "no: its kind is forecast, not fact; its modality is possible, not asserted" in text


def test_a_denial_is_shown_beside_what_it_denies_without_any_link(kg: Run, tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    start = text.index("claim:example-05 a ")
    denial = text[start : text.index(" .\n", start) + 3].replace("example-05", "denial")
    path = tmp_path / "denied.ttl"
    path.write_text(text + denial.replace("kg:affirmative", "kg:negated"), encoding="utf-8")
    data = ("-d", str(path))
    chains = json.loads(
        kg(*data, "why", "agreement:amity-pact", "kg:hasParty", "Borland", "--json").stdout
    )
    assert [(c["id"], c["status"], c["in_graph"], c["links"]) for c in chains] == [
        ("claim:example-05", "contested", True, {"denied by": ["claim:denial"]}),
        ("claim:denial", "contested", False, {"denies": ["claim:example-05"]}),
    ]
    shown = kg(*data, "show", "agreement:amity-pact").stdout
    assert "disputed by denial" in shown
    assert "disputed by example-05" in shown
    assert json.loads(kg(*data, "info", "--json").stdout)["claims_in_dispute"] == 4
    rows = kg(*data, "query", "conflicting-values", "--format", "csv").stdout
    assert rows.count("/claim/denial") == 2  # for the denial, and against it


def test_why_prints_the_passage_from_a_local_copy(kg: Run) -> None:
    copies = str(EXAMPLE.parent / "sources")
    text = kg("-d", str(EXAMPLE), "why", "example-06", "--sources", copies).stdout
    assert "“The march could lead to a clash at the border.”" in text


def test_verify_finds_the_passages_of_the_example(kg: Run) -> None:
    result = kg("-d", str(EXAMPLE), "verify", "--sources", str(EXAMPLE.parent / "sources"))
    assert result.returncode == 0, result.stderr
    assert "6 of 6 passages found" in result.stdout


def test_verify_says_no_when_the_copy_was_changed(kg: Run, tmp_path: Path) -> None:
    text = (EXAMPLE.parent / "sources" / "daily-1.txt").read_text(encoding="utf-8")
    (tmp_path / "copy.txt").write_text(
        text.replace("two hundred", "three hundred"), encoding="utf-8"
    )
    result = kg("-d", str(EXAMPLE), "verify", "--sources", str(tmp_path))
    refused(result, 1, "1 passages were not found")
    assert "Body, paragraph 1, sentence 1" in result.stdout


@pytest.mark.shared
def test_every_passage_of_the_article_is_found_in_its_copy(kg: Run, shared_sources: Path) -> None:
    result = kg("verify", "--sources", str(shared_sources), "--json")
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    (article,) = (s for s in found["sources"] if s["source"] == "source:bipss-gambit")
    assert article["found"] == article["passages"] == 129
    assert all(texts == [] for texts in found["uncovered"].values())


def test_the_chain_to_the_multi_theatre_confrontation_can_be_walked(kg: Run) -> None:
    arguments = ("path", "event:deployment-2024", "condition:multi-theatre-confrontation")
    hedged = json.loads(kg(*arguments, "--include-hedged", "--directed", "--json").stdout)
    assert hedged
    assert all(step["claims"] for step in hedged[0]["hops"])
    assert {p["modality"] for p in hedged} == {"possible"}
    refused(kg(*arguments, "--directed"), 1, "--include-hedged")


def test_a_query_cites_its_sources(kg: Run) -> None:
    text = kg("-d", str(EXAMPLE), "query", "motivations-of", "-p", "actor=Arland", "--cite").stdout
    assert "[1] Ada Author" in text


def test_a_query_may_come_from_stdin_or_a_file(kg: Run, tmp_path: Path) -> None:
    path = tmp_path / "mine.rq"
    path.write_text("SELECT (COUNT(*) AS ?n) WHERE { ?c a kg:Claim }", encoding="utf-8")
    assert kg("-d", str(EXAMPLE), "query", str(path), "-f", "csv").stdout == "n\r\n12\r\n" or (
        "12" in kg("-d", str(EXAMPLE), "query", str(path), "-f", "csv").stdout
    )
    piped = subprocess.run(
        [sys.executable, str(TOP / "cli.py"), "-d", str(EXAMPLE), "query", "-", "-f", "csv"],
        input=path.read_bytes(),
        capture_output=True,
        check=True,
    )
    assert b"12" in piped.stdout


def test_an_empty_answer_hints_at_the_likely_cause(kg: Run) -> None:
    result = kg("-d", str(EXAMPLE), "query", "SELECT ?x WHERE { ?x kg:leadsTo ?y }")
    assert result.returncode == 0
    assert "Hedged claims are not edges" in result.stderr


def test_fmt_puts_a_file_in_order_and_then_leaves_it(kg: Run, tmp_path: Path) -> None:
    target = tmp_path / "data.ttl"
    blocks = EXAMPLE.read_text(encoding="utf-8").split("\n\n")
    target.write_text("\n\n".join([blocks[0], *reversed(blocks[1:])]), encoding="utf-8")
    refused(kg("fmt", str(target), "--check"), 1, "canonical")
    assert kg("fmt", str(target)).returncode == 0
    assert target.read_bytes() == EXAMPLE.read_bytes()
    assert "is in order" in kg("fmt", str(target)).stderr


def test_fmt_edges_adds_what_claims_back_and_removes_what_none_does(
    kg: Run, tmp_path: Path
) -> None:
    target = tmp_path / "data.ttl"
    text = EXAMPLE.read_text(encoding="utf-8")
    text = text.replace("    kg:partnerOf actor:borland .", "    kg:rivalOf actor:borland .")
    target.write_text(text, encoding="utf-8")
    assert "1 edges added, 1 removed" in kg("fmt", str(target), "--edges").stderr
    assert target.read_bytes() == EXAMPLE.read_bytes()


def test_fmt_says_how_many_comments_it_dropped(kg: Run, tmp_path: Path) -> None:
    target = tmp_path / "data.ttl"
    target.write_text(EXAMPLE.read_text(encoding="utf-8") + "# a remark\n", encoding="utf-8")
    assert "1 comment lines were dropped" in kg("fmt", str(target)).stderr


# ---------------------------------------------------------------- bad input


def test_broken_turtle_names_file_line_and_column(kg: Run, tmp_path: Path) -> None:
    path = tmp_path / "broken.ttl"
    path.write_bytes(EXAMPLE.read_bytes() + b"\nactor:x kg:statement ; .\n")
    lines = EXAMPLE.read_bytes().count(b"\n") + 2
    for verb in ("info", "validate"):
        refused(kg("-d", str(path), verb), 3, f"{path}:{lines}:")


def test_a_day_that_does_not_exist_is_kept_without_a_word_on_stderr(
    kg: Run, tmp_path: Path
) -> None:
    path = tmp_path / "date.ttl"
    text = EXAMPLE.read_text(encoding="utf-8").replace("2020-06-01", "2024-13-45")
    path.write_text(text, encoding="utf-8")
    for verb in (("fmt", str(path)), ("-d", str(path), "export", "jsonld", "--to", "-")):
        result = kg(*verb)
        assert result.returncode == 0
        assert "Traceback" not in result.stderr
        assert "Failed" not in result.stderr
    assert path.read_text(encoding="utf-8") == text
    assert kg("-d", str(path), "export", "turtle").stdout == text
    assert "no such day" in kg("validate", str(path)).stdout


def test_an_integer_longer_than_python_reads_is_refused_with_its_line(
    kg: Run, tmp_path: Path
) -> None:
    path = tmp_path / "long.ttl"
    start = EXAMPLE.read_text(encoding="utf-8")
    path.write_text(start + f"actor:arland skos:note {'9' * 4301} .\n", encoding="utf-8")
    place = f"{path}:{start.count(chr(10)) + 1}: "
    for verb in (("fmt", str(path)), ("validate", str(path)), ("-d", str(path), "export", "trig")):
        refused(kg(*verb), 3, place, "4,300 digits")


def test_a_long_integer_in_quotes_stays_as_it_is(kg: Run, tmp_path: Path) -> None:
    path = tmp_path / "long.ttl"
    long = f'"{"9" * 4301}"^^xsd:integer'
    text = EXAMPLE.read_text(encoding="utf-8") + f"actor:arland skos:note {long} .\n"
    path.write_text(text.replace("kg:confidence 50", f"kg:confidence {long}", 1), encoding="utf-8")
    assert kg("fmt", str(path)).returncode == 0
    assert path.read_text(encoding="utf-8").count(long) == 2
    assert kg("fmt", str(path), "--check").returncode == 0
    assert kg("-d", str(path), "info").returncode == 0
    result = kg("validate", str(path))
    assert result.returncode == 1
    assert "[claim-confidence]" in result.stdout


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xef\xbb\xbf@prefix a: <http://a/> .\n", "byte order mark"),
        ("@prefix a: <http://a/> .\n".encode("utf-16"), "byte order mark"),
        (b'@prefix a: <http://a/> .\na:b a:c "caf\xe9" .\n', ":2:13: is not UTF-8"),
    ],
)
def test_a_wrong_encoding_is_named(kg: Run, tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "wrong.ttl"
    path.write_bytes(content)
    refused(kg("-d", str(path), "info"), 3, words)


def test_a_folder_for_a_file(kg: Run, tmp_path: Path) -> None:
    refused(kg("-d", str(tmp_path), "info"), 3, "is a folder")


def test_a_file_that_is_not_there(kg: Run) -> None:
    refused(kg("-d", "nowhere.ttl", "info"), 4, "no such file")


def test_an_output_that_cannot_be_written(kg: Run, tmp_path: Path) -> None:
    data = ("-d", str(EXAMPLE))
    refused(kg(*data, "view", "--to", str(tmp_path / "no" / "graph.html")), 4, "no such folder")
    refused(kg(*data, "view", "--to", str(tmp_path)), 4, "is a folder")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk(kg: Run) -> None:
    refused(kg("-d", str(EXAMPLE), "export", "turtle", "--to", "/dev/full"), 4, "No space")


def test_an_unknown_entity_and_an_unknown_verb(kg: Run) -> None:
    refused(kg("-d", str(EXAMPLE), "show", "Arlund"), 1, "did you mean Arland")
    refused(kg("sho", "Arland"), 2, "did you mean kg show?")
    refused(kg("show"), 2)


def test_an_ambiguous_name_lists_the_candidates(kg: Run) -> None:
    result = kg("-d", str(EXAMPLE), "show", "Republic of Arland")
    refused(result, 1, "actor:arland", "actor:corvia")


def test_an_empty_graph(kg: Run, tmp_path: Path) -> None:
    path = tmp_path / "empty.ttl"
    path.write_bytes(b"")
    data = ("-d", str(path))
    assert json.loads(kg(*data, "info", "--json").stdout)["claims"] == 0
    assert kg(*data, "view", "--to", str(tmp_path / "empty.html")).returncode == 0
    assert kg(*data, "export", "graphml").returncode == 0
    refused(kg(*data, "show", "Arland"), 1)
    refused(kg(*data, "search", "Arland"), 1)


def test_a_claim_that_cannot_be_read_is_named(kg: Run, tmp_path: Path) -> None:
    path = tmp_path / "mutated.ttl"
    text = EXAMPLE.read_text(encoding="utf-8").replace("    kg:modality kg:possible ;\n", "")
    path.write_text(text, encoding="utf-8")
    refused(kg("-d", str(path), "show", "Arland"), 3, "claim:example-06 has no modality")
    result = kg("-d", str(path), "validate")
    refused(result, 1)
    assert "claim:example-06 kg:modality" in result.stdout


@pytest.mark.parametrize(
    ("old", "new", "focus"),
    [
        ("rdf:object actor:borland ;\n    prov:wasAttributedTo actor:daily-example ;\n    kg:claimKind kg:assessment",
         'rdf:object "Borland" ;\n    prov:wasAttributedTo actor:daily-example ;\n    kg:claimKind kg:assessment',
         "claim:example-11"),
        ("    kg:evidence passage:daily-1-p1-s3 ;\n", "", "claim:example-06"),
        ("\n# -------------------- claim", "\nactor:corvia kg:partnerOf actor:borland .\n\n# -------------------- claim",
         "actor:corvia"),
    ],
)  # fmt: skip
def test_faulty_data_still_opens_and_validation_names_the_node(
    kg: Run, tmp_path: Path, old: str, new: str, focus: str
) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "mutated.ttl"
    path.write_text(text.replace(old, new), encoding="utf-8")
    result = kg("-d", str(path), "validate")
    assert result.returncode == 1
    assert f" {focus} " in result.stdout
    page = kg("-d", str(path), "view", "--to", str(tmp_path / "page.html"))
    assert page.returncode == 0, page.stderr
    assert "Traceback" not in page.stderr


def test_an_edge_without_a_claim_is_never_projected(kg: Run, tmp_path: Path) -> None:
    path = tmp_path / "mutated.ttl"
    text = EXAMPLE.read_text(encoding="utf-8") + "\nactor:corvia kg:partnerOf actor:borland .\n"
    path.write_text(text, encoding="utf-8")
    graphml = kg("-d", str(path), "export", "graphml").stdout
    assert 'source="actor:corvia"' not in graphml
    refused(kg("-d", str(path), "neighbors", "Corvia"), 1)


@pytest.mark.slow
def test_a_200_mb_file_is_refused_before_it_is_read(kg: Run, tmp_path: Path) -> None:
    path = tmp_path / "large.ttl"
    with path.open("wb") as stream:
        stream.truncate(200_000_000)
    refused(kg("-d", str(path), "info"), 3, "200 MB is more than the 128 MB allowed")


def test_ctrl_c_in_the_middle_of_a_compile(kg: Run, tmp_path: Path) -> None:
    large = tmp_path / "large.ttl"
    with large.open("w", encoding="utf-8") as stream:
        stream.write(EXAMPLE.read_text(encoding="utf-8"))
        for n in range(250_000):
            stream.write(f'actor:x{n} kg:editorNote "note {n}"@en .\n')
    cache = tmp_path / "cache"
    process = subprocess.Popen(
        [sys.executable, str(TOP / "cli.py"), "-d", str(large), "info"],
        env={**os.environ, "KG_CACHE": str(cache)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while process.poll() is None and not list(cache.glob("compiled/building-*")):
        assert time.monotonic() < deadline
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 130, errors
    assert b"interrupted" in errors
    assert b"Traceback" not in errors
    assert [p.name for p in cache.glob("compiled/building-*")] == []
    assert len(Store.open(EXAMPLE).claims) == 12


def test_two_commands_at_once_agree(tmp_path: Path) -> None:
    command = [sys.executable, str(TOP / "cli.py"), "info", "--json"]
    environment = {**os.environ, "KG_CACHE": str(tmp_path)}
    running = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) for _ in range(3)]
    answers = {process.communicate(timeout=120)[0] for process in running}
    assert len(answers) == 1
    assert all(process.returncode == 0 for process in running)


def test_a_reader_that_goes_away_is_no_failure(tmp_path: Path) -> None:
    command = f"{sys.executable} {TOP / 'cli.py'} show DPRK --all | head -1"
    result = subprocess.run(command, shell=True, capture_output=True, cwd=tmp_path, check=False)
    assert result.stdout.startswith(b"North Korea")
    assert b"Traceback" not in result.stderr
    assert b"Exception" not in result.stderr


def test_labels_of_strangers_cannot_move_the_cursor(kg: Run, tmp_path: Path) -> None:
    path = tmp_path / "hostile.ttl"
    text = EXAMPLE.read_text(encoding="utf-8").replace(
        '"Arland"@en', '"Ar\\u001b[2J\\u202Eland"@en'
    )
    path.write_text(text, encoding="utf-8")
    for arguments in (("show", "actor:arland"), ("search", "land"), ("neighbors", "actor:borland")):
        output = kg("-d", str(path), *arguments).stdout
        assert "\x1b" not in output
        assert "\u202e" not in output


def test_nothing_depends_on_the_hash_seed(kg: Run, tmp_path: Path) -> None:
    for arguments in (("view", "--to", "-"), ("export", "jsonld"), ("export", "graphml"),
                      ("export", "trig"), ("show", "DPRK", "--all"), ("validate", "--json")):  # fmt: skip
        one = kg(*arguments, PYTHONHASHSEED="1").stdout
        assert one
        assert one == kg(*arguments, PYTHONHASHSEED="2").stdout, arguments
