"""How fast event rows are imported and in how much memory, against named alternatives.

Rows are invented, laid out as ICEWS has them. Every run is a process of its own: CPU time
and the most memory it took, the program included; medians of the rounds and of the
ratios, each alternative once in every round. All write the same claims to a file of
Turtle. The alternatives make the same triples as terms, add them to a graph in memory
and serialize it: rdflib, and pyoxigraph's store. ``with compile`` is the import and what the
first query after it pays, once: all graphs into the store on disk. Run:
python benchmarks/importing.py --size 10000 100000 1000000
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from kg import importing
from kg.importing.events.event_tables import ICEWS
from kg.vocab import PREFIXES, XSD
from kg.workspace import Workspace

TYPES = (
    ("Make statement", "010", "0.0"),
    ("Consult", "040", "1.0"),
    ("Criticize or denounce", "111", "-2.0"),
    ("Use conventional military force", "190", "-10.0"),
)
HEADER = [*ICEWS.columns.values(), *ICEWS.places]
#: rdflib keeps about a kilobyte a triple: more rows than these it is not asked for.
RDFLIB_ROWS = 100_000
OXIGRAPH_ROWS = 100_000


def write(path: Path, rows: int) -> None:
    draw = random.Random(7).random
    with path.open("w", encoding="utf-8") as stream:
        stream.write("\t".join(HEADER) + "\n")
        for number in range(rows):
            name, code, weight = TYPES[int(draw() * len(TYPES))]
            cells = {
                "Event ID": str(20_000_000 + number),
                "Event Date": f"20{10 + number % 10}-{1 + number % 12:02}-{1 + number % 28:02}",
                "Source Name": f"Actor {int(2000 * draw() ** 3)}",
                "Target Name": f"Actor {int(2000 * draw() ** 3)}",
                "Event Text": name,
                "CAMEO Code": code,
                "Intensity": weight,
                "Story ID": str(3_000_000 + number // 3),
                "Sentence Number": str(1 + number % 6),
                "Publisher": f"Wire {number % 40}",
            }
            stream.write("\t".join(cells.get(column, "") for column in HEADER) + "\n")


def facts(path: Path) -> Iterator[list[tuple[str, str, tuple[str, str]]]]:
    """Yield the triples of each row: subject and predicate as CURIEs, object as kind and text."""
    with path.open(encoding="utf-8") as stream:
        header = next(stream).rstrip("\n").split("\t")
        for line in stream:
            row = dict(zip(header, line.rstrip("\n").split("\t"), strict=True))
            key, day = row["Event ID"], row["Event Date"]
            claim, passage = f"claim:icews-{key}", f"passage:icews-{key}"
            place = f"event {key}, story {row['Story ID']}, sentence {row['Sentence Number']}"
            who, whom = (row[c].replace(" ", "-") for c in ("Source Name", "Target Name"))
            said: list[tuple[str, tuple[str, str]]] = [
                ("rdf:type", ("iri", "kg:Claim")),
                ("rdf:subject", ("iri", f"coded:{who}")),
                ("rdf:predicate", ("iri", "kg:codedEvent")),
                ("rdf:object", ("iri", f"coded:{whom}")),
                ("kg:claimKind", ("iri", "kg:fact")),
                ("kg:modality", ("iri", "kg:reported")),
                ("kg:polarity", ("iri", "kg:affirmative")),
                ("kg:rank", ("iri", "kg:normal")),
                ("kg:statement", ("en", f"{row['Source Name']} to {row['Target Name']}, {day}.")),
                ("prov:wasAttributedTo", ("iri", "actor:icews-data")),
                ("kg:evidence", ("iri", passage)),
                ("kg:credibility", ("integer", "6")),
                ("kg:validFrom", ("date", day)),
                ("kg:validTo", ("date", day)),
                ("kg:validPrecision", ("iri", "kg:day")),
                ("kg:machineCoded", ("boolean", "true")),
                ("kg:cameoCode", ("string", row["CAMEO Code"])),
                ("kg:eventType", ("iri", f"cameo:{row['CAMEO Code']}")),
                ("kg:goldsteinValue", ("decimal", row["Intensity"])),
                ("kg:storyKey", ("string", row["Story ID"])),
                ("kg:storyPublisher", ("string", row["Publisher"])),
            ]
            place_said = [
                ("rdf:type", ("iri", "kg:Passage")),
                ("oa:hasSource", ("iri", "source:icews")),
                ("kg:locator", ("string", place)),
                ("kg:recordKey", ("string", key)),
                ("kg:unitKind", ("string", "place")),
            ]
            yield [(claim, p, o) for p, o in said] + [(passage, p, o) for p, o in place_said]


def expanded(curie: str) -> str:
    prefix, _, local = curie.partition(":")
    return PREFIXES[prefix] + local


def by_rdflib(path: Path, out: Path) -> int:
    import rdflib

    def term(kind: str, text: str) -> rdflib.term.Node:
        if kind == "iri":
            return rdflib.URIRef(expanded(text))
        if kind == "en":
            return rdflib.Literal(text, lang="en")
        return rdflib.Literal(text, datatype=None if kind == "string" else XSD + kind)

    graph = rdflib.Graph()
    for row in facts(path):
        for s, p, o in row:
            graph.add((rdflib.URIRef(expanded(s)), rdflib.URIRef(expanded(p)), term(*o)))
    graph.serialize(out, format="nt", encoding="utf-8")
    return len(graph)


def by_oxigraph(path: Path, out: Path) -> int:
    import pyoxigraph as ox

    def term(kind: str, text: str) -> ox.NamedNode | ox.Literal:
        if kind == "iri":
            return ox.NamedNode(expanded(text))
        if kind == "en":
            return ox.Literal(text, language="en")
        return (
            ox.Literal(text)
            if kind == "string"
            else ox.Literal(text, datatype=ox.NamedNode(XSD + kind))
        )

    store = ox.Store()
    for row in facts(path):
        store.extend(
            ox.Quad(ox.NamedNode(expanded(s)), ox.NamedNode(expanded(p)), term(*o))
            for s, p, o in row
        )
    store.dump(str(out), format=ox.RdfFormat.TURTLE, from_graph=ox.DefaultGraph())
    return len(store)


def by_us(path: Path, out: Path) -> int:
    workspace = Workspace.create(out, shipped=False)
    importing.run(workspace, "events", [path])
    from kg.importing.lines import read_lines

    # As many triples of claims and their places as the alternatives make.
    kept = (b"claim:", b"passage:")
    return sum(
        len(said)
        for node, said in read_lines(out / "graphs" / "icews.ttl")
        if node.startswith(kept)
    )


def compiling(path: Path, out: Path) -> int:
    importing.run(Workspace.create(out, shipped=False), "events", [path])
    os.environ["KG_CACHE"] = str(out / "cache")
    return len(Workspace(out).open().graphs())


RUNS = {"ours": by_us, "pyoxigraph": by_oxigraph, "rdflib": by_rdflib, "with compile": compiling}


def child(what: str, path: Path) -> tuple[float, float, int]:
    """Return CPU seconds, MB and the triples made, of a run in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, __file__, "--child", what, str(path), f"{folder}/out"],
            capture_output=True,
            text=True,
            check=True,
        )
    seconds, megabytes, triples = done.stdout.split()
    return float(seconds), float(megabytes), int(triples)


def measure(rows: int, rounds: int, folder: Path, *, compiled: bool) -> None:
    path = folder / f"events-{rows}.tab"
    write(path, rows)
    chosen = ["ours"]
    chosen += ["pyoxigraph"] if rows <= OXIGRAPH_ROWS else []
    chosen += ["rdflib"] if rows <= RDFLIB_ROWS else []
    chosen += ["with compile"] if compiled else []
    found: dict[str, list[tuple[float, float, int]]] = defaultdict(list)
    for _ in range(rounds):
        for what in chosen:
            found[what].append(child(what, path))
    made = {what: {t for _, _, t in runs} for what, runs in found.items() if what != "with compile"}
    assert len(set.union(*made.values())) == 1, made
    print(
        f"{rows:,} rows, {made['ours'].pop():,} triples of claims and places,"
        f" {rounds} rounds; load {os.getloadavg()[0]:.1f}"
    )
    for what, runs in found.items():
        seconds = statistics.median(s for s, _, _ in runs)
        ratio = statistics.median(a[0] / b[0] for a, b in zip(runs, found["ours"], strict=True))
        print(
            f"  {what:<14}{seconds:>9.1f} s CPU {rows / seconds:>9,.0f} claims a second"
            f"  {statistics.median(m for _, m, _ in runs):>7,.0f} MB  {ratio:>6.2f} of ours"
        )
    path.unlink()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-compile", action="store_true")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        what, path, out = options.child
        before = time.process_time()
        triples = RUNS[what](Path(path), Path(out))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
        print(time.process_time() - before, peak, triples)
        return
    with tempfile.TemporaryDirectory() as folder:
        for rows in options.size:
            measure(rows, options.rounds, Path(folder), compiled=not options.no_compile)


if __name__ == "__main__":
    main()
