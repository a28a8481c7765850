"""Names compared with names: CPU seconds of ours against one loop with the standard library's.

python benchmarks/linking.py [--names 100000] [--entities 10000] [--rounds 3]

Names are made up of syllables, three words each; every tenth name is one of the entities'
with its words turned round and a letter changed, so that it has to be found again. The
alternative, difflib on the same spellings, is timed on a part small enough to wait for and
counted in pairs a second. Medians; both in the same run.
"""

from __future__ import annotations

import difflib
import random
import resource
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import click

from kg.linking import matching
from kg.linking.spelling import spelled

SYLLABLES = [c + v + e for c in "bcdfghjklmnprstvyz" for v in "aeiou" for e in ("", "n", "ng", "r")]


def words(chance: random.Random) -> list[str]:
    return ["".join(chance.choices(SYLLABLES, k=2)) for _ in range(3)]


def made(names: int, entities: int) -> tuple[list[matching.Profile], list[matching.Profile]]:
    chance = random.Random(1)
    right = [matching.Profile(f"r{n}", {" ".join(words(chance))}) for n in range(entities)]
    left = []
    for n in range(names):
        name = " ".join(words(chance))
        if n % 10 == 0:
            first, *rest = next(iter(right[n // 10 % entities].names)).split()
            name = " ".join([*rest, first[:-1] + "x"])
        left.append(matching.Profile(f"l{n}", {name}))
    return left, right


@click.command()
@click.option("--names", default=100_000)
@click.option("--entities", default=10_000)
@click.option("--rounds", default=1)
def main(names: int, entities: int, rounds: int) -> None:
    left, right = made(names, entities)
    ours, wall, loop = [], [], []
    for _ in range(rounds):
        spelled.cache_clear()
        begun, clock = time.process_time(), time.perf_counter()
        found = list(matching.match(left, right))
        ours.append(time.process_time() - begun)
        wall.append(time.perf_counter() - clock)
        begun = time.process_time()
        matcher = difflib.SequenceMatcher()
        for theirs in right[:100]:
            matcher.set_seq2(spelled(next(iter(theirs.names))))
            for mine in left[:100]:
                matcher.set_seq1(spelled(next(iter(mine.names))))
                matcher.ratio()
        loop.append((time.process_time() - begun) * names * entities / 10_000)
    again = {(c.one, c.other) for c in found}
    wanted = {(f"l{n}", f"r{n // 10 % entities}") for n in range(0, names, 10)}
    spent = statistics.median(ours)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(
        f"{names:,} names x {entities:,}: {spent:.1f} CPU s, {statistics.median(wall):.1f} s; "
        f"difflib in a loop {statistics.median(loop) / spent:,.0f} times; peak {memory:,.0f} MB; "
        f"{len(again & wanted):,} of {len(wanted):,} found again, {len(again - wanted):,} others"
    )


if __name__ == "__main__":
    main()
