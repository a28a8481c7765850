"""What importers of threat data share: cited documents, names that several things bear, days."""

from __future__ import annotations

import datetime
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from pyoxigraph import Literal, NamedNode

from kg.importing.reading import text_of
from kg.importing.sink import Sink
from kg.vocab import DCTERMS, ID, KG, SCHEMA, XSD

#: A field of a record longer than this is left out; so is prose of more words than that.
LONGEST_FIELD = 1000
MOST_WORDS = 40
#: A name of more things than this says nothing of any two of them.
MOST_BEARERS = 20
#: A title longer than this is cut.
LONGEST_TITLE = 150

_WORK = re.compile(
    r"\((?:n\.d\.|(\d{4})(?:,? ([A-Z][a-z]+) (\d{1,2}))?)[^)]*\)\.\s*(.+?)\.?\s+Retrieved\b"
)
_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:T|$)")
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("January", "February", "March", "April", "May", "June", "July", "August", "September",
         "October", "November", "December"), 1)
}  # fmt: skip


def document(sink: Sink, *, url: str = "", name: str = "", text: str = "") -> str:
    """Describe a document that a record cites and return its IRI; one address is one document.

    ``text`` is a bibliographic entry, of which title and day are taken, no more.
    """
    url, name = url.strip(), " ".join(name.split())
    key = url or f"{name}\x1f{text}"
    iri = f"{ID}source/ref-{hashlib.blake2b(key.encode('utf-8', 'replace'), digest_size=9).hexdigest()}"
    title, issued = _title(text)
    title = (title or name or re.sub(r"^https?://(?:www\.)?", "", url))[:LONGEST_TITLE]
    extra: list[tuple[str, str | Literal]] = [(KG + "reliability", KG + "F")]
    if title:
        extra.append((DCTERMS + "title", Literal(title)))
    if issued:
        extra.append((DCTERMS + "issued", day_literal(issued)))
    if url:
        extra.append((SCHEMA + "url", Literal(url, datatype=NamedNode(XSD + "anyURI"))))
    return sink.entity(iri, KG + "SourceDocument", label=title, language="en", extra=extra)


def _title(text: str) -> tuple[str, str]:
    """Return the title and, where it is stated in full, the day of a bibliographic entry."""
    found = _WORK.search(text[:1000])
    if not found:
        return "", ""
    year, month, number, title = found.groups()
    if year and month in _MONTHS and number:
        return title, day(f"{year}-{_MONTHS[month]:02}-{int(number):02}")
    return title, ""


def day(text: object) -> str:
    """Return the day of a timestamp, empty where it is none."""
    found = _DAY.match(text) if isinstance(text, str) else None
    if not found:
        return ""
    try:
        return datetime.date.fromisoformat(found[1]).isoformat()
    except ValueError:
        return ""


def day_literal(text: str) -> Literal:
    """Return a day as a literal."""
    return Literal(text, datatype=NamedNode(XSD + "date"))


def texts(value: object) -> list[str]:
    """Return a field that may hold one text or several as a list, in order, without empties.

    >>> texts(["a", None, " b "]), texts("c"), texts({"d": 1})
    (['a', 'b'], ['c'], [])
    """
    each = value if isinstance(value, list) else [value]
    return [text for text in map(text_of, each) if text]


def fields(
    sink: Sink, record: Mapping[str, Any], without: Iterable[str], where: str
) -> list[tuple[str, str | Literal]]:
    """Return what a record says beside the fields named, each as ``NAME: value``.

    What is nested stays JSON; a text too long for a field is counted and left out.
    """
    found: list[tuple[str, str | Literal]] = []
    for name in sorted(record.keys() - set(without)):
        value = record[name]
        plain = isinstance(value, list) and not any(isinstance(v, dict | list) for v in value)
        if plain or not isinstance(value, dict | list):
            parts = texts(value)
        else:
            parts = [json.dumps(value, sort_keys=True, ensure_ascii=False)]
        for part in parts:
            prose = isinstance(value, str) and len(part.split()) > MOST_WORDS and name != "pattern"
            if len(part) > LONGEST_FIELD or prose:
                sink.note("a long text in a field is left out", f"{where} {name[:60]}")
            else:
                found.append((KG + "recordField", Literal(f"{name[:100]}: {part}")))
    return found


class Bearer(NamedTuple):
    """One thing that bears a name, and the claim that gives it, if a claim does."""

    entity: str
    called: str
    record: str
    claim: str = ""


class Names:
    """The names a data set gives, to find those it gives to several things."""

    def __init__(self) -> None:
        self._bearers: dict[str, set[Bearer]] = defaultdict(set)

    def add(self, name: str, bearer: Bearer) -> None:
        """Remember who bears a name; its case makes no difference."""
        self._bearers[" ".join(name.split()).casefold()].add(bearer)

    def dispute(self, sink: Sink) -> None:
        """Keep that things share a name, and that the claims of it are in tension; merge nothing."""
        for name, bearers in sorted(self._bearers.items()):
            if len({b.entity for b in bearers}) < 2:
                continue
            ordered = sorted(bearers)
            sink.note("a name that several things of the data set bear", name)
            one_each = list({b.entity: b for b in ordered}.values())
            if len(one_each) > MOST_BEARERS:  # a word, not a name: pairs would be thousands
                continue
            for place, one in enumerate(one_each):
                for other in one_each[place + 1 :]:
                    sink.claim(
                        one.record,
                        one.entity,
                        KG + "sharesNameWith",
                        other.entity,
                        f"{one.called} and {other.called} are both called {name} here and kept apart.",
                        discriminator=name,
                    )
            for one in filter(lambda b: b.claim, ordered):
                others = [b for b in ordered if b.entity != one.entity]
                said = [(KG + "inTensionWith", b.claim) for b in others if b.claim]
                called = ", ".join(sorted({b.called for b in others}))
                note = Literal(f"Disputed: the same name is also of {called}.", language="en")
                sink.entity(one.claim, extra=[*said, (KG + "editorNote", note)])
