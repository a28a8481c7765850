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
import textwrap
import unicodedata
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

import pyoxigraph as ox

from kg.claims import Claim
from kg.corroboration import Corroboration
from kg.errors import RefusedError
from kg.projection import counted
from kg.store import Store
from kg.turtle import natural
from kg.view import columns, dates, lettering, memory
from kg.view import layout as layouts
from kg.view.dates import sound
from kg.vocab import DCTERMS, KG, RDF, RDFS, SCHEMA, SKOS, compress, expand

if TYPE_CHECKING:
    from jinja2 import Environment

    from kg.projection import Projection

#: More nodes than this are not drawn in one page.
MAX_NODES = 100_000
#: Up to so many nodes a page holds a record for each, above it columns.
MAX_RECORDS = 1000
#: Up to so many nodes a page tells how each describes itself.
MAX_DESCRIBED = 20_000
#: A page holds at most so many claims; it says how many it leaves out.
MAX_CLAIMS = 10_000
#: From so many nodes on a page opens with a summary.
GROUPED_FROM = 5000
#: Characters of a label on the canvas: a line, and in all.
LINE, LABEL = 22, 60

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

Theme = Literal["auto", "light", "dark"]
Record = dict[str, Any]

_HERE = Path(__file__).resolve().parent
# Names that a node's panel shows elsewhere, or that say nothing to a reader.
_SHOWN_ELSEWHERE = {
    RDF + "type",
    SKOS + "prefLabel",
    SKOS + "altLabel",
    SKOS + "definition",
    DCTERMS + "title",
}
_SIGNS = {"1": "positive", "0": "neutral", "-1": "negative"}
# Direction overrides and isolates can make a name read as another one.
_OVERRIDES = re.compile("[\u202a-\u202e\u2066-\u2069]")


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
    served: Mapping[str, str] | None = None,
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
    (``choose``), and which parameters ask for this one (``more``): a page of a server links to
    the pages of things and to larger parts. ``layout`` is one of ``kg.view.layout.LAYOUTS``; ``centre`` puts a node in
    the middle. Equal input gives equal bytes, as far as no earlier drawing of a graph that
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
    vendor, script = _asset("vendor/vis-network.min.js"), own_script()
    environment.filters["json"] = lambda value: Markup(_json(value))  # noqa: S704  escaped there
    environment.globals.update(
        model=model,
        style=style(),
        theme=theme,
        lang="en",
        csp=_policy(vendor, script),
        vendor=Markup(vendor),  # noqa: S704  our own files, see _asset
        script=Markup(script),  # noqa: S704
        css=Markup(_asset("graph.css")),  # noqa: S704
    )
    return environment


def style() -> Record:
    """Return the one table of colours, shapes, dashes and glyphs for page, legend and canvas."""
    found: Record = json.loads((_HERE / "style.json").read_text("utf-8"))
    return found


@cache
def own_script() -> str:
    """Return the page's own script: its parts in their order, inside one function.

    Files cannot import each other from a page on disk, so they share one scope.
    """
    parts = "\n".join(_asset(f"script/{name}.js") for name in SCRIPT)
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


def _policy(*scripts: str) -> str:
    hashes = " ".join(
        "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"
        for text in scripts
    )
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; "
        "img-src data: blob:; connect-src 'none'; base-uri 'none'; form-action 'none'"
    )


def _json(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def shown(text: str) -> str:
    r"""Return a stranger's text as it may be shown: no control characters, no hidden direction.

    Overrides of the reading direction are spelled out, since they can make one
    name look like another.

    >>> shown("a\u202eb\tc")
    'a[U+202E]b c'
    """
    if text.isprintable():
        return text
    spelled = _OVERRIDES.sub(lambda found: f"[U+{ord(found[0]):04X}]", text)
    spelled = re.sub(r"[\t\n\r\u2028\u2029]+", " ", spelled)
    return "".join(
        "\ufffd" if unicodedata.category(char) in ("Cc", "Cs") else char for char in spelled
    )


def label_lines(text: str) -> list[str]:
    """Return a label as the lines drawn on the canvas: wrapped, and cut with an ellipsis.

    >>> label_lines("North Korean troop deployment to Russia's war")
    ['North Korean troop', "deployment to Russia's", 'war']
    """
    text = " ".join(text.split())
    if len(text) > LABEL:
        text = text[: LABEL - 1].rstrip() + "…"
    return textwrap.wrap(text, LINE, break_on_hyphens=False) or ["(no name)"]


def link(url: str) -> str:
    """Return an address if it may become a link, else nothing: https only, and no tricks."""
    return url if re.fullmatch(r"https://[^\s<>\"'\\^`{|}\x00-\x20\x7f]+", url) else ""


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
    edges = _edges(store, projection)
    degree = {node: graph.degree(node) for node in graph}
    # Important nodes first: that is the order in which labels claim their place, and in
    # which claims are taken where not all of them fit.
    order = sorted(graph, key=lambda node: (-degree[node], natural(node)))
    about = {node: _claims_about(store, node) for node in order}
    drawn = {claim for edge in edges for claim in edge["claims"]}
    by_curie, links_between = store.made(_by_curie), store.made(_links)
    wanted = _wanted(projection, about, drawn, links_between, by_curie)
    kept = dict.fromkeys(sorted(wanted[:MAX_CLAIMS], key=natural))
    backing = store.made(_backing)
    claims = {
        curie: _claim(store, by_curie[curie], links_between.get(curie, []), texts)
        | {"edge": curie in backing, "drawn": curie in drawn}
        for curie in kept
    }
    names = _names(store, claims.values(), graph)
    looks, described = style()["families"], len(order) <= MAX_DESCRIBED
    nodes = [
        _node(store, n, graph.nodes[n], degree[n], about[n], looks=looks, described=described)
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
    cited = {place["source"] for claim in claims.values() for place in claim["places"]}
    cited |= {note["cited"] for claim in claims.values() for note in claim["notes"]}
    cited |= {source for edge in edges for source in edge["sources"]}
    for predicate in {date[0] for node in nodes for date in node["dates"]}:
        names.setdefault(predicate, shown(store.label(_iri(predicate))))
    told_of = {curie: _source(store, curie, links) for curie in sorted(cited - {""}, key=natural)}
    behind = _behind(claims.values(), told_of.values()) - set(graph)
    for curie in sorted(behind, key=natural):
        names.setdefault(curie, shown(store.label(_iri(curie))))
    model = {
        "title": shown(title),
        "claims": claims,
        "claimsLeftOut": len(drawn.union(wanted)) - len(claims),
        "sources": told_of,
        "names": names,
        "behind": {
            curie: [shown(name.text) for name in store.labels.get(_iri(curie), ())]
            for curie in sorted(behind - told_of.keys(), key=natural)
        },
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
    links: Mapping[str, list[tuple[str, str]]],
    known: Mapping[str, Claim],
) -> list[str]:
    """Return the claims that belong into a page, those about important nodes first."""
    found = dict.fromkeys(claim for claims in about.values() for claim in claims)
    found.update(dict.fromkeys(sorted(drawn, key=natural)))
    found.update(dict.fromkeys([other for claim in found for _, other in links.get(claim, ())]))
    if projection.whole:  # then also those about things that no line reaches
        found.update(dict.fromkeys(known))
    return [claim for claim in found if claim in known]


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
        f"{total} claim{' is' if total == 1 else 's are'} not drawn: {counted(told)}."
        if total
        else ""
    )
    if bare:
        said += (
            f" {bare} edge{' has' if bare == 1 else 's have'} no claim behind, so "
            f"{'it is' if bare == 1 else 'they are'} not drawn."
        )
    return said.strip() or "Every claim is drawn."


def _iri(curie: str) -> str:
    """Return the IRI of a node; what is none becomes one that names nothing."""
    return sound(expand(curie) or curie)


def _claims_about(store: Store, node: str) -> list[str]:
    return [compress(iri) for iri in store.claims_about.get(_iri(node), ())]


def _edges(store: Store, projection: Projection) -> list[Record]:
    terms = store.vocabulary.terms
    lineages = Corroboration(store)
    found: list[Record] = []
    beside: dict[tuple[str, str], list[Record]] = defaultdict(list)
    small = projection.graph.number_of_nodes() <= MAX_RECORDS
    for source, target, key, says in projection.graph.edges(keys=True, data=True):
        term = terms.get(_iri(str(says["predicate"])))
        behind = [
            store.claims[c] for c in map(_iri, str(says["claims"]).split()) if c in store.claims
        ]
        credibilities = [c.credibility for c in behind if c.credibility is not None]
        edge = {
            "id": f"{source} {key} {target}",
            "from": source,
            "to": target,
            "predicate": says["predicate"],
            "label": shown(str(says["label"])),
            "inverse": term.inverse_phrase if term else "",
            "symmetric": bool(term and term.symmetric),
            "sign": _SIGNS.get(str(says.get("sign")), "none"),
            "modality": says["modality"],
            "kind": says["kind"],
            "denied": says["polarity"] == "negated",
            "hedge": shown(str(says.get("hedge") or "")),
            "direct": bool(says["materialised"]),
            "contested": bool(says.get("contested")),
            "origins": _number(says.get("origins")),
            "confidence": _number(says.get("confidence")),
            "credibility": min(credibilities, default=None),
            "sources": str(says.get("sources") or "").split(),
            "when": dates.of_edge(says, (claim.valid_precision for claim in behind)),
            "claims": str(says["claims"]).split(),
        }
        if small:
            began = lineages.lineage(behind).origins
            edge["began"] = sorted(shown(store.label(origin)) for origin in began)
        found.append(edge)
    rank = {node: place for place, node in enumerate(sorted(projection.graph, key=natural))}
    found.sort(key=lambda edge: (rank[edge["from"]], rank[edge["to"]]))
    # Reading numbers in names takes time, so only where there is more than one line.
    found = [
        edge
        for _, several in groupby(found, key=lambda edge: (edge["from"], edge["to"]))
        for edge in _ordered(list(several))
    ]
    if not small:  # the page fans out what it shows of a large graph
        return found
    for edge in found:
        beside[min(edge["from"], edge["to"]), max(edge["from"], edge["to"])].append(edge)
    for edges in beside.values():
        for index, edge in enumerate(edges):
            # Lines between the same two things fan out; one alone, or the middle one, is straight.
            bend = index - (len(edges) - 1) / 2
            forward = edge["from"] <= edge["to"]
            step = min(0.14, 1.2 / len(edges))
            edge["bend"] = round(step * (bend if forward else -bend), 3)
            edge["loop"] = index if edge["from"] == edge["to"] else -1
    return found


def _ordered(edges: list[Record]) -> list[Record]:
    return sorted(edges, key=lambda edge: natural(edge["id"])) if len(edges) > 1 else edges


def _number(value: object) -> int | None:
    """Return a whole number from an attribute that may be text, or None where there is none."""
    try:
        return int(str(value))
    except ValueError:
        return None


def _node(
    store: Store,
    curie: str,
    says: Mapping[str, Any],
    degree: int,
    about: list[str],
    *,
    looks: Container[str],
    described: bool,
) -> Record:
    label = shown(str(says.get("label") or curie))
    known = store.labels.get(_iri(curie), ())
    family = str(says.get("family") or "")
    return {
        "id": curie,
        "label": label,
        "lines": label_lines(label),
        "type": shown(store.vocabulary.label(_iri(str(says["type"])))) if says.get("type") else "",
        "family": family if family in looks else "other",
        "mark": says.get("mark") or "",
        "status": says.get("status") or "",
        "definition": shown(str(says.get("definition") or "")),
        "degree": degree,
        "names": [[shown(name.text), name.language, int(name.preferred)] for name in known],
        "facts": _facts(store, curie) if described else [],
        "dates": dates.of_node(store, curie, about, says),
        "claims": about,
    }


def _facts(store: Store, curie: str) -> list[list[str]]:
    """Return how a node describes itself: property, value, and the CURIE of a value that is a node.

    What claims say is not repeated here: edge predicates are left out.
    """
    found = []
    for predicate, values in store.describe(_iri(curie)).items():
        term = store.vocabulary.terms.get(predicate)
        if predicate in _SHOWN_ELSEWHERE or (term and term.is_edge):
            continue
        label = store.vocabulary.label(predicate) if term else _words(predicate)
        for value in values:
            if isinstance(value, ox.Literal):
                found.append([label, shown(value.value), ""])
            else:
                found.append([label, shown(store.label(value.value)), compress(value.value)])
    return found


def _words(predicate: str) -> str:
    """Return a foreign property's name in words: ``dcterms:issued`` as "issued"."""
    known = {SCHEMA + "url": "address", RDFS + "seeAlso": "see also", KG + "editorNote": "note"}
    local = re.split(r"[#/:]", predicate)[-1]
    return known.get(predicate) or re.sub(r"(?<=[a-z])(?=[A-Z])", " ", local).lower()


_LINKS = (
    ("conflicts with", "conflicts_with", "conflicts with"),
    ("in tension with", "in_tension_with", "in tension with"),
    ("restates", "restates", "restated by"),
    ("corroborates", "corroborates", "corroborated by"),
)


def _by_curie(store: Store) -> dict[str, Claim]:
    return {compress(iri): claim for iri, claim in store.claims.items()}


def _backing(store: Store) -> frozenset[str]:
    """Return the claims that an edge of the graph stands on."""
    return frozenset(compress(claim) for claims in store.edges.values() for claim in claims)


def _links(store: Store) -> dict[str, list[tuple[str, str]]]:
    """Return the links of each claim to others, read in both directions.

    A denial is linked to what it denies also where the data have no link.
    """
    claims, disputed = store.made(_by_curie), store.disputes
    found: dict[str, dict[tuple[str, str], None]] = defaultdict(dict)
    for iri, others in disputed.items():
        for other in others:
            found[compress(iri)]["conflicts with", compress(other)] = None
    for forward, attribute, backward in _LINKS:
        for curie, claim in claims.items():
            for other in map(compress, getattr(claim, attribute)):
                found[curie][forward, other] = None
                if other in claims:
                    found[other][backward, curie] = None
    return {
        curie: sorted(links, key=lambda pair: (pair[0], natural(pair[1])))
        for curie, links in found.items()
    }


def _claim(
    store: Store, claim: Claim, links: list[tuple[str, str]], texts: Mapping[str, str]
) -> Record:
    literal = isinstance(claim.object, ox.Literal)
    value = claim.object.value if isinstance(claim.object, ox.Literal) else ""
    places = []
    for iri in claim.evidence:
        passage = store.passages.get(iri)
        place = {
            "passage": compress(iri),
            "source": compress(passage.source) if passage and passage.source else "",
            "locator": shown(passage.locator if passage else compress(iri)),
        }
        if compress(iri) in texts:
            place["text"] = shown(texts[compress(iri)])
        places.append(place)
    record: Record = {
        "s": compress(claim.subject),
        "p": compress(claim.predicate),
        "o": "" if literal else compress(str(claim.object)),
        "value": shown(value),
        "text": shown(claim.statement),
        "kind": claim.kind.value,
        "modality": claim.modality.value,
        "hedges": [shown(hedge) for hedge in claim.hedges],
        "denied": claim.polarity.value == "negated",
        "rank": claim.rank.value,
        "rankReason": shown(claim.rank_reason),
        "holders": [compress(holder) for holder in claim.holders],
        "original": [compress(holder) for holder in claim.original_holders],
        "places": places,
        "notes": _notes(store, claim),
        "reach": claim.citation_scope.removesuffix("Scope"),
        "confidence": claim.confidence,
        "credibility": claim.credibility,
        "likelihood": store.vocabulary.label(KG + claim.likelihood) if claim.likelihood else "",
        "valid": _validity(claim),
        "links": [list(pair) for pair in links],
        "retracted": claim.retracted_on,
        "note": shown(claim.note),
    }
    if claim.identity_scheme:
        target = value or str(claim.object)
        outside = [v.value for v in store.objects(claim.iri, KG + "identityValue")]
        record["identity"] = {
            "scheme": shown(claim.identity_scheme),
            "value": shown(outside[0] if outside else value or compress(target)),
            "method": shown(claim.check_method),
            # Wikidata's identifiers are http IRIs by tradition; the pages are https.
            "url": link(
                re.sub(r"^http://www\.wikidata\.org/", "https://www.wikidata.org/", target)
            ),
        }
    return record


def _notes(store: Store, claim: Claim) -> list[Record]:
    """Return the footnotes of a claim: the printed mark and the document it leads to."""
    found = []
    told = set()
    for iri in claim.citations:
        citation = store.citations.get(iri)
        if citation:
            told.add(citation.marker)
            cited = compress(citation.cited) if citation.cited else ""
            found.append({"marker": shown(citation.marker), "cited": cited})
    found += [{"marker": shown(m), "cited": ""} for m in claim.markers if m not in told]
    cited_already = {note["cited"] for note in found}
    found += [
        {"marker": "", "cited": compress(iri)}
        for iri in claim.cited_sources
        if compress(iri) not in cited_already
    ]
    return sorted(found, key=lambda note: (natural(note["marker"]), natural(note["cited"])))


def _validity(claim: Claim) -> str:
    if not (claim.valid_from or claim.valid_to):
        return ""
    if claim.valid_from == claim.valid_to:
        span = claim.valid_from
    elif not claim.valid_to:
        span = f"from {claim.valid_from}"
    elif not claim.valid_from:
        span = f"until {claim.valid_to}"
    else:
        span = f"{claim.valid_from} to {claim.valid_to}"
    return f"{span} (to the {claim.valid_precision})" if claim.valid_precision else span


def _source(store: Store, curie: str, links: Mapping[str, str]) -> Record:
    source = store.sources.get(_iri(curie))
    if source is None:
        return {"title": shown(store.label(_iri(curie))), "url": link(links.get(curie, ""))}
    return {
        "title": shown(source.title or store.label(source.iri)),
        "publisher": shown(store.label(source.publisher)) if source.publisher else "",
        "creators": [shown(store.label(creator)) for creator in source.creators],
        # Whose document it is, and with whom what it tells began: by identifier, since a
        # page asks whether the holder of a claim is one of them.
        "by": [compress(maker) for maker in (*source.creators, source.publisher) if maker],
        "from": [compress(origin) for origin in source.origins],
        "issued": source.issued,
        "url": link(links.get(curie, source.url)),
        "reliability": source.reliability,
        "reliable": store.vocabulary.label(KG + source.reliability) if source.reliability else "",
    }


def _behind(claims: Iterable[Record], sources: Iterable[Record]) -> set[str]:
    """Return everybody on whom claims rest: holders, those relayed, makers of documents."""
    found: set[str] = set()
    for claim in claims:
        found.update(claim["holders"], claim["original"])
    for source in sources:
        found.update(source.get("by", ()), source.get("from", ()))
    return found


def _names(store: Store, claims: Iterable[Record], nodes: Iterable[str]) -> dict[str, str]:
    """Return the label of everything that a claim names and of every predicate."""
    used: set[str] = set()
    for claim in claims:
        used.update((claim["s"], claim["p"], claim["o"], *claim["holders"], *claim["original"]))
    used -= {"", *nodes}
    return {curie: shown(store.label(_iri(curie))) for curie in sorted(used, key=natural)}
