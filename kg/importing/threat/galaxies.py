"""The files of MISP's galaxy: their clusters, each with its key, its name and what it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from kg.errors import RefusedError
from kg.identity import SCHEMES
from kg.importing.reading import json_file, text_of
from kg.importing.sink import Sink, node
from kg.importing.threat.bearers import texts

UUID = re.compile(SCHEMES["uuid"].pattern, re.IGNORECASE)
_ACTOR = re.compile(r"threat-actor|intrusion-set|activity-group|^groups$|^mitre-ics-groups$")
_SOFTWARE = re.compile(
    r"^(?:android|backdoor|banker|botnet|cryptominers|exploit-kit|malpedia|ransomware|rat|rmm-tool"
    r"|software|stalkerware|stealer|tds|tool|wiper)$|^mitre-.*(?:malware|tool|software)$"
)
_COUNTRY = ("country", "target-information")
_INVENTED = re.compile(r"\b(?:fictional|fictitious|imaginary|made[- ]up)\b", re.IGNORECASE)
_INVENTED_ONE = re.compile(
    r"\W*(?:an? |the )?(?:fictional|fictitious|synthetic|imaginary)\b", re.IGNORECASE
)
NUMBERED = re.compile(r"(\d{3}) - (.+)")

#: The fields that hold ISO 3166-1 codes.
CODES = ("ISO", "ISO3", "iso-code")


class Cluster(NamedTuple):
    """One value of a galaxy: its galaxy's type, its key, name and what it is here."""

    galaxy: str
    key: str
    label: str
    sort: str
    content: Mapping[str, Any]

    @property
    def entity(self) -> str:
        """Its IRI."""
        return node("misp", self.key)

    @property
    def meta(self) -> Mapping[str, Any]:
        """Its fields, empty where it has none."""
        return _meta(self.content)


def galaxy(path: Path) -> Mapping[str, Any]:
    """Return the content of a file; RefusedError for what is no galaxy of clusters."""
    content = json_file(path)
    if not isinstance(content, dict) or not isinstance(content.get("values"), list):
        raise RefusedError(
            "is no MISP galaxy cluster file: it has no list of values",
            path=path,
            hint="the files wanted stand under clusters/ of misp-galaxy, not under galaxies/",
        )
    return content


def clusters(content: Mapping[str, Any], sink: Sink | None = None) -> Iterator[Cluster]:
    """Yield the clusters of a file; those without a name are skipped, and counted if asked."""
    kind = text_of(content.get("type")) or "galaxy"
    head = " ".join(text_of(content.get(n)) for n in ("name", "description", "type"))
    invented = bool(_INVENTED.search(head))
    for place, one in enumerate(content["values"], 1):
        label = text_of(one.get("value")) if isinstance(one, dict) else ""
        if not label:
            if sink:
                sink.read()
                sink.skip("a cluster without a value", f"{kind} {place}")
            continue
        uuid = text_of(one.get("uuid"))
        key = uuid.lower() if UUID.fullmatch(uuid) else f"{kind}:{label}"
        sort = _sort(kind, text_of(content.get("category")), one)
        if invented or _is_invented(one):
            sort = "FictionalThing"
        yield Cluster(kind, key, _called(kind, label, one), sort, one)


def _meta(one: Mapping[str, Any]) -> Mapping[str, Any]:
    meta = one.get("meta")
    return meta if isinstance(meta, dict) else {}


def _is_invented(one: Mapping[str, Any]) -> bool:
    meta = _meta(one)
    tags = [*texts(meta.get("tags")), *texts(one.get("tags")), *texts(meta.get("entity-type"))]
    return (
        bool(_INVENTED_ONE.match(text_of(one.get("description"))))
        or any(_INVENTED.search(tag) for tag in tags)
        or text_of(meta.get("fictional")).lower() == "true"
    )


def _sort(galaxy: str, category: str, one: Mapping[str, Any]) -> str:
    meta = _meta(one)
    if galaxy in _COUNTRY:
        return "State" if any(meta.get(name) for name in CODES) else "Territory"
    if galaxy == "region" or category == "location":
        return "Territory"
    if _ACTOR.search(galaxy):
        # MISP says that some of its actors are known by an operation alone.
        campaign = {"campaign", "operation"} & set(texts(meta.get("threat-actor-classification")))
        return "Campaign" if campaign else "ThreatActor"
    if _SOFTWARE.search(galaxy):
        return "Software"
    if "course-of-action" in galaxy:
        return "Countermeasure"
    if "attack-pattern" in (galaxy, category) or "technique" in galaxy:
        return "Technique"
    return "Actor" if category == "actor" or galaxy == "intelligence-agency" else "ThreatRecord"


def _called(galaxy: str, label: str, one: Mapping[str, Any]) -> str:
    if galaxy == "region" and (numbered := NUMBERED.fullmatch(label)):
        return numbered[2]
    description = text_of(one.get("description"))
    return description if description.casefold() == label.casefold() else label
