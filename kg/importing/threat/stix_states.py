"""What an object of STIX says of states: in fields of its own, in a sentence, as a place."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pyoxigraph import Literal

from kg.claims import Kind, Modality
from kg.importing import country_names
from kg.importing.reading import text_of
from kg.importing.threat.attribution import attributions, denials
from kg.importing.threat.bearers import texts
from kg.vocab import KG

if TYPE_CHECKING:
    from kg.importing.threat.stix_objects import Reader

_ACTORS = ("intrusion-set", "threat-actor")
DESCRIBED = (*_ACTORS, "campaign")
_STATE_FIELD = re.compile(r"x_\w*(?:country|nation|sponsor|origin)\w*")
ALIASES = re.compile(r"aliases|x_\w+_aliases")


def keep_ties(
    reader: Reader,
    one: Mapping[str, Any],
    names: Sequence[str],
    references: Mapping[str, tuple[str, ...]],
) -> None:
    """Keep what a field of its own or a sentence of the description says of states."""
    identifier, kind = str(one["id"]), str(one["type"])
    label = reader.known[identifier].label
    if kind in _ACTORS:
        for name in sorted(filter(_STATE_FIELD.fullmatch, one)):
            for text in texts(one[name]):
                if not (state := country_names.meant(text)):
                    reader.sink.unresolved(
                        "a state in a field that no code or name resolves",
                        f"{identifier} {name[:60]}",
                    )
                    continue
                reader.claim(
                    one,
                    KG + ("attributedTo" if "sponsor" in name else "comesFrom"),
                    country_names.put(reader.sink, state),
                    f"The field {name} ties {label} to {state.label}.",
                    kind=Kind.ASCRIPTION,
                    discriminator=name + text,
                    extra=[(KG + "relationType", Literal(name))],
                )
    description = one.get("description")
    if kind not in DESCRIBED or not isinstance(description, str):
        return
    for found in attributions(description, names):
        sentence, hedge = found.sentence, found.hedge
        verb = "attributes it to" if found.tie == "attributedTo" else "says it comes from"
        more: list[tuple[str, str | Literal]] = [(KG + "relationType", Literal("description"))]
        if found.unit:
            more.append((KG + "attributedUnit", Literal(found.unit)))
        reader.claim(
            one,
            KG + found.tie,
            country_names.put(reader.sink, found.state),
            f"The description of {label} {verb} {found.state.label}{f' ({hedge})' if hedge else ''}.",
            kind=Kind.ASCRIPTION,
            modality=Modality.POSSIBLE if hedge else Modality.REPORTED,
            hedges=(hedge or found.shown,),
            cited_sources=reader.cited(sentence.cited, references, one),
            passage=reader.sink.sentence(identifier, "description", sentence.number, sentence.raw),
            discriminator="description",
            extra=more,
        )
    for _ in range(denials(description)):
        reader.sink.note("a sentence that denies or doubts a tie to a state gives none", identifier)


def keep_country(reader: Reader, one: Mapping[str, Any], entity: str) -> None:
    """Keep the code of a location that is a country, or the country it lies in."""
    code = text_of(one.get("country"))
    if not code:
        return
    identifier = str(one["id"])
    scheme = {2: "iso3166-1-alpha2", 3: "iso3166-1-alpha3"}.get(len(code))
    if is_country(one) and scheme and code.isupper():
        reader.sink.identifier(identifier, entity, scheme, code, method="field country")
        for alias in {a for n in one if ALIASES.fullmatch(n) for a in texts(one[n])} - {code}:
            if country_names.coded(alias) and country_names.coded(alias) == country_names.coded(
                code
            ):
                scheme = f"iso3166-1-alpha{len(alias)}"
                reader.sink.identifier(identifier, entity, scheme, alias, method="an alias")
    elif state := country_names.meant(code):
        reader.claim(
            one,
            KG + "locatedIn",
            country_names.put(reader.sink, state),
            f"{reader.known[identifier].label} is in {state.label}.",
            extra=[(KG + "relationType", Literal("country"))],
        )
    else:
        reader.sink.unresolved("a country of a location that no code or name resolves", identifier)


def is_country(one: Mapping[str, Any]) -> bool:
    """Whether a location is a country, not a place in one: it says so, or it bears its name."""
    if (stated := text_of(one.get("x_opencti_location_type"))) or not one.get("country"):
        return stated == "Country" and bool(one.get("country"))
    if any(
        one.get(name) for name in ("city", "administrative_area", "street_address", "postal_code")
    ):
        return False
    name, code = text_of(one.get("name")), text_of(one.get("country"))
    state = country_names.coded(code)
    return state is not None and (not name or country_names.meant(name) == state)
