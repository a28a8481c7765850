"""The property-extension of our STIX bundles: what STIX has no property for.

The JSON schema of it is docs/reference/stix-extension.json; a test holds every object
that is written against it. All values are our own terms, so that a claim can be read
back as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyoxigraph import Literal, NamedNode

from kg.claims import Claim, Kind, Modality, Polarity, Rank
from kg.formats import foreign
from kg.store import Store
from kg.vocab import KG

#: The id of the extension-definition: of its name and version, so that it never changes.
EXTENSION = f"extension-definition--{foreign.uuid_of(KG, 'stix-extension', '1')}"

#: The fields of a claim that go along under their own name, or a plainer one.
_TEXTS = {
    "statement": "statement",
    "rank_reason": "rank_reason",
    "citation_scope": "citation_scope",
    "likelihood": "likelihood",
    "valid_from": "valid_from",
    "valid_to": "valid_to",
    "covered_to": "covered_to",
    "valid_precision": "valid_precision",
    "retracted_on": "retracted_on",
    "note": "editor_note",
    "identity_scheme": "identity_scheme",
    "check_method": "check_method",
}
_LISTS = {
    "hedges": "hedge_words",
    "holders": "holders",
    "original_holders": "original_holders",
    "citations": "citations",
    "markers": "citation_markers",
    "cited_sources": "cited_sources",
    "conflicts_with": "conflicts_with",
    "corroborates": "corroborates",
    "in_tension_with": "in_tension_with",
    "restates": "restates",
}
_NUMBERS = {"confidence": "own_confidence", "credibility": "credibility"}
_ENUMS = {"kind": Kind, "modality": Modality, "polarity": Polarity, "rank": Rank}


def extended(**properties: Any) -> dict[str, dict[str, Any]]:
    """Return the extensions of an object: our one, without its empty properties."""
    return {EXTENSION: {"extension_type": "property-extension", **filled(properties)}}


def filled(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return properties without those that say nothing: STIX allows no empty text or list."""
    return {key: value for key, value in properties.items() if value not in ("", [], {}, None)}


def record(claim: Claim, store: Store) -> dict[str, Any]:
    """Return a claim as the extension has it: every field, and the places it was read at."""
    found: dict[str, Any] = {
        "claim": claim.iri,
        "subject": claim.subject,
        "predicate": claim.predicate,
        "object": _term(claim.object),
    }
    found |= {name: getattr(claim, name).value for name in _ENUMS}
    found |= {name: getattr(claim, field) for field, name in {**_TEXTS, **_NUMBERS}.items()}
    found |= {name: list(getattr(claim, field)) for field, name in _LISTS.items()}
    found["passages"] = [_passage(iri, store) for iri in claim.evidence]
    return filled(found)


def _term(term: str | Literal) -> dict[str, str]:
    if isinstance(term, str):
        return {"iri": term}
    if term.language:
        return {"value": term.value, "language": term.language}
    return {"value": term.value, "datatype": term.datatype.value}


def _passage(iri: str, store: Store) -> dict[str, Any]:
    known = store.passages.get(iri)
    said = known._asdict() if known else {}
    said.pop("iri", None)
    return {"passage": iri, **filled(said)}


def restored(found: dict[str, Any]) -> Claim:
    """Return the claim that an extension holds; KeyError or ValueError where it holds none."""
    fields: dict[str, Any] = {
        "iri": found["claim"],
        "subject": found["subject"],
        "predicate": found["predicate"],
        "object": _read_term(found["object"]),
        "evidence": tuple(passage["passage"] for passage in found.get("passages", ())),
    }
    fields |= {name: enum(found[name]) for name, enum in _ENUMS.items()}
    fields |= {field: found.get(name, "") for field, name in _TEXTS.items()}
    fields |= {field: found.get(name) for field, name in _NUMBERS.items()}
    fields |= {field: tuple(found.get(name, ())) for field, name in _LISTS.items()}
    return Claim(**fields)


def _read_term(term: dict[str, str]) -> str | Literal:
    if "iri" in term:
        return term["iri"]
    if "language" in term:
        return Literal(term["value"], language=term["language"])
    return Literal(term["value"], datatype=NamedNode(term["datatype"]))
