"""Write a claim graph of any size: invented actors, agreements and events, and who says what.

The shape is that of the shipped data: every proposition is a claim with its holder,
passage, modality and confidence; a direct edge stands exactly where ``kg.claims`` lets
one stand; a few actors take part in most of it (a power law) and most in little. The
same size and seed give the same bytes. The ontology is not repeated in the file: a
store opens it beside the data. Memory does not grow with the size.

Run: python benchmarks/generate.py 100000 out.ttl   (or out.nt; --seed N for another graph)
"""

from __future__ import annotations

import argparse
import hashlib
import random
import sys
from collections.abc import Iterator
from itertools import chain, count
from pathlib import Path

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode, Triple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from kg import claims as model
from kg import files, turtle
from kg.claims import Citation, Claim, Kind, Modality, Passage, Polarity, Rank, Source
from kg.vocab import ID, KG, PREFIXES, RDF, SKOS, XSD, Vocabulary

TOPICS = ("ammunition", "artillery", "drones", "fuel", "grain", "satellites", "labour", "trade")
HEDGES = {
    Modality.EXPECTED: "is expected to",
    Modality.POSSIBLE: "could",
    Modality.CONDITIONAL: "if",
    Modality.REPORTED: "reportedly",
}
SYLLABLES = ("bar", "cor", "dan", "el", "gor", "hal", "is", "kam", "lor", "mir", "nov", "ost")
RELATIONS = ("suppliesArmsTo", "supports", "trains", "dependsOn", "opposes", "threatens")
MUTUAL = ("partnerOf", "rivalOf", "alliedWith", "cooperatesMilitarilyWith")
EVENTS = ("Deployment", "Exercise", "Visit", "ArmsTransfer", "Event")
RELIABILITY = "ABCDEF"


class Generator:
    """A claim graph of about ``size`` triples; every draw comes from one seeded source."""

    def __init__(self, size: int, seed: int = 1) -> None:
        self.size = size
        self.actors = max(12, size // 250)
        self.sources = max(8, size // 500)
        self.people = max(4, size // 5000)
        self._draw = random.Random(seed).random
        self._numbers = count(1)
        self._vocabulary = Vocabulary.read(turtle.parse_file(files.ontology_path()))

    def triples(self) -> Iterator[Triple]:
        """Yield the graph, subject by subject; it ends with the block that reaches the size."""
        written = 0
        for block in chain(self._cast(), self._stories()):
            yield from block
            written += len(block)
            if written >= self.size:
                return

    # ------------------------------------------------------------ draws

    def _below(self, limit: int) -> int:
        return int(self._draw() * limit)

    def _actor(self) -> str:
        # The cube puts a tenth of all roles on one actor in a thousand.
        return _iri("actor", int(self.actors * self._draw() ** 3))

    def _date(self) -> Literal:
        day = f"{2000 + self._below(25)}-{1 + self._below(12):02}-{1 + self._below(28):02}"
        return Literal(day, datatype=NamedNode(XSD + "date"))

    # ------------------------------------------------------------ who there is

    def _cast(self) -> Iterator[list[Triple]]:
        for number in range(self.actors):
            kind = "State" if number % 4 else "ArmedGroup"
            block = _named("actor", number, kind, f"{_name(number)} {number}")
            if number % 3 == 0:
                korean = Literal(f"나라 {number}", language="ko")
                block.append(Triple(block[0].subject, NamedNode(SKOS + "prefLabel"), korean))
            yield block
        for number in range(self.people):
            yield _named(
                "actor", f"writer-{number:06}", "Person", f"Writer {_name(number)} {number}"
            )
            yield _named(
                "actor", f"outlet-{number:06}", "Outlet", f"The {_name(number)} Post {number}"
            )
        for number in range(self.sources):
            topic = TOPICS[self._below(len(TOPICS))]
            person = self._below(self.people)
            source = Source(
                _iri("source", number),
                title=f"On {topic} and {_name(number)}, part {number}",
                creators=(_iri("actor", f"writer-{person:06}"),),
                publisher=_iri("actor", f"outlet-{self._below(self.people):06}"),
                issued=self._date().value,
                url=f"https://example.org/article/{number}",
                language="en",
                reliability=RELIABILITY[self._below(6)],
            )
            yield model.triples(source)

    # ------------------------------------------------------------ what is said

    def _stories(self) -> Iterator[list[Triple]]:
        for number in count():
            if number % 4 == 0:
                yield self._agreement(number)
            yield self._event(number)
            if number < self.actors:
                yield self._relations(number)

    def _agreement(self, number: int) -> list[Triple]:
        name = f"Pact of {_name(number)} {number}"
        block = _named("agreement", number, "Pact", name)
        iri = block[0].subject.value
        parties = {self._actor() for _ in range(2 + self._below(4))}
        while len(parties) < 2:
            parties.add(self._actor())
        said = [
            self._claim(iri, "hasParty", party, f"{name} binds {party[-6:]}.")
            for party in sorted(parties)
        ]
        said += self._dated(iri, "signedOn", name)
        return block + self._written(said)

    def _event(self, number: int) -> list[Triple]:
        kind = EVENTS[self._below(len(EVENTS))]
        topic = TOPICS[self._below(len(TOPICS))]
        name = f"{kind} over {topic} {number}"
        block = _named("event", number, kind, name)
        iri = block[0].subject.value
        actor = self._actor()
        said = [self._claim(iri, "initiator", actor, f"{actor[-6:]} began it, over {topic}.")]
        said += [
            self._claim(iri, "participant", self._actor(), f"It also took part, over {topic}.")
            for _ in range(self._below(3))
        ]
        said += self._dated(iri, "date", name)
        if number:
            later = _iri("event", self._below(number))
            said.append(
                self._hedged(iri, "leadsTo", later, Kind.FORECAST, f"More {topic} follows.")
            )
        if number % 3 == 0:
            motive = _named("motivation", number, "Motivation", f"Wish for {topic} {number}")
            node = motive[0].subject
            motive.append(Triple(node, NamedNode(KG + "motivatedActor"), NamedNode(actor)))
            motive.append(
                Triple(
                    node, NamedNode(KG + "motivationSource"), NamedNode(KG + "attributedByAnalyst")
                )
            )
            block += motive
            said.append(
                self._hedged(iri, "motivatedBy", node.value, Kind.ASCRIPTION, f"It wanted {topic}.")
            )
        return block + self._written(said)

    def _relations(self, number: int) -> list[Triple]:
        # All claims of one pair and property stand in the block of one actor: whether
        # they make an edge is decided there, and no edge is written twice.
        subject = _iri("actor", number)
        said: dict[tuple[str, str], list[Claim]] = {}
        for _ in range(1 + int(2 * self.actors**0.5 * (number + 1) ** -0.6)):
            other = self._actor()
            if other == subject:
                continue
            names = MUTUAL if other > subject and self._draw() < 0.4 else RELATIONS
            relation = names[self._below(len(names))]
            topic = TOPICS[self._below(len(TOPICS))]
            of_pair = said.setdefault((relation, other), [])
            if len(of_pair) < 3:
                of_pair.append(
                    self._claim(subject, relation, other, f"They are tied by {topic}: {relation}.")
                )
        return self._written(list(chain.from_iterable(said.values())))

    def _dated(self, subject: str, predicate: str, name: str) -> list[Claim]:
        """Return one claim about a date, or two that conflict, of which one is sometimes preferred."""
        date = self._date()
        first = self._claim(subject, predicate, date, f"{name}: {predicate} {date.value}.")
        if self._draw() > 0.15:
            return [first]
        other = self._date()
        second = self._claim(subject, predicate, other, f"{name}: {predicate} {other.value}.")
        if self._draw() < 0.5:
            first = first._replace(rank=Rank.PREFERRED, rank_reason="Two witnesses against one.")
        return [
            first._replace(conflicts_with=(second.iri,)),
            second._replace(conflicts_with=(first.iri,)),
        ]

    def _hedged(self, subject: str, predicate: str, value: str, kind: Kind, text: str) -> Claim:
        modality = (Modality.EXPECTED, Modality.POSSIBLE, Modality.CONDITIONAL)[self._below(3)]
        claim = self._claim(subject, predicate, value, text)
        relayed = (_iri("actor", f"writer-{self._below(self.people):06}"),)
        return claim._replace(
            kind=kind,
            modality=modality,
            hedges=(HEDGES[modality],),
            original_holders=relayed if kind is Kind.ASCRIPTION else (),
        )

    def _claim(self, subject: str, predicate: str, value: str | Literal, text: str) -> Claim:
        """Return a fact, mostly asserted; some are only reported, denied, deprecated or retracted."""
        number = next(self._numbers)
        source = self._below(self.sources)
        reported = self._draw() < 0.15
        cited = self._draw() < 0.3
        credibility = 2 + self._below(5)  # 1 would need two sources
        fate = self._draw()
        return Claim(
            _iri("claim", number),
            subject,
            KG + predicate,
            value,
            Kind.FACT,
            Modality.REPORTED if reported else Modality.ASSERTED,
            polarity=Polarity.NEGATED if fate < 0.03 else Polarity.AFFIRMATIVE,
            statement=text,
            hedges=(HEDGES[Modality.REPORTED],) if reported else (),
            rank=Rank.DEPRECATED if 0.03 <= fate < 0.05 else Rank.NORMAL,
            rank_reason="Withdrawn by its source." if 0.03 <= fate < 0.05 else "",
            holders=(_iri("actor", f"writer-{number % self.people:06}"),),
            evidence=(_iri("passage", f"s{source:06}-{number:08}"),),
            citations=(_iri("citation", number),) if cited else (),
            markers=(str(number),) if cited else (),
            citation_scope="sentenceScope" if cited else "",
            cited_sources=(_iri("source", self._below(self.sources)),) if cited else (),
            # Where the credibility cannot be judged, the confidence cannot either.
            confidence=10 * (1 + self._below(10)) if credibility < 6 else None,
            credibility=credibility,
            retracted_on="2025-01-15" if 0.05 <= fate < 0.06 else "",
        )

    def _written(self, said: list[Claim]) -> list[Triple]:
        """Return the claims with their passages, and the edges they back."""
        block: list[Triple] = []
        for claim in said:
            (evidence,) = claim.evidence
            source, _, place = evidence.rpartition("gen-s")[2].partition("-")
            passage = Passage(
                evidence,
                source=_iri("source", source),
                locator=f"Body, sentence {int(place) % 90 + 1}",
                section="Body",
                fingerprint=hashlib.sha256(evidence.encode()).hexdigest(),
                length=len(claim.statement),
                unit_kind="sentence",
                position=int(place),
            )
            block += model.triples(claim) + model.triples(passage)
            for note in claim.citations:
                cited = Citation(note, claim.markers[0], passage.source, claim.cited_sources[0])
                block += model.triples(cited)
        for subject, predicate, value in model.edges(said, self._vocabulary):
            node = NamedNode(value) if isinstance(value, str) else value
            block.append(Triple(NamedNode(subject), NamedNode(predicate), node))
        return block


def _iri(kind: str, name: int | str) -> str:
    # Numbers of one width sort as text in their own order.
    return f"{ID}{kind}/gen-{name:06}" if isinstance(name, int) else f"{ID}{kind}/gen-{name}"


def _name(number: int) -> str:
    base, text = len(SYLLABLES), ""
    number += base
    while number:
        number, digit = divmod(number, base)
        text += SYLLABLES[digit]
    return text.capitalize()


def _named(kind: str, name: int | str, cls: str, label: str) -> list[Triple]:
    node = NamedNode(_iri(kind, name))
    return [
        Triple(node, NamedNode(RDF + "type"), NamedNode(KG + cls)),
        Triple(node, NamedNode(SKOS + "prefLabel"), Literal(label, language="en")),
        Triple(node, NamedNode(SKOS + "definition"), Literal("Generated.", language="en")),
    ]


def write(size: int, path: Path, seed: int = 1) -> Path:
    """Write a graph to a ``.ttl`` or ``.nt`` file, in pieces, and return the path."""
    form = ox.RdfFormat.N_TRIPLES if path.suffix == ".nt" else ox.RdfFormat.TURTLE
    prefixes = None if path.suffix == ".nt" else PREFIXES
    with path.open("wb") as out:
        ox.serialize(Generator(size, seed).triples(), out, format=form, prefixes=prefixes)
    return path


def main() -> None:
    """Write the file that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("size", type=int, help="about how many triples")
    parser.add_argument("path", type=Path, help="a .ttl or .nt file")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    write(given.size, given.path, given.seed)
    print(f"{given.path}: {given.path.stat().st_size:,} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
