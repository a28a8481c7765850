"""The generator of benchmark graphs: what it writes is a claim graph like the shipped one."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
from conftest import TOP

from kg.claims import Polarity, edges
from kg.store import Store


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", TOP / "benchmarks" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    path = list(sys.path)
    spec.loader.exec_module(module)
    sys.path[:] = path
    return module


def test_a_generated_graph_has_the_size_asked_for_and_the_edges_its_claims_back(
    generate: ModuleType, tmp_path: Path
) -> None:
    target = generate.write(20_000, tmp_path / "generated.ttl")
    store = Store.open(target)
    name = next(graph for graph, path in store.inputs.items() if path == target)
    size = len(list(store.engine.quads_for_pattern(None, None, None, name)))
    assert 20_000 <= size <= 21_000
    assert store.edges == edges(store.claims.values(), store.vocabulary)
    assert len(store.edges) > 400
    hedged = [claim for claim in store.claims.values() if claim.hedged]
    assert len(store.claims) > 2 * len(hedged) > 200
    assert any(claim.conflicts_with for claim in store.claims.values())
    assert any(claim.polarity is Polarity.NEGATED for claim in store.claims.values())
    roles = sorted((len(claims) for claims in store.claims_about.values()), reverse=True)
    assert roles[0] > 20 * roles[len(roles) // 2]


def test_the_same_size_and_seed_give_the_same_bytes(generate: ModuleType, tmp_path: Path) -> None:
    one = generate.write(3_000, tmp_path / "one.ttl").read_bytes()
    assert generate.write(3_000, tmp_path / "two.ttl").read_bytes() == one
    assert generate.write(3_000, tmp_path / "three.ttl", seed=2).read_bytes() != one
    lines = generate.write(3_000, tmp_path / "four.nt").read_text(encoding="utf-8").splitlines()
    assert 3_000 <= len(lines) == len(set(lines)) <= 4_000
