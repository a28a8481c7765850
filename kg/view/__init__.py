"""The page: a projection as one HTML file that needs nothing else.

``render`` gives the file's bytes. pyvis holds the network; the template, the
styles and the script are ours, because pyvis' own page runs labels as markup and
fetches from other hosts. Whatever the data say arrives in the page as text.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

from kg.errors import RefusedError
from kg.projection import counted
from kg.store import Store
from kg.turtle import natural
from kg.view import columns, lettering, memory, records
from kg.view import layout as layouts
from kg.view.records import LABEL as LABEL
from kg.view.records import LINE as LINE
from kg.view.records import MAX_RECORDS as MAX_RECORDS
from kg.view.records import Evidence, Record
from kg.view.records import label_lines as label_lines
from kg.view.records import link as link
from kg.view.records import shown as shown
from kg.view.records import style as style

if TYPE_CHECKING:
    from jinja2 import Environment

    from kg.projection import Projection

#: More nodes than this are not drawn in one page.
MAX_NODES = 100_000
#: Up to so many nodes a page tells how each describes itself.
MAX_DESCRIBED = 20_000
#: A page holds at most so many claims; it says how many it leaves out.
MAX_CLAIMS = 10_000
#: From so many nodes on a page opens with a summary.
GROUPED_FROM = 5000

#: The parts of the page's own script, in the order in which they stand in it. Each may
#: use what those before it define; functions may call each other in any order.
SCRIPT = (
    "base",
    "model",
    "state",
    "filters",
    "shapes",
    "stage",
    "detail",
    "ink",
    "overview",
    "reading",
    "growing",
    "asking",
    "select",
    "card",
    "panel",
    "dates",
    "search",
    "table",
    "timeline",
    "export",
    "start",
)

#: The parts that only a page of a server has: a file asks nobody for anything.
SERVED = frozenset({"asking"})

Theme = Literal["auto", "light", "dark"]

_HERE = Path(__file__).resolve().parent


def render(
    store: Store,
    projection: Projection,
    *,
    title: str,
    sources: Mapping[str, str] | None = None,
    passage_texts: Mapping[str, str] | None = None,
    theme: Theme = "auto",
    layout: str = "force",
    centre: str = "",
    served: Mapping[str, Any] | None = None,
) -> bytes:
    """Return a projection as one HTML page: the graph, its claims, their sources.

    The page of a whole projection holds every claim of the store; that of a part
    holds the claims about what is drawn, and those they are linked to. Above
    ``MAX_CLAIMS`` it holds those of the most connected nodes and says how many it
    leaves out.

    ``sources`` gives links for source documents, by CURIE, that differ from the
    address in the data (an archived copy); only ``https:`` links become links.
    ``passage_texts`` gives the text of passages, by CURIE, where the caller holds a
    local copy. ``served`` says where a server has pages (``root``), the form for another part
    (``choose``), which parameters ask for this one (``more``), where what is beside a thing is
    fetched (``grow``), and how much that is (``around``): a page of a server links to the pages
    of things, and brings in what is around them. ``layout`` is one of
    ``kg.view.layout.LAYOUTS``; ``centre`` puts a node in the middle. Equal input gives equal bytes, as far as no earlier drawing of a graph that
    has grown since is remembered (``kg.view.memory``).

    Raises RefusedError when there are more than ``MAX_NODES`` nodes.
    """
    from pyvis.network import Network

    count = projection.graph.number_of_nodes()
    if count > MAX_NODES:
        raise RefusedError(
            f"{count} nodes are too many to draw in one page (at most {MAX_NODES})",
            hint="draw a part of it: --about NAME --depth 1",
        )
    placing = _Placing(layout, centre)
    nodes, edges, model = _model(
        store, projection, title, sources or {}, passage_texts or {}, placing
    )
    if served is not None:
        model["served"] = dict(served)
    environment = template_environment(model, theme)
    if not nodes and count:
        # Columns are no lists of pyvis'; the template is the same.
        return environment.get_template("page.html").render(nodes=[], edges=[]).encode("utf-8")
    network = Network(directed=True)
    network.nodes, network.edges = nodes, edges  # pyvis' own adders are quadratic
    network.templateEnv, network.path = environment, "page.html"
    return cast("str", network.generate_html()).encode("utf-8")


def template_environment(model: Record, theme: Theme = "auto") -> Environment:
    """Return the autoescaping Jinja2 environment that holds ``page.html`` and what it needs.

    The template asks for ``nodes`` and ``edges`` besides; any Jinja2 renders it.
    """
    from jinja2 import Environment, FileSystemLoader
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    vendor, script = _asset("vendor/vis-network.min.js"), own_script(served="served" in model)
    environment.filters["json"] = lambda value: Markup(_json(value))  # noqa: S704  escaped there
    environment.globals.update(
        model=model,
        style=style(),
        theme=theme,
        lang="en",
        csp=_policy(vendor, script, connect="'self'" if "served" in model else "'none'"),
        vendor=Markup(vendor),  # noqa: S704  our own files, see _asset
        script=Markup(script),  # noqa: S704
        css=Markup(_asset("graph.css")),  # noqa: S704
    )
    return environment


@cache
def own_script(*, served: bool = False) -> str:
    """Return the page's own script: its parts in their order, inside one function.

    Files cannot import each other from a page on disk, so they share one scope.
    """
    parts = "\n".join(
        _asset(f"script/{name}.js") for name in SCRIPT if served or name not in SERVED
    )
    return f'"use strict";\n(() => {{\n{parts}\n}})();\n'


@cache
def _asset(name: str) -> str:
    text = (_HERE / name).read_text("utf-8")
    # A source map is a file that nobody has beside the page.
    text = re.sub(r"\n//# sourceMappingURL=\S+\s*$", "\n", text)
    # Inside a script element nothing may look like the end of it.
    if re.search(r"</(script|style)", text, re.IGNORECASE):
        raise RefusedError(f"{name} cannot stand inside a page: it contains an end tag")
    return text


def _policy(*scripts: str, connect: str) -> str:
    hashes = " ".join(
        "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"
        for text in scripts
    )
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; "
        f"img-src data: blob:; connect-src {connect}; base-uri 'none'; form-action 'none'"
    )


def _json(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


# ---------------------------------------------------------------- the model


class _Placing(NamedTuple):
    """Which layout a page has, and which node is in its middle."""

    layout: str
    centre: str


def _model(
    store: Store,
    projection: Projection,
    title: str,
    links: Mapping[str, str],
    texts: Mapping[str, str],
    placing: _Placing,
) -> tuple[list[Record], list[Record], Record]:
    """Return what the page holds: nodes, edges and the claims, sources and names behind them."""
    graph = projection.graph
    edges = records.edges(store, projection)
    degree = {node: graph.degree(node) for node in graph}
    # Important nodes first: that is the order in which labels claim their place, and in
    # which claims are taken where not all of them fit.
    order = sorted(graph, key=lambda node: (-degree[node], natural(node)))
    about = {node: records.claims_about(store, node) for node in order}
    drawn = {claim for edge in edges for claim in edge["claims"]}
    evidence = store.made(Evidence)
    wanted = _wanted(projection, about, drawn, evidence)
    kept = dict.fromkeys(sorted(wanted[:MAX_CLAIMS], key=natural))
    claims = evidence.told(kept, drawn, texts)
    nodes = [
        records.node_record(
            store, n, graph.nodes[n], degree[n], about[n], described=len(order) <= MAX_DESCRIBED
        )
        for n in order
    ]
    placed = layouts.remembered(
        graph,
        {node["id"]: lettering.room(node["lines"]) for node in nodes},
        scope=memory.scope(store, f"{projection.name} {projection.selection}"),
        layout=placing.layout,
        centre=placing.centre,
    )
    for node in nodes:
        node["x"], node["y"] = placed.places[node["id"]]
    model = {
        "title": shown(title),
        "claims": claims,
        "claimsLeftOut": len(drawn.union(wanted)) - len(claims),
        **evidence.named(nodes, edges, claims, graph, sources=links),
        "leftOut": left_out(projection.left_out),
        "data": store.key,
        "size": [len(nodes), len(edges)],
        "layout": {
            "name": placed.layout,
            "by": placed.method,
            "groups": [
                [shown(g.title), g.x, g.y, g.width, g.height, int(g.ring)] for g in placed.groups
            ],
            "ticks": [[place, shown(text)] for place, text in placed.ticks],
        },
    }
    if len(nodes) >= GROUPED_FROM:
        model["groups"] = columns.groups(nodes, edges)
    if len(nodes) > MAX_RECORDS:
        model["columns"] = columns.pack(nodes, edges, claims)
        return [], [], model
    return nodes, edges, model


def _wanted(
    projection: Projection,
    about: Mapping[str, list[str]],
    drawn: Iterable[str],
    evidence: Evidence,
) -> list[str]:
    """Return the claims that belong into a page, those about important nodes first."""
    found = dict.fromkeys(claim for claims in about.values() for claim in claims)
    found.update(dict.fromkeys(sorted(drawn, key=natural)))
    found.update(dict.fromkeys(evidence.linked(found)))
    if projection.whole:  # then also those about things that no line reaches
        found.update(dict.fromkeys(evidence.claims))
    return [claim for claim in found if claim in evidence.claims]


def left_out(counts: Mapping[str, int]) -> str:
    """Return one sentence on the claims that are not drawn, and why.

    >>> left_out({"literal value": 40, "negated": 1})
    '41 claims are not drawn: 40 literal values, 1 negated.'
    """
    told = {shown(reason): number for reason, number in counts.items() if number}
    # The projection counts these in edges, not in claims.
    bare = told.pop("edge without claim", 0)
    total = sum(told.values())
    said = (
        f"{total:,} claim{' is' if total == 1 else 's are'} not drawn: {counted(told)}."
        if total
        else ""
    )
    if bare:
        said += (
            f" {bare} edge{' has' if bare == 1 else 's have'} no claim behind, so "
            f"{'it is' if bare == 1 else 'they are'} not drawn."
        )
    return said.strip() or "Every claim is drawn."
