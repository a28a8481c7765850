"""Write what is generated in the documentation, or say which pages are stale.

python docs/build.py            writes docs/queries.md, the answers in the other pages, and
                                docs/context.jsonld from the ontology, with its copy in kg/
python docs/build.py --check    writes nothing; exits 1 when a page is stale

In a page written by hand, a block marked ``console`` holds commands (``$ kg ...``) and
what they print on the shipped data; ``console 12`` keeps twelve lines of each answer.
Blocks marked ``console workspace`` run one after the other in a new workspace of their
page, beside the files of docs/examples; there it is the first of September 2024.
"""

from __future__ import annotations

import datetime
import io
import os
import re
import shlex
import shutil
import sys
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING

TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP))  # it also runs from a checkout that is not installed

if TYPE_CHECKING:
    from pyoxigraph import Quad

    from kg.saved import Param, SavedQuery
    from kg.store import Store

PAGE = TOP / "docs" / "queries.md"
#: The published JSON-LD context, and the copy that is in the package.
CONTEXTS = (TOP / "docs" / "context.jsonld", TOP / "kg" / "formats" / "context.jsonld")
ROWS = 8
WIDTH = 100
#: Of the answers in the pages written by hand.
WIDE = 120
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


_BLOCK = re.compile(r"^```console( workspace)?(?: (\d+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
#: What is imported or judged in a workspace of the documentation has this day.
TODAY = datetime.date(2024, 9, 1)


def written_pages() -> list[Path]:
    """Return the pages written by hand whose answers are filled in."""
    return sorted(path for path in (TOP / "docs").rglob("*.md") if path != PAGE)


def filled(text: str) -> str:
    """Return a page with every answer in its console blocks as the program gives it now."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "my-research"

        def block(found: re.Match[str]) -> str:
            own, most = found[1], found[2]
            head = f"```console{own or ''}{f' {most}' if most else ''}\n"
            commands = [line for line in found[3].splitlines() if line.startswith("$ ")]
            if not all(command.startswith("$ kg ") for command in commands) or not commands:
                return found[0]
            if own and not place.exists():
                shutil.copytree(TOP / "docs" / "examples", place)
                said(["init", "."], place)
            parts = []
            for command in commands:
                lines = said(shlex.split(command)[2:], place if own else TOP).splitlines()
                if most and len(lines) > int(most):
                    lines = [*lines[: int(most)], "..."]
                parts.append("\n".join([command, *lines]))
            return head + "\n\n".join(parts) + "\n```"

        return _BLOCK.sub(block, text)


class _ThatDay(datetime.date):
    @classmethod
    def today(cls) -> datetime.date:  # type: ignore[override]
        return TODAY


def said(arguments: list[str], place: Path = TOP) -> str:
    """Return what a command prints: its answer, and where it has none what it says instead."""
    from kg.cli.program import run

    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    talk = io.StringIO()
    before, folder, date = dict(os.environ), Path.cwd(), datetime.date
    for name in ("KG_DATA", "KG_WORKSPACE", "KG_ENDPOINT", "KG_REVIEWER"):
        os.environ.pop(name, None)
    os.environ["COLUMNS"] = str(WIDE)
    os.chdir(place)  # files are named from there
    try:
        if place != TOP:
            datetime.date = _ThatDay  # type: ignore[misc]
        with redirect_stdout(out), redirect_stderr(talk):
            code = run(arguments)
    finally:
        datetime.date = date  # type: ignore[misc]
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(before)
    out.flush()
    answer = out.buffer.getvalue().decode("utf-8")  # type: ignore[attr-defined]
    return answer if code == 0 and answer else answer + talk.getvalue()


def context() -> str:
    """Return the JSON-LD context, from the ontology."""
    from kg import files, jsonld, turtle

    ontology = turtle.parse_file(files.ontology_path())
    triples = ((q.subject.value, q.predicate.value, q.object.value) for q in ontology if named(q))
    return jsonld.context(triples).decode("utf-8")


def named(quad: Quad) -> bool:
    """Return whether a triple joins things that have names."""
    from pyoxigraph import NamedNode

    return isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode)


def main(arguments: list[str]) -> int:
    """Write the pages, or with ``--check`` compare them; return the exit code."""
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    pages = {PAGE: page(), **dict.fromkeys(CONTEXTS, context())}
    for path in written_pages():
        pages[path] = filled(path.read_text(encoding="utf-8"))
    stale = [
        path
        for path, text in pages.items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    if arguments == ["--check"]:
        for path in stale:
            print(f"{path.relative_to(TOP)} is stale: run python docs/build.py", file=sys.stderr)
        return 1 if stale else 0
    for path in stale:
        path.write_text(pages[path], encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
