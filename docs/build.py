"""Write the generated pages of the documentation, or say which are stale.

python docs/build.py            writes docs/queries.md
python docs/build.py --check    writes nothing; exits 1 when a page is stale
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP))  # it also runs from a checkout that is not installed

if TYPE_CHECKING:
    from kg.saved import Param, SavedQuery
    from kg.store import Store

PAGE = TOP / "docs" / "queries.md"
ROWS = 8
WIDTH = 100
#: The first tag of a query is its family; the page has them in this order, others after them.
FAMILIES = (
    "agreements",
    "events",
    "motivations",
    "benefits",
    "implications",
    "relations",
    "norms",
    "epistemics",
    "sources",
    "identity",
    "overview",
)
HEAD = """\
<!-- Written by docs/build.py from kg/queries/*.rq and the shipped data. Do not edit. -->
# Saved queries

Each of these is a question already written: give it an actor, an agreement or a day. `kg queries`
lists them, `kg queries NAME` describes one, `kg query NAME` runs it. `--cite` numbers the sources
behind every row, `--wide` shows columns in full, `--format csv` and others print all of it for
another program. The answers below are what the program prints on the shipped data, 100 columns
wide and cut after eight rows.

A row that rests on a claim names it: `kg why CLAIM` tells who says so, how firmly and where.
Nothing here turns a hedge into a fact: read *modality* (asserted, reported, expected, possible ...),
*polarity* (negated: the source denies it) and *kind* (a fact, or somebody's judgement). Claims that
were withdrawn are in no answer.
"""


def page() -> str:
    """Return the page of the saved queries, with the answers of the shipped data."""
    import kg
    from kg import files, saved

    store = kg.open().store
    families: dict[str, list[SavedQuery]] = {name: [] for name in FAMILIES}
    for query in saved.load_queries(files.queries_dir()).values():
        families.setdefault(query.tags[0], []).append(query)
    known = {name: queries for name, queries in families.items() if queries}
    contents = "".join(
        f"\n- {name.capitalize()}: " + ", ".join(f"[{q.name}](#{q.name})" for q in queries)
        for name, queries in known.items()
    )
    parts = [HEAD + contents + "\n"]
    for name, queries in known.items():
        parts.append(f"## {name.capitalize()}\n")
        parts += [_section(store, query) for query in queries]
    return "\n".join(parts)


def _section(store: Store, query: SavedQuery) -> str:
    lines = [f"### {query.name}", "", f"{query.summary}."]
    if query.description:
        lines += ["", query.description]
    if query.params:
        lines += ["", "| parameter | type | needed | meaning |", "|---|---|---|---|"]
        lines += [f"| `{p.name}` | {p.type} | {_need(p)} | {p.help} |" for p in query.params]
    body = [line for line in query.text.splitlines() if not line.startswith("#")]
    lines += ["", "```console", f"$ {query.command}", *_answer(store, query), "```"]
    lines += ["", "```sparql", *body, "```", ""]
    return "\n".join(lines)


def _need(param: Param) -> str:
    if param.optional:
        return "optional"
    return "required" if param.default is None else f"default {param.default}"


def _answer(store: Store, query: SavedQuery) -> list[str]:
    from kg import names, results
    from kg.query import run_saved

    missing = [p for p in query.params if not (p.example or p.default or p.optional)]
    if missing:
        return [f"({missing[0].name} has no example)"]

    def resolve(name: str) -> str:
        return names.resolve(store, name)

    found = len(run_saved(store, query, query.examples, resolve=resolve))
    shown = run_saved(store, query, query.examples, resolve=resolve, limit=ROWS)
    table = results.write(shown, "table", label=store.label, width=WIDTH).decode("utf-8")
    more = [f"... {found - ROWS} more"] if found > ROWS else []
    return [*table.splitlines(), *more] if found else ["no rows."]


def main(arguments: list[str]) -> int:
    """Write the page, or with ``--check`` compare it; return the exit code."""
    text = page()
    if arguments == ["--check"]:
        if PAGE.exists() and PAGE.read_text(encoding="utf-8") == text:
            return 0
        print(f"{PAGE.relative_to(TOP)} is stale: run python docs/build.py", file=sys.stderr)
        return 1
    if arguments:
        print(__doc__, file=sys.stderr)
        return 2
    PAGE.write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
