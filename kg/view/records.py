"""What a page holds of each thing, line, claim and source: plain records, ready for JSON.

The same records stand in a page and in what a server sends to be merged into one. Whatever
the data say is text, and signs that turn the direction of reading are spelled out.
"""

from __future__ import annotations

import json
import re
import textwrap
import unicodedata
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from functools import cache, cached_property
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from kg.claims import Claim
from kg.corroboration import Corroboration
from kg.store import Store
from kg.turtle import natural
from kg.view import dates
from kg.view.dates import sound
from kg.vocab import DCTERMS, KG, RDF, RDFS, SCHEMA, SKOS, compress, expand

if TYPE_CHECKING:
    from kg.projection import Projection

#: From more nodes on, what only a reader of one line asks for is left to the page.
MAX_RECORDS = 1000
#: Characters of a label on the canvas: a line, and in all.
LINE, LABEL = 22, 60

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


@cache
def style() -> Record:
    """Return the one table of colours, shapes, dashes and glyphs for page, legend and canvas."""
    found: Record = json.loads((_HERE / "style.json").read_text("utf-8"))
    return found


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


def iri_of(curie: str) -> str:
    """Return the IRI of a node; what is none becomes one that names nothing."""
    return sound(expand(curie) or curie)


def claims_about(store: Store, node: str) -> list[str]:
    """Return the claims about a thing."""
    return [compress(iri) for iri in store.claims_about.get(iri_of(node), ())]


def edges(store: Store, projection: Projection) -> list[Record]:
    """Return the records of the lines of a projection, those of one thing beside each other."""
    terms = store.vocabulary.terms
    lineages = Corroboration(store)
    found: list[Record] = []
    beside: dict[tuple[str, str], list[Record]] = defaultdict(list)
    small = projection.graph.number_of_nodes() <= MAX_RECORDS
    for source, target, key, says in projection.graph.edges(keys=True, data=True):
        term = terms.get(iri_of(str(says["predicate"])))
        behind = [
            store.claims[c] for c in map(iri_of, str(says["claims"]).split()) if c in store.claims
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


def node_record(
    store: Store,
    curie: str,
    says: Mapping[str, Any],
    degree: int,
    about: list[str],
    *,
    described: bool,
) -> Record:
    """Return the record of a thing; one that is not ``described`` tells only its names and dates."""
    label = shown(str(says.get("label") or curie))
    known = store.labels.get(iri_of(curie), ())
    family = str(says.get("family") or "")
    return {
        "id": curie,
        "label": label,
        "lines": label_lines(label),
        "type": shown(store.vocabulary.label(iri_of(str(says["type"]))))
        if says.get("type")
        else "",
        "family": family if family in style()["families"] else "other",
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
    for predicate, values in store.describe(iri_of(curie)).items():
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


def links(
    claims: Mapping[str, Claim], disputed: Mapping[str, tuple[str, ...]]
) -> dict[str, list[tuple[str, str]]]:
    """Return the links of each claim to others, read in both directions.

    A denial is linked to what it denies also where the data have no link.
    """
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


def claim_record(
    store: Store, claim: Claim, links: list[tuple[str, str]], texts: Mapping[str, str]
) -> Record:
    """Return the record of a claim: what it says, how firmly, who holds it, where it stands."""
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


def source(store: Store, curie: str, links: Mapping[str, str]) -> Record:
    """Return the record of a document; ``links`` has addresses that differ from the data's."""
    document = store.sources.get(iri_of(curie))
    if document is None:
        return {"title": shown(store.label(iri_of(curie))), "url": link(links.get(curie, ""))}
    return {
        "title": shown(document.title or store.label(document.iri)),
        "publisher": shown(store.label(document.publisher)) if document.publisher else "",
        "creators": [shown(store.label(creator)) for creator in document.creators],
        # Whose document it is, and with whom what it tells began: by identifier, since a
        # page asks whether the holder of a claim is one of them.
        "by": [compress(maker) for maker in (*document.creators, document.publisher) if maker],
        "from": [compress(origin) for origin in document.origins],
        "issued": document.issued,
        "url": link(links.get(curie, document.url)),
        "reliability": document.reliability,
        "reliable": store.vocabulary.label(KG + document.reliability)
        if document.reliability
        else "",
    }


def behind(claims: Iterable[Record], sources: Iterable[Record]) -> set[str]:
    """Return everybody on whom claims rest: holders, those relayed, makers of documents."""
    found: set[str] = set()
    for claim in claims:
        found.update(claim["holders"], claim["original"])
    for source in sources:
        found.update(source.get("by", ()), source.get("from", ()))
    return found


def names(store: Store, claims: Iterable[Record], nodes: Iterable[str]) -> dict[str, str]:
    """Return the label of everything that a claim names and of every predicate."""
    used: set[str] = set()
    for claim in claims:
        used.update((claim["s"], claim["p"], claim["o"], *claim["holders"], *claim["original"]))
    used -= {"", *nodes}
    return {curie: shown(store.label(iri_of(curie))) for curie in sorted(used, key=natural)}


class Evidence:
    """The claims of a store as pages hold them: ask ``store.made(Evidence)``, which keeps it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @cached_property
    def claims(self) -> dict[str, Claim]:
        """Every claim by its CURIE."""
        return {compress(iri): claim for iri, claim in self._store.claims.items()}

    @cached_property
    def _links(self) -> dict[str, list[tuple[str, str]]]:
        return links(self.claims, self._store.disputes)

    @cached_property
    def _backing(self) -> set[str]:
        return {compress(claim) for claims in self._store.edges.values() for claim in claims}

    def linked(self, claims: Iterable[str]) -> list[str]:
        """Return the claims that are linked to some, such as those that dispute them."""
        return [other for claim in claims for _, other in self._links.get(claim, ())]

    def told(
        self, wanted: Iterable[str], drawn: Container[str], texts: Mapping[str, str]
    ) -> dict[str, Record]:
        """Return the records of claims; those behind lines are ``drawn``."""
        return {
            curie: claim_record(self._store, self.claims[curie], self._links.get(curie, []), texts)
            | {"edge": curie in self._backing, "drawn": curie in drawn}
            for curie in wanted
        }

    def named(
        self,
        nodes: Iterable[Record],
        edges: Iterable[Record],
        claims: Mapping[str, Record],
        drawn: Iterable[str],
        *,
        sources: Mapping[str, str],
    ) -> Record:
        """Return the sources of these records, and the names of all that they mention.

        ``drawn`` are the things that have a record of their own; ``sources`` gives links
        that differ from the address in the data.
        """
        store, there = self._store, set(drawn)
        cited = {place["source"] for claim in claims.values() for place in claim["places"]}
        cited |= {note["cited"] for claim in claims.values() for note in claim["notes"]}
        cited |= {curie for edge in edges for curie in edge["sources"]}
        known = names(store, claims.values(), there)
        for predicate in {date[0] for node in nodes for date in node["dates"]}:
            known.setdefault(predicate, shown(store.label(iri_of(predicate))))
        told_of = {c: source(store, c, sources) for c in sorted(cited - {""}, key=natural)}
        others = behind(claims.values(), told_of.values()) - there
        for curie in sorted(others, key=natural):
            known.setdefault(curie, shown(store.label(iri_of(curie))))
        return {
            "sources": told_of,
            "names": known,
            "behind": {
                curie: [shown(name.text) for name in store.labels.get(iri_of(curie), ())]
                for curie in sorted(others - told_of.keys(), key=natural)
            },
        }
