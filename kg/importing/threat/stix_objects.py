"""What becomes of the objects of a STIX bundle: things are described, relationships are claims.

Every object keeps its id (``stix:ID``). What its source has revoked or deprecated stays
addressable, is no live actor, and its claims are deprecated. Descriptions are not
copied: what a sentence of one says of a state is a claim with that sentence's place
and fingerprint.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from pyoxigraph import Literal, NamedNode

from kg.claims import Kind, Modality, Rank
from kg.identity import SCHEMES
from kg.importing import country_names
from kg.importing.reading import text_of
from kg.importing.record import slug
from kg.importing.sink import Sink, node
from kg.importing.threat.attribution import citations
from kg.importing.threat.bearers import Bearer, Names, day, day_literal, document, fields, texts
from kg.importing.threat.stix_states import ALIASES, DESCRIBED, is_country, keep_country, keep_ties
from kg.vocab import DCTERMS, ID, KG, SCHEMA, XSD

#: The object types of STIX 2.1 (section 4 to 7) and 2.0, and what each is here.
TYPES: Mapping[str, str] = {
    **dict.fromkeys(("intrusion-set", "threat-actor"), "ThreatActor"),
    **dict.fromkeys(("malware", "tool"), "Software"),
    "campaign": "Campaign",
    "attack-pattern": "Technique",
    "course-of-action": "Countermeasure",
    "identity": "Actor",
    "location": "Territory",
    **dict.fromkeys(
        (
            "artifact", "autonomous-system", "directory", "domain-name", "email-addr",
            "email-message", "extension-definition", "file", "grouping", "incident",
            "indicator", "infrastructure", "ipv4-addr", "ipv6-addr", "language-content",
            "mac-addr", "malware-analysis", "marking-definition", "mutex", "network-traffic",
            "note", "observed-data", "opinion", "process", "report", "sighting", "software",
            "url", "user-account", "vulnerability", "windows-registry-key", "x509-certificate",
        ),
        "ThreatRecord",
    ),
}  # fmt: skip
_CUSTOM = {"x-mitre-tactic": "Technique"}

#: So many words of a source are counted each on their own in a report.
MOST_COUNTED = 100

_FACT, _ASCRIPTION = Kind.FACT, Kind.ASCRIPTION
#: Relationship types that have a predicate of their own: the rest are kept as related.
_RELATIONS: Mapping[str, tuple[str, Kind, str]] = {
    "attributed-to": ("attributedTo", _ASCRIPTION, "is attributed to"),
    "originates-from": ("comesFrom", _ASCRIPTION, "is said to come from"),
    "uses": ("uses", _FACT, "uses"),
    "targets": ("attacks", _FACT, "targets"),
    "located-at": ("basedIn", _FACT, "is located in"),
    "mitigates": ("protectsAgainst", _FACT, "mitigates"),
    "remediates": ("protectsAgainst", _FACT, "remediates"),
    "detects": ("detects", _FACT, "detects"),
    "indicates": ("indicates", _FACT, "indicates"),
    "subtechnique-of": ("partOf", _FACT, "is a sub-technique of"),
    "revoked-by": ("replacedBy", _FACT, "was revoked in favour of"),
}
_ATTACK = re.compile(r"mitre(-\w+)*-attack")
_PROSE = frozenset({"description", "abstract", "content", "explanation", "x_mitre_detection"})
_READ = _PROSE | {
    "type", "id", "name", "aliases", "external_references", "object_marking_refs",
    "created_by_ref", "kill_chain_phases", "revoked", "confidence", "latitude", "longitude",
    "source_ref", "target_ref", "relationship_type", "start_time", "stop_time",
}  # fmt: skip
#: Who changed a record last, and what a collection holds, say nothing of their things.
_BOOKKEEPING = frozenset({
    "x_mitre_modified_by_ref", "x_mitre_contents", "spec_version", "x_mitre_attack_spec_version",
    "x_mitre_deprecated",
})  # fmt: skip
#: The markings that STIX 2.1 section 7.2.1.4 gives every bundle for nothing.
TLP = {
    "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9": "TLP:WHITE",
    "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": "TLP:GREEN",
    "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": "TLP:AMBER",
    "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed": "TLP:RED",
}
STIX_ID = re.compile(
    r"([a-z0-9][a-z0-9-]{0,60})--[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
)


class Known(NamedTuple):
    """What other objects need to know of one: its name, whether it still stands, its version."""

    label: str
    status: str
    version: tuple[str, str]


class Reader:
    """Makes entities and claims of the objects of a bundle."""

    def __init__(self, sink: Sink, known: Mapping[str, Known]) -> None:
        self.sink = sink
        self.known = known
        self.names = Names()
        self._words: set[str] = set()

    # ------------------------------------------------------------ things

    def thing(self, one: Mapping[str, Any]) -> None:
        """Describe an object that is no relationship, and keep what it claims."""
        sink, identifier, kind = self.sink, str(one["id"]), str(one["type"])
        if kind not in TYPES:
            custom = "custom" if kind.startswith("x-") else "unknown"
            sink.note(f"{custom} object type {self._word(kind)} is kept as a record", identifier)
        status = self.known[identifier].status
        label = self.known[identifier].label
        language = text_of(one.get("lang")) or "en"
        aliases = self._aliases(one)
        references, own = self._references(one)
        entity = sink.entity(
            node("stix", identifier),
            KG + ("WithdrawnRecord" if status else _class(one)),
            label=label,
            language=language,
            aliases=[(alias, language) for alias in aliases if alias != label],
            extra=self._extra(one),
        )
        said = f"This data set lists {label} as {kind.removeprefix('x-').replace('-', ' ')}."
        self.claim(one, KG + "listedAs", Literal(kind), said, cited_sources=tuple(own))
        sink.report.kept["objects"] += 1
        if status:
            sink.note(f"a {status} object is kept apart from the live ones", identifier)
            self.claim(
                one, KG + "recordStatus", Literal(status), f"{label} is {status} in this data set."
            )
        self._identifiers(one, entity)
        for alias in aliases:
            if alias != label:
                self._alias(one, alias, references)
            elif kind in DESCRIBED and not status:
                self.names.add(alias, Bearer(entity, label, identifier))
        if kind in DESCRIBED and not status and label not in aliases:
            self.names.add(label, Bearer(entity, label, identifier))
        self._days(one, references)
        self._refers(one)
        keep_ties(self, one, [label, *aliases], references)
        if kind == "location":
            keep_country(self, one, entity)
        if kind == "observed-data" and isinstance(one.get("objects"), dict):
            self._observed(one)

    def _extra(self, one: Mapping[str, Any]) -> list[tuple[str, str | Literal]]:
        kind, identifier = str(one["type"]), str(one["id"])
        extra: list[tuple[str, str | Literal]] = [(KG + "recordType", Literal(kind))]
        skipped = _READ | _BOOKKEEPING | {k for k in one if _is_ref(k) or ALIASES.fullmatch(k)}
        extra += fields(self.sink, one, skipped, identifier)
        extra += [(DCTERMS + "creator", node("stix", c)) for c in self._ids(one, "created_by_ref")]
        extra += [
            (DCTERMS + "accessRights", node("stix", m))
            for m in self._ids(one, "object_marking_refs")
        ]
        for phase in _dicts(one.get("kill_chain_phases")):
            said = f"{text_of(phase.get('kill_chain_name'))}: {text_of(phase.get('phase_name'))}"
            extra.append((KG + "killChainPhase", Literal(said)))
        for name in ("latitude", "longitude"):
            value = one.get(name)
            if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 180:
                extra.append(
                    (SCHEMA + name, Literal(repr(float(value)), datatype=NamedNode(XSD + "double")))
                )
        if kind == "marking-definition" and isinstance(one.get("definition"), dict):
            extra += [
                (DCTERMS + "rights", Literal(t)) for t in texts(one["definition"].get("statement"))
            ]
        return extra

    def _ids(self, one: Mapping[str, Any], name: str) -> list[str]:
        """Return the ids that a field names; those that lead nowhere are counted and described."""
        found = []
        stated = one.get(name)
        for value in stated if isinstance(stated, list) else [stated]:
            if value is None or value == "":
                continue
            if not isinstance(value, str) or not STIX_ID.fullmatch(value):
                self.sink.skip(
                    f"a reference in {name[:60]} that is no id of STIX", text_of(one.get("id"))
                )
                continue
            if value not in self.known:
                if value in TLP:
                    label = TLP[value]
                else:
                    label = f"{value.partition('--')[0].replace('-', ' ')} {value.partition('--')[2][:8]}"
                    self.sink.unresolved("a reference to an object that these files lack", value)
                self.sink.entity(
                    node("stix", value), KG + "ThreatRecord", label=label, language="en"
                )
            found.append(value)
        return found

    def _aliases(self, one: Mapping[str, Any]) -> list[str]:
        found = [a for name in sorted(one) if ALIASES.fullmatch(name) for a in texts(one[name])]
        if one["type"] == "location" and (
            state := country_names.coded(text_of(one.get("country")))
        ):
            found = [
                a for a in found if country_names.coded(a) != state
            ]  # codes: identifiers, no names
        return list(dict.fromkeys(found))

    def _references(self, one: Mapping[str, Any]) -> tuple[dict[str, tuple[str, ...]], list[str]]:
        """Return the documents by the name that the text cites them under, and all of them.

        ATT&CK lists its aliases among them, with the citations that bear each out.
        """
        by_name: dict[str, tuple[str, ...]] = {}
        aliases: list[tuple[str, str]] = []
        for ref in _dicts(one.get("external_references")):
            name, url = text_of(ref.get("source_name")), text_of(ref.get("url"))
            text = text_of(ref.get("description"))
            if ref.get("external_id") and not text:
                continue  # an identifier, read as such
            if not url and citations(text):
                aliases.append((name, text))
            elif url or text:
                by_name[name] = (
                    *by_name.get(name, ()),
                    document(self.sink, url=url, name=name, text=text),
                )
        own = sorted({iri for iris in by_name.values() for iri in iris})
        for name, text in aliases:
            by_name.setdefault(name, self.cited(citations(text), by_name, one))
        return by_name, own

    def cited(
        self,
        names: Iterable[str],
        references: Mapping[str, tuple[str, ...]],
        one: Mapping[str, Any],
    ) -> tuple[str, ...]:
        """Return the documents that an object cites by these names; count what it does not list."""
        found: list[str] = []
        for name in names:
            if name in references:
                found += references[name]
            else:
                self.sink.unresolved(
                    "a citation that its record does not list", f"{one['id']}: {name[:60]}"
                )
        return tuple(dict.fromkeys(found))

    def _identifiers(self, one: Mapping[str, Any], entity: str) -> None:
        identifier, kind = str(one["id"]), str(one["type"])
        status = self.known[identifier].status
        standing: dict[str, Any] = {}
        if status:
            standing = {
                "rank": Rank.DEPRECATED,
                "rank_reason": f"The data set has {status} this record.",
            }
        stated = "its id in STIX"
        self.sink.identifier(identifier, entity, "stix", identifier, method=stated, **standing)
        if kind in TYPES and TYPES[kind] != "ThreatRecord":
            uuid = identifier.partition("--")[2].lower()
            self.sink.identifier(identifier, entity, "uuid", uuid, method=stated, **standing)
        for ref in _dicts(one.get("external_references")):
            name, value = text_of(ref.get("source_name")), text_of(ref.get("external_id"))
            if not value:
                continue
            if _ATTACK.fullmatch(name) and re.fullmatch(SCHEMES["attack"].pattern, value):
                self.sink.identifier(
                    identifier, entity, "attack", value, method="external_references", **standing
                )
                if url := text_of(ref.get("url")):
                    address = Literal(url, datatype=NamedNode(XSD + "anyURI"))
                    self.sink.entity(entity, extra=[(SCHEMA + "url", address)])
            else:
                said = Literal(f"external_id: {name} {value}")
                self.sink.entity(entity, extra=[(KG + "recordField", said)])

    def _publishes(self, identifier: str) -> bool:
        known = self.known.get(identifier)
        return known is not None and actor_of(known.label) == self.sink.dataset.publisher

    def publisher(self) -> None:
        """Keep which identity of the bundle the publisher of the data set is."""
        for identifier in filter(self._publishes, sorted(self.known)):
            if identifier.startswith("identity--"):
                entity = self.sink.dataset.publisher
                self.sink.identifier(
                    identifier, entity, "stix", identifier, method="created_by_ref"
                )

    def _word(self, word: str) -> str:
        """Return a word of the source for the report, which has room for so many of them."""
        if len(self._words) < MOST_COUNTED:
            self._words.add(word[:60])
        return word[:60] if word[:60] in self._words else "of some other name"

    # ------------------------------------------------------------ claims

    def claim(
        self,
        one: Mapping[str, Any],
        predicate: str,
        value: str | Literal,
        statement: str,
        *,
        subject: str = "",
        ends: Iterable[str] = (),
        kind: Kind = Kind.FACT,
        modality: Modality = Modality.REPORTED,
        **more: Any,
    ) -> str:
        """Keep a claim of an object, with its confidence, creator and standing.

        ``ends`` are the ids of the things it speaks of: what one of them has lost, the
        claim has lost too.
        """
        identifier = str(one["id"])
        for place in (identifier, *ends):
            status = self.known[place].status if place in self.known else ""
            if status and predicate not in (KG + "recordStatus", KG + "replacedBy"):
                more["rank"] = Rank.DEPRECATED
                which = "this record" if place == identifier else self.known[place].label
                more["rank_reason"] = f"The data set has {status} {which}."
                if place == identifier and status == "revoked":
                    more["retracted_on"] = day(one.get("modified"))
                break
        confidence = one.get("confidence")
        if isinstance(confidence, int) and not isinstance(confidence, bool):
            if 0 <= confidence <= 100:
                more["confidence"] = confidence
            else:
                self.sink.skip("a confidence outside 0 to 100", identifier)
        creator = text_of(one.get("created_by_ref"))
        if STIX_ID.fullmatch(creator) and not self._publishes(creator):
            more["original_holders"] = (node("stix", creator),)
        return self.sink.claim(
            identifier,
            subject or node("stix", identifier),
            predicate,
            value,
            statement,
            kind=kind,
            modality=modality,
            **more,
        )

    def _alias(
        self, one: Mapping[str, Any], alias: str, references: Mapping[str, tuple[str, ...]]
    ) -> None:
        identifier = str(one["id"])
        label = self.known[identifier].label
        made = self.claim(
            one,
            KG + "alias",
            Literal(alias),
            f"{label} is also called {alias}.",
            cited_sources=references.get(alias, ()),
        )
        if one["type"] in DESCRIBED and not self.known[identifier].status:
            self.names.add(alias, Bearer(node("stix", identifier), label, identifier, made))

    def _days(self, one: Mapping[str, Any], references: Mapping[str, tuple[str, ...]]) -> None:
        for name, predicate in (("first_seen", "firstSeen"), ("last_seen", "lastSeen")):
            if name not in one or one["type"] == "sighting":
                continue
            if not (when := day(one[name])):
                self.sink.skip(f"a {name} that is no day", str(one["id"]))
                continue
            stated = citations(text_of(one.get(f"x_mitre_{name}_citation")))
            self.claim(
                one,
                KG + predicate,
                day_literal(when),
                f"{self.known[str(one['id'])].label} was {name.replace('_', ' ')} on {when}.",
                cited_sources=self.cited(stated, references, one),
            )

    def _refers(self, one: Mapping[str, Any]) -> None:
        """Keep every reference to another object: of a report, a sighting, a file."""
        identifier = str(one["id"])
        for name in sorted(filter(_is_ref, one)):
            if name in ("created_by_ref", "object_marking_refs") or name in _BOOKKEEPING:
                continue
            if not all(isinstance(v, str) and STIX_ID.fullmatch(v) for v in texts(one[name])):
                continue  # STIX 2.0 names things inside an observation by number
            for other in dict.fromkeys(self._ids(one, name)):
                label = self.known[other].label if other in self.known else other
                self.claim(
                    one,
                    KG + "refersTo",
                    node("stix", other),
                    f"{self.known[identifier].label} names {label} ({name.replace('_', ' ')}).",
                    ends=(other,),
                    discriminator=name,
                    extra=[(KG + "relationType", Literal(name))],
                    **_span(one, "first_seen", "last_seen"),
                )

    def _observed(self, one: Mapping[str, Any]) -> None:
        """Describe what a STIX 2.0 observation holds within itself."""
        identifier = str(one["id"])
        for key, inner in sorted(one["objects"].items()):
            if not isinstance(inner, dict) or not isinstance(inner.get("type"), str):
                self.sink.skip("an observed object without a type", f"{identifier} {key[:20]}")
                continue
            label = next(
                (text_of(inner[n]) for n in ("value", "name", "path", "key") if inner.get(n)), ""
            )
            extra = fields(self.sink, inner, ("type", "name"), identifier)
            entity = self.sink.entity(
                node("stix", f"{identifier}.{key}"),
                KG + "ThreatRecord",
                label=label or f"{inner['type']} {key}",
                extra=[(KG + "recordType", Literal(inner["type"])), *extra],
            )
            self.sink.report.kept["observed objects"] += 1
            said = f"{self.known[identifier].label} holds {label or inner['type']}."
            relation = [(KG + "relationType", Literal("objects"))]
            self.claim(one, KG + "refersTo", entity, said, extra=relation)

    def relationship(self, one: Mapping[str, Any]) -> None:
        """Keep a relationship as a claim whose record is the relationship."""
        sink, identifier = self.sink, str(one["id"])
        word = text_of(one.get("relationship_type"))
        ends = [*self._ids(one, "source_ref"), *self._ids(one, "target_ref")]
        if not word or len(ends) != 2:
            sink.skip("a relationship without a type and two ends", identifier)
            return
        source, target = ends
        predicate, kind, verb = _RELATIONS.get(
            word, ("relatesTo", Kind.FACT, word.replace("-", " "))
        )
        if word == "located-at" and source.startswith("location--"):
            predicate = "locatedIn"
        if word not in _RELATIONS:
            sink.note(
                f"relationship type {self._word(word)} is kept as related, in its own word",
                identifier,
            )
        labels = [self.known[end].label if end in self.known else end for end in ends]
        _, own = self._references(one)
        skipped = _READ | _BOOKKEEPING | {"created", "modified"}
        more = [(KG + "relationType", Literal(word)), *fields(sink, one, skipped, identifier)]
        described = isinstance(one.get("description"), str)
        self.claim(
            one,
            KG + predicate,
            node("stix", target),
            f"{labels[0]} {verb} {labels[1]}.",
            subject=node("stix", source),
            ends=ends,
            kind=kind,
            cited_sources=tuple(own),
            locator=f"record {identifier}{', field description' if described else ''}",
            extra=more,
            **_span(one, "start_time", "stop_time"),
        )
        sink.report.kept["relationships"] += 1


def actor_of(name: str) -> str:
    """Return the IRI of an actor that a bundle names as the creator of all it holds."""
    return f"{ID}actor/{slug(name)[:80] or 'unnamed'}"


def _class(one: Mapping[str, Any]) -> str:
    kind = str(one["type"])
    if kind == "identity":
        return {"individual": "Person", "class": "ThreatRecord"}.get(
            text_of(one.get("identity_class")), "Actor"
        )
    if kind == "location" and is_country(one):
        return "State"
    return TYPES.get(kind) or _CUSTOM.get(kind, "ThreatRecord")


def _is_ref(name: str) -> bool:
    return name.endswith(("_ref", "_refs"))


def _dicts(value: object) -> list[Mapping[str, Any]]:
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []


def _span(one: Mapping[str, Any], first: str, last: str) -> dict[str, Any]:
    begins, ends = day(one.get(first)), day(one.get(last))
    if not (begins or ends) or (begins and ends and begins > ends):
        return {}
    return {"valid_from": begins, "valid_to": ends, "valid_precision": "day"}
