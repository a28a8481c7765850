"""Move data to and from a SPARQL server: push and pull."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import click

from kg.cli.common import Session, pass_session, put_file, say
from kg.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from kg.endpoint import Endpoint

_endpoint = click.option(
    "--endpoint", metavar="URL", help="The server's address for queries (or KG_ENDPOINT)."
)
_graph_store = click.option(
    "--graph-store",
    metavar="URL",
    envvar="KG_GRAPH_STORE",
    help="Its address for graphs, where it is not found.",
)


@click.command()
@_endpoint
@_graph_store
@click.option("--ontology", "with_ontology", is_flag=True, help="The ontology, too.")
@click.option(
    "--chunk-mb",
    default=4.0,
    show_default=True,
    type=click.FloatRange(0.001, 1000),
    help="At most so much in one request.",
)
@click.option("--force", is_flag=True, help="Replace graphs that were made or changed otherwise.")
@pass_session
def push(
    session: Session,
    endpoint: str | None,
    graph_store: str | None,
    with_ontology: bool,
    chunk_mb: float,
    force: bool,
) -> None:
    """Put the data on a SPARQL server, each file in a graph of its own.

    Credentials come from KG_ENDPOINT_USER and KG_ENDPOINT_PASSWORD (or
    KG_ENDPOINT_TOKEN), or from ~/.netrc.

    \b
    kg push --endpoint http://localhost:7878/query --ontology
    kg --data my.ttl push --endpoint http://localhost:8890/sparql
    """
    from kg import transfer
    from kg.store import ONTOLOGY_GRAPH, Store
    from kg.vocab import compress

    server = _server(session, endpoint, graph_store)
    store = Store.open(*session.data, ontology=session.ontology)
    for graph, path in store.inputs.items():
        if graph == ONTOLOGY_GRAPH and not with_ontology:
            continue
        total = sum(1 for _ in store.engine.quads_for_pattern(None, None, None, graph))
        with _bar(total, compress(graph.value)) as progress:
            done = transfer.push(
                server,
                store,
                graph,
                chunk_bytes=int(chunk_mb * 1_000_000),
                force=force,
                progress=progress,
            )
        instead = f", in place of {done.replaced:,}" if done.replaced else ""
        say(f"{compress(done.graph)}: {done.triples:,} triples from {path}{instead}")


@click.command()
@_endpoint
@_graph_store
@click.option(
    "--graph",
    default="graph:curated",
    show_default=True,
    metavar="IRI",
    help="Which graph: an IRI or a CURIE.",
)
@click.option("--to", "target", default="-", metavar="FILE", help="Where to; stdout unless given.")
@pass_session
def pull(
    session: Session, endpoint: str | None, graph_store: str | None, graph: str, target: str
) -> None:
    """Fetch a graph from a SPARQL server into a file, whole or not at all.

    Data in our terms is written as Turtle in the canonical order, anything else
    as N-Triples.

    \b
    kg pull --endpoint http://localhost:7878/query --to curated.ttl
    """
    import tempfile
    from pathlib import Path

    from pyoxigraph import NamedNode

    from kg import transfer
    from kg.vocab import compress, expand

    server = _server(session, endpoint, graph_store)
    try:
        node = NamedNode(expand(graph) or "")
    except ValueError:
        raise UsageError(f"{graph!r} is not an IRI", hint="for example graph:curated") from None
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "pulled" if target == "-" else Path(target)
        with _bar(server.count(node.value), compress(node.value)) as progress:
            done = transfer.pull(server, node, place, progress=progress)
        if target == "-":
            put_file(place.read_bytes(), target)
    say(f"{compress(done.graph)}: {done.triples:,} triples, as {done.form}")


def _server(session: Session, url: str | None, graph_store: str | None) -> Endpoint:
    from kg.endpoint import Endpoint

    chosen = url or session.endpoint
    if chosen is None:
        raise UsageError(
            "no server is named", hint="--endpoint http://localhost:7878/query, or set KG_ENDPOINT"
        )
    return Endpoint(chosen, graph_store=graph_store)


def _bar(total: int, label: str) -> AbstractContextManager[Callable[[int], object]]:
    """Return a progress bar on stderr, or nothing to see where that is no terminal."""
    if not sys.stderr.isatty():
        return nullcontext(lambda _: None)
    return _Bar(total, label)


class _Bar:
    def __init__(self, total: int, label: str) -> None:
        self.bar: Any = click.progressbar(
            length=total, label=label, file=sys.stderr, update_min_steps=max(total // 200, 1)
        )

    def __enter__(self) -> Callable[[int], object]:
        update: Callable[[int], object] = self.bar.__enter__().update
        return update

    def __exit__(self, *error: Any) -> None:
        self.bar.__exit__(*error)
