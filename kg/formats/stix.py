"""STIX 2.1: a bundle of identities, locations, relationships, notes, opinions and reports.

STIX has no treaties and no modality. A relationship is written for a claim that backs an
edge, and for no other; a hedged, denied or disputed claim is a note whose text begins
with how it is meant. Agreements, events and whatever else a claim speaks of are groupings
of the objects that speak of them. What STIX has no property for stands in one
property-extension of our own, whose schema is docs/reference/stix-extension.json.
Plain JSON: the ``stix2`` library is not needed; the tests parse with it and ask
``stix2-validator``. docs/decisions/0011-foreign-formats.md has the reasons.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from kg import citing, files
from kg.claims import Claim, Polarity, disputes
from kg.dates import day
from kg.errors import UnreadableError
from kg.formats import foreign
from kg.formats.record import Format, Losses, Outgoing
from kg.formats.stix_extension import EXTENSION, extended, filled, record, restored
from kg.turtle import natural
from kg.vocab import KG, SKOS, compress

#: The time of an object whose source tells no day: the clock has no part in an export.
EPOCH = "2000-01-01T00:00:00.000Z"
#: STIX confidence for an Admiralty credibility (STIX 2.1, appendix A); 6 has none.
CONFIDENCE = {1: 90, 2: 70, 3: 50, 4: 30, 5: 10}
#: Identity classes of the STIX vocabulary by our classes, nearest first.
_IDENTITY = {
    KG + "Person": "individual",
    KG + "Bloc": "group",
    KG + "AgentGroup": "group",
    KG + "ArmedGroup": "group",
    KG + "State": "organization",
    KG + "ArmedForces": "organization",
    KG + "InternationalOrganization": "organization",
    KG + "Outlet": "organization",
    KG + "ResearchInstitute": "organization",
    KG + "University": "organization",
    KG + "Actor": "unknown",
}
#: Nodes that say nothing of themselves: what they are stands before their name.
_CONTENT = {
    KG + name
    for name in (
        "Motivation", "Benefit", "Implication", "Recommendation", "NormViolation", "Condition",
        "Capability", "Norm", "Obligation",
    )
}  # fmt: skip
_DESCRIBED = {SKOS + "definition", KG + "editorNote", KG + "eventStatus"}
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
Object = dict[str, Any]


class _Bundle:
    """Makes the objects of one export and says what each claim lost."""

    def __init__(self, out: Outgoing, losses: Losses) -> None:
        self.out, self.losses, self.store = out, losses, out.store
        #: The objects as JSON text, by id: as dictionaries they would take five times the room.
        self.objects: dict[str, str] = {}
        self.identifiers = foreign.identifiers(out)
        self.disputed = disputes(out.store.claims.values(), out.store.vocabulary)
        self.ids: dict[str, str] = {}
        #: For each node, the claims that go out as its identifiers.
        self.identities: dict[str, list[Claim]] = defaultdict(list)
        #: For each node, the objects in which a claim speaks of it.
        self.speaking: dict[str, list[str]] = defaultdict(list)
        self.maker = self.put(
            "identity",
            f"identity--{foreign.uuid_of(KG, 'maker')}",
            name="Gambit",
            description="The program that wrote this bundle; it holds none of the views in it.",
            identity_class="system",
        )
        self.put(
            "extension-definition",
            EXTENSION,
            created_by_ref=self.maker,
            name="Gambit claim",
            description="How a claim is meant, whose it is, and where it stands.",
            schema="https://w3id.org/gambit/reference/stix-extension.json",
            version="1.0.0",
            extension_types=["property-extension"],
        )

    def put(self, kind: str, name: str, created: str = EPOCH, /, **properties: Any) -> str:
        """Add an object unless it is there, without its empty properties; return its id."""
        head: Object = {"type": kind, "spec_version": "2.1", "id": name}
        if kind not in ("identity", "extension-definition"):
            head["created_by_ref"] = self.maker
        head |= {"created": created, "modified": created}
        if name not in self.objects:
            self.objects[name] = json.dumps(head | filled(properties), ensure_ascii=False)
        return name

    # ------------------------------------------------------------ things

    def node(self, iri: str) -> str:
        """Return the id of the object that stands for a node."""
        if iri not in self.ids:
            self.ids[iri] = f"{self._kind(iri)}--{foreign.uuid_of(iri)}"
        return self.ids[iri]

    def _kind(self, iri: str) -> str:
        source = self.store.sources.get(iri)
        if source is not None:
            return "report" if day(source.issued) else "grouping"
        for cls in foreign.classes(self.store, iri):
            if cls in _IDENTITY:
                return "identity"
            if cls == KG + "Territory":
                return "location"
        return "grouping"

    def thing(self, iri: str) -> None:
        """Write the object of a node: an identity, a location, or a grouping of what speaks of it."""
        name = self.node(iri)
        kind = name.partition("--")[0]
        if iri in self.store.sources:
            self._source(iri, name)
        elif kind == "identity":
            self.put(kind, name, identity_class=self._identity_class(iri), **self._said(iri))
        elif kind == "location":
            self.put(kind, name, **self._where(iri), **self._said(iri))
        elif self.speaking.get(iri):
            refs = sorted(set(self.speaking[iri]))
            self.put(kind, name, context="unspecified", object_refs=refs, **self._said(iri))
        elif iri in self.store.labels:
            self.losses.other("without a claim")

    def _said(self, iri: str) -> Object:
        store = self.store
        definition = "\n".join(term.value for term in store.objects(iri, SKOS + "definition"))
        label = foreign.name(store, iri)
        name = self._marked(iri, label)
        names = (foreign.one_line(known.text) for known in store.labels.get(iri, ()))
        notes = store.objects(iri, KG + "editorNote")
        status = store.objects(iri, KG + "eventStatus")
        self.losses.other("describing statement", foreign.undescribed(store, iri, _DESCRIBED))
        return {
            "name": name,
            "description": foreign.plain(definition),
            "labels": [store.vocabulary.label(cls) for cls in store.types(iri)],
            "external_references": self._references(iri),
            "extensions": extended(
                node=iri,
                classes=list(store.types(iri)),
                aliases=[text for text in names if text not in ("", name)],
                event_status=status[0].value.removeprefix(KG) if status else "",
                editor_note=notes[0].value if notes else "",
                identity_claims=[record(claim, store) for claim in self.identities[iri]],
            ),
        }

    def _marked(self, iri: str, label: str) -> str:
        """Return a name that does not pass for a fact: a motive, or an event that is only possible."""
        if not foreign.is_real(self.store, iri):
            status = self.store.objects(iri, KG + "eventStatus")[0].value
            return f"[{self.store.vocabulary.label(status)}] {label}"
        for cls in foreign.classes(self.store, iri):
            if cls in _CONTENT:
                return f"[{self.store.vocabulary.label(cls)}] {label}"
        return label

    def _references(self, iri: str) -> list[Object]:
        found_here = [{"source_name": "gambit", "external_id": compress(iri)}]
        for found in self.identifiers.get(iri, ()):
            # A code stands beside its scheme: KN is one state in FIPS 10-4, another in ISO.
            one = {"source_name": found.scheme, "external_id": found.value}
            if url := foreign.address(found.url):
                one["url"] = url
            if one not in found_here:
                found_here.append(one)
        return found_here

    def _identity_class(self, iri: str) -> str:
        for cls in foreign.classes(self.store, iri):
            if cls in _IDENTITY:
                return _IDENTITY[cls]
        return "unknown"

    def _where(self, iri: str) -> Object:
        for found in self.identifiers.get(iri, ()):
            if found.scheme == "iso3166-1-alpha2":
                return {"country": found.value}
        # A location needs a country, a region or a position; ours have a name alone.
        return {"region": _slug(foreign.name(self.store, iri)) or "unspecified"}

    def _source(self, iri: str, name: str) -> None:
        source = self.store.sources[iri]
        refs = sorted(set(self.speaking.get(iri, ())))
        if not refs:
            known = (*source.creators, source.publisher)
            refs = [self.node(actor) for actor in known if actor in self.out.entities]
        if not refs:
            self.losses.other("source without a claim")
            return
        kind = name.partition("--")[0]
        reference: Object = {"source_name": citing.describe_source(self.store, iri)}
        url = foreign.address(source.url)
        reference |= {"url": url} if url else {"external_id": compress(iri)}
        accessed = self.store.objects(iri, KG + "accessed")
        special = (
            {"published": _time(source.issued)} if kind == "report" else {"context": "unspecified"}
        )
        self.put(
            kind,
            name,
            _time(source.issued) or EPOCH,
            name=foreign.one_line(source.title) or foreign.name(self.store, iri),
            description=foreign.plain(source.note),
            object_refs=refs,
            external_references=[reference],
            labels=["source document"],
            **special,
            extensions=extended(
                node=iri,
                classes=list(self.store.types(iri)),
                reliability=source.reliability,
                creators=list(source.creators),
                publisher=source.publisher,
                originates_from=list(source.origins),
                content_language=source.language,
                issued=source.issued,
                accessed=accessed[0].value if accessed else "",
            ),
        )

    # ------------------------------------------------------------ claims

    def name(self, claim: Claim, *, backs_an_edge: bool) -> None:
        """Settle what a claim becomes: a relationship between two things, or a note."""
        ends = (claim.subject, claim.object)
        # A relationship takes no literal, and none may be about another.
        between = all(isinstance(end, str) and end not in self.out.claims for end in ends)
        kind = "relationship" if backs_an_edge and between else "note"
        self.ids[claim.iri] = f"{kind}--{foreign.uuid_of(claim.iri)}"

    def claim(self, claim: Claim) -> None:
        """Write a claim as what ``name`` has settled."""
        name = self.ids[claim.iri]
        kind = name.partition("--")[0]
        said = self._relationship(claim) if kind == "relationship" else self._note(claim)
        self.put(kind, name, self._created(claim), **said)
        ends = [end for end in (claim.subject, claim.object) if isinstance(end, str)]
        for node in (*ends, *foreign.read_from(self.out, claim), *claim.cited_sources):
            self.speaking[node].append(name)
        if claim.credibility == 6 and claim.confidence is not None:
            self.losses.reduced(claim.iri, "confidence")

    def _relationship(self, claim: Claim) -> Object:
        return {
            "relationship_type": _slug(_CAMEL.sub("-", re.split(r"[/#]", claim.predicate)[-1]))
            or "related-to",
            "description": foreign.statement(self.store, claim),
            "source_ref": self.node(claim.subject),
            "target_ref": self.node(str(claim.object)),
            **self._times(claim),
            **self._epistemics(claim),
        }

    def _note(self, claim: Claim) -> Object:
        against = self.disputed.get(claim.iri, ())
        ends = [end for end in (claim.subject, claim.object) if isinstance(end, str)]
        said = foreign.statement(self.store, claim)
        return {
            "abstract": foreign.mark(claim, disputed=bool(against)),
            "content": f"{foreign.mark(claim, disputed=bool(against))} {said}",
            "authors": [foreign.name(self.store, holder) for holder in claim.holders],
            "object_refs": list(dict.fromkeys(map(self.node, ends))),
            **self._epistemics(claim),
        }

    def _epistemics(self, claim: Claim) -> Object:
        confidence = claim.confidence
        if confidence is None and claim.credibility is not None:
            confidence = CONFIDENCE.get(claim.credibility)
        usable = claim.credibility != 6 and confidence is not None and 0 <= confidence <= 100
        term = self.store.vocabulary.terms.get(claim.predicate)
        return {
            "confidence": confidence if usable else None,
            "labels": [claim.modality.value, claim.kind.value, claim.polarity.value],
            "external_references": self._places(claim),
            "extensions": extended(
                **record(claim, self.store),
                relation_sign=term.sign if term else None,
                holder_refs=[self.node(iri) for iri in claim.holders],
                original_holder_refs=[self.node(iri) for iri in claim.original_holders],
            ),
        }

    def _places(self, claim: Claim) -> list[Object]:
        found: list[Object] = [{"source_name": "gambit", "external_id": compress(claim.iri)}]
        for passage in claim.evidence:
            known = self.store.passages.get(passage)
            text = citing.place(self.store, passage)
            found.append(self._reference(known.source if known else "", text))
        for iri in claim.cited_sources:
            notes = f", in notes {', '.join(claim.markers)}" if claim.markers else ""
            text = f"Cited by the source{notes}: {citing.describe_source(self.store, iri)}"
            found.append(self._reference(iri, text))
        return found

    def _reference(self, source: str, text: str) -> Object:
        known = self.store.sources.get(source)
        url = foreign.address(known.url) if known else ""
        name = foreign.name(self.store, source) if source else "unknown source"
        one: Object = {"source_name": name, "description": foreign.plain(text)}
        return one | ({"url": url} if url else {})

    def _times(self, claim: Claim) -> Object:
        first, last = _time(claim.valid_from), _time(claim.valid_to, end=True)
        if first and last and last <= first:
            self.losses.reduced(claim.iri, "valid_to")
            last = ""
        return {"start_time": first, "stop_time": last}

    def _created(self, claim: Claim) -> str:
        """Return the day on which the first of a claim's sources came out."""
        days = [
            self.store.sources[iri].issued
            for iri in foreign.read_from(self.out, claim)
            if iri in self.store.sources
        ]
        return min(filter(None, map(_time, days)), default=EPOCH)

    def opinions(self, claim: Claim) -> None:
        """Write that a claim is disputed: each disputing claim as an opinion on its object."""
        for iri in self.disputed.get(claim.iri, ()):
            if claim.iri not in self.ids or iri not in self.ids:
                if claim.iri in self.ids:
                    self.losses.reduced(claim.iri, "disputing claim outside the choice")
                continue
            other = self.out.claims[iri]
            denies = other.polarity is not claim.polarity and Polarity.NEGATED in (
                other.polarity,
                claim.polarity,
            )
            self.put(
                "opinion",
                f"opinion--{foreign.uuid_of(claim.iri, iri)}",
                self._created(other),
                explanation=foreign.statement(self.store, other),
                authors=[foreign.name(self.store, holder) for holder in other.holders],
                opinion="strongly-disagree" if denies else "disagree",
                object_refs=[self.ids[claim.iri]],
                external_references=[
                    {"source_name": "gambit", "external_id": compress(iri)},
                ],
            )


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _time(date: str, *, end: bool = False) -> str:
    found = day(date)
    clock = "23:59:59.999" if end else "00:00:00.000"
    return f"{found.isoformat()}T{clock}Z" if found else ""


def write_stix(out: Outgoing, losses: Losses) -> Mapping[str, bytes]:
    """Return one bundle: the extension-definition first, then the objects by id."""
    out.store.read_ahead(nodes=(*out.entities, *out.sources))
    bundle = _Bundle(out, losses)
    drawn = {iri for claims in foreign.settled(out).values() for iri in claims}
    known = {found.claim for of in bundle.identifiers.values() for found in of}
    written = []
    for claim in out.claims.values():
        if claim.iri in known and not bundle.node(claim.subject).startswith("grouping"):
            bundle.identities[claim.subject].append(claim)
        else:
            bundle.name(claim, backs_an_edge=claim.iri in drawn)
            written.append(claim)
    for claim in written:
        bundle.claim(claim)
        bundle.opinions(claim)
    # What is only named by an external identity is no object of the bundle.
    known_nodes = out.store.labels.keys() | out.store.sources.keys() | bundle.ids.keys()
    nodes = (
        ({*out.entities, *out.sources} & known_nodes) | bundle.ids.keys() | bundle.speaking.keys()
    )
    for iri in sorted(nodes - out.claims.keys(), key=natural):
        bundle.thing(iri)
    return {"": _serialised(bundle.objects)}


def _serialised(objects: Mapping[str, str]) -> bytes:
    order = sorted(objects, key=lambda name: (name != EXTENSION, name))
    written = [objects[name] for name in order]
    # The id follows from the content: equal bundles, equal ids.
    name = f"bundle--{foreign.uuid_of(*written)}"
    body = ",\n".join(written)
    return f'{{"type": "bundle", "id": "{name}", "objects": [\n{body}\n]}}\n'.encode()


def read_stix(path: Path) -> dict[str, Claim]:
    """Return the claims of a bundle that this module wrote, by IRI: what it did not lose.

    Raises what ``files.read_bytes`` raises, and UnreadableError for what is no bundle.
    """
    try:
        content = json.loads(files.read_bytes(path))
        objects: Iterable[Object] = content["objects"]
        claims = [restored(found) for thing in objects for found in _own(thing)]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableError("no STIX bundle of this program", path=path) from error
    return {claim.iri: claim for claim in sorted(claims, key=lambda c: natural(c.iri))}


def _own(thing: Object) -> list[Object]:
    found: Object = thing.get("extensions", {}).get(EXTENSION, {})
    return [found] if "claim" in found else found.get("identity_claims", [])


FORMAT = Format(
    name="stix",
    suffix=".stix.json",
    media_type="application/stix+json;version=2.1",
    description="STIX 2.1 bundle with an extension that says how each claim is meant",
    losses=(
        "nothing of a claim; what describes a node beyond names, class and definition, things "
        "that no claim names; a date that is a fact is a note, since a relationship takes no literal"
    ),
    projected=False,
    write=write_stix,
    read=read_stix,
    reads="stix",
)
