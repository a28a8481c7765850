"""Serve: the graph over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kg.cli.common import FILE_PATH, Session, pass_session, say
from kg.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from kg.web.live import Source


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS")
@click.option("--port", default=7878, show_default=True, type=click.IntRange(0, 65535))
@click.option("--base", default="", metavar="URL", help="The public address, behind a proxy.")
@click.option(
    "--proxy",
    "proxies",
    multiple=True,
    metavar="ADDRESS",
    help="A proxy to believe about whom it speaks for (repeatable).",
)
@click.option(
    "--workers",
    default=2,
    show_default=True,
    type=click.IntRange(1, 64),
    help="Short queries that run at a time, and as many long ones.",
)
@click.option(
    "--readers",
    type=click.IntRange(0, 64),
    metavar="N",
    help="Processes beside the server for small queries on busy connections.  [default: one for "
    "each processor but one, at most 3]",
)
@click.option(
    "--timeout",
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    type=click.FloatRange(0.1, 3600),
    help="Stop a query after so long.",
)
@click.option(
    "--memory-mb",
    default=1024,
    show_default=True,
    type=click.IntRange(16),
    help="Memory of one query.",
)
@click.option(
    "--rows", default=5_000_000, show_default=True, type=click.IntRange(1), help="Of one answer."
)
@click.option(
    "--queue",
    default=256,
    show_default=True,
    type=click.IntRange(1, 100_000),
    help="So many queries wait, no more.",
)
@click.option(
    "--cors",
    "origins",
    multiple=True,
    default=("*",),
    metavar="ORIGIN",
    help="Whose pages may read answers in a browser (repeatable); everybody's unless given.",
)
@click.option("--allow-update", is_flag=True, help="Take changes of the workspace, with a token.")
@click.option(
    "--token-file",
    type=FILE_PATH,
    metavar="FILE",
    help="The token for changes (or KG_TOKEN in the environment).",
)
@click.option(
    "--log", type=FILE_PATH, metavar="FILE", help="Log of requests and changes, JSON lines."
)
@click.option("--log-queries", is_flag=True, help="With --log: the text of queries, too.")
@pass_session
def serve(
    session: Session,
    host: str,
    port: int,
    base: str,
    proxies: tuple[str, ...],
    workers: int,
    readers: int | None,
    timeout: float,
    memory_mb: int,
    rows: int,
    queue: int,
    origins: tuple[str, ...],
    allow_update: bool,
    token_file: Path | None,
    log: Path | None,
    log_queries: bool,
) -> None:
    """Serve the graph: a SPARQL endpoint and pages, read-only, on this machine.

    Files and workspaces that change are taken over while it runs. Ctrl-C stops it.

    \b
    kg serve
    kg --workspace research serve --port 8000
    curl 'http://127.0.0.1:7878/sparql?query=ASK%20%7B%7D'
    """
    import logging

    from kg.sandbox import Limits
    from kg.web import observing, server
    from kg.web.live import IN_MEMORY_BYTES, Live
    from kg.web.settings import Settings

    settings = Settings(
        base=_base(base),
        proxies=proxies,
        workers=workers,
        readers=min(_processors() - 1, 3) if readers is None else readers,
        limits=Limits(timeout_s=timeout, memory_mb=memory_mb, rows=rows),
        queue=queue,
        origins=origins,
        allow_update=allow_update,
        token=_token(allow_update, token_file),
        log=log,
        log_queries=log_queries,
    )
    server.keep_memory_flat()
    source = source_of(session)
    taken = server.bind(host, port)
    # Warnings go to stderr.
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    # (Its warnings have the whole address of a request that failed: the text of the query.)
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    observing.log_to(log)
    if source.size() > IN_MEMORY_BYTES:
        say("opening the data; the first time it is compiled, a minute for 100,000 things")
    server.serve(Live(source, settings), taken, ready=lambda address: say(f"serving at {address}/"))


def source_of(session: Session) -> Source:
    """Return where the data comes from that the options name."""
    from pathlib import Path

    from kg.web.live import Source

    if session.endpoint:
        session.store  # noqa: B018  says that the options contradict each other, if they do
    return Source(
        paths=tuple(map(Path, session.data)),
        ontology=Path(session.ontology) if session.ontology else None,
        workspace=None if session.endpoint else session.workspace,
        endpoint=session.endpoint,
        query_folders=session.query_folders,
    )


def _base(url: str) -> str:
    from urllib.parse import urlsplit

    if not url:
        return ""
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        valid = False
    if not valid or parts.query or parts.fragment or parts.username:
        raise UsageError(f"--base {url} is no address", hint="https://graph.example.org")
    return url.rstrip("/")


def _token(allow_update: bool, file: Path | None) -> str:
    import os

    from kg import files

    if not allow_update:
        if file is not None:
            raise UsageError(
                "--token-file goes with --allow-update", hint="add it, or leave it out"
            )
        return ""
    token = os.environ.get("KG_TOKEN", "")
    if file is not None:
        token = files.read_bytes(file).decode("utf-8", "replace").strip()
    if len(token) < 16 or not token.isascii() or not token.isprintable():
        raise UsageError(
            "--allow-update needs a token of 16 ASCII characters or more",
            hint="KG_TOKEN=$(openssl rand -hex 32), or --token-file",
        )
    return token


def _processors() -> int:
    """Return how many processors this process may use."""
    import os

    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
