"""Tables kept beside a compiled store: they speed a command up and never change its answer."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import pytest
from conftest import EXAMPLE
from pyoxigraph import Literal, NamedNode

from kg import columns
from kg.errors import RefusedError
from kg.projection import PROJECTIONS, filled, project
from kg.selection import Selection
from kg.store import Store


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KG_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def tables(cache: Path) -> dict[str, Path]:
    return {path.name.rpartition("-")[0]: path for path in cache.rglob("*.columns")}


def test_a_table_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    day = Literal("2024-11-11", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#date"))
    table = columns.Table(
        {
            "text": ["북한", "", "a\nb\x00", "🇰🇵"],
            "number": [1, None, 0, -7],
            "tuple": [(), ("a", "b"), ("1",), ()],
            "object": [day, Literal("x", language="en"), "http://x.test/", Literal("x")],
        },
        {"left out": {"hedged": 2}},
    )
    columns.write(tmp_path / "new" / "t.columns", table)
    assert columns.read(tmp_path / "new" / "t.columns") == table


def test_a_table_that_is_not_whole_is_none(tmp_path: Path) -> None:
    path = tmp_path / "t.columns"
    assert columns.read(path) is None
    columns.write(path, columns.Table({"a": ["x", "y"]}, {}))
    whole = path.read_bytes()
    for damaged in (whole[:-1], whole[:40], b"", whole.replace(b"x", b"z"), b"\x80\x04K\x01."):
        path.write_bytes(damaged)
        assert columns.read(path) is None


def test_records_and_edges_from_tables_equal_those_from_the_engine(cache: Path) -> None:
    parsed = Store.open(EXAMPLE, compiled=False)
    first = Store.open(EXAMPLE, compiled=True)
    for store in (first, Store.open(EXAMPLE, compiled=True)):
        for name in ("claims", "passages", "sources", "citations", "edges"):
            found, wanted = getattr(store, name), getattr(parsed, name)
            assert found == wanted
            assert list(found) == list(wanted)
            assert [type(v) for v in found.values()] == [type(v) for v in wanted.values()]
    kind = next(iter(Store.open(EXAMPLE, compiled=True).claims.values())).kind
    assert repr(kind) == "<Kind.FACT: 'fact'>"
    assert {"claims", "passages", "sources", "citations", "edges"} <= tables(cache).keys()


@pytest.mark.parametrize("name", PROJECTIONS)
@pytest.mark.parametrize("hedged", [False, True])
def test_a_projection_from_tables_equals_the_one_made(cache: Path, name: str, hedged: bool) -> None:
    made = project(Store.open(EXAMPLE, compiled=False), name, include_hedged=hedged)
    project(Store.open(EXAMPLE, compiled=True), name, include_hedged=hedged)
    kept = project(Store.open(EXAMPLE, compiled=True), name, include_hedged=hedged)
    assert dict(kept.left_out) == dict(made.left_out)
    assert list(kept.graph.nodes(data=True)) == list(made.graph.nodes(data=True))
    assert list(kept.graph.edges(keys=True, data=True)) == list(
        made.graph.edges(keys=True, data=True)
    )
    assert list(kept.graph.in_edges(keys=True)) == list(made.graph.in_edges(keys=True))


def test_damaged_tables_are_made_again(cache: Path) -> None:
    before = project(Store.open(EXAMPLE, compiled=True))
    for path in tables(cache).values():
        path.write_bytes(path.read_bytes()[:-3])
    after = project(Store.open(EXAMPLE, compiled=True))
    assert nx.utils.graphs_equal(before.graph, after.graph)
    assert all(columns.read(path) is not None for path in tables(cache).values())


def test_a_selection_is_never_answered_from_the_table_of_everything(cache: Path) -> None:
    store = Store.open(EXAMPLE, compiled=True)
    whole = project(store)
    assert project(store, "edges", Selection(min_credibility=1)).graph.size() < whole.graph.size()
    assert project(store).graph.size() == whole.graph.size()


def test_a_store_that_may_change_keeps_no_table(cache: Path) -> None:
    project(Store.open(EXAMPLE, compiled=False))
    assert not tables(cache)


def test_changing_a_projection_changes_no_later_one(cache: Path) -> None:
    store = Store.open(EXAMPLE, compiled=True)
    for _ in range(2):
        graph = project(store).graph
        assert graph.nodes["event:march"]["label"] == "March of the guards"
        graph.nodes["event:march"]["label"] = "mine"
        graph.remove_node("actor:arland")


def test_claims_that_are_refused_keep_no_table(cache: Path, tmp_path: Path) -> None:
    path = tmp_path / "broken.ttl"
    path.write_text(
        "@prefix kg: <https://w3id.org/gambit/ontology#> .\n<http://x.test/c> a kg:Claim .\n"
    )
    for _ in range(2):
        with pytest.raises(RefusedError, match="has no subject"):
            len(Store.open(path, compiled=True).claims)


def test_the_graph_filled_equals_what_networkx_makes_of_the_same() -> None:
    nodes = [(n, {"label": n}) for n in "abcd"]
    edges = [
        (u, v, f"{u}{v}{i}", {"n": i})
        for i, (u, v) in enumerate(["ab", "ba", "ab", "cc", "da", "ca"])
    ]
    usual = nx.MultiDiGraph(name="x")
    usual.add_nodes_from((n, dict(d)) for n, d in nodes)
    usual.add_edges_from((u, v, k, dict(d)) for u, v, k, d in edges)
    found = filled("x", nodes, edges)
    assert nx.utils.graphs_equal(found, usual)
    assert list(found.in_edges(keys=True, data=True)) == list(usual.in_edges(keys=True, data=True))
    assert dict(found.degree()) == dict(usual.degree())
    found.remove_edge("a", "b", "ab0")
    usual.remove_edge("a", "b", "ab0")
    found.add_edge("x", "a")
    usual.add_edge("x", "a")
    assert nx.utils.graphs_equal(found, usual)
    assert found.reverse().adj == usual.reverse().adj


def test_a_whole_file_that_is_no_table_is_none(tmp_path: Path) -> None:
    import json
    import zlib

    bodies = [
        b"",
        b"no json\n",
        b"[]\n",
        b'{"facts": {}, "pool": 2, "columns": [["a", 4]]}\n[]\x09\x00\x00\x00',
        b'{"facts": {}, "pool": 2, "columns": [["a", 3]]}\n[]\x00\x00\x00',
        b'{"facts": [1], "pool": 2, "columns": []}\n[]',
        json.dumps({"facts": {}, "pool": 9, "columns": []}).encode() + b"\n[[1],{}]",
    ]
    for number, body in enumerate(bodies):
        path = tmp_path / f"{number}.columns"
        path.write_bytes(b"kg-columns 1\n%08x\n" % zlib.crc32(body) + body)
        assert columns.read(path) is None, body


def test_tables_of_other_columns_are_made_again(cache: Path) -> None:
    before = Store.open(EXAMPLE, compiled=True).claims
    for name in ("claims", "edges"):
        columns.write(tables(cache).get(name, cache / "x"), columns.Table({"a": ["b"]}, {}))
    kinds = dict(columns.read(tables(cache)["claims"]).columns)  # type: ignore[union-attr]
    assert kinds == {"a": ["b"]}
    store = Store.open(EXAMPLE, compiled=True)
    assert store.claims == before
    assert store.edges


def test_a_workspace_keeps_nothing_that_would_be_believed(tmp_path: Path, cache: Path) -> None:
    from kg.workspace import Workspace

    workspace = Workspace.create(tmp_path / "given")
    project(workspace.open())
    assert not list((tmp_path / "given").rglob("*.columns"))
    assert tables(cache)
