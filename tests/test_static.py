"""Pictures for reports: what they hold, that they are safe and readable, and the same every time."""

from __future__ import annotations

import os
import re
import struct
import subprocess
import sys
import zlib
from itertools import combinations
from xml.etree import ElementTree as ET

import networkx as nx
import pytest
from conftest import DATA, TOP

from kg import view
from kg.errors import MissingError, RefusedError, UsageError
from kg.projection import Projection, around, project
from kg.store import Store
from kg.view import layout, lettering, static
from kg.view.static import render_static

NS = "{http://www.w3.org/2000/svg}"


def picture(store: Store, projection: Projection | None = None, **options: str) -> ET.Element:
    drawn = projection or project(store, include_hedged=True)
    made = render_static(store, drawn, title="A title", **options)  # type: ignore[arg-type]
    return ET.fromstring(made)


def words(root: ET.Element) -> list[str]:
    """Return every line of text that is drawn, halos left out."""
    return [t.text or "" for t in root.iter(f"{NS}text") if t.get("aria-hidden") is None]


def lines_of(root: ET.Element) -> list[ET.Element]:
    """Return the drawn edges: lines with a sentence."""
    paths = root.iter(f"{NS}path")
    return [p for p in paths if p.find(f"{NS}title") is not None and p.get("fill") == "none"]


@pytest.fixture(scope="module")
def whole(shipped: Store) -> ET.Element:
    return picture(shipped)


@pytest.fixture(scope="module")
def small(example: Store) -> ET.Element:
    return picture(example)


# ---------------------------------------------------------------- what it holds


def test_every_thing_and_every_claim_of_the_projection_is_in_the_picture(
    shipped: Store, whole: ET.Element
) -> None:
    graph = project(shipped, include_hedged=True).graph
    told = [title.text or "" for title in whole.iter(f"{NS}title")]
    assert {node for node in graph if not any(text.endswith(f" {node}") for text in told)} == set()
    lines = lines_of(whole)
    assert len(lines) == graph.number_of_edges()
    said = " ".join(told).split()
    claims = {claim for *_, says in graph.edges(data=True) for claim in says["claims"].split()}
    assert claims <= set(said)


def test_the_dash_says_how_firmly_and_nothing_hedged_is_solid(
    example: Store, small: ET.Element
) -> None:
    dashes = {name: row["dash"] for name, row in view.style()["modalities"].items()}
    seen = set()
    for line in lines_of(small):
        sentence = line.findtext(f"{NS}title") or ""
        modality = next(name for name in dashes if f"({name}" in sentence)
        assert line.get("stroke-dasharray", "") == " ".join(map(str, dashes[modality]))
        seen.add(modality)
    assert {"asserted", "possible"} <= seen


def test_the_colour_of_a_line_is_that_of_its_sign(example: Store) -> None:
    graph = project(example, include_hedged=True).graph
    colours = {name: row["light"] for name, row in view.style()["signs"].items()}
    root = picture(example)
    hostile = [line for line in lines_of(root) if line.get("stroke") == colours["negative"]]
    wanted = [says for *_, says in graph.edges(data=True) if says.get("sign") == -1]
    assert wanted
    assert len(hostile) == len(wanted)


def test_a_disputed_line_has_a_casing_and_a_denial_is_called_one(shipped: Store) -> None:
    graph = project(shipped, include_hedged=True).graph
    contested = sum(bool(says["contested"]) for *_, says in graph.edges(data=True))
    root = picture(shipped)
    casing = view.style()["theme"]["light"]["contested"]
    cased = [
        path
        for path in root.iter(f"{NS}path")
        if path.get("stroke") == casing and path.get("stroke-opacity")
    ]
    assert len(cased) == contested > 0


def test_what_the_legend_counts_is_what_is_drawn(shipped: Store, whole: ET.Element) -> None:
    graph = project(shipped, include_hedged=True).graph
    told = words(whole)
    for name, row in view.style()["families"].items():
        count = sum(says["family"] == name for _, says in graph.nodes(data=True))
        first = lettering.wrap(row["label"], static._COLUMN - 92, 12.5)
        assert (first[0] in told) == (count > 0)
        if count:
            assert str(count) in told[told.index(first[0]) :][: len(first) + 1]


def test_sources_stand_below_by_number_with_publisher_and_date(
    shipped: Store, whole: ET.Element
) -> None:
    told = " ".join(words(whole))
    graph = project(shipped, include_hedged=True).graph
    sources = {s for *_, says in graph.edges(data=True) for s in says["sources"].split()}
    numbers = [int(n) for n in re.findall(r"\[(\d+)\] ", told)]
    assert numbers == list(range(1, len(sources) + 1))
    assert "Bangladesh Institute of Peace and Security Studies" in told


def test_in_a_small_picture_lines_say_their_relation_and_their_source(shipped: Store) -> None:
    part = around(project(shipped, include_hedged=True), "actor:united-kingdom", depth=1)
    told = words(picture(shipped, part))
    assert any(re.fullmatch(r"has party \[[\d, ]+\]", text) for text in told)


def test_what_is_left_out_is_said(shipped: Store, whole: ET.Element) -> None:
    sentence = view.left_out(project(shipped, include_hedged=True).left_out)
    assert sentence in (whole.findtext(f"{NS}desc") or "")
    assert sentence.split(":")[0] in " ".join(words(whole))


def test_labels_that_found_no_room_are_counted(
    example: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for number in range(30):
        graph.add_node(f"actor:a{number}", label=f"Actor number {number}", family="actor")
    spots = dict.fromkeys(graph, (0, 0))
    monkeypatch.setattr(layout, "remembered", lambda *_, **__: layout.Placed(spots, "force", "x"))
    told = " ".join(words(picture(example, Projection(graph, "edges", {}))))
    found = re.search(r"(\d+) labels are left out for want of room", told)
    assert found
    assert int(found[1]) + told.count("Actor number") == 30
    assert told.count("Actor number") >= 1


# ---------------------------------------------------------------- readable


def test_labels_do_not_cover_each_other(whole: ET.Element) -> None:
    size = str(int(lettering.SIZE))
    boxes = []
    for text in whole.iter(f"{NS}text"):
        if text.get("font-size") == size and text.get("aria-hidden") is None:
            x, y = float(text.get("x", "")), float(text.get("y", ""))
            wide = lettering.width(text.text or "")
            boxes.append((x - wide / 2, y - 9, x + wide / 2, y + 2))
    assert len(boxes) > 239
    over = 0
    for a, b in combinations(boxes, 2):
        wide = min(a[2], b[2]) - max(a[0], b[0])
        high = min(a[3], b[3]) - max(a[1], b[1])
        over += wide > 8 and high > 4
    assert over <= 3


@pytest.mark.parametrize("name", layout.LAYOUTS)
def test_every_layout_makes_a_picture_that_nothing_sticks_out_of(shipped: Store, name: str) -> None:
    root = picture(shipped, layout=name)
    drawing = next(
        g
        for g in root.findall(f"{NS}g")
        if g.get("transform", "").startswith("translate(28 ")
        and "scale" not in g.get("transform", "")
    )
    _, _, wide, high = (float(part) for part in root.get("viewBox", "").split())
    left, top = map(float, re.findall(r"[\d.]+", drawing.get("transform", "")))
    for text in drawing.iter(f"{NS}text"):
        x, y = left + float(text.get("x", "")), top + float(text.get("y", ""))
        half = lettering.width(text.text or "", float(text.get("font-size", "11"))) / 2
        assert x - half * (text.get("text-anchor") == "middle") >= -4
        assert x + half < wide
        assert 0 < y < high
    assert any(f"Arranged by {name}:" in text for text in words(root))


def test_dark_and_light_pictures_stand_on_their_own_ground(example: Store) -> None:
    for name in ("light", "dark"):
        root = picture(example, theme=name)
        ground = root.find(f"{NS}rect")
        assert ground is not None
        assert ground.get("fill") == view.style()["theme"][name]["canvas"]
        assert root.get("fill") == view.style()["theme"][name]["text"]


# ---------------------------------------------------------------- strangers' words


def test_hostile_labels_stay_text_and_no_element_can_act() -> None:
    store = Store.open(DATA / "hostile-labels.ttl")
    projection = project(store, include_hedged=True)
    title = "</title><script>window.__xss=1</script>\u202egnip\x00\ufffe"
    root = ET.fromstring(render_static(store, projection, title=title))
    drawn = {"svg", "g", "title", "desc", "text", "path", "line", "circle", "rect", "polygon"}
    assert {element.tag.removeprefix(NS) for element in root.iter()} <= drawn
    assert not any(
        name.startswith("on") or "href" in name or name == "style"
        for element in root.iter()
        for name in element.attrib
    )
    told = " ".join(t.text or "" for t in root.iter() if t.text)
    assert "<script>window.__xss=1</script>[U+202E]gnip" in told
    assert "\u202e" not in told
    assert "<img src=x onerror=" in told


def test_odd_labels_make_a_sensible_picture(example: Store) -> None:
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    labels = (
        "x" * 10_000,
        "",
        "שלום עולם",
        "e\u0301\u0323" * 40,
        "조선민주주의인민공화국",
        "\U0001f1f0\U0001f1f5",
    )
    for number, label in enumerate(labels):
        graph.add_node(f"actor:a{number}", label=label, family="nonsense", type="")
        graph.add_edge(f"actor:a{number}", "actor:a0", f"c{number}", modality="odd", sign="?")
    root = picture(example, Projection(graph, "edges", {}))
    assert float(root.get("width", "")) < 3000
    assert "שלום עולם" in words(root)
    assert all(line.get("stroke-dasharray") for line in lines_of(root))


@pytest.mark.parametrize("count", [0, 1])
def test_nothing_and_one_thing_are_pictures_too(example: Store, count: int) -> None:
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    graph.add_nodes_from([f"actor:a{i}" for i in range(count)], label="Alone", family="actor")
    told = words(picture(example, Projection(graph, "edges", {})))
    assert f"{count} nodes and 0 lines. Every claim is drawn." in " ".join(told)
    assert ("Alone" in told) == bool(count)


# ---------------------------------------------------------------- the same every time


_HASHED = """
import hashlib
from pathlib import Path
from kg.projection import project
from kg.store import Store
from kg.view.static import render_static
store = Store.open(Path("tests/data/example.ttl"))
made = render_static(store, project(store, include_hedged=True), title="A title")
print(hashlib.sha256(made).hexdigest())
"""


def test_equal_input_gives_equal_bytes_whatever_the_hash_seed() -> None:
    told = {
        subprocess.run(
            [sys.executable, "-c", _HASHED],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(TOP)},
            cwd=TOP,
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(told) == 1


def test_the_picture_and_the_page_draw_the_same_lines(example: Store, small: ET.Element) -> None:
    graph = project(example, include_hedged=True).graph
    labels = {node: says["label"] for node, says in graph.nodes(data=True)}
    wanted = sorted(
        f"{labels[one]} {says['label']} {labels[other]}"
        for one, other, says in graph.edges(data=True)
    )
    drawn = sorted((line.findtext(f"{NS}title") or "").split(" (")[0] for line in lines_of(small))
    assert drawn == wanted


# ---------------------------------------------------------------- large


def test_above_a_size_dots_and_hairlines_are_drawn_and_that_is_said(
    example: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(static, "DETAIL_UP_TO", 3)
    root = picture(example)
    assert lines_of(root) == []
    assert len(list(root.iter(f"{NS}path"))) < 40
    assert "shape, direction, marks and disputes are not drawn" in " ".join(words(root))


def test_too_many_things_are_refused_with_a_way_out(
    example: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(static, "MAX_NODES", 2)
    with pytest.raises(RefusedError, match="too many for one picture") as caught:
        picture(example)
    assert "--about" in (caught.value.hint or "")


def test_a_form_that_is_not_there_is_refused(example: Store) -> None:
    with pytest.raises(UsageError, match="no picture format 'pdf'"):
        picture(example, form="pdf")


# ---------------------------------------------------------------- PNG


def test_png_without_its_package_is_one_line_and_a_hint(
    example: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(MissingError, match="PNG needs the package resvg-py") as caught:
        picture(example, form="png")
    assert "gambit-kg[png]" in (caught.value.hint or "")


def pixels(png: bytes) -> tuple[int, int, bytes]:
    """Return width, height and the unpacked rows of a PNG."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    wide, high = struct.unpack(">II", png[16:24])
    parts, at = b"", 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            parts += png[at + 8 : at + 8 + length]
        at += 12 + length
    return wide, high, zlib.decompress(parts)


def test_a_png_is_the_picture_at_twice_the_size(example: Store) -> None:
    pytest.importorskip("resvg_py")
    projection = project(example, include_hedged=True)
    root = picture(example)
    made = render_static(example, projection, form="png", title="A title")
    wide, high, rows = pixels(made)
    assert (wide, high) == (2 * int(root.get("width", "")), 2 * int(root.get("height", "")))
    assert len(set(zip(rows[1::4], rows[2::4], rows[3::4], strict=False))) > 50


def test_a_png_has_letters_in_it(example: Store) -> None:
    pytest.importorskip("resvg_py")
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    graph.add_node("actor:a", label=".", family="actor")
    plain = render_static(example, Projection(graph, "edges", {}), form="png", title="A")
    graph.nodes["actor:a"]["label"] = "Legible"
    lettered = render_static(example, Projection(graph, "edges", {}), form="png", title="A")
    assert pixels(plain)[:2] == pixels(lettered)[:2]
    differing = sum(a != b for a, b in zip(pixels(plain)[2], pixels(lettered)[2], strict=True))
    assert differing > 300
