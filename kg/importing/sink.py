"""Where an importer puts what it reads: entities, claims with their record, and the report."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from urllib.parse import quote

from pyoxigraph import Literal

from kg import claims as model
from kg.claims import Claim, Kind, Modality, Polarity, Rank
from kg.dates import previous_day
from kg.errors import RefusedError
from kg.identity import BEGAN, SCHEMES, Held, changed_hands, holders, own_names
from kg.identity import check as check_identifier
from kg.importing.lines import SortedLines, iri_text, node_line, term_text, text_text
from kg.importing.record import DataSet, Report
from kg.vocab import DCTERMS, ID, KG, OA, OWL, PROV, RDF, SCHEMA, SKOS, Vocabulary

_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
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
    ) -> None:
        self.dataset = dataset
        self.report = Report()
        self._lines = lines
        self._vocabulary = vocabulary
        self._tick = tick
        self._qualifying: list[Claim] = []
        self._coded: set[str] = set()
        self._holder = dataset.publisher

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
                    said.append(
                        (predicate, text_text(text, tag if _LANGUAGE.fullmatch(tag) else ""))
                    )
        said += [(p, term_text(o)) for p, o in extra]
        if said:
            self._lines.add(node_line(iri, said))
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
        discriminator: str = "",
        extra: Iterable[tuple[str, str | Literal]] = (),
    ) -> str:
        """Keep one claim of the data set and return its IRI.

        ``record`` is the source's own key of the record it was read from; ``statement``
        says it in one sentence of at most 25 words, in our own words. ``covered_to``
        defaults to the data set's when ``valid_to`` is open. The IRI depends on the data
        set, the record and the proposition with its time, not on the edition;
        ``discriminator`` tells apart two claims of one record that agree in all that.
        Raises RefusedError for what is no IRI or no day.
        """
        for day in (valid_from, valid_to, covered_to, retracted_on):
            if day and not _DAY.fullmatch(day):
                raise RefusedError(f"{day!r} is not a day", hint="write it as 2024-06-19")
        if credibility is None:
            credibility = self.dataset.credibility
        iri = self._name(
            record, subject, predicate, str(value), polarity, valid_from, valid_to, discriminator
        )
        made = Claim(
            iri=iri,
            subject=subject,
            predicate=predicate,
            object=value,
            kind=kind,
            modality=modality,
            polarity=polarity,
            statement=_sentence(statement),
            hedges=tuple(sorted(set(hedges))),
            rank=rank,
            rank_reason=rank_reason,
            holders=holders or (self._holder,),
            original_holders=tuple(sorted(set(original_holders))),
            evidence=(self.passage(record, locator),),
            cited_sources=tuple(sorted(set(cited_sources))),
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
        said = _claim_text(made)
        said += [(p, term_text(o)) for p, o in extra]
        self._lines.add(node_line(iri, said))
        self.report.kept["identifiers" if scheme else "claims"] += 1
        if model.qualifies(made, self._vocabulary):
            self._qualifying.append(made)
        return iri

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
        method: str = "stated in the record",
        note: str = "",
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
            f"The {SCHEMES[scheme].label} identifier in this record is {shown}.",
            rank=rank,
            valid_from=valid_from,
            valid_to=valid_to,
            valid_precision="day" if valid_from or valid_to else "",
            scheme=scheme,
            check_method=method,
            note=note,
            discriminator=scheme,
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
                self.identifier(record, entity, scheme, code)
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
                    record, entity, scheme, code, valid_from=holder[0], valid_to=holder[1]
                )
            found.append(Held(entity, begins, ends))
        return tuple(found)

    def passage(self, record: str, locator: str = "") -> str:
        """Return the IRI of the place in the source that a record is, and describe it once."""
        plain = record if _PLAIN.fullmatch(record) and len(record) <= 60 else _digest(record)
        iri = f"{ID}passage/{self.dataset.slug}-{plain}"
        line = node_line(
            iri,
            (
                (RDF + "type", iri_text(KG + "Passage")),
                (OA + "hasSource", iri_text(self.dataset.source)),
                (KG + "locator", text_text(locator or f"record {record}"[:400])),
                (KG + "recordKey", text_text(record[:400])),
                (KG + "unitKind", '"place"'),
            ),
        )
        self._lines.add(line)
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
        found = model.edges(self._qualifying, self._vocabulary)
        for subject, predicate, value in found:
            self._lines.add(node_line(subject, ((predicate, term_text(value)),)))
        if found:
            self.report.kept["edges"] = len(found)
        return len(found)

    def _name(self, *parts: str) -> str:
        return f"{ID}claim/{self.dataset.name}-{_digest(chr(31).join(parts))}"


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=9).hexdigest()


def _sentence(text: str) -> str:
    """Return a statement of at most 25 words."""
    words = text.split()
    return " ".join(words if len(words) <= 25 else [*words[:24], "…"])


def _claim_text(claim: Claim) -> list[tuple[str, str]]:
    """Return what a claim says, as ``claims.triples`` has it, in Turtle's form.

    Making term objects first takes three times as long, and there are millions.
    """
    said = [(RDF + "type", "kg:IdentityLink" if claim.identity_scheme else "kg:Claim")]
    said.append((RDF + "subject", iri_text(claim.subject)))
    said.append((RDF + "predicate", iri_text(claim.predicate)))
    said.append((RDF + "object", term_text(claim.object)))
    said.append((KG + "claimKind", "kg:" + claim.kind))
    said.append((KG + "modality", "kg:" + claim.modality))
    said.append((KG + "polarity", "kg:" + claim.polarity))
    said.append((KG + "rank", "kg:" + claim.rank))
    said.append((KG + "statement", text_text(claim.statement, "en")))
    for predicate, iris in (
        (PROV + "wasAttributedTo", claim.holders),
        (KG + "originalHolder", claim.original_holders),
        (KG + "evidence", claim.evidence),
        (KG + "citedSource", claim.cited_sources),
    ):
        said += [(predicate, iri_text(iri)) for iri in iris]
    said += [(KG + "hedgeText", text_text(words)) for words in claim.hedges]
    if claim.confidence is not None:
        said.append((KG + "confidence", str(claim.confidence)))
    if claim.credibility is not None:
        said.append((KG + "credibility", str(claim.credibility)))
    for predicate, day in (
        (KG + "validFrom", claim.valid_from),
        (KG + "validTo", claim.valid_to),
        (KG + "coveredTo", claim.covered_to),
        (KG + "retractedOn", claim.retracted_on),
    ):
        if day:
            said.append((predicate, f'"{day}"^^xsd:date'))
    if claim.valid_precision:
        said.append((KG + "validPrecision", "kg:" + claim.valid_precision))
    for predicate, text in (
        (KG + "rankReason", claim.rank_reason),
        (KG + "editorNote", claim.note),
        (KG + "checkMethod", claim.check_method),
    ):
        if text:
            said.append((predicate, text_text(text, "en")))
    if claim.identity_scheme:
        said.append((KG + "identityScheme", text_text(claim.identity_scheme)))
    return said
