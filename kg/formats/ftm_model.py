"""FollowTheMoney as we use it: which schema a thing has, which property a fact, and the lengths.

Written down from the model of followthemoney 4.11, which the tests hold against it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from kg.claims import Claim
from kg.formats import foreign
from kg.store import Store
from kg.vocab import ID, KG, KINDS, RDFS, SKOS

FTM = "https://schema.followthemoney.tech/#"
# Schemata where the ontology's own skos:closeMatch is too wide, or none: a treaty is an
# Event because there is no other dated thing with parties; a regime is no Sanction,
# which is one measure against one entity.
SCHEMATA = {
    KG + name: schema
    for name, schema in {
        "ArmedForces": "PublicBody",
        "InternationalOrganization": "Organization",
        "ArmedGroup": "Organization",
        "Outlet": "Organization",
        "ResearchInstitute": "Organization",
        "University": "Organization",
        "Agreement": "Event",
        "Resolution": "Event",
        "SanctionsRegime": "Event",
        "SourceDocument": "Article",
    }.items()
}
#: Topics that the class of a thing states; no other is ever given.
TOPICS = {
    KG + "State": "gov.national",
    KG + "ArmedForces": "mil",
    KG + "InternationalOrganization": "gov.igo",
}
ORGANIZATIONS = {"Organization", "PublicBody", "Company"}
LEGAL = {"LegalEntity", "Person", *ORGANIZATIONS}
#: The values of an Event that an edge gives, by predicate: who was in it, and when.
INVOLVED = {KG + n for n in ("hasParty", "initiator", "recipient", "participant")}
EVENT_DATES = {
    KG + "date": "date",
    KG + "signedOn": "date",
    KG + "adoptedOn": "date",
    KG + "startDate": "startDate",
    KG + "inForceOn": "startDate",
    KG + "endDate": "endDate",
    KG + "terminatedOn": "endDate",
}
BODY_DATES = {KG + "startDate": "incorporationDate", KG + "endDate": "dissolutionDate"}
# ISO 639-1 to 639-3, as FollowTheMoney 4.11 turns one into the other (the tests ask it).
LANGUAGES = {
    "ar": "ara", "bn": "ben", "de": "deu", "en": "eng", "es": "spa", "fa": "fas", "fr": "fra",
    "it": "ita", "ja": "jpn", "ko": "kor", "nl": "nld", "pl": "pol", "pt": "por", "ru": "rus",
    "tr": "tur", "uk": "ukr", "zh": "zho",
}  # fmt: skip
# The longest texts that the model takes (followthemoney.types, 4.11), and its ids.
NAME, STRING, IDENTIFIER, _TEXT, _URL = 384, 1024, 64, 65_000, 4096
LENGTHS = {
    **dict.fromkeys(("name", "alias", "abbreviation"), NAME),
    **dict.fromkeys(("wikidataId", "programId", "idNumber", "territoryCode"), IDENTIFIER),
    **dict.fromkeys(("summary", "description", "notes", "reason"), _TEXT),
    **dict.fromkeys(("sourceUrl", "website", "publisherUrl"), _URL),
}
DESCRIBED = {SKOS + "definition", KG + "editorNote", KG + "eventStatus", RDFS + "seeAlso"}
_ID = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z.\-]{0,200}[0-9A-Za-z])?", re.ASCII)
#: What the words on an entity do not say of a claim.
UNSAID = ("citations",)
#: What a claim loses that is a value of an entity and has no source to stand beside it.
BARE = (
    "statement", "hedges", "rank_reason", "holders", "original_holders", "evidence", "markers",
    "citation_scope", "cited_sources", "confidence", "credibility", "valid_from", "valid_to",
    "valid_precision", "covered_to", "conflicts_with", "corroborates", "in_tension_with",
    "restates", "note", "check_method", *UNSAID,
)  # fmt: skip


# What a claim has beside its place and its ends, and FollowTheMoney no property for.
_IN_WORDS = {
    "epistemics (in words)": ("kind", "modality", "polarity", "rank", "confidence", "credibility"),
    "holders (in words)": ("holders", "original_holders"),
    "links to claims (in words)": (
        "conflicts_with", "corroborates", "in_tension_with", "restates",
    ),
}  # fmt: skip


def in_words(claim: Claim) -> list[str]:
    """Return what of a claim goes along as text alone, where no program finds it."""
    return [what for what, fields in _IN_WORDS.items() if foreign.unsaid(claim, fields)]


@dataclass(slots=True)
class Entity:
    """One line of the file; values are kept in the order in which they came, each once."""

    id: str
    schema: str
    properties: dict[str, dict[str, None]] = field(default_factory=dict)

    def add(self, name: str, *values: str) -> None:
        """Add values of a property, without the empty ones."""
        for value in filter(None, values):
            self.properties.setdefault(name, {})[value] = None

    def line(self) -> str:
        """Return the entity as its line of JSON."""
        values = {name: list(found) for name, found in sorted(self.properties.items())}
        content = {"id": self.id, "schema": self.schema, "properties": values}
        return json.dumps(content, ensure_ascii=False) + "\n"


def entity_id(iri: str) -> str:
    """Return the id of a node: readable for ours, a UUIDv5 for a stranger's IRI.

    >>> entity_id("https://w3id.org/gambit/id/actor/dprk")
    'gambit-actor-dprk'
    """
    kind, _, slug = iri.removeprefix(ID).partition("/")
    # A kind has no hyphen, so two IRIs cannot meet in one id.
    if iri.startswith(ID) and kind in KINDS and _ID.fullmatch(slug):
        return f"gambit-{kind}-{slug}"
    return f"gambit-{foreign.uuid_of(iri)}"


def schema_of(store: Store, node: str) -> str:
    """Return the schema of a node, empty where there is none, or where it has not taken place.

    The ontology's own skos:closeMatch decides where the table above does not.
    """
    if not foreign.is_real(store, node):
        return ""
    for cls in foreign.classes(store, node):
        if cls in SCHEMATA:
            return SCHEMATA[cls]
        for match in store.objects(cls, SKOS + "closeMatch"):
            schema = match.value.removeprefix(FTM)
            if schema != match.value and schema not in ("Document", "Sanction"):
                return schema
    return ""


def topics(store: Store, node: str) -> Iterator[str]:
    """Yield the topics that the classes of a node state."""
    for cls in store.types(node):
        steps = store.vocabulary.ancestors(cls)
        yield next((TOPICS[step] for step in steps if step in TOPICS), "")


def link_schema(predicate: str, subject: str, value: str) -> tuple[str, tuple[str, str]]:
    """Return the schema for a link between two schemata, and its properties for both ends."""
    if predicate == KG + "memberOf" and subject in LEGAL and value in ORGANIZATIONS:
        return "Membership", ("member", "organization")
    if predicate == KG + "successorOf" and subject in LEGAL and value in LEGAL:
        return "Succession", ("successor", "predecessor")
    if subject == "Person" and value == "Position":
        return "Occupancy", ("holder", "post")
    return "UnknownLink", ("subject", "object")


def language(code: str) -> str:
    """Return the ISO 639-3 code of a language, empty where ours is not in the table."""
    code = code.partition("-")[0].lower()
    return LANGUAGES.get(code, code if code in LANGUAGES.values() else "")
