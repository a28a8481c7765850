from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from conftest import TOP, Run
from pyoxigraph import NamedNode

from kg import files, workspace
from kg.errors import MissingError, QueryError, RefusedError, UsageError
from kg.store import CURATED_GRAPH
from kg.vocab import ID, KG, expand
from kg.workspace import OWN_GRAPH, Workspace

NEW = """
source:mine a kg:SourceDocument ; dcterms:title "My note" ;
  dcterms:issued "2026-01-01"^^xsd:date .
passage:mine-1 a kg:Passage ; oa:hasSource source:mine ; kg:locator "line 1" .
claim:mine-1 a kg:Claim ; rdf:subject actor:dprk ; rdf:predicate kg:partnerOf ;
  rdf:object actor:china ; kg:claimKind kg:fact ; kg:modality kg:asserted ;
  kg:polarity kg:affirmative ; kg:rank kg:normal ; prov:wasAttributedTo actor:gambit-editors ;
  kg:evidence passage:mine-1 ; kg:statement "The two were partners."@en ; kg:credibility 3 ; kg:confidence 50 ."""
INSERT = "INSERT DATA {" + NEW + "}"
EDGE = (f"{ID}actor/china", KG + "partnerOf", f"{ID}actor/dprk")


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "ws")


@pytest.fixture
def empty(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "ws", shipped=False)


def state(place: Workspace) -> dict[str, bytes]:
    """Every file but the lock and the marks of time."""
    return {
        str(path.relative_to(place.folder)): path.read_bytes()
        for path in sorted(place.folder.rglob("*"))
        if path.is_file() and path.name != "lock"
    }


def test_a_new_workspace_holds_the_shipped_graph_where_it_is(place: Workspace) -> None:
    assert place.graphs() == {CURATED_GRAPH: files.triples_path()}
    assert len(place.open().claims) > 400


def test_an_empty_workspace_is_empty(empty: Workspace) -> None:
    assert empty.graphs() == {}
    assert empty.open().claims == {}


def test_what_is_a_workspace_is_not_made_again(place: Workspace) -> None:
    before = state(place)
    with pytest.raises(RefusedError, match="already"):
        Workspace.create(place.folder)
    assert state(place) == before


def test_a_workspace_is_found_from_below(place: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place.folder / "graphs")
    assert files.workspace_folder() == place.folder
    monkeypatch.chdir(place.folder.parent)
    assert files.workspace_folder() is None


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"format": 2, "graphs": {}}',
        '{"format": 1, "graphs": {"x:a": {"file": "../../etc/passwd"}}}',
        '{"format": 1, "graphs": {"x:a": {"file": "/etc/passwd"}}}',
        '{"format": 1, "graphs": {"x:a": {"file": "graphs/../../x.ttl"}}}',
        '{"format": 1, "graphs": {"x:a": "graphs/x.ttl"}}',
    ],
)
def test_a_list_of_graphs_that_is_none_is_refused(empty: Workspace, text: str) -> None:
    (empty.folder / files.WORKSPACE).write_text(text, encoding="utf-8")
    with pytest.raises(RefusedError, match="list of a workspace"):
        empty.open()


# ---------------------------------------------------------------- updates


def test_an_update_goes_to_the_own_graph_and_its_edge_follows(place: Workspace) -> None:
    change = place.update(INSERT)
    assert change.counts == {OWN_GRAPH.value: (20, 0)}
    store = place.open()
    assert store.edges[EDGE] == (f"{ID}claim/mine-1",)
    assert place.graphs()[CURATED_GRAPH] == files.triples_path()
    assert place.graphs()[OWN_GRAPH] == place.folder / "graphs" / "own.ttl"


def test_an_edge_goes_with_its_last_claim(empty: Workspace) -> None:
    empty.update(INSERT, validate=False)
    empty.update("INSERT DATA { actor:china kg:partnerOf actor:dprk }", validate=False)
    assert EDGE in empty.open().edges
    change = empty.update("DELETE WHERE { claim:mine-1 ?p ?o }")
    assert EDGE not in empty.open().edges
    assert change.counts[OWN_GRAPH.value] == (0, 14)


def test_shipped_claims_can_be_changed_in_a_copy(place: Workspace) -> None:
    shipped = files.triples_path().read_bytes()
    change = place.update(
        "DELETE { ?c kg:confidence ?n } INSERT { GRAPH graph:curated { ?c kg:confidence 41 } }"
        " WHERE { ?c kg:confidence ?n FILTER(?c = claim:context-001) }"
    )
    assert change.counts == {CURATED_GRAPH.value: (1, 1)}
    assert place.open().claims[f"{ID}claim/context-001"].confidence == 41
    assert files.triples_path().read_bytes() == shipped
    place.undo()
    assert place.open().claims[f"{ID}claim/context-001"].confidence != 41
    assert not (place.folder / "graphs" / "curated.ttl").exists()


def test_the_outcome_is_validated_before_it_is_kept(place: Workspace) -> None:
    before = state(place)
    with pytest.raises(RefusedError, match="violation") as caught:
        place.update(INSERT.replace("kg:evidence passage:mine-1 ;", ""))
    assert "claim:mine-1" in (caught.value.hint or "")
    assert state(place) == before
    assert place.update(
        INSERT.replace("kg:evidence passage:mine-1 ;", ""), validate=False
    ).counts == {OWN_GRAPH.value: (18, 0)}


def test_an_edge_that_no_claim_backs_is_refused(place: Workspace) -> None:
    with pytest.raises(RefusedError, match="no claim backs the edge actor:china kg:partnerOf"):
        place.update("INSERT DATA { actor:china kg:partnerOf actor:dprk }")


def test_a_hedged_claim_makes_no_edge(place: Workspace) -> None:
    place.update(
        INSERT.replace("kg:modality kg:asserted", 'kg:modality kg:possible ; kg:hedgeText "may"')
    )
    assert EDGE not in place.open().edges


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("LOAD <http://127.0.0.1:1/x>", RefusedError),
        ("LOAD SILENT <file:///etc/passwd> INTO GRAPH <x:g>", RefusedError),
        (
            "INSERT { <x:a> <x:b> ?c } WHERE { SERVICE <http://127.0.0.1:1/> { ?a ?b ?c } }",
            RefusedError,
        ),
        (
            "INSERT DATA { GRAPH <https://w3id.org/gambit/ontology> { <x:a> <x:b> 1 } }",
            RefusedError,
        ),
        ("CLEAR ALL", RefusedError),
        ("DELETE WHERE { kg:hasParty ?p ?o }", RefusedError),
        ("INSERT DATA { <x:a> <x:b> _:c }", RefusedError),
        ("INSERT DATA { <x:a> <x:b> }", QueryError),
        ("INSERT DATA { nobody:x <x:b> 1 }", QueryError),
        ("SELECT * { ?s ?p ?o }", QueryError),
    ],
)
def test_what_an_update_may_not_do(place: Workspace, text: str, error: type[Exception]) -> None:
    before = state(place)
    with pytest.raises(error):
        place.update(text, validate=False)
    assert state(place) == before


def test_a_syntax_error_has_its_place(empty: Workspace) -> None:
    with pytest.raises(QueryError) as caught:
        empty.update("INSERT DATA {\n  <x:a> <x:b> ; }")
    assert caught.value.line == 2


def test_what_changes_nothing_leaves_no_change(empty: Workspace) -> None:
    before = state(empty)
    assert empty.update("DELETE WHERE { <x:none> ?p ?o }").counts == {}
    assert state(empty) == before
    assert empty.changes() == []


# ---------------------------------------------------------------- undo


def test_undo_goes_back_step_by_step_to_the_very_bytes(empty: Workspace) -> None:
    states = [state(empty)]
    for n in range(4):
        empty.update(f"INSERT DATA {{ <x:a> <x:b> {n} }}", validate=False)
        states.append(state(empty))
    assert [c.number for c in empty.changes()] == [4, 3, 2, 1]
    for n in range(4, 0, -1):
        assert empty.undo().number == n
        assert state(empty) == states[n - 1]
    with pytest.raises(UsageError, match="nothing to undo"):
        empty.undo()


def test_undo_does_not_overwrite_what_was_edited_since(empty: Workspace) -> None:
    empty.update("INSERT DATA { <x:a> <x:b> 1 }", validate=False)
    own = empty.folder / "graphs" / "own.ttl"
    own.write_text(own.read_text() + "<x:hand> <x:made> 1 .\n")
    before = state(empty)
    with pytest.raises(RefusedError, match="edited"):
        empty.undo()
    assert state(empty) == before


def test_only_the_last_changes_are_kept(empty: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workspace, "KEPT_CHANGES", 2)
    for n in range(4):
        empty.update(f"INSERT DATA {{ <x:a> <x:b> {n} }}", validate=False)
    assert [c.number for c in empty.changes()] == [4, 3]


class _CutError(Exception):
    pass


@pytest.mark.parametrize("undo", [False, True])
def test_a_command_cut_short_anywhere_leaves_the_old_state_or_the_new_one(
    empty: Workspace, monkeypatch: pytest.MonkeyPatch, undo: bool
) -> None:
    """Break off before every single step that touches the disk, then open again."""
    empty.update("INSERT DATA { <x:a> <x:b> 0 }", validate=False)
    step = (
        empty.undo
        if undo
        else lambda: empty.update(
            "CLEAR GRAPH graph:own ; INSERT DATA { GRAPH <x:g> { <x:a> <x:b> 1 } }", validate=False
        )
    )
    old = state(empty)
    step()
    new = state(empty)
    if undo:
        empty.update("INSERT DATA { <x:a> <x:b> 0 }", validate=False)
    else:
        empty.undo()
    assert state(empty) == old
    outcomes = set()
    calls = 0
    limit = 0

    def counted(real):  # type: ignore[no-untyped-def]
        def call(*arguments, **options):  # type: ignore[no-untyped-def]
            nonlocal calls
            calls += 1
            if calls > limit:
                raise _CutError
            return real(*arguments, **options)

        return call

    for name in ("replace", "unlink", "mkdir"):
        monkeypatch.setattr(Path, name, counted(getattr(Path, name)))
    import shutil

    monkeypatch.setattr(shutil, "rmtree", counted(shutil.rmtree))
    while True:
        calls = 0
        try:
            step()
        except _CutError:
            pass
        else:
            break
        calls, reached = -1000, limit
        empty.open()
        found = {k: v for k, v in state(empty).items() if not k.startswith(".gambit")}
        is_old = found == {k: v for k, v in old.items() if not k.startswith(".gambit")}
        is_new = found == {k: v for k, v in new.items() if not k.startswith(".gambit")}
        assert is_old or is_new, (reached, found)
        outcomes.add(is_new)
        if is_new:
            if undo:
                empty.update("INSERT DATA { <x:a> <x:b> 0 }", validate=False)
            else:
                empty.undo()
        limit = reached + 1
        assert limit < 200
    assert outcomes == {True, False}


def test_two_updates_at_once_are_both_kept(empty: Workspace) -> None:
    def add(n: int) -> None:
        Workspace(empty.folder).update(f"INSERT DATA {{ <x:a> <x:b> {n} }}", validate=False)

    threads = [threading.Thread(target=add, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store = empty.open()
    found = store.objects("x:a", "x:b")
    assert sorted(term.value for term in found) == ["0", "1", "2", "3"]


def test_a_workspace_in_use_is_not_waited_for_for_ever(
    empty: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from filelock import FileLock

    monkeypatch.setattr(workspace, "_LOCK_S", 0.1)
    with FileLock(empty.folder / ".gambit" / "lock"), pytest.raises(RefusedError, match="another"):
        empty.update("INSERT DATA { <x:a> <x:b> 1 }", validate=False)


# ---------------------------------------------------------------- the program


def test_the_program_works_in_the_workspace_it_is_called_in(kg: Run, tmp_path: Path) -> None:
    assert kg("init", str(tmp_path), "--empty").returncode == 0
    assert "0 claims" in kg("info").stdout
    (tmp_path / "change.ru").write_text(INSERT, encoding="utf-8")
    refused = kg("update", "change.ru")
    assert refused.returncode == 3  # its actors are unknown here
    assert "violation" in refused.stderr
    kept = kg("update", "change.ru", "--no-validate", "--json")
    assert json.loads(kept.stdout)["counts"] == {OWN_GRAPH.value: [19, 0]}
    assert "The two were partners." in kg("why", "claim:mine-1").stdout
    (tmp_path / "queries" / "mine.rq").write_text(
        "#+ summary: My own\n#+ params:\n#+   c: {type: iri, help: A claim}\n"
        "SELECT ?c ?s WHERE { ?c kg:statement ?s }",
        encoding="utf-8",
    )
    assert "My own" in kg("queries").stdout
    assert "The two were partners." in kg("query", "mine", "-p", "c=claim:mine-1").stdout
    assert "graph:own +19 -0" in kg("undo", "--list").stdout
    assert kg("undo").stdout.startswith("undone: 1")
    nothing = kg("undo")
    assert (nothing.returncode, "nothing to undo" in nothing.stderr) == (2, True)


def test_files_named_on_the_command_line_come_before_the_workspace(kg: Run, tmp_path: Path) -> None:
    from conftest import EXAMPLE

    kg("init", str(tmp_path), "--empty")
    assert "12 claims" in kg("-d", str(EXAMPLE), "info").stdout
    both = kg("-d", str(EXAMPLE), "-w", str(tmp_path), "info")
    assert both.returncode == 2


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("update", "none.ru"), 4),
        (("--workspace", "nowhere", "info"), 4),
        (("update", "latin.ru"), 3),
        (("update", "ok.ru", "--graph", "not an iri"), 2),
        (("init", "."), 3),
    ],
)
def test_mistakes_have_their_exit_codes(
    kg: Run, tmp_path: Path, arguments: tuple[str, ...], code: int
) -> None:
    kg("init", str(tmp_path), "--empty")
    (tmp_path / "latin.ru").write_bytes(b"INSERT DATA { <x:a> <x:b> '\xe9' }")
    (tmp_path / "ok.ru").write_text("INSERT DATA { <x:a> <x:b> 1 }")
    failed = kg(*arguments)
    assert failed.returncode == code
    assert failed.stderr.startswith("error: ")
    assert "Traceback" not in failed.stderr


def test_without_a_workspace_there_is_nothing_to_update(kg: Run) -> None:
    failed = kg("update", "-", KG_WORKSPACE="")
    assert failed.returncode == 2
    assert "no workspace" in failed.stderr


ENDLESS = """INSERT { ?a <x:q> ?c } WHERE { ?a ?p ?b . ?c ?q ?d . ?e ?r ?f
  FILTER(CONCAT(STR(?f), STR(?a), STR(?c)) = "none") }"""


def test_an_update_that_does_not_end_is_stopped_and_changes_nothing(
    kg: Run, tmp_path: Path
) -> None:
    kg("init", str(tmp_path))
    (tmp_path / "endless.ru").write_text(ENDLESS)
    before = state(Workspace(tmp_path))
    stopped = kg("update", "endless.ru", "--timeout", "1")
    assert (stopped.returncode, "stopped after 1 seconds" in stopped.stderr) == (3, True)
    assert state(Workspace(tmp_path)) == before
    assert kg("undo", "--list").stdout == "no changes\n"


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_ctrl_c_ends_an_update_at_once(tmp_path: Path) -> None:
    place = Workspace.create(tmp_path / "ws")
    before = state(place)
    command = [sys.executable, str(TOP / "cli.py"), "-w", str(place.folder), "update", "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.write(ENDLESS.encode())
        process.stdin.close()
        time.sleep(2)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=5) in (-signal.SIGINT, 130)
    assert state(place) == before


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(MissingError):
        Workspace.create(tmp_path / "ws")


def test_expand_knows_the_own_graph() -> None:
    assert expand("graph:own") == OWN_GRAPH.value == NamedNode(ID + "graph/own").value
