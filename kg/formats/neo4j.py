"""Neo4j: files for ``neo4j-admin database import``, and Cypher for a database that exists.

Relationships are the edge layer alone. Every claim is a node, hedged or not, joined to
what it is about, to who holds it, to its passages and through these to its sources; so
a possibility can be found, and is never a relationship between two states.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from kg import dates
from kg.claims import Claim, Passage, Polarity, Source
from kg.formats import cypher
from kg.formats.flat import (
    LISTS,
    Flat,
    Line,
    flat,
    identifiers,
    not_xml,
    stands,
    xml_text,
)
from kg.formats.projected import describing
from kg.formats.record import Format, Losses, Outgoing
from kg.formats.rows import needs_quotes, row
from kg.projection.attributes import Attributes, Value
from kg.turtle import natural
from kg.vocab import ID, KG, compress, expand

#: Between the values of one cell; what neo4j-admin takes it for unless told otherwise.
ARRAY = ";"
_NOT_A_NAME = re.compile(r"[^A-Za-z0-9_]+")
# Before a quotation mark or another one, a backslash in quotes means two things: itself to
# neo4j-admin, an escape to LOAD CSV (db.import.csv.legacy_quote_escaping).
_BACKSLASH = re.compile(r'\\(?=["\\]|\Z)')
_DATES = frozenset({"valid_from", "valid_to", "covered_to", "retracted_on"})
_CLAIM_TEXTS = (
    "statement", "kind", "modality", "polarity", "rank", "rank_reason", "citation_scope",
    "likelihood", "valid_precision", "note", "identity_scheme", "check_method",
)  # fmt: skip
_CLAIM_LINKS = (
    ("HELD_BY", "holders"),
    ("ORIGINALLY_HELD_BY", "original_holders"),
    ("EVIDENCE", "evidence"),
    ("CITES", "cited_sources"),
)
_BETWEEN_CLAIMS = ("conflicts_with", "corroborates", "in_tension_with", "restates")


@dataclass(slots=True)
class Table:
    """One file: its columns as ``name:type``, and its rows by column."""

    file: str
    columns: dict[str, None]
    rows: list[dict[str, str]] = field(default_factory=list)

    def content(self) -> bytes:
        """Return the file: a head, then a line each."""
        lines = [row(self.columns)]
        lines += [row([cells.get(name, "") for name in self.columns]) for cells in self.rows]
        return "".join(lines).encode("utf-8", "replace")


def write_neo4j(out: Outgoing, losses: Losses) -> dict[str, bytes]:
    """Return the files of a Neo4j import, with how to go about it in ``README.md``.

    Ids are CURIEs, the same in every export. A semicolon within one value of a list, and
    a backslash before a quotation mark, become their full-width forms, since the two ways
    to import read them differently.
    """
    graph = flat(out)
    making = Cells(losses)
    links = _Links()
    claims = _claims(out, making, links)
    passages, sources = _read_from(out, making, links)
    named = {cells["id:ID"] for table in (claims, passages, sources) for cells in table.rows}
    lines = [line for line in graph.lines if not line.hedged and out.what != "claims"]
    edges = _edges(lines, making)
    ends = {end for line in lines for end in (line.source, line.target)}
    wanted = {*map(compress, out.entities), *graph.nodes, *ends, *links.ends()} - named
    nodes = _nodes(out, graph, making, sorted(wanted, key=natural))
    losses.other("describing statement", describing(out.store, wanted))
    losses.other("footnote", len({iri for c in out.claims.values() for iri in c.citations}))
    making.report()
    tables = (nodes, claims, passages, sources)
    relationships = (edges, links.table)
    return {
        "README.md": cypher.readme(tables, relationships, graph.description).encode(),
        **{table.file: table.content() for table in (*tables, *relationships)},
        "load.cypher": cypher.load(tables, relationships).encode(),
    }


class Cells:
    """Makes cells, and counts what had to be changed for them."""

    def __init__(self, losses: Losses) -> None:
        self.losses = losses
        self._changed = dict.fromkeys(("semicolon in a list", "backslash", "control character"), 0)

    def text(self, text: str) -> str:
        """Return one text as both ways to import read it alike."""
        self._changed["control character"] += not_xml((text,))
        found = xml_text(text)
        if "\\" in found and needs_quotes(found):
            found, count = _BACKSLASH.subn("＼", found)
            self._changed["backslash"] += count
        return found

    def many(self, values: Iterable[str]) -> str:
        """Return several texts in one cell."""
        parts = [value for value in values if value]
        self._changed["semicolon in a list"] += sum(part.count(ARRAY) for part in parts)
        return self.text(ARRAY.join([part.replace(ARRAY, "；") for part in parts]))

    def value(self, value: Value) -> str:
        """Return an attribute."""
        return str(value).lower() if isinstance(value, bool) else self.text(str(value))

    def ids(self, iris: Iterable[str]) -> str:
        """Return the ids of some nodes in one cell."""
        return self.many(map(compress, iris))

    def date(self, text: str) -> str | None:
        """Return a day as Neo4j reads it; None for a text that is no day."""
        found = dates.day(text) if text else None
        return found.isoformat() if found else None if text else ""

    def report(self) -> None:
        """Tell what was changed."""
        for what, count in self._changed.items():
            self.losses.other(f"{what} replaced", count)


class _Links:
    """What joins the nodes that are not joined by an edge: claims, passages, sources."""

    def __init__(self) -> None:
        self.table = Table("claim_links.csv", dict.fromkeys((":START_ID", ":END_ID", ":TYPE")))
        self._seen: set[tuple[str, str, str]] = set()

    def add(self, start: str, kind: str, ends: Iterable[str]) -> None:
        """Join a node to others, each by its IRI and once."""
        for end in ends:
            key = (compress(start), compress(end), kind)
            if end and key not in self._seen:
                self._seen.add(key)
                self.table.rows.append(dict(zip(self.table.columns, key, strict=True)))

    def ends(self) -> set[str]:
        """Return the ids of everything that is joined."""
        return {end for link in self._seen for end in link[:2]}


# ---------------------------------------------------------------- the files


def _claims(out: Outgoing, making: Cells, links: _Links) -> Table:
    texts = dict.fromkeys(_CLAIM_TEXTS)
    head = (
        "id:ID", "label", ":LABEL", "iri", "predicate", "value", "value_type", "value_language",
        *texts, "hedges:string[]", "markers:string[]", "citations:string[]", "confidence:int",
        "credibility:int", "valid_from:date", "valid_to:date", "covered_to:date",
        "retracted_on:date", "materialised:boolean",
    )  # fmt: skip
    table = Table("claims.csv", dict.fromkeys(head))
    backing = {iri for behind in out.store.edges.values() for iri in behind}
    for iri, claim in out.claims.items():
        _link_claim(out, claim, links, making.losses)
        cells = {
            "id:ID": compress(iri),
            "label": making.text(claim.statement or compress(iri)),
            ":LABEL": ARRAY.join(_claim_labels(out, claim)),
            "iri": making.text(iri),
            "predicate": making.text(compress(claim.predicate)),
            **{name: making.text(str(getattr(claim, name))) for name in texts},
            "hedges:string[]": making.many(claim.hedges),
            "markers:string[]": making.many(claim.markers),
            "citations:string[]": making.ids(claim.citations),
            "confidence:int": "" if claim.confidence is None else str(claim.confidence),
            "credibility:int": "" if claim.credibility is None else str(claim.credibility),
            "materialised:boolean": str(iri in backing).lower(),
        }
        if not isinstance(claim.object, str):
            cells["value"] = making.text(claim.object.value)
            cells["value_type"] = making.text(compress(claim.object.datatype.value))
            cells["value_language"] = claim.object.language or ""
        for name in _DATES:
            day = making.date(getattr(claim, name))
            if day is None:
                making.losses.reduced(iri, name)
            cells[f"{name}:date"] = day or ""
        table.rows.append(cells)
    return table


def _claim_labels(out: Outgoing, claim: Claim) -> list[str]:
    found = ["Resource", "Claim"]
    if not stands(claim, out.store.vocabulary):
        found.append("Hedged")
    if claim.polarity is Polarity.NEGATED:
        found.append("Negated")
    return found


def _link_claim(out: Outgoing, claim: Claim, links: _Links, losses: Losses) -> None:
    links.add(claim.iri, "SUBJECT", [claim.subject])
    if isinstance(claim.object, str):
        links.add(claim.iri, "OBJECT", [claim.object])
    for kind, name in _CLAIM_LINKS:
        links.add(claim.iri, kind, getattr(claim, name))
    for name in _BETWEEN_CLAIMS:
        others = getattr(claim, name)
        links.add(claim.iri, name.upper(), [iri for iri in others if iri in out.claims])
        if any(iri not in out.claims for iri in others):
            losses.reduced(claim.iri, name)


def _read_from(out: Outgoing, making: Cells, links: _Links) -> tuple[Table, Table]:
    """Return the passages that claims rest on, and the documents these are in or cite."""
    store = out.store
    passages = Table(
        "passages.csv",
        dict.fromkeys(
            ("id:ID", "label", ":LABEL", "iri", "locator", "section", "fingerprint", "length:int",
             "unit_kind", "position:int")
        ),
    )  # fmt: skip
    documents = dict.fromkeys(out.sources)
    places = {iri for claim in out.claims.values() for iri in claim.evidence}
    for iri in sorted(places, key=natural):
        found = store.passages.get(iri, Passage(iri))
        links.add(iri, "IN_SOURCE", [found.source])
        documents |= {found.source: None} if found.source else {}
        passages.rows.append(
            {
                "id:ID": compress(iri),
                "label": making.text(found.locator or compress(iri)),
                ":LABEL": "Resource;Passage",
                "iri": making.text(iri),
                "locator": making.text(found.locator),
                "section": making.text(found.section),
                "fingerprint": making.text(found.fingerprint),
                "length:int": "" if found.length is None else str(found.length),
                "unit_kind": making.text(found.unit_kind),
                "position:int": "" if found.position is None else str(found.position),
            }
        )
    documents |= {iri: None for c in out.claims.values() for iri in c.cited_sources}
    taken = places | out.claims.keys()
    return passages, _sources(out, making, links, sorted(documents.keys() - taken, key=natural))


def _sources(out: Outgoing, making: Cells, links: _Links, iris: Iterable[str]) -> Table:
    head = (
        "id:ID", "label", ":LABEL", "iri", "title", "issued:date", "url", "language", "reliability",
        "note",
    )  # fmt: skip
    table = Table("sources.csv", dict.fromkeys(head))
    for iri in iris:
        # The origin of a document may be an agency: that is an entity, not a document.
        if iri not in out.store.sources and not iri.startswith(ID + "source/"):
            continue
        found = out.store.sources.get(iri, Source(iri))
        links.add(iri, "PUBLISHED_BY", [found.publisher])
        links.add(iri, "CREATED_BY", found.creators)
        links.add(iri, "ORIGINATES_FROM", found.origins)
        issued = making.date(found.issued)
        if issued is None:
            making.losses.other("date of a source that is no date")
        table.rows.append(
            {
                "id:ID": compress(iri),
                "label": making.text(found.title or out.store.label(iri)),
                ":LABEL": "Resource;Source",
                "iri": making.text(iri),
                "issued:date": issued or "",
                **{
                    n: making.text(getattr(found, n))
                    for n in ("title", "url", "language", "reliability", "note")
                },
            }
        )
    return table


def _nodes(out: Outgoing, graph: Flat, making: Cells, ids: Iterable[str]) -> Table:
    attributes = Attributes(out.store, out.claims)
    table = Table("nodes.csv", dict.fromkeys(("id:ID", "label", ":LABEL", "iri", "names:string[]")))
    elsewhere = identifiers(out)
    known = {
        node: graph.nodes.get(node)
        or {**attributes.node(expand(node) or node, {}), **elsewhere.get(node, {})}
        for node in ids
    }
    heads = _heads(known.values(), {"label"})
    table.columns |= dict.fromkeys(heads.values())
    for node, data in known.items():
        iri = expand(node) or node
        label = str(data.get("label", node))
        names = {name.text: None for name in out.store.labels.get(iri, ())}
        table.rows.append(
            {
                "id:ID": making.text(node),
                "label": making.text(label),
                ":LABEL": ARRAY.join(_labels(out, iri, data)),
                "iri": making.text(iri),
                "names:string[]": making.many(name for name in names if name != label),
                **_attributes(data, heads, making),
            }
        )
    return table


def _labels(out: Outgoing, iri: str, data: Mapping[str, Value]) -> list[str]:
    """Return the labels of a node: its class and what that is a kind of, by the ontology."""
    if iri in out.store.claims:  # one that does not go out, and that another is about
        return _claim_labels(out, out.store.claims[iri])
    kind = expand(str(data.get("type", ""))) or ""
    above = [iri for iri in out.store.vocabulary.ancestors(kind) if iri.startswith(KG)]
    found = [name for iri in reversed(above) if (name := _name(iri.removeprefix(KG)))]
    return list(dict.fromkeys(["Resource", "Entity", *found]))


def _edges(lines: Sequence[Line], making: Cells) -> Table:
    heads = _heads((line.data for line in lines), {"hedged", "materialised", "claims", "claim_id"})
    head = (":START_ID", ":END_ID", ":TYPE", "id", "claim_ids:string[]")
    table = Table("edges.csv", dict.fromkeys((*head, *heads.values())))
    for line in lines:
        table.rows.append(
            {
                ":START_ID": making.text(line.source),
                ":END_ID": making.text(line.target),
                ":TYPE": relationship_type(line),
                "id": making.text(line.id),
                "claim_ids:string[]": making.ids(line.claims),
                **_attributes(line.data, heads, making),
            }
        )
    return table


def relationship_type(line: Line) -> str:
    """Return the type of a relationship: the property's name in upper case, words apart."""
    name = str(line.data["predicate"]).removeprefix("kg:")
    return _name(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper()) or "RELATED"


def _name(text: str) -> str:
    found = _NOT_A_NAME.sub("_", text).strip("_")
    return f"_{found}" if found[:1].isdecimal() else found


def _heads(rows: Iterable[Mapping[str, Value]], own: set[str]) -> dict[str, str]:
    """Return the column of each attribute, with the type that all its values have."""
    types: dict[str, str] = {}
    for data in rows:
        for name, value in data.items():
            types[name] = _type(name, value, types.get(name))
    taken: set[str] = set()
    heads = {}
    for name in sorted(types.keys() - own):
        column = _name(name) or "_"
        while column in taken:  # schema:url and schema_url
            column += "_"
        taken.add(column)
        heads[name] = column + types[name]
    return heads


_FLAGS = frozenset({"contested", "symmetric"})


def _type(name: str, value: Value, before: str | None) -> str:
    if name in LISTS or name.endswith("_claims"):
        return ":string[]"
    if name in ("valid_from", "valid_to", "covered_to"):
        return ":date"
    if name in _FLAGS or name.endswith("_contested") or isinstance(value, bool):
        found = ":boolean"
    else:
        found = ":int" if isinstance(value, int) else ""
    return found if before in (None, found) else ""


def _attributes(
    data: Mapping[str, Value], heads: Mapping[str, str], making: Cells
) -> dict[str, str]:
    return {
        head: _READ.get(head.rpartition(":")[2], _plain)(data[name], making)
        for name, head in heads.items()
        if name in data
    }


def _plain(value: Value, making: Cells) -> str:
    return making.value(value)


_READ: Mapping[str, Callable[[Value, Cells], str]] = {
    "string[]": lambda value, making: making.many(str(value).split()),
    "date": lambda value, making: making.date(str(value)) or "",
    "boolean": lambda value, _: str(bool(value)).lower(),
}

FORMAT = Format(
    name="neo4j",
    suffix="",
    media_type="text/csv",
    description=(
        "a folder for neo4j-admin database import, with Cypher for a database that exists: edges "
        "as relationships, every claim as a node with its evidence"
    ),
    losses=(
        "what describes footnotes and nodes beyond names, class, dates and identifiers; times that "
        "are no dates"
    ),
    projected=True,
    write=write_neo4j,
)
