"""RDF/XML, for programs that read no other RDF.

Written here and not by rdflib 7.6, whose writer numbers unknown namespaces in the order
of a set, and writes control characters that no XML reader takes.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from kg.formats.record import Format, Losses, Outgoing
from kg.formats.triples import account_union, union
from kg.turtle import natural
from kg.vocab import PREFIXES, RDF, compress

if TYPE_CHECKING:
    from rdflib.term import Node

# What XML 1.0 (section 2.2) cannot hold even escaped.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# The end of an IRI that can be the name of an element: letters that the fourth and the
# fifth edition of XML 1.0 agree on, since readers follow either.
_LETTER = "A-Za-z_\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff\u0391-\u03a1\u0410-\u044f\u4e00-\u9fa5\uac00-\ud7a3"
_NAME = re.compile(rf"[{_LETTER}][{_LETTER}0-9.\-]*$")
# Names that mean something else to a reader (RDF 1.1 XML Syntax, sections 5.1 and 7.4),
# and the namespaces that XML keeps for itself.
_TAKEN = {
    RDF + name
    for name in (
        *("RDF", "Description", "ID", "about", "parseType", "resource", "nodeID", "datatype"),
        *("li", "aboutEach", "aboutEachPrefix", "bagID"),
    )
}
_OF_XML = ("http://www.w3.org/XML/1998/namespace", "http://www.w3.org/2000/xmlns/")


def write_rdfxml(out: Outgoing, losses: Losses) -> dict[str, bytes]:
    """Return what goes out as RDF/XML, one element a node, nodes and properties sorted.

    Characters that XML cannot hold become U+FFFD. A statement whose property XML cannot
    name is left out; both are reported with the claim they belong to.
    """
    account_union(out, losses)
    names: dict[str, tuple[str, str]] = {}
    nodes: dict[str, list[tuple[str, Node]]] = defaultdict(list)
    for subject, predicate, value in union(out):
        node, link = str(subject), str(predicate)
        if link not in names:
            names[link] = _split(link)
        if not names[link][1] or any(map(_NOT_XML.search, (node, link))):
            losses.other("statement whose property XML cannot name")
            if node in out.claims:
                losses.reduced(node, compress(link))
            continue
        nodes[node].append((link, value))
    prefixes = _prefixes({namespace for namespace, local in names.values() if local})
    changed: Counter[str] = Counter()
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<rdf:RDF"]
    lines += [f"    xmlns:{prefix}={quoteattr(ns)}" for ns, prefix in prefixes.items()]
    lines[-1] += ">"
    for node in sorted(nodes, key=natural):
        lines.append(f"  <rdf:Description rdf:about={quoteattr(node)}>")
        said = {
            (f"{prefixes[names[link][0]]}:{names[link][1]}", *_value(value))
            for link, value in nodes[node]
        }
        for name, attribute, text in sorted(said, key=lambda one: [natural(t) for t in one]):
            clean, count = _NOT_XML.subn("\ufffd", text)
            if count:
                losses.other("character not allowed in XML", count)
                changed[node] += count
            lines.append(f"    <{name}{attribute}{_content(name, clean)}")
        lines.append("  </rdf:Description>")
    for node in changed:
        if node in out.claims:
            losses.reduced(node, "character not allowed in XML")
    return {"": "\n".join([*lines, "</rdf:RDF>", ""]).encode("utf-8")}


def _split(iri: str) -> tuple[str, str]:
    """Return the namespace and the local name of a property; no name where XML has none."""
    if iri in _TAKEN or iri.startswith(_OF_XML):
        return iri, ""
    found = _NAME.search(iri)
    if found is None or found.start() == 0:
        return iri, ""
    return iri[: found.start()], found.group()


def _prefixes(namespaces: set[str]) -> dict[str, str]:
    """Return a prefix for each namespace: ours where we have one, else numbered by name."""
    ours = {namespace: prefix for prefix, namespace in PREFIXES.items()}
    found = {RDF: "rdf"}
    for namespace in sorted(namespaces - {RDF}, key=natural):
        found[namespace] = ours.get(namespace) or f"ns{len(found)}"
    return found


def _value(term: Node) -> tuple[str, str]:
    """Return the attributes of a property, and its text; a thing has no text."""
    from rdflib import Literal

    if not isinstance(term, Literal):
        return f" rdf:resource={quoteattr(str(term))}", ""
    if term.language:
        return f" xml:lang={quoteattr(term.language)}", str(term)
    if term.datatype is not None:
        return f" rdf:datatype={quoteattr(str(term.datatype))}", str(term)
    return "", str(term)


def _content(name: str, text: str) -> str:
    if not text:
        return "/>"
    # A bare carriage return would be read as a line feed.
    return ">" + escape(text, {"\r": "&#13;"}) + f"</{name}>"


FORMAT = Format(
    name="rdfxml",
    suffix=".rdf",
    media_type="application/rdf+xml",
    description="RDF 1.1 XML, one element a node",
    losses=(
        "comments, which file a triple came from when there are several, properties whose IRI "
        "does not end in a name that XML allows, and characters that XML cannot hold"
    ),
    projected=False,
    write=write_rdfxml,
)
