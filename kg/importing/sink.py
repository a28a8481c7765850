"""Where an importer puts what it reads: entities, claims with their record, and the report."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from urllib.parse import quote

from pyoxigraph import Literal

from kg import claims as model
from kg.claims import Claim, Kind, Modality, Polarity, Rank
from kg.dates import previous_day
from kg.errors import RefusedError
from kg.identity import BEGAN, SCHEMES, Held, changed_hands, holders, own_names
from kg.identity import check as check_identifier
from kg.importing.lines import (
    SortedLines,
    iri_text,
    is_language,
    node_line,
    term_text,
    text_text,
    written_line,
)
from kg.importing.record import DataSet, Report
from kg.passages import fingerprint
from kg.vocab import DCTERMS, ID, KG, OA, OWL, PROV, RDF, SCHEMA, SKOS, Vocabulary

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_QID = re.compile(r"(?:https?://(?:www\.)?wikidata\.org/(?:wiki|entity)/)?(Q[1-9]\d*)")
_WIKIDATA = "http://www.wikidata.org/entity/"
_PLAIN = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?")
#: A name longer than this is cut: it is a text that strayed into a name.
LONGEST_NAME = 300


def node(kind: str, key: str) -> str:
    """Return the IRI of a thing of a data set: ``id/KIND/KEY``, what is not plain percent-encoded.

    >>> node("cow", "731")
    'https://w3id.org/gambit/id/cow/731'
    """
    return f"{ID}{kind}/{quote(key, safe='')}"


class Sink:
    """Takes what an importer makes of its records, and writes it as lines of a graph."""

    def __init__(
        self,
        dataset: DataSet,
        lines: SortedLines,
        vocabulary: Vocabulary,
        *,
        tick: Callable[[], object] = lambda: None,
        previous: Path | None = None,
    ) -> None:
        self.dataset = dataset
        #: The file of the data set's current edition, for importers of changes to it.
        self.previous = previous
        self.report = Report()
        self._lines = lines
        self.vocabulary = vocabulary
        self._tick = tick
        self._qualifying: list[Claim] = []
        self._coded: set[str] = set()
        self._described: dict[str, str] = {}
        self._edge_predicates = vocabulary.edge_predicates
        # What stands in every claim and passage is put into Turtle's form once.
        self._claims = f"{ID}claim/{dataset.name}-"
        self._claims_text = iri_text(f"{self._claims}0")[:-1]
        self._passages = f"{ID}passage/{dataset.slug}-"
        self._passages_text = iri_text(f"{self._passages}0")[:-1]
        self._place_of = f"rdf:type kg:Passage ;\toa:hasSource {iri_text(dataset.source)} ;\t"

    # ------------------------------------------------------------ counting

    def read(self, n: int = 1) -> None:
        """Count records read."""
        self.report.read += n
        self._tick()

    def skip(self, reason: str, where: str = "") -> None:
        """Count a record, or a part of one, that cannot be kept, and why."""
        self.report.skipped[reason] += 1
        self.report.example(reason, where)

    def unresolved(self, reason: str, where: str = "") -> None:
        """Count a reference that leads to nothing in these files; it is kept all the same."""
        self.report.unresolved[reason] += 1
        self.report.example(reason, where)

    def note(self, reason: str, where: str = "") -> None:
        """Count something kept that somebody should know of."""
        self.report.noted[reason] += 1
        self.report.example(reason, where)

    # ------------------------------------------------------------ carrying over

    @property
    def edge_predicates(self) -> frozenset[str]:
        """The properties that can stand as a direct edge, by IRI."""
        return self.vocabulary.edge_predicates

    def carry(self, entity: bytes, said: Iterable[bytes]) -> None:
        """Take a node of an earlier edition as it stands there, in Turtle's form."""
        self._lines.add(entity + b" " + b" ;\t".join(said))
        if entity.startswith(b"claim:"):
            self.report.kept["claims of the edition before"] += 1

    # ------------------------------------------------------------ entities

    def entity(
        self,
        iri: str,
        *types: str,
        label: str = "",
        language: str = "",
        aliases: Iterable[tuple[str, str]] = (),
        hidden: Iterable[tuple[str, str]] = (),
        definition: str = "",
        extra: Iterable[tuple[str, str | Literal]] = (),
    ) -> str:
        """Describe a thing and return its IRI; described twice, it is the sum of both.

        ``types`` are class IRIs; names come with their language, empty where it is not
        known. ``hidden`` names are for finding it only: too weak to call it by.
        """
        said = [(RDF + "type", iri_text(t)) for t in types]
        for predicate, names in (
            (SKOS + "prefLabel", [(label, language)]),
            (SKOS + "altLabel", aliases),
            (SKOS + "hiddenLabel", hidden),
            (SKOS + "definition", [(definition, "en")]),
        ):
            for text, tag in names:
                if text := text.strip()[
                    : None if predicate == SKOS + "definition" else LONGEST_NAME
                ]:
                    said.append((predicate, text_text(text, tag if is_language(tag) else "")))
        said += [(p, term_text(o)) for p, o in extra]
        if said:
            self._lines.add(node_line(iri, said))
            if iri not in self._described:
                self.report.kept["things"] += 1
            if not self._described.get(iri):
                self._described[iri] = " ".join(label.split()[:12])
        return iri

    # ------------------------------------------------------------ claims

    def claim(
        self,
        record: str,
        subject: str,
        predicate: str,
        value: str | Literal,
        statement: str,
        *,
        kind: Kind = Kind.FACT,
        modality: Modality = Modality.REPORTED,
        polarity: Polarity = Polarity.AFFIRMATIVE,
        rank: Rank = Rank.NORMAL,
        rank_reason: str = "",
        hedges: tuple[str, ...] = (),
        holders: tuple[str, ...] = (),
        original_holders: tuple[str, ...] = (),
        cited_sources: tuple[str, ...] = (),
        confidence: int | None = None,
        credibility: int | None = None,
        valid_from: str = "",
        valid_to: str = "",
        covered_to: str = "",
        valid_precision: str = "",
        retracted_on: str = "",
        note: str = "",
        scheme: str = "",
        check_method: str = "",
        locator: str = "",
        passage: str = "",
        discriminator: str = "",
        extra: Iterable[tuple[str, str | Literal]] = (),
    ) -> str:
        """Keep one claim of the data set and return its IRI.

        ``record`` is the source's own key of the record it was read from; ``statement``
        says it in one sentence of at most 25 words, in our own words. ``covered_to``
        defaults to the data set's when ``valid_to`` is open; ``passage`` is the place where
        it was read, the record as a whole unless given (``sentence``). The IRI depends on the data
        set, the record and the proposition with its time, not on the edition;
        ``discriminator`` tells apart two claims of one record that agree in all that.
        Raises RefusedError for what is no IRI or no day.
        """
        for day in (valid_from, valid_to, covered_to, retracted_on):
            if day and not _DAY.fullmatch(day):
                raise RefusedError(f"{day!r} is not a day", hint="write it as 2024-06-19")
        if credibility is None:
            credibility = self.dataset.credibility
        key = _digest(
            f"{record}\x1f{subject}\x1f{predicate}\x1f{value}\x1f{polarity}"
            f"\x1f{valid_from}\x1f{valid_to}\x1f{discriminator}"
        )
        iri = self._claims + key
        if passage:
            place_text = iri_text(passage)
        else:
            place = self._place(record, locator)
            passage, place_text = self._passages + place, self._passages_text + place
        made = Claim(
            iri=iri,
            subject=subject,
            predicate=predicate,
            object=value,
            kind=kind,
            modality=modality,
            polarity=polarity,
            statement=_sentence(statement),
            hedges=_sorted(hedges),
            rank=rank,
            rank_reason=rank_reason,
            holders=holders or (self.dataset.publisher,),
            original_holders=_sorted(original_holders),
            evidence=(passage,),
            cited_sources=_sorted(cited_sources),
            confidence=None if credibility == 6 and confidence is None else confidence,
            credibility=credibility,
            valid_from=valid_from,
            valid_to=valid_to,
            covered_to=covered_to or ("" if valid_to else self.dataset.covered_to),
            valid_precision=valid_precision,
            retracted_on=retracted_on,
            note=note,
            identity_scheme=scheme,
            check_method=check_method,
        )
        said = _claim_text(made, place_text)
        said += [f"{iri_text(p)} {term_text(o)}" for p, o in extra]
        self._lines.add(written_line(self._claims_text + key, said))
        self.report.kept["identifiers" if scheme else "claims"] += 1
        if predicate in self._edge_predicates and model.qualifies(made, self.vocabulary):
            self._qualifying.append(made)
        return iri

    def triple(self, subject: str, predicate: str, value: str | Literal) -> None:
        """Keep a triple as it stands: what describes a node, and what no claim is made of."""
        self._lines.add(node_line(subject, ((predicate, term_text(value)),)))
        self.report.kept["triples"] += 1

    def relay(self, claim: Claim, said: Iterable[tuple[str, str | Literal]]) -> None:
        """Keep a claim that the data set words in our own terms, under its own name.

        ``said`` is all that is said of it. A claim without evidence is given its place
        in this data set, one without a holder the publisher.
        """
        found = [(p, term_text(o)) for p, o in said]
        if not claim.evidence:
            found.append((KG + "evidence", iri_text(self.passage(claim.iri))))
        if not claim.holders:
            found.append((PROV + "wasAttributedTo", iri_text(self.dataset.publisher)))
        self._lines.add(node_line(claim.iri, found))
        self.report.kept["identifiers" if claim.identity_scheme else "claims"] += 1
        if model.qualifies(claim, self.vocabulary):
            self._qualifying.append(claim)

    def is_edge_predicate(self, predicate: str) -> bool:
        """Return whether a direct triple of this property needs a claim behind it."""
        term = self.vocabulary.terms.get(predicate)
        return bool(term and term.is_edge)

    def term_label(self, iri: str) -> str:
        """Return what our ontology calls one of its terms; empty for any other."""
        term = self.vocabulary.terms.get(iri)
        return term.label if term else ""

    def edges(self) -> frozenset[model.Edge]:
        """Return the direct edges that the claims kept so far have earned."""
        return frozenset(model.edges(self._qualifying, self.vocabulary))

    def identifier(
        self,
        record: str,
        entity: str,
        scheme: str,
        value: str,
        *,
        valid_from: str = "",
        valid_to: str = "",
        rank: Rank = Rank.NORMAL,
        rank_reason: str = "",
        valid_precision: str = "",
        cited_sources: tuple[str, ...] = (),
        method: str = "stated in the record",
        note: str = "",
        extra: Iterable[tuple[str, str | Literal]] = (),
    ) -> str:
        """Keep that an entity has an identifier, and return the claim's IRI; empty when it is none.

        ``scheme`` is one of ``kg.identity.SCHEMES``. A value that the scheme does not know
        is skipped and counted. A Wikidata id may come as ``Q423`` or as a page's address.
        """
        value = value.strip()
        if scheme == "wikidata" and (found := _QID.fullmatch(value)):
            value = _WIKIDATA + found[1]
        try:
            check_identifier(scheme, value)
        except Exception as error:
            if scheme not in SCHEMES:
                raise
            self.skip(f"not a {SCHEMES[scheme].label} identifier", f"{record}: {error}"[:80])
            return ""
        same = scheme == "wikidata"
        shown = value.removeprefix(_WIKIDATA)
        return self.claim(
            record,
            entity,
            OWL + "sameAs" if same else KG + "identityValue",
            value if same else Literal(value),
            f"{self._described.get(entity) or record} has the {SCHEMES[scheme].label} identifier {shown}.",
            rank=rank,
            rank_reason=rank_reason,
            cited_sources=cited_sources,
            valid_from=valid_from,
            valid_to=valid_to,
            valid_precision=valid_precision or ("day" if valid_from or valid_to else ""),
            scheme=scheme,
            check_method=method,
            note=note,
            discriminator=scheme,
            extra=extra,
        )

    def coded(
        self,
        record: str,
        kind: str,
        scheme: str,
        code: str,
        *,
        first: str = "",
        last: str = "",
        label: str = "",
        language: str = "",
        types: tuple[str, ...] = (KG + "State",),
    ) -> tuple[Held, ...]:
        """Return the nodes of who held a code in a span of days, each with its part of the span.

        One node, ``KIND:CODE``, unless the code is known to have changed hands in all its
        history: then each holder has its own, named by its days, whose identifier holds
        for them, and our own name of it. ``label`` is what the data set calls it, whoever
        it was.
        """
        if not changed_hands().get((scheme, code)):
            entity = node(kind, code)
            if entity not in self._coded:
                self._coded.add(entity)
                self.entity(entity, *types, label=label, language=language)
                # Of the code's own record: which row names it first is chance.
                self.identifier(f"{scheme} {code}", entity, scheme, code)
            return (Held(entity, first, last),)
        found = []
        for held in holders(scheme, code):
            holder = held.first, held.last
            begins, ends = max(first, held.first), min(last or held.last, held.last or last)
            if begins and ends and begins > ends:
                continue
            began = BEGAN.get(held.entity, "")
            if first and first < began:
                before = previous_day(began)
                entity = node(kind, f"{code}-until-{before}")
                # No identifier: the code is that of the later holder, whose start is not in it.
                self.entity(
                    entity, *types, label=f"{label or code} (until {before})", language="en"
                )
                found.append(Held(entity, first, min(last, before) if last else before))
                begins = began
                if last and last < began:
                    continue
            days = "-".join(
                f"{word}-{day}" for word, day in zip(("from", "until"), holder, strict=True) if day
            )
            entity = node(kind, f"{code}-{days}")
            if entity not in self._coded:
                self._coded.add(entity)
                named = own_names()[held.entity]
                self.entity(entity, *types, label=named, language="en", hidden=((label, ""),))
                self.identifier(
                    f"{scheme} {code}",
                    entity,
                    scheme,
                    code,
                    valid_from=holder[0],
                    valid_to=holder[1],
                )
            found.append(Held(entity, begins, ends))
        return tuple(found)

    def passage(self, record: str, locator: str = "") -> str:
        """Return the IRI of the place in the source that a record is, and describe it once."""
        return self._passages + self._place(record, locator)

    def _place(self, record: str, locator: str) -> str:
        """Describe the place that a record is, and return its name without that of the data set."""
        plain = record if _PLAIN.fullmatch(record) and len(record) <= 60 else _digest(record)
        self._lines.add(
            f"{self._passages_text}{plain} {self._place_of}"
            f"kg:locator {text_text(locator or f'record {record}'[:400])} ;\t"
            f"kg:recordKey {text_text(record[:400])} ;\t"
            'kg:unitKind "place"'.encode("utf-8", "replace")
        )
        return plain

    def sentence(self, record: str, field: str, number: int, words: str) -> str:
        """Return the IRI of a sentence in a field of a record, kept as its fingerprint alone."""
        digest, length = fingerprint(words)
        iri = f"{ID}passage/{self.dataset.slug}-{_digest(f'{record} {field} {number}')}"
        said = (
            (RDF + "type", iri_text(KG + "Passage")),
            (OA + "hasSource", iri_text(self.dataset.source)),
            (KG + "locator", text_text(f"record {record}, {field}, sentence {number}"[:400])),
            (KG + "recordKey", text_text(record[:400])),
            (KG + "fingerprint", text_text(digest)),
            (KG + "fingerprintLength", str(length)),
            (KG + "unitKind", '"sentence"'),
        )
        self._lines.add(node_line(iri, said))
        return iri

    def describe_source(self, files: Iterable[tuple[str, str]]) -> None:
        """Write what the data set is: title, publisher, edition, licence, file digests."""
        d = self.dataset
        self._lines.add(
            node_line(
                d.publisher,
                (
                    (RDF + "type", iri_text(KG + "Actor")),
                    (SKOS + "prefLabel", text_text(d.publisher_name, "en")),
                ),
            )
        )
        said = [
            (RDF + "type", iri_text(KG + "SourceDocument")),
            (
                SKOS + "prefLabel",
                text_text(d.title + (f", {d.edition}" if d.edition else ""), "en"),
            ),
            (DCTERMS + "title", text_text(d.title)),
            (DCTERMS + "publisher", iri_text(d.publisher)),
            (KG + "reliability", iri_text(KG + d.reliability)),
        ]
        for predicate, text in (
            (KG + "edition", d.edition),
            (DCTERMS + "rights", d.licence),
        ):
            if text:
                said.append((predicate, text_text(text)))
        if _DAY.fullmatch(d.edition):
            said.append((DCTERMS + "issued", f'"{d.edition}"^^xsd:date'))
        if d.url:
            said.append((SCHEMA + "url", f"{text_text(d.url)}^^xsd:anyURI"))
        said += [
            (KG + "fileDigest", text_text(f"{name} sha256:{digest}")) for name, digest in files
        ]
        self._lines.add(node_line(d.source, said))

    def write_edges(self) -> int:
        """Write the direct edges that the claims kept have earned; return how many."""
        found = model.edges(self._qualifying, self.vocabulary)
        for subject, predicate, value in found:
            self._lines.add(node_line(subject, ((predicate, term_text(value)),)))
        if found:
            self.report.kept["edges"] = len(found)
        return len(found)


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=9).hexdigest()


def _sentence(text: str) -> str:
    """Return a statement of at most 25 words."""
    words = text.split()
    return " ".join(words if len(words) <= 25 else [*words[:24], "…"])


def _sorted(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(set(values))) if values else ()


def _claim_text(claim: Claim, place: str) -> list[str]:
    """Return what a claim says, as ``claims.triples`` has it, in Turtle's form.

    Making term objects first takes three times as long, and there are millions.
    ``place`` is its one passage, in Turtle's form as well.
    """
    said = [
        "rdf:type kg:IdentityLink" if claim.identity_scheme else "rdf:type kg:Claim",
        "rdf:subject " + iri_text(claim.subject),
        "rdf:predicate " + iri_text(claim.predicate),
        "rdf:object " + term_text(claim.object),
        "kg:claimKind kg:" + claim.kind,
        "kg:modality kg:" + claim.modality,
        "kg:polarity kg:" + claim.polarity,
        "kg:rank kg:" + claim.rank,
        "kg:statement " + text_text(claim.statement, "en"),
    ]
    said += ["prov:wasAttributedTo " + iri_text(iri) for iri in claim.holders]
    said += ["kg:originalHolder " + iri_text(iri) for iri in claim.original_holders]
    said.append("kg:evidence " + place)
    said += ["kg:citedSource " + iri_text(iri) for iri in claim.cited_sources]
    said += ["kg:hedgeText " + text_text(words) for words in claim.hedges]
    if claim.confidence is not None:
        said.append(f"kg:confidence {claim.confidence}")
    if claim.credibility is not None:
        said.append(f"kg:credibility {claim.credibility}")
    for predicate, day in (
        ("kg:validFrom", claim.valid_from),
        ("kg:validTo", claim.valid_to),
        ("kg:coveredTo", claim.covered_to),
        ("kg:retractedOn", claim.retracted_on),
    ):
        if day:
            said.append(f'{predicate} "{day}"^^xsd:date')
    if claim.valid_precision:
        said.append("kg:validPrecision kg:" + claim.valid_precision)
    for predicate, text in (
        ("kg:rankReason", claim.rank_reason),
        ("kg:editorNote", claim.note),
        ("kg:checkMethod", claim.check_method),
    ):
        if text:
            said.append(f"{predicate} {text_text(text, 'en')}")
    if claim.identity_scheme:
        said.append("kg:identityScheme " + text_text(claim.identity_scheme))
    return said
