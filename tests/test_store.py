from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pyoxigraph as ox
import pytest
from conftest import EXAMPLE, TOP

from kg import compiled, files, query, turtle
from kg.claims import Claim, Kind, Modality, Passage
from kg.errors import MissingError, RefusedError, UnreadableError
from kg.store import Store
from kg.vocab import ID, KG, compress, expand


def iri(curie: str) -> str:
    found = expand(curie)
    assert found is not None
    return found


def new_claim(store: Store, **changes: object) -> Claim:
    base = store.claims[iri("claim:example-11")]._replace(
        iri=iri("claim:example-90"),
        kind=Kind.FACT,
    )
    return base._replace(**changes)  # type: ignore[arg-type]


def test_the_example_holds_what_it_says(example: Store) -> None:
    assert len(example.claims) == 12
    assert len(example.edges) == 7
    assert all(example.edges.values())
    assert example.label(iri("actor:arland"), "ko") == "아를란드"
    assert example.label(iri("actor:nobody")) == "actor:nobody"


def test_adding_a_fact_adds_its_edge_and_a_hedged_claim_none() -> None:
    store = Store.open(EXAMPLE)
    before = dict(store.edges)
    hedged = new_claim(store, modality=Modality.POSSIBLE, hedges=("may",))
    store.add([hedged])
    assert store.edges == before
    fact = new_claim(store, iri=iri("claim:example-91"))
    store.add([fact])
    assert store.edges[fact.triple] == (fact.iri,)


def test_what_is_saved_is_read_back(tmp_path: Path) -> None:
    store = Store.open(EXAMPLE)
    graph = next(g for g, path in store.inputs.items() if path == EXAMPLE)
    passage = Passage(iri("passage:new"), iri("source:review-2"), "page 4")
    added = new_claim(store, evidence=(passage.iri,))
    store.add([passage, added], graph=graph)
    target = tmp_path / "saved.ttl"
    store.save(target, graph=graph)
    again = Store.open(target)
    assert again.claims == store.claims
    assert again.edges == store.edges
    assert again.passages[passage.iri] == passage


def test_retracting_by_replacement_takes_the_edge_away(tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    block = text[text.index("claim:example-09 a") :].partition("\n\n")[0]
    weaker = block.replace("kg:asserted", "kg:possible")
    target = tmp_path / "weaker.ttl"
    target.write_text(text.replace(block, weaker), encoding="utf-8")
    store = Store.open(target)
    edge = (iri("actor:arland"), KG + "partnerOf", iri("actor:borland"))
    assert store.edges[edge] == ()
    graph = next(g for g, path in store.inputs.items() if path == target)
    assert store.update_edges(graph=graph) == (0, 1)
    store.save(target, graph=graph)
    assert edge not in Store.open(target).edges


@pytest.mark.parametrize(("field", "word"), [("evidence", "evidence"), ("holders", "holder")])
def test_a_claim_that_rests_on_nothing_is_refused(field: str, word: str) -> None:
    store = Store.open(EXAMPLE)
    with pytest.raises(RefusedError, match=word):
        store.add([new_claim(store, **{field: ()})])
    assert len(store.claims) == 12


def test_a_claim_may_not_take_the_name_of_another() -> None:
    store = Store.open(EXAMPLE)
    with pytest.raises(RefusedError, match="says something else"):
        store.add([new_claim(store, iri=iri("claim:example-01"))])


def test_adding_twice_is_adding_once() -> None:
    store = Store.open(EXAMPLE)
    fact = new_claim(store)
    store.add([fact])
    size = len(store.engine)
    store.add([fact])
    assert len(store.engine) == size


def test_the_shipped_files_own_literals_survive_saving(tmp_path: Path) -> None:
    target = tmp_path / "codes.ttl"
    target.write_text(
        EXAMPLE.read_text(encoding="utf-8")
        + f'\n<{ID}actor/arland> kg:note "007"^^<http://www.w3.org/2001/XMLSchema#integer> .\n',
        encoding="utf-8",
    )
    store = Store.open(target)
    graph = next(g for g, path in store.inputs.items() if path == target)
    store.save(target, graph=graph)
    assert "kg:note 007" in target.read_text(encoding="utf-8")


# ---------------------------------------------------------------- compiled stores


def compiled_folder() -> Path:
    return files.cache_dir() / "compiled"


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KG_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_a_compiled_store_answers_as_the_file_does(empty_cache: Path) -> None:
    parsed, first, second = (
        Store.open(EXAMPLE, compiled=False),
        Store.open(EXAMPLE, compiled=True),
        Store.open(EXAMPLE, compiled=True),
    )
    for opened in (first, second):
        assert opened.claims == parsed.claims
        assert opened.edges == parsed.edges
        assert named(opened) == named(parsed)


def named(store: Store) -> set[str]:
    """The quads without blank nodes: those get new labels on every load."""
    return {text for quad in store.engine if "_:" not in (text := str(quad))}


def test_changed_content_is_never_answered_from_an_old_compiled_store(
    empty_cache: Path, tmp_path: Path
) -> None:
    target = tmp_path / "data.ttl"
    target.write_bytes(EXAMPLE.read_bytes())
    stat = target.stat()
    assert len(Store.open(target, compiled=True).claims) == 12
    text = EXAMPLE.read_text(encoding="utf-8").replace("The two are rivals.", "The two are equals.")
    target.write_text(text, encoding="utf-8")
    os.utime(target, (stat.st_atime, stat.st_mtime))  # same size, same time, other content
    assert target.stat().st_size == stat.st_size
    claim = Store.open(target, compiled=True).claims[iri("claim:example-11")]
    assert claim.statement == "The two are equals."


def test_a_damaged_compiled_store_is_built_again(empty_cache: Path) -> None:
    Store.open(EXAMPLE, compiled=True)
    (place,) = compiled_folder().iterdir()
    for part in place.iterdir():
        part.write_bytes(b"")
    assert len(Store.open(EXAMPLE, compiled=True).claims) == 12


def test_broken_turtle_leaves_compiled_stores_as_they_were(
    empty_cache: Path, tmp_path: Path
) -> None:
    Store.open(EXAMPLE, compiled=True)
    before = sorted(compiled_folder().rglob("*"))
    broken = tmp_path / "broken.ttl"
    broken.write_bytes(EXAMPLE.read_bytes() + b"\nactor:x kg:statement .\n")
    with pytest.raises(UnreadableError) as caught:
        Store.open(broken, compiled=True)
    assert caught.value.line is not None
    assert sorted(compiled_folder().rglob("*")) == before


def test_without_a_writable_cache_the_data_is_parsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    monkeypatch.setenv("KG_CACHE", str(blocked))
    assert len(Store.open(EXAMPLE, compiled=True).claims) == 12


def test_a_full_disk_while_compiling_falls_back_to_parsing(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.mkdtemp", full)
    assert len(Store.open(EXAMPLE, compiled=True).claims) == 12
    assert list(compiled_folder().iterdir()) == []


def test_an_interrupted_compile_leaves_nothing_behind(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(compiled, "load", interrupt)
    with pytest.raises(KeyboardInterrupt):
        Store.open(EXAMPLE, compiled=True)
    assert list(compiled_folder().iterdir()) == []
    monkeypatch.undo()


def test_a_compile_killed_outright_harms_nobody(empty_cache: Path, tmp_path: Path) -> None:
    script = (
        "import os, sys\n"
        "import kg.store as s\n"
        "s._open_compiled = lambda key: None if not os.environ.get('DIE') else os.kill(os.getpid(), 9)\n"
        "import pathlib\n"
        "real = pathlib.Path.rename\n"
        "pathlib.Path.rename = lambda self, target: os.kill(os.getpid(), 9)\n"
        f"s.Store.open({str(EXAMPLE)!r}, compiled=True)\n"
    )
    killed = subprocess.run([sys.executable, "-c", script], cwd=TOP, check=False)
    assert killed.returncode == -9
    leftovers = [entry.name for entry in compiled_folder().iterdir()]
    assert all(name.startswith("building-") for name in leftovers)
    assert len(Store.open(EXAMPLE, compiled=True).claims) == 12


def test_two_commands_may_compile_at_once(empty_cache: Path) -> None:
    script = f"from kg.store import Store; print(len(Store.open({str(EXAMPLE)!r}, compiled=True).claims))"
    running = [
        subprocess.Popen([sys.executable, "-c", script], cwd=TOP, stdout=subprocess.PIPE)
        for _ in range(4)
    ]
    assert [process.communicate(timeout=60)[0] for process in running] == [b"12\n"] * 4
    assert len([p for p in compiled_folder().iterdir() if p.suffix != ".tables"]) == 1


def test_a_copy_in_memory_answers_in_the_order_of_the_compiled_store_it_is_of(
    empty_cache: Path,
) -> None:
    compiled = Store.open(compiled=True)
    copy = compiled.in_memory()
    assert compiled.place is not None
    assert (copy.place, copy.key) == (None, compiled.key)
    assert list(copy.engine) == list(compiled.engine)
    for text in (
        "SELECT ?s ?p ?o { ?s ?p ?o } OFFSET 4000 LIMIT 500",
        "SELECT ?c ?l { ?c a kg:Claim ; kg:subject ?s . ?s skos:prefLabel ?l } LIMIT 50",
        "SELECT ?p ?o { <https://w3id.org/gambit/id/actor/dprk> ?p ?o } LIMIT 20",
    ):
        assert query.run(copy, text).tsv == query.run(compiled, text).tsv


def test_threads_may_read_one_store(example: Store) -> None:
    counts: list[int] = []

    def read() -> None:
        counts.append(len(list(example.engine.quads_for_pattern(None, None, None))))

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(counts)) == 1


# ---------------------------------------------------------------- rdflib and files


def test_rdflib_sees_the_same_triples(example: Store) -> None:
    dataset = example.as_rdflib()
    rows = dataset.query("SELECT (COUNT(*) AS ?n) WHERE { ?c a kg:Claim }")
    assert [int(row.n) for row in rows] == [12]


def test_rdflib_and_pyoxigraph_read_the_shipped_files_alike() -> None:
    import rdflib

    for path in (files.ontology_path(), files.triples_path()):
        ours = ox.Dataset(turtle.parse_file(path))
        text = rdflib.Graph().parse(path, format="turtle").serialize(format="nt")
        theirs = ox.Dataset(ox.parse(text, format=ox.RdfFormat.N_TRIPLES))
        for dataset in (ours, theirs):
            dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
        assert set(theirs) == set(ours)


def test_writing_is_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "kept.txt"
    target.write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(MissingError, match="No space"):
        files.write_bytes(target, b"new")
    assert target.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["kept.txt"]


def test_blank_nodes_have_no_canonical_form() -> None:
    import rdflib

    graph = rdflib.Graph().parse(data="[] <http://example.org/p> 1 .", format="turtle")
    with pytest.raises(RefusedError, match="blank nodes"):
        turtle.canonical(graph)


def test_the_canonical_form_does_not_depend_on_the_order_of_reading() -> None:
    import rdflib

    graph = turtle.read_graph(EXAMPLE)
    shuffled = rdflib.Graph()
    for triple in sorted(graph, reverse=True):
        shuffled.add(triple)
    assert turtle.canonical(shuffled) == turtle.canonical(graph) == EXAMPLE.read_bytes()


def test_one_more_claim_adds_lines_and_moves_none() -> None:
    store = Store.open(EXAMPLE)
    graph = next(g for g, path in store.inputs.items() if path == EXAMPLE)
    before = EXAMPLE.read_text(encoding="utf-8").splitlines()
    store.add([new_claim(store, object=iri("actor:corvia"))], graph=graph)
    after = turtle.canonical(store.graph(graph)).decode("utf-8").splitlines()
    kept = iter(after)
    # Lines that end a block swap "." for ";" when a property joins; else all stay in order.
    moved = [
        line for line in before if not any(line.rstrip(" .;,") == a.rstrip(" .;,") for a in kept)
    ]
    assert moved == []


def test_names_are_kinds_and_slugs(example: Store) -> None:
    assert compress(iri("claim:example-01")) == "claim:example-01"
