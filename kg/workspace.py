"""Workspaces: a folder with graphs, queries and judgements of one's own, and its history.

::

    gambit.json        marks the folder; lists its graphs and where each is
    graphs/            one Turtle file a graph
    queries/           saved queries (.rq) of one's own
    judgements/        decisions that links between graphs rest on
    .gambit/           earlier states for `kg undo`, the lock

A workspace begins with the shipped graph, which stays where it is until it is
changed here. Every change is journalled: written beside, then moved in. A command
that is killed half way leaves the old state, or one that the next command completes.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any, NamedTuple

import pyoxigraph as ox
from pyoxigraph import DefaultGraph, NamedNode, Quad, Triple

from kg import files, sparql, turtle
from kg.errors import MissingError, RefusedError, UsageError
from kg.store import CURATED_GRAPH, ONTOLOGY_GRAPH, Store
from kg.vocab import ID, PREFIXES, compress

#: The graph that updates write to when they name none.
OWN_GRAPH = NamedNode(ID + "graph/own")
#: How many changes can be undone.
KEPT_CHANGES = 20
_SHIPPED = "shipped"
_PLACES = r"(graphs|judgements)/[\w-][\w.-]*"
_LOCK_S = 10


class Change(NamedTuple):
    """One change of a workspace: triples added to and removed from each graph, by IRI."""

    number: int
    summary: str
    counts: Mapping[str, tuple[int, int]]

    def __str__(self) -> str:
        parts = [
            f"{compress(graph)} +{added} -{removed}"
            for graph, (added, removed) in sorted(self.counts.items())
        ]
        return f"{self.number}  {self.summary}: {', '.join(parts) or 'nothing changed'}"


class Workspace:
    """An opened workspace; ``folder`` is its top."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._state = folder / ".gambit"

    # ------------------------------------------------------------ finding and making

    @classmethod
    def create(cls, folder: Path, *, shipped: bool = True) -> Workspace:
        """Make a workspace in a folder, which is made if need be; nothing in it is touched.

        ``shipped`` says whether it begins with the shipped graph. Raises RefusedError
        when the folder is a workspace already, MissingError when it cannot be written.
        """
        if (folder / files.WORKSPACE).exists():
            raise RefusedError("is a workspace already", path=folder, hint="kg info shows it")
        try:
            for name in ("graphs", "queries", "judgements", ".gambit"):
                (folder / name).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise MissingError(
                f"cannot be made: {error.strerror or error}", path=folder, hint="choose another"
            ) from error
        graphs = {CURATED_GRAPH.value: {"file": _SHIPPED}} if shipped else {}
        files.write_bytes(folder / files.WORKSPACE, _json({"format": 1, "graphs": graphs}))
        return cls(folder)

    @property
    def queries(self) -> Path:
        """The folder of its own saved queries."""
        return self.folder / "queries"

    def graphs(self) -> dict[NamedNode, Path]:
        """Return its graphs and the file of each; RefusedError for a damaged ``gambit.json``."""
        found = {}
        for iri, entry in self._manifest()["graphs"].items():
            name = entry["file"]
            found[NamedNode(iri)] = files.triples_path() if name == _SHIPPED else self.folder / name
        return found

    def editions(self) -> dict[str, dict[str, tuple[NamedNode, Path]]]:
        """Return the imported data sets by name: each edition, the current first, with its graph and file."""
        found = {}
        for iri, entry in self._manifest()["graphs"].items():
            if "dataset" in entry:
                of_set = [entry, *entry.get("earlier", ())]
                found[entry["dataset"]] = {
                    e["edition"]: (NamedNode(iri), self.folder / e["file"]) for e in of_set
                }
        return found

    def edition(self, name: str) -> Store:
        """Return a store of one imported data set: ``NAME``, or ``NAME@EDITION`` for an earlier one.

        Raises UsageError, with what there is, for a name that it does not have.
        """
        wanted, at, edition = name.partition("@")
        known = self.editions()
        if wanted not in known:
            hint = "it has " + (", ".join(known) or "none: kg import brings one in")
            raise UsageError(f"the workspace has no data set {wanted}", hint=hint)
        found = known[wanted]
        chosen = edition if at else next(iter(found))
        if chosen not in found:
            raise UsageError(
                f"{wanted} has no edition {chosen!r} here", hint="it has " + ", ".join(found)
            )
        graph, path = found[chosen]
        return Store.load({ONTOLOGY_GRAPH: files.ontology_path(), graph: path}, streamed=(graph,))

    def open(self, *, ontology: Path | None = None, joined: bool = True) -> Store:
        """Return a store over all its graphs and the ontology.

        Linked nodes are seen as one unless ``joined`` is False: then each is what its
        data set has.
        """
        if (self._state / "pending" / "plan").exists():
            with self._locked():
                pass  # completes it; what another command only prepares is none of ours
        inputs = {ONTOLOGY_GRAPH: ontology or files.ontology_path(), **self.graphs()}
        # Compiled in the user's own cache: a workspace may come from somebody else, and what
        # lies compiled in it would be believed.
        return Store.load(inputs, streamed=self._imported(), joined=joined)

    def _imported(self) -> set[NamedNode]:
        """Return the graphs that other commands write: imported data sets, and the links.

        They may be large, and need no reading at once.
        """
        found = self._manifest()["graphs"].items()
        return {
            NamedNode(iri) for iri, e in found if {"dataset", "departed_from", "links"} & e.keys()
        }

    def own_graphs(self) -> dict[NamedNode, Path]:
        """Return the graphs that are written here: all but imported ones and the links."""
        imported = self._imported()
        return {graph: path for graph, path in self.graphs().items() if graph not in imported}

    def beside(self) -> Store | None:
        """Return a store that has the graphs not written here, too; None when there is none."""
        # The store that linking reads, so that it is compiled once.
        return self.open(joined=False) if self._imported() else None

    def _manifest(self) -> dict[str, Any]:
        path = self.folder / files.WORKSPACE
        try:
            found = json.loads(files.read_bytes(path))
            graphs = found["graphs"].values()
            names = [e["file"] for entry in graphs for e in (entry, *entry.get("earlier", ()))]
            # Whoever gives away a workspace must not reach the files of whoever opens it.
            inside = all(n == _SHIPPED or re.fullmatch(_PLACES, n) for n in names)
        except (ValueError, KeyError, TypeError, AttributeError):
            inside = False
        if not inside or found.get("format") != 1:
            raise RefusedError(
                "is not the list of a workspace's graphs",
                path=path,
                hint="restore it, or make a new workspace with kg init",
            )
        return dict(found)

    # ------------------------------------------------------------ changing

    def update(
        self,
        text: str,
        *,
        graph: NamedNode = OWN_GRAPH,
        validate: bool = True,
        while_running: AbstractContextManager[object] | None = None,
    ) -> Change:
        """Run a SPARQL Update over all graphs, check the outcome, and keep it whole or not at all.

        Patterns see the union of the graphs; what is inserted without GRAPH goes to
        ``graph``, what is deleted without GRAPH leaves every graph it is in. The edge
        layer follows the claims. The engine cannot be interrupted: ``while_running`` is
        entered while it works, and may end the process, which loses nothing. Raises QueryError and RefusedError for the text
        (LOAD, SERVICE, the ontology), RefusedError when the outcome does not validate.
        """
        sparql.update_variables(text)

        def run(store: Store) -> _Differences:
            with while_running or nullcontext():
                return _apply(store, text, graph)

        return self._change(run, graph, _summary(text), validate=validate)

    def put(
        self, graph: NamedNode, triples: Iterable[Triple], *, replace: bool, remove: bool = False
    ) -> Change:
        """Add triples to a graph, or have it hold just these, or ``remove`` it; as ``update``.

        A graph that is not there is made. Raises RefusedError as ``update`` does.
        """
        if graph == ONTOLOGY_GRAPH:
            raise RefusedError("the ontology is no graph of data", hint="edit ontology.ttl")
        path = self.graphs().get(graph)
        if remove and path is None:
            raise UsageError(f"there is no graph {graph.value}", hint="kg info lists the graphs")

        def compare(_: Store) -> _Differences:
            # (Both as they are written: the engine's store rewrites some literals.)
            there = {quad.triple for quad in ox.parse(path=path)} if path else set()
            given = set(triples)
            both = (given - there, there - given if replace else set[Triple]())
            return {graph: both} if any(both) else {}

        verb = "remove" if remove else "replace" if replace else "add to"
        summary = f"{verb} {compress(graph.value)}"
        return self._change(compare, graph, summary, removed=graph if remove else None)

    def _change(
        self,
        decide: Callable[[Store], _Differences],
        graph: NamedNode,
        summary: str,
        *,
        validate: bool = True,
        removed: NamedNode | None = None,
    ) -> Change:
        """Keep what ``decide`` wants changed, with the edges that follow, when it validates."""
        with self._locked():
            inputs = {ONTOLOGY_GRAPH: files.ontology_path(), **self.graphs()}
            store = Store.load(inputs, compiled=False, streamed=self._imported())
            wanted = decide(store)
            if changed := sorted(wanted.keys() & self._imported(), key=str):
                raise RefusedError(
                    f"the update changes {compress(changed[0].value)}, which other commands write",
                    hint="what a data set says stays: add a claim of your own; kg link judges",
                )
            if validate:
                wanted = _with_edges(store, wanted, graph, self._imported())
            contents = {}
            for name, (added, gone) in wanted.items():
                store.note(name, added, gone)
                contents[name] = turtle.canonical(store.graph(name))
            if validate and contents:
                self._check(contents)
            counts = {g.value: (len(a), len(r)) for g, (a, r) in wanted.items()}
            return self._commit(contents, summary, counts, removed)

    @contextmanager
    def changing(self) -> Iterator[Changing]:
        """Hold the workspace while somebody decides on a change of whole graphs, and commits it.

        Without ``commit`` nothing is changed. Raises RefusedError when another command
        holds it too long.
        """
        with self._locked():
            yield Changing(self, self._manifest())

    def _check(self, contents: Mapping[NamedNode, bytes]) -> None:
        import tempfile

        from kg.validation import validate

        with tempfile.TemporaryDirectory() as name:
            chosen = [path for graph, path in self.own_graphs().items() if graph not in contents]
            for number, content in enumerate(contents.values()):
                chosen.append(Path(name) / f"{number}.ttl")
                chosen[-1].write_bytes(content)
            report = validate(*chosen, beside=self.beside())
        if not report.conforms:
            faults = [f for f in report.findings if f.severity == "violation"]
            lines = "\n".join(f"  {f.focus} {f.path}: {f.message} [{f.rule}]" for f in faults[:10])
            more = f"\n  and {len(faults) - 10} more" if len(faults) > 10 else ""
            raise RefusedError(
                f"nothing was kept: the outcome has {len(faults)} violations",
                hint=f"mend the update, or --no-validate\n{lines}{more}",
            )

    def undo(self) -> Change:
        """Take back the latest change and return it.

        Raises UsageError when there is none, RefusedError when a file was edited since.
        """
        with self._locked():
            history = self.changes()
            if not history:
                raise UsageError("there is nothing to undo", hint="kg update makes changes")
            change = history[0]
            place = self._place(change.number)
            record = json.loads(files.read_bytes(place / "change.json"))
            for name, digest in record["after"].items():
                path = self.folder / name
                if (_digest(path) if path.exists() else "") != digest:
                    raise RefusedError(
                        "was edited after the change that would be undone",
                        path=path,
                        hint="keep a copy of your edit, or put the file back as it was",
                    )
            before = {
                name: kept if (kept := place / "before" / name).exists() else None
                for name in record["after"]
            }
            self._journal(before, {"undoes": change.number})
            return change

    def changes(self) -> list[Change]:
        """Return the changes that can be undone, latest first."""
        found = []
        for path in (self._state / "changes").glob("*/change.json"):
            record = json.loads(files.read_bytes(path))
            counts = {graph: (n[0], n[1]) for graph, n in record["counts"].items()}
            found.append(Change(int(path.parent.name), record["summary"], counts))
        return sorted(found, reverse=True)

    def _commit(
        self,
        contents: Mapping[NamedNode, bytes],
        summary: str,
        counts: dict[str, tuple[int, int]],
        removed: NamedNode | None = None,
    ) -> Change:
        number = self._next()
        if not contents and removed is None:
            return Change(number, summary, {})
        manifest = self._manifest()
        written: dict[str, bytes | Path | None] = {}
        for graph, content in contents.items():
            entry = manifest["graphs"].setdefault(graph.value, {"file": _SHIPPED})
            if entry["file"] == _SHIPPED:
                entry["file"] = _free(f"graphs/{_slug(graph)}", manifest)
            written[entry["file"]] = content
        if removed is not None:
            name = manifest["graphs"].pop(removed.value)["file"]
            if name != _SHIPPED and (self.folder / name).exists():
                written[name] = None
            else:
                written.pop(name, None)
        written[files.WORKSPACE] = _json(manifest)
        return self._write(number, written, summary, counts)

    def _write(
        self,
        number: int,
        written: Mapping[str, bytes | Path | None],
        summary: str,
        counts: Mapping[str, tuple[int, int]],
    ) -> Change:
        """Journal files by name, as bytes or as a file to copy; None removes one."""
        record = {
            "summary": summary,
            "counts": counts,
            "after": {name: _digest(content) for name, content in written.items()},
        }
        self._journal(written, {"number": number, "record": record})
        return Change(number, summary, counts)

    # ------------------------------------------------------------ journal

    def _next(self) -> int:
        return max((c.number for c in self.changes()), default=0) + 1

    def _place(self, number: int) -> Path:
        return self._state / "changes" / f"{number:06}"

    def _journal(self, contents: Mapping[str, bytes | Path | None], plan: dict[str, Any]) -> None:
        """Write files, or remove those whose content is None: all of them or none."""
        pending = self._state / "pending"
        self._recover()
        for name, content in contents.items():
            if content is not None:
                (pending / name).parent.mkdir(parents=True, exist_ok=True)
                files.write_pieces(pending / name, _pieces(content))
        remove = sorted(name for name, content in contents.items() if content is None)
        plan = {**plan, "names": sorted(contents), "remove": remove}
        pending.mkdir(parents=True, exist_ok=True)
        files.write_bytes(pending / "plan", _json(plan))
        self._recover()

    def _recover(self) -> None:
        """Complete the change that was decided on, or forget the one that was not."""
        import shutil

        pending = self._state / "pending"
        if not pending.is_dir():
            return
        with suppress(FileNotFoundError):
            plan = json.loads((pending / "plan").read_bytes())
            number = plan.get("number")
            for name in plan["names"]:
                target, fresh = self.folder / name, pending / name
                goes = name in plan["remove"]
                # Done twice when a first attempt was cut short: each step may repeat.
                if number is not None and target.exists() and (goes or fresh.exists()):
                    kept = self._place(number) / "before" / name
                    kept.parent.mkdir(parents=True, exist_ok=True)
                    files.write_pieces(kept, _pieces(target))
                if fresh.exists():
                    target.parent.mkdir(parents=True, exist_ok=True)
                    fresh.replace(target)
                elif goes:
                    target.unlink(missing_ok=True)
            if number is not None:
                place = self._place(number)
                place.mkdir(parents=True, exist_ok=True)
                files.write_bytes(place / "change.json", _json(plan["record"]))
                for old in self.changes()[KEPT_CHANGES:]:
                    shutil.rmtree(self._place(old.number), ignore_errors=True)
            else:
                shutil.rmtree(self._place(plan["undoes"]), ignore_errors=True)
        shutil.rmtree(pending, ignore_errors=True)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        from filelock import FileLock, Timeout

        self._state.mkdir(exist_ok=True)
        try:
            with FileLock(self._state / "lock", timeout=_LOCK_S):
                self._recover()
                yield
        except Timeout:
            raise RefusedError(
                "another command is changing this workspace",
                path=self.folder,
                hint="wait until it is done",
            ) from None


class Changing:
    """A change of whole graphs that is being decided on (``Workspace.changing``)."""

    def __init__(self, workspace: Workspace, manifest: dict[str, Any]) -> None:
        self._workspace = workspace
        self._graphs: dict[str, dict[str, Any]] = manifest["graphs"]
        self._manifest = manifest
        self._written: dict[str, bytes | Path | None] = {}

    def entry(self, graph: str) -> dict[str, Any] | None:
        """Return what the workspace notes of a graph: its file and where it came from."""
        return self._graphs.get(graph)

    def put(
        self, graph: str, entry: Mapping[str, Any], contents: Mapping[str, bytes | Path]
    ) -> None:
        """Note a graph, and write files of it; names are relative to the workspace's folder."""
        self._graphs[graph] = dict(entry)
        self._written.update(contents)

    def remove(self, graph: str) -> None:
        """Forget a graph; its file goes with ``drop``."""
        self._graphs.pop(graph, None)

    def write(self, name: str, content: bytes | Path | None) -> None:
        """Write a file of the workspace that is no graph, or remove it (None)."""
        self._written[name] = content

    def drop(self, name: str) -> None:
        """Remove a file; what is not there stays so."""
        if (self._workspace.folder / name).exists():
            self._written[name] = None

    def commit(self, summary: str, counts: Mapping[str, tuple[int, int]]) -> Change:
        """Keep it, whole or not at all, so that it can be undone."""
        number = self._workspace._next()
        written = {**self._written, files.WORKSPACE: _json(self._manifest)}
        return self._workspace._write(number, written, summary, counts)


def _digest(content: bytes | Path | None) -> str:
    if content is None:
        return ""
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    with content.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _pieces(content: bytes | Path) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    with content.open("rb") as stream:
        yield from iter(lambda: stream.read(1_000_000), b"")


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _slug(graph: NamedNode) -> str:
    last = graph.value.rstrip("/#").rsplit("/", 1)[-1].lower()
    return re.sub(r"[^a-z0-9]+", "-", last).strip("-") or "graph"


def _free(stem: str, manifest: dict[str, Any]) -> str:
    taken = {entry["file"] for entry in manifest["graphs"].values()}
    name, count = f"{stem}.ttl", 2
    while name in taken:
        name, count = f"{stem}-{count}.ttl", count + 1
    return name


def _summary(text: str) -> str:
    words = " ".join(token.text for token in sparql.tokens(text))
    return words if len(words) <= 70 else words[:69] + "…"


# ---------------------------------------------------------------- what an update does

#: What each graph gains and loses.
_Differences = dict[NamedNode, tuple[set[Triple], set[Triple]]]


def _apply(store: Store, text: str, target: NamedNode) -> _Differences:
    """Run an update on the store's engine and return what it changed, graph by graph."""
    engine = store.engine
    before = set(engine)
    engine.extend(Quad(q.subject, q.predicate, q.object) for q in before)
    try:
        engine.update(text, prefixes=PREFIXES)
    except SyntaxError as error:
        raise sparql.update_error(text, error) from error
    except (OSError, RuntimeError, ValueError) as error:
        raise RefusedError(f"the engine refuses it: {error}", hint="simplify it") from error
    after = set(engine)
    found: _Differences = defaultdict(lambda: (set(), set()))
    everywhere = {q.triple for q in before}
    union = {q.triple for q in after if isinstance(q.graph_name, DefaultGraph)}
    for quad in after - before:
        if isinstance(quad.graph_name, NamedNode):
            found[quad.graph_name][0].add(quad.triple)
    found[target][0].update(union - everywhere)
    gone = everywhere - union
    for quad in before:
        if isinstance(quad.graph_name, NamedNode) and (quad.triple in gone or quad not in after):
            found[quad.graph_name][1].add(quad.triple)
    if any(found.get(ONTOLOGY_GRAPH, ())):
        raise RefusedError(
            "the update changes the ontology", hint="edit ontology.ttl, or name a graph of data"
        )
    return {graph: both for graph, both in found.items() if any(both)}


def _with_edges(
    store: Store, wanted: _Differences, target: NamedNode, untouched: Collection[NamedNode]
) -> _Differences:
    """Return the same changes with the edges that the claims now back, or no longer back."""
    engine = store.engine
    engine.clear_graph(DefaultGraph())
    for graph, (added, removed) in wanted.items():
        for triple in removed:
            engine.remove(Quad(triple.subject, triple.predicate, triple.object, graph))
        engine.extend(Quad(t.subject, t.predicate, t.object, graph) for t in added)
    store.forget()
    try:
        new, stale = store.edge_changes()
    except RefusedError:
        return wanted  # a claim that cannot be read: validation lists what it lacks
    inserted = {triple for added, _ in wanted.values() for triple in added}
    result: _Differences = {g: (set(a), set(r)) for g, (a, r) in wanted.items()}
    if new:
        result.setdefault(target, (set(), set()))[0].update(new)
    for graph, triple in stale:
        if graph in untouched:
            continue
        if triple in inserted:
            raise RefusedError(
                f"no claim backs the edge {_shown(triple)}",
                hint="insert the claim; its edge follows by itself",
            )
        result.setdefault(graph, (set(), set()))[1].add(triple)
    return result


def _shown(triple: Triple) -> str:
    terms = (triple.subject, triple.predicate, triple.object)
    return " ".join(compress(t.value) if isinstance(t, NamedNode) else str(t) for t in terms)
