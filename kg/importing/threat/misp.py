"""MISP galaxy clusters: threat actors and software under all their names, countries, regions.

A cluster is an entity by its uuid. What it says of a state (``country``, the sponsor that
the CFR suspects) are ascriptions, one a field. A name that several clusters of a galaxy
bear is disputed and joins nothing. Invented worlds for exercises are marked as such.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pyoxigraph import Literal

from kg.claims import Kind, Modality
from kg.identity import SCHEMES
from kg.importing import country_names
from kg.importing.reading import text_of
from kg.importing.record import DataSet, Importer, slug
from kg.importing.sink import Sink, node
from kg.importing.threat.bearers import Bearer, Names, document, fields, texts
from kg.importing.threat.galaxies import CODES, NUMBERED, UUID, Cluster, clusters, galaxy
from kg.vocab import DCTERMS, ID, KG

_ALIASES = ("synonyms", "aliases", "synomyms")
_DOCUMENTS = ("refs", "references", "official-refs", "links")
_VICTIMS = ("cfr-suspected-victims", "suspected-victims")
_SPONSORS = ("cfr-suspected-state-sponsor", "suspected-state-sponsor", "state-sponsor")
_UNKNOWN = ("unknown", "n/a", "none", "-", "?")
_READ = (*_ALIASES, *_DOCUMENTS, *CODES, "kill_chain", "subregions")

_FACT, _ASSESSMENT, _ASCRIPTION = Kind.FACT, Kind.ASSESSMENT, Kind.ASCRIPTION
#: Relation types that have a predicate of their own: the rest are kept as related.
_RELATIONS: Mapping[str, tuple[str, Kind, str]] = {
    "similar": ("overlapsWith", _ASSESSMENT, "is similar to"),
    "overlaps": ("overlapsWith", _ASSESSMENT, "overlaps with"),
    "uses": ("uses", _FACT, "uses"),
    "used-by": ("relatesTo", _FACT, "is used by"),
    "targets": ("attacks", _FACT, "targets"),
    "attributed-to": ("attributedTo", _ASCRIPTION, "is attributed to"),
    "located-in": ("locatedIn", _FACT, "is located in"),
    "part-of": ("partOf", _FACT, "is part of"),
    "subtechnique-of": ("partOf", _FACT, "is a sub-technique of"),
    "mitigates": ("protectsAgainst", _FACT, "mitigates"),
    "detects": ("detects", _FACT, "detects"),
    "revoked-by": ("replacedBy", _FACT, "was revoked in favour of"),
}
_LIKELIHOOD = re.compile(r'estimative-language:likelihood-probability="([a-z-]+)"')
#: The words of MISP's taxonomy of estimative language are those of ICD 203.
_LIKELY = {
    "almost-no-chance": "almostNoChance",
    "very-unlikely": "veryUnlikely",
    "unlikely": "unlikely",
    "roughly-even-chance": "roughlyEvenChance",
    "likely": "likely",
    "very-likely": "veryLikely",
    "almost-certain": "almostCertain",
}


def _dataset(paths: Sequence[Path]) -> DataSet:
    """Return the data set: MISP's galaxy, in the versions that the files state."""
    found = sorted(
        (text_of(c.get("type")) or path.stem, text_of(c.get("version")))
        for path, c in ((path, galaxy(path)) for path in paths)
    )
    alone = len(found) == 1
    name = f"misp-{slug(found[0][0])}" if alone else "misp-galaxy"
    versions = "-".join(f"{kind}.{version}" for kind, version in found)
    return DataSet(
        name=name,
        title=f"MISP galaxy, {found[0][0]}" if alone else "MISP galaxy",
        publisher=ID + "actor/misp-project",
        publisher_name="MISP Project",
        edition=found[0][1] if alone else versions,
        licence="CC0-1.0 or BSD-2-Clause",
        url="https://github.com/MISP/misp-galaxy",
    )


def _read(paths: Sequence[Path], sink: Sink, _options: Mapping[str, str]) -> None:
    known: dict[str, Cluster] = {}
    regions: dict[str, str] = {}
    for path in paths:
        for cluster in clusters(galaxy(path)):
            if cluster.key not in known or cluster.label < known[cluster.key].label:
                known[cluster.key] = cluster._replace(content={})
            regions[text_of(cluster.content.get("value"))] = cluster.key
    seen: Counter[str] = Counter()
    names: dict[str, Names] = {}
    for path in paths:
        content = galaxy(path)
        place = _describe_galaxy(content, sink)
        for cluster in clusters(content, sink):
            seen[cluster.key] += 1
            if seen[cluster.key] > 1:
                sink.note("several clusters of one uuid are one thing", cluster.key)
            reader = _Reader(sink, cluster, known, names.setdefault(cluster.galaxy, Names()))
            reader.read(place, regions)
    for _, of_galaxy in sorted(names.items()):
        of_galaxy.dispute(sink)


def _describe_galaxy(content: Mapping[str, Any], sink: Sink) -> str:
    kind = text_of(content.get("type")) or "galaxy"
    uuid = text_of(content.get("uuid")).lower()
    extra = fields(sink, content, ("values", "description", "name", "uuid", "type"), kind)
    return sink.entity(
        node("misp", uuid if UUID.fullmatch(uuid) else f"galaxy:{kind}"),
        KG + "ThreatRecord",
        label=f"MISP galaxy {text_of(content.get('name')) or kind}",
        language="en",
        extra=[(KG + "recordType", Literal("galaxy")), *extra],
    )


class _Reader:
    """Makes an entity and claims of one cluster."""

    def __init__(
        self, sink: Sink, cluster: Cluster, known: Mapping[str, Cluster], names: Names
    ) -> None:
        self.sink, self.cluster, self.known, self.names = sink, cluster, known, names
        self.invented = cluster.sort == "FictionalThing"

    def read(self, galaxy: str, regions: Mapping[str, str]) -> None:
        """Describe the cluster and keep what it claims."""
        sink, cluster, meta = self.sink, self.cluster, self.cluster.meta
        sink.read()
        sink.report.kept["clusters"] += 1
        aliases = self._aliases()
        documents = self._documents()
        value = text_of(cluster.content.get("value"))
        extra: list[tuple[str, str | Literal]] = []
        extra += [(KG + "recordType", Literal(cluster.galaxy)), (DCTERMS + "isPartOf", galaxy)]
        extra += fields(sink, meta, (*_READ, "external_id", *self._claimed()), cluster.key)
        extra += [
            (KG + "killChainPhase", Literal(phase)) for phase in texts(meta.get("kill_chain"))
        ]
        extra += [
            (KG + "recordField", Literal(f"tag: {t}")) for t in texts(cluster.content.get("tags"))
        ]
        sink.entity(
            cluster.entity,
            KG + cluster.sort,
            label=cluster.label,
            language="en",
            aliases=[
                (alias, "en" if alias.isascii() else "und")
                for alias in dict.fromkeys((value, *aliases))
                if alias != cluster.label
            ],
            extra=extra,
        )
        sort = cluster.galaxy.replace("-", " ")
        self._claim(
            "listedAs",
            Literal(cluster.galaxy),
            f"The galaxy lists {cluster.label} as {sort}.",
            cited_sources=documents,
        )
        if self.invented:
            sink.note("a fictional thing is marked as such, and joined to nothing", cluster.key)
        else:
            self._identifiers()
            self._states(documents)
            self._victims(documents)
        self._names(aliases)
        self._regions(regions)
        self._related()

    def _claimed(self) -> tuple[str, ...]:
        """Return the fields that become claims, of this sort of thing."""
        if self.invented or self._tie() is None:
            return ()
        return ("country", *_SPONSORS, *_VICTIMS, "attribution-confidence")

    def _claim(self, predicate: str, value: str | Literal, statement: str, **more: Any) -> str:
        return self.sink.claim(
            self.cluster.key, self.cluster.entity, KG + predicate, value, statement, **more
        )

    # ------------------------------------------------------------ names and identifiers

    def _aliases(self) -> list[str]:
        found = [alias for name in _ALIASES for alias in texts(self.cluster.meta.get(name))]
        return list(dict.fromkeys(found))

    def _documents(self) -> tuple[str, ...]:
        urls = [url for name in _DOCUMENTS for url in texts(self.cluster.meta.get(name))]
        found = []
        for url in dict.fromkeys(urls):
            if re.match(r"https?://\S+$", url):
                found.append(document(self.sink, url=url))
            else:
                found.append(document(self.sink, name=url[:300]))
        return tuple(found)

    def _names(self, aliases: Iterable[str]) -> None:
        cluster = self.cluster
        own = Bearer(cluster.entity, cluster.label, cluster.key)
        self.names.add(text_of(cluster.content.get("value")), own)
        for alias in aliases:
            made = self._claim("alias", Literal(alias), f"{cluster.label} is also called {alias}.")
            self.names.add(alias, own._replace(claim=made))

    def _identifiers(self) -> None:
        sink, cluster, meta = self.sink, self.cluster, self.cluster.meta
        if UUID.fullmatch(cluster.key):
            sink.identifier(
                cluster.key, cluster.entity, "uuid", cluster.key, method="its uuid in MISP"
            )
        else:
            sink.note("a cluster without a uuid is named by galaxy and value", cluster.key)
        external = [("external_id", v) for v in texts(meta.get("external_id"))]
        if text_of(meta.get("source")) == "MITRE":
            external += [
                (name, v)
                for name in ("group_attack_id", "software_attack_id", "campaign_attack_id")
                for v in texts(meta.get(name))
            ]
        mitre = (
            cluster.galaxy.startswith(("mitre-", "x-mitre-"))
            or text_of(meta.get("source")) == "MITRE"
        )
        for name, value in external:
            if mitre and re.fullmatch(SCHEMES["attack"].pattern, value):
                sink.identifier(cluster.key, cluster.entity, "attack", value, method=f"meta {name}")
            else:
                said = Literal(f"{name}: {value}")
                sink.entity(cluster.entity, extra=[(KG + "recordField", said)])
        if cluster.sort == "State":
            for name in CODES:
                for code in texts(meta.get(name)):
                    scheme = f"iso3166-1-alpha{len(code)}"
                    if scheme in SCHEMES:
                        sink.identifier(
                            cluster.key, cluster.entity, scheme, code, method=f"meta {name}"
                        )
                    else:
                        sink.skip(
                            f"a code in {name} of no ISO 3166-1 length",
                            f"{cluster.key} {code[:20]}",
                        )
        numbered = NUMBERED.fullmatch(text_of(cluster.content.get("value")))
        if numbered and cluster.galaxy == "region":
            sink.identifier(cluster.key, cluster.entity, "m49", numbered[1], method="its value")

    # ------------------------------------------------------------ states

    def _tie(self) -> tuple[str, Kind, str] | None:
        """Return what the field country says of this sort of thing; None where it says nothing."""
        return {
            "ThreatActor": ("attributedTo", _ASCRIPTION, "is attributed to"),
            "Campaign": ("attributedTo", _ASCRIPTION, "is attributed to"),
            "Software": ("comesFrom", _ASCRIPTION, "is said to come from"),
            "Actor": ("basedIn", _FACT, "is based in"),
        }.get(self.cluster.sort)

    def _states(self, documents: tuple[str, ...]) -> None:
        if (tie := self._tie()) is None:
            return
        for field in ("country", *_SPONSORS):
            sponsor = field in _SPONSORS
            predicate, kind, verb = (
                ("attributedTo", _ASCRIPTION, "is suspected to be sponsored by") if sponsor else tie
            )
            for text in texts(self.cluster.meta.get(field)):
                if text.casefold() in _UNKNOWN:
                    self.sink.skip(f"{field} is stated as unknown", self.cluster.key)
                elif state := country_names.meant(text.upper() if len(text) < 4 else text):
                    suspected = "suspected" in field
                    self._claim(
                        predicate,
                        country_names.put(self.sink, state),
                        f"{self.cluster.label} {verb} {state.label} (field {field}).",
                        kind=kind,
                        modality=Modality.POSSIBLE if suspected else Modality.REPORTED,
                        hedges=("suspected",) if suspected else (),
                        confidence=self._confidence() if kind is _ASCRIPTION else None,
                        cited_sources=documents,
                        discriminator=field + text,
                        extra=[
                            (KG + "relationType", Literal(field)),
                            (KG + "recordField", Literal(f"{field}: {text}")),
                        ],
                    )
                else:
                    self.sink.unresolved(
                        f"a state in {field} that no code or name resolves",
                        f"{self.cluster.key}: {text[:40]}",
                    )
                    self.sink.entity(
                        self.cluster.entity,
                        extra=[(KG + "recordField", Literal(f"{field}: {text[:300]}"))],
                    )

    def _confidence(self) -> int | None:
        for text in texts(self.cluster.meta.get("attribution-confidence")):
            if text.isdecimal() and len(text) < 4 and int(text) <= 100:
                return int(text)
            self.sink.skip(
                "an attribution-confidence outside 0 to 100", f"{self.cluster.key}: {text[:20]}"
            )
        return None

    def _victims(self, documents: tuple[str, ...]) -> None:
        if self._tie() is None:
            return
        for field in _VICTIMS:
            stated = texts(self.cluster.meta.get(field))
            for text in dict.fromkeys(stated):
                state = country_names.meant(text)
                if not state:
                    self.sink.note(
                        "a victim that is no state by name or code stays a text",
                        f"{self.cluster.label}: {text[:40]}",
                    )
                self._claim(
                    "attacks" if state else "namedVictim",
                    country_names.put(self.sink, state) if state else Literal(text),
                    f"{self.cluster.label} is suspected to have attacked {state.label if state else text}.",
                    modality=Modality.POSSIBLE,
                    hedges=("suspected",),
                    cited_sources=documents,
                    discriminator=field + text,
                    extra=[
                        (KG + "relationType", Literal(field)),
                        (KG + "recordField", Literal(f"{field}: {text}")),
                    ],
                )
            for text, n in Counter(stated).items():
                if n > 1:
                    self.sink.note(
                        "a victim that a cluster lists twice is one claim",
                        f"{self.cluster.label}: {text[:40]}",
                    )

    # ------------------------------------------------------------ relations

    def _regions(self, regions: Mapping[str, str]) -> None:
        for text in texts(self.cluster.meta.get("subregions")):
            found = NUMBERED.fullmatch(text)
            state = country_names.numbered(found[1]) if found else None
            if text in regions:
                part = self.known[regions[text]]
                entity, label = part.entity, part.label
            elif state:
                entity, label = country_names.put(self.sink, state), state.label
            else:
                self.sink.unresolved("a subregion that these files lack", text[:60])
                said = Literal(f"subregions: {text}")
                self.sink.entity(self.cluster.entity, extra=[(KG + "recordField", said)])
                continue
            self.sink.claim(
                self.cluster.key,
                entity,
                KG + "locatedIn",
                self.cluster.entity,
                f"{label} is a part of {self.cluster.label}.",
                extra=[(KG + "relationType", Literal("subregions"))],
            )

    def _related(self) -> None:
        """Keep each link to another cluster, loaded or not, with its likelihood."""
        cluster, sink = self.cluster, self.sink
        related = cluster.content.get("related")
        seen: Counter[tuple[str, str]] = Counter()
        for link in related if isinstance(related, list) else ():
            target = text_of(link.get("dest-uuid")).lower() if isinstance(link, dict) else ""
            if not UUID.fullmatch(target):
                sink.skip("a relation without the uuid of its target", cluster.key)
                continue
            word = text_of(link.get("type")) or "related"
            seen[target, word] += 1
            if seen[target, word] > 1:
                sink.note(
                    "a relation that a cluster states twice is one claim for each", cluster.key
                )
            other = self.known.get(target)
            if other is None:
                sink.unresolved("a relation to a cluster that these files lack", target)
                sink.entity(
                    node("misp", target),
                    KG + "ThreatRecord",
                    label=f"cluster {target[:8]}",
                    language="en",
                )
            predicate, kind, verb = _RELATIONS.get(
                word, ("relatesTo", _FACT, word.replace("-", " "))
            )
            if target == cluster.key and predicate != "relatesTo":
                sink.note("a relation of a cluster to itself is kept as related", cluster.key)
                predicate = "relatesTo"
            more: list[tuple[str, str | Literal]] = [(KG + "relationType", Literal(word))]
            for tag in texts(link.get("tags")):
                likely = _LIKELIHOOD.fullmatch(tag)
                if likely and likely[1] in _LIKELY and len(texts(link.get("tags"))) == 1:
                    more.append((KG + "likelihood", KG + _LIKELY[likely[1]]))
                else:
                    more.append((KG + "recordField", Literal(f"tag: {tag}")))
            self._claim(
                predicate,
                node("misp", target),
                f"{cluster.label} {verb} {other.label if other else f'a cluster not loaded ({target[:8]})'}.",
                kind=kind,
                discriminator=f"{word} {seen[target, word]}",
                extra=more,
            )
            sink.report.kept["relations"] += 1


IMPORTERS = {
    "misp": Importer(
        name="misp",
        description="MISP galaxy clusters: threat actors, software, countries, regions",
        reads="JSON: the files under clusters/ of misp-galaxy",
        loses="descriptions and other prose",
        dataset=_dataset,
        read=_read,
        example="threat-actor.json",
    )
}
