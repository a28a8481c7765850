"""How well linking finds the parties that the UK and the OFAC list share: precision and recall.

python benchmarks/linking_gold.py FOLDER

FOLDER holds ``uk-sanctions-dprk-jsonld`` and ``ofac-sdn-2019`` (the lists as published, with
the names those data sets have). The pairs that are right are read from the raw files, not
from what the importers made of them:

- ``number``: organisations that state one IMO company number in both lists. Exact.
- ``office``: persons of one family name to whom both lists give one office or post at one
  time; read by a person, listed below with the office.
- ``name``: organisations and ships that have a primary name or alias in common, case and
  punctuation ignored, and persons whose whole names are; each name with one holder in
  either list. A silver standard: it is itself of names, so it tells whether the equal are
  found and ranked high, not whether equal names mean equal things.

A candidate is wrong when it gives a party of these pairs to another one than its own; a
party's rivals count. Candidates of parties that no pair knows are counted apart, unjudged.
"""

from __future__ import annotations

import csv
import json
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import click

from kg import importing
from kg.linking import matching
from kg.linking.identifiers import by_identifiers
from kg.names import fold
from kg.vocab import ID
from kg.workspace import Workspace

THRESHOLDS = (70, 75, 80, 85, 90, 95, 100)
UK, OFAC = f"{ID}uksl/", f"{ID}ofac/"

#: Persons whom both lists give one post: UK number, OFAC number, the post as OFAC writes it.
OFFICES = (
    ("DPR0039", "23090", "DPRK Director of Military Security Command"),
    ("DPR0043", "21443", "Minister of State Security"),
    ("DPR0204", "21747", "Ilsim International Bank representative"),
    ("DPR0217", "17615", "KOMID Representative in Iran"),
    ("DPR0234", "21746", "Ilsim International Bank representative"),
    ("DPR0236", "17622", "North Korean Ambassador to Burma"),
    ("DPR0241", "17614", "KOMID Representative in Iran"),
    ("DPR0253", "19533", "North Korean Ambassador to Egypt"),
    ("DPR0258", "19497", "Member of the Workers' Party of Korea Central Military Commission"),
)

Pair = tuple[str, str]


class Party(NamedTuple):
    """A party as the raw file has it."""

    key: str
    kind: str
    names: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Gold:
    """The pairs that are right, by how that is known; (UK number, OFAC number)."""

    number: frozenset[Pair]
    office: frozenset[Pair]
    name: frozenset[Pair]

    @property
    def pairs(self) -> frozenset[Pair]:
        """All of them."""
        return self.number | self.office | self.name


class Row(NamedTuple):
    """One line of the table."""

    threshold: int
    right: int
    wrong: int
    unjudged: int
    found: Mapping[str, int]
    known: Mapping[str, int]

    @property
    def precision(self) -> float:
        """The right among the judged."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """The found among the known."""
        return self.right / sum(self.known.values())


def uk_parties(folder: Path) -> Iterator[Party]:
    """Yield the parties of the UK list."""
    path = folder / "uk-sanctions-dprk-jsonld" / "uk-dprk.jsonld"
    nodes = json.loads(path.read_text("utf-8"))["@graph"]
    entries = {n["entity_id"]: n for n in nodes if "entity_id" in n}
    for node in nodes:
        if "entity_type" not in node:
            continue
        entry = entries[node["id"]]
        stated = entry["raw_source_data"]["source_specific_fields"]["uk:entityType"]
        names = tuple(
            " ".join(filter(None, (name.get("first_name"), name["full_name"])))
            for name in node["names"]
        )
        text = f"{node.get('remarks', '')} {entry.get('remarks', '')}"
        yield Party(entry["reference_number"], stated.lower(), names, text)


def ofac_parties(folder: Path) -> Iterator[Party]:
    """Yield the parties of the OFAC list."""
    place = folder / "ofac-sdn-2019"
    names: dict[str, list[str]] = defaultdict(list)
    for row in _csv(place / "alt.csv"):
        names[row[0]].append(row[3])
    kinds = {"individual": "individual", "vessel": "ship", "-0-": "entity", "aircraft": "aircraft"}
    for row in _csv(place / "sdn.csv"):
        everything = (row[1], *names[row[0]])
        yield Party(row[0], kinds[row[2].strip()], everything, row[-1])


def _csv(path: Path) -> Iterator[list[str]]:
    with path.open(encoding="latin-1", newline="") as lines:
        yield from (row for row in csv.reader(lines) if len(row) > 3)


def gold(folder: Path) -> Gold:
    """Return the pairs that are right."""
    uk, ofac = list(uk_parties(folder)), list(ofac_parties(folder))
    numbers = _both(uk, ofac, lambda p: _numbers(p) if p.kind == "entity" else ())
    named = _both(uk, ofac, lambda p: ((p.kind, _spelling(n)) for n in p.names if _whole(p, n)))
    return Gold(frozenset(numbers), frozenset((u, o) for u, o, _ in OFFICES), frozenset(named))


def _both(uk: list[Party], ofac: list[Party], keys: object) -> set[Pair]:
    """Return the pairs that share a key which one party of each list has."""
    sides = []
    for parties in (uk, ofac):
        holders: dict[object, set[str]] = defaultdict(set)
        for party in parties:
            for key in set(keys(party)):  # type: ignore[operator]
                holders[key].add(party.key)
        sides.append({key: next(iter(own)) for key, own in holders.items() if len(own) == 1})
    return {(sides[0][key], sides[1][key]) for key in sides[0].keys() & sides[1].keys()}


def _numbers(party: Party) -> list[str]:
    found = set(re.findall(r"\bIMO(?: Number)?:? (\d{7})\b", party.text, re.IGNORECASE))
    return list(found) if len(found) == 1 else []


def _spelling(name: str) -> str:
    return " ".join(sorted(fold(name.replace("'", "").replace("’", "")).split()))


def _whole(party: Party, name: str) -> bool:
    """Return whether a name is whole: two words of a person may be what is left of three."""
    return len(_spelling(name).split()) > (2 if party.kind == "individual" else 0)


def bring(folder: Path, place: Path) -> Workspace:
    """Import both lists into a new workspace."""
    workspace = Workspace.create(place)
    importing.run(workspace, "ofac", sorted((folder / "ofac-sdn-2019").glob("*.csv")))
    uk = folder / "uk-sanctions-dprk-jsonld" / "uk-dprk.jsonld"
    importing.run(workspace, "uk", [uk])
    return workspace


def by_number(workspace: Workspace) -> set[Pair]:
    """Return the pairs that identifiers link."""
    found = set()
    for group in by_identifiers(workspace.open(joined=False)).groups:
        for one in group:
            found |= {
                (one.removeprefix(UK), other.removeprefix(OFAC))
                for other in group
                if one.startswith(UK) and other.startswith(OFAC)
            }
    return found


def candidates(workspace: Workspace, *, names_only: bool) -> list[matching.Candidate]:
    """Return the candidates between the lists; by names alone, or by all that is known."""
    if not names_only:
        return matching.candidates(workspace.open(joined=False), one="ofac", other="uksl")
    known = matching.profiles(workspace.open(joined=False))
    sides: dict[str, list[matching.Profile]] = {UK: [], OFAC: []}
    for iri, profile in known.items():
        for start, side in sides.items():
            if iri.startswith(start):
                side.append(matching.Profile(iri, profile.names))
    return list(matching.match(sides[OFAC], sides[UK]))


def pair(candidate: matching.Candidate) -> Pair:
    """Return the two numbers of a candidate, the UK's first."""
    one, other = sorted((candidate.one, candidate.other), key=lambda iri: not iri.startswith(UK))
    return one.removeprefix(UK), other.removeprefix(OFAC)


def table(found: Iterable[matching.Candidate], right: Gold) -> list[Row]:
    """Return a row for each threshold."""
    scores = {pair(candidate): candidate.score for candidate in found}
    mine, theirs = ({p[side] for p in right.pairs} for side in (0, 1))
    by = {"number": right.number, "office": right.office, "name": right.name}
    rows = []
    for threshold in THRESHOLDS:
        over = {p for p, score in scores.items() if score >= threshold}
        wrong = {p for p in over - right.pairs if p[0] in mine or p[1] in theirs}
        rows.append(
            Row(
                threshold,
                len(over & right.pairs),
                len(wrong),
                len(over - right.pairs - wrong),
                {kind: len(over & pairs) for kind, pairs in by.items()},
                {kind: len(pairs) for kind, pairs in by.items()},
            )
        )
    return [row._replace(known={**row.known, "name": len(right.pairs - right.number - right.office)},
                         found={**row.found, "name": row.right - len({p for p, s in scores.items() if s >= row.threshold} & (right.number | right.office))})
            for row in rows]  # fmt: skip


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--misses", is_flag=True, help="Show the wrong and the missed at 90.")
def main(folder: Path, misses: bool) -> None:
    right = gold(folder)
    with tempfile.TemporaryDirectory() as place:
        workspace = bring(folder, Path(place) / "ws")
        linked = by_number(workspace)
        print(f"known: {len(right.number)} by number, {len(right.office)} by office, {len(right.name)} by name; {len(right.pairs)} pairs")  # fmt: skip
        print(f"by identifiers: {len(linked)} linked, {len(linked & right.pairs)} of them known pairs")  # fmt: skip
        for names_only in (True, False):
            found = candidates(workspace, names_only=names_only)
            print("names only" if names_only else "all features")
            print("  from   right wrong other  precision recall   number office  name")
            for row in table(found, right):
                kinds = "  ".join(f"{row.found[k]:3}/{row.known[k]:<3}" for k in row.known)
                print(f"  {row.threshold:4}   {row.right:5} {row.wrong:5} {row.unjudged:5}  {row.precision:9.3f} {row.recall:6.3f}  {kinds}")  # fmt: skip
            if misses:
                _show(found, right)


def _show(found: list[matching.Candidate], right: Gold) -> None:
    scores = {pair(c): c for c in found}
    mine, theirs = ({p[side] for p in right.pairs} for side in (0, 1))
    for p, c in sorted(scores.items(), key=lambda item: -item[1].score):
        if p not in right.pairs and c.score >= 80:
            known = "wrong" if p[0] in mine or p[1] in theirs else "other"
            print("   ", known, c.score, *p, c.reasons)
    for p in sorted(right.pairs):
        if p not in scores or scores[p].score < 90:
            print("    missed", *p, f"{scores[p].score} {scores[p].reasons}" if p in scores else "")


if __name__ == "__main__":
    main()
