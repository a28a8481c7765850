"""A small graph with texts that break formats, for the exports into other worlds."""

from __future__ import annotations

from pathlib import Path

from pyoxigraph import Literal, NamedNode, Triple

from kg.claims import Claim, Kind, Modality, Passage, Polarity, Source
from kg.store import Store
from kg.vocab import DCTERMS, ID, KG, RDF, SKOS

#: A text that ends strings, entries and lines in one format or another.
NAUGHTY = '}} @misc{x, "}{ 100% #1 & $_ \\ ~ ^ </script> \u202e\n=cmd()\tÅ 北 \U0001f30d'
#: One that ends BibTeX's braces and opens none.
BRACES = "a } b } c { d \\} \\"
NAMES = {
    "actor/arland": (NAUGHTY, "State"),
    "actor/borland": ('"', "State"),
    "actor/writer": ("O'Neil {and} Sons, Ltd & Co", "Person"),
    "actor/paper": (BRACES, "Outlet"),
    "place/hill": ("Hill #1 (100%)", "Territory"),
    "event/war": ("War of 50%", "Event"),
    "event/maybe": ("Next war", "Event"),
    "agreement/pact": ("Pact of \\ and }", "Treaty"),
    "motivation/gain": ("to gain", "Motivation"),
}


def write_store(folder: Path) -> Store:
    """Return a store of invented claims, some hedged, two that dispute each other unweighed."""
    path = folder / "naughty.ttl"
    path.write_text("", "utf-8")
    store = Store.open(path)
    graph = next(graph for graph in store.inputs if graph.value.endswith("/naughty"))
    store.add_triples(_described(), graph=graph)
    store.add(_records(), graph=graph)
    return store


def _iri(name: str) -> str:
    return ID + name


def _described() -> list[Triple]:
    found = []
    for name, (label, cls) in NAMES.items():
        node = NamedNode(_iri(name))
        found += [
            Triple(node, NamedNode(RDF + "type"), NamedNode(KG + cls)),
            Triple(node, NamedNode(SKOS + "prefLabel"), Literal(label, language="en")),
            Triple(node, NamedNode(SKOS + "altLabel"), Literal("x" * 500, language="en")),
            Triple(node, NamedNode(SKOS + "definition"), Literal(NAUGHTY + "\x00 y" * 30_000)),
        ]
    status = NamedNode(KG + "eventStatus")
    found.append(Triple(NamedNode(_iri("event/war")), status, NamedNode(KG + "happened")))
    found.append(Triple(NamedNode(_iri("event/maybe")), status, NamedNode(KG + "potential")))
    accessed = Literal("2025-01-05", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#date"))
    found.append(Triple(NamedNode(_iri("source/one")), NamedNode(KG + "accessed"), accessed))
    foreign = NamedNode("http://example.org/a%20report?x=1&y=%7B")
    found.append(Triple(foreign, NamedNode(DCTERMS + "title"), Literal("Foreign \u202e report")))
    return found


def _records() -> list[Claim | Passage | Source]:
    sources = [
        Source(
            _iri("source/one"),
            title=NAUGHTY,
            creators=(_iri("actor/writer"),),
            publisher=_iri("actor/paper"),
            issued="2024-02-29",
            url="https://example.org/a{b}c?d=%41&e=#f\\g",
            language="en-GB",
            reliability="B",
            note=BRACES,
        ),
        Source(_iri("source/two"), title=BRACES, url="javascript:alert(1)", language="xx"),
        Source("http://example.org/a%20report?x=1&y=%7B", issued="2024-02-31"),
    ]
    passages = [
        Passage(_iri(f"passage/p{n}"), source=source.iri, locator=f"page {n} of 100%")
        for n, source in enumerate(sources, 1)
    ]
    return [*sources, *passages, *_claims()]


def _claim(
    number: int, subject: str, predicate: str, value: str | Literal, **more: object
) -> Claim:
    fields: dict[str, object] = {
        "kind": Kind.FACT,
        "modality": Modality.ASSERTED,
        "statement": f"{NAUGHTY} {number}",
        "holders": (_iri("actor/writer"),),
        "evidence": (_iri("passage/p1"),),
        "credibility": 3,
        **more,
    }
    term = value if isinstance(value, Literal) else _iri(value)
    return Claim(_iri(f"claim/c{number}"), _iri(subject), KG + predicate, term, **fields)  # type: ignore[arg-type]


def _claims() -> list[Claim]:
    date = NamedNode("http://www.w3.org/2001/XMLSchema#date")
    return [
        _claim(1, "actor/arland", "partnerOf", "actor/borland", valid_from="2001-01-01",
               valid_precision="year", confidence=70, evidence=(_iri("passage/p1"), _iri("passage/p3"))),
        _claim(2, "actor/arland", "sanctions", "actor/borland", evidence=(_iri("passage/p2"),)),
        _claim(3, "actor/arland", "sanctions", "actor/borland", polarity=Polarity.NEGATED),
        _claim(4, "event/maybe", "initiator", "actor/arland", kind=Kind.FORECAST,
               modality=Modality.POSSIBLE, hedges=("could",), confidence=30),
        _claim(5, "agreement/pact", "hasParty", "actor/arland",
               cited_sources=("http://example.org/a%20report?x=1&y=%7B",), markers=("5", "6")),
        _claim(6, "agreement/pact", "signedOn", Literal("2024-02-29", datatype=date)),
        _claim(7, "event/war", "place", "place/hill"),
        _claim(8, "event/war", "motivatedBy", "motivation/gain", kind=Kind.ASCRIPTION),
        _claim(9, "actor/borland", "characterizedAs", Literal(BRACES, language="en"),
               kind=Kind.ASSESSMENT, confidence=50, credibility=6),
        _claim(10, "actor/arland", "identityValue", Literal("KN" * 60), identity_scheme="fips10-4"),
        _claim(11, "actor/arland", "identityValue", Literal("AR"), identity_scheme="iso3166-1-alpha2"),
        _claim(12, "place/hill", "identityValue", Literal("kp"), identity_scheme="ftm"),
        _claim(13, "event/war", "date", Literal("2024-02-28", datatype=date),
               valid_from="2024-02-28", valid_to="2024-02-28"),
        _claim(15, "claim/c16", "signals", "event/war"),
        _claim(16, "actor/arland", "opposes", "actor/paper"),
        _claim(14, "actor/borland", "supports", "actor/arland", retracted_on="2024-03-01"),
    ]  # fmt: skip
